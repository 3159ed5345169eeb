/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What anybody may see without being told: looks at the watched processes, ten times a second and
 * whenever somebody wants to know. An end is told at once where a pidfd is to be had.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "poll_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"

#define TICK_NS	      100000000u  /* between looks */
#define STATUS_NS     20000000u	  /* between looks for the status of what has ended */
#define REST_MOVED    200	  /* times its cost a look rests: two lists take 1 % of a core */
#define REST_BIRTH    2000	  /* where a task was born that may be anybody's */
#define REST_IDLE     4000	  /* where nothing hints at a change … */
#define IDLE_NS	      1000000000u /* … and at least so long */
#define CHILDREN_MOST 256	  /* that are followed; others' forks and ends alone are told */

static struct poll *poll_of(struct feed *feed)
{
	return (struct poll *)feed;
}

/* ---- paces and events ----------------------------------------------------- */

bool poll_due(const struct poll *f, const struct poll_pace *pace, enum poll_sign sign)
{
	return f->now_ns >= pace->due_ns[sign];
}

void poll_rest(const struct poll *f, struct poll_pace *pace, uint64_t cpu_start_ns)
{
	uint64_t cost = (clock_thread_cpu_ns() - cpu_start_ns) * f->watched_n;
	uint64_t now = clock_monotonic_ns(), idle = cost * REST_IDLE;

	pace->due_ns[POLL_MOVED] = now + cost * REST_MOVED;
	pace->due_ns[POLL_BIRTH] = now + cost * REST_BIRTH;
	pace->due_ns[POLL_NO_SIGN] = now + (idle > IDLE_NS ? idle : IDLE_NS);
	pace->births = f->births.count;
}

void poll_tell(struct poll *f, struct event event, struct text name, struct text before)
{
	event.source = f->feed.ops->id;
	event_sink_add(f->sink, event, name, before);
}

/* ---- the processes ------------------------------------------------------- */

struct poll_process *poll_find_pid(const struct poll *f, pid_t pid)
{
	for (size_t i = 0; i < f->process.n; i++)
		if (f->process.item[i]->identity.id.pid == pid)
			return f->process.item[i];
	return NULL;
}

static struct poll_process *find(const struct poll *f, struct task_id id)
{
	for (size_t i = 0; i < f->process.n; i++)
		if (task_id_equal(f->process.item[i]->identity.id, id))
			return f->process.item[i];
	return NULL;
}

/* Takes over the identity. */
static struct poll_process *take_up(struct poll *f, const struct identity *identity)
{
	struct poll_process *p = mem_alloc(sizeof *p);
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = p};

	*p = (struct poll_process){.identity = *identity, .space_fd = -1, .stat_fd = -1};
	if (p->identity.pidfd >= 0)
		p->on_call = !epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, p->identity.pidfd, &e);
	VEC_PUSH(&f->process, p);
	return p;
}

struct poll_process *poll_adopt(struct poll *f, pid_t pid, pid_t parent)
{
	struct poll_process *p = poll_find_pid(f, pid);
	struct identity identity;

	if (!p) {
		if (f->process.n >= CHILDREN_MOST || identity_open(f->context.root, pid, &identity))
			return NULL;
		p = take_up(f, &identity);
		poll_process_begin(f, p);
	}
	p->parent = parent;
	p->listed = true;
	return p;
}

static bool end_was_told(const struct poll *f, struct task_id id)
{
	const size_t most = sizeof f->ended / sizeof f->ended[0];

	for (size_t i = 0; i < f->ended_n && i < most; i++)
		if (task_id_equal(f->ended[i], id))
			return true;
	return false;
}

/* A process to watch; it may have ended since it was named. */
static struct poll_process *take_up_named(struct poll *f, struct task_id id)
{
	const struct identity gone = {.id = id, .tid = id.pid, .through = id.pid, .pidfd = -1};
	struct identity identity;
	struct poll_process *p;
	int error = identity_open(f->context.root, id.pid, &identity);

	if (!error && task_id_equal(identity.id, id)) {
		p = take_up(f, &identity);
		poll_process_begin(f, p);
		if (end_was_told(f, id))
			p->state = POLL_TOLD;
		return p;
	}
	if (!error)
		identity_close(&identity);
	p = take_up(f, &gone);
	p->state = end_was_told(f, id) ? POLL_TOLD : POLL_LIVES;
	return p;
}

/* Whether it is worth keeping: watched, or a child of a watched one that has not gone for good. */
static bool is_kept(const struct poll *f, const struct poll_process *p)
{
	const struct poll_process *parent = poll_find_pid(f, p->parent);

	if (p->watched)
		return true;
	return p->parent && parent && parent->watched && (p->listed || p->state != POLL_TOLD);
}

static void forget(struct poll *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->process.n; i++)
		f->process.item[i]->kept = is_kept(f, f->process.item[i]);
	for (size_t i = 0; i < f->process.n; i++) {
		struct poll_process *p = f->process.item[i];

		if (p->kept)
			f->process.item[kept++] = p;
		else
			poll_process_free(f, p);
	}
	f->process.n = kept;
}

/* ---- the feed ------------------------------------------------------------ */

static int open_fds(struct poll *f)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};

	f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	f->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (f->epoll_fd < 0 || f->timer_fd < 0)
		return -errno;
	return epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, f->timer_fd, &e) ? -errno : 0;
}

static void close_feed(struct feed *feed)
{
	struct poll *f = poll_of(feed);

	for (size_t i = 0; i < f->process.n; i++)
		poll_process_free(f, f->process.item[i]);
	VEC_FREE(&f->process);
	births_close(&f->births);
	textbuf_free(&f->text);
	close(f->timer_fd);
	close(f->epoll_fd);
	free(f);
}

static int open_feed(const struct feed_context *context, struct feed **ret_feed)
{
	struct poll *f = mem_alloc(sizeof *f);
	int error;

	*f = (struct poll){.feed = {&feed_poll}, .context = *context};
	births_open(&f->births, f->context.root);
	error = open_fds(f);
	if (error)
		close_feed(&f->feed);
	else
		*ret_feed = &f->feed;
	return error;
}

static int feed_fd(const struct feed *feed)
{
	return ((const struct poll *)feed)->epoll_fd;
}

/* Wakes us for the next look: sooner while a status is awaited, never while nobody is watched. */
static void arm(struct poll *f)
{
	struct itimerspec t = {0};
	uint64_t next_ns = f->next_ns;
	bool any = false;

	for (size_t i = 0; i < f->process.n; i++) {
		any |= f->process.item[i]->state != POLL_TOLD;
		if (f->process.item[i]->state == POLL_ENDED && f->now_ns + STATUS_NS < next_ns)
			next_ns = f->now_ns + STATUS_NS;
	}
	if (any)
		t.it_value = (struct timespec){
			(time_t)(next_ns / 1000000000u), (long)(next_ns % 1000000000u)};
	timerfd_settime(f->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

/* The process of that identity, watched from now on; a new one begins as it is now. */
static void watch_one(struct poll *f, struct task_id id)
{
	struct poll_process *p = find(f, id);

	p = p ? p : take_up_named(f, id);
	p->watched = true;
	if (!p->begun && p->state == POLL_LIVES)
		poll_process_watch(f, p);
}

static bool watch(struct feed *feed, const struct task_id *id, size_t n)
{
	struct poll *f = poll_of(feed);

	f->now_ns = clock_monotonic_ns();
	f->watched_n = (unsigned)n;
	for (size_t i = 0; i < f->process.n; i++)
		f->process.item[i]->watched = false;
	for (size_t i = 0; i < n; i++)
		watch_one(f, id[i]);
	for (size_t i = 0; i < f->process.n; i++)
		if (!f->process.item[i]->watched)
			poll_process_leave(f->process.item[i]);
	return true;
}

static void reaped(struct feed *feed, pid_t pid, int status)
{
	struct poll *f = poll_of(feed);
	struct poll_process *p = poll_find_pid(f, pid);
	const struct ending ending = {.ended = true, .status_known = true, .status = status};

	if (p && p->state != POLL_TOLD)
		poll_process_ended(f, p, &ending);
}

/* All that is to be looked at; those that are taken up meanwhile too. */
static void look_at_all(struct poll *f)
{
	bool children = poll_due(f, &f->children_pace, POLL_MOVED);
	uint64_t cpu_ns = 0;

	births_look(&f->births, f->now_ns);
	for (size_t i = 0; i < f->process.n; i++) {
		struct poll_process *p = f->process.item[i];
		uint64_t cpu_start_ns = clock_thread_cpu_ns();

		if (!p->watched && !children && p->state == POLL_LIVES)
			continue;
		poll_process_look(f, p);
		if (!p->watched)
			cpu_ns += clock_thread_cpu_ns() - cpu_start_ns;
	}
	if (children)
		poll_rest(f, &f->children_pace, clock_thread_cpu_ns() - cpu_ns);
	f->next_ns = f->now_ns + TICK_NS;
}

static void look_for_statuses(struct poll *f)
{
	for (size_t i = 0; i < f->process.n; i++)
		if (f->process.item[i]->state == POLL_ENDED)
			poll_process_look(f, f->process.item[i]);
}

/* Looks at those whose pidfd says that they ended. */
static void look_at_ended(struct poll *f)
{
	struct epoll_event e[16];
	int n = epoll_wait(f->epoll_fd, e, sizeof e / sizeof e[0], 0);

	for (int i = 0; i < n; i++) {
		struct poll_process *p = e[i].data.ptr;

		if (p) {
			p->rang = true;
			poll_process_look(f, p);
		} else {
			io_announce(f->timer_fd, false); /* it is read as an eventfd is */
		}
	}
}

static void drain(struct feed *feed, bool now, struct event_sink *sink)
{
	struct poll *f = poll_of(feed);

	f->sink = sink;
	f->now_ns = clock_monotonic_ns();
	f->asked = now;
	look_at_ended(f);
	if (now || f->now_ns >= f->next_ns)
		look_at_all(f);
	else
		look_for_statuses(f);
	forget(f);
	arm(f);
}

static const char *lacks(const struct feed *feed)
{
	(void)feed;
	return "births and ends are looked for ten times a second: short-lived ones may be missed";
}

const struct feed_ops feed_poll = {
	.id = "poll",
	.blind = "Looks ten times a second, at long lists less often: short-lived ones may be "
		 "missed. "
		 "Without ptrace read access to a process only its first exec after its fork is "
		 "seen.",
	.lifecycle = true,
	.lacks = lacks,
	.open = open_feed,
	.fd = feed_fd,
	.watch = watch,
	.reaped = reaped,
	.drain = drain,
	.close = close_feed,
};
