/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/told.h"

#include <string.h>

#define TICK_NS 10000000u /* the longest */

size_t told_lives_first(const struct told_lives *lives)
{
	return lives->n > TOLD_LIVES_MOST ? lives->n - TOLD_LIVES_MOST : 0;
}

const struct told_life *told_lives_at(const struct told_lives *lives, size_t i)
{
	return &lives->life[i % TOLD_LIVES_MOST];
}

/* A start time is cut to a tick; the birth is told a little later, by looking as much as that says.
 */
unsigned told_life_fits(const struct told_life *life, uint64_t start_ns)
{
	if (life->end_ns && life->end_ns < start_ns)
		return 0;
	if (!life->born_ns)
		return 1;
	if (life->born_ns + TICK_NS < start_ns ||
		life->born_ns > start_ns + life->span_ns + 2ull * TICK_NS)
		return 0;
	return life->born_ns < start_ns ? 1 : 2;
}

const struct told_life *told_lives_find(
	const struct told_lives *lives, pid_t pid, uint64_t start_ns)
{
	const struct told_life *found = NULL;
	unsigned best = 0;

	for (size_t i = told_lives_first(lives); i < lives->n; i++) {
		const struct told_life *life = told_lives_at(lives, i);
		unsigned fits = life->pid == pid ? told_life_fits(life, start_ns) : 0;

		if (fits > best) {
			best = fits;
			found = life;
		}
	}
	return found;
}

/* Who has that number now, as far as was told; NULL: nobody was told of. */
static struct told_life *living(struct told_lives *lives, pid_t pid)
{
	for (size_t i = lives->n; i > told_lives_first(lives); i--) {
		struct told_life *life = &lives->life[(i - 1) % TOLD_LIVES_MOST];

		if (life->pid == pid)
			return life->end_ns ? NULL : life;
	}
	return NULL;
}

static struct told_life *add(struct told_lives *lives, pid_t pid)
{
	struct told_life *life = &lives->life[lives->n++ % TOLD_LIVES_MOST];

	*life = (struct told_life){.pid = pid};
	return life;
}

static void set_name(struct told_life *life, struct text name)
{
	if (!name.bytes)
		return;
	life->name_len =
		(unsigned char)(name.len < sizeof life->name ? name.len : sizeof life->name);
	memcpy(life->name, name.bytes, life->name_len);
}

static void heed_fork(struct told_lives *lives, struct text name, const struct event *e)
{
	struct told_life *life = add(lives, e->other);

	life->parent = e->pid;
	life->born_ns = e->monotonic_ns;
	life->span_ns = e->span_ns;
	set_name(life, name);
}

static void heed_exit(struct told_lives *lives, struct text name, const struct event *e)
{
	struct told_life *life = living(lives, e->pid);

	if (!life)
		life = add(lives, e->pid);
	life->end_ns = e->monotonic_ns;
	life->status_known = e->status_known;
	life->status = e->status;
	set_name(life, name);
}

void told_lives_heed(
	struct told_lives *lives, const struct event_batch *batch, const struct event *e)
{
	const struct text name = event_name(batch, e->name);
	struct told_life *life = NULL;

	if (e->kind == EVENT_FORK) {
		heed_fork(lives, name, e);
	} else if (e->kind == EVENT_EXIT) {
		heed_exit(lives, name, e);
	} else if (e->kind == EVENT_EXEC || (e->kind == EVENT_COMM && e->tid == e->pid)) {
		life = living(lives, e->pid);
		if (!life)
			return;
		life->execed |= e->kind == EVENT_EXEC;
		set_name(life, name);
	}
}
