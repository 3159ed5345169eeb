/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/sample/sampler.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sampler_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/base/log.h"
#include "twintop/proc/host.h"

#define GRACE_NS	300000000u  /* for workers when the sampler ends */
#define STATUS_DELAY_NS 20000000u   /* between looks for the exit status of what has ended */
#define ANSWER_NS	1000000000u /* sampler_watch waits so long at most */
#define NEVER		(UINT64_MAX / 2)

/* ---- the sampler's thread ------------------------------------------------ */

/* Makes sampler_list_fd() tell whether a list is there; the lock is held. */
static void announce_list(struct sampler *s)
{
	io_announce(s->list_fd, s->list);
}

/* Waits for the next sample to be due; false when sampling is to stop. The lock is held. */
static bool wait_due(struct sampler *s, uint64_t begin_ns, uint64_t end_ns)
{
	while (!s->stop) {
		/* Reads that take long stretch the interval. */
		uint64_t due = begin_ns + s->delay_ns;
		uint64_t rested = end_ns + s->delay_ns / 4;
		bool kept = s->options.whole && publisher_waiting(s->publisher);

		sampler_answer(s);
		if (due < rested)
			due = rested;
		if (!kept && (s->kicked || clock_monotonic_ns() >= due))
			return true;
		hub_wait(s->hub, kept ? NEVER : due);
	}
	return false;
}

/* What the round goes by, as it is set now. The lock is held. */
static struct round begin_round(struct sampler *s)
{
	struct round r = {.begin_ns = clock_monotonic_ns(), .need = s->need, .beside = s->beside};

	r.generations = s->generations;
	r.hold = s->hold;
	r.delay_ns = s->delay_ns;
	r.want_list = s->want_list;
	r.asked = s->kicked;
	s->kicked = false;
	return r;
}

/* Ended, and how is known or will not be. */
static bool closed(const struct target *t)
{
	return !t ||
	       (t->ending.ended && (t->ending.status_known || t->status_tries > STATUS_TRIES));
}

/* The target has ended: A, and B where a person named it. */
static bool target_over(const struct sampler *s)
{
	return s->options.until_end && s->side[0] && s->side[0]->ending.ended &&
	       (!s->b_named || !s->side[1] || s->side[1]->ending.ended);
}

/* Looks on for the exit status, which a parent may be about to learn. */
static void await_status(struct sampler *s)
{
	for (;;) {
		bool stop;

		if (closed(s->side[0]) && (!s->b_named || closed(s->side[1])))
			return;
		pthread_mutex_lock(&s->hub->lock);
		hub_wait(s->hub, clock_monotonic_ns() + STATUS_DELAY_NS);
		stop = s->stop;
		pthread_mutex_unlock(&s->hub->lock);
		if (stop)
			return;
		target_look(s, s->side[0]);
		target_look(s, s->side[1]);
	}
}

static void publish(struct sampler *s, const struct moment *m)
{
	publisher_publish(s->publisher, m);
	moment_put(m);
}

/* Wakes the sampler's thread after a moment was taken, for it may wait for that. */
static void taken(void *sampler)
{
	struct sampler *s = sampler;

	pthread_mutex_lock(&s->hub->lock);
	pthread_cond_broadcast(&s->hub->changed);
	pthread_mutex_unlock(&s->hub->lock);
}

/* Gives back what was read and lets the lanes go, whose workers end; so do the feeds. */
static void let_go(struct sampler *s)
{
	target_free(s->side[0]);
	target_free(s->side[1]);
	s->side[0] = s->side[1] = NULL;
	pthread_mutex_lock(&s->hub->lock);
	stations_close(s);
	lane_drop(s->lister);
	lane_drop(s->commander);
	naming_free(s->naming);
	hub_end(s->hub);
	pthread_mutex_unlock(&s->hub->lock);
	feeds_end(s->feeds);
	s->gone = true;
}

static void *sampler_main(void *context)
{
	struct sampler *s = context;
	uint64_t begin_ns = 0, end_ns = 0;
	bool over = false, stop;

	pthread_mutex_lock(&s->hub->lock);
	while (!over && wait_due(s, begin_ns, end_ns)) {
		struct watch_request request = s->request;
		struct round r = begin_round(s);

		s->request = (struct watch_request){0};
		pthread_mutex_unlock(&s->hub->lock);
		siblings_apply(s, &request);
		round_run(s, &r);
		/* A look at identities alone is never the last: what is needed comes after it. */
		over = r.need != NEED_PROCESS && target_over(s);
		if (over) {
			await_status(s);
			told_last(s);
			round_again(s, &r);
		}
		if (s->side[0])
			publish(s, collect_moment(s, &r));
		begin_ns = r.begin_ns;
		end_ns = clock_monotonic_ns();
		pthread_mutex_lock(&s->hub->lock);
		announce_list(s);
	}
	s->done = true;
	stop = s->stop;
	pthread_cond_broadcast(&s->hub->changed);
	pthread_mutex_unlock(&s->hub->lock);
	publisher_end(s->publisher);
	if (stop)
		let_go(s);
	return NULL;
}

/* ---- outside ------------------------------------------------------------- */

int sampler_new(const struct sampler_options *options, struct sampler **ret_sampler)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct sampler *s;
	int error;

	if (fd < 0)
		return -errno;
	s = mem_alloc(sizeof *s);
	s->options = *options;
	s->list_fd = fd;
	error = told_open(s);
	if (error) {
		close(fd);
		free(s);
		return error;
	}
	s->hub = hub_new();
	s->publisher = publisher_new(taken, s);
	host_read(&s->host_info);
	s->need = NEED_PROCESS;
	s->delay_ns = options->delay_ns;
	s->own_since_ns = clock_monotonic_ns();
	s->own_cpu_ns = clock_process_cpu_ns();
	stations_open(s);
	s->changes = changes_new();
	s->convoys = convoy_watch_new();
	s->naming = naming_new(s->hub, options->root);
	siblings_open(s);
	*ret_sampler = s;
	return 0;
}

void sampler_end(struct sampler *s)
{
	pthread_mutex_lock(&s->hub->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->hub->changed);
	pthread_mutex_unlock(&s->hub->lock);
}

unsigned sampler_free(struct sampler *s)
{
	unsigned left;

	if (!s)
		return 0;
	sampler_end(s);
	if (s->started)
		pthread_join(s->thread, NULL);
	if (!s->gone)
		let_go(s);
	left = hub_close(s->hub, s->options.grace_ns ? s->options.grace_ns : GRACE_NS) +
	       told_close(s);
	if (left)
		log_line("%u workers hang in a read and were left behind", left);
	request_close(&s->request);
	if (s->born.id.pid)
		identity_close(&s->born);
	part_put(s->list);
	for (unsigned i = 0; i < HOST_PARTS; i++)
		part_put(s->host_part[i]);
	targets_forget_pair(s);
	changes_free(s->changes);
	convoy_watch_free(s->convoys);
	publisher_free(s->publisher);
	close(s->list_fd);
	free(s);
	return left;
}

int sampler_start(struct sampler *s)
{
	int error;

	pthread_mutex_lock(&s->hub->lock);
	error = thread_spawn("sampler", sampler_main, s, &s->thread);
	s->started = !error;
	pthread_mutex_unlock(&s->hub->lock);
	return error;
}

/* Asks the sampler's thread, and waits for what it says. The lock is held. */
static int ask(struct sampler *s, pid_t a, pid_t b, int *ret_which)
{
	uint64_t until = clock_monotonic_ns() + ANSWER_NS;

	s->question = (struct watch_question){.asked = true, .a = a, .b = b};
	pthread_cond_broadcast(&s->hub->changed);
	while (s->question.asked && !s->done && hub_wait(s->hub, until))
		;
	if (s->question.asked) {
		s->question.asked = false;
		return -ETIMEDOUT;
	}
	*ret_which = s->question.which;
	return s->question.error;
}

int sampler_watch(struct sampler *s, pid_t a, pid_t b_or_sibling, int *ret_which)
{
	struct watch_request request;
	int error, which = 0;

	pthread_mutex_lock(&s->hub->lock);
	if (s->started) {
		error = ask(s, a, b_or_sibling, &which);
	} else {
		error = request_open(s, a, b_or_sibling, &request, &which);
		if (!error)
			request_put(s, &request);
	}
	pthread_mutex_unlock(&s->hub->lock);
	if (error && ret_which)
		*ret_which = which;
	return error;
}

void sampler_swap(struct sampler *s)
{
	pthread_mutex_lock(&s->hub->lock);
	s->request.swap = !s->request.swap;
	s->kicked = true;
	pthread_cond_broadcast(&s->hub->changed);
	pthread_mutex_unlock(&s->hub->lock);
}

void sampler_delay(struct sampler *s, uint64_t delay_ns)
{
	pthread_mutex_lock(&s->hub->lock);
	s->delay_ns = delay_ns;
	pthread_cond_broadcast(&s->hub->changed);
	pthread_mutex_unlock(&s->hub->lock);
}

void sampler_want_list(struct sampler *s, bool want)
{
	pthread_mutex_lock(&s->hub->lock);
	if (want && !s->want_list)
		s->kicked = true;
	s->want_list = want;
	pthread_cond_broadcast(&s->hub->changed);
	pthread_mutex_unlock(&s->hub->lock);
}

int sampler_list_fd(const struct sampler *s)
{
	return s->list_fd;
}

const struct process_list *sampler_take_list(struct sampler *s)
{
	const struct process_list *list;

	pthread_mutex_lock(&s->hub->lock);
	list = s->list;
	s->list = NULL;
	announce_list(s);
	pthread_mutex_unlock(&s->hub->lock);
	return list;
}

void sampler_reaped(struct sampler *s, pid_t pid, int status)
{
	feeds_reaped(s->feeds, pid, status);
	pthread_mutex_lock(&s->hub->lock);
	s->reaped_pid = pid;
	s->reaped_status = status;
	s->kicked = true;
	pthread_cond_broadcast(&s->hub->changed);
	pthread_mutex_unlock(&s->hub->lock);
}

uint64_t sampler_busy_ns(const struct sampler *s)
{
	uint64_t since;

	pthread_mutex_lock(&s->hub->lock);
	since = hub_busy_since(s->hub);
	pthread_mutex_unlock(&s->hub->lock);
	return since ? clock_monotonic_ns() - since : 0;
}
