/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fd_sockets_internal.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "twintop/proc/sockets.h"

/* A socket, not a handle on (or the name of) a socket's file. */
static bool is_socket(const struct fd_entry *e)
{
	return e->kind == FD_SOCKET && text_has_prefix(e->target, "socket:");
}

static void mark_all(struct fd_list *list, enum value_state state)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_socket(&list->fd[i]))
			list->fd[i].source[FD_SOCKET_INFO] = (uint8_t)state;
}

static bool any_socket(const struct fd_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_socket(&list->fd[i]))
			return true;
	return false;
}

/* sock_diag(7) lists the network namespace of the asking thread only. */
static enum value_state same_namespace(const struct proc_root *root, pid_t pid)
{
	struct textbuf ours = {0}, theirs = {0};
	enum value_state state;
	int error;

	error = proc_readlink(root, &ours, "thread-self/ns/net");
	if (!error)
		error = proc_readlink(root, &theirs, "%d/ns/net", (int)pid);
	if (error)
		state = value_state_of_error(error);
	else if (ours.len != theirs.len || memcmp(ours.bytes, theirs.bytes, ours.len) != 0)
		state = VALUE_UNSUPPORTED;
	else
		state = VALUE_KNOWN;
	textbuf_free(&ours);
	textbuf_free(&theirs);
	return state;
}

static struct text copy_text(struct arena *arena, struct text t)
{
	return (struct text){arena_copy(arena, t.bytes, t.len), t.len};
}

/* "tcp 127.0.0.1:80 -> 127.0.0.1:4242 established"; a nameless unix peer by its inode. */
static struct text describe(struct arena *arena, const struct socket_info *info)
{
	struct textbuf b = {0};
	struct text t;

	textbuf_adds(&b, info->protocol);
	if (info->local.len > 0) {
		textbuf_adds(&b, " ");
		textbuf_add(&b, info->local.bytes, info->local.len);
	}
	if (info->remote.len > 0) {
		textbuf_adds(&b, " -> ");
		textbuf_add(&b, info->remote.bytes, info->remote.len);
	} else if (info->peer_inode) {
		textbuf_addf(&b, " -> socket:[%llu]", (unsigned long long)info->peer_inode);
	}
	if (info->state) {
		textbuf_adds(&b, " ");
		textbuf_adds(&b, info->state);
	}
	t = copy_text(arena, (struct text){b.bytes, b.len});
	textbuf_free(&b);
	return t;
}

static void fill(struct arena *arena, struct fd_entry *e, const struct socket_info *info)
{
	e->source[FD_SOCKET_INFO] = VALUE_KNOWN;
	e->target = describe(arena, info);
	e->protocol = info->protocol;
	e->local = copy_text(arena, info->local);
	e->remote = copy_text(arena, info->remote);
	e->peer_inode = info->peer_inode;
	e->queues_known = info->queues_known;
	e->receive_queue_bytes = info->receive_queue_bytes;
	e->send_queue_bytes = info->send_queue_bytes;
}

/* getxattrat(2), Linux 6.13; newer than the C library's headers. */
#ifndef SYS_getxattrat
#ifdef __alpha__
#define SYS_getxattrat 574
#else
#define SYS_getxattrat 464
#endif
#endif

/* struct xattr_args of linux/xattr.h */
struct get_args {
	uint64_t value;
	uint32_t size, flags;
} __attribute__((aligned(8)));

/*
 * A socket that is neither bound nor connected is in no list, yet the kernel gives
 * the name of its protocol as an attribute: "TCP", "UDPv6", "UNIX-STREAM".
 */
static void name_protocol(struct arena *arena, int links, struct fd_entry *e)
{
	static const char attribute[] = "system.sockprotoname";
	char value[64], name[16];
	struct get_args args = {(uintptr_t)value, sizeof value - 1, 0};
	struct textbuf b = {0};
	long len;

	memset(value, 0, sizeof value);
	snprintf(name, sizeof name, "%d", e->fd);
	len = syscall(SYS_getxattrat, links, name, 0, attribute, &args, sizeof args);
	if (len > 0)
		len = (long)strnlen(value, (size_t)len);
	for (long i = 0; i < len; i++) {
		if (value[i] == 'v' && value[i + 1] == '6')
			i++;
		textbuf_addf(&b, "%c", value[i] == '-' ? ' ' : tolower((unsigned char)value[i]));
	}
	if (b.len > 0) {
		e->protocol = arena_copy(arena, b.bytes, b.len);
		textbuf_adds(&b, " ");
		textbuf_add(&b, e->target.bytes, e->target.len);
		e->target = copy_text(arena, (struct text){b.bytes, b.len});
	}
	textbuf_free(&b);
}

static void name_protocols(const struct proc_root *root, pid_t pid, struct fd_list *list)
{
	int links;

	if (!proc_root_is_kernel(root))
		return;
	links = proc_open(root, O_RDONLY | O_DIRECTORY, "%d/fd", (int)pid);
	if (links < 0)
		return;
	for (size_t i = 0; i < list->n; i++)
		if (is_socket(&list->fd[i]) && !list->fd[i].protocol)
			name_protocol(&list->part.arena, links, &list->fd[i]);
	close(links);
}

/* Fills in what is not yet known; how many sockets stay unknown. 0 or negative errno. */
static int fill_range(struct fd_list *list, bool rare, size_t *ret_left)
{
	struct arena arena = {0};
	struct socket_info *sockets;
	size_t n, left = 0;
	int error = sockets_read(&arena, rare, &sockets, &n);

	for (size_t i = 0; !error && i < list->n; i++) {
		struct fd_entry *e = &list->fd[i];
		const struct socket_info *info;

		if (!is_socket(e) || e->source[FD_SOCKET_INFO] == VALUE_KNOWN)
			continue;
		info = sockets_find(sockets, n, e->inode);
		if (info)
			fill(&list->part.arena, e, info);
		else
			left++;
	}
	arena_free(&arena);
	*ret_left = left;
	return error;
}

static enum value_state fill_all(struct fd_list *list)
{
	size_t left;
	int error = fill_range(list, false, &left);

	if (!error && left > 0)
		fill_range(list, true, &left);
	return value_state_of_error(error);
}

void fd_sockets_resolve(const struct proc_root *root, const struct access *access, pid_t pid,
	bool wanted, struct fd_list *list)
{
	enum value_state state = access->state[ACCESS_SOCK_DIAG];

	if (!any_socket(list))
		return;
	if (!wanted) {
		mark_all(list, VALUE_UNREAD);
		return;
	}
	if (state == VALUE_KNOWN && !proc_root_is_kernel(root))
		state = VALUE_UNSUPPORTED;
	if (state == VALUE_KNOWN)
		state = same_namespace(root, pid);
	if (state == VALUE_KNOWN)
		state = fill_all(list);
	if (state != VALUE_KNOWN)
		mark_all(list, state);
	name_protocols(root, pid, list);
}
