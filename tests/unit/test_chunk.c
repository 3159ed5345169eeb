/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chunks of records that lists share: what is copied, what is not, and what stays readable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "twintop/model/chunk.h"

struct record {
	uint32_t value, twice, thrice;
};

struct table {
	struct record record[CHUNK_RECORDS];
	const void *at[CHUNK_RECORDS];
};

static void set(struct table *t, unsigned slot, uint32_t value)
{
	t->record[slot] = (struct record){value, 2 * value, 3 * value};
	t->at[slot] = &t->record[slot];
}

static void fill(struct table *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		set(t, i, i);
}

static void assert_holds(const struct chunk *c, const struct table *t)
{
	for (unsigned i = 0; i < c->n; i++)
		assert_memory_equal(chunk_at(c, i), &t->record[i], sizeof t->record[i]);
	assert_true(!c->base || !c->base->base);
}

static void test_a_chunk_copies_its_records(void **state)
{
	struct table t;
	const struct chunk *c;

	(void)state;
	fill(&t, 200);
	c = chunk_new(sizeof *t.record, t.at, 200);
	assert_int_equal(c->n, 200);
	assert_null(c->base);
	assert_holds(c, &t);
	set(&t, 7, 1000);
	assert_int_equal(((const struct record *)chunk_at(c, 7))->value, 7);
	chunk_put(c);
	chunk_put(NULL);
}

static void test_nothing_changed_is_the_same_chunk(void **state)
{
	struct chunk_slots none = {{0}};
	struct table t;
	const struct chunk *c, *next;

	(void)state;
	fill(&t, 3);
	c = chunk_new(sizeof *t.record, t.at, 3);
	next = chunk_next(c, &none, t.at);
	assert_ptr_equal(next, c);
	chunk_put(c);
	assert_holds(next, &t); /* the second reference keeps it */
	chunk_put(next);
}

/* The edges of the words of the bit map, and one in the middle. */
static void test_changes_are_packed_against_the_base(void **state)
{
	static const unsigned slots[] = {0, 63, 64, 127, 128, 200, 255};
	struct chunk_slots changed = {{0}};
	struct table t, before;
	const struct chunk *whole, *changes;

	(void)state;
	fill(&t, 256);
	before = t;
	whole = chunk_new(sizeof *t.record, t.at, 256);
	for (unsigned i = 0; i < 7; i++) {
		chunk_slots_add(&changed, slots[i]);
		set(&t, slots[i], 1000 + i);
	}
	changes = chunk_next(whole, &changed, t.at);
	assert_ptr_equal(changes->base, whole);
	assert_int_equal(changes->packed, 7);
	assert_holds(changes, &t);
	assert_holds(whole, &before);
	chunk_put(whole); /* the changes hold it */
	assert_holds(changes, &t);
	chunk_put(changes);
}

static void test_changes_to_changes_go_back_to_the_base(void **state)
{
	struct chunk_slots first = {{0}}, second = {{0}};
	struct table t, middle;
	const struct chunk *whole, *a, *b;

	(void)state;
	fill(&t, 100);
	whole = chunk_new(sizeof *t.record, t.at, 100);
	chunk_slots_add(&first, 10);
	chunk_slots_add(&first, 11);
	set(&t, 10, 500);
	set(&t, 11, 501);
	a = chunk_next(whole, &first, t.at);
	middle = t;
	chunk_slots_add(&second, 11);
	chunk_slots_add(&second, 99);
	set(&t, 11, 601);
	set(&t, 99, 602);
	t.at[10] = NULL; /* what did not change is not asked for */
	b = chunk_next(a, &second, t.at);
	assert_ptr_equal(b->base, whole);
	assert_int_equal(b->packed, 3);
	assert_holds(b, &t);
	for (unsigned i = 0; i < 100; i++)
		assert_memory_equal(chunk_at(a, i), &middle.record[i], sizeof *t.record);
	chunk_put(whole);
	chunk_put(a);
	assert_holds(b, &t);
	chunk_put(b);
}

static void test_many_changes_make_a_whole_chunk(void **state)
{
	struct chunk_slots changed = {{0}};
	struct table t;
	const struct chunk *whole, *few, *many;

	(void)state;
	fill(&t, 100);
	whole = chunk_new(sizeof *t.record, t.at, 100);
	for (unsigned i = 0; i < 25; i++) {
		chunk_slots_add(&changed, 4 * i);
		set(&t, 4 * i, 100 + i);
	}
	few = chunk_next(whole, &changed, t.at);
	assert_non_null(few->base);
	chunk_slots_add(&changed, 1);
	set(&t, 1, 999);
	many = chunk_next(few, &changed, t.at);
	assert_null(many->base);
	assert_holds(many, &t);
	chunk_put(whole);
	chunk_put(few);
	assert_holds(many, &t);
	chunk_put(many);
}

/* Against a plain table, over many rounds of random changes. */
static void test_random_changes_read_like_a_table(void **state)
{
	struct table t;
	const struct chunk *c, *next;
	unsigned whole = 0, changes = 0;

	(void)state;
	srand(4711);
	fill(&t, 256);
	c = chunk_new(sizeof *t.record, t.at, 256);
	for (unsigned round = 0; round < 500; round++) {
		struct chunk_slots changed = {{0}};

		for (int i = rand() % 20; i > 0; i--) {
			unsigned slot = (unsigned)rand() % 256;

			chunk_slots_add(&changed, slot);
			set(&t, slot, (uint32_t)rand());
		}
		next = chunk_next(c, &changed, t.at);
		assert_holds(next, &t);
		whole += next != c && !next->base;
		changes += next != c && next->base;
		chunk_put(c);
		c = next;
	}
	assert_true(whole > 20 && changes > 200); /* both kinds were seen */
	chunk_put(c);
}

static void test_own_bytes_leave_out_what_is_shared(void **state)
{
	struct chunk_slots changed = {{0}};
	struct table t;
	const struct chunk *before[2], *now[2], *later[2];
	size_t whole, changes;

	(void)state;
	fill(&t, 256);
	before[0] = chunk_new(sizeof *t.record, t.at, 256);
	before[1] = chunk_new(sizeof *t.record, t.at, 256);
	whole = sizeof(struct chunk) + 256 * sizeof *t.record;
	assert_int_equal(chunk_own_bytes(before, 2, NULL, 0), 2 * whole);
	assert_int_equal(chunk_own_bytes(before, 2, before, 2), 0);
	chunk_slots_add(&changed, 5);
	set(&t, 5, 50);
	changes = sizeof(struct chunk) + sizeof *t.record;
	now[0] = chunk_next(before[0], &changed, t.at);
	now[1] = chunk_get(before[1]);
	assert_int_equal(chunk_own_bytes(now, 2, before, 2), changes);
	set(&t, 5, 51);
	later[0] = chunk_next(now[0], &changed, t.at);
	later[1] = chunk_get(before[1]);
	/* The base is held through the changes of the list before, too. */
	assert_int_equal(chunk_own_bytes(later, 2, now, 2), changes);
	assert_int_equal(chunk_own_bytes(later, 2, NULL, 0), changes + 2 * whole);
	/* It is found where the chunks before it have gone. */
	assert_int_equal(chunk_own_bytes(&now[1], 1, before, 2), 0);
	for (unsigned i = 0; i < 2; i++) {
		chunk_put(before[i]);
		chunk_put(now[i]);
		chunk_put(later[i]);
	}
}

static void assert_place(const struct chunk_layout *l, size_t i, size_t chunk, unsigned slot)
{
	struct chunk_place at = chunk_place(l, i);

	assert_int_equal(at.chunk, chunk);
	assert_int_equal(at.slot, slot);
}

static void test_places_in_chunks_of_all_sizes(void **state)
{
	uint32_t full[] = {0, 256, 512, 600}, few[] = {0, 1, 2, 258, 259, 300, 301, 500};
	struct chunk_layout l = {3, full}, m = {7, few};

	(void)state;
	assert_place(&l, 0, 0, 0);
	assert_place(&l, 255, 0, 255);
	assert_place(&l, 256, 1, 0);
	assert_place(&l, 599, 2, 87);
	for (size_t i = 0, chunk = 0; i < 500; i++) {
		while (few[chunk + 1] <= i)
			chunk++;
		assert_place(&m, i, chunk, (unsigned)(i - few[chunk]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_chunk_copies_its_records),
		cmocka_unit_test(test_nothing_changed_is_the_same_chunk),
		cmocka_unit_test(test_changes_are_packed_against_the_base),
		cmocka_unit_test(test_changes_to_changes_go_back_to_the_base),
		cmocka_unit_test(test_many_changes_make_a_whole_chunk),
		cmocka_unit_test(test_random_changes_read_like_a_table),
		cmocka_unit_test(test_own_bytes_leave_out_what_is_shared),
		cmocka_unit_test(test_places_in_chunks_of_all_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
