/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/view/pages_internal.h"
#include "twintop/draw/bar.h"

static int sum(const int *cells, size_t n)
{
	int total = 0;

	for (size_t i = 0; i < n; i++)
		total += cells[i];
	return total;
}

static void test_cells_are_proportional(void **state)
{
	const uint64_t half[] = {50, 25, 25};
	int cells[3];

	(void)state;
	assert_int_equal(bar_cells(half, 3, 100, 40, cells), 40);
	assert_int_equal(cells[0], 20);
	assert_int_equal(cells[1], 10);
	assert_int_equal(cells[2], 10);
	assert_int_equal(bar_cells(half, 3, 200, 40, cells), 20);
	assert_int_equal(cells[0], 10);
}

static void test_what_is_there_is_seen(void **state)
{
	const uint64_t tiny[] = {1000000, 1, 0, 1};
	int cells[4];

	(void)state;
	assert_int_equal(bar_cells(tiny, 4, 1000002, 30, cells), 30);
	assert_int_equal(cells[0], 28);
	assert_int_equal(cells[1], 1);
	assert_int_equal(cells[2], 0);
	assert_int_equal(cells[3], 1);
	/* No room for all: never more than the bar has. */
	assert_int_equal(bar_cells(tiny, 4, 1000002, 2, cells), 2);
	assert_int_equal(bar_cells(tiny, 4, 1000002, 1, cells), 1);
}

static void test_cells_never_overflow(void **state)
{
	int cells[5];

	(void)state;
	srand(7);
	for (int i = 0; i < 20000; i++) {
		uint64_t amount[5], full = 1 + (uint64_t)rand() % 1000;
		int w = rand() % 50, drawn;

		for (int k = 0; k < 5; k++)
			amount[k] = rand() % 3 ? (uint64_t)rand() % 400 << rand() % 40 : 0;
		drawn = bar_cells(amount, 5, full << rand() % 40, w, cells);
		assert_int_equal(drawn, sum(cells, 5));
		assert_in_range(sum(cells, 5), 0, w);
		for (int k = 0; k < 5; k++)
			assert_true(cells[k] >= 0 && (amount[k] || !cells[k]));
	}
	assert_int_equal(bar_cells((uint64_t[]){1}, 1, 0, 10, cells), 0);
	assert_int_equal(
		bar_cells((uint64_t[]){UINT64_MAX, UINT64_MAX}, 2, UINT64_MAX, 9, cells), 9);
}

static void test_log_scale_doubles(void **state)
{
	int before = 0;

	(void)state;
	assert_int_equal(bar_log(0, 1024, 1 << 20, 44), 0);
	assert_int_equal(bar_log(1, 1024, 1 << 20, 44), 1);
	assert_int_equal(bar_log(1024, 1024, 1 << 20, 44), 4);
	assert_int_equal(bar_log(2048, 1024, 1 << 20, 44), 8);
	assert_int_equal(bar_log(4096, 1024, 1 << 20, 44), 12);
	assert_int_equal(bar_log(1 << 20, 1024, 1 << 20, 44), 44);
	assert_int_equal(bar_log(1 << 30, 1024, 1 << 20, 44), 44);
	for (uint64_t bytes = 0; bytes < 3u << 20; bytes += 777) {
		int at = bar_log(bytes, 1024, 3u << 20, 60);

		assert_true(at >= before && at <= 60);
		before = at;
	}
}

/* Verdicts in two runs with a hole, over a mapping of 1000 pages, and A's pages in the same. */
struct made {
	struct verdicts verdicts;
	struct page_map pages;
	struct verdict_run run[2];
	struct page_run page_run[2];
	uint8_t verdict[2][400];
	uint64_t entry[2][400];
	uint64_t count[PAGE_VERDICTS];
};
#define START 0x7f0000000000ull

static const uint64_t page_sizes[] = {4096, 16384, 65536};
#define PAGE_SIZES (sizeof page_sizes / sizeof *page_sizes)

static void make(struct made *m, uint64_t page_size)
{
	memset(m, 0, sizeof *m);
	srand(3);
	for (unsigned r = 0; r < 2; r++) {
		uint64_t start = START + r * 500 * page_size;

		m->run[r] = (struct verdict_run){start, 400, m->verdict[r]};
		m->page_run[r] = (struct page_run){start, 400, m->entry[r]};
		for (size_t i = 0; i < 400; i++) {
			unsigned v = (unsigned)rand() % PAGE_VERDICTS;

			m->verdict[r][i] = (uint8_t)(v | (rand() % 2 ? VERDICT_FRESH : 0));
			m->entry[r][i] = rand() % 2 ? PAGE_PRESENT | PAGE_EXCLUSIVE : PAGE_SWAPPED;
			m->count[v]++;
		}
	}
	m->count[PAGE_VERDICT_ABSENT] += 200;
	m->verdicts = (struct verdicts){
		.page_size = page_size, .verdict_runs_n = 2, .verdict_run = m->run};
	m->pages = (struct page_map){.page_size = page_size, .runs_n = 2, .run = m->page_run};
}

static void check_mix(const struct made *m, unsigned shift)
{
	struct grid g = {
		.start = START, .pages = 1000, .page_size = m->verdicts.page_size, .shift = shift};
	uint64_t count[PAGE_VERDICTS] = {0};
	uint64_t cells = grid_cells(g.pages, shift);

	g.cols = 16;
	g.rows = (int)((cells + 15) / 16);
	grid_count_pair(&g, &m->verdicts);
	for (uint64_t i = 0; i < cells; i++) {
		uint64_t pages = 0;

		for (unsigned v = 0; v < PAGE_VERDICTS; v++) {
			count[v] += g.cell[i].count[v];
			pages += g.cell[i].count[v];
		}
		assert_int_equal(pages, grid_cell_pages(&g, i));
	}
	assert_memory_equal(count, m->count, sizeof count);
	grid_free(&g);
}

static void test_mix_sums_to_the_counts(void **state)
{
	struct made m;

	(void)state;
	for (size_t size = 0; size < PAGE_SIZES; size++) {
		make(&m, page_sizes[size]);
		for (unsigned shift = 0; shift < 12; shift++)
			check_mix(&m, shift);
	}
}

/* The run that a page of the mapping is in; -1: in none. */
static int run_at(uint64_t page)
{
	return page < 400 ? 0 : page >= 500 && page < 900 ? 1 : -1;
}

static void check_window(const struct made *m, uint64_t first)
{
	struct grid g = {.start = START,
		.pages = 1000,
		.page_size = m->verdicts.page_size,
		.cols = 8,
		.rows = 4,
		.first = first};

	grid_count_pair(&g, &m->verdicts);
	for (uint64_t i = 0, page = first; i < 32 && page < 1000; i++, page++) {
		int r = run_at(page);
		unsigned v = r < 0 ? PAGE_VERDICT_ABSENT : m->verdict[r][page - (unsigned)r * 500];

		assert_int_equal(g.cell[i].count[v & ~VERDICT_FRESH], 1);
	}
	grid_count_side(&g, &m->pages);
	for (uint64_t i = 0, page = first; i < 32 && page < 1000; i++, page++) {
		int r = run_at(page);
		uint64_t entry = r < 0 ? 0 : m->entry[r][page - (unsigned)r * 500];

		assert_int_equal(g.cell[i].count[page_kind_of(entry)], 1);
	}
	grid_free(&g);
}

static void test_window_counts_what_is_in_sight(void **state)
{
	struct made m;

	(void)state;
	for (size_t size = 0; size < PAGE_SIZES; size++) {
		make(&m, page_sizes[size]);
		for (uint64_t first = 0; first < 1000; first += 8)
			check_window(&m, first);
	}
}

static void test_fit_and_shape(void **state)
{
	struct grid g = {.pages = 64};

	(void)state;
	assert_int_equal(grid_fit(64, 64), 0);
	assert_int_equal(grid_fit(65, 64), 1);
	assert_int_equal(grid_fit(1ull << 30, 2048), 19);
	assert_int_equal(grid_cells(1000, 3), 125);
	assert_int_equal(grid_cells(1001, 3), 126);
	for (int w = 1; w < 200; w++)
		for (int h = 1; h < 40; h++) {
			grid_shape(&g, w, h, false);
			assert_in_range(g.cols * g.cell_w, 1, w);
			assert_int_equal(g.cols & (g.cols - 1), 0);
		}
}

/* One cell of four pages with what is given, and the verdict that it speaks of for a side. */
static unsigned speaks(unsigned side, unsigned v, uint32_t n, unsigned w, uint32_t k)
{
	struct grid g = {.shift = 3};
	struct grid_cell cell = {{0}, false};

	cell.count[v] = n;
	cell.count[w] += k;
	return grid_speaks_of(&g, &cell, side);
}

static void test_a_cell_speaks_of_the_copies(void **state)
{
	(void)state;
	assert_int_equal(speaks(0, PAGE_VERDICT_COW_SHARED, 7, PAGE_VERDICT_COPIED_BY_B, 1),
		PAGE_VERDICT_COPIED_BY_B);
	assert_int_equal(speaks(0, PAGE_VERDICT_COPIED_BY_A, 3, PAGE_VERDICT_COPIED_BY_B, 1),
		PAGE_VERDICT_COPIED_BY_A);
	assert_int_equal(speaks(0, PAGE_VERDICT_ABSENT, 7, PAGE_VERDICT_FILE_SHARED, 1),
		PAGE_VERDICT_FILE_SHARED);
	/* What only A has is absent in B's grid. */
	assert_int_equal(
		speaks(0, PAGE_VERDICT_ONLY_A, 8, PAGE_VERDICT_ABSENT, 0), PAGE_VERDICT_ONLY_A);
	assert_int_equal(
		speaks(1, PAGE_VERDICT_ONLY_A, 8, PAGE_VERDICT_ABSENT, 0), PAGE_VERDICT_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells_are_proportional),
		cmocka_unit_test(test_what_is_there_is_seen),
		cmocka_unit_test(test_cells_never_overflow),
		cmocka_unit_test(test_log_scale_doubles),
		cmocka_unit_test(test_mix_sums_to_the_counts),
		cmocka_unit_test(test_window_counts_what_is_in_sight),
		cmocka_unit_test(test_fit_and_shape),
		cmocka_unit_test(test_a_cell_speaks_of_the_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
