/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Process versus thread: two threads as A and B, each with its own and all else shared. */
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

#include "reading.h"
#include "specimen.h"

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
			const struct thread *t =
				reading_thread(&r, (pid_t)specimen_number(s, tasks[i]));

			assert_non_null(t);
			assert_int_equal(t->source[THREAD_TLS], VALUE_KNOWN);
			assert_int_equal(t->tls_base, number_of(s, tasks[i], "base"));
		}
	}
	reading_take(&r, NEED_THREADS);
	assert_int_equal(r.list->thread[0].source[THREAD_TLS], VALUE_UNREAD);
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
		assert_int_equal(r.list->thread[i].source[THREAD_TLS], VALUE_DENIED);
		assert_int_equal(r.list->thread[i].tls_base, 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_thread_has_its_tls_base),
		cmocka_unit_test(an_ordinary_user_has_them_too),
		cmocka_unit_test(anothers_are_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
