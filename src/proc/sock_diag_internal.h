/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROC_SOCK_DIAG_INTERNAL_H
#define PROC_SOCK_DIAG_INTERNAL_H

#include "twintop/base/num.h"
#include "twintop/base/vec.h"
#include "twintop/proc/sockets.h"

/* What is asked of sock_diag(7), and its answers taken apart with no I/O. */

/* One socket before its peer is known. */
struct diag_socket {
	struct socket_info info;
	/* Internet sockets with a remote end: IPv4 as ::ffff:a.b.c.d. */
	bool connected;
	unsigned transport; /* IPPROTO_TCP and the like: only equal ones are peers */
	uint8_t local[16], remote[16];
	uint16_t local_port, remote_port;
	bool peer_told;	   /* unix: the kernel said that there is a peer, be it without an inode */
	bool counts_bytes; /* the receive queue is in bytes */
};

struct diag_sockets {
	struct diag_socket *item;
	size_t n, room;
};

/* One kind of socket that the kernel can list: how to ask, how to read the answer. */
struct diag_kind {
	const char *protocol; /* NULL: the answer tells (unix) */
	uint8_t family;
	enum socket_range range;
	unsigned transport; /* IPPROTO_*, 0 where there is none */
	size_t (*ask)(const struct diag_kind *kind, void *request);
	bool (*take)(const struct diag_kind *kind, const char *bytes, size_t len,
		struct arena *arena, struct diag_socket *ret_socket);
	const char *file; /* below /proc/PID/net, with the same; NULL: none */
};
extern const struct diag_kind diag_kind[];
extern const size_t diag_kind_n;
#define DIAG_KINDS_MOST 24

#define DIAG_REQUEST_MAX 256 /* room that ask needs, netlink header included */

/*
 * The messages of one datagram, each socket that has an inode appended. Text goes
 * into the arena. 1: the list goes on, 0: it is complete, or the negative errno
 * that the kernel answered (-EBADMSG: the datagram makes no sense).
 */
int diag_parse(const struct diag_kind *kind, const void *datagram, size_t len, struct arena *arena,
	struct diag_sockets *sockets);
/*
 * What anybody may read of the namespace of pid: /proc/PID/net. 0 or negative errno, -EOPNOTSUPP: the
 * kind has no such file. The parser is pure; -EINVAL: a line is none of the format.
 */
int net_file_read(const struct proc_root *root, pid_t pid, const struct diag_kind *kind,
	struct arena *arena, struct diag_sockets *sockets);
int net_file_parse(const struct diag_kind *kind, struct scan text, struct arena *arena,
	struct diag_sockets *sockets);
/* Sorts by inode and fills in peers, the peers' names and send queues. */
void diag_join(struct diag_sockets *sockets);

#endif
