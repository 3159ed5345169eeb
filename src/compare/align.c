/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/align.h"

#include "twintop/base/vec.h"

enum relation align_relation(const struct snapshot *s)
{
	const struct side *a = &s->side[0], *b = &s->side[1];
	const struct process_info *ia = a->info, *ib = b->info;

	if (a->id.pid == b->id.pid)
		return RELATION_THREADS;
	if (ib && ib->ppid == a->id.pid)
		return RELATION_CHILD;
	if (ia && ia->ppid == b->id.pid)
		return RELATION_PARENT;
	for (size_t i = 0; ia && i < ia->children_n; i++)
		if (ia->children[i] == b->id.pid)
			return RELATION_CHILD;
	/* Orphans that init took in were not born together. */
	if (ia && ib && ia->ppid == ib->ppid && ia->ppid > 1)
		return RELATION_SIBLINGS;
	return RELATION_UNRELATED;
}

/* ---- threads --------------------------------------------------------------- */

struct named {
	const struct thread *thread;
	size_t index;
};

static int by_name_and_birth(const void *x, const void *y)
{
	const struct thread *a = ((const struct named *)x)->thread;
	const struct thread *b = ((const struct named *)y)->thread;
	int names = text_compare(a->name, b->name);

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
			sorted[n++] = (struct named){&l->thread[i], i};
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
		int order = text_compare(left[0][i].thread->name, left[1][k].thread->name);

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
		if (i < s->list[1]->n && s->list[0]->thread[i].tid == s->list[1]->thread[i].tid)
			seat(s, i, i);
}

static size_t find_thread(const struct thread_list *l, pid_t tid)
{
	size_t i = 0;

	while (i < l->n && l->thread[i].tid != tid)
		i++;
	return i;
}

static bool named_together(const struct seating *s)
{
	return s->named[0] < s->list[0]->n && s->partner[s->named[0]] >= 0 &&
	       (size_t)s->partner[s->named[0]] == s->named[1];
}

enum row_state align_thread_state(const struct thread *a, const struct thread *b)
{
	if (!a || !b)
		return a ? ROW_ONLY_A : ROW_ONLY_B;
	if (a->tid == b->tid)
		return ROW_SAME;
	return text_equal(a->name, b->name) && a->state == b->state &&
			       text_equal(a->wait_channel, b->wait_channel)
		       ? ROW_SAME
		       : ROW_DIVERGED;
}

static void add_row(const struct seating *s, struct pair *p, int a, int b)
{
	p->thread[p->threads_n++] = (struct pair_thread){a, b,
		align_thread_state(a < 0 ? NULL : &s->list[0]->thread[a],
			b < 0 ? NULL : &s->list[1]->thread[b])};
}

/* The named pair first, then A's order, then what only B has. */
static void add_rows(const struct seating *s, struct pair *p)
{
	bool first = named_together(s);

	if (first)
		add_row(s, p, (int)s->named[0], (int)s->named[1]);
	for (size_t i = 0; i < s->list[0]->n; i++)
		if (!(first && i == s->named[0]))
			add_row(s, p, (int)i, s->partner[i]);
	for (size_t k = 0; k < s->list[1]->n; k++)
		if (!s->taken[1][k])
			add_row(s, p, -1, (int)k);
}

void align_threads(const struct snapshot *s, struct pair *p)
{
	static const struct thread_list none;
	bool one_process = p->relation == RELATION_THREADS;
	struct seating seats = {0};

	for (int side = 0; side < 2; side++) {
		const struct side *of = &s->side[side];

		seats.list[side] = of->threads ? of->threads : &none;
		seats.named[side] = find_thread(seats.list[side], of->tid ? of->tid : of->id.pid);
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
	p->thread =
		arena_array(&p->part.arena, seats.list[0]->n + seats.list[1]->n, sizeof *p->thread);
	p->threads_n = 0;
	add_rows(&seats, p);
	free(seats.partner);
	free(seats.taken[0]);
	free(seats.taken[1]);
}
