/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What glibc's objects look like around the word that is waited on, and what only looks so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/proc/lock_words.h"

#define N      18 /* the word waited on is the twelfth */
#define CENTRE LOCK_WORDS_BEFORE

static const struct lock_case {
	const char *what;
	uint32_t word[N];
	struct lock_use use;
	enum wait_kind kind;
	uint32_t owner;
	uint8_t inside;
} cases[] = {
	/* As read from a glibc 2.36. */
	{"condition, group 0", {0, 3, 0, 1, 0, 2, 0, 1, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0},
		{0, false, true, 1, 4}, WAIT_CONDITION, 0, 40},
	{"condition, group 1", {6, 0, 2, 0, 2, 2, 2, 2, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0},
		{0, false, true, 1, 4}, WAIT_CONDITION, 0, 44},
	{"condition of 2.41, group 0", {0, 0, 0, 5, 0, 0, 0, 1, 1, 0, 16, 0, 0, 0, 0, 0, 0, 0},
		{0, false, true, 2, 4}, WAIT_CONDITION, 0, 32},
	{"condition with more waiters than threads",
		{0, 9, 0, 1, 0, 2, 0, 1, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0}, {0, false, true, 1, 4},
		WAIT_FUTEX, 0, 0},
	{"shared condition that is waited on in private",
		{0, 3, 0, 1, 0, 2, 0, 1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0}, {0, false, true, 1, 4},
		WAIT_FUTEX, 0, 0},
	{"semaphore", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0},
		{0, false, true, 2, 4}, WAIT_SEMAPHORE, 0, 0},
	{"shared semaphore", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 128, 0, 0, 0, 0},
		{0, true, true, 1, 2}, WAIT_SEMAPHORE, 0, 0},
	{"semaphore with a count", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0},
		{0, false, true, 2, 4}, WAIT_FUTEX, 0, 0},
	{"no semaphore: waited on without a bitset",
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0}, {0, false, false, 2, 4},
		WAIT_FUTEX, 0, 0},
	{"barrier", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 0, 0}, {0, false, false, 2, 4},
		WAIT_BARRIER, 0, 4},
	{"barrier, its second round", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 3, 3, 128, 0, 0, 0, 0},
		{3, true, false, 1, 2}, WAIT_BARRIER, 0, 4},
	{"barrier that is full", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3, 0, 0, 0, 0, 0},
		{0, false, false, 2, 4}, WAIT_FUTEX, 0, 0},
	{"reader behind a writer", {0, 0, 0, 0, 0, 0, 0, 0, 0, 15, 0, 3, 1, 0, 0, 77, 0, 0},
		{3, false, true, 1, 4}, WAIT_RWLOCK, 77, 8},
	{"writer behind a writer", {0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 3, 0, 0, 77, 0, 0, 0},
		{3, false, true, 1, 4}, WAIT_RWLOCK, 77, 12},
	{"writer behind readers", {0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 2, 1, 0, 0, 0, 0, 0},
		{2, false, true, 1, 4}, WAIT_RWLOCK, 0, 8},
	{"shared read-write lock", {0, 0, 0, 0, 0, 0, 0, 0, 0, 15, 0, 3, 1, 0, 0, 77, 1, 0},
		{3, true, true, 1, 2}, WAIT_RWLOCK, 77, 8},
	{"nothing but zeros", {0}, {0, false, true, 1, 4}, WAIT_FUTEX, 0, 0},
};

#define WAITED 0x80000000u
/* As read from a musl 1.2.3: owner is a thread that is joined. */
static const struct lock_case musl[] = {
	{"normal mutex", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, WAITED | 16, 1, 0, 0, 0, 0, 0},
		{WAITED | 16, false, false, 1, 4}, WAIT_MUTEX, 0, 4},
	{"shared normal mutex", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, WAITED | 16, 2, 0, 0, 0, 0, 0},
		{WAITED | 16, true, false, 1, 1}, WAIT_MUTEX, 0, 4},
	{"errorcheck mutex of thread 16",
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, WAITED | 16, 1, 0, 0, 0, 0, 0},
		{WAITED | 16, false, false, 1, 4}, WAIT_FUTEX, 0, 0},
	{"robust mutex of glibc's, of thread 16",
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, WAITED | 16, 1, 16, 1, 16, 0, 0},
		{WAITED | 16, false, false, 1, 4}, WAIT_FUTEX, 0, 0},
	{"more waiters than threads",
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, WAITED | 16, 9, 0, 0, 0, 0, 0},
		{WAITED | 16, false, false, 1, 4}, WAIT_FUTEX, 0, 0},
	{"rwlock that is written", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, UINT32_MAX, 2, 0, 0, 0, 0, 0},
		{UINT32_MAX, false, false, 2, 4}, WAIT_RWLOCK, 0, 0},
	{"rwlock that one reads", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, WAITED | 1, 1, 0, 0, 0, 0, 0},
		{WAITED | 1, false, false, 1, 4}, WAIT_RWLOCK, 0, 0},
	{"recursive mutex of thread 1",
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, WAITED | 1, 1, 0, 0, 0, 0, 0},
		{WAITED | 1, false, false, 1, 4}, WAIT_FUTEX, 0, 0},
	{"semaphore", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, WAITED, 1, 128, 0, 0, 0, 0},
		{WAITED, false, false, 1, 4}, WAIT_SEMAPHORE, 0, 0},
	{"older semaphore", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UINT32_MAX, 1, 128, 0, 0, 0, 0},
		{UINT32_MAX, false, false, 1, 4}, WAIT_SEMAPHORE, 0, 0},
	{"join", {0, 0x8b00, 0x7f, 0x9b00, 0x7f, 0, 0, 5, 6, 4321, 0, 2, 0, 1, 0, 0, 0, 0},
		{2, false, false, 1, 4}, WAIT_JOIN, 4321, 0},
	{"no join: no list of threads before",
		{0, 0, 0, 0x9b00, 0x7f, 0, 0, 5, 6, 4321, 0, 2, 0, 1, 0, 0, 0, 0},
		{2, false, false, 1, 4}, WAIT_FUTEX, 0, 0},
	{"waited for with a bitset",
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, WAITED | 16, 1, 0, 0, 0, 0, 0},
		{WAITED | 16, false, true, 1, 4}, WAIT_FUTEX, 0, 0},
};

static struct lock_words words_of(const uint32_t word[N])
{
	struct lock_words w = {.has_before = true, .has_at = true};

	memcpy(w.before, word, sizeof w.before);
	memcpy(w.at, word + CENTRE, sizeof w.at);
	return w;
}

static void forms_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct lock_words w = words_of(cases[i].word);
		struct lock_object found = {1, 1};
		enum wait_kind kind = lock_words_kind(&w, &cases[i].use, &found);

		if (kind != cases[i].kind || found.owner != cases[i].owner ||
			found.inside != cases[i].inside)
			fail_msg("%s: %s of %u, %u bytes inside", cases[i].what,
				wait_kind_name(kind), found.owner, found.inside);
	}
}

static void what_was_not_read_tells_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lock_words w = words_of(cases[i].word);
		struct lock_object found;

		w.has_at = false;
		assert_int_equal(lock_words_kind(&w, &cases[i].use, &found), WAIT_FUTEX);
	}
}

static void mutexes_bear_owner_and_type(void **state)
{
	static const uint32_t robust[N] = {[CENTRE] = 0x8000004d, 1, 77, 1, 17};
	static const uint32_t plain[N] = {[CENTRE] = 2, 0, 77, 1, 0};
	static const uint32_t other[N] = {[CENTRE] = 2, 0, 77, 1, 0x10000};
	const struct lock_use of_robust = {.expected = 0x8000004d}, of_plain = {.expected = 2};
	struct lock_words w = words_of(robust);
	uint32_t owner;
	uint8_t type;

	(void)state;
	assert_true(lock_words_mutex(&w, &of_robust, &owner, &type));
	assert_int_equal(owner, 77);
	assert_int_equal(type, 17);
	w = words_of(plain);
	assert_true(lock_words_mutex(&w, &of_plain, &owner, &type));
	assert_int_equal(owner, 77);
	assert_int_equal(type, 0);
	assert_false(lock_words_mutex(&w, &of_robust, &owner, &type));
	w = words_of(other);
	assert_false(lock_words_mutex(&w, &of_plain, &owner, &type));
}

static void forms_of_musl_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof musl / sizeof *musl; i++) {
		const struct lock_words w = words_of(musl[i].word);
		struct lock_object found = {1, 1};
		enum wait_kind kind = lock_words_musl(&w, &musl[i].use, &found);

		if (kind != musl[i].kind || found.owner != musl[i].owner ||
			found.inside != musl[i].inside)
			fail_msg("%s: %s of %u, %u bytes inside", musl[i].what,
				wait_kind_name(kind), found.owner, found.inside);
	}
}

static void types_of_musl_are_those_of_glibc(void **state)
{
	struct lock_words w = {.has_before = true};
	uint8_t inside;

	(void)state;
	w.before[LOCK_WORDS_BEFORE - 1] = 2 | 128;
	assert_int_equal(lock_words_musl_type(&w, &inside), 2);
	assert_int_equal(inside, 4);
	w.before[LOCK_WORDS_BEFORE - 1] = 1 | 4;
	assert_int_equal(lock_words_musl_type(&w, &inside), 1 | 16);
	assert_int_equal(inside, 4);
	w.before[LOCK_WORDS_BEFORE - 1] = 0x7f001;
	assert_int_equal(lock_words_musl_type(&w, &inside), 0);
	assert_int_equal(inside, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_musl_are_told_apart),
		cmocka_unit_test(types_of_musl_are_those_of_glibc),
		cmocka_unit_test(forms_are_told_apart),
		cmocka_unit_test(what_was_not_read_tells_nothing),
		cmocka_unit_test(mutexes_bear_owner_and_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
