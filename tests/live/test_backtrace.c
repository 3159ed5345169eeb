/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a specimen came to the place where it copied pages, however it was built and went there. */
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
#include "twintop/compare/writer_rows.h"
#include "twintop/proc/nursery.h"
#include "witness.h"

#define ROUNDS	 16 /* as many as the specimen has pages for */
#define ROUND_NS 2000000000u
#define FAST	 "-O2 -g -D_GNU_SOURCE "

static const char *const chain[] = {
	"chain_six", "chain_five", "chain_four", "chain_three", "chain_two", "chain_one"};
#define CHAIN (sizeof chain / sizeof *chain)

/* ---- what is expected ---------------------------------------------------------- */

/* One way that is to be seen. */
struct way {
	const char *order; /* what the specimen is told */
	const char *const
		*function; /* lines that follow each other; the first is no writer's where kernel */
	size_t n;
	bool kernel;
	bool stripped;	    /* the functions have no names here */
	const char *reason; /* in the reason why it is not complete; NULL: it is complete */
	const char *later; /* a function further out, guessed where there is a reason; NULL: none */
};

/* A build of the specimen, and the way that it is told to go. */
struct
try {
	const char *name;
	struct way way;
};

/* Whether it is there, as a guess or for certain. */
static bool is_in(const struct backtrace *b, const char *function, bool guessed)
{
	struct backtrace_line line;

	for (size_t i = 0; backtrace_line(b, i, &line); i++)
		if (text_equal(line.function, text_of(function)) && line.frame->guessed == guessed)
			return true;
	return false;
}

static void print(const struct backtrace *b)
{
	struct backtrace_line line;
	struct textbuf text = {0};

	for (size_t i = 0; backtrace_line(b, i, &line); i++) {
		textbuf_clear(&text);
		backtrace_line_print(&text, &line);
		print_message("%zu %s\n", i, text.bytes);
	}
	textbuf_clear(&text);
	backtrace_reason(b, &text);
	print_message("%s\n", text.len ? text.bytes : "complete");
	textbuf_free(&text);
}

static bool has_line(const struct backtrace *b, size_t i, const char *function)
{
	struct backtrace_line line;

	return backtrace_line(b, i, &line) && text_equal(line.function, text_of(function)) &&
	       line.inlined == !strcmp(function, "chain_four") && !line.frame->guessed;
}

/* Where the named lines begin: of the kernel's behind the library's own. */
static size_t begin_of(const struct backtrace *b, const struct way *way)
{
	size_t at = 0;

	while (way->kernel && at < 3 && !has_line(b, at, way->function[0]))
		at++;
	return at;
}

static bool is_way(const struct backtrace *b, const struct way *way)
{
	size_t at = begin_of(b, way);
	struct textbuf reason = {0};
	bool is = b->complete == !way->reason && (!way->later || is_in(b, way->later, way->reason));

	for (size_t i = 0; is && !way->stripped && i < way->n; i++)
		is = has_line(b, at + i, way->function[i]);
	backtrace_reason(b, &reason);
	if (is && way->reason)
		is = reason.len && strstr(reason.bytes, way->reason);
	if (is && !way->reason)
		is = !reason.len;
	textbuf_free(&reason);
	return is;
}

/* ---- a try --------------------------------------------------------------------- */

/* Whether the moment holds the trace of that thread's way. False: not yet. */
static bool shows(const struct moment *m, const struct way *way, pid_t tid, bool report)
{
	const struct writer_row *row;
	struct arena arena = {0};
	size_t n = writer_rows(m->snapshot, &arena, &row);
	bool shown = false;

	for (size_t i = 0; i < n && !shown; i++) {
		if (row[i].side != 1 || row[i].kernel != way->kernel || !row[i].trace ||
			row[i].trace->tid != tid || row[i].copied < 8)
			continue;
		shown = row[i].trace_copied && is_way(&row[i].trace->backtrace, way);
		if (!shown && report)
			print(&row[i].trace->backtrace);
	}
	arena_free(&arena);
	return shown;
}

/* Whether it is shown within a second or so. */
static bool comes(struct sampling *f, struct specimen *s, const struct way *way, bool report)
{
	uint64_t until = clock_monotonic_ns() + ROUND_NS;
	bool shown = false;

	while (!shown && clock_monotonic_ns() < until) {
		const struct moment *m = witness_begun(f);

		shown = shows(m, way, witness_pid(s, "tid"), false);
		if (!shown && report && clock_monotonic_ns() >= until)
			shows(m, way, witness_pid(s, "tid"), true);
		moment_put(m);
	}
	return shown;
}

/* Of a burst of faults few are sampled, and of a place among them none, perhaps: it goes again. */
static void expect(struct sampling *f, struct specimen *s, const struct try *t)
{
	bool shown = false;

	for (unsigned round = 1; !shown && round <= ROUNDS; round++) {
		specimen_say(s, t->way.order);
		shown = comes(f, s, &t->way, round == ROUNDS);
	}
	if (!shown)
		fail_msg("sp_%s: how it came there by \"%s\" is not told", t->name, t->way.order);
}

/* The kernel's own are not told to all. */
static bool can_see(const struct sampling *f, const struct way *way)
{
	(void)f;
	return !way->kernel || !geteuid();
}

static void run(void *context)
{
	const struct try *t = context;
	struct sampling *f = sampling_make();
	struct specimen *s = specimen_start(t->name, NULL);
	bool seen;

	/* Before there are threads: whoever reads modules is forked by it. */
	nursery_begin(f->root);
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	seen = witness_sees(f);
	if (seen && can_see(f, &t->way))
		expect(f, s, t);
	sampling_unmake(f);
	specimen_stop(s);
	if (!seen)
		skip();
}

static void needs_all(void)
{
	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
}

/* As who runs the tests, and as an ordinary user. */
static void expect_way(const char *name, const char *flags, struct way way)
{
	struct try t = {name, way};

	needs_all();
	if (flags)
		naming_build(name, flags);
	as_ourselves(run, &t);
	if (!geteuid())
		as_nobody(run, &t);
}

static const struct way whole = {.order = "chain", .function = chain, .n = CHAIN};

/* ---- built in many ways ---------------------------------------------------------- */

static void however_it_is_built(void **state)
{
	static const struct {
		const char *name, *flags;
	} build[] = {
		{"dynamic", FAST},
		{"frameless", FAST "-fPIE -pie -fomit-frame-pointer"},
		{"framed", FAST "-fno-omit-frame-pointer"},
		{"fixed", FAST "-no-pie -fno-pie"},
		{"static", FAST "-static"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof build / sizeof *build; i++)
		if (naming_can_build(build[i].name, build[i].flags))
			expect_way(build[i].name, build[i].flags, whole);
}

/* Its tables are with its debug information alone: before it is stripped, and after. */
static void by_tables_of_its_debug_information(void **state)
{
	(void)state;
	expect_way("debug_frame", FAST "-fno-asynchronous-unwind-tables -fno-unwind-tables",
		(struct way){.order = "chain", .function = chain, .n = CHAIN});
}

static void stripped_with_a_debug_file(void **state)
{
	(void)state;
	naming_build("nameless", FAST "-Wl,--build-id=none");
	naming_strip("linked", "nameless");
	assert_true(naming_run("objcopy --add-gnu-debuglink=sp_linked.debug sp_linked && "
			       "chmod a+rX . sp_linked*"));
	expect_way("linked", NULL, whole);
}

/* The way is the same, though nobody knows the names. */
static void stripped_without_any(void **state)
{
	struct way way = whole;

	(void)state;
	naming_build("nameless", FAST "-Wl,--build-id=none");
	naming_strip("bare", "nameless");
	assert_true(naming_run("chmod a+rX . sp_bare"));
	way.stripped = true;
	expect_way("bare", NULL, way);
}

/* ---- gone in many ways ------------------------------------------------------------ */

static void in_a_thread(void **state)
{
	struct way way = whole;

	(void)state;
	way.order = "thread";
	expect_way("dynamic", FAST, way);
}

/* Through what the kernel put between: the frames on both sides are told. */
static void in_a_handler_of_a_signal(void **state)
{
	static const char *const function[] = {"chain_six", "chain_five", "chain_four",
		"chain_three", "chain_two", "chain_one", "handle"};

	(void)state;
	expect_way("dynamic", FAST,
		(struct way){
			.order = "signal", .function = function, .n = 7, .later = "chain_raise"});
}

static void in_a_system_call(void **state)
{
	static const char *const function[] = {"chain_read", "chain_ask"};

	(void)state;
	expect_way("dynamic", FAST,
		(struct way){.order = "read", .function = function, .n = 2, .kernel = true});
}

static void further_out_than_the_stack_is_kept(void **state)
{
	static const char *const function[] = {
		"chain_six", "chain_five", "chain_deep", "chain_deep"};

	(void)state;
	expect_way("dynamic", FAST,
		(struct way){.order = "deep",
			.function = function,
			.n = 4,
			.reason = "the stack that was kept ends"});
}

/* No table, but frame pointers: a guess, and told as one. */
static void without_a_table(void **state)
{
	const char *flags = "-O2 -D_GNU_SOURCE -fno-asynchronous-unwind-tables -fno-unwind-tables "
			    "-fno-omit-frame-pointer -Wl,--build-id=none";
	const struct way way = {.order = "chain",
		.stripped = true,
		.later = "chain_two",
		.reason = "no unwind table in sp_tableless"};

	(void)state;
	expect_way("tableless", flags, way);
}

/* Made code is passed, kept it a frame pointer or not, and whether or not its callers do. */
static void through_code_made_at_run_time(void **state)
{
	static const char *const build[][2] = {
		{"dynamic", FAST}, {"framed", FAST "-fno-omit-frame-pointer"}};
	static const char *const order[] = {"made", "framed"};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		expect_way(build[i / 2][0], build[i / 2][1],
			(struct way){.order = order[i % 2],
				.function = chain,
				.n = CHAIN,
				.later = "chain_made",
				.reason = "code made at run time"});
}

/* ---- denied ------------------------------------------------------------------------ */

static void without_perf_there_is_none_and_it_says_why(void **state)
{
	struct sampling *f = *state;
	const struct writer_row *row;
	struct arena arena = {0};
	const struct moment *m;
	struct specimen *s;

	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	naming_build("dynamic", FAST);
	s = specimen_start("dynamic", NULL);
	f->options.access.state[ACCESS_PERF] = VALUE_DENIED;
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	assert_false(witness_sees(f));
	specimen_say(s, "chain");
	m = witness_copied(f, 1);
	assert_int_equal(writer_rows(m->snapshot, &arena, &row), 0);
	assert_int_equal(m->snapshot->writers->state, VALUE_DENIED);
	assert_non_null(strstr(m->snapshot->writers->reason, "perf"));
	arena_free(&arena);
	moment_put(m);
}

static int begin(void **state)
{
	naming_source("sp_chain.c");
	return naming_begin_all(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(however_it_is_built),
		cmocka_unit_test(by_tables_of_its_debug_information),
		cmocka_unit_test(stripped_with_a_debug_file),
		cmocka_unit_test(stripped_without_any),
		cmocka_unit_test(in_a_thread),
		cmocka_unit_test(in_a_handler_of_a_signal),
		cmocka_unit_test(in_a_system_call),
		cmocka_unit_test(further_out_than_the_stack_is_kept),
		cmocka_unit_test(without_a_table),
		cmocka_unit_test(through_code_made_at_run_time),
		cmocka_unit_test_setup_teardown(without_perf_there_is_none_and_it_says_why,
			sampling_setup, sampling_teardown),
	};

	return live_run(tests, begin, naming_end_all);
}
