/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/fd_lookup.h"

#include <fcntl.h>
#include <string.h>

#include "twintop/model/connection.h"

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

bool fd_is_flow(const struct fd_entry *e)
{
	return (e->kind == FD_PIPE || e->kind == FD_FIFO) &&
	       value_state_has_value((enum value_state)e->source[FD_STAT]) &&
	       value_state_has_value((enum value_state)e->source[FD_INFO]);
}

bool fd_is_told_socket(const struct fd_entry *e)
{
	return e->kind == FD_SOCKET &&
	       value_state_has_value((enum value_state)e->source[FD_SOCKET_INFO]);
}

static void collect(const struct fd_list *list, bool (*wanted)(const struct fd_entry *e),
	struct lookup_rows *rows)
{
	for (size_t i = 0; i < list->n; i++)
		if (wanted(&list->fd[i]))
			VEC_PUSH(rows, (struct lookup_row){&list->fd[i], &list->fd[i]});
}

/* ---- pipes --------------------------------------------------------------------- */

static void collect_flows(const void *list, struct lookup_rows *rows)
{
	collect(list, fd_is_flow, rows);
}

/* By what is open, and then for what. */
static int order_flows(const void *a, const void *b)
{
	const struct fd_entry *x = a, *y = b;
	int order = COMPARE(x->inode, y->inode);

	if (!order)
		order = COMPARE(x->device, y->device);
	return order ? order : COMPARE(x->flags & O_ACCMODE, y->flags & O_ACCMODE);
}

/* ---- sockets ------------------------------------------------------------------- */

static void collect_sockets(const void *list, struct lookup_rows *rows)
{
	collect(list, connection_end, rows);
}

static int order_sockets(const void *a, const void *b)
{
	const struct fd_entry *x = a, *y = b;
	int order = COMPARE(x->inode, y->inode);

	return order ? order : COMPARE(x->peer_inode, y->peer_inode);
}

static bool names_peer(const struct fd_entry *e)
{
	return connection_end(e) && e->peer_inode;
}

static void collect_peers(const void *list, struct lookup_rows *rows)
{
	collect(list, names_peer, rows);
}

static int order_peers(const void *a, const void *b)
{
	const struct fd_entry *x = a, *y = b;

	return COMPARE(x->peer_inode, y->peer_inode);
}

static bool is_joined_by_name(const struct fd_entry *e)
{
	return connection_end(e) && !e->peer_inode && e->protocol &&
	       strncmp(e->protocol, "unix", 4) != 0;
}

static void collect_names(const void *list, struct lookup_rows *rows)
{
	collect(list, is_joined_by_name, rows);
}

static int order_names(const void *a, const void *b)
{
	const struct fd_entry *x = a, *y = b;
	int order = COMPARE(x->net_inode, y->net_inode);

	if (!order)
		order = strcmp(x->protocol, y->protocol);
	if (!order)
		order = text_compare(x->local, y->local);
	return order ? order : text_compare(x->remote, y->remote);
}

static void collect_inodes(const void *list, struct lookup_rows *rows)
{
	collect(list, fd_is_told_socket, rows);
}

static int order_inodes(const void *a, const void *b)
{
	const struct fd_entry *x = a, *y = b;

	return COMPARE(x->inode, y->inode);
}

/* ---- locks ----------------------------------------------------------------------- */

static void collect_locks(const void *part, struct lookup_rows *rows)
{
	const struct fd_list *list = part;

	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; k < list->fd[i].locks_n; k++)
			VEC_PUSH(rows, (struct lookup_row){&list->fd[i], &list->fd[i].locks[k]});
}

static int order_locks(const void *a, const void *b)
{
	const struct file_lock *x = a, *y = b;
	int order = COMPARE(x->kind, y->kind);

	if (!order)
		order = COMPARE(x->inode, y->inode);
	if (!order)
		order = COMPARE(x->device, y->device);
	if (!order)
		order = COMPARE(x->start, y->start);
	return order ? order : COMPARE(x->end, y->end);
}

/* ---- looking --------------------------------------------------------------------- */

static const struct lookup_kind kind_table[FD_LOOKUPS] = {
	[FD_LOOKUP_FLOWS] = {collect_flows, order_flows},
	[FD_LOOKUP_SOCKETS] = {collect_sockets, order_sockets},
	[FD_LOOKUP_PEERS] = {collect_peers, order_peers},
	[FD_LOOKUP_NAMES] = {collect_names, order_names},
	[FD_LOOKUP_INODES] = {collect_inodes, order_inodes},
	[FD_LOOKUP_LOCKS] = {collect_locks, order_locks},
};

static struct lookup_run find(const struct fd_list *list, enum fd_lookup which,
	int (*order)(const void *, const void *), const void *key)
{
	return lookup_find(&list->lookup[which], &kind_table[which], list, order, key);
}

static void add(struct fd_ends *ret, struct lookup_run run)
{
	ret->run[ret->n++] = run;
}

static void find_flows(
	const struct fd_list *list, const struct fd_entry *own, bool reads, struct fd_ends *ret)
{
	struct fd_entry key = {.inode = own->inode, .device = own->device};
	unsigned not_wanted = reads ? O_RDONLY : O_WRONLY;

	for (unsigned access = 0; access <= O_ACCMODE; access++) {
		if (access == not_wanted)
			continue;
		key.flags = access;
		add(ret, find(list, FD_LOOKUP_FLOWS, order_flows, &key));
	}
}

/* Those that own names and that name it or nobody; where it names nobody, those that name it, or
 * whose addresses are its own the other way round. */
static void find_sockets(
	const struct fd_list *list, const struct fd_entry *own, struct fd_ends *ret)
{
	struct fd_entry key = {.inode = own->peer_inode};

	if (own->peer_inode) {
		add(ret, find(list, FD_LOOKUP_SOCKETS, order_sockets, &key));
		key.peer_inode = own->inode;
		add(ret, find(list, FD_LOOKUP_SOCKETS, order_sockets, &key));
		return;
	}
	key.peer_inode = own->inode;
	add(ret, find(list, FD_LOOKUP_PEERS, order_peers, &key));
	if (!is_joined_by_name(own))
		return;
	key = (struct fd_entry){.net_inode = own->net_inode,
		.protocol = own->protocol,
		.local = own->remote,
		.remote = own->local};
	add(ret, find(list, FD_LOOKUP_NAMES, order_names, &key));
}

void fd_lookup_ends(
	const struct fd_list *list, const struct fd_entry *own, bool reads, struct fd_ends *ret)
{
	ret->n = 0;
	if (!list)
		return;
	if (own->kind != FD_SOCKET)
		find_flows(list, own, reads, ret);
	else if (connection_end(own))
		find_sockets(list, own, ret);
}

struct lookup_run fd_lookup_socket(const struct fd_list *list, uint64_t inode)
{
	const struct fd_entry key = {.inode = inode};

	if (!list)
		return (struct lookup_run){0};
	return find(list, FD_LOOKUP_INODES, order_inodes, &key);
}

struct lookup_run fd_lookup_lock(const struct fd_list *list, const struct file_lock *lock)
{
	if (!list)
		return (struct lookup_run){0};
	return find(list, FD_LOOKUP_LOCKS, order_locks, lock);
}

void fd_list_release(void *part)
{
	struct fd_list *list = part;

	for (unsigned i = 0; i < FD_LOOKUPS; i++)
		lookup_release(&list->lookup[i]);
}
