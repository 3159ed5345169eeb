/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler as a source: whoever subscribes gets each moment and says what it must hold. */
#include <stdlib.h>

#include "sampler_internal.h"

struct sampler_source {
	struct source base; /* first */
	struct sampler *sampler;
	struct subscriber *subscriber;
	unsigned need, beside;
	struct sampler_source *next; /* in the sampler's list, under the hub's lock */
};

static struct sampler_source *of(struct source *source)
{
	return (struct sampler_source *)source;
}

static const struct sampler_source *of_const(const struct source *source)
{
	return (const struct sampler_source *)source;
}

/* What all sources together need; the lock is held. */
static void gather(struct sampler *s)
{
	unsigned need = NEED_PROCESS, beside = 0;

	for (const struct sampler_source *i = s->sources; i; i = i->next) {
		need |= i->need;
		beside |= i->beside;
	}
	if (need & ~s->need)
		s->kicked = true;
	s->need = need;
	s->beside = beside;
	pthread_cond_broadcast(&s->hub->changed);
}

static int source_live_fd(const struct source *source)
{
	return subscriber_fd(of_const(source)->subscriber);
}

static const struct moment *source_live_next(struct source *source)
{
	return subscriber_next(of(source)->subscriber);
}

static bool source_live_done(const struct source *source)
{
	return subscriber_done(of_const(source)->subscriber);
}

static void source_live_need(struct source *source, unsigned now, unsigned beside)
{
	struct sampler *s = of(source)->sampler;

	pthread_mutex_lock(&s->hub->lock);
	of(source)->need = now;
	of(source)->beside = beside;
	gather(s);
	pthread_mutex_unlock(&s->hub->lock);
}

static int source_live_watch(struct source *source, pid_t a, pid_t b_or_sibling, int *ret_which)
{
	return sampler_watch(of(source)->sampler, a, b_or_sibling, ret_which);
}

static void source_live_lift(struct source *source, unsigned generations)
{
	struct sampler *s = of(source)->sampler;

	pthread_mutex_lock(&s->hub->lock);
	s->generations = generations;
	s->kicked = true;
	pthread_cond_broadcast(&s->hub->changed);
	pthread_mutex_unlock(&s->hub->lock);
}

static void source_live_hold(struct source *source, struct task_id process, pid_t tid)
{
	struct sampler *s = of(source)->sampler;

	pthread_mutex_lock(&s->hub->lock);
	s->hold = (struct hold_wish){process, tid, s->hold.number + 1};
	s->kicked = true;
	pthread_cond_broadcast(&s->hub->changed);
	pthread_mutex_unlock(&s->hub->lock);
}

static void source_live_ask(
	struct source *source, const struct question *question, struct answer *ret)
{
	struct sampler *s = of(source)->sampler;

	pthread_mutex_lock(&s->hub->lock);
	questions_ask(s->questions, question, ret);
	pthread_cond_broadcast(&s->hub->changed);
	pthread_mutex_unlock(&s->hub->lock);
}

static void source_live_swap(struct source *source)
{
	sampler_swap(of(source)->sampler);
}

static void source_live_delay(struct source *source, uint64_t delay_ns)
{
	sampler_delay(of(source)->sampler, delay_ns);
}

static void source_live_want_list(struct source *source, bool want)
{
	sampler_want_list(of(source)->sampler, want);
}

static int source_live_list_fd(const struct source *source)
{
	return sampler_list_fd(of_const(source)->sampler);
}

static const struct process_list *source_live_list(struct source *source)
{
	return sampler_take_list(of(source)->sampler);
}

static void source_live_reaped(struct source *source, pid_t pid, int status)
{
	sampler_reaped(of(source)->sampler, pid, status);
}

static uint64_t source_live_busy_ns(const struct source *source)
{
	return sampler_busy_ns(of_const(source)->sampler);
}

static void source_live_free(struct source *source)
{
	struct sampler_source *self = of(source), **at;
	struct sampler *s = self->sampler;

	pthread_mutex_lock(&s->hub->lock);
	for (at = &s->sources; *at != self; at = &(*at)->next)
		;
	*at = self->next;
	gather(s);
	pthread_mutex_unlock(&s->hub->lock);
	subscriber_free(self->subscriber);
	free(self);
}

static const struct source_ops live_ops = {
	.id = "live",
	.fd = source_live_fd,
	.next = source_live_next,
	.done = source_live_done,
	.need = source_live_need,
	.watch = source_live_watch,
	.lift = source_live_lift,
	.hold = source_live_hold,
	.ask = source_live_ask,
	.swap = source_live_swap,
	.delay = source_live_delay,
	.want_list = source_live_want_list,
	.list_fd = source_live_list_fd,
	.list = source_live_list,
	.reaped = source_live_reaped,
	.busy_ns = source_live_busy_ns,
	.free = source_live_free,
};

int sampler_source(struct sampler *s, bool all, struct source **ret_source)
{
	struct sampler_source *self = mem_alloc(sizeof *self);
	int error = subscriber_new(s->publisher, all, &self->subscriber);

	if (error) {
		free(self);
		return error;
	}
	self->base.ops = &live_ops;
	self->sampler = s;
	pthread_mutex_lock(&s->hub->lock);
	self->next = s->sources;
	s->sources = self;
	pthread_mutex_unlock(&s->hub->lock);
	*ret_source = &self->base;
	return 0;
}
