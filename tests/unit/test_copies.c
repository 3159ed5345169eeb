/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast pages are copied: of reads as they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twintop/compare/copies.h"

#define SECOND 1000000000ull
#define BEGIN  (1000 * SECOND)

/* What it says of a pair whose pages were read so long after the beginning; state of the counts. */
static struct copy_rate see_state(
	struct copies *c, uint64_t after_ns, uint64_t copied, enum value_state state, bool ended)
{
	struct snapshot *s = snapshot_new();
	struct verdicts *v = part_make(PART_VERDICTS);
	struct pair *p = pair_new();
	struct copy_rate rate;

	v->pages_state = state;
	v->pages.copied = copied;
	part_seal(&v->part, 0, 0);
	p->verdicts = v;
	part_seal(&p->part, 0, 0);
	s->sides = 2;
	s->monotonic_ns = BEGIN + after_ns;
	s->side[1].ending.ended = ended;
	for (unsigned i = 0; i < 2; i++)
		s->side[i].read_ns[PART_PAGES] = ended ? BEGIN : BEGIN + after_ns;
	copies_see(c, s, p);
	rate = s->copies;
	part_seal(&s->part, 0, 0);
	part_put(s);
	part_put(p);
	return rate;
}

static struct copy_rate see(struct copies *c, uint64_t after_ns, uint64_t copied)
{
	return see_state(c, after_ns, copied, VALUE_KNOWN, false);
}

static void assert_rate(struct copy_rate rate, double now, double peak)
{
	assert_int_equal(rate.gap, RATE_KNOWN);
	assert_true(rate.now > now - 0.01 && rate.now < now + 0.01);
	assert_true(rate.peak > peak - 0.01 && rate.peak < peak + 0.01);
}

static void a_rate_is_of_the_last_second(void **state)
{
	struct copies *c = copies_new();

	(void)state;
	/* What was copied before we came is no copy that was seen. */
	assert_int_equal(see(c, 0, 500).gap, RATE_FIRST);
	assert_rate(see(c, SECOND / 10, 510), 10, 10);
	assert_rate(see(c, SECOND / 2, 540), 40, 40);
	assert_rate(see(c, SECOND, 560), 60, 60);
	/* The first ones lie further back now. */
	assert_rate(see(c, SECOND * 3 / 2, 560), 20, 60);
	assert_rate(see(c, SECOND * 5 / 2, 560), 0, 60);
	/* Reads that are rare: over the time between them. */
	assert_rate(see(c, SECOND * 25 / 2, 760), 20, 60);
	copies_free(c);
}

static void what_goes_is_no_copy_undone(void **state)
{
	struct copies *c = copies_new();

	(void)state;
	see(c, 0, 100);
	assert_rate(see(c, SECOND / 4, 130), 30, 30);
	assert_rate(see(c, SECOND / 2, 10), 30, 30);
	assert_rate(see(c, SECOND * 3 / 4, 15), 35, 35);
	/* The same read once more tells nothing. */
	assert_rate(see(c, SECOND * 3 / 4, 15), 35, 35);
	copies_free(c);
}

static void another_pair_begins_anew(void **state)
{
	struct copies *c = copies_new();

	(void)state;
	see(c, 0, 100);
	see(c, SECOND / 4, 130);
	copies_reset(c);
	assert_int_equal(see(c, SECOND / 2, 10).gap, RATE_FIRST);
	assert_int_equal(see_state(c, SECOND, 0, VALUE_UNREAD, false).gap, RATE_FIRST);
	assert_int_equal(see_state(c, SECOND, 0, VALUE_DENIED, false).gap, RATE_FIRST);
	assert_rate(see(c, SECOND * 5 / 4, 20), 10, 10);
	copies_free(c);
}

/* Nobody reads the pages of the ended any more; they are not copied for ever after. */
static void the_ended_copy_nothing(void **state)
{
	struct copies *c = copies_new();

	(void)state;
	see(c, 0, 100);
	assert_rate(see(c, SECOND / 2, 150), 50, 50);
	assert_rate(see_state(c, SECOND, 150, VALUE_KNOWN, true), 50, 50);
	assert_rate(see_state(c, 2 * SECOND, 150, VALUE_KNOWN, true), 0, 50);
	copies_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rate_is_of_the_last_second),
		cmocka_unit_test(what_goes_is_no_copy_undone),
		cmocka_unit_test(another_pair_begins_anew),
		cmocka_unit_test(the_ended_copy_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
