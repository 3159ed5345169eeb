/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of the watched processes and those that descend from them between birth and end, and
 * after it, which no kernel interface tells by itself: looks at their states, ten times a second at
 * most. Of births it hears by the feed that tells of those.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "task_name.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/feed/feed.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/task.h"

#define TICK_NS	     100000000u	 /* between looks, … */
#define TICK_SLOW_NS 250000000u	 /* … where moments are so far apart, … */
#define TRACER_LOOKS 5		 /* … of which so many come to one at who traces it */
#define ZOMBIE_NS    100000000u	 /* who is waited for at once is no zombie to speak of */
#define GOING_NS     20000000u	 /* until it is told: whom SIGKILL wakes dies within it */
#define REST	     5000	 /* times its cost a look at descendants rests, … */
#define REST_MOST_NS 2000000000u /* … so long at most: what became of one is told no later */
#define MEMBERS_MOST 1024u	 /* whose states are followed, the watched ones apart */
#define SIGNALS	     64

struct member {
	struct task_id id;
	pid_t adopter; /* the watched one that it descended from when it was taken up; 0: none */
	bool watched, was_watched, kept;
	bool gone;
	bool begun; /* it was read once, and what follows is known */
	/* Its files, kept open of a watched one: a descriptor + 1; 0: not. */
	int stat_fd1, status_fd1;
	/* As it was at the last look. */
	pid_t parent, tracer;
	bool tracer_known;
	uint8_t looks; /* since the last one at its tracer */
	bool stopped;
	uint64_t going_ns;  /* since when it goes on, which is not told yet; 0: it does not */
	uint64_t zombie_ns; /* since when it was seen as one; 0: it is none */
	bool zombie_told;
	int status; /* wait(2) status word of a zombie, where known */
	bool status_known;
	struct task_name name;
};

struct states {
	struct feed feed;
	const struct proc_root *root;
	int timer_fd;
	uint64_t tick_ns;
	VEC(struct member) member;
	uint64_t children_due_ns;
	struct textbuf text;
	/* Of the drain under way. */
	struct event_sink *sink;
	uint64_t now_ns;
};

extern const struct feed_ops feed_states;

static struct states *states_of(struct feed *feed)
{
	return (struct states *)feed;
}

static void tell(struct states *s, const struct member *m, struct event e)
{
	e.pid = m->id.pid;
	e.source = feed_states.id;
	event_sink_add(s->sink, e, task_name_text(&m->name), text_of(NULL));
}

/* ---- what it is ----------------------------------------------------------- */

static void close_files(struct member *m)
{
	if (m->stat_fd1)
		close(m->stat_fd1 - 1);
	if (m->status_fd1)
		close(m->status_fd1 - 1);
	m->stat_fd1 = m->status_fd1 = 0;
}

/* Keeps the file of a watched one that is being looked at, closes that of another. */
static void keep_file(const struct member *m, int fd, bool good, int *fd1)
{
	if (fd >= 0 && good && m->watched)
		*fd1 = fd + 1;
	else if (fd >= 0)
		close(fd);
}

/* 0 or negative errno; -ESRCH: it is gone. The name lies in s->text. */
static int read_stat(struct states *s, struct member *m, struct identity_stat *ret)
{
	int fd, error;

	if (m->stat_fd1)
		return identity_stat_reread(m->stat_fd1 - 1, &s->text, ret);
	fd = identity_stat_open(s->root, m->id.pid);
	error = fd < 0 ? fd : identity_stat_reread(fd, &s->text, ret);
	if (error == -ENOENT || (!error && ret->start_ticks != m->id.start_ticks))
		error = -ESRCH;
	keep_file(m, fd, !error, &m->stat_fd1);
	return error;
}

/* 0 or negative errno. */
static int read_tracer(struct states *s, struct member *m, pid_t *ret)
{
	int fd, error;

	if (m->status_fd1)
		return task_tracer_reread(m->status_fd1 - 1, &s->text, ret);
	fd = task_status_open(s->root, m->id.pid);
	error = fd < 0 ? fd : task_tracer_reread(fd, &s->text, ret);
	keep_file(m, fd, !error, &m->status_fd1);
	return error;
}

/* The main thread's state, or that of another one where it has ended before the others. */
static char state_of(const struct states *s, const struct identity_stat *stat)
{
	struct identity_stat other;
	pid_t tid;

	if (stat->state != 'Z' || stat->threads <= 1)
		return stat->state;
	tid = identity_through(s->root, stat->pid, stat->pid);
	if (tid == stat->pid || identity_stat_read_thread(s->root, stat->pid, tid, &other))
		return '?';
	return other.state;
}

static bool is_dead(char state)
{
	return state == 'Z' || state == 'X';
}

/* Of a stopped process the whole one's stat has the signal where a zombie's has how it ended. */
static int stop_signal(struct states *s, pid_t pid)
{
	struct identity_stat stat;

	textbuf_clear(&s->text);
	if (proc_read(s->root, &s->text, "%d/stat", pid) ||
		identity_stat_parse(s->text.bytes, s->text.len, &stat) || stat.state != 'T')
		return 0;
	return stat.exit_code > 0 && stat.exit_code <= SIGNALS ? stat.exit_code : 0;
}

static void note_status(const struct states *s, struct member *m)
{
	const struct identity i = {
		.id = m->id, .tid = m->id.pid, .through = m->id.pid, .pidfd = -1};
	const char *source;

	m->status_known = identity_exit_status(s->root, &i, &m->status, &source) == 0;
}

/* What it is now is no event. */
static void begin(struct states *s, struct member *m)
{
	struct identity_stat stat;
	int error = read_stat(s, m, &stat);
	char state;

	m->gone = error == -ESRCH;
	if (error)
		return;
	m->begun = true;
	task_name_set(&m->name, stat.name);
	state = state_of(s, &stat);
	m->parent = stat.ppid;
	m->stopped = state == 'T';
	if (is_dead(state)) {
		m->zombie_ns = s->now_ns;
		m->zombie_told = true;
		note_status(s, m);
	}
	m->tracer_known = read_tracer(s, m, &m->tracer) == 0;
}

/* ---- what has changed ------------------------------------------------------ */

static void look_at_parent(struct states *s, struct member *m, pid_t parent)
{
	if (m->parent != parent)
		tell(s, m,
			(struct event){
				.kind = EVENT_REPARENTED, .other = parent, .former = m->parent});
	m->parent = parent;
}

static void look_at_tracer(struct states *s, struct member *m)
{
	pid_t tracer;

	if (++m->looks < TRACER_LOOKS && m->watched)
		return;
	m->looks = 0;
	if (read_tracer(s, m, &tracer))
		return;
	if (m->tracer && tracer != m->tracer)
		tell(s, m, (struct event){.kind = EVENT_UNTRACED, .other = m->tracer});
	if (tracer && tracer != m->tracer && m->tracer_known)
		tell(s, m, (struct event){.kind = EVENT_TRACED, .other = tracer});
	m->tracer = tracer;
	m->tracer_known = true;
}

static void tell_continued(struct states *s, struct member *m)
{
	tell(s, m, (struct event){.kind = EVENT_CONTINUED});
	m->stopped = false;
	m->going_ns = 0;
}

/* Who is traced while it is stopped stays so; who dies of it does not go on. */
static void look_at_stop(struct states *s, struct member *m, char state)
{
	bool stopped = state == 'T' || (m->stopped && (state == 't' || state == '?'));

	if (stopped && m->going_ns)
		tell_continued(s, m);
	if (stopped && !m->stopped)
		tell(s, m,
			(struct event){.kind = EVENT_STOPPED, .signal = stop_signal(s, m->id.pid)});
	if (stopped)
		m->stopped = true;
	else if (m->stopped && !m->going_ns)
		m->going_ns = s->now_ns;
	else if (m->stopped && s->now_ns >= m->going_ns + GOING_NS)
		tell_continued(s, m);
}

static void look_at_zombie(struct states *s, struct member *m)
{
	m->stopped = false;
	m->going_ns = 0;
	if (!m->zombie_ns)
		m->zombie_ns = s->now_ns;
	if (m->zombie_told || s->now_ns < m->zombie_ns + ZOMBIE_NS)
		return;
	note_status(s, m);
	tell(s, m,
		(struct event){.kind = EVENT_ZOMBIE,
			.other = m->parent,
			.status = m->status,
			.status_known = m->status_known});
	m->zombie_told = true;
}

/* Whether the zombie's parent is still there, so that nobody else can have waited for it. */
static bool parent_lives(const struct states *s, const struct member *m)
{
	struct identity_stat stat;

	return m->parent && !identity_stat_read(s->root, m->parent, &stat) && !is_dead(stat.state);
}

static void note_gone(struct states *s, struct member *m)
{
	m->gone = true;
	close_files(m);
	if (m->zombie_told)
		tell(s, m,
			(struct event){.kind = EVENT_REAPED,
				.other = parent_lives(s, m) ? m->parent : 0,
				.status = m->status,
				.status_known = m->status_known});
}

static void look(struct states *s, struct member *m)
{
	struct identity_stat stat;
	int error;
	char state;

	if (m->gone)
		return;
	if (!m->begun) {
		begin(s, m);
		return;
	}
	error = read_stat(s, m, &stat);
	if (error == -ESRCH)
		note_gone(s, m);
	if (error)
		return;
	task_name_set(&m->name, stat.name);
	state = state_of(s, &stat);
	look_at_parent(s, m, stat.ppid);
	if (is_dead(state)) {
		look_at_zombie(s, m);
		return;
	}
	look_at_tracer(s, m);
	look_at_stop(s, m, state);
}

/* ---- who is looked at ------------------------------------------------------- */

static struct member *find(const struct states *s, pid_t pid)
{
	for (size_t i = 0; i < s->member.n; i++)
		if (s->member.item[i].id.pid == pid)
			return &s->member.item[i];
	return NULL;
}

/* A new one in the place of whoever had that number before. */
static struct member *take_up(struct states *s, struct task_id id, pid_t adopter)
{
	struct member *m = find(s, id.pid);

	if (!m) {
		VEC_PUSH(&s->member, (struct member){0});
		m = &s->member.item[s->member.n - 1];
	}
	close_files(m);
	*m = (struct member){.id = id, .adopter = adopter};
	begin(s, m);
	return m;
}

/* NULL: it is here already, or gone, or there are too many. */
static struct member *adopt(struct states *s, pid_t pid, pid_t adopter)
{
	const struct member *m = find(s, pid);
	struct identity_stat stat;
	struct task_id id;

	if ((!m && s->member.n >= MEMBERS_MOST) || identity_stat_read(s->root, pid, &stat))
		return NULL;
	id = (struct task_id){pid, stat.start_ticks};
	return m && task_id_equal(m->id, id) ? NULL : take_up(s, id, adopter);
}

/* All below it, each that is found being asked for its own. */
static void adopt_descendants(struct states *s, pid_t root)
{
	VEC(pid_t) list = {0};

	VEC_PUSH(&list, root);
	for (size_t at = 0; at < list.n; at++) {
		pid_t *pid = NULL;
		size_t n = 0;

		if (identity_children(s->root, list.item[at], &pid, &n))
			continue;
		for (size_t i = 0; i < n && list.n < MEMBERS_MOST; i++) {
			adopt(s, pid[i], root);
			VEC_PUSH(&list, pid[i]);
		}
		free(pid);
	}
	VEC_FREE(&list);
}

static void watch_one(struct states *s, struct task_id id)
{
	struct member *m = find(s, id.pid);
	bool was;

	if (!m || !task_id_equal(m->id, id))
		m = take_up(s, id, 0);
	was = m->was_watched;
	m->watched = true;
	if (!was && !m->gone)
		adopt_descendants(s, id.pid);
}

static void forget(struct states *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->member.n; i++) {
		struct member *m = &s->member.item[i];
		const struct member *adopter = m->adopter ? find(s, m->adopter) : NULL;

		m->kept = m->watched || (!m->gone && adopter && adopter->watched);
	}
	for (size_t i = 0; i < s->member.n; i++) {
		if (!s->member.item[i].watched)
			close_files(&s->member.item[i]);
		if (s->member.item[i].kept)
			s->member.item[kept++] = s->member.item[i];
	}
	s->member.n = kept;
}

/* Wakes us for looks, but not while nobody lives. */
static void arm(const struct states *s)
{
	struct itimerspec t = {0};
	bool any = false;

	for (size_t i = 0; i < s->member.n; i++)
		any |= !s->member.item[i].gone;
	if (any)
		t.it_value.tv_nsec = (long)s->tick_ns;
	timerfd_settime(s->timer_fd, 0, &t, NULL);
}

/* ---- the feed ---------------------------------------------------------------- */

static int open_feed(const struct feed_context *context, struct feed **ret_feed)
{
	struct states *s = mem_alloc(sizeof *s);

	*s = (struct states){.feed = {&feed_states}, .root = context->root, .tick_ns = TICK_NS};
	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->timer_fd < 0) {
		int error = -errno;

		free(s);
		return error;
	}
	*ret_feed = &s->feed;
	return 0;
}

static void close_feed(struct feed *feed)
{
	struct states *s = states_of(feed);

	close(s->timer_fd);
	for (size_t i = 0; i < s->member.n; i++)
		close_files(&s->member.item[i]);
	VEC_FREE(&s->member);
	textbuf_free(&s->text);
	free(s);
}

static int feed_fd(const struct feed *feed)
{
	return ((const struct states *)feed)->timer_fd;
}

static bool watch(struct feed *feed, const struct task_id *id, size_t n)
{
	struct states *s = states_of(feed);

	s->now_ns = clock_monotonic_ns();
	for (size_t i = 0; i < s->member.n; i++) {
		s->member.item[i].was_watched = s->member.item[i].watched;
		s->member.item[i].watched = false;
	}
	for (size_t i = 0; i < n; i++)
		watch_one(s, id[i]);
	forget(s);
	arm(s);
	return true;
}

/* A child of one of ours, as it was born: what is otherwise by now has happened since. */
static void heard(struct feed *feed, const struct event *e)
{
	struct states *s = states_of(feed);
	const struct member *parent = find(s, e->pid);
	struct member *m;

	if (e->kind != EVENT_FORK || !parent)
		return;
	s->now_ns = clock_monotonic_ns();
	m = adopt(s, e->other, parent->watched ? e->pid : parent->adopter);
	if (!m)
		return;
	m->parent = e->pid;
	m->tracer = 0;
	m->stopped = m->zombie_told = false;
}

static void pace(struct feed *feed, uint64_t delay_ns)
{
	states_of(feed)->tick_ns = delay_ns < TICK_NS	     ? TICK_NS
				   : delay_ns > TICK_SLOW_NS ? TICK_SLOW_NS
							     : delay_ns;
}

static void look_at_all(struct states *s, bool children)
{
	uint64_t cpu_start_ns = clock_thread_cpu_ns();

	for (size_t i = 0; i < s->member.n; i++)
		if (s->member.item[i].watched || children)
			look(s, &s->member.item[i]);
	if (children) {
		uint64_t rest_ns = (clock_thread_cpu_ns() - cpu_start_ns) * REST;

		s->children_due_ns =
			clock_monotonic_ns() + (rest_ns < REST_MOST_NS ? rest_ns : REST_MOST_NS);
	}
}

static void drain(struct feed *feed, bool now, struct event_sink *sink)
{
	struct states *s = states_of(feed);

	(void)now;
	io_announce(s->timer_fd, false); /* it is read as an eventfd is */
	s->sink = sink;
	s->now_ns = clock_monotonic_ns();
	look_at_all(s, s->now_ns >= s->children_due_ns);
	forget(s);
	arm(s);
}

const struct feed_ops feed_states = {
	.id = "states",
	.blind = "Looks at the states of the watched processes and their descendants ten times a "
		 "second (four times where moments are farther apart), at many less often, and at "
		 "who traces them at each fifth look: a stop that ends sooner, a zombie that is "
		 "reaped or a tracer that lets go sooner is missed.",
	.open = open_feed,
	.fd = feed_fd,
	.watch = watch,
	.heard = heard,
	.pace = pace,
	.drain = drain,
	.close = close_feed,
};
