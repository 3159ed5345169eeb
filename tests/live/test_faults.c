/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page faults of a specimen that says which pages it copies, by which code, in which thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "twintop/base/clock.h"
#include "twintop/feed/feeds.h"
#include "twintop/proc/identity.h"

#define BOUND_NS 60000000000u
#define MAIN	 1000
#define THREAD	 500
#define KERNEL	 100

struct world {
	struct specimen *specimen;
	struct proc_root *root;
	struct feeds *feeds;
	struct fault_sink faults;
	pid_t a, b;
};

static struct task_id id_of(const struct world *w, pid_t pid)
{
	struct identity identity;
	struct task_id id;

	assert_int_equal(identity_open(w->root, pid, &identity), 0);
	id = identity.id;
	identity_close(&identity);
	return id;
}

static void watch(struct world *w, pid_t a, pid_t b)
{
	struct task_id id[2] = {id_of(w, a)};

	if (b)
		id[1] = id_of(w, b);
	feeds_watch(w->feeds, id, b ? 2 : 1);
	assert_true(feeds_flush(w->feeds, clock_monotonic_ns() + BOUND_NS));
}

static void begin(struct world *w)
{
	struct feed_context context = {0};

	*w = (struct world){0};
	assert_int_equal(proc_root_open(NULL, &w->root), 0);
	denied_probe(w->root, NULL, &context.access);
	context.root = w->root;
	w->specimen = specimen_start("writers", "1000", "500", "100", NULL);
	w->a = (pid_t)specimen_number(w->specimen, "pid");
	w->b = (pid_t)specimen_number(w->specimen, "child");
	assert_int_equal(feeds_new(&context, feed_table, feed_table_n, &w->feeds), 0);
	feeds_need(w->feeds, NEED_LISTEN);
}

static void end(struct world *w)
{
	feeds_free(w->feeds);
	fault_sink_free(&w->faults);
	specimen_stop(w->specimen);
	proc_root_close(w->root);
}

/* What has happened since the last call. */
static void gather(struct world *w)
{
	fault_sink_free(&w->faults);
	assert_true(feeds_catch_up(w->feeds, clock_monotonic_ns() + BOUND_NS));
	feeds_take_faults(w->feeds, &w->faults);
}

static const struct fault_watch *said_of(const struct world *w, pid_t pid)
{
	for (size_t i = 0; i < w->faults.watches_n; i++)
		if (w->faults.watch[i].pid == pid)
			return &w->faults.watch[i];
	fail_msg("nothing was said of %d", (int)pid);
	return NULL;
}

/* Skips where not even its faults may be seen. */
static bool sees(struct world *w)
{
	gather(w);
	if (said_of(w, w->a)->state == VALUE_KNOWN)
		return true;
	print_message("page faults: %s\n", said_of(w, w->a)->reason);
	end(w);
	return false;
}

/*
 * Pages of an area that faulted once or more, as told of that thread, in code between two
 * addresses.
 */
static size_t pages_of(
	struct world *w, const char *area, size_t pages, pid_t pid, pid_t tid, bool kernel)
{
	uint64_t from, to, start = specimen_number(w->specimen, area);
	static bool seen[MAIN];
	size_t n = 0;
	char key[32];

	snprintf(key, sizeof key, "%s_from", area);
	from = specimen_number(w->specimen, key);
	snprintf(key, sizeof key, "%s_to", area);
	to = specimen_number(w->specimen, key);
	memset(seen, 0, sizeof seen);
	for (size_t i = 0; i < w->faults.fault.n; i++) {
		const struct fault *f = &w->faults.fault.item[i];
		uint64_t at = (f->address - start) / specimen_number(w->specimen, "page");

		if (f->exec || f->address < start || at >= pages || f->pid != pid || f->tid != tid)
			continue;
		assert_int_equal(f->kernel, kernel);
		assert_true(f->ip >= from && f->ip <= to);
		assert_int_equal(f->weight, 1);
		n += !seen[at];
		seen[at] = true;
	}
	return n;
}

static size_t rows_of(struct world *w, pid_t pid)
{
	return pages_of(w, "rows", MAIN, pid, (pid_t)specimen_number(w->specimen, "main"), false);
}

/* All that the child copied; that the kernel did for it where such faults are seen. */
static void expect_copies(struct world *w)
{
	pid_t b = (pid_t)specimen_number(w->specimen, "child");
	pid_t thread = (pid_t)specimen_number(w->specimen, "thread");
	bool kernel = said_of(w, w->a)->kernel;

	assert_int_equal(rows_of(w, b), MAIN);
	assert_int_equal(pages_of(w, "columns", THREAD, b, thread, false), THREAD);
	assert_int_equal(
		pages_of(w, "reads", KERNEL, b, (pid_t)specimen_number(w->specimen, "main"), true),
		kernel ? KERNEL : 0);
	assert_int_equal(said_of(w, w->a)->lost, 0);
	assert_int_equal(said_of(w, w->a)->period, 1);
}

static void told_of_both(void *context)
{
	struct world w;

	(void)context;
	begin(&w);
	watch(&w, w.a, w.b);
	if (!sees(&w))
		skip();
	specimen_say(w.specimen, "copy");
	gather(&w);
	expect_copies(&w);
	assert_true(said_of(&w, w.b)->told >= MAIN + THREAD);
	specimen_say(w.specimen, "parent");
	gather(&w);
	assert_int_equal(rows_of(&w, w.a), MAIN);
	end(&w);
}

static void each_fault_is_told_of_both(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PERF);
	told_of_both(NULL);
}

static void an_ordinary_user_is_told_what_his_program_did_itself(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PERF);
	as_nobody(told_of_both, NULL);
}

/* A child's first faults come before anybody could have chosen it. */
static void a_child_is_listened_to_from_its_birth(void **state)
{
	struct world w;

	(void)state;
	needs_allowed(ACCESS_PERF);
	begin(&w);
	watch(&w, w.a, 0);
	if (!sees(&w))
		skip();
	specimen_say(w.specimen, "fork");
	gather(&w);
	expect_copies(&w);
	watch(&w, w.a, (pid_t)specimen_number(w.specimen, "child"));
	gather(&w);
	assert_int_equal(
		said_of(&w, (pid_t)specimen_number(w.specimen, "child"))->state, VALUE_KNOWN);
	specimen_say(w.specimen, "new");
	gather(&w);
	assert_true(said_of(&w, (pid_t)specimen_number(w.specimen, "child"))->told >= MAIN);
	assert_in_range(w.faults.fault.n, MAIN, 2 * MAIN - 1);
	end(&w);
}

/* Who was listened to by way of its parent is so on when that is not. */
static void a_child_is_listened_to_after_its_parent(void **state)
{
	struct world w;
	pid_t b;

	(void)state;
	needs_allowed(ACCESS_PERF);
	begin(&w);
	watch(&w, w.a, 0);
	if (!sees(&w))
		skip();
	specimen_say(w.specimen, "fork");
	b = (pid_t)specimen_number(w.specimen, "child");
	watch(&w, w.a, b);
	watch(&w, b, 0);
	gather(&w);
	specimen_say(w.specimen, "new");
	gather(&w);
	assert_int_equal(w.faults.watches_n, 1);
	assert_true(said_of(&w, b)->told >= MAIN);
	specimen_say(w.specimen, "parent");
	gather(&w);
	assert_int_equal(rows_of(&w, w.a), 0);
	end(&w);
}

static size_t open_events(struct world *w)
{
	struct textbuf link = {0};
	size_t n, events = 0;
	int *fd;

	assert_int_equal(proc_list_numbers(w->root, &fd, &n, "self/fd"), 0);
	for (size_t i = 0; i < n; i++) {
		textbuf_clear(&link);
		if (!proc_readlink(w->root, &link, "self/fd/%d", fd[i]))
			events += strstr(link.bytes, "perf_event") != NULL;
	}
	textbuf_free(&link);
	free(fd);
	return events;
}

static void nothing_is_held_that_nobody_needs(void **state)
{
	struct world w;

	(void)state;
	needs_allowed(ACCESS_PERF);
	begin(&w);
	watch(&w, w.a, 0);
	if (!sees(&w))
		skip();
	assert_true(open_events(&w) > 0);
	feeds_need(w.feeds, 0);
	gather(&w);
	assert_int_equal(open_events(&w), 0);
	specimen_say(w.specimen, "copy");
	gather(&w);
	assert_int_equal(w.faults.fault.n, 0);
	assert_int_equal(w.faults.watches_n, 0);
	end(&w);
}

static void an_end_gives_all_back(void **state)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	struct world w;

	(void)state;
	needs_allowed(ACCESS_PERF);
	begin(&w);
	watch(&w, w.a, 0);
	if (!sees(&w))
		skip();
	specimen_stop(w.specimen);
	do
		gather(&w);
	while (said_of(&w, w.a)->state != VALUE_GONE && clock_monotonic_ns() < until);
	assert_int_equal(said_of(&w, w.a)->state, VALUE_GONE);
	feeds_free(w.feeds);
	fault_sink_free(&w.faults);
	proc_root_close(w.root);
}

static void denied_is_told_as_such(void **state)
{
	struct world w;

	(void)state;
	if (!denied(ACCESS_PERF)) {
		print_message("perf is not held back here\n");
		skip();
	}
	begin(&w);
	watch(&w, w.a, w.b);
	gather(&w);
	assert_int_equal(said_of(&w, w.a)->state, VALUE_DENIED);
	assert_non_null(said_of(&w, w.b)->reason);
	specimen_say(w.specimen, "copy");
	gather(&w);
	assert_int_equal(w.faults.fault.n, 0);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_is_told_of_both),
		cmocka_unit_test(an_ordinary_user_is_told_what_his_program_did_itself),
		cmocka_unit_test(a_child_is_listened_to_from_its_birth),
		cmocka_unit_test(a_child_is_listened_to_after_its_parent),
		cmocka_unit_test(nothing_is_held_that_nobody_needs),
		cmocka_unit_test(an_end_gives_all_back),
		cmocka_unit_test(denied_is_told_as_such),
	};

	return live_run(tests, NULL, NULL);
}
