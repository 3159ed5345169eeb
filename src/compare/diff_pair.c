/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands beside what in two recordings. */
#include <stdlib.h>

#include "past_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/compare/align.h"
#include "twintop/compare/diff.h"

/* ---- mappings ---------------------------------------------------------------- */

struct named_mapping {
	const struct mapping *mapping;
	enum mapping_kind kind; /* as the threads' stacks tell it */
	int index;
};

static int by_name(const void *x, const void *y)
{
	const struct named_mapping *a = x, *b = y;

	return a->kind != b->kind ? (a->kind > b->kind) - (a->kind < b->kind)
				  : text_compare(a->mapping->path, b->mapping->path);
}

static int by_name_and_address(const void *x, const void *y)
{
	const struct named_mapping *a = x, *b = y;
	int order = by_name(x, y);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

static struct named_mapping *sort_mappings(const struct side *side)
{
	size_t n = side->memory ? side->memory->n : 0;
	struct named_mapping *list = mem_alloc((n + 1) * sizeof *list);

	for (size_t i = 0; i < n; i++)
		list[i] = (struct named_mapping){
			&side->memory->mapping[i], side_mapping_kind(side, i), (int)i};
	if (n > 1)
		qsort(list, n, sizeof *list, by_name_and_address);
	return list;
}

/* first: of either that is there. */
static struct pair_mapping row_of(const struct mapping *first, const struct named_mapping *a,
	const struct named_mapping *b, const bool hidden[2])
{
	struct pair_mapping row = {.a = a ? a->index : -1,
		.b = b ? b->index : -1,
		.start = first->start,
		.end = first->end};

	if (!a || !b)
		row.state = row_state_of_one(a != NULL, hidden[a != NULL]);
	else
		row.state = a->mapping->flags == b->mapping->flags &&
					    a->mapping->end - a->mapping->start ==
						    b->mapping->end - b->mapping->start
				    ? ROW_SAME
				    : ROW_DIVERGED;
	return row;
}

static int by_place(const void *x, const void *y)
{
	const struct pair_mapping *a = x, *b = y;

	if ((a->a < 0) != (b->a < 0))
		return (a->a < 0) - (b->a < 0);
	return a->start < b->start ? -1 : a->start > b->start;
}

/* In the order of A's addresses, then what only B has. */
static void make_rows(const struct side side[2], struct verdicts *v)
{
	struct named_mapping *a = sort_mappings(&side[0]), *b = sort_mappings(&side[1]);
	size_t n[2], i = 0, k = 0;

	for (unsigned of = 0; of < 2; of++)
		n[of] = side[of].memory ? side[of].memory->n : 0;
	v->mapping = arena_array(&v->part.arena, n[0] + n[1], sizeof *v->mapping);
	while (i < n[0] || k < n[1]) {
		int order = i == n[0] ? 1 : k == n[1] ? -1 : by_name(&a[i], &b[k]);

		v->mapping[v->mappings_n++] = row_of(order <= 0 ? a[i].mapping : b[k].mapping,
			order <= 0 ? &a[i] : NULL, order >= 0 ? &b[k] : NULL, v->hidden);
		i += order <= 0;
		k += order >= 0;
	}
	if (v->mappings_n > 1)
		qsort(v->mapping, v->mappings_n, sizeof *v->mapping, by_place);
	free(a);
	free(b);
}

static const struct verdicts *verdicts_of(const struct snapshot *s, const struct pair *p)
{
	struct verdicts *v = part_make(PART_VERDICTS);
	uint64_t cpu_ns = clock_thread_cpu_ns();

	v->page_size = s->host.page_size;
	v->pages_state = v->since_state = v->scan_state = VALUE_NONE;
	v->since_reason = v->faults_gap = v->frames_gap = pair_apart(p);
	v->frames =
		(struct pair_frames){VALUE_NONE, pair_apart(p), 0, VALUE_NONE, pair_apart(p), 0, 0};
	for (unsigned i = 0; i < 2; i++)
		v->hidden[i] = side_hides(s, PART_MAPPINGS, i) != NULL;
	make_rows(s->side, v);
	part_seal(&v->part, cpu_ns, 0);
	return v;
}

/* ---- descriptors ---------------------------------------------------------------- */

static struct pair_fd both(const struct fd_entry *a, const struct fd_entry *b, int i, int k)
{
	bool same = a->kind == b->kind && text_equal(a->target, b->target);

	return (struct pair_fd){
		i, k, same ? FD_SAME_NAME : FD_UNRELATED, same ? ROW_SAME : ROW_DIVERGED};
}

static void pair_fds(const struct snapshot *s, struct pair *p)
{
	static const struct fd_list nothing;
	const struct fd_list *a = s->side[0].fds ? s->side[0].fds : &nothing;
	const struct fd_list *b = s->side[1].fds ? s->side[1].fds : &nothing;
	const bool hidden[2] = {
		side_hides(s, PART_FDS, 0) != NULL, side_hides(s, PART_FDS, 1) != NULL};
	size_t i = 0, k = 0;

	p->fd = arena_array(&p->part.arena, a->n + b->n, sizeof *p->fd);
	while (i < a->n || k < b->n) {
		if (k == b->n || (i < a->n && a->fd[i].fd < b->fd[k].fd)) {
			p->fd[p->fds_n++] = past_fd_row((int)i++, -1, hidden);
		} else if (i == a->n || b->fd[k].fd < a->fd[i].fd) {
			p->fd[p->fds_n++] = past_fd_row(-1, (int)k++, hidden);
		} else {
			p->fd[p->fds_n++] = both(&a->fd[i], &b->fd[k], (int)i, (int)k);
			i++;
			k++;
		}
	}
	pair_index_fds(p);
}

/* ---- both ------------------------------------------------------------------------- */

struct pair *diff_pair(struct snapshot *s)
{
	struct pair *p = pair_new();
	uint64_t cpu_ns = clock_thread_cpu_ns();

	p->relation = RELATION_TWO_RECORDINGS;
	past_set_card(p);
	p->verdicts = verdicts_of(s, p);
	pair_set_threads(p, align_threads(s, false));
	pair_fds(s, p);
	s->verdicts = part_get(p->verdicts);
	s->pair_threads = part_get(p->threads);
	part_seal(&p->part, cpu_ns, 0);
	return p;
}

const struct moment *diff_beside(const struct moment *a, const struct moment *b)
{
	struct snapshot *s = snapshot_of_a(a->snapshot);
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct pair *p;

	past_put_b(s, b->snapshot);
	p = diff_pair(s);
	part_seal(&s->part, cpu_ns, 0);
	return moment_new(s, p);
}
