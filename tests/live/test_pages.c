/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of pagemap over our own memory: what was touched is known to the page. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "tests/fixtures/zero_page.h"
#include "twintop/proc/host.h"
#include "twintop/proc/maps.h"
#include "twintop/proc/pages.h"

/* linux/mman.h of 6.15 */
#define GUARD_INSTALL 102

/* A read of one process with some access held back. */
struct reading {
	struct proc_root *root;
	struct access access;
	struct page_reader *reader;
};

static struct reading reading_new(const char *deny)
{
	struct reading r;

	assert_int_equal(proc_root_open(NULL, &r.root), 0);
	denied_probe(r.root, deny, &r.access);
	assert_int_equal(page_reader_new(r.root, &r.access, 0, &r.reader), 0);
	return r;
}

static void reading_end(struct reading *r)
{
	page_reader_free(r->reader);
	proc_root_close(r->root);
}

static int open_of(const struct reading *r, pid_t pid, const char *name)
{
	return proc_open(r->root, O_RDONLY, "%d/%s", (int)pid, name);
}

static struct memory_map *read_maps(const struct reading *r, pid_t pid)
{
	struct memory_map *m = part_make(PART_MAPPINGS);
	int fd = open_of(r, pid, "maps");

	assert_true(fd >= 0);
	assert_int_equal(maps_read(r->root, pid, fd, text_of(""), m), 0);
	close(fd);
	return m;
}

/* Takes no reference to m but the pages' own. */
static struct page_map *read_pages(struct reading *r, const struct memory_map *m, int fd,
	const struct page_map *before, pid_t pid)
{
	struct page_map *pages = part_make(PART_PAGES);
	struct page_target target = {m, pages, fd, before, pid, NULL};

	assert_int_equal(pages_read(r->reader, &target, NULL), 0);
	assert_ptr_equal(pages->memory, m);
	return pages;
}

/* Pages of ourselves. */
static const struct page_map *read_self(struct reading *r, const struct page_map *before)
{
	struct memory_map *m = read_maps(r, getpid());
	int fd = open_of(r, getpid(), "pagemap");
	const struct page_map *pages;

	assert_true(fd >= 0);
	pages = read_pages(r, m, fd, before, getpid());
	close(fd);
	part_put(m);
	assert_int_equal(pages->part.state, VALUE_KNOWN);
	assert_int_equal(pages->page_size, host_page_bytes());
	return pages;
}

static char *reserve(size_t pages)
{
	char *p = mmap(NULL, pages * host_page_bytes(), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	madvise(p, pages * host_page_bytes(), MADV_NOHUGEPAGE);
	return p;
}

static struct page_counts count(const struct page_map *m, const char *p, size_t pages)
{
	return page_map_count(m, (uintptr_t)p, (uintptr_t)p + pages * host_page_bytes());
}

/* Patterns of touched pages that make runs, holes and sparse stretches; i is a page. */
static bool touched(unsigned pattern, size_t i)
{
	switch (pattern) {
	case 0:
		return true;
	case 1:
		return i % 2;
	case 2:
		return i % 70 == 0;
	case 3:
		return i % 5000 == 17;
	case 4:
		return i < 20000;
	case 5:
		return (i / 600) % 7 == 3;
	default:
		return i % 16384 == 16383 || i % 16384 == 0;
	}
}

static void check_pattern(struct reading *r, unsigned pattern, size_t pages)
{
	char *p = reserve(pages);
	const struct page_map *first, *second;
	size_t expected = 0;

	for (size_t i = 0; i < pages; i++)
		if (touched(pattern, i)) {
			p[i * host_page_bytes()] = 1;
			expected++;
		}
	first = read_self(r, NULL);
	second = read_self(r, first);
	for (int k = 0; k < 2; k++) {
		const struct page_map *m = k ? second : first;

		assert_int_equal(count(m, p, pages).anonymous, expected);
		assert_int_equal(count(m, p, pages).resident, expected);
		for (size_t i = 0; i < pages; i++)
			if (!(page_map_entry(m, (uintptr_t)p + i * host_page_bytes()) &
				    PAGE_PRESENT) == touched(pattern, i))
				fail_msg("pattern %u, read %d: page %zu", pattern, k, i);
		for (size_t i = 1; i < m->runs_n; i++)
			assert_true(page_map_run_end(m, i - 1) <= m->run[i].start);
	}
	/* Runs hold what is near together: no run a page. */
	if (pattern == 0)
		assert_true(first->runs_n < 200 + pages / 8192);
	part_put(first);
	part_put(second);
	munmap(p, pages * host_page_bytes());
}

static void check_patterns(const char *deny)
{
	struct reading r = reading_new(deny);

	for (unsigned pattern = 0; pattern < 7; pattern++)
		check_pattern(&r, pattern, 50000);
	reading_end(&r);
}

static void test_patterns(void **state)
{
	(void)state;
	check_patterns(NULL);
}

static void test_patterns_without_scan(void **state)
{
	struct reading r = reading_new(NULL);
	struct memory_map *m = read_maps(&r, getpid());
	uint64_t size = 0;

	(void)state;
	for (size_t i = 0; i < m->n; i++)
		size += m->mapping[i].end - m->mapping[i].start;
	part_put(m);
	reading_end(&r);
	if (size > 1ull << 40) {
		print_message("a sanitizer gave us terabytes of address space\n");
		skip();
	}
	check_patterns("pagemap_scan");
}

static void test_patterns_without_frames(void **state)
{
	(void)state;
	check_patterns("frames");
}

/* 512 GiB of nothing with a page here and there, at first sight and when known. */
static void test_sparse(void **state)
{
	struct reading r = reading_new(NULL);
	size_t pages = (512ull << 30) / host_page_bytes(), step = pages / 600;
	const struct page_map *first, *second;
	char *p;

	(void)state;
	if (r.access.state[ACCESS_PAGEMAP_SCAN] != VALUE_KNOWN) {
		print_message("no PAGEMAP_SCAN: a sparse range would be read whole\n");
		reading_end(&r);
		skip();
	}
	p = reserve(pages);
	for (size_t i = 0; i < 600; i++)
		p[i * step * host_page_bytes()] = 1;
	memset(p + 1000 * step / 2 * host_page_bytes(), 1, 3000 * host_page_bytes());
	first = read_self(&r, NULL);
	second = read_self(&r, first);
	assert_int_equal(count(first, p, pages).resident, count(second, p, pages).resident);
	assert_true(count(first, p, pages).resident - 3599 <= 1);
	part_put(first);
	part_put(second);
	munmap(p, pages * host_page_bytes());
	reading_end(&r);
}

/* More regions than the kernel hands out at once: none is counted twice (walk_end goes stale). */
static void test_many_regions(void **state)
{
	struct reading r = reading_new(NULL);
	size_t pages = 3000000, regions = 1360 * 7;
	const struct page_map *m;
	char *p = reserve(pages);

	(void)state;
	for (size_t i = 0; i < regions; i++)
		p[i * 300 * host_page_bytes()] = 1;
	m = read_self(&r, NULL);
	assert_int_equal(count(m, p, pages).resident, regions);
	part_put(m);
	munmap(p, pages * host_page_bytes());
	reading_end(&r);
}

static void test_totals(void **state)
{
	struct reading r = reading_new(NULL);
	const struct page_map *m = read_self(&r, NULL);
	struct page_counts all = page_map_count(m, 0, UINT64_MAX);
	uint64_t resident = 0;

	(void)state;
	for (size_t i = 0; i < m->memory->n; i++) {
		const struct mapping *map = &m->memory->mapping[i];
		struct page_counts c = page_map_count(m, map->start, map->end);

		assert_memory_equal(&c, &m->mapping[i], sizeof c);
		resident += c.resident;
	}
	assert_int_equal(resident, m->totals.resident);
	assert_memory_equal(&all, &m->totals, sizeof all);
	assert_true(m->totals.file > 0 && m->totals.anonymous > 0);
	assert_int_equal(m->frames_known, r.access.state[ACCESS_FRAMES] == VALUE_KNOWN);
	assert_true(m->part.end_ns >= m->part.begin_ns);
	part_put(m);
	reading_end(&r);
}

static void test_frames_held_back(void **state)
{
	struct reading r = reading_new("frames");
	const struct page_map *m = read_self(&r, NULL);

	(void)state;
	assert_false(m->frames_known);
	for (size_t i = 0; i < m->runs_n; i++)
		for (size_t k = 0; k < m->run[i].n; k++)
			assert_int_equal(m->run[i].entry[k] & PAGE_FRAME, 0);
	part_put(m);
	reading_end(&r);
}

static void check_zero(const char *deny)
{
	const struct page_map *m;
	struct reading r;
	volatile char *p;
	char sum = 0;

	if (!maps_zero_page())
		skip();
	r = reading_new(deny);
	p = reserve(100);
	for (size_t i = 0; i < 60; i++)
		sum += p[i * host_page_bytes()];
	for (size_t i = 0; i < 10; i++)
		p[i * host_page_bytes()] = sum;
	m = read_self(&r, NULL);
	assert_int_equal(count(m, (char *)(uintptr_t)p, 100).zero, 50);
	assert_int_equal(count(m, (char *)(uintptr_t)p, 100).anonymous, 10);
	assert_int_equal(count(m, (char *)(uintptr_t)p, 100).shared, 0);
	part_put(m);
	munmap((char *)(uintptr_t)p, 100 * host_page_bytes());
	reading_end(&r);
}

static void test_zero(void **state)
{
	(void)state;
	check_zero(NULL);
}

static void test_zero_without_frames(void **state)
{
	struct reading r = reading_new(NULL);
	bool scan = r.access.state[ACCESS_PAGEMAP_SCAN] == VALUE_KNOWN;

	(void)state;
	reading_end(&r);
	if (!scan) {
		print_message("neither frames nor PAGEMAP_SCAN tell the zero page\n");
		skip();
	}
	check_zero("frames");
}

/* Guards of MADV_GUARD_INSTALL are no pages, but they are seen. */
static void test_guards(void **state)
{
	struct reading r = reading_new(NULL);
	const struct page_map *m;
	char *p = reserve(100000);

	(void)state;
	if (madvise(p + 50 * host_page_bytes(), 3 * host_page_bytes(), GUARD_INSTALL) ||
		madvise(p + 90000 * host_page_bytes(), 2 * host_page_bytes(), GUARD_INSTALL)) {
		print_message("this kernel has no MADV_GUARD_INSTALL\n");
		munmap(p, 100000 * host_page_bytes());
		reading_end(&r);
		skip();
	}
	p[0] = 1;
	m = read_self(&r, NULL);
	assert_int_equal(count(m, p, 100000).guard, 5);
	assert_int_equal(count(m, p, 100000).resident, 1);
	assert_true(page_map_entry(m, (uintptr_t)p + 50 * host_page_bytes()) & PAGE_GUARD);
	part_put(m);
	munmap(p, 100000 * host_page_bytes());
	reading_end(&r);
}

/* A huge page read before it is written: the huge zero page, where the kernel uses one. */
static void test_huge(void **state)
{
	struct reading r = reading_new(NULL);
	size_t huge = 2u << 20, n = huge / host_page_bytes();
	char *area =
		mmap(NULL, 4 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *p = (char *)(((uintptr_t)area + huge - 1) / huge * huge);
	const struct page_map *m;
	struct page_counts written, read_only;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP_SCAN);
	assert_ptr_not_equal(area, MAP_FAILED);
	madvise(area, 4 * huge, MADV_HUGEPAGE);
	p[0] = 1;
	p[huge] = *(volatile char *)(p + 2 * huge);
	m = read_self(&r, NULL);
	written = count(m, p, 2 * n);
	read_only = count(m, p + 2 * huge, n);
	part_put(m);
	munmap(area, 4 * huge);
	reading_end(&r);
	if (written.resident != 2 * n) {
		print_message("no huge page was to be had\n");
		skip();
	}
	assert_int_equal(written.huge, 2 * n);
	assert_int_equal(written.anonymous, 2 * n);
	if (maps_zero_page()) {
		assert_int_equal(read_only.zero, read_only.resident);
		assert_int_equal(read_only.anonymous, 0);
	}
}

static void test_gone(void **state)
{
	struct reading r = reading_new(NULL);
	struct specimen *s = specimen_start("cow", "anon", "100", NULL);
	struct memory_map *m = read_maps(&r, specimen_pid(s));
	int fd = open_of(&r, specimen_pid(s), "pagemap");
	struct page_map *pages;

	(void)state;
	specimen_stop(s);
	pages = read_pages(&r, m, fd, NULL, 0);
	assert_int_equal(pages->part.state, VALUE_GONE);
	assert_int_equal(pages->part.error, -ESRCH);
	assert_int_equal(pages->totals.resident, 0);
	assert_int_equal(pages->runs_n, 0);
	close(fd);
	part_put(pages);
	part_put(m);
	reading_end(&r);
}

/* One of two ends: the other's pages are read all the same. */
static void test_one_of_two_gone(void **state)
{
	struct reading r = reading_new(NULL);
	struct specimen *s = specimen_start("cow", "anon", "100", NULL);
	struct memory_map *m[2] = {read_maps(&r, specimen_pid(s)), read_maps(&r, getpid())};
	struct page_map *pages[2] = {part_make(PART_PAGES), part_make(PART_PAGES)};
	struct page_target a = {.memory = m[0],
		.pages = pages[0],
		.pagemap_fd = open_of(&r, specimen_pid(s), "pagemap")};
	struct page_target b = {
		.memory = m[1], .pages = pages[1], .pagemap_fd = open_of(&r, getpid(), "pagemap")};

	(void)state;
	specimen_stop(s);
	assert_int_equal(pages_read(r.reader, &a, &b), 0);
	assert_int_equal(pages[0]->part.state, VALUE_GONE);
	assert_int_equal(pages[1]->part.state, VALUE_KNOWN);
	assert_true(pages[1]->totals.resident > 0);
	assert_int_equal(pages[0]->part.begin_ns, pages[1]->part.begin_ns);
	close(a.pagemap_fd);
	close(b.pagemap_fd);
	for (int i = 0; i < 2; i++) {
		part_put(pages[i]);
		part_put(m[i]);
	}
	reading_end(&r);
}

static void test_denied(void **state)
{
	struct reading r = reading_new("pagemap");
	struct memory_map *m = read_maps(&r, getpid());
	int fd = open_of(&r, getpid(), "pagemap");
	struct page_map *pages = read_pages(&r, m, fd, NULL, 0);

	(void)state;
	assert_int_equal(pages->part.state, VALUE_DENIED);
	assert_int_equal(pages->runs_n, 0);
	close(fd);
	part_put(pages);
	pages = read_pages(&r, m, -EACCES, NULL, 0);
	assert_int_equal(pages->part.state, VALUE_DENIED);
	part_put(pages);
	part_put(m);
	reading_end(&r);
}

static void body_other_user(void *context)
{
	struct reading r = reading_new(NULL);
	struct memory_map *m = part_make(PART_MAPPINGS);
	int fd = open_of(&r, *(pid_t *)context, "pagemap");
	struct page_map *pages;

	assert_int_equal(fd, -EACCES);
	pages = read_pages(&r, m, fd, NULL, 0);
	assert_int_equal(pages->part.state, VALUE_DENIED);
	part_put(pages);
	part_put(m);
	reading_end(&r);
}

static void test_other_user(void **state)
{
	struct specimen *s;
	pid_t pid;

	(void)state;
	if (geteuid()) {
		print_message("only root can start a process of another user\n");
		skip();
	}
	s = specimen_start("cow", "anon", "10", NULL);
	pid = specimen_pid(s);
	as_nobody(body_other_user, &pid);
	specimen_stop(s);
}

/* Nothing mapped, as a kernel thread: pages do not apply. */
static void test_no_mappings(void **state)
{
	struct reading r = reading_new(NULL);
	struct memory_map *m = part_make(PART_MAPPINGS);
	int fd = open_of(&r, getpid(), "pagemap");
	struct page_map *pages = read_pages(&r, m, fd, NULL, 0);

	(void)state;
	assert_int_equal(pages->part.state, VALUE_NONE);
	close(fd);
	part_put(pages);
	part_put(m);
	reading_end(&r);
}

/* A file that is shorter than it should be ends the read as a process that ended. */
static void test_short_file(void **state)
{
	struct reading r = reading_new(NULL);
	struct memory_map *m = part_make(PART_MAPPINGS);
	struct page_map *pages;
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	assert_int_equal(ftruncate(fileno(f), 0x1000 / 512 * 8 + 3), 0);
	m->n = 1;
	m->mapping = arena_array(&m->part.arena, 1, sizeof *m->mapping);
	m->mapping[0].end = 64 * host_page_bytes();
	pages = read_pages(&r, m, fileno(f), NULL, 0);
	assert_int_equal(pages->part.state, VALUE_GONE);
	fclose(f);
	part_put(pages);
	part_put(m);
	reading_end(&r);
}

static void test_frame_facts(void **state)
{
	struct reading r = reading_new(NULL);
	const struct page_map *m;
	uint64_t n, frame;
	char *p = reserve(1);

	(void)state;
	needs_allowed(ACCESS_FRAMES);
	needs_allowed(ACCESS_PAGE_COUNT);
	needs_allowed(ACCESS_PAGE_FLAGS);
	*p = 1;
	m = read_self(&r, NULL);
	frame = page_map_entry(m, (uintptr_t)p) & PAGE_FRAME;
	if (m->frames_known && r.access.state[ACCESS_PAGE_COUNT] == VALUE_KNOWN) {
		assert_int_equal(pages_frame_count(r.reader, frame, &n), 0);
		assert_int_equal(n, 1);
		assert_true(pages_frame_count(r.reader, PAGE_FRAME >> 8, &n) < 0);
	} else {
		assert_int_equal(pages_frame_count(r.reader, 1, &n), -EACCES);
	}
	part_put(m);
	munmap(p, host_page_bytes());
	reading_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_patterns_without_scan),
		cmocka_unit_test(test_patterns_without_frames),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_many_regions),
		cmocka_unit_test(test_totals),
		cmocka_unit_test(test_frames_held_back),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_zero_without_frames),
		cmocka_unit_test(test_guards),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_one_of_two_gone),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_other_user),
		cmocka_unit_test(test_no_mappings),
		cmocka_unit_test(test_short_file),
		cmocka_unit_test(test_frame_facts),
	};

	if (denied_skips(ACCESS_PAGEMAP))
		return 77;
	return live_run(tests, NULL, NULL);
}
