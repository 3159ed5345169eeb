/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many threads wait for one lock, from moment to moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/sample/convoys.h"
#include "tests/fixtures/threads.h"

#define SECOND_NS 1000000000ull
#define LOCK	  0x55d0a1c35080u
#define MANY	  30u

/* A moment at which so many threads wait for the lock, so many for another. */
struct at {
	unsigned second, here, there;
	pid_t owner;
};

static struct thread_record waiter(pid_t tid, uint64_t address, pid_t owner)
{
	return (struct thread_record){.run = {.state = 'S'},
		.call = {.wait_kind = WAIT_MUTEX, .wait_address = address, .wait_owner = owner},
		.self = {.tid = tid}};
}

static struct snapshot *snapshot_at(const struct at *at)
{
	struct snapshot *s = snapshot_new();
	struct thread_record record[2 * MANY + 1] = {waiter(1, 0, 0)};
	size_t n = 1;

	record[0].call.wait_kind = WAIT_NOTHING;
	for (unsigned i = 0; i < at->here; i++, n++)
		record[n] = waiter((pid_t)(100 + i), LOCK, i ? at->owner : 0);
	for (unsigned i = 0; i < at->there; i++, n++)
		record[n] = waiter((pid_t)(200 + i), LOCK + 64, 0);
	s->monotonic_ns = at->second * SECOND_NS;
	s->sides = 1;
	s->side[0].id.pid = 1;
	s->side[0].threads = threads_list(record, n);
	return s;
}

/* What is told after the last of n moments; one reference. */
static const struct convoys *watch(const struct at *at, size_t n)
{
	struct convoy_watch *w = convoy_watch_new();
	const struct convoys *list = NULL;

	for (size_t i = 0; i < n; i++) {
		struct snapshot *s = snapshot_at(&at[i]);

		part_put(list);
		list = convoy_watch_see(w, s);
		part_put(s);
	}
	convoy_watch_free(w);
	return list;
}

static void three_are_a_convoy_and_two_are_none(void **state)
{
	const struct at two = {1, 2, 0, 7}, three = {1, 3, 2, 7};
	const struct convoys *list = watch(&two, 1);

	(void)state;
	assert_int_equal(list->n, 0);
	part_put(list);
	list = watch(&three, 1);
	assert_int_equal(list->n, 1);
	assert_int_equal(list->convoy[0].length, 3);
	assert_int_equal(list->convoy[0].address, LOCK);
	assert_int_equal(list->convoy[0].owner, 7);
	part_put(list);
}

static void lengths_are_kept_over_time(void **state)
{
	const struct at at[] = {
		{1, 3, 0, 7}, {2, 3, 0, 7}, {3, 9, 0, 7}, {4, 1, 0, 8}, {5, 0, 0, 0}};
	const struct convoys *list = watch(at, 5);
	const struct convoy *c = list->convoy;
	struct textbuf text = {0};
	uint32_t length;

	(void)state;
	assert_int_equal(list->n, 1);
	assert_int_equal(c->length, 0);
	assert_int_equal(c->longest, 9);
	assert_int_equal(c->longest_ns, 3 * SECOND_NS);
	assert_int_equal(c->owner, 7); /* nobody was told of the only one that waited later */
	assert_int_equal(c->n, 4);
	assert_false(convoy_length_at(c, SECOND_NS - 1, &length));
	assert_true(convoy_length_at(c, 2 * SECOND_NS, &length));
	assert_int_equal(length, 3);
	assert_true(convoy_length_at(c, 4 * SECOND_NS, &length));
	assert_int_equal(length, 1);
	convoy_print(c, 5 * SECOND_NS, &text);
	assert_string_equal(text.bytes, "0 now, longest 9 2s ago; 1s ago 1");
	textbuf_free(&text);
	part_put(list);
}

/* Nothing new is no new part; what has been over for long is forgotten. */
static void parts_are_shared_and_forgotten(void **state)
{
	const struct at at[] = {{1, 3, 0, 7}, {2, 3, 0, 7}, {3, 0, 0, 0}, {14, 0, 0, 0}};
	struct convoy_watch *w = convoy_watch_new();
	const struct convoys *list[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct snapshot *s = snapshot_at(&at[i]);

		list[i] = convoy_watch_see(w, s);
		part_put(s);
	}
	assert_ptr_equal(list[0], list[1]);
	assert_int_equal(list[2]->n, 1);
	assert_int_equal(list[3]->n, 0);
	for (size_t i = 0; i < 4; i++)
		part_put(list[i]);
	convoy_watch_free(w);
}

/* However often it changes, there is an end to what is kept: the newest. */
static void what_is_kept_is_bounded(void **state)
{
	struct at at[200];
	const struct convoys *list;

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		at[i] = (struct at){i + 1, i % 2 ? 3 : MANY, 3, 7};
	list = watch(at, 200);
	assert_int_equal(list->n, 2);
	assert_true(list->convoy[0].n < 100);
	assert_int_equal(list->convoy[0].point[list->convoy[0].n - 1].ns, 200 * SECOND_NS);
	assert_int_equal(list->convoy[1].n, 1);
	assert_int_equal(list->convoy[1].owner, 0);
	part_put(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_are_a_convoy_and_two_are_none),
		cmocka_unit_test(lengths_are_kept_over_time),
		cmocka_unit_test(parts_are_shared_and_forgotten),
		cmocka_unit_test(what_is_kept_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
