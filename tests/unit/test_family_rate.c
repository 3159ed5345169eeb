/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from the figures of a family now and before. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/compare/family_rate.h"
#include "twintop/model/field.h"

#define SECOND 1000000000ull
#define BEGIN  (1000 * SECOND)

/* A family of the first one and one worker, as they are so long after the begin. */
struct look {
	double after_s, born_s; /* the worker's birth; negative: before the begin */
	uint64_t ticks, copied, shared, first_pages;
	double pages_after_s; /* when the pages of both were read */
	pid_t first, worker;  /* 0: 100 and 101 */
	bool ended, unread;
};

static uint64_t at(double seconds)
{
	return BEGIN + (uint64_t)(int64_t)(seconds * (double)SECOND);
}

static struct member member_of(const struct look *l, bool worker)
{
	pid_t pid = worker ? l->worker ? l->worker : 101 : l->first ? l->first : 100;
	struct member m = {.id = {pid, (uint64_t)pid},
		.start_ns = worker ? at(l->born_s) : at(-100),
		.ended = worker && l->ended,
		.moves.cpu_ticks = worker ? l->ticks : 7};

	m.pages = (struct member_pages){.state = l->unread ? VALUE_UNREAD : VALUE_KNOWN,
		.frames_known = true,
		.read_ns = at(l->pages_after_s),
		/* Files and shared memory beside it make no difference. */
		.resident = 300 + (worker ? l->copied + l->shared : l->first_pages),
		.private = worker ? l->copied + l->shared : l->first_pages,
		.shared = worker ? 300 + l->shared : 0,
		.kept = worker ? l->shared : 0,
		.copied = worker ? l->copied : 0};
	return m;
}

static struct snapshot *look_at(const struct look *l)
{
	struct snapshot *s = snapshot_new();
	struct family *f = part_make(PART_FAMILY);

	s->host = (struct host){.page_size = 4096, .clock_ticks = 100, .cpus = 2};
	s->sides = 1;
	s->monotonic_ns = at(l->after_s);
	f->page_size = 4096;
	f->n = 2;
	f->member = arena_array(&f->part.arena, 2, sizeof *f->member);
	f->member[0] = member_of(l, false);
	f->member[1] = member_of(l, true);
	part_seal(&f->part, 0, 0);
	f->part.begin_ns = at(l->after_s);
	s->family = f;
	s->host_read_ns[PART_FAMILY - SIDE_PARTS - PAIR_PARTS] = at(l->after_s);
	part_seal(&s->part, 0, 0);
	return s;
}

/* What a field of the worker says once all those were looked at, one after the other. */
static struct value field_after(const char *id, const struct look *look, size_t n)
{
	struct family_rater *r = family_rater_new();
	struct value v = {0};

	for (size_t i = 0; i < n; i++) {
		struct snapshot *s = look_at(&look[i]);
		struct record record = {.kind = RECORD_MEMBER, .index = 1};

		family_rater_rate(r, s);
		record.moment = moment_new(s, NULL);
		v = field_find(id)->get(&record);
		moment_put(record.moment);
	}
	family_rater_free(r);
	return v;
}
#define AFTER(id, ...)                                                                             \
	field_after(id, (const struct look[]){__VA_ARGS__},                                        \
		sizeof((const struct look[]){__VA_ARGS__}) / sizeof(struct look))

static void assert_real(struct value v, double want)
{
	assert_int_equal(v.state, VALUE_KNOWN);
	if (fabs(v.real - want) > 0.01)
		fail_msg("%f, not %f", v.real, want);
}

static void assert_gap(struct value v, const char *reason)
{
	assert_false(value_state_has_value(v.state));
	assert_string_equal(v.reason, reason);
}

static void cpu_is_told_from_a_second_on(void **state)
{
	(void)state;
	assert_gap(AFTER("member.cpu_percent", {.ticks = 40}), rate_gap_reason(RATE_FIRST));
	assert_gap(AFTER("member.cpu_percent", {.ticks = 40}, {.after_s = 0.5, .ticks = 60}),
		rate_gap_reason(RATE_COARSE));
	assert_real(AFTER("member.cpu_percent", {.ticks = 40}, {.after_s = 1, .ticks = 90}), 50);
	assert_real(AFTER("member.cpu_percent", {.ticks = 40}, {.after_s = 1, .ticks = 90},
			    {.after_s = 1.5, .ticks = 140}),
		100.0 / 1.5);
	/* What was before the window does not count any more. */
	assert_real(AFTER("member.cpu_percent", {.ticks = 0}, {.after_s = 1, .ticks = 500},
			    {.after_s = 2, .ticks = 510}, {.after_s = 3, .ticks = 520}),
		10);
}

static void cpu_of_another_or_of_the_dead_is_none(void **state)
{
	(void)state;
	assert_gap(AFTER("member.cpu_percent", {.ticks = 40},
			   {.after_s = 1, .ticks = 90, .worker = 102}),
		rate_gap_reason(RATE_FIRST));
	assert_gap(AFTER("member.cpu_percent", {.ticks = 40},
			   {.after_s = 1, .ticks = 90, .first = 99}),
		rate_gap_reason(RATE_FIRST));
	assert_gap(AFTER("member.cpu_percent", {.ticks = 40}, {.after_s = 1, .ticks = 30}),
		rate_gap_reason(RATE_BACKWARDS));
	assert_gap(AFTER("member.cpu_percent", {.ticks = 40},
			   {.after_s = 1, .ticks = 90, .ended = true}),
		"it has ended");
}

/* A member's pages are read in turn: between two reads nothing more is known. */
static void copies_are_rated_by_reads_of_pages(void **state)
{
	struct value v = AFTER("member.copied_bytes_per_second", {.copied = 10, .first_pages = 100},
		{.after_s = 1, .copied = 10, .first_pages = 100},
		{.after_s = 4, .copied = 50, .first_pages = 100, .pages_after_s = 4});

	(void)state;
	assert_int_equal(v.state, VALUE_KNOWN);
	assert_int_equal(v.u, 10 * 4096);
	assert_gap(AFTER("member.copied_bytes_per_second", {.copied = 10, .first_pages = 100},
			   {.after_s = 3, .copied = 10, .first_pages = 100}),
		rate_gap_reason(RATE_FIRST));
}

static void efficiency_is_of_what_the_first_one_had_then(void **state)
{
	const struct look before = {.born_s = 1, .first_pages = 200, .shared = 180, .worker = 105};

	(void)state;
	/* The first look is that of a family without that worker. */
	assert_real(AFTER("member.efficiency_percent", before,
			    {.after_s = 1.5,
				    .born_s = 1.2,
				    .pages_after_s = 1.4,
				    .first_pages = 400,
				    .shared = 200},
			    {.after_s = 9,
				    .born_s = 1.2,
				    .pages_after_s = 8,
				    .first_pages = 900,
				    .shared = 100}),
		25);
	assert_gap(AFTER("member.efficiency_percent",
			   {.born_s = -3, .first_pages = 400, .shared = 200}),
		FAMILY_OLDER);
	assert_gap(AFTER("member.efficiency_percent", before,
			   {.after_s = 20,
				   .born_s = 1.2,
				   .pages_after_s = 19,
				   .first_pages = 400,
				   .shared = 200}),
		FAMILY_FIRST_UNREAD);
	assert_real(AFTER("member.efficiency_percent", before,
			    {.after_s = 2,
				    .born_s = 1.2,
				    .pages_after_s = 2,
				    .first_pages = 100,
				    .shared = 180}),
		100);
}

/* What a moment says is taken over by who goes on from it. */
static void a_seed_knows_what_was_known(void **state)
{
	const struct look look[] = {{.born_s = 1, .first_pages = 200, .worker = 105},
		{.after_s = 1.5,
			.born_s = 1.2,
			.pages_after_s = 1.4,
			.first_pages = 400,
			.shared = 200},
		{.after_s = 9,
			.born_s = 1.2,
			.pages_after_s = 8,
			.first_pages = 900,
			.shared = 100}};
	struct family_rater *r = family_rater_new(), *other = family_rater_new();
	struct snapshot *s[3];
	struct record record = {.kind = RECORD_MEMBER, .index = 1};

	(void)state;
	for (int i = 0; i < 3; i++)
		s[i] = look_at(&look[i]);
	family_rater_rate(r, s[0]);
	family_rater_rate(r, s[1]);
	family_rater_seed(other, s[1]);
	family_rater_rate(other, s[2]);
	record.moment = moment_new(s[2], NULL);
	assert_real(field_find("member.efficiency_percent")->get(&record), 25);
	moment_put(record.moment);
	for (int i = 0; i < 2; i++)
		moment_put(moment_new(s[i], NULL));
	family_rater_free(r);
	family_rater_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu_is_told_from_a_second_on),
		cmocka_unit_test(cpu_of_another_or_of_the_dead_is_none),
		cmocka_unit_test(copies_are_rated_by_reads_of_pages),
		cmocka_unit_test(efficiency_is_of_what_the_first_one_had_then),
		cmocka_unit_test(a_seed_knows_what_was_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
