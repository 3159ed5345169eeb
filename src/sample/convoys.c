/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many threads wait for the same lock, over time. */
#include "convoys.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/model/part_table.h"

#define CONVOYS_MOST 16u
#define POINTS_MOST  48u

/* Threads that wait for one lock at this moment; or one of them. */
struct crowd {
	pid_t pid;
	enum wait_kind kind;
	uint64_t address;
	pid_t owner;
	uint32_t n;
};
VEC_STRUCT(crowds, struct crowd);

/* A lock that is followed. */
struct track {
	struct convoy now;
	struct convoy_point point[POINTS_MOST];
	uint64_t long_ns; /* when it was last a convoy */
};

struct convoy_watch {
	size_t n;
	struct track track[CONVOYS_MOST];
	struct crowds crowd;
	const struct convoys *last; /* a reference */
};

struct convoy_watch *convoy_watch_new(void)
{
	return memset(mem_alloc(sizeof(struct convoy_watch)), 0, sizeof(struct convoy_watch));
}

void convoy_watch_free(struct convoy_watch *w)
{
	if (!w)
		return;
	part_put(w->last);
	VEC_FREE(&w->crowd);
	free(w);
}

/* ---- at one moment --------------------------------------------------------------- */

static int compare_crowd(const void *a, const void *b)
{
	const struct crowd *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static bool is_lock(enum wait_kind kind)
{
	return kind == WAIT_MUTEX || kind == WAIT_PI_MUTEX || kind == WAIT_RWLOCK;
}

static void collect_side(const struct side *side, struct crowds *out)
{
	const struct thread_list *list = side->threads;

	for (size_t i = 0; list && i < list->n && !side->ending.ended; i++) {
		const struct thread_call *c = thread_group_at(list, THREAD_GROUP_CALL, i);

		if (is_lock(c->wait_kind) && !c->running)
			VEC_PUSH(out, (struct crowd){side->id.pid, c->wait_kind,
					      c->wait_address - c->wait_inside, c->wait_owner, 1});
	}
}

/* Each lock once, with how many wait for it. */
static void collect(const struct snapshot *s, struct crowds *out)
{
	size_t n = 0;

	out->n = 0;
	for (unsigned side = 0; side < s->sides; side++)
		if (!side || s->side[0].id.pid != s->side[1].id.pid)
			collect_side(&s->side[side], out);
	if (out->n)
		qsort(out->item, out->n, sizeof *out->item, compare_crowd);
	for (size_t i = 0; i < out->n; i++) {
		struct crowd *last = n ? &out->item[n - 1] : NULL;

		if (!last || compare_crowd(last, &out->item[i]) != 0) {
			out->item[n++] = out->item[i];
			continue;
		}
		last->n++;
		if (!last->owner)
			last->owner = out->item[i].owner;
	}
	out->n = n;
}

/* ---- over time --------------------------------------------------------------------- */

static const struct crowd *crowd_of(const struct convoy_watch *w, const struct convoy *c)
{
	const struct crowd key = {.pid = c->pid, .address = c->address};

	return w->crowd.n ? bsearch(&key, w->crowd.item, w->crowd.n, sizeof key, compare_crowd)
			  : NULL;
}

static bool is_followed(const struct convoy_watch *w, const struct crowd *crowd)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->track[i].now.pid == crowd->pid && w->track[i].now.address == crowd->address)
			return true;
	return false;
}

static void add_point(struct track *t, uint64_t ns, uint32_t length)
{
	if (t->now.n == POINTS_MOST) {
		memmove(t->point, t->point + 1, (POINTS_MOST - 1) * sizeof *t->point);
		t->now.n--;
	}
	t->point[t->now.n++] = (struct convoy_point){ns, length};
}

/* Returns whether it is another than it was. */
static bool look(struct track *t, const struct crowd *crowd, uint64_t ns)
{
	uint32_t length = crowd ? crowd->n : 0;
	pid_t owner = crowd && crowd->owner ? crowd->owner : t->now.owner;
	bool moved = !t->now.n || length != t->now.length || owner != t->now.owner;

	if (!t->now.n || length != t->now.length)
		add_point(t, ns, length);
	if (length >= CONVOY_LEAST)
		t->long_ns = ns;
	if (length > t->now.longest) {
		t->now.longest = length;
		t->now.longest_ns = ns;
	}
	t->now.length = length;
	t->now.owner = owner;
	return moved;
}

/* Those that have been short for long. */
static bool forget_old(struct convoy_watch *w, uint64_t ns)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		if (ns < w->track[i].long_ns + CONVOY_LASTS_NS)
			w->track[n++] = w->track[i];
	if (n == w->n)
		return false;
	w->n = n;
	return true;
}

static void follow_new(struct convoy_watch *w)
{
	for (size_t i = 0; i < w->crowd.n && w->n < CONVOYS_MOST; i++) {
		const struct crowd *c = &w->crowd.item[i];

		if (c->n >= CONVOY_LEAST && !is_followed(w, c))
			w->track[w->n++] = (struct track){
				.now = {.pid = c->pid, .kind = c->kind, .address = c->address}};
	}
}

static const struct convoys *make(const struct convoy_watch *w)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct convoys *list = part_make(PART_CONVOYS);
	struct arena *arena = &list->part.arena;

	list->n = w->n;
	list->convoy = arena_array(arena, w->n, sizeof *list->convoy);
	for (size_t i = 0; i < w->n; i++) {
		const struct track *t = &w->track[i];

		list->convoy[i] = t->now;
		list->convoy[i].point =
			(void *)arena_copy(arena, t->point, t->now.n * sizeof *t->point);
	}
	part_seal(&list->part, cpu_ns, 0);
	return list;
}

const struct convoys *convoy_watch_see(struct convoy_watch *w, const struct snapshot *s)
{
	bool moved = !w->last;

	collect(s, &w->crowd);
	follow_new(w);
	for (size_t i = 0; i < w->n; i++)
		moved |= look(&w->track[i], crowd_of(w, &w->track[i].now), s->monotonic_ns);
	moved |= forget_old(w, s->monotonic_ns);
	if (moved) {
		part_put(w->last);
		w->last = make(w);
	}
	return part_get(w->last);
}
