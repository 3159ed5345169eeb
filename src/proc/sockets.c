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

#define DATAGRAM_BYTES (64u << 10) /* the kernel fills at most 32 KiB at a time */

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
static int diag_read(const struct diag_kind *kind, char *buffer, struct arena *arena,
	struct diag_sockets *sockets)
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int error;

	if (fd < 0)
		return -errno;
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

static int diag_read_all(
	enum socket_range range, char *buffer, struct arena *arena, struct diag_sockets *sockets)
{
	int error = -ENOENT;
	bool listed = false;

	for (unsigned i = 0; i < diag_kind_n; i++) {
		int rc;

		if (diag_kind[i].range != range || atomic_load(&missing_kinds) & 1u << i)
			continue;
		rc = diag_read(&diag_kind[i], buffer, arena, sockets);
		if (rc == -ENOENT)
			atomic_fetch_or(&missing_kinds, 1u << i);
		else if (rc)
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

int sockets_read(struct arena *arena, enum socket_range range, struct socket_info **ret_sockets,
	size_t *ret_n)
{
	char *buffer = mem_alloc(DATAGRAM_BYTES);
	struct diag_sockets sockets = {0};
	int error = diag_read_all(range, buffer, arena, &sockets);

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
