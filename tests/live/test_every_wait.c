/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thread of each sort waits for, of whom, and what stands behind its descriptors. */
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

static struct specimen *specimen;
static json_t *sample;

/* One sample serves all. */
static int set_up(void **state)
{
	(void)state;
	specimen = specimen_start("every_wait", NULL);
	sample = sample_of(specimen_pid(specimen), (pid_t)specimen_number(specimen, "child"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	json_decref(sample);
	specimen_stop(specimen);
	specimens_stop();
	return 0;
}

/* Calls are named by the code around them. */
static void needs_waits(void)
{
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
}

static json_int_t named(const char *key)
{
	return (json_int_t)specimen_number(specimen, key);
}

static json_int_t number(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_integer(v) ? json_integer_value(v) : -1;
}

/* The one of a list whose tid is that of the thread; NULL: it is not there. */
static const json_t *of_thread(const json_t *list, const char *key)
{
	const json_t *each;
	size_t i;

	json_array_foreach(list, i, each) if (number(each, "tid") == named(key)) return each;
	return NULL;
}

static const json_t *waiting_of(const char *key)
{
	const json_t *a = json_array_get(json_object_get(sample, "processes"), 0);

	return json_object_get(of_thread(json_object_get(a, "threads"), key), "waiting_on");
}

static const struct sort {
	const char *key, *kind;
	const char *owner; /* that it has; NULL: none */
	const char *type;  /* of a mutex */
} sorts[] = {
	{"keeper", "signal", NULL, NULL},
	{"plain", "mutex", "keeper", "normal"},
	{"recursive", "mutex", "keeper", "recursive"},
	{"errorcheck", "mutex", "keeper", "errorcheck"},
	{"robust", "mutex", "keeper", "robust"},
	{"inheriting", "pi_mutex", "keeper", NULL},
	{"shared", "mutex", "theirs", "normal"},
	{"join", "join", "keeper", NULL},
	{"reads_lock", "rwlock", "keeper", NULL},
	{"writes_lock", "rwlock", NULL, NULL},
	{"condition", "condition", NULL, NULL},
	{"semaphore", "semaphore", NULL, NULL},
	{"barrier", "barrier", NULL, NULL},
	{"word", "futex", NULL, NULL},
	{"read", "read", NULL, NULL},
	{"write", "write", NULL, NULL},
	{"receive", "receive", NULL, NULL},
	{"send", "send", NULL, NULL},
	{"connect", "connect", NULL, NULL},
	{"knock", "connect", NULL, NULL},
	{"accept", "accept", NULL, NULL},
	{"epoll", "epoll", NULL, NULL},
	{"poll", "poll", NULL, NULL},
	{"select", "select", NULL, NULL},
	{"flock", "flock", NULL, NULL},
	{"record", "record_lock", NULL, NULL},
	{"reaper", "child", "child", NULL},
	{"any", "child", NULL, NULL},
	{"sleep", "sleep", NULL, NULL},
	{"nap", "sleep", NULL, NULL},
	{"doze", "sleep", NULL, NULL},
	{"await", "signal", NULL, NULL},
	{"open", "open", NULL, NULL},
	{"message", "message", NULL, NULL},
	{"set", "sysv_semaphore", NULL, NULL},
};

static void expect_sort(const struct sort *sort)
{
	const json_t *w = waiting_of(sort->key);
	const char *kind = json_string_value(json_object_get(w, "kind"));
	const char *type = json_string_value(json_object_get(w, "type"));
	json_int_t owner = sort->owner ? named(sort->owner) : -1;

	if (!kind || strcmp(kind, sort->kind) != 0)
		fail_msg("%s waits for %s, not %s", sort->key, kind ? kind : "?", sort->kind);
	if (number(w, "owner_tid") != owner)
		fail_msg("of %s the owner is %d, not %d", sort->key, (int)number(w, "owner_tid"),
			(int)owner);
	if (sort->type && (!type || strcmp(type, sort->type) != 0))
		fail_msg("%s is of type %s, not %s", sort->key, type ? type : "?", sort->type);
}

static void each_sort_is_told(void **state)
{
	unsigned told = 0;

	(void)state;
	needs_waits();
	for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
		if (!named(sorts[i].key))
			continue;
		expect_sort(&sorts[i]);
		told++;
	}
	assert_true(told >= 10);
}

/* Numbers in any order. */
static void expect_fds(const char *key, const char *first, const char *second)
{
	const json_t *fds = json_object_get(waiting_of(key), "fds"), *fd;
	bool found[2] = {false, false};
	size_t i;

	if (!named(key))
		return;
	assert_int_equal(json_array_size(fds), 2);
	json_array_foreach(fds, i, fd)
	{
		found[0] |= json_integer_value(fd) == named(first);
		found[1] |= json_integer_value(fd) == named(second);
	}
	if (!found[0] || !found[1])
		fail_msg("%s does not wait for %s and %s", key, first, second);
}

/* The variable that each waits for, whichever of its words is the futex. */
static void objects_are_named(void **state)
{
	static const char *const names[][2] = {{"plain", "plain"}, {"condition", "condition"},
		{"barrier", "barrier"}, {"semaphore", "semaphore"}, {"reads_lock", "written"},
		{"writes_lock", "being_read"}};

	(void)state;
	needs_waits();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *symbol =
			json_string_value(json_object_get(waiting_of(names[i][0]), "symbol"));

		if (named(names[i][0]) && (!symbol || strcmp(symbol, names[i][1]) != 0))
			fail_msg("%s waits for %s", names[i][0], symbol ? symbol : "?");
	}
}

static void sets_are_told(void **state)
{
	(void)state;
	needs_waits();
	expect_fds("epoll", "pipe_in", "pair");
	expect_fds("poll", "pipe_in", "pair");
	expect_fds("select", "pipe_in", "full_out");
}

/* Each of them began to sleep for 100,000 seconds a moment ago, by a call of its own. */
static void time_left_is_told(void **state)
{
	static const char *const sleepers[] = {"sleep", "nap", "doze"};

	(void)state;
	needs_waits();
	for (size_t i = 0; i < sizeof sleepers / sizeof *sleepers; i++) {
		json_int_t left = number(waiting_of(sleepers[i]), "left_ns");

		if (named(sleepers[i]) && (left <= 90000000000000 || left > 100000000000000))
			fail_msg("%s has %lld ns left", sleepers[i], (long long)left);
	}
}

static const json_t *end_of(const char *list, const char *key)
{
	const json_t *waits = json_object_get(sample, "waits");

	return of_thread(json_object_get(waits, list), key);
}

/* Whether the process has that descriptor among the ends. */
static bool has_end(const json_t *ends, const char *process, const char *fd)
{
	const json_t *each;
	size_t i;

	json_array_foreach(ends, i, each) if (number(each, "pid") == named(process) &&
					      number(each, "fd") == named(fd)) return true;
	return false;
}

static void other_ends_are_told(void **state)
{
	const json_t *end;

	(void)state;
	needs_waits();
	end = end_of("ends", "read");
	assert_true(json_is_true(json_object_get(end, "open_in_itself")));
	assert_true(has_end(json_object_get(end, "other_ends"), "pid", "pipe_out"));
	end = end_of("ends", "write");
	assert_true(has_end(json_object_get(end, "other_ends"), "pid", "full_in"));
	assert_true(has_end(json_object_get(end, "other_ends"), "child", "full_in"));
	needs_allowed(ACCESS_SOCK_DIAG);
	end = end_of("ends", "receive");
	assert_true(json_is_false(json_object_get(end, "open_in_itself")));
	assert_int_equal(json_array_size(json_object_get(end, "other_ends")), 1);
	assert_true(has_end(json_object_get(end, "other_ends"), "child", "peer"));
}

static void addresses_are_told(void **state)
{
	char address[32];
	const json_t *end;

	(void)state;
	needs_waits();
	needs_allowed(ACCESS_SOCK_DIAG);
	end = end_of("ends", "accept");
	assert_non_null(strstr(json_string_value(json_object_get(end, "address")), "127.0.0.1:"));
	if (!named("connect"))
		skip();
	snprintf(address, sizeof address, "127.0.0.1:%d", (int)named("port"));
	end = end_of("ends", "connect");
	assert_string_equal(json_string_value(json_object_get(end, "address")), address);
}

/* Whose queue is full, who has the socket, and how full it is. */
static void who_does_not_accept_is_told(void **state)
{
	char address[40];
	const json_t *end;

	(void)state;
	needs_waits();
	needs_allowed(ACCESS_SOCK_DIAG);
	if (!named("knock"))
		skip();
	snprintf(address, sizeof address, "@sp_every_wait.%d", (int)named("pid"));
	end = end_of("ends", "knock");
	assert_int_equal(number(end, "fd"), named("knock_fd"));
	assert_string_equal(json_string_value(json_object_get(end, "address")), address);
	assert_int_equal(number(end, "pending"), 2);
	assert_int_equal(number(end, "backlog"), 1);
	assert_int_equal(json_array_size(json_object_get(end, "other_ends")), 1);
	assert_true(has_end(json_object_get(end, "other_ends"), "child", "knock_at"));
}

static void holders_of_files_are_told(void **state)
{
	const json_t *lock;

	(void)state;
	needs_waits();
	lock = end_of("file_locks", "flock");
	assert_int_equal(number(lock, "holder_pid"), named("pid"));
	assert_true(has_end(json_object_get(lock, "held"), "pid", "flock_by"));
	lock = end_of("file_locks", "record");
	assert_int_equal(number(lock, "holder_pid"), named("child"));
	assert_string_equal(json_string_value(json_object_get(lock, "lock")), "posix");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sort_is_told),
		cmocka_unit_test(objects_are_named),
		cmocka_unit_test(sets_are_told),
		cmocka_unit_test(time_left_is_told),
		cmocka_unit_test(other_ends_are_told),
		cmocka_unit_test(addresses_are_told),
		cmocka_unit_test(who_does_not_accept_is_told),
		cmocka_unit_test(holders_of_files_are_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
