/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wrote a mapping last, and who most of it: of deeds as they are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/compare/writers_internal.h"
#include "twintop/model/snapshot.h"

#define A      100
#define B      200
#define PAGE   4096ull
#define HEAP   0x1000000ull
#define ARRAY  0x7f0000000000ull
#define MIB    (1ull << 20)
#define SECOND 1000000000ull

/* Mappings of one process, as they are now. */
struct world {
	struct writer_table table;
	struct mapping mapping[4];
	struct memory_map memory;
	struct side side;
	uint64_t now_ns;
};

static void begin(struct world *w)
{
	memset(w, 0, sizeof *w);
	w->table.page_size = PAGE;
	w->mapping[0] = (struct mapping){.start = HEAP, .end = HEAP + MIB};
	w->mapping[1] = (struct mapping){.start = ARRAY, .end = ARRAY + 4 * MIB};
	w->memory.mapping = w->mapping;
	w->memory.n = 2;
	w->now_ns = SECOND;
}

static void wrote_many(
	struct world *w, pid_t pid, uint64_t ip, uint64_t address, uint64_t pages, bool copied)
{
	const struct fault fault = {.pid = pid,
		.tid = pid + 1,
		.ip = ip,
		.address = address,
		.time_ns = w->now_ns += SECOND / 1000,
		.weight = 1};
	const struct writer_deed deed = {.fault = &fault,
		.address = address,
		.pages = pages,
		.counts = pages,
		.copied = copied,
		.side = &w->side,
		.memory = &w->memory};

	assert_true(writer_table_add(&w->table, &deed));
}

static void wrote(struct world *w, pid_t pid, uint64_t ip, uint64_t address)
{
	wrote_many(w, pid, ip, address, 1, true);
}

static struct writers *writers_now(struct world *w)
{
	struct writers *all = part_make(PART_WRITERS);

	writer_table_fill(&w->table, w->now_ns, all);
	part_seal(&all->part, 0, 0);
	return all;
}

static uint64_t ip_of(const struct writers *w, const struct writer_area *area)
{
	assert_non_null(area);
	return w->writer[area->writer].ip;
}

static void each_mapping_has_its_own(void **state)
{
	struct mapping_writers m;
	struct writers *all;
	struct world w;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 10; i++)
		wrote(&w, B, 1, HEAP + i * PAGE);
	for (unsigned i = 0; i < 6; i++)
		wrote(&w, B, 2, ARRAY + i * PAGE);
	wrote(&w, B, 1, ARRAY + 100 * PAGE);
	wrote(&w, A, 3, ARRAY + 200 * PAGE);
	all = writers_now(&w);
	m = writers_of_mapping(all, NULL, B, HEAP, HEAP + MIB);
	assert_null(m.why);
	assert_int_equal(ip_of(all, m.last), 1);
	assert_int_equal(ip_of(all, m.greatest), 1);
	assert_int_equal(m.copied, 10);
	/* The last is not the greatest. */
	m = writers_of_mapping(all, NULL, B, ARRAY, ARRAY + 4 * MIB);
	assert_int_equal(ip_of(all, m.last), 1);
	assert_int_equal(m.last->last_tid, B + 1);
	assert_int_equal(ip_of(all, m.greatest), 2);
	assert_int_equal(m.greatest_copied, 6);
	assert_int_equal(m.copied, 7);
	/* The other process has written it, too, and nobody the heap of that one. */
	m = writers_of_mapping(all, NULL, A, ARRAY, ARRAY + 4 * MIB);
	assert_int_equal(ip_of(all, m.greatest), 3);
	assert_int_equal(m.copied, 1);
	m = writers_of_mapping(all, NULL, A, HEAP, HEAP + MIB);
	assert_null(m.last);
	assert_null(m.why);
	m = writers_of_mapping(NULL, NULL, A, HEAP, HEAP + MIB);
	assert_null(m.last);
	part_put(all);
	writer_table_free(&w.table);
}

/* Copies go before first touches, however many those are. */
static void copies_weigh_more(void **state)
{
	struct mapping_writers m;
	struct writers *all;
	struct world w;

	(void)state;
	begin(&w);
	wrote_many(&w, B, 1, HEAP, 50, false);
	all = writers_now(&w);
	m = writers_of_mapping(all, NULL, B, HEAP, HEAP + MIB);
	assert_int_equal(ip_of(all, m.greatest), 1);
	assert_int_equal(m.greatest_touched, 50);
	part_put(all);
	wrote(&w, B, 2, HEAP + 60 * PAGE);
	all = writers_now(&w);
	m = writers_of_mapping(all, NULL, B, HEAP, HEAP + MIB);
	assert_int_equal(ip_of(all, m.greatest), 2);
	assert_int_equal(m.touched, 50);
	part_put(all);
	writer_table_free(&w.table);
}

/* A heap grows at its end, a stack at its begin: it is one mapping all the time. */
static void it_may_grow(void **state)
{
	struct mapping_writers m;
	struct writers *all;
	struct world w;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 4; i++) {
		w.mapping[0].end = HEAP + (i + 1) * MIB;
		wrote(&w, B, 1, HEAP + (i + 1) * MIB - PAGE);
		w.mapping[1].start = ARRAY - i * MIB;
		wrote(&w, B, 1, ARRAY - i * MIB);
	}
	all = writers_now(&w);
	assert_int_equal(all->areas_n, 2);
	m = writers_of_mapping(all, NULL, B, HEAP, HEAP + 4 * MIB);
	assert_int_equal(m.copied, 4);
	m = writers_of_mapping(all, NULL, B, ARRAY - 3 * MIB, ARRAY + 4 * MIB);
	assert_int_equal(m.copied, 4);
	part_put(all);
	writer_table_free(&w.table);
}

/* Nothing tells to which piece pages belonged that were counted before: neither piece claims them.
 */
static void a_split_is_told(void **state)
{
	struct mapping_writers m;
	struct writers *all;
	struct world w;

	(void)state;
	begin(&w);
	wrote(&w, B, 1, ARRAY);
	wrote(&w, B, 1, ARRAY + 3 * MIB);
	wrote(&w, B, 1, HEAP);
	w.memory.n = 3;
	w.mapping[1].end = ARRAY + 2 * MIB;
	w.mapping[2] = (struct mapping){.start = ARRAY + 2 * MIB, .end = ARRAY + 4 * MIB};
	wrote(&w, B, 1, ARRAY + 2 * MIB);
	all = writers_now(&w);
	for (unsigned i = 0; i < 2; i++) {
		m = writers_of_mapping(
			all, NULL, B, ARRAY + 2 * i * MIB, ARRAY + 2 * (i + 1) * MIB);
		assert_null(m.last);
		assert_non_null(strstr(m.why, "split"));
	}
	m = writers_of_mapping(all, NULL, B, HEAP, HEAP + MIB);
	assert_null(m.why);
	assert_int_equal(m.copied, 1);
	/* The other process has it whole. */
	assert_null(writers_of_mapping(all, NULL, A, ARRAY, ARRAY + 2 * MIB).why);
	/* Put together again it is known again. */
	m = writers_of_mapping(all, NULL, B, ARRAY, ARRAY + 4 * MIB);
	assert_int_equal(m.copied, 3);
	part_put(all);
	writer_table_free(&w.table);
}

static void too_many_places_are_told(void **state)
{
	struct mapping_writers m;
	struct writers *all;
	struct world w;

	(void)state;
	begin(&w);
	w.memory.n = 0; /* no mapping is known: each page stands for itself */
	for (unsigned i = 0; i <= WRITER_AREAS_MOST; i++)
		wrote(&w, B, 1 + i % 8, ARRAY + 2 * i * PAGE);
	all = writers_now(&w);
	assert_int_equal(all->areas_n, WRITER_AREAS_MOST);
	m = writers_of_mapping(all, NULL, B, ARRAY, ARRAY + PAGE);
	assert_null(m.last);
	assert_non_null(strstr(m.why, "too many"));
	part_put(all);
	writer_table_free(&w.table);
}

/* ---- names ---------------------------------------------------------------------- */

static struct symbol symbol_of(const char *function, const char *file, unsigned line)
{
	static struct symbol_frame frame[2];
	static unsigned next;
	struct symbol_frame *f = &frame[next++ % 2];

	*f = (struct symbol_frame){text_of(function), text_of(file), line};
	return (struct symbol){.name = text_of("mangled"),
		.module = text_of("/lib/libx.so.6"),
		.has_module_address = true,
		.module_address = 0x9f3c0,
		.frame = f,
		.frames = 1};
}

static void assert_words(const struct symbol *symbol, const char *want)
{
	struct arena arena = {0};
	struct text words = writer_words(&arena, symbol);

	assert_int_equal(words.len, strlen(want));
	assert_memory_equal(words.bytes, want, words.len);
	arena_free(&arena);
}

static void places_have_words(void **state)
{
	struct symbol s = symbol_of("fill_row", "/home/u/src/table.c", 88);

	(void)state;
	assert_words(&s, "fill_row table.c:88");
	s = symbol_of("fill_row", "/home/u/src/table.c", 0);
	assert_words(&s, "fill_row");
	s = symbol_of("", "", 0);
	assert_words(&s, "mangled");
	s.frames = 0;
	assert_words(&s, "mangled");
	s.gap = SYMBOL_UNREAD;
	assert_words(&s, "libx.so.6+0x9f3c0");
	s.has_module_address = false;
	assert_words(&s, "");
}

/* A line that is written from several places of the code is one writer. */
static void places_of_one_name_are_one(void **state)
{
	struct symbol one = symbol_of("fill_row", "table.c", 88),
		      other = symbol_of("shuffle", "", 0);
	struct writer_names *names = part_make(PART_NAMES);
	struct arena *arena = &names->part.arena;
	struct writer_name name[] = {{.pid = B, .ip = 1, .symbol = one},
		{.pid = B, .ip = 2, .symbol = one}, {.pid = B, .ip = 3, .symbol = other}};
	struct mapping_writers m;
	struct writers *all;
	struct text words;
	const char *gap;
	struct world w;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		name[i].words = writer_words(arena, &name[i].symbol);
	names->name = name;
	names->n = 3;
	part_seal(&names->part, 0, 0);
	begin(&w);
	for (unsigned i = 0; i < 4; i++) {
		wrote(&w, B, 1, HEAP + i * PAGE);
		wrote(&w, B, 2, HEAP + (10 + i) * PAGE);
	}
	for (unsigned i = 0; i < 6; i++)
		wrote(&w, B, 3, HEAP + (20 + i) * PAGE);
	all = writers_now(&w);
	m = writers_of_mapping(all, names, B, HEAP, HEAP + MIB);
	words = writer_called(names, &all->writer[m.greatest->writer], &gap);
	assert_null(gap);
	assert_true(text_equal(words, text_of("fill_row table.c:88")));
	assert_int_equal(m.greatest_copied, 8);
	/* Without names each stands for itself, and says that nobody has looked. */
	m = writers_of_mapping(all, NULL, B, HEAP, HEAP + MIB);
	assert_int_equal(ip_of(all, m.greatest), 3);
	words = writer_called(NULL, &all->writer[m.greatest->writer], &gap);
	assert_int_equal(words.len, 0);
	assert_non_null(gap);
	part_put(all);
	part_put(names);
	writer_table_free(&w.table);
}

/* One that is seeded goes on as one that saw it all. */
static void seeded_it_counts_on(void **state)
{
	struct mapping_writers m;
	struct writers *all;
	struct world w;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 5; i++)
		wrote(&w, B, 1 + i % 2, HEAP + i * PAGE);
	wrote(&w, A, 7, ARRAY);
	all = writers_now(&w);
	writer_table_seed(&w.table, all);
	part_put(all);
	for (unsigned i = 5; i < 9; i++)
		wrote(&w, B, 1, HEAP + i * PAGE);
	all = writers_now(&w);
	assert_int_equal(all->areas_n, 3);
	m = writers_of_mapping(all, NULL, B, HEAP, HEAP + MIB);
	assert_int_equal(m.copied, 9);
	assert_int_equal(ip_of(all, m.greatest), 1);
	assert_int_equal(m.greatest_copied, 7);
	part_put(all);
	writer_table_free(&w.table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mapping_has_its_own),
		cmocka_unit_test(copies_weigh_more),
		cmocka_unit_test(it_may_grow),
		cmocka_unit_test(a_split_is_told),
		cmocka_unit_test(too_many_places_are_told),
		cmocka_unit_test(places_have_words),
		cmocka_unit_test(places_of_one_name_are_one),
		cmocka_unit_test(seeded_it_counts_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
