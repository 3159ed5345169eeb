/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C++'s names as they are written, and names that nobody should write out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/symbols/demangle.h"

static struct demangler demangler;

static void expect(const char *name, const char *want)
{
	char *got = demangle(&demangler, name);

	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
	free(got);
}

static int begin(void **state)
{
	char *got = demangle(&demangler, "_Z1fv");

	(void)state;
	free(got);
	if (!got)
		print_message("this machine has no C++ library\n");
	return 0;
}

static void names_are_written_out(void **state)
{
	(void)state;
	if (!demangler.call)
		skip();
	expect("_ZN4pool6WorkerIiE3runEv", "pool::Worker<int>::run()");
	expect("_ZZN4pool4fillEvENKUlvE_clEv", "pool::fill()::{lambda()#1}::operator()() const");
	expect("_ZN12_GLOBAL__N_14lockE", "(anonymous namespace)::lock");
	expect("_ZN5tokio7runtime8blocking4pool5Inner3run17h6418a98a43071684E",
		"tokio::runtime::blocking::pool::Inner::run::h6418a98a43071684");
}

static void others_stay_as_they_are(void **state)
{
	(void)state;
	expect("main", NULL);
	expect("", NULL);
	expect("_Z", NULL);
	expect("_ZN4pool", NULL);
	expect("_ZN99999999999999999999999999x", NULL);
	expect("_ZN4po\033[3E", NULL);
}

/* Each part twice the one before: sixty of them would fill all memory there is. */
static void hostile_names_are_left(void **state)
{
	char name[1200] = "_Z1f";

	(void)state;
	strcat(name, "1AIiiE");
	for (unsigned i = 0; i < 30; i++)
		strcat(name, "1AIS_S_E");
	assert_false(demangle_is_bounded(name));
	expect(name, NULL);
	memset(name, 'P', sizeof name);
	memcpy(name, "_Z1f", 4);
	name[sizeof name - 1] = '\0';
	assert_false(demangle_is_bounded(name));
	expect(name, NULL);
	/* Letters of an identifier refer to nothing. */
	assert_true(demangle_is_bounded("_ZN40S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_40"
					"S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_S_3"
					"S_S3S_S3S_S3S_SE"));
	assert_true(demangle_is_bounded("_ZNSt3mapISsSt4lessISsESaISt4pairIKSsSsEEEixERS3_"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_written_out),
		cmocka_unit_test(others_stay_as_they_are),
		cmocka_unit_test(hostile_names_are_left),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
