/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part table: what each kind of part is, whose, and what it costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/model/pair.h"

/* What holds for every row, whatever parts there will be. */
static void rows_keep_the_tables_rules(void **state)
{
	unsigned asked = 0;

	(void)state;
	assert_int_equal(SIDE_PARTS + PAIR_PARTS + HOST_PARTS, PART_KINDS);
	for (size_t i = 0; i < PART_KINDS; i++) {
		const struct part_row *row = &part_table[i];

		assert_true(row->size >= sizeof(struct part));
		assert_true(row->old_ns > 0);
		/* Sides' parts come first, then the pair's, then the host's. */
		assert_true(i == 0 || part_table[i - 1].scope <= row->scope);
		/* Nobody asks for what follows from others. */
		assert_true(row->origin != PART_DERIVED || !row->need);
		/* What is of the host alone has a name of its own at the top. */
		assert_true(!row->json || row->scope == PART_OF_SIDE ||
			    strncmp(row->json, "pair.", 5) == 0 ||
			    (row->scope == PART_OF_HOST && !strpbrk(row->json, ".[")));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(row->id, part_table[k].id);
		asked |= row->need;
	}
	/* Whatever can be needed asks for some part; who else maps the frames comes with the pages.
	 */
	assert_int_equal(asked | NEED_PAGE_COUNTS, NEED_ALL);
	assert_int_equal(part_table[PART_THREADS].need, NEED_THREAD_ANY);
	assert_string_equal(part_table[PART_PAGES].json, ".page_totals");
	assert_int_equal(part_table[PART_VERDICTS].origin, PART_DERIVED);
}

static void a_part_is_found_by_kind_and_by_name(void **state)
{
	struct snapshot *s = snapshot_new();

	(void)state;
	s->sides = 2;
	for (unsigned kind = 0; kind < SIDE_PARTS; kind++)
		for (unsigned side = 0; side < 2; side++)
			s->side[side].part[kind] = part_make((enum part_kind)kind);
	for (unsigned i = 0; i < PAIR_PARTS; i++)
		s->pair_part[i] = part_make((enum part_kind)(SIDE_PARTS + i));
	for (unsigned i = 0; i < HOST_PARTS; i++)
		s->host_part[i] = part_make((enum part_kind)(SIDE_PARTS + PAIR_PARTS + i));
	assert_ptr_equal(snapshot_part(s, PART_PROCESS, 1), s->side[1].info);
	assert_ptr_equal(snapshot_part(s, PART_MAPPINGS, 0), s->side[0].memory);
	assert_ptr_equal(snapshot_part(s, PART_PAGES, 0), s->side[0].pages);
	assert_ptr_equal(snapshot_part(s, PART_PAGES, 1), s->side[1].pages);
	assert_ptr_equal(snapshot_part(s, PART_MARKS, 1), s->side[1].marks);
	assert_ptr_equal(snapshot_part(s, PART_SHARES, 0), s->shares);
	assert_ptr_equal(snapshot_part(s, PART_VERDICTS, 0), s->verdicts);
	assert_ptr_equal(snapshot_part(s, PART_IPC, 0), s->ipc);
	assert_null(snapshot_part(s, PART_PAGES, 2));
	part_put(s);
}

static void a_made_part_knows_how_to_go(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < PART_KINDS; kind++) {
		struct part *part = part_make((enum part_kind)kind);
		const char *bytes = (const char *)part;

		assert_ptr_equal(part->release, part_table[kind].release);
		assert_int_equal(atomic_load(&part->references), 1);
		for (size_t i = sizeof *part; i < part_table[kind].size; i++)
			assert_int_equal(bytes[i], 0);
		part_put(part);
	}
}

/* What a part refers to lives as long as it does, and no longer. */
static void references_go_with_their_part(void **state)
{
	struct memory_map *memory = part_make(PART_MAPPINGS);
	struct page_map *pages = part_make(PART_PAGES);
	struct mapping_marks *marks = part_make(PART_MARKS);
	struct verdicts *verdicts = part_make(PART_VERDICTS);
	struct pair *pair = pair_new();

	(void)state;
	pages->memory = part_get(memory);
	marks->memory = part_get(memory);
	pair->verdicts = part_get(verdicts);
	assert_int_equal(atomic_load(&memory->part.references), 3);
	part_put(pages);
	part_put(marks);
	part_put(pair);
	assert_int_equal(atomic_load(&memory->part.references), 1);
	assert_int_equal(atomic_load(&verdicts->part.references), 1);
	part_put(memory);
	part_put(verdicts);
	part_put(part_make(PART_PAGES)); /* half-built: no mappings yet */
	part_put(part_make(PART_MARKS));
	part_put(pair_new());
}

static void the_same_part_costs_nothing(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PART_KINDS; i++) {
		enum part_kind kind = (enum part_kind)i;
		struct part *now = part_make(kind), *before = part_make(kind);
		size_t bare = part_bytes(kind, now, NULL);

		assert_true(bare >= part_table[kind].size);
		arena_alloc(&now->arena, 100000);
		assert_true(part_bytes(kind, now, NULL) >= bare + 100000);
		assert_true(part_bytes(kind, now, before) > 0);
		assert_int_equal(part_bytes(kind, now, now), 0);
		assert_int_equal(part_bytes(kind, NULL, before), 0);
		assert_int_equal(part_bytes(kind, NULL, NULL), 0);
		part_put(now);
		part_put(before);
	}
}

/* A snapshot of two sides at 100 s with a sample each 100 ms, all of whose parts are 2 s old. */
static struct snapshot *of_old_parts(void)
{
	struct snapshot *s = snapshot_new();
	struct part *part;

	s->sides = 2;
	s->monotonic_ns = 100000000000u;
	s->delay_ns = 100000000u;
	for (unsigned kind = 0; kind < PART_KINDS; kind++)
		for (unsigned side = 0; side < 2; side++) {
			part = part_make((enum part_kind)kind);
			part->end_ns = 98000000000u;
			if (kind < SIDE_PARTS)
				s->side[side].part[kind] = part;
			else if (side)
				part_put(part);
			else if (kind < SIDE_PARTS + PAIR_PARTS)
				s->pair_part[kind - SIDE_PARTS] = part;
			else
				s->host_part[kind - SIDE_PARTS - PAIR_PARTS] = part;
		}
	return s;
}

static void expect_age(
	const struct snapshot *s, enum part_kind kind, unsigned side, uint64_t ns, bool late)
{
	struct part_age age = part_age(s, kind, side);

	assert_int_equal(age.ns, ns);
	assert_int_equal(age.late, late);
}

static void a_part_is_as_old_as_the_last_read_that_found_it_so(void **state)
{
	struct snapshot *s = of_old_parts();

	(void)state;
	for (unsigned kind = 0; kind < PART_KINDS; kind++)
		expect_age(s, (enum part_kind)kind, 0, 2000000000u, true);
	s->side[1].read_ns[PART_FDS] = s->monotonic_ns - 1000;
	expect_age(s, PART_FDS, 1, 1000, false);
	expect_age(s, PART_FDS, 0, 2000000000u, true);
	s->side[1].read_ns[PART_FDS] = s->monotonic_ns + 1000; /* a late job came home meanwhile */
	expect_age(s, PART_FDS, 1, 0, false);
	part_put(s->side[0].fds);
	s->side[0].fds = NULL;
	expect_age(s, PART_FDS, 0, 0, false);
	part_put(s);
}

static void late_is_what_its_kind_and_the_delay_say(void **state)
{
	struct snapshot *s = of_old_parts();

	(void)state;
	s->side[0].read_ns[PART_FDS] = s->monotonic_ns - part_table[PART_FDS].old_ns;
	expect_age(s, PART_FDS, 0, part_table[PART_FDS].old_ns, false);
	s->side[0].read_ns[PART_FDS]--;
	expect_age(s, PART_FDS, 0, part_table[PART_FDS].old_ns + 1, true);
	/* Pages may rest for longer, and mappings with them. */
	s->pages_delay_ns = 700000000u;
	expect_age(s, PART_PAGES, 0, 2000000000u, false);
	expect_age(s, PART_MAPPINGS, 1, 2000000000u, false);
	expect_age(s, PART_THREADS, 0, 2000000000u, true);
	s->delay_ns = 700000000u;
	expect_age(s, PART_THREADS, 0, 2000000000u, false);
	part_put(s);
}

/* What has ended is read no more: it is not late, but what is told of it is old. */
static void nothing_of_the_ended_is_late(void **state)
{
	struct snapshot *s = of_old_parts();

	(void)state;
	s->side[1].ending.ended = true;
	expect_age(s, PART_THREADS, 0, 2000000000u, true);
	expect_age(s, PART_THREADS, 1, 2000000000u, false);
	expect_age(s, PART_SHARES, 0, 2000000000u, false);
	expect_age(s, PART_IPC, 0, 2000000000u, true);
	assert_true(part_age(s, PART_THREADS, 1).old && part_age(s, PART_SHARES, 0).old);
	/* Read again and found the same, what is of both is no older than that. */
	s->pair_read_ns[PART_SHARES - SIDE_PARTS] = s->monotonic_ns - 1000;
	s->host_read_ns[PART_IPC - SIDE_PARTS - PAIR_PARTS] = s->monotonic_ns - 1000;
	expect_age(s, PART_IPC, 0, 1000, false);
	assert_false(part_age(s, PART_SHARES, 0).old);
	part_put(s);
}

/* The moment after, in which nothing happened: the same but for what a test changes. */
static const struct moment *after(const struct snapshot *before, struct snapshot **ret)
{
	struct snapshot *s = snapshot_new();

	s->sides = before->sides;
	s->sequence = before->sequence + 1;
	s->monotonic_ns = before->monotonic_ns + 1;
	for (unsigned i = 0; i < s->sides; i++)
		for (unsigned kind = 0; kind < SIDE_PARTS; kind++)
			s->side[i].part[kind] = part_get(before->side[i].part[kind]);
	for (unsigned i = 0; i < PAIR_PARTS; i++)
		s->pair_part[i] = part_get(before->pair_part[i]);
	for (unsigned i = 0; i < HOST_PARTS; i++)
		if (part_table[SIDE_PARTS + PAIR_PARTS + i].origin != PART_TOLD)
			s->host_part[i] = part_get(before->host_part[i]);
	*ret = s;
	return moment_new(s, NULL);
}

static void replace(const struct part **part, enum part_kind kind)
{
	part_put(*part);
	*part = part_make(kind);
}

/* Moments are the same as long as nothing that they hold is another thing. */
static void a_moment_is_the_same_until_anything_is_new(void **state)
{
	const struct moment *first = moment_new(of_old_parts(), NULL), *m;
	struct snapshot *s;

	(void)state;
	m = after(first->snapshot, &s);
	assert_true(moment_same(m, first));
	assert_true(moment_same(m, m));
	assert_true(moment_same(NULL, NULL));
	assert_false(moment_same(m, NULL));
	assert_false(moment_same(NULL, m));
	moment_put(m);
	for (unsigned change = 0; change < 8 + PART_KINDS; change++) {
		enum part_kind kind = (enum part_kind)(change < 8 ? 0 : change - 8);

		m = after(first->snapshot, &s);
		if (change >= 8 && kind < SIDE_PARTS)
			replace(&s->side[1].part[kind], kind);
		else if (change >= 8 && kind < SIDE_PARTS + PAIR_PARTS)
			replace(&s->pair_part[kind - SIDE_PARTS], kind);
		else if (change >= 8)
			replace(&s->host_part[kind - SIDE_PARTS - PAIR_PARTS], kind);
		s->sibling_chosen_by_us = change == 0;
		s->side[0].tid = change == 1;
		s->side[1].id.pid = change == 2;
		s->side[1].id.start_ticks = change == 3;
		s->side[0].ending.ended = change == 4;
		s->side[0].ending.status_known = change == 5;
		s->side[0].ending.status = change == 6;
		if (change == 7) {
			moment_put(m);
			s = NULL;
			m = moment_new(part_get(first->snapshot), pair_new());
		}
		/* Faults and switches are shown by what follows from them alone. */
		assert_int_equal(moment_same(m, first),
			change >= 8 && (kind == PART_FAULTS || kind == PART_SWITCHES));
		moment_put(m);
	}
	moment_put(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_keep_the_tables_rules),
		cmocka_unit_test(a_part_is_found_by_kind_and_by_name),
		cmocka_unit_test(a_made_part_knows_how_to_go),
		cmocka_unit_test(references_go_with_their_part),
		cmocka_unit_test(the_same_part_costs_nothing),
		cmocka_unit_test(a_part_is_as_old_as_the_last_read_that_found_it_so),
		cmocka_unit_test(late_is_what_its_kind_and_the_delay_say),
		cmocka_unit_test(nothing_of_the_ended_is_late),
		cmocka_unit_test(a_moment_is_the_same_until_anything_is_new),
	};

	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
