/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands above a source of threads, with another one in the place of /proc. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/fixtures/thread_memory.h"
#include "twintop/proc/threads.h"

#define PID 300

struct world {
	struct memory_threads threads;
	struct access access;
	struct thread_reader *reader;
	const struct thread_list *list;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	for (pid_t tid = PID; tid < PID + 10; tid++)
		memory_threads_add(&w->threads, tid);
	memory_threads_use(&w->threads);
	assert_int_equal(thread_reader_over(&thread_memory, NULL, &w->access,
				 (struct task_id){PID, PID}, 0, &w->reader),
		0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	part_put(w->list);
	thread_reader_free(w->reader);
	assert_int_equal(w->threads.kept, 0); /* all that was kept was given back */
	memory_threads_free(&w->threads);
	free(w);
	return 0;
}

static const struct thread_list *take(struct world *w, unsigned need)
{
	const struct thread_list *list;

	assert_int_equal(thread_read(w->reader, need, NULL, NULL, &list), 0);
	part_put(w->list);
	w->list = list;
	return list;
}

static struct memory_thread *thread(struct world *w, size_t i)
{
	return &w->threads.thread.item[i];
}

static void a_list_comes_from_any_source(void **state)
{
	struct world *w = *state;
	const struct thread_list *list;
	struct thread t;

	thread(w, 3)->record.call.syscall_number = 35;
	thread(w, 3)->record.run.run_ns = 4711;
	list = take(w, NEED_ALL & ~NEED_STACKS);
	assert_int_equal(list->part.state, VALUE_KNOWN);
	assert_int_equal(list->n, 10);
	t = thread_at(list, 3);
	assert_int_equal(t.self->tid, PID + 3);
	assert_int_equal(t.call->syscall_number, 35);
	assert_int_equal(t.run->run_ns, 4711);
	assert_true(list->window[0].begin_ns >= list->part.begin_ns);
	assert_true(t.run->read_ns >= list->window[0].begin_ns);
	assert_true(t.run->read_ns <= list->window[0].end_ns);
	assert_true(list->window[0].end_ns <= list->part.end_ns);
}

static void what_nobody_asked_for_is_unread(void **state)
{
	struct world *w = *state;
	struct thread t;

	take(w, NEED_THREADS);
	t = thread_at(w->list, 1);
	assert_int_equal(thread_source_state(&t, THREAD_STAT), VALUE_KNOWN);
	assert_int_equal(thread_source_state(&t, THREAD_STATUS), VALUE_UNREAD);
	assert_int_equal(thread_source_state(&t, THREAD_SYSCALL), VALUE_UNREAD);
	assert_int_equal(thread_source_state(&t, THREAD_STACK), VALUE_UNREAD);
	take(w, NEED_ALL); /* without mappings no stack can be found */
	t = thread_at(w->list, 1);
	assert_int_equal(thread_source_state(&t, THREAD_SYSCALL), VALUE_KNOWN);
	assert_int_equal(thread_source_state(&t, THREAD_STACK), VALUE_UNREAD);
	assert_int_equal(thread_source_state(&t, THREAD_TLS), VALUE_UNSUPPORTED);
}

/* Between two lists that tell all, those that tell less have the rest as it was. */
static void what_was_asked_for_of_late_is_stale(void **state)
{
	const struct timespec late = {
		.tv_sec = PART_OLD_NS / 1000000000u, .tv_nsec = PART_OLD_NS % 1000000000u};
	struct world *w = *state;
	struct thread t;

	thread(w, 1)->record.run.voluntary_switches = 12;
	take(w, NEED_ALL & ~NEED_STACKS);
	thread(w, 2)->record.self.start_ticks = 99999;
	memory_threads_add(&w->threads, PID + 77);
	take(w, NEED_THREADS);
	t = thread_at(w->list, 1);
	assert_int_equal(thread_source_state(&t, THREAD_STAT), VALUE_KNOWN);
	assert_int_equal(thread_source_state(&t, THREAD_STATUS), VALUE_STALE);
	assert_int_equal(t.run->voluntary_switches, 12);
	assert_int_equal(thread_source_state(&t, THREAD_STACK), VALUE_UNREAD);
	/* Another thread of that number, and one who came since, were never asked. */
	t = thread_at(w->list, 2);
	assert_int_equal(thread_source_state(&t, THREAD_STATUS), VALUE_UNREAD);
	t = thread_at(w->list, 10);
	assert_int_equal(thread_source_state(&t, THREAD_STATUS), VALUE_UNREAD);
	assert_int_equal(w->list->signals_state, VALUE_UNREAD);
	take(w, NEED_ALL & ~NEED_STACKS);
	t = thread_at(w->list, 10);
	assert_int_equal(thread_source_state(&t, THREAD_STATUS), VALUE_KNOWN);
	take(w, NEED_THREADS);
	assert_int_equal(w->list->signals_state, VALUE_STALE);
	assert_non_null(w->list->signals);
	nanosleep(&late, NULL);
	take(w, NEED_THREADS);
	t = thread_at(w->list, 1);
	assert_int_equal(thread_source_state(&t, THREAD_STATUS), VALUE_UNREAD);
	assert_int_equal(w->list->signals_state, VALUE_UNREAD);
}

static void who_stood_still_is_shared(void **state)
{
	struct world *w = *state;
	const struct thread_list *before = part_get(take(w, NEED_THREADS));

	take(w, NEED_THREADS);
	assert_int_equal(w->threads.listings, 1);
	assert_ptr_equal(w->list->group[THREAD_GROUP_RUN][0], before->group[THREAD_GROUP_RUN][0]);
	thread(w, 9)->record.run.run_ns++;
	thread(w, 9)->version++;
	take(w, NEED_THREADS);
	assert_int_equal(w->list->group[THREAD_GROUP_RUN][0]->packed, 1);
	assert_ptr_equal(w->list->group[THREAD_GROUP_CALL][0], before->group[THREAD_GROUP_CALL][0]);
	assert_int_equal(thread_run_at(w->list, 9)->run_ns, 1);
	assert_int_equal(thread_run_at(before, 9)->run_ns, 0);
	part_put(before);
}

/* As many as before, yet not the same: one went, one came. The others are read once. */
static void one_for_another_is_seen(void **state)
{
	struct world *w = *state;

	take(w, NEED_THREADS);
	memory_threads_remove(&w->threads, PID + 4);
	memory_threads_add(&w->threads, PID + 77);
	take(w, NEED_THREADS);
	assert_int_equal(w->list->n, 10);
	assert_int_equal(thread_find(w->list, PID + 4), -1);
	assert_int_equal(thread_find(w->list, PID + 77), 9);
	assert_int_equal(thread(w, 0)->reads, 2);
	assert_int_equal(thread(w, 9)->reads, 1);
}

static void who_ends_while_we_read_is_left_out(void **state)
{
	struct world *w = *state;

	thread(w, 5)->vanished = true;
	take(w, NEED_THREADS);
	assert_int_equal(w->list->n, 9);
	thread(w, 6)->vanished = true;
	take(w, NEED_THREADS);
	assert_int_equal(w->list->n, 8);
	assert_int_equal(thread_find(w->list, PID + 6), -1);
}

static void a_number_given_anew_is_another_thread(void **state)
{
	struct world *w = *state;

	thread(w, 2)->record.run.run_ns = 1000000;
	take(w, NEED_THREADS);
	thread(w, 2)->record.run.run_ns = 5;
	thread(w, 2)->record.self.start_ticks = 99999;
	take(w, NEED_THREADS);
	assert_int_equal(w->list->n, 10);
	assert_int_equal(thread_self_at(w->list, 2)->start_ticks, 99999);
	assert_int_equal(thread_run_at(w->list, 2)->run_ns, 5);
}

static void a_process_that_ended_says_so(void **state)
{
	struct world *w = *state;

	take(w, NEED_THREADS);
	w->threads.error = -ESRCH;
	take(w, NEED_THREADS);
	assert_int_equal(w->list->part.state, VALUE_GONE);
	assert_int_equal(w->list->n, 0);
	assert_null(thread_at(w->list, 0).self);
	assert_int_equal(w->list->signals_state, VALUE_UNREAD);
	w->threads.error = 0;
	thread(w, 0)->record.self.start_ticks = 1; /* another process of that number */
	take(w, NEED_THREADS);
	assert_int_equal(w->list->part.state, VALUE_GONE);
	assert_int_equal(w->list->n, 0);
}

static void the_files_of_proc_are_a_source(void **state)
{
	bool found = false;

	(void)state;
	for (size_t i = 0; thread_sources[i]; i++)
		found |= !strcmp(thread_sources[i]->name, "files");
	assert_true(found);
}

/* A source that knows who is there, and says no more of them. */
static int read_nothing(
	void *source, void *keep, unsigned need, struct thread_record *t, bool *ret_moved)
{
	(void)source;
	(void)keep;
	(void)need;
	t->self.start_ticks = (uint64_t)t->self.tid;
	*ret_moved = true;
	return 0;
}

static void what_a_source_forgets_is_unread(void **state)
{
	struct world *w = *state;
	struct thread_source_ops silent = thread_memory;
	const struct thread_list *list;

	silent.read = read_nothing;
	thread_reader_free(w->reader);
	assert_int_equal(thread_reader_over(&silent, NULL, &w->access, (struct task_id){PID, PID},
				 0, &w->reader),
		0);
	list = take(w, NEED_ALL & ~NEED_STACKS);
	assert_int_equal(list->n, 10);
	for (size_t i = 0; i < list->n; i++) {
		const struct thread t = thread_at(list, i);

		for (unsigned source = 0; source < THREAD_SOURCES; source++)
			assert_int_equal(
				thread_source_state(&t, (enum thread_source)source), VALUE_UNREAD);
	}
	/* Its ops go with this function. */
	thread_reader_free(w->reader);
	w->reader = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_list_comes_from_any_source, setup, teardown),
		cmocka_unit_test_setup_teardown(what_nobody_asked_for_is_unread, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_was_asked_for_of_late_is_stale, setup, teardown),
		cmocka_unit_test_setup_teardown(who_stood_still_is_shared, setup, teardown),
		cmocka_unit_test_setup_teardown(one_for_another_is_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_ends_while_we_read_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_number_given_anew_is_another_thread, setup, teardown),
		cmocka_unit_test_setup_teardown(a_process_that_ended_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_source_forgets_is_unread, setup, teardown),
		cmocka_unit_test(the_files_of_proc_are_a_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
