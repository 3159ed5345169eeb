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

static struct named *sort_threads(const struct thread_list *l)
{
	struct named *sorted = mem_alloc((l->n + 1) * sizeof *sorted);

	for (size_t i = 0; i < l->n; i++)
		sorted[i] = (struct named){&l->thread[i], i};
	if (l->n > 2)
		qsort(sorted + 1, l->n - 1, sizeof *sorted, by_name_and_birth);
	return sorted;
}

/* partner[i]: B's thread beside A's i; taken[k]: B's k has one. */
static void match_threads(
	const struct thread_list *a, const struct thread_list *b, int *partner, bool *taken)
{
	struct named *sa = sort_threads(a), *sb = sort_threads(b);
	size_t i = 1, k = 1;

	if (a->n && b->n) {
		partner[0] = 0;
		taken[0] = true;
	}
	while (i < a->n && k < b->n) {
		int order = text_compare(sa[i].thread->name, sb[k].thread->name);

		if (!order) {
			partner[sa[i].index] = (int)sb[k].index;
			taken[sb[k].index] = true;
		}
		i += order <= 0;
		k += order >= 0;
	}
	free(sa);
	free(sb);
}

void align_threads(const struct snapshot *s, struct pair *p)
{
	static const struct thread_list none;
	const struct thread_list *a = s->side[0].threads ? s->side[0].threads : &none;
	const struct thread_list *b = s->side[1].threads ? s->side[1].threads : &none;
	int *partner = mem_alloc((a->n + 1) * sizeof *partner);
	bool *taken = mem_alloc((b->n + 1) * sizeof *taken);

	for (size_t i = 0; i < a->n; i++)
		partner[i] = -1;
	match_threads(a, b, partner, taken);
	p->thread = arena_array(&p->part.arena, a->n + b->n, sizeof *p->thread);
	p->threads_n = 0;
	for (size_t i = 0; i < a->n; i++)
		p->thread[p->threads_n++] = (struct pair_thread){(int)i, partner[i]};
	for (size_t k = 0; k < b->n; k++)
		if (!taken[k])
			p->thread[p->threads_n++] = (struct pair_thread){-1, (int)k};
	free(partner);
	free(taken);
}
