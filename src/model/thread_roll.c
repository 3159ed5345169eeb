/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/thread_roll.h"

#include <string.h>

/* Neighbours that hold no more than this become one chunk. */
#define SMALL_CELLS (CHUNK_RECORDS / 2)

static void kept_free(struct thread_roll *r, struct thread_kept *k)
{
	r->changes++;
	if (r->forget)
		r->forget(r->context, k);
	free(k);
}

static struct thread_kept *kept_new(struct thread_roll *r, pid_t tid)
{
	struct thread_kept *k = mem_alloc(sizeof *k + r->own_bytes);

	r->changes++;
	k->now.self.tid = tid;
	return k;
}

/* The order of the list. */
static int64_t place_of(const struct thread_roll *r, pid_t tid)
{
	return tid == r->first ? 0 : tid;
}

/* ---- seating ------------------------------------------------------------- */

/* The roll while it is made anew. */
struct seating {
	struct thread_roll *roll;
	struct thread_kepts thread;
	struct thread_cells cell;
	const int *tid; /* in the order of the list */
	size_t n, at;	/* the next one of them */
};

static struct thread_cell *cell_open(struct seating *s, int was)
{
	VEC_PUSH(&s->cell, (struct thread_cell){.was = was});
	return &s->cell.item[s->cell.n - 1];
}

/* One more thread in the cell under way, or in a new one where it is full. */
static void seat(struct seating *s, struct thread_kept *k, bool old)
{
	struct thread_cell *cell = &s->cell.item[s->cell.n - 1];

	if (cell->n == CHUNK_RECORDS) {
		if (old)
			cell->was = -1;
		cell = cell_open(s, -1);
	} else if (!old) {
		cell->was = -1;
	}
	cell->n++;
	VEC_PUSH(&s->thread, k);
}

/* Those of one old cell that still live, and the new ones whose place lies below limit. */
static void seat_cell(struct seating *s, struct thread_kept *const *old, size_t n, int64_t limit)
{
	struct thread_roll *r = s->roll;
	size_t i = 0;

	for (;;) {
		int64_t kept = i < n ? place_of(r, old[i]->now.self.tid) : INT64_MAX;
		int64_t next = s->at < s->n ? place_of(r, s->tid[s->at]) : INT64_MAX;

		if (kept <= next && kept != INT64_MAX) {
			if (kept == next) {
				seat(s, old[i], true);
				s->at++;
			} else {
				s->cell.item[s->cell.n - 1].was = -1;
				kept_free(r, old[i]);
			}
			i++;
		} else if (next < limit) {
			seat(s, kept_new(r, s->tid[s->at++]), false);
		} else {
			return;
		}
	}
}

static void window_join(struct thread_window *w, const struct thread_window *other)
{
	if (other->begin_ns && (!w->begin_ns || other->begin_ns < w->begin_ns))
		w->begin_ns = other->begin_ns;
	if (other->end_ns > w->end_ns)
		w->end_ns = other->end_ns;
}

/* Cells that became empty or small are no more. */
static void tidy(struct thread_roll *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->cell.n; i++) {
		struct thread_cell *cell = &r->cell.item[i];
		struct thread_cell *before = kept ? &r->cell.item[kept - 1] : NULL;

		if (!cell->n)
			continue;
		if (before && before->n + cell->n <= SMALL_CELLS) {
			before->n += cell->n;
			before->was = -1;
			window_join(&before->window, &cell->window);
		} else {
			r->cell.item[kept++] = *cell;
		}
	}
	r->cell.n = kept;
}

/* tid[] with the one that stands first in front, malloc'ed. */
static int *in_order(const struct thread_roll *r, const int *tid, size_t n)
{
	int *order = mem_resize(NULL, n + 1, sizeof *order);
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		if (tid[i] == r->first)
			order[at++] = tid[i];
	for (size_t i = 0; i < n; i++)
		if (tid[i] != r->first)
			order[at++] = tid[i];
	return order;
}

void thread_roll_seat(struct thread_roll *r, const int *tid, size_t n)
{
	int *order = in_order(r, tid, n);
	struct seating s = {.roll = r, .tid = order, .n = n};
	size_t from = 0;

	for (size_t c = 0; c < r->cell.n; c++) {
		const struct thread_cell *cell = &r->cell.item[c];
		size_t to = from + cell->n;
		int64_t limit = to < r->thread.n ? place_of(r, r->thread.item[to]->now.self.tid)
						 : INT64_MAX;

		cell_open(&s, cell->was)->window = cell->window;
		seat_cell(&s, &r->thread.item[from], cell->n, limit);
		from = to;
	}
	if (!r->cell.n) {
		cell_open(&s, -1);
		seat_cell(&s, NULL, 0, INT64_MAX);
	}
	free(order);
	VEC_FREE(&r->thread);
	VEC_FREE(&r->cell);
	r->thread = s.thread;
	r->cell = s.cell;
	tidy(r);
}

void thread_roll_sweep(struct thread_roll *r)
{
	size_t kept = 0, at = 0;

	for (size_t c = 0; c < r->cell.n; c++) {
		struct thread_cell *cell = &r->cell.item[c];

		for (uint32_t n = cell->n; n; n--, at++) {
			struct thread_kept *k = r->thread.item[at];

			if (!k->ended) {
				r->thread.item[kept++] = k;
				continue;
			}
			kept_free(r, k);
			cell->n--;
			cell->was = -1;
		}
	}
	r->thread.n = kept;
	tidy(r);
}

void thread_roll_clear(struct thread_roll *r)
{
	for (size_t i = 0; i < r->thread.n; i++)
		kept_free(r, r->thread.item[i]);
	VEC_FREE(&r->thread);
	VEC_FREE(&r->cell);
	part_put(r->last);
	r->last = NULL;
}

/* ---- lists --------------------------------------------------------------- */

static const struct thread_seats *seats_of(const struct thread_roll *r)
{
	const struct thread_seats *seats;
	uint32_t *sizes;
	bool same = r->last && r->last->seats->layout.chunks == r->cell.n;

	for (size_t c = 0; same && c < r->cell.n; c++)
		same = r->cell.item[c].was == (int)c;
	if (same)
		return part_get(r->last->seats);
	sizes = mem_resize(NULL, r->cell.n + 1, sizeof *sizes);
	for (size_t c = 0; c < r->cell.n; c++)
		sizes[c] = r->cell.item[c].n;
	seats = thread_seats_new(sizes, r->cell.n);
	free(sizes);
	return seats;
}

static void make_whole(
	struct thread_kept *const *thread, uint32_t n, struct thread_list *list, size_t c)
{
	const void *at[CHUNK_RECORDS];

	for (unsigned g = 0; g < THREAD_GROUPS; g++) {
		for (uint32_t i = 0; i < n; i++)
			at[i] = thread_record_group(&thread[i]->now, (enum thread_group)g);
		list->group[g][c] = chunk_new(thread_group_bytes[g], at, n);
	}
}

/* Which records of a group differ from those of the chunk before, and where they are. */
static void find_changes(struct thread_kept *const *thread, uint32_t n, enum thread_group g,
	const struct chunk *before, struct chunk_slots *changed, const void **at)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!(thread[i]->touched & 1u << g))
			continue;
		at[i] = thread_record_group(&thread[i]->now, g);
		if (memcmp(at[i], chunk_at(before, i), thread_group_bytes[g]) != 0)
			chunk_slots_add(changed, i);
	}
}

static void make_next(struct thread_kept *const *thread, uint32_t n, const struct thread_list *last,
	int was, struct thread_list *list, size_t c)
{
	const void *at[CHUNK_RECORDS];
	uint8_t touched = 0;

	for (uint32_t i = 0; i < n; i++)
		touched |= thread[i]->touched;
	for (unsigned g = 0; g < THREAD_GROUPS; g++) {
		const struct chunk *before = last->group[g][was];
		struct chunk_slots changed = {{0}};

		if (touched & 1u << g)
			find_changes(thread, n, (enum thread_group)g, before, &changed, at);
		list->group[g][c] = chunk_next(before, &changed, at);
	}
}

void thread_roll_list(struct thread_roll *r, struct thread_list *list)
{
	size_t from = 0;

	thread_list_seat(list, seats_of(r));
	for (size_t c = 0; c < r->cell.n; c++) {
		struct thread_cell *cell = &r->cell.item[c];
		struct thread_kept *const *thread = &r->thread.item[from];

		if (cell->was < 0)
			make_whole(thread, cell->n, list, c);
		else
			make_next(thread, cell->n, r->last, cell->was, list, c);
		list->window[c] = cell->window;
		cell->was = (int)c;
		for (uint32_t i = 0; i < cell->n; i++)
			thread[i]->touched = 0;
		from += cell->n;
	}
	part_put(r->last);
	r->last = part_get(list);
}
