/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>

#include "twintop/base/vec.h"
#include "twintop/compare/align.h"

struct channels {
	VEC(struct channel) list;
};

/* One end of a pipe, FIFO or unix socket on one side. */
struct end {
	uint64_t inode, device;
	int side, fd;
	bool reads, writes;
	const char *kind;
};
struct ends {
	VEC(struct end) end;
};

static bool has_end(const struct fd_entry *e)
{
	return (e->kind == FD_PIPE || e->kind == FD_FIFO) && e->inode &&
	       value_state_has_value(e->source[FD_INFO]);
}

static void collect_ends(const struct fd_list *l, int side, struct ends *ends)
{
	for (size_t i = 0; l && i < l->n; i++) {
		const struct fd_entry *e = &l->fd[i];
		unsigned mode = e->flags & O_ACCMODE;

		if (!has_end(e))
			continue;
		VEC_PUSH(&ends->end, (struct end){
					     .inode = e->inode,
					     .device = e->device,
					     .side = side,
					     .fd = e->fd,
					     .reads = mode != O_WRONLY,
					     .writes = mode != O_RDONLY,
					     .kind = e->kind == FD_PIPE ? "pipe" : "fifo",
				     });
	}
}

static int by_object(const void *x, const void *y)
{
	const struct end *a = x, *b = y;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return a->side != b->side ? a->side - b->side : (a->fd > b->fd) - (a->fd < b->fd);
}

/* The lowest descriptor of a side among the ends of one pipe that reads or writes; -1: none. */
static int end_of(const struct end *end, size_t n, int side, bool writes)
{
	for (size_t i = 0; i < n; i++)
		if (end[i].side == side && (writes ? end[i].writes : end[i].reads))
			return end[i].fd;
	return -1;
}

static void add_pipe(struct channels *c, const struct end *end, size_t n)
{
	int a_out = end_of(end, n, 0, true), a_in = end_of(end, n, 0, false);
	int b_out = end_of(end, n, 1, true), b_in = end_of(end, n, 1, false);
	bool a_to_b = a_out >= 0 && b_in >= 0, b_to_a = b_out >= 0 && a_in >= 0;
	struct channel channel = {end->kind, a_out, b_in, CHANNEL_A_TO_B};

	if (!a_to_b && !b_to_a)
		return;
	if (!a_to_b) {
		channel.a_fd = a_in;
		channel.b_fd = b_out;
	}
	if (b_to_a)
		channel.direction = a_to_b ? CHANNEL_BOTH : CHANNEL_B_TO_A;
	VEC_PUSH(&c->list, channel);
}

static void add_pipes(struct channels *c, const struct snapshot *s)
{
	struct ends ends = {0};

	for (int side = 0; side < 2; side++)
		collect_ends(s->side[side].fds, side, &ends);
	if (ends.end.n)
		qsort(ends.end.item, ends.end.n, sizeof *ends.end.item, by_object);
	for (size_t i = 0, n; i < ends.end.n; i += n) {
		const struct end *first = &ends.end.item[i];

		for (n = 1; i + n < ends.end.n && first[n].inode == first->inode &&
			    first[n].device == first->device;
			n++)
			;
		add_pipe(c, first, n);
	}
	VEC_FREE(&ends.end);
}

/* A unix socket with its peer: two ends that know each other by inode. */
static void collect_sockets(const struct fd_list *l, int side, struct ends *ends)
{
	for (size_t i = 0; l && i < l->n; i++) {
		const struct fd_entry *e = &l->fd[i];

		if (e->kind != FD_SOCKET || !e->inode || !e->peer_inode)
			continue;
		/* Sorted by the lower inode of the two, so that a pair of sockets lies together. */
		VEC_PUSH(&ends->end,
			(struct end){
				.inode = e->inode < e->peer_inode ? e->inode : e->peer_inode,
				.device = e->inode,
				.side = side,
				.fd = e->fd,
			});
	}
}

/* The first end of A and of B among those of one connection that are not the same socket. */
static void add_connection(struct channels *c, const struct end *end, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (!end[i].side && end[k].side && end[i].device != end[k].device) {
				VEC_PUSH(&c->list, (struct channel){"unix", end[i].fd, end[k].fd,
							   CHANNEL_BOTH});
				return;
			}
}

static void add_sockets(struct channels *c, const struct snapshot *s)
{
	struct ends ends = {0};

	for (int side = 0; side < 2; side++)
		collect_sockets(s->side[side].fds, side, &ends);
	if (ends.end.n)
		qsort(ends.end.item, ends.end.n, sizeof *ends.end.item, by_object);
	for (size_t i = 0, n; i < ends.end.n; i += n) {
		const struct end *first = &ends.end.item[i];

		for (n = 1; i + n < ends.end.n && first[n].inode == first->inode; n++)
			;
		add_connection(c, first, n);
	}
	VEC_FREE(&ends.end);
}

/* One object that both map, with who may write to it. */
struct object {
	const struct mapping *mapping;
	const char *kind;
	bool a_writes, b_writes;
};
struct objects {
	VEC(struct object) object;
};

static int by_device_and_inode(const void *x, const void *y)
{
	const struct mapping *a = ((const struct object *)x)->mapping;
	const struct mapping *b = ((const struct object *)y)->mapping;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (a->device_major != b->device_major)
		return a->device_major < b->device_major ? -1 : 1;
	return a->device_minor < b->device_minor ? -1 : a->device_minor > b->device_minor;
}

static void collect_objects(const struct snapshot *s, const struct pair *p, struct objects *objects)
{
	for (size_t i = 0; i < p->mappings_n; i++) {
		const struct pair_mapping *row = &p->mapping[i];
		const struct mapping *a, *b;

		if (row->a < 0 || row->b < 0)
			continue;
		a = &s->side[0].memory->mapping[row->a];
		b = &s->side[1].memory->mapping[row->b];
		if (!(a->flags & b->flags & MAPPING_SHARED))
			continue;
		VEC_PUSH(&objects->object,
			(struct object){a, mechanism_name(row->mechanism),
				(a->flags & MAPPING_WRITE) != 0, (b->flags & MAPPING_WRITE) != 0});
	}
}

static void add_memory(struct channels *c, const struct snapshot *s, const struct pair *p)
{
	struct objects objects = {0};
	struct object *list;

	collect_objects(s, p, &objects);
	list = objects.object.item;
	if (objects.object.n)
		qsort(list, objects.object.n, sizeof *list, by_device_and_inode);
	for (size_t i = 0, n; i < objects.object.n; i += n) {
		bool a_writes = false, b_writes = false;

		for (n = 0;
			i + n < objects.object.n && !by_device_and_inode(&list[i], &list[i + n]);
			n++) {
			a_writes |= list[i + n].a_writes;
			b_writes |= list[i + n].b_writes;
		}
		if (a_writes || b_writes)
			VEC_PUSH(&c->list, (struct channel){list[i].kind, -1, -1,
						   a_writes && b_writes ? CHANNEL_BOTH
						   : a_writes		? CHANNEL_A_TO_B
									: CHANNEL_B_TO_A});
	}
	VEC_FREE(&objects.object);
}

void align_channels(const struct snapshot *s, struct pair *p)
{
	struct channels c = {0};

	/* Two threads have one table: what it holds joins the process to itself. */
	if (p->relation != RELATION_THREADS) {
		add_pipes(&c, s);
		add_sockets(&c, s);
	}
	if (!p->one_space)
		add_memory(&c, s, p);
	p->channels_n = c.list.n;
	p->channel =
		(void *)arena_copy(&p->part.arena, c.list.item, c.list.n * sizeof *c.list.item);
	VEC_FREE(&c.list);
}
