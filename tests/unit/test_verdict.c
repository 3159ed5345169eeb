/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DESIGN.md's table of page verdicts, row by row, and what holds for any two entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twintop/compare/cow.h"

#define P	  PAGE_PRESENT
#define X	  PAGE_EXCLUSIVE
#define FILE_PAGE (PAGE_PRESENT | PAGE_FILE)
#define ZERO	  (PAGE_PRESENT | PAGE_ZERO | 7)
#define SWAP	  (PAGE_SWAPPED | 0x123)
#define NEVER	  COW_UNSEEN

struct row {
	const char *what;
	struct cow_page page;
	enum page_verdict verdict;
};

static const struct row rows[] = {
	{"same frame, anonymous", {P | 1, P | 1, NEVER, NEVER, .exact = true},
		PAGE_VERDICT_COW_SHARED},
	{"same frame, file", {FILE_PAGE | 1, FILE_PAGE | 1, NEVER, NEVER, .exact = true},
		PAGE_VERDICT_FILE_SHARED},
	{"different frames, nobody looked", {P | X | 1, P | X | 2, NEVER, NEVER, .exact = true},
		PAGE_VERDICT_COPIED},
	{"A's frame changed", {P | X | 3, P | X | 1, P | 1, P | 1, .exact = true},
		PAGE_VERDICT_COPIED_BY_A},
	{"B's frame changed", {P | X | 1, P | X | 3, P | 1, P | 1, .exact = true},
		PAGE_VERDICT_COPIED_BY_B},
	{"both frames changed", {P | X | 3, P | X | 4, P | 1, P | 1, .exact = true},
		PAGE_VERDICT_COPIED},
	{"both moved to one frame", {P | 5, P | 5, P | 1, P | 1, .exact = true},
		PAGE_VERDICT_COW_SHARED},
	{"A as before the fork", {P | X | 1, P | X | 2, P | X | 1, NEVER, .exact = true},
		PAGE_VERDICT_COPIED_BY_B},
	{"B holds what A had before the fork",
		{P | X | 2, P | X | 1, P | X | 1, NEVER, .exact = true}, PAGE_VERDICT_COPIED_BY_A},
	{"A turned anonymous on a file page",
		{P | X | 2, FILE_PAGE | 1, NEVER, NEVER, .exact = true}, PAGE_VERDICT_COPIED_BY_A},
	{"B turned anonymous on a file page",
		{FILE_PAGE | 1, P | X | 2, NEVER, NEVER, .exact = true}, PAGE_VERDICT_COPIED_BY_B},
	{"both turned anonymous",
		{P | X | 3, P | X | 2, FILE_PAGE | 1, FILE_PAGE | 1, .exact = true},
		PAGE_VERDICT_COPIED},
	{"one page of the cache has two frames",
		{FILE_PAGE | 1, FILE_PAGE | 2, NEVER, NEVER, .exact = true}, PAGE_VERDICT_CHANGED},
	{"absent in A before the fork", {P | X | 1, P | X | 2, NEVER, NEVER, true, .exact = true},
		PAGE_VERDICT_BORN_APART},
	{"born apart stays",
		{P | X | 1, P | X | 9, P | X | 1, P | X | 2, false, PAGE_VERDICT_BORN_APART, true},
		PAGE_VERDICT_BORN_APART},
	{"an author stays",
		{P | X | 8, P | X | 9, P | X | 1, P | X | 2, false, PAGE_VERDICT_COPIED_BY_A, true},
		PAGE_VERDICT_COPIED_BY_A},
	{"unless the frames are one again",
		{P | 1, P | 1, P | X | 1, P | X | 2, false, PAGE_VERDICT_COPIED_BY_A, true},
		PAGE_VERDICT_COW_SHARED},
	{"in A only", {P | X | 1, 0, NEVER, NEVER, .exact = true}, PAGE_VERDICT_ONLY_A},
	{"in B only", {0, P | X | 1, NEVER, NEVER, .exact = true}, PAGE_VERDICT_ONLY_B},
	{"in neither", {0, 0, NEVER, NEVER, .exact = true}, PAGE_VERDICT_ABSENT},
	{"a guard is no page", {PAGE_GUARD, 0, NEVER, NEVER, .exact = true}, PAGE_VERDICT_ABSENT},
	{"zero page in both", {ZERO, ZERO, NEVER, NEVER, .exact = true}, PAGE_VERDICT_ZERO},
	{"zero page in one", {0, ZERO, NEVER, NEVER, .exact = true}, PAGE_VERDICT_ZERO},
	{"zero page against A's own", {P | X | 1, ZERO, NEVER, NEVER, .exact = true},
		PAGE_VERDICT_ONLY_A},
	{"swapped in both", {SWAP, SWAP, NEVER, NEVER, .exact = true}, PAGE_VERDICT_SWAPPED},
	{"swapped in one", {SWAP, P | X | 1, NEVER, NEVER, .exact = true}, PAGE_VERDICT_SWAPPED},
	{"changed while reading", {P | 1 | PAGE_CHANGED, P | 1, NEVER, NEVER, .exact = true},
		PAGE_VERDICT_CHANGED},
	{"estimated: not exclusive in either", {P, P, NEVER, NEVER, .exact = false},
		PAGE_VERDICT_COW_SHARED},
	{"estimated: exclusive in both", {P | X, P | X, P, P, .exact = false}, PAGE_VERDICT_COPIED},
	{"estimated: exclusive in one", {P | X, P, P, P, .exact = false}, PAGE_VERDICT_COPIED},
	{"estimated: the cache's page", {FILE_PAGE, FILE_PAGE, NEVER, NEVER, .exact = false},
		PAGE_VERDICT_FILE_SHARED},
	{"estimated: B turned anonymous", {FILE_PAGE, P | X, NEVER, NEVER, .exact = false},
		PAGE_VERDICT_COPIED_BY_B},
	{"estimated: born apart", {P | X, P | X, 0, P | X, true, PAGE_VERDICT_ONLY_B, false},
		PAGE_VERDICT_BORN_APART},
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (cow_verdict(&rows[i].page) != rows[i].verdict)
			fail_msg("%s: %s, not %s", rows[i].what,
				page_verdict_info[cow_verdict(&rows[i].page)].id,
				page_verdict_info[rows[i].verdict].id);
}

/* The k-th of all entries that matter: flags in any combination on two frames. */
#define ENTRIES 64
static uint64_t entry_of(unsigned k)
{
	static const uint64_t flag[] = {
		PAGE_PRESENT, PAGE_FILE, PAGE_EXCLUSIVE, PAGE_ZERO, PAGE_SWAPPED};
	uint64_t entry = k & 32 ? 2 : 1;

	for (unsigned i = 0; i < 5; i++)
		if (k >> i & 1)
			entry |= flag[i];
	if (!(entry & (PAGE_PRESENT | PAGE_SWAPPED)))
		return 0;
	/* A present page is not in swap, and the zero page is no file's. */
	if (entry & PAGE_PRESENT)
		entry &= ~PAGE_SWAPPED;
	if (entry & PAGE_ZERO)
		entry = (entry & ~(PAGE_FILE | PAGE_EXCLUSIVE | PAGE_FRAME)) | 7;
	return entry;
}

static enum page_verdict mirrored(enum page_verdict v)
{
	switch (v) {
	case PAGE_VERDICT_COPIED_BY_A:
		return PAGE_VERDICT_COPIED_BY_B;
	case PAGE_VERDICT_COPIED_BY_B:
		return PAGE_VERDICT_COPIED_BY_A;
	case PAGE_VERDICT_ONLY_A:
		return PAGE_VERDICT_ONLY_B;
	case PAGE_VERDICT_ONLY_B:
		return PAGE_VERDICT_ONLY_A;
	default:
		return v;
	}
}

/* Both sides of one frame agree on what it is. */
static bool possible(const struct cow_page *p)
{
	bool one = (p->a & p->b & PAGE_PRESENT) && !((p->a ^ p->b) & PAGE_FRAME);

	return !one || !((p->a ^ p->b) & (PAGE_FILE | PAGE_ZERO));
}

static void check_any(const struct cow_page *p)
{
	struct cow_page mirror = {p->b, p->a, p->b_before, p->a_before, p->absent_before_fork,
		mirrored(p->verdict_before), p->exact};
	enum page_verdict v = cow_verdict(p);
	bool a_own = (p->a & PAGE_PRESENT) && !(p->a & PAGE_ZERO);
	bool b_own = (p->b & PAGE_PRESENT) && !(p->b & PAGE_ZERO);
	bool one_frame = !((p->a ^ p->b) & PAGE_FRAME);

	assert_int_equal(cow_verdict(&mirror), mirrored(v));
	switch (v) {
	case PAGE_VERDICT_COW_SHARED:
		assert_true(a_own && b_own && !((p->a | p->b) & PAGE_FILE));
		assert_true(p->exact ? one_frame : !((p->a | p->b) & PAGE_EXCLUSIVE));
		break;
	case PAGE_VERDICT_FILE_SHARED:
		assert_true(a_own && b_own && (p->a & p->b & PAGE_FILE));
		assert_true(!p->exact || one_frame);
		break;
	case PAGE_VERDICT_COPIED:
	case PAGE_VERDICT_COPIED_BY_A:
	case PAGE_VERDICT_COPIED_BY_B:
	case PAGE_VERDICT_BORN_APART:
		assert_true(a_own && b_own && !(p->exact && one_frame));
		break;
	case PAGE_VERDICT_ONLY_A:
		assert_true(a_own && !b_own);
		break;
	case PAGE_VERDICT_ONLY_B:
		assert_true(b_own && !a_own);
		break;
	case PAGE_VERDICT_ZERO:
		assert_true(!a_own && !b_own && ((p->a | p->b) & PAGE_ZERO));
		break;
	case PAGE_VERDICT_SWAPPED:
		assert_true((p->a | p->b) & PAGE_SWAPPED);
		break;
	case PAGE_VERDICT_CHANGED:
		assert_true(p->exact && (p->a & p->b & PAGE_FILE) && !one_frame);
		break;
	default:
		assert_int_equal(v, PAGE_VERDICT_ABSENT);
		assert_false((p->a | p->b) & (PAGE_PRESENT | PAGE_SWAPPED));
	}
}

static void test_sweep(void **state)
{
	static const enum page_verdict before[] = {PAGE_VERDICT_ABSENT, PAGE_VERDICT_COW_SHARED,
		PAGE_VERDICT_COPIED_BY_A, PAGE_VERDICT_BORN_APART, PAGE_VERDICT_ONLY_A};
	size_t checked = 0;

	(void)state;
	for (unsigned a = 0; a < ENTRIES; a++)
		for (unsigned b = 0; b < ENTRIES; b++)
			for (unsigned was = 0; was < ENTRIES; was += 3)
				for (size_t v = 0; v < 5; v++)
					for (unsigned bits = 0; bits < 4; bits++) {
						struct cow_page p = {entry_of(a), entry_of(b),
							entry_of(was), entry_of(63 - was), bits & 1,
							before[v], (bits & 2) != 0};

						if (!possible(&p))
							continue;
						check_any(&p);
						checked++;
					}
	assert_true(checked > 100000);
}

static void test_shared_mapping(void **state)
{
	(void)state;
	assert_int_equal(
		cow_verdict_shared(FILE_PAGE | 1, FILE_PAGE | 1, true), PAGE_VERDICT_SHARED_MEMORY);
	assert_int_equal(cow_verdict_shared(FILE_PAGE | 1, 0, true), PAGE_VERDICT_SHARED_MEMORY);
	assert_int_equal(cow_verdict_shared(0, FILE_PAGE, false), PAGE_VERDICT_SHARED_MEMORY);
	assert_int_equal(
		cow_verdict_shared(FILE_PAGE | 1, FILE_PAGE | 2, true), PAGE_VERDICT_CHANGED);
	assert_int_equal(cow_verdict_shared(SWAP, 0, true), PAGE_VERDICT_SWAPPED);
	assert_int_equal(cow_verdict_shared(0, 0, true), PAGE_VERDICT_ABSENT);
}

static void test_unrelated(void **state)
{
	(void)state;
	assert_int_equal(cow_verdict_unrelated(FILE_PAGE | 1, FILE_PAGE | 1, true),
		PAGE_VERDICT_FILE_SHARED);
	assert_int_equal(
		cow_verdict_unrelated(FILE_PAGE, FILE_PAGE, false), PAGE_VERDICT_FILE_SHARED);
	/* Merged by KSM. */
	assert_int_equal(cow_verdict_unrelated(P | 1, P | 1, true), PAGE_VERDICT_COW_SHARED);
	assert_int_equal(cow_verdict_unrelated(P, P, false), PAGE_VERDICT_ONLY_A);
	assert_int_equal(cow_verdict_unrelated(P | X | 1, P | X | 2, true), PAGE_VERDICT_ONLY_A);
	assert_int_equal(cow_verdict_unrelated(0, P | X | 2, true), PAGE_VERDICT_ONLY_B);
	assert_int_equal(cow_verdict_unrelated(ZERO, ZERO, true), PAGE_VERDICT_ZERO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_shared_mapping),
		cmocka_unit_test(test_unrelated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
