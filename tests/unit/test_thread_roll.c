/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that come, go and move, and what their lists share with the ones before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/model/part_table.h"
#include "twintop/model/snapshot.h"
#include "twintop/model/thread_roll.h"
#include "twintop/model/words.h"

#define MAIN 5000

/* TIDs that a test seats, ascending. */
struct tids {
	int tid[2000];
	size_t n;
};

static void add(struct tids *t, int from, int to)
{
	for (int tid = from; tid < to; tid++)
		t->tid[t->n++] = tid;
}

static void drop(struct tids *t, int tid)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->tid[i] != tid)
			t->tid[kept++] = t->tid[i];
	t->n = kept;
}

static const struct thread_list *list_of(struct thread_roll *r)
{
	const struct thread_list *last = part_get(r->last);
	struct thread_list *list = part_make(PART_THREADS);

	thread_roll_list(r, list);
	thread_list_count(list, last);
	part_seal(&list->part, 0, 0);
	part_put(last);
	return list;
}

static const struct thread_list *seated(struct thread_roll *r, const struct tids *t)
{
	thread_roll_seat(r, t->tid, t->n);
	for (size_t i = 0; i < r->thread.n; i++) {
		struct thread_kept *k = r->thread.item[i];

		k->now.run.run_ns = (uint64_t)k->now.self.tid * 10;
		k->touched |= 1u << THREAD_GROUP_RUN;
	}
	return list_of(r);
}

/* The list is of those TIDs, the main one first, and reads as the roll does. */
static void assert_list(
	const struct thread_list *list, const struct thread_roll *r, const struct tids *t)
{
	pid_t before = 0;

	assert_int_equal(list->n, t->n);
	for (size_t i = 0; i < list->n; i++) {
		const struct thread of = thread_at(list, i);
		const struct thread_record *now = &r->thread.item[i]->now;

		assert_memory_equal(of.self, &now->self, sizeof *of.self);
		assert_memory_equal(of.run, &now->run, sizeof *of.run);
		assert_memory_equal(of.call, &now->call, sizeof *of.call);
		assert_memory_equal(of.spent, &now->spent, sizeof *of.spent);
		assert_true(of.self->tid > before || i == 0);
		before = of.self->tid == r->first ? 0 : of.self->tid;
		assert_int_equal(thread_find(list, of.self->tid), i);
	}
	for (size_t i = 0; i < t->n; i++)
		assert_true(thread_find(list, t->tid[i]) >= 0);
	assert_int_equal(thread_find(list, 4999), -1);
	assert_null(thread_at(list, list->n).self);
}

static void the_main_thread_stands_first(void **state)
{
	struct thread_roll r = {.first = MAIN + 3};
	const struct thread_list *list;
	struct tids t = {0};

	(void)state;
	add(&t, MAIN, MAIN + 10);
	list = seated(&r, &t);
	assert_list(list, &r, &t);
	assert_int_equal(thread_self_at(list, 0)->tid, MAIN + 3);
	assert_int_equal(thread_self_at(list, 1)->tid, MAIN);
	part_put(list);
	thread_roll_clear(&r);
}

static void nothing_moved_is_shared_whole(void **state)
{
	struct thread_roll r = {.first = MAIN};
	const struct thread_list *a, *b;
	struct tids t = {0};

	(void)state;
	add(&t, MAIN, MAIN + 1000);
	a = seated(&r, &t);
	b = seated(&r, &t);
	assert_ptr_equal(a->seats, b->seats);
	for (unsigned g = 0; g < THREAD_GROUPS; g++)
		for (size_t c = 0; c < a->seats->layout.chunks; c++)
			assert_ptr_equal(a->group[g][c], b->group[g][c]);
	assert_int_equal(thread_list_bytes(b, a), b->part.arena.held_bytes);
	assert_list(b, &r, &t);
	part_put(a);
	assert_list(b, &r, &t);
	part_put(b);
	thread_roll_clear(&r);
}

/* One call of one thread: its chunk of that group alone, by one record. */
static void who_moves_costs_its_own_record(void **state)
{
	struct thread_roll r = {.first = MAIN};
	const struct thread_list *a, *b;
	struct tids t = {0};

	(void)state;
	add(&t, MAIN, MAIN + 1000);
	a = seated(&r, &t);
	r.thread.item[700]->now.call.syscall_number = 7;
	r.thread.item[700]->touched = THREAD_TOUCHED_ALL;
	b = list_of(&r);
	for (unsigned g = 0; g < THREAD_GROUPS; g++)
		for (size_t c = 0; c < 4; c++)
			assert_int_equal(a->group[g][c] == b->group[g][c],
				!(g == THREAD_GROUP_CALL && c == 700 / CHUNK_RECORDS));
	assert_int_equal(b->group[THREAD_GROUP_CALL][2]->packed, 1);
	assert_int_equal(thread_at(a, 700).call->syscall_number, 0);
	assert_list(b, &r, &t);
	part_put(a);
	part_put(b);
	thread_roll_clear(&r);
}

static unsigned shared_chunks(const struct thread_list *a, const struct thread_list *b)
{
	unsigned n = 0;

	for (size_t c = 0; c < a->seats->layout.chunks; c++)
		for (size_t k = 0; k < b->seats->layout.chunks; k++)
			n += a->group[THREAD_GROUP_SELF][c] == b->group[THREAD_GROUP_SELF][k];
	return n;
}

static void who_goes_or_comes_touches_one_chunk(void **state)
{
	struct thread_roll r = {.first = MAIN};
	const struct thread_list *a, *b, *c;
	struct tids t = {0};

	(void)state;
	add(&t, MAIN, MAIN + 1024);
	a = seated(&r, &t);
	assert_int_equal(a->seats->layout.chunks, 4);
	drop(&t, MAIN + 300);
	b = seated(&r, &t);
	assert_list(b, &r, &t);
	assert_int_equal(shared_chunks(b, a), 3);
	add(&t, MAIN + 2000, MAIN + 2005); /* behind a full chunk: in one of their own */
	c = seated(&r, &t);
	assert_list(c, &r, &t);
	assert_int_equal(c->seats->layout.chunks, 5);
	assert_int_equal(shared_chunks(c, b), 4);
	part_put(a);
	part_put(b);
	part_put(c);
	thread_roll_clear(&r);
}

static void who_ended_is_swept(void **state)
{
	struct thread_roll r = {.first = MAIN};
	const struct thread_list *a, *b;
	struct tids t = {0};
	unsigned changes;

	(void)state;
	add(&t, MAIN, MAIN + 600);
	a = seated(&r, &t);
	changes = r.changes;
	for (int tid = MAIN + 256; tid < MAIN + 512; tid++) { /* a whole chunk */
		r.thread.item[tid - MAIN]->ended = true;
		drop(&t, tid);
	}
	thread_roll_sweep(&r);
	assert_true(r.changes != changes);
	b = list_of(&r);
	assert_list(b, &r, &t);
	assert_int_equal(b->seats->layout.chunks, 2);
	assert_int_equal(shared_chunks(b, a), 2);
	part_put(a);
	part_put(b);
	thread_roll_clear(&r);
}

/* New TIDs in the middle of full chunks, as after the numbers began anew; and chunks that shrink.
 */
static void random_comings_and_goings(void **state)
{
	struct thread_roll r = {.first = MAIN};
	const struct thread_list *lists[8] = {0};

	(void)state;
	srand(815);
	for (unsigned round = 0; round < 200; round++) {
		struct tids t = {0};
		unsigned share = 1 + (unsigned)rand() % 8;

		for (int tid = MAIN; tid < MAIN + 1900; tid++)
			if (tid == MAIN || (unsigned)rand() % 8 < share)
				t.tid[t.n++] = tid;
		part_put(lists[round % 8]);
		lists[round % 8] = seated(&r, &t);
		assert_list(lists[round % 8], &r, &t);
	}
	for (size_t i = 0; i < 8; i++) {
		/* Old lists stay what they were. */
		for (size_t k = 0; k < lists[i]->n; k++)
			assert_int_equal(thread_run_at(lists[i], k)->run_ns,
				thread_self_at(lists[i], k)->tid * 10);
		part_put(lists[i]);
	}
	thread_roll_clear(&r);
}

static void signals_are_counted_where_masks_moved(void **state)
{
	struct thread_roll r = {.first = MAIN};
	struct thread_list *a, *b, *c;
	struct tids t = {0};

	(void)state;
	add(&t, MAIN, MAIN + 20);
	thread_roll_seat(&r, t.tid, t.n);
	for (size_t i = 0; i < 20; i++)
		r.thread.item[i]->now.self.signals_blocked = 1u << 4;
	a = part_make(PART_THREADS);
	thread_roll_list(&r, a);
	thread_list_count(a, NULL);
	assert_int_equal(a->signals->blocked_by[4], 20);
	assert_int_equal(a->signals->blocker[4][SIGNAL_BLOCKERS - 1], MAIN + SIGNAL_BLOCKERS - 1);
	r.thread.item[3]->now.run.run_ns = 99;
	r.thread.item[3]->touched = THREAD_TOUCHED_ALL;
	b = part_make(PART_THREADS);
	thread_roll_list(&r, b);
	thread_list_count(b, a);
	assert_ptr_equal(b->signals, a->signals);
	r.thread.item[3]->now.self.signals_blocked = 0;
	r.thread.item[3]->now.self.signals_pending = 1u << 9;
	r.thread.item[3]->touched = THREAD_TOUCHED_ALL;
	c = part_make(PART_THREADS);
	thread_roll_list(&r, c);
	thread_list_count(c, b);
	assert_int_equal(c->signals->blocked_by[4], 19);
	assert_int_equal(c->signals->pending_in[9], 1);
	c->source[THREAD_STATUS] = VALUE_UNREAD;
	part_put(c->signals);
	c->signals = NULL;
	thread_list_count(c, b);
	assert_null(c->signals);
	assert_int_equal(c->signals_state, VALUE_UNREAD);
	part_put(a);
	part_put(b);
	part_put(c);
	thread_roll_clear(&r);
}

/* A list of the same threads as before, of whose stacks it says so much. */
static const struct thread_list *list_with_stacks(struct thread_roll *r, enum value_state state)
{
	struct thread_list *list = part_make(PART_THREADS);

	thread_roll_list(r, list);
	list->source[THREAD_STACK] = (uint8_t)state;
	return list;
}

static void stacks_are_the_same_until_one_moves(void **state)
{
	struct thread_roll r = {.first = MAIN};
	struct tids t = {0};
	const struct thread_list *list[4];

	(void)state;
	add(&t, MAIN, MAIN + 300);
	thread_roll_seat(&r, t.tid, t.n);
	list[0] = list_with_stacks(&r, VALUE_KNOWN);
	list[1] = list_with_stacks(&r, VALUE_STALE);
	list[2] = list_with_stacks(&r, VALUE_UNREAD);
	r.thread.item[7]->now.self.stack_start = 4096;
	r.thread.item[7]->touched = 1u << THREAD_GROUP_SELF;
	list[3] = list_with_stacks(&r, VALUE_KNOWN);
	assert_true(thread_list_same_stacks(list[0], list[0]));
	assert_true(thread_list_same_stacks(list[0], list[1]));
	assert_false(thread_list_same_stacks(list[0], list[2]));
	assert_false(thread_list_same_stacks(list[1], list[2]));
	assert_false(thread_list_same_stacks(list[0], list[3]));
	for (size_t i = 0; i < 4; i++)
		part_put(list[i]);
	thread_roll_clear(&r);
}

static void names_are_cut_and_sources_hidden(void **state)
{
	struct thread_record t = {.self.source[THREAD_WCHAN] = VALUE_DENIED};
	struct thread_list *list = part_make(PART_THREADS);
	char longest[100];
	struct thread of;

	(void)state;
	memset(longest, 'k', sizeof longest);
	thread_set_name(&t.self, (struct text){longest, sizeof longest});
	thread_list_fill(list, &t, 1);
	of = thread_at(list, 0);
	assert_int_equal(thread_name(&of).len, THREAD_NAME_MOST);
	assert_int_equal(thread_source_state(&of, THREAD_WCHAN), VALUE_DENIED);
	assert_int_equal(thread_source_state(&of, THREAD_STAT), VALUE_KNOWN);
	list->source[THREAD_WCHAN] = list->source[THREAD_STAT] = VALUE_UNREAD;
	assert_int_equal(thread_source_state(&of, THREAD_WCHAN), VALUE_UNREAD);
	assert_int_equal(thread_source_state(&of, THREAD_STAT), VALUE_UNREAD);
	part_put(list);
}

static void words_are_kept_once(void **state)
{
	struct words *w = words_new();
	const char *kept[500];
	char text[32];

	(void)state;
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof text, "function_%d", i);
		kept[i] = words_keep(w, text_of(text));
		assert_ptr_not_equal(kept[i], text);
	}
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof text, "function_%d", i);
		assert_string_equal(kept[i], text);
		assert_ptr_equal(words_keep(w, text_of(text)), kept[i]);
	}
	assert_string_equal(words_keep(w, (struct text){"function_12", 8}), "function");
	assert_string_equal(words_keep(w, text_of("")), "");
	part_put(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_main_thread_stands_first),
		cmocka_unit_test(nothing_moved_is_shared_whole),
		cmocka_unit_test(who_moves_costs_its_own_record),
		cmocka_unit_test(who_goes_or_comes_touches_one_chunk),
		cmocka_unit_test(who_ended_is_swept),
		cmocka_unit_test(random_comings_and_goings),
		cmocka_unit_test(signals_are_counted_where_masks_moved),
		cmocka_unit_test(stacks_are_the_same_until_one_moves),
		cmocka_unit_test(names_are_cut_and_sources_hidden),
		cmocka_unit_test(words_are_kept_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
