/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a feed that is told of births and ends makes of it, over a made-up /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/feed/lives.h"
#include "tree.h"
#include "twintop/base/clock.h"

#define START	 500
#define BOUND_NS 20000000000u
#define A	 ((struct task_id){10, START})

struct world {
	struct tree *tree;
	struct lives lives;
	struct event_sink told;
	uint64_t ns; /* of what happens next */
};

static void put(const struct world *w, pid_t pid, pid_t ppid, const char *name, char state,
	unsigned threads)
{
	char path[64];

	snprintf(path, sizeof path, "%d/task/%d/stat", pid, pid);
	tree_file(w->tree, path,
		"%d (%s) %c %d 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 %u 21 %u 23 24 25 26 27 28 "
		"29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 0\n",
		pid, name, state, ppid, threads, START);
	snprintf(path, sizeof path, "%d/task/%d/comm", pid, pid);
	tree_file(w->tree, path, "%s\n", name);
	snprintf(path, sizeof path, "%d/task/%d/children", pid, pid);
	tree_file(w->tree, path, "%s", "");
}

static void put_thread(const struct world *w, pid_t pid, pid_t tid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "%d/task/%d/comm", pid, tid);
	tree_file(w->tree, path, "%s\n", name);
	snprintf(path, sizeof path, "%d/task/%d/stat", pid, tid);
	tree_file(w->tree, path, "%d (%s)\n", tid, name);
	snprintf(path, sizeof path, "%d/task/%d/children", pid, tid);
	tree_file(w->tree, path, "%s", "");
}

static void put_zombie(const struct world *w, pid_t pid, int status)
{
	char path[64];

	snprintf(path, sizeof path, "%d/task/%d/stat", pid, pid);
	tree_file(w->tree, path,
		"%d (a) Z 1 5 6 7 8 4 10 11 12 13 14 15 16 17 18 19 1 21 %u 23 24 25 26 27 28 29 "
		"30 "
		"31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 %d\n",
		pid, START, status);
}

static void take_away(const struct world *w, pid_t pid, pid_t tid)
{
	static const char *const name[] = {"/comm", "/children", "/stat", ""};
	char path[256];

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		snprintf(path, sizeof path, "%s/%d/task/%d%s", tree_path(w->tree), pid, tid,
			name[i]);
		remove(path);
	}
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct task_id id = A;

	w->tree = tree_new();
	put(w, 10, 1, "a", 'S', 2);
	put_thread(w, 10, 11, "worker");
	lives_open(&w->lives, "connector", tree_root(w->tree));
	lives_watch(&w->lives, &id, 1);
	event_sink_move(&w->told, &w->lives.found);
	w->lives.sink = &w->told;
	w->ns = clock_monotonic_ns();
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	lives_close(&w->lives);
	event_sink_free(&w->told);
	tree_free(w->tree);
	free(w);
	return 0;
}

/* All that was told; ends of threads, too. */
static const struct event_batch *told(struct world *w, size_t n)
{
	const struct event_batch *batch;

	lives_settle(&w->lives, clock_monotonic_ns() + 1);
	batch = event_sink_seal(&w->told);
	for (size_t i = 0; batch && batch->n != n && i < batch->n; i++) {
		struct textbuf b = {0};

		event_sentence(batch, &batch->event[i], &b);
		print_error("told: %s\n", b.bytes);
		textbuf_free(&b);
	}
	assert_int_equal(batch ? batch->n : 0, n);
	return batch;
}

static const struct event *expect(const struct event_batch *batch, size_t i, enum event_kind kind,
	pid_t pid, pid_t tid, pid_t other)
{
	const struct event *e = &batch->event[i];

	assert_int_equal(e->kind, kind);
	assert_int_equal(e->pid, pid);
	assert_int_equal(e->tid, tid);
	assert_int_equal(e->other, other);
	assert_string_equal(e->source, "connector");
	return e;
}

static void what_was_there_is_no_event(void **state)
{
	struct world *w = *state;

	assert_null(told(w, 0));
	/* Nor is what the kernel told of it before somebody wanted to know. */
	lives_cloned(&w->lives, 10, 11, w->ns);
	lives_cloned(&w->lives, 10, 12, 1);
	lives_ended(&w->lives, 10, 12, 0, 2);
	assert_null(told(w, 0));
}

static void a_child_lives_and_dies(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;
	const struct event *e;

	lives_forked(&w->lives, 10, 20, false, w->ns);
	lives_ended(&w->lives, 20, 20, 3 << 8, w->ns + 1);
	batch = told(w, 2);
	e = expect(batch, 0, EVENT_FORK, 10, 0, 20);
	assert_int_equal(e->monotonic_ns, w->ns);
	assert_true(text_equal(event_name(batch, e->name), text_of("a")));
	e = expect(batch, 1, EVENT_EXIT, 20, 0, 0);
	assert_true(e->status_known);
	assert_int_equal(e->status, 3 << 8);
	assert_true(text_equal(event_name(batch, e->name), text_of("a")));
	part_put(batch);
	/* It is told once, and its number may be another's then. */
	lives_ended(&w->lives, 20, 20, 0, w->ns + 2);
	assert_null(told(w, 0));
	assert_int_equal(w->lives.left.item[0], 20);
	lives_forked(&w->lives, 10, 20, false, w->ns + 3);
	batch = told(w, 1);
	expect(batch, 0, EVENT_FORK, 10, 0, 20);
	part_put(batch);
}

/* Where somebody counts all threads they are told of children, too. */
static void a_childs_threads_are_told_where_asked_for(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	w->lives.kin_threads = true;
	lives_forked(&w->lives, 10, 20, false, w->ns);
	lives_cloned(&w->lives, 20, 21, w->ns + 1);
	batch = told(w, 2);
	expect(batch, 0, EVENT_FORK, 10, 0, 20);
	expect(batch, 1, EVENT_THREAD, 20, 21, 0);
	part_put(batch);
}

/* Of a child that is not watched only its births, its end, its programs and its name are told. */
static void a_childs_own_affairs_are_not_told(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	lives_forked(&w->lives, 10, 20, false, w->ns);
	lives_cloned(&w->lives, 20, 21, w->ns + 1);
	lives_named(&w->lives, 20, 21, text_of("x"), w->ns + 2);
	lives_forked(&w->lives, 20, 30, false, w->ns + 3);
	lives_ended(&w->lives, 20, 20, 0, w->ns + 4);
	assert_false(lives_find(&w->lives, 20)->told);
	lives_ended(&w->lives, 20, 21, 9, w->ns + 5);
	batch = told(w, 3);
	expect(batch, 0, EVENT_FORK, 10, 0, 20);
	expect(batch, 1, EVENT_FORK, 20, 0, 30);
	assert_int_equal(expect(batch, 2, EVENT_EXIT, 20, 0, 0)->status, 9);
	part_put(batch);
	/* An orphan is kept, and told of, as long as it lives. */
	lives_forked(&w->lives, 30, 40, false, w->ns + 6);
	lives_ended(&w->lives, 30, 30, 0, w->ns + 7);
	part_put(told(w, 2));
	lives_ended(&w->lives, 40, 40, 5 << 8, w->ns + 8);
	batch = told(w, 1);
	assert_int_equal(expect(batch, 0, EVENT_EXIT, 40, 0, 0)->status, 5 << 8);
	part_put(batch);
	assert_null(lives_find(&w->lives, 40));
}

/* Who is watched instead takes over those below, and nobody else. */
static void descendants_go_with_who_is_watched(void **state)
{
	struct world *w = *state;
	struct task_id child = {20, START};

	put(w, 20, 10, "b", 'S', 1);
	lives_forked(&w->lives, 10, 20, false, w->ns);
	lives_forked(&w->lives, 10, 21, false, w->ns + 1);
	lives_forked(&w->lives, 20, 30, false, w->ns + 2);
	part_put(told(w, 3));
	lives_watch(&w->lives, &child, 1);
	w->lives.sink = &w->told;
	assert_null(told(w, 0));
	assert_non_null(lives_find(&w->lives, 30));
	assert_null(lives_find(&w->lives, 10));
	assert_null(lives_find(&w->lives, 21));
	lives_ended(&w->lives, 30, 30, 0, w->ns + 3);
	part_put(told(w, 1));
}

/* How it ended is looked for, where nobody tells: a zombie says it, one that is reaped does not. */
static void one_that_left_is_looked_at(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	lives_forked(&w->lives, 10, 20, false, w->ns);
	lives_left(&w->lives, 20, 20, w->ns + 1);
	assert_true(lives_wait(&w->lives));
	lives_look(&w->lives);
	batch = told(w, 2);
	assert_false(expect(batch, 1, EVENT_EXIT, 20, 0, 0)->status_known);
	assert_int_equal(batch->event[1].monotonic_ns, w->ns + 1);
	part_put(batch);
	lives_left(&w->lives, 10, 11, w->ns + 2);
	lives_left(&w->lives, 10, 10, w->ns + 3);
	put_zombie(w, 10, 3 << 8);
	lives_look(&w->lives);
	batch = told(w, 1);
	assert_int_equal(expect(batch, 0, EVENT_EXIT, 10, 0, 0)->status, 3 << 8);
	part_put(batch);
	assert_false(lives_wait(&w->lives));
}

/* It lives on, though its end was told: it is looked at from then on. */
static void one_that_seemed_to_leave_is_unheard(void **state)
{
	struct world *w = *state;

	lives_ended(&w->lives, 10, 11, 0, w->ns);
	part_put(told(w, 1));
	lives_left(&w->lives, 10, 10, w->ns + 1);
	assert_false(lives_unheard(&w->lives));
	lives_look(&w->lives);
	assert_null(told(w, 0));
	assert_true(lives_unheard(&w->lives));
	put(w, 10, 1, "other", 'S', 2);
	put_thread(w, 10, 12, "late");
	take_away(w, 10, 11);
	lives_compare(&w->lives);
	part_put(told(w, 2)); /* a name, a thread */
	take_away(w, 10, 10);
	lives_compare(&w->lives);
	assert_true(lives_wait(&w->lives));
}

static void threads_come_and_go(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	put_thread(w, 10, 12, "fresh");
	lives_cloned(&w->lives, 10, 12, w->ns);
	lives_named(&w->lives, 10, 12, text_of("named"), w->ns + 1);
	lives_named(&w->lives, 10, 12, text_of("named"), w->ns + 2);
	lives_ended(&w->lives, 10, 12, 0, w->ns + 3);
	lives_ended(&w->lives, 10, 11, 0, w->ns + 4);
	assert_true(lives_wait(&w->lives));
	batch = told(w, 4);
	assert_false(lives_wait(&w->lives));
	expect(batch, 0, EVENT_THREAD, 10, 12, 0);
	assert_true(text_equal(event_name(batch, batch->event[0].name), text_of("fresh")));
	expect(batch, 1, EVENT_COMM, 10, 12, 0);
	assert_true(text_equal(event_name(batch, batch->event[1].before), text_of("fresh")));
	expect(batch, 2, EVENT_THREAD_EXIT, 10, 12, 0);
	assert_true(text_equal(event_name(batch, batch->event[2].name), text_of("named")));
	expect(batch, 3, EVENT_THREAD_EXIT, 10, 11, 0);
	assert_true(text_equal(event_name(batch, batch->event[3].name), text_of("worker")));
	part_put(batch);
}

/* The process ends with its last thread, whichever that is, as that one ended. */
static void a_main_thread_may_end_first(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;
	const struct event *e;

	lives_ended(&w->lives, 10, 10, 0, w->ns);
	batch = told(w, 1);
	expect(batch, 0, EVENT_THREAD_EXIT, 10, 10, 0);
	part_put(batch);
	lives_ended(&w->lives, 10, 11, 7 << 8, w->ns + 1);
	batch = told(w, 1);
	e = expect(batch, 0, EVENT_EXIT, 10, 0, 0);
	assert_int_equal(e->status, 7 << 8);
	part_put(batch);
}

/* One that had left by itself may be told of behind the main thread, which ended them all. */
static void the_last_to_go_may_not_be_who_ended_all(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	lives_ended(&w->lives, 10, 10, 3 << 8, w->ns);
	part_put(told(w, 1));
	lives_ended(&w->lives, 10, 11, 0, w->ns + 1);
	batch = told(w, 2);
	expect(batch, 0, EVENT_THREAD_EXIT, 10, 11, 0);
	assert_int_equal(expect(batch, 1, EVENT_EXIT, 10, 0, 0)->status, 3 << 8);
	part_put(batch);
}

/* All end with one: that is one event; who ended by himself before is told of. */
static void all_may_end_together(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	lives_cloned(&w->lives, 10, 12, w->ns);
	lives_ended(&w->lives, 10, 12, 0, w->ns + 1);
	lives_ended(&w->lives, 10, 11, 5 << 8, w->ns + 2);
	lives_ended(&w->lives, 10, 10, 5 << 8, w->ns + 3);
	batch = told(w, 3);
	expect(batch, 0, EVENT_THREAD, 10, 12, 0);
	expect(batch, 1, EVENT_THREAD_EXIT, 10, 12, 0);
	expect(batch, 2, EVENT_EXIT, 10, 0, 0);
	part_put(batch);
}

/* A thread of it that ended before we listened is no reason to think that it lives. */
static void threads_that_never_end_hold_nothing_up(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	lives_ended(&w->lives, 10, 10, 0, w->ns);
	part_put(told(w, 1));
	put(w, 10, 1, "a", 'Z', 1);
	for (uint64_t until = clock_monotonic_ns() + BOUND_NS;
		!w->told.event.n && clock_monotonic_ns() < until;)
		lives_check(&w->lives, false);
	batch = told(w, 1);
	expect(batch, 0, EVENT_EXIT, 10, 0, 0);
	part_put(batch);
}

static void an_exec_leaves_one_thread(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	put(w, 10, 1, "other", 'S', 1);
	/* A thread executes: it takes the main one's number, and says no end. */
	lives_ended(&w->lives, 10, 10, 0, w->ns);
	lives_execed(&w->lives, 10, text_of(NULL), w->ns + 1);
	batch = told(w, 2);
	expect(batch, 0, EVENT_THREAD_EXIT, 10, 11, 0);
	expect(batch, 1, EVENT_EXEC, 10, 0, 0);
	assert_true(text_equal(event_name(batch, batch->event[1].name), text_of("other")));
	assert_true(text_equal(event_name(batch, batch->event[1].before), text_of("a")));
	part_put(batch);
	lives_ended(&w->lives, 10, 10, 1 << 8, w->ns + 2);
	batch = told(w, 1);
	expect(batch, 0, EVENT_EXIT, 10, 0, 0);
	part_put(batch);
}

/* What was lost is said, and what shows of it is told all the same. */
static void what_is_lost_is_looked_for(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	lives_forked(&w->lives, 10, 20, false, w->ns);
	part_put(told(w, 1));
	put_thread(w, 10, 12, "fresh");
	take_away(w, 10, 11);
	put(w, 30, 10, "b", 'S', 1);
	tree_file(w->tree, "10/task/10/children", "30 ");
	lives_lost(&w->lives, 12);
	batch = told(w, 4);
	assert_int_equal(expect(batch, 0, EVENT_LOST, 0, 0, 0)->count, 12);
	expect(batch, 1, EVENT_THREAD, 10, 12, 0);
	expect(batch, 2, EVENT_THREAD_EXIT, 10, 11, 0);
	expect(batch, 3, EVENT_FORK, 10, 0, 30);
	part_put(batch);
	for (uint64_t until = clock_monotonic_ns() + BOUND_NS;
		!w->told.event.n && clock_monotonic_ns() < until;)
		lives_check(&w->lives, false);
	batch = told(w, 1);
	assert_false(expect(batch, 0, EVENT_EXIT, 20, 0, 0)->status_known);
	part_put(batch);
	lives_lost(&w->lives, 1);
	part_put(told(w, 1));
}

static void an_end_that_nobody_told_is_found(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	lives_check(&w->lives, true);
	assert_false(lives_wait(&w->lives));
	put(w, 10, 1, "a", 'Z', 1);
	lives_check(&w->lives, false);
	assert_false(lives_wait(&w->lives));
	lives_check(&w->lives, true);
	assert_true(lives_wait(&w->lives));
	assert_null(told(w, 0));
	for (uint64_t until = clock_monotonic_ns() + BOUND_NS;
		!w->told.event.n && clock_monotonic_ns() < until;)
		lives_check(&w->lives, false);
	batch = told(w, 1);
	expect(batch, 0, EVENT_EXIT, 10, 0, 0);
	part_put(batch);
	assert_false(lives_wait(&w->lives));
}

static void one_that_went_before_we_looked_is_told_of(void **state)
{
	struct world *w = *state;
	const struct task_id id[] = {A, {40, START}};
	const struct event_batch *batch;

	lives_watch(&w->lives, id, 2);
	event_sink_move(&w->told, &w->lives.found);
	batch = told(w, 1);
	expect(batch, 0, EVENT_EXIT, 40, 0, 0);
	part_put(batch);
	/* Once, however often it is asked for. */
	lives_watch(&w->lives, id, 1);
	lives_watch(&w->lives, id, 2);
	event_sink_move(&w->told, &w->lives.found);
	assert_null(told(w, 0));
}

/* A number is no identity: who has it now is another one. */
static void a_number_is_no_identity(void **state)
{
	struct world *w = *state;
	const struct task_id id = {10, START + 1};
	const struct event_batch *batch;

	lives_watch(&w->lives, &id, 1);
	event_sink_move(&w->told, &w->lives.found);
	batch = told(w, 1);
	expect(batch, 0, EVENT_EXIT, 10, 0, 0);
	part_put(batch);
}

/* The next one of a number is told of as the one before, which seemed to be leaving still. */
static void a_number_is_given_again(void **state)
{
	struct world *w = *state;
	const struct event_batch *batch;

	lives_forked(&w->lives, 10, 20, false, w->ns);
	lives_left(&w->lives, 20, 20, w->ns + 1);
	lives_forked(&w->lives, 10, 20, false, w->ns + 2);
	lives_ended(&w->lives, 20, 20, 5 << 8, w->ns + 3);
	batch = told(w, 4);
	expect(batch, 0, EVENT_FORK, 10, 0, 20);
	assert_int_equal(expect(batch, 1, EVENT_EXIT, 20, 0, 0)->monotonic_ns, w->ns + 1);
	expect(batch, 2, EVENT_FORK, 10, 0, 20);
	assert_int_equal(expect(batch, 3, EVENT_EXIT, 20, 0, 0)->status, 5 << 8);
	part_put(batch);
}

/* Who is watched and has ended does not stand for the next one of its number. */
static void the_dead_do_not_hide_the_living(void **state)
{
	struct world *w = *state;
	const struct task_id id[] = {A, {20, START - 1}};
	const struct event_batch *batch;

	put(w, 20, 10, "b", 'S', 1);
	lives_forked(&w->lives, 10, 20, false, w->ns);
	part_put(told(w, 1));
	lives_watch(&w->lives, id, 2);
	event_sink_move(&w->told, &w->lives.found);
	w->lives.sink = &w->told;
	lives_ended(&w->lives, 20, 20, 5 << 8, w->ns + 3);
	batch = told(w, 1);
	assert_int_equal(expect(batch, 0, EVENT_EXIT, 20, 0, 0)->status, 5 << 8);
	part_put(batch);
}

#define LIVES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVES(what_was_there_is_no_event),
		LIVES(a_child_lives_and_dies),
		LIVES(a_childs_own_affairs_are_not_told),
		LIVES(a_childs_threads_are_told_where_asked_for),
		LIVES(descendants_go_with_who_is_watched),
		LIVES(one_that_left_is_looked_at),
		LIVES(one_that_seemed_to_leave_is_unheard),
		LIVES(threads_come_and_go),
		LIVES(a_main_thread_may_end_first),
		LIVES(the_last_to_go_may_not_be_who_ended_all),
		LIVES(all_may_end_together),
		LIVES(threads_that_never_end_hold_nothing_up),
		LIVES(an_exec_leaves_one_thread),
		LIVES(what_is_lost_is_looked_for),
		LIVES(an_end_that_nobody_told_is_found),
		LIVES(one_that_went_before_we_looked_is_told_of),
		LIVES(a_number_is_no_identity),
		LIVES(a_number_is_given_again),
		LIVES(the_dead_do_not_hide_the_living),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
