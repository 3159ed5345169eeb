/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/compare/share.h"

static struct process_info make_info(void)
{
	struct process_info p = {.session = 10, .pgrp = 11, .uid = 1000, .euid = 1000};

	p.tty = text_of("pts/3");
	p.tty_number = 0x8803;
	p.cgroups = text_of("1:cpu:/a\n0::/b\n");
	for (int i = 0; i < NAMESPACE_KINDS; i++)
		p.namespace_inode[i] = 4026531800u + (unsigned)i;
	return p;
}

static struct card card_of(const struct process_info *a, const struct process_info *b)
{
	struct shares shares = {
		.shared[SHARE_FS] = true,
		.state[SHARE_IO] = VALUE_DENIED,
	};
	struct snapshot s = {.sides = 2, .side = {{.info = a}, {.info = b}}, .shares = &shares};
	struct card card = {0};

	share_card(&s, &card);
	return card;
}

static void what_is_equal_is_shared(void **state)
{
	struct process_info a = make_info(), b = make_info();
	struct card card = card_of(&a, &b);

	(void)state;
	for (int i = CARD_NS_CGROUP; i < CARD_ITEMS; i++)
		assert_true(card.line[i].state == VALUE_KNOWN && card.line[i].shared);
	assert_true(card.line[CARD_FS].shared);
	assert_true(card.line[CARD_VM].state == VALUE_KNOWN && !card.line[CARD_VM].shared);
	assert_int_equal(card.line[CARD_IO].state, VALUE_DENIED);
	assert_non_null(card.line[CARD_IO].reason);
}

static void what_differs_is_separate(void **state)
{
	struct process_info a = make_info(), b = make_info();
	struct card card;

	(void)state;
	b.session = 12;
	b.euid = 0;
	b.namespace_inode[NAMESPACE_NET]++;
	b.tty_number = 0;
	card = card_of(&a, &b);
	assert_false(card.line[CARD_SESSION].shared);
	assert_false(card.line[CARD_CREDENTIALS].shared);
	assert_false(card.line[CARD_NS_NET].shared);
	assert_false(card.line[CARD_TERMINAL].shared);
	assert_int_equal(card.line[CARD_TERMINAL].state, VALUE_KNOWN);
	assert_true(card.line[CARD_PROCESS_GROUP].shared);
	assert_true(card.line[CARD_NS_IPC].shared);
}

static void what_was_not_read_is_unknown(void **state)
{
	struct process_info a = make_info(), b = make_info();
	struct card card;

	(void)state;
	b.source[PROCESS_NAMESPACES] = VALUE_DENIED;
	b.namespace_inode[NAMESPACE_PID] = 0;
	a.tty_number = b.tty_number = 0;
	card = card_of(&a, &b);
	assert_int_equal(card.line[CARD_NS_PID].state, VALUE_DENIED);
	assert_int_equal(card.line[CARD_TERMINAL].state, VALUE_NONE);
	card = card_of(&a, NULL);
	assert_int_equal(card.line[CARD_SESSION].state, VALUE_UNREAD);
	for (int i = 0; i < CARD_ITEMS; i++)
		assert_true(value_state_has_value(card.line[i].state) || card.line[i].reason);
}

static void one_hierarchy_is_enough_to_differ(void **state)
{
	struct process_info a = make_info(), b = make_info();

	(void)state;
	b.cgroups = text_of("1:cpu:/c\n0::/b\n");
	assert_false(card_of(&a, &b).line[CARD_CGROUP].shared);
	b.cgroups = text_of("1:cpu:/a\n0::/b\n");
	assert_true(card_of(&a, &b).line[CARD_CGROUP].shared);
}

static void unmapped_ids_may_be_of_two_users(void **state)
{
	struct process_info a = make_info(), b = make_info();
	struct card card;

	(void)state;
	a.id.pid = 10;
	b.id.pid = 11;
	a.gid = b.gid = 65534;
	a.unmapped_ids = b.unmapped_ids = 1u << PROCESS_GID;
	card = card_of(&a, &b);
	assert_false(value_state_has_value(card.line[CARD_CREDENTIALS].state));
	assert_non_null(strstr(card.line[CARD_CREDENTIALS].reason, "user namespace"));
	a.unmapped_ids = b.unmapped_ids = 0; /* nobody's group, which is one like any other */
	assert_true(card_of(&a, &b).line[CARD_CREDENTIALS].shared);
	b.gid = 1000; /* one that is mapped is none that is not */
	a.unmapped_ids = 1u << PROCESS_GID;
	card = card_of(&a, &b);
	assert_true(card.line[CARD_CREDENTIALS].state == VALUE_KNOWN);
	assert_false(card.line[CARD_CREDENTIALS].shared);
}

/* 0 is every session that began outside; in the first PID namespace it is the kernel's. */
static void sessions_from_outside_may_be_two(void **state)
{
	struct process_info a = make_info(), b = make_info();
	struct card card;

	(void)state;
	a.id.pid = 10;
	b.id.pid = 11;
	a.session = b.session = a.pgrp = b.pgrp = 0;
	card = card_of(&a, &b);
	assert_int_equal(card.line[CARD_SESSION].state, VALUE_UNSUPPORTED);
	assert_int_equal(card.line[CARD_PROCESS_GROUP].state, VALUE_UNSUPPORTED);
	assert_int_equal(card.line[CARD_TERMINAL].state, VALUE_UNSUPPORTED);
	b.session = 7; /* one that is seen is none that is not */
	card = card_of(&a, &b);
	assert_true(card.line[CARD_SESSION].state == VALUE_KNOWN);
	assert_false(card.line[CARD_SESSION].shared);
	assert_false(card.line[CARD_TERMINAL].shared);
	b.session = 0;
	a.namespace_inode[NAMESPACE_PID] = 4026531836;
	assert_true(card_of(&a, &b).line[CARD_SESSION].shared);
	a.source[PROCESS_NAMESPACES] = VALUE_DENIED;
	assert_int_equal(card_of(&a, &b).line[CARD_SESSION].state, VALUE_UNSUPPORTED);
	a.kernel_thread = true;
	assert_true(card_of(&a, &b).line[CARD_SESSION].shared);
	a.kernel_thread = false;
	b.id = a.id; /* of two threads of one process it is one, whichever */
	assert_true(card_of(&a, &b).line[CARD_SESSION].shared);
}

/* Each mount of devpts has a pts/3; a terminal has one session. */
static void a_terminal_is_of_one_session(void **state)
{
	struct process_info a = make_info(), b = make_info();

	(void)state;
	assert_true(card_of(&a, &b).line[CARD_TERMINAL].shared);
	b.session = 12;
	assert_int_equal(card_of(&a, &b).line[CARD_TERMINAL].state, VALUE_KNOWN);
	assert_false(card_of(&a, &b).line[CARD_TERMINAL].shared);
	b.session = a.session;
	b.tty_number++;
	assert_false(card_of(&a, &b).line[CARD_TERMINAL].shared);
	a.id.pid = 10;
	a.session = b.session = 0; /* of two numbers they are two, whoever has them */
	assert_int_equal(card_of(&a, &b).line[CARD_TERMINAL].state, VALUE_KNOWN);
	assert_false(card_of(&a, &b).line[CARD_TERMINAL].shared);
}

static void every_line_has_its_words(void **state)
{
	(void)state;
	for (int i = 0; i < CARD_ITEMS; i++)
		assert_true(card_info[i].id && card_info[i].title && card_info[i].source &&
			    card_info[i].shared && card_info[i].separate);
}

/* The JSON contract names what kcmp(2) tells; the card's first lines are in kcmp's order. */
static void the_first_lines_are_kcmps(void **state)
{
	(void)state;
	assert_string_equal(card_info[SHARE_VM].id, "vm");
	assert_string_equal(card_info[SHARE_FILES].id, "files");
	assert_string_equal(card_info[SHARE_FS].id, "fs");
	assert_string_equal(card_info[SHARE_SIGHAND].id, "sighand");
	assert_string_equal(card_info[SHARE_IO].id, "io");
	assert_string_equal(card_info[SHARE_SYSVSEM].id, "sysvsem");
}

/* Ids and namespaces are each thread's own; session and terminal are the process's. */
static void named_threads_speak_for_themselves(void **state)
{
	struct process_info process = make_info(), a = make_info(), b = make_info();
	struct snapshot s = {.sides = 2};
	struct card card;

	(void)state;
	for (int side = 0; side < 2; side++)
		s.side[side] = (struct side){.id = {10, 1}, .tid = 11 + side, .info = &process};
	share_card(&s, &card);
	assert_int_equal(card.line[CARD_CREDENTIALS].state, VALUE_UNREAD);
	assert_int_equal(card.line[CARD_NS_UTS].state, VALUE_UNREAD);
	assert_true(card.line[CARD_SESSION].state == VALUE_KNOWN && card.line[CARD_SESSION].shared);
	a.namespace_inode[NAMESPACE_UTS]++;
	b.euid = 7;
	s.side[0].task = &a;
	s.side[1].task = &b;
	share_card(&s, &card);
	assert_false(card.line[CARD_CREDENTIALS].shared);
	assert_int_equal(card.line[CARD_CREDENTIALS].state, VALUE_KNOWN);
	assert_false(card.line[CARD_NS_UTS].shared);
	assert_true(card.line[CARD_NS_MNT].shared);
	s.side[1].tid = 10; /* the main thread is the process's record */
	share_card(&s, &card);
	assert_true(card.line[CARD_CREDENTIALS].shared);
	assert_false(card.line[CARD_NS_UTS].shared);
	a.source[PROCESS_NAMESPACES] = VALUE_GONE;
	share_card(&s, &card);
	assert_int_equal(card.line[CARD_NS_UTS].state, VALUE_GONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_equal_is_shared),
		cmocka_unit_test(what_differs_is_separate),
		cmocka_unit_test(what_was_not_read_is_unknown),
		cmocka_unit_test(one_hierarchy_is_enough_to_differ),
		cmocka_unit_test(unmapped_ids_may_be_of_two_users),
		cmocka_unit_test(sessions_from_outside_may_be_two),
		cmocka_unit_test(a_terminal_is_of_one_session),
		cmocka_unit_test(every_line_has_its_words),
		cmocka_unit_test(named_threads_speak_for_themselves),
		cmocka_unit_test(the_first_lines_are_kcmps),
	};

	return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
