/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process-versus-thread table: what each row says of each kind of pair. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/demos.h"
#include "tests/fixtures/scene.h"
#include "twintop/base/clock.h"
#include "twintop/compare/compare.h"
#include "twintop/compare/textbook.h"
#include "twintop/report/report.h"
#include "twintop/view/view.h"

/* Pairs that a row is asked of. */
enum pair_of {
	TWINS,	   /* parent and child */
	THREADS,   /* of one process */
	STRANGERS, /* two processes without a relative */
	LENT,	   /* two processes in one memory: vfork */
	ALONE,	   /* no B */
	ENDED,	   /* parent, and a child that died of a signal */
	DENIED,	   /* parent and child of another user */
	UNASKED,   /* parent and child, nothing of which was read */
	PAIRS
};

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

/* ---- moments --------------------------------------------------------------- */

/* A part of m's side, to be changed: its texts are the first one's, which outlives it. */
static struct process_info *copy_info(const struct process_info *from)
{
	struct process_info *p = part_make(PART_PROCESS);
	struct part own = p->part;

	*p = *from;
	p->part = own;
	return p;
}

/* As the comparer makes a moment of two sides that are made of those of another. */
struct made {
	const struct moment *from, *moment;
	struct comparer *comparer;
	struct snapshot *snapshot;
	struct shares *shares;
	struct process_info *info[2];
};

static void take_side(struct made *m, unsigned to, unsigned from)
{
	struct side *side = &m->snapshot->side[to];

	*side = m->from->snapshot->side[from];
	for (unsigned kind = 0; kind < SIDE_PARTS; kind++)
		part_get(side->part[kind]);
	part_put(side->info);
	side->info = m->info[to] = copy_info(m->from->snapshot->side[from].info);
}

/* Sides of those sides of the scene, that share what kcmp(2) tells, or nothing of it. */
static void make_begin(
	struct made *m, const struct scene *scene, unsigned a, unsigned b, bool share)
{
	*m = (struct made){.from = scene_moment(scene), .comparer = comparer_new()};
	m->snapshot = snapshot_new();
	m->snapshot->host = m->from->snapshot->host;
	m->snapshot->access = m->from->snapshot->access;
	m->snapshot->monotonic_ns = m->from->snapshot->monotonic_ns;
	m->snapshot->sides = 2;
	take_side(m, 0, a);
	take_side(m, 1, b);
	m->snapshot->ipc = part_get(m->from->snapshot->ipc);
	m->snapshot->locks = part_get(m->from->snapshot->locks);
	m->snapshot->shares = m->shares = part_make(PART_SHARES);
	for (int i = 0; i < SHARE_ITEMS; i++)
		m->shares->shared[i] = share;
}

static const struct moment *make_end(struct made *m)
{
	const struct pair *pair = comparer_pair(m->comparer, m->snapshot);

	part_seal(&m->snapshot->part, clock_thread_cpu_ns(), 0);
	m->moment = moment_new(m->snapshot, pair);
	return m->moment;
}

static void make_free(struct made *m)
{
	moment_put(m->moment);
	moment_put(m->from);
	comparer_free(m->comparer);
}

/* A part of the side's that could not be read. */
static void deny(struct side *side, enum part_kind kind)
{
	struct part *part = part_make(kind);

	part_seal(part, clock_thread_cpu_ns(), -EACCES);
	part_put(side->part[kind]);
	side->part[kind] = part;
}

/* What another user's process refuses: all that needs ptrace access. */
static void deny_side(struct made *m, unsigned index)
{
	static const enum thread_source of_thread[] = {
		THREAD_SYSCALL, THREAD_WCHAN, THREAD_STACK, THREAD_TLS, THREAD_LOCKS};
	static const enum process_source of_process[] = {
		PROCESS_EXE, PROCESS_CMDLINE, PROCESS_IO, PROCESS_NAMESPACES};
	struct side *side = &m->snapshot->side[index];
	struct thread_list *list = (struct thread_list *)(uintptr_t)side->threads;

	deny(side, PART_MAPPINGS);
	deny(side, PART_PAGES);
	deny(side, PART_FDS);
	for (size_t i = 0; i < sizeof of_thread / sizeof *of_thread; i++)
		list->source[of_thread[i]] = VALUE_DENIED;
	for (size_t i = 0; i < sizeof of_process / sizeof *of_process; i++)
		m->info[index]->source[of_process[i]] = VALUE_DENIED;
}

static void drop_all(struct made *m)
{
	for (unsigned side = 0; side < 2; side++)
		for (unsigned kind = 0; kind < SIDE_PARTS; kind++) {
			part_put(m->snapshot->side[side].part[kind]);
			m->snapshot->side[side].part[kind] = NULL;
		}
	for (unsigned kind = 0; kind < PAIR_PARTS; kind++) {
		part_put(m->snapshot->pair_part[kind]);
		m->snapshot->pair_part[kind] = NULL;
	}
	part_put(m->snapshot->ipc);
	m->snapshot->ipc = NULL;
}

/* What tells the pair apart from parent and child. */
static void change(struct made *m, enum pair_of kind)
{
	switch (kind) {
	case THREADS:
		m->snapshot->side[1].tid = 4250;
		m->snapshot->side[1].task = part_get(m->info[1]);
		return;
	case STRANGERS:
		m->info[1]->ppid = 1;
		m->info[0]->children_n = 0;
		m->info[0]->execed = m->info[1]->execed = true;
		return;
	case LENT:
		m->shares->shared[SHARE_VM] = true;
		return;
	case DENIED:
		deny_side(m, 0);
		deny_side(m, 1);
		for (int i = 0; i < SHARE_ITEMS; i++)
			m->shares->state[i] = VALUE_DENIED;
		return;
	case UNASKED:
		drop_all(m);
		return;
	default:
		return;
	}
}

/* Of parent and child the scene makes the pair, of others the comparer. */
static void make(struct made *m, enum pair_of kind)
{
	const struct scene scene = {.step = 2,
		.estimated = kind == STRANGERS, /* equal frames would make relatives of them */
		.alone = kind == ALONE,
		.b_killed = kind == ENDED};

	if (kind == TWINS || kind == ALONE || kind == ENDED) {
		*m = (struct made){.moment = scene_moment(&scene)};
		return;
	}
	make_begin(m, &scene, 0, kind != THREADS, kind == THREADS);
	change(m, kind);
	make_end(m);
}

static const struct textbook_row *row_of(const char *id)
{
	for (size_t i = 0; i < textbook_table_n; i++)
		if (!strcmp(textbook_table[i].id, id))
			return &textbook_table[i];
	fail_msg("no row %s", id);
	return NULL;
}

static struct textbook_answer ask(const struct moment *m, const char *id, struct arena *arena)
{
	struct textbook_answer answer;

	textbook_ask(row_of(id), m, arena, &answer);
	return answer;
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

		make(&m, (enum pair_of)kind);
		for (size_t i = 0; i < textbook_table_n; i++) {
			struct arena arena = {0};
			struct textbook_answer a = ask(m.moment, expected[i].id, &arena);

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
		make_free(&m);
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

static void expect_text(const struct moment *m, const char *id, const char *text)
{
	struct arena arena = {0};
	struct textbook_answer a = ask(m, id, &arena);
	struct textbuf all = {0};

	for (unsigned side = 0; side < 2; side++) {
		textbook_cell_text(&a.side[side], a.side[side].reason, &all);
		textbuf_adds(&all, " | ");
	}
	textbook_verdict_text(&a, a.measured.reason, &all);
	if (!strstr(all.bytes, text))
		fail_msg("%s does not say \"%s\": %s", id, text, all.bytes);
	textbuf_free(&all);
	arena_free(&arena);
}

/* Texts of a pair of the scene, row by row. */
static void expect_texts(enum pair_of kind, const char *const (*pair)[2], size_t n)
{
	struct made m;

	make(&m, kind);
	for (size_t i = 0; i < n; i++)
		expect_text(m.moment, pair[i][0], pair[i][1]);
	make_free(&m);
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
		{"end", "lives | lives | … both live: `twintop demo crash` shows it"},
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
		{"before_fork", "… no fork lies between threads: `twintop demo fork-cow` shows it"},
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

static void ends_and_execs_are_seen_from_both_sides(void **state)
{
	struct made m;

	(void)state;
	make_begin(&m, &(struct scene){.estimated = true}, 1, 0, false); /* the child as A */
	m.info[0]->execed = true;
	make_end(&m);
	expect_text(m.moment, "exec", "≠ A has another memory since its exec, and the same PID");
	expect_text(m.moment, "fork", "… neither is what a fork made of the other");
	make_free(&m);
	make_begin(&m, &(struct scene){.step = 1}, 1, 0, false);
	m.snapshot->side[1].ending = (struct ending){.ended = true};
	make_end(&m);
	expect_text(
		m.moment, "end", "lives | has ended (? how is told to its parent alone) | ≠ B has");
	expect_text(m.moment, "family", "≠ A is a child of B, which is to reap it");
	make_free(&m);
}

static void an_orphan_is_reaped_by_another(void **state)
{
	struct made m;

	(void)state;
	make_begin(&m, &(struct scene){.step = 1}, 0, 1, false);
	comparer_pair(m.comparer, m.snapshot); /* once seen as a child, it stays one */
	m.info[1]->ppid = 77;
	m.info[0]->children_n = 0;
	m.snapshot->side[0].info = part_get(m.info[0]);
	make_end(&m);
	expect_text(m.moment, "family", "B was born to A; now 77 is to reap it");
	part_put(m.info[0]);
	make_free(&m);
}

static struct thread_call *call_of(struct made *m, unsigned side, size_t i)
{
	return (struct thread_call *)(uintptr_t)thread_at(m->snapshot->side[side].threads, i).call;
}

/* A's threads 4250 and 4251, of which the second waits for a lock of the first. */
static void who_waits_for_whom_is_told(void **state)
{
	struct made m;

	(void)state;
	make_begin(&m, &(struct scene){.step = 1}, 0, 0, true);
	m.snapshot->side[0].tid = 4250;
	m.snapshot->side[1].tid = 4251;
	make_end(&m);
	expect_text(
		m.moment, "waiting", "waits in read: a mutex of 4250 | ≠ B waits for what A holds");
	expect_text(m.moment, "stack", "? needs ptrace attach access");
	make_free(&m);
	make_begin(&m, &(struct scene){.step = 1}, 0, 0, true);
	m.snapshot->side[0].tid = 4251;
	m.snapshot->side[1].tid = 4242;
	((struct thread_list *)(uintptr_t)m.snapshot->side[0].threads)->source[THREAD_LOCKS] =
		VALUE_DENIED;
	call_of(&m, 0, 2)->wait_owner = 0;
	make_end(&m);
	expect_text(m.moment, "waiting", "? needs ptrace attach access");
	make_free(&m);
}

/* A monitor or a condition names nobody: whoever holds it may be the other. */
static void a_futex_without_owner_is_no_answer(void **state)
{
	struct made m;

	(void)state;
	make_begin(&m, &(struct scene){.step = 1}, 0, 0, true);
	m.snapshot->side[0].tid = 4251;
	m.snapshot->side[1].tid = 4242;
	call_of(&m, 0, 2)->wait_kind = WAIT_FUTEX;
	call_of(&m, 0, 2)->wait_owner = 0;
	make_end(&m);
	expect_text(m.moment, "waiting", "| ? this futex names no owner");
	make_free(&m);
}

static void many_signals_are_counted(void **state)
{
	struct made m;

	(void)state;
	make_begin(&m, &(struct scene){.step = 1}, 0, 1, false);
	m.info[0]->signals_caught = 0xff;
	m.info[1]->signals_caught = 0x1ff;
	make_end(&m);
	expect_text(m.moment, "handlers", "catches: SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT");
	expect_text(m.moment, "handlers",
		"catches: 9 signals: SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE "
		"…;");
	make_free(&m);
}

static void a_task_beside_itself_is_one(void **state)
{
	static const char *const rows[] = {"identity", "tasks", "address_space", "stack",
		"registers", "signal_mask", "scheduling", "waiting"};
	struct made m;

	(void)state;
	make_begin(&m, &(struct scene){.step = 1}, 0, 0, true);
	make_end(&m);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena arena = {0};

		assert_int_equal(ask(m.moment, rows[i], &arena).verdict, TEXTBOOK_ONE);
		arena_free(&arena);
	}
	make_free(&m);
}

static void what_fork_left_out_is_counted(void **state)
{
	struct made m;

	(void)state;
	make_begin(&m, &(struct scene){.step = 1}, 0, 1, false);
	m.snapshot->side[1].id.start_ticks = 600000; /* after all of A's threads began */
	make_end(&m);
	expect_text(m.moment, "fork",
		"threads: 3 | threads: 1 | ≠ A had 3 threads when B was born, and B has one");
	make_free(&m);
}

static void surroundings_that_differ_are_named(void **state)
{
	struct made m;

	(void)state;
	make_begin(&m, &(struct scene){.step = 1}, 0, 1, false);
	m.info[1]->namespace_inode[NAMESPACE_NET]++;
	m.info[1]->cgroups = text_of("0::/other\n");
	m.info[1]->pgrp = 9;
	m.info[1]->signals_caught = 0;
	m.info[1]->euid = 0;
	make_end(&m);
	expect_text(m.moment, "namespaces", "≠ apart: network namespace, control group");
	expect_text(m.moment, "job", "≠ two groups");
	expect_text(m.moment, "handlers", "catches: SIGINT; ignores: none | catches: none");
	expect_text(m.moment, "handlers", "≠ two tables");
	expect_text(m.moment, "credentials",
		"user 1000 as 0, group 1000 as 1000 | ≠ two, which differ");
	make_free(&m);
}

static void numbers_of_inner_namespaces_are_told(void **state)
{
	struct made m;

	(void)state;
	make_begin(&m, &(struct scene){.step = 1}, 0, 1, false);
	((struct thread_self *)(uintptr_t)thread_at(m.snapshot->side[1].threads, 0).self)
		->inner_tid = 7;
	make_end(&m);
	expect_text(m.moment, "identity", "parent 4242; 7 in its PID namespace");
	make_free(&m);
}

static void what_is_old_says_so(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.late = 1u << PART_FDS});
	struct arena arena = {0};
	struct textbook_answer files, family;

	(void)state;
	files = ask(m, "limits", &arena);
	family = ask(m, "family", &arena);
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
		cmocka_unit_test(the_table_names_what_is_there),
		cmocka_unit_test(parent_and_child_are_two),
		cmocka_unit_test(threads_share_all_but_what_is_theirs),
		cmocka_unit_test(what_ended_leaves_its_last_state),
		cmocka_unit_test(refusals_are_told_as_such),
		cmocka_unit_test(ends_and_execs_are_seen_from_both_sides),
		cmocka_unit_test(an_orphan_is_reaped_by_another),
		cmocka_unit_test(who_waits_for_whom_is_told),
		cmocka_unit_test(a_futex_without_owner_is_no_answer),
		cmocka_unit_test(many_signals_are_counted),
		cmocka_unit_test(a_task_beside_itself_is_one),
		cmocka_unit_test(what_fork_left_out_is_counted),
		cmocka_unit_test(surroundings_that_differ_are_named),
		cmocka_unit_test(numbers_of_inner_namespaces_are_told),
		cmocka_unit_test(what_is_old_says_so),
		cmocka_unit_test(the_report_has_all_rows),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("textbook", tests, NULL, NULL);
}
