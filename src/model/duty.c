/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/duty.h"

#include <inttypes.h>
#include <string.h>

#include "twintop/base/units.h"
#include "twintop/model/wait_ends.h"

#define SECOND_NS 1000000000u
#define BOUND	  90.0 /* percent: that is what it does */
#define MOST	  50.0
#define IDLE	  0.1

/* ---- sums ------------------------------------------------------------------- */

static bool is_same(const struct duty_wait *a, const struct wait *w)
{
	return a->kind == w->kind && a->fd == w->fd && a->address == w->address;
}

/* What grew goes before those that are less. */
static void move_up(struct thread_duty *d, size_t i)
{
	for (; i && d->wait[i].ns > d->wait[i - 1].ns; i--) {
		const struct duty_wait less = d->wait[i - 1];

		d->wait[i - 1] = d->wait[i];
		d->wait[i] = less;
	}
}

void duty_block(struct thread_duty *d, const struct wait *w, uint64_t ns)
{
	size_t i = 0;

	while (i < d->waits_n && !is_same(&d->wait[i], w))
		i++;
	if (w->kind == WAIT_NOTHING || i == DUTY_WAITS) {
		d->other_ns += ns;
		return;
	}
	if (i == d->waits_n)
		d->wait[d->waits_n++] =
			(struct duty_wait){.kind = w->kind, .address = w->address, .fd = w->fd};
	d->wait[i].ns += ns;
	d->wait[i].owner = w->owner;
	move_up(d, i);
}

void duty_add(struct thread_duty *to, const struct thread_duty *from)
{
	to->ns += from->ns;
	to->run_ns += from->run_ns;
	to->queued_ns += from->queued_ns;
	to->other_ns += from->other_ns;
	for (size_t i = 0; i < from->waits_n; i++) {
		const struct duty_wait *w = &from->wait[i];

		duty_block(to,
			&(const struct wait){.kind = w->kind,
				.fd = w->fd,
				.address = w->address,
				.owner = w->owner},
			w->ns);
	}
}

uint64_t duty_blocked_ns(const struct thread_duty *d)
{
	uint64_t ran = d->run_ns + d->queued_ns;

	return d->ns > ran ? d->ns - ran : 0;
}

double duty_percent(const struct thread_duty *d, uint64_t ns)
{
	double percent = d->ns ? 100.0 * (double)ns / (double)d->ns : 0;

	return percent < 100.0 ? percent : 100.0;
}

/* ---- of a thread ------------------------------------------------------------ */

static const struct duty_track *find(const struct duties *list, const struct thread *t)
{
	size_t low = 0, high = list ? list->n : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->track[middle].tid < t->self->tid)
			low = middle + 1;
		else
			high = middle;
	}
	if (!list || low >= list->n || list->track[low].tid != t->self->tid ||
		list->track[low].start_ticks != t->self->start_ticks)
		return NULL;
	return &list->track[low];
}

/* All the time in what it stands in now. */
static void stand_still(struct thread_duty *d, const struct thread *t)
{
	const struct wait w = wait_of(t);

	if (t->run->state == 'R')
		d->queued_ns = d->ns - d->run_ns;
	else
		duty_block(d, &w, duty_blocked_ns(d));
}

void duty_of_life(struct thread_duty *d, const struct thread *t, uint64_t ns)
{
	struct thread_duty life = {.ns = ns, .run_ns = t->run->run_ns};

	if (life.run_ns > ns)
		life.run_ns = ns;
	life.queued_ns = t->run->wait_ns;
	if (life.queued_ns > ns - life.run_ns)
		life.queued_ns = ns - life.run_ns;
	stand_still(&life, t);
	duty_add(d, &life);
}

/* The clock ticks since the machine started are rounded down. */
uint64_t duty_began_ns(const struct thread *t, const struct host *host, uint64_t now_ns)
{
	uint64_t hertz = host->clock_ticks;
	uint64_t began = hertz ? t->self->start_ticks * (SECOND_NS / hertz) : 0;

	return began < now_ns ? began : 0;
}

/* Not where it would have run for longer than it is there. */
static bool since_start(
	const struct snapshot *s, unsigned side, const struct thread *t, struct thread_duty *ret)
{
	const struct host *host = side_host(s, side);
	uint64_t now = side_moment_ns(s, side), began = duty_began_ns(t, host, now);

	if (!began ||
		t->run->run_ns + t->run->wait_ns > now - began + SECOND_NS / host->clock_ticks)
		return false;
	duty_of_life(ret, t, now - began);
	return true;
}

/* Of the last second, where too many run to follow each. */
static enum duty_span by_rates(const struct side *side, const struct thread *t, size_t i,
	struct thread_duty *ret, const char **ret_reason)
{
	const struct thread_rates *rates = rates_thread(side->rates, t->list, i);

	*ret_reason = rate_gap_reason(rates ? (enum rate_gap)rates->time_gap : RATE_FIRST);
	if (*ret_reason)
		return DUTY_UNKNOWN;
	ret->ns = RATE_WINDOW_NS;
	ret->run_ns = (uint64_t)((double)rates->cpu_percent / 100 * RATE_WINDOW_NS);
	ret->queued_ns = (uint64_t)((double)rates->wait_percent / 100 * RATE_WINDOW_NS);
	if (t->run->state == 'R')
		ret->other_ns = duty_blocked_ns(ret);
	else
		stand_still(ret, t);
	return DUTY_LATELY;
}

/* Of one that did not run in the window: it did nothing but what it does. */
static enum duty_span still(const struct snapshot *s, unsigned side, const struct thread *t,
	size_t i, struct thread_duty *ret, const char **ret_reason)
{
	const struct duties *list = s->side[side].duties;
	uint64_t now = side_moment_ns(s, side), since = 0;

	if (list)
		since = list->before_ns ? list->before_ns : list->since_ns;
	if (since && since < now && duty_began_ns(t, side_host(s, side), now) <= since) {
		if (list->partial)
			return by_rates(&s->side[side], t, i, ret, ret_reason);
		ret->ns = now - since;
		stand_still(ret, t);
		return DUTY_LATELY;
	}
	*ret_reason = "its start is not known against this machine's clock";
	return since_start(s, side, t, ret) ? DUTY_SINCE_START : DUTY_UNKNOWN;
}

enum duty_span duty_of(const struct snapshot *s, unsigned side, size_t i, struct thread_duty *ret,
	const char **ret_reason)
{
	const struct thread t = thread_at(s->side[side].threads, i);
	const struct duty_track *found;

	*ret = (struct thread_duty){0};
	*ret_reason = "it was not read";
	if (!t.self)
		return DUTY_UNKNOWN;
	if (thread_has_ended(&t)) {
		*ret_reason = THREAD_LEFT;
		return DUTY_UNKNOWN;
	}
	if (!value_state_has_value(thread_source_state(&t, THREAD_SCHEDSTAT))) {
		*ret_reason = "the kernel tells no time on a CPU: schedstat was not read";
		return DUTY_UNKNOWN;
	}
	found = find(s->side[side].duties, &t);
	if (!found || !(found->now.ns + found->before.ns))
		return still(s, side, &t, i, ret, ret_reason);
	*ret = found->before;
	duty_add(ret, &found->now);
	return DUTY_LATELY;
}

/* ---- in words --------------------------------------------------------------- */

enum sort { SORT_IO, SORT_EVENTS, SORT_LOCK, SORT_SLEEP, SORT_OTHER };

static enum sort sort_of(enum wait_kind kind)
{
	switch (kind) {
	case WAIT_READ:
	case WAIT_WRITE:
	case WAIT_RECEIVE:
	case WAIT_SEND:
	case WAIT_CONNECT:
	case WAIT_ACCEPT:
	case WAIT_OPEN:
	case WAIT_DISK:
	case WAIT_MESSAGE:
		return SORT_IO;
	case WAIT_EPOLL:
	case WAIT_POLL:
	case WAIT_SELECT:
		return SORT_EVENTS;
	case WAIT_MUTEX:
	case WAIT_PI_MUTEX:
	case WAIT_RWLOCK:
	case WAIT_FILE_LOCK:
	case WAIT_RECORD_LOCK:
		return SORT_LOCK;
	case WAIT_SLEEP:
		return SORT_SLEEP;
	default:
		return SORT_OTHER;
	}
}

/* In what it was blocked most. */
static enum sort sort_most(const struct thread_duty *d)
{
	uint64_t ns[SORT_OTHER + 1] = {[SORT_OTHER] = d->other_ns};
	enum sort most = SORT_OTHER;

	for (size_t i = 0; i < d->waits_n; i++)
		ns[sort_of(d->wait[i].kind)] += d->wait[i].ns;
	for (enum sort sort = SORT_IO; sort < SORT_OTHER; sort++)
		if (ns[sort] > ns[most])
			most = sort;
	return most;
}

const char *duty_sort(const struct thread_duty *d)
{
	static const char *const word[] = {
		[SORT_IO] = "I/O-bound",
		[SORT_EVENTS] = "waits for events",
		[SORT_LOCK] = "waits for a lock",
		[SORT_SLEEP] = "sleeps",
		[SORT_OTHER] = "waits",
	};
	double run = duty_percent(d, d->run_ns), ready = duty_percent(d, d->run_ns + d->queued_ns);
	enum sort sort = sort_most(d);

	if (ready >= BOUND)
		return run >= MOST ? "CPU-bound" : "waits for a CPU";
	if (ready >= MOST || !duty_blocked_ns(d))
		return "mixed";
	return word[run < IDLE && sort == SORT_IO ? SORT_OTHER : sort];
}

static void say_percent(const struct thread_duty *d, uint64_t ns, struct textbuf *out)
{
	char text[UNITS_MAX];

	textbuf_adds(out, units_percent(text, duty_percent(d, ns)));
}

/* "on fd 5 (pipe from 4243)" */
static void say_fd(
	const struct duty_wait *w, const struct snapshot *s, unsigned side, struct textbuf *out)
{
	const struct wait as = {.kind = w->kind, .fd = w->fd};
	const struct fd_entry *e = s ? fd_list_find(s->side[side].fds, w->fd) : NULL;
	struct wait_ends ends;

	textbuf_addf(out, " on fd %d", w->fd);
	if (!e)
		return;
	textbuf_addf(out, " (%s", fd_kind_name(e->kind));
	if (wait_ends_of(s, side, &as, &ends))
		wait_ends_brief(&ends, s, side, out);
	textbuf_adds(out, ")");
}

/* "in read on fd 5 (pipe from 4243)", "in mutex of 4245", "in sleep" */
static void say_wait(
	const struct duty_wait *w, const struct snapshot *s, unsigned side, struct textbuf *out)
{
	textbuf_addf(out, " in %s", wait_kind_name(w->kind));
	if (w->fd >= 0)
		say_fd(w, s, side, out);
	if (w->owner)
		textbuf_addf(out, " of %d", (int)w->owner);
}

/* Addresses are not said: of waits that read alike the first one tells of all, the others of none.
 */
static uint64_t said_ns(const struct thread_duty *d, size_t i)
{
	const struct duty_wait *w = &d->wait[i];
	uint64_t ns = 0;

	for (size_t k = 0; k < d->waits_n; k++) {
		const struct duty_wait *x = &d->wait[k];

		if (x->kind != w->kind || x->fd != w->fd || x->owner != w->owner)
			continue;
		if (k < i)
			return 0;
		ns += x->ns;
	}
	return ns;
}

void duty_say(
	const struct thread_duty *d, const struct snapshot *s, unsigned side, struct textbuf *out)
{
	double run = duty_percent(d, d->run_ns);

	textbuf_addf(out, "%s: ", duty_sort(d));
	if (run >= 0.05) {
		say_percent(d, d->run_ns, out);
		textbuf_adds(out, " on CPU");
	}
	if (duty_percent(d, d->queued_ns) >= 0.5) {
		textbuf_adds(out, run >= 0.05 ? ", " : "");
		say_percent(d, d->queued_ns, out);
		textbuf_adds(out, " waiting for a CPU");
		run = 100;
	}
	for (size_t i = 0; i < d->waits_n; i++) {
		uint64_t ns = said_ns(d, i);

		if (i && duty_percent(d, ns) < 5)
			continue;
		textbuf_adds(out, i || run >= 0.05 ? ", " : "");
		say_percent(d, ns, out);
		say_wait(&d->wait[i], s, side, out);
	}
	if (duty_percent(d, d->other_ns) >= 0.5) {
		textbuf_adds(out, d->waits_n || run >= 0.05 ? ", " : "");
		say_percent(d, d->other_ns, out);
		textbuf_adds(out, " blocked in what was not seen");
	}
}
