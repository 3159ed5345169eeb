/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bounds of stacks of every origin: what is told of them is so, or the reason why it is not. */
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
#include "twintop/base/clock.h"

#define SHARE	   500
#define PARTED	   (1u << 20) /* so much of a parted stack is in use */
#define ASLEEP_MAX 2000

static uint64_t number_of(const struct specimen *s, const char *key, const char *what)
{
	char name[64];

	snprintf(name, sizeof name, "%s_%s", key, what);
	return specimen_number(s, name);
}

static struct thread thread_of(const struct reading *r, const struct specimen *s, const char *key)
{
	const struct thread t = reading_thread(r, (pid_t)specimen_number(s, key));

	assert_non_null(t.self);
	return t;
}

static bool all_sleep(const struct reading *r)
{
	for (size_t i = 0; i < r->list->n; i++) {
		const struct thread t = thread_at(r->list, i);

		if (!t.call->registers_known || t.call->syscall_number < 0)
			return false;
	}
	return true;
}

/* Reads until all threads stand where they will stay. */
static void read_asleep(struct reading *r, const struct specimen *s)
{
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	reading_open(r, specimen_pid(s), SHARE);
	for (int i = 0; i < ASLEEP_MAX; i++) {
		reading_take(r, NEED_ALL);
		if (all_sleep(r))
			return;
		clock_sleep_ns(1000000);
	}
	fail_msg("the specimen does not come to rest");
}

static void what_the_library_gave_is_told_to_the_byte(void **state)
{
	static const char *const keys[] = {
		"heap", "malloced", "arena", "guarded", "own_guard", "inside", "parted"};
	struct specimen *s = specimen_start("stacks", "parted", NULL);
	struct reading r;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP); /* by which it is known that there is no guard */
	read_asleep(&r, s);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct thread t = thread_of(&r, s, keys[i]);

		if (thread_source_state(&t, THREAD_STACK) != VALUE_KNOWN ||
			t.self->stack_start != number_of(s, keys[i], "start") ||
			t.self->stack_end != number_of(s, keys[i], "end") ||
			!t.self->stack_guard_known ||
			t.self->stack_guard_bytes != number_of(s, keys[i], "guard"))
			fail_msg("%s: %#" PRIx64 "-%#" PRIx64 ", guard %" PRIu64, keys[i],
				t.self->stack_start, t.self->stack_end, t.self->stack_guard_bytes);
		assert_true(t.call->stack_pointer >= t.self->stack_start &&
			    t.call->stack_pointer < t.self->stack_end);
	}
	reading_close(&r);
	specimen_stop(s);
}

static void assert_unknown(
	const struct reading *r, const struct specimen *s, const char *key, enum stack_gap gap)
{
	const struct thread t = thread_of(r, s, key);

	if (value_state_has_value(thread_source_state(&t, THREAD_STACK)) ||
		t.self->stack_gap != gap)
		fail_msg("%s: %#" PRIx64 "-%#" PRIx64 ", gap %d", key, t.self->stack_start,
			t.self->stack_end, (int)t.self->stack_gap);
	assert_true(t.call->registers_known);
	assert_true(t.call->stack_pointer >= number_of(s, key, "start") &&
		    t.call->stack_pointer < number_of(s, key, "end"));
}

static void what_only_the_program_knows_is_unknown(void **state)
{
	struct specimen *s = specimen_start("stacks", "coroutine", NULL);
	struct reading r;
	struct thread t;

	(void)state;
	read_asleep(&r, s);
	assert_unknown(&r, s, "alternate", STACK_ELSEWHERE);
	assert_unknown(&r, s, "coroutine", STACK_ELSEWHERE);
	assert_unknown(&r, s, "main", STACK_ELSEWHERE);
	assert_unknown(&r, s, "cloned", STACK_UNPROVEN);
	assert_unknown(&r, s, "cloned_on_guard", STACK_UNPROVEN);
	/* The stack that it was given is one all the same. */
	t = thread_of(&r, s, "coroutine");
	assert_int_equal(
		reading_kind(&r, memory_find(r.memory, t.self->given_start)), MAPPING_THREAD_STACK);
	reading_close(&r);
	specimen_stop(s);
}

static void an_arena_with_a_stack_in_it_stays_one(void **state)
{
	static const char *const keys[] = {"arena", "cloned"};
	struct specimen *s = specimen_start("stacks", "alternate", NULL);
	struct reading r;

	(void)state;
	read_asleep(&r, s);
	assert_unknown(&r, s, "main", STACK_ELSEWHERE);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		ptrdiff_t at = memory_find(r.memory, number_of(s, keys[i], "start"));

		assert_true(at >= 0);
		assert_int_equal(reading_kind(&r, at), MAPPING_ANONYMOUS);
	}
	reading_close(&r);
	specimen_stop(s);
}

static void a_parted_main_stack_is_one(void **state)
{
	struct specimen *s = specimen_start("stacks", "parted", NULL);
	struct reading r;
	struct thread t;
	ptrdiff_t at;

	(void)state;
	read_asleep(&r, s);
	t = thread_at(r.list, 0);
	assert_int_equal(thread_source_state(&t, THREAD_STACK), VALUE_KNOWN);
	assert_true(t.self->stack_end - t.call->stack_pointer > PARTED);
	assert_true(t.self->stack_start <= t.call->stack_pointer);
	at = memory_find(r.memory, t.self->stack_start);
	for (int parts = 0; parts < 3; parts++)
		assert_int_equal(reading_kind(&r, at + parts), MAPPING_STACK);
	assert_int_equal(r.memory->mapping[at + 2].end, t.self->stack_end);
	reading_close(&r);
	specimen_stop(s);
}

/* ---- in JSON ------------------------------------------------------------- */

static json_t *stack_in(json_t *sample, json_int_t tid)
{
	json_t *process = json_array_get(json_object_get(sample, "processes"), 0), *thread;
	size_t i;

	json_array_foreach(json_object_get(process, "threads"), i, thread)
	{
		if (json_integer_value(json_object_get(thread, "tid")) == tid)
			return json_object_get(thread, "stack");
	}
	fail_msg("no thread %d", (int)tid);
	return NULL;
}

static bool has_reason(json_t *sample, const char *path, const char *words)
{
	json_t *gaps = json_object_get(json_object_get(sample, "access"), "unknown"), *gap;
	size_t i;

	json_array_foreach(gaps, i, gap)
	{
		if (!strcmp(json_string_value(json_object_get(gap, "path")), path) &&
			strstr(json_string_value(json_object_get(gap, "reason")), words))
			return true;
	}
	return false;
}

static void json_tells_the_pointer_and_why_no_more(void **state)
{
	static const char *const keys[] = {"coroutine", "cloned", "main"}, *const unknown[] = {
										   "start", "end",
										   "used_bytes"};
	struct specimen *s = specimen_start("stacks", "coroutine", NULL);
	struct reading r;
	json_t *sample;
	char pid[16];

	(void)state;
	read_asleep(&r, s);
	reading_close(&r);
	snprintf(pid, sizeof pid, "%d", (int)specimen_pid(s));
	sample = sample_by((const char *const[]){"twintop", "--json", "-s", "none", pid, NULL});
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		json_t *stack = stack_in(sample, (json_int_t)specimen_number(s, keys[i]));

		assert_true(json_is_string(json_object_get(stack, "pointer")));
		for (size_t k = 0; k < 3; k++)
			assert_true(json_is_null(json_object_get(stack, unknown[k])));
	}
	for (size_t k = 0; k < 3; k++) {
		char path[80];

		snprintf(path, sizeof path, "processes[0].threads[].stack.%s", unknown[k]);
		assert_true(has_reason(sample, path, "coroutine"));
		assert_true(has_reason(sample, path, "nothing proves"));
	}
	json_decref(sample);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_library_gave_is_told_to_the_byte),
		cmocka_unit_test(what_only_the_program_knows_is_unknown),
		cmocka_unit_test(an_arena_with_a_stack_in_it_stays_one),
		cmocka_unit_test(a_parted_main_stack_is_one),
		cmocka_unit_test(json_tells_the_pointer_and_why_no_more),
	};

	if (denied_skips(ACCESS_SYSCALL) || denied_skips(ACCESS_ATTACH))
		return 77;
	return live_run(tests, NULL, NULL);
}
