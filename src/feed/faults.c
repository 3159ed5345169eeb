/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page faults of the watched processes, as perf events tell them: of each the address, the place
 * in the program, the thread and the time. Listened to only while somebody needs it. Children born
 * meanwhile have inherited the events: whoever becomes B was listened to from its first fault on.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "examples.h"
#include "listener.h"
#include "twintop/base/clock.h"
#include "twintop/base/log.h"
#include "twintop/proc/identity.h"

/*
 * A told fault costs its process about a microsecond: these are 2 % of a core. More of them in a
 * second, and only one in so many is told; when that is too careful for a while, more are.
 */
#define TOLD_MOST   20000u
#define WINDOW_NS   1000000000u
#define ENDING_NS   1000000000u /* the end of its threads is told so much before its own, at most */
#define QUIET_MOST  5u		/* windows */
#define PERIOD_MOST 4096u

struct watched {
	struct task_id id;
	struct perf_rings *rings;  /* NULL: none of its own */
	struct examples *examples; /* beside them; NULL: none */
	size_t cover;		   /* whose rings tell of it: its own index where it has some */
	struct fault_watch says;
	uint64_t lost_before; /* by rings that were closed since */
	uint64_t window_ns, window_told;
	unsigned quiet;		 /* windows in a row of a rate that allows to tell more */
	uint64_t check_until_ns; /* a thread of it ended, which may have been the last; 0: none */
};

struct faults {
	struct feed feed;
	struct listener listener;
	size_t n;
	struct watched watched[FAULT_WATCHES];
	struct fault_sink *sink; /* while draining */
	struct watched *reading; /* whose rings are read */
};

extern const struct feed_ops feed_faults;

static struct faults *faults_of(struct feed *feed)
{
	return (struct faults *)feed;
}

/* ---- one process ----------------------------------------------------------- */

static struct watched *find(struct faults *f, pid_t pid)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->watched[i].id.pid == pid)
			return &f->watched[i];
	return NULL;
}

static void take_fault(struct faults *f, const struct perf_record *r)
{
	const struct fault fault = {.time_ns = r->time_ns,
		.address = r->address,
		.ip = r->ip,
		.pid = r->pid,
		.tid = r->tid,
		.weight = (uint32_t)f->reading->says.period,
		.kernel = r->kernel};
	struct watched *w = find(f, r->pid);

	f->reading->window_told++;
	if (w)
		w->says.told++;
	if (f->reading->examples)
		examples_note(f->reading->examples, &fault, w != NULL);
	fault_sink_add(f->sink, &fault);
}

static void take_record(void *context, const struct perf_record *r)
{
	struct faults *f = context;
	struct watched *w;

	if (r->kind == PERF_FAULT && r->pid) {
		take_fault(f, r);
	} else if (r->kind == PERF_EXEC) {
		const struct fault exec = {
			.time_ns = r->time_ns, .pid = r->pid, .tid = r->tid, .exec = true};

		fault_sink_add(f->sink, &exec);
		if (f->reading->examples)
			examples_note(f->reading->examples, &exec, true);
	} else if (r->kind == PERF_EXIT) {
		w = find(f, r->pid);
		if (w)
			w->check_until_ns = clock_monotonic_ns() + ENDING_NS;
	}
}

static void read_rings(struct faults *f, struct watched *w)
{
	const struct perf_rings_state *state;

	f->reading = w;
	perf_rings_read(w->rings, take_record, f);
	state = perf_rings_state(w->rings);
	w->says.lost = w->lost_before + state->lost;
	w->says.threads = state->threads;
	w->says.threads_of = state->threads_of;
}

static int open_rings(struct faults *f, struct watched *w, uint64_t period)
{
	const struct perf_ask ask = {
		.pid = w->id.pid, .fault_period = period, .brief = f->listener.context.brief};
	const struct proc_root *root = f->listener.context.root;
	struct perf_rings *rings;
	int error = perf_rings_open_to(root, &ask, f->listener.epoll_fd, &rings);

	if (error)
		return error;
	if (w->rings) {
		read_rings(f, w);
		w->lost_before = w->says.lost;
		perf_rings_close(w->rings);
	}
	w->rings = rings;
	w->cover = (size_t)(w - f->watched);
	w->says.kernel = perf_rings_state(rings)->kernel;
	w->says.ring_bytes = perf_rings_state(rings)->ring_bytes;
	w->says.period = period;
	w->window_ns = clock_monotonic_ns();
	w->window_told = w->quiet = 0;
	f->reading = w;
	perf_rings_complete(rings, root, take_record, f);
	return 0;
}

static void open_examples(struct faults *f, struct watched *w)
{
	int error = examples_open(f->listener.context.root, w->id.pid, &w->examples);
	struct epoll_event e = {.events = EPOLLIN};

	if (!error)
		epoll_ctl(f->listener.epoll_fd, EPOLL_CTL_ADD, examples_fd(w->examples), &e);
	w->says.examples = examples_reason(error);
	if (error)
		log_line("examples of page faults of %d: error %d", (int)w->id.pid, error);
}

static void begin(struct faults *f, struct watched *w, uint64_t period)
{
	int error;

	w->says.state = listener_may(&f->listener, &w->says.reason);
	if (w->says.reason)
		return;
	error = open_rings(f, w, period);
	w->says.state = listener_state_of(error, &w->says.reason);
	if (error)
		log_line("page faults of %d: error %d", (int)w->id.pid, error);
	else
		open_examples(f, w);
}

/* ---- who is listened to ----------------------------------------------------- */

/* Whose rings tell of a process since its birth; n: nobody's. */
static size_t cover_of(const struct faults *f, pid_t pid)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->watched[i].rings && perf_rings_cover(f->watched[i].rings, pid))
			return i;
	return f->n;
}

/* Those that lose what told of them get rings of their own, before it goes. */
static void end_rings(struct faults *f, size_t i)
{
	struct perf_rings *gone = f->watched[i].rings;

	if (!gone)
		return;
	read_rings(f, &f->watched[i]);
	f->watched[i].lost_before = f->watched[i].says.lost;
	f->watched[i].rings = NULL;
	if (f->watched[i].examples)
		examples_drain(f->watched[i].examples, f->sink);
	examples_close(f->watched[i].examples);
	f->watched[i].examples = NULL;
	for (size_t k = 0; k < f->n; k++)
		if (k != i && f->watched[k].cover == i && !f->watched[k].rings &&
			listener_wants(&f->listener, f->watched[k].id))
			begin(f, &f->watched[k], f->watched[i].says.period);
	perf_rings_close(gone);
}

/* Ends what nobody wants any more; the others close ranks. */
static void drop_unwanted(struct faults *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (!listener_wants(&f->listener, f->watched[i].id))
			end_rings(f, i);
	for (size_t i = f->n; i-- > 0;) {
		if (listener_wants(&f->listener, f->watched[i].id))
			continue;
		for (size_t k = i; k + 1 < f->n; k++) {
			f->watched[k] = f->watched[k + 1];
			f->watched[k].cover -= f->watched[k].cover > i;
		}
		f->n--;
	}
}

static void take_up(struct faults *f, struct task_id id)
{
	size_t cover = cover_of(f, id.pid);
	struct watched *w = &f->watched[f->n];

	*w = (struct watched){.id = id, .cover = cover, .says = {.pid = id.pid, .period = 1}};
	f->n++;
	if (cover == f->n - 1) {
		begin(f, w, 1);
		return;
	}
	w->says = f->watched[cover].says;
	w->says.pid = id.pid;
	w->says.told = w->says.lost = 0;
}

static void follow_wanted(struct faults *f)
{
	const struct listener *l = &f->listener;

	f->listener.changed = false;
	drop_unwanted(f);
	for (size_t i = 0; l->needed && i < l->wanted.n && f->n < FAULT_WATCHES; i++)
		if (!find(f, l->wanted.item[i].pid))
			take_up(f, l->wanted.item[i]);
}

/* Whether no thread of it lives; its main thread may have ended before the others. */
static bool is_over(const struct faults *f, struct task_id id)
{
	struct identity_stat stat;

	return identity_stat_read(f->listener.context.root, id.pid, &stat) ||
	       stat.start_ticks != id.start_ticks || (stat.state == 'Z' && stat.threads <= 1);
}

static void drop_ended(struct faults *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct watched *w = &f->watched[i];

		if (!w->check_until_ns)
			continue;
		if (is_over(f, w->id)) {
			end_rings(f, i);
			w->says.state = VALUE_GONE;
			w->says.reason = value_state_reason(VALUE_GONE);
		} else if (clock_monotonic_ns() < w->check_until_ns) {
			continue;
		}
		w->check_until_ns = 0;
	}
}

/* ---- how many are told ------------------------------------------------------ */

/* The power of two by which a rate comes below what may be told. */
static uint64_t period_for(const struct watched *w, uint64_t ns)
{
	uint64_t told = w->window_told * w->says.period, period = 1;

	while (period < PERIOD_MOST && told / period > TOLD_MOST * (ns / 1e9))
		period *= 2;
	return period;
}

static void set_period(struct faults *f, struct watched *w, uint64_t period)
{
	struct perf_rings *before = w->rings;
	size_t at = (size_t)(w - f->watched);

	if (open_rings(f, w, period) || w->rings == before)
		return;
	for (size_t k = 0; k < f->n; k++)
		if (k != at && f->watched[k].cover == at && !f->watched[k].rings &&
			f->watched[k].says.state == VALUE_KNOWN)
			begin(f, &f->watched[k], period);
}

static void adapt(struct faults *f, struct watched *w)
{
	uint64_t ns = clock_monotonic_ns() - w->window_ns, fits;

	if (ns < WINDOW_NS && w->window_told <= TOLD_MOST)
		return;
	fits = period_for(w, ns);
	if (w->window_told > TOLD_MOST && fits > w->says.period) {
		set_period(f, w, fits);
		return;
	}
	w->quiet = 2 * fits < w->says.period ? w->quiet + 1 : 0;
	w->window_ns += ns;
	w->window_told = 0;
	if (w->quiet >= QUIET_MOST)
		set_period(f, w, w->says.period / 2);
}

/* ---- the feed --------------------------------------------------------------- */

static int open_feed(const struct feed_context *context, struct feed **ret_feed)
{
	struct faults *f;
	struct listener listener;
	int error = listener_open(&listener, context, NEED_LISTEN);

	if (error)
		return error;
	f = mem_alloc(sizeof *f);
	*f = (struct faults){.feed = {&feed_faults}, .listener = listener};
	*ret_feed = &f->feed;
	return 0;
}

static void close_feed(struct feed *feed)
{
	struct faults *f = faults_of(feed);

	for (size_t i = 0; i < f->n; i++) {
		perf_rings_close(f->watched[i].rings);
		examples_close(f->watched[i].examples);
	}
	listener_close(&f->listener);
	free(f);
}

static int feed_fd(const struct feed *feed)
{
	return ((const struct faults *)feed)->listener.epoll_fd;
}

static bool watch(struct feed *feed, const struct task_id *id, size_t n)
{
	listener_watch(&faults_of(feed)->listener, id, n);
	return true;
}

static void need(struct feed *feed, unsigned bits)
{
	listener_need(&faults_of(feed)->listener, bits);
}

static void drain(struct feed *feed, bool now, struct event_sink *sink)
{
	struct faults *f = faults_of(feed);

	(void)now;
	f->sink = &sink->faults;
	f->sink->until_ns = clock_monotonic_ns();
	if (f->listener.changed)
		follow_wanted(f);
	for (size_t i = 0; i < f->n; i++)
		if (f->watched[i].rings)
			read_rings(f, &f->watched[i]);
	drop_ended(f);
	for (size_t i = 0; i < f->n; i++)
		if (f->watched[i].rings)
			adapt(f, &f->watched[i]);
	for (size_t i = 0; i < f->n; i++)
		if (f->watched[i].examples)
			examples_drain(f->watched[i].examples, f->sink);
	f->sink->said = true;
	f->sink->watches_n = f->n;
	for (size_t i = 0; i < f->n; i++)
		f->sink->watch[i] = f->watched[i].says;
}

const struct feed_ops feed_faults = {
	.id = "faults",
	.blind = "Page faults by perf events, while a view or report needs them: none that the "
		 "kernel makes for an ordinary user, as in read(2) into a shared page; one in many "
		 "where a process has more than 20,000 a second.",
	.open = open_feed,
	.fd = feed_fd,
	.watch = watch,
	.need = need,
	.at_hand = true,
	.drain = drain,
	.close = close_feed,
};
