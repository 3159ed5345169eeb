/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Amounts over time, and how what a fork shared is copied: of looks as they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/compare/erosion.h"

#define SECOND 1000000000ull
#define TENTH  (SECOND / 10)
#define BEGIN  (1000 * SECOND)
#define APART  (2 * SECOND)

/* ---- a series ---------------------------------------------------------------- */

static bool add(struct series *s, uint64_t ns, uint64_t a, uint64_t b)
{
	const uint64_t value[SERIES_VALUES] = {a, b};

	return series_add(s, ns, value);
}

static void what_stays_is_one_point(void **state)
{
	struct series s = {0};

	(void)state;
	assert_true(add(&s, 10, 1, 2));
	assert_false(add(&s, 20, 1, 2));
	assert_false(add(&s, 30, 1, 2));
	assert_int_equal(s.n, 1);
	assert_int_equal(s.point[0].from_ns, 10);
	assert_int_equal(s.point[0].to_ns, 30);
	assert_true(add(&s, 40, 1, 3));
	/* The same look once more, and one from before it. */
	assert_false(add(&s, 40, 1, 4));
	assert_false(add(&s, 35, 1, 4));
	assert_int_equal(s.n, 2);
	assert_int_equal(s.point[1].value[1], 3);
}

static void a_gap_parts_what_is_alike(void **state)
{
	struct series s = {0};

	(void)state;
	series_break(&s);
	add(&s, 10, 5, 0);
	assert_false(s.point[0].gap); /* nothing was before it */
	series_break(&s);
	series_break(&s);
	assert_true(add(&s, 50, 5, 0));
	add(&s, 60, 5, 0);
	add(&s, 70, 4, 0);
	assert_int_equal(s.n, 3);
	assert_true(s.point[1].gap);
	assert_int_equal(s.point[1].to_ns, 60);
	assert_false(s.point[2].gap);
}

/* However long it grows: bounded, by time, each point a look that there was, the newest among them,
 * and no stretch much emptier than another. */
static void it_thins_evenly(void **state)
{
	struct series s = {0};
	uint64_t most = 0;

	(void)state;
	for (uint64_t i = 0; i < 100000; i++) {
		assert_true(add(&s, BEGIN + i * TENTH, i * 7, 0) || i == 0);
		assert_true(s.n <= SERIES_POINTS);
		assert_int_equal(s.point[s.n - 1].value[0], i * 7);
	}
	assert_int_equal(s.point[0].from_ns, BEGIN);
	assert_true(s.n > SERIES_POINTS / 3);
	for (size_t i = 1; i < s.n; i++) {
		uint64_t ns = s.point[i].from_ns - s.point[i - 1].to_ns;

		assert_int_equal(s.point[i].value[0], (s.point[i].from_ns - BEGIN) / TENTH * 7);
		assert_true(s.point[i].from_ns > s.point[i - 1].to_ns);
		assert_false(s.point[i].gap);
		most = ns > most ? ns : most;
	}
	assert_true(most < 100000 * TENTH / 40);
}

/* A gap is not forgotten with the point that it stood before. */
static void gaps_outlive_thinning(void **state)
{
	for (uint64_t gap = 100; gap < 104; gap++) {
		struct series s = {0};
		size_t gaps = 0;

		(void)state;
		for (uint64_t i = 0; i < 2000; i++) {
			if (i == gap)
				series_break(&s);
			add(&s, BEGIN + (i + (i >= gap ? 500 : 0)) * TENTH, i, 0);
		}
		for (size_t i = 0; i < s.n; i++)
			if (s.point[i].gap) {
				gaps++;
				assert_true(s.point[i - 1].value[0] < gap);
				assert_true(s.point[i].value[0] >= gap);
			}
		assert_int_equal(gaps, 1);
	}
}

static void nothing_but_gaps_stays_bounded(void **state)
{
	struct series s = {0};

	(void)state;
	for (uint64_t i = 0; i < 5000; i++) {
		series_break(&s);
		add(&s, BEGIN + i * 3 * SECOND, 1, 1);
		assert_true(s.n <= SERIES_POINTS);
	}
	assert_true(s.point[s.n - 1].gap);
}

/* ---- rate and time to half ------------------------------------------------------ */

/* Looks from..to a tenth of a second apart at pages of which so many a second are copied. */
static void copy_on(struct erosion_track *t, uint64_t base, double rate, uint64_t from, uint64_t to,
	uint64_t copied)
{
	for (uint64_t i = from; i <= to; i++) {
		uint64_t now = copied + (uint64_t)((double)(i - from) / 10 * rate);

		erosion_track_look(t, BEGIN + i * TENTH, base - now, now, APART);
	}
}

static void assert_near(double got, double want, double off)
{
	assert_true(got >= want - off && got <= want + off);
}

static void the_time_to_half_is_told(void **state)
{
	struct erosion_track t = {0};

	(void)state;
	copy_on(&t, 10000, 100, 0, 100, 0);
	assert_true(t.state.has_rate);
	assert_int_equal(t.state.gap, EROSION_KNOWN);
	assert_near(t.state.rate, 100, 0.5);
	/* 1,000 of 10,000 are copied: 4,000 more are half. */
	assert_near(t.state.half_s, 40, 0.2);
	assert_int_equal(t.state.shared, 9000);
	assert_near((double)t.state.window_ns, 4e9, 3e8);
}

/* The sibling: pages that were copied before we came are no copies of the window. */
static void what_was_copied_before_is_no_rate(void **state)
{
	struct erosion_track t = {0};

	(void)state;
	copy_on(&t, 8000, 250, 0, 60, 1000);
	assert_int_equal(t.state.gap, EROSION_KNOWN);
	assert_near(t.state.rate, 250, 1);
	assert_near(t.state.half_s, 1500. / 250, 0.1);
}

/* Looks that are rare tell as well: over as long as a few take. */
static void rare_looks_have_a_longer_window(void **state)
{
	struct erosion_track t = {0};

	(void)state;
	for (uint64_t i = 0; i < 4; i++)
		erosion_track_look(&t, BEGIN + i * 10 * SECOND, 1000 - 50 * i, 50 * i, 30 * SECOND);
	assert_int_equal(t.state.gap, EROSION_KNOWN);
	assert_near(t.state.rate, 5, 0.01);
	assert_near(t.state.half_s, 70, 0.2);
	for (uint64_t i = 4; i < 7; i++)
		erosion_track_look(&t, BEGIN + i * 10 * SECOND, 850, 150, 30 * SECOND);
	assert_int_equal(t.state.gap, EROSION_UNSTEADY);
	for (uint64_t i = 7; i < 9; i++)
		erosion_track_look(&t, BEGIN + i * 10 * SECOND, 850, 150, 30 * SECOND);
	assert_int_equal(t.state.gap, EROSION_NOTHING);
}

static void a_short_watch_tells_no_rate(void **state)
{
	struct erosion_track t = {0};

	(void)state;
	copy_on(&t, 10000, 100, 0, 19, 0);
	assert_false(t.state.has_rate);
	assert_int_equal(t.state.gap, EROSION_SHORT);
	copy_on(&t, 10000, 100, 20, 20, 200);
	assert_true(t.state.has_rate);
	memset(&t, 0, sizeof t);
	/* Long enough, but too few looks. */
	for (uint64_t i = 0; i < 3; i++)
		erosion_track_look(&t, BEGIN + i * SECOND, 100 - 10 * i, 10 * i, APART);
	assert_int_equal(t.state.gap, EROSION_SHORT);
}

static void bursts_tell_no_time_to_half(void **state)
{
	struct erosion_track t = {0};

	(void)state;
	copy_on(&t, 10000, 0, 0, 50, 100);
	assert_int_equal(t.state.gap, EROSION_NOTHING);
	assert_true(t.state.has_rate);
	assert_near(t.state.rate, 0, 0);
	copy_on(&t, 10000, 1000, 51, 55, 100);
	assert_int_equal(t.state.gap, EROSION_UNSTEADY);
	assert_true(t.state.slowest < 1 && t.state.fastest > 300);
	/* And when it has stopped again. */
	copy_on(&t, 10000, 0, 56, 70, 500);
	assert_int_equal(t.state.gap, EROSION_UNSTEADY);
	copy_on(&t, 10000, 0, 71, 110, 500);
	assert_int_equal(t.state.gap, EROSION_NOTHING);
}

static void a_few_pages_tell_no_time_to_half(void **state)
{
	struct erosion_track t = {0};

	(void)state;
	copy_on(&t, 10000, 0.5, 0, 100, 0);
	assert_int_equal(t.state.gap, EROSION_FEW);
	memset(&t, 0, sizeof t);
	copy_on(&t, 10000, 2, 0, 100, 0);
	assert_int_equal(t.state.gap, EROSION_KNOWN);
}

static void past_half_is_said_with_its_time(void **state)
{
	struct erosion_track t = {0};

	(void)state;
	copy_on(&t, 1000, 100, 0, 80, 0);
	assert_int_equal(t.state.gap, EROSION_PAST);
	assert_int_equal(t.state.half_ns, BEGIN + 50 * TENTH);
	assert_true(t.state.has_rate);
	memset(&t, 0, sizeof t);
	copy_on(&t, 1000, 100, 0, 30, 700);
	assert_int_equal(t.state.gap, EROSION_PAST);
	assert_int_equal(t.state.half_ns, 0); /* nobody saw it */
	/* Nor where it came while nobody looked. */
	memset(&t, 0, sizeof t);
	copy_on(&t, 1000, 0, 0, 30, 100);
	erosion_track_break(&t);
	copy_on(&t, 1000, 0, 60, 90, 600);
	assert_int_equal(t.state.gap, EROSION_PAST);
	assert_int_equal(t.state.half_ns, 0);
}

/* What ceases to be there is no copy undone, and none that was made. */
static void unmapped_pages_are_no_copies(void **state)
{
	struct erosion_track t = {0};

	(void)state;
	copy_on(&t, 10000, 100, 0, 50, 0);
	for (uint64_t i = 51; i <= 100; i++)
		erosion_track_look(&t, BEGIN + i * TENTH, 5000, (i - 50) * 10, APART);
	assert_int_equal(t.state.gap, EROSION_KNOWN);
	assert_near(t.state.rate, 100, 8);
}

static void nothing_in_both_is_no_share(void **state)
{
	struct erosion_track t = {0};
	double share = 7;

	(void)state;
	copy_on(&t, 0, 0, 0, 50, 0);
	assert_int_equal(t.state.gap, EROSION_NO_PAGES);
	assert_false(erosion_share(0, 0, &share));
	assert_true(erosion_share(0, 5, &share));
	assert_near(share, 0, 0);
	assert_true(erosion_share(3, 1, &share));
	assert_near(share, 0.75, 0);
}

static void a_pause_in_looking_is_a_gap(void **state)
{
	struct erosion_track t = {0};

	(void)state;
	copy_on(&t, 10000, 100, 0, 50, 0);
	copy_on(&t, 10000, 100, 50 + 21, 80, 800);
	assert_true(t.series.n > 60);
	assert_false(t.series.point[50].gap);
	assert_true(t.series.point[51].gap);
	/* No rate goes across it. */
	assert_int_equal(t.state.gap, EROSION_SHORT);
	copy_on(&t, 10000, 100, 81, 95, 890);
	assert_int_equal(t.state.gap, EROSION_KNOWN);
	assert_near(t.state.rate, 100, 5);
}

static void the_end_leaves_what_was_seen(void **state)
{
	struct erosion_track t = {0};

	(void)state;
	assert_false(erosion_track_end(&t));
	copy_on(&t, 10000, 100, 0, 50, 0);
	assert_true(erosion_track_end(&t));
	assert_false(erosion_track_end(&t));
	assert_int_equal(t.state.gap, EROSION_ENDED);
	assert_int_equal(t.state.shared, 9500);
	assert_false(t.state.has_rate);
}

static void every_gap_has_its_reason(void **state)
{
	(void)state;
	assert_null(erosion_gap_reason(EROSION_KNOWN));
	for (unsigned i = EROSION_KNOWN + 1; i < EROSION_GAPS; i++)
		assert_non_null(erosion_gap_reason((enum erosion_gap)i));
}

static void assert_said(const struct erosion_state *e, uint64_t now_ns, const char *want)
{
	struct textbuf out = {0};

	erosion_say(e, 4096, now_ns, &out);
	assert_string_equal(out.bytes, want);
	textbuf_free(&out);
}

static void it_is_said_in_words(void **state)
{
	struct erosion_state e = {.shared = 620,
		.copied = 380,
		.has_rate = true,
		.rate = 256,
		.window_ns = 3900000000};

	(void)state;
	e.half_s = 39.6;
	assert_said(&e, BEGIN, "62% left of 3.9M once shared, copied 1M/s over 4s; half in ~40s");
	e.half_s = 0.2;
	assert_said(&e, BEGIN, "62% left of 3.9M once shared, copied 1M/s over 4s; half in ~1s");
	e.gap = EROSION_UNSTEADY;
	e.slowest = 1;
	e.fastest = 512;
	assert_said(&e, BEGIN,
		"62% left of 3.9M once shared, copied 1M/s over 4s, not steady: 4K/s to 2M/s");
	e.gap = EROSION_FEW;
	e.rate = 0.5;
	assert_said(&e, BEGIN,
		"62% left of 3.9M once shared, copied 2K/s over 4s: too few to tell a time to "
		"half");
	e.rate = 0.1;
	assert_said(&e, BEGIN,
		"62% left of 3.9M once shared, copied 409 bytes/s over 4s: too few to tell a time "
		"to half");
	e.gap = EROSION_UNSTEADY;
	e.rate = 256;
	e.slowest = 0;
	assert_said(&e, BEGIN,
		"62% left of 3.9M once shared, copied 1M/s over 4s, not steady: 0 bytes/s to 2M/s");
	e.gap = EROSION_NOTHING;
	e.rate = 0;
	assert_said(&e, BEGIN, "62% left of 3.9M once shared, nothing is being copied");
	e.gap = EROSION_PAST;
	e.half_ns = BEGIN - 90 * SECOND;
	assert_said(&e, BEGIN,
		"62% left of 3.9M once shared, nothing is being copied; half was copied 1:30 ago");
	e.half_ns = BEGIN - SECOND / 2;
	assert_said(&e, BEGIN,
		"62% left of 3.9M once shared, nothing is being copied; half was copied just now");
	e.half_ns = 0;
	e.has_rate = false;
	assert_said(&e, BEGIN,
		"62% left of 3.9M once shared; how fast it falls takes two seconds to tell; half "
		"was copied "
		"before");
	e.gap = EROSION_SHORT;
	assert_said(&e, BEGIN,
		"62% left of 3.9M once shared; how fast it falls takes two seconds to tell");
	e.gap = EROSION_ENDED;
	assert_said(&e, BEGIN, "62% left of 3.9M once shared when one of the two ended");
	e.shared = e.copied = 0;
	assert_said(&e, BEGIN, "no private page is in both");
}

/* ---- moments --------------------------------------------------------------------- */

struct look_at {
	uint64_t after_ns, shared, copied;
	enum value_state state;
	bool ended, one_space;
};

static const struct moment *moment_of(const struct look_at *at)
{
	struct snapshot *s = snapshot_new();
	struct verdicts *v = part_make(PART_VERDICTS);
	struct pair *p = pair_new();

	v->pages_state = at->state;
	v->page_size = 4096;
	v->pages.cow_shared = at->shared;
	v->pages.copied = at->copied;
	part_seal(&v->part, 0, 0);
	p->verdicts = v;
	p->one_space = at->one_space;
	part_seal(&p->part, 0, 0);
	s->sides = 2;
	s->monotonic_ns = BEGIN + at->after_ns;
	s->delay_ns = TENTH;
	s->side[1].ending.ended = at->ended;
	for (unsigned i = 0; i < 2; i++)
		s->side[i].read_ns[PART_PAGES] = BEGIN + at->after_ns;
	return moment_new(s, p);
}

static const struct moment *see(struct erosion_watch *w, struct look_at at)
{
	const struct moment *m = moment_of(&at);
	struct snapshot *s = (struct snapshot *)(uintptr_t)m->snapshot;

	erosion_watch_see(w, s, m->pair);
	part_seal(&s->part, 0, 0);
	return m;
}

static void moments_share_what_did_not_change(void **state)
{
	struct erosion_watch *w = erosion_watch_new();
	const struct moment *a, *b, *c;

	(void)state;
	a = see(w, (struct look_at){.shared = 100});
	assert_int_equal(a->snapshot->erosion->n, 1);
	assert_int_equal(a->snapshot->erosion->since_ns, BEGIN);
	b = see(w, (struct look_at){TENTH, 100, 0, VALUE_KNOWN, false, false});
	c = see(w, (struct look_at){2 * TENTH, 90, 10, VALUE_KNOWN, false, false});
	assert_ptr_equal(a->snapshot->erosion, b->snapshot->erosion);
	assert_int_equal(c->snapshot->erosion->n, 2);
	assert_int_equal(c->snapshot->erosion->point[0].to_ns, BEGIN + TENTH);
	moment_put(b);
	b = see(w, (struct look_at){15 * TENTH, 90, 10, VALUE_KNOWN, false, false});
	assert_int_equal(b->snapshot->erosion->n, 2);
	assert_int_equal(erosion_until_ns(c), BEGIN + 2 * TENTH);
	assert_int_equal(erosion_until_ns(b), BEGIN + 12 * TENTH);
	/* The earlier moment keeps its own truth. */
	assert_int_equal(a->snapshot->erosion->now.shared, 100);
	moment_put(a);
	moment_put(b);
	moment_put(c);
	erosion_watch_free(w);
}

static void what_was_not_known_is_a_gap(void **state)
{
	static const struct look_at hidden[] = {{2 * TENTH, 0, 0, VALUE_DENIED, false, false},
		{2 * TENTH, 0, 0, VALUE_UNREAD, false, false},
		{2 * TENTH, 0, 0, VALUE_KNOWN, false, true}};

	(void)state;
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
		struct erosion_watch *w = erosion_watch_new();
		const struct moment *m = see(w, hidden[i]);

		assert_null(m->snapshot->erosion);
		moment_put(m);
		moment_put(see(w, (struct look_at){3 * TENTH, 100, 0, VALUE_KNOWN, false, false}));
		m = see(w, (struct look_at){
				   4 * TENTH, 0, 0, hidden[i].state, false, hidden[i].one_space});
		assert_int_equal(m->snapshot->erosion->n, 1);
		moment_put(m);
		m = see(w, (struct look_at){5 * TENTH, 100, 0, VALUE_KNOWN, false, false});
		assert_int_equal(m->snapshot->erosion->n, 2);
		assert_true(m->snapshot->erosion->point[1].gap);
		moment_put(m);
		erosion_watch_free(w);
	}
}

/* What was seen before is no word on a moment that does not know; and nothing stands alone. */
static void a_moment_speaks_for_itself(void **state)
{
	struct erosion_watch *w = erosion_watch_new();
	const struct moment *m = see(w, (struct look_at){.shared = 100, .copied = 300});
	struct textbuf out = {0};

	(void)state;
	assert_null(erosion_hidden(m));
	erosion_tell(m, &out);
	assert_string_equal(out.bytes,
		"25% left of 1.6M once shared; how fast it falls takes two seconds to "
		"tell; half was copied before");
	assert_int_equal(erosion_until_ns(m), BEGIN);
	moment_put(m);
	m = see(w, (struct look_at){TENTH, 0, 0, VALUE_UNREAD, false, false});
	assert_true(erosion_begun(m));
	assert_string_equal(erosion_hidden(m), value_state_reason(VALUE_UNREAD));
	assert_int_equal(erosion_until_ns(m), BEGIN);
	textbuf_clear(&out);
	erosion_tell(m, &out);
	assert_true(text_has_prefix(text_of(out.bytes), "not known: "));
	moment_put(m);
	m = see(w, (struct look_at){2 * TENTH, 0, 0, VALUE_KNOWN, false, true});
	assert_false(erosion_begun(m));
	moment_put(m);
	textbuf_free(&out);
	erosion_watch_free(w);
}

static void another_pair_begins_anew(void **state)
{
	struct erosion_watch *w = erosion_watch_new();
	const struct moment *m;

	(void)state;
	moment_put(see(w, (struct look_at){.shared = 100}));
	moment_put(see(w, (struct look_at){TENTH, 90, 10, VALUE_KNOWN, false, false}));
	erosion_watch_reset(w);
	m = see(w, (struct look_at){2 * TENTH, 7, 0, VALUE_UNREAD, false, false});
	assert_null(m->snapshot->erosion);
	moment_put(m);
	m = see(w, (struct look_at){3 * TENTH, 7, 0, VALUE_KNOWN, false, false});
	assert_int_equal(m->snapshot->erosion->n, 1);
	assert_int_equal(m->snapshot->erosion->since_ns, BEGIN + 3 * TENTH);
	moment_put(m);
	erosion_watch_free(w);
}

/* One that is seeded at any moment goes on as if it had gone through all of them. */
static void seeded_it_goes_on_alike(void **state)
{
	for (unsigned cut = 1; cut < 120; cut += 7) {
		struct erosion_watch *all = erosion_watch_new(), *cold = erosion_watch_new();
		const struct moment *a, *b;

		(void)state;
		for (unsigned i = 0; i < 120; i++) {
			/* It copies, stands still, is not seen, and copies again. */
			uint64_t n = i < 40 ? i * 5 : i < 80 ? 200 : 200 + (i - 80) * 3;
			struct look_at at = {i * TENTH, 2000 - n, n, VALUE_KNOWN, i > 115, false};

			if (i >= 60 && i < 64)
				at.state = VALUE_UNREAD;
			a = see(all, at);
			if (i == cut)
				erosion_watch_seed(cold, a->snapshot, a->pair);
			if (i <= cut) {
				moment_put(a);
				continue;
			}
			b = see(cold, at);
			assert_int_equal(a->snapshot->erosion->n, b->snapshot->erosion->n);
			assert_memory_equal(a->snapshot->erosion->point,
				b->snapshot->erosion->point,
				a->snapshot->erosion->n * sizeof(struct series_point));
			assert_int_equal(
				a->snapshot->erosion->now.gap, b->snapshot->erosion->now.gap);
			assert_near(a->snapshot->erosion->now.rate, b->snapshot->erosion->now.rate,
				0.5);
			moment_put(a);
			moment_put(b);
		}
		erosion_watch_free(all);
		erosion_watch_free(cold);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stays_is_one_point),
		cmocka_unit_test(a_gap_parts_what_is_alike),
		cmocka_unit_test(it_thins_evenly),
		cmocka_unit_test(gaps_outlive_thinning),
		cmocka_unit_test(nothing_but_gaps_stays_bounded),
		cmocka_unit_test(the_time_to_half_is_told),
		cmocka_unit_test(what_was_copied_before_is_no_rate),
		cmocka_unit_test(rare_looks_have_a_longer_window),
		cmocka_unit_test(a_short_watch_tells_no_rate),
		cmocka_unit_test(bursts_tell_no_time_to_half),
		cmocka_unit_test(a_few_pages_tell_no_time_to_half),
		cmocka_unit_test(past_half_is_said_with_its_time),
		cmocka_unit_test(unmapped_pages_are_no_copies),
		cmocka_unit_test(nothing_in_both_is_no_share),
		cmocka_unit_test(a_pause_in_looking_is_a_gap),
		cmocka_unit_test(the_end_leaves_what_was_seen),
		cmocka_unit_test(every_gap_has_its_reason),
		cmocka_unit_test(it_is_said_in_words),
		cmocka_unit_test(moments_share_what_did_not_change),
		cmocka_unit_test(what_was_not_known_is_a_gap),
		cmocka_unit_test(a_moment_speaks_for_itself),
		cmocka_unit_test(another_pair_begins_anew),
		cmocka_unit_test(seeded_it_goes_on_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
