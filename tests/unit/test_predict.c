/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is predicted of a run: typed, gathered as measured, held against each other, told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "twintop/model/family.h"
#include "twintop/report/predict.h"

static void reads_files(void **state)
{
	static const char file[] = "# homework\n\nprocesses = 8\n  threads=2 # two\r\n"
				   "exit_codes = 3, 0 x3 SIGSEGV\ncopied_pages = 0";
	static const int ends[] = {0, 0, 0, 3, EXIT_SIGNAL + 11};
	struct textbuf complaint = {0};
	struct amounts a;

	(void)state;
	assert_int_equal(amounts_parse(text_of(file), &a, &complaint), 0);
	assert_int_equal(a.of[FIGURE_PROCESSES].number, 8);
	assert_int_equal(a.of[FIGURE_THREADS].number, 2);
	assert_int_equal(a.of[FIGURE_EXITS].exit.n, 5);
	assert_memory_equal(a.of[FIGURE_EXITS].exit.item, ends, sizeof ends);
	assert_int_equal(a.of[FIGURE_COPIES].bound, BOUND_EXACT);
	assert_int_equal(a.of[FIGURE_LINES].bound, BOUND_UNKNOWN);
	assert_int_equal(complaint.len, 0);
	amounts_free(&a);
	assert_int_equal(amounts_parse(text_of(""), &a, &complaint), 0);
	amounts_free(&a);
}

static void refuses_files(void **state)
{
	static const struct {
		const char *file, *complaint;
	} row[] = {
		{"processes = 8\nforks = 3", "2: no figure is called 'forks': processes, "},
		{"\x1b[1m = 3", "1: no figure is called '\\e[1m'"},
		{"processes 8", "1: no = behind processes"},
		{"processes =", "1: processes: give a whole number"},
		{"processes = -1", "1: processes: give"},
		{"processes = 8 9", "1: processes: give"},
		{"processes = 99999999999999999999", "1: processes: give"},
		{"threads = 1\n\nthreads = 1", "3: threads is predicted twice"},
		{"exit_codes = 256", "1: exit_codes: give codes"},
		{"exit_codes = x3", "1: exit_codes: give"},
		{"exit_codes = 0 x0", "1: exit_codes: give"},
		{"exit_codes = 1 x2 x3", "1: exit_codes: give"},
		{"exit_codes = 0 x4097", "1: exit_codes: give"},
		{"exit_codes = SIGNONE", "1: exit_codes: give"},
		{"exit_codes = ", "1: exit_codes: give"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct textbuf complaint = {0};
		struct amounts a;

		assert_int_equal(amounts_parse(text_of(row[i].file), &a, &complaint), -EINVAL);
		if (strncmp(complaint.bytes, row[i].complaint, strlen(row[i].complaint)))
			fail_msg("%s: %s", row[i].file, complaint.bytes);
		assert_null(strchr(complaint.bytes, '\n'));
		textbuf_free(&complaint);
	}
}

static enum predicted judge(uint64_t predicted, enum bound bound, uint64_t measured)
{
	const struct amount p = {.bound = BOUND_EXACT, .number = predicted};
	const struct amount m = {.bound = bound, .number = measured};

	return figure_judge(FIGURE_PROCESSES, &p, &m);
}

static enum predicted judge_exits(const char *predicted, enum bound bound, const char *measured)
{
	struct amount p, m;
	enum predicted verdict;

	assert_int_equal(figure_parse(FIGURE_EXITS, text_of(predicted), &p), 0);
	assert_int_equal(figure_parse(FIGURE_EXITS, text_of(measured), &m), 0);
	m.bound = bound;
	verdict = figure_judge(FIGURE_EXITS, &p, &m);
	VEC_FREE(&p.exit);
	VEC_FREE(&m.exit);
	return verdict;
}

static void judges(void **state)
{
	const struct amount nothing = {0}, eight = {.bound = BOUND_EXACT, .number = 8};

	(void)state;
	assert_int_equal(figure_judge(FIGURE_LINES, &nothing, &eight), PREDICTED_NOTHING);
	assert_int_equal(figure_judge(FIGURE_LINES, &eight, &nothing), PREDICTED_UNKNOWN);
	assert_int_equal(judge(8, BOUND_EXACT, 8), PREDICTED_RIGHT);
	assert_int_equal(judge(7, BOUND_EXACT, 8), PREDICTED_WRONG);
	assert_int_equal(judge(8, BOUND_AT_LEAST, 8), PREDICTED_FITS);
	assert_int_equal(judge(9, BOUND_AT_LEAST, 8), PREDICTED_FITS);
	assert_int_equal(judge(7, BOUND_AT_LEAST, 8), PREDICTED_WRONG);
	assert_int_equal(judge(7, BOUND_AT_MOST, 8), PREDICTED_FITS);
	assert_int_equal(judge(9, BOUND_AT_MOST, 8), PREDICTED_WRONG);
	assert_int_equal(judge(8, BOUND_ABOUT, 8), PREDICTED_FITS);
	assert_int_equal(judge(9, BOUND_ABOUT, 8), PREDICTED_UNKNOWN);
	assert_int_equal(figure_judge(FIGURE_COPIES, &eight,
				 &(struct amount){.bound = BOUND_ABOUT, .number = 12, .least = 9}),
		PREDICTED_WRONG);
	assert_int_equal(figure_judge(FIGURE_COPIES, &eight,
				 &(struct amount){.bound = BOUND_ABOUT, .number = 12, .least = 8}),
		PREDICTED_UNKNOWN);
	assert_int_equal(judge_exits("3 0", BOUND_EXACT, "0 3"), PREDICTED_RIGHT);
	assert_int_equal(judge_exits("3 0", BOUND_EXACT, "0 3 3"), PREDICTED_WRONG);
	assert_int_equal(judge_exits("3 0 0", BOUND_EXACT, "0 3"), PREDICTED_WRONG);
	assert_int_equal(judge_exits("0 3 SIGTERM", BOUND_AT_LEAST, "0 SIGTERM"), PREDICTED_FITS);
	assert_int_equal(judge_exits("0 3", BOUND_AT_LEAST, "0 4"), PREDICTED_WRONG);
}

/* ---- what is gathered ---------------------------------------------------------- */

struct run {
	struct tally *tally;
	bool exact;
};

static void happen(struct run *r, struct event e)
{
	struct snapshot s = {.sides = 1, .lifecycle = "test", .lifecycle_exact = r->exact};
	struct event_sink sink = {0};
	struct moment m = {.snapshot = &s};

	s.side[0].id.pid = 10;
	event_sink_add(&sink, e, text_of(NULL), text_of(NULL));
	s.events = event_sink_seal(&sink);
	tally_moment(r->tally, &m);
	part_put(s.events);
	event_sink_free(&sink);
}

static void fork_of(struct run *r, pid_t parent, pid_t child)
{
	happen(r, (struct event){.kind = EVENT_FORK, .pid = parent, .other = child});
}

static void end_of(struct run *r, pid_t pid, int status)
{
	happen(r, (struct event){.kind = EVENT_EXIT,
			  .pid = pid,
			  .status = status,
			  .status_known = status >= 0});
}

static void gathers(void **state)
{
	struct run r = {tally_new(), true};
	struct amounts a;

	(void)state;
	fork_of(&r, 10, 11);
	fork_of(&r, 11, 12);
	fork_of(&r, 99, 98); /* none of ours */
	happen(&r, (struct event){.kind = EVENT_THREAD, .pid = 10, .tid = 13});
	happen(&r, (struct event){.kind = EVENT_THREAD, .pid = 11, .tid = 14});
	end_of(&r, 12, 11);
	end_of(&r, 11, 3 << 8);
	fork_of(&r, 10, 11); /* the number once more */
	end_of(&r, 11, 0);
	tally_output(r.tally, "a\nb", 3);
	tally_output(r.tally, "c\nd", 3);
	tally_reaped(r.tally, 0);
	tally_amounts(r.tally, &a);
	assert_int_equal(a.of[FIGURE_PROCESSES].number, 4);
	assert_int_equal(a.of[FIGURE_PROCESSES].bound, BOUND_EXACT);
	assert_int_equal(a.of[FIGURE_THREADS].number, 6);
	assert_int_equal(a.of[FIGURE_THREADS].bound, BOUND_EXACT);
	assert_int_equal(a.of[FIGURE_EXITS].exit.n, 4);
	assert_int_equal(a.of[FIGURE_EXITS].exit.item[2], 3);
	assert_int_equal(a.of[FIGURE_EXITS].exit.item[3], EXIT_SIGNAL + 11);
	assert_int_equal(a.of[FIGURE_COPIES].bound, BOUND_UNKNOWN);
	assert_non_null(a.of[FIGURE_COPIES].reason);
	assert_int_equal(a.of[FIGURE_LINES].number, 3);
	assert_true(tally_unended(r.tally));
	assert_int_equal(a.process.n, 4);
	assert_int_equal(a.process.item[1].pid, 11);
	assert_int_equal(a.process.item[1].parent, 10);
	assert_int_equal(a.process.item[1].threads, 2);
	assert_int_equal(a.process.item[1].exit, 3);
	assert_int_equal(a.process.item[2].exit, EXIT_SIGNAL + 11);
	assert_false(a.process.item[2].copies_known);
	amounts_free(&a);
	tally_free(r.tally);
}

/* Members of a family that was read: their threads, and what they copied beside the first one. */
static void gathers_members(void **state)
{
	struct member member[] = {
		{.id = {10, 1}, .parent = FAMILY_NO_PARENT, .threads = 4},
		{.id = {11, 2}, .ppid = 10, .depth = 1, .threads = 3, .comm = {"kid", 3}},
		{.id = {12, 3}, .ppid = 11, .parent = 1, .depth = 2, .threads = 1, .execed = true},
		{.id = {13, 4}, .ppid = 10, .depth = 1, .ended = true},
	};
	struct family f = {.n = 4, .member = member};
	struct snapshot s = {
		.sides = 1, .lifecycle = "test", .lifecycle_exact = true, .family = &f};
	struct moment m = {.snapshot = &s};
	struct run r = {tally_new(), true};
	struct amounts a;

	(void)state;
	s.side[0].id.pid = 10;
	for (size_t i = 0; i < 3; i++)
		member[i].pages.state = member[i].pages.beside_state = VALUE_KNOWN;
	member[1].pages.copied = 9;
	member[2].pages.copied = 100; /* of another program: no copies */
	tally_moment(r.tally, &m);
	member[1].pages.copied = 7; /* some were given back */
	member[1].threads = 2;
	tally_moment(r.tally, &m);
	fork_of(&r, 10, 11); /* told of late */
	tally_amounts(r.tally, &a);
	assert_int_equal(a.of[FIGURE_PROCESSES].number, 3);
	assert_int_equal(a.of[FIGURE_PROCESSES].bound, BOUND_AT_LEAST); /* two run still */
	assert_int_equal(a.of[FIGURE_THREADS].number, 8);
	assert_int_equal(a.of[FIGURE_COPIES].number, 9);
	assert_int_equal(a.of[FIGURE_COPIES].bound, BOUND_ABOUT);
	assert_non_null(a.of[FIGURE_COPIES].reason);
	assert_string_equal(a.process.item[1].name, "kid");
	assert_true(a.process.item[1].copies_known);
	assert_false(a.process.item[2].copies_known);
	amounts_free(&a);
	tally_free(r.tally);
}

/* Whoever stops it is told how far it came. */
static void tells_what_was_stopped(void **state)
{
	struct run r = {tally_new(), true};
	struct amounts a;

	(void)state;
	fork_of(&r, 10, 11);
	end_of(&r, 11, 0);
	tally_output(r.tally, "a\n", 2);
	assert_false(tally_unended(r.tally));
	tally_stopped(r.tally);
	tally_amounts(r.tally, &a);
	for (enum figure i = 0; i < FIGURES; i++) {
		assert_int_not_equal(a.of[i].bound, BOUND_EXACT);
		assert_non_null(a.of[i].reason);
	}
	assert_int_equal(a.of[FIGURE_EXITS].exit.n, 1);
	assert_false(a.process.item[0].ended);
	assert_int_equal(a.process.item[0].exit, EXIT_UNKNOWN);
	amounts_free(&a);
	tally_free(r.tally);
}

/* A demo that waits at a step is looked at before it goes on, and goes on once for each. */
static void lets_steps_go(void **state)
{
	struct snapshot s = {.sides = 1};
	struct event_sink sink = {0};
	struct moment m = {.snapshot = &s};
	struct tally *t = tally_new();
	unsigned gone = 0;

	(void)state;
	s.side[0].id.pid = 10;
	event_sink_add(&sink, (struct event){.kind = EVENT_STEP_LINE, .pid = 10},
		text_of("waiting is no word"), text_of(NULL));
	event_sink_add(&sink, (struct event){.kind = EVENT_STEP_LINE, .pid = 10}, text_of("wait "),
		text_of(NULL));
	s.events = event_sink_seal(&sink);
	tally_moment(t, &m);
	assert_false(tally_lets_go(t));
	part_put(s.events);
	s.events = NULL;
	for (unsigned i = 0; i < 6; i++) {
		tally_moment(t, &m);
		gone += tally_lets_go(t);
	}
	assert_int_equal(gone, 1);
	event_sink_free(&sink);
	tally_free(t);
}

/* What may be missing makes a bound of it, with the reason. */
static void tells_bounds(void **state)
{
	struct run r = {tally_new(), false};
	struct amounts a;

	(void)state;
	fork_of(&r, 10, 11);
	end_of(&r, 11, -1);
	tally_reaped(r.tally, 0);
	tally_cut(r.tally);
	tally_amounts(r.tally, &a);
	for (enum figure i = 0; i < FIGURES; i++)
		assert_non_null(a.of[i].reason);
	assert_int_equal(a.of[FIGURE_PROCESSES].bound, BOUND_AT_LEAST);
	assert_int_equal(a.of[FIGURE_EXITS].bound, BOUND_AT_LEAST);
	assert_int_equal(a.of[FIGURE_EXITS].exit.n, 1);
	assert_int_equal(a.of[FIGURE_LINES].bound, BOUND_AT_LEAST);
	amounts_free(&a);
	tally_free(r.tally);
	/* One that forked nobody copied nothing for anybody. */
	r = (struct run){tally_new(), true};
	happen(&r, (struct event){.kind = EVENT_EXEC, .pid = 10});
	tally_amounts(r.tally, &a);
	assert_int_equal(a.of[FIGURE_COPIES].bound, BOUND_EXACT);
	assert_int_equal(a.of[FIGURE_COPIES].number, 0);
	assert_int_equal(a.of[FIGURE_EXITS].bound, BOUND_UNKNOWN);
	amounts_free(&a);
	tally_free(r.tally);
}

static void tells(void **state)
{
	char name[] = "a\xff", *program[] = {name, NULL};
	struct textbuf out = {0}, complaint = {0};
	struct amounts p, m;

	(void)state;
	assert_int_equal(
		amounts_parse(text_of("processes = 2\nexit_codes = 0 x2"), &p, &complaint), 0);
	assert_int_equal(
		amounts_parse(text_of("processes = 3\nexit_codes = 0 x2, 1\noutput_lines = 1"), &m,
			&complaint),
		0);
	m.of[FIGURE_EXITS].bound = BOUND_AT_LEAST;
	m.of[FIGURE_EXITS].reason = "why";
	for (int i = 0; i < 18; i++)
		VEC_PUSH(&m.process, (struct run_process){.pid = 5 + i,
					     .parent = i ? 5 : 0,
					     .name = "a\nb",
					     .threads = 1,
					     .ended = i != 1,
					     .exit = i ? EXIT_UNKNOWN : EXIT_SIGNAL + 11});
	amounts_text(&p, &m, &out);
	assert_non_null(strstr(
		out.bytes, "\n        5         0        1  SIGSEGV              -  a\\nb\n"));
	assert_non_null(strstr(
		out.bytes, "\n        6         5        1  runs                 ?  a\\nb\n"));
	assert_non_null(strstr(out.bytes, " and 2 more, which --json tells\n"));
	assert_non_null(strstr(out.bytes,
		"\nprocesses                 2                 3                 wrong\n"));
	assert_non_null(strstr(out.bytes, " 0 x2              at least 0 x2, 1  wrong\n"));
	assert_non_null(strstr(out.bytes, "\n                          why\n"));
	assert_non_null(strstr(out.bytes, "\nlines of output           -                 1\n"));
	assert_non_null(
		strstr(out.bytes, "\ncopied pages              -                 unknown\n"));
	textbuf_clear(&out);
	amounts_json(&p, &m, program, &out);
	assert_non_null(strstr(out.bytes, "\"program\":[\"a\\\\xff\"]"));
	assert_non_null(strstr(out.bytes,
		"{\"figure\":\"exit_codes\",\"predicted\":[0,0],\"measured\":[0,0,1],"
		"\"measured_is\":\"at_least\",\"reason\":\"why\",\"verdict\":\"wrong\"}"));
	assert_non_null(strstr(out.bytes,
		"{\"figure\":\"copied_pages\",\"predicted\":null,\"measured\":null,"
		"\"measured_is\":\"unknown\",\"reason\":null,\"verdict\":null}"));
	assert_non_null(strstr(out.bytes,
		"\"processes\":[{\"pid\":5,\"parent\":null,\"name\":\"a\\nb\",\"threads\":1,"
		"\"ended\":true,\"exit_code\":\"SIGSEGV\",\"copied_pages\":null},{\"pid\":6,"
		"\"parent\":5,"));
	amounts_free(&p);
	amounts_free(&m);
	textbuf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_files),
		cmocka_unit_test(refuses_files),
		cmocka_unit_test(judges),
		cmocka_unit_test(gathers),
		cmocka_unit_test(gathers_members),
		cmocka_unit_test(tells_what_was_stopped),
		cmocka_unit_test(lets_steps_go),
		cmocka_unit_test(tells_bounds),
		cmocka_unit_test(tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
