/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The feeds over processes that do one thing at a time: each is told once, with what it carries,
 * and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "denied.h"
#include "live.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/feed/feeds.h"
#include "twintop/proc/identity.h"

#define BOUND_NS 60000000000u

struct fixture {
	struct proc_root *root;
	struct feeds *feeds;
	VEC(const struct event_batch *) batches;
};

static void open_feeds(struct fixture *f)
{
	struct feed_context context = {0};

	*f = (struct fixture){0};
	assert_int_equal(proc_root_open(NULL, &f->root), 0);
	denied_probe(f->root, NULL, &context.access);
	context.root = f->root;
	assert_int_equal(feeds_new(&context, feed_table, feed_table_n, &f->feeds), 0);
}

static void close_feeds(struct fixture *f)
{
	for (size_t i = 0; i < f->batches.n; i++)
		part_put(f->batches.item[i]);
	VEC_FREE(&f->batches);
	assert_true(feeds_free(f->feeds));
	proc_root_close(f->root);
}

static void take(struct fixture *f)
{
	const struct event_batch *batch;

	assert_true(feeds_flush(f->feeds, clock_monotonic_ns() + BOUND_NS));
	batch = feeds_take(f->feeds);
	if (batch)
		VEC_PUSH(&f->batches, batch);
}

static struct task_id id_of(const struct fixture *f, pid_t pid)
{
	struct identity_stat stat;

	assert_int_equal(identity_stat_read(f->root, pid, &stat), 0);
	return (struct task_id){pid, stat.start_ticks};
}

static void watch(struct fixture *f, pid_t a, pid_t b)
{
	const struct task_id id[2] = {id_of(f, a), b ? id_of(f, b) : (struct task_id){0}};

	feeds_watch(f->feeds, id, b ? 2 : 1);
	take(f);
}

/* What is looked for in an event; 0 and NULL: whatever it is. */
struct wanted {
	enum event_kind kind;
	pid_t pid, tid, other;
	const char *name, *before;
};

static bool is_wanted(
	const struct event_batch *batch, const struct event *e, const struct wanted *w)
{
	return e->kind == w->kind && (!w->pid || e->pid == w->pid) &&
	       (!w->tid || e->tid == w->tid) && (!w->other || e->other == w->other) &&
	       (!w->name || text_equal(event_name(batch, e->name), text_of(w->name))) &&
	       (!w->before || text_equal(event_name(batch, e->before), text_of(w->before)));
}

/* How many such events were told; *ret_event is the last one. */
static unsigned count(const struct fixture *f, const struct wanted *w, struct event *ret_event)
{
	unsigned n = 0;

	for (size_t i = 0; i < f->batches.n; i++)
		for (size_t k = 0; k < f->batches.item[i]->n; k++) {
			const struct event *e = &f->batches.item[i]->event[k];

			if (!is_wanted(f->batches.item[i], e, w))
				continue;
			*ret_event = *e;
			n++;
		}
	return n;
}

/* A zombie that is reaped late is one of states, which has tests of its own. */
static size_t count_all(const struct fixture *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->batches.n; i++)
		for (size_t k = 0; k < f->batches.item[i]->n; k++)
			n += strcmp(f->batches.item[i]->event[k].source, "states") != 0;
	return n;
}

static void print_all(const struct fixture *f)
{
	struct textbuf b = {0};

	for (size_t i = 0; i < f->batches.n; i++)
		for (size_t k = 0; k < f->batches.item[i]->n; k++) {
			textbuf_clear(&b);
			event_sentence(f->batches.item[i], &f->batches.item[i]->event[k], &b);
			print_error("told: %s\n", b.bytes);
		}
	textbuf_free(&b);
}

/* Waits until it was told, once. */
static struct event expect(struct fixture *f, struct wanted w)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	struct event e = {0};
	unsigned n;

	while (!(n = count(f, &w, &e)) && clock_monotonic_ns() < until) {
		take(f);
		clock_sleep_ns(1000000);
	}
	if (n != 1)
		print_all(f);
	assert_int_equal(n, 1);
	assert_string_equal(e.source, feeds_lifecycle(f->feeds)->id);
	return e;
}

/* After a while of more looks, so many events were told in all. */
static void expect_no_more(struct fixture *f, size_t n)
{
	for (int i = 0; i < 100; i++) {
		take(f);
		clock_sleep_ns(1000000);
	}
	if (count_all(f) != n)
		print_all(f);
	assert_int_equal(count_all(f), n);
}

/* ---- a process and its threads -------------------------------------------------- */

static void processes_and_threads(struct fixture *f, struct specimen *s)
{
	pid_t pid = specimen_pid(s), child, tid;
	struct event e;

	watch(f, pid, 0);
	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	expect(f, (struct wanted){
			  .kind = EVENT_FORK, .pid = pid, .other = child, .name = "sp_events"});
	specimen_say(s, "name renamed");
	expect(f, (struct wanted){.kind = EVENT_COMM,
			  .pid = pid,
			  .tid = pid,
			  .name = "renamed",
			  .before = "sp_events"});
	specimen_say(s, "thread");
	tid = (pid_t)specimen_number(s, "tid");
	expect(f, (struct wanted){.kind = EVENT_THREAD, .pid = pid, .tid = tid, .name = "renamed"});
	specimen_say(s, "thread_name extra");
	expect(f, (struct wanted){.kind = EVENT_COMM,
			  .pid = pid,
			  .tid = tid,
			  .name = "extra",
			  .before = "renamed"});
	specimen_say(s, "thread_end");
	expect(f, (struct wanted){
			  .kind = EVENT_THREAD_EXIT, .pid = pid, .tid = tid, .name = "extra"});
	specimen_say(s, "end 3");
	e = expect(f, (struct wanted){.kind = EVENT_EXIT, .pid = child, .name = "sp_events"});
	assert_true(e.status_known);
	assert_int_equal(e.status, 3 << 8);
	specimen_say(s, "reap");
	expect_no_more(f, 6);
}

static void what_it_does_is_told(void **state)
{
	struct specimen *s = specimen_start("events", NULL);
	struct fixture f;

	(void)state;
	open_feeds(&f);
	processes_and_threads(&f, s);
	close_feeds(&f);
	specimen_stop(s);
}

static void nobodys_processes(void *context)
{
	struct fixture f;

	open_feeds(&f);
	processes_and_threads(&f, context);
	close_feeds(&f);
}

static void an_ordinary_user_is_told_as_much(void **state)
{
	struct specimen *s = specimen_start_as_nobody("events", NULL);

	(void)state;
	as_nobody(nobodys_processes, s);
	specimen_stop(s);
}

/* ---- exec ----------------------------------------------------------------------- */

static void the_same_program_again_is_an_exec(void **state)
{
	struct specimen *s = specimen_start("events", NULL);
	pid_t pid = specimen_pid(s);
	struct fixture f;
	uint64_t place;

	(void)state;
	open_feeds(&f);
	watch(&f, pid, 0);
	specimen_say(s, "exec");
	expect(&f, (struct wanted){.kind = EVENT_EXEC, .pid = pid});
	close_feeds(&f);
	/* And where its addresses stay the same, nothing of it differs but its memory. */
	specimen_say(s, "still");
	place = specimen_number(s, "main");
	open_feeds(&f);
	watch(&f, pid, 0);
	specimen_say(s, "exec");
	assert_int_equal(specimen_number(s, "main"), place);
	expect(&f, (struct wanted){.kind = EVENT_EXEC, .pid = pid, .before = "exe"});
	expect_no_more(&f, 1);
	close_feeds(&f);
	specimen_stop(s);
}

static void threads_end_where_one_executes(void **state)
{
	struct specimen *s = specimen_start("events", NULL);
	pid_t pid = specimen_pid(s), tid;
	struct fixture f;

	(void)state;
	open_feeds(&f);
	specimen_say(s, "thread");
	tid = (pid_t)specimen_number(s, "tid");
	watch(&f, pid, 0);
	specimen_say(s, "exec");
	expect(&f, (struct wanted){.kind = EVENT_EXEC, .pid = pid});
	expect(&f, (struct wanted){.kind = EVENT_THREAD_EXIT, .pid = pid, .tid = tid});
	expect_no_more(&f, 2);
	close_feeds(&f);
	specimen_stop(s);
}

/* A spawned child shares its parent's memory until it executes; then it is killed. */
static void a_spawned_child_forks_executes_and_dies(void **state)
{
	struct specimen *s = specimen_start("events", NULL);
	pid_t pid = specimen_pid(s), child;
	struct fixture f;
	struct event e;

	(void)state;
	open_feeds(&f);
	watch(&f, pid, 0);
	specimen_say(s, "spawn");
	child = (pid_t)specimen_number(s, "child");
	expect(&f, (struct wanted){.kind = EVENT_FORK, .pid = pid, .other = child});
	expect(&f, (struct wanted){.kind = EVENT_EXEC, .pid = child, .name = "exe"});
	watch(&f, pid, child);
	specimen_say(s, "kill 9");
	e = expect(&f, (struct wanted){.kind = EVENT_EXIT, .pid = child, .name = "exe"});
	assert_true(e.status_known);
	assert_int_equal(e.status, SIGKILL);
	specimen_say(s, "reap");
	expect_no_more(&f, 3);
	close_feeds(&f);
	specimen_stop(s);
}

/* ---- who is watched ------------------------------------------------------------- */

static void sides_may_be_exchanged(void **state)
{
	struct specimen *s = specimen_start("events", NULL);
	pid_t pid = specimen_pid(s), child;
	struct fixture f;

	(void)state;
	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	open_feeds(&f);
	watch(&f, pid, child);
	for (int i = 0; i < 5; i++) {
		watch(&f, child, pid);
		watch(&f, pid, child);
	}
	expect_no_more(&f, 0);
	specimen_say(s, "kill 11");
	watch(&f, child, pid);
	expect(&f, (struct wanted){.kind = EVENT_EXIT, .pid = child});
	watch(&f, pid, 0);
	specimen_say(s, "reap");
	expect_no_more(&f, 1);
	close_feeds(&f);
	specimen_stop(s);
}

/* The end of one that is watched comes without a look, and without anybody asking. */
static void an_end_is_told_by_itself(void **state)
{
	struct specimen *s = specimen_start("events", NULL);
	struct fixture f;
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	const struct event_batch *batch = NULL;

	(void)state;
	open_feeds(&f);
	watch(&f, specimen_pid(s), 0);
	assert_int_equal(specimen_stop(s), 0);
	while (!batch && clock_monotonic_ns() < until) {
		clock_sleep_ns(1000000);
		batch = feeds_take(f.feeds);
	}
	assert_non_null(batch);
	assert_int_equal(batch->n, 1);
	assert_int_equal(batch->event[0].kind, EVENT_EXIT);
	part_put(batch);
	expect_no_more(&f, 0);
	close_feeds(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_does_is_told),
		cmocka_unit_test(an_ordinary_user_is_told_as_much),
		cmocka_unit_test(the_same_program_again_is_an_exec),
		cmocka_unit_test(threads_end_where_one_executes),
		cmocka_unit_test(a_spawned_child_forks_executes_and_dies),
		cmocka_unit_test(sides_may_be_exchanged),
		cmocka_unit_test(an_end_is_told_by_itself),
	};

	return live_run(tests, NULL, NULL);
}
