/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that hang for good hold up neither others' reports nor our end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "program.h"
#include "twintop/base/clock.h"
#include "twintop/proc/commands.h"

/* Promised are 5 s, 0.5 s and 1 s; on a machine that is busy they are longer. */
#define STUCK_NS  9000000000u
#define BESIDE_NS 5000000000u
#define END_NS	  6000000000u

#define LATE "it did not answer within 1 s"

/* The specimen in that state; skips the test where that is not permitted. */
static struct specimen *stuck(const char *mode)
{
	struct specimen *s = specimen_start("stuck", mode, NULL);

	if (specimen_number(s, "able"))
		return s;
	specimen_stop(s);
	print_message("skipped: needs %s\n", strcmp(mode, "lock") && strcmp(mode, "file")
						     ? "userfaultfd for page faults of the kernel"
						     : "root and /dev/fuse");
	skip();
	return NULL;
}

static json_t *sample_within(pid_t pid, const char *sibling, uint64_t ns)
{
	uint64_t begin_ns = clock_monotonic_ns();
	char number[16];
	json_t *object;

	snprintf(number, sizeof number, "%d", (int)pid);
	object = sample_by((const char *[]){"twintop", "--json", "-s", sibling, number, NULL});
	assert_true(clock_monotonic_ns() - begin_ns < ns);
	return object;
}

static json_t *process_of(const json_t *sample)
{
	return json_array_get(json_object_get(sample, "processes"), 0);
}

/* The reason that access.unknown gives for the path; "" where it has none. */
static const char *reason_of(const json_t *sample, const char *path)
{
	json_t *gaps = json_object_get(json_object_get(sample, "access"), "unknown"), *gap;
	size_t i;

	json_array_foreach(
		gaps, i, gap) if (strcmp(json_string_value(json_object_get(gap, "path")), path) ==
				  0) return json_string_value(json_object_get(gap, "reason"));
	return "";
}

static void assert_threads(const json_t *sample, size_t n)
{
	json_t *threads = json_object_get(process_of(sample), "threads"), *thread;
	size_t i;

	assert_int_equal(json_array_size(threads), n);
	json_array_foreach(threads, i, thread)
	{
		assert_true(json_is_string(json_object_get(thread, "name")));
		assert_true(json_is_string(json_object_get(thread, "state")));
	}
}

static void a_healthy_process_beside_a_stuck_one_is_shown_at_once(void **state)
{
	static const char *const siblings[] = {"none", "parent", "child"};
	struct specimen *s = stuck("lock");
	pid_t healthy = (pid_t)specimen_number(s, "healthy");

	(void)state;
	for (size_t i = 0; i < sizeof siblings / sizeof *siblings; i++) {
		json_t *sample = sample_within(healthy, siblings[i], BESIDE_NS);

		assert_threads(sample, 4);
		assert_true(json_array_size(json_object_get(process_of(sample), "mappings")) > 0);
		json_decref(sample);
	}
	specimen_stop(s);
}

/* The nearest relative is looked for among all processes, the stuck one with them. */
static void a_sibling_is_chosen_beside_a_stuck_one(void **state)
{
	struct specimen *s = stuck("lock");
	uint64_t begin_ns = clock_monotonic_ns();
	char number[16];
	json_t *sample;

	(void)state;
	snprintf(number, sizeof number, "%d", (int)specimen_pid(s));
	sample = sample_by((const char *[]){"twintop", "--json", number, NULL});
	assert_true(clock_monotonic_ns() - begin_ns < STUCK_NS);
	assert_int_equal(json_array_size(json_object_get(sample, "processes")), 2);
	json_decref(sample);
	specimen_stop(s);
}

static void a_stuck_process_is_shown_in_part(void **state)
{
	struct specimen *s = stuck("lock");
	json_t *sample = sample_within((pid_t)specimen_number(s, "stuck"), "none", STUCK_NS);
	json_t *process = process_of(sample);

	(void)state;
	assert_threads(sample, 2);
	assert_true(json_is_string(json_object_get(process, "comm")));
	assert_true(json_array_size(json_object_get(process, "fds")) > 0);
	assert_true(json_is_null(json_object_get(process, "cmdline")));
	assert_string_equal(reason_of(sample, "processes[0].cmdline"), LATE);
	/* Newer kernels list mappings without the lock. */
	if (json_is_null(json_object_get(process, "mappings")))
		assert_string_equal(reason_of(sample, "processes[0].mappings"), LATE);
	json_decref(sample);
	specimen_stop(s);
}

/* Whichever side it is: memory of both is read by one worker. */
static void a_stuck_sibling_leaves_the_other_whole(void **state)
{
	struct specimen *s = stuck("lock");
	const pid_t pid[2] = {
		(pid_t)specimen_number(s, "healthy"), (pid_t)specimen_number(s, "stuck")};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint64_t begin_ns = clock_monotonic_ns();
		json_t *sample = sample_of(pid[i], pid[!i]);
		json_t *healthy = json_array_get(json_object_get(sample, "processes"), i);
		json_t *other = json_array_get(json_object_get(sample, "processes"), !i);

		assert_true(clock_monotonic_ns() - begin_ns < STUCK_NS);
		assert_true(json_array_size(json_object_get(healthy, "mappings")) > 0);
		assert_true(json_is_object(json_object_get(healthy, "page_totals")));
		assert_true(json_array_size(json_object_get(healthy, "cmdline")) > 0);
		assert_true(json_is_null(json_object_get(other, "page_totals")));
		assert_string_equal(reason_of(sample, i ? "processes[0].page_totals"
							: "processes[1].page_totals"),
			LATE);
		json_decref(sample);
	}
	specimen_stop(s);
}

static const struct process_entry *entry_of(const struct process_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->entry[i].id.pid == pid)
			return &list->entry[i];
	fail_msg("no process %d in the list", (int)pid);
	return NULL;
}

/* The list comes first, then the lines, of which one is late. */
static void the_list_waits_for_nobody(void **state)
{
	struct specimen *s = stuck("lock");
	struct commands *commands = commands_new();
	const struct process_list *list;
	struct process_reader *reader;
	struct proc_root *root;

	(void)state;
	assert_int_equal(proc_root_open(NULL, &root), 0);
	assert_int_equal(process_reader_new(root, &reader), 0);
	assert_int_equal(process_list_read(reader, commands, &list), 0);
	assert_int_equal(entry_of(list, getpid())->command_state, VALUE_UNREAD);
	part_put(list);
	while (commands_wanted(commands) && commands_read(commands, root, 100000000u))
		continue;
	assert_int_equal(process_list_read(reader, commands, &list), 0);
	assert_int_equal(
		entry_of(list, (pid_t)specimen_number(s, "stuck"))->command_state, VALUE_LATE);
	assert_int_equal(
		entry_of(list, (pid_t)specimen_number(s, "healthy"))->command_state, VALUE_KNOWN);
	assert_true(entry_of(list, (pid_t)specimen_number(s, "healthy"))->command.len > 0);
	part_put(list);
	commands_put(commands);
	process_reader_free(reader);
	proc_root_close(root);
	specimen_stop(s);
}

static void words_that_nobody_brings_leave_the_threads(void **state)
{
	static const char *const modes[] = {"word", "block"};

	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		struct specimen *s = stuck(modes[i]);
		json_t *sample = sample_within(specimen_pid(s), "none", STUCK_NS);

		assert_threads(sample, 2);
		json_decref(sample);
		specimen_stop(s);
	}
}

static json_t *with_number(json_t *array, const char *key, json_int_t number)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i,
		item) if (json_integer_value(json_object_get(item, key)) == number) return item;
	return NULL;
}

/* Its mapping and its descriptor are told without a word to the server. */
static void a_file_whose_server_is_dead_is_told(void **state)
{
	struct specimen *s = stuck("file");
	json_t *sample = sample_within(specimen_pid(s), "none", BESIDE_NS), *item;
	char start[32];
	bool found = false;
	size_t i;

	(void)state;
	snprintf(start, sizeof start, "0x%llx", (unsigned long long)specimen_number(s, "at"));
	json_array_foreach(json_object_get(process_of(sample), "mappings"), i, item)
	{
		if (strcmp(json_string_value(json_object_get(item, "start")), start) != 0)
			continue;
		assert_true(json_is_true(json_object_get(item, "deleted")));
		found = true;
	}
	assert_true(found);
	item = with_number(json_object_get(process_of(sample), "fds"), "fd",
		(json_int_t)specimen_number(s, "fd"));
	assert_non_null(item);
	assert_string_equal(json_string_value(json_object_get(item, "kind")), "file");
	json_decref(sample);
	specimen_stop(s);
}

/* A run without end that watches pid; returns when it has told something. */
static pid_t run_on(pid_t pid, int *ret_out, int *ret_err)
{
	struct textbuf said = {0};
	char number[16];
	pid_t run;

	snprintf(number, sizeof number, "%d", (int)pid);
	run = program_start(
		(const char *[]){"twintop", "--json", "-n", "0", number, NULL}, ret_out, ret_err);
	assert_true(program_read(*ret_out, &said));
	textbuf_free(&said);
	return run;
}

/* Whether it ends in time; it is reaped. */
static bool ends(pid_t run, int *ret_status)
{
	uint64_t until = clock_monotonic_ns() + END_NS;
	pid_t reaped;

	while ((reaped = waitpid(run, ret_status, WNOHANG)) == 0 && clock_monotonic_ns() < until)
		clock_sleep_ns(5000000);
	if (reaped == run)
		return true;
	kill(run, SIGKILL);
	return false;
}

static void signals_end_us_whatever_hangs(void **state)
{
	static const struct {
		const char *mode, *key;
		int signal;
	} how[] = {{"lock", "stuck", SIGTERM}, {"lock", "stuck", SIGINT}, {"word", "pid", SIGTERM},
		{"block", "pid", SIGHUP}, {"file", "pid", SIGTERM}};

	(void)state;
	for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
		struct specimen *s = stuck(how[i].mode);
		int out, err, status = 0;
		pid_t run = run_on((pid_t)specimen_number(s, how[i].key), &out, &err);

		assert_int_equal(kill(run, how[i].signal), 0);
		assert_true(ends(run, &status));
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == how[i].signal);
		close(out);
		close(err);
		specimen_stop(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_process_beside_a_stuck_one_is_shown_at_once),
		cmocka_unit_test(a_sibling_is_chosen_beside_a_stuck_one),
		cmocka_unit_test(a_stuck_process_is_shown_in_part),
		cmocka_unit_test(a_stuck_sibling_leaves_the_other_whole),
		cmocka_unit_test(the_list_waits_for_nobody),
		cmocka_unit_test(words_that_nobody_brings_leave_the_threads),
		cmocka_unit_test(a_file_whose_server_is_dead_is_told),
		cmocka_unit_test(signals_end_us_whatever_hangs),
	};

	return live_run(tests, NULL, NULL);
}
