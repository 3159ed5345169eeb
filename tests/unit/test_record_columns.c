/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long lists of records are written by columns, and lists of threads beside the ones before: what
 * is read is what was written, whatever numbers, orders and comings and goings there are, and what
 * nobody wrote is refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/record/part_code.h"
#include "tests/fixtures/hour.h"
#include "twintop/compare/rate.h"

#define RECORDS_MOST 400u
#define ROOM	     ((size_t)1 << 24)
#define FEW	     15u /* are written one after the other */

static uint64_t state_of_random;

static uint64_t random_number(void)
{
	state_of_random = state_of_random * 6364136223846793005ull + 1442695040888963407ull;
	return state_of_random >> 33 | state_of_random << 31;
}

/* A number as they come: small, the same, one more, any. */
static uint64_t some_number(uint64_t last)
{
	switch (random_number() % 6) {
	case 0:
		return random_number();
	case 1:
		return random_number() % 3;
	case 2:
		return last + 1;
	case 3:
		return last - 4096;
	default:
		return last;
	}
}

static struct record_names all_names(void)
{
	struct textbuf bytes = {0};
	struct record_names names;
	struct wire_in in;

	record_put_names(&bytes);
	in = (struct wire_in){bytes.bytes, bytes.len, 0};
	assert_int_equal(record_get_names(&in, &names), 0);
	textbuf_free(&bytes);
	return names;
}

static struct shape_row list_of(enum shape_number number)
{
	const struct shape *of = shape_table[number];

	return (struct shape_row){
		.form = SHAPE_STRUCT, .place = SHAPE_LIST, .bytes = of->bytes, .of = of};
}

/* ---- records ------------------------------------------------------------- */

static void make_selves(struct thread_self *self, size_t n)
{
	memset(self, 0, n * sizeof *self);
	for (size_t i = 0; i < n; i++) {
		struct thread_self *t = &self[i], *last = i ? t - 1 : t;

		t->tid = (pid_t)(some_number((uint64_t)last->tid) & INT32_MAX);
		t->nice = (int)(some_number((uint64_t)last->nice) % 40) - 20;
		t->priority = (int)(uint32_t)some_number((uint64_t)last->priority);
		t->start_ticks = some_number(last->start_ticks);
		t->stack_start = some_number(last->stack_start);
		t->signals_blocked = some_number(last->signals_blocked);
		t->source[random_number() % THREAD_SOURCES] =
			(uint8_t)(random_number() % VALUE_STATES);
		t->stack_gap = (uint8_t)(random_number() % STACK_GAPS);
		t->stack_guard_known = random_number() % 2;
		thread_set_name(t, text_of(random_number() % 3 ? "worker" : "a longer name"));
	}
}

static void make_calls(struct thread_call *call, size_t n)
{
	static const char *const name[] = {NULL, "read", "futex", "ppoll"};

	memset(call, 0, n * sizeof *call);
	for (size_t i = 0; i < n; i++) {
		struct thread_call *c = &call[i], *last = i ? c - 1 : c;

		c->syscall_number =
			(int64_t)(some_number((uint64_t)last->syscall_number) % 500) - 1;
		c->syscall_name = name[random_number() % 4];
		for (unsigned k = 0; k < 6; k++)
			c->syscall_arg[k] = some_number(last->syscall_arg[k]);
		c->wait_kind = (enum wait_kind)(random_number() % WAIT_KINDS);
		c->wait_state = (uint8_t)(random_number() % 2);
		c->running = random_number() % 2;
	}
}

static void put(struct textbuf *bytes, const struct shape_row *row, const void *first, size_t n)
{
	record_put_list(&(const struct record_out){.wire = bytes}, row,
		(struct record_list){first, NULL, n}, NULL);
}

/* What is read of bytes; the error, or that some is left, is told. */
static int get(const struct textbuf *bytes, const struct record_names *names,
	const struct shape_row *row, struct arena *arena, const void **ret, size_t *ret_n)
{
	struct wire_in wire = {bytes->bytes, bytes->len, 0};
	struct record_in in = {.wire = &wire, .names = names, .arena = arena, .room = ROOM};
	void *values;
	int error = record_get_list(&in, row, NULL, 0, &values, ret_n);

	*ret = values;
	return error ? error : wire.at == wire.n ? 0 : -EBADMSG;
}

static void goes_and_comes(enum shape_number number, const void *first, size_t n)
{
	struct record_names names = all_names();
	struct shape_row row = list_of(number);
	struct textbuf bytes = {0};
	struct arena arena = {0};
	const void *read;
	size_t read_n;

	put(&bytes, &row, first, n);
	assert_int_equal((unsigned char)bytes.bytes[0] / 32, n <= FEW ? 4 : 5);
	assert_int_equal(get(&bytes, &names, &row, &arena, &read, &read_n), 0);
	assert_int_equal(read_n, n);
	assert_true(shape_equal_values(&row, first, read, n));
	arena_free(&arena);
	textbuf_free(&bytes);
	record_names_free(&names);
}

static void records_come_as_they_went(void **state)
{
	static const size_t sizes[] = {0, 1, FEW, FEW + 1, FEW + 2, 64, RECORDS_MOST};
	struct thread_self self[RECORDS_MOST];
	struct thread_call call[RECORDS_MOST];

	(void)state;
	for (unsigned seed = 1; seed <= 10; seed++)
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			state_of_random = seed;
			make_selves(self, sizes[i]);
			make_calls(call, sizes[i]);
			goes_and_comes(SHAPE_OF_thread_self, self, sizes[i]);
			goes_and_comes(SHAPE_OF_thread_call, call, sizes[i]);
		}
}

/* What is far apart in sign and size, and what counts on past the largest number. */
static void steps_reach_any_number(void **state)
{
	static const uint64_t number[] = {0, UINT64_MAX, 1, (uint64_t)INT64_MAX,
		(uint64_t)INT64_MAX + 1, 5, 6, 7, 8, UINT64_MAX - 1, UINT64_MAX, 0, 1, 2, 3, 4};
	struct thread_spent spent[sizeof number / sizeof *number + 16] = {{0}};
	struct thread_self self[sizeof spent / sizeof *spent];

	(void)state;
	make_selves(self, sizeof self / sizeof *self);
	for (size_t i = 0; i < sizeof spent / sizeof *spent; i++) {
		uint64_t n = i < 16 ? number[i] : 1000 * i;

		spent[i] = (struct thread_spent){n, ~n, n * 3, n << 32};
		self[i].nice = (int)(uint32_t)n;
		self[i].priority = i % 2 ? INT32_MIN : INT32_MAX;
	}
	goes_and_comes(SHAPE_OF_thread_spent, spent, sizeof spent / sizeof *spent);
	goes_and_comes(SHAPE_OF_thread_self, self, sizeof self / sizeof *self);
}

/* A kind of wait that we do not know leaves its thread's alone unknown, by columns as by rows. */
static void unknown_values_are_told_of_their_records(void **state)
{
	struct record_names names = all_names();
	struct shape_row row = list_of(SHAPE_OF_thread_call);
	uint8_t ours[WAIT_KINDS];
	struct thread_call call[64];
	struct textbuf bytes = {0};
	struct arena arena = {0};
	const struct thread_call *read;
	const void *values;
	size_t n, unknown = 0;

	(void)state;
	for (unsigned i = 0; i < WAIT_KINDS; i++)
		ours[i] = i % 3 == 1 ? RECORD_UNKNOWN : (uint8_t)i;
	names.choice[CHOICES_OF_WAIT_KINDS].n = WAIT_KINDS;
	names.choice[CHOICES_OF_WAIT_KINDS].ours = ours;
	state_of_random = 7;
	make_calls(call, 64);
	for (unsigned i = 40; i < 60; i++)
		call[i].wait_kind = (enum wait_kind)1; /* in a row */
	put(&bytes, &row, call, 64);
	assert_int_equal(get(&bytes, &names, &row, &arena, &values, &n), 0);
	read = values;
	for (unsigned i = 0; i < 64; i++) {
		bool is = call[i].wait_kind % 3 == 1;

		unknown += is;
		assert_int_equal(read[i].wait_state, is ? VALUE_UNTOLD : call[i].wait_state);
	}
	assert_in_range(unknown, 20, 63);
	names.choice[CHOICES_OF_WAIT_KINDS].n = 0;
	arena_free(&arena);
	textbuf_free(&bytes);
	record_names_free(&names);
}

/* ---- what nobody wrote ------------------------------------------------------ */

/* Twenty threads' times by hand: the columns of thread_spent, of which the first is odd. */
static void put_odd(struct textbuf *out, uint64_t n, uint64_t columns, const struct textbuf *odd)
{
	wire_put_map(out, 1);
	wire_put_uint(out, n);
	wire_put_array(out, columns);
	textbuf_add(out, odd->bytes, odd->len);
	for (unsigned i = 1; i < columns; i++) {
		wire_begin_array(out);
		wire_put_bool(out, false);
		wire_put_array(out, 1);
		wire_put_uint(out, i);
		wire_put_uint(out, 19);
		wire_end_array(out);
	}
}

/* A column: whether steps, then arrays of so many ones and how many more; -1: it ends. */
static void put_column(struct textbuf *out, bool steps, const int *part)
{
	wire_begin_array(out);
	wire_put_bool(out, steps);
	for (; *part >= 0; part += 2) {
		wire_put_array(out, (size_t)part[0]);
		for (int i = 0; i < part[0]; i++)
			wire_put_uint(out, 1);
		wire_put_uint(out, (uint64_t)part[1]);
	}
	wire_end_array(out);
}

static int read_odd(uint64_t n, uint64_t columns, bool steps, const int *part)
{
	struct shape_row row = list_of(SHAPE_OF_thread_spent);
	struct record_names names = all_names();
	struct textbuf odd = {0}, bytes = {0};
	struct arena arena = {0};
	const void *read;
	size_t read_n;
	int error;

	put_column(&odd, steps, part);
	put_odd(&bytes, n, columns, &odd);
	error = get(&bytes, &names, &row, &arena, &read, &read_n);
	arena_free(&arena);
	textbuf_free(&odd);
	textbuf_free(&bytes);
	record_names_free(&names);
	return error;
}

static void odd_columns_are_refused(void **state)
{
	static const int sound[] = {1, 19, -1}, pieces[] = {2, 3, 15, 0, -1};
	static const int from_none[] = {0, 20, -1}, few[] = {1, 18, -1}, many[] = {1, 20, -1};
	static const int more[] = {21, 0, -1}, nothing[] = {-1};

	(void)state;
	assert_int_equal(read_odd(20, 4, false, sound), 0);
	assert_int_equal(read_odd(20, 4, true, sound), 0);
	assert_int_equal(read_odd(20, 4, false, pieces), 0);
	assert_int_equal(read_odd(20, 4, false, from_none), -EBADMSG);
	assert_int_equal(read_odd(20, 4, false, few), -EBADMSG);
	assert_int_equal(read_odd(20, 4, false, many), -EBADMSG);
	assert_int_equal(read_odd(20, 4, true, many), -EBADMSG);
	assert_int_equal(read_odd(20, 4, false, more), -EBADMSG);
	assert_int_equal(read_odd(20, 4, false, nothing), -EBADMSG);
	assert_int_equal(read_odd(19, 4, false, sound), -EBADMSG);
	assert_int_equal(read_odd(20, 3, false, sound), -EBADMSG);
	assert_int_equal(read_odd(20, 5, false, sound), -EBADMSG);
	assert_int_equal(read_odd(ROOM, 4, false, sound), -E2BIG);
	assert_int_equal(read_odd(UINT64_MAX, 4, false, sound), -EBADMSG);
}

/* Cut or flipped anywhere it is refused, or is something else that is sound. */
static void damage_is_refused(void **state)
{
	struct record_names names = all_names();
	struct shape_row row = list_of(SHAPE_OF_thread_self);
	struct thread_self self[40];
	struct textbuf bytes = {0};
	const void *read;
	size_t n;

	(void)state;
	state_of_random = 3;
	make_selves(self, 40);
	put(&bytes, &row, self, 40);
	for (size_t i = 0; i < bytes.len; i++) {
		struct textbuf cut = {.bytes = bytes.bytes, .len = i};
		struct arena arena = {0};

		assert_true(get(&cut, &names, &row, &arena, &read, &n) < 0);
		bytes.bytes[i] = (char)(bytes.bytes[i] ^ 1 << i % 8);
		get(&bytes, &names, &row, &arena, &read, &n);
		bytes.bytes[i] = (char)(bytes.bytes[i] ^ 1 << i % 8);
		arena_free(&arena);
	}
	textbuf_free(&bytes);
	record_names_free(&names);
}

/* ---- lists of threads --------------------------------------------------------- */

/* Some of many threads, most as they were. */
static struct thread_list *some_threads(struct thread_record *all, size_t n, unsigned of_ten)
{
	struct thread_record *record = mem_resize(NULL, n, sizeof *record);
	struct thread_list *list = part_make(PART_THREADS);
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (random_number() % 5 == 0)
			all[i].run.run_ns = random_number();
		if (random_number() % 9 == 0)
			all[i].call.syscall_arg[0]++;
		if (!i || random_number() % 10 < of_ten)
			record[k++] = all[i];
	}
	thread_list_fill(list, record, k);
	free(record);
	return list;
}

static void assert_same_group(const struct thread_list *a, const struct thread_list *b,
	enum thread_group group, enum shape_number shape)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_true(shape_equal(shape_table[shape], thread_group_at(a, group, i),
			thread_group_at(b, group, i)));
}

static struct thread_list *read_threads(const struct textbuf *bytes,
	const struct record_names *names, bool lean, const struct thread_list *before)
{
	struct thread_list *list = part_make(PART_THREADS);
	const struct part_scene scene = {NULL, 0, lean};
	struct wire_in wire = {bytes->bytes, bytes->len, 0};
	struct record_in in = {
		.wire = &wire, .names = names, .arena = &list->part.arena, .room = ROOM};

	if (!part_codes[PART_THREADS].get(&in, &scene, list, before))
		return list;
	part_put(list);
	return NULL;
}

static void put_threads(struct textbuf *bytes, bool lean, const struct thread_list *list,
	const struct thread_list *before)
{
	const struct part_scene scene = {NULL, 0, lean};

	part_codes[PART_THREADS].put(
		&(const struct record_out){.wire = bytes}, &scene, list, before);
}

/* Whoever stays, comes and goes: by the list before, which was read so itself. */
static void lists_follow_one_another(bool lean)
{
	struct thread_record *all = mem_alloc(700 * sizeof *all);
	struct record_names names = all_names();
	const struct thread_list *now, *before = NULL, *read = NULL, *next;

	for (unsigned i = 0; i < 700; i++)
		all[i].self.tid = (pid_t)(100 + i);
	for (unsigned step = 0; step < 12; step++) {
		struct textbuf bytes = {0};

		now = some_threads(all, 700, step % 4 == 3 ? 8 : 10);
		put_threads(&bytes, lean, now, before);
		next = read_threads(&bytes, &names, lean, read);
		assert_non_null(next);
		assert_same_group(now, next, THREAD_GROUP_RUN, SHAPE_OF_thread_run);
		assert_same_group(now, next, THREAD_GROUP_SELF, SHAPE_OF_thread_self);
		if (!lean)
			assert_same_group(now, next, THREAD_GROUP_CALL, SHAPE_OF_thread_call);
		/* Those of the same threads share their places, and what did not move. */
		if (step % 4 == 1 || step % 4 == 2) {
			assert_ptr_equal(next->seats, read->seats);
			assert_ptr_equal(next->group[THREAD_GROUP_SELF][0],
				read->group[THREAD_GROUP_SELF][0]);
		}
		part_put(before);
		part_put(read);
		before = now;
		read = next;
		textbuf_free(&bytes);
	}
	part_put(before);
	part_put(read);
	record_names_free(&names);
	free(all);
}

static void lists_of_threads_follow_one_another(void **state)
{
	(void)state;
	state_of_random = 1;
	lists_follow_one_another(false);
	lists_follow_one_another(true);
}

/* A moment has all of its threads: the rest of lean ones is nowhere. */
static void lean_lists_are_none_of_a_moment(void **state)
{
	struct thread_record *all = mem_alloc(40 * sizeof *all);
	struct record_names names = all_names();
	struct textbuf lean = {0}, changes = {0};
	const struct thread_list *list, *read;

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		all[i].self.tid = (pid_t)(100 + i);
	list = some_threads(all, 40, 10);
	put_threads(&lean, true, list, NULL);
	assert_null(read_threads(&lean, &names, false, NULL));
	read = read_threads(&lean, &names, true, NULL);
	put_threads(&changes, false, list, list);
	assert_null(read_threads(&changes, &names, true, read));
	part_put(read);
	part_put(list);
	textbuf_free(&lean);
	textbuf_free(&changes);
	record_names_free(&names);
	free(all);
}

/* ---- seeds ------------------------------------------------------------------ */

static void assert_same_rates(const struct snapshot *a, const struct snapshot *b)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct thread_list *list = a->side[side].threads;

		for (size_t i = 0; i < list->n; i++)
			assert_memory_equal(rates_thread(a->side[side].rates, list, i),
				rates_thread(b->side[side].rates, list, i),
				sizeof(struct thread_rates));
	}
}

/* What one remembers in a format, told to another: both go on alike. */
static void rates_go_on(uint64_t format)
{
	struct hour *hour = hour_new(&(const struct hour_size){
		.threads = 300, .active_percent = 20, .delay_ns = 100000000});
	struct rater *r = rater_new(), *next = rater_new();
	struct record_names names = all_names();
	struct textbuf bytes = {0};
	const struct record_out out = {.wire = &bytes};
	struct snapshot *s, *again;
	struct wire_in in;
	struct keep k;

	for (unsigned i = 0; i < 25; i++) {
		s = hour_next(hour);
		rater_rate(r, s);
		part_put(s);
	}
	s = hour_next(hour);
	k = keep_write(&out, s);
	k.format = format;
	rater_keep(r, &k);
	assert_int_equal(keep_end(&k), 0);
	in = (struct wire_in){bytes.bytes, bytes.len, 0};
	k = keep_read(&in, &names, s);
	k.format = format;
	rater_keep(next, &k);
	assert_int_equal(keep_end(&k), 0);
	again = snapshot_copy(s);
	rater_rate(r, s);
	rater_rate(next, again);
	assert_same_rates(s, again);
	part_put(s);
	part_put(again);
	textbuf_free(&bytes);
	record_names_free(&names);
	rater_free(r);
	rater_free(next);
	hour_free(hour);
}

static void rates_go_on_from_what_was_told_in_either_order(void **state)
{
	(void)state;
	rates_go_on(KEEP_FORMAT);
	rates_go_on(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_as_they_went),
		cmocka_unit_test(steps_reach_any_number),
		cmocka_unit_test(unknown_values_are_told_of_their_records),
		cmocka_unit_test(odd_columns_are_refused),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(lists_of_threads_follow_one_another),
		cmocka_unit_test(lean_lists_are_none_of_a_moment),
		cmocka_unit_test(rates_go_on_from_what_was_told_in_either_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
