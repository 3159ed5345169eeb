/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stretches on CPUs that switches make, and what a thread's time makes of it in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/feed/switch_spans.h"
#include "tests/fixtures/tape.h"
#include "twintop/model/duty.h"
#include "twintop/model/snapshot.h"
#include "twintop/report/report.h"

#define PID 4242
#define US  1000u
#define MS  1000000u

/* ---- stretches -------------------------------------------------------------- */

static void note(struct switch_spans *s, enum perf_kind kind, pid_t tid, int cpu, uint64_t ns)
{
	const struct perf_record r = {
		.kind = kind, .time_ns = ns, .pid = PID, .tid = tid, .cpu = cpu};

	switch_spans_note(s, &r);
}

static void preempt(struct switch_spans *s, pid_t tid, int cpu, uint64_t ns)
{
	const struct perf_record r = {.kind = PERF_OFF,
		.time_ns = ns,
		.pid = PID,
		.tid = tid,
		.cpu = cpu,
		.preempted = true};

	switch_spans_note(s, &r);
}

/* All stretches until then. */
static const struct lane_batch *settle(
	struct switch_spans *s, struct lane_sink *sink, uint64_t until_ns)
{
	const pid_t pid = PID;

	switch_spans_settle(s, until_ns, &pid, 1, sink);
	sink->said = true;
	return lane_sink_seal(sink, NULL);
}

static void expect_span(
	const struct lane_span *s, pid_t tid, uint64_t begin_ns, uint64_t end_ns, enum lane_end end)
{
	assert_int_equal(s->pid, PID);
	assert_int_equal(s->tid, tid);
	assert_int_equal(s->begin_ns, begin_ns);
	assert_int_equal(s->end_ns, end_ns);
	assert_int_equal(s->end, end);
}

static void switches_make_stretches_whichever_cpu_is_read_first(void **state)
{
	struct switch_spans *s = switch_spans_new();
	struct lane_sink sink = {0};
	const struct lane_batch *b;

	(void)state;
	switch_spans_begin(s, 1 * MS);
	note(s, PERF_ON, 7, 1, 20 * MS);
	note(s, PERF_OFF, 7, 1, 30 * MS);
	note(s, PERF_ON, 7, 0, 5 * MS);
	preempt(s, 7, 0, 10 * MS);
	b = settle(s, &sink, 50 * MS);
	assert_int_equal(b->n, 2);
	expect_span(&b->span[0], 7, 5 * MS, 10 * MS, LANE_PREEMPTED);
	expect_span(&b->span[1], 7, 20 * MS, 30 * MS, LANE_GAVE_WAY);
	assert_int_equal(b->span[0].cpu, 0);
	assert_int_equal(b->span[1].cpu, 1);
	assert_int_equal(b->span[0].before_ns, 0);
	assert_int_equal(b->span[1].before_ns, 10 * MS);
	assert_int_equal(b->span[0].involuntary, 1);
	assert_int_equal(b->span[1].voluntary, 1);
	part_put(b);
	switch_spans_free(s);
}

/* One thread goes round five CPUs, each of which tells of its own rounds only, one after another.
 */
static void rings_of_many_cpus_are_one_stream(void **state)
{
	struct switch_spans *s = switch_spans_new();
	struct lane_sink sink = {0};
	const struct lane_batch *b;

	(void)state;
	switch_spans_begin(s, 1 * MS);
	for (int cpu = 4; cpu >= 0; cpu--)
		for (unsigned round = 0; round < 8; round++) {
			uint64_t ns = (2 + 5 * round + (unsigned)cpu) * (uint64_t)MS;

			note(s, PERF_ON, 7, cpu, ns);
			note(s, PERF_OFF, 7, cpu, ns + 900 * US);
		}
	b = settle(s, &sink, 50 * MS);
	assert_int_equal(b->n, 40);
	for (unsigned i = 0; i < 40; i++) {
		expect_span(&b->span[i], 7, (2 + i) * (uint64_t)MS,
			(2 + i) * (uint64_t)MS + 900 * US, LANE_GAVE_WAY);
		assert_int_equal(b->span[i].cpu, i % 5);
	}
	part_put(b);
	switch_spans_free(s);
}

static void who_runs_on_is_told_so_far_and_goes_on(void **state)
{
	struct switch_spans *s = switch_spans_new();
	struct lane_sink sink = {0};
	const struct lane_batch *b;

	(void)state;
	switch_spans_begin(s, 1 * MS);
	note(s, PERF_ON, 7, 0, 5 * MS);
	b = settle(s, &sink, 20 * MS);
	assert_int_equal(b->n, 1);
	expect_span(b->span, 7, 5 * MS, 20 * MS, LANE_STAYS);
	part_put(b);
	note(s, PERF_OFF, 7, 0, 25 * MS);
	b = settle(s, &sink, 40 * MS);
	assert_int_equal(b->n, 1);
	expect_span(b->span, 7, 20 * MS, 25 * MS, LANE_GAVE_WAY);
	part_put(b);
	switch_spans_free(s);
}

/* Who is first told of as he leaves had his CPU since all began; who is born had none. */
static void what_was_before_is_known_from_what_is_told_first(void **state)
{
	struct switch_spans *s = switch_spans_new();
	struct lane_sink sink = {0};
	const struct lane_batch *b;

	(void)state;
	switch_spans_begin(s, 1 * MS);
	note(s, PERF_OFF, 7, 0, 5 * MS);
	note(s, PERF_EXIT, 8, 1, 6 * MS);
	note(s, PERF_FORK, 9, 1, 7 * MS);
	note(s, PERF_EXIT, 9, 1, 8 * MS);
	b = settle(s, &sink, 20 * MS);
	assert_int_equal(b->n, 2);
	expect_span(&b->span[0], 7, 1 * MS, 5 * MS, LANE_GAVE_WAY);
	expect_span(&b->span[1], 8, 1 * MS, 6 * MS, LANE_LEFT);
	part_put(b);
	switch_spans_free(s);
}

/* After a loss nothing is made up: of whom the beginning is lost nothing is told. */
static void what_was_lost_is_not_made_up(void **state)
{
	const struct perf_record lost = {.kind = PERF_LOST, .lost = 12};
	struct switch_spans *s = switch_spans_new();
	struct lane_sink sink = {0};
	const struct lane_batch *b;

	(void)state;
	switch_spans_begin(s, 1 * MS);
	switch_spans_note(s, &lost);
	note(s, PERF_OFF, 7, 0, 5 * MS);
	note(s, PERF_ON, 8, 0, 5 * MS);
	note(s, PERF_ON, 9, 0, 9 * MS); /* 8 has left meanwhile */
	note(s, PERF_OFF, 9, 0, 11 * MS);
	note(s, PERF_OFF, 8, 1, 15 * MS); /* where it never was */
	b = settle(s, &sink, 20 * MS);
	assert_int_equal(b->n, 1);
	expect_span(b->span, 9, 9 * MS, 11 * MS, LANE_GAVE_WAY);
	part_put(b);
	switch_spans_free(s);
}

static void others_are_not_told_of_and_what_is_later_waits(void **state)
{
	const struct perf_record other = {
		.kind = PERF_OFF, .time_ns = 3 * MS, .pid = 1, .tid = 2, .cpu = 0};
	struct switch_spans *s = switch_spans_new();
	struct lane_sink sink = {0};
	const struct lane_batch *b;

	(void)state;
	switch_spans_begin(s, 1 * MS);
	switch_spans_note(s, &other);
	note(s, PERF_ON, 7, 0, 30 * MS);
	b = settle(s, &sink, 20 * MS);
	assert_int_equal(b->n, 0);
	part_put(b);
	b = settle(s, &sink, 40 * MS);
	assert_int_equal(b->n, 1);
	expect_span(b->span, 7, 30 * MS, 40 * MS, LANE_STAYS);
	part_put(b);
	switch_spans_free(s);
}

/* 100,000 switches a second: few stretches, and all counts. */
static void a_busy_switcher_is_told_in_few_stretches(void **state)
{
	struct switch_spans *s = switch_spans_new();
	struct lane_sink sink = {0};
	uint64_t run = 0, voluntary = 0, told = 0;

	(void)state;
	switch_spans_begin(s, 1 * MS);
	for (unsigned window = 0; window < 10; window++) {
		const struct lane_batch *b;

		for (unsigned i = 0; i < 10000; i++) {
			uint64_t ns = (1 + 100 * window) * (uint64_t)MS + i * 10ull * US;

			note(s, PERF_ON, 7, 0, ns);
			note(s, PERF_OFF, 7, 0, ns + 4 * US);
		}
		b = settle(s, &sink, (101 + 100 * window) * (uint64_t)MS);
		for (size_t i = 0; i < b->n; i++) {
			run += b->span[i].run_ns;
			voluntary += b->span[i].voluntary;
			assert_true(b->span[i].run_ns <= b->span[i].end_ns - b->span[i].begin_ns);
		}
		told += b->n;
		part_put(b);
	}
	assert_int_equal(run, 100000ull * 4 * US);
	assert_int_equal(voluntary, 100000);
	assert_true(told < 2000);
	assert_true(switch_spans_merged_ns(s) >= 6 * US);
	switch_spans_free(s);
}

/* Many come and go: those that have ended are no more. */
static void threads_come_and_go(void **state)
{
	struct switch_spans *s = switch_spans_new();
	struct lane_sink sink = {0};
	uint64_t ns = 2 * MS;

	(void)state;
	switch_spans_begin(s, 1 * MS);
	for (pid_t tid = 100; tid < 3100; tid++, ns += 100 * US) {
		const struct lane_batch *b;

		note(s, PERF_FORK, tid, 0, ns);
		note(s, PERF_ON, tid, 0, ns + 1 * US);
		note(s, PERF_EXIT, tid, 0, ns + 51 * US);
		b = settle(s, &sink, ns + 60 * US);
		assert_int_equal(b->n, 1);
		expect_span(b->span, tid, ns + 1 * US, ns + 51 * US, LANE_LEFT);
		part_put(b);
	}
	switch_spans_free(s);
}

/* ---- sums ------------------------------------------------------------------- */

static void a_sum_takes_the_part_that_falls_into_it(void **state)
{
	struct lane_sink sink = {.said = true};
	struct lane_span span = {.begin_ns = 10 * MS,
		.end_ns = 20 * MS,
		.run_ns = 10 * MS,
		.tid = 7,
		.voluntary = 1,
		.end = LANE_GAVE_WAY};
	const struct lane_batch *b;
	struct lanes lanes = {.n = 1};
	struct lane_sum sum;

	(void)state;
	lane_sink_add(&sink, &span);
	span.begin_ns = 30 * MS;
	span.end_ns = 40 * MS;
	span.cpu = 1;
	lane_sink_add(&sink, &span);
	span.tid = 8;
	lane_sink_add(&sink, &span);
	b = lane_sink_seal(&sink, NULL);
	lanes.batch = &b;
	sum = lanes_sum(&lanes, 7, 15 * MS, 35 * MS);
	assert_int_equal(sum.run_ns, 10 * MS);
	assert_int_equal(sum.voluntary, 1);
	assert_int_equal(sum.migrations, 1);
	sum = lanes_sum(&lanes, 9, 0, 100 * MS);
	assert_int_equal(sum.run_ns, 0);
	assert_int_equal(lanes_sum(NULL, 7, 0, 1).run_ns, 0);
	part_put(b);
}

/* Gaps that meet are one, also where one sink is emptied into another. */
static void time_in_which_nobody_listened_is_told(void **state)
{
	struct lane_sink sink = {.said = true}, more = {.said = true};
	struct lanes lanes = {.n = 1};
	const struct lane_batch *b;

	(void)state;
	lane_sink_add_gap(&sink, (struct lane_gap){10 * MS, 20 * MS});
	lane_sink_add_gap(&more, (struct lane_gap){20 * MS, 25 * MS});
	lane_sink_add_gap(&more, (struct lane_gap){30 * MS, 40 * MS});
	lane_sink_move(&sink, &more);
	assert_int_equal(more.gap.n, 0);
	b = lane_sink_seal(&sink, NULL);
	assert_int_equal(b->gaps_n, 2);
	assert_int_equal(b->gap[0].begin_ns, 10 * MS);
	assert_int_equal(b->gap[0].end_ns, 25 * MS);
	lanes.batch = &b;
	assert_int_equal(lanes_deaf_ns(&lanes, 15 * MS, 35 * MS), 15 * MS);
	assert_int_equal(lanes_deaf_ns(&lanes, 25 * MS, 30 * MS), 0);
	assert_int_equal(lanes_deaf_ns(NULL, 0, 1), 0);
	part_put(b);
}

/* ---- in a recording --------------------------------------------------------- */

#define TAPE_MOST   64
#define TAPE_DUE_NS 20000000000u

/* All that is kept of the while before a moment: who was on a CPU, and what threads did. */
static void tell_while(const struct snapshot *s, struct textbuf *out)
{
	const struct duties *d = s->side[0].duties;

	for (size_t i = 0; s->lanes && i < s->lanes->n; i++) {
		const struct lane_batch *b = s->lanes->batch[i];

		textbuf_addf(out, "%llu-%llu:", (unsigned long long)b->from_ns,
			(unsigned long long)b->until_ns);
		for (size_t k = 0; k < b->n; k++)
			textbuf_addf(out, " %d@%d %llu+%llu/%d", (int)b->span[k].tid,
				b->span[k].cpu, (unsigned long long)b->span[k].begin_ns,
				(unsigned long long)b->span[k].run_ns, (int)b->span[k].end);
	}
	textbuf_addf(out, " duties %llu:", d ? (unsigned long long)d->since_ns : 0);
	for (size_t i = 0; d && i < d->n; i++)
		textbuf_addf(out, " %d %llu %llu %llu", (int)d->track[i].tid,
			(unsigned long long)d->track[i].now.ns,
			(unsigned long long)d->track[i].now.run_ns,
			(unsigned long long)d->track[i].now.queued_ns);
}

/* What is told of the moment that comes; its time. */
static uint64_t tell_next(struct tape *t, struct textbuf *out)
{
	const struct moment *m = source_wait(t->source, TAPE_DUE_NS);
	uint64_t ns;

	assert_non_null(m);
	tell_while(m->snapshot, out);
	ns = m->snapshot->monotonic_ns;
	moment_put(m);
	return ns;
}

static uint64_t go_to(struct tape *t, struct seek seek, struct textbuf *out)
{
	assert_int_equal(source_seek(t->source, seek), 0);
	return tell_next(t, out);
}

/* It stands still at its first moment. */
static uint64_t open_still(struct tape *t, struct textbuf *out)
{
	uint64_t ns;

	tape_open("lanes", t);
	ns = tell_next(t, out);
	assert_int_equal(source_play(t->source, 0), 0);
	return ns;
}

static void check_has(const struct textbuf *text, const char *part)
{
	if (!strstr(text->bytes, part))
		fail_msg("“%s” is missing in:\n%s", part, text->bytes);
}

/* The report sums the last while up: who was on a CPU, and how many were not. */
static void the_report_tells_of_the_last_while(void **state)
{
	struct textbuf first = {0}, text = {0};
	const struct moment *m;
	struct tape t;

	(void)state;
	open_still(&t, &first);
	assert_int_equal(source_seek(t.source, (struct seek){.kind = SEEK_STEPS, .steps = 10}), 0);
	m = source_wait(t.source, TAPE_DUE_NS);
	assert_non_null(m);
	report_moment(m, "threads", false, &text);
	check_has(&text, "When A's threads were on a CPU, of the last ");
	check_has(&text, "[exact: ");
	check_has(&text, " context-switch records]");
	check_has(&text, " lanes  on a CPU ");
	check_has(&text, "; switches ");
	moment_put(m);
	tape_close(&t);
	textbuf_free(&first);
	textbuf_free(&text);
}

/* From wherever one jumps: the lanes of the recorded while before that moment, and nothing else. */
static void a_jump_shows_the_while_before_it(void **state)
{
	struct textbuf told[TAPE_MOST] = {{0}}, begin = {0};
	uint64_t ns[TAPE_MOST];
	struct position p;
	struct tape t;
	size_t spans = 0;

	(void)state;
	ns[0] = open_still(&t, &told[0]);
	assert_true(source_position(t.source, &p));
	assert_in_range(p.n, 10, TAPE_MOST);
	for (size_t i = 1; i < p.n; i++)
		ns[i] = go_to(&t, (struct seek){.kind = SEEK_STEPS, .steps = 1}, &told[i]);
	tape_close(&t);
	for (const char *at = told[p.n - 1].bytes; (at = strchr(at, '@')); at++)
		spans++;
	assert_true(spans > 50);
	open_still(&t, &begin);
	assert_string_equal(begin.bytes, told[0].bytes);
	for (size_t k = 0; k < 2 * p.n; k++) {
		size_t i = (7 * k + 3) % p.n;
		struct textbuf now = {0};

		go_to(&t, (struct seek){.kind = SEEK_TIME, .monotonic_ns = ns[i]}, &now);
		assert_string_equal(now.bytes, told[i].bytes);
		textbuf_free(&now);
	}
	tape_close(&t);
	textbuf_free(&begin);
	for (size_t i = 0; i < p.n; i++)
		textbuf_free(&told[i]);
}

/* ---- words ------------------------------------------------------------------ */

static struct thread_duty duty(unsigned run, unsigned queued, enum wait_kind kind, unsigned blocked)
{
	struct thread_duty d = {.ns = 100 * MS, .run_ns = run * MS, .queued_ns = queued * MS};
	const struct wait w = {.kind = kind, .fd = kind == WAIT_READ ? 5 : -1, .owner = 0};

	if (blocked)
		duty_block(&d, &w, blocked * (uint64_t)MS);
	return d;
}

static void time_makes_a_sort_of_thread(void **state)
{
	static const struct {
		unsigned run, queued, blocked;
		enum wait_kind kind;
		const char *sort, *words;
	} row[] = {
		{100, 0, 0, WAIT_NOTHING, "CPU-bound", "CPU-bound: 100% on CPU"},
		{60, 35, 5, WAIT_SLEEP, "CPU-bound",
			"CPU-bound: 60% on CPU, 35% waiting for a CPU, 5.0% in sleep"},
		{10, 85, 5, WAIT_SLEEP, "waits for a CPU",
			"waits for a CPU: 10% on CPU, 85% waiting for a CPU, 5.0% in sleep"},
		{8, 0, 92, WAIT_READ, "I/O-bound", "I/O-bound: 8.0% on CPU, 92% in read on fd 5"},
		{0, 0, 100, WAIT_READ, "waits", "waits: 100% in read on fd 5"},
		{30, 9, 61, WAIT_MUTEX, "waits for a lock",
			"waits for a lock: 30% on CPU, 9.0% waiting for a CPU, 61% in mutex"},
		{30, 0, 70, WAIT_SLEEP, "sleeps", "sleeps: 30% on CPU, 70% in sleep"},
		{0, 0, 100, WAIT_SLEEP, "sleeps", "sleeps: 100% in sleep"},
		{2, 0, 98, WAIT_EPOLL, "waits for events",
			"waits for events: 2.0% on CPU, 98% in epoll"},
		{60, 0, 40, WAIT_READ, "mixed", "mixed: 60% on CPU, 40% in read on fd 5"},
		{10, 0, 90, WAIT_NOTHING, "waits",
			"waits: 10% on CPU, 90% blocked in what was not seen"},
		{0, 0, 100, WAIT_NOTHING, "waits", "waits: 100% blocked in what was not seen"},
		{0, 100, 0, WAIT_NOTHING, "waits for a CPU",
			"waits for a CPU: 100% waiting for a CPU"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct thread_duty d =
			duty(row[i].run, row[i].queued, row[i].kind, row[i].blocked);
		struct textbuf out = {0};

		assert_string_equal(duty_sort(&d), row[i].sort);
		duty_say(&d, NULL, 0, &out);
		assert_string_equal(out.bytes, row[i].words);
		textbuf_free(&out);
	}
}

/* A condition's two queues are two addresses; two reads are input as much as one. */
static void waits_that_read_alike_are_one(void **state)
{
	struct thread_duty d = {.ns = 100 * MS, .run_ns = 10 * MS};
	struct thread_duty reads = {.ns = 100 * MS, .run_ns = 10 * MS};
	struct wait w = {.kind = WAIT_CONDITION, .fd = -1, .address = 16};
	struct textbuf out = {0};

	(void)state;
	duty_block(&d, &w, 50 * MS);
	w.address = 24;
	duty_block(&d, &w, 40 * MS);
	duty_say(&d, NULL, 0, &out);
	assert_string_equal(out.bytes, "waits: 10% on CPU, 90% in condition");
	textbuf_free(&out);
	w = (struct wait){.kind = WAIT_READ, .fd = 5};
	duty_block(&reads, &w, 25 * MS);
	w.fd = 6;
	duty_block(&reads, &w, 25 * MS);
	duty_block(&reads, &(const struct wait){.kind = WAIT_NOTHING}, 40 * MS);
	assert_string_equal(duty_sort(&reads), "I/O-bound");
}

/* What has no place is counted all the same; what grows comes first. */
static void waits_are_kept_by_their_weight(void **state)
{
	struct thread_duty d = {.ns = 100 * MS}, sum = {0};
	uint64_t all = 0, blocked = 50 * MS;

	(void)state;
	for (unsigned i = 0; i < DUTY_WAITS + 2; i++, blocked += i * MS)
		duty_block(&d, &(const struct wait){.kind = WAIT_READ, .fd = (int)i}, (1 + i) * MS);
	assert_int_equal(d.waits_n, DUTY_WAITS);
	duty_block(&d, &(const struct wait){.kind = WAIT_READ, .fd = 0}, 50 * MS);
	assert_int_equal(d.wait[0].fd, 0);
	duty_add(&sum, &d);
	duty_add(&sum, &d);
	assert_int_equal(sum.waits_n, DUTY_WAITS);
	assert_int_equal(sum.wait[0].ns, 2 * 51 * MS);
	for (size_t i = 0; i < sum.waits_n; i++) {
		all += sum.wait[i].ns;
		assert_true(!i || sum.wait[i].ns <= sum.wait[i - 1].ns);
	}
	assert_int_equal(all + sum.other_ns, 2 * blocked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(switches_make_stretches_whichever_cpu_is_read_first),
		cmocka_unit_test(rings_of_many_cpus_are_one_stream),
		cmocka_unit_test(who_runs_on_is_told_so_far_and_goes_on),
		cmocka_unit_test(what_was_before_is_known_from_what_is_told_first),
		cmocka_unit_test(what_was_lost_is_not_made_up),
		cmocka_unit_test(others_are_not_told_of_and_what_is_later_waits),
		cmocka_unit_test(a_busy_switcher_is_told_in_few_stretches),
		cmocka_unit_test(threads_come_and_go),
		cmocka_unit_test(a_sum_takes_the_part_that_falls_into_it),
		cmocka_unit_test(time_in_which_nobody_listened_is_told),
		cmocka_unit_test(the_report_tells_of_the_last_while),
		cmocka_unit_test(a_jump_shows_the_while_before_it),
		cmocka_unit_test(time_makes_a_sort_of_thread),
		cmocka_unit_test(waits_that_read_alike_are_one),
		cmocka_unit_test(waits_are_kept_by_their_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
