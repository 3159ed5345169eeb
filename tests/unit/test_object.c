/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether two mappings of one device and inode are of one object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/compare/object.h"
#include "twintop/compare/align.h"

#define PAGE	  4096ull
#define START	  0x10000ull
#define PAGES	  4
#define FILE_PAGE (PAGE_PRESENT | PAGE_FILE)

/* A and B map the same pages of what may be one object. */
struct world {
	struct mapping mapping[2];
	struct memory_map memory[2];
	uint64_t entry[2][PAGES];
	struct page_run run[2];
	struct page_map pages[2];
	struct object_search search;
};

static void world_set(struct world *w, enum mapping_object_is is, const char *a, const char *b)
{
	const char *const path[2] = {a, b};

	*w = (struct world){0};
	for (int i = 0; i < 2; i++) {
		w->mapping[i] = (struct mapping){.start = START,
			.end = START + PAGES * PAGE,
			.flags = MAPPING_READ | MAPPING_SHARED,
			.inode = 257,
			.device_minor = 42,
			.kind = MAPPING_FILE,
			.path = text_of(path[i]),
			.object = {.is = is}};
		w->memory[i] = (struct memory_map){.n = 1, .mapping = &w->mapping[i]};
		w->run[i] = (struct page_run){START, PAGES, w->entry[i]};
		w->pages[i] = (struct page_map){.memory = &w->memory[i],
			.page_size = PAGE,
			.frames_known = true,
			.runs_n = 1,
			.run = &w->run[i]};
		w->search.pages[i] = &w->pages[i];
	}
}

static enum object_verdict verdict(const struct world *w)
{
	return object_compare(&w->search, &w->mapping[0], &w->mapping[1]);
}

/* Of two IPC namespaces an id is two segments, or one that was attached before they parted. */
static void an_id_of_two_namespaces_is_told_by_frames(void **state)
{
	struct world w;

	(void)state;
	world_set(&w, MAPPING_OBJECT_PLAIN, "/SYSV00000000", "/SYSV00000000");
	w.mapping[0].kind = w.mapping[1].kind = MAPPING_SYSV_SHM;
	w.search.fork_related = w.search.one_mount_namespace = true;
	assert_int_equal(verdict(&w), OBJECT_SAME);
	w.search.other_ipc = true;
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
	w.entry[0][1] = FILE_PAGE | 77;
	w.entry[1][1] = FILE_PAGE | 78;
	assert_int_equal(verdict(&w), OBJECT_OTHER);
	w.entry[0][2] = w.entry[1][2] = FILE_PAGE | 99;
	assert_int_equal(verdict(&w), OBJECT_SAME);
	w.pages[1].frames_known = false;
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
	w.mapping[0].kind = w.mapping[1].kind = MAPPING_MEMFD; /* which has no id */
	assert_int_equal(verdict(&w), OBJECT_SAME);
}

static void plain_numbers_suffice(void **state)
{
	struct world w;

	(void)state;
	world_set(&w, MAPPING_OBJECT_PLAIN, "/a", "/b");
	assert_int_equal(verdict(&w), OBJECT_SAME);
}

static void what_statx_says_decides(void **state)
{
	struct world w;

	(void)state;
	world_set(&w, MAPPING_OBJECT_STATED, "/a", "/b");
	w.mapping[0].object.device = w.mapping[1].object.device = 7;
	w.mapping[0].object.inode = w.mapping[1].object.inode = 257;
	assert_int_equal(verdict(&w), OBJECT_SAME);
	w.mapping[1].object.device = 8;
	assert_int_equal(verdict(&w), OBJECT_OTHER);
	/* Of one alone it decides nothing. */
	w.mapping[1].object.is = MAPPING_OBJECT_NAMED;
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
}

static void frames_of_one_offset_decide(void **state)
{
	struct world w;

	(void)state;
	world_set(&w, MAPPING_OBJECT_OF_MANY, "anon_inode:bpf-map", "anon_inode:bpf-map");
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
	w.entry[0][1] = FILE_PAGE | 5;
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN); /* B has not touched it */
	w.entry[1][1] = FILE_PAGE | 6;
	assert_int_equal(verdict(&w), OBJECT_OTHER);
	/* One may have moved between the reads: another is the same. */
	w.entry[0][2] = w.entry[1][2] = FILE_PAGE | 9;
	assert_int_equal(verdict(&w), OBJECT_SAME);
	/* Copies of its pages, and those that changed meanwhile, say nothing. */
	w.entry[0][1] = w.entry[1][1] = 0;
	w.entry[0][2] = w.entry[1][2] = PAGE_PRESENT | 9;
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
	w.entry[0][2] = w.entry[1][2] = FILE_PAGE | PAGE_CHANGED | 9;
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
	w.entry[0][2] = w.entry[1][2] = FILE_PAGE;
	w.pages[1].frames_known = false;
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
}

/* B has it one page higher and from the second page on. */
static void offsets_are_compared_not_addresses(void **state)
{
	struct world w;

	(void)state;
	world_set(&w, MAPPING_OBJECT_OF_MANY, "anon_inode:bpf-map", "anon_inode:bpf-map");
	w.mapping[1].offset = PAGE;
	w.entry[0][2] = w.entry[1][1] = FILE_PAGE | 5;
	w.entry[0][1] = FILE_PAGE | 6;
	assert_int_equal(verdict(&w), OBJECT_SAME);
	w.mapping[1].offset = 0;
	assert_int_equal(verdict(&w), OBJECT_OTHER);
}

static void other_sorts_of_inodes_are_others(void **state)
{
	struct world w;

	(void)state;
	world_set(&w, MAPPING_OBJECT_OF_MANY, "anon_inode:bpf-map", "anon_inode:[perf_event]");
	assert_int_equal(verdict(&w), OBJECT_OTHER);
	/* A name that one side alone has given its mapping is no sort. */
	world_set(&w, MAPPING_OBJECT_PLAIN, "[anon_shmem:x]", "/dev/zero (deleted)");
	assert_int_equal(verdict(&w), OBJECT_SAME);
}

static void a_path_is_one_file_in_one_namespace(void **state)
{
	struct world w;

	(void)state;
	world_set(&w, MAPPING_OBJECT_NAMED, "/lib/x", "/lib/x");
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
	w.search.one_mount_namespace = true;
	assert_int_equal(verdict(&w), OBJECT_SAME);
	w.mapping[1].deleted = true; /* another may have had the name since */
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
	world_set(&w, MAPPING_OBJECT_NAMED, "/one/x", "/two/x");
	w.search.one_mount_namespace = true;
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN); /* two names may be of one file */
	/* What a fork has left in its place is the same. */
	world_set(&w, MAPPING_OBJECT_NAMED, "/lib/x", "/lib/x");
	w.search.fork_related = true;
	assert_int_equal(verdict(&w), OBJECT_SAME);
	w.mapping[1].start += PAGE;
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
	/* Of an inode that many share the name says nothing. */
	world_set(&w, MAPPING_OBJECT_OF_MANY, "/dev/x", "/dev/x");
	w.search.one_mount_namespace = w.search.fork_related = true;
	assert_int_equal(verdict(&w), OBJECT_UNKNOWN);
}

/* Two objects of one inode, in B in the other order: each finds its own; the third is alone. */
static void each_finds_its_own(void **state)
{
	struct mapping a[2], b[3];
	struct memory_map memory[2] = {{.n = 2, .mapping = a}, {.n = 3, .mapping = b}};
	uint64_t frame[5] = {
		FILE_PAGE | 1, FILE_PAGE | 2, FILE_PAGE | 2, FILE_PAGE | 3, FILE_PAGE | 1};
	struct page_run run[5];
	struct page_map pages[2];
	struct verdicts *v = part_make(PART_VERDICTS);
	static const struct pair p = {.relation = RELATION_UNRELATED};
	const struct align_sides sides = {
		.memory = {&memory[0], &memory[1]}, .pages = {&pages[0], &pages[1]}};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct mapping *m = i < 2 ? &a[i] : &b[i - 2];

		*m = (struct mapping){.start = START * (i + 1),
			.end = START * (i + 1) + PAGE,
			.flags = MAPPING_READ | MAPPING_SHARED,
			.inode = 257,
			.kind = MAPPING_OTHER,
			.path = text_of("anon_inode:bpf-map"),
			.object = {.is = MAPPING_OBJECT_OF_MANY}};
		run[i] = (struct page_run){m->start, 1, &frame[i]};
	}
	for (size_t i = 0; i < 2; i++)
		pages[i] = (struct page_map){.memory = &memory[i],
			.page_size = PAGE,
			.frames_known = true,
			.runs_n = memory[i].n,
			.run = run + 2 * i};
	align_mappings(&sides, &p, v);
	assert_int_equal(v->mappings_n, 3);
	assert_int_equal(v->mapping[0].a, 0);
	assert_int_equal(v->mapping[0].b, 2);
	assert_int_equal(v->mapping[1].a, 1);
	assert_int_equal(v->mapping[1].b, 0);
	assert_int_equal(v->mapping[2].b, 1);
	assert_int_equal(v->mapping[2].state, ROW_ONLY_B);
	part_put(v);
	/* Without frames each may be any. */
	pages[0].frames_known = false;
	v = part_make(PART_VERDICTS);
	align_mappings(&sides, &p, v);
	assert_int_equal(v->mappings_n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(v->mapping[i].state, ROW_UNKNOWN);
	part_put(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_numbers_suffice),
		cmocka_unit_test(an_id_of_two_namespaces_is_told_by_frames),
		cmocka_unit_test(what_statx_says_decides),
		cmocka_unit_test(frames_of_one_offset_decide),
		cmocka_unit_test(offsets_are_compared_not_addresses),
		cmocka_unit_test(other_sorts_of_inodes_are_others),
		cmocka_unit_test(a_path_is_one_file_in_one_namespace),
		cmocka_unit_test(each_finds_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
