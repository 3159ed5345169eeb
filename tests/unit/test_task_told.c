/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/proc/task_told.h"

#define ENOUGH 64 /* proofs */

/* A thread that sleeps in read(2), as the iterator tells it. */
static struct task_record sleeper(void)
{
	struct task_record r = {
		.signs = {.tid = 7, .run_ns = 100000000, .state = 1, .nice = 125, .priority = 125},
		.told = {.user_ns = 30,
			.system_ns = 10,
			.minor_faults = 5,
			.voluntary = 9,
			.arrived_ns = 1},
		.call = {
			.known = 1, .channel = 0x1234, .argument = {3, 4, 5}, .stack_pointer = 16}};

	memcpy(r.signs.name, "sleeper", 8);
	return r;
}

/* A teller to which everything was proven by a thread whose files said what the record says. */
static struct task_teller *proven(const struct task_record *r)
{
	struct task_teller *t = task_teller_new(TASK_CALLS);
	struct thread_record files = {0};
	struct task_times times = {0};

	files.run.state = 'S';
	files.run.voluntary_switches = 9;
	files.spent.minor_faults = 5;
	files.spent.user_ticks = 75000000 / (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
	files.spent.system_ticks = 25000000 / (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
	files.self.nice = 5;
	files.self.priority = 25;
	thread_set_name(&files.self, text_of("sleeper"));
	files.call.syscall_arg[0] = 3;
	files.call.syscall_arg[1] = 4;
	files.call.syscall_arg[2] = 5;
	files.call.stack_pointer = 16;
	for (unsigned i = 0; i < ENOUGH; i++)
		for (unsigned file = 0; file < TASK_FILES; file++)
			task_teller_prove(t, (enum task_file)file, r, &times, &files);
	return t;
}

static bool tells(struct task_teller *t, enum task_file file, const struct task_record *r,
	struct thread_record *ret)
{
	struct task_times times = {0};

	return task_teller_tell(t, file, r, &times, ret);
}

static void nothing_is_told_before_it_is_proven(void **state)
{
	struct task_record r = sleeper();
	struct task_teller *t = task_teller_new(TASK_CALLS);
	struct thread_record now = {0};

	(void)state;
	assert_true(task_teller_doubts(t));
	for (unsigned file = 0; file < TASK_FILES; file++)
		assert_false(tells(t, (enum task_file)file, &r, &now));
	task_teller_free(t);
	t = proven(&r);
	assert_false(task_teller_doubts(t));
	for (unsigned file = 0; file < TASK_WCHAN; file++)
		assert_true(tells(t, (enum task_file)file, &r, &now));
	assert_int_equal(now.run.state, 'S');
	assert_int_equal(now.self.nice, 5);
	assert_int_equal(now.call.syscall_number, 0);
	assert_true(now.call.registers_known);
	task_teller_free(t);
}

static void what_was_refuted_is_not_told_again(void **state)
{
	struct task_record r = sleeper(), other = sleeper();
	struct thread_record now = {0};
	struct task_teller *t;

	(void)state;
	other.told.voluntary = 8; /* than the file says */
	t = proven(&other);
	assert_false(task_teller_doubts(t));
	assert_false(tells(t, TASK_STATUS, &r, &now));
	assert_true(tells(t, TASK_STAT, &r, &now));
	task_teller_free(t);
	other = sleeper();
	other.signs.nice = 120;
	t = proven(&other);
	assert_false(tells(t, TASK_STAT, &r, &now));
	assert_true(tells(t, TASK_SYSCALL, &r, &now));
	task_teller_free(t);
}

static void what_the_iterator_does_not_bring_is_not_told(void **state)
{
	struct task_record r = sleeper();
	struct task_teller *t = task_teller_new(TASK_SIGNS);
	struct thread_record now = {0};
	struct task_times times = {0};

	(void)state;
	assert_false(task_teller_doubts(t));
	for (unsigned file = 0; file < TASK_FILES; file++) {
		task_teller_prove(t, (enum task_file)file, &r, &times, &now);
		assert_false(tells(t, (enum task_file)file, &r, &now));
	}
	task_teller_free(t);
}

/* Rare states, those on their way out, and those that were not still. */
static void what_is_not_certain_is_read(void **state)
{
	static const uint64_t rare[] = {4, 8, 0x40, 0x80, 0x402, 0x1002, 0x8000, 0x2000};
	struct task_record r = sleeper();
	struct task_teller *t = proven(&r);
	struct thread_record now = {0};

	(void)state;
	for (size_t i = 0; i < sizeof rare / sizeof *rare; i++) {
		r.signs.state = rare[i];
		for (unsigned file = 0; file < TASK_FILES; file++)
			assert_false(tells(t, (enum task_file)file, &r, &now));
	}
	r = sleeper();
	r.signs.exit_state = 0x20;
	assert_false(tells(t, TASK_STAT, &r, &now));
	r = sleeper();
	r.call.known = 0;
	assert_true(tells(t, TASK_STAT, &r, &now));
	assert_false(tells(t, TASK_SYSCALL, &r, &now));
	assert_false(tells(t, TASK_WCHAN, &r, &now));
	r = sleeper();
	r.call.status = 2; /* a call of the 32-bit table */
	assert_false(tells(t, TASK_SYSCALL, &r, &now));
	task_teller_free(t);
}

static void states_are_as_stat_shows_them(void **state)
{
	static const struct {
		uint64_t state;
		char letter;
	} known[] = {{0, 'R'}, {1, 'S'}, {0x2001, 'S'}, {2, 'D'}, {0x102, 'D'}, {0x2102, 'D'}};
	struct task_record r = sleeper();
	struct task_teller *t = proven(&r);
	struct thread_record now = {0};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		r.signs.state = known[i].state;
		assert_true(tells(t, TASK_STAT, &r, &now));
		assert_int_equal(now.run.state, known[i].letter);
	}
	r.signs.state = 0;
	assert_true(tells(t, TASK_SYSCALL, &r, &now));
	assert_true(now.call.running);
	now.call.wait_channel = "left";
	assert_true(tells(t, TASK_WCHAN, &r, &now));
	assert_null(now.call.wait_channel);
	task_teller_free(t);
}

static void a_channel_is_told_by_its_place_once_learnt(void **state)
{
	struct task_record r = sleeper(), other = sleeper();
	struct task_teller *t = proven(&r);
	struct thread_record now = {0};

	(void)state;
	other.call.channel = 0x4321;
	assert_false(tells(t, TASK_WCHAN, &r, &now));
	assert_false(task_teller_knows(t, &r));
	task_teller_learn(t, &r, "pipe_read");
	assert_true(task_teller_knows(t, &r));
	assert_false(task_teller_knows(t, &other));
	assert_true(tells(t, TASK_WCHAN, &r, &now));
	assert_string_equal(now.call.wait_channel, "pipe_read");
	assert_false(tells(t, TASK_WCHAN, &other, &now));
	task_teller_learn(t, &other, "futex_wait");
	assert_true(tells(t, TASK_WCHAN, &other, &now));
	assert_string_equal(now.call.wait_channel, "futex_wait");
	task_teller_free(t);
}

/* Neither of the two times ever goes back, whoever told them last. */
static void times_never_go_back(void **state)
{
	struct task_record r = sleeper();
	struct task_teller *t = proven(&r);
	struct task_times times = {0}, was;
	struct thread_record now = {0};

	(void)state;
	r.told.user_ns = 0; /* its one tick hit it in the kernel */
	assert_true(task_teller_tell(t, TASK_STAT, &r, &times, &now));
	assert_int_equal(times.system_ns, r.signs.run_ns);
	for (unsigned i = 1; i < 50; i++) {
		was = times;
		r.signs.run_ns += 10000000;
		r.told.user_ns += 7;
		if (i == 20) /* a file told it otherwise */
			r.told.user_was_ns = r.signs.run_ns / 2;
		if (i == 20)
			r.told.system_was_ns = r.signs.run_ns / 2;
		assert_true(task_teller_tell(t, TASK_STAT, &r, &times, &now));
		assert_int_equal(times.user_ns + times.system_ns, r.signs.run_ns);
		assert_true(i == 20 || times.user_ns >= was.user_ns);
		assert_true(i == 20 || times.system_ns >= was.system_ns);
	}
	was = times; /* that stood still */
	assert_true(task_teller_tell(t, TASK_STAT, &r, &times, &now));
	assert_memory_equal(&times, &was, sizeof times);
	task_teller_free(t);
}

/* What stat, schedstat and status said of the sleeper. */
static struct thread_record read_sleeper(void)
{
	struct thread_record t = {.run = {.state = 'S', .run_ns = 100000000, .wait_ns = 7},
		.self = {.nice = 5, .priority = 25, .signals_pending = 4}};

	thread_set_name(&t.self, text_of("sleeper"));
	t.self.source[THREAD_SCHEDSTAT] = t.self.source[THREAD_STAT] = VALUE_KNOWN;
	t.self.source[THREAD_STATUS] = VALUE_KNOWN;
	return t;
}

static void one_that_stood_still_is_known_by_its_files(void **state)
{
	const struct thread_record still = read_sleeper();
	struct task_record was = sleeper(), r;
	struct thread_record t = still;

	(void)state;
	was.signs.wait_ns = 7;
	was.signs.pending = 4;
	assert_true(task_teller_stood(&was, &still));
	r = was, r.signs.run_ns++;
	assert_false(task_teller_stood(&r, &still));
	r = was, r.signs.wait_ns++;
	assert_false(task_teller_stood(&r, &still));
	r = was, r.signs.state = 0;
	assert_false(task_teller_stood(&r, &still));
	r = was, r.signs.exit_state = 0x20;
	assert_false(task_teller_stood(&r, &still));
	r = was, r.signs.nice++;
	assert_false(task_teller_stood(&r, &still));
	r = was, r.signs.priority++;
	assert_false(task_teller_stood(&r, &still));
	r = was, memcpy(r.signs.name, "slumber", 8);
	assert_false(task_teller_stood(&r, &still));
	r = was, r.signs.pending = 0;
	assert_false(task_teller_stood(&r, &still));
	t.self.source[THREAD_STATUS] = VALUE_UNREAD;
	assert_true(task_teller_stood(&r, &t));
	t.self.source[THREAD_SCHEDSTAT] = VALUE_UNSUPPORTED;
	assert_false(task_teller_stood(&was, &t));
	t = still, t.self.source[THREAD_STAT] = VALUE_DENIED;
	assert_false(task_teller_stood(&was, &t));
	t = still, t.run.run_ns = 0; /* a kernel that does not count it */
	r = was, r.signs.run_ns = 0;
	assert_false(task_teller_stood(&r, &t));
}

static void another_of_that_number_is_told_apart_by_its_birth(void **state)
{
	const uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	struct task_teller *teller = task_teller_new(TASK_CALLS);
	struct task_record r = sleeper();
	struct thread_record t = read_sleeper();

	(void)state;
	r.signs.born_ns = 12 * tick_ns + tick_ns / 2;
	t.self.start_ticks = 12;
	assert_true(task_teller_is_of(teller, &r, &t));
	r.signs.born_ns += tick_ns;
	assert_false(task_teller_is_of(teller, &r, &t));
	t.self.start_ticks = 13;
	assert_true(task_teller_is_of(teller, &r, &t));
	t.self.source[THREAD_STAT] = VALUE_UNREAD;
	assert_false(task_teller_is_of(teller, &r, &t));
	task_teller_free(teller);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told_before_it_is_proven),
		cmocka_unit_test(what_was_refuted_is_not_told_again),
		cmocka_unit_test(what_the_iterator_does_not_bring_is_not_told),
		cmocka_unit_test(what_is_not_certain_is_read),
		cmocka_unit_test(states_are_as_stat_shows_them),
		cmocka_unit_test(a_channel_is_told_by_its_place_once_learnt),
		cmocka_unit_test(times_never_go_back),
		cmocka_unit_test(one_that_stood_still_is_known_by_its_files),
		cmocka_unit_test(another_of_that_number_is_told_apart_by_its_birth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
