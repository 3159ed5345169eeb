/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels over descriptors: one object with two ends, or one that both have open. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "channels_internal.h"
#include "twintop/model/connection.h"

/* A descriptor by what it leads to: side 0 or 1. */
struct end {
	const struct fd_entry *e;
	unsigned side;
};
VEC_STRUCT(end_list, struct end);

static int order_by_object(const void *x, const void *y)
{
	const struct fd_entry *a = ((const struct end *)x)->e, *b = ((const struct end *)y)->e;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return (a->fd > b->fd) - (a->fd < b->fd);
}

static int order_by_description(const void *x, const void *y)
{
	const struct fd_entry *a = ((const struct end *)x)->e, *b = ((const struct end *)y)->e;

	if (a->description != b->description)
		return a->description < b->description ? -1 : 1;
	return (a->fd > b->fd) - (a->fd < b->fd);
}

static bool leads_to_channel(const struct fd_entry *e)
{
	return (e->kind == FD_PIPE || e->kind == FD_FIFO || e->kind == FD_MQUEUE) &&
	       value_state_has_value(e->source[FD_STAT]) &&
	       value_state_has_value(e->source[FD_INFO]);
}

static bool is_shared_eventfd(const struct fd_entry *e)
{
	return e->kind == FD_EVENTFD && e->description;
}

static struct end_list collect(
	const struct channel_search *s, bool (*wanted)(const struct fd_entry *))
{
	const struct fd_list *fds[2] = {s->a->fds, s->b->fds};
	struct end_list ends = {0};

	for (unsigned side = 0; side < 2; side++)
		for (size_t i = 0; fds[side] && i < fds[side]->n; i++)
			if (wanted(&fds[side]->fd[i]))
				VEC_PUSH(&ends, (struct end){&fds[side]->fd[i], side});
	return ends;
}

static bool sends(const struct fd_entry *e)
{
	return (e->flags & O_ACCMODE) != O_RDONLY;
}

static bool receives(const struct fd_entry *e)
{
	return (e->flags & O_ACCMODE) != O_WRONLY;
}

/* The first descriptor of a side that sends (or receives), NULL: none. */
static const struct fd_entry *first_that(
	const struct end *end, size_t n, unsigned side, bool (*does)(const struct fd_entry *))
{
	for (size_t i = 0; i < n; i++)
		if (end[i].side == side && does(end[i].e))
			return end[i].e;
	return NULL;
}

/* All descriptors of one pipe, FIFO or queue. */
static void add_object(struct channel_search *s, const struct end *end, size_t n)
{
	const struct fd_entry *a_out = first_that(end, n, 0, sends),
			      *a_in = first_that(end, n, 0, receives);
	const struct fd_entry *b_out = first_that(end, n, 1, sends),
			      *b_in = first_that(end, n, 1, receives);
	enum channel_direction direction;
	struct channel c;

	if (!channel_direction_of(a_out, a_in, b_out, b_in, &direction))
		return;
	c = channel_make(fd_kind_name(end->e->kind), direction);
	c.a_fd = direction == CHANNEL_B_TO_A ? a_in->fd : a_out->fd;
	c.b_fd = direction == CHANNEL_B_TO_A ? b_out->fd : b_in->fd;
	c.detail = arena_printf(s->arena, "inode %" PRIu64, end->e->inode);
	/* Only a descriptor of our own could be asked (FIONREAD), and that would join the pipe. */
	c.waiting_state[0] = c.waiting_state[1] = VALUE_UNSUPPORTED;
	VEC_PUSH(s->list, c);
}

/* An eventfd of one description: either may add to the counter and take from it. */
static void add_eventfd(struct channel_search *s, const struct end *end, size_t n)
{
	const struct fd_entry *a = first_that(end, n, 0, receives),
			      *b = first_that(end, n, 1, receives);
	struct channel c = channel_make("eventfd", CHANNEL_BOTH);

	if (!a || !b)
		return;
	c.a_fd = a->fd;
	c.b_fd = b->fd;
	c.detail = arena_printf(s->arena, "count %" PRIu64, a->eventfd_count);
	VEC_PUSH(s->list, c);
}

static bool same_channel(const struct fd_entry *a, const struct fd_entry *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       (a->kind != FD_EVENTFD || a->description == b->description);
}

static void each_group(struct channel_search *s, struct end_list *ends,
	int (*order)(const void *, const void *),
	void (*add)(struct channel_search *, const struct end *, size_t))
{
	if (ends->n)
		qsort(ends->item, ends->n, sizeof *ends->item, order);
	for (size_t i = 0, n; i < ends->n; i += n) {
		for (n = 1; i + n < ends->n && same_channel(ends->item[i].e, ends->item[i + n].e);)
			n++;
		add(s, &ends->item[i], n);
	}
	VEC_FREE(ends);
}

void channels_find_fds(struct channel_search *s)
{
	struct end_list ends = collect(s, leads_to_channel);

	each_group(s, &ends, order_by_object, add_object);
	ends = collect(s, is_shared_eventfd);
	each_group(s, &ends, order_by_description, add_eventfd);
}

/* ---- sockets ------------------------------------------------------------- */

static int order_sockets(const void *x, const void *y)
{
	const struct fd_entry *a = ((const struct end *)x)->e, *b = ((const struct end *)y)->e;
	int order = (a->inode > b->inode) - (a->inode < b->inode);

	return order ? order : (a->fd > b->fd) - (a->fd < b->fd);
}

static int order_names(const void *x, const void *y)
{
	const struct fd_entry *a = ((const struct end *)x)->e, *b = ((const struct end *)y)->e;
	int order = text_compare(text_of(a->protocol), text_of(b->protocol));

	if (!order)
		order = text_compare(a->local, b->local);
	return order ? order : text_compare(a->remote, b->remote);
}

/* "tcp", "udp", "unix": the first word of the protocol. */
static const char *socket_kind(const struct fd_entry *e)
{
	static const char *const kinds[] = {"unix", "tcp", "udp", "sctp"};

	for (size_t i = 0; e->protocol && i < sizeof kinds / sizeof *kinds; i++)
		if (!strncmp(e->protocol, kinds[i], strlen(kinds[i])))
			return kinds[i];
	return "socket";
}

static void add_socket(struct channel_search *s, const struct fd_entry *a, const struct fd_entry *b)
{
	const struct fd_entry *end[2] = {a, b};
	struct channel c = channel_make(socket_kind(a), CHANNEL_BOTH);

	c.a_fd = a->fd;
	c.b_fd = b->fd;
	c.detail =
		arena_printf(s->arena, "inode %" PRIu64 " and inode %" PRIu64, a->inode, b->inode);
	for (int i = 0; i < 2; i++) {
		c.waiting_state[i] = end[i]->queues_known ? VALUE_KNOWN : VALUE_UNSUPPORTED;
		c.waiting_bytes[i] = end[i]->receive_queue_bytes;
	}
	VEC_PUSH(s->list, c);
}

/* Index of the first end that does not stand before want. */
static size_t first_end(const struct end_list *list, const struct fd_entry *want,
	int (*order)(const void *, const void *))
{
	const struct end end = {want, 1};
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (order(&list->item[mid], &end) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

#define PEERS_MOST 64u /* sockets of one name that are looked at: in as many namespaces */

/* B's end of a's connection, looked for by inode where the kernel tells it, else by the addresses.
 */
static const struct fd_entry *find_peer(
	const struct fd_entry *a, const struct end_list *by_inode, const struct end_list *by_name)
{
	const struct fd_entry want = {.inode = a->peer_inode,
		.fd = -1,
		.protocol = a->protocol,
		.local = a->remote,
		.remote = a->local};
	const struct end_list *list = a->peer_inode ? by_inode : by_name;
	size_t i = first_end(list, &want, a->peer_inode ? order_sockets : order_names);

	for (unsigned tries = 0; i < list->n && tries < PEERS_MOST; i++, tries++) {
		const struct fd_entry *e = list->item[i].e;

		if (connection_joins(a, e))
			return e;
		if (a->peer_inode ? e->inode != want.inode : !text_equal(e->local, want.local))
			break;
	}
	return NULL;
}

static struct end_list sockets_of(
	const struct fd_list *fds, int (*order)(const void *, const void *))
{
	struct end_list ends = {0};

	for (size_t i = 0; fds && i < fds->n; i++)
		if (connection_end(&fds->fd[i]))
			VEC_PUSH(&ends, (struct end){&fds->fd[i], 1});
	if (ends.n)
		qsort(ends.item, ends.n, sizeof *ends.item, order);
	return ends;
}

void channels_find_sockets(struct channel_search *s)
{
	struct end_list a = sockets_of(s->a->fds, order_sockets);
	struct end_list by_inode = sockets_of(s->b->fds, order_sockets);
	struct end_list by_name = sockets_of(s->b->fds, order_names);
	const struct fd_entry *peer;

	for (size_t i = 0; i < a.n; i++) {
		if (i && a.item[i].e->inode == a.item[i - 1].e->inode)
			continue; /* a duplicate of the same socket */
		peer = find_peer(a.item[i].e, &by_inode, &by_name);
		if (peer)
			add_socket(s, a.item[i].e, peer);
	}
	VEC_FREE(&a);
	VEC_FREE(&by_inode);
	VEC_FREE(&by_name);
}
