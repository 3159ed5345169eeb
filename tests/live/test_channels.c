/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every channel that a specimen made, as twintop --json tells it; as root and as an ordinary user.
 */
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

#define NO_FD (-1)

/* The pair of one sample; free with json_decref. */
static json_t *pair_of(pid_t a, pid_t b)
{
	json_t *sample = sample_of(a, b), *pair = json_incref(json_object_get(sample, "pair"));

	json_decref(sample);
	return pair;
}

static int fd_of(const json_t *channel, const char *key)
{
	const json_t *v = json_object_get(channel, key);

	return json_is_integer(v) ? (int)json_integer_value(v) : NO_FD;
}

/* The channel of that kind between those descriptors, or NULL. */
static const json_t *find(const json_t *pair, const char *kind, int a_fd, int b_fd)
{
	const json_t *channels = json_object_get(pair, "channels"), *c;
	size_t i;

	json_array_foreach(channels, i, c)
	{
		if (!strcmp(json_string_value(json_object_get(c, "kind")), kind) &&
			fd_of(c, "a_fd") == a_fd && fd_of(c, "b_fd") == b_fd)
			return c;
	}
	return NULL;
}

static const json_t *expect(
	const json_t *pair, const char *kind, int a_fd, int b_fd, const char *direction)
{
	const json_t *c = find(pair, kind, a_fd, b_fd);
	char *text = json_dumps(json_object_get(pair, "channels"), 0);

	if (!c)
		fail_msg("no %s between A's %d and B's %d in %s", kind, a_fd, b_fd, text);
	if (strcmp(json_string_value(json_object_get(c, "direction")), direction))
		fail_msg("%s is not %s in %s", kind, direction, text);
	free(text);
	return c;
}

static int number(const struct specimen *s, const char *key)
{
	return (int)specimen_number(s, key);
}

static void expect_waiting(const json_t *channel, const char *side, json_int_t bytes)
{
	const json_t *v = json_object_get(json_object_get(channel, "waiting_bytes"), side);

	assert_true(json_is_integer(v));
	assert_int_equal(json_integer_value(v), bytes);
}

static void expect_lock(const json_t *pair, const char *kind, uint64_t inode, const char *who)
{
	char want[128];
	const json_t *c;
	size_t i;

	snprintf(want, sizeof want, "%s lock on inode %llu: %s", kind, (unsigned long long)inode,
		who);
	json_array_foreach(json_object_get(pair, "channels"), i, c)
	{
		const char *detail = json_string_value(json_object_get(c, "detail"));

		if (detail && !strcmp(detail, want)) {
			assert_string_equal(
				json_string_value(json_object_get(c, "direction")), "a_to_b");
			return;
		}
	}
	fail_msg("no %s", want);
}

static void expect_all(const struct specimen *s, const json_t *pair)
{
	const json_t *c;

	expect(pair, "pipe", number(s, "pipe_w"), number(s, "pipe_r"), "a_to_b");
	expect(pair, "fifo", number(s, "fifo_r"), number(s, "fifo_w"), "b_to_a");
	c = expect(pair, "unix", number(s, "pair_a"), number(s, "pair_b"), "both");
	expect_waiting(c, "a", 0);
	expect_waiting(c, "b", 7);
	expect(pair, "unix", number(s, "unix_a"), number(s, "unix_b"), "both");
	expect(pair, "tcp", number(s, "tcp_a"), number(s, "tcp_b"), "both");
	expect(pair, "udp", number(s, "udp_a"), number(s, "udp_b"), "both");
	expect(pair, "eventfd", number(s, "event"), number(s, "event"), "both");
	expect(pair, "mqueue", number(s, "mq_a"), number(s, "mq_b"), "both");
	expect(pair, "shared_anonymous", NO_FD, NO_FD, "both");
	expect(pair, "sysv_shm", NO_FD, NO_FD, "both");
	expect(pair, "sysv_queue", NO_FD, NO_FD, "a_to_b");
	expect(pair, "sysv_semaphores", NO_FD, NO_FD, "both");
	expect(pair, "futex", NO_FD, NO_FD, "a_to_b");
	expect_lock(pair, "posix", specimen_number(s, "lock_ino"), "A holds, B waits");
	expect_lock(pair, "flock", specimen_number(s, "flock_ino"), "A holds, B waits");
	expect(pair, "signal", NO_FD, NO_FD, "b_to_a");
}

static void every_channel_is_found(void **state)
{
	struct specimen *s = specimen_start("channels", NULL);
	json_t *pair = pair_of(specimen_pid(s), (pid_t)specimen_number(s, "child"));

	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_ATTACH);
	needs_allowed(ACCESS_SOCK_DIAG);
	expect_all(s, pair);
	json_decref(pair);
	specimen_stop(s);
}

/* Seen from the child all directions turn round. */
static void directions_turn_with_the_sides(void **state)
{
	struct specimen *s = specimen_start("channels", NULL);
	json_t *pair = pair_of((pid_t)specimen_number(s, "child"), specimen_pid(s));

	(void)state;
	expect(pair, "pipe", number(s, "pipe_r"), number(s, "pipe_w"), "b_to_a");
	expect(pair, "fifo", number(s, "fifo_w"), number(s, "fifo_r"), "a_to_b");
	expect(pair, "sysv_queue", NO_FD, NO_FD, "b_to_a");
	expect(pair, "lock", NO_FD, NO_FD, "b_to_a");
	expect(pair, "signal", NO_FD, NO_FD, "a_to_b");
	json_decref(pair);
	specimen_stop(s);
}

/* An ordinary user sees the channels of their own processes as root does. */
static void look_at_own(void *context)
{
	struct specimen *s = specimen_start("channels", NULL);
	json_t *pair = pair_of(specimen_pid(s), (pid_t)specimen_number(s, "child"));

	(void)context;
	expect_all(s, pair);
	json_decref(pair);
	specimen_stop(s);
}

static void an_ordinary_user_finds_them_too(void **state)
{
	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_ATTACH);
	needs_allowed(ACCESS_SOCK_DIAG);
	if (geteuid()) {
		print_message("skipped: needs root to become another user\n");
		skip();
	}
	as_nobody(look_at_own, NULL);
}

static void strangers_talk_over_sockets(void **state)
{
	struct specimen *a = specimen_start("stranger", "listen", NULL), *b;
	json_t *pair;

	(void)state;
	needs_allowed(ACCESS_SOCK_DIAG);
	b = specimen_start(
		"stranger", "connect", specimen_text(a, "path"), specimen_text(a, "port"), NULL);
	specimen_say(a, "accept");
	pair = pair_of(specimen_pid(a), specimen_pid(b));
	expect(pair, "unix", number(a, "unix"), number(b, "unix"), "both");
	expect(pair, "tcp", number(a, "tcp"), number(b, "tcp"), "both");
	json_decref(pair);
	specimen_stop(b);
	specimen_stop(a);
}

/* Strangers started by one test share what the test gave them, and nothing that they made. */
static void strangers_have_none_of_their_own(void **state)
{
	struct specimen *a = specimen_start("channels", NULL), *b = specimen_start("clone", NULL);
	json_t *pair = pair_of((pid_t)specimen_number(a, "child"), specimen_pid(b));
	static const char *const kinds[] = {"fifo", "unix", "tcp", "udp", "eventfd", "mqueue",
		"sysv_shm", "sysv_queue", "sysv_semaphores", "shared_anonymous", "futex", "lock",
		"signal"};
	const json_t *c;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(pair, "channels"), i, c)
	{
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
			assert_string_not_equal(
				json_string_value(json_object_get(c, "kind")), kinds[k]);
	}
	json_decref(pair);
	specimen_stop(a);
	specimen_stop(b);
}

static void a_tracer_is_told(void **state)
{
	struct specimen *s = specimen_start("trace", NULL);
	json_t *pair = pair_of(specimen_pid(s), (pid_t)specimen_number(s, "child"));

	(void)state;
	expect(pair, "ptrace", NO_FD, NO_FD, "a_to_b");
	json_decref(pair);
	specimen_stop(s);
}

/* What the child's end sends its parent, as a channel; NULL: none. flag: one of sp_clone's. */
static void expect_end(const char *flag, const char *detail)
{
	struct specimen *s = specimen_start("clone", flag, NULL);
	json_t *pair = pair_of(specimen_pid(s), (pid_t)specimen_number(s, "child"));
	const json_t *c = find(pair, "signal", NO_FD, NO_FD);

	if (!detail)
		assert_null(c);
	else
		assert_string_equal(json_string_value(json_object_get(c, "detail")), detail);
	json_decref(pair);
	specimen_stop(s);
}

static void an_end_sends_what_clone_was_told(void **state)
{
	(void)state;
	expect_end(NULL, "SIGCHLD from child to parent");
	expect_end("usr1", "SIGUSR1 from child to parent");
	expect_end("silent", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_channel_is_found),
		cmocka_unit_test(directions_turn_with_the_sides),
		cmocka_unit_test(an_ordinary_user_finds_them_too),
		cmocka_unit_test(a_tracer_is_told),
		cmocka_unit_test(an_end_sends_what_clone_was_told),
		cmocka_unit_test(strangers_talk_over_sockets),
		cmocka_unit_test(strangers_have_none_of_their_own),
	};

	return live_run(tests, NULL, NULL);
}
