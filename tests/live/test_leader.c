/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process whose main thread has ended before the others is whole all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"
#include "sampling.h"
#include "twintop/proc/libproc.h"

#define PAGES	 40
#define COPIES	 10
#define MOMENTS	 2000
#define RELAYED	 100	  /* of them at least while threads relay each other … */
#define CHANGES	 5	  /* … and of the thread that it is read through */
#define DELAY_NS 1000000u /* of sampling without a rest */

/* The specimen and what it said of itself at first. */
struct leader {
	struct specimen *specimen;
	pid_t pid, first, speaker;
	int file;
	uint64_t array;
	char exe[512];
};

static void leader_heed(struct leader *l)
{
	l->pid = specimen_pid(l->specimen);
	l->first = (pid_t)specimen_number(l->specimen, "first");
	l->speaker = (pid_t)specimen_number(l->specimen, "speaker");
	l->file = (int)specimen_number(l->specimen, "file");
	l->array = specimen_number(l->specimen, "array");
	snprintf(l->exe, sizeof l->exe, "%s", specimen_text(l->specimen, "exe"));
}

static struct leader leader_start(bool leave)
{
	struct leader l = {0};

	needs_allowed(ACCESS_PAGEMAP);
	l.specimen = specimen_start("leader", NULL);
	leader_heed(&l);
	if (leave)
		specimen_say(l.specimen, "leave");
	return l;
}

/* ---- as JSON tells it ---------------------------------------------------- */

static json_t *at(json_t *object, const char *outer, const char *inner)
{
	return json_object_get(json_object_get(object, outer), inner);
}

static json_t *process_in(json_t *sample, size_t side)
{
	return json_array_get(json_object_get(sample, "processes"), side);
}

static json_t *mapping_of(json_t *process, uint64_t wanted)
{
	json_t *mapping;
	size_t i;

	json_array_foreach(json_object_get(process, "mappings"), i, mapping)
	{
		const char *start = json_string_value(json_object_get(mapping, "start"));
		const char *end = json_string_value(json_object_get(mapping, "end"));

		if (strtoull(start, NULL, 0) <= wanted && wanted < strtoull(end, NULL, 0))
			return mapping;
	}
	fail_msg("no mapping holds %#jx", (uintmax_t)wanted);
	return NULL;
}

static void assert_no_reason_says(json_t *sample, const char *words)
{
	json_t *gap;
	size_t i;

	json_array_foreach(at(sample, "access", "unknown"), i, gap)
	{
		const char *reason = json_string_value(json_object_get(gap, "reason"));

		const char *path = json_string_value(json_object_get(gap, "path"));

		/* Children may have ended. */
		if (strstr(reason, words) && strncmp(path, "family", 6) != 0)
			fail_msg("%s: %s", path, reason);
	}
}

/* What belongs to the process is there, and nothing says that it ended. */
static void assert_whole(json_t *sample, size_t side, const struct leader *l, pid_t through)
{
	json_t *process = process_in(sample, side), *fd;
	bool open = false;
	size_t i;

	assert_string_equal(json_string_value(json_object_get(process, "exe")), l->exe);
	assert_string_equal(json_string_value(json_object_get(process, "state")), "S");
	assert_int_equal(json_integer_value(json_object_get(process, "read_through")), through);
	assert_true(json_integer_value(json_object_get(process, "rss_bytes")) >= PAGES * 4096);
	assert_true(json_array_size(json_object_get(process, "cmdline")) > 0);
	assert_true(json_is_integer(json_object_get(process, "read_bytes")));
	assert_true(json_is_array(json_object_get(process, "children")));
	assert_true(json_integer_value(at(process, "namespaces", "net")) > 0);
	assert_true(json_integer_value(at(mapping_of(process, l->array), "pages", "resident")) >=
		    PAGES);
	json_array_foreach(json_object_get(process, "fds"), i, fd)
	{
		open |= json_integer_value(json_object_get(fd, "fd")) == l->file;
	}
	assert_true(open);
	assert_no_reason_says(sample, "given its memory back");
	assert_no_reason_says(sample, "it ended");
}

/* What only a thread that lives has is missing for that reason. */
static void main_thread_has_ended(void **state)
{
	static const char *const paths[] = {"processes[0].threads[].syscall",
		"processes[0].threads[].stack", "processes[0].threads[].tls_base"};
	struct leader l = leader_start(true);
	json_t *sample = sample_of(l.pid, l.speaker), *gap;
	size_t said = 0, i;

	(void)state;
	for (size_t k = 0; k < sizeof paths / sizeof *paths; k++)
		json_array_foreach(at(sample, "access", "unknown"), i, gap)
		{
			said += !strcmp(json_string_value(json_object_get(gap, "path")),
					paths[k]) &&
				!strcmp(json_string_value(json_object_get(gap, "reason")),
					"this thread has ended");
		}
	assert_int_equal(said, sizeof paths / sizeof *paths);
	json_decref(sample);
	specimen_stop(l.specimen);
}

static bool shares(json_t *sample, const char *item)
{
	json_t *shared = json_object_get(at(sample, "pair", "shares"), item);

	needs_allowed(ACCESS_KCMP);
	assert_true(json_is_boolean(shared));
	return json_is_true(shared);
}

static json_t *row_of(json_t *sample, uint64_t address)
{
	json_t *process = process_in(sample, 0), *rows = at(sample, "pair", "mappings"), *row;
	json_t *mapping = mapping_of(process, address);
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (json_array_get(json_object_get(process, "mappings"),
			    (size_t)json_integer_value(json_object_get(row, "a"))) == mapping)
			return row;
	}
	fail_msg("no row holds the array");
	return NULL;
}

/* The leaderless process as A beside its child; then as B, found as what is nearest to that one. */
static void beside_its_child(void **state)
{
	struct leader l = leader_start(true);
	char child[16];
	json_t *sample, *row;

	(void)state;
	specimen_say(l.specimen, "fork");
	snprintf(child, sizeof child, "%s", specimen_text(l.specimen, "child"));
	sample = sample_of(l.pid, atoi(child));
	assert_whole(sample, 0, &l, l.first);
	assert_false(shares(sample, "vm") || shares(sample, "files"));
	row = row_of(sample, l.array);
	assert_int_equal(json_integer_value(at(row, "pages", "cow_shared")), PAGES - COPIES);
	assert_int_equal(json_integer_value(at(row, "pages", "copied")), COPIES);
	assert_string_equal(json_string_value(at(sample, "pair", "relation")), "child");
	json_decref(sample);
	sample = sample_by((const char *const[]){"twintop", "--json", child, NULL});
	assert_int_equal(json_integer_value(json_object_get(process_in(sample, 1), "pid")), l.pid);
	assert_whole(sample, 1, &l, l.first);
	json_decref(sample);
	specimen_stop(l.specimen);
}

/* A child that lives in its memory until it calls exec. */
static void beside_one_in_its_memory(void **state)
{
	struct leader l = leader_start(true);
	json_t *sample;

	(void)state;
	specimen_say(l.specimen, "vfork");
	sample = sample_of(l.pid, (pid_t)specimen_number(l.specimen, "vforked"));
	assert_whole(sample, 0, &l, l.first);
	assert_true(shares(sample, "vm"));
	assert_false(shares(sample, "files"));
	json_decref(sample);
	specimen_stop(l.specimen);
}

/* Two of its threads that live, and the process beside one of them. */
static void beside_its_own_threads(void **state)
{
	struct leader l = leader_start(true);
	json_t *sample = sample_of(l.first, l.speaker);

	(void)state;
	assert_whole(sample, 0, &l, l.first);
	assert_true(shares(sample, "vm") && shares(sample, "files") && shares(sample, "sighand"));
	json_decref(sample);
	sample = sample_of(l.pid, l.speaker);
	assert_whole(sample, 0, &l, l.first);
	assert_true(shares(sample, "vm") && shares(sample, "files") && shares(sample, "sighand"));
	json_decref(sample);
	specimen_stop(l.specimen);
}

static const struct process_entry *entry_of(const struct process_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->entry[i].id.pid == pid)
			return &list->entry[i];
	fail_msg("%d is not in the list", (int)pid);
	return NULL;
}

/* Among all processes, of which it may be chosen. */
static void in_the_list(void **state)
{
	struct leader l = leader_start(true);
	struct process_reader *reader;
	const struct process_list *list;
	const struct process_entry *e;
	struct proc_root *root;

	(void)state;
	assert_int_equal(proc_root_open(NULL, &root), 0);
	assert_int_equal(process_reader_new(root, &reader), 0);
	assert_int_equal(process_list_read(reader, NULL, &list), 0);
	e = entry_of(list, l.pid);
	assert_int_equal(e->state, 'S');
	assert_true(e->rss_bytes >= PAGES * 4096);
	assert_int_equal(e->command_state, VALUE_UNREAD); /* it has one */
	part_put(list);
	process_reader_free(reader);
	proc_root_close(root);
	specimen_stop(l.specimen);
}

static void expect_reason(const json_t *sample, const char *path, const char *reason)
{
	const json_t *gap;
	size_t i, n = 0;

	json_array_foreach(json_object_get(json_object_get(sample, "access"), "unknown"), i, gap)
	{
		if (strcmp(json_string_value(json_object_get(gap, "path")), path) != 0)
			continue;
		assert_string_equal(json_string_value(json_object_get(gap, "reason")), reason);
		n++;
	}
	assert_int_equal(n, 1);
}

/* Nothing is left of what all threads have left. */
static void a_zombie_is_one(void **state)
{
	struct leader l = leader_start(true);
	json_t *sample, *process;
	siginfo_t info;
	char pid[16];

	(void)state;
	specimen_tell(l.specimen, "die");
	assert_int_equal(waitid(P_PID, (id_t)l.pid, &info, WEXITED | WNOWAIT), 0);
	snprintf(pid, sizeof pid, "%d", (int)l.pid);
	sample = sample_by((const char *const[]){"twintop", "--json", "-s", "none", pid, NULL});
	process = process_in(sample, 0);
	assert_string_equal(json_string_value(json_object_get(process, "state")), "Z");
	assert_int_equal(json_integer_value(at(process, "exit", "code")), 7);
	assert_true(json_is_null(json_object_get(process, "exe")));
	assert_true(json_is_null(json_object_get(process, "mappings")));
	expect_reason(sample, "processes[0].cmdline", "a zombie has given its memory back");
	expect_reason(sample, "processes[0].mappings", "a zombie has given its memory back");
	assert_true(json_is_null(json_object_get(process, "read_through")));
	json_decref(sample);
	specimen_stop(l.specimen);
}

/* ---- while it is watched ------------------------------------------------- */

/* What the events of moments say of its ends, and of the program's. */
struct ends {
	bool process, main;
	bool exec;
};

static void heed_ends(const struct moment *m, const struct leader *l, struct ends *ends)
{
	const struct event_batch *events = m->snapshot->events;

	for (size_t i = 0; events && i < events->n; i++) {
		const struct event *e = &events->event[i];

		ends->process |= e->kind == EVENT_EXIT && e->pid == l->pid;
		ends->main |= e->kind == EVENT_THREAD_EXIT && e->tid == l->pid;
		ends->exec |= e->kind == EVENT_EXEC && e->pid == l->pid;
	}
}

/* A moment of it at any time, be it that in which the thread that it is read through ends. */
static void assert_whole_moment(const struct moment *m, const struct leader *l)
{
	const struct side *side = &m->snapshot->side[0];

	assert_false(side->ending.ended);
	assert_int_equal(side->info->part.state, VALUE_KNOWN);
	assert_int_not_equal(side->info->state, 'Z');
	assert_int_equal(side->info->source[PROCESS_EXE], VALUE_KNOWN);
	assert_true(text_equal(side->info->exe, text_of(l->exe)));
	assert_int_equal(side->memory->part.state, VALUE_KNOWN);
	assert_true(memory_find(side->memory, l->array) >= 0);
	assert_int_equal(side->pages->part.state, VALUE_KNOWN);
	assert_true(
		page_map_count(side->pages, l->array, l->array + PAGES * 4096).resident == PAGES);
	assert_int_equal(side->fds->part.state, VALUE_KNOWN);
	assert_true(side->fds->n > 3);
}

/* Samples until it is read through that thread. */
static void watch_until(
	struct sampling *f, const struct leader *l, pid_t through, struct ends *ends)
{
	for (int i = 0; i < MOMENTS; i++) {
		const struct moment *m = sampling_next(f);
		bool there = m->snapshot->side[0].info->through == through;

		assert_whole_moment(m, l);
		heed_ends(m, l, ends);
		moment_put(m);
		if (there)
			return;
	}
	fail_msg("it is not read through %d", (int)through);
}

static void threads_end_while_it_is_watched(void **state)
{
	struct sampling *f = *state;
	struct leader l = leader_start(false);
	struct ends ends = {0};

	f->options.delay_ns = DELAY_NS;
	f->options.whole = true;
	sampling_begin(f, l.pid, SIBLING_NONE);
	watch_until(f, &l, l.pid, &ends);
	specimen_tell(l.specimen, "leave");
	watch_until(f, &l, l.first, &ends);
	specimen_heed(l.specimen);
	for (int i = 0; i < MOMENTS && !ends.main; i++) {
		const struct moment *m = sampling_next(f);

		heed_ends(m, &l, &ends);
		moment_put(m);
	}
	assert_true(ends.main);
	specimen_tell(l.specimen, "end");
	watch_until(f, &l, l.speaker, &ends);
	specimen_heed(l.specimen);
	assert_false(ends.process);
	specimen_stop(l.specimen);
}

/* Whichever thread it is read through ends soon, mostly amid a read. */
static void no_thread_lasts(void **state)
{
	struct sampling *f = *state;
	struct leader l = leader_start(true);
	struct ends ends = {0};
	pid_t through = l.first;
	unsigned changes = 0;

	f->options.delay_ns = DELAY_NS;
	f->options.whole = true;
	sampling_begin(f, l.pid, SIBLING_NONE);
	watch_until(f, &l, l.first, &ends);
	specimen_say(l.specimen, "end");
	specimen_tell(l.specimen, "relay");
	for (int i = 0; i < MOMENTS && (i < RELAYED || changes < CHANGES); i++) {
		const struct moment *m = sampling_next(f);

		assert_whole_moment(m, &l);
		heed_ends(m, &l, &ends);
		changes += m->snapshot->side[0].info->through != through;
		through = m->snapshot->side[0].info->through;
		moment_put(m);
	}
	assert_true(changes >= CHANGES);
	assert_false(ends.process);
	specimen_heed(l.specimen);
	specimen_stop(l.specimen);
}

/* Whoever calls execve(2) takes the main thread's place and number. */
static void an_exec_brings_a_main_thread_back(void **state)
{
	struct sampling *f = *state;
	struct leader l = leader_start(true), again;
	struct ends ends = {0};

	sampling_begin(f, l.pid, SIBLING_NONE);
	watch_until(f, &l, l.first, &ends);
	specimen_say(l.specimen, "exec");
	again = l;
	leader_heed(&again);
	for (int i = 0; i < MOMENTS; i++) {
		const struct moment *m = sampling_next(f);
		const struct side *side = &m->snapshot->side[0];
		bool there = side->info->through == l.pid && side->memory &&
			     memory_find(side->memory, again.array) >= 0 && side->threads &&
			     thread_find(side->threads, again.first) >= 0;

		assert_false(side->ending.ended);
		heed_ends(m, &l, &ends);
		moment_put(m);
		if (there && ends.exec)
			break;
		assert_true(i < MOMENTS - 1);
	}
	specimen_stop(l.specimen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beside_its_child),
		cmocka_unit_test(beside_one_in_its_memory),
		cmocka_unit_test(beside_its_own_threads),
		cmocka_unit_test(main_thread_has_ended),
		cmocka_unit_test(in_the_list),
		cmocka_unit_test(a_zombie_is_one),
		cmocka_unit_test_setup_teardown(
			threads_end_while_it_is_watched, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(no_thread_lasts, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			an_exec_brings_a_main_thread_back, sampling_setup, sampling_teardown),
	};

	return live_run(tests, NULL, NULL);
}
