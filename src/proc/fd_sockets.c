/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fd_sockets_internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "twintop/proc/inside.h"
#include "twintop/proc/sockets.h"

/*
 * Opens the question: sockets become VALUE_UNREAD, and handles on a socket's file
 * keep VALUE_NONE. Whether there is any.
 */
static bool mark_sockets(struct fd_list *list)
{
	bool any = false;

	for (size_t i = 0; i < list->n; i++) {
		struct fd_entry *e = &list->fd[i];

		if (e->kind != FD_SOCKET || !text_has_prefix(e->target, "socket:"))
			continue;
		e->source[FD_SOCKET_INFO] = VALUE_UNREAD;
		any = true;
	}
	return any;
}

static bool is_open(const struct fd_entry *e)
{
	return e->source[FD_SOCKET_INFO] == VALUE_UNREAD;
}

/* Each namespace lists all of its unix sockets, bound or not. */
static bool is_listed(const struct fd_entry *e)
{
	return e->protocol && !strncmp(e->protocol, "unix", strlen("unix"));
}

/*
 * Closes what is still open. In no list although all were read: it has no address yet, or is of a
 * network namespace that nobody asked.
 */
static void settle(struct fd_list *list, enum value_state state)
{
	for (size_t i = 0; i < list->n; i++) {
		struct fd_entry *e = &list->fd[i];

		if (is_open(e))
			e->source[FD_SOCKET_INFO] = (uint8_t)(state != VALUE_KNOWN ? state
							      : is_listed(e) ? VALUE_UNSUPPORTED
									     : VALUE_NONE);
	}
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

static void fill(
	struct arena *arena, struct fd_entry *e, const struct socket_info *info, uint64_t net_inode)
{
	e->source[FD_SOCKET_INFO] = VALUE_KNOWN;
	e->target = describe(arena, info);
	e->protocol = info->protocol;
	e->local = copy_text(arena, info->local);
	e->remote = copy_text(arena, info->remote);
	e->net_inode = net_inode;
	e->peer_inode = info->peer_inode;
	e->peer_closed = info->peer_closed;
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

static bool is_common(const char *protocol)
{
	static const char *const common[] = {"tcp", "tcp6", "udp", "udp6", "unix", "netlink"};

	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (!strcmp(common[i], protocol))
			return true;
	return false;
}

/*
 * Names the protocols of sockets that no list has shown so far. How many of them
 * are of no protocol that was listed whole: those are still to be found.
 */
static size_t name_protocols(const struct proc_root *root, pid_t pid, struct fd_list *list)
{
	int links = proc_open(root, O_RDONLY | O_DIRECTORY, "%d/fd", (int)pid);
	size_t left = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct fd_entry *e = &list->fd[i];

		if (!is_open(e) || e->protocol)
			continue;
		if (links >= 0)
			name_protocol(&list->part.arena, links, e);
		left += !e->protocol || !is_common(e->protocol);
	}
	if (links >= 0)
		close(links);
	return left;
}

/* A network namespace to look in. */
struct place {
	uint64_t inode; /* 0 unknown */
	pid_t pid;	/* a task that is in it; 0: ours */
	struct socket_desk *desk;
};

/* Fills in what is not yet known; how many sockets stay unknown. 0 or negative errno. */
static int fill_range(
	struct fd_list *list, const struct place *place, enum socket_range range, size_t *ret_left)
{
	struct arena arena = {0};
	struct socket_info *sockets = NULL;
	size_t n = 0, left = 0;
	int error = sockets_read(place->desk, &arena, range, &sockets, &n);

	for (size_t i = 0; !error && i < list->n; i++) {
		struct fd_entry *e = &list->fd[i];
		const struct socket_info *info;

		if (!is_open(e))
			continue;
		info = sockets_find(sockets, n, e->inode);
		if (info)
			fill(&list->part.arena, e, info, place->inode);
		else
			left++;
	}
	arena_free(&arena);
	if (!error)
		*ret_left = left;
	return error;
}

/* KNOWN when any range could be listed: a socket that is left then stands in no list. */
static enum value_state fill_from(const struct proc_root *root, pid_t pid, struct fd_list *list,
	const struct place *place, size_t *ret_left)
{
	enum value_state state = VALUE_UNSUPPORTED;

	for (unsigned range = 0; range<SOCKET_RANGES && * ret_left> 0; range++) {
		int error;

		if (range == SOCKETS_RARE && name_protocols(root, pid, list) == 0)
			break;
		error = fill_range(list, place, range, ret_left);
		if (!error || state != VALUE_KNOWN)
			state = value_state_of_error(error);
	}
	return state;
}

#define PLACES 3

/*
 * A socket stays in the namespace in which it was made, whoever holds it: most are of the task's
 * own, some were made before it left ours or that of the other side. How many places, the task's
 * first; 0 with its state where that is unknown.
 */
static size_t find_places(const struct proc_root *root, const pid_t task[PLACES],
	struct place place[PLACES], enum value_state *ret_state)
{
	uint64_t ours = 0;
	size_t n = 0;

	inside_inode(root, 0, NAMESPACE_NET, &ours);
	for (size_t i = 0; i < PLACES; i++) {
		struct place p = {.inode = ours};
		bool found = false;
		int error = 0;

		if (task[i])
			error = inside_inode(root, task[i], NAMESPACE_NET, &p.inode);
		if (error && i == 0) {
			*ret_state = value_state_of_error(error);
			return 0;
		}
		p.pid = p.inode == ours ? 0 : task[i];
		for (size_t k = 0; k < n; k++)
			found |= place[k].inode == p.inode;
		if (!error && !found)
			place[n++] = p;
	}
	return n;
}

/* The state of the task's own namespace, in which what is left is supposed to be. */
static enum value_state fill_all(
	const struct proc_root *root, pid_t pid, pid_t other, struct fd_list *list)
{
	const pid_t task[PLACES] = {pid, 0, other};
	enum value_state state = VALUE_UNSUPPORTED;
	struct place place[PLACES] = {0};
	size_t n = find_places(root, task, place, &state), left = 1;

	for (size_t i = 0; i < n && left > 0; i++) {
		int error = sockets_open(root, place[i].pid, &place[i].desk);
		enum value_state listed = value_state_of_error(error);

		if (error == -EPERM)
			place[i].desk = sockets_open_files(root, place[i].pid);
		if (place[i].desk)
			listed = fill_from(root, pid, list, &place[i], &left);
		sockets_close(place[i].desk);
		if (i == 0)
			state = error ? value_state_of_error(error) : listed;
	}
	return state;
}

void fd_sockets_resolve(const struct proc_root *root, const struct access *access, pid_t pid,
	pid_t other, bool wanted, struct fd_list *list)
{
	enum value_state state = access->state[ACCESS_SOCK_DIAG];

	if (!mark_sockets(list) || !wanted)
		return;
	if (state == VALUE_KNOWN && !proc_root_is_kernel(root))
		state = VALUE_UNSUPPORTED;
	if (state == VALUE_KNOWN)
		state = fill_all(root, pid, other, list);
	else if (proc_root_is_kernel(root))
		name_protocols(root, pid, list);
	settle(list, state);
}
