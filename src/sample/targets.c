/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "sampler_internal.h"
#include "twintop/base/clock.h"
#include "twintop/proc/task.h"

struct target *target_new(const struct identity *identity)
{
	struct target *t = mem_alloc(sizeof *t);

	*t = (struct target){.identity = *identity};
	return t;
}

void target_free(struct target *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < SIDE_PARTS; i++)
		part_put(t->part[i]);
	stir_close(&t->stir);
	identity_close(&t->identity);
	free(t);
}

bool target_is(const struct target *t, struct task_id id)
{
	return t && task_id_equal(t->identity.id, id);
}

struct target *target_find(const struct sampler *s, struct task_id id)
{
	if (target_is(s->side[0], id))
		return s->side[0];
	return target_is(s->side[1], id) ? s->side[1] : NULL;
}

struct target *target_find_thread(const struct sampler *s, struct task_id id, pid_t tid)
{
	for (unsigned i = 0; i < 2; i++)
		if (target_is(s->side[i], id) && s->side[i]->identity.tid == tid)
			return s->side[i];
	return NULL;
}

bool target_alive(const struct target *t)
{
	return t && !t->ending.ended;
}

void target_choose_through(struct sampler *s, struct target *t)
{
	struct identity *i = &t->identity;

	i->through = identity_through(s->options.root, i->id.pid, i->through);
}

enum target_life target_life(struct sampler *s, struct target *t, pid_t through, uint64_t until_ns)
{
	uint64_t now = clock_monotonic_ns();

	if (t->lived_through == through && t->lived_ns > until_ns)
		return TARGET_LIVES;
	target_look(s, t);
	if (t->ending.ended)
		return TARGET_LEAVES;
	if (identity_thread_lives(s->options.root, t->identity.id.pid, through)) {
		t->lived_through = through;
		t->lived_ns = now;
		return TARGET_LIVES;
	}
	target_choose_through(s, t);
	if (t->identity.through == through)
		return TARGET_LEAVES;
	t->moved = true;
	return TARGET_MOVED;
}

bool targets_same(const struct sampler *s)
{
	return s->side[0] && s->side[1] && target_is(s->side[1], s->side[0]->identity.id);
}

void targets_forget_pair(struct sampler *s)
{
	for (unsigned i = 0; i < PAIR_PARTS; i++) {
		part_put(s->pair_part[i]);
		s->pair_part[i] = NULL;
		s->pair_read_ns[i] = 0;
	}
}

/* A thread that was named may end before its process; how is not told. */
static bool thread_gone(const struct proc_root *root, const struct identity *i)
{
	return i->tid != i->id.pid && task_is_gone(root, i->id.pid, i->tid);
}

/* What the child's parent, our owner, learnt from wait(2). */
static void take_reaped(struct sampler *s, struct target *t)
{
	pthread_mutex_lock(&s->hub->lock);
	if (s->reaped_pid == t->identity.id.pid) {
		t->ending.status = s->reaped_status;
		t->ending.status_known = true;
		t->ending.source = "wait(2)";
	}
	pthread_mutex_unlock(&s->hub->lock);
}

static void ask_status(struct sampler *s, struct target *t)
{
	struct ending *e = &t->ending;

	if (!e->status_known)
		take_reaped(s, t);
	if (!e->status_known && t->identity.tid == t->identity.id.pid)
		e->status_known = identity_exit_status(s->options.root, &t->identity, &e->status,
					  &e->source) == 0;
	t->status_tries++;
}

void target_look(struct sampler *s, struct target *t)
{
	if (!t)
		return;
	if (!t->ending.ended) {
		if (identity_alive(s->options.root, &t->identity, &t->ending)) {
			if (!thread_gone(s->options.root, &t->identity))
				return;
			t->ending = (struct ending){.ended = true, .seen_ns = clock_monotonic_ns()};
		}
		s->ask_feeds = true;
	}
	/* Its parent may be about to learn how it ended. */
	if (!t->ending.status_known && t->status_tries <= STATUS_TRIES)
		ask_status(s, t);
}
