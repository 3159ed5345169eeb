/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A history that keeps of pages and verdicts what differs from one moment to the next gives each
 * moment as it was, in whatever order it is asked: memory that grows, shrinks and moves, parts that
 * stay, parts that are missing, two sides that are one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/hour.h"
#include "twintop/compare/compare.h"
#include "twintop/model/erosion.h"
#include "twintop/model/fault.h"
#include "twintop/record/history.h"

#define SECOND_NS 1000000000ull
#define DELAY_NS  100000000u
#define PAGE	  4096u
#define MOMENTS	  160u
#define ROWS	  5u

static uint64_t state_of_random = 88172645463325252ull;

static uint64_t below(uint64_t n)
{
	state_of_random = state_of_random * 6364136223846793005ull + 1442695040888963407ull;
	return (state_of_random >> 33) % n;
}

/* ---- parts that are made up --------------------------------------------------- */

static const struct memory_map *make_memory(void)
{
	struct memory_map *m = part_make(PART_MAPPINGS);

	m->n = ROWS;
	m->mapping = arena_array(&m->part.arena, m->n, sizeof *m->mapping);
	return m;
}

/* What a process has at a page: mostly what it had. */
static uint64_t entry_of(uint64_t page, unsigned moment, unsigned side)
{
	uint64_t changes = page % 17 == moment % 17 ? moment : page % 17;

	return PAGE_PRESENT | (page % 3 ? PAGE_EXCLUSIVE : 0) |
	       (page * 977 + changes * 131 + side) % PAGE_FRAME;
}

/* Runs begin and end elsewhere in each moment, some are not there. */
static const struct page_map *make_pages(
	unsigned moment, unsigned side, const struct memory_map *memory)
{
	struct page_map *p = part_make(PART_PAGES);
	struct arena *arena = &p->part.arena;
	struct frame_counts *counts = arena_alloc(arena, sizeof *counts);
	struct page_parted *parted = arena_alloc(arena, sizeof *parted);

	part_seal(&p->part, 0, 0);
	p->part.begin_ns = moment * 10 + 1;
	p->memory = part_get(memory);
	p->page_size = PAGE;
	p->frames_known = true;
	p->run = arena_array(arena, ROWS, sizeof *p->run);
	for (uint64_t row = 0; row < ROWS; row++) {
		uint64_t from = row * 10000 + below(3), n = 500 + below(4) * (row == 2 ? 100 : 1);
		uint64_t *entry = arena_array(arena, n, sizeof *entry);

		if (!below(15))
			continue;
		for (uint64_t i = 0; i < n; i++)
			entry[i] = below(400) ? entry_of(from + i, moment, side) : 0;
		p->run[p->runs_n++] = (struct page_run){from * PAGE, n, entry};
	}
	p->mapping = arena_array(arena, memory->n, sizeof *p->mapping);
	for (size_t i = 0; i < memory->n; i++)
		p->mapping[i] = (struct page_counts){.resident = moment, .zero = i};
	p->totals.resident = moment * 3;
	counts->n = 1 + below(4);
	counts->frame = arena_array(arena, counts->n, sizeof *counts->frame);
	counts->others = arena_array(arena, counts->n, sizeof *counts->others);
	for (size_t i = 0; i < counts->n; i++)
		counts->frame[i] = counts->others[i] = 100 + i + moment % 3;
	p->counts = counts;
	parted->n = below(3);
	parted->address = arena_array(arena, parted->n, sizeof *parted->address);
	for (size_t i = 0; i < parted->n; i++)
		parted->address[i] = i + moment;
	p->parted = parted;
	return p;
}

static const struct verdicts *make_verdicts(unsigned moment, const struct page_map *a)
{
	struct verdicts *v = part_make(PART_VERDICTS);
	struct arena *arena = &v->part.arena;

	part_seal(&v->part, 0, 0);
	v->page_size = PAGE;
	v->pages.copied = moment;
	v->verdict_run = arena_array(arena, a->runs_n, sizeof *v->verdict_run);
	for (; v->verdict_runs_n < a->runs_n; v->verdict_runs_n++) {
		const struct page_run *run = &a->run[v->verdict_runs_n];
		uint8_t *verdict = arena_alloc(arena, run->n);

		for (size_t i = 0; i < run->n; i++)
			verdict[i] = i % 17 == moment % 17 ? 0x80 | PAGE_VERDICT_COPIED
							   : PAGE_VERDICT_COW_SHARED;
		v->verdict_run[v->verdict_runs_n] =
			(struct verdict_run){run->start, run->n, verdict};
	}
	v->mappings_n = ROWS - moment % 2;
	v->mapping = arena_array(arena, v->mappings_n, sizeof *v->mapping);
	for (size_t i = 0; i < v->mappings_n; i++)
		v->mapping[i] = (struct pair_mapping){
			.a = (int)i, .b = i % 2 ? -1 : (int)i, .pages.copied = moment};
	v->shared_n = moment % 3;
	v->shared = arena_array(arena, v->shared_n, sizeof *v->shared);
	for (size_t i = 0; i < v->shared_n; i++)
		v->shared[i] = &v->mapping[v->mappings_n - 1 - i];
	for (unsigned side = 0; side < 2; side++) {
		v->cow_shared[side] = arena_array(arena, ROWS, sizeof *v->cow_shared[side]);
		v->copied[side] = arena_array(arena, ROWS, sizeof *v->copied[side]);
		v->cow_shared[side][0] = moment + side;
		v->copied[side][1] = 2 * moment + side;
	}
	return v;
}

static const struct pair *make_pair(const struct verdicts *v)
{
	struct pair *p = pair_new();

	p->verdicts = part_get(v);
	p->fds_n = p->channels_n = 2;
	p->fd = arena_array(&p->part.arena, 2, sizeof *p->fd);
	p->fd[1].b = 7;
	p->channel = arena_array(&p->part.arena, 2, sizeof *p->channel);
	p->channel[0].detail = arena_copy(&p->part.arena, "inode 4711", 10);
	return p;
}

/* Some at places of a few kinds, at times in a row; one stack in each. */
static const struct fault_batch *make_faults(unsigned moment)
{
	struct fault_sink sink = {.said = true, .watches_n = 1};
	uint64_t n = below(4) ? below(200) : 0;
	char stack[3000];

	sink.watch[0] =
		(struct fault_watch){.pid = 7, .reason = "denied", .period = 3, .told = moment};
	for (uint64_t i = 0; i < n; i++)
		fault_sink_add(&sink,
			&(const struct fault){.time_ns = moment * SECOND_NS / 10 + i * below(5000),
				.address = 0x7f0000000000 + below(4096) * PAGE,
				.ip = 0x401000 + below(7) * 16,
				.pid = 7,
				.tid = 7 + (pid_t)below(3),
				.weight = 1 + (uint32_t)below(2),
				.kernel = below(9) == 0});
	memset(stack, 0, sizeof stack);
	memcpy(stack + moment, &moment, sizeof moment);
	if (n)
		fault_sink_add_example(&sink,
			fault_example_new(&(const struct fault_example){.stack_n = sizeof stack},
				stack, sizeof stack));
	return fault_sink_seal(&sink, NULL);
}

static const struct erosion *make_erosion(unsigned moment)
{
	struct erosion *e = part_make(PART_EROSION);
	struct series_point *point = arena_array(&e->part.arena, 1 + moment, sizeof *point);
	struct erosion_look *look = arena_array(&e->part.arena, 3, sizeof *look);

	e->since_ns = 77;
	e->now.rate = moment / 3.0;
	e->n = 1 + moment;
	e->point = point;
	for (unsigned i = 0; i <= moment; i++)
		point[i] = (struct series_point){
			i * SECOND_NS, i * SECOND_NS + 5, {1000 - i, i * below(3)}, i == 4};
	e->looks_n = 3;
	e->look = look;
	look[1] = (struct erosion_look){moment, 1};
	part_seal(&e->part, 0, 0);
	return e;
}

/* What a run of moments is like. */
struct way {
	const char *what;
	unsigned stays;	  /* parts are read anew in so many moments once */
	unsigned missing; /* and are not there in one of so many; 0: never */
	bool one;	  /* now and then B's are A's */
};

static struct snapshot *make_snapshot(unsigned moment)
{
	struct snapshot *s = snapshot_new();

	s->sequence = moment + 1;
	s->monotonic_ns = (moment + 1) * SECOND_NS / 10;
	s->sides = 2;
	part_seal(&s->part, 0, 0);
	return s;
}

/* References to all moments of a way. */
static void make_moments(const struct way *way, const struct moment *ret[MOMENTS])
{
	const struct memory_map *memory = make_memory();
	const struct page_map *pages[2] = {NULL};
	const struct verdicts *v = NULL;
	const struct erosion *erosion = NULL;

	for (unsigned i = 0; i < MOMENTS; i++) {
		struct snapshot *s = make_snapshot(i);
		bool missing = way->missing && !below(way->missing);

		if (i % way->stays == 0) {
			bool one = way->one && below(2);

			part_put(pages[0]);
			part_put(pages[1]);
			part_put(v);
			pages[0] = make_pages(i, 0, memory);
			pages[1] = one ? part_get(pages[0]) : make_pages(i, 1, memory);
			v = make_verdicts(i, pages[0]);
			part_put(erosion);
			erosion = make_erosion(i);
		}
		s->faults = make_faults(i);
		if (!missing) {
			s->erosion = part_get(erosion);
			s->side[0].pages = part_get(pages[0]);
			s->side[1].pages = part_get(pages[1]);
			s->verdicts = i % 5 ? part_get(v) : NULL;
		}
		ret[i] = moment_new(s, missing ? NULL : make_pair(v));
	}
	part_put(pages[0]);
	part_put(pages[1]);
	part_put(v);
	part_put(erosion);
	part_put(memory);
}

/* ---- as it was ------------------------------------------------------------------ */

static void same_bytes(const void *a, const void *b, size_t n)
{
	if (n)
		assert_memory_equal(a, b, n);
}

static void same_pages(const struct page_map *a, const struct page_map *b)
{
	assert_true(!a == !b);
	if (!a)
		return;
	assert_int_equal(a->part.begin_ns, b->part.begin_ns);
	assert_int_equal(a->part.state, b->part.state);
	assert_ptr_equal(a->memory, b->memory);
	assert_int_equal(a->runs_n, b->runs_n);
	for (size_t i = 0; i < a->runs_n; i++) {
		assert_int_equal(a->run[i].start, b->run[i].start);
		assert_int_equal(a->run[i].n, b->run[i].n);
		same_bytes(a->run[i].entry, b->run[i].entry, a->run[i].n * sizeof(uint64_t));
	}
	same_bytes(a->mapping, b->mapping, a->memory->n * sizeof *a->mapping);
	same_bytes(&a->totals, &b->totals, sizeof a->totals);
	assert_true(!a->counts == !b->counts && !a->parted == !b->parted);
	if (a->counts) {
		assert_int_equal(a->counts->n, b->counts->n);
		same_bytes(a->counts->frame, b->counts->frame, a->counts->n * sizeof(uint64_t));
		same_bytes(a->counts->others, b->counts->others, a->counts->n * sizeof(uint64_t));
	}
	if (a->parted) {
		assert_int_equal(a->parted->n, b->parted->n);
		same_bytes(a->parted->address, b->parted->address, a->parted->n * sizeof(uint64_t));
	}
}

static void same_rows(const struct verdicts *a, const struct verdicts *b)
{
	assert_int_equal(a->mappings_n, b->mappings_n);
	same_bytes(a->mapping, b->mapping, a->mappings_n * sizeof *a->mapping);
	assert_int_equal(a->shared_n, b->shared_n);
	for (size_t i = 0; i < a->shared_n; i++)
		assert_int_equal(a->shared[i] - a->mapping, b->shared[i] - b->mapping);
	for (unsigned side = 0; side < 2; side++) {
		size_t bytes = verdicts_mappings(a, side) * sizeof(uint64_t);

		same_bytes(a->cow_shared[side], b->cow_shared[side], bytes);
		same_bytes(a->copied[side], b->copied[side], bytes);
	}
	same_bytes(&a->pages, &b->pages, sizeof a->pages);
}

static void same_verdicts(const struct verdicts *a, const struct verdicts *b)
{
	same_rows(a, b);
	assert_int_equal(a->verdict_runs_n, b->verdict_runs_n);
	for (size_t i = 0; i < a->verdict_runs_n; i++) {
		assert_int_equal(a->verdict_run[i].start, b->verdict_run[i].start);
		assert_int_equal(a->verdict_run[i].n, b->verdict_run[i].n);
		same_bytes(
			a->verdict_run[i].verdict, b->verdict_run[i].verdict, a->verdict_run[i].n);
	}
}

static void same_pair(const struct pair *a, const struct pair *b)
{
	assert_int_equal(a->fds_n, b->fds_n);
	same_bytes(a->fd, b->fd, a->fds_n * sizeof *a->fd);
	assert_int_equal(a->channels_n, b->channels_n);
	for (size_t i = 0; i < a->channels_n; i++)
		if (a->channel[i].detail)
			assert_string_equal(a->channel[i].detail, b->channel[i].detail);
}

static void same_stacks(const struct fault_batch *a, const struct fault_batch *b)
{
	assert_int_equal(a->examples_n, b->examples_n);
	for (size_t i = 0; i < a->examples_n; i++) {
		assert_int_equal(a->example[i]->stack_n, b->example[i]->stack_n);
		same_bytes(a->example[i]->stack, b->example[i]->stack, a->example[i]->stack_n);
	}
}

static void same_told(const struct snapshot *a, const struct snapshot *b)
{
	assert_true(!a->faults == !b->faults && !a->erosion == !b->erosion);
	if (a->faults) {
		assert_true(shape_equal(shape_table[SHAPE_OF_fault_batch], a->faults, b->faults));
		same_stacks(a->faults, b->faults);
	}
	if (a->erosion)
		assert_true(shape_equal(shape_table[SHAPE_OF_erosion], a->erosion, b->erosion));
}

static void same_moment(const struct moment *a, const struct moment *b)
{
	const struct snapshot *s = a->snapshot, *t = b->snapshot;

	assert_int_equal(s->sequence, t->sequence);
	for (unsigned side = 0; side < s->sides; side++)
		same_pages(s->side[side].pages, t->side[side].pages);
	same_told(s, t);
	assert_true(!a->pair == !b->pair && !s->verdicts == !t->verdicts);
	if (!a->pair)
		return;
	same_pair(a->pair, b->pair);
	same_verdicts(a->pair->verdicts, b->pair->verdicts);
	if (t->verdicts)
		assert_ptr_equal(t->verdicts, b->pair->verdicts);
}

static void check(const struct history *h, const struct moment *const was[], size_t i)
{
	const struct moment *m = history_get(h, i), *again = history_get(h, i);

	assert_ptr_equal(m, again);
	same_moment(was[h->gone + i], m);
	moment_put(again);
	moment_put(m);
}

static void check_rows(const struct history *h, const struct moment *const was[], size_t i)
{
	const struct moment *m = history_get_rows(h, i), *w = was[h->gone + i];

	assert_int_equal(m->snapshot->sequence, w->snapshot->sequence);
	assert_true(!m->pair == !w->pair);
	if (m->pair)
		same_rows(w->pair->verdicts, m->pair->verdicts);
	same_told(w->snapshot, m->snapshot);
	moment_put(m);
	m = history_get_told(h, i);
	same_told(w->snapshot, m->snapshot);
	moment_put(m);
}

/* From the oldest on, back again, and to and fro. */
static void check_all(const struct history *h, const struct moment *const was[])
{
	for (size_t i = 0; i < h->n; i++) {
		assert_int_equal(history_at(h, i)->snapshot->sequence, h->gone + i + 1);
		check(h, was, i);
	}
	for (size_t i = h->n; i-- > 0;)
		check_rows(h, was, i);
	for (size_t i = h->n; i-- > 0;)
		check(h, was, i);
	for (unsigned k = 0; k < 60; k++) {
		check(h, was, below(h->n));
		check_rows(h, was, below(h->n));
	}
}

static size_t bytes_without(const struct moment *const was[])
{
	struct history h = {.most.bytes = SIZE_MAX};
	size_t bytes;

	for (unsigned i = 0; i < MOMENTS; i++)
		history_add(&h, was[i]);
	bytes = h.bytes;
	history_clear(&h);
	return bytes;
}

static void all_is_as_it_was(void **state)
{
	static const struct way way[] = {{"read anew", 1, 0, false}, {"stays", 7, 0, false},
		{"missing", 2, 9, false}, {"one of both", 3, 0, true},
		{"one, or missing", 1, 5, true}};

	(void)state;
	for (size_t k = 0; k < sizeof way / sizeof *way; k++) {
		struct history h = {.most.bytes = SIZE_MAX, .packs = true}, copy;
		const struct moment *was[MOMENTS];

		make_moments(&way[k], was);
		for (unsigned i = 0; i < MOMENTS; i++) {
			history_add(&h, was[i]);
			/* Also while it grows. */
			if (i % 11 == 0)
				check(&h, was, below(h.n));
		}
		check_all(&h, was);
		if (k == 0)
			assert_in_range(h.bytes, 1, bytes_without(was) / 4 * 3);
		history_copy(&copy, &h);
		history_clear(&h);
		assert_int_equal(h.bytes, 0);
		check_all(&copy, was);
		history_clear(&copy);
		for (unsigned i = 0; i < MOMENTS; i++)
			moment_put(was[i]);
	}
}

/* The oldest go, whatever the others are told by; what they cost adds up to the end. */
static void the_oldest_make_room(void **state)
{
	static const struct way way = {"read anew", 1, 0, false};
	struct history h = {.packs = true};
	const struct moment *was[MOMENTS];

	(void)state;
	make_moments(&way, was);
	h.most.bytes = bytes_without(was) / 6;
	for (unsigned i = 0; i < MOMENTS; i++) {
		history_add(&h, was[i]);
		assert_true(h.bytes <= h.most.bytes || h.n == 1);
		check(&h, was, below(h.n));
	}
	assert_in_range(h.n, MOMENTS / 5, MOMENTS - 1);
	check_all(&h, was);
	history_clear(&h);
	assert_int_equal(h.bytes, 0);
	for (unsigned i = 0; i < MOMENTS; i++)
		moment_put(was[i]);
}

/* Pages that change here and there are kept for minutes, not for seconds. */
static void little_that_changes_is_kept_long(void **state)
{
	const struct hour_size size = {
		.threads = 4, .pages = 32768, .copied_each = 33, .delay_ns = DELAY_NS};
	struct history h = {.most.bytes = 8u << 20, .packs = true};
	struct hour *hour = hour_new(&size);
	struct comparer *comparer = comparer_new();

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		struct snapshot *s = hour_next(hour);
		const struct moment *m = moment_new(s, comparer_pair(comparer, s));

		history_add(&h, m);
		moment_put(m);
	}
	/* Whole they would be some 14. */
	assert_true(h.n > 100);
	history_clear(&h);
	comparer_free(comparer);
	hour_free(hour);
}

/* Much that is told is kept in a few bytes. */
static void what_is_told_is_packed(void **state)
{
	struct history packed = {.packs = true}, plain = {0};

	(void)state;
	for (unsigned i = 0; i < MOMENTS; i++) {
		struct snapshot *s = make_snapshot(i);
		const struct moment *m;

		s->faults = make_faults(i);
		s->erosion = make_erosion(i);
		m = moment_new(s, NULL);
		history_add(&packed, m);
		history_add(&plain, m);
		moment_put(m);
	}
	assert_true(packed.n == MOMENTS && packed.bytes < plain.bytes / 2);
	history_clear(&packed);
	history_clear(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_as_it_was),
		cmocka_unit_test(the_oldest_make_room),
		cmocka_unit_test(little_that_changes_is_kept_long),
		cmocka_unit_test(what_is_told_is_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
