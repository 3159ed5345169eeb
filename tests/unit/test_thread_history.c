/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many moments of many threads the history holds, each thread list read anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/fixtures/thread_memory.h"
#include "twintop/compare/compare.h"
#include "twintop/proc/threads.h"
#include "twintop/record/history.h"

#define THREADS	    10000
#define ACTIVE_EACH 10 /* every so many threads one that runs before each moment */
#define PID	    1000
#define MOMENTS	    600 /* a minute at ten a second */

struct process {
	struct memory_threads threads;
	struct thread_reader *reader;
	struct task_id id;
};

static void start(struct process *p, pid_t pid, size_t n)
{
	struct access access = {0};

	p->id = (struct task_id){pid, (uint64_t)pid};
	for (size_t i = 0; i < n; i++) {
		struct memory_thread *t = memory_threads_add(&p->threads, pid + (pid_t)i);

		thread_set_name(&t->record.self, text_of("worker"));
		t->record.call.syscall_number = 202;
		t->record.call.wait_channel = "futex_do_wait";
	}
	memory_threads_use(&p->threads);
	assert_int_equal(
		thread_reader_over(&thread_memory, NULL, &access, p->id, 0, &p->reader), 0);
}

static void stop(struct process *p)
{
	thread_reader_free(p->reader);
	memory_threads_free(&p->threads);
}

/* The active ones ran, a few of them into their next clock tick. */
static void work(struct process *p, unsigned moment)
{
	for (size_t i = 0; i < p->threads.thread.n; i += ACTIVE_EACH) {
		struct memory_thread *t = &p->threads.thread.item[i];

		t->version++;
		t->record.run.run_ns += 100000 + 10 * i + moment;
		t->record.run.voluntary_switches++;
		t->record.run.processor = (int)(i + moment) % 4;
		t->record.spent.user_ticks += (i + moment) % 100 == 0;
	}
}

static const struct process_info *info_of(const struct process *p)
{
	struct process_info *info = part_make(PART_PROCESS);

	info->id = p->id;
	info->threads = p->threads.thread.n;
	part_seal(&info->part, 0, 0);
	return info;
}

static const struct moment *moment_of(struct comparer *c, struct process *p, unsigned sides)
{
	struct snapshot *s = snapshot_new();
	const struct pair *pair;

	s->sides = sides;
	s->host.cpus = 4;
	s->delay_ns = 100000000;
	for (unsigned i = 0; i < sides; i++) {
		s->side[i].id = p[i].id;
		s->side[i].tid = p[i].id.pid;
		s->side[i].info = info_of(&p[i]);
		assert_int_equal(thread_read(p[i].reader, NEED_ALL & ~NEED_STACKS, NULL, NULL,
					 &s->side[i].threads),
			0);
		s->monotonic_ns = s->side[i].threads->part.end_ns;
	}
	pair = comparer_pair(c, s);
	part_seal(&s->part, 0, 0);
	return moment_new(s, pair);
}

/* In an emulator (TEST_SLOWLY in the environment) a tenth: each moment is like the one before. */
static unsigned moments(void)
{
	return getenv("TEST_SLOWLY") ? MOMENTS / 10 : MOMENTS;
}

/* Fills the history; the bytes that the last moment cost. */
static size_t fill(struct history *h, struct process *p, unsigned sides)
{
	struct comparer *c = comparer_new();
	const struct moment *m;

	for (unsigned i = 0; i < moments(); i++) {
		for (unsigned k = 0; k < sides; k++)
			work(&p[k], i);
		m = moment_of(c, p, sides);
		history_add(h, m);
		moment_put(m);
	}
	comparer_free(c);
	return h->kept[(h->first + h->n - 1) % h->room].cost;
}

static void ten_thousand_threads_leave_a_minute(void **state)
{
	struct process p[1] = {0};
	struct history *h = calloc(1, sizeof *h);
	const struct moment *first;
	size_t bytes;

	(void)state;
	start(&p[0], PID, THREADS);
	bytes = fill(h, p, 1);
	print_message("%zu bytes a moment, %zu in all\n", bytes, h->bytes);
	assert_int_equal(h->n, moments());
	assert_true(h->bytes <= HISTORY_BYTES);
	assert_true(bytes <= HISTORY_BYTES / MOMENTS);
	/* The oldest is what it was. */
	first = history_at(h, 0);
	assert_int_equal(thread_run_at(first->snapshot->side[0].threads, 20)->run_ns, 100200);
	assert_int_equal(thread_run_at(first->snapshot->side[0].threads, 21)->run_ns, 0);
	history_clear(h);
	free(h);
	stop(&p[0]);
}

/* The rows of a pair are not made anew while the threads are the same. */
static void a_pair_costs_what_its_sides_do(void **state)
{
	struct process p[2] = {0};
	struct history *h = calloc(1, sizeof *h);
	const struct pair *a, *b;
	size_t bytes;

	(void)state;
	start(&p[0], PID, THREADS / 2);
	start(&p[1], PID + 20000, THREADS / 2);
	bytes = fill(h, p, 2);
	print_message("%zu bytes a moment, %zu in all\n", bytes, h->bytes);
	assert_int_equal(h->n, moments());
	assert_true(bytes <= HISTORY_BYTES / MOMENTS);
	a = history_at(h, 0)->pair;
	b = history_at(h, h->n - 1)->pair;
	assert_int_equal(a->threads_n, THREADS / 2);
	assert_ptr_equal(a->threads, b->threads);
	history_clear(h);
	free(h);
	stop(&p[0]);
	stop(&p[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_thousand_threads_leave_a_minute),
		cmocka_unit_test(a_pair_costs_what_its_sides_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
