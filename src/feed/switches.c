/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the watched processes' threads were on a CPU, as perf events tell of each context switch.
 * Listened to only while somebody needs it. Children born meanwhile have inherited the events.
 */
#include <errno.h>
#include <stdlib.h>

#include "listener.h"
#include "switch_spans.h"
#include "twintop/base/clock.h"
#include "twintop/base/log.h"

/*
 * More records in a window, and nobody listens to its end. To read and sort one takes us some 30 to
 * 60 ns, which makes 1 % of a core; to write it takes the switching thread some 300.
 */
#define WINDOW_NS    1000000000u
#define RECORDS_MOST 200000u
#define THREADS_MOST 1024u  /* of one process: each takes an event a CPU */
#define IN_FLIGHT_NS 50000u /* a record may lie in its ring so long after its time */

#define ONE_LOOK "it is looked at once: switches are told between two looks"
#define TOO_MANY "it has more than 1,024 threads: an event of each on each CPU costs too much"

struct switches {
	struct feed feed;
	struct listener listener;
	struct perf_rings *rings;  /* of all that may be listened to; NULL: of nobody */
	VEC(struct task_id) heard; /* those */
	struct switch_spans *spans;
	struct lane_ears ears;
	uint64_t settled_ns; /* all up to then was told */
	uint64_t window_ns, window_told;
	uint64_t deaf_ns; /* since then nobody listens, and it was not told; 0: somebody does */
};

extern const struct feed_ops feed_switches;

static struct switches *switches_of(struct feed *feed)
{
	return (struct switches *)feed;
}

/* ---- the stream ------------------------------------------------------------- */

static void take_record(void *context, const struct perf_record *r)
{
	struct switches *f = context;

	if (r->kind == PERF_ON || r->kind == PERF_OFF)
		f->ears.told++, f->window_told++;
	switch_spans_note(f->spans, r);
}

static void read_rings(struct switches *f, struct lane_sink *sink)
{
	uint64_t until_ns = clock_monotonic_ns() - IN_FLIGHT_NS;
	const struct perf_rings_state *state;
	pid_t pid[LANE_WATCHES];
	size_t n = 0;

	for (; n < f->heard.n && n < LANE_WATCHES; n++)
		pid[n] = f->heard.item[n].pid;
	perf_rings_read(f->rings, take_record, f);
	if (until_ns > f->settled_ns && !f->deaf_ns) {
		switch_spans_settle(f->spans, until_ns, pid, n, sink);
		if (!sink->from_ns)
			sink->from_ns = f->settled_ns;
		f->settled_ns = until_ns;
	}
	state = perf_rings_state(f->rings);
	f->ears.lost = state->lost;
	f->ears.threads = state->threads;
	f->ears.threads_of = state->threads_of;
	f->ears.merged_ns = switch_spans_merged_ns(f->spans);
}

/* ---- how much is told ------------------------------------------------------- */

static void listen_again(struct switches *f, uint64_t now_ns)
{
	perf_rings_pause(f->rings, false);
	switch_spans_begin(f->spans, now_ns);
	f->settled_ns = now_ns;
	f->deaf_ns = 0;
}

/* Where too many records come, part of each window is told. */
static void adapt(struct switches *f, struct lane_sink *sink)
{
	uint64_t now = clock_monotonic_ns();

	if (f->deaf_ns) {
		sink->ears.deaf_ns += now - f->deaf_ns;
		lane_sink_add_gap(sink, (struct lane_gap){f->deaf_ns, now});
		f->deaf_ns = now;
	}
	if (now - f->window_ns >= WINDOW_NS) {
		f->window_ns = now;
		f->window_told = 0;
		if (f->deaf_ns)
			listen_again(f, now);
	} else if (f->window_told > RECORDS_MOST && !f->deaf_ns) {
		perf_rings_pause(f->rings, true);
		read_rings(f, sink);
		f->deaf_ns = f->settled_ns;
	}
}

/* ---- who is listened to ----------------------------------------------------- */

static void stop(struct switches *f)
{
	perf_rings_close(f->rings);
	f->rings = NULL;
	f->heard.n = 0;
	f->deaf_ns = 0;
}

static bool is_heard(const struct switches *f, struct task_id id)
{
	for (size_t i = 0; i < f->heard.n; i++)
		if (task_id_equal(f->heard.item[i], id))
			return true;
	return false;
}

/* Whether somebody is listened to whom nobody wants. */
static bool hears_others(const struct switches *f)
{
	for (size_t i = 0; i < f->heard.n; i++)
		if (!listener_wants(&f->listener, f->heard.item[i]))
			return true;
	return false;
}

static bool has_too_many(const struct switches *f, pid_t pid)
{
	size_t n;
	int *tid;

	if (proc_list_numbers(f->listener.context.root, &tid, &n, "%d/task", (int)pid))
		return false;
	free(tid);
	return n > THREADS_MOST;
}

static int open_rings(struct switches *f, pid_t pid)
{
	const struct perf_ask ask = {.pid = pid, .switches = true};
	uint64_t now = clock_monotonic_ns();
	int error =
		perf_rings_open_to(f->listener.context.root, &ask, f->listener.epoll_fd, &f->rings);

	if (error)
		return error;
	f->ears.told = 0;
	f->window_ns = f->settled_ns = now;
	f->window_told = 0;
	switch_spans_begin(f->spans, clock_monotonic_ns());
	return 0;
}

/* Those who were born of one that is listened to are listened to already. */
static int listen_to(struct switches *f, pid_t pid)
{
	const struct proc_root *root = f->listener.context.root;
	int error;

	if (f->rings && perf_rings_cover(f->rings, pid))
		return 0;
	if (has_too_many(f, pid))
		return -E2BIG;
	error = f->rings ? perf_rings_add(f->rings, root, pid) : open_rings(f, pid);
	if (!error)
		perf_rings_complete(f->rings, root, take_record, f);
	if (!error && f->deaf_ns) /* those that were added are not listened to now, either */
		perf_rings_pause(f->rings, true);
	return error;
}

static void take_up(struct switches *f, struct task_id id, struct lane_watch *says)
{
	int error;

	*says = (struct lane_watch){.pid = id.pid};
	if (f->listener.context.brief) {
		says->state = VALUE_UNREAD;
		says->reason = ONE_LOOK;
		return;
	}
	says->state = listener_may(&f->listener, &says->reason);
	if (says->reason || is_heard(f, id))
		return;
	error = listen_to(f, id.pid);
	says->state = listener_state_of(error, &says->reason);
	if (!error) {
		VEC_PUSH(&f->heard, id);
		return;
	}
	log_line("switches of %d: error %d", (int)id.pid, error);
	if (error == -E2BIG) {
		says->state = VALUE_UNSUPPORTED;
		says->reason = TOO_MANY;
	}
}

static void follow_wanted(struct switches *f)
{
	const struct listener *l = &f->listener;

	f->listener.changed = false;
	if (!l->needed || hears_others(f))
		stop(f);
	f->ears.watches_n = 0;
	for (size_t i = 0; l->needed && i < l->wanted.n && i < LANE_WATCHES; i++)
		take_up(f, l->wanted.item[i], &f->ears.watch[f->ears.watches_n++]);
}

/* ---- the feed --------------------------------------------------------------- */

static int open_feed(const struct feed_context *context, struct feed **ret_feed)
{
	struct switches *f;
	struct listener listener;
	int error = listener_open(&listener, context, NEED_SWITCHES);

	if (error)
		return error;
	f = mem_alloc(sizeof *f);
	*f = (struct switches){.feed = {&feed_switches}, .listener = listener};
	f->spans = switch_spans_new();
	*ret_feed = &f->feed;
	return 0;
}

static void close_feed(struct feed *feed)
{
	struct switches *f = switches_of(feed);

	stop(f);
	switch_spans_free(f->spans);
	listener_close(&f->listener);
	VEC_FREE(&f->heard);
	free(f);
}

static int feed_fd(const struct feed *feed)
{
	return ((const struct switches *)feed)->listener.epoll_fd;
}

static bool watch(struct feed *feed, const struct task_id *id, size_t n)
{
	listener_watch(&switches_of(feed)->listener, id, n);
	return true;
}

static void need(struct feed *feed, unsigned bits)
{
	listener_need(&switches_of(feed)->listener, bits);
}

static void drain(struct feed *feed, bool now, struct event_sink *sink)
{
	struct switches *f = switches_of(feed);
	struct lane_sink *lanes = &sink->lanes;

	(void)now;
	if (f->listener.changed) {
		if (f->rings)
			read_rings(f, lanes);
		follow_wanted(f);
	}
	if (f->rings) {
		read_rings(f, lanes);
		adapt(f, lanes);
	}
	if (!f->listener.needed)
		return;
	f->ears.deaf_ns = lanes->ears.deaf_ns;
	lanes->ears = f->ears;
	lanes->said = true;
	lanes->until_ns = f->rings ? f->settled_ns : 0;
}

const struct feed_ops feed_switches = {
	.id = "switches",
	.blind = "Context switches by perf events, while a view or report needs them: of a process "
		 "with more than 1,024 threads none; of one that switches very often, part of each "
		 "second.",
	.open = open_feed,
	.fd = feed_fd,
	.watch = watch,
	.need = need,
	.at_hand = true,
	.drain = drain,
	.close = close_feed,
};
