/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wrote which page: faults and verdicts as a script gives them, joined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/compare/writer_rows.h"
#include "twintop/compare/writers.h"
#include "twintop/model/erosion.h"

#define A     100
#define B     200
#define PAGE  4096u
#define START 0x7f0000000000u
#define MS    1000000u
#define PAGES 2048u

/* Two processes whose pages are one mapping, and what is known of them up to now. */
struct world {
	struct writers_join *join;
	struct fault_sink sink;
	const struct snapshot *last; /* what the join saw last */
	uint64_t now_ns;
	uint64_t until_ns; /* up to when faults were told; 0: as they should be */
	bool huge;
	pid_t a, b;
};

static struct world world_new(void)
{
	struct world w = {.join = writers_join_new(), .now_ns = 1000000000000u, .a = A, .b = B};

	w.sink.said = true;
	w.sink.watches_n = 2;
	w.sink.watch[0] = (struct fault_watch){.pid = A, .period = 1};
	w.sink.watch[1] = (struct fault_watch){.pid = B, .period = 1};
	return w;
}

static void world_free(struct world *w)
{
	part_put(w->last);
	writers_join_free(w->join);
	fault_sink_free(&w->sink);
}

/* A fault of a page now; a millisecond passes. */
static void fault_of(
	struct world *w, pid_t pid, pid_t tid, unsigned page, uint64_t ip, uint32_t weight)
{
	fault_sink_add(&w->sink, &(struct fault){.pid = pid,
					 .tid = tid,
					 .address = START + page * PAGE + 8,
					 .ip = ip,
					 .time_ns = w->now_ns,
					 .weight = weight});
	w->now_ns += MS;
}

static void fault(struct world *w, pid_t pid, unsigned page, uint64_t ip)
{
	fault_of(w, pid, pid, page, ip, 1);
}

/* What a letter stands for; capital ones were so before. */
static uint8_t verdict_of(char letter)
{
	switch (letter) {
	case 's':
		return PAGE_VERDICT_COW_SHARED;
	case 'f':
		return PAGE_VERDICT_FILE_SHARED;
	case 'c':
		return PAGE_VERDICT_COPIED | VERDICT_FRESH;
	case 'C':
		return PAGE_VERDICT_COPIED;
	case 'a':
		return PAGE_VERDICT_COPIED_BY_A | VERDICT_FRESH;
	case 'b':
		return PAGE_VERDICT_COPIED_BY_B | VERDICT_FRESH;
	case 'B':
		return PAGE_VERDICT_COPIED_BY_B;
	case 'n':
		return PAGE_VERDICT_BORN_APART;
	case 'x':
		return PAGE_VERDICT_ONLY_A;
	case 'y':
		return PAGE_VERDICT_ONLY_B;
	default:
		return PAGE_VERDICT_ABSENT;
	}
}

static const struct page_map *pages_of(const struct world *w, const char *text, size_t n)
{
	struct page_map *pages = part_make(PART_PAGES);
	struct page_run *run = arena_array(&pages->part.arena, 1, sizeof *run);
	uint64_t *entry = arena_array(&pages->part.arena, n, sizeof *entry);

	pages->memory = part_make(PART_MAPPINGS);
	part_seal((struct part *)(uintptr_t)&pages->memory->part, 0, 0);
	pages->page_size = PAGE;
	for (size_t i = 0; i < n; i++)
		entry[i] = text[i] == '.' ? 0 : PAGE_PRESENT | (w->huge ? PAGE_HUGE : 0);
	*run = (struct page_run){.start = START, .n = n, .entry = entry};
	pages->run = run;
	pages->runs_n = 1;
	part_seal(&pages->part, 0, 0);
	pages->part.begin_ns = w->now_ns;
	pages->part.end_ns = w->now_ns + MS;
	return pages;
}

static const struct verdicts *verdicts_of(const char *text, size_t n)
{
	struct verdicts *v = part_make(PART_VERDICTS);
	struct verdict_run *run = arena_array(&v->part.arena, 1, sizeof *run);
	uint8_t *verdict = arena_array(&v->part.arena, n, 1);

	for (size_t i = 0; i < n; i++) {
		verdict[i] = verdict_of(text[i]);
		v->pages.fresh += (verdict[i] & VERDICT_FRESH) != 0;
	}
	*run = (struct verdict_run){START, n, verdict};
	v->verdict_run = run;
	v->verdict_runs_n = 1;
	v->page_size = PAGE;
	part_seal(&v->part, 0, 0);
	return v;
}

static struct snapshot *snapshot_of(struct world *w)
{
	struct snapshot *s = snapshot_new();

	s->sides = 2;
	s->side[0].id = (struct task_id){.pid = w->a, .start_ticks = 1};
	s->side[1].id = (struct task_id){.pid = w->b, .start_ticks = 1};
	s->faults_until_ns = w->until_ns ? w->until_ns : w->now_ns;
	s->monotonic_ns = w->now_ns;
	s->faults = fault_sink_seal(&w->sink, NULL);
	return s;
}

/* The pages are read, and judged as the letters say; what the join makes of that. */
static const struct writers *look_at(struct world *w, const char *text, size_t n)
{
	struct pair *p = pair_new();
	const struct page_map *pages = pages_of(w, text, n);
	struct snapshot *s;

	w->now_ns += 2 * MS;
	s = snapshot_of(w);
	s->side[0].pages = part_get(pages);
	s->side[1].pages = pages;
	p->verdicts = verdicts_of(text, n);
	part_seal(&p->part, 0, 0);
	writers_join_see(w->join, s, p);
	part_seal(&s->part, 0, 0);
	part_put(p);
	part_put(w->last);
	w->last = s;
	return s->writers;
}

static const struct writers *look(struct world *w, const char *text)
{
	return look_at(w, text, strlen(text));
}

/* What that place is said to have done. */
static struct writer place(const struct writers *w, pid_t pid, uint64_t ip)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->writer[i].pid == pid && w->writer[i].ip == ip)
			return w->writer[i];
	return (struct writer){0};
}

static uint64_t copied(const struct writers *w, pid_t pid, uint64_t ip)
{
	return place(w, pid, ip).copied;
}

static void a_copy_is_of_who_faulted_last(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	look(&w, "ssss");
	fault(&w, B, 0, 0x10);
	fault_of(&w, B, 201, 1, 0x10, 1);
	fault(&w, A, 2, 0x20);
	r = look(&w, "bbas");
	assert_int_equal(r->state, VALUE_KNOWN);
	assert_int_equal(copied(r, B, 0x10), 2);
	assert_int_equal(copied(r, A, 0x20), 1);
	assert_int_equal(place(r, B, 0x10).threads_n, 2);
	assert_int_equal(r->copies, 3);
	assert_int_equal(r->untold, 0);
	assert_int_equal(writers_page(r, START + PAGE)->tid, 201);
	assert_int_equal(writers_page(r, START + 2 * PAGE + 5)->tid, A);
	assert_null(writers_page(r, START + 3 * PAGE));
	world_free(&w);
}

/* A private page of a file is read first and written then: two faults, one copy. */
static void a_page_that_faulted_twice_is_copied_once(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	look(&w, "f.");
	fault(&w, B, 0, 0x10);
	fault(&w, B, 0, 0x18);
	fault(&w, B, 1, 0x10);
	fault(&w, B, 1, 0x18);
	r = look(&w, "by");
	assert_int_equal(copied(r, B, 0x10), 0);
	assert_int_equal(copied(r, B, 0x18), 1);
	assert_int_equal(place(r, B, 0x18).touched, 1);
	world_free(&w);
}

/* Where nothing tells whose frame changed, the first who wrote did; the other kept the original. */
static void of_two_that_wrote_the_first_has_copied(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	look(&w, "sss");
	fault(&w, A, 0, 0x20);
	fault(&w, B, 0, 0x10);
	fault(&w, B, 1, 0x10);
	fault(&w, A, 1, 0x20);
	fault(&w, A, 2, 0x20);
	fault(&w, B, 2, 0x10);
	r = look(&w, "ccb");
	assert_int_equal(copied(r, A, 0x20), 1);
	assert_int_equal(copied(r, B, 0x10), 2);
	assert_int_equal(r->copies, 3);
	world_free(&w);
}

/* What one of them faulted while both still shared the page copied nothing. */
static void a_fault_before_the_page_was_shared_is_no_copy(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	/* Filled, and forked then. */
	fault(&w, A, 0, 0x20);
	fault(&w, A, 1, 0x20);
	fault(&w, B, 5, 0x10);
	fault(&w, B, 0, 0x10);
	fault(&w, A, 1, 0x28);
	r = look(&w, "CCss");
	assert_int_equal(copied(r, B, 0x10), 1);
	assert_int_equal(copied(r, A, 0x28), 1);
	assert_int_equal(copied(r, A, 0x20), 0);
	/* The same between two looks; first by A, then by B. */
	fault(&w, A, 2, 0x20);
	fault(&w, B, 3, 0x10);
	look(&w, "CCss");
	fault(&w, B, 2, 0x10);
	fault(&w, A, 3, 0x28);
	r = look(&w, "CCcc");
	assert_int_equal(copied(r, B, 0x10), 2);
	assert_int_equal(copied(r, A, 0x28), 2);
	assert_int_equal(copied(r, A, 0x20), 0);
	world_free(&w);
}

static void a_fault_before_the_first_look_counts(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	w.b = 0;
	fault(&w, B, 0, 0x10);
	fault(&w, 300, 1, 0x10);
	r = look(&w, "xx");
	assert_int_equal(r->copies, 0);
	writers_join_reset(w.join);
	w.b = B;
	r = look(&w, "CCs");
	assert_int_equal(copied(r, B, 0x10), 1);
	/* What nobody saw being copied is nobody's, and none of the copies that were seen. */
	assert_int_equal(r->copies, 1);
	assert_int_equal(r->untold, 0);
	world_free(&w);
}

static void a_copy_without_a_fault_is_untold(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	look(&w, "sss");
	fault(&w, B, 0, 0x10);
	r = look(&w, "bbb");
	assert_int_equal(r->copies, 3);
	assert_int_equal(r->untold, 2);
	/* A fault of who did not copy does not tell it either. */
	look(&w, "BBs");
	fault(&w, A, 2, 0x20);
	r = look(&w, "BBb");
	assert_int_equal(r->copies, 4);
	assert_int_equal(r->untold, 3);
	assert_string_equal(writers_untold_by(r), "by nobody that was seen");
	world_free(&w);
}

/* Faults may come home after the look that shows what they did. */
static void a_late_fault_is_waited_for(void **state)
{
	struct world w = world_new();
	struct fault_sink late = {0};
	const struct writers *r;

	(void)state;
	look(&w, "ss");
	w.until_ns = w.now_ns;
	fault_sink_add(&late, &(struct fault){.pid = B,
				      .tid = B,
				      .address = START,
				      .ip = 0x10,
				      .time_ns = w.now_ns,
				      .weight = 1});
	w.now_ns += MS;
	r = look(&w, "bs");
	assert_int_equal(r->copies, 0);
	w.until_ns = 0;
	fault_sink_move(&w.sink, &late);
	fault(&w, B, 1, 0x10);
	r = look(&w, "Bb");
	assert_int_equal(copied(r, B, 0x10), 2);
	assert_int_equal(r->untold, 0);
	world_free(&w);
}

/* A fault that came after the pages were read shows in the next look. */
static void an_early_fault_waits_for_its_look(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	look(&w, "s");
	w.now_ns += 10 * MS;
	fault(&w, B, 0, 0x10);
	w.now_ns -= 10 * MS;
	r = look(&w, "s");
	assert_int_equal(r->copies, 0);
	w.now_ns += 10 * MS;
	r = look(&w, "b");
	assert_int_equal(copied(r, B, 0x10), 1);
	world_free(&w);
}

/* What is long gone by did not do it. */
static void an_old_fault_is_no_witness(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	look(&w, "f");
	fault(&w, B, 0, 0x10);
	look(&w, "f");
	w.now_ns += 500 * MS;
	look(&w, "f");
	r = look(&w, "b");
	assert_int_equal(copied(r, B, 0x10), 0);
	assert_int_equal(r->untold, 1);
	world_free(&w);
}

static void an_exec_ends_what_was_before(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	look(&w, "ss");
	fault(&w, B, 0, 0x10);
	fault(&w, A, 1, 0x20);
	fault_sink_add(
		&w.sink, &(struct fault){.pid = B, .tid = B, .time_ns = w.now_ns++, .exec = true});
	writers_join_reset(w.join);
	r = look(&w, "yy");
	assert_int_equal(r->n, 0);
	fault(&w, B, 0, 0x30);
	r = look(&w, "yy");
	assert_int_equal(r->n, 0);
	world_free(&w);
}

static void first_touches_are_no_copies(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	look(&w, "...xs");
	fault(&w, A, 0, 0x20);
	fault(&w, B, 1, 0x10);
	fault(&w, A, 2, 0x20);
	fault(&w, B, 2, 0x10);
	fault(&w, B, 3, 0x10);
	fault(&w, B, 4, 0x10);
	r = look(&w, "xynns");
	assert_int_equal(r->copies, 0);
	assert_int_equal(place(r, A, 0x20).touched, 2);
	assert_int_equal(place(r, B, 0x10).touched, 3);
	/* Once. */
	fault(&w, B, 3, 0x10);
	r = look(&w, "xynns");
	assert_int_equal(place(r, B, 0x10).touched, 3);
	world_free(&w);
}

/* One fault makes a huge page, whatever it is cut into. */
static void a_huge_page_is_one_fault(void **state)
{
	struct world w = world_new();
	static char text[PAGES + 1];
	const struct writers *r;

	(void)state;
	w.huge = true;
	memset(text, '.', PAGES);
	look(&w, text);
	fault(&w, B, 700, 0x10);
	fault(&w, B, 701, 0x18); /* another thread that came at the same time */
	memset(text + 512, 'y', 512);
	r = look(&w, text);
	assert_int_equal(place(r, B, 0x10).touched, 512);
	assert_int_equal(place(r, B, 0x18).touched, 0);
	memset(text, 's', 512);
	look(&w, text);
	/* A copy is of one page, but where all parts became copies at once. */
	fault(&w, B, 5, 0x20);
	text[5] = 'b';
	r = look(&w, text);
	assert_int_equal(copied(r, B, 0x20), 1);
	memset(text, 'b', 512);
	text[5] = 'B';
	fault(&w, B, 6, 0x28);
	r = look(&w, text);
	assert_int_equal(copied(r, B, 0x28), 511);
	assert_int_equal(r->untold, 0);
	world_free(&w);
}

static void a_fault_that_stands_for_others_counts_for_them(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	look(&w, "ssss..");
	fault_of(&w, B, B, 2, 0x10, 3);
	fault_of(&w, B, B, 5, 0x20, 64); /* how many are new nobody else tells */
	r = look(&w, "bbbb.y");
	assert_true(r->scaled);
	assert_int_equal(copied(r, B, 0x10), 3);
	assert_int_equal(place(r, B, 0x20).touched, 64);
	assert_int_equal(r->copies, 4);
	world_free(&w);
}

static void a_pair_that_turns_keeps_its_writers(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	look(&w, "ss.y");
	fault(&w, B, 0, 0x10);
	look(&w, "bs.y");
	writers_join_turn(w.join);
	w.a = B;
	w.b = A;
	fault(&w, A, 1, 0x20);
	fault(&w, B, 2, 0x10);
	fault(&w, B, 3, 0x10);
	r = look(&w, "abxx");
	assert_int_equal(copied(r, A, 0x20), 1);
	assert_int_equal(copied(r, B, 0x10), 1);
	assert_int_equal(place(r, B, 0x10).touched, 1);
	world_free(&w);
}

static void seeding_goes_on_as_it_would_have(void **state)
{
	struct world w = world_new();
	struct writers_join *other = writers_join_new();
	struct pair *p = pair_new();
	const struct writers *r;

	(void)state;
	look(&w, "sss");
	fault_of(&w, B, 201, 0, 0x10, 1);
	look(&w, "bss");
	p->verdicts = verdicts_of("bss", 3);
	part_seal(&p->part, 0, 0);
	writers_join_seed(other, w.last, p);
	part_put(p);
	writers_join_free(w.join);
	w.join = other;
	fault(&w, B, 1, 0x10);
	r = look(&w, "Bbs");
	assert_int_equal(copied(r, B, 0x10), 2);
	assert_int_equal(place(r, B, 0x10).threads_n, 2);
	assert_int_equal(r->copies, 2);
	assert_int_equal(writers_page(r, START)->tid, 201);
	world_free(&w);
}

static void places_and_pages_are_bounded(void **state)
{
	struct world w = world_new();
	static char text[PAGES + 1];
	const struct writers *r;

	(void)state;
	memset(text, 's', PAGES);
	look(&w, text);
	for (unsigned i = 0; i < PAGES; i++)
		fault_of(&w, B, (pid_t)(B + i), i, i < 100 ? 1 : i, 1);
	memset(text, 'b', PAGES);
	r = look(&w, text);
	assert_int_equal(r->n, WRITERS_MOST);
	assert_int_equal(r->copies, PAGES);
	assert_int_equal(r->untold, PAGES - 100 - (WRITERS_MOST - 1));
	assert_int_equal(place(r, B, 1).threads_n, WRITER_THREADS_MOST);
	assert_true(place(r, B, 1).more_threads);
	world_free(&w);
}

static void the_same_is_not_told_anew(void **state)
{
	struct world w = world_new();
	const struct writers *first, *second;

	(void)state;
	look(&w, "ss");
	fault(&w, B, 0, 0x10);
	first = part_get(look(&w, "bs"));
	assert_int_equal(first->writer[0].recent, 1);
	assert_ptr_equal(look(&w, "Bs"), look(&w, "Bs"));
	/* But a rate falls. */
	w.now_ns += 2000 * (uint64_t)MS;
	second = look(&w, "Bs");
	assert_ptr_not_equal(second, first);
	assert_int_equal(second->writer[0].recent, 0);
	assert_int_equal(second->writer[0].copied, 1);
	/* Blocks that did not move are shared. */
	assert_ptr_equal(second->block[0], first->block[0]);
	assert_true(writers_bytes(second, first) < writers_bytes(second, NULL));
	part_put(first);
	world_free(&w);
}

static void denied_is_told_with_its_reason(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		w.sink.watch[i] = (struct fault_watch){
			.pid = i ? B : A, .state = VALUE_DENIED, .reason = "not allowed"};
	r = look(&w, "ss");
	assert_int_equal(r->state, VALUE_DENIED);
	assert_string_equal(r->reason, "not allowed");
	/* One side is better than none. */
	w.sink.watch[1] = (struct fault_watch){.pid = B, .period = 1};
	w.sink.said = true;
	r = look(&w, "ss");
	assert_int_equal(r->state, VALUE_KNOWN);
	assert_null(r->reason);
	/* And of the ended stands what was said of the living. */
	w.sink.watch[1].state = VALUE_GONE;
	r = look(&w, "ss");
	assert_int_equal(r->state, VALUE_KNOWN);
	world_free(&w);
}

/* ---- as rows, and in words ----------------------------------------------------- */

static struct writer_name name_of(
	uint64_t ip, const char *function, const struct symbol_frame *frame)
{
	return (struct writer_name){.pid = B,
		.ip = ip,
		.symbol = {.address = ip,
			.module = text_of("/bin/server"),
			.name = text_of(function),
			.line_gap = frame ? SYMBOL_NO_GAP : SYMBOL_NO_LINES,
			.frame = frame,
			.frames = frame ? 1 : 0}};
}

static void expect_row(const struct writer_row *row, const char *words, uint64_t copied)
{
	struct textbuf text = {0};

	writer_row_print(&text, row);
	assert_string_equal(text.bytes, words);
	assert_int_equal(row->copied, copied);
	textbuf_free(&text);
}

/* Two places of one line are one row; two lines of one function are two; the unnamed stay apart. */
static void places_of_one_line_are_one_row(void **state)
{
	const struct symbol_frame line[] = {{text_of("fill"), text_of("src/table.c"), 88},
		{text_of("fill"), text_of("src/table.c"), 91}};
	const struct writer_name name[] = {name_of(0x10, "fill", &line[0]),
		name_of(0x18, "fill", &line[0]), name_of(0x20, "fill", &line[1]),
		name_of(0x28, "plain", NULL)};
	const struct writer_names names = {.n = 4, .name = name};
	struct world w = world_new();
	const struct writer_row *row;
	struct arena arena = {0};
	struct snapshot s;

	(void)state;
	look(&w, "sssssssss");
	for (unsigned i = 0; i < 9; i++)
		fault_of(&w, B, 200 + (pid_t)(i % 2), i,
			i < 2	? 0x10
			: i < 5 ? 0x18
			: i < 7 ? 0x20
			: i < 8 ? 0x28
				: 0x30,
			1);
	look(&w, "bbbbbbbbb");
	s = *w.last;
	s.names = &names;
	assert_int_equal(writer_rows(&s, &arena, &row), 4);
	expect_row(&row[0], "fill table.c:88", 5);
	assert_int_equal(row[0].places_n, 2);
	assert_int_equal(row[0].threads_n, 2);
	expect_row(&row[1], "fill table.c:91", 2);
	expect_row(&row[2], "0x30", 1);
	assert_non_null(row[2].gap);
	expect_row(&row[3], "plain", 1);
	assert_non_null(row[3].line_gap);
	assert_int_equal(writer_row_of(row, 4, 1), 0);
	assert_int_equal(writer_row_of(row, 4, 77), 4);
	arena_free(&arena);
	world_free(&w);
}

static void expect_honesty(struct world *w, const char *part)
{
	struct pair p = {.verdicts = part_make(PART_VERDICTS)};
	struct textbuf text = {0};

	look(w, "s");
	writers_honesty(w->last, &p, &text);
	if (!strstr(text.bytes, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text.bytes);
	textbuf_free(&text);
	part_put(p.verdicts);
}

static void what_is_missing_is_said(void **state)
{
	struct world w = world_new();

	(void)state;
	w.sink.watch[0].kernel = w.sink.watch[1].kernel = true;
	expect_honesty(&w, "exact: each page fault");
	w.sink.watch[1].lost = 120;
	w.sink.watch[1].told = 8880;
	expect_honesty(&w, "B: lost 120 of 9000");
	w.sink.watch[0].kernel = false;
	expect_honesty(&w, "kernel copies hidden");
	w.sink.watch[1].period = 64;
	expect_honesty(&w, "estimated: 1 in 64 page faults, counts scaled");
	w.sink.watch[1].ring_bytes = 16384;
	expect_honesty(&w, "B: rings of 16K only");
	w.sink.watch[1].threads = 120;
	w.sink.watch[1].threads_of = 1000;
	expect_honesty(&w, "B: 120 of 1000 threads watched");
	w.sink.watch[0].state = VALUE_DENIED;
	w.sink.watch[0].reason = "not allowed";
	expect_honesty(&w, "A hidden: not allowed");
	world_free(&w);
}

/* Who looks at writers later than at the pair has none of what was copied meanwhile. */
static void since_when_is_said(void **state)
{
	struct pair p = {.verdicts = part_make(PART_VERDICTS)};
	struct erosion erosion = {.since_ns = 0};
	struct world w = world_new();
	struct textbuf text = {0};
	struct snapshot s;

	(void)state;
	w.sink.watch[0].kernel = w.sink.watch[1].kernel = true;
	look(&w, "s");
	s = *w.last;
	assert_string_equal(writers_since(&s), "since the pair was first seen");
	s.erosion = &erosion;
	erosion.since_ns = s.writers->since_ns;
	assert_string_equal(writers_since(&s), "since the pair was first seen");
	erosion.since_ns -= 5000000000u;
	assert_string_equal(writers_since(&s), "since page faults are told");
	writers_honesty(&s, &p, &text);
	assert_string_equal(text.bytes, "exact: each page fault since page faults are told");
	textbuf_free(&text);
	part_put(p.verdicts);
	world_free(&w);
}

static void copies_between_samples_are_not_laid_to_nobody(void **state)
{
	struct world w = world_new();

	(void)state;
	w.sink.watch[1].period = 8;
	look(&w, "sss");
	fault(&w, B, 0, 0x10);
	assert_string_equal(writers_untold_by(look(&w, "bbb")), "by faults that were not sampled");
	world_free(&w);
}

/* Of all places together: pages that were copied, each once. */
static uint64_t told_by_all(const struct writers *r)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < r->n; i++)
		sum += r->writer[i].copied;
	return sum;
}

static void estimates_and_what_is_untold_are_all_that_was_copied(void **state)
{
	static const char *const shared = "ssssssssssssssssssss", *const copied =
									  "bbbbbbbbbbbbbbbbbbbb";
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	w.sink.watch[1].period = 4;
	look(&w, shared);
	fault_of(&w, B, B, 3, 0x10, 4); /* stand for too few */
	fault_of(&w, B, B, 7, 0x20, 4);
	r = look(&w, copied);
	assert_int_equal(r->copies, 20);
	assert_int_equal(told_by_all(r), 8);
	assert_int_equal(r->untold, 12);
	look(&w, shared); /* shared anew: now for too many, and that makes good for the last */
	for (unsigned i = 0; i < 20; i++)
		fault_of(&w, B, B, i, i % 4 ? 0x10 : 0x20, 4);
	r = look(&w, copied);
	assert_int_equal(r->copies, 40);
	assert_int_equal(told_by_all(r), 40);
	assert_int_equal(r->untold, 0);
	assert_in_range(place(r, B, 0x10).copied, 4 + 23, 4 + 25); /* each has its part */
	assert_in_range(place(r, B, 0x20).copied, 4 + 7, 4 + 9);
	world_free(&w);
}

/* Before anybody looked, too; what was touched first has no such bound. */
static void estimates_of_a_first_look_are_no_more_than_it_shows(void **state)
{
	struct world w = world_new();
	const struct writers *r;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		fault_of(&w, B, B, i, 0x10, 64);
	fault_of(&w, B, B, 5, 0x20, 64);
	r = look(&w, "bbbb.y");
	assert_int_equal(r->copies, 4);
	assert_int_equal(told_by_all(r), 4);
	assert_int_equal(r->untold, 0);
	world_free(&w);
}

/* ---- in little room ------------------------------------------------------------- */

static void expect_in(const struct writer_row *row, int columns, const char *wanted)
{
	struct textbuf text = {0};

	writer_row_print_in(&text, row, columns);
	assert_string_equal(text.bytes, wanted);
	assert_true((int)text_width(text.bytes, text.len) <= columns);
	textbuf_free(&text);
}

/* Lines of one function stay apart, and what the kernel did for them. */
static void what_tells_rows_apart_stays_where_there_is_little_room(void **state)
{
	struct writer_row row = {.function = text_of("__memset_avx2_unaligned_erms"),
		.file = text_of("../sysdeps/x86_64/multiarch/memset-vec-unaligned-erms.S"),
		.line = 211};

	(void)state;
	expect_in(&row, 80, "__memset_avx2_unaligned_erms memset-vec-unaligned-erms.S:211");
	expect_in(&row, 38, "__memset_avx2_unaligned_erms …ms.S:211");
	row.line = 1342;
	expect_in(&row, 38, "__memset_avx2_unaligned_erms …s.S:1342");
	expect_in(&row, 34, "__memset_avx2_unaligned_erms…:1342");
	expect_in(&row, 30, "__memset_avx2_unaligned_…:1342");
	row.kernel = true;
	expect_in(&row, 38, "__memset_avx2_unaligne…:1342 (syscall)");
	row = (struct writer_row){.module = text_of("/usr/lib/libverylongnameofalibrary.so.6"),
		.has_offset = true,
		.offset = 0x9f3c0};
	expect_in(&row, 38, "libverylongnameofalibrary.so.6+0x9f3c0");
	expect_in(&row, 30, "libverylongnameofalib…+0x9f3c0");
	row = (struct writer_row){.function = text_of("größe_größe_größe")};
	expect_in(&row, 17, "größe_größe_größe");
	expect_in(&row, 8, "größe_g…");
	row = (struct writer_row){
		.function = text_of("read"), .file = text_of("read.c"), .line = 26, .kernel = true};
	expect_in(&row, 38, "read read.c:26 (in a system call)");
	expect_in(&row, 30, "read read.c:26 (syscall)");
}

/* ---- examples ------------------------------------------------------------------ */

/* A fault as above, of which the stack is told. */
static const struct fault_example *example_of(
	struct world *w, pid_t pid, unsigned page, uint64_t ip, bool kernel)
{
	const struct fault_example head = {.pid = pid,
		.tid = pid,
		.address = START + page * PAGE + 8,
		.ip = ip,
		.kernel = kernel,
		.time_ns = w->now_ns};
	const struct fault_example *e = fault_example_new(&head, "stack", 5);

	fault_sink_add_example(&w->sink, e);
	return e;
}

static void a_place_has_an_example_of_its_own(void **state)
{
	struct world w = world_new();
	const struct fault_example *e, *other;
	const struct writers *r;

	(void)state;
	look(&w, "ssss");
	e = example_of(&w, B, 0, 0x10, false);
	example_of(&w, B, 0, 0x10, true); /* the kernel's at the same address is another place */
	example_of(&w, B, 0, 0x11, false);
	fault(&w, B, 0, 0x10);
	other = example_of(&w, A, 2, 0x20, false);
	fault(&w, A, 2, 0x20);
	fault(&w, B, 1, 0x30);
	r = look(&w, "bbas");
	assert_ptr_equal(place(r, B, 0x10).example, e);
	assert_true(place(r, B, 0x10).example_copied);
	assert_ptr_equal(place(r, A, 0x20).example, other);
	assert_null(place(r, B, 0x30).example);
	assert_int_equal(place(r, B, 0x10).example->stack_n, 5);
	world_free(&w);
}

/* And stays where it is, however often others come. */
static void an_example_of_a_copy_is_better_than_another(void **state)
{
	struct world w = world_new();
	const struct fault_example *first, *copied;
	const struct writers *r;

	(void)state;
	look(&w, "ss..");
	first = example_of(&w, B, 2, 0x10, false);
	fault(&w, B, 2, 0x10);
	r = look(&w, "ssy.");
	assert_ptr_equal(place(r, B, 0x10).example, first);
	assert_false(place(r, B, 0x10).example_copied);
	copied = example_of(&w, B, 0, 0x10, false);
	fault(&w, B, 0, 0x10);
	r = look(&w, "bsy.");
	assert_ptr_equal(place(r, B, 0x10).example, copied);
	assert_true(place(r, B, 0x10).example_copied);
	example_of(&w, B, 1, 0x10, false);
	fault(&w, B, 1, 0x10);
	r = look(&w, "Bby.");
	assert_ptr_equal(place(r, B, 0x10).example, copied);
	world_free(&w);
}

/* What comes before its look waits; what is of nobody is let go of. */
static void an_early_example_waits_for_its_look(void **state)
{
	struct world w = world_new();
	const struct fault_example *e;
	const struct writers *r;

	(void)state;
	look(&w, "ss");
	w.now_ns += 20 * MS;
	e = example_of(&w, B, 0, 0x10, false);
	fault(&w, B, 0, 0x10);
	example_of(&w, 300, 0, 0x10, false);
	w.now_ns -= 21 * MS;
	r = look(&w, "ss");
	assert_null(place(r, B, 0x10).example);
	w.now_ns += 30 * MS;
	r = look(&w, "bs");
	assert_ptr_equal(place(r, B, 0x10).example, e);
	assert_true(place(r, B, 0x10).example_copied);
	world_free(&w);
}

/* Whoever watches on keeps them. */
static void seeding_keeps_examples(void **state)
{
	struct world w = world_new();
	struct writers_join *join = writers_join_new();
	struct pair *p = pair_new();
	const struct fault_example *e;

	(void)state;
	look(&w, "ss");
	e = fault_example_get(example_of(&w, B, 0, 0x10, false));
	fault(&w, B, 0, 0x10);
	look(&w, "bs");
	p->verdicts = verdicts_of("Bs", 2);
	part_seal(&p->part, 0, 0);
	writers_join_seed(join, w.last, p);
	writers_join_free(w.join);
	w.join = join;
	fault(&w, B, 1, 0x10);
	assert_ptr_equal(place(look(&w, "Bb"), B, 0x10).example, e);
	fault_example_put(e);
	part_put(p);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_of_one_line_are_one_row),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(since_when_is_said),
		cmocka_unit_test(copies_between_samples_are_not_laid_to_nobody),
		cmocka_unit_test(estimates_and_what_is_untold_are_all_that_was_copied),
		cmocka_unit_test(estimates_of_a_first_look_are_no_more_than_it_shows),
		cmocka_unit_test(what_tells_rows_apart_stays_where_there_is_little_room),
		cmocka_unit_test(a_copy_is_of_who_faulted_last),
		cmocka_unit_test(a_page_that_faulted_twice_is_copied_once),
		cmocka_unit_test(of_two_that_wrote_the_first_has_copied),
		cmocka_unit_test(a_fault_before_the_page_was_shared_is_no_copy),
		cmocka_unit_test(a_fault_before_the_first_look_counts),
		cmocka_unit_test(a_copy_without_a_fault_is_untold),
		cmocka_unit_test(a_late_fault_is_waited_for),
		cmocka_unit_test(an_early_fault_waits_for_its_look),
		cmocka_unit_test(an_old_fault_is_no_witness),
		cmocka_unit_test(an_exec_ends_what_was_before),
		cmocka_unit_test(first_touches_are_no_copies),
		cmocka_unit_test(a_huge_page_is_one_fault),
		cmocka_unit_test(a_fault_that_stands_for_others_counts_for_them),
		cmocka_unit_test(a_pair_that_turns_keeps_its_writers),
		cmocka_unit_test(seeding_goes_on_as_it_would_have),
		cmocka_unit_test(places_and_pages_are_bounded),
		cmocka_unit_test(the_same_is_not_told_anew),
		cmocka_unit_test(denied_is_told_with_its_reason),
		cmocka_unit_test(a_place_has_an_example_of_its_own),
		cmocka_unit_test(an_example_of_a_copy_is_better_than_another),
		cmocka_unit_test(an_early_example_waits_for_its_look),
		cmocka_unit_test(seeding_keeps_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
