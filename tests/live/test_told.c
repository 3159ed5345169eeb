/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the kernel tells of births and ends, none is missed however short it is: each once, with
 * how it ended. Where it does not, they are looked for, and that is said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "denied.h"
#include "live.h"
#include "sampling.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/feed/feeds.h"
#include "twintop/proc/identity.h"

#define BOUND_NS 60000000000u
#define MANY	 200

struct fixture {
	struct proc_root *root;
	struct feeds *feeds;
	struct specimen *specimen;
	pid_t pid;
	VEC(struct event) event; /* in the order of time */
};

/* deny: what is held back besides; NULL: nothing. */
static void begin_with(struct fixture *f, const char *specimen, const char *deny)
{
	struct feed_context context = {0};
	struct identity_stat stat;
	struct task_id id;

	*f = (struct fixture){.specimen = specimen_start(specimen, NULL)};
	f->pid = specimen_pid(f->specimen);
	assert_int_equal(proc_root_open(NULL, &f->root), 0);
	denied_probe(f->root, deny, &context.access);
	context.root = f->root;
	assert_int_equal(feeds_new(&context, feed_table, feed_table_n, &f->feeds), 0);
	assert_int_equal(identity_stat_read(f->root, f->pid, &stat), 0);
	id = (struct task_id){f->pid, stat.start_ticks};
	feeds_watch(f->feeds, &id, 1);
	assert_true(feeds_flush(f->feeds, clock_monotonic_ns() + BOUND_NS));
}

static void begin(struct fixture *f)
{
	begin_with(f, "brood", NULL);
}

static void end(struct fixture *f)
{
	specimen_stop(f->specimen);
	VEC_FREE(&f->event);
	assert_true(feeds_free(f->feeds));
	proc_root_close(f->root);
}

static void needs_exact(struct fixture *f)
{
	if (!feeds_lacks(f->feeds))
		return;
	end(f);
	print_message("skipped: nobody tells of births and ends here\n");
	skip();
}

static void take(struct fixture *f)
{
	const struct event_batch *batch;

	assert_true(feeds_flush(f->feeds, clock_monotonic_ns() + BOUND_NS));
	batch = feeds_take(f->feeds);
	for (size_t i = 0; batch && i < batch->n; i++)
		VEC_PUSH(&f->event, batch->event[i]);
	part_put(batch);
}

static size_t count(const struct fixture *f, enum event_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < f->event.n; i++)
		n += f->event.item[i].kind == kind;
	return n;
}

/*
 * All that was told of lives. One that ended and whose parent is slow to ask is a zombie for a
 * while, which is true, seen, and told besides.
 */
static size_t count_lives(const struct fixture *f)
{
	return f->event.n - count(f, EVENT_ZOMBIE) - count(f, EVENT_REAPED);
}

/* Where there is little room for what is told some of it may be lost, which is said. */
static void needs_all(struct fixture *f)
{
	size_t lost = count(f, EVENT_LOST);

	if (!lost || geteuid() == 0)
		return;
	end(f);
	print_message("skipped: events were lost %zu times, and that was told\n", lost);
	skip();
}

/* The kernel tells of an end a little after it shows. */
static void take_until(struct fixture *f, enum event_kind kind, size_t n)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;

	for (take(f); count(f, kind) < n && clock_monotonic_ns() < until; take(f))
		clock_sleep_ns(1000000);
}

/* The end of that process, told once. */
static const struct event *end_of(const struct fixture *f, pid_t pid)
{
	const struct event *found = NULL;

	for (size_t i = 0; i < f->event.n; i++) {
		const struct event *e = &f->event.item[i];

		if (e->kind != EVENT_EXIT || e->pid != pid)
			continue;
		assert_null(found);
		found = e;
	}
	assert_non_null(found);
	return found;
}

/* Where the status is looked for it may be unknown, and is never another one. */
static void expect_status(const struct fixture *f, const struct event *exit, int status)
{
	if (!exit->status_known)
		assert_string_not_equal(feeds_lifecycle(f->feeds)->id, "connector");
	else
		assert_int_equal(exit->status, status);
}

/* Each child that was forked ended once, after its birth, and as it should. */
static void check_children(const struct fixture *f)
{
	int number = 0;

	for (size_t i = 0; i < f->event.n; i++) {
		const struct event *fork = &f->event.item[i], *exit;

		if (fork->kind != EVENT_FORK)
			continue;
		assert_int_equal(fork->pid, f->pid);
		exit = end_of(f, fork->other);
		assert_true(exit->monotonic_ns >= fork->monotonic_ns);
		expect_status(f, exit, number % 10 == 9 ? SIGKILL : (number % 200) << 8);
		number++;
	}
}

static void each_child_is_told_of(const char *order)
{
	struct fixture f;

	begin(&f);
	needs_exact(&f);
	specimen_say(f.specimen, order);
	take_until(&f, EVENT_EXIT, MANY);
	needs_all(&f);
	assert_int_equal(count(&f, EVENT_FORK), MANY);
	assert_int_equal(count(&f, EVENT_EXIT), MANY);
	assert_int_equal(count_lives(&f), 2 * MANY);
	check_children(&f);
	end(&f);
}

static void children_that_live_no_time(void **state)
{
	(void)state;
	each_child_is_told_of("children 200 0");
}

static void children_that_live_a_millisecond(void **state)
{
	(void)state;
	each_child_is_told_of("children 200 1");
}

static void programs_that_run_no_time(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	needs_exact(&f);
	specimen_say(f.specimen, "execs 100");
	take_until(&f, EVENT_EXIT, 100);
	needs_all(&f);
	assert_int_equal(count(&f, EVENT_FORK), 100);
	assert_int_equal(count(&f, EVENT_EXEC), 100);
	assert_int_equal(count(&f, EVENT_EXIT), 100);
	for (size_t i = 0; i < f.event.n; i++)
		if (f.event.item[i].kind == EVENT_EXIT)
			expect_status(&f, &f.event.item[i], 9 << 8);
	end(&f);
}

static void threads_that_live_no_time(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	needs_exact(&f);
	specimen_say(f.specimen, "threads 200");
	take_until(&f, EVENT_THREAD_EXIT, MANY);
	needs_all(&f);
	assert_int_equal(count(&f, EVENT_THREAD), MANY);
	assert_int_equal(count(&f, EVENT_THREAD_EXIT), MANY);
	assert_int_equal(count_lives(&f), 2 * MANY);
	end(&f);
}

/* Its status is that of the thread that ended it. */
static void the_main_thread_may_leave_first(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	needs_exact(&f);
	specimen_tell(f.specimen, "leave");
	take_until(&f, EVENT_EXIT, 1);
	assert_int_equal(count(&f, EVENT_THREAD), 1);
	assert_int_equal(count(&f, EVENT_THREAD_EXIT), 1);
	assert_int_equal(end_of(&f, f.pid)->status, 21 << 8);
	assert_int_equal(count_lives(&f), 3);
	end(&f);
}

static void others_are_not_told_of(void **state)
{
	struct specimen *other = specimen_start("brood", NULL);
	struct fixture f;

	(void)state;
	begin(&f);
	specimen_say(other, "children 50 0");
	specimen_say(other, "execs 20");
	specimen_say(other, "threads 50");
	take(&f);
	assert_int_equal(f.event.n, 0);
	specimen_stop(other);
	end(&f);
}

/* Without the kernel's word they are looked for: what stays a while is seen. */
static void what_is_not_told_is_looked_for(void **state)
{
	struct fixture f;

	(void)state;
	begin_with(&f, "life", "events,perf");
	assert_string_equal(feeds_lifecycle(f.feeds)->id, "poll");
	assert_non_null(feeds_lacks(f.feeds));
	for (size_t i = 1; i <= 3; i++) {
		specimen_say(f.specimen, "fork");
		take_until(&f, EVENT_FORK, i);
		specimen_say(f.specimen, "end 0");
		specimen_say(f.specimen, "reap");
		take_until(&f, EVENT_EXIT, i);
		assert_int_equal(count(&f, EVENT_FORK), i);
		assert_int_equal(count(&f, EVENT_EXIT), i);
	}
	end(&f);
}

/* Each moment says which of them it is. */
static void a_moment_says_who_tells(void **state)
{
	struct sampling *s = *state;
	struct specimen *specimen = specimen_start("brood", NULL);
	const enum value_state *state_of = s->options.access.state;
	const char *told = value_state_has_value(state_of[ACCESS_EVENTS]) ? "connector"
			   : value_state_has_value(state_of[ACCESS_PERF]) ? "perf"
									  : "poll";
	const struct moment *m;

	s->options.whole = true;
	sampling_begin(s, specimen_pid(specimen), SIBLING_NONE);
	m = sampling_next(s);
	assert_string_equal(m->snapshot->lifecycle, told);
	assert_int_equal(m->snapshot->lifecycle_exact, strcmp(told, "poll") != 0);
	assert_int_equal(m->snapshot->lifecycle_lacks == NULL, strcmp(told, "poll") != 0);
	moment_put(m);
	specimen_stop(specimen);
}

static bool has_child(const struct moment *m, pid_t child)
{
	const struct process_info *info = m->snapshot->side[0].info;

	for (size_t i = 0; i < info->children_n; i++)
		if (info->children[i] == child)
			return true;
	return false;
}

/* The moment's fork; NULL: none was told. */
static const struct event *forked(const struct moment *m)
{
	const struct event_batch *batch = m->snapshot->events;
	const struct event *e = NULL;

	for (size_t i = 0; batch && i < batch->n; i++)
		if (batch->event[i].kind == EVENT_FORK)
			e = &batch->event[i];
	return e;
}

/*
 * The moment that tells of a birth; its child is in its parent's record, unless that was read
 * before it.
 */
static pid_t await_birth(struct sampling *s)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	pid_t child = 0;

	while (!child) {
		const struct moment *m = sampling_next(s);
		const struct event *e = forked(m);

		child = e ? e->other : 0;
		if (e && m->snapshot->side[0].info->part.begin_ns > e->monotonic_ns)
			assert_true(has_child(m, child));
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	return child;
}

static void await_absence(struct sampling *s, pid_t child)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	bool there = true;

	while (there) {
		const struct moment *m = sampling_next(s);

		there = has_child(m, child);
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

/* The moment that tells of a birth has the child in its parent's record; and not for ever. */
static void a_birth_shows_where_it_is_told(void **state)
{
	struct sampling *s = *state;
	struct specimen *specimen = specimen_start("life", NULL);

	if (!value_state_has_value(s->options.access.state[ACCESS_EVENTS])) {
		specimen_stop(specimen);
		print_message("skipped: nobody tells of births and ends here\n");
		skip();
	}
	s->need = NEED_PROCESS;
	sampling_begin(s, specimen_pid(specimen), SIBLING_NONE);
	moment_put(sampling_next(s));
	for (int i = 0; i < 4; i++) {
		pid_t child;

		specimen_say(specimen, "fork");
		child = await_birth(s);
		specimen_say(specimen, "end 0");
		specimen_say(specimen, "reap");
		await_absence(s, child);
	}
	specimen_stop(specimen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_that_live_no_time),
		cmocka_unit_test(children_that_live_a_millisecond),
		cmocka_unit_test(programs_that_run_no_time),
		cmocka_unit_test(threads_that_live_no_time),
		cmocka_unit_test(the_main_thread_may_leave_first),
		cmocka_unit_test(others_are_not_told_of),
		cmocka_unit_test(what_is_not_told_is_looked_for),
		cmocka_unit_test_setup_teardown(
			a_moment_says_who_tells, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			a_birth_shows_where_it_is_told, sampling_setup, sampling_teardown),
	};

	return live_run(tests, NULL, NULL);
}
