/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of a pair over moments: the first one, and one event a burst, with what and who. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../src/sample/changes.h"

#define SECOND 1000000000ull
#define STEP   (SECOND / 10)

enum { HEAP, DATA, ROWS };

struct world {
	struct bursts bursts;
	struct event_sink sink;
	const struct event_batch *told;
	struct task_id id[2];
	uint64_t by_a[ROWS], by_b[ROWS], unseen[ROWS]; /* pages copied so far */
	uint64_t copied_at[3];			       /* by place in the program: f, f, g */
	bool fork_seen, unread, unnamed, ended[2], unrelated;
	unsigned sides;
	uint64_t ns, read_ns;
};

static int setup(void **state)
{
	static struct world w;

	w = (struct world){.id = {{10, 1}, {20, 1}}, .sides = 2, .ns = 10 * SECOND};
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	bursts_reset(&w->bursts);
	part_put(w->told);
	event_sink_free(&w->sink);
	return 0;
}

static const struct memory_map *map(void)
{
	struct memory_map *m = part_make(PART_MAPPINGS);

	m->n = ROWS;
	m->mapping = arena_array(&m->part.arena, ROWS, sizeof *m->mapping);
	m->mapping[HEAP] = (struct mapping){.start = 0x1000, .end = 0x9000, .kind = MAPPING_HEAP};
	m->mapping[DATA] = (struct mapping){.start = 0x10000, .end = 0x90000, .kind = MAPPING_DATA};
	part_seal(&m->part, 0, 0);
	return m;
}

static const struct writers *writers(const struct world *w)
{
	struct writers *part = part_make(PART_WRITERS);
	struct writer *writer = arena_array(&part->part.arena, 3, sizeof *writer);

	for (unsigned i = 0; i < 3; i++)
		writer[i] = (struct writer){.pid = 20, .ip = 100 + i, .copied = w->copied_at[i]};
	part->n = 3;
	part->writer = writer;
	part_seal(&part->part, 0, 0);
	return part;
}

static const struct writer_names *names(const struct world *w)
{
	struct writer_names *part = part_make(PART_NAMES);
	struct writer_name *name = arena_array(&part->part.arena, 3, sizeof *name);

	/* The symbol of the first two is that of the function which f is inlined in. */
	for (unsigned i = 0; i < 3; i++) {
		struct symbol_frame *frame = arena_array(&part->part.arena, 1, sizeof *frame);

		frame->function = text_of("f");
		name[i] = (struct writer_name){.pid = 20,
			.ip = 100 + i,
			.symbol = {.name = text_of(i < 2 ? "outer" : "g"),
				.frame = frame,
				.frames = i < 2}};
	}
	part->n = w->unnamed ? 0 : 3;
	part->name = name;
	part_seal(&part->part, 0, 0);
	return part;
}

static const struct pair *pair_of(const struct world *w)
{
	struct verdicts *v = part_make(PART_VERDICTS);
	struct pair *p = pair_new();

	v->pages_state = w->unread ? VALUE_UNREAD : VALUE_KNOWN;
	v->fork_related = !w->unrelated;
	v->fork_seen = w->fork_seen;
	v->mappings_n = w->unread ? 0 : ROWS;
	v->mapping = arena_array(&v->part.arena, ROWS, sizeof *v->mapping);
	for (int i = 0; i < ROWS; i++)
		v->mapping[i] = (struct pair_mapping){.a = i,
			.b = i,
			.pages = {.copied = w->by_a[i] + w->by_b[i] + w->unseen[i],
				.copied_by_a = w->by_a[i],
				.copied_by_b = w->by_b[i]}};
	part_seal(&v->part, 0, 0);
	p->verdicts = v;
	part_seal(&p->part, 0, 0);
	return p;
}

/* So many moments, a tenth of a second each; n events are told in all. */
static void look(struct world *w, unsigned moments, size_t n)
{
	struct textbuf b = {0};

	while (moments--) {
		struct snapshot *s = snapshot_new();
		const struct pair *pair = w->sides == 2 ? pair_of(w) : NULL;

		w->ns += STEP;
		if (!w->unread)
			w->read_ns = w->ns;
		s->sides = w->sides;
		s->monotonic_ns = s->realtime_ns = w->ns;
		for (unsigned i = 0; i < w->sides; i++) {
			s->side[i].id = w->id[i];
			s->side[i].tid = w->id[i].pid;
			s->side[i].ending.ended = w->ended[i];
			s->side[i].memory = map();
			s->side[i].read_ns[PART_PAGES] = w->read_ns;
		}
		s->writers = writers(w);
		s->names = names(w);
		bursts_follow(&w->bursts, s, pair, &w->sink);
		part_put(pair);
		part_put(&s->part);
	}
	part_put(w->told);
	w->told = event_sink_seal(&w->sink);
	for (size_t i = 0; w->told && w->told->n != n && i < w->told->n; i++) {
		textbuf_clear(&b);
		event_sentence(w->told, &w->told->event[i], &b);
		print_error("told: %s\n", b.bytes);
	}
	textbuf_free(&b);
	assert_int_equal(w->told ? w->told->n : 0, n);
}

/* sentence: of the event of that number. */
static void expect(const struct world *w, size_t i, const char *sentence)
{
	struct textbuf b = {0};

	event_sentence(w->told, &w->told->event[i], &b);
	assert_string_equal(b.bytes, sentence);
	textbuf_free(&b);
}

static void a_burst_is_one_event(void **state)
{
	struct world *w = *state;

	look(w, 5, 0);
	w->by_b[HEAP] = 30;
	w->copied_at[0] = 30;
	look(w, 1, 1);
	expect(w, 0, "first page copied: 20 wrote what it shared with 10, of heap, in f");
	w->by_b[HEAP] = 37;
	w->by_b[DATA] = 12;
	w->copied_at[2] = 19;
	look(w, 8, 0);
	look(w, 3, 1);
	expect(w, 0, "pages copied: 49, by 20 (37 of heap, 12 of data), most in f");
	assert_int_equal(w->told->event[0].count, 49);
	assert_int_equal(w->told->event[0].span_ns, 2 * STEP);
	look(w, 30, 0);
	/* What was copied in another burst does not count in this one. */
	w->by_b[DATA] += 2;
	w->copied_at[2] += 2;
	look(w, 12, 1);
	expect(w, 0, "pages copied: 2, by 20 (2 of data), most in g");
}

static void places_of_a_function_are_one(void **state)
{
	struct world *w = *state;

	w->by_b[HEAP] = 1; /* copied before anybody looked: no first one */
	look(w, 1, 0);
	w->by_b[HEAP] += 10;
	w->copied_at[0] = 3;
	w->copied_at[1] = 3;
	w->copied_at[2] = 4;
	look(w, 12, 1);
	expect(w, 0, "pages copied: 10, by 20 (10 of heap), most in f");
}

/* The name of who copied is waited for, but not for ever. */
static void names_may_come_late(void **state)
{
	struct world *w = *state;

	w->by_b[HEAP] = 1;
	look(w, 1, 0);
	w->unnamed = true;
	w->by_b[HEAP] = 3;
	w->copied_at[2] = 2;
	look(w, 20, 0);
	w->unnamed = false;
	look(w, 1, 1);
	expect(w, 0, "pages copied: 2, by 20 (2 of heap), most in g");
	w->unnamed = true;
	w->by_b[HEAP] = 4;
	w->copied_at[2] = 3;
	look(w, 30, 0);
	look(w, 1, 1);
	expect(w, 0, "pages copied: 1, by 20 (1 of heap)");
}

/* Where the fork was seen nothing was copied before it. */
static void copies_since_the_fork_are_told(void **state)
{
	struct world *w = *state;

	w->fork_seen = true;
	w->by_b[DATA] = 3;
	look(w, 1, 1);
	expect(w, 0, "first page copied: 20 wrote what it shared with 10, of data");
	look(w, 11, 1);
	expect(w, 0, "pages copied: 3, by 20 (3 of data)");
}

static void each_side_has_its_own(void **state)
{
	struct world *w = *state;

	look(w, 1, 0);
	w->by_a[HEAP] = 4;
	w->by_b[HEAP] = 5;
	w->unseen[HEAP] = 6;
	look(w, 12, 4);
	expect(w, 1, "pages copied: 4, by 10 (4 of heap)");
	expect(w, 2, "pages copied: 5, by 20 (5 of heap)");
	expect(w, 3, "pages copied: 6 (6 of heap)");
}

/* Who changed places is who it was, and nothing is told twice. */
static void sides_may_be_exchanged(void **state)
{
	struct world *w = *state;

	w->fork_seen = true;
	w->by_b[HEAP] = 5;
	look(w, 2, 1);
	w->id[0] = (struct task_id){20, 1};
	w->id[1] = (struct task_id){10, 1};
	w->by_a[HEAP] = 7;
	w->by_b[HEAP] = 0;
	look(w, 12, 1);
	expect(w, 0, "pages copied: 7, by 20 (7 of heap)");
}

static void an_end_ends_a_burst(void **state)
{
	struct world *w = *state;

	look(w, 1, 0);
	w->by_b[HEAP] = 5;
	look(w, 1, 1);
	w->ended[1] = true;
	look(w, 1, 1);
	w->ended[1] = false;
	w->by_b[HEAP] = 9;
	look(w, 1, 0);
	w->sides = 1; /* and another pair, or none, does */
	look(w, 1, 1);
	expect(w, 0, "pages copied: 4, by 20 (4 of heap)");
	w->sides = 2;
	look(w, 20, 0);
}

/* What goes on is told while it does, and all of it at its end. */
static void a_long_burst_is_told_while_it_goes_on(void **state)
{
	struct world *w = *state;

	w->fork_seen = true;
	w->by_b[DATA] = 2;
	look(w, 1, 1);
	for (unsigned i = 0; i < 9; i++) {
		w->by_b[DATA] += 2;
		w->copied_at[2] += 2;
		look(w, 1, 0);
	}
	w->by_b[DATA] += 2;
	w->copied_at[2] += 2;
	look(w, 1, 1);
	expect(w, 0, "pages being copied: 22 so far, by 20 (22 of data), most in g");
	for (unsigned i = 0; i < 40; i++) {
		w->by_b[HEAP] += 1;
		w->copied_at[0] += 1;
		look(w, 1, 0);
	}
	look(w, 9, 0);
	look(w, 1, 1);
	expect(w, 0, "pages copied: 62, by 20 (40 of heap, 22 of data), most in f, within 5s");
	look(w, 30, 0);
}

/* Pulses 0.8 s apart, of one side, then of both: told after 1.7 s and after 10.5 s. */
static void a_longer_one_is_told_again_and_again(void **state)
{
	struct world *w = *state;

	look(w, 1, 0);
	for (unsigned i = 0; i < 60; i++) {
		w->by_b[HEAP]++;
		w->by_a[DATA] += i >= 30;
		look(w, 1, i == 0 || i == 2 || i == 13 || i == 32 || i == 43);
		if (i == 13)
			expect(w, 0,
				"pages being copied: 14 so far, by 20 (14 of heap), within 10s");
		if (i == 32)
			expect(w, 0,
				"pages being copied: 3 so far, by 10 (3 of data), within 1.7s");
		look(w, 7, 0);
	}
	look(w, 10, 2);
}

/* Quiet is where pages were read and none was copied; what is not read for long is over, too. */
static void unread_pages_tell_no_quiet(void **state)
{
	struct world *w = *state;

	look(w, 1, 0);
	w->by_b[HEAP] = 5;
	look(w, 1, 1);
	w->unread = true;
	look(w, 50, 0);
	w->unread = false;
	w->by_b[HEAP] = 6;
	look(w, 1, 1); /* as far as anybody knows it went on */
	look(w, 11, 1);
	expect(w, 0, "pages copied: 6, by 20 (6 of heap), within 5.2s");
	w->by_b[HEAP] = 8;
	look(w, 1, 0);
	w->unread = true;
	look(w, 120, 1);
	w->unread = false;
	look(w, 20, 0);
}

/* Pages that are unmapped were not copied back, and what was never forked has no copies. */
static void fewer_pages_are_no_event(void **state)
{
	struct world *w = *state;

	w->unrelated = true;
	w->by_b[HEAP] = 50;
	look(w, 12, 0);
	w->unrelated = false;
	look(w, 12, 0);
	w->by_b[HEAP] = 20;
	look(w, 12, 0);
	w->by_b[HEAP] = 21;
	look(w, 12, 1);
	expect(w, 0, "pages copied: 1, by 20 (1 of heap)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_burst_is_one_event),
		TEST(places_of_a_function_are_one),
		TEST(names_may_come_late),
		TEST(copies_since_the_fork_are_told),
		TEST(each_side_has_its_own),
		TEST(sides_may_be_exchanged),
		TEST(an_end_ends_a_burst),
		TEST(a_long_burst_is_told_while_it_goes_on),
		TEST(a_longer_one_is_told_again_and_again),
		TEST(unread_pages_tell_no_quiet),
		TEST(fewer_pages_are_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
