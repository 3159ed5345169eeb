/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/sysmacros.h>

#include "twintop/base/vec.h"
#include "twintop/compare/align.h"
#include "twintop/model/connection.h"

/* What two descriptors may have in common, by which they find each other. */
struct fd_key {
	uint64_t major, minor; /* major 0: none */
	int fd;
	size_t index;
};

struct fd_match {
	const struct fd_list *list[2]; /* the same one twice: two threads with one table */
	int *partner[2];	       /* index on the other side, -1: none yet */
	bool hidden[2];		       /* what a side seems to lack it may have */
	bool one_table;
};

/* What to match by, and whether equal keys are enough. */
struct fd_rule {
	bool (*key)(const struct fd_entry *e, int side, struct fd_key *ret);
	bool (*joins)(const struct fd_entry *a, const struct fd_entry *b); /* NULL: they are */
};

static bool key_description(const struct fd_entry *e, int side, struct fd_key *ret)
{
	(void)side;
	ret->major = e->description;
	return e->description != 0;
}

static bool is_pipe(const struct fd_entry *e)
{
	return e->kind == FD_PIPE || e->kind == FD_FIFO;
}

static bool key_pipe(const struct fd_entry *e, int side, struct fd_key *ret)
{
	(void)side;
	ret->major = e->inode;
	ret->minor = e->device;
	return is_pipe(e) && e->inode;
}

/* A's peer is B's socket. */
static bool key_peer(const struct fd_entry *e, int side, struct fd_key *ret)
{
	ret->major = side ? e->inode : e->peer_inode;
	return connection_end(e) && ret->major;
}

/* B's peer is A's socket: decides where several of A's name one of B's. */
static bool key_peer_of_b(const struct fd_entry *e, int side, struct fd_key *ret)
{
	return key_peer(e, !side, ret);
}

/*
 * /dev/tty is whichever terminal controls its opener, and each open of /dev/ptmx makes another:
 * there the file is not what is opened.
 */
static bool stands_for_another(const struct fd_entry *e)
{
	return e->kind == FD_TTY && (e->rdev == makedev(5, 0) || e->rdev == makedev(5, 2));
}

/* Kinds of which two opens are two descriptions of one object that the inode names. */
static bool is_file(const struct fd_entry *e)
{
	static const bool kinds[FD_KINDS] = {[FD_FILE] = true,
		[FD_DIRECTORY] = true,
		[FD_SYMLINK] = true,
		[FD_MEMFD] = true,
		[FD_MQUEUE] = true,
		[FD_DEVICE] = true,
		[FD_BLOCK_DEVICE] = true,
		[FD_TTY] = true,
		[FD_NAMESPACE] = true};

	return kinds[e->kind] && e->inode && !stands_for_another(e);
}

/* Nobody's peer is told, but A's own address is B's remote one and the other way round. */
static bool key_names(const struct fd_entry *e, int side, struct fd_key *ret)
{
	ret->major = text_hash(text_of(e->protocol)) ^ text_hash(side ? e->remote : e->local);
	ret->minor = text_hash(side ? e->local : e->remote);
	return connection_end(e) && !e->peer_inode;
}

static bool key_file(const struct fd_entry *e, int side, struct fd_key *ret)
{
	(void)side;
	ret->major = e->inode;
	ret->minor = e->device;
	return is_file(e);
}

static bool key_number(const struct fd_entry *e, int side, struct fd_key *ret)
{
	(void)side;
	ret->major = (uint64_t)e->fd + 1;
	return true;
}

static int compare_keys(const struct fd_key *a, const struct fd_key *b)
{
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	return a->minor < b->minor ? -1 : a->minor > b->minor;
}

static int by_key_and_number(const void *x, const void *y)
{
	const struct fd_key *a = x, *b = y;
	int order = compare_keys(a, b);

	return order ? order : (a->fd > b->fd) - (a->fd < b->fd);
}

static struct fd_key *keys(
	const struct fd_match *m, int side, const struct fd_rule *rule, size_t *ret_n)
{
	const struct fd_list *l = m->list[side];
	struct fd_key *list = mem_alloc((l->n + 1) * sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct fd_key k = {.fd = l->fd[i].fd, .index = i};

		if (m->partner[side][i] < 0 && rule->key(&l->fd[i], side, &k))
			list[n++] = k;
	}
	qsort(list, n, sizeof *list, by_key_and_number);
	*ret_n = n;
	return list;
}

static void join(struct fd_match *m, size_t a, size_t b)
{
	m->partner[0][a] = (int)b;
	m->partner[1][b] = (int)a;
}

/* Joins what has equal keys: in a first pass equal numbers only, then in order. */
static void match_keys(struct fd_match *m, const struct fd_rule *rule, bool equal_numbers)
{
	size_t an, bn, i = 0, k = 0;
	struct fd_key *a = keys(m, 0, rule, &an), *b = keys(m, 1, rule, &bn);

	while (i < an && k < bn) {
		int order = compare_keys(&a[i], &b[k]);

		if (!order && equal_numbers)
			order = (a[i].fd > b[k].fd) - (a[i].fd < b[k].fd);
		if (!order && (!rule->joins || rule->joins(&m->list[0]->fd[a[i].index],
						       &m->list[1]->fd[b[k].index])))
			join(m, a[i].index, b[k].index);
		i += order <= 0;
		k += order >= 0;
	}
	free(a);
	free(b);
}

static enum fd_relation relation_of(const struct fd_entry *a, const struct fd_entry *b)
{
	if (a->description && a->description == b->description)
		return FD_SAME_DESCRIPTION;
	if (is_pipe(a) && is_pipe(b) && a->inode && a->inode == b->inode && a->device == b->device)
		return FD_PIPE_END;
	if (connection_joins(a, b))
		return FD_SOCKET_PEER;
	if (is_file(a) && is_file(b) && a->inode == b->inode && a->device == b->device)
		return FD_SAME_FILE;
	return FD_UNRELATED;
}

static struct pair_fd row_of(const struct fd_match *m, int a, int b)
{
	struct pair_fd row = {.a = a, .b = b, .relation = FD_UNRELATED};

	row.state = b < 0   ? row_state_of_one(true, m->hidden[1])
		    : a < 0 ? row_state_of_one(false, m->hidden[0])
			    : ROW_DIVERGED;
	if (a >= 0 && b >= 0) {
		row.relation = m->one_table ? FD_SAME_DESCRIPTION
					    : relation_of(&m->list[0]->fd[a], &m->list[1]->fd[b]);
		if (row.relation == FD_SAME_DESCRIPTION)
			row.state = ROW_SAME;
	}
	return row;
}

/* Rows by A's number; what only B has stands where its own number falls. */
static void make_rows(const struct fd_match *m, struct pair *p)
{
	const struct fd_list *a = m->list[0], *b = m->list[1];
	size_t i = 0, k = 0;

	p->fd = arena_array(&p->part.arena, a->n + b->n, sizeof *p->fd);
	p->fds_n = 0;
	while (i < a->n || k < b->n) {
		if (k < b->n && m->partner[1][k] >= 0) {
			k++;
		} else if (i < a->n && (k == b->n || a->fd[i].fd <= b->fd[k].fd)) {
			p->fd[p->fds_n++] = row_of(m, (int)i, m->partner[0][i]);
			i++;
		} else {
			p->fd[p->fds_n++] = row_of(m, -1, (int)k);
			k++;
		}
	}
}

/* Known by the list itself for threads, by kcmp(2) for processes made with CLONE_FILES. */
static bool one_table(const struct snapshot *s, const struct pair *p)
{
	const struct card_line *files = &p->card.line[CARD_FILES];

	if (s->side[0].fds && s->side[0].fds == s->side[1].fds)
		return true;
	return p->card_known && value_state_has_value(files->state) && files->shared;
}

void align_fds(const struct snapshot *s, struct pair *p)
{
	static const struct fd_list none;
	static const struct fd_rule number = {key_number, NULL};
	static const struct fd_rule rule[] = {{key_description, NULL}, {key_pipe, NULL},
		{key_peer_of_b, connection_joins}, {key_peer, connection_joins},
		{key_names, connection_joins}, {key_file, NULL}, {key_number, NULL}};
	struct fd_match m;

	for (int side = 0; side < 2; side++) {
		m.hidden[side] = side_hides(s, PART_FDS, (unsigned)side) != NULL;
		m.list[side] = s->side[side].fds ? s->side[side].fds : &none;
		m.partner[side] = mem_alloc((m.list[side]->n + 1) * sizeof *m.partner[side]);
		for (size_t i = 0; i < m.list[side]->n; i++)
			m.partner[side][i] = -1;
	}
	p->one_fd_table = m.one_table = one_table(s, p);
	if (m.one_table)
		match_keys(&m, &number, true);
	for (size_t i = 0; !m.one_table && i < sizeof rule / sizeof *rule; i++) {
		match_keys(&m, &rule[i], true);
		match_keys(&m, &rule[i], false);
	}
	make_rows(&m, p);
	pair_index_fds(p);
	free(m.partner[0]);
	free(m.partner[1]);
}
