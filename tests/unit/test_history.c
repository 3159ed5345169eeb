/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring of moments: what it keeps, what it costs, and going back in it as in any source. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/scene.h"
#include "twintop/record/history.h"

#define STEP_NS 1000u
#define MOMENTS 600u

/* Room for so many moments of that step, and memory as ever. */
#define BOUNDED(step_ns)                                                                           \
	{                                                                                          \
		.most.ns = (MOMENTS - 1) * (step_ns)                                               \
	}

/* ---- what is kept -------------------------------------------------------- */

/* What moments share is counted once, as long as one of them is kept. */
static void shared_parts_are_counted_once(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 1, .rows = 1000}), *late;
	struct history h = BOUNDED(SCENE_STEP_NS);
	size_t whole, more;

	(void)state;
	history_add(&h, m);
	whole = h.bytes;
	for (unsigned i = 1; i < MOMENTS; i++) {
		const struct moment *same =
			moment_new(scene_again(m, i * SCENE_STEP_NS), part_get(m->pair));

		history_add(&h, same);
		moment_put(same);
	}
	more = (h.bytes - whole) / (MOMENTS - 1);
	assert_int_equal(h.n, MOMENTS);
	assert_true(more <= m->part.arena.held_bytes + sizeof(struct snapshot) + 4096);
	assert_true(whole > 100 * more);
	/* Its first holder goes: the next one counts for all of it. */
	late = moment_new(scene_again(m, MOMENTS * SCENE_STEP_NS), part_get(m->pair));
	history_add(&h, late);
	moment_put(late);
	assert_int_equal(h.gone, 1);
	assert_true(h.bytes >= whole + more * (MOMENTS - 2));
	history_clear(&h);
	moment_put(m);
}

/* Two threads of one process: its parts are of both sides. */
static void what_both_sides_are_is_counted_once(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 1, .alone = true});
	struct snapshot *s = snapshot_new();
	const struct moment *twice = moment_new(s, NULL);
	struct history one = {0}, two = {0};

	(void)state;
	s->sides = 2;
	for (unsigned side = 0; side < 2; side++)
		for (unsigned kind = 0; kind < SIDE_PARTS; kind++)
			s->side[side].part[kind] = part_get(m->snapshot->side[0].part[kind]);
	for (unsigned kind = 0; kind < HOST_PARTS; kind++)
		s->host_part[kind] = part_get(m->snapshot->host_part[kind]);
	for (unsigned kind = 0; kind < PAIR_PARTS; kind++)
		s->pair_part[kind] = part_get(m->snapshot->pair_part[kind]);
	history_add(&one, m);
	history_add(&two, twice);
	assert_int_equal(one.bytes, two.bytes);
	history_clear(&one);
	history_clear(&two);
	moment_put(m);
	moment_put(twice);
}

/* ---- going there --------------------------------------------------------- */

static void add(struct history *h, uint64_t number)
{
	struct snapshot *s = snapshot_new();
	const struct moment *m = moment_new(s, NULL);

	s->sequence = number;
	s->monotonic_ns = number * STEP_NS;
	history_add(h, m);
	moment_put(m);
}

/* n moments: number 1 at 1 us, number 2 at 2 us … */
static void fill(struct history *h, uint64_t n)
{
	for (uint64_t i = 1; i <= n; i++)
		add(h, i);
}

/* The next moment is that number's; 0: there is none. */
static void expect_next(struct source *s, uint64_t number)
{
	const struct moment *m = source_next(s);

	assert_int_equal(m ? m->snapshot->sequence : 0, number);
	moment_put(m);
}

static void expect_at(struct source *s, size_t at, size_t n, uint64_t shown_ns)
{
	struct position p;

	assert_true(source_position(s, &p));
	assert_int_equal(p.at, at);
	assert_int_equal(p.n, n);
	assert_int_equal(p.shown_ns, shown_ns);
	assert_int_equal(p.last_ns - p.first_ns, (n - 1) * STEP_NS);
}

static int steps(struct source *s, int64_t by)
{
	return source_seek(s, (struct seek){.kind = SEEK_STEPS, .steps = by});
}

static int to_time(struct source *s, uint64_t ns)
{
	return source_seek(s, (struct seek){.kind = SEEK_TIME, .monotonic_ns = ns});
}

static int to(struct source *s, enum seek_kind kind)
{
	return source_seek(s, (struct seek){.kind = kind});
}

static void it_begins_with_the_newest(void **state)
{
	struct history h = {0};
	struct source *s;

	(void)state;
	fill(&h, 5);
	s = history_source_new(&h);
	assert_string_equal(s->ops->id, "history");
	assert_int_equal(source_fd(s), -1);
	assert_int_equal(source_watch(s, 1, 0, NULL), -EOPNOTSUPP);
	assert_false(source_done(s));
	expect_at(s, 4, 5, 5 * STEP_NS);
	expect_next(s, 5);
	expect_next(s, 0);
	assert_true(source_done(s));
	add(&h, 6); /* it does not go on by itself */
	expect_next(s, 0);
	expect_at(s, 4, 6, 5 * STEP_NS);
	source_free(s);
	history_clear(&h);
}

static void steps_stop_at_either_end(void **state)
{
	struct history h = {0};
	struct source *s;

	(void)state;
	fill(&h, 5);
	s = history_source_new(&h);
	expect_next(s, 5);
	assert_int_equal(steps(s, 1), -ENOENT);
	assert_int_equal(steps(s, 0), -ENOENT);
	expect_next(s, 0);
	assert_int_equal(steps(s, -1), 0);
	expect_at(s, 3, 5, 4 * STEP_NS);
	expect_next(s, 4);
	expect_next(s, 0);
	assert_int_equal(steps(s, -10), 0);
	expect_next(s, 1);
	assert_int_equal(steps(s, -1), -ENOENT);
	assert_int_equal(steps(s, INT64_MIN), -ENOENT);
	expect_next(s, 0);
	assert_int_equal(steps(s, 2), 0);
	assert_int_equal(steps(s, 1), 0); /* what nobody took is passed by */
	expect_next(s, 4);
	assert_int_equal(steps(s, INT64_MAX), 0);
	expect_next(s, 5);
	source_free(s);
	history_clear(&h);
}

static void first_and_last_are_there_at_once(void **state)
{
	struct history h = {0};
	struct source *s;

	(void)state;
	fill(&h, 5);
	s = history_source_new(&h);
	assert_int_equal(to(s, SEEK_LAST), -ENOENT);
	assert_int_equal(to(s, SEEK_FIRST), 0);
	expect_next(s, 1);
	assert_int_equal(to(s, SEEK_FIRST), -ENOENT);
	add(&h, 6);
	assert_int_equal(to(s, SEEK_LAST), 0);
	expect_next(s, 6);
	source_free(s);
	history_clear(&h);
}

/* Each time of a full ring that has turned, and times between. */
static void a_time_is_its_last_moment(void **state)
{
	const uint64_t first = 251, last = MOMENTS + 250;
	struct history h = BOUNDED(STEP_NS);
	struct source *s;

	(void)state;
	fill(&h, last);
	s = history_source_new(&h);
	assert_int_equal(to_time(s, UINT64_MAX), -ENOENT);
	for (uint64_t i = first; i <= last; i++) {
		assert_int_equal(to_time(s, i * STEP_NS), 0);
		expect_next(s, i);
		assert_int_equal(to_time(s, i * STEP_NS + STEP_NS - 1), -ENOENT);
	}
	assert_int_equal(to_time(s, first * STEP_NS - 1), 0); /* before all: the oldest */
	expect_next(s, first);
	assert_int_equal(to_time(s, 0), -ENOENT);
	source_free(s);
	history_clear(&h);
}

/* The moment that is shown makes room: it is held and older than all that is kept. */
static void the_shown_one_stays_when_it_makes_room(void **state)
{
	const struct moment *shown;
	struct history h = BOUNDED(STEP_NS);
	struct position p;
	struct source *s;

	(void)state;
	fill(&h, MOMENTS);
	s = history_source_new(&h);
	assert_int_equal(to(s, SEEK_FIRST), 0);
	shown = source_next(s);
	expect_at(s, 0, MOMENTS, STEP_NS);
	add(&h, MOMENTS + 1);
	add(&h, MOMENTS + 2);
	assert_int_equal(atomic_load(&shown->part.references), 2); /* ours and the source's */
	assert_true(source_position(s, &p));
	assert_int_equal(p.at, 0);
	assert_int_equal(p.shown_ns, STEP_NS);
	assert_int_equal(p.first_ns, 3 * STEP_NS);
	assert_int_equal(p.last_ns, (MOMENTS + 2) * STEP_NS);
	/* Nothing that is kept is older. */
	assert_int_equal(steps(s, -1), -ENOENT);
	assert_int_equal(to_time(s, STEP_NS), -ENOENT);
	assert_int_equal(to_time(s, 2 * STEP_NS), -ENOENT);
	assert_int_equal(steps(s, 1), 0);
	expect_next(s, 3);
	assert_int_equal(atomic_load(&shown->part.references), 1);
	moment_put(shown);
	source_free(s);
	history_clear(&h);
}

static void a_moment_keeps_its_place_while_others_go(void **state)
{
	struct history h = BOUNDED(STEP_NS);
	struct source *s;

	(void)state;
	fill(&h, MOMENTS);
	s = history_source_new(&h);
	assert_int_equal(steps(s, -500), 0);
	expect_at(s, MOMENTS - 501, MOMENTS, 100 * STEP_NS);
	for (unsigned i = 1; i <= 60; i++)
		add(&h, MOMENTS + i);
	expect_at(s, MOMENTS - 561, MOMENTS, 100 * STEP_NS);
	assert_int_equal(steps(s, -1), 0);
	expect_next(s, 99);
	source_free(s);
	history_clear(&h);
}

static void nothing_is_kept_yet(void **state)
{
	struct history h = {0};
	struct source *s = history_source_new(&h);
	struct position p;

	(void)state;
	expect_next(s, 0);
	assert_true(source_done(s));
	assert_false(source_position(s, &p));
	for (int kind = SEEK_STEPS; kind <= SEEK_LAST; kind++)
		assert_int_equal(to(s, (enum seek_kind)kind), -ENOENT);
	fill(&h, 2);
	assert_false(source_position(s, &p));
	assert_int_equal(steps(s, 1), 0);
	expect_next(s, 2);
	source_free(s);
	history_clear(&h);
}

/* ---- questions ----------------------------------------------------------- */

static const struct page_map *pages_of(uint64_t frame, size_t n, bool counted)
{
	struct page_map *p = part_make(PART_PAGES);
	struct frame_counts *counts = arena_alloc(&p->part.arena, sizeof *counts);
	uint64_t *entry = arena_array(&p->part.arena, n, sizeof *entry);

	p->run = arena_array(&p->part.arena, 1, sizeof *p->run);
	*p->run = (struct page_run){0x1000, n, entry};
	p->runs_n = 1;
	for (size_t i = 0; i < n; i++)
		entry[i] = PAGE_PRESENT | frame;
	counts->n = counts->common = 1;
	counts->frame = arena_array(&p->part.arena, 1, sizeof *counts->frame);
	counts->others = arena_array(&p->part.arena, 1, sizeof *counts->others);
	counts->frame[0] = frame;
	counts->others[0] = 7;
	if (counted)
		p->counts = counts;
	part_seal(&p->part, 0, 0);
	p->part.begin_ns = 1;
	return p;
}

static void expect_users(struct source *s, uint64_t frame, enum value_state state, uint64_t number)
{
	const struct question q = {.kind = QUESTION_FRAME_USERS, .address = frame};
	struct answer answer;

	source_ask(s, &q, &answer);
	assert_int_equal(answer.state, state);
	if (state == VALUE_KNOWN)
		assert_int_equal(answer.number, number);
	else
		assert_string_equal(answer.reason, "not asked at this moment");
}

/* A moment answers what was looked up when it was read, and nothing else. */
static void a_moment_answers_what_it_holds(void **state)
{
	struct snapshot *with = snapshot_new();
	const struct moment *m = moment_new(with, NULL);
	struct history h = {0};
	struct source *s;

	(void)state;
	with->sides = 2;
	with->side[0].pages = pages_of(0x77, 1, true);
	with->side[1].pages = pages_of(0x77, 2, false);
	history_add(&h, m);
	add(&h, 1);
	s = history_source_new(&h);
	expect_users(s, 0x77, VALUE_UNREAD, 0);
	assert_int_equal(steps(s, -1), 0);
	expect_users(s, 0x77, VALUE_KNOWN, 7 + 1 + 2);
	expect_users(s, 0x78, VALUE_UNREAD, 0);
	source_free(s);
	history_clear(&h);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_parts_are_counted_once),
		cmocka_unit_test(what_both_sides_are_is_counted_once),
		cmocka_unit_test(it_begins_with_the_newest),
		cmocka_unit_test(steps_stop_at_either_end),
		cmocka_unit_test(first_and_last_are_there_at_once),
		cmocka_unit_test(a_time_is_its_last_moment),
		cmocka_unit_test(the_shown_one_stays_when_it_makes_room),
		cmocka_unit_test(a_moment_keeps_its_place_while_others_go),
		cmocka_unit_test(nothing_is_kept_yet),
		cmocka_unit_test(a_moment_answers_what_it_holds),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
