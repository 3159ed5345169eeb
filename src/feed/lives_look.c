/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lives are otherwise than was told: after a loss, of those who are not heard, of ends. */
#include <stdlib.h>

#include "lives_internal.h"
#include "twintop/base/clock.h"
#include "twintop/proc/identity.h"

static int compare_tids(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* Threads that have gone, and new ones, are told as of now. */
static void compare_threads(struct lives *l, struct life *p)
{
	uint64_t now_ns = clock_monotonic_ns();
	int *tid = NULL;
	size_t n = 0;

	if (proc_list_numbers(l->root, &tid, &n, "%d/task", p->id.pid))
		return;
	for (size_t i = p->thread.n; i && !p->told; i--)
		if (!bsearch(&p->thread.item[i - 1].tid, tid, n, sizeof *tid, compare_tids))
			lives_ended(l, p->id.pid, p->thread.item[i - 1].tid, -1, now_ns);
	for (size_t i = 0; i < n; i++)
		if (tid[i] != p->id.pid) /* it stays in the list when it has ended first */
			lives_cloned(l, p->id.pid, tid[i], now_ns);
	free(tid);
}

static void compare_children(struct lives *l, const struct life *p)
{
	pid_t *pid, parent = p->id.pid;
	size_t n;

	if (identity_children(l->root, parent, &pid, &n))
		return;
	for (size_t i = 0; i < n; i++)
		lives_forked(l, parent, pid[i], false, clock_monotonic_ns());
	free(pid);
}

/* The kernel tells of an end a little after it shows, and says more than can be seen then. */
static void check(struct lives *l, struct life *p)
{
	uint64_t now_ns = clock_monotonic_ns();
	struct identity_stat stat;

	if (p->told || life_shows(l, p, &stat))
		p->gone_ns = 0;
	else if (!p->gone_ns)
		p->gone_ns = now_ns;
	else if (now_ns > p->gone_ns + PATIENCE_NS)
		life_end(l, p, -1, p->gone_ns);
}

/* The end of one whose main thread has ended may hang on threads that ended before we listened. */
static bool lost_main(const struct life *p)
{
	const struct life_thread *t = life_find_thread(p, p->id.pid);

	return !p->told && p->thread.n && (!t || t->ended);
}

void lives_check(struct lives *l, bool all)
{
	for (size_t i = 0; i < l->life.n; i++) {
		struct life *p = l->life.item[i];

		if ((all && p->watched) || p->gone_ns || lost_main(p))
			check(l, p);
	}
}

void lives_lost(struct lives *l, uint64_t n)
{
	event_sink_add(l->sink, (struct event){.kind = EVENT_LOST, .count = n, .source = l->source},
		text_of(NULL), text_of(NULL));
	for (size_t i = 0; i < l->life.n; i++)
		check(l, l->life.item[i]);
	/* Those that come meanwhile are looked at already. */
	for (size_t i = 0; i < l->life.n; i++) {
		struct life *p = l->life.item[i];

		if (p->told)
			continue;
		compare_threads(l, p);
		compare_children(l, p);
	}
}

bool lives_unheard(const struct lives *l)
{
	for (size_t i = 0; i < l->life.n; i++)
		if (l->life.item[i]->unheard && !l->life.item[i]->told)
			return true;
	return false;
}

/* A program that it executed is told as another name. */
static void compare_name(struct lives *l, struct life *p)
{
	struct text name = lives_read_name(l, p->id.pid, p->id.pid);

	if (name.bytes)
		lives_named(l, p->id.pid, p->id.pid, name, clock_monotonic_ns());
}

void lives_compare(struct lives *l)
{
	for (size_t i = 0; i < l->life.n; i++) {
		struct life *p = l->life.item[i];

		if (!p->unheard || p->told)
			continue;
		check(l, p);
		if (p->gone_ns || p->told)
			continue;
		compare_name(l, p);
		compare_threads(l, p);
		compare_children(l, p);
	}
}
