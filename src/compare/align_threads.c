/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which thread stands beside which. */
#include <stdlib.h>

#include "twintop/base/clock.h"
#include "twintop/compare/align.h"

struct named {
	const struct thread_self *self;
	size_t index;
};

static struct text name_of(const struct thread_self *self)
{
	return (struct text){self->name, self->name_len};
}

static int by_name_and_birth(const void *x, const void *y)
{
	const struct thread_self *a = ((const struct named *)x)->self;
	const struct thread_self *b = ((const struct named *)y)->self;
	int names = text_compare(name_of(a), name_of(b));

	if (names)
		return names;
	if (a->start_ticks != b->start_ticks)
		return a->start_ticks < b->start_ticks ? -1 : 1;
	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

/* What is left to be paired, by name and order of birth; sorted has l->n elements' room. */
static size_t sort_threads(const struct thread_list *l, const bool *taken, struct named *sorted)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (!taken[i])
			sorted[n++] = (struct named){thread_self_at(l, i), i};
	if (n > 1)
		qsort(sorted, n, sizeof *sorted, by_name_and_birth);
	return n;
}

/* Who stands beside whom. */
struct seating {
	const struct thread_list *list[2];
	size_t named[2]; /* index of the thread that was named; n: it is not in the list */
	int *partner;	 /* of A's threads: B's index or -1 */
	bool *taken[2];
};

static void seat(struct seating *s, size_t a, size_t b)
{
	if (a >= s->list[0]->n || b >= s->list[1]->n || s->taken[0][a] || s->taken[1][b])
		return;
	s->partner[a] = (int)b;
	s->taken[0][a] = s->taken[1][b] = true;
}

static void seat_by_name(struct seating *s)
{
	struct named *left[2];
	size_t n[2], i = 0, k = 0;

	for (int side = 0; side < 2; side++) {
		left[side] = mem_alloc((s->list[side]->n + 1) * sizeof *left[side]);
		n[side] = sort_threads(s->list[side], s->taken[side], left[side]);
	}
	while (i < n[0] && k < n[1]) {
		int order = text_compare(name_of(left[0][i].self), name_of(left[1][k].self));

		if (!order)
			seat(s, left[0][i].index, left[1][k].index);
		i += order <= 0;
		k += order >= 0;
	}
	free(left[0]);
	free(left[1]);
}

/* In one process the two stand beside each other once more, the other way round; the others beside
 * themselves. */
static void seat_same(struct seating *s)
{
	seat(s, s->named[1], s->named[0]);
	for (size_t i = 0; i < s->list[0]->n; i++)
		if (i < s->list[1]->n &&
			thread_self_at(s->list[0], i)->tid == thread_self_at(s->list[1], i)->tid)
			seat(s, i, i);
}

static size_t find_named(const struct thread_list *l, pid_t tid)
{
	ptrdiff_t i = thread_find(l, tid);

	return i >= 0 ? (size_t)i : l->n;
}

static bool named_together(const struct seating *s)
{
	return s->named[0] < s->list[0]->n && s->partner[s->named[0]] >= 0 &&
	       (size_t)s->partner[s->named[0]] == s->named[1];
}

static void add_row(struct pair_threads *rows, int a, int b)
{
	rows->row[rows->n++] = (struct pair_thread){a, b};
}

/* The named pair first, then A's order, then what only B has. */
static void add_rows(const struct seating *s, struct pair_threads *rows)
{
	bool first = named_together(s);

	rows->row =
		arena_array(&rows->part.arena, s->list[0]->n + s->list[1]->n, sizeof *rows->row);
	if (first)
		add_row(rows, (int)s->named[0], (int)s->named[1]);
	for (size_t i = 0; i < s->list[0]->n; i++)
		if (!(first && i == s->named[0]))
			add_row(rows, (int)i, s->partner[i]);
	for (size_t k = 0; k < s->list[1]->n; k++)
		if (!s->taken[1][k])
			add_row(rows, -1, (int)k);
}

static pid_t named_of(const struct side *side)
{
	return side->tid ? side->tid : side->id.pid;
}

const struct pair_threads *align_threads(const struct snapshot *s, bool one_process)
{
	static const struct thread_list none;
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct pair_threads *rows = part_make(PART_PAIR_THREADS);
	struct seating seats = {0};

	for (int side = 0; side < 2; side++) {
		const struct thread_list *list = s->side[side].threads;

		seats.list[side] = list ? list : &none;
		seats.named[side] = find_named(seats.list[side], named_of(&s->side[side]));
		seats.taken[side] = mem_alloc(seats.list[side]->n + 1);
	}
	seats.partner = mem_alloc((seats.list[0]->n + 1) * sizeof *seats.partner);
	for (size_t i = 0; i < seats.list[0]->n; i++)
		seats.partner[i] = -1;
	seat(&seats, seats.named[0], seats.named[1]);
	if (one_process) {
		seat_same(&seats);
	} else {
		seat(&seats, 0, 0);
		seat_by_name(&seats);
	}
	add_rows(&seats, rows);
	free(seats.partner);
	free(seats.taken[0]);
	free(seats.taken[1]);
	part_seal(&rows->part, cpu_ns, 0);
	return rows;
}

/* ---- once more ----------------------------------------------------------- */

/* Whether a chunk tells of the same threads under the same names as the one before it. */
static bool same_people(const struct chunk *a, const struct chunk *b, unsigned n)
{
	for (unsigned i = 0; a != b && i < n; i++) {
		const struct thread_self *x = chunk_at(a, i), *y = chunk_at(b, i);

		if (x != y &&
			(x->start_ticks != y->start_ticks || !text_equal(name_of(x), name_of(y))))
			return false;
	}
	return true;
}

/* Whether all that the rows go by is the same in both lists. */
static bool same_list(const struct thread_list *a, const struct thread_list *b)
{
	const struct chunk_layout *l;

	if (a == b)
		return true;
	if (!a || !b || !a->seats || a->seats != b->seats)
		return false;
	l = &a->seats->layout;
	for (size_t c = 0; c < l->chunks; c++)
		if (!same_people(a->group[THREAD_GROUP_SELF][c], b->group[THREAD_GROUP_SELF][c],
			    l->first[c + 1] - l->first[c]))
			return false;
	return true;
}

void aligned_clear(struct aligned_threads *a)
{
	for (int side = 0; side < 2; side++)
		part_put(a->list[side]);
	part_put(a->rows);
	*a = (struct aligned_threads){0};
}

const struct pair_threads *aligned_threads(
	struct aligned_threads *a, const struct snapshot *s, bool one_process)
{
	bool same = a->rows && a->one_process == one_process;

	for (int i = 0; i < 2; i++)
		same = same && a->named[i] == named_of(&s->side[i]) &&
		       same_list(a->list[i], s->side[i].threads);
	if (!same) {
		part_put(a->rows);
		a->rows = align_threads(s, one_process);
	}
	a->one_process = one_process;
	for (int i = 0; i < 2; i++) {
		part_put(a->list[i]);
		a->list[i] = part_get(s->side[i].threads);
		a->named[i] = named_of(&s->side[i]);
	}
	return part_get(a->rows);
}

static enum row_state state_of(
	const struct snapshot *s, const struct thread *a, const struct thread *b)
{
	if (!a || !b)
		return row_state_of_one(a != NULL, side_hides(s, PART_THREADS, a ? 1 : 0) != NULL);
	if (a->self->tid == b->self->tid)
		return ROW_SAME;
	return text_equal(thread_name(a), thread_name(b)) && a->run->state == b->run->state &&
			       text_equal(thread_channel(a), thread_channel(b))
		       ? ROW_SAME
		       : ROW_DIVERGED;
}

enum row_state align_row_state(const struct moment *m, size_t row)
{
	const struct pair_thread *at = &m->pair->thread[row];
	struct thread a = thread_at(m->snapshot->side[0].threads, (size_t)at->a);
	struct thread b = thread_at(m->snapshot->side[1].threads, (size_t)at->b);

	if ((at->a >= 0 && !a.self) || (at->b >= 0 && !b.self))
		return ROW_STATES;
	return state_of(m->snapshot, a.self ? &a : NULL, b.self ? &b : NULL);
}
