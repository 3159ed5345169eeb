/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of frames, and what a pair tells of the frames that both map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/compare/frames.h"
#include "twintop/model/frames.h"

#define PAGE_BYTES 4096ull

static void test_a_set_holds_each_frame_once(void **state)
{
	static const uint64_t frames[] = {1, 63, 64, 1u << 18, (1ull << 40) - 1};
	struct frame_set s = {0};
	uint64_t at = 0;

	(void)state;
	assert_false(frame_set_next(&s, &at));
	for (size_t i = 0; i < 5; i++) {
		assert_false(frame_set_has(&s, frames[i]));
		assert_true(frame_set_add(&s, frames[i]));
		assert_false(frame_set_add(&s, frames[i]));
	}
	assert_false(frame_set_add(&s, 1ull << 40)); /* no machine has that much */
	assert_false(frame_set_has(&s, 1ull << 54));
	assert_int_equal(s.n, 5);
	for (size_t i = 0; i < 5; i++, at++) {
		assert_true(frame_set_next(&s, &at));
		assert_int_equal(at, frames[i]);
	}
	assert_false(frame_set_next(&s, &at));
	assert_true(frame_set_take(&s, 64));
	assert_false(frame_set_take(&s, 64));
	assert_false(frame_set_take(&s, 65));
	assert_int_equal(s.n, 4);
	frame_set_free(&s);
}

/* Two strangers: A's pages at 16 pages on, B's elsewhere; frames 100 to 107 and 104 to 111. */
struct strangers {
	struct snapshot s;
	struct memory_map memory[2];
	struct page_map pages[2];
	struct mapping mapping[2];
	struct page_run run[2];
	uint64_t entry[2][10];
	struct pair_mapping row[2];
	struct verdicts v;
	struct pair p;
};

static void make_strangers(struct strangers *t)
{
	memset(t, 0, sizeof *t);
	for (unsigned side = 0; side < 2; side++) {
		for (unsigned i = 0; i < 8; i++)
			t->entry[side][i] = PAGE_PRESENT | (100 + 4 * side + i);
		t->entry[side][8] = PAGE_PRESENT | PAGE_ZERO | 7;
		t->entry[side][9] = PAGE_SWAPPED | 104;
		t->mapping[side].start = (16 + side * 1000) * PAGE_BYTES;
		t->mapping[side].end = t->mapping[side].start + 10 * PAGE_BYTES;
		t->run[side] = (struct page_run){t->mapping[side].start, 10, t->entry[side]};
		t->memory[side] = (struct memory_map){.n = 1, .mapping = &t->mapping[side]};
		t->pages[side] = (struct page_map){.memory = &t->memory[side],
			.page_size = PAGE_BYTES,
			.frames_known = true,
			.runs_n = 1,
			.run = &t->run[side]};
		t->s.side[side].memory = &t->memory[side];
		t->s.side[side].pages = &t->pages[side];
	}
	t->s.sides = 2;
	t->row[0] = (struct pair_mapping){
		.a = 0, .b = -1, .start = t->mapping[0].start, .end = t->mapping[0].end};
	t->row[1] = (struct pair_mapping){
		.a = -1, .b = 0, .start = t->mapping[1].start, .end = t->mapping[1].end};
	t->v.mappings_n = 2;
	t->v.mapping = t->row;
	t->v.pages_exact = true;
	t->p.verdicts = &t->v;
}

static void test_strangers_have_frames_in_common(void **state)
{
	struct strangers t;

	(void)state;
	make_strangers(&t);
	t.entry[1][7] = PAGE_PRESENT | 104; /* the same frame twice in B */
	frames_compare(&t.s, &t.p, &t.v);
	assert_int_equal(t.v.frames.state, VALUE_KNOWN);
	assert_int_equal(t.v.frames.common, 4);
	assert_int_equal(t.v.frames.counts_state, VALUE_UNREAD);
	assert_non_null(t.v.frames.counts_reason);
}

static void test_unknown_has_its_reason(void **state)
{
	struct strangers t;

	(void)state;
	make_strangers(&t);
	t.v.pages_exact = false;
	frames_compare(&t.s, &t.p, &t.v);
	assert_int_equal(t.v.frames.state, VALUE_DENIED);
	assert_non_null(t.v.frames.reason);
	make_strangers(&t);
	t.p.one_space = true;
	frames_compare(&t.s, &t.p, &t.v);
	assert_int_equal(t.v.frames.state, VALUE_NONE);
	make_strangers(&t);
	t.v.fork_related = true; /* equal addresses answer it */
	frames_compare(&t.s, &t.p, &t.v);
	assert_int_equal(t.v.frames.state, VALUE_UNREAD);
	make_strangers(&t);
	t.v.pages_state = VALUE_GONE;
	frames_compare(&t.s, &t.p, &t.v);
	assert_int_equal(t.v.frames.state, VALUE_GONE);
	assert_non_null(t.v.frames.counts_reason);
}

/* Of six frames four were looked up; two of A's pages are mapped by others. */
static void test_others_are_told_by_row(void **state)
{
	uint64_t frame[] = {104, 105, 106, 107}, others[] = {0, 3, 1, 0};
	struct frame_counts counts = {.common = 6, .n = 4, .frame = frame, .others = others};
	struct strangers t;

	(void)state;
	make_strangers(&t);
	t.pages[0].counts = &counts;
	t.v.fork_related = true;
	frames_compare(&t.s, &t.p, &t.v);
	assert_int_equal(t.v.frames.common, 6);
	assert_int_equal(t.v.frames.counted, 4);
	assert_int_equal(t.v.frames.others, 2);
	assert_int_equal(t.row[0].counted_pages, 4);
	assert_int_equal(t.row[0].others_pages, 2);
	assert_int_equal(t.row[1].counted_pages, 0);
	t.pages[1].part.begin_ns = 1; /* not read together: the counts are of another pair */
	frames_compare(&t.s, &t.p, &t.v);
	assert_int_equal(t.v.frames.counts_state, VALUE_UNREAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_holds_each_frame_once),
		cmocka_unit_test(test_strangers_have_frames_in_common),
		cmocka_unit_test(test_unknown_has_its_reason),
		cmocka_unit_test(test_others_are_told_by_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
