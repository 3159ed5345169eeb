/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Families: pages of a member beside the first one's, the order of the tree, what is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/model/family.h"

#define PAGE   4096u
#define PAGES  8
#define START  (16 * PAGE)
#define AT(i)  (START + (i)*PAGE)
#define ANON   (PAGE_PRESENT)
#define FILE_P (PAGE_PRESENT | PAGE_FILE)

/* One mapping of eight pages. */
struct space {
	struct mapping mapping;
	struct memory_map memory;
	struct page_run run;
	uint64_t entry[PAGES];
	struct page_map pages;
};

static void make_space(struct space *s, bool frames)
{
	memset(s, 0, sizeof *s);
	s->mapping = (struct mapping){
		.start = START, .end = AT(PAGES), .flags = MAPPING_READ | MAPPING_WRITE};
	s->memory = (struct memory_map){.n = 1, .mapping = &s->mapping};
	s->run = (struct page_run){START, PAGES, s->entry};
	s->pages = (struct page_map){.memory = &s->memory,
		.page_size = PAGE,
		.frames_known = frames,
		.runs_n = 1,
		.run = &s->run};
}

/* Shared, shared, copied, only there, only here, zero page, swapped, moved while it was read. */
static void fill(struct space *first, struct space *member)
{
	const uint64_t a[PAGES] = {ANON | 1, FILE_P | 2, ANON | 3 | PAGE_EXCLUSIVE, ANON | 4, 0,
		ANON | PAGE_ZERO | 9, PAGE_SWAPPED | 5, ANON | 6},
		       b[PAGES] = {ANON | 1, FILE_P | 2, ANON | 13 | PAGE_EXCLUSIVE, 0,
			       ANON | 14 | PAGE_EXCLUSIVE, ANON | PAGE_ZERO | 9, PAGE_SWAPPED | 5,
			       ANON | 16 | PAGE_CHANGED};

	memcpy(first->entry, a, sizeof a);
	memcpy(member->entry, b, sizeof b);
}

static void pages_are_told_by_their_frames(void **state)
{
	struct space first, member;
	struct frame_set frames = {0};
	struct member_pages p;

	(void)state;
	make_space(&first, true);
	make_space(&member, true);
	fill(&first, &member);
	p = family_count(&member.pages, &first.pages, &frames);
	assert_int_equal(p.resident, 5);
	assert_int_equal(p.own, 2);
	assert_int_equal(p.shared, 2);
	assert_int_equal(p.copied, 1);
	assert_int_equal(p.private, 4);
	assert_int_equal(p.kept, 1);
	assert_int_equal(frames.n, 5);
	family_count(&first.pages, NULL, &frames);
	assert_int_equal(frames.n, 8); /* 3, 4 and 6 are new */
	frame_set_free(&frames);
}

static void without_frames_flags_tell(void **state)
{
	struct space first, member;
	struct frame_set frames = {0};
	struct member_pages p;

	(void)state;
	make_space(&first, false);
	make_space(&member, false);
	fill(&first, &member);
	p = family_count(&member.pages, &first.pages, &frames);
	assert_false(p.frames_known);
	assert_int_equal(p.resident, 5);
	assert_int_equal(p.shared, 2);
	assert_int_equal(p.copied, 1);
	assert_int_equal(p.private, 4);
	assert_int_equal(p.kept, 1);
	assert_int_equal(frames.n, 0);
}

/* Of shared memory and of a file, which a fork does not copy, nothing is kept or lost. */
static void what_is_shared_for_good_is_not_what_a_fork_shared(void **state)
{
	struct space first, member;
	struct member_pages p;

	(void)state;
	for (int file = 0; file < 2; file++) {
		make_space(&first, true);
		make_space(&member, true);
		if (file)
			first.mapping.inode = member.mapping.inode = 7;
		else
			first.mapping.flags = member.mapping.flags |= MAPPING_SHARED;
		for (unsigned i = 0; i < PAGES; i++) {
			first.entry[i] = FILE_P | (i + 1);
			member.entry[i] = i % 2 ? FILE_P | (i + 1) : 0;
		}
		p = family_count(&member.pages, &first.pages, NULL);
		assert_int_equal(p.shared, PAGES / 2);
		assert_int_equal(p.private + p.kept + p.copied, 0);
		assert_int_equal(family_count(&first.pages, NULL, NULL).private, 0);
	}
}

/* What is mapped anew, of another file or at another place of it, was never the first one's. */
static void other_mappings_are_not_compared(void **state)
{
	struct space first, member;
	struct member_pages p;

	(void)state;
	for (int way = 0; way < 3; way++) {
		make_space(&first, true);
		make_space(&member, true);
		fill(&first, &member);
		first.mapping.inode = member.mapping.inode = way ? 7 : 0;
		if (way == 0)
			member.mapping.flags |= MAPPING_SHARED;
		else if (way == 1)
			member.mapping.inode = 8;
		else
			member.mapping.offset = PAGE;
		p = family_count(&member.pages, &first.pages, NULL);
		assert_int_equal(p.resident, 5);
		assert_int_equal(p.shared + p.copied, 0);
	}
}

static struct member one(pid_t pid, uint64_t start, pid_t parent, uint64_t parent_start)
{
	return (struct member){.id = {pid, start}, .parent_id = {parent, parent_start}};
}

/* A number that was used twice, a parent that is younger than its tick, one without a parent. */
static void the_tree_stands_in_order(void **state)
{
	struct member m[] = {one(100, 5, 1, 1), one(104, 9, 102, 6), one(102, 6, 100, 5),
		one(101, 6, 100, 5), one(90, 6, 102, 6), one(104, 12, 101, 6), one(50, 7, 77, 7)};
	static const pid_t order[] = {100, 101, 104, 102, 90, 104, 50};
	static const unsigned depth[] = {0, 1, 2, 1, 2, 2, 1};
	static const size_t parent[] = {FAMILY_NO_PARENT, 0, 1, 0, 3, 3, FAMILY_NO_PARENT};

	(void)state;
	family_order(m, sizeof m / sizeof *m);
	for (size_t i = 0; i < sizeof m / sizeof *m; i++) {
		assert_int_equal(m[i].id.pid, order[i]);
		assert_int_equal(m[i].depth, depth[i]);
		assert_true(m[i].parent == parent[i]);
	}
	assert_int_equal(m[2].id.start_ticks, 12);
	assert_int_equal(m[5].id.start_ticks, 9);
	family_order(NULL, 0);
}

static void what_is_not_known_has_a_reason(void **state)
{
	struct member m[3] = {one(1, 1, 0, 0), one(2, 2, 1, 1), one(3, 3, 2, 2)};
	struct family f = {.n = 3, .member = m, .distinct_state = VALUE_DENIED};

	(void)state;
	m[1].parent = 0;
	m[2].parent = 1;
	assert_null(family_uncounted(&f));
	assert_non_null(strstr(family_indistinct(&f), "CAP_SYS_ADMIN"));
	m[2].pages.state = VALUE_UNREAD;
	assert_non_null(strstr(family_uncounted(&f), "turns"));
	m[2].ended = true;
	assert_null(family_uncounted(&f));
	assert_non_null(member_apart(&f, 0));
	assert_null(member_apart(&f, 2));
	m[1].execed = true; /* what its child inherited is another program's */
	assert_non_null(member_apart(&f, 2));
	assert_true(family_find(&f, m[2].id) == &m[2]);
	assert_null(family_find(&f, (struct task_id){3, 4}));
	assert_null(family_find(NULL, m[2].id));
}

static void expect_label(const struct family *f, size_t i, bool brief, const char *label)
{
	struct textbuf b = {0};

	member_label(f, i, brief, &b);
	assert_string_equal(b.bytes, label);
	textbuf_free(&b);
}

/* Members of one name are told apart by what is their own, in little room by that alone. */
static void members_have_labels(void **state)
{
	struct member member[] = {
		{.comm = {"chromium", 8}, .parent = FAMILY_NO_PARENT},
		{.comm = {"chromium", 8}, .title = {"--type=renderer --id=7", 22}},
		{.comm = {"chromium", 8}, .title = {"--type=", 7}},
		{.comm = {"nginx", 5}, .title = {"nginx: worker process", 21}},
		{.comm = {"sh", 2}, .title = {"-c a=b\n", 7}},
		{.comm = {"nginx", 5}, .title = {"nginx", 5}},
		{.comm = {"redis", 5}, .title = {"redis: saves", 12}}, /* the only one */
	};
	struct member alike[] = {
		{.comm = {"python3", 7}, .parent = FAMILY_NO_PARENT},
		{.comm = {"python3", 7}, .title = {"-m serve --port=81", 18}},
		{.comm = {"python3", 7}, .title = {"-m serve --port=82", 18}},
		{.comm = {"sh", 2}, .title = {"-c", 2}},
	};
	const struct family f = {.n = 7, .member = member};
	struct family g = {.n = 4, .member = alike};

	(void)state;
	expect_label(&g, 1, true, "81");
	expect_label(&g, 2, true, "82");
	expect_label(&g, 3, true, "sh -c");
	g.n = 2; /* nobody is like it */
	expect_label(&g, 1, true, "-m serve --port=81");
	expect_label(&f, 0, true, "chromium");
	expect_label(&f, 1, false, "chromium --type=renderer --id=7");
	expect_label(&f, 1, true, "renderer --id=7");
	expect_label(&f, 2, true, "--type=");
	expect_label(&f, 3, false, "nginx: worker process");
	expect_label(&f, 3, true, "worker process");
	expect_label(&f, 4, false, "sh -c a=b\\n");
	expect_label(&f, 4, true, "sh -c a=b\\n");
	expect_label(&f, 5, true, "nginx");
	expect_label(&f, 6, true, "redis: saves");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_told_by_their_frames),
		cmocka_unit_test(what_is_shared_for_good_is_not_what_a_fork_shared),
		cmocka_unit_test(without_frames_flags_tell),
		cmocka_unit_test(other_mappings_are_not_compared),
		cmocka_unit_test(the_tree_stands_in_order),
		cmocka_unit_test(members_have_labels),
		cmocka_unit_test(what_is_not_known_has_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
