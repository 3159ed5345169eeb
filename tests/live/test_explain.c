/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told in words of living threads: in what they sleep, who holds it, and who holds that. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "denied.h"
#include "live.h"
#include "sampling.h"
#include "twintop/base/clock.h"
#include "twintop/model/tell.h"

/* A field of a thread of A's in words, appended to out. */
static void tell(const struct moment *m, pid_t tid, const char *field, struct textbuf *out)
{
	const struct field *f = field_find(field);
	ptrdiff_t i = thread_find(m->snapshot->side[0].threads, tid);
	const struct record r = {m, f->kind, 0, i < 0 ? SIZE_MAX : (size_t)i};

	field_tell(f, &r, false, out);
}

/* Waits for the moment at which the words hold the part: all of it must have been read by then. */
static void until_told(struct sampling *f, pid_t tid, const char *field, const char *part)
{
	uint64_t end = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	struct textbuf told = {0};
	bool found = false;

	while (!found) {
		const struct moment *m = sampling_next(f);

		textbuf_clear(&told);
		tell(m, tid, field, &told);
		moment_put(m);
		found = strstr(told.bytes, part);
		if (!found && clock_monotonic_ns() > end)
			fail_msg("%d, %s: “%s”, not “%s”", (int)tid, field, told.bytes, part);
	}
	textbuf_free(&told);
}

static void begin(struct sampling *f, struct specimen *s, pid_t b)
{
	needs_allowed(ACCESS_ATTACH);
	needs_allowed(ACCESS_SYSCALL);
	sampling_begin(f, specimen_pid(s), b);
}

static pid_t tid_of(const struct specimen *s, const char *key)
{
	return (pid_t)specimen_number(s, key);
}

/* "asleep in futex on a mutex at 0x…": what wait of a thread of sp_threads is told how. */
static void waits_are_told(void **state)
{
	static const struct {
		const char *key, *part;
	} expected[] = {
		{"plain", "S: asleep in futex on a mutex at 0x"},
		{"robust", "S: asleep in futex on a mutex at 0x"},
		{"inheriting", "S: asleep in futex on a mutex with priority inheritance at 0x"},
		{"join", "S: asleep in futex, for the end of "},
		{"cond", "asleep in futex on a condition variable at 0x"},
		{"semaphore", "asleep in futex on a semaphore at 0x"},
		{"epoll", "S: asleep in epoll_wait: it waits for any of the descriptors that "
			  "descriptor "},
		{"nap", "nanosleep: it sleeps for a time"},
		{"owner", "S: asleep in pause: it waits for a signal."},
	};
	struct sampling *f = *state;
	struct specimen *s = specimen_start("threads", NULL);

	begin(f, s, SIBLING_NONE);
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		until_told(f, tid_of(s, expected[i].key), "thread.state", expected[i].part);
	specimen_stop(s);
}

/* Whose name may hold anything, and what he is blocked in. */
static void owners_are_told(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("threads", NULL);
	char part[256];

	begin(f, s, SIBLING_NONE);
	snprintf(part, sizeof part, ", held by %d “owner”, which itself is blocked in pause",
		(int)tid_of(s, "owner"));
	until_told(f, tid_of(s, "plain"), "thread.waiting_on.owner_tid", part);
	snprintf(part, sizeof part, "on a mutex at %s, in the ", specimen_text(s, "mutex"));
	until_told(f, tid_of(s, "plain"), "thread.state", part);
	snprintf(part, sizeof part, "for the end of %d “owner”, which itself is blocked in pause",
		(int)tid_of(s, "owner"));
	until_told(f, tid_of(s, "join"), "thread.waiting_on.kind", part);
	snprintf(part, sizeof part, "descriptor %s, the reading end of the pipe pipe:[",
		specimen_text(s, "pipe_fd"));
	until_told(f, tid_of(s, "pipe"), "thread.state", part);
	until_told(f, tid_of(s, "pipe"), "thread.name", "“a) S 1\\n\\e[1m(”.");
	specimen_stop(s);
}

/* A ring of three and one of two, and who waits for a ring without being of it. */
static void rings_are_told(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("ring", NULL);
	char part[256];

	begin(f, s, SIBLING_NONE);
	snprintf(part, sizeof part,
		"held by %d “two”, which itself waits for a mutex held by %d “three”, which itself "
		"waits for a mutex held by %d “one”, which is this very thread: a deadlock.",
		(int)tid_of(s, "two"), (int)tid_of(s, "three"), (int)tid_of(s, "one"));
	until_told(f, tid_of(s, "one"), "thread.state", part);
	until_told(f, tid_of(s, "one"), "thread.state", specimen_text(s, "mutex_two"));
	until_told(f, tid_of(s, "pair_a"), "thread.state",
		"“pair_a”, which is this very thread: a deadlock.");
	until_told(f, tid_of(s, "pair_b"), "thread.syscall.name",
		"“pair_b”, which is this very thread: a deadlock.");
	until_told(f, tid_of(s, "outside"), "thread.state",
		"“one” again: a deadlock, which this thread waits for; 1 other thread waits there, "
		"too.");
	specimen_stop(s);
}

static void children_are_told(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("ring", NULL);
	pid_t child = tid_of(s, "child");
	char part[256];

	begin(f, s, child);
	snprintf(part, sizeof part, "it waits until its child %d “sp_ring” ends or stops.",
		(int)child);
	until_told(f, tid_of(s, "reaper"), "thread.state", part);
	until_told(f, tid_of(s, "any"), "thread.state",
		"it waits until any of its children ends or stops.");
	until_told(f, tid_of(s, "poller"), "thread.syscall.name",
		"it waits until its one descriptor is ready, for at most 1:40; descriptor ");
	snprintf(part, sizeof part, "descriptor %s, the reading end of the pipe pipe:[",
		specimen_text(s, "pipe_fd"));
	until_told(f, tid_of(s, "reader"), "thread.state", part);
	snprintf(part, sizeof part, "whose other end B has as descriptor %s.",
		specimen_text(s, "child_fd"));
	until_told(f, tid_of(s, "reader"), "thread.state", part);
	specimen_stop(s);
}

/* Who may not see in what somebody sleeps says so, and why. */
static void hidden_waits_have_their_reason(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("ring", NULL);

	denied_probe(f->root, "syscall", &f->options.access);
	sampling_begin(f, specimen_pid(s), SIBLING_NONE);
	until_told(f, tid_of(s, "reader"), "thread.state", "S: asleep");
	until_told(f, tid_of(s, "reader"), "thread.state",
		". In which system call is not known: needs ptrace attach access");
	until_told(f, tid_of(s, "reader"), "thread.syscall.name", "Hidden; needs ptrace attach");
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(waits_are_told, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(owners_are_told, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(rings_are_told, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			children_are_told, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			hidden_waits_have_their_reason, sampling_setup, sampling_teardown),
	};

	return live_run(tests, NULL, NULL);
}
