/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process-versus-thread table: what is easily told wrong of a pair. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "textbook_pairs.h"

static void ends_and_execs_are_seen_from_both_sides(void **state)
{
	struct made m;

	(void)state;
	pairs_begin(&m, &(struct scene){.estimated = true}, 1, 0, false); /* the child as A */
	m.info[0]->execed = true;
	pairs_end(&m);
	pairs_expect(m.moment, "exec", "≠ A has another memory since its exec, and the same PID");
	pairs_expect(m.moment, "fork", "> neither is what a fork made of the other");
	pairs_free(&m);
	pairs_begin(&m, &(struct scene){.step = 1}, 1, 0, false);
	m.snapshot->side[1].ending = (struct ending){.ended = true};
	pairs_end(&m);
	pairs_expect(
		m.moment, "end", "lives | has ended (? how is told to its parent alone) | ≠ B has");
	pairs_expect(m.moment, "family", "≠ A is a child of B, which is to reap it");
	pairs_free(&m);
}

/* Of its own accord, while the process and the other thread go on. */
static void a_thread_may_end_alone(void **state)
{
	struct made m;

	(void)state;
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 0, true);
	m.snapshot->side[1].tid = 4299; /* in the list no more */
	m.snapshot->side[1].ending = (struct ending){.ended = true};
	pairs_end(&m);
	pairs_expect(m.moment, "end",
		"lives | has ended; a thread leaves no status | ≠ B has ended, A lives on");
	pairs_expect(m.moment, "tasks",
		"task 4242, of 3 of its process | task 4299, which has ended | ≠ two tasks of one");
	pairs_expect(m.moment, "address_space", "= one and the same");
	pairs_expect(m.moment, "registers", "there is no such record any more");
	pairs_free(&m);
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 0, true);
	m.snapshot->side[1].tid = 4299; /* nobody has seen it end */
	pairs_end(&m);
	pairs_expect(m.moment, "tasks", "| ? there is no such record any more");
	pairs_free(&m);
}

static void an_orphan_is_reaped_by_another(void **state)
{
	struct made m;

	(void)state;
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 1, false);
	pairs_see(&m); /* once seen as a child, it stays one */
	m.info[1]->ppid = 77;
	m.info[0]->children_n = 0;
	pairs_end(&m);
	pairs_expect(m.moment, "family", "B was born to A; now 77 is to reap it");
	pairs_free(&m);
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
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 0, true);
	m.snapshot->side[0].tid = 4250;
	m.snapshot->side[1].tid = 4251;
	pairs_end(&m);
	pairs_expect(
		m.moment, "waiting", "waits in read: a mutex of 4250 | ≠ B waits for what A holds");
	pairs_expect(m.moment, "stack", "? needs ptrace attach access");
	pairs_free(&m);
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 0, true);
	m.snapshot->side[0].tid = 4251;
	m.snapshot->side[1].tid = 4242;
	((struct thread_list *)(uintptr_t)m.snapshot->side[0].threads)->source[THREAD_LOCKS] =
		VALUE_DENIED;
	call_of(&m, 0, 2)->wait_owner = 0;
	pairs_end(&m);
	pairs_expect(m.moment, "waiting", "? needs ptrace attach access");
	pairs_free(&m);
}

/* A monitor or a condition names nobody: whoever holds it may be the other. */
static void a_futex_without_owner_is_no_answer(void **state)
{
	struct made m;

	(void)state;
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 0, true);
	m.snapshot->side[0].tid = 4251;
	m.snapshot->side[1].tid = 4242;
	call_of(&m, 0, 2)->wait_kind = WAIT_FUTEX;
	call_of(&m, 0, 2)->wait_owner = 0;
	pairs_end(&m);
	pairs_expect(m.moment, "waiting", "| ? this futex names no owner");
	pairs_free(&m);
}

static void many_signals_are_counted(void **state)
{
	struct made m;

	(void)state;
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 1, false);
	m.info[0]->signals_caught = 0xff;
	m.info[1]->signals_caught = 0x1ff;
	pairs_end(&m);
	pairs_expect(m.moment, "handlers", "catches: SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT");
	pairs_expect(m.moment, "handlers",
		"catches: 9 signals: SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE "
		"…;");
	pairs_free(&m);
}

static void a_task_beside_itself_is_one(void **state)
{
	static const char *const rows[] = {"identity", "tasks", "address_space", "stack",
		"registers", "signal_mask", "scheduling", "waiting"};
	struct made m;

	(void)state;
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 0, true);
	pairs_end(&m);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena arena = {0};

		assert_int_equal(pairs_ask(m.moment, rows[i], &arena).verdict, TEXTBOOK_ONE);
		arena_free(&arena);
	}
	pairs_free(&m);
}

static void what_fork_left_out_is_counted(void **state)
{
	struct made m;

	(void)state;
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 1, false);
	m.snapshot->side[1].id.start_ticks = 600000; /* after all of A's threads began */
	pairs_end(&m);
	pairs_expect(m.moment, "fork",
		"threads: 3 | threads: 1 | ≠ A had 3 threads when B was born, and B has one");
	pairs_free(&m);
}

static void surroundings_that_differ_are_named(void **state)
{
	struct made m;

	(void)state;
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 1, false);
	m.info[1]->namespace_inode[NAMESPACE_NET]++;
	m.info[1]->cgroups = text_of("0::/other\n");
	m.info[1]->pgrp = 9;
	m.info[1]->signals_caught = 0;
	m.info[1]->euid = 0;
	pairs_end(&m);
	pairs_expect(m.moment, "namespaces", "≠ apart: network namespace, control group");
	pairs_expect(m.moment, "job", "≠ two groups");
	pairs_expect(m.moment, "handlers", "catches: SIGINT; ignores: none | catches: none");
	pairs_expect(m.moment, "handlers", "≠ two tables");
	pairs_expect(m.moment, "credentials",
		"user 1000 as 0, group 1000 as 1000 | ≠ two, which differ");
	pairs_free(&m);
}

static void numbers_of_inner_namespaces_are_told(void **state)
{
	struct made m;

	(void)state;
	pairs_begin(&m, &(struct scene){.step = 1}, 0, 1, false);
	((struct thread_self *)(uintptr_t)thread_at(m.snapshot->side[1].threads, 0).self)
		->inner_tid = 7;
	pairs_end(&m);
	pairs_expect(m.moment, "identity", "parent 4242; 7 in its PID namespace");
	pairs_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_and_execs_are_seen_from_both_sides),
		cmocka_unit_test(a_thread_may_end_alone),
		cmocka_unit_test(an_orphan_is_reaped_by_another),
		cmocka_unit_test(who_waits_for_whom_is_told),
		cmocka_unit_test(a_futex_without_owner_is_no_answer),
		cmocka_unit_test(many_signals_are_counted),
		cmocka_unit_test(a_task_beside_itself_is_one),
		cmocka_unit_test(what_fork_left_out_is_counted),
		cmocka_unit_test(surroundings_that_differ_are_named),
		cmocka_unit_test(numbers_of_inner_namespaces_are_told),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("textbook cases", tests, NULL, NULL);
}
