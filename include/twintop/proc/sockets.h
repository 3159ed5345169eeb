/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_SOCKETS_H
#define TWINTOP_PROC_SOCKETS_H

#include "twintop/model/records.h"
#include "twintop/proc/root.h"

/* What sock_diag(7) knows of one socket, found by inode. */
struct socket_info {
	uint64_t inode;
	/*
	 * The socket at the other end; 0 unknown or none. Unix: as the kernel says. Internet: the
	 * one socket of that namespace whose addresses are the same two, swapped.
	 */
	uint64_t peer_inode;
	bool peer_closed;	    /* unix: there was a peer, and nobody has it open (any more, or yet) */
	const char *protocol;       /* "tcp", "tcp6", "udp", "unix stream", "netlink", "packet", … static */
	struct text local, remote;  /* "127.0.0.1:80", "/run/x.sock", "@abstract" (raw bytes) */
	const char *state;          /* "established", "listen", …; NULL where none applies */
	/*
	 * Bytes not yet read here, and not yet read by the peer (TCP: not yet acknowledged).
	 * Streams only: the kernel counts others otherwise.
	 */
	bool queues_known;
	uint64_t receive_queue_bytes, send_queue_bytes;
	/* Of a unix socket that listens: connections that nobody accepted, and its backlog. */
	bool listens;
	uint32_t pending, backlog;
};
/* Asked one after another, while a socket is left that none has told. */
enum socket_range {
	SOCKETS_CHEAP, /* unix, UDP, netlink */
	SOCKETS_TCP,   /* the kernel walks a table that grows with its memory: 1 ms and more */
	SOCKETS_RARE,  /* all others; the kernel may look for a module */
	SOCKET_RANGES
};
/*
 * Where to ask: sock_diag(7) answers for the network namespace in which the question's socket was
 * made. That of task pid (see inside_run), or ours for pid 0. Not to be kept: while it is open, that
 * namespace does not go. Needs no privilege for ours. 0 or negative errno, -EPERM: it may not be
 * entered.
 */
struct socket_desk;
int sockets_open(const struct proc_root *root, pid_t pid, struct socket_desk **ret_desk);
/*
 * Without entering it: by the files of the task's namespace, which have no unix sockets' peers and
 * are read for TCP and UDP alone.
 */
struct socket_desk *sockets_open_files(const struct proc_root *root, pid_t pid);
void sockets_close(struct socket_desk *desk); /* NULL is fine */
/*
 * Sockets of that namespace that are bound or connected, sorted by inode, into the arena; each range
 * once. 0 or negative errno; kinds the kernel cannot dump are left out.
 */
int sockets_read(struct socket_desk *desk, struct arena *arena, enum socket_range range,
	struct socket_info **ret_sockets, size_t *ret_n);
/* The row of that inode in what sockets_read gave, or NULL. */
const struct socket_info *sockets_find(const struct socket_info *sockets, size_t n, uint64_t inode);

#endif
