/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/sockets.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sock_diag_internal.h"
#include "twintop/proc/inside.h"

#define DATAGRAM_BYTES (64u << 10) /* the kernel fills at most 32 KiB at a time */

/* The sockets that were made inside another namespace, one a question; -1: asked, or never made. */
struct socket_desk {
	bool inside;
	const struct proc_root *root;
	pid_t files_of; /* no sockets, but the files of that task's namespace; 0: sockets */
	int error;	/* of those that were not made */
	int fd[DIAG_KINDS_MOST];
};

static int diag_socket_new(void)
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	return fd < 0 ? -errno : fd;
}

/* Runs inside the namespace: system calls only. */
static void make_sockets(void *context)
{
	struct socket_desk *desk = context;

	for (size_t i = 0; i < diag_kind_n && !desk->error; i++) {
		int fd = diag_socket_new();

		if (fd < 0)
			desk->error = fd;
		else
			desk->fd[i] = fd;
	}
}

int sockets_open(const struct proc_root *root, pid_t pid, struct socket_desk **ret_desk)
{
	struct socket_desk *desk = mem_alloc(sizeof *desk);
	int error = 0;

	*desk = (struct socket_desk){.inside = pid != 0};
	for (size_t i = 0; i < DIAG_KINDS_MOST; i++)
		desk->fd[i] = -1;
	if (pid)
		error = inside_run(root, pid, NAMESPACE_NET, make_sockets, desk, sizeof *desk);
	if (error)
		sockets_close(desk);
	else
		*ret_desk = desk;
	return error;
}

struct socket_desk *sockets_open_files(const struct proc_root *root, pid_t pid)
{
	struct socket_desk *desk = mem_alloc(sizeof *desk);

	*desk = (struct socket_desk){.root = root, .files_of = pid};
	for (size_t i = 0; i < DIAG_KINDS_MOST; i++)
		desk->fd[i] = -1;
	return desk;
}

void sockets_close(struct socket_desk *desk)
{
	for (size_t i = 0; desk && i < DIAG_KINDS_MOST; i++)
		if (desk->fd[i] >= 0)
			close(desk->fd[i]);
	free(desk);
}

/* A socket for one question. */
static int take_socket(struct socket_desk *desk, unsigned kind)
{
	int fd = desk->fd[kind];

	if (!desk->inside)
		return diag_socket_new();
	desk->fd[kind] = -1;
	return fd >= 0 ? fd : desk->error ? desk->error : -EBADF;
}

static int diag_send(int fd, const struct diag_kind *kind)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	char request[DIAG_REQUEST_MAX] = {0};
	struct nlmsghdr head = {
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	};
	ssize_t sent;

	head.nlmsg_len = (uint32_t)(sizeof head + kind->ask(kind, request + sizeof head));
	memcpy(request, &head, sizeof head);
	do
		sent = sendto(fd, request, head.nlmsg_len, 0, (const struct sockaddr *)&kernel,
			sizeof kernel);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* Takes datagrams in until the list is complete: 0 or negative errno. */
static int diag_receive(int fd, const struct diag_kind *kind, char *buffer, struct arena *arena,
	struct diag_sockets *sockets)
{
	int rc = 1;

	while (rc == 1) {
		ssize_t len = recv(fd, buffer, DATAGRAM_BYTES, 0);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return len < 0 ? -errno : -EBADMSG;
		rc = diag_parse(kind, buffer, (size_t)len, arena, sockets);
	}
	return rc;
}

/* One kind's list, asked on a socket of its own, so that no late answer is mistaken for another's.
 */
static int diag_read(int fd, const struct diag_kind *kind, char *buffer, struct arena *arena,
	struct diag_sockets *sockets)
{
	int error;

	if (fd < 0)
		return fd;
	error = diag_send(fd, kind);
	if (!error)
		error = diag_receive(fd, kind, buffer, arena, sockets);
	close(fd);
	return error;
}

/*
 * Kinds that the kernel said it does not know. They are not asked again: each
 * question would make the kernel look for a module anew.
 */
static atomic_uint missing_kinds;

static int desk_read(struct socket_desk *desk, unsigned i, char *buffer, struct arena *arena,
	struct diag_sockets *sockets)
{
	const struct diag_kind *kind = &diag_kind[i];
	int rc;

	if (desk->files_of)
		return net_file_read(desk->root, desk->files_of, kind, arena, sockets);
	if (atomic_load(&missing_kinds) & 1u << i)
		return -ENOENT;
	rc = diag_read(take_socket(desk, i), kind, buffer, arena, sockets);
	if (rc == -ENOENT)
		atomic_fetch_or(&missing_kinds, 1u << i);
	return rc;
}

static int diag_read_all(struct socket_desk *desk, enum socket_range range, char *buffer,
	struct arena *arena, struct diag_sockets *sockets)
{
	int error = -ENOENT;
	bool listed = false;

	for (unsigned i = 0; i < diag_kind_n; i++) {
		int rc;

		if (diag_kind[i].range != range)
			continue;
		rc = desk_read(desk, i, buffer, arena, sockets);
		if (rc && rc != -ENOENT)
			error = rc;
		listed = listed || rc == 0;
	}
	return listed ? 0 : error == -ENOENT ? -EOPNOTSUPP : error;
}

static void sockets_copy(const struct diag_sockets *from, struct arena *arena,
	struct socket_info **ret_sockets, size_t *ret_n)
{
	struct socket_info *to = arena_array(arena, from->n, sizeof *to);

	for (size_t i = 0; i < from->n; i++)
		to[i] = from->item[i].info;
	*ret_sockets = to;
	*ret_n = from->n;
}

int sockets_read(struct socket_desk *desk, struct arena *arena, enum socket_range range,
	struct socket_info **ret_sockets, size_t *ret_n)
{
	char *buffer = mem_alloc(DATAGRAM_BYTES);
	struct diag_sockets sockets = {0};
	int error = diag_read_all(desk, range, buffer, arena, &sockets);

	free(buffer);
	if (!error) {
		diag_join(&sockets);
		sockets_copy(&sockets, arena, ret_sockets, ret_n);
	}
	VEC_FREE(&sockets);
	return error;
}

const struct socket_info *sockets_find(const struct socket_info *sockets, size_t n, uint64_t inode)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sockets[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && sockets[low].inode == inode ? &sockets[low] : NULL;
}
