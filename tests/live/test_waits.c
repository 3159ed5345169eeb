/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for whom, in rings and not, of threads that did so before anybody looked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "denied.h"
#include "live.h"
#include "program.h"
#include "specimen.h"

static pid_t tid_of(const struct specimen *s, const char *key)
{
	return (pid_t)specimen_number(s, key);
}

static json_int_t number(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_integer(v) ? json_integer_value(v) : -1;
}

/* The link of that thread in one of the rings. */
static const json_t *link_of(const json_t *rings, pid_t tid, size_t *ret_length)
{
	const json_t *ring, *link;
	size_t i, k;

	assert_true(json_is_array(rings));
	json_array_foreach(rings, i, ring)
		json_array_foreach(ring, k, link) if (number(link, "tid") == tid)
	{
		*ret_length = json_array_size(ring);
		return link;
	}
	return NULL;
}

/* Each of keys, which end in NULL, waits for the next one, and the last for the first. */
static void expect_ring(const json_t *rings, const struct specimen *s, const char *const keys[])
{
	size_t n = 0, length = 0;

	while (keys[n])
		n++;
	for (size_t i = 0; i < n; i++) {
		const json_t *link = link_of(rings, tid_of(s, keys[i]), &length);

		if (!link || length != n ||
			number(link, "owner_tid") != tid_of(s, keys[(i + 1) % n]))
			fail_msg("%s is in no ring of %zu with %s", keys[i], n, keys[(i + 1) % n]);
	}
}

static const char *const two[] = {"left", "right", NULL}, *const three[] = {"r0", "r1", "r2", NULL},
			 *const one[] = {"self", NULL}, *const join[] = {"joiner", "joined", NULL},
			 *const across[] = {"ours", "theirs", NULL},
			 *const timed[] = {"patient", "hasty", NULL};

static void needs_locks(void)
{
	needs_allowed(ACCESS_ATTACH);
	needs_allowed(ACCESS_SYSCALL);
}

/* The one sample of a first look has them all, and no other. */
static void rings_are_found_at_once(void **state)
{
	struct specimen *s = specimen_start("waits", NULL);
	json_t *sample, *waits;

	(void)state;
	needs_locks();
	sample = sample_of(specimen_pid(s), tid_of(s, "child"));
	waits = json_object_get(json_object_get(sample, "pair"), "waits");
	expect_ring(json_object_get(waits, "cycles"), s, two);
	expect_ring(json_object_get(waits, "cycles"), s, three);
	expect_ring(json_object_get(waits, "cycles"), s, one);
	expect_ring(json_object_get(waits, "cycles"), s, join);
	expect_ring(json_object_get(waits, "cycles"), s, across);
	assert_int_equal(json_array_size(json_object_get(waits, "cycles")), 5);
	expect_ring(json_object_get(waits, "until_timeout"), s, timed);
	assert_int_equal(json_array_size(json_object_get(waits, "until_timeout")), 1);
	assert_true(json_equal(waits, json_object_get(sample, "waits")));
	json_decref(sample);
	specimen_stop(s);
}

static void expect_words(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("“%s” is not in %s", words, text);
}

/* Three wait for what left has: one of its ring, and two who are of none. */
static void many_for_one_lock_are_a_convoy(void **state)
{
	struct specimen *s = specimen_start("waits", NULL);
	json_t *sample;
	const json_t *convoys, *convoy, *lengths;

	(void)state;
	needs_locks();
	sample = sample_of(specimen_pid(s), tid_of(s, "child"));
	convoys = json_object_get(json_object_get(sample, "waits"), "convoys");
	assert_int_equal(json_array_size(convoys), 1);
	convoy = json_array_get(convoys, 0);
	assert_int_equal(number(convoy, "pid"), specimen_pid(s));
	assert_int_equal(number(convoy, "owner_tid"), tid_of(s, "left"));
	assert_int_equal(number(convoy, "length"), 3);
	assert_int_equal(number(convoy, "longest"), 3);
	lengths = json_object_get(convoy, "lengths");
	assert_true(json_array_size(lengths) >= 1);
	assert_int_equal(
		number(json_array_get(lengths, json_array_size(lengths) - 1), "length"), 3);
	json_decref(sample);
	specimen_stop(s);
}

/* What people read: the rings first, what fork left, and the pipe that keeps itself open. */
static void the_report_tells_them(void **state)
{
	struct specimen *s = specimen_start("waits", NULL);
	char a[16], b[16], words[256];
	const char *const argv[] = {"twintop", "--once", "--view", "threads", a, b, NULL};
	struct run r;

	(void)state;
	needs_locks();
	snprintf(a, sizeof a, "%d", (int)specimen_pid(s));
	snprintf(b, sizeof b, "%d", (int)tid_of(s, "child"));
	r = program_run(argv);
	program_expect(&r, 0);
	expect_words(r.out.bytes, "DEADLOCK: each of these waits for what the next one has");
	expect_words(r.out.bytes, "DEADLOCK: a thread waits for what it has itself");
	expect_words(r.out.bytes, "until a time-out: each of these");
	expect_words(r.out.bytes, "≥");
	expect_words(r.out.bytes, "A 3 now");
	snprintf(words, sizeof words, "A %d “ours” waits for a mutex", (int)tid_of(s, "ours"));
	expect_words(r.out.bytes, words);
	snprintf(words, sizeof words,
		"A %d “pipe” waits for something to read (fd %d): its writing end is open in B as "
		"descriptor %d and in itself as descriptor %d: as long as it has that open itself, "
		"it never sees end of file",
		(int)tid_of(s, "pipe"), (int)specimen_number(s, "pipe_in"),
		(int)specimen_number(s, "pipe_out"), (int)specimen_number(s, "pipe_out"));
	expect_words(r.out.bytes, words);
	program_run_free(&r);
	specimen_stop(s);
}

/* The pipe whose other end both have; nobody of them has the one that the specimen is told through.
 */
static void other_ends_are_told(void **state)
{
	struct specimen *s = specimen_start("waits", NULL);
	json_t *sample, *ends;
	const json_t *end = NULL, *other, *each;
	size_t i;

	(void)state;
	needs_locks();
	sample = sample_of(specimen_pid(s), tid_of(s, "child"));
	ends = json_object_get(json_object_get(sample, "waits"), "ends");
	json_array_foreach(ends, i, each) if (number(each, "tid") == tid_of(s, "pipe")) end = each;
	assert_non_null(end);
	assert_int_equal(number(end, "pid"), specimen_pid(s));
	assert_int_equal(number(end, "fd"), (json_int_t)specimen_number(s, "pipe_in"));
	assert_true(json_is_true(json_object_get(end, "open_in_itself")));
	other = json_object_get(end, "other_ends");
	assert_int_equal(json_array_size(other), 2);
	assert_int_equal(number(json_array_get(other, 0), "pid"), tid_of(s, "child"));
	assert_int_equal(number(json_array_get(other, 1), "pid"), specimen_pid(s));
	for (i = 0; i < 2; i++)
		assert_int_equal(number(json_array_get(other, i), "fd"),
			(json_int_t)specimen_number(s, "pipe_out"));
	json_decref(sample);
	specimen_stop(s);
}

static const json_t *waiting_of(const json_t *sample, size_t process, pid_t tid)
{
	const json_t *threads = json_object_get(
			     json_array_get(json_object_get(sample, "processes"), process),
			     "threads"),
		     *thread;
	size_t i;

	json_array_foreach(
		threads, i, thread) if (number(thread, "tid") == tid) return json_object_get(thread,
		"waiting_on");
	return NULL;
}

static void what_fork_left_is_told(void **state)
{
	struct specimen *s = specimen_start("waits", NULL);
	json_t *sample;
	const json_t *w;

	(void)state;
	needs_locks();
	sample = sample_of(specimen_pid(s), tid_of(s, "child"));
	w = waiting_of(sample, 1, tid_of(s, "child"));
	assert_string_equal(json_string_value(json_object_get(w, "kind")), "mutex");
	assert_string_equal(
		json_string_value(json_object_get(w, "address")), specimen_text(s, "held"));
	assert_true(json_is_null(json_object_get(w, "owner_tid")));
	assert_int_equal(number(w, "left_by_tid"), tid_of(s, "holder"));
	assert_true(json_is_true(json_object_get(w, "since_before")));
	/* What lives is no one's legacy. */
	w = waiting_of(sample, 0, tid_of(s, "left"));
	assert_true(json_is_null(json_object_get(w, "left_by_tid")));
	w = waiting_of(sample, 0, tid_of(s, "pipe"));
	assert_string_equal(json_string_value(json_object_get(w, "kind")), "read");
	assert_int_equal(number(w, "fd"), (json_int_t)specimen_number(s, "pipe_in"));
	json_decref(sample);
	specimen_stop(s);
}

/* Two processes that want each other's locks on files, of two kinds: that one look proves. */
static void locks_on_files_are_a_deadlock(void **state)
{
	struct specimen *s = specimen_start("locks", "ring", NULL);
	pid_t first = tid_of(s, "first"), second = tid_of(s, "second");
	const char *const ring[] = {"first", "second", NULL};
	char words[64], a[16], b[16];
	const char *const argv[] = {"twintop", "--once", "--view", "threads", a, b, NULL};
	size_t length = 0;
	struct run r;
	const json_t *cycles, *link;
	json_t *sample;

	(void)state;
	needs_locks();
	sample = sample_of(first, second);
	cycles = json_object_get(json_object_get(sample, "waits"), "cycles");
	assert_int_equal(json_array_size(cycles), 1);
	expect_ring(cycles, s, ring);
	link = link_of(cycles, first, &length);
	assert_string_equal(json_string_value(json_object_get(link, "kind")), "record_lock");
	assert_int_equal(number(link, "fd"), (json_int_t)specimen_number(s, "first_fd"));
	link = link_of(cycles, second, &length);
	assert_string_equal(json_string_value(json_object_get(link, "kind")), "flock");
	assert_int_equal(number(link, "fd"), (json_int_t)specimen_number(s, "second_fd"));
	json_decref(sample);
	snprintf(a, sizeof a, "%d", (int)first);
	snprintf(b, sizeof b, "%d", (int)second);
	r = program_run(argv);
	program_expect(&r, 0);
	expect_words(r.out.bytes, "DEADLOCK: each of these waits for what the next one has");
	snprintf(words, sizeof words, "waits for a lock on a file (fd %d /tmp/sp_locks.",
		(int)specimen_number(s, "second_fd"));
	expect_words(r.out.bytes, words);
	program_run_free(&r);
	specimen_stop(s);
}

/* The same of a mutex in memory that both share, and a lock on a file. */
static void a_mutex_and_a_file_are_a_deadlock(void **state)
{
	struct specimen *s = specimen_start("locks", "mixed_ring", NULL);
	pid_t first = tid_of(s, "first"), second = tid_of(s, "second");
	const char *const ring[] = {"first", "second", NULL};
	char a[16], b[16];
	const char *const argv[] = {"twintop", "--once", "--view", "threads", a, b, NULL};
	size_t length = 0;
	struct run r;
	const json_t *cycles, *link;
	json_t *sample;

	(void)state;
	needs_locks();
	sample = sample_of(first, second);
	cycles = json_object_get(json_object_get(sample, "waits"), "cycles");
	assert_int_equal(json_array_size(cycles), 1);
	expect_ring(cycles, s, ring);
	link = link_of(cycles, first, &length);
	assert_string_equal(json_string_value(json_object_get(link, "kind")), "record_lock");
	assert_int_equal(number(link, "fd"), (json_int_t)specimen_number(s, "first_fd"));
	link = link_of(cycles, second, &length);
	assert_string_equal(json_string_value(json_object_get(link, "kind")), "mutex");
	json_decref(sample);
	snprintf(a, sizeof a, "%d", (int)first);
	snprintf(b, sizeof b, "%d", (int)second);
	r = program_run(argv);
	program_expect(&r, 0);
	expect_words(r.out.bytes, "DEADLOCK: each of these waits for what the next one has");
	expect_words(r.out.bytes, "waits for a lock on a part of a file (fd ");
	expect_words(r.out.bytes, "waits for a mutex of ");
	program_run_free(&r);
	specimen_stop(s);
}

/* Each ring is an event once, of however many moments. */
static void each_ring_is_told_once(void **state)
{
	struct specimen *s = specimen_start("waits", NULL);
	struct textbuf text = {0};
	char a[16];
	const char *const argv[] = {
		"twintop", "--json", "--samples", "0", "--delay", "0.05", "-s", "none", a, NULL};
	int out, err, told = 0;
	pid_t program;

	(void)state;
	needs_locks();
	snprintf(a, sizeof a, "%d", (int)specimen_pid(s));
	program = program_start(argv, &out, &err);
	for (int i = 0; i < 8; i++) {
		json_t *sample = sample_next(out, &text), *events, *event;
		size_t k;

		events = json_object_get(sample, "events");
		json_array_foreach(events, k, event) told +=
			!strcmp(json_string_value(json_object_get(event, "kind")), "deadlock");
		json_decref(sample);
	}
	program_stop(program, out, err);
	textbuf_free(&text);
	assert_int_equal(told, 4);
	specimen_stop(s);
}

static int stop_all(void **state)
{
	(void)state;
	specimens_stop();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(rings_are_found_at_once, stop_all),
		cmocka_unit_test_teardown(many_for_one_lock_are_a_convoy, stop_all),
		cmocka_unit_test_teardown(the_report_tells_them, stop_all),
		cmocka_unit_test_teardown(other_ends_are_told, stop_all),
		cmocka_unit_test_teardown(what_fork_left_is_told, stop_all),
		cmocka_unit_test_teardown(locks_on_files_are_a_deadlock, stop_all),
		cmocka_unit_test_teardown(a_mutex_and_a_file_are_a_deadlock, stop_all),
		cmocka_unit_test_teardown(each_ring_is_told_once, stop_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
