/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/alone.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/base/clock.h"

/* ---- a thread that is B ------------------------------------------------------ */

/* The thread of A's process that is B; -1: B is none. */
static ptrdiff_t find_b(const struct snapshot *s)
{
	const struct side *a = &s->side[0], *b = &s->side[1];

	if (s->sides < 2 || a->id.pid != b->id.pid)
		return -1;
	return thread_find(a->threads, b->tid ? b->tid : b->id.pid);
}

static struct thread_record record_of(const struct thread *t)
{
	return (struct thread_record){*t->run, *t->spent, *t->call, *t->self};
}

static const struct thread_list *list_without(const struct thread_list *of, size_t b)
{
	struct thread_list *list = part_make(PART_THREADS);
	struct thread_record *record = mem_alloc(of->n * sizeof *record);
	struct thread t;
	size_t n = 0;

	for (size_t i = 0; i < of->n; i++) {
		t = thread_at(of, i);
		if (i != b)
			record[n++] = record_of(&t);
	}
	thread_list_fill(list, record, n);
	free(record);
	memcpy(list->source, of->source, sizeof list->source);
	list->texts = part_get(of->texts);
	thread_list_count(list, NULL);
	part_seal(&list->part, clock_thread_cpu_ns(), of->part.error);
	list->part.state = of->part.state;
	list->part.begin_ns = of->part.begin_ns;
	list->part.end_ns = of->part.end_ns;
	return list;
}

/* The rates of the threads that are left, in the places of their list. */
static const struct rates *rates_without(const struct rates *of, const struct thread_list *all,
	const struct thread_list *left, size_t b)
{
	static const struct thread_rates none = {0};
	const struct chunk_layout *l = &left->seats->layout;
	const void *at[CHUNK_RECORDS];
	struct rates *r = part_make(PART_RATES);

	r->seats = part_get(left->seats);
	r->thread = arena_array(&r->part.arena, l->chunks, sizeof(const struct chunk *));
	for (size_t c = 0; c < l->chunks; c++) {
		for (size_t i = l->first[c]; i < l->first[c + 1]; i++) {
			const struct thread_rates *rates = rates_thread(of, all, i + (i >= b));

			at[i - l->first[c]] = rates ? rates : &none;
		}
		r->thread[c] = chunk_new(sizeof none, at, l->first[c + 1] - l->first[c]);
	}
	r->cpu_percent = of->cpu_percent;
	r->gap = of->gap;
	r->by_ticks = of->by_ticks;
	part_seal(&r->part, clock_thread_cpu_ns(), 0);
	return r;
}

/* B's thread is no thread of A then. */
static void take_thread(struct side *a, size_t b)
{
	const struct thread_list *all = a->threads, *left = list_without(all, b);
	const struct rates *rates = a->rates;

	if (rates && rates->seats) {
		a->rates = rates_without(rates, all, left, b);
		part_put(rates);
	}
	a->threads = left;
	part_put(all);
}

/* B's, or of what B may be of. */
static void put_host_part(struct snapshot *s, enum part_kind kind)
{
	const struct part **part = &s->host_part[kind - SIDE_PARTS - PAIR_PARTS];

	part_put(*part);
	*part = NULL;
}

const struct moment *moment_alone(const struct moment *m)
{
	struct snapshot *s = snapshot_of_a(m->snapshot);
	ptrdiff_t b = find_b(m->snapshot);

	put_host_part(s, PART_EVENTS);
	put_host_part(s, PART_FAMILY);
	put_host_part(s, PART_FAMILY_RATES);
	if (b >= 0)
		take_thread(&s->side[0], (size_t)b);
	part_seal(&s->part, clock_thread_cpu_ns(), 0);
	return moment_new(s, NULL);
}
