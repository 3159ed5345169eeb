/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The feed that looks at states, over a made-up /proc: what becomes of each process, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/fixtures/hostile.h"
#include "tree.h"
#include "twintop/base/clock.h"
#include "twintop/feed/feed.h"

#define BOUND_NS 20000000000u
#define START	 500
#define A	 ((struct task_id){10, START})

/* What /proc says of a process. */
struct made {
	pid_t pid, ppid, tracer;
	const char *name;
	char state;
	unsigned threads, start, exit_code;
};

struct world {
	struct tree *tree;
	struct feed *feed;
	struct event_sink told;
};

static void put_stat(const struct world *w, const char *path, const struct made *m)
{
	tree_file(w->tree, path,
		"%d (%s) %c %d 5 6 7 8 0 10 11 12 13 14 15 16 17 18 19 %u 21 %u 23 24 25 26 27 28 "
		"29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 %u\n",
		m->pid, m->name ? m->name : "a", m->state ? m->state : 'S', m->ppid,
		m->threads ? m->threads : 1, m->start ? m->start : START, m->exit_code);
}

static void put(const struct world *w, struct made m)
{
	char path[64];

	snprintf(path, sizeof path, "%d/task/%d/status", m.pid, m.pid);
	tree_file(w->tree, path, "Name:\ta\nTracerPid:\t%d\n", m.tracer);
	snprintf(path, sizeof path, "%d/task/%d/stat", m.pid, m.pid);
	put_stat(w, path, &m);
	snprintf(path, sizeof path, "%d/stat", m.pid);
	put_stat(w, path, &m);
}

static void put_children(const struct world *w, pid_t pid, const char *children)
{
	char path[64];

	snprintf(path, sizeof path, "%d/task/%d/children", pid, pid);
	tree_file(w->tree, path, "%s", children);
}

static void take_away(const struct world *w, pid_t pid)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%d/task/%d/stat", tree_path(w->tree), pid, pid);
	assert_int_equal(remove(path), 0);
}

/* Looks until n events were told, then a while on: no more come. */
static const struct event_batch *told(struct world *w, size_t n)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	const struct event_batch *batch;
	unsigned more = 80;

	while (more && clock_monotonic_ns() < until) {
		w->feed->ops->drain(w->feed, true, &w->told);
		more -= w->told.event.n >= n;
		usleep(3000);
	}
	batch = event_sink_seal(&w->told);
	assert_int_equal(batch ? batch->n : 0, n);
	return batch;
}

/* The only one that is told. */
static struct event expect(struct world *w, enum event_kind kind, pid_t pid, pid_t other)
{
	const struct event_batch *batch = told(w, 1);
	struct event e = batch->event[0];

	assert_int_equal(e.kind, kind);
	assert_int_equal(e.pid, pid);
	assert_int_equal(e.other, other);
	assert_string_equal(e.source, "states");
	part_put(batch);
	return e;
}

static void watch(const struct world *w, const struct task_id *id, size_t n)
{
	assert_true(w->feed->ops->watch(w->feed, id, n));
}

static void hear_fork(const struct world *w, pid_t pid, pid_t child)
{
	w->feed->ops->heard(
		w->feed, &(const struct event){.kind = EVENT_FORK, .pid = pid, .other = child});
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct feed_context context = {0};

	w->tree = tree_new();
	context.root = tree_root(w->tree);
	assert_int_equal(feed_find("states")->open(&context, &w->feed), 0);
	put(w, (struct made){.pid = 10, .ppid = 1});
	put_children(w, 10, "20 ");
	put(w, (struct made){.pid = 20, .ppid = 10, .state = 'T', .tracer = 7});
	put_children(w, 20, "");
	watch(w, &A, 1);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	w->feed->ops->close(w->feed);
	event_sink_free(&w->told);
	tree_free(w->tree);
	free(w);
	return 0;
}

static void what_was_there_is_no_event(void **state)
{
	struct world *w = *state;

	assert_null(told(w, 0));
	hear_fork(w, 10, 20); /* nor is a birth that was listed already */
	assert_null(told(w, 0));
	put(w, (struct made){.pid = 20, .ppid = 10, .tracer = 7});
	expect(w, EVENT_CONTINUED, 20, 0);
	put(w, (struct made){.pid = 20, .ppid = 10});
	expect(w, EVENT_UNTRACED, 20, 7);
}

/* Who could not be read at first is no news once it can be. */
static void who_is_read_late_is_no_event(void **state)
{
	struct world *w = *state;
	struct rlimit files, none;

	put(w, (struct made){.pid = 30, .ppid = 10, .state = 'T', .tracer = 7});
	put_children(w, 30, "");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	none = (struct rlimit){0, files.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	watch(w, (const struct task_id[]){A, {30, START}}, 2);
	assert_null(told(w, 0));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	assert_null(told(w, 0));
	put(w, (struct made){.pid = 30, .ppid = 10, .state = 'T'});
	expect(w, EVENT_UNTRACED, 30, 7);
	put(w, (struct made){.pid = 30, .ppid = 10});
	expect(w, EVENT_CONTINUED, 30, 0);
}

static void stops_have_their_signal(void **state)
{
	struct world *w = *state;

	put(w, (struct made){.pid = 10, .ppid = 1, .state = 'T', .exit_code = 22});
	assert_int_equal(expect(w, EVENT_STOPPED, 10, 0).signal, 22);
	/* A debugger's stop in between is neither the end of this one nor another one. */
	put(w, (struct made){.pid = 10, .ppid = 1, .state = 't'});
	assert_null(told(w, 0));
	put(w, (struct made){.pid = 10, .ppid = 1, .state = 'R'});
	expect(w, EVENT_CONTINUED, 10, 0);
	put(w, (struct made){.pid = 10, .ppid = 1, .state = 't'});
	assert_null(told(w, 0));
	put(w, (struct made){.pid = 10, .ppid = 1, .state = 'T', .exit_code = 0x7f00});
	assert_int_equal(expect(w, EVENT_STOPPED, 10, 0).signal, 0); /* that is no signal */
}

static void births_are_heard(void **state)
{
	struct world *w = *state;

	put(w, (struct made){.pid = 30, .ppid = 1, .state = 'T', .tracer = 5});
	hear_fork(w, 99, 30); /* nobody's */
	assert_null(told(w, 0));
	hear_fork(w, 20, 30);
	part_put(told(w, 3)); /* another parent, a tracer, a stop: all since it was born */
	hear_fork(w, 20, 30);
	hear_fork(w, 20, 31); /* gone before it was looked at */
	assert_null(told(w, 0));
}

static void orphans_have_two_parents(void **state)
{
	struct world *w = *state;

	put(w, (struct made){.pid = 20, .ppid = 1, .state = 'T', .tracer = 7});
	assert_int_equal(expect(w, EVENT_REPARENTED, 20, 1).former, 10);
	put(w, (struct made){.pid = 20, .ppid = 0, .state = 'T', .tracer = 7});
	assert_int_equal(expect(w, EVENT_REPARENTED, 20, 0).former, 1);
}

static void zombies_wait_and_go(void **state)
{
	struct world *w = *state;
	struct event e;

	put(w, (struct made){.pid = 20, .ppid = 10, .state = 'Z', .exit_code = 256});
	e = expect(w, EVENT_ZOMBIE, 20, 10);
	assert_true(e.status_known);
	assert_int_equal(e.status, 256);
	take_away(w, 20);
	assert_int_equal(expect(w, EVENT_REAPED, 20, 10).status, 256);
}

/* Who reaps it is its parent only while that one lives. */
static void a_dead_parent_reaps_nobody(void **state)
{
	struct world *w = *state;

	put(w, (struct made){.pid = 20, .ppid = 10, .state = 'Z'});
	expect(w, EVENT_ZOMBIE, 20, 10);
	take_away(w, 10);
	take_away(w, 20);
	expect(w, EVENT_REAPED, 20, 0);
}

/* The number's next owner is somebody else; whose main thread alone has ended lives. */
static void only_the_dead_are_dead(void **state)
{
	struct world *w = *state;

	put(w, (struct made){.pid = 10, .ppid = 1, .state = 'Z', .threads = 3});
	assert_null(told(w, 0));
	put(w, (struct made){.pid = 20, .ppid = 77, .start = START + 1, .state = 'Z'});
	assert_null(told(w, 0));
	put(w, (struct made){.pid = 20, .ppid = 78, .start = START + 1});
	assert_null(told(w, 0));
}

static void names_may_be_hostile(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	put(w, (struct made){.pid = 10, .ppid = 2, .name = ") Z 1 (" HOSTILE_NAME});
	batch = told(w, 1);
	assert_int_equal(batch->event[0].kind, EVENT_REPARENTED);
	assert_true(text_equal(event_name(batch, batch->event[0].name),
		(struct text){") Z 1 (" HOSTILE_NAME, sizeof ") Z 1 (" HOSTILE_NAME - 1}));
	part_put(batch);
}

/* Who is watched no more, and what descends from it, is told of no more. */
static void others_are_left_alone(void **state)
{
	struct world *w = *state;

	put(w, (struct made){.pid = 40, .ppid = 1});
	put_children(w, 40, "");
	watch(w, &(const struct task_id){40, START}, 1);
	put(w, (struct made){.pid = 10, .ppid = 2, .state = 'T'});
	put(w, (struct made){.pid = 20, .ppid = 2});
	assert_null(told(w, 0));
	put(w, (struct made){.pid = 40, .ppid = 2});
	expect(w, EVENT_REPARENTED, 40, 2);
	/* And from the new one's start on, when it is again. */
	watch(w, (const struct task_id[]){{40, START}, A}, 2);
	assert_null(told(w, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_there_is_no_event),
		TEST(who_is_read_late_is_no_event),
		TEST(stops_have_their_signal),
		TEST(births_are_heard),
		TEST(orphans_have_two_parents),
		TEST(zombies_wait_and_go),
		TEST(a_dead_parent_reaps_nobody),
		TEST(only_the_dead_are_dead),
		TEST(names_may_be_hostile),
		TEST(others_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
