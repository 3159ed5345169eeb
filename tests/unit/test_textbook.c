/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process-versus-thread table: what each row says of each kind of pair. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/demos.h"
#include "textbook_pairs.h"
#include "twintop/report/report.h"
#include "twintop/view/view.h"

/*
 * '=' one, '#' own, '~' alike, '-' does not apply, '?' unknown, '.' a demo shows it; a letter a
 * pair.
 */
static const struct {
	const char *id, *verdicts;
} expected[] = {
	{"identity", "####.###"},
	{"tasks", "####.##?"},
	{"address_space", "#=#=.#??"},
	{"code", "====.=??"},
	{"libraries", "====.=??"},
	{"globals", "~=#=.#??"},
	{"heap", "~=#=.#??"},
	{"before_fork", "~..=.~??"},
	{"shared_memory", "====.=??"},
	{"races", "====.=??"},
	{"stack", "###=.#??"},
	{"registers", "~?~~.~??"},
	{"thread_local", "#=#=.#??"},
	{"open_files", "#=##.#??"},
	{"file_offsets", "====.=??"},
	{"directory", "#=##.#??"},
	{"handlers", "~=~~.~??"},
	{"signal_mask", "~~~~.~~?"},
	{"pending", "####.##?"},
	{"credentials", "~~~~.~~?"},
	{"scheduling", "####.##?"},
	{"cpu_time", "####.##?"},
	{"waiting", "####.#??"},
	{"family", "#=##.##?"},
	{"job", "====.==?"},
	{"end", ".....#.."},
	{"fork", "........"},
	{"exec", "........"},
	{"limits", "~=~~.~??"},
	{"namespaces", "====.=??"},
	{"channels", "====.==?"},
	{"creating", "........"},
	{"switching", "........"},
};

static enum textbook_verdict verdict_of(char letter)
{
	switch (letter) {
	case '=':
		return TEXTBOOK_ONE;
	case '#':
		return TEXTBOOK_OWN;
	case '~':
		return TEXTBOOK_ALIKE;
	case '-':
		return TEXTBOOK_NONE;
	case '.':
		return TEXTBOOK_ELSEWHERE;
	default:
		return TEXTBOOK_UNKNOWN;
	}
}

/* ---- tests ----------------------------------------------------------------- */

/* What a cell holds is printable, whole, and says why where it is not known. */
static void check_cell(const char *id, const struct textbook_cell *cell)
{
	if (!value_state_has_value(cell->state))
		assert_non_null(cell->reason);
	if (cell->reason && value_state_has_value(cell->state))
		fail_msg("%s: known, and not: %s", id, cell->reason);
	if (!cell->text)
		return;
	if (!*cell->text || strpbrk(cell->text, "{}\033\n"))
		fail_msg("%s: \"%s\"", id, cell->text);
}

static void each_row_says_of_each_pair(void **state)
{
	(void)state;
	assert_int_equal(sizeof expected / sizeof *expected, textbook_table_n);
	for (int kind = 0; kind < PAIRS; kind++) {
		struct made m;

		pairs_make(&m, (enum pair_of)kind);
		for (size_t i = 0; i < textbook_table_n; i++) {
			struct arena arena = {0};
			struct textbook_answer a = pairs_ask(m.moment, expected[i].id, &arena);

			if (a.verdict != verdict_of(expected[i].verdicts[kind]))
				print_error("%s of pair %d: %s %s (%s)\n", expected[i].id, kind,
					textbook_sign(a.verdict),
					a.measured.text ? a.measured.text : "",
					a.measured.reason ? a.measured.reason : "");
			assert_int_equal(a.verdict, verdict_of(expected[i].verdicts[kind]));
			check_cell(expected[i].id, &a.measured);
			check_cell(expected[i].id, &a.side[0]);
			check_cell(expected[i].id, &a.side[1]);
			assert_true(a.measured.text || a.measured.reason);
			assert_true(a.verdict != TEXTBOOK_UNKNOWN || a.measured.reason);
			arena_free(&arena);
		}
		pairs_free(&m);
	}
}

static void each_sign_is_another_in_ascii_too(void **state)
{
	(void)state;
	for (int v = 0; v < TEXTBOOK_VERDICTS; v++)
		for (int w = 0; w < v; w++) {
			const char *a = textbook_sign((enum textbook_verdict)v);
			const char *b = textbook_sign((enum textbook_verdict)w);
			uint32_t code[2];

			assert_int_equal(text_width(a, strlen(a)), 1);
			text_decode(a, strlen(a), &code[0]);
			text_decode(b, strlen(b), &code[1]);
			assert_int_not_equal(canvas_fold(code[0]), canvas_fold(code[1]));
		}
}

static void the_table_names_what_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < textbook_table_n; i++) {
		const struct textbook_row *row = &textbook_table[i];
		bool demo = false;

		for (size_t k = 0; k < demo_table_n; k++)
			demo |= !strcmp(demo_table[k].name, row->demo);
		if (!demo)
			fail_msg("%s: there is no demo %s", row->id, row->demo);
		assert_non_null(view_find(row->view));
		assert_true(row->need & NEED_ALL);
		assert_int_equal(row->need & ~(unsigned)NEED_ALL, 0);
		assert_true(*row->of_process && *row->of_threads && *row->source);
		assert_true(strlen(row->title) <= 22 &&
			    row->question[strlen(row->question) - 1] == '?');
		assert_string_equal(row->id, expected[i].id);
		assert_int_equal(row->need & ~textbook_need(), 0);
	}
}

/* Texts of a pair of the scene, row by row. */
static void expect_texts(enum pair_of kind, const char *const (*pair)[2], size_t n)
{
	struct made m;

	pairs_make(&m, kind);
	for (size_t i = 0; i < n; i++)
		pairs_expect(m.moment, pair[i][0], pair[i][1]);
	pairs_free(&m);
}

static void parent_and_child_are_two(void **state)
{
	static const char *const pair[][2] = {
		{"identity", "PID 4242, TID 4242, parent 1000 | PID 4243, TID 4243, parent 4242"},
		{"address_space", "3M of addresses, 800K in memory"},
		{"globals",
			"copied when written: 1 of 2 pages still shared, 1 copied, 1 of zeroes"},
		{"heap", "13 of 17 pages still shared, 4 copied"},
		/* What each has touched of unwritten files is none of the fork's. */
		{"before_fork", "81 of 105 pages still shared, 11 copied, 7 in A alone"},
		{"code", "16K, 4 pages in memory | 16K, 4 pages in memory | = once: 4 pages"},
		{"shared_memory", "2 mappings in common: file, memfd"},
		{"races", "in 1 mapping that both may write, only"},
		{"stack", "7ffd5b1e0000 to 7ffd5b201000"},
		{"registers", "SP 7ffd5b1fe100, PC 7f2c46010a00"},
		{"open_files", "two tables, in which 4 open files are the same"},
		{"file_offsets", "fd 3 at 12288 | fd 3 at 12288 | = one position"},
		{"family", "parent 1000, 1 child: 4243 | parent 4242, 0 children"},
		{"family", "B is a child of A, which is to reap it"},
		{"channels", "pipe at fd 4 | pipe at fd 4 | = pipe from A to B"},
		{"end", "lives | lives | > both live: `twintop demo crash` shows it"},
		{"limits", "at most 1024 open files"},
	};

	(void)state;
	expect_texts(TWINS, pair, sizeof pair / sizeof *pair);
}

static void threads_share_all_but_what_is_theirs(void **state)
{
	static const char *const pair[][2] = {
		{"identity", "≠ one PID, two TIDs"},
		{"tasks", "task 4242, of 3 of its process | task 4250, of 3 of its process"},
		{"address_space", "= one and the same"},
		{"heap", "= one: what one writes, the other reads"},
		{"before_fork", "> no fork lies between threads: `twintop demo fork-cow` shows it"},
		{"stack", "7f2c45001000 to 7f2c45011000"},
		{"stack", "≠ two, in one memory"},
		{"registers", "? it runs: only a blocked thread"},
		{"waiting", "waits in read | runs, or is ready to"},
		{"open_files", "= one table"},
		{"directory", "the common one | the common one"},
	};

	(void)state;
	expect_texts(THREADS, pair, sizeof pair / sizeof *pair);
}

static void what_ended_leaves_its_last_state(void **state)
{
	static const char *const pair[][2] = {
		{"end", "lives | killed by SIGSEGV | ≠ B has ended, A lives on"},
		{"heap", "0 of 17 pages still shared, 4 copied, 13 given up by the one that ended"},
		{"address_space", "≠ two"},
	};

	(void)state;
	expect_texts(ENDED, pair, sizeof pair / sizeof *pair);
}

static void refusals_are_told_as_such(void **state)
{
	static const char *const pair[][2] = {
		{"address_space", "? not permitted: to both it needs ptrace read access"},
		{"code", "? needs ptrace read access: same user"},
		{"registers", "? needs ptrace attach access"},
		{"thread_local", "? needs ptrace attach access"},
		{"open_files", "? needs ptrace read access"},
		{"limits", "? needs ptrace read access"},
		{"waiting", "? needs ptrace attach access"},
		{"exec", "?, no exec since its fork"},
		{"signal_mask", "holds back: none"},
	};

	(void)state;
	expect_texts(DENIED, pair, sizeof pair / sizeof *pair);
}

static void what_is_old_says_so(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.late = 1u << PART_FDS});
	struct arena arena = {0};
	struct textbook_answer files, family;

	(void)state;
	files = pairs_ask(m, "limits", &arena);
	family = pairs_ask(m, "family", &arena);
	assert_int_equal(files.late_ns, SCENE_LATE_NS);
	assert_int_equal(family.late_ns, 0);
	arena_free(&arena);
	moment_put(m);
}

static void the_report_has_all_rows(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 1});
	struct textbuf out = {0}, threads = {0};

	(void)state;
	report_moment(m, NULL, false, &out);
	report_moment(m, "threads", false, &threads);
	assert_non_null(strstr(out.bytes, "Process versus thread"));
	assert_null(strstr(threads.bytes, "Process versus thread"));
	for (size_t i = 0; i < textbook_table_n; i++) {
		assert_non_null(strstr(out.bytes, textbook_table[i].question));
		assert_non_null(strstr(out.bytes, textbook_table[i].title));
	}
	textbuf_free(&out);
	textbuf_free(&threads);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_says_of_each_pair),
		cmocka_unit_test(each_sign_is_another_in_ascii_too),
		cmocka_unit_test(the_table_names_what_is_there),
		cmocka_unit_test(parent_and_child_are_two),
		cmocka_unit_test(threads_share_all_but_what_is_theirs),
		cmocka_unit_test(what_ended_leaves_its_last_state),
		cmocka_unit_test(refusals_are_told_as_such),
		cmocka_unit_test(what_is_old_says_so),
		cmocka_unit_test(the_report_has_all_rows),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("textbook", tests, NULL, NULL);
}
