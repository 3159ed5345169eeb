/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The family's reader over a made-up /proc in which no mappings are to be read: what it tells of
 * pages is what it was lent of A.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tree.h"
#include "twintop/base/clock.h"
#include "twintop/model/family.h"
#include "twintop/proc/reader.h"

#define A	 ((struct task_id){50, 500})
#define STAT	 "50 (a) S 1 1 1 0 -1 0 0 0 0 0 5 6 0 0 20 0 1 0 500 0 0\n"
#define LONG_NS	 60000000000u
#define RESIDENT 3

extern const struct reader_ops family_reader_ops;

static struct tree *make_tree(void)
{
	struct tree *t = tree_new();

	tree_file(t, "50/stat", "%s", STAT);
	tree_file(t, "50/task/50/stat", "%s", STAT);
	tree_file(t, "50/task/50/children", "%s", "");
	return t;
}

/* Three pages that became so at that time. */
static struct page_map *make_pages(uint64_t end_ns)
{
	struct page_map *p = part_make(PART_PAGES);
	struct memory_map *m = part_make(PART_MAPPINGS);
	uint64_t *entry = arena_array(&p->part.arena, RESIDENT, sizeof *entry);

	part_seal(&m->part, clock_thread_cpu_ns(), 0);
	for (unsigned i = 0; i < RESIDENT; i++)
		entry[i] = PAGE_PRESENT | (i + 1);
	p->memory = m;
	p->page_size = 4096;
	p->run = arena_array(&p->part.arena, 1, sizeof *p->run);
	p->run[0] = (struct page_run){.start = 0x10000, .n = RESIDENT, .entry = entry};
	p->runs_n = 1;
	part_seal(&p->part, clock_thread_cpu_ns(), 0);
	p->part.begin_ns = p->part.end_ns = end_ns;
	return p;
}

/* What is told of A's pages, which were so until had_ns; they are given up. */
static struct member_pages read_beside(struct page_map *pages, uint64_t had_ns)
{
	struct tree *t = make_tree();
	const struct reader_context context = {.root = tree_root(t)};
	struct reader_job job = {.need = NEED_FAMILY, .aside = true, .side[0].id = A};
	struct member_pages told;
	void *reader;

	job.side[0].had.pages = pages;
	job.side[0].had_ns[PART_PAGES] = had_ns;
	assert_int_equal(family_reader_ops.open(&context, &reader), 0);
	family_reader_ops.read(reader, &job);
	family_reader_ops.close(reader);
	assert_non_null(job.host.family);
	assert_int_equal(job.host.family->n, 1);
	told = job.host.family->member[0].pages;
	part_put(job.host.family);
	part_put(pages);
	tree_free(t);
	return told;
}

static void what_is_as_it_was_long_ago_is_lent(void **state)
{
	uint64_t now = clock_monotonic_ns();
	struct member_pages told = read_beside(make_pages(now - LONG_NS), now);

	(void)state;
	assert_int_equal(told.state, VALUE_KNOWN);
	assert_int_equal(told.resident, RESIDENT);
	assert_int_equal(told.read_ns, now);
}

static void what_was_so_long_ago_is_read(void **state)
{
	uint64_t now = clock_monotonic_ns();
	struct member_pages told = read_beside(make_pages(now - LONG_NS), now - LONG_NS);

	(void)state;
	assert_false(value_state_has_value(told.state));
}

/* The mappings are of now, the pages of then. */
static void what_was_put_in_order_anew_is_as_old_as_it_was(void **state)
{
	uint64_t now = clock_monotonic_ns();
	struct page_map *old = make_pages(now - LONG_NS), *pages = make_pages(now - LONG_NS);
	struct member_pages told;

	(void)state;
	pages->lent = old;
	told = read_beside(pages, now);
	assert_false(value_state_has_value(told.state));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_as_it_was_long_ago_is_lent),
		cmocka_unit_test(what_was_so_long_ago_is_read),
		cmocka_unit_test(what_was_put_in_order_anew_is_as_old_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
