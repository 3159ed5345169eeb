/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Births, names, programs and ends as perf events tell them: of processes that we may watch, and of
 * all that are born of them, in any PID namespace. How one ended is not among it: that is looked
 * for, by a pidfd that is taken at the birth, or in a zombie's stat. To be called for each record
 * costs whoever makes it: only births call, and none where there are many.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lives.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/base/log.h"
#include "twintop/feed/perf_ring.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/nspid.h"

#define HOLD_NS	      20000000u /* until the end of a thread is told */
#define LOOK_NS	      1000000u	/* between looks for how one ended … */
#define BUSY_NS	      2000000u	/* … at the rings, while something happens … */
#define CALM_NS	      50000000u /* … and where nothing has for … */
#define CALM_AFTER_NS 200000000u
#define MUTE_NS	      1000000000u /* births do not call for so long where there are many */
#define TICK_NS	      100000000u  /* between looks at those that nobody tells of … */
#define TICK_REST     50	  /* … and so many times what one costs */
#define BIRTHS_FEW    100	  /* so many in … */
#define WINDOW_NS     200000000u /* … so long a time take a few per cent of a core; of more … */
#define REST_NS	      40000000u	 /* … none calls, and rings are read so seldom */
#define PIDFDS_SHARE  8		 /* of the descriptors that we may have … */
#define PIDFDS_MOST   1024	 /* … and at most */
#define BIRTHS_MOST   5u	 /* looks for threads that were born while we began */

#define RING_ENOUGH 16384u /* bytes; of smaller ones the panel says so */

#define UNHEARD                                                                                    \
	"not all threads are listened to (RLIMIT_NOFILE, or a program with other rights): what "   \
	"those fork is looked for ten times a second, short-lived ones may be missed"
#define SMALL                                                                                      \
	"the kernel grants little room for what it tells (perf_event_mlock_kb): short-lived ones " \
	"may be missed, and are counted as lost then"

struct told {
	struct perf_record record;
	int pidfd; /* of who was born; negative errno: none */
};

struct tasks {
	struct feed feed;
	struct feed_context context;
	struct lives lives;
	struct perf_rings *rings; /* NULL: none yet */
	struct perf_rings *calls; /* which only call when those that are watched fork; NULL: none */
	bool muted;		  /* these are … */
	uint64_t muted_ns;	  /* … since then */
	uint64_t heard_ns;	  /* when records came last */
	VEC(pid_t) heard;	  /* that were watched last */
	uint64_t lost;		  /* by these rings, as was told */
	VEC(struct told) queue;
	int epoll_fd, timer_fd;
	uint64_t tick_ns;
	uint64_t window_ns, window_births;
};

extern const struct feed_ops feed_tasks;

static struct tasks *tasks_of(struct feed *feed)
{
	return (struct tasks *)feed;
}

/* ---- what is told -------------------------------------------------------- */

static void queue_record(void *context, const struct perf_record *r)
{
	struct tasks *t = context;
	bool born = r->kind == PERF_FORK && r->pid != r->other;
	struct told told = {.record = *r, .pidfd = -EMFILE};

	if (r->kind < PERF_FORK || r->pid <= 0)
		return;
	t->window_births += born;
	/* At once: it may end, and be reaped, at any moment. */
	if (born && t->lives.pidfds + t->queue.n < t->lives.pidfds_most)
		told.pidfd = identity_pidfd(t->context.root, r->pid);
	VEC_PUSH(&t->queue, told);
}

/* As they were read where their times are one. */
static int by_time(const void *a, const void *b)
{
	const struct told *x = *(const struct told *const *)a;
	const struct told *y = *(const struct told *const *)b;

	if (x->record.time_ns != y->record.time_ns)
		return x->record.time_ns < y->record.time_ns ? -1 : 1;
	return (x > y) - (x < y);
}

static void take(struct tasks *t, const struct told *told)
{
	const struct perf_record *r = &told->record;
	struct lives *l = &t->lives;

	switch (r->kind) {
	case PERF_FORK:
		if (r->pid == r->other)
			lives_cloned(l, r->pid, r->tid, r->time_ns);
		else
			lives_forked(l, r->other, r->pid, told->pidfd == -ESRCH, r->time_ns);
		if (told->pidfd >= 0)
			lives_hold(l, r->pid, told->pidfd);
		break;
	case PERF_EXEC:
		lives_execed(l, r->pid, text_of(r->name), r->time_ns);
		break;
	case PERF_COMM:
		lives_named(l, r->pid, r->tid, text_of(r->name), r->time_ns);
		break;
	case PERF_EXIT:
		lives_left(l, r->pid, r->tid, r->time_ns);
		break;
	case PERF_OTHER:
	case PERF_FAULT:
	case PERF_LOST:
		break;
	}
}

/* Each CPU has a ring of its own: what came before is in the order of time then. */
static void take_until(struct tasks *t, uint64_t before_ns)
{
	VEC(const struct told *) sorted = {0};
	size_t kept = 0;

	for (size_t i = 0; i < t->queue.n; i++)
		if (t->queue.item[i].record.time_ns < before_ns)
			VEC_PUSH(&sorted, &t->queue.item[i]);
	if (sorted.n)
		qsort(sorted.item, sorted.n, sizeof *sorted.item, by_time);
	for (size_t i = 0; i < sorted.n; i++)
		take(t, sorted.item[i]);
	VEC_FREE(&sorted);
	for (size_t i = 0; i < t->queue.n; i++)
		if (t->queue.item[i].record.time_ns >= before_ns)
			t->queue.item[kept++] = t->queue.item[i];
	t->queue.n = kept;
}

static void ignore_record(void *context, const struct perf_record *r)
{
	(void)context;
	(void)r;
}

static void read_rings(struct tasks *t)
{
	const struct perf_rings_state *state;
	size_t had = t->queue.n;
	uint64_t lost;

	if (!t->rings)
		return;
	if (t->calls)
		perf_rings_read(t->calls, ignore_record, NULL);
	perf_rings_read(t->rings, queue_record, t);
	if (t->queue.n > had)
		t->heard_ns = clock_monotonic_ns();
	state = perf_rings_state(t->rings);
	lost = state->lost - t->lost;
	t->lost = state->lost;
	if (lost)
		lives_lost(&t->lives, lost);
}

/* ---- when it calls ------------------------------------------------------- */

/* Whether so many were born since the window began that to be called for each is too dear. */
static bool are_many(struct tasks *t)
{
	uint64_t now_ns = clock_monotonic_ns();
	bool many = t->window_births > BIRTHS_FEW;

	if (now_ns - t->window_ns >= WINDOW_NS) {
		t->window_ns = now_ns;
		t->window_births = 0;
	}
	return many;
}

/* Lets births call, or not for a while. */
static void mute(struct tasks *t, bool busy)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (busy)
		t->muted_ns = now_ns;
	if (t->muted == busy || (!busy && now_ns - t->muted_ns < MUTE_NS))
		return;
	if (t->calls)
		perf_rings_switch(t->calls, !busy);
	t->muted = busy;
}

/* Wakes us in a while; births, and rings that fill, do so before. */
static void arm(struct tasks *t)
{
	uint64_t now_ns = clock_monotonic_ns();
	bool busy = now_ns - t->heard_ns < CALM_AFTER_NS;
	uint64_t next_ns = now_ns + (busy ? BUSY_NS : CALM_NS);
	struct itimerspec timer = {0};

	if (t->muted)
		next_ns = now_ns + REST_NS;
	else if (lives_wait(&t->lives) || t->queue.n)
		next_ns = now_ns + LOOK_NS;
	if (t->rings)
		timer.it_value = (struct timespec){
			(time_t)(next_ns / 1000000000u), (long)(next_ns % 1000000000u)};
	timerfd_settime(t->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

/* ---- who is listened to --------------------------------------------------- */

static void close_one(struct tasks *t, struct perf_rings **rings)
{
	if (*rings)
		epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, perf_rings_fd(*rings), NULL);
	perf_rings_close(*rings);
	*rings = NULL;
}

static void close_rings(struct tasks *t)
{
	close_one(t, &t->calls);
	close_one(t, &t->rings);
}

/* 0 or negative errno. */
static int open_one(struct tasks *t, const struct perf_ask *ask, struct perf_rings **ret_rings)
{
	struct epoll_event e = {.events = EPOLLIN};
	struct perf_rings *rings = NULL;
	int error = perf_rings_open(t->context.root, ask, &rings);

	if (!error && epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, perf_rings_fd(rings), &e))
		error = -errno;
	if (error)
		perf_rings_close(rings);
	else
		*ret_rings = rings;
	return error;
}

/* The same. Without calls all is told as well, but more ends without how. */
static int open_rings(struct tasks *t, pid_t pid)
{
	int error = open_one(t, &(struct perf_ask){.pid = pid, .few = true}, &t->rings);

	if (error)
		return error;
	t->lost = 0;
	t->muted = false;
	if (open_one(t, &(struct perf_ask){.pid = pid, .few = true, .alone = true}, &t->calls))
		log_line("births do not call");
	return 0;
}

static bool was_heard(const struct tasks *t, pid_t pid)
{
	for (size_t i = 0; i < t->heard.n; i++)
		if (t->heard.item[i] == pid)
			return true;
	return t->rings && perf_rings_cover(t->rings, pid);
}

/* One that has ended is nobody to listen to; of one with too many threads not all are. */
static int listen_to(struct tasks *t, pid_t pid)
{
	int error;

	if (!t->rings)
		error = open_rings(t, pid);
	else if ((error = perf_rings_add(t->rings, t->context.root, pid)) == -EMFILE)
		error = 0;
	if (!error && t->calls)
		perf_rings_add(t->calls, t->context.root, pid);
	return error == -ESRCH || error == -ENOENT ? 0 : error;
}

/* 0, or negative errno: some of them may not be listened to. */
static int listen_to_all(struct tasks *t, const struct task_id *id, size_t n)
{
	bool known = false;
	int error = 0;

	read_rings(t);
	for (size_t i = 0; i < n; i++)
		known |= was_heard(t, id[i].pid);
	if (!known && n) {
		take_until(t, clock_monotonic_ns());
		close_rings(t);
	}
	for (size_t i = 0; i < n && !error; i++)
		error = listen_to(t, id[i].pid);
	for (unsigned i = 0; i < BIRTHS_MOST && t->rings && !error; i++) {
		read_rings(t);
		if (!perf_rings_complete(t->rings, t->context.root))
			break;
	}
	return error;
}

static bool hears_all(const struct tasks *t)
{
	const struct perf_rings_state *state = t->rings ? perf_rings_state(t->rings) : NULL;

	return !state || state->threads >= state->threads_of;
}

/* Those that were there already, below who is watched. */
static void listen_to_kin(struct tasks *t)
{
	read_rings(t);
	for (size_t i = 0; i < t->lives.life.n; i++) {
		struct life *p = t->lives.life.item[i];

		if (p->told || p->unheard || !t->rings || perf_rings_cover(t->rings, p->id.pid))
			continue;
		p->unheard = perf_rings_add(t->rings, t->context.root, p->id.pid) != 0;
	}
}

static bool watch(struct feed *feed, const struct task_id *id, size_t n)
{
	struct tasks *t = tasks_of(feed);
	int error;

	t->lives.sink = &t->lives.found;
	error = listen_to_all(t, id, n);
	if (error) {
		log_line("births and ends by perf: error %d", error);
		return false;
	}
	t->heard.n = 0;
	for (size_t i = 0; i < n; i++)
		VEC_PUSH(&t->heard, id[i].pid);
	lives_watch(&t->lives, id, n);
	for (size_t i = 0; i < n && !hears_all(t); i++)
		lives_find(&t->lives, id[i].pid)->unheard = true;
	listen_to_kin(t);
	return true;
}

static const char *lacks(const struct feed *feed)
{
	const struct tasks *t = (const struct tasks *)feed;

	if (lives_unheard(&t->lives))
		return UNHEARD;
	return t->rings && perf_rings_state(t->rings)->ring_bytes < RING_ENOUGH ? SMALL : NULL;
}

/* ---- the feed ------------------------------------------------------------ */

static size_t pidfds_most(void)
{
	struct rlimit limit;
	size_t share = getrlimit(RLIMIT_NOFILE, &limit) ? 0 : limit.rlim_cur / PIDFDS_SHARE;

	return share < PIDFDS_MOST ? share : PIDFDS_MOST;
}

static void close_feed(struct feed *feed)
{
	struct tasks *t = tasks_of(feed);

	close_rings(t);
	for (size_t i = 0; i < t->queue.n; i++)
		if (t->queue.item[i].pidfd >= 0)
			close(t->queue.item[i].pidfd);
	VEC_FREE(&t->queue);
	VEC_FREE(&t->heard);
	lives_close(&t->lives);
	if (t->timer_fd >= 0)
		close(t->timer_fd);
	if (t->epoll_fd >= 0)
		close(t->epoll_fd);
	free(t);
}

static int open_feed(const struct feed_context *context, struct feed **ret_feed)
{
	struct epoll_event e = {.events = EPOLLIN};
	struct tasks *t;
	int error = 0;

	if (context->access.state[ACCESS_PERF] != VALUE_KNOWN || !nspid_counts_as_we(context->root))
		return -ENOENT;
	t = mem_alloc(sizeof *t);
	*t = (struct tasks){.feed = {&feed_tasks}, .context = *context};
	lives_open(&t->lives, feed_tasks.id, context->root);
	t->lives.pidfds_most = pidfds_most();
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	t->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (t->epoll_fd < 0 || t->timer_fd < 0 ||
		epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, t->timer_fd, &e))
		error = -errno;
	if (error)
		close_feed(&t->feed);
	else
		*ret_feed = &t->feed;
	return error;
}

static int feed_fd(const struct feed *feed)
{
	return ((const struct tasks *)feed)->epoll_fd;
}

static void look_at_unheard(struct tasks *t, bool now)
{
	uint64_t begin_ns = clock_thread_cpu_ns(), rest;

	if (!lives_unheard(&t->lives) || (!now && clock_monotonic_ns() < t->tick_ns))
		return;
	lives_compare(&t->lives);
	rest = (clock_thread_cpu_ns() - begin_ns) * TICK_REST;
	t->tick_ns = clock_monotonic_ns() + (rest > TICK_NS ? rest : TICK_NS);
}

static void drain(struct feed *feed, bool now, struct event_sink *sink)
{
	struct tasks *t = tasks_of(feed);
	uint64_t begin_ns = clock_monotonic_ns();

	io_announce(t->timer_fd, false); /* it is read as an eventfd is */
	event_sink_move(sink, &t->lives.found);
	t->lives.sink = sink;
	read_rings(t);
	take_until(t, begin_ns);
	lives_look(&t->lives);
	lives_check(&t->lives, now);
	look_at_unheard(t, now);
	lives_settle(&t->lives, now ? begin_ns : begin_ns - HOLD_NS);
	mute(t, are_many(t));
	arm(t);
}

const struct feed_ops feed_tasks = {
	.id = "perf",
	.blind = "The kernel tells of each fork, thread, exec, new name and end of the processes "
		 "that we may watch, and of all that are born of them, as it happens; where there "
		 "was no room for some, that is told. How one ended is looked for: of what lives "
		 "less than a millisecond, or 40 where many are born, it may be unknown.",
	.lifecycle = true,
	.lacks = lacks,
	.open = open_feed,
	.fd = feed_fd,
	.watch = watch,
	.drain = drain,
	.close = close_feed,
};
