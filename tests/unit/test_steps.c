/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of a launched program: what is said, when it goes on, and what is measured of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/fixtures/scene.h"
#include "twintop/app/steps.h"
#include "twintop/compare/turn.h"
#include "twintop/feed/feed.h"
#include "twintop/model/thread.h"

#define SECOND_NS 1000000000u

extern const struct feed_ops feed_steps;

/* A scene in which a program speaks. */
struct play {
	struct steps *steps;
	const struct moment *m; /* the last one */
	uint64_t count;
};

static int set_up(void **state)
{
	static struct play play;

	play = (struct play){.steps = steps_new(), .m = scene_moment(&(struct scene){.step = 3})};
	*state = &play;
	return 0;
}

static int tear_down(void **state)
{
	struct play *p = *state;

	steps_free(p->steps);
	moment_put(p->m);
	return 0;
}

/* The next moment, so much later, in which those lines were said; a caption's begins with '!'. */
static bool hear(struct play *p, uint64_t later_ns, const char *const *line, size_t n)
{
	struct snapshot *s = scene_again(p->m, later_ns);
	struct event_sink sink = {0};
	bool told;

	for (size_t i = 0; i < n; i++) {
		struct event e = {.kind = EVENT_STEP_LINE,
			.pid = p->m->snapshot->side[0].id.pid,
			.monotonic_ns = s->monotonic_ns - 1,
			.source = "steps"};

		if (*line[i] == '!') {
			e.kind = EVENT_STEP;
			p->count++;
		}
		e.count = p->count;
		event_sink_add(&sink, e, text_of(line[i] + (*line[i] == '!')), text_of(NULL));
	}
	part_put(s->events);
	s->events = event_sink_seal(&sink);
	moment_put(p->m);
	p->m = moment_new(s, NULL);
	told = steps_moment(p->steps, p->m);
	return told;
}
#define HEAR(p, later, ...)                                                                        \
	hear(p, later, (const char *const[]){__VA_ARGS__},                                         \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool pass(struct play *p, uint64_t later_ns)
{
	return hear(p, later_ns, NULL, 0);
}

static void what_is_said_is_kept(void **state)
{
	struct play *p = *state;
	const struct step *now = steps_now(p->steps);

	assert_int_equal(now->number, 0);
	assert_false(HEAR(p, 1, "view pages", "wait"));
	assert_int_equal(now->number, 0); /* nothing counts before the first caption */
	assert_false(
		HEAR(p, 1, "!It \x1b[31mwrites", "view memory", "point heap", "ask How many?"));
	assert_true(HEAR(p, 1, "expect a.b +1 pages copied:", "expect c 2", "wait"));
	assert_int_equal(now->number, 1);
	assert_null(strchr(now->caption, '\x1b'));
	assert_non_null(strstr(now->caption, "writes"));
	assert_string_equal(now->view, "memory");
	assert_string_equal(now->point, "heap");
	assert_string_equal(now->question, "How many?");
	assert_int_equal(now->expects_n, 2);
	assert_string_equal(now->expect[0].path, "a.b");
	assert_string_equal(now->expect[0].wanted, "+1");
	assert_string_equal(now->expect[0].name, "pages copied:");
	assert_string_equal(now->expect[1].name, "c");
	assert_true(now->waits);
	assert_false(pass(p, 1)); /* it was told once */
}

static void more_expectations_than_there_is_room_for_are_left_out(void **state)
{
	struct play *p = *state;

	HEAR(p, 1, "!many");
	for (int i = 0; i < STEP_EXPECTS + 3; i++)
		HEAR(p, 1, "expect processes.0.pid 4242");
	assert_int_equal(steps_now(p->steps)->expects_n, STEP_EXPECTS);
}

static void it_goes_on_once_and_not_before_all_was_read(void **state)
{
	struct play *p = *state;

	assert_false(steps_take_go(p->steps));
	HEAR(p, 1, "!one", "wait");
	assert_false(steps_take_go(p->steps)); /* nobody wants it */
	steps_go(p->steps);
	assert_true(steps_take_go(p->steps));
	assert_false(steps_take_go(p->steps));
	assert_false(steps_now(p->steps)->waits);
	steps_go(p->steps); /* it waits no more */
	assert_false(steps_take_go(p->steps));
}

static void expectations_are_held_against_what_is_measured(void **state)
{
	struct play *p = *state;
	const struct step *last = steps_last(p->steps);

	HEAR(p, 1, "!one", "expect processes.0.pid 4242 A:", "expect processes.0.pid +0 as before:",
		"expect processes.0.pid 1 not A:", "expect processes.0.nothing 1 nowhere:", "wait");
	steps_go(p->steps);
	assert_true(steps_take_go(p->steps));
	assert_int_equal(steps_now(p->steps)->expect[1].before.number, 4242);
	assert_int_equal(steps_now(p->steps)->expect[0].state, EXPECT_OPEN);
	HEAR(p, SECOND_NS / 10, "!two", "wait");
	assert_int_equal(last->number, 1);
	assert_int_equal(last->expect[0].state, EXPECT_MET);
	assert_int_equal(last->expect[1].state, EXPECT_MET);
	assert_int_equal(last->expect[2].state, EXPECT_MEASURING);
	assert_int_equal(last->expect[3].state, EXPECT_MEASURING);
	assert_true(steps_measuring(p->steps));
	steps_go(p->steps); /* somebody is quick: but first all is measured */
	assert_false(steps_take_go(p->steps));
	pass(p, 2 * SECOND_NS);
	assert_int_equal(last->expect[2].state, EXPECT_UNMET);
	assert_int_equal(last->expect[2].now.number, 4242);
	assert_int_equal(last->expect[3].state, EXPECT_UNKNOWN);
	assert_true(steps_take_go(p->steps));
}

/* As a recording has it: nobody lets go on, and the step is over all the same. */
static void changes_are_measured_of_a_recording(void **state)
{
	struct play *p = *state;
	const struct step *now = steps_now(p->steps), *last = steps_last(p->steps);

	HEAR(p, 1, "!one",
		"expect processes.0.pid +0 more:", "expect processes.0.pid +1 less:", "wait");
	assert_int_equal(now->expect[0].before.kind, MEASURE_UNKNOWN);
	HEAR(p, SECOND_NS / 10, "!two", "expect processes.0.pid +0 more:", "wait");
	assert_int_equal(last->expect[0].before.number, 4242);
	assert_int_equal(last->expect[0].state, EXPECT_MET);
	assert_int_equal(last->expect[1].state, EXPECT_MEASURING);
	HEAR(p, 2 * SECOND_NS, "done");
	assert_int_equal(last->expect[1].state, EXPECT_UNMET);
	assert_int_equal(now->expect[0].state, EXPECT_MET);
	p->count += 2; /* what was said in between was not heard */
	HEAR(p, 1, "!five", "expect processes.0.pid +0 more:", "wait");
	p->count++;
	HEAR(p, 1, "!seven");
	assert_int_equal(last->expect[0].before.kind, MEASURE_UNKNOWN);
}

/* A step's state of an expectation of the family that is shown so high, before and after. */
static enum expect_state state_of_family(unsigned before, unsigned after, const char *expect)
{
	struct play p = {.steps = steps_new(), .m = NULL};
	enum expect_state state;

	p.m = scene_moment(&(struct scene){.step = 3, .lifted = before});
	HEAR(&p, 1, "!one", expect, "expect processes.0.pid 4242", "wait");
	for (int i = 0; i < 8; i++)
		pass(&p, SECOND_NS);
	steps_go(p.steps);
	assert_true(steps_take_go(p.steps));
	moment_put(p.m);
	p.m = scene_moment(&(struct scene){.step = 200, .lifted = after});
	HEAR(&p, 1, "done");
	for (int i = 0; i < 8; i++)
		pass(&p, SECOND_NS);
	assert_int_equal(steps_now(p.steps)->expect[1].state, EXPECT_MET);
	state = steps_now(p.steps)->expect[0].state;
	steps_free(p.steps);
	moment_put(p.m);
	return state;
}

/* What a key made the family of is not what the step speaks of. */
static void a_family_of_others_is_not_measured(void **state)
{
	static const char there[] = "expect family_totals.living >0 living:",
			  change[] = "expect family_totals.living +0 more:";

	(void)state;
	assert_int_equal(state_of_family(0, 0, there), EXPECT_MET);
	assert_int_equal(state_of_family(0, 1, there), EXPECT_UNKNOWN);
	assert_int_equal(state_of_family(1, 0, there), EXPECT_MET);
	assert_int_equal(state_of_family(0, 0, change), EXPECT_MET);
	assert_int_equal(state_of_family(0, 2, change), EXPECT_UNKNOWN);
	assert_int_equal(state_of_family(1, 0, change), EXPECT_UNKNOWN);
}

/* A and B change places: what a program expects of itself and its child is measured of them. */
static void what_is_expected_holds_the_other_way_round(void **state)
{
	struct play *p = *state;
	const struct step *now = steps_now(p->steps);
	const struct pair *pair = part_get(p->m->pair);
	struct turner *turner = turner_new();
	const struct moment *m, *turned;

	HEAR(p, 1, "!Change", "expect processes.0.pid 4242 the program is",
		"expect processes.1.pid 4243 its child is", "expect pair.relation child", "done");
	m = moment_new(scene_again(p->m, SECOND_NS / 2), part_get(pair));
	turned = turner_turn(turner, m);
	assert_int_equal(turned->snapshot->side[0].id.pid, 4243);
	steps_moment(p->steps, turned);
	for (size_t i = 0; i < now->expects_n; i++)
		assert_int_equal(now->expect[i].state, EXPECT_MET);
	/* That its texts say A and B is told only where they do, and mean another. */
	assert_false(steps_misname(p->steps, turned));
	HEAR(p, 1, "!A child comes, from A to B.");
	assert_true(steps_misname(p->steps, turned));
	assert_false(steps_misname(p->steps, m));
	assert_false(steps_misname(p->steps, NULL));
	HEAR(p, 1, "!A child comes.", "ask A pipe, a Bus?");
	HEAR(p, 1, "!Again.", "expect a 1 A's threads:");
	assert_true(steps_misname(p->steps, turned));
	HEAR(p, 1, "!A third one.");
	HEAR(p, 1, "!A fourth one.");
	assert_false(steps_misname(p->steps, turned));
	moment_put(turned);
	moment_put(m);
	turner_free(turner);
	part_put(pair);
}

static void done_ends_a_step_without_another_one(void **state)
{
	struct play *p = *state;

	HEAR(p, 1, "!only", "expect processes.0.pid 4242", "wait");
	steps_go(p->steps);
	assert_true(steps_take_go(p->steps));
	HEAR(p, SECOND_NS / 10, "done");
	assert_int_equal(steps_now(p->steps)->expect[0].state, EXPECT_MET);
}

static void values_are_compared_as_they_are_wanted(void **state)
{
	const struct measure unknown = {.kind = MEASURE_UNKNOWN, .text = "?"},
			     five = {.kind = MEASURE_NUMBER, .number = 5, .text = "5"},
			     four = {.kind = MEASURE_NUMBER, .number = 4, .text = "4"},
			     word = {.kind = MEASURE_WORD, .text = "true"};
	static const struct {
		const char *wanted;
		bool five_after_four, word;
	} row[] = {{"5", true, false}, {"=5", true, false}, {"4", false, false},
		{"+1", true, false}, {"-1", false, false}, {"+0", false, false},
		{">4", true, false}, {">5", false, false}, {"<6", true, false},
		{"<5", false, false}, {"true", false, true}, {"=true", false, true},
		{"tr*", false, true}, {"=tr*", false, true}, {"*", true, true},
		{"true*", false, true}, {"true!*", false, false}, {"ue*", false, false},
		{"", false, false}, {"+", false, false}, {"+x", false, false}, {">", false, false},
		{"+>0", true, false}, {"+>1", false, false}, {"+<2", true, false},
		{"+<1", false, false}, {"+>-3", true, false}, {"+>", false, false},
		{"+>x", false, false}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		assert_int_equal(
			measure_meets(&five, &four, row[i].wanted), row[i].five_after_four);
		assert_int_equal(measure_meets(&word, &unknown, row[i].wanted), row[i].word);
		assert_false(measure_meets(&unknown, &four, row[i].wanted));
	}
	assert_false(measure_meets(&five, &unknown, "+1"));
	assert_false(measure_meets(&five, &unknown, "+>0"));
}

/* A share of time is no whole number. */
static void shares_are_more_or_less_than_bounds(void **state)
{
	const struct measure share = {.kind = MEASURE_REAL, .real = 9.5, .text = "9.5"};
	static const struct {
		const char *wanted;
		bool met;
	} row[] = {{"<10", true}, {"<9", false}, {">9", true}, {">10", false}, {">", false},
		{"<x", false}, {"9.5", true}, {"=9.5", true}, {"9", false}, {"+>0", false}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		assert_int_equal(measure_meets(&share, &share, row[i].wanted), row[i].met);
}

static void expect_at(const struct measures *ms, const char *path, const char *text)
{
	struct measure m = measure_at(ms, path);

	assert_string_equal(m.text, text);
}

static void paths_lead_to_what_json_tells(void **state)
{
	const struct play *p = *state;
	struct measures *ms = measures_of(p->m);

	expect_at(ms, "schema", "twintop/1");
	expect_at(ms, "processes.#", "2");
	expect_at(ms, "processes.1.pid", "4243");
	expect_at(ms, "processes[pid=4243].ppid", "4242");
	expect_at(ms, "processes[pid=1].ppid", "?");
	expect_at(ms, "processes[pid", "?");
	expect_at(ms, "processes.9.pid", "?");
	expect_at(ms, "processes.pid", "?");
	expect_at(ms, "pair", "?");
	expect_at(ms, "pair.pages.#", "?");
	expect_at(ms, "", "?");
	measures_free(ms);
}

static void counts_of_pages_without_frames_are_estimated(void **state)
{
	for (int hidden = 0; hidden < 2; hidden++) {
		const struct moment *m =
			scene_moment(&(struct scene){.step = 3, .estimated = hidden});
		struct measures *ms = measures_of(m);

		assert_int_equal(measure_at(ms, "pair.pages.cow_shared").kind, MEASURE_NUMBER);
		assert_int_equal(measure_at(ms, "pair.pages.cow_shared").estimated, hidden);
		assert_int_equal(
			measure_at(ms, "pair.mechanisms[mechanism=memfd].common_bytes").estimated,
			hidden);
		assert_false(measure_at(ms, "pair.pages.nothing").estimated);
		assert_false(measure_at(ms, "processes.0.pid").estimated);
		measures_free(ms);
		moment_put(m);
	}
	(void)state;
}

static void elements_that_are_so_are_counted(void **state)
{
	const struct play *p = *state;
	struct measures *ms = measures_of(p->m);

	expect_at(ms, "processes.#[ppid=4242]", "1");
	expect_at(ms, "processes.#[comm=fork-cow]", "2");
	expect_at(ms, "processes.#[comm=nobody]", "0");
	expect_at(ms, "processes.#[nothing=1]", "0");
	expect_at(ms, "processes.0.mappings.#[pages.resident=1]", "1");
	expect_at(ms, "processes.0.mappings.#[pages.resident.more=1]", "0");
	expect_at(ms, "processes.0.mappings[pages.resident=1].start", "0x55d0a1c36000");
	expect_at(ms, "processes.0.threads[syscall.name=read].tid", "4242");
	expect_at(ms, "processes.0.threads.#[waiting_on.kind=read]", "?"); /* one runs */
	expect_at(ms, "processes.0.children.#[=4243]", "1");
	expect_at(ms, "processes.0.children.#[=1]", "0");
	expect_at(ms, "pair.shares.namespaces.#[=true]", "8");
	expect_at(ms, "pair.shares.namespaces.#[=false]", "0");
	expect_at(ms, "pair.shares.#[=true]", "?"); /* of some nothing is known */
	expect_at(ms, "processes.#[comm]", "?");
	expect_at(ms, "processes.#[", "?");
	expect_at(ms, "schema.#[=twintop/1]", "?");
	measures_free(ms);
}

static void what_is_unknown_has_its_reason(void **state)
{
	const struct play *p = *state;
	struct measures *ms = measures_of(p->m);

	assert_string_equal(measure_reason(ms, "pair.shares.io"), "neither has one");
	assert_string_equal(measure_reason(ms, "processes.0.exit.code"), "it has not ended");
	assert_string_equal(
		measure_reason(ms, "processes[pid=4243].exit.code"), "it has not ended");
	assert_string_equal(
		measure_reason(ms, "processes.0.threads[tid=4250].waiting_on.kind"), THREAD_RUNS);
	assert_null(measure_reason(ms, "processes.0.pid"));
	assert_null(measure_reason(ms, "processes.7.pid"));
	assert_null(measure_reason(ms, ""));
	measures_free(ms);
}

static void each_path_names_who_says_so(void **state)
{
	static const struct {
		const char *path, *source;
	} row[] = {{"processes.1.threads.#", "/proc/PID/task"},
		{"processes.1.threads.#[state=S]", "/proc/PID/task"},
		{"processes[pid=1].threads[tid=2].run_ns", "/proc/PID/task/TID/schedstat, field 1"},
		{"pair.shares.vm", "kcmp(2) KCMP_VM"},
		{"pair.shares.namespaces.net", "/proc/PID/ns/net"},
		{"pair.shares.namespaces.#[=true]", "/proc/PID/ns of both"},
		{"pair.relation", "/proc/PID/stat, field 4"}, {"pair.pagesX", NULL},
		{"pair.shares", NULL}, {"processes.0.nothing", NULL}, {"nothing", NULL},
		{"", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const char *source = measure_source(row[i].path);

		if (row[i].source)
			assert_string_equal(source, row[i].source);
		else
			assert_null(source);
	}
	assert_non_null(measure_source("processes.1.threads.0.stack"));
	assert_non_null(measure_source("processes.1.page_totals.resident"));
}

/* ---- the feed ------------------------------------------------------------ */

static size_t drain(struct feed *feed, struct event_sink *sink)
{
	feed_steps.drain(feed, false, sink);
	return sink->event.n;
}

static void send_text(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void lines_become_events(void **state)
{
	struct feed_context context = {.steps_pid = 77};
	static char endless[10000];
	const struct event_batch *batch;
	struct event_sink sink = {0};
	struct feed *feed;
	int end[2];

	(void)state;
	assert_int_equal(feed_steps.open(&(struct feed_context){0}, &feed), -ENOENT);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, end), 0);
	context.steps_fd = end[0];
	assert_int_equal(feed_steps.open(&context, &feed), 0);
	send_text(end[1], "capt");
	assert_int_equal(drain(feed, &sink), 0);
	send_text(end[1], "ion one\nview pages\n\nwa");
	assert_int_equal(drain(feed, &sink), 2);
	send_text(end[1], "it\ncaption two\n");
	assert_int_equal(drain(feed, &sink), 4);
	memset(endless, 'x', sizeof endless);
	assert_int_equal(write(end[1], endless, sizeof endless), sizeof endless);
	send_text(end[1], "\n");
	assert_int_equal(drain(feed, &sink), 5);
	close(end[1]);
	assert_int_equal(drain(feed, &sink), 5);
	batch = event_sink_seal(&sink);
	assert_int_equal(batch->event[0].kind, EVENT_STEP);
	assert_int_equal(batch->event[0].pid, 77);
	assert_int_equal(batch->event[0].count, 1);
	assert_true(text_equal(event_name(batch, batch->event[0].name), text_of("one")));
	assert_int_equal(batch->event[1].kind, EVENT_STEP_LINE);
	assert_true(text_equal(event_name(batch, batch->event[1].name), text_of("view pages")));
	assert_true(text_equal(event_name(batch, batch->event[2].name), text_of("wait")));
	assert_int_equal(batch->event[3].count, 2);
	assert_int_equal(event_name(batch, batch->event[4].name).len, 4096);
	part_put(batch);
	feed_steps.close(feed);
	close(end[0]);
}

int main(void)
{
#define STEP_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		STEP_TEST(what_is_said_is_kept),
		STEP_TEST(more_expectations_than_there_is_room_for_are_left_out),
		STEP_TEST(it_goes_on_once_and_not_before_all_was_read),
		STEP_TEST(expectations_are_held_against_what_is_measured),
		STEP_TEST(changes_are_measured_of_a_recording),
		cmocka_unit_test(a_family_of_others_is_not_measured),
		STEP_TEST(what_is_expected_holds_the_other_way_round),
		STEP_TEST(done_ends_a_step_without_another_one),
		STEP_TEST(paths_lead_to_what_json_tells),
		STEP_TEST(elements_that_are_so_are_counted),
		STEP_TEST(what_is_unknown_has_its_reason),
		cmocka_unit_test(values_are_compared_as_they_are_wanted),
		cmocka_unit_test(shares_are_more_or_less_than_bounds),
		cmocka_unit_test(counts_of_pages_without_frames_are_estimated),
		cmocka_unit_test(each_path_names_who_says_so),
		cmocka_unit_test(lines_become_events),
	};

	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
