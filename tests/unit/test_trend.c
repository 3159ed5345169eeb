/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters as time goes by: what spans hold, for how long, and what a plot makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>

#include "tests/fixtures/play.h"
#include "twintop/record/trend.h"

#define SECOND 1000000000ull

/* Processes of the moment that is made. */
struct looks {
	pid_t pid[2];
	uint64_t faults[2], resident[2];
	bool unread[2]; /* nothing is known of it */
};

static const struct process_info *info_of(const struct looks *l, unsigned side)
{
	struct process_info *p = part_make(PART_PROCESS);

	p->minor_faults = l->faults[side];
	p->rss_bytes = l->resident[side];
	p->threads = 1;
	p->source[PROCESS_STAT] = p->source[PROCESS_STATUS] =
		l->unread[side] ? VALUE_DENIED : VALUE_KNOWN;
	part_seal(&p->part, 0, 0);
	return p;
}

static void look(struct trend *t, uint64_t ns, uint64_t first_ns, const struct looks *l)
{
	struct snapshot *s = snapshot_new();
	const struct moment *m = moment_new(s, NULL);

	s->monotonic_ns = ns;
	for (unsigned i = 0; i < 2 && l->pid[i]; i++, s->sides++) {
		s->side[i].id = (struct task_id){l->pid[i], (uint64_t)l->pid[i]};
		s->side[i].tid = l->pid[i];
		s->side[i].info = info_of(l, i);
	}
	trend_add(t, m, first_ns);
	moment_put(m);
}

static bool value_of(
	const struct trend *t, size_t i, enum counter counter, pid_t a, pid_t b, double *ret)
{
	const struct task_id id[2] = {{a, (uint64_t)a}, {b, (uint64_t)b}};

	return trend_value(t, i, counter, id, 0, ret);
}

static void expect_known(
	const struct trend *t, size_t i, enum counter counter, pid_t pid, double value)
{
	double got;

	assert_true(value_of(t, i, counter, pid, 0, &got));
	assert_true(got > value - 0.001 && got < value + 0.001);
}

/* A span a moment as long as there is room; then longer ones, that hold all of the time. */
static void spans_are_few_and_hold_all_of_the_time(void **state)
{
	static struct trend t;
	struct looks l = {.pid = {10, 0}};

	(void)state;
	memset(&t, 0, sizeof t);
	for (uint64_t i = 1; i <= 200; i++) {
		look(&t, i * SECOND / 10, 0, &l);
		assert_int_equal(t.n, i);
	}
	for (uint64_t i = 201; i <= 20000; i++) {
		uint64_t first_ns = i > 6000 ? (i - 6000) * SECOND / 10 : SECOND / 10;

		l.resident[0] = i;
		l.faults[0] += 5;
		look(&t, i * SECOND / 10, first_ns, &l);
		assert_true(t.n <= TREND_SPANS && t.n >= TREND_SPANS / 8);
		assert_true(trend_at(&t, 0)->to_ns >= first_ns);
		assert_true(trend_at(&t, 0)->from_ns <= first_ns + 10 * SECOND);
		assert_int_equal(trend_at(&t, t.n - 1)->to_ns, i * SECOND / 10);
	}
	for (size_t i = 1; i < t.n; i++) {
		double resident;

		assert_true(trend_at(&t, i)->from_ns - trend_at(&t, i - 1)->to_ns == SECOND / 10);
		/* The last look of each span, and the rate between those. */
		assert_true(value_of(&t, i, COUNTER_RESIDENT, 10, 0, &resident));
		assert_int_equal((uint64_t)resident, trend_at(&t, i)->to_ns / (SECOND / 10));
		expect_known(&t, i, COUNTER_FAULTS, 10, 50);
	}
	assert_null(trend_at(&t, t.n));
}

/* Where the memory goes back shorter than it did, spans become short again. */
static void spans_become_short_again(void **state)
{
	static struct trend t;
	const struct looks l = {.pid = {10, 0}};
	uint64_t step;

	(void)state;
	memset(&t, 0, sizeof t);
	for (uint64_t i = 1; i <= 6000; i++)
		look(&t, i * SECOND / 10, 0, &l);
	step = t.step_ns;
	assert_true(step > SECOND);
	for (uint64_t i = 6001; i <= 7000; i++)
		look(&t, i * SECOND / 10, (i - 100) * SECOND / 10, &l);
	assert_true(t.step_ns < step / 4);
	assert_true(t.n >= TREND_SPANS / 16);
}

/* Values are those of a process, whichever side it was; what nobody read is not known. */
static void values_follow_their_process(void **state)
{
	static struct trend t;
	struct looks l = {.pid = {10, 20}, .faults = {100, 7}, .resident = {4096, 8192}};
	double value;

	(void)state;
	memset(&t, 0, sizeof t);
	look(&t, 1 * SECOND, 0, &l);
	l = (struct looks){.pid = {20, 10}, .faults = {9, 110}, .resident = {8192, 5000}};
	look(&t, 2 * SECOND, 0, &l);
	l = (struct looks){.pid = {10, 30}, .faults = {130, 1}, .resident = {6000, 1}};
	look(&t, 3 * SECOND, 0, &l);
	l.unread[0] = true;
	look(&t, 4 * SECOND, 0, &l);
	l.unread[0] = false;
	look(&t, 5 * SECOND, 0, &l);
	look(&t, 5 * SECOND, 0, &l); /* the same once more */
	look(&t, 4 * SECOND, 0, &l); /* an older one */
	assert_int_equal(t.n, 5);
	expect_known(&t, 0, COUNTER_RESIDENT, 10, 4096);
	expect_known(&t, 1, COUNTER_RESIDENT, 10, 5000);
	expect_known(&t, 1, COUNTER_FAULTS, 10, 10);
	expect_known(&t, 2, COUNTER_FAULTS, 10, 20);
	expect_known(&t, 1, COUNTER_FAULTS, 20, 2);
	assert_false(value_of(&t, 0, COUNTER_FAULTS, 10, 0, &value)); /* since when? */
	assert_false(value_of(&t, 2, COUNTER_RESIDENT, 20, 0, &value));
	assert_false(value_of(&t, 3, COUNTER_RESIDENT, 10, 0, &value));
	assert_false(value_of(&t, 3, COUNTER_FAULTS, 10, 0, &value));
	assert_false(value_of(&t, 4, COUNTER_FAULTS, 10, 0, &value)); /* since a gap */
	expect_known(&t, 4, COUNTER_RESIDENT, 10, 6000);
	assert_false(value_of(&t, 2, COUNTER_COPIED, 10, 30, &value)); /* no pair was judged */
	assert_false(value_of(&t, 2, COUNTER_CPU, 10, 0, &value));
	assert_false(value_of(&t, 2, COUNTER_RESIDENT, 0, 0, &value));
}

/* A process that took the number of another one has none of its past. */
static void another_pair_in_each_moment_stays_bounded(void **state)
{
	static struct trend t;

	(void)state;
	memset(&t, 0, sizeof t);
	for (uint64_t i = 1; i <= 2000; i++) {
		const struct looks l = {.pid = {(pid_t)i, 0}};

		look(&t, i * SECOND, 0, &l);
		assert_true(t.n <= TREND_SPANS);
	}
	assert_int_equal(trend_at(&t, t.n - 1)->side[0].id.pid, 2000);
	assert_int_equal(trend_at(&t, t.n - 2)->side[0].id.pid, 1999);
}

/* ---- on the screen ------------------------------------------------------------------- */

static void feed_steps(struct app *a, unsigned from, unsigned to)
{
	for (unsigned i = from; i <= to; i++)
		play_feed(a, (struct scene){.step = i});
}

#define LOW_ROWS 24

static bool low(struct app *a, const char *text)
{
	return play_count_in(a, LOW_ROWS, PLAY_NOW, text) > 0;
}

static void enter_shows_one_whole(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	feed_steps(a, 2, 12);
	play_keys(a, "1");
	assert_false(low(a, "OVER TIME"));
	app_key(a, KEYS_END, PLAY_NOW);
	assert_true(low(a, "OVER TIME"));
	assert_true(low(a, "fds             6"));
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(low(a, "OPEN DESCRIPTORS  A 6  B 6"));
	assert_false(low(a, "OVER TIME"));
	for (int i = 0; i < 4; i++)
		app_key(a, KEYS_UP, PLAY_NOW);
	assert_true(low(a, "COPIED SINCE THE FORK  "));
	for (int i = 0; i < 10; i++)
		app_key(a, KEYS_UP, PLAY_NOW);
	assert_true(low(a, "CPU  A 1.0%  B 1.0%"));
	/* In the past as it was; explained; and closed again, with all lines. */
	play_keys(a, "[[");
	assert_true(low(a, "then"));
	app_key(a, KEYS_END, PLAY_NOW);
	play_keys(a, "e");
	assert_true(low(a, "CPU"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(low(a, "OVER TIME"));
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(low(a, "CPU  A 1.0%"));
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(low(a, "OVER TIME"));
	app_free(a);
}

static char *screen_of(struct app *a, uint64_t now_ns)
{
	struct canvas *c = canvas_new(120, 50, false);
	struct textbuf out = {0};

	app_draw(a, c, now_ns, 0);
	canvas_write_text(c, &out);
	canvas_free(c);
	return out.bytes;
}

/* What stands still is the same picture however long it does. */
static void what_is_steady_is_not_drawn_anew(void **state)
{
	struct app *a = app_new(&(struct app_options){.delay_ns = SCENE_STEP_NS});
	const struct moment *first = scene_moment(&(struct scene){.step = 1}), *m;
	char *text[2] = {NULL, NULL};

	(void)state;
	for (unsigned i = 1; i <= 3000; i++) {
		m = moment_new(scene_again(first, i * SCENE_STEP_NS), part_get(first->pair));
		app_moment(a, m);
		if (i == 300 || i == 3000) {
			text[i == 3000] = screen_of(a, m->snapshot->monotonic_ns);
			assert_non_null(strstr(text[i == 3000], "steady"));
		}
		moment_put(m);
	}
	assert_non_null(strstr(text[0], "OVER TIME"));
	assert_string_equal(strstr(text[0], "OVER TIME"), strstr(text[1], "OVER TIME"));
	free(text[0]);
	free(text[1]);
	moment_put(first);
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_few_and_hold_all_of_the_time),
		cmocka_unit_test(spans_become_short_again),
		cmocka_unit_test(values_follow_their_process),
		cmocka_unit_test(another_pair_in_each_moment_stays_bounded),
		cmocka_unit_test(enter_shows_one_whole),
		cmocka_unit_test(what_is_steady_is_not_drawn_anew),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests_name("trend", tests, NULL, NULL);
}
