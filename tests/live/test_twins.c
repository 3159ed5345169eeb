/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Relatives that are easily mistaken: who was born last, and whom a fork made of whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"

static pid_t sibling_of(const char *pid, const char *which)
{
	const char *argv[] = {"twintop", "--json", pid, which ? "-s" : NULL, which, NULL};
	json_t *sample = sample_by(argv);
	const json_t *b = json_array_get(json_object_get(sample, "processes"), 1);
	pid_t found = (pid_t)json_integer_value(json_object_get(b, "pid"));

	json_decref(sample);
	return found;
}

static void the_last_born_stands_beside(void **state)
{
	struct specimen *s = specimen_start("twins", "newest", NULL);
	pid_t newest = (pid_t)specimen_number(s, "newest");

	(void)state;
	if (newest > (pid_t)specimen_number(s, "older"))
		print_message("to choose PIDs needs root: the later one has the higher here\n");
	assert_int_equal(sibling_of(specimen_text(s, "pid"), NULL), newest);
	assert_int_equal(sibling_of(specimen_text(s, "pid"), "child"), newest);
	/* The older one's newest twin is its sibling. */
	assert_int_equal(
		sibling_of(specimen_text(s, "older"), NULL), (pid_t)specimen_number(s, "pid"));
	specimen_stop(s);
}

static json_int_t count(const json_t *pages, const char *name)
{
	return json_integer_value(json_object_get(pages, name));
}

/* A verdict's pages in the row that begins at that address; -1: A has none there. */
static json_int_t in_row(const json_t *sample, const char *at, const char *verdict)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(sample, "pair"), "mappings"), i,
		row) if (!strcmp(json_string_value(json_object_get(row, "start")), at) &&
			 json_is_integer(json_object_get(
				 row, "a"))) return count(json_object_get(row, "pages"), verdict);
	return -1;
}

static void check_alike(void *context)
{
	struct specimen *s = specimen_start("twins", "fixed", NULL);
	const char *at;
	const json_t *pages;
	json_t *sample;

	(void)context;
	if (specimen_has(s, "error")) {
		print_message("addresses cannot be fixed here\n");
		specimen_stop(s);
		return;
	}
	at = specimen_text(s, "at");
	sample = sample_of((pid_t)specimen_number(s, "first"), (pid_t)specimen_number(s, "second"));
	pages = json_object_get(json_object_get(sample, "pair"), "pages");
	assert_int_equal(count(pages, "cow_shared"), 0);
	assert_int_equal(count(pages, "copied"), 0);
	assert_int_equal(in_row(sample, at, "only_a"), 100);
	json_decref(sample);
	/* What the first has forked is its relative all the same. */
	sample = sample_of((pid_t)specimen_number(s, "first"), (pid_t)specimen_number(s, "child"));
	assert_int_equal(in_row(sample, at, "cow_shared"), 90);
	assert_int_equal(in_row(sample, at, "copied"), 10);
	json_decref(sample);
	/* Its child is no nearer to the second run than it is itself. */
	sample = sample_of((pid_t)specimen_number(s, "child"), (pid_t)specimen_number(s, "second"));
	pages = json_object_get(json_object_get(sample, "pair"), "pages");
	assert_int_equal(count(pages, "cow_shared"), 0);
	assert_int_equal(count(pages, "copied"), 0);
	json_decref(sample);
	specimen_stop(s);
}

static void equal_layouts_make_no_relatives(void **state)
{
	(void)state;
	check_alike(NULL);
}

static void equal_layouts_make_no_relatives_as_nobody(void **state)
{
	(void)state;
	as_nobody(check_alike, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_born_stands_beside),
		cmocka_unit_test(equal_layouts_make_no_relatives),
		cmocka_unit_test(equal_layouts_make_no_relatives_as_nobody),
	};

	if (denied_skips(ACCESS_PAGEMAP) || denied_skips(ACCESS_KCMP))
		return 77;
	return live_run(tests, NULL, NULL);
}
