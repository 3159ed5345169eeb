/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Births, names, programs and ends as perf events tell them: of processes that we may watch, and of
 * all that are born of them, in any PID namespace. How one ended is not among it: the kernel notes
 * that by a program of ours, where it takes one; else it is looked for, by a pidfd that is taken at
 * the birth, or in a zombie's stat. Records do not call: that costs whoever makes them, and us.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "catcher.h"
#include "lives.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/base/log.h"
#include "twintop/feed/perf_ring.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/nspid.h"

#define HOLD_NS	      20000000u /* until the end of a thread is told */
#define BUSY_NS	      20000000u /* between looks at the rings, while something happens … */
#define SOON_NS	      4000000u	/* … and who was born is to be got hold of … */
#define CALM_NS	      50000000u /* … and where nothing has happened for … */
#define CALM_AFTER_NS 200000000u
#define TICK_NS	      100000000u /* between looks at those that nobody tells of … */
#define TICK_REST     50	 /* … and so many times what one costs */
#define FULL	      4u   /* a ring of which so large a part came at once is read soon again */
#define RECORD_BYTES  64u  /* of a birth or an end */
#define PIDFDS_SHARE  8	   /* of the descriptors that we may have … */
#define PIDFDS_MOST   1024 /* … and at most */

#define RING_ENOUGH 16384u /* bytes; of smaller ones the panel says so */

#define UNHEARD                                                                                    \
	"not all threads are listened to (RLIMIT_NOFILE, or a program with other rights): what "   \
	"those fork is looked for ten times a second, short-lived ones may be missed"
#define SMALL                                                                                      \
	"the kernel grants little room for what it tells (perf_event_mlock_kb): short-lived ones " \
	"may be missed, and are counted as lost then"

#define ENDS                                                                                       \
	"how one ended that is waited for within some milliseconds of its birth may be unknown: "  \
	"the kernel "
#define ENDS_DENIED                                                                                \
	ENDS "notes that for CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON, alone (of a file's "       \
	     "capabilities twintop keeps the first)"
#define ENDS_BRIEF  ENDS "is not asked to note that for a look so short"
#define ENDS_UNABLE ENDS "does not note that for us (it takes BPF and BTF, Linux 5.8)"

struct told {
	struct perf_record record;
	int pidfd; /* of who was born; negative errno: none */
};

struct tasks {
	struct feed feed;
	struct feed_context context;
	struct lives lives;
	struct exit_codes *codes; /* how all ended; NULL: that is looked for … */
	struct catcher *catcher;  /* … with its help, where it is to be had, … */
	const char *ends_lack;	  /* … for this reason */
	struct perf_rings *rings; /* NULL: none yet */
	bool listens;		  /* they may wake us; else the timer does */
	size_t came;		  /* records at the last look */
	uint64_t heard_ns;	  /* when some came last */
	VEC(pid_t) heard;	  /* that were watched last */
	uint64_t lost;		  /* by these rings, as was told */
	VEC(struct told) queue;
	int epoll_fd, timer_fd;
	uint64_t tick_ns;
};

extern const struct feed_ops feed_tasks;

static struct tasks *tasks_of(struct feed *feed)
{
	return (struct tasks *)feed;
}

/* ---- what is told -------------------------------------------------------- */

/* At once: it may end, and be reaped, at any moment. That it was is cheaper to ask than to see. */
static int take_hold(struct tasks *t, pid_t pid)
{
	int pidfd = catcher_take(t->catcher, pid);

	if (pidfd == -ENOENT && t->lives.pidfds + t->queue.n < t->lives.pidfds_most)
		pidfd = identity_pidfd(t->context.root, pid);
	if (!t->codes || pidfd < 0)
		return pidfd;
	close(pidfd);
	return -ENOENT;
}

static void queue_record(void *context, const struct perf_record *r)
{
	struct tasks *t = context;
	struct told told = {.record = *r, .pidfd = -ENOENT};

	if (r->kind < PERF_FORK || r->pid <= 0)
		return;
	if (r->kind == PERF_FORK && r->pid != r->other)
		told.pidfd = take_hold(t, r->pid);
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
	case PERF_ON:
	case PERF_OFF:
	case PERF_KINDS:
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

static void read_rings(struct tasks *t)
{
	const struct perf_rings_state *state;
	size_t had = t->queue.n;
	uint64_t lost;

	if (!t->rings)
		return;
	perf_rings_read(t->rings, queue_record, t);
	t->came = t->queue.n - had;
	if (t->came)
		t->heard_ns = clock_monotonic_ns();
	state = perf_rings_state(t->rings);
	lost = state->lost - t->lost;
	t->lost = state->lost;
	if (lost)
		lives_lost(&t->lives, lost);
}

/* ---- when it calls ------------------------------------------------------- */

/* How long the rings may be left alone. */
static uint64_t rest_of(const struct tasks *t, uint64_t now_ns)
{
	uint64_t rest_ns = t->codes ? BUSY_NS : SOON_NS;

	if (now_ns - t->heard_ns >= CALM_AFTER_NS)
		return lives_wait(&t->lives) ? rest_ns : CALM_NS;
	if (t->came * RECORD_BYTES > perf_rings_state(t->rings)->ring_bytes / FULL)
		return rest_ns / FULL;
	return rest_ns;
}

/*
 * Wakes us in a while. Rings that fill wake us before, but so does each end of who inherited their
 * events: while something happens they are not heard.
 */
static void arm(struct tasks *t)
{
	uint64_t now_ns = clock_monotonic_ns(), next_ns;
	struct itimerspec timer = {0};
	bool calm = now_ns - t->heard_ns >= CALM_AFTER_NS;
	struct epoll_event e = {.events = calm ? EPOLLIN : 0};

	if (t->rings && t->listens != calm &&
		!epoll_ctl(t->epoll_fd, EPOLL_CTL_MOD, perf_rings_fd(t->rings), &e))
		t->listens = calm;
	if (t->rings) {
		next_ns = now_ns + rest_of(t, now_ns);
		timer.it_value = (struct timespec){
			(time_t)(next_ns / 1000000000u), (long)(next_ns % 1000000000u)};
	}
	timerfd_settime(t->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

/* ---- who is listened to --------------------------------------------------- */

static void close_rings(struct tasks *t)
{
	if (t->catcher)
		catcher_forget(t->catcher);
	perf_rings_close(t->rings);
	t->rings = NULL;
}

/* 0 or negative errno. */
static int open_rings(struct tasks *t, pid_t pid)
{
	const struct perf_ask ask = {.pid = pid, .few = true};
	int error = perf_rings_open_to(t->context.root, &ask, t->epoll_fd, &t->rings);

	if (error)
		return error;
	t->listens = true;
	t->lost = 0;
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
	/* Without that all is told as well, but more ends without how. */
	if (!error && t->catcher && catcher_listen(t->catcher, pid))
		log_line("births of %d do not call", (int)pid);
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
	if (t->rings && !error)
		perf_rings_complete(t->rings, t->context.root, queue_record, t);
	read_rings(t);
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

static const char *ends_lack(const struct feed *feed)
{
	return ((const struct tasks *)feed)->ends_lack;
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
	exit_codes_close(t->codes);
	catcher_close(t->catcher);
	if (t->timer_fd >= 0)
		close(t->timer_fd);
	if (t->epoll_fd >= 0)
		close(t->epoll_fd);
	free(t);
}

/* What is to be had for the sake of how they end. */
static void await_ends(struct tasks *t)
{
	int error = t->context.brief ? -EAGAIN : exit_codes_open(t->context.root, &t->codes);

	t->lives.codes = t->codes;
	if (error)
		t->ends_lack = error == -EPERM || error == -EACCES ? ENDS_DENIED
			       : t->context.brief		   ? ENDS_BRIEF
								   : ENDS_UNABLE;
	if (error && catcher_open(t->context.root, t->lives.pidfds_most, &t->catcher))
		log_line("how processes end is looked for late");
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
	t->lives.kin_threads = context->kin_threads;
	t->lives.pidfds_most = pidfds_most();
	await_ends(t);
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
	catcher_drop(t->catcher, begin_ns - CALM_NS);
	arm(t);
}

const struct feed_ops feed_tasks = {
	.id = "perf",
	.blind = "The kernel tells of each fork, thread, exec, new name and end of the processes "
		 "that we may watch, and of all that are born of them, as it happens; where there "
		 "was no room for some, that is told. How one ended it notes for CAP_SYS_ADMIN, "
		 "or for CAP_BPF and CAP_PERFMON, and of a file's capabilities twintop keeps the "
		 "first alone; else that is looked for, and of what is waited for within some "
		 "milliseconds of "
		 "its birth it may be unknown.",
	.lifecycle = true,
	.lacks = lacks,
	.ends_lack = ends_lack,
	.open = open_feed,
	.fd = feed_fd,
	.watch = watch,
	.drain = drain,
	.close = close_feed,
};
