/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The polling feed over a made-up /proc: what it tells of each change, once, and nothing of what
 * was there when it came. Long lists are looked at again after a rest, so each test looks until it
 * was told what it waits for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tree.h"
#include "twintop/base/clock.h"
#include "twintop/feed/feed.h"
#include "twintop/proc/identity.h"

#define BOUND_NS 20000000000u
#define START	 500
#define A	 ((struct task_id){10, START})
#define B	 ((struct task_id){20, START})

/* What stat says of a process. */
struct made {
	pid_t pid, ppid;
	const char *name;
	char state; /* 0: S */
	unsigned flags, threads, start_code, start, exit_code;
};

struct world {
	struct tree *tree;
	struct feed *feed;
	struct event_sink told;
};

static void put(const struct world *w, struct made m)
{
	char path[64];

	snprintf(path, sizeof path, "%d/status", m.pid);
	tree_file(w->tree, path, "Name:\t%s\nTgid:\t%d\n", m.name, m.pid);
	snprintf(path, sizeof path, "%d/task/%d/stat", m.pid, m.pid);
	tree_file(w->tree, path,
		"%d (%s) %c %d 5 6 7 8 %u 10 11 12 13 14 15 16 17 18 19 %u 21 %u 23 24 25 %u 27 28 "
		"29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 %u\n",
		m.pid, m.name, m.state ? m.state : 'S', m.ppid, m.flags, m.threads ? m.threads : 1,
		m.start ? m.start : START, m.start_code ? m.start_code : 4096, m.exit_code);
}

static void put_children(const struct world *w, pid_t pid, const char *children)
{
	char path[64];

	snprintf(path, sizeof path, "%d/task/%d/children", pid, pid);
	tree_file(w->tree, path, "%s", children);
}

static void put_thread(const struct world *w, pid_t pid, pid_t tid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "%d/task/%d/comm", pid, tid);
	tree_file(w->tree, path, "%s\n", name);
	snprintf(path, sizeof path, "%d/task/%d/children", pid, tid);
	tree_file(w->tree, path, "%s", "");
	snprintf(path, sizeof path, "%d/task/%d/stat", pid, tid);
	if (tid != pid)
		tree_file(w->tree, path, "%d (%s)\n", tid, name);
}

static void take_away(const struct world *w, pid_t pid, pid_t tid)
{
	char path[64], whole[160];

	snprintf(path, sizeof path, "%d/task/%d", pid, tid);
	for (size_t i = 0; i < 4; i++) {
		static const char *const name[] = {"/comm", "/children", "/stat", ""};

		snprintf(whole, sizeof whole, "%s/%s%s", tree_path(w->tree), path, name[i]);
		remove(whole);
	}
}

static void watch(const struct world *w, const struct task_id *id, size_t n)
{
	w->feed->ops->watch(w->feed, id, n);
}

static void look(struct world *w)
{
	w->feed->ops->drain(w->feed, true, &w->told);
}

/* Looks until n events were told, then a while on: no more come. */
static const struct event_batch *told(struct world *w, size_t n)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	const struct event_batch *batch;

	do {
		look(w);
		usleep(1000);
	} while (w->told.event.n < n && clock_monotonic_ns() < until);
	for (int i = 0; i < 50; i++) {
		look(w);
		usleep(1000);
	}
	batch = event_sink_seal(&w->told);
	assert_int_equal(batch ? batch->n : 0, n);
	return batch;
}

static void expect(const struct event_batch *batch, size_t i, enum event_kind kind, pid_t pid,
	pid_t tid, pid_t other)
{
	const struct event *e = &batch->event[i];

	assert_int_equal(e->kind, kind);
	assert_int_equal(e->pid, pid);
	assert_int_equal(e->tid, tid);
	assert_int_equal(e->other, other);
	assert_string_equal(e->source, "poll");
}

static void expect_names(
	const struct event_batch *batch, size_t i, const char *name, const char *before)
{
	struct text now = event_name(batch, batch->event[i].name);
	struct text then = event_name(batch, batch->event[i].before);

	assert_int_equal(now.bytes != NULL, name != NULL);
	assert_true(text_equal(now, text_of(name)));
	assert_int_equal(then.bytes != NULL, before != NULL);
	assert_true(text_equal(then, text_of(before)));
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct feed_context context = {0};

	w->tree = tree_new();
	context.root = tree_root(w->tree);
	assert_int_equal(feed_find("poll")->open(&context, &w->feed), 0);
	put(w, (struct made){.pid = 10, .ppid = 1, .name = "a"});
	put_thread(w, 10, 10, "a");
	put_thread(w, 10, 11, "worker");
	put_children(w, 10, "20 ");
	put(w, (struct made){.pid = 20, .ppid = 10, .name = "b"});
	put_thread(w, 20, 20, "b");
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

/* ---- tests ------------------------------------------------------------------ */

static void what_was_there_is_no_event(void **state)
{
	struct world *w = *state;

	watch(w, &A, 1);
	assert_null(told(w, 0));
	watch(w, (struct task_id[]){A, B}, 2);
	assert_null(told(w, 0));
}

static void children_come_and_go(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	watch(w, &A, 1);
	put(w, (struct made){.pid = 21, .ppid = 10, .name = "a", .flags = TASK_NO_EXEC});
	put_thread(w, 21, 21, "a");
	put_children(w, 10, "20 21 22 ");
	batch = told(w, 2);
	expect(batch, 0, EVENT_FORK, 10, 0, 21);
	expect_names(batch, 0, "a", NULL);
	expect(batch, 1, EVENT_FORK, 10, 0, 22);
	part_put(batch);
	/* 22 was never more than a number, and 20 ends while nobody reaps it. */
	put(w, (struct made){.pid = 20, .ppid = 10, .name = "b", .state = 'Z', .exit_code = 0x300});
	put_children(w, 10, "20 21 ");
	batch = told(w, 2);
	assert_int_equal(batch->event[0].kind, EVENT_EXIT);
	assert_int_equal(batch->event[1].kind, EVENT_EXIT);
	assert_int_equal(batch->event[0].pid + batch->event[1].pid, 20 + 22);
	part_put(batch);
	put_children(w, 10, "21 ");
	assert_null(told(w, 0));
}

static void a_list_that_misses_one_that_lives_is_not_believed(void **state)
{
	struct world *w = *state;

	watch(w, &A, 1);
	put_children(w, 10, "");
	assert_null(told(w, 0));
	put_children(w, 10, "20 ");
	assert_null(told(w, 0));
}

static void an_end_has_its_status(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	tree_link(w->tree, "20/ns/user", "user:[1]");
	watch(w, (struct task_id[]){A, B}, 2);
	put(w, (struct made){.pid = 20, .ppid = 10, .name = "b", .state = 'Z', .exit_code = 0x300});
	batch = told(w, 1);
	expect(batch, 0, EVENT_EXIT, 20, 0, 0);
	expect_names(batch, 0, "b", NULL);
	assert_true(batch->event[0].status_known);
	assert_int_equal(batch->event[0].status, 0x300);
	part_put(batch);
	/* Neither its reaping nor another look at it is a second end. */
	put_children(w, 10, "");
	assert_null(told(w, 0));
	watch(w, &A, 1);
	assert_null(told(w, 0));
	watch(w, (struct task_id[]){B, A}, 2);
	assert_null(told(w, 0));
}

static void what_our_owner_reaped_is_known(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	watch(w, &B, 1);
	put(w, (struct made){.pid = 20, .ppid = 10, .name = "b", .start = START + 1});
	w->feed->ops->reaped(w->feed, 20, 0x200);
	w->feed->ops->reaped(w->feed, 999, 0x100);
	batch = told(w, 1);
	expect(batch, 0, EVENT_EXIT, 20, 0, 0);
	assert_int_equal(batch->event[0].status, 0x200);
	part_put(batch);
}

static void one_that_went_before_we_looked_is_told_of(void **state)
{
	static const struct task_id gone = {30, START};
	struct world *w = *state;
	const struct event_batch *batch;

	watch(w, &gone, 1);
	batch = told(w, 1);
	expect(batch, 0, EVENT_EXIT, 30, 0, 0);
	assert_false(batch->event[0].status_known);
	part_put(batch);
	watch(w, &A, 1);
	watch(w, &gone, 1);
	assert_null(told(w, 0));
}

/* Another start time, another process: never the old one's doings. */
static void a_number_is_no_identity(void **state)
{
	static const struct task_id other = {10, START + 7};
	struct world *w = *state;
	const struct event_batch *batch;

	watch(w, &other, 1);
	put_children(w, 10, "20 21 ");
	batch = told(w, 1);
	expect(batch, 0, EVENT_EXIT, 10, 0, 0);
	part_put(batch);
}

static void threads_come_and_go(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	watch(w, &A, 1);
	put_thread(w, 10, 12, "second");
	put_thread(w, 10, 13, "third");
	batch = told(w, 2);
	expect(batch, 0, EVENT_THREAD, 10, 12, 0);
	expect_names(batch, 0, "second", NULL);
	expect(batch, 1, EVENT_THREAD, 10, 13, 0);
	part_put(batch);
	take_away(w, 10, 11);
	take_away(w, 10, 13);
	batch = told(w, 2);
	expect(batch, 0, EVENT_THREAD_EXIT, 10, 11, 0);
	expect_names(batch, 0, "worker", NULL);
	expect(batch, 1, EVENT_THREAD_EXIT, 10, 13, 0);
	expect_names(batch, 1, "third", NULL);
	part_put(batch);
}

static void a_main_thread_may_end_first(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	watch(w, &A, 1);
	put(w, (struct made){.pid = 10, .ppid = 1, .name = "a", .state = 'Z', .threads = 2});
	batch = told(w, 1);
	expect(batch, 0, EVENT_THREAD_EXIT, 10, 10, 0);
	part_put(batch);
}

static void tasks_take_other_names(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	watch(w, &A, 1);
	put(w, (struct made){.pid = 10, .ppid = 1, .name = "x) \n"});
	batch = told(w, 1);
	expect(batch, 0, EVENT_COMM, 10, 10, 0);
	expect_names(batch, 0, "x) \n", "a");
	part_put(batch);
	put_thread(w, 10, 11, "");
	batch = told(w, 1);
	expect(batch, 0, EVENT_COMM, 10, 11, 0);
	expect_names(batch, 0, "", "worker");
	part_put(batch);
}

/* ---- exec ------------------------------------------------------------------- */

static void expect_exec(struct world *w, pid_t pid, const char *name, const char *before)
{
	const struct event_batch *batch = told(w, 1);

	expect(batch, 0, EVENT_EXEC, pid, 0, 0);
	expect_names(batch, 0, name, before);
	part_put(batch);
}

static void the_first_exec_after_a_fork_is_flagged(void **state)
{
	struct world *w = *state;

	put(w, (struct made){.pid = 10, .ppid = 1, .name = "a", .flags = TASK_NO_EXEC});
	watch(w, &A, 1);
	put(w, (struct made){.pid = 10, .ppid = 1, .name = "ls"});
	expect_exec(w, 10, "ls", "a");
	put(w, (struct made){.pid = 10, .ppid = 1, .name = "ls", .start_code = 8192});
	expect_exec(w, 10, "ls", "ls");
	assert_null(told(w, 0));
}

/* Without access start_code reads 1: that is no other place. */
static void hidden_addresses_are_no_exec(void **state)
{
	struct world *w = *state;

	watch(w, &A, 1);
	put(w, (struct made){.pid = 10, .ppid = 1, .name = "a", .start_code = 1});
	assert_null(told(w, 0));
}

static void memory_that_is_gone_is_an_exec(void **state)
{
	struct world *w = *state;

	tree_file(w->tree, "10/pagemap", "%s", "8 bytes.");
	watch(w, &A, 1);
	assert_null(told(w, 0));
	/* Its old memory reads empty; what it has now is another file. */
	tree_file(w->tree, "10/pagemap", "%s", "");
	put(w, (struct made){.pid = 10, .ppid = 1, .name = "a"});
	expect_exec(w, 10, "a", "a");
}

static void one_that_leaves_executes_nothing(void **state)
{
	struct world *w = *state;

	tree_file(w->tree, "10/pagemap", "%s", "8 bytes.");
	watch(w, &A, 1);
	tree_file(w->tree, "10/pagemap", "%s", "");
	put(w, (struct made){
		       .pid = 10, .ppid = 1, .name = "a", .flags = TASK_EXITING, .threads = 2});
	assert_null(told(w, 0));
}

static void a_child_may_have_done_it_already(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	watch(w, &A, 1);
	put(w, (struct made){.pid = 21, .ppid = 10, .name = "ls"});
	put_children(w, 10, "20 21 ");
	batch = told(w, 2);
	expect(batch, 0, EVENT_FORK, 10, 0, 21);
	expect(batch, 1, EVENT_EXEC, 21, 0, 0);
	expect_names(batch, 1, "ls", NULL);
	part_put(batch);
	/* It becomes B: what was told stays told. */
	watch(w, (struct task_id[]){A, {21, START}}, 2);
	assert_null(told(w, 0));
}

/* ---- who is watched ----------------------------------------------------------- */

static void one_that_stays_loses_nothing(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	watch(w, (struct task_id[]){A, B}, 2);
	put_thread(w, 10, 12, "second");
	put(w, (struct made){.pid = 20, .ppid = 10, .name = "c"});
	watch(w, (struct task_id[]){B, A}, 2); /* exchanged */
	watch(w, (struct task_id[]){B, B}, 2); /* and then B alone, which a child of A is no more */
	batch = told(w, 1);
	expect(batch, 0, EVENT_COMM, 20, 20, 0);
	part_put(batch);
	watch(w, &A, 1);
	assert_null(told(w, 0));
	put_children(w, 20, "77 ");
	put_thread(w, 20, 88, "x");
	assert_null(told(w, 0));
}

static void nobody_is_watched(void **state)
{
	struct world *w = *state;

	watch(w, (struct task_id[]){A, B}, 2);
	watch(w, NULL, 0);
	put(w, (struct made){.pid = 20, .ppid = 10, .name = "c", .state = 'Z'});
	assert_null(told(w, 0));
}

/* More children than are followed: their forks and ends are told all the same. */
static void many_children_are_told_too(void **state)
{
	struct world *w = *state;
	struct textbuf list = {0};
	const struct event_batch *batch;
	unsigned forks = 0, ends = 0;

	watch(w, &A, 1);
	for (pid_t pid = 1000; pid < 1400; pid++) {
		put(w, (struct made){.pid = pid, .ppid = 10, .name = "a", .flags = TASK_NO_EXEC});
		textbuf_addf(&list, "%d ", pid);
	}
	put_children(w, 10, list.bytes);
	for (batch = told(w, 400); forks < 400; forks++)
		expect(batch, forks, EVENT_FORK, 10, 0, 1000 + (pid_t)forks);
	part_put(batch);
	for (pid_t pid = 1000; pid < 1400; pid++)
		put(w, (struct made){.pid = pid, .ppid = 1, .name = "a", .start = START + 9});
	put_children(w, 10, "20 ");
	batch = told(w, 400);
	for (size_t i = 0; i < batch->n; i++)
		ends += batch->event[i].kind == EVENT_EXIT;
	assert_int_equal(ends, 400);
	part_put(batch);
	textbuf_free(&list);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_WORLD(what_was_there_is_no_event),
		IN_A_WORLD(children_come_and_go),
		IN_A_WORLD(a_list_that_misses_one_that_lives_is_not_believed),
		IN_A_WORLD(an_end_has_its_status),
		IN_A_WORLD(what_our_owner_reaped_is_known),
		IN_A_WORLD(one_that_went_before_we_looked_is_told_of),
		IN_A_WORLD(a_number_is_no_identity),
		IN_A_WORLD(threads_come_and_go),
		IN_A_WORLD(a_main_thread_may_end_first),
		IN_A_WORLD(tasks_take_other_names),
		IN_A_WORLD(the_first_exec_after_a_fork_is_flagged),
		IN_A_WORLD(hidden_addresses_are_no_exec),
		IN_A_WORLD(memory_that_is_gone_is_an_exec),
		IN_A_WORLD(one_that_leaves_executes_nothing),
		IN_A_WORLD(a_child_may_have_done_it_already),
		IN_A_WORLD(one_that_stays_loses_nothing),
		IN_A_WORLD(nobody_is_watched),
		IN_A_WORLD(many_children_are_told_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
