/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A and B the other way round: what was judged and then turned is what is judged of the same
 * recorded the other way round; turned twice it is as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/fixtures/hour.h"
#include "tests/fixtures/json_text.h"
#include "tests/fixtures/tape.h"
#include "twintop/app/app.h"
#include "twintop/compare/diff.h"
#include "twintop/compare/past.h"
#include "twintop/compare/turn.h"

/* ---- moments as they were recorded, and the other way round ------------------- */

/* Where snapshots come from: the same ones each time it is opened. */
struct reel {
	int fd;
	struct recording *recording;
	struct hour *hour;
	unsigned left;
	struct task_id b; /* of the last pair */
};

/* name: of a tape; NULL: what the hour brings. */
static void open_reel(struct reel *r, const char *name)
{
	static const struct hour_size size = {.threads = 3,
		.pages = 96,
		.active_percent = 40,
		.copied_each = 2,
		.delay_ns = 100000000};

	char path[4096];

	*r = (struct reel){.fd = -1, .left = 30};
	if (!name) {
		r->hour = hour_new(&size);
		return;
	}
	snprintf(path, sizeof path, "%s/tests/recordings/%s.twin", TWINTOP_SRCDIR, name);
	r->fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(r->fd >= 0);
	assert_int_equal(recording_new(r->fd, &r->recording), 0);
}

static struct snapshot *next_of(struct reel *r)
{
	struct snapshot *s;

	if (r->hour)
		s = r->left-- ? hour_next(r->hour) : NULL;
	else if (recording_next(r->recording, &s))
		s = NULL;
	/* Who has changed places with A was named. */
	if (s)
		s->sibling_chosen_by_us = s->sibling_is_nearest = false;
	return s;
}

static void close_reel(struct reel *r)
{
	recording_free(r->recording);
	if (r->hour)
		hour_free(r->hour);
	if (r->fd >= 0)
		close(r->fd);
}

/* The next one that has a B; NULL too: it is another B. */
static struct snapshot *next_pair_of(struct reel *r)
{
	struct snapshot *s = next_of(r);

	while (s && s->sides < 2) {
		part_put(s);
		s = next_of(r);
	}
	if (s && r->b.pid && !task_id_equal(r->b, s->side[1].id)) {
		part_put(s);
		s = NULL;
	}
	if (s)
		r->b = s->side[1].id;
	return s;
}

static const struct moment *judge(struct comparer *c, struct snapshot *s)
{
	return moment_new(s, comparer_pair(c, s));
}

/* The snapshot as if A and B had been chosen the other way round; takes s over. */
static struct snapshot *recorded_turned(struct snapshot *s)
{
	struct snapshot *turned = snapshot_turned(s);

	part_put(s);
	return turned;
}

static void expect_same(const struct moment *a, const struct moment *b)
{
	struct textbuf x = {0}, y = {0};

	json_text(a, &x);
	json_text(b, &y);
	assert_string_equal(x.bytes, y.bytes);
	textbuf_free(&x);
	textbuf_free(&y);
}

/* Both see the pair from its first moment on, and nothing of A before. */
static void turned_is_recorded_turned(const char *name)
{
	struct comparer *c[2] = {comparer_new(), comparer_new()};
	struct turner *t = turner_new();
	struct snapshot *s[2];
	struct reel r[2];
	unsigned n = 0;

	open_reel(&r[0], name);
	open_reel(&r[1], name);
	while ((s[0] = next_pair_of(&r[0]))) {
		const struct moment *m = judge(c[0], s[0]), *want, *got = turner_turn(t, m);

		s[1] = next_pair_of(&r[1]);
		assert_non_null(s[1]);
		want = judge(c[1], recorded_turned(s[1]));
		assert_true(task_id_equal(got->snapshot->side[0].id, m->snapshot->side[1].id));
		expect_same(got, want);
		moment_put(m);
		moment_put(got);
		moment_put(want);
		n++;
	}
	assert_true(n > 3);
	for (int i = 0; i < 2; i++) {
		comparer_free(c[i]);
		close_reel(&r[i]);
	}
	turner_free(t);
}

static void as_recorded_the_other_way_round(void **state)
{
	(void)state;
	turned_is_recorded_turned("cow");
	turned_is_recorded_turned("family");
	turned_is_recorded_turned(NULL);
}

/* Told from the first moment on, the fork included. */
static void turned_twice_is_none(const char *name)
{
	struct comparer *c = comparer_new();
	struct turner *there = turner_new(), *back = turner_new();
	struct snapshot *s;
	struct reel r;

	open_reel(&r, name);
	while ((s = next_of(&r))) {
		const struct moment *m = judge(c, s);
		const struct moment *turned = turner_turn(there, m);
		const struct moment *again = turner_turn(back, turned);

		assert_true((turned == m) == (m->snapshot->sides < 2));
		expect_same(again, m);
		moment_put(m);
		moment_put(turned);
		moment_put(again);
	}
	close_reel(&r);
	comparer_free(c);
	turner_free(there);
	turner_free(back);
}

static void twice_is_none(void **state)
{
	(void)state;
	turned_twice_is_none("cow");
	turned_twice_is_none("threads");
	turned_twice_is_none("family");
	turned_twice_is_none(NULL);
}

/* ---- by known figures ---------------------------------------------------------- */

static const struct moment *last_of(const char *name)
{
	struct tape t;
	const struct moment *m;

	tape_open(name, &t);
	assert_int_equal(source_play(t.source, 0), 0);
	source_seek(t.source, (struct seek){.kind = SEEK_LAST});
	m = source_wait(t.source, 20000000000u);
	assert_non_null(m);
	tape_close(&t);
	return m;
}

static uint64_t copied_from(const struct moment *m, const char *side)
{
	json_t *json = json_text_read(m), *row;
	json_int_t pages = 0;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(json, "pair"), "writers"), i,
		row) if (!strcmp(json_string_value(json_object_get(row, "side")), side) &&
			 !strcmp(json_string_value(json_object_get(row, "function")), "touch"))
		pages += json_integer_value(json_object_get(row, "pages"));
	json_decref(json);
	return (uint64_t)pages;
}

/* A specimen whose child writes 32 pages of what both have, then its parent 4 of those that are
 * left.
 */
static void who_copied_turns_round(void **state)
{
	const struct moment *m = last_of("cow"), *turned;
	struct turner *t = turner_new();
	const struct pair_pages *was, *is;

	(void)state;
	turned = turner_turn(t, m);
	was = &m->pair->verdicts->pages;
	is = &turned->pair->verdicts->pages;
	assert_int_equal(m->pair->relation, RELATION_CHILD);
	assert_int_equal(turned->pair->relation, RELATION_PARENT);
	assert_true(was->copied_by_b >= 32 && was->copied_by_a >= 4);
	assert_int_equal(is->copied_by_a, was->copied_by_b);
	assert_int_equal(is->copied_by_b, was->copied_by_a);
	assert_int_equal(is->only_a, was->only_b);
	assert_int_equal(is->only_b, was->only_a);
	assert_int_equal(is->copied, was->copied);
	assert_int_equal(is->released, was->released);
	assert_int_equal(copied_from(m, "b"), 32);
	assert_int_equal(copied_from(m, "a"), 4);
	assert_int_equal(copied_from(turned, "a"), 32);
	assert_int_equal(copied_from(turned, "b"), 4);
	/* What is the same moment once more is the same pair once more. */
	{
		const struct moment *again = turner_turn(t, m);

		assert_ptr_equal(again->pair, turned->pair);
		assert_true(moment_same(again, turned));
		moment_put(again);
	}
	moment_put(m);
	moment_put(turned);
	turner_free(t);
}

/* ---- where it cannot be ---------------------------------------------------------- */

static void one_alone_stays(void **state)
{
	struct snapshot *s = snapshot_new();
	struct turner *t = turner_new();
	const struct moment *m, *turned;

	(void)state;
	s->sides = 1;
	part_seal(&s->part, 0, 0);
	m = moment_new(s, NULL);
	assert_non_null(turn_refusal(NULL));
	assert_non_null(turn_refusal(m));
	turned = turner_turn(t, m);
	assert_ptr_equal(turned, m);
	moment_put(turned);
	moment_put(m);
	turner_free(t);
	turner_free(NULL);
}

static void the_past_stays(void **state)
{
	const struct moment *m = last_of("threads"), *both, *turned;
	struct fault_trace faults = {0};
	struct past *past = past_new();
	struct turner *t = turner_new();

	(void)state;
	both = past_beside(past, m, m, &faults);
	assert_non_null(turn_refusal(both));
	turned = turner_turn(t, both);
	assert_ptr_equal(turned, both);
	moment_put(m);
	moment_put(both);
	moment_put(turned);
	past_free(past);
	turner_free(t);
}

/* Each keeps its machine and its time. */
static void two_recordings_turn(void **state)
{
	const struct moment *a = last_of("cow"), *b = last_of("threads");
	const struct moment *both = diff_beside(a, b), *turned;
	struct turner *t = turner_new();

	(void)state;
	assert_null(turn_refusal(both));
	turned = turner_turn(t, both);
	assert_int_equal(turned->pair->relation, RELATION_TWO_RECORDINGS);
	assert_true(task_id_equal(turned->snapshot->side[0].id, b->snapshot->side[0].id));
	assert_true(task_id_equal(turned->snapshot->side[1].id, a->snapshot->side[0].id));
	for (unsigned side = 0; side < 2; side++) {
		const struct moment *of = side ? a : b;

		assert_string_equal(
			side_host(turned->snapshot, side)->kernel, of->snapshot->host.kernel);
		assert_int_equal(
			side_moment_ns(turned->snapshot, side), of->snapshot->monotonic_ns);
		assert_int_equal(
			turned->snapshot->side[side].was_realtime_ns, of->snapshot->realtime_ns);
	}
	assert_int_equal(turned->pair->threads_n, both->pair->threads_n);
	assert_int_equal(turned->pair->fds_n, both->pair->fds_n);
	assert_int_equal(turned->pair->verdicts->mappings_n, both->pair->verdicts->mappings_n);
	moment_put(both);
	moment_put(turned);
	moment_put(a);
	moment_put(b);
	turner_free(t);
}

/* ---- on the screen: what comes through a pipe, is held, and is gone back in ---------- */

#define WIDTH 100

static struct app *app_of_a_stream(const char *name)
{
	static const struct source_ops ops = {.id = "stream"};
	static struct source live = {&ops};
	struct comparer *c = comparer_new();
	struct app *a = app_new(&(const struct app_options){.recorded = true, .live = &live});
	struct snapshot *s;
	struct reel r;

	open_reel(&r, name);
	while ((s = next_of(&r))) {
		const struct moment *m = judge(c, s);

		app_moment(a, m);
		moment_put(m);
	}
	close_reel(&r);
	comparer_free(c);
	return a;
}

static void expect_line(struct app *a, const char *want)
{
	struct canvas *c = canvas_new(WIDTH, 30, true);
	struct textbuf out = {0};

	app_draw(a, c, 0, 0);
	canvas_write_text(c, &out);
	if (!strstr(out.bytes, want))
		fail_msg("%s is not in:\n%s", want, out.bytes);
	textbuf_free(&out);
	canvas_free(c);
}

static void press(struct app *a, const char *keys)
{
	for (; *keys; keys++)
		app_key(a, (unsigned char)*keys, 1);
}

static void a_stream_turns_as_it_comes_and_where_it_is_held(void **state)
{
	struct app *a = app_of_a_stream("cow");

	(void)state;
	expect_line(a, "cow child of A");
	press(a, "x");
	expect_line(a, "cow child of B");
	press(a, "x");
	expect_line(a, "cow child of A");
	/* Held, and some moments before. */
	press(a, " x[[[");
	expect_line(a, "cow child of B");
	press(a, "4");
	expect_line(a, "B wrote 1 page");
	press(a, "x");
	expect_line(a, "cow child of A");
	expect_line(a, "A wrote 1 page");
	app_free(a);
}

/* Who is A then is who has a past; that one does not change places with itself. */
static void a_past_is_of_who_is_a(void **state)
{
	struct app *a = app_of_a_stream("cow");

	(void)state;
	press(a, " x[[[[m]]");
	expect_line(a, "cow now");
	press(a, "x");
	expect_line(a, "past and present do not change places");
	press(a, "M");
	expect_line(a, "cow child of B");
	press(a, "x");
	expect_line(a, "cow child of A");
	app_free(a);
}

static void begins_as_it_was_told_to(void **state)
{
	static const struct source_ops ops = {.id = "stream"};
	static struct source live = {&ops};
	const struct moment *m = last_of("cow");
	struct app *a = app_new(&(const struct app_options){.recorded = true,
		.turned = true,
		.live = &live,
		.host = "one.example",
		.host_beside = "two.example"});

	(void)state;
	app_moment(a, m);
	expect_line(a, "cow child of B");
	expect_line(a, "two|one");
	press(a, "x");
	expect_line(a, "one|two");
	app_free(a);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_recorded_the_other_way_round),
		cmocka_unit_test(twice_is_none),
		cmocka_unit_test(who_copied_turns_round),
		cmocka_unit_test(one_alone_stays),
		cmocka_unit_test(the_past_stays),
		cmocka_unit_test(two_recordings_turn),
		cmocka_unit_test(a_stream_turns_as_it_comes_and_where_it_is_held),
		cmocka_unit_test(a_past_is_of_who_is_a),
		cmocka_unit_test(begins_as_it_was_told_to),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
