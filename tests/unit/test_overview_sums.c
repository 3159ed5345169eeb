/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one side's lists add up to in the overview, and that it is not added up again for nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/view/overview_internal.h"
#include "twintop/model/snapshot.h"

#define PAGE 4096u

static struct mapping two[] = {
	{.start = 0x1000, .end = 0x5000, .kind = MAPPING_HEAP},
	{.start = 0x7000, .end = 0x9000, .kind = MAPPING_ANONYMOUS},
};
static struct page_counts counts[] = {{.resident = 3}, {.resident = 1}};
static struct page_counts more[] = {{.resident = 4}, {.resident = 2}};

static struct memory_map *mappings(void)
{
	struct memory_map *m = part_make(PART_MAPPINGS);

	m->mapping = two;
	m->n = sizeof two / sizeof *two;
	part_seal(&m->part, 0, 0);
	return m;
}

static struct page_map *pages(const struct memory_map *m, struct page_counts *of)
{
	struct page_map *p = part_make(PART_PAGES);

	p->memory = part_get(m);
	p->page_size = PAGE;
	p->mapping = of;
	part_seal(&p->part, 0, 0);
	return p;
}

/* The second mapping is a thread's stack. */
static struct mapping_marks *marks(const struct memory_map *m)
{
	static struct mapping_mark stack = {
		.mapping = 1, .kind = MAPPING_THREAD_STACK, .owner_tid = 7};
	struct mapping_marks *marks = part_new(sizeof *marks);

	marks->part.release = mapping_marks_release;
	marks->memory = part_get(m);
	marks->mark = &stack;
	marks->n = 1;
	return marks;
}

/* A moment of one side, of its own references. */
static const struct moment *moment_of(
	const struct memory_map *m, const struct page_map *p, const struct mapping_marks *k)
{
	struct snapshot *s = snapshot_new();

	s->sides = 1;
	s->side[0].memory = part_get(m);
	s->side[0].pages = part_get(p);
	s->side[0].marks = part_get(k);
	part_seal(&s->part, 0, 0);
	return moment_new(s, NULL);
}

static void sum(const struct moment *m, const struct moment *was, struct overview_sums *sums)
{
	const struct view_env env = {.moment = m};

	overview_sum(&env, 0, was, sums);
}

static void assert_segment(
	const struct overview_sums *sums, enum segment which, uint64_t size, uint64_t resident)
{
	assert_int_equal(sums->segment[which].size_bytes, size);
	assert_int_equal(sums->segment[which].resident_bytes, resident * PAGE);
}

static void segments_follow_what_they_are_made_of(void **state)
{
	struct memory_map *m = mappings(), *others = mappings();
	struct page_map *p = pages(m, counts), *read_anew = pages(m, more);
	struct mapping_marks *k = marks(m);
	const struct moment *first = moment_of(m, p, NULL), *read = moment_of(m, read_anew, NULL);
	const struct moment *marked = moment_of(m, read_anew, k), *mapped = moment_of(others, p, k);
	struct overview_sums sums = {0};

	(void)state;
	sum(first, NULL, &sums);
	assert_segment(&sums, SEGMENT_HEAP, 0x4000, 3);
	assert_segment(&sums, SEGMENT_ANONYMOUS, 0x2000, 1);
	sum(read, first, &sums);
	assert_segment(&sums, SEGMENT_HEAP, 0x4000, 4);
	sum(marked, read, &sums);
	assert_segment(&sums, SEGMENT_ANONYMOUS, 0, 0);
	assert_segment(&sums, SEGMENT_STACKS, 0x2000, 2);
	sum(mapped, marked, &sums); /* pages and marks are of other mappings */
	assert_segment(&sums, SEGMENT_STACKS, 0, 0);
	assert_segment(&sums, SEGMENT_HEAP, 0x4000, 0);
	moment_put(first);
	moment_put(read);
	moment_put(marked);
	moment_put(mapped);
	part_put(k);
	part_put(p);
	part_put(read_anew);
	part_put(m);
	part_put(others);
}

/* Ten thousand mappings would be: what was added up stands, whatever is written beneath. */
static void the_same_is_not_added_up_again(void **state)
{
	struct memory_map *m = mappings();
	struct page_map *p = pages(m, counts);
	const struct moment *first = moment_of(m, p, NULL), *next = moment_of(m, p, NULL);
	struct overview_sums sums = {0};

	(void)state;
	sum(first, NULL, &sums);
	counts[0].resident = 100;
	sum(next, first, &sums);
	assert_segment(&sums, SEGMENT_HEAP, 0x4000, 3);
	assert_int_equal(sums.memory, VALUE_KNOWN);
	assert_int_equal(sums.pages, VALUE_KNOWN);
	sum(next, NULL, &sums);
	assert_segment(&sums, SEGMENT_HEAP, 0x4000, 100);
	counts[0].resident = 3;
	moment_put(first);
	moment_put(next);
	part_put(p);
	part_put(m);
}

static void a_side_that_is_not_there_adds_up_to_nothing(void **state)
{
	struct memory_map *m = mappings();
	const struct moment *one = moment_of(m, NULL, NULL);
	const struct view_env env = {.moment = one};
	struct overview_sums sums = {.segment[SEGMENT_HEAP].size_bytes = 7};

	(void)state;
	overview_sum(&env, 1, one, &sums);
	assert_int_equal(sums.memory, VALUE_UNREAD);
	assert_segment(&sums, SEGMENT_HEAP, 0, 0);
	moment_put(one);
	part_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_follow_what_they_are_made_of),
		cmocka_unit_test(the_same_is_not_added_up_again),
		cmocka_unit_test(a_side_that_is_not_there_adds_up_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
