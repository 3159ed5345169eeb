/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who copied the pages of a specimen, however that was built: each copy has its writer, by name and
 * line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "naming.h"
#include "twintop/base/clock.h"
#include "witness.h"

#define FAST "-O2 -g -D_GNU_SOURCE "

/* A build of it, and whether its symbols are in a file of their own. */
struct build {
	const char *name, *flags;
	enum { WITHIN, BY_LINK, BY_BUILD_ID } symbols;
};

/* Where the debug file of a stripped program is looked for. */
static void put_debug_file(const struct build *b)
{
	char bare[64];

	snprintf(bare, sizeof bare, "%s_bare", b->name);
	naming_strip(bare, b->name);
	if (b->symbols == BY_LINK)
		assert_true(naming_run("objcopy --add-gnu-debuglink=sp_%s.debug sp_%s && mkdir -p "
				       ".debug && mv sp_%s.debug .debug",
			bare, bare, bare));
	else
		assert_true(naming_run(
			"id=$(readelf -n sp_%s | sed -n 's/.*Build ID: //p') && [ -n \"$id\" ] && "
			"d=root/usr/lib/debug/.build-id/$(echo $id | cut -c1-2) && mkdir -p $d && "
			"mv sp_%s.debug $d/$(echo $id | cut -c3-).debug",
			bare, bare));
	assert_true(naming_run("chmod -R a+rX ."));
}

static struct specimen *start(const struct build *b)
{
	char name[64], root[64];
	struct specimen *s;

	snprintf(name, sizeof name, "%s%s", b->name, b->symbols ? "_bare" : "");
	snprintf(root, sizeof root, "%s/root", naming_folder());
	s = specimen_start(
		name, "1000", "500", "100", b->symbols == BY_BUILD_ID ? root : NULL, NULL);
	if (specimen_has(s, "error")) {
		print_message("the specimen: no %s of its own\n", specimen_text(s, "error"));
		skip();
	}
	return s;
}

/* The places of all code have got their names. */
static bool are_named(const struct moment *m)
{
	return witness_named(m, "fill_rows", MAIN) && witness_named(m, "fill_columns", THREAD) &&
	       (!m->snapshot->writers->watch[0].kernel || witness_named(m, "read_pages", KERNEL));
}

static void expect_names(struct sampling *f, const struct build *b)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	bool named = false;

	while (!named) {
		const struct moment *m = witness_begun(f);

		named = are_named(m);
		moment_put(m);
		if (!named && clock_monotonic_ns() > until)
			fail_msg("the functions of sp_%s are not named", b->name);
	}
}

static void watch(void *context)
{
	const struct build *b = context;
	struct sampling *f = sampling_make();
	struct specimen *s = start(b);
	bool seen;

	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	seen = witness_sees(f);
	if (seen) {
		specimen_say(s, "copy");
		witness_check(f, s, witness_pid(s, "child"));
		expect_names(f, b);
	}
	sampling_unmake(f);
	specimen_stop(s);
	if (!seen)
		skip();
}

/* As who runs the tests, and as an ordinary user. */
static void expect_writers(struct build b)
{
	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	naming_build(b.name, b.flags);
	if (b.symbols)
		put_debug_file(&b);
	watch(&b);
	if (!geteuid())
		as_nobody(watch, &b);
}

static void in_a_program_with_symbols(void **state)
{
	(void)state;
	expect_writers((struct build){"dynamic", FAST, WITHIN});
	expect_writers((struct build){"fixed", FAST "-no-pie -fno-pie", WITHIN});
}

static void in_a_static_program(void **state)
{
	(void)state;
	expect_writers((struct build){"static", FAST "-static", WITHIN});
}

static void in_a_static_program_without_a_place_of_its_own(void **state)
{
	(void)state;
	expect_writers((struct build){"static_pie", FAST "-fPIE -static-pie", WITHIN});
}

static void in_a_program_without_frame_pointers(void **state)
{
	(void)state;
	expect_writers((struct build){"frameless", FAST "-fPIE -pie -fomit-frame-pointer", WITHIN});
}

static void in_a_stripped_program_by_its_link(void **state)
{
	(void)state;
	expect_writers((struct build){"linked", FAST "-Wl,--build-id=none", BY_LINK});
}

static void in_a_stripped_program_by_its_build_id(void **state)
{
	(void)state;
	expect_writers((struct build){"identified", FAST "-Wl,--build-id", BY_BUILD_ID});
}

static void in_a_static_program_that_was_stripped(void **state)
{
	(void)state;
	expect_writers(
		(struct build){"static_linked", FAST "-static -Wl,--build-id=none", BY_LINK});
	expect_writers(
		(struct build){"static_identified", FAST "-static -Wl,--build-id", BY_BUILD_ID});
}

/* Lines told in other ways. */
static void with_debug_information_of_other_formats(void **state)
{
	(void)state;
	expect_writers((struct build){"older", FAST "-gdwarf-4", WITHIN});
	expect_writers((struct build){"packed", FAST "-gz", WITHIN});
	expect_writers((struct build){"split", FAST "-gsplit-dwarf", WITHIN});
}

static int begin(void **state)
{
	naming_source("sp_writers.c");
	return naming_begin_all(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_a_program_with_symbols),
		cmocka_unit_test(in_a_static_program),
		cmocka_unit_test(in_a_static_program_without_a_place_of_its_own),
		cmocka_unit_test(in_a_program_without_frame_pointers),
		cmocka_unit_test(in_a_stripped_program_by_its_link),
		cmocka_unit_test(in_a_stripped_program_by_its_build_id),
		cmocka_unit_test(in_a_static_program_that_was_stripped),
		cmocka_unit_test(with_debug_information_of_other_formats),
	};

	return live_run(tests, begin, naming_end_all);
}
