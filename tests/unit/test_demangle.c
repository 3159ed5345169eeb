/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of C++ and Rust as they are written, and names that nobody should write out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

/* Whether such names are known here; else it says so, and the test is skipped. */
static void needs(const char *language, const char *name)
{
	char *got = demangle(&demangler, name);

	free(got);
	if (got)
		return;
	print_message("nothing here knows the names of %s\n", language);
	skip();
}

static void needs_cxx(void)
{
	needs("C++", "_Z1fv");
}

static void needs_rust(void)
{
	needs("Rust", "_RNvC1r1f");
}

static void names_are_written_out(void **state)
{
	(void)state;
	needs_cxx();
	expect("_ZN4pool6WorkerIiE3runEv", "pool::Worker<int>::run()");
	expect("_ZZN4pool4fillEvENKUlvE_clEv", "pool::fill()::{lambda()#1}::operator()() const");
	expect("_ZN12_GLOBAL__N_14lockE", "(anonymous namespace)::lock");
	expect("_ZN7station6caughtEv.cold", "station::caught() [clone .cold]");
	expect("_ZNSt6vectorISt4pairIKSsiESaIS2_EE9push_backERKS2_",
		"std::vector<std::pair<std::string const, int>, "
		"std::allocator<std::pair<std::string const, int> > "
		">::push_back(std::pair<std::string const, int> const&)");
}

/* Of rustc 1.95, without the hashes that it adds, of a crate and of a function. */
static void names_of_rust_are_written_out(void **state)
{
	(void)state;
	needs_rust();
	expect("_RNvXNtCs6GmmlP4bgsG_1r4yardINtB2_5CranemENtB2_4Lift4liftB4_",
		"<r::yard::Crane<u32> as r::yard::Lift>::lift");
	expect("_RINvNtCs6GmmlP4bgsG_1r4yard2goNCNvXB2_INtB2_5CranemENtB2_4Lift4lift0EB4_",
		"r::yard::go::<<r::yard::Crane<u32> as r::yard::Lift>::lift::{closure#0}>");
	expect("_RINvNtCs6GmmlP4bgsG_1r4yardu7ber_goaKj3_EB4_", "r::yard::\303\274ber::<3>");
	expect("_ZN57_$LT$r..yard..Crane$LT$T$GT$$u20$as$u20$r..yard..Lift$GT$4lift17h"
	       "d0951430b333a474E",
		"<r::yard::Crane<T> as r::yard::Lift>::lift");
	expect("_ZN5tokio7runtime8blocking4pool5Inner3run17h6418a98a43071684E",
		"tokio::runtime::blocking::pool::Inner::run");
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
	expect("_R", NULL);
	expect("_RNvC1r9x", NULL);
	expect("_RNvB_1f", NULL);
	expect("_Rust", NULL);
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

/* An earlier part once more, by where it begins behind "_R": "B_" is 0, "B0_" is 1. */
static void refer(char *name, size_t to)
{
	static const char digit[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char text[8];

	assert_true(to > 0 && to <= 62 * 62);
	if (to > 62)
		snprintf(text, sizeof text, "B%c%c_", digit[(to - 1) / 62], digit[(to - 1) % 62]);
	else
		snprintf(text, sizeof text, "B%c_", digit[to - 1]);
	strcat(name, text);
}

/* Each pair twice the one before, sixty times: what fits is written. */
static void hostile_names_of_rust_are_cut(void **state)
{
	char name[800] = "_RINvC1r1fTmmE", *got;
	size_t before = strlen("INvC1r1f");

	(void)state;
	needs_rust();
	for (unsigned i = 0; i < 60; i++) {
		size_t here = strlen(name) - 2;

		strcat(name, "T");
		refer(name, before);
		refer(name, before);
		strcat(name, "E");
		before = here;
	}
	strcat(name, "E");
	got = demangle(&demangler, name);
	assert_non_null(got);
	assert_int_equal(strlen(got), DEMANGLE_MOST);
	assert_memory_equal(got, "r::f::<(u32, u32), ((u32, u32), (u32, u32)), (((", 46);
	free(got);
	/* A pair of itself. */
	strcpy(name, "_RINvC1r1fT");
	refer(name, strlen("INvC1r1f"));
	refer(name, strlen("INvC1r1f"));
	strcat(name, "EE");
	expect(name, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_written_out),
		cmocka_unit_test(names_of_rust_are_written_out),
		cmocka_unit_test(others_stay_as_they_are),
		cmocka_unit_test(hostile_names_are_left),
		cmocka_unit_test(hostile_names_of_rust_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
