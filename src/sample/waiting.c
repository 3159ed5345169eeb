/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a round does under the hub's lock: its lanes, and questions that are answered meanwhile. */
#include "sampler_internal.h"
#include "twintop/base/clock.h"

#define PATIENCE_NS	  250000000u   /* a round waits so long for its jobs, or the delay */
#define PATIENCE_WHOLE_NS 10000000000u /* for those that are at work … */
#define HANG_NS		  1500000000u  /* … and for those that do nothing */
#define LOOK_NS		  50000000u

void sampler_begin_lane(struct sampler *s, struct lane *lane)
{
	bool wake;

	pthread_mutex_lock(&s->hub->lock);
	wake = lane_begin(lane);
	pthread_mutex_unlock(&s->hub->lock);
	if (wake)
		hub_wake(s->hub);
}

bool sampler_settle_lane(struct sampler *s, struct lane *lane)
{
	bool done;

	pthread_mutex_lock(&s->hub->lock);
	done = lane_settle(lane);
	pthread_mutex_unlock(&s->hub->lock);
	return done;
}

static bool worth_waiting(const struct round *r, struct lane *const *lanes, size_t n)
{
	bool worth = false;

	for (size_t i = 0; i < n; i++) {
		if (!lanes[i] || lanes[i]->state != LANE_BUSY || lanes[i]->began_ns < r->begin_ns)
			continue;
		lane_await(lanes[i]);
		worth |= !lane_hangs(lanes[i], HANG_NS);
	}
	return worth;
}

int request_open(const struct sampler *s, pid_t a, pid_t b, struct watch_request *ret_request,
	int *ret_which)
{
	struct watch_request request = {.set = true, .sibling = b > 0 ? SIBLING_NONE : b};
	int error = identity_open(s->options.root, a, &request.a);

	if (error) {
		*ret_which = 0;
		return error;
	}
	error = b > 0 ? identity_open(s->options.root, b, &request.b) : 0;
	if (error) {
		*ret_which = 1;
		identity_close(&request.a);
		return error;
	}
	*ret_request = request;
	return 0;
}

void request_close(struct watch_request *request)
{
	if (request->a.id.pid)
		identity_close(&request->a);
	if (request->b.id.pid)
		identity_close(&request->b);
	*request = (struct watch_request){0};
}

void request_put(struct sampler *s, const struct watch_request *request)
{
	request_close(&s->request);
	s->request = *request;
	s->kicked = true;
	pthread_cond_broadcast(&s->hub->changed);
}

void sampler_answer(struct sampler *s)
{
	struct watch_request request;
	int error, which = 0;
	pid_t a = s->question.a, b = s->question.b;

	questions_serve(s->questions);
	if (!s->question.asked)
		return;
	pthread_mutex_unlock(&s->hub->lock);
	error = request_open(s, a, b, &request, &which);
	pthread_mutex_lock(&s->hub->lock);
	s->question = (struct watch_question){.error = error, .which = which};
	if (!error)
		request_put(s, &request);
	pthread_cond_broadcast(&s->hub->changed);
}

void sampler_await(struct sampler *s, const struct round *r, struct lane *const *lanes, size_t n)
{
	uint64_t patience = r->delay_ns > PATIENCE_NS ? r->delay_ns : PATIENCE_NS;
	uint64_t now = clock_monotonic_ns(), until = now + patience;

	/* All waits of a whole sample together; the last ones are for what is quick. */
	if (s->options.whole && until < r->begin_ns + PATIENCE_WHOLE_NS)
		until = r->begin_ns + PATIENCE_WHOLE_NS;

	pthread_mutex_lock(&s->hub->lock);
	for (; now < until && !s->stop; now = clock_monotonic_ns()) {
		sampler_answer(s);
		hub_await(s->hub);
		if (!worth_waiting(r, lanes, n))
			break;
		hub_wait(s->hub, until - now < LOOK_NS ? until : now + LOOK_NS);
	}
	hub_awaited(s->hub);
	pthread_mutex_unlock(&s->hub->lock);
}
