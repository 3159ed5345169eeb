/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/cow.h"

/* A page with contents of its own: present and not the kernel's zero page. */
static bool own(uint64_t entry)
{
	return (entry & (PAGE_PRESENT | PAGE_ZERO)) == PAGE_PRESENT;
}

static bool same_frame(uint64_t x, uint64_t y)
{
	return !((x ^ y) & PAGE_FRAME);
}

/* Whether two present pages are one; without frames an estimate from bit 56. */
static bool same_page(uint64_t a, uint64_t b, bool exact)
{
	if (exact)
		return same_frame(a, b);
	if ((a & PAGE_FILE) || (b & PAGE_FILE))
		return a & b & PAGE_FILE;
	return !((a | b) & PAGE_EXCLUSIVE);
}

/* Two anonymous pages of different frames: whose frame changed since they were one. */
static enum page_verdict attribute(const struct cow_page *p)
{
	uint64_t a_before = p->a_before, b_before = p->b_before;
	bool a_moved, b_moved;

	if (!p->exact || a_before == COW_UNSEEN)
		return PAGE_VERDICT_COPIED;
	if (b_before == COW_UNSEEN)
		b_before = a_before;
	a_moved = !own(a_before) || !same_frame(p->a, a_before);
	b_moved = !own(b_before) || !same_frame(p->b, b_before);
	if (a_moved == b_moved)
		return PAGE_VERDICT_COPIED;
	return a_moved ? PAGE_VERDICT_COPIED_BY_A : PAGE_VERDICT_COPIED_BY_B;
}

static enum page_verdict diverged(const struct cow_page *p)
{
	if (p->a & p->b & PAGE_FILE)
		return PAGE_VERDICT_CHANGED;
	if (p->a & PAGE_FILE)
		return PAGE_VERDICT_COPIED_BY_B;
	if (p->b & PAGE_FILE)
		return PAGE_VERDICT_COPIED_BY_A;
	switch (p->verdict_before) {
	case PAGE_VERDICT_COPIED:
	case PAGE_VERDICT_COPIED_BY_A:
	case PAGE_VERDICT_COPIED_BY_B:
	case PAGE_VERDICT_BORN_APART:
		return p->verdict_before;
	default:
		break;
	}
	return p->absent_before_fork ? PAGE_VERDICT_BORN_APART : attribute(p);
}

/* The verdict where at most one side has a page of its own. */
static enum page_verdict alone(uint64_t a, uint64_t b)
{
	if (own(a))
		return PAGE_VERDICT_ONLY_A;
	if (own(b))
		return PAGE_VERDICT_ONLY_B;
	return (a | b) & PAGE_PRESENT ? PAGE_VERDICT_ZERO : PAGE_VERDICT_ABSENT;
}

enum page_verdict cow_verdict(const struct cow_page *p)
{
	if ((p->a | p->b) & PAGE_CHANGED)
		return PAGE_VERDICT_CHANGED;
	if ((p->a | p->b) & PAGE_SWAPPED)
		return PAGE_VERDICT_SWAPPED;
	if (!own(p->a) || !own(p->b))
		return alone(p->a, p->b);
	if (!same_page(p->a, p->b, p->exact))
		return diverged(p);
	return p->a & PAGE_FILE ? PAGE_VERDICT_FILE_SHARED : PAGE_VERDICT_COW_SHARED;
}

enum page_verdict cow_verdict_shared(uint64_t a, uint64_t b, bool exact)
{
	if (!((a | b) & PAGE_PRESENT))
		return (a | b) & PAGE_SWAPPED ? PAGE_VERDICT_SWAPPED : PAGE_VERDICT_ABSENT;
	/* One object has one frame for a page: it was replaced between the reads. */
	if (exact && (a & b & PAGE_PRESENT) && !same_frame(a, b))
		return PAGE_VERDICT_CHANGED;
	return PAGE_VERDICT_SHARED_MEMORY;
}

enum page_verdict cow_verdict_unrelated(uint64_t a, uint64_t b, bool exact)
{
	bool shared = own(a) && own(b) && same_page(a, b, exact);

	if ((a | b) & PAGE_SWAPPED)
		return PAGE_VERDICT_SWAPPED;
	/* Without frames bit 56 says "shared with someone", and here B is not a likely one. */
	if (shared && (a & PAGE_FILE))
		return PAGE_VERDICT_FILE_SHARED;
	if (shared && exact)
		return PAGE_VERDICT_COW_SHARED;
	return alone(a, b);
}
