/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks on files between two processes, as twintop --json tells them: each kind, by fork, mixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"

static const json_t *channels_of(const json_t *sample)
{
	return json_object_get(json_object_get(sample, "pair"), "channels");
}

/* The one channel of a lock on that file says so. */
static void expect_lock(const json_t *sample, const struct specimen *s, const char *file,
	const char *kind, const char *who, const char *direction)
{
	char inode[64], want[128];
	size_t i, n = 0;
	const json_t *c;

	snprintf(inode, sizeof inode, "inode %s:", specimen_text(s, file));
	snprintf(want, sizeof want, "%s lock on %s %s", kind, inode, who);
	json_array_foreach(channels_of(sample), i, c)
	{
		const char *detail = json_string_value(json_object_get(c, "detail"));

		if (!detail || !strstr(detail, inode))
			continue;
		assert_string_equal(detail, want);
		assert_string_equal(json_string_value(json_object_get(c, "direction")), direction);
		n++;
	}
	if (n != 1)
		fail_msg("%zu channels of %s", n, file);
}

static size_t count_locks(const json_t *sample)
{
	const json_t *c;
	size_t i, n = 0;

	json_array_foreach(channels_of(sample), i, c)
	{
		n += !strcmp(json_string_value(json_object_get(c, "kind")), "lock");
	}
	return n;
}

/* What is unknown of channels that are all locks is so because they are. */
static void expect_reasons(const json_t *sample)
{
	const json_t *gaps = json_object_get(json_object_get(sample, "access"), "unknown"), *g;
	size_t i, n = 0;

	json_array_foreach(gaps, i, g)
	{
		const char *path = json_string_value(json_object_get(g, "path"));
		const char *reason = json_string_value(json_object_get(g, "reason"));

		if (!strncmp(path, "pair.channels[].waiting_bytes", 29) &&
			!strncmp(reason, "no bytes wait", 13))
			n++;
		if (!strcmp(path, "pair.channels[].a_fd") && !strncmp(reason, "a lock is", 9))
			n++;
	}
	assert_int_equal(n, 3);
}

/* Whether a gap of the channels speaks of OFD locks. */
static bool has_gap(const json_t *sample)
{
	const json_t *gaps = json_object_get(json_object_get(sample, "access"), "unknown"), *g;
	size_t i;

	json_array_foreach(gaps, i, g)
	{
		if (strstr(json_string_value(json_object_get(g, "reason")), "OFD"))
			return true;
	}
	return false;
}

static void look_from_the_parent(void *context)
{
	struct specimen *s = specimen_start("locks", NULL);
	json_t *sample = sample_of(specimen_pid(s), (pid_t)specimen_number(s, "child"));

	(void)context;
	expect_lock(sample, s, "ofd", "ofd", "A holds, B waits", "a_to_b");
	expect_lock(sample, s, "mixed", "ofd", "A waits, B holds", "b_to_a");
	expect_lock(sample, s, "record", "posix", "A holds, B waits", "a_to_b");
	expect_lock(sample, s, "inherited", "flock", "A waits, B holds", "b_to_a");
	expect_lock(sample, s, "read", "ofd", "A holds, B holds", "both");
	assert_int_equal(count_locks(sample), 5);
	expect_reasons(sample);
	assert_false(has_gap(sample));
	json_decref(sample);
	specimen_stop(s);
}

static void each_lock_joins_who_holds_and_who_waits(void **state)
{
	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	look_from_the_parent(NULL);
}

static void an_ordinary_user_sees_them_too(void **state)
{
	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	as_nobody(look_from_the_parent, NULL);
}

static void they_turn_with_the_sides(void **state)
{
	struct specimen *s = specimen_start("locks", NULL);
	json_t *sample = sample_of((pid_t)specimen_number(s, "child"), specimen_pid(s));

	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	expect_lock(sample, s, "ofd", "ofd", "A waits, B holds", "b_to_a");
	expect_lock(sample, s, "mixed", "ofd", "A holds, B waits", "a_to_b");
	expect_lock(sample, s, "record", "posix", "A waits, B holds", "b_to_a");
	expect_lock(sample, s, "inherited", "flock", "A holds, B waits", "a_to_b");
	assert_int_equal(count_locks(sample), 5);
	json_decref(sample);
	specimen_stop(s);
}

/* Two of a kind have the same locks on files of their own: nothing joins one to the other. */
static void strangers_have_none(void **state)
{
	struct specimen *a = specimen_start("locks", NULL), *b = specimen_start("locks", NULL);
	json_t *sample = sample_of(specimen_pid(a), (pid_t)specimen_number(b, "child"));

	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	assert_int_equal(count_locks(sample), 0);
	assert_false(has_gap(sample));
	json_decref(sample);
	specimen_stop(b);
	specimen_stop(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_lock_joins_who_holds_and_who_waits),
		cmocka_unit_test(an_ordinary_user_sees_them_too),
		cmocka_unit_test(they_turn_with_the_sides),
		cmocka_unit_test(strangers_have_none),
	};

	return live_run(tests, NULL, NULL);
}
