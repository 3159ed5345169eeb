/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event table, what its rows say, and the sink in which events gather. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/hostile.h"
#include "twintop/model/event.h"

#define HOSTILE ((struct text){HOSTILE_NAME, sizeof HOSTILE_NAME - 1})

static const struct text none;

/* ---- the table ------------------------------------------------------------ */

static void every_kind_is_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVENT_KINDS; i++) {
		assert_true(*event_table[i].title && *event_table[i].sentence);
		assert_int_equal(event_table[i].why[strlen(event_table[i].why) - 1], '.');
		assert_int_equal(event_table[i].has >> EVENT_HAS_N, 0);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(event_table[i].id, event_table[k].id);
	}
}

/* A sentence tells all that its kind carries, and nothing that it does not. */
static void sentences_say_what_is_carried(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVENT_KINDS; i++)
		for (size_t bit = 0; bit < EVENT_HAS_N; bit++) {
			char placeholder[32];

			snprintf(placeholder, sizeof placeholder, "{%s}", event_has_name[bit]);
			assert_int_equal(strstr(event_table[i].sentence, placeholder) != NULL,
				(event_table[i].has >> bit) & 1);
		}
}

static void expect_sentence(
	struct event event, struct text name, struct text before, const char *sentence)
{
	struct event_sink sink = {0};
	struct textbuf out = {0};
	const struct event_batch *batch;

	event_sink_add(&sink, event, name, before);
	batch = event_sink_seal(&sink);
	event_sentence(batch, &batch->event[0], &out);
	assert_string_equal(out.bytes, sentence);
	textbuf_free(&out);
	part_put(batch);
}

static void sentences_leave_out_what_is_unknown(void **state)
{
	const struct text name = text_of("sh"), other = text_of("ls");

	(void)state;
	expect_sentence((struct event){.kind = EVENT_FORK, .pid = 7, .other = 8}, name, none,
		"7 sh forked 8");
	expect_sentence((struct event){.kind = EVENT_FORK, .pid = 7}, none, none, "7 forked ?");
	expect_sentence((struct event){.kind = EVENT_EXEC, .pid = 7}, other, name,
		"7 sh executed another program: ls");
	expect_sentence((struct event){.kind = EVENT_EXEC, .pid = 7}, none, none,
		"7 executed another program");
	expect_sentence((struct event){.kind = EVENT_EXIT, .pid = 7}, name, none, "7 sh ended");
	expect_sentence((struct event){.kind = EVENT_EXIT, .pid = 7, .status_known = true}, none,
		none, "7 ended: exited with 0");
	expect_sentence(
		(struct event){.kind = EVENT_EXIT, .pid = 7, .status = 11, .status_known = true},
		name, none, "7 sh ended: killed by SIGSEGV");
	expect_sentence((struct event){.kind = EVENT_NEW_SIBLING, .pid = 7, .other = 8}, name, none,
		"8 is B now, beside 7 sh");
	expect_sentence((struct event){.kind = EVENT_THREAD, .pid = 7, .tid = 9}, none, none,
		"7 has a new thread 9");
	expect_sentence((struct event){.kind = EVENT_THREAD_EXIT, .pid = 7, .tid = 9}, name, none,
		"thread 9 sh of 7 ended");
	expect_sentence((struct event){.kind = EVENT_COMM, .pid = 7, .tid = 9}, other, name,
		"9 renamed itself from sh to ls");
	expect_sentence(
		(struct event){.kind = EVENT_LOST, .count = 12}, none, none, "events lost: 12");
}

static void states_are_sentences(void **state)
{
	const struct text sh = text_of("sh");
	const struct event zombie = {
		.kind = EVENT_ZOMBIE, .pid = 7, .other = 5, .status_known = true};

	(void)state;
	expect_sentence(zombie, sh, none,
		"7 sh is a zombie: its parent 5 has not asked how it ended (exited with 0)");
	expect_sentence(
		(struct event){.kind = EVENT_ZOMBIE, .pid = 7}, none, none, "7 is a zombie");
	expect_sentence((struct event){.kind = EVENT_REAPED, .pid = 7, .other = 5}, sh, none,
		"7 sh is a zombie no more: 5 waited for it");
	expect_sentence((struct event){.kind = EVENT_REPARENTED, .pid = 7, .other = 1, .former = 5},
		none, none, "7 has another parent: 1 instead of 5");
	expect_sentence((struct event){.kind = EVENT_REPARENTED, .pid = 7}, sh, none,
		"7 sh has another parent");
	expect_sentence((struct event){.kind = EVENT_STOPPED, .pid = 7, .signal = SIGTSTP}, none,
		none, "7 was stopped by SIGTSTP");
	expect_sentence(
		(struct event){.kind = EVENT_STOPPED, .pid = 7}, none, none, "7 was stopped");
	expect_sentence((struct event){.kind = EVENT_CONTINUED, .pid = 7}, sh, none,
		"7 sh goes on after its stop");
	expect_sentence((struct event){.kind = EVENT_TRACED, .pid = 7, .other = 8}, none, none,
		"7 is traced by 8");
	expect_sentence((struct event){.kind = EVENT_UNTRACED, .pid = 7}, none, none,
		"7 is traced no more");
}

/* One is named by itself; of many the number stands there, and what is not of one does not. */
static void changes_are_sentences(void **state)
{
	const struct text what = text_of("/tmp/x"), caught = text_of("caught");
	const uint64_t minute = 60000000000u;

	(void)state;
	expect_sentence((struct event){.kind = EVENT_MAPPED,
				.pid = 7,
				.count = 1,
				.address = 0x7000,
				.bytes = 8192,
				.span_ns = 1000000},
		what, none, "7 mapped /tmp/x at 0x7000, 8K");
	expect_sentence((struct event){.kind = EVENT_UNMAPPED,
				.pid = 7,
				.count = 12,
				.bytes = 1 << 20,
				.span_ns = minute},
		what, none, "7 unmapped 12 areas, the largest /tmp/x, 1M, within 1:00");
	expect_sentence((struct event){.kind = EVENT_OPENED, .pid = 7, .count = 1}, what, none,
		"7 opened fd 0: /tmp/x");
	expect_sentence((struct event){.kind = EVENT_CLOSED, .pid = 7, .count = 3, .fd = 5}, none,
		none, "7 closed 3 descriptors, the first fd 5");
	expect_sentence(
		(struct event){.kind = EVENT_SIGNAL_ACTION, .pid = 7, .count = 1, .signal = 10},
		caught, text_of("default"), "7 set SIGUSR1 from default to caught");
	expect_sentence((struct event){.kind = EVENT_FIRST_COPY}, none, none, "first page copied");
	expect_sentence((struct event){.kind = EVENT_COPIES, .pid = 7, .count = 1}, none, none,
		"pages copied: 1, by 7");
}

static void sentences_are_printable(void **state)
{
	(void)state;
	expect_sentence((struct event){.kind = EVENT_FORK, .pid = 7, .other = 8}, HOSTILE, none,
		"7 \\e]0;x\\a\\n\\xff\\xc0\\xaf\\xe2\\x80\\xae\"\\x41 forked 8");
}

/* ---- the sink -------------------------------------------------------------- */

static void names_are_kept_once(void **state)
{
	struct event_sink sink = {0};
	const struct event_batch *batch;
	char name[16], copy[16];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "name-%u", i % 100);
		snprintf(copy, sizeof copy, "name-%u", (i + 1) % 100);
		event_sink_add(&sink, (struct event){.kind = EVENT_COMM, .pid = (pid_t)i},
			text_of(name), text_of(copy));
	}
	memset(name, 'x', sizeof name); /* the sink has its own */
	batch = event_sink_seal(&sink);
	assert_int_equal(batch->n, 1000);
	assert_int_equal(batch->names_n, 101);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(copy, sizeof copy, "name-%u", i % 100);
		assert_true(text_equal(event_name(batch, batch->event[i].name), text_of(copy)));
	}
	part_put(batch);
}

static void an_empty_name_is_known(void **state)
{
	struct event_sink sink = {0};
	const struct event_batch *batch;

	(void)state;
	event_sink_add(&sink, (struct event){.kind = EVENT_COMM}, text_of(""), none);
	batch = event_sink_seal(&sink);
	assert_non_null(event_name(batch, batch->event[0].name).bytes);
	assert_int_equal(event_name(batch, batch->event[0].name).len, 0);
	assert_null(event_name(batch, batch->event[0].before).bytes);
	assert_null(event_name(batch, 77).bytes);
	part_put(batch);
}

static void a_batch_is_in_the_order_of_time(void **state)
{
	static const uint64_t time[] = {30, 10, 20, 10, 40};
	static const pid_t expected[] = {1, 3, 2, 0, 4};
	struct event_sink sink = {0};
	const struct event_batch *batch;

	(void)state;
	assert_null(event_sink_seal(&sink));
	for (int i = 0; i < 5; i++)
		event_sink_add(&sink,
			(struct event){.kind = EVENT_EXIT, .monotonic_ns = time[i], .pid = i}, none,
			none);
	batch = event_sink_seal(&sink);
	for (int i = 0; i < 5; i++)
		assert_int_equal(batch->event[i].pid, expected[i]);
	assert_true(batch->event[0].realtime_ns > 0);
	assert_null(event_sink_seal(&sink));
	part_put(batch);
}

static void sinks_flow_into_each_other(void **state)
{
	struct event_sink sink = {0}, more = {0};
	const struct event_batch *first, *all;

	(void)state;
	event_sink_add(&sink, (struct event){.kind = EVENT_FORK, .monotonic_ns = 1, .other = 8},
		text_of("a"), none);
	first = event_sink_seal(&sink);
	event_sink_add(&more, (struct event){.kind = EVENT_EXEC, .monotonic_ns = 2}, text_of("b"),
		text_of("a"));
	event_sink_move(&sink, &more);
	event_sink_add_batch(&sink, first);
	event_sink_add_batch(&sink, NULL);
	assert_null(event_sink_seal(&more));
	all = event_sink_seal(&sink);
	assert_int_equal(all->n, 2);
	assert_int_equal(all->names_n, 3);
	assert_int_equal(all->event[0].other, 8);
	assert_true(text_equal(event_name(all, all->event[0].name), text_of("a")));
	assert_true(text_equal(event_name(all, all->event[1].name), text_of("b")));
	assert_int_equal(all->event[1].before, all->event[0].name);
	part_put(first);
	part_put(all);
}

static void what_has_no_room_is_counted(void **state)
{
	struct event_sink sink = {0}, other = {0};
	const struct event_batch *batch;
	const struct event *last;

	(void)state;
	for (unsigned i = 0; i < EVENT_SINK_MOST + 9; i++)
		event_sink_add(
			&sink, (struct event){.kind = EVENT_FORK, .source = "poll"}, none, none);
	event_sink_add(&other, (struct event){.kind = EVENT_LOST, .count = 5}, none, none);
	event_sink_move(&sink, &other);
	batch = event_sink_seal(&sink);
	last = &batch->event[batch->n - 1];
	assert_int_equal(batch->n, EVENT_SINK_MOST);
	assert_int_equal(last->kind, EVENT_LOST);
	assert_int_equal(last->count, 15);
	assert_string_equal(last->source, "poll");
	part_put(batch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_told_apart),
		cmocka_unit_test(sentences_say_what_is_carried),
		cmocka_unit_test(sentences_leave_out_what_is_unknown),
		cmocka_unit_test(states_are_sentences),
		cmocka_unit_test(changes_are_sentences),
		cmocka_unit_test(sentences_are_printable),
		cmocka_unit_test(names_are_kept_once),
		cmocka_unit_test(an_empty_name_is_known),
		cmocka_unit_test(a_batch_is_in_the_order_of_time),
		cmocka_unit_test(sinks_flow_into_each_other),
		cmocka_unit_test(what_has_no_room_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
