/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "denied.h"
#include "live.h"
#include "sampling.h"
#include "twintop/base/clock.h"
#include "twintop/proc/libproc.h"
#include "twintop/sample/launch.h"
#include "twintop/sample/sampler.h"

static bool has_event(const struct moment *m, enum event_kind kind, pid_t pid, pid_t other)
{
	const struct event_batch *events = m->snapshot->events;

	for (size_t i = 0; events && i < events->n; i++) {
		const struct event *e = &events->event[i];

		if (e->kind == kind && e->pid == pid && e->other == other)
			return true;
	}
	return false;
}

static bool has_child(const struct side *s, pid_t child)
{
	for (size_t i = 0; i < s->info->children_n; i++)
		if (s->info->children[i] == child)
			return true;
	return false;
}

/* Moments until one whose B has ended; its events were all seen on the way: exit is counted. */
static const struct moment *until_b_ended(struct sampling *f, unsigned *ret_exits)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;

	for (;;) {
		const struct moment *m = sampling_next(f);
		const struct side *b = &m->snapshot->side[1];

		if (m->snapshot->sides == 2)
			*ret_exits += has_event(m, EVENT_EXIT, b->id.pid, 0);
		if (m->snapshot->sides == 2 && b->ending.ended && *ret_exits)
			return m;
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

/* A fork is on screen within the sample that first tells of the child; the dead stay. */
static void follows_fork(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("cow", "anon", "64", NULL);
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	const struct moment *m;
	const struct side *b;
	unsigned exits = 0;
	pid_t child;

	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_PAGEMAP);
	sampling_begin(f, specimen_pid(s), SIBLING_CHILD);
	for (m = sampling_next(f); !m->snapshot->side[0].memory; m = sampling_next(f)) {
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	assert_int_equal(m->snapshot->sides, 1);
	assert_null(m->pair);
	moment_put(m);
	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	for (m = sampling_next(f); !has_child(&m->snapshot->side[0], child); m = sampling_next(f)) {
		assert_int_equal(m->snapshot->sides, 1);
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	assert_int_equal(m->snapshot->sides, 2);
	b = &m->snapshot->side[1];
	assert_int_equal(b->id.pid, child);
	assert_true(m->snapshot->sibling_chosen_by_us);
	assert_true(has_event(m, EVENT_FORK, specimen_pid(s), child));
	assert_true(has_event(m, EVENT_NEW_SIBLING, specimen_pid(s), child));
	/* On a loaded machine a read may miss its round; its part then comes with a later one. */
	while (!b->memory || !b->threads || !b->fds || !b->pages || !m->pair ||
		!value_state_has_value(m->pair->verdicts->pages_state)) {
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
		m = sampling_next(f);
		b = &m->snapshot->side[1];
	}
	assert_non_null(m->pair);
	assert_int_equal(m->pair->relation, RELATION_CHILD);
	assert_true(m->pair->verdicts->pages.cow_shared >= 64);
	moment_put(m);
	specimen_say(s, "end");
	m = until_b_ended(f, &exits);
	b = &m->snapshot->side[1];
	assert_int_equal(exits, 1);
	assert_int_equal(b->id.pid, child);
	assert_true(b->memory->n > 0);
	assert_true(b->fds->n > 0);
	if (b->ending.status_known)
		assert_int_equal(b->ending.status, 0);
	else
		print_message("this kernel does not tell the status of what was reaped\n");
	moment_put(m);
	specimen_stop(s);
}

static void exit_status_of_zombie(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("process", "ending", NULL);
	const struct moment *m;
	unsigned exits = 0;
	pid_t child;

	specimen_say(s, "start");
	child = (pid_t)specimen_number(s, "child");
	sampling_begin(f, specimen_pid(s), child);
	m = sampling_next(f);
	assert_int_equal(m->snapshot->side[1].id.pid, child);
	assert_false(m->snapshot->sibling_chosen_by_us);
	moment_put(m);
	specimen_say(s, "exit");
	m = until_b_ended(f, &exits);
	assert_true(m->snapshot->side[1].ending.status_known);
	assert_non_null(m->snapshot->side[1].ending.source);
	assert_int_equal(m->snapshot->side[1].ending.status, 7 << 8);
	assert_true(m->snapshot->side[1].memory->n > 0);
	moment_put(m);
	specimen_stop(s);
}

/* Threads stand in their stacks from the first sample on. */
static void stacks_at_once(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("threads", NULL);
	const struct thread_list *list;
	const struct moment *m;
	const struct side *side;
	size_t stacks = 0;

	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	needs_allowed(ACCESS_PAGEMAP);
	f->options.whole = true;
	sampling_begin(f, specimen_pid(s), SIBLING_NONE);
	m = sampling_next(f);
	side = &m->snapshot->side[0];
	list = side->threads;
	assert_int_equal(side->pages->part.state, VALUE_KNOWN);
	assert_ptr_equal(side->pages->memory, side->memory);
	assert_true(list->n > 1);
	for (size_t i = 0; i < list->n; i++) {
		const struct thread t = thread_at(list, i);
		ptrdiff_t at = memory_find(side->memory, t.self->stack_start);

		if (!t.call->registers_known || t.self->tid == specimen_pid(s) ||
			t.self->tid == (pid_t)specimen_number(s, "coroutine"))
			continue;
		assert_true(t.self->stack_end > t.self->stack_start);
		assert_true(at >= 0);
		stacks += side_mapping_kind(side, (size_t)at) == MAPPING_THREAD_STACK;
	}
	assert_true(stacks > 0);
	moment_put(m);
	specimen_stop(s);
}

/* Two threads of one process are one set of parts. */
static void two_threads(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("threads", NULL);
	const struct moment *m;
	const struct snapshot *snapshot;
	pid_t tid;

	f->options.whole = true;
	sampling_begin(f, specimen_pid(s), SIBLING_NONE);
	m = sampling_next(f);
	assert_true(m->snapshot->side[0].threads->n > 1);
	tid = thread_self_at(m->snapshot->side[0].threads, 1)->tid;
	moment_put(m);
	assert_int_equal(sampler_watch(f->sampler, specimen_pid(s), tid, NULL), 0);
	m = sampling_next(f);
	while (m->snapshot->sides < 2) {
		moment_put(m);
		m = sampling_next(f);
	}
	snapshot = m->snapshot;
	assert_int_equal(snapshot->side[1].tid, tid);
	assert_int_equal(snapshot->side[1].id.pid, specimen_pid(s));
	assert_ptr_equal(snapshot->side[0].memory, snapshot->side[1].memory);
	assert_ptr_equal(snapshot->side[0].info, snapshot->side[1].info);
	assert_int_equal(m->pair->relation, RELATION_THREADS);
	moment_put(m);
	specimen_stop(s);
}

static void watch_errors(void **state)
{
	struct sampling *f = *state;
	int which = -1;

	sampling_open(f);
	assert_int_equal(sampler_watch(f->sampler, 2147483647, SIBLING_NONE, &which), -ESRCH);
	assert_int_equal(which, 0);
	assert_int_equal(sampler_watch(f->sampler, getpid(), 2147483647, &which), -ESRCH);
	assert_int_equal(which, 1);
	assert_int_equal(sampler_watch(f->sampler, getpid(), SIBLING_PARENT, &which), 0);
	assert_null(source_next(f->source));
	assert_null(source_wait(f->source, 1000000));
	assert_false(source_done(f->source));
}

/* What is watched of ourselves; the parent is found, sides swap, the list comes when asked. */
static void relatives_and_list(void **state)
{
	struct sampling *f = *state;
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	struct specimen *s = specimen_start("cow", "anon", "1", NULL);
	const struct process_list *list = NULL;
	struct pollfd p = {.events = POLLIN};
	const struct moment *m;

	sampling_begin(f, specimen_pid(s), SIBLING_PARENT);
	m = sampling_next(f);
	assert_int_equal(m->snapshot->sides, 2);
	assert_int_equal(m->snapshot->side[1].id.pid, getpid());
	/* It was asked for by its relation: that is not for us to call the nearest. */
	assert_true(m->snapshot->sibling_chosen_by_us);
	assert_false(m->snapshot->sibling_is_nearest);
	moment_put(m);
	sampler_swap(f->sampler);
	for (m = sampling_next(f); m->snapshot->side[0].id.pid != getpid(); m = sampling_next(f))
		moment_put(m);
	assert_int_equal(m->snapshot->side[1].id.pid, specimen_pid(s));
	moment_put(m);
	assert_int_equal(sampler_watch(f->sampler, specimen_pid(s), SIBLING_NEAREST, NULL), 0);
	for (m = sampling_next(f); m->snapshot->side[0].id.pid != specimen_pid(s);
		m = sampling_next(f))
		moment_put(m);
	moment_put(m);
	sampler_want_list(f->sampler, true);
	p.fd = sampler_list_fd(f->sampler);
	while (!(list = sampler_take_list(f->sampler)) && clock_monotonic_ns() < until) {
		poll(&p, 1, 1000);
		moment_put(source_next(f->source));
	}
	assert_non_null(list);
	assert_true(list->n > 1);
	part_put(list);
	sampler_want_list(f->sampler, false);
	specimen_stop(s);
}

/* A process whose parent ended, as a daemon's; 0: it went to somebody else than PID 1. */
static pid_t make_daemon(void)
{
	int ends[2];
	pid_t daemon = 0, parent;

	assert_int_equal(pipe(ends), 0);
	parent = fork();
	if (!parent) {
		daemon = fork();
		while (!daemon)
			pause();
		_exit(write(ends[1], &daemon, sizeof daemon) != sizeof daemon);
	}
	assert_int_equal(read(ends[0], &daemon, sizeof daemon), sizeof daemon);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	close(ends[0]);
	close(ends[1]);
	return daemon;
}

/* PID 1 tells nothing beside a daemon: nobody stands there, and why is told. */
static void a_daemon_stands_alone(void **state)
{
	struct sampling *f = *state;
	pid_t daemon = make_daemon();
	const struct moment *m;
	bool adopted, alone = false;

	sampling_begin(f, daemon, SIBLING_NEAREST);
	m = sampling_next(f);
	adopted = m->snapshot->side[0].info->ppid == INIT_PID;
	for (int i = 0; i < 100 && adopted && !alone; i++) {
		alone = m->snapshot->alone != NULL;
		moment_put(m);
		m = sampling_next(f);
	}
	kill(daemon, SIGKILL);
	assert_int_equal(adopted ? m->snapshot->sides : 1, 1);
	assert_true(!adopted || !strcmp(m->snapshot->alone, "its parent is PID 1"));
	moment_put(m);
	if (!adopted) {
		print_message("orphans of this session do not go to PID 1\n");
		skip();
	}
}

/* Asked for a relative that is not there: told is which one. */
static void a_lacking_relative_is_named(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("cow", "anon", "1", NULL);
	const struct moment *m;

	sampling_begin(f, specimen_pid(s), SIBLING_CHILD);
	m = sampling_next(f);
	assert_int_equal(m->snapshot->sides, 1);
	assert_string_equal(m->snapshot->alone, "no child yet");
	moment_put(m);
	assert_int_equal(sampler_watch(f->sampler, specimen_pid(s), SIBLING_NONE, NULL), 0);
	for (m = sampling_next(f); m->snapshot->alone; m = sampling_next(f))
		moment_put(m);
	assert_int_equal(m->snapshot->sides, 1);
	moment_put(m);
	specimen_stop(s);
}

/* A report's sampler keeps every sample for its taker and ends with the target. */
static void whole_and_ended(void **state)
{
	struct sampling *f = *state;
	char sh[] = "sh", dash_c[] = "-c", script[] = "sleep 0.2; exit 3";
	char *argv[] = {sh, dash_c, script, NULL};
	struct launch *l = NULL;
	const struct moment *m, *last = NULL;
	uint64_t sequence = 0;
	bool exec_seen = false;
	int status;

	f->options.whole = f->options.until_end = true;
	assert_int_equal(launch_start(argv, "dumb", 80, 24, &l), 0);
	sampling_begin(f, launch_pid(l), SIBLING_CHILD);
	m = sampling_next(f);
	assert_false(m->snapshot->side[0].ending.ended);
	assert_true(m->snapshot->side[0].memory->n > 0);
	moment_put(m);
	assert_int_equal(launch_release(l), 0);
	while ((m = source_wait(f->source, SAMPLING_BOUND_NS))) {
		assert_true(!sequence || m->snapshot->sequence == sequence + 1);
		sequence = m->snapshot->sequence;
		exec_seen |= has_event(m, EVENT_EXEC, launch_pid(l), 0);
		moment_put(last);
		last = m;
		if (launch_reap(l, &status))
			sampler_reaped(f->sampler, launch_pid(l), status);
	}
	assert_true(source_done(f->source));
	assert_true(exec_seen);
	assert_true(last->snapshot->side[0].ending.ended);
	assert_true(last->snapshot->side[0].ending.status_known);
	assert_int_equal(last->snapshot->side[0].ending.status, 3 << 8);
	moment_put(last);
	launch_free(l);
}

/*
 * A process of many threads takes a while to end: its main thread has let go of its memory when
 * the others have not. What stays is what was known before.
 */
static void many_end_whole(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("many", "3000", NULL);
	const struct moment *m;
	const struct side *a;

	f->need = NEED_PROCESS | NEED_COMMAND;
	f->options.until_end = true;
	sampling_begin(f, specimen_pid(s), SIBLING_NONE);
	m = sampling_next(f);
	kill(specimen_pid(s), SIGKILL);
	for (a = &m->snapshot->side[0]; !a->ending.ended; a = &m->snapshot->side[0]) {
		assert_true(a->info->exe.len > 0);
		assert_int_not_equal(a->info->state, 'Z');
		moment_put(m);
		m = sampling_next(f);
	}
	assert_true(a->info->exe.len > 0);
	assert_int_not_equal(a->info->state, 'Z');
	moment_put(m);
	specimen_stop(s);
}

/* Lets the program's shell read a line, which makes it fork, and waits for the moment that tells.
 */
static pid_t next_fork(struct sampling *f, struct launch *l, pid_t *ret_b)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	pid_t child = 0;

	assert_int_equal(write(launch_fd(l), "\n", 1), 1);
	while (!child) {
		const struct moment *m = sampling_next(f);

		for (size_t i = 0; m->snapshot->events && i < m->snapshot->events->n; i++)
			if (m->snapshot->events->event[i].kind == EVENT_FORK &&
				m->snapshot->events->event[i].pid == launch_pid(l))
				child = m->snapshot->events->event[i].other;
		*ret_b = m->snapshot->sides == 2 ? m->snapshot->side[1].id.pid : 0;
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	return child;
}

static void follow_two_forks(
	struct sampling *f, enum follow follow, pid_t sibling, bool ret_is_b[2])
{
	char sh[] = "sh", dash_c[] = "-c";
	char script[] = "read a; sleep 100 & read a; sleep 100 & read a";
	char *argv[] = {sh, dash_c, script, NULL};
	struct launch *l = NULL;
	pid_t child, b;

	/* No pages: until its exec the child is as large as a sanitizer makes us. */
	f->need = NEED_PROCESS;
	f->options.follow = follow;
	assert_int_equal(launch_start(argv, "dumb", 80, 24, &l), 0);
	sampling_begin(f, launch_pid(l), sibling);
	moment_put(sampling_next(f));
	assert_int_equal(launch_release(l), 0);
	child = next_fork(f, l, &b);
	ret_is_b[0] = child == b;
	child = next_fork(f, l, &b);
	ret_is_b[1] = child == b;
	launch_free(l);
}

static void follow_newest(void **state)
{
	bool is_b[2];

	follow_two_forks(*state, FOLLOW_NEWEST, SIBLING_CHILD, is_b);
	assert_true(is_b[0] && is_b[1]);
}

static void follow_first(void **state)
{
	bool is_b[2];

	follow_two_forks(*state, FOLLOW_FIRST, SIBLING_CHILD, is_b);
	assert_true(is_b[0] && !is_b[1]);
}

static void follow_none(void **state)
{
	bool is_b[2];

	follow_two_forks(*state, FOLLOW_NONE, SIBLING_NEAREST, is_b);
	assert_true(!is_b[0] && !is_b[1]);
}

/*
 * Those that end before anybody looks do not push out one that was looked at; one of them may be
 * caught alive.
 */
static void the_dead_do_not_replace_b(void **state)
{
	char sh[] = "sh", dash_c[] = "-c";
	char script[] = "read a; sleep 100 & while read a; do (exit 3) & done";
	char *argv[] = {sh, dash_c, script, NULL};
	struct sampling *f = *state;
	struct launch *l = NULL;
	int replaced = 0;
	pid_t child, b;

	f->need = NEED_PROCESS;
	assert_int_equal(launch_start(argv, "dumb", 80, 24, &l), 0);
	sampling_begin(f, launch_pid(l), SIBLING_CHILD);
	moment_put(sampling_next(f));
	assert_int_equal(launch_release(l), 0);
	child = next_fork(f, l, &b);
	assert_int_equal(child, b);
	for (int i = 0; i < 6; i++) {
		child = next_fork(f, l, &b);
		replaced += child == b;
	}
	assert_in_range(replaced, 0, 5);
	launch_free(l);
}

/* Nor where a child is wanted: it had none when we came. */
static void follow_none_of_children(void **state)
{
	bool is_b[2];

	follow_two_forks(*state, FOLLOW_NONE, SIBLING_CHILD, is_b);
	assert_true(!is_b[0] && !is_b[1]);
}

/* Who was named stays, whatever A forks. */
static void named_stays(void **state)
{
	bool is_b[2];

	follow_two_forks(*state, FOLLOW_NEWEST, getpid(), is_b);
	assert_true(!is_b[0] && !is_b[1]);
}

/* ---- what stands still, what may be older --------------------------------- */

static bool same_parts(const struct snapshot *a, const struct snapshot *b, unsigned *ret_kind)
{
	for (unsigned kind = 0; kind < PART_KINDS; kind++)
		for (unsigned side = 0; side < 2; side++)
			if (part_table[kind].origin == PART_READ &&
				snapshot_part(a, (enum part_kind)kind, side) !=
					snapshot_part(b, (enum part_kind)kind, side)) {
				*ret_kind = kind;
				return false;
			}
	return true;
}

/* Two that sleep: what is read anew is found to be as it was, and is not held twice. */
static void stillness_is_shared(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("cow", "anon", "16", NULL);
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	const struct moment *m, *last = NULL;
	unsigned still = 0, kind = 0;
	pid_t child;

	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	f->need = NEED_PROCESS | NEED_PAGES | NEED_FD_ANY | NEED_SHARES;
	sampling_begin(f, specimen_pid(s), child);
	while (still < 3) {
		m = sampling_next(f);
		if (last && last->pair && same_parts(last->snapshot, m->snapshot, &kind)) {
			assert_ptr_equal(m->pair, last->pair);
			/* On a busy machine a read may miss its round. */
			still += m->snapshot->side[0].read_ns[PART_PROCESS] >
				 last->snapshot->side[0].read_ns[PART_PROCESS];
		} else {
			still = 0;
		}
		moment_put(last);
		last = m;
		if (clock_monotonic_ns() > until)
			fail_msg("%s is never the same", part_table[kind].id);
	}
	moment_put(last);
	specimen_stop(s);
}

/* What nobody looks at is there all the same, and seldom read: a second passes between reads. */
static void beside_is_there(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("threads", NULL);
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS, first_ns = 0, then_ns = 0;

	needs_allowed(ACCESS_PAGEMAP);
	f->need = NEED_PROCESS;
	f->beside = NEED_ALL;
	sampling_begin(f, specimen_pid(s), SIBLING_NONE);
	while (!then_ns) {
		const struct moment *m = sampling_next(f);
		const struct side *a = &m->snapshot->side[0];

		if (a->fds && !first_ns)
			first_ns = a->read_ns[PART_FDS];
		else if (a->fds && a->read_ns[PART_FDS] != first_ns)
			then_ns = a->read_ns[PART_FDS];
		if (then_ns) {
			assert_non_null(a->threads);
			assert_non_null(a->memory);
			assert_true(page_map_known(a->pages));
			assert_non_null(m->snapshot->ipc);
		}
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	assert_true(then_ns - first_ns > 900000000u);
	specimen_stop(s);
}

/* A subscriber that comes later gets all from then on; what any of them needs is read for all. */
static void each_subscriber_gets_all(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("threads", NULL);
	struct source *late = NULL;
	uint64_t first, sequence = 0;
	const struct moment *m;

	f->need = NEED_PROCESS;
	sampling_begin(f, specimen_pid(s), SIBLING_NONE);
	m = sampling_next(f);
	first = m->snapshot->sequence;
	assert_null(m->snapshot->side[0].fds);
	moment_put(m);
	assert_int_equal(sampler_source(f->sampler, true, &late), 0);
	source_need(late, NEED_FDS, 0);
	for (unsigned i = 0; i < 10; i++) {
		m = source_wait(late, SAMPLING_BOUND_NS);
		assert_non_null(m);
		assert_true(m->snapshot->sequence > first);
		assert_true(!sequence || m->snapshot->sequence == sequence + 1);
		sequence = m->snapshot->sequence;
		moment_put(m);
	}
	source_free(late);
	/* Ours waited meanwhile: none is lost. */
	for (uint64_t at = first; at < sequence; at++) {
		m = sampling_next(f);
		assert_int_equal(m->snapshot->sequence, at + 1);
		if (at + 1 == sequence)
			assert_non_null(m->snapshot->side[0].fds);
		moment_put(m);
	}
	specimen_stop(s);
}

/* What was published before the end began is still there to be taken, and whole. */
static void an_end_that_has_begun_leaves_what_came(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("threads", NULL);
	const struct moment *m, *after;

	sampling_begin(f, specimen_pid(s), SIBLING_NONE);
	m = sampling_next(f);
	sampler_end(f->sampler);
	while ((after = source_wait(f->source, SAMPLING_BOUND_NS))) {
		moment_put(m);
		m = after;
	}
	assert_true(source_done(f->source));
	assert_int_equal(m->snapshot->side[0].id.pid, specimen_pid(s));
	assert_true(m->snapshot->side[0].memory->n > 0);
	moment_put(m);
	specimen_stop(s);
}

/* Who asks reads nothing, and is not kept: before sampling has begun there is no answer yet. */
static void asking_is_not_reading(void **state)
{
	const struct question question = {.kind = QUESTION_FRAME_USERS, .address = 1};
	struct sampling *f = *state;
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	struct answer answer;

	sampling_open(f);
	for (unsigned i = 0; i < 3; i++) {
		source_ask(f->source, &question, &answer);
		assert_false(value_state_has_value(answer.state));
		assert_non_null(answer.reason);
		clock_sleep_ns(2000000);
	}
	assert_int_equal(sampler_busy_ns(f->sampler), 0);
	if (answer.state != VALUE_UNREAD)
		return; /* not permitted here: that is the answer */
	assert_int_equal(sampler_watch(f->sampler, getpid(), SIBLING_NONE, NULL), 0);
	assert_int_equal(sampler_start(f->sampler), 0);
	while (answer.state == VALUE_UNREAD) {
		clock_sleep_ns(1000000);
		source_ask(f->source, &question, &answer);
		assert_true(clock_monotonic_ns() < until);
	}
	assert_int_equal(answer.state, VALUE_KNOWN);
}

/* Two frames are asked of in turn, as a screen of both sides does: both have an answer. */
static void two_questions_stand_side_by_side(void **state)
{
	struct question question[2] = {{.kind = QUESTION_FRAME_USERS, .address = 1},
		{.kind = QUESTION_FRAME_USERS, .address = 2}};
	struct sampling *f = *state;
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	struct answer answer[2];

	sampling_open(f);
	assert_int_equal(sampler_watch(f->sampler, getpid(), SIBLING_NONE, NULL), 0);
	assert_int_equal(sampler_start(f->sampler), 0);
	do {
		clock_sleep_ns(1000000);
		for (unsigned i = 0; i < 2; i++)
			source_ask(f->source, &question[i], &answer[i]);
		assert_true(clock_monotonic_ns() < until);
	} while (answer[0].state == VALUE_UNREAD || answer[1].state == VALUE_UNREAD);
	assert_int_equal(answer[0].state, answer[1].state);
}

/* ---- everything at once, for the thread sanitizer ------------------------- */

static void all_calls_at_once(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("cow", "anon", "256", NULL);
	uint64_t until = clock_monotonic_ns() + 1500000000u, bound = until + SAMPLING_BOUND_NS;
	unsigned taken = 0;
	pid_t child;

	f->options.delay_ns = 1000000;
	sampling_begin(f, specimen_pid(s), SIBLING_NEAREST);
	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	/* On a slow machine the first moments may come later than that. */
	for (unsigned i = 0;
		clock_monotonic_ns() < until || (taken < 2 && clock_monotonic_ns() < bound); i++) {
		const struct question question = {.kind = QUESTION_FRAME_USERS, .address = i % 11};
		const struct moment *m = source_next(f->source);
		struct answer answer;

		taken += m != NULL;
		moment_put(m);
		source_need(f->source, i % 7 ? NEED_ALL : NEED_THREADS, i % 5 ? NEED_ALL : 0);
		sampler_delay(f->sampler, 1000000 + i % 5 * 1000000);
		sampler_want_list(f->sampler, i % 3 == 0);
		part_put(sampler_take_list(f->sampler));
		source_ask(f->source, &question, &answer);
		sampler_busy_ns(f->sampler);
		if (i % 16 == 0)
			sampler_swap(f->sampler);
		if (i % 32 == 0)
			assert_int_equal(
				sampler_watch(f->sampler, specimen_pid(s), child, NULL), 0);
		clock_sleep_ns(3000000);
	}
	assert_true(taken > 1);
	specimen_stop(s);
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, sampling_setup, sampling_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(follows_fork),
		LIVE(follow_newest),
		LIVE(the_dead_do_not_replace_b),
		LIVE(follow_first),
		LIVE(follow_none),
		LIVE(follow_none_of_children),
		LIVE(named_stays),
		LIVE(exit_status_of_zombie),
		LIVE(stacks_at_once),
		LIVE(two_threads),
		LIVE(watch_errors),
		LIVE(relatives_and_list),
		LIVE(a_daemon_stands_alone),
		LIVE(a_lacking_relative_is_named),
		LIVE(whole_and_ended),
		LIVE(many_end_whole),
		LIVE(stillness_is_shared),
		LIVE(beside_is_there),
		LIVE(each_subscriber_gets_all),
		LIVE(an_end_that_has_begun_leaves_what_came),
		LIVE(asking_is_not_reading),
		LIVE(two_questions_stand_side_by_side),
		LIVE(all_calls_at_once),
	};

	return live_run(tests, NULL, NULL);
}
