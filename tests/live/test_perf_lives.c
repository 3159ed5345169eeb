/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Births and ends by perf events, where the kernel's connector is not to be had: of processes that
 * we may watch and all below them, by root and by an ordinary user, in any PID namespace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "denied.h"
#include "live.h"
#include "noting.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/feed/feeds.h"
#include "twintop/proc/identity.h"

#define BOUND_NS 60000000000u

struct fixture {
	struct proc_root *root;
	struct feeds *feeds;
	struct specimen *specimen;
	pid_t pid;
	VEC(struct event) event;
};

static void open_feeds(struct fixture *f)
{
	struct feed_context context = {0};

	assert_int_equal(proc_root_open(NULL, &f->root), 0);
	denied_probe(f->root, "events", &context.access);
	context.root = f->root;
	assert_int_equal(feeds_new(&context, feed_table, feed_table_n, &f->feeds), 0);
}

/* b: 0: nobody. */
static void watch_two(struct fixture *f, pid_t a, pid_t b)
{
	const pid_t pid[] = {a, b};
	struct identity_stat stat;
	struct task_id id[2];
	size_t n = 0;

	for (; n < 2 && pid[n]; n++) {
		assert_int_equal(identity_stat_read(f->root, pid[n], &stat), 0);
		id[n] = (struct task_id){pid[n], stat.start_ticks};
	}
	feeds_watch(f->feeds, id, n);
	assert_true(feeds_flush(f->feeds, clock_monotonic_ns() + BOUND_NS));
}

static void watch(struct fixture *f, pid_t pid)
{
	watch_two(f, pid, 0);
}

static void begin(struct fixture *f, const char *specimen)
{
	*f = (struct fixture){.specimen = specimen_start(specimen, NULL)};
	f->pid = specimen_pid(f->specimen);
	open_feeds(f);
	watch(f, f->pid);
}

static void end(struct fixture *f)
{
	if (f->specimen)
		specimen_stop(f->specimen);
	VEC_FREE(&f->event);
	assert_true(feeds_free(f->feeds));
	proc_root_close(f->root);
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

static void take_until(struct fixture *f, enum event_kind kind, size_t n)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;

	for (take(f); count(f, kind) < n && clock_monotonic_ns() < until; take(f))
		clock_sleep_ns(1000000);
	assert_int_equal(count(f, kind), n);
}

static const struct event *event_of(
	const struct fixture *f, enum event_kind kind, pid_t pid, pid_t other)
{
	for (size_t i = 0; i < f->event.n; i++) {
		const struct event *e = &f->event.item[i];

		if (e->kind == kind && e->pid == pid && e->other == other)
			return e;
	}
	fail_msg("not told: kind %d of %d", (int)kind, (int)pid);
	return NULL;
}

/* ---- whole ------------------------------------------------------------------ */

/* What lives long enough has its status told; all are told of, by perf alone. */
static void check_each(void *context)
{
	struct fixture f;
	size_t i;

	(void)context;
	begin(&f, "brood");
	assert_string_equal(feeds_lifecycle(f.feeds)->id, "perf");
	assert_null(feeds_lacks(f.feeds));
	assert_true(!feeds_ends_lack(f.feeds) || !may_note_ends());
	specimen_say(f.specimen, "children 20 60");
	take_until(&f, EVENT_EXIT, 20);
	assert_int_equal(count(&f, EVENT_FORK), 20);
	for (i = 0; i < f.event.n; i++) {
		const struct event *e = &f.event.item[i];

		assert_string_equal(e->source, "perf");
		assert_true(e->kind == EVENT_FORK || e->status_known);
	}
	assert_int_equal(i, 40);
	end(&f);
}

static void each_is_told_with_its_status(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PERF);
	check_each(NULL);
}

static void so_it_is_for_an_ordinary_user(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PERF);
	as_nobody(check_each, NULL);
}

/* Children of children, and those that lose their parent: born after we came, and before. */
static void all_below_are_told_of(void **state)
{
	struct fixture f;
	pid_t middle, grandchild;

	(void)state;
	needs_allowed(ACCESS_PERF);
	begin(&f, "family");
	middle = (pid_t)specimen_number(f.specimen, "middle");
	grandchild = (pid_t)specimen_number(f.specimen, "grandchild");
	specimen_say(f.specimen, "orphan");
	take_until(&f, EVENT_EXIT, 1);
	assert_int_equal(event_of(&f, EVENT_EXIT, middle, 0)->status, 0);
	kill(grandchild, SIGKILL);
	take_until(&f, EVENT_EXIT, 2);
	assert_true(event_of(&f, EVENT_EXIT, grandchild, 0)->status_known);
	assert_int_equal(event_of(&f, EVENT_EXIT, grandchild, 0)->status, SIGKILL);
	end(&f);
}

static size_t count_ends(const struct fixture *f, int status)
{
	size_t n = 0;

	for (size_t i = 0; i < f->event.n; i++)
		n += f->event.item[i].kind == EVENT_EXIT && f->event.item[i].status_known &&
		     f->event.item[i].status == status;
	return n;
}

/*
 * Those that are waited for at once, programs that run no time, their descendants, and one whose
 * main thread has ended before the last: where the kernel notes that each is known.
 */
static void check_noted(void *context)
{
	struct fixture f;

	(void)context;
	begin(&f, "brood");
	assert_null(feeds_ends_lack(f.feeds));
	specimen_say(f.specimen, "children 200 0");
	take_until(&f, EVENT_EXIT, 200);
	assert_int_equal(count_ends(&f, SIGKILL), 20);
	for (int code = 0; code < 200; code++)
		assert_int_equal(count_ends(&f, code << 8), code % 10 != 9);
	specimen_say(f.specimen, "execs 10");
	take_until(&f, EVENT_EXIT, 210);
	assert_int_equal(count_ends(&f, 9 << 8), 10);
	specimen_say(f.specimen, "orphans 10 0");
	take_until(&f, EVENT_EXIT, 230);
	assert_int_equal(count_ends(&f, 200 << 8), 10);
	assert_int_equal(count_ends(&f, 0), 2);
	specimen_say(f.specimen, "threads 20");
	assert_int_equal(count_ends(&f, 21 << 8), 1);
	specimen_tell(f.specimen, "leave");
	take_until(&f, EVENT_EXIT, 231);
	assert_int_equal(count_ends(&f, 21 << 8), 2);
	end(&f);
}

static void each_end_is_known_where_the_kernel_notes_it(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PERF);
	if (!may_note_ends()) {
		print_message("skipped: needs CAP_BPF and CAP_PERFMON, and a kernel with BTF\n");
		skip();
	}
	check_noted(NULL);
}

/* ---- less ------------------------------------------------------------------- */

/* Whom we may not watch is looked for; and who was told of as ended is not once more. */
static void check_strangers(void *context)
{
	struct specimen *own = specimen_start("brood", NULL);
	struct fixture f = {0};

	open_feeds(&f);
	watch(&f, specimen_pid(own));
	assert_string_equal(feeds_lifecycle(f.feeds)->id, "perf");
	kill(specimen_pid(own), SIGKILL);
	take_until(&f, EVENT_EXIT, 1);
	watch_two(&f, specimen_pid(own), *(const pid_t *)context);
	assert_string_equal(feeds_lifecycle(f.feeds)->id, "poll");
	assert_non_null(strstr(feeds_lacks(f.feeds), "short-lived ones may be missed"));
	take(&f);
	specimen_stop(own);
	own = specimen_start("brood", NULL);
	watch(&f, specimen_pid(own));
	assert_string_equal(feeds_lifecycle(f.feeds)->id, "perf");
	take(&f);
	assert_int_equal(f.event.n, 1);
	specimen_stop(own);
	end(&f);
}

static void others_processes_are_looked_at(void **state)
{
	struct specimen *stranger;
	pid_t pid;

	(void)state;
	needs_allowed(ACCESS_PERF);
	if (geteuid()) {
		print_message("skipped: needs root, for processes of two users\n");
		skip();
	}
	stranger = specimen_start("brood", NULL);
	pid = specimen_pid(stranger);
	as_nobody(check_strangers, &pid);
	specimen_stop(stranger);
}

/* With few descriptors some threads are not listened to: that is said, and the end is found. */
static void too_many_threads_are_looked_at(void **state)
{
	rlim_t share = 4 * (rlim_t)sysconf(_SC_NPROCESSORS_CONF);
	struct rlimit limit, few;
	struct fixture f = {0};

	(void)state;
	needs_allowed(ACCESS_PERF);
	f.specimen = specimen_start("many", "40", NULL);
	f.pid = specimen_pid(f.specimen);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = (struct rlimit){share * 8 < 64 ? 64 : share * 8, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	open_feeds(&f);
	watch(&f, f.pid);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_string_equal(feeds_lifecycle(f.feeds)->id, "perf");
	assert_non_null(strstr(feeds_lacks(f.feeds), "RLIMIT_NOFILE"));
	kill(f.pid, SIGKILL);
	take_until(&f, EVENT_EXIT, 1);
	assert_int_equal(event_of(&f, EVENT_EXIT, f.pid, 0)->status, SIGKILL);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_told_with_its_status),
		cmocka_unit_test(so_it_is_for_an_ordinary_user),
		cmocka_unit_test(each_end_is_known_where_the_kernel_notes_it),
		cmocka_unit_test(all_below_are_told_of),
		cmocka_unit_test(others_processes_are_looked_at),
		cmocka_unit_test(too_many_threads_are_looked_at),
	};

	return live_run(tests, NULL, NULL);
}
