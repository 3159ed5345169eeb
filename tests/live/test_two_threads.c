/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Process versus thread: two threads as A and B, each with its own and all else shared. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"
#include "reading.h"

#define SHARE 500
static const char *const tasks[] = {"main", "alpha", "beta"};
#define TASKS (sizeof tasks / sizeof *tasks)

static uint64_t number_of(const struct specimen *s, const char *key, const char *what)
{
	char name[64];

	snprintf(name, sizeof name, "%s_%s", key, what);
	return specimen_number(s, name);
}

/* ---- the TLS base -------------------------------------------------------- */

static void check_bases(const struct specimen *s)
{
	struct reading r;

	reading_open(&r, specimen_pid(s), SHARE);
	for (int round = 0; round < 3; round++) {
		reading_take(&r, NEED_STACKS);
		assert_int_equal(r.list->n, TASKS);
		for (size_t i = 0; i < TASKS; i++) {
			const struct thread t =
				reading_thread(&r, (pid_t)specimen_number(s, tasks[i]));

			assert_non_null(t.self);
			assert_int_equal(thread_source_state(&t, THREAD_TLS), VALUE_KNOWN);
			assert_int_equal(t.self->tls_base, number_of(s, tasks[i], "base"));
		}
	}
	reading_take(&r, NEED_THREADS);
	assert_int_equal(r.list->source[THREAD_TLS], VALUE_STALE);
	reading_close(&r);
}

static bool told_here(void)
{
#if defined __x86_64__ && defined __GLIBC__
	return true;
#else
	print_message("no TLS base without a stop on this machine\n");
	return false;
#endif
}

static void every_thread_has_its_tls_base(void **state)
{
	struct specimen *s;

	(void)state;
	needs_allowed(ACCESS_ATTACH);
	if (!told_here())
		skip();
	s = specimen_start("sp_tasks", NULL);
	check_bases(s);
	specimen_stop(s);
}

static void own_bases(void *context)
{
	struct specimen *s = specimen_start("sp_tasks", NULL);

	(void)context;
	check_bases(s);
	specimen_stop(s);
}

static void an_ordinary_user_has_them_too(void **state)
{
	(void)state;
	needs_allowed(ACCESS_ATTACH);
	if (!told_here())
		skip();
	as_nobody(own_bases, NULL);
}

static void others_bases(void *context)
{
	const struct specimen *s = context;
	struct reading r;

	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_STACKS);
	assert_int_equal(r.list->n, TASKS);
	for (size_t i = 0; i < TASKS; i++) {
		const struct thread t = thread_at(r.list, i);

		assert_int_equal(thread_source_state(&t, THREAD_TLS), VALUE_DENIED);
		assert_int_equal(t.self->tls_base, 0);
	}
	reading_close(&r);
}

static void anothers_are_denied(void **state)
{
	struct specimen *s;

	(void)state;
	if (geteuid()) {
		print_message("needs root, to be another user than the specimen's\n");
		skip();
	}
	s = specimen_start("sp_tasks", NULL);
	as_nobody(others_bases, s);
	specimen_stop(s);
}

/* ---- twintop TID TID ----------------------------------------------------- */

static json_t *share_of(json_t *report, const char *item)
{
	json_t *shares = json_object_get(json_object_get(report, "pair"), "shares");
	json_t *in_group = json_object_get(json_object_get(shares, "namespaces"), item);

	return in_group ? in_group : json_object_get(shares, item);
}

static const char *relation_of(json_t *report)
{
	return json_string_value(json_object_get(json_object_get(report, "pair"), "relation"));
}

static json_t *process_of(json_t *report, size_t side)
{
	return json_array_get(json_object_get(report, "processes"), side);
}

static size_t fds_of(json_t *report, size_t side)
{
	return json_array_size(json_object_get(process_of(report, side), "fds"));
}

static uint64_t address_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	return strtoull(text, NULL, 16);
}

/* The record of the thread that the side names. */
static json_t *own_thread(json_t *report, size_t side)
{
	json_t *process = process_of(report, side), *threads, *thread;
	json_int_t tid = json_integer_value(json_object_get(process, "tid"));
	size_t i;

	threads = json_object_get(process, "threads");
	json_array_foreach(threads, i, thread)
	{
		if (json_integer_value(json_object_get(thread, "tid")) == tid)
			return thread;
	}
	fail_msg("the thread that was named is not in the list");
	return NULL;
}

static void check_own(json_t *report, size_t side, const struct specimen *s, const char *key)
{
	json_t *thread = own_thread(report, side), *stack = json_object_get(thread, "stack");
	json_t *blocked = json_object_get(thread, "signals_blocked");
	uint64_t start = number_of(s, key, "start"), end = number_of(s, key, "end");
	uint64_t pointer = address_of(stack, "pointer");

	assert_int_equal(
		json_integer_value(json_object_get(thread, "tid")), specimen_number(s, key));
	assert_true(pointer > start && pointer < end);
	if (strcmp(key, "main")) { /* the main stack grows: the library tells its limit */
		assert_int_equal(address_of(stack, "start"), start);
		assert_int_equal(address_of(stack, "end"), end);
		assert_string_equal(json_string_value(json_object_get(thread, "name")), key);
	}
	assert_int_equal(json_array_size(blocked), 1);
	assert_int_equal(
		json_integer_value(json_array_get(blocked, 0)), number_of(s, key, "blocked"));
	if (told_here())
		assert_int_equal(address_of(thread, "tls_base"), number_of(s, key, "base"));
}

/* Whether something is unknown at that path, for a reason that holds the words. */
static bool has_gap(json_t *report, const char *path, const char *words)
{
	json_t *gaps = json_object_get(json_object_get(report, "access"), "unknown"), *gap;
	size_t i;

	json_array_foreach(gaps, i, gap)
	{
		const char *at = json_string_value(json_object_get(gap, "path"));

		const char *reason = json_string_value(json_object_get(gap, "reason"));

		if (at && !strcmp(at, path) && reason && *reason && strstr(reason, words))
			return true;
	}
	return false;
}

static void check_all_shared(json_t *report)
{
	static const char *const all[] = {"vm", "files", "fs", "sighand", "mnt", "net", "user",
		"uts", "cgroup", "credentials", "session", "process_group"};
	json_t *pair = json_object_get(report, "pair"), *fds = json_object_get(pair, "fds"), *fd;
	size_t i;

	assert_string_equal(relation_of(report), "threads");
	for (i = 0; i < sizeof all / sizeof *all; i++)
		assert_true(json_is_true(share_of(report, all[i])));
	assert_true(json_is_true(json_object_get(pair, "one_address_space")));
	assert_true(json_is_null(json_object_get(pair, "pages")));
	assert_true(has_gap(report, "pair.pages", ""));
	assert_false(has_gap(report, "pair.channels", "file locks were not read"));
	assert_int_equal(fds_of(report, 0), fds_of(report, 1));
	assert_int_equal(json_array_size(fds), fds_of(report, 0));
	json_array_foreach(fds, i, fd)
	{
		assert_int_equal(json_integer_value(json_object_get(fd, "a")),
			json_integer_value(json_object_get(fd, "b")));
		assert_string_equal(
			json_string_value(json_object_get(fd, "relation")), "same_description");
	}
}

static void check_two(const struct specimen *s, const char *a, const char *b)
{
	json_t *report = sample_of((pid_t)specimen_number(s, a), (pid_t)specimen_number(s, b));

	check_all_shared(report);
	check_own(report, 0, s, a);
	check_own(report, 1, s, b);
	json_decref(report);
}

static bool said(const char *text, const char *label, uint64_t a, uint64_t b)
{
	char want[2][32], key[32], first[32], second[32];
	int n;

	snprintf(want[0], sizeof want[0], "%" PRIx64, a);
	snprintf(want[1], sizeof want[1], "%" PRIx64, b);
	while (text && *text) {
		n = sscanf(text, "%31s %31s %31s", key, first, second);
		if (n == 3 && !strcmp(key, label))
			return !strcmp(first, want[0]) && !strcmp(second, want[1]);
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return false;
}

/* The plain report has what each thread has of its own in a table of its own. */
static void the_report_tells_each_threads_own(void **state)
{
	struct specimen *s = specimen_start("sp_tasks", NULL);
	const char *const argv[] = {
		"twintop", "--once", specimen_text(s, "alpha"), specimen_text(s, "beta"), NULL};
	struct run r = program_run(argv);
	const char *own = strstr(r.out.bytes, "Each thread's own");

	(void)state;
	needs_allowed(ACCESS_ATTACH);
	program_expect(&r, 0);
	assert_non_null(own);
	assert_true(
		said(own, "stack.end", number_of(s, "alpha", "end"), number_of(s, "beta", "end")));
	if (told_here())
		assert_true(said(own, "tls_base", number_of(s, "alpha", "base"),
			number_of(s, "beta", "base")));
	program_run_free(&r);
	specimen_stop(s);
}

static void process_versus_thread(void *context)
{
	struct specimen *s = specimen_start("sp_tasks", NULL);

	(void)context;
	check_two(s, "alpha", "beta");
	check_two(s, "beta", "alpha");
	check_two(s, "main", "beta");
	check_two(s, "alpha", "main");
	specimen_stop(s);
}

static void two_threads_share_all_but_their_own(void **state)
{
	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_ATTACH);
	process_versus_thread(NULL);
}

static void the_same_for_an_ordinary_user(void **state)
{
	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_ATTACH);
	as_nobody(process_versus_thread, NULL);
}

static void a_thread_alone_stands_in_its_process(void **state)
{
	struct specimen *s = specimen_start("sp_tasks", NULL);
	json_t *r, *process;

	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	r = sample_by((const char *[]){
		"twintop", "--json", "-s", "none", specimen_text(s, "beta"), NULL});
	process = process_of(r, 0);
	assert_int_equal(json_integer_value(json_object_get(process, "pid")), specimen_pid(s));
	assert_int_equal(
		json_integer_value(json_object_get(process, "tid")), specimen_number(s, "beta"));
	assert_int_equal(json_array_size(json_object_get(process, "threads")), TASKS);
	assert_true(json_is_null(json_object_get(r, "pair")));
	check_own(r, 0, s, "beta");
	json_decref(r);
	specimen_stop(s);
}

/* Threads of two processes: what holds is the relation of these. */
static void threads_of_two_processes(void **state)
{
	struct specimen *s = specimen_start("sp_tasks", NULL);
	struct specimen *t = specimen_start("sp_tasks", NULL);
	static const char *const separate[] = {"vm", "files", "fs", "sighand"};
	json_t *r, *processes;

	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_ATTACH);
	r = sample_of((pid_t)specimen_number(s, "alpha"), (pid_t)specimen_number(t, "beta"));
	processes = sample_of(specimen_pid(s), specimen_pid(t));
	assert_string_equal(relation_of(r), relation_of(processes));
	assert_string_equal(relation_of(r), "siblings");
	for (size_t i = 0; i < sizeof separate / sizeof *separate; i++)
		assert_true(json_is_false(share_of(r, separate[i])));
	assert_true(json_is_true(share_of(r, "credentials")));
	assert_true(json_is_true(share_of(r, "uts")));
	assert_int_equal(
		json_integer_value(json_object_get(process_of(r, 1), "pid")), specimen_pid(t));
	check_own(r, 0, s, "alpha");
	check_own(r, 1, t, "beta");
	json_decref(processes);
	json_decref(r);
	specimen_stop(s);
	specimen_stop(t);
}

/* ---- threads that left what threads share -------------------------------- */

/* Tells beta to leave; then only that line of the card may have changed. */
static json_t *after(struct specimen *s, const char *order)
{
	specimen_say(s, order);
	if (!specimen_number(s, "done")) {
		print_message("the kernel does not let a thread leave its %s here\n", order);
		return NULL;
	}
	return sample_of((pid_t)specimen_number(s, "alpha"), (pid_t)specimen_number(s, "beta"));
}

static void check_left(struct specimen *s, const char *order, const char *item)
{
	static const char *const others[] = {"vm", "sighand", "net", "mnt", "session"};
	json_t *r = after(s, order), *with_main;

	if (!r)
		return;
	assert_true(json_is_false(share_of(r, item)));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_true(json_is_true(share_of(r, others[i])));
	json_decref(r);
	with_main = sample_of((pid_t)specimen_number(s, "beta"), (pid_t)specimen_number(s, "main"));
	assert_true(json_is_false(share_of(with_main, item)));
	json_decref(with_main);
	with_main =
		sample_of((pid_t)specimen_number(s, "alpha"), (pid_t)specimen_number(s, "main"));
	assert_true(json_is_true(share_of(with_main, item)));
	json_decref(with_main);
}

static void what_a_thread_left_is_separate(void **state)
{
	static const struct {
		const char *order, *item;
	} left[] = {{"fs", "fs"}, {"uts", "uts"}, {"uid", "credentials"}};

	(void)state;
	needs_allowed(ACCESS_KCMP);
	for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
		struct specimen *s = specimen_start("sp_tasks", NULL);

		check_left(s, left[i].order, left[i].item);
		specimen_stop(s);
	}
}

static void a_table_of_its_own_is_read(void **state)
{
	struct specimen *s = specimen_start("sp_tasks", NULL);
	json_t *r = after(s, "files");

	(void)state;
	needs_allowed(ACCESS_KCMP);
	assert_non_null(r);
	assert_true(json_is_false(share_of(r, "files")));
	assert_true(json_is_true(share_of(r, "vm")));
	assert_true(fds_of(r, 0) > 0);
	assert_int_equal(fds_of(r, 1), fds_of(r, 0) + 1);
	json_decref(r);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_thread_has_its_tls_base),
		cmocka_unit_test(an_ordinary_user_has_them_too),
		cmocka_unit_test(anothers_are_denied),
		cmocka_unit_test(two_threads_share_all_but_their_own),
		cmocka_unit_test(the_same_for_an_ordinary_user),
		cmocka_unit_test(the_report_tells_each_threads_own),
		cmocka_unit_test(a_thread_alone_stands_in_its_process),
		cmocka_unit_test(threads_of_two_processes),
		cmocka_unit_test(what_a_thread_left_is_separate),
		cmocka_unit_test(a_table_of_its_own_is_read),
	};

	return live_run(tests, NULL, NULL);
}
