/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The iterator over our own threads, whose doings are known, and a reader of threads above it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "src/proc/task_iterator.h"
#include "src/proc/task_told.h"
#include "twintop/base/clock.h"
#include "twintop/model/words.h"
#include "twintop/proc/threads.h"

#define SLEEPERS  300 /* more than an iterator is worth being made for */
#define ROUNDS	  5   /* by the last of them it is made */
#define REFRESHED 10
#define PATIENCE  10000000000u

static pthread_t sleeper[SLEEPERS];
static pid_t tid_of[SLEEPERS];
static int quiet[2], calls[2], answers[2]; /* pipes; the first sleeper alone answers calls */
static struct proc_root *root;
static size_t expected; /* threads, of an iterator over us */

static void *sleep_on(void *arg)
{
	size_t i = (size_t)(uintptr_t)arg;
	sigset_t held;
	char c;

	sigemptyset(&held);
	sigaddset(&held, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &held, NULL);
	__atomic_store_n(&tid_of[i], (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	while (read(i ? quiet[0] : calls[0], &c, 1) == 1)
		if (write(answers[1], &c, 1) != 1)
			break;
	return NULL;
}

/* The text of a file of one of our threads. */
static const char *text_of_thread(pid_t tid, const char *file)
{
	static char text[4096];
	char path[64];
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/%s", (int)tid, file);
	f = fopen(path, "re");
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	return text;
}

static void await_sleep(pid_t tid)
{
	uint64_t until = clock_monotonic_ns() + PATIENCE;

	while (!strstr(text_of_thread(tid, "stat"), ") S ")) {
		assert_true(clock_monotonic_ns() < until);
		clock_sleep_ns(1000000);
	}
}

static int start(void **state)
{
	(void)state;
	if (pipe2(quiet, O_CLOEXEC) || pipe2(calls, O_CLOEXEC) || pipe2(answers, O_CLOEXEC))
		return -1;
	for (uintptr_t i = 0; i < SLEEPERS; i++)
		if (pthread_create(&sleeper[i], NULL, sleep_on, (void *)i))
			return -1;
	for (size_t i = 0; i < SLEEPERS; i++) {
		while (!__atomic_load_n(&tid_of[i], __ATOMIC_ACQUIRE))
			clock_sleep_ns(100000);
		await_sleep(tid_of[i]);
	}
	return proc_root_open(NULL, &root);
}

static int end(void **state)
{
	(void)state;
	close(quiet[1]);
	close(calls[1]);
	for (size_t i = 0; i < SLEEPERS; i++)
		pthread_join(sleeper[i], NULL);
	close(quiet[0]);
	close(calls[0]);
	close(answers[0]);
	close(answers[1]);
	proc_root_close(root);
	return 0;
}

static void call_first(void)
{
	char c = 'x';

	assert_int_equal(write(calls[1], &c, 1), 1);
	assert_int_equal(read(answers[0], &c, 1), 1);
	await_sleep(tid_of[0]);
}

/* An iterator over us, or the test is skipped: NULL never. */
static struct task_iterator *open_iterator(void)
{
	struct task_iterator *it = NULL;
	int error = task_iterator_open(root, getpid(), expected, &it);

	if (error) {
		print_message("skipped: no iterator over tasks here: %s\n", strerror(-error));
		skip();
	}
	return it;
}

static struct task_record record_read(struct task_iterator *it, bool whole, pid_t tid)
{
	const struct task_record *record, *found;
	size_t n, at = 0;

	assert_int_equal(task_iterator_read(it, whole, &record, &n), 0);
	found = task_record_find(record, n, &at, tid);
	assert_non_null(found);
	return *found;
}

static struct task_record record_of(struct task_iterator *it, pid_t tid)
{
	return record_read(it, false, tid);
}

static void all_threads_are_told_ascending(void **state)
{
	struct task_iterator *it = open_iterator();
	const struct task_record *record;
	int *tid;
	size_t n, files_n, at = 0;

	(void)state;
	assert_int_equal(task_iterator_read(it, false, &record, &n), 0);
	assert_int_equal(proc_list_numbers(root, &tid, &files_n, "%d/task", (int)getpid()), 0);
	assert_int_equal(n, files_n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(record[i].signs.tid, tid[i]);
	for (size_t i = n; i; i--) /* against the order that is quick */
		assert_ptr_equal(task_record_find(record, n, &at, tid[i - 1]), &record[i - 1]);
	assert_null(task_record_find(record, n, &at, tid[n - 1] + 1));
	assert_null(task_record_find(record, 0, &at, tid[0]));
	free(tid);
	task_iterator_close(it);
}

static void figures_are_those_of_schedstat(void **state)
{
	struct task_iterator *it = open_iterator();
	char told[96];

	(void)state;
	for (size_t i = 0; i < SLEEPERS; i += 50) {
		struct task_record r = record_of(it, tid_of[i]);

		snprintf(told, sizeof told, "%llu %llu %llu\n", (unsigned long long)r.signs.run_ns,
			(unsigned long long)r.signs.wait_ns, (unsigned long long)r.signs.slices);
		assert_string_equal(told, text_of_thread(tid_of[i], "schedstat"));
	}
	task_iterator_close(it);
}

static void rename_thread(pid_t tid, const char *name)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/comm", (int)tid);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(name, f);
	fclose(f);
}

static void what_moves_from_outside_shows(void **state)
{
	struct task_iterator *it = open_iterator();
	struct task_record before = record_of(it, tid_of[3]), after = record_of(it, tid_of[3]);

	(void)state;
	assert_memory_equal(&before.signs, &after.signs, sizeof before.signs);
	rename_thread(tid_of[3], "another-name");
	after = record_of(it, tid_of[3]);
	assert_memory_not_equal(before.signs.name, after.signs.name, sizeof before.signs.name);
	assert_memory_equal(after.signs.name, "another-name", 13);
	before = after;
	assert_int_equal(pthread_kill(sleeper[3], SIGUSR1), 0);
	after = record_of(it, tid_of[3]);
	assert_true(after.signs.pending & 1u << (SIGUSR1 - 1));
	assert_false(before.signs.pending & 1u << (SIGUSR1 - 1));
	before = record_of(it, tid_of[0]);
	call_first();
	after = record_of(it, tid_of[0]);
	assert_true(after.signs.run_ns > before.signs.run_ns);
	assert_true(after.signs.slices > before.signs.slices);
	task_iterator_close(it);
}

static void of_one_that_is_gone_there_is_none(void **state)
{
	struct task_iterator *it = open_iterator(), *of_child;
	const struct task_record *record;
	pid_t child = fork();
	size_t n = 1;

	(void)state;
	task_iterator_close(it);
	if (child == 0)
		for (;;)
			pause();
	assert_int_equal(task_iterator_open(root, child, 1, &of_child), 0);
	assert_int_equal(task_iterator_read(of_child, false, &record, &n), 0);
	assert_int_equal(n, 1);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(task_iterator_read(of_child, false, &record, &n), 0);
	assert_int_equal(n, 0);
	task_iterator_close(of_child);
}

/* ---- in place of files ---------------------------------------------------- */

#define BLOCKED 5
#define BURN_NS 60000000u

static pid_t blocked_tid[BLOCKED];
static struct words *channels;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

/* Runs for a while, outside of the kernel and within. */
static void burn(void)
{
	uint64_t until = clock_thread_cpu_ns() + BURN_NS;

	while (clock_thread_cpu_ns() < until)
		sched_yield();
}

static void *block(void *arg)
{
	struct pollfd p = {.fd = quiet[0], .events = POLLIN};
	size_t i = (size_t)(uintptr_t)arg;
	sigset_t set;

	burn();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	__atomic_store_n(&blocked_tid[i], (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	for (;;) {
		if (i == 0)
			pthread_mutex_lock(&held);
		else if (i == 1)
			clock_sleep_ns(PATIENCE * 1000);
		else if (i == 2)
			poll(&p, 1, -1);
		else if (i == 3)
			sigwaitinfo(&set, NULL);
		else
			pause();
	}
	return NULL;
}

/* They stay until we end. */
static void start_blocked(void)
{
	pthread_t thread;

	pthread_mutex_lock(&held);
	for (uintptr_t i = 0; i < BLOCKED; i++) {
		assert_int_equal(pthread_create(&thread, NULL, block, (void *)i), 0);
		pthread_detach(thread);
	}
	for (size_t i = 0; i < BLOCKED; i++) {
		while (!__atomic_load_n(&blocked_tid[i], __ATOMIC_ACQUIRE))
			clock_sleep_ns(100000);
		await_sleep(blocked_tid[i]);
	}
}

static struct scan scan_file(pid_t tid, const char *file)
{
	const char *text = text_of_thread(tid, file);

	return scan_of(text, strlen(text));
}

/* All that files say of a thread; a wait channel of its own that is not shown yet is waited for. */
static struct thread_record read_files(pid_t tid)
{
	uint64_t until = clock_monotonic_ns() + PATIENCE;
	struct thread_record t;

	memset(&t, 0, sizeof t);
	assert_int_equal(thread_parse_stat(scan_file(tid, "stat"), &t), 0);
	assert_int_equal(thread_parse_status(scan_file(tid, "status"), &t), 0);
	assert_int_equal(thread_parse_syscall(scan_file(tid, "syscall"), &t), 0);
	while (!strcmp(text_of_thread(tid, "wchan"), "0") && clock_monotonic_ns() < until)
		clock_sleep_ns(1000000);
	t.call.wait_channel = words_keep(channels, text_of(text_of_thread(tid, "wchan")));
	return t;
}

static void assert_same_record(const struct thread_record *told, const struct thread_record *read)
{
	assert_memory_equal(&told->spent, &read->spent, sizeof read->spent);
	assert_int_equal(told->run.state, read->run.state);
	assert_int_equal(told->run.processor, read->run.processor);
	assert_int_equal(told->run.voluntary_switches, read->run.voluntary_switches);
	assert_int_equal(told->run.involuntary_switches, read->run.involuntary_switches);
	assert_int_equal(told->call.syscall_number, read->call.syscall_number);
	assert_memory_equal(
		told->call.syscall_arg, read->call.syscall_arg, sizeof read->call.syscall_arg);
	assert_int_equal(told->call.stack_pointer, read->call.stack_pointer);
	assert_int_equal(told->call.program_counter, read->call.program_counter);
	assert_string_equal(told->call.wait_channel, read->call.wait_channel);
	assert_int_equal(told->self.nice, read->self.nice);
	assert_int_equal(told->self.priority, read->self.priority);
	assert_int_equal(told->self.signals_pending, read->self.signals_pending);
	assert_int_equal(told->self.signals_blocked, read->self.signals_blocked);
	assert_int_equal(told->self.name_len, read->self.name_len);
	assert_memory_equal(told->self.name, read->self.name, read->self.name_len);
}

/* Tells of a thread whose files were just read, once the teller has proofs enough. */
static void compare_with_files(struct task_teller *teller, const struct task_record *r)
{
	struct thread_record read = read_files((pid_t)r->signs.tid), told;
	struct task_times times = {0};

	for (unsigned i = 0; task_teller_doubts(teller) && i < 100; i++)
		for (unsigned file = 0; file < TASK_FILES; file++)
			task_teller_prove(teller, (enum task_file)file, r, &times, &read);
	assert_false(task_teller_doubts(teller));
	task_teller_learn(teller, r, read.call.wait_channel);
	memset(&told, 0, sizeof told);
	for (unsigned file = 0; file < TASK_FILES; file++)
		assert_true(task_teller_tell(teller, (enum task_file)file, r, &times, &told));
	assert_same_record(&told, &read);
}

static void records_say_what_files_say(void **state)
{
	struct task_iterator *it = open_iterator();
	struct task_teller *teller = task_teller_new(task_iterator_extent(it));
	const struct task_record *record, *found;
	size_t n, at = 0;

	(void)state;
	channels = words_new();
	start_blocked();
	if (task_iterator_extent(it) < TASK_CALLS) {
		print_message("skipped: no calls are told here\n");
		task_teller_free(teller);
		task_iterator_close(it);
		part_put(channels);
		skip();
	}
	rename_thread(blocked_tid[2], "fifteen letters");
	assert_int_equal(setpriority(PRIO_PROCESS, (id_t)blocked_tid[3], 7), 0);
	assert_int_equal(task_iterator_read(it, false, &record, &n), 0);
	for (size_t i = 0; i < SLEEPERS; i += 30) {
		found = task_record_find(record, n, &at, tid_of[i]);
		assert_non_null(found);
		compare_with_files(teller, found);
	}
	for (size_t i = 0; i < BLOCKED; i++) {
		found = task_record_find(record, n, &at, blocked_tid[i]);
		assert_non_null(found);
		assert_true(found->told.user_ns || found->told.system_ns);
		compare_with_files(teller, found);
	}
	task_teller_free(teller);
	task_iterator_close(it);
	part_put(channels);
}

static void more_is_told_of_those_that_moved(void **state)
{
	struct task_iterator *it = open_iterator();
	struct task_record first, again, ours;

	(void)state;
	if (task_iterator_extent(it) < TASK_CALLS) {
		print_message("skipped: no calls are told here\n");
		task_iterator_close(it);
		skip();
	}
	first = record_of(it, tid_of[0]);
	assert_true(first.call.known && first.told.arrived_ns && first.told.voluntary);
	again = record_of(it, tid_of[0]);
	assert_memory_equal(&again.signs, &first.signs, sizeof first.signs);
	assert_false(again.call.known || again.told.arrived_ns || again.told.voluntary);
	again = record_read(it, true, tid_of[0]);
	assert_memory_equal(&again, &first, sizeof first);
	call_first();
	again = record_of(it, tid_of[0]);
	assert_true(again.call.known && again.told.voluntary > first.told.voluntary);
	assert_false(record_of(it, tid_of[1]).call.known);
	ours = record_of(it, (pid_t)syscall(SYS_gettid));
	assert_true(ours.told.arrived_ns && ours.told.user_ns + ours.told.system_ns);
	assert_false(ours.call.known);
	task_iterator_close(it);
}

/* What a reader's next list says of a thread. */
static struct thread_run figures_of(struct thread_reader *reader, pid_t tid, const char *name)
{
	const struct thread_list *list;
	struct thread_run run;
	struct thread t;

	assert_int_equal(
		thread_read(reader, NEED_THREADS | NEED_THREAD_STATUS, NULL, NULL, &list), 0);
	t = thread_at(list, (size_t)thread_find(list, tid));
	assert_non_null(t.self);
	assert_true(!name || text_equal(thread_name(&t), text_of(name)));
	run = *t.run;
	part_put(list);
	return run;
}

static struct thread_reader *reader_of_us(void)
{
	struct access access = {0};
	struct thread_reader *reader;

	denied_probe(root, NULL, &access);
	assert_int_equal(thread_reader_new(root, &access, (struct task_id){.pid = getpid()},
				 SLEEPERS, &reader),
		0);
	return reader;
}

/* With an iterator or without one the figures are the same. */
static void a_reader_tells_what_moved_and_what_did_not(void **state)
{
	struct thread_run still, before, after;
	struct thread_reader *reader = reader_of_us();

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++)
		still = figures_of(reader, tid_of[5], NULL);
	before = figures_of(reader, tid_of[0], NULL);
	for (unsigned i = 0; i < 3; i++)
		call_first();
	after = figures_of(reader, tid_of[0], NULL);
	assert_true(after.voluntary_switches >= before.voluntary_switches + 3);
	assert_true(after.run_ns > before.run_ns);
	after = figures_of(reader, tid_of[5], NULL);
	assert_int_equal(after.run_ns, still.run_ns);
	assert_int_equal(after.voluntary_switches, still.voluntary_switches);
	rename_thread(tid_of[5], "renamed");
	for (unsigned i = 0; i < REFRESHED; i++) /* by files it is looked at now and then */
		figures_of(reader, tid_of[5], NULL);
	figures_of(reader, tid_of[5], "renamed");
	thread_reader_free(reader);
}

/* Moves three threads of each round from outside, that stand still otherwise. */
static void move_from_outside(unsigned round)
{
	char name[16];

	snprintf(name, sizeof name, "round-%u", round);
	rename_thread(tid_of[10 + round], name);
	assert_int_equal(setpriority(PRIO_PROCESS, (id_t)tid_of[20 + round], 3), 0);
	assert_int_equal(syscall(SYS_tgkill, getpid(), tid_of[30 + round], SIGUSR1), 0);
}

static void assert_moved(const struct thread_list *list, unsigned round)
{
	char name[16];

	snprintf(name, sizeof name, "round-%u", round);
	for (unsigned i = 10; i <= 30; i += 10) {
		const struct thread t =
			thread_at(list, (size_t)thread_find(list, tid_of[i + round]));

		assert_non_null(t.self);
		assert_int_equal(text_equal(thread_name(&t), text_of(name)), i == 10);
		assert_int_equal(t.self->nice == 3, i == 20);
		assert_int_equal((t.self->signals_pending >> (SIGUSR1 - 1)) & 1, i == 30);
	}
}

/* In whichever round the iterator takes over from the files. */
static void what_moves_as_the_iterator_takes_over_shows(void **state)
{
	struct thread_reader *reader = reader_of_us();
	const struct thread_list *list;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		figures_of(reader, tid_of[5], NULL);
		move_from_outside(i);
	}
	for (unsigned i = 0; i < REFRESHED; i++) /* by files they are looked at now and then */
		figures_of(reader, tid_of[5], NULL);
	assert_int_equal(
		thread_read(reader, NEED_THREADS | NEED_THREAD_STATUS, NULL, NULL, &list), 0);
	for (unsigned i = 0; i < ROUNDS; i++)
		assert_moved(list, i);
	part_put(list);
	thread_reader_free(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_threads_are_told_ascending),
		cmocka_unit_test(figures_are_those_of_schedstat),
		cmocka_unit_test(what_moves_from_outside_shows),
		cmocka_unit_test(of_one_that_is_gone_there_is_none),
		cmocka_unit_test(records_say_what_files_say),
		cmocka_unit_test(more_is_told_of_those_that_moved),
		cmocka_unit_test(a_reader_tells_what_moved_and_what_did_not),
		cmocka_unit_test(what_moves_as_the_iterator_takes_over_shows),
	};

	/* In room for all, for too few at first, and through a file: each in a process of its own.
	 */
	static const size_t ways[] = {SLEEPERS, 1, 0};
	int status = 0;

	for (size_t i = 0; i < sizeof ways / sizeof *ways && !status; i++) {
		pid_t child = fork();

		expected = ways[i];
		if (!child)
			exit(live_run(tests, start, end));
		if (waitpid(child, &status, 0) != child)
			status = -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
