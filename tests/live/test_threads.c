/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "reading.h"
#include "twintop/base/clock.h"
#include "twintop/proc/host.h"

#define SHARE 500
/* The members of sp_threads. */
static const char *const members[] = {"owner", "pipe", "nap", "epoll", "plain", "robust",
	"inheriting", "join", "word", "private_word", "cond", "semaphore", "second_cond", "barrier",
	"reader", "writer", "after_readers", "recursive", "checked", "spin", "deep", "own",
	"coroutine"};
#define MEMBERS (sizeof members / sizeof *members)
/* With the main thread and the two whose stacks only guard pages divide. */
#define THREADS (MEMBERS + 3)

static struct thread member(const struct reading *r, const struct specimen *s, const char *key)
{
	struct thread t = reading_thread(r, (pid_t)specimen_number(s, key));

	if (!t.self)
		fail_msg("no thread %s", key);
	return t;
}

static enum value_state source_of(const struct reading *r, const struct specimen *s,
	const char *key, enum thread_source source)
{
	struct thread t = member(r, s, key);

	return thread_source_state(&t, source);
}

static uint64_t number_of(const struct specimen *s, const char *key, const char *what)
{
	char name[64];

	snprintf(name, sizeof name, "%s_%s", key, what);
	return specimen_number(s, name);
}

static void every_thread_is_there_once(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	struct reading r;

	(void)state;
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	assert_int_equal(r.list->part.state, VALUE_KNOWN);
	assert_int_equal(r.list->n, THREADS);
	assert_int_equal(thread_self_at(r.list, 0)->tid, specimen_pid(s));
	for (size_t i = 1; i < r.list->n; i++) {
		const struct thread t = thread_at(r.list, i);

		assert_true(i == 1 || thread_self_at(r.list, i - 1)->tid < t.self->tid);
		assert_non_null(strchr("SR", t.run->state));
		assert_true(t.self->start_ticks >= thread_self_at(r.list, 0)->start_ticks);
		assert_true(t.run->run_ns > 0);
		for (int k = 0; k <= THREAD_SYSCALL; k++)
			assert_int_equal(
				thread_source_state(&t, (enum thread_source)k), VALUE_KNOWN);
	}
	reading_close(&r);
	specimen_stop(s);
}

static void assert_call(struct thread t, long number, const char *name, unsigned args)
{
	assert_false(t.call->running);
	assert_int_equal(t.call->syscall_number, number);
	assert_string_equal(t.call->syscall_name, name);
	assert_int_equal(t.call->syscall_args_n, args);
	assert_true(t.call->registers_known);
}

static void blocked_threads_show_call_and_arguments(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	struct thread t;
	struct reading r;

	(void)state;
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	t = member(&r, s, "pipe");
	assert_call(t, SYS_read, "read", 3);
	assert_int_equal(t.call->syscall_arg[0], specimen_number(s, "pipe_fd"));
	assert_int_equal(t.call->syscall_arg[1], specimen_number(s, "buffer"));
	assert_int_equal(t.call->syscall_arg[2], 7);
	assert_non_null(strstr(t.call->wait_channel, "pipe"));
	t = member(&r, s, "nap");
	assert_call(t, SYS_clock_nanosleep, "clock_nanosleep", 4);
	t = member(&r, s, "epoll");
	assert_int_equal(t.call->syscall_arg[0], specimen_number(s, "epoll_fd"));
	assert_int_equal(t.call->syscall_arg[1], specimen_number(s, "events"));
	assert_int_equal(t.call->syscall_arg[2], 3);
	assert_int_equal((int)t.call->syscall_arg[3], -1);
	assert_call(member(&r, s, "plain"), SYS_futex, "futex", 6);
	assert_int_equal(member(&r, s, "plain").call->syscall_arg[0], specimen_number(s, "mutex"));
	reading_close(&r);
	specimen_stop(s);
}

static void names_are_raw_bytes(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	static const char odd[] = "a) S 1\n\033[1m(";
	struct reading r;
	struct thread t;

	(void)state;
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	t = member(&r, s, "pipe");
	assert_true(text_equal(thread_name(&t), text_of(odd)));
	t = member(&r, s, "epoll");
	assert_true(text_equal(thread_name(&t), text_of("epoll")));
	reading_close(&r);
	specimen_stop(s);
}

/* Against pthread_getattr_np(3), to the byte. */
static void assert_stack(const struct reading *r, const struct specimen *s, const char *key)
{
	const struct thread t = member(r, s, key);
	ptrdiff_t at = memory_find(r->memory, t.self->stack_end - 1);

	if (thread_source_state(&t, THREAD_STACK) != VALUE_KNOWN ||
		t.self->stack_start != number_of(s, key, "start") ||
		t.self->stack_end != number_of(s, key, "end"))
		fail_msg("%s: %#jx-%#jx", key, (uintmax_t)t.self->stack_start,
			(uintmax_t)t.self->stack_end);
	assert_true(at >= 0);
	assert_int_equal(reading_kind(r, at), MAPPING_THREAD_STACK);
	if (number_of(s, key, "guard")) {
		assert_true(t.self->stack_guard_known);
		assert_int_equal(t.self->stack_guard_bytes, number_of(s, key, "guard"));
		assert_int_equal(reading_kind(r, at - 1), MAPPING_GUARD);
		assert_int_equal(reading_owner(r, at - 1), t.self->tid);
	}
	if (t.call->registers_known)
		assert_true(t.call->stack_pointer >= t.self->stack_start &&
			    t.call->stack_pointer < t.self->stack_end);
}

static void stacks_are_what_the_library_says(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	struct thread t;
	struct reading r;

	(void)state;
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	for (size_t i = 0; i < MEMBERS; i++)
		if (strcmp(members[i], "coroutine"))
			assert_stack(&r, s, members[i]);
	t = thread_at(r.list, 0);
	assert_int_equal(thread_source_state(&t, THREAD_STACK), VALUE_KNOWN);
	assert_true(t.call->stack_pointer >= t.self->stack_start &&
		    t.call->stack_pointer < t.self->stack_end);
	reading_close(&r);
	specimen_stop(s);
}

static void guard_pages_divide_stacks_of_one_mapping(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	static const char *const keys[] = {"first", "second"};
	struct thread t;
	struct reading r;
	int known;

	(void)state;
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	/* Installed from 6.13 on, seen in pagemap from 6.15 on. */
	known = specimen_number(s, "guard_pages") &&
		page_map_entry(r.pages, number_of(s, "first", "start") - 1) & PAGE_GUARD;
	for (int i = 0; i < 2 && known; i++) {
		t = member(&r, s, keys[i]);
		assert_int_equal(t.self->stack_start, number_of(s, keys[i], "start"));
		assert_int_equal(t.self->stack_end, number_of(s, keys[i], "end"));
		assert_true(t.self->stack_guard_known);
		assert_int_equal(t.self->stack_guard_bytes, 16 << 10);
	}
	reading_take(&r, NEED_ALL & ~NEED_PAGES);
	for (int i = 0; i < 2; i++) {
		t = member(&r, s, keys[i]);
		assert_int_equal(t.self->stack_end, number_of(s, keys[i], "end"));
		assert_int_equal(t.self->stack_guard_bytes, known ? 16 << 10 : 0);
	}
	reading_close(&r);
	specimen_stop(s);
	if (!known) {
		print_message("this kernel has no guard pages to see\n");
		skip();
	}
}

static void the_lowest_page_tells_the_depth_ever_used(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	struct thread t;
	struct reading r;
	uint64_t lowest, page = host_page_bytes();

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	t = member(&r, s, "deep");
	lowest = page_map_lowest_resident(r.pages, t.self->stack_start, t.self->stack_end);
	/* The frame that touched its bottom may have used a little more. */
	assert_true(lowest <= specimen_number(s, "deepest"));
	assert_true(lowest + 2 * page > specimen_number(s, "deepest"));
	assert_true(t.call->stack_pointer > lowest + 40 * page);
	reading_close(&r);
	specimen_stop(s);
}

static void a_coroutine_is_not_on_the_stack_of_its_thread(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	struct thread t;
	struct reading r;
	ptrdiff_t at;

	(void)state;
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	t = member(&r, s, "coroutine");
	assert_false(value_state_has_value(thread_source_state(&t, THREAD_STACK)));
	assert_int_equal(t.self->stack_gap, STACK_ELSEWHERE);
	assert_true(t.call->stack_pointer >= specimen_number(s, "coroutine_stack"));
	at = memory_find(r.memory, t.call->stack_pointer);
	assert_true(reading_kind(&r, at) != MAPPING_THREAD_STACK);
	at = memory_find(r.memory, number_of(s, "coroutine", "start"));
	assert_int_equal(reading_kind(&r, at), MAPPING_THREAD_STACK);
	assert_int_equal(reading_owner(&r, at), t.self->tid);
	reading_close(&r);
	specimen_stop(s);
}

static void a_running_thread_has_its_stack_too(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	struct reading r;
	int seen = 0;

	(void)state;
	specimen_say(s, "spin");
	reading_open(&r, specimen_pid(s), SHARE);
	for (int i = 0; i < 2000 && !seen; i++) {
		reading_take(&r, NEED_ALL);
		seen = member(&r, s, "spin").call->running;
		clock_sleep_ns(1000000);
	}
	specimen_say(s, "rest");
	assert_true(seen);
	assert_int_equal(member(&r, s, "spin").run->state, 'R');
	assert_stack(&r, s, "spin");
	reading_close(&r);
	specimen_stop(s);
}

static void assert_wait(const struct reading *r, const struct specimen *s, const char *key,
	enum wait_kind kind, pid_t owner)
{
	const struct thread t = member(r, s, key);

	if (t.call->wait_kind != kind || t.call->wait_owner != owner)
		fail_msg("%s waits: %d, owner %d", key, (int)t.call->wait_kind,
			(int)t.call->wait_owner);
	assert_int_equal(t.call->wait_address, kind ? t.call->syscall_arg[0] : 0);
}

static void locks_have_their_owners(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	struct reading r;
	pid_t owner = (pid_t)specimen_number(s, "owner");

	(void)state;
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	assert_wait(&r, s, "plain", WAIT_MUTEX, owner);
	assert_wait(&r, s, "robust", WAIT_MUTEX, owner);
	assert_wait(&r, s, "inheriting", WAIT_PI_MUTEX, owner);
	assert_wait(&r, s, "join", WAIT_JOIN, owner);
	assert_wait(&r, s, "word", WAIT_FUTEX, 0);
	assert_wait(&r, s, "private_word", WAIT_FUTEX, 0);
	assert_wait(&r, s, "cond", WAIT_CONDITION, 0);
	assert_wait(&r, s, "second_cond", WAIT_CONDITION, 0);
	assert_wait(&r, s, "semaphore", WAIT_SEMAPHORE, 0);
	assert_wait(&r, s, "barrier", WAIT_BARRIER, 0);
	assert_wait(&r, s, "reader", WAIT_RWLOCK, owner);
	assert_wait(&r, s, "writer", WAIT_RWLOCK, owner);
	assert_wait(&r, s, "after_readers", WAIT_RWLOCK, 0);
	assert_wait(&r, s, "recursive", WAIT_MUTEX, owner);
	assert_wait(&r, s, "checked", WAIT_MUTEX, owner);
	assert_int_equal(
		member(&r, s, "recursive").call->wait_type & 3, PTHREAD_MUTEX_RECURSIVE_NP);
	assert_int_equal(member(&r, s, "checked").call->wait_type & 3, PTHREAD_MUTEX_ERRORCHECK_NP);
	assert_wait(&r, s, "pipe", WAIT_NOTHING, 0);
	assert_wait(&r, s, "owner", WAIT_NOTHING, 0);
	reading_close(&r);
	specimen_stop(s);
}

static void ordinary_user(void *context)
{
	const struct specimen *s = context;
	struct reading r;

	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	assert_int_equal(r.list->n, THREADS);
	for (size_t i = 0; i < MEMBERS; i++)
		if (strcmp(members[i], "coroutine"))
			assert_stack(&r, s, members[i]);
	assert_int_equal(member(&r, s, "pipe").call->syscall_number, SYS_read);
	assert_wait(&r, s, "plain", WAIT_MUTEX, (pid_t)specimen_number(s, "owner"));
	reading_close(&r);
}

static void an_ordinary_user_sees_his_own(void **state)
{
	struct specimen *s = specimen_start_as_nobody("threads", NULL);

	(void)state;
	as_nobody(ordinary_user, s);
	specimen_stop(s);
}

static void stranger(void *context)
{
	const struct specimen *s = context;
	struct thread t;
	struct reading r;

	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	assert_int_equal(r.list->part.state, VALUE_KNOWN);
	assert_int_equal(r.memory->part.state, VALUE_DENIED);
	assert_int_equal(r.list->n, THREADS);
	t = member(&r, s, "plain");
	assert_int_equal(t.run->state, 'S');
	assert_int_equal(thread_source_state(&t, THREAD_STAT), VALUE_KNOWN);
	assert_int_equal(thread_source_state(&t, THREAD_STATUS), VALUE_KNOWN);
	assert_int_equal(thread_source_state(&t, THREAD_SCHEDSTAT), VALUE_KNOWN);
	assert_int_equal(thread_source_state(&t, THREAD_SYSCALL), VALUE_DENIED);
	assert_int_equal(thread_source_state(&t, THREAD_WCHAN), VALUE_DENIED);
	assert_int_equal(thread_source_state(&t, THREAD_STACK), VALUE_DENIED);
	assert_int_equal(t.call->wait_kind, WAIT_NOTHING);
	reading_close(&r);
}

static void another_users_process_says_denied(void **state)
{
	struct specimen *s;

	(void)state;
	if (geteuid()) {
		print_message("needs root, to have another user's process\n");
		skip();
	}
	s = specimen_start("threads", NULL);
	as_nobody(stranger, s);
	specimen_stop(s);
}

static void only_the_one_that_ran_has_moved(void **state)
{
	struct specimen *s = specimen_start("many", "40", NULL);
	struct thread t;
	struct reading r;
	pid_t tid;

	(void)state;
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	assert_int_equal(r.list->n, 41);
	for (int round = 0; round < 12; round++) {
		const struct thread_list *before = part_get(r.list);

		specimen_say(s, "run 7");
		tid = (pid_t)specimen_number(s, "tid");
		reading_take(&r, NEED_ALL);
		for (size_t i = 1; i < r.list->n; i++) {
			const struct thread_run *was = thread_run_at(before, i);

			t = thread_at(r.list, i);
			assert_int_equal(thread_self_at(before, i)->tid, t.self->tid);
			if (t.self->tid == tid) {
				assert_true(t.run->run_ns - was->run_ns >= 15000000);
				assert_true(t.run->voluntary_switches > was->voluntary_switches);
				assert_true(t.run->read_ns > was->read_ns);
			} else {
				assert_memory_equal(t.run, was, sizeof *was);
			}
			assert_int_equal(t.call->syscall_number, SYS_futex);
			assert_int_equal(thread_source_state(&t, THREAD_STACK), VALUE_KNOWN);
		}
		/* The others are in the new list what they were in the old one: shared. */
		assert_true(
			thread_list_bytes(r.list, before) < thread_list_bytes(r.list, NULL) / 2);
		part_put(before);
	}
	reading_close(&r);
	specimen_stop(s);
}

static void what_is_needed_later_is_read_then(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	struct reading r;

	(void)state;
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_THREADS);
	assert_int_equal(source_of(&r, s, "pipe", THREAD_STATUS), VALUE_UNREAD);
	assert_int_equal(source_of(&r, s, "pipe", THREAD_SYSCALL), VALUE_UNREAD);
	assert_int_equal(source_of(&r, s, "pipe", THREAD_STACK), VALUE_UNREAD);
	reading_take(&r, NEED_THREADS | NEED_THREAD_STATUS);
	assert_int_equal(source_of(&r, s, "pipe", THREAD_STATUS), VALUE_KNOWN);
	assert_true(member(&r, s, "pipe").run->voluntary_switches > 0);
	reading_take(&r, NEED_THREADS | NEED_THREAD_SYSCALL);
	assert_int_equal(source_of(&r, s, "pipe", THREAD_STATUS), VALUE_STALE);
	assert_true(member(&r, s, "pipe").run->voluntary_switches > 0);
	assert_int_equal(member(&r, s, "pipe").call->syscall_number, SYS_read);
	assert_int_equal(source_of(&r, s, "pipe", THREAD_STACK), VALUE_UNREAD);
	reading_close(&r);
	specimen_stop(s);
}

/* How many descriptors we hold open. */
static size_t open_fds(const struct reading *r)
{
	int *fds = NULL;
	size_t n = 0;

	assert_int_equal(proc_list_numbers(r->root, &fds, &n, "self/fd"), 0);
	free(fds);
	return n;
}

static void two_thousand_threads_beyond_the_share(void **state)
{
	struct specimen *s = specimen_start("many", "2000", NULL);
	static const size_t shares[] = {100, 2500, 5000};
	struct reading r;

	(void)state;
	for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
		size_t before;

		reading_open(&r, specimen_pid(s), shares[k]);
		before = open_fds(&r);
		for (int round = 0; round < 3; round++) {
			reading_take(&r, NEED_ALL);
			assert_int_equal(r.list->n, 2001);
			/* One more leads to the helper that reads the locks, one to the iterator.
			 */
			assert_true(open_fds(&r) <= before + shares[k] + 2);
			for (size_t i = 1; i < r.list->n; i++) {
				const struct thread t = thread_at(r.list, i);

				assert_int_equal(thread_source_state(&t, THREAD_STAT), VALUE_KNOWN);
				assert_int_equal(t.call->syscall_number, SYS_futex);
				assert_true(text_has_prefix(thread_name(&t), "worker-"));
			}
		}
		reading_close(&r);
	}
	specimen_stop(s);
}

static void threads_that_come_and_go_leave_no_bogus_row(void **state)
{
	struct specimen *s = specimen_start("many", "20", "churn", NULL);
	struct reading r;
	size_t flies = 0;

	(void)state;
	reading_open(&r, specimen_pid(s), 12);
	for (int round = 0; round < 150; round++) {
		reading_take(&r, NEED_ALL);
		assert_int_equal(r.list->part.state, VALUE_KNOWN);
		assert_true(r.list->n >= 25);
		for (size_t i = 0; i < r.list->n; i++) {
			const struct thread t = thread_at(r.list, i);

			assert_int_equal(thread_source_state(&t, THREAD_STAT), VALUE_KNOWN);
			assert_true(
				t.self->tid > 0 && t.self->name_len > 0 && t.self->start_ticks > 0);
			assert_true(i < 2 || thread_self_at(r.list, i - 1)->tid < t.self->tid);
			flies += text_equal(thread_name(&t), text_of("mayfly"));
		}
	}
	assert_true(flies > 0);
	reading_close(&r);
	specimen_stop(s);
}

static void a_target_that_ended_is_gone(void **state)
{
	struct specimen *s = specimen_start("many", "5", NULL);
	struct reading r;

	(void)state;
	reading_open(&r, specimen_pid(s), SHARE);
	reading_take(&r, NEED_ALL);
	assert_int_equal(r.list->n, 6);
	specimen_stop(s);
	reading_take(&r, NEED_ALL);
	assert_int_equal(r.list->part.state, VALUE_GONE);
	assert_int_equal(r.list->n, 0);
	reading_close(&r);
}

static void another_process_of_that_number_is_not_ours(void **state)
{
	struct thread_reader *reader;
	const struct thread_list *list;
	struct reading r;

	(void)state;
	reading_open(&r, getpid(), SHARE);
	assert_int_equal(
		thread_reader_new(r.root, &r.access, (struct task_id){getpid(), 1}, SHARE, &reader),
		0);
	assert_int_equal(thread_read(reader, NEED_ALL, NULL, NULL, &list), 0);
	assert_int_equal(list->part.state, VALUE_GONE);
	assert_int_equal(list->n, 0);
	part_put(list);
	thread_reader_free(reader);
	reading_close(&r);
}

static void a_zombie_has_one_thread_without_registers(void **state)
{
	pid_t pid = fork();
	struct reading r;
	struct thread t;
	siginfo_t info;

	(void)state;
	if (!pid)
		_exit(0);
	assert_true(pid > 0);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	reading_open(&r, pid, SHARE);
	reading_take(&r, NEED_ALL);
	assert_int_equal(r.list->n, 1);
	t = thread_at(r.list, 0);
	assert_int_equal(t.run->state, 'Z');
	assert_false(t.call->registers_known);
	assert_true(thread_source_state(&t, THREAD_STACK) != VALUE_KNOWN);
	assert_int_equal(r.memory->part.error, -ESRCH);
	reading_close(&r);
	waitpid(pid, NULL, 0);
}

static void a_kernel_thread_has_no_call_and_no_stack(void **state)
{
	struct reading r;
	struct thread t;

	(void)state;
	reading_open(&r, 2, SHARE);
	reading_take(&r, NEED_ALL);
	t = thread_at(r.list, 0);
	if (!t.self || !text_equal(thread_name(&t), text_of("kthreadd"))) {
		reading_close(&r);
		print_message("no kernel thread to be seen in this PID namespace\n");
		skip();
	}
	assert_false(t.call->registers_known);
	assert_null(t.call->syscall_name);
	assert_true(thread_source_state(&t, THREAD_STACK) != VALUE_KNOWN);
	reading_close(&r);
}

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* A /proc of our own making, as a kernel without CONFIG_SCHED_INFO shows it. */
static void without_schedstat_all_is_read_each_time(void **state)
{
	static const char stat[] =
		"77 (x) S 1 1 1 0 -1 0 1 0 2 0 %d 4 0 0 20 0 1 0 5 1 1 1 1 1 1 1 "
		"1 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0";
	char folder[] = "/tmp/twintop-test-XXXXXX", task[64], command[128], text[256];
	const struct thread_list *list;
	struct thread_reader *reader;
	struct access access = {0};
	struct proc_root *root;
	struct thread t;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(task, sizeof task, "%s/77/task/77", folder);
	snprintf(command, sizeof command, "mkdir -p %s", task);
	assert_int_equal(system(command), 0);
	assert_int_equal(proc_root_open(folder, &root), 0);
	assert_int_equal(
		thread_reader_new(root, &access, (struct task_id){77, 5}, 100, &reader), 0);
	for (int ticks = 3; ticks < 6; ticks++) {
		snprintf(text, sizeof text, stat, ticks);
		put_file(task, "stat", text);
		assert_int_equal(thread_read(reader, NEED_ALL, NULL, NULL, &list), 0);
		assert_int_equal(list->n, 1);
		t = thread_at(list, 0);
		assert_int_equal(t.spent->user_ticks, ticks);
		assert_int_equal(thread_source_state(&t, THREAD_SCHEDSTAT), VALUE_UNSUPPORTED);
		part_put(list);
	}
	thread_reader_free(reader);
	proc_root_close(root);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_thread_is_there_once),
		cmocka_unit_test(blocked_threads_show_call_and_arguments),
		cmocka_unit_test(names_are_raw_bytes),
		cmocka_unit_test(stacks_are_what_the_library_says),
		cmocka_unit_test(guard_pages_divide_stacks_of_one_mapping),
		cmocka_unit_test(the_lowest_page_tells_the_depth_ever_used),
		cmocka_unit_test(a_coroutine_is_not_on_the_stack_of_its_thread),
		cmocka_unit_test(a_running_thread_has_its_stack_too),
		cmocka_unit_test(locks_have_their_owners),
		cmocka_unit_test(an_ordinary_user_sees_his_own),
		cmocka_unit_test(another_users_process_says_denied),
		cmocka_unit_test(only_the_one_that_ran_has_moved),
		cmocka_unit_test(what_is_needed_later_is_read_then),
		cmocka_unit_test(two_thousand_threads_beyond_the_share),
		cmocka_unit_test(threads_that_come_and_go_leave_no_bogus_row),
		cmocka_unit_test(a_target_that_ended_is_gone),
		cmocka_unit_test(another_process_of_that_number_is_not_ours),
		cmocka_unit_test(a_zombie_has_one_thread_without_registers),
		cmocka_unit_test(a_kernel_thread_has_no_call_and_no_stack),
		cmocka_unit_test(without_schedstat_all_is_read_each_time),
	};

	if (denied_skips(ACCESS_SYSCALL) || denied_skips(ACCESS_ATTACH))
		return 77;
	return live_run(tests, NULL, NULL);
}
