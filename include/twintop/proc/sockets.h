/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_SOCKETS_H
#define TWINTOP_PROC_SOCKETS_H

#include "twintop/model/records.h"

/* What sock_diag(7) knows of one socket, found by inode. */
struct socket_info {
	uint64_t inode, peer_inode; /* peer: unix sockets, 0 unknown */
	const char *protocol;       /* "tcp", "tcp6", "udp", "unix stream", "netlink", "packet", … static */
	struct text local, remote;  /* "127.0.0.1:80", "/run/x.sock", "@abstract" (raw bytes) */
	const char *state;          /* "established", "listen", …; NULL where none applies */
	uint64_t receive_queue_bytes, send_queue_bytes;
};
/*
 * All sockets of our network namespace, sorted by inode, into the arena.
 * 0 or negative errno; kinds the kernel cannot dump are left out.
 */
int sockets_read(struct arena *arena, struct socket_info **ret_sockets, size_t *ret_n);
const struct socket_info *sockets_find(const struct socket_info *sockets, size_t n, uint64_t inode);

#endif
