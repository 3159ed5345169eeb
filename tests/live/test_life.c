/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of living processes between birth and end and after it: stops, tracers, other
 * parents, zombies. Each is told once, with who and by what, and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
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
	struct specimen *specimen;
	pid_t pid, child;
	VEC(struct event) event; /* of states; names left out */
};

static void take(struct fixture *f)
{
	const struct event_batch *batch;

	assert_true(feeds_flush(f->feeds, clock_monotonic_ns() + BOUND_NS));
	batch = feeds_take(f->feeds);
	for (size_t i = 0; batch && i < batch->n; i++)
		if (!strcmp(batch->event[i].source, "states"))
			VEC_PUSH(&f->event, batch->event[i]);
	part_put(batch);
}

static void watch(struct fixture *f, pid_t a, pid_t b)
{
	const pid_t pid[2] = {a, b};
	struct identity_stat stat;
	struct task_id id[2];
	size_t n = b ? 2 : 1;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(identity_stat_read(f->root, pid[i], &stat), 0);
		id[i] = (struct task_id){pid[i], stat.start_ticks};
	}
	feeds_watch(f->feeds, id, n);
	take(f);
}

/* A parent that is watched, and a child that was born since, or is watched, too. */
static void begin(struct fixture *f, struct specimen *s, bool both)
{
	struct feed_context context = {0};

	*f = (struct fixture){.specimen = s, .pid = specimen_pid(s)};
	assert_int_equal(proc_root_open(NULL, &f->root), 0);
	denied_probe(f->root, NULL, &context.access);
	context.root = f->root;
	assert_int_equal(feeds_new(&context, feed_table, feed_table_n, &f->feeds), 0);
	watch(f, f->pid, 0);
	specimen_say(s, "fork");
	f->child = (pid_t)specimen_number(s, "child");
	if (both)
		watch(f, f->pid, f->child);
}

static void end(struct fixture *f)
{
	VEC_FREE(&f->event);
	assert_true(feeds_free(f->feeds));
	proc_root_close(f->root);
}

static void print_all(const struct fixture *f)
{
	for (size_t i = 0; i < f->event.n; i++)
		print_error("told: %s of %d\n", event_table[f->event.item[i].kind].id,
			(int)f->event.item[i].pid);
}

/* Waits until so many were told; the last one is of that kind and process. */
static struct event expect(struct fixture *f, size_t n, enum event_kind kind, pid_t pid)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;

	while (f->event.n < n && clock_monotonic_ns() < until) {
		take(f);
		clock_sleep_ns(1000000);
	}
	if (f->event.n != n || f->event.item[n - 1].kind != kind)
		print_all(f);
	assert_int_equal(f->event.n, n);
	assert_int_equal(f->event.item[n - 1].kind, kind);
	assert_int_equal(f->event.item[n - 1].pid, pid);
	return f->event.item[n - 1];
}

/* After some more looks it is still so many. */
static void expect_no_more(struct fixture *f, size_t n)
{
	for (int i = 0; i < 30; i++) {
		take(f);
		clock_sleep_ns(10000000);
	}
	if (f->event.n != n)
		print_all(f);
	assert_int_equal(f->event.n, n);
}

/* ---- each thing by itself ---------------------------------------------------- */

static void stops_and_goes_on(struct fixture *f)
{
	struct specimen *s = f->specimen;

	specimen_say(s, "signal 19");
	assert_int_equal(expect(f, 1, EVENT_STOPPED, f->child).signal, SIGSTOP);
	specimen_say(s, "signal 18");
	expect(f, 2, EVENT_CONTINUED, f->child);
	specimen_say(s, "signal 20");
	assert_int_equal(expect(f, 3, EVENT_STOPPED, f->child).signal, SIGTSTP);
	/* Who dies while it is stopped does not go on. */
	specimen_say(s, "signal 9");
	assert_int_equal(expect(f, 4, EVENT_ZOMBIE, f->child).status, SIGKILL);
	specimen_say(s, "reap");
	expect(f, 5, EVENT_REAPED, f->child);
	expect_no_more(f, 5);
}

static void becomes_a_zombie(struct fixture *f)
{
	struct event e;

	specimen_say(f->specimen, "end 3");
	e = expect(f, 1, EVENT_ZOMBIE, f->child);
	assert_int_equal(e.other, f->pid);
	assert_true(e.status_known);
	assert_int_equal(e.status, 3 << 8);
	specimen_say(f->specimen, "reap");
	e = expect(f, 2, EVENT_REAPED, f->child);
	assert_int_equal(e.other, f->pid);
	assert_int_equal(e.status, 3 << 8);
	expect_no_more(f, 2);
}

static void is_traced(struct fixture *f)
{
	specimen_say(f->specimen, "trace");
	if (specimen_number(f->specimen, "traced")) {
		print_message("skipped: this process may not trace its child\n");
		return;
	}
	assert_int_equal(expect(f, 1, EVENT_TRACED, f->child).other, f->pid);
	specimen_say(f->specimen, "untrace");
	assert_int_equal(expect(f, 2, EVENT_UNTRACED, f->child).other, f->pid);
	expect_no_more(f, 2);
}

/* The only event of that kind. */
static struct event only(const struct fixture *f, enum event_kind kind)
{
	struct event found = {0};
	unsigned n = 0;

	for (size_t i = 0; i < f->event.n; i++)
		if (f->event.item[i].kind == kind) {
			found = f->event.item[i];
			n++;
		}
	if (n != 1)
		print_all(f);
	assert_int_equal(n, 1);
	return found;
}

/* The child of a watched one that ends: either may be seen first. */
static void is_orphaned(struct fixture *f)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	pid_t grandchild;

	specimen_say(f->specimen, "grandchild");
	grandchild = (pid_t)specimen_number(f->specimen, "grandchild");
	take(f); /* its birth is heard before its parent's end */
	specimen_say(f->specimen, "end 0");
	while (f->event.n < 2 && clock_monotonic_ns() < until) {
		take(f);
		clock_sleep_ns(1000000);
	}
	assert_int_equal(only(f, EVENT_ZOMBIE).pid, f->child);
	assert_int_equal(only(f, EVENT_REPARENTED).pid, grandchild);
	assert_int_equal(only(f, EVENT_REPARENTED).former, f->child);
	assert_int_equal(only(f, EVENT_REPARENTED).other, f->pid);
	expect_no_more(f, 2);
}

static void run(struct specimen *s, void (*body)(struct fixture *f), bool both)
{
	struct fixture f;

	begin(&f, s, both);
	body(&f);
	end(&f);
}

/* ---- of a child, of B, and as an ordinary user ------------------------------------ */

static void (*body_now)(struct fixture *f);

static void nobodys_child(void *specimen)
{
	run(specimen, body_now, false);
}

static void nobodys_b(void *specimen)
{
	run(specimen, body_now, true);
}

static void told_in_all_ways(void (*body)(struct fixture *f), bool child)
{
	for (unsigned both = child ? 0 : 1; both < 2; both++)
		for (unsigned nobody = 0; nobody < 2; nobody++) {
			struct specimen *s = nobody ? specimen_start_as_nobody("life", NULL)
						    : specimen_start("life", NULL);

			body_now = body;
			if (nobody)
				as_nobody(both ? nobodys_b : nobodys_child, s);
			else
				run(s, body, both);
			specimen_stop(s);
		}
}

static void stops_are_told(void **state)
{
	(void)state;
	told_in_all_ways(stops_and_goes_on, true);
}

static void zombies_are_told(void **state)
{
	(void)state;
	told_in_all_ways(becomes_a_zombie, true);
}

static void tracers_are_told(void **state)
{
	(void)state;
	told_in_all_ways(is_traced, true);
}

static void orphans_are_told(void **state)
{
	(void)state;
	told_in_all_ways(is_orphaned, false);
}

/* What was so when it was first looked at is no event; its end is one. */
static void what_was_there_is_no_event(void **state)
{
	struct specimen *s = specimen_start("life", NULL);
	struct fixture f;

	(void)state;
	begin(&f, s, false);
	specimen_say(s, "signal 19");
	expect(&f, 1, EVENT_STOPPED, f.child);
	end(&f);
	begin(&f, s, false); /* a second child; the first one is stopped and is there */
	expect_no_more(&f, 0);
	specimen_say(s, "end 0");
	expect(&f, 1, EVENT_ZOMBIE, f.child);
	end(&f);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stops_are_told),
		cmocka_unit_test(zombies_are_told),
		cmocka_unit_test(tracers_are_told),
		cmocka_unit_test(orphans_are_told),
		cmocka_unit_test(what_was_there_is_no_event),
	};

	return live_run(tests, NULL, NULL);
}
