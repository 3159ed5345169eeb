/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "sock_diag_internal.h"

static int by_inode(const void *a, const void *b)
{
	const struct diag_socket *x = a, *y = b;

	return (x->info.inode > y->info.inode) - (x->info.inode < y->info.inode);
}

/* Multipath TCP comes twice under one inode: itself, and its first path as TCP. */
static int by_inode_best_first(const void *a, const void *b)
{
	const struct diag_socket *x = a, *y = b;
	int order = by_inode(a, b);

	return order ? order : (x->transport < y->transport) - (x->transport > y->transport);
}

static struct diag_socket *find(const struct diag_sockets *all, uint64_t inode)
{
	const struct diag_socket key = {.info.inode = inode};

	if (all->n == 0)
		return NULL;
	return bsearch(&key, all->item, all->n, sizeof *all->item, by_inode);
}

/*
 * unix: the kernel names the peer; the peer's own row has its address and what it
 * has not read yet (the sender's own queue counts memory, not bytes).
 */
static void join_unix(const struct diag_sockets *all, struct diag_socket *s)
{
	const struct diag_socket *peer = s->info.peer_inode ? find(all, s->info.peer_inode) : NULL;

	s->info.peer_closed = s->peer_told && !s->info.peer_inode;
	if (peer)
		s->info.remote = peer->info.local;
	if (peer && peer->counts_bytes)
		s->info.send_queue_bytes = peer->info.receive_queue_bytes;
	s->info.queues_known = s->counts_bytes && (!s->peer_told || (peer && peer->counts_bytes));
}

/* An internet socket by both of its ends, for the search of the opposite one. */
struct ends {
	uint8_t transport[2], port[2][2], address[2][16];
};

static void ends_of(const struct diag_socket *s, bool swapped, struct ends *out)
{
	unsigned here = swapped ? 1 : 0, there = 1 - here;

	memset(out, 0, sizeof *out);
	out->transport[0] = (uint8_t)(s->transport >> 8);
	out->transport[1] = (uint8_t)s->transport;
	memcpy(out->address[here], s->local, 16);
	memcpy(out->address[there], s->remote, 16);
	memcpy(out->port[here], &s->local_port, 2);
	memcpy(out->port[there], &s->remote_port, 2);
}

struct ends_row {
	struct ends ends;
	struct diag_socket *socket;
};

static int by_ends(const void *a, const void *b)
{
	const struct ends_row *x = a, *y = b;

	return memcmp(&x->ends, &y->ends, sizeof x->ends);
}

/* The opposite end lies in this namespace when local and remote occur swapped, just once. */
static void join_inet(const struct ends_row *row, size_t n, struct diag_socket *s)
{
	struct ends_row key = {.socket = s};
	const struct ends_row *hit;

	ends_of(s, true, &key.ends);
	hit = bsearch(&key, row, n, sizeof *row, by_ends);
	if (!hit || (hit > row && by_ends(hit - 1, &key) == 0) ||
		(hit + 1 < row + n && by_ends(hit + 1, &key) == 0))
		return;
	s->info.peer_inode = hit->socket->info.inode;
}

static void join_inet_all(struct diag_sockets *all)
{
	struct ends_row *row = mem_alloc((all->n + 1) * sizeof *row);
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (!all->item[i].connected)
			continue;
		ends_of(&all->item[i], false, &row[n].ends);
		row[n++].socket = &all->item[i];
	}
	qsort(row, n, sizeof *row, by_ends);
	for (size_t i = 0; i < n; i++)
		join_inet(row, n, row[i].socket);
	free(row);
}

void diag_join(struct diag_sockets *sockets)
{
	if (sockets->n == 0)
		return;
	qsort(sockets->item, sockets->n, sizeof *sockets->item, by_inode_best_first);
	for (size_t i = 0; i < sockets->n; i++)
		if (sockets->item[i].transport == 0)
			join_unix(sockets, &sockets->item[i]);
	join_inet_all(sockets);
}
