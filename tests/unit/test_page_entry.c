/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of pagemap's entries, of which the bit for swap stands on more than swap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/proc/pages_internal.h"

#define SWAP(kind, offset) (PAGE_SWAPPED | (uint64_t)(offset) << 5 | (kind))
#define UFFD		   (1ull << 57) /* write-protected by userfaultfd */
#define SOFT_DIRTY	   (1ull << 55)

struct row {
	uint64_t entry, kept;
};

static void check(const struct page_reader *r, const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pages_entry(r, row[i].entry), row[i].kept);
}
#define CHECK(r, rows) check(r, rows, sizeof(rows) / sizeof *(rows))

static void with_frames_the_kind_tells(void **state)
{
	static const struct page_reader r = {.frames = true, .swap = true};
	static const struct row row[] = {
		{PAGE_PRESENT | 0x1234, PAGE_PRESENT | 0x1234},
		{PAGE_PRESENT | UFFD | SOFT_DIRTY | 7, PAGE_PRESENT | 7},
		{SWAP(0, 77), SWAP(0, 77)},
		{SWAP(22, 77), SWAP(22, 77)},
		/* Guards: by the bit of 6.15, by the marker alone before that. */
		{SWAP(31, 4) | PAGE_GUARD, PAGE_GUARD},
		{SWAP(31, 4), PAGE_GUARD},
		/* Poisoned, and protected though there is nothing. */
		{SWAP(31, 2), 0},
		{SWAP(31, 1) | UFFD, 0},
		/* It moves just now: nothing is said of it. */
		{SWAP(30, 0x1234), PAGE_CHANGED},
		{SWAP(23, 0x1234) | PAGE_FILE, PAGE_CHANGED},
		{0, 0},
	};

	(void)state;
	CHECK(&r, row);
}

static void without_frames_swap_must_be_in_use(void **state)
{
	static const struct page_reader used = {.swap = true}, unused = {.swap = false};
	static const struct row in_use[] = {
		{PAGE_SWAPPED, PAGE_SWAPPED},
		{PAGE_SWAPPED | PAGE_GUARD, PAGE_GUARD},
		{PAGE_PRESENT | 5, PAGE_PRESENT},
	};
	static const struct row not_in_use[] = {
		{PAGE_SWAPPED, 0},
		{PAGE_SWAPPED | PAGE_GUARD, PAGE_GUARD},
		{PAGE_PRESENT | PAGE_EXCLUSIVE, PAGE_PRESENT | PAGE_EXCLUSIVE},
	};

	(void)state;
	CHECK(&used, in_use);
	CHECK(&unused, not_in_use);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_frames_the_kind_tells),
		cmocka_unit_test(without_frames_swap_must_be_in_use),
	};

	return cmocka_run_group_tests_name("page entry", tests, NULL, NULL);
}
