/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings of before headers told the names of values hold numbers alone: what each of these
 * meant then never changes, wherever the values stand by now.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>

#include "twintop/model/choices.h"

static const struct recorded {
	enum choice_number number;
	const char *names; /* in the order of the numbers of then */
} table[] = {
	{CHOICES_OF_VALUE_STATES, "known stale none unread denied gone unsupported late failed"},
	{CHOICES_OF_EVENT_KINDS,
		"fork exec exit new_b thread thread_exit comm zombie reaped reparented stopped "
		"continued traced untraced first_copy copying copies mapped unmapped opened closed "
		"signal_action step step_line lost"},
	{CHOICES_OF_MAPPING_KINDS,
		"code rodata data bss heap stack thread_stack guard anonymous library_code "
		"library_rodata library_data library_other shared_anonymous posix_shm sysv_shm "
		"memfd file device vdso vvar vsyscall hugetlb reserved other"},
	{CHOICES_OF_FD_KINDS,
		"file directory symlink pipe fifo socket eventfd epoll timerfd signalfd inotify "
		"fanotify pidfd memfd device block_device tty io_uring bpf perf userfaultfd "
		"namespace mqueue anon unknown"},
	{CHOICES_OF_LOCK_KINDS, "posix flock ofd lease unknown"},
	{CHOICES_OF_WAIT_KINDS, "nothing futex mutex pi_mutex join"},
	{CHOICES_OF_ROW_STATES, "same only_a only_b diverged unknown"},
	{CHOICES_OF_MECHANISMS,
		"none text rodata library cow file shared_anonymous posix_shm sysv_shm memfd vdso"},
	{CHOICES_OF_SYSCALL_ABIS, "unknown native i386 x32"},
	{CHOICES_OF_STACK_GAPS, "no_gap none left runs elsewhere unproven"},
	{CHOICES_OF_MAPPING_OBJECTS, "plain stated named of_many"},
	{CHOICES_OF_MAPPING_ORIGINS,
		"unknown file tmpfs devtmpfs hugetlbfs shmem hugetlb secret device"},
};

static void what_numbers_meant_stays(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof table / sizeof *table; k++)
		assert_int_equal(strncmp(choice_table[table[k].number].then, table[k].names,
					 strlen(table[k].names)),
			0);
}

/* Whoever is called by a name there is called so still. */
static void names_of_then_are_known(void **state)
{
	(void)state;
	for (unsigned i = CHOICES_NONE + 1; i < CHOICE_TABLES; i++) {
		const struct choices *c = &choice_table[i];
		char names[2048];

		assert_true(snprintf(names, sizeof names, "%s", c->then) < (int)sizeof names);
		for (char *name = strtok(names, " "); name; name = strtok(NULL, " ")) {
			unsigned value = 0;

			while (value < c->n && strcmp(c->name(value), name) != 0)
				value++;
			assert_true(value < c->n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_numbers_meant_stays),
		cmocka_unit_test(names_of_then_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
