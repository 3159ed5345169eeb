/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A and its descendants as --json tells them, held against smaps_rollup and against their frames.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
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
#include "twintop/base/clock.h"
#include "twintop/model/family.h"
#include "twintop/model/frames.h"
#include "twintop/model/page.h"
#include "twintop/sample/launch.h"

#define WORKERS	    4
#define WRITTEN	    8 /* pages more than the worker before */
#define DEADLINE_NS 30000000000u

static const char *const living[] = {
	"pid", "w0", "w1", "w2", "w3", "program", "middle", "grandchild"};
#define LIVING (sizeof living / sizeof *living)

static pid_t pid_of(const struct specimen *s, const char *who)
{
	return (pid_t)specimen_number(s, who);
}

static json_t *member_of(json_t *sample, pid_t pid)
{
	json_t *member;
	size_t i;

	json_array_foreach(json_object_get(sample, "family"), i,
		member) if (json_integer_value(json_object_get(member, "pid")) ==
			    pid) return member;
	return NULL;
}

static int64_t number(json_t *member, const char *name)
{
	json_t *value = json_object_get(member, name);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static json_t *sample_from(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof text, "%d", (int)pid);
	return sample_by((const char *const[]){"twintop", "--json", text, NULL});
}

static const char *reason_of(json_t *sample, const char *path)
{
	json_t *gap;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(sample, "access"), "unknown"), i,
		gap) if (!strcmp(json_string_value(json_object_get(gap, "path")),
				 path)) return json_string_value(json_object_get(gap, "reason"));
	return "";
}

/* Bytes of the fields of smaps_rollup that begin so. */
static int64_t rollup(pid_t pid, const char *name)
{
	char path[64], line[128];
	int64_t sum = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		if (!strncmp(line, name, strlen(name)) && strchr(line, ':'))
			sum += strtoll(strchr(line, ':') + 1, NULL, 10) * 1024;
	fclose(f);
	return sum;
}

static bool text_is(json_t *member, const char *name, const char *text)
{
	const char *has = json_string_value(json_object_get(member, name));

	return has && !strcmp(has, text);
}

static void assert_near(int64_t a, int64_t b, int64_t most)
{
	assert_in_range((uint64_t)(a > b ? a - b : b - a), 0, (uint64_t)most);
}

static void send_all(const struct specimen *s, int signal)
{
	for (size_t i = 0; i < LIVING; i++)
		kill(pid_of(s, living[i]), signal);
}

/* ---- what it is ----------------------------------------------------------- */

static void check_figures(const struct specimen *s, json_t *sample)
{
	int64_t page = sysconf(_SC_PAGESIZE), before = 0;

	for (size_t i = 0; i < LIVING; i++) {
		pid_t pid = pid_of(s, living[i]);
		json_t *m = member_of(sample, pid);

		assert_non_null(m);
		assert_near(number(m, "resident_bytes"), rollup(pid, "Rss:"), page);
		/* Others that run sleep map its pages, too, and end meanwhile. */
		if (strcmp(living[i], "program"))
			assert_near(number(m, "private_bytes"), rollup(pid, "Private_"), page);
	}
	for (int i = 0; i < WORKERS; i++) {
		json_t *m = member_of(sample, pid_of(s, living[i + 1]));
		int64_t copied = number(m, "copied_bytes");

		if (i)
			assert_near(copied - before, WRITTEN * page, 2 * page);
		before = copied;
		assert_true(number(m, "shared_bytes") + number(m, "private_bytes") <=
			    number(m, "resident_bytes"));
	}
}

static void check_others(const struct specimen *s, json_t *sample)
{
	json_t *m = member_of(sample, pid_of(s, "ended"));

	assert_true(text_is(m, "state", "Z"));
	assert_true(text_is(m, "role", "worker"));
	assert_true(json_is_integer(json_object_get(m, "end_ns")));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(m, "exit"), "code")), 7);
	assert_true(json_is_null(json_object_get(m, "resident_bytes")));
	m = member_of(sample, pid_of(s, "program"));
	assert_true(text_is(m, "comm", "sleep"));
	assert_true(text_is(m, "role", "program"));
	assert_true(json_is_null(json_object_get(m, "shared_bytes")));
	assert_true(json_is_null(json_object_get(m, "copied_bytes")));
	m = member_of(sample, pid_of(s, "grandchild"));
	assert_int_equal(number(m, "ppid"), pid_of(s, "middle"));
	assert_true(json_is_null(json_object_get(m, "end_ns")));
	assert_int_equal(json_array_size(json_object_get(sample, "family")), LIVING + 1);
}

static void check_family(void *context)
{
	struct specimen *s = specimen_start("family", NULL);
	json_t *sample;

	(void)context;
	send_all(s, SIGSTOP);
	sample = sample_from(pid_of(s, "pid"));
	check_figures(s, sample);
	check_others(s, sample);
	json_decref(sample);
	send_all(s, SIGCONT);
	specimen_stop(s);
}

static void figures_are_those_of_smaps(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	check_family(NULL);
}

static void so_they_are_for_an_ordinary_user(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	as_nobody(check_family, NULL);
}

static void a_worker_leads_to_its_family(void **state)
{
	struct specimen *s = specimen_start("family", NULL);
	json_t *sample = sample_from(pid_of(s, "w1"));

	(void)state;
	assert_int_equal(number(json_array_get(json_object_get(sample, "family"), 0), "pid"),
		pid_of(s, "pid"));
	assert_non_null(member_of(sample, pid_of(s, "w3")));
	json_decref(sample);
	specimen_stop(s);
}

/* ---- frames --------------------------------------------------------------- */

/* Adds the frames of all present pages of a process, and returns how many pages they are. */
static uint64_t add_frames(pid_t pid, struct frame_set *frames)
{
	char path[64], line[512];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start, end, entry, n = 0;
	FILE *maps;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	assert_true(fd >= 0 && maps);
	while (fgets(line, sizeof line, maps)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) != 2 || start >> 63)
			continue;
		for (uint64_t at = start; at < end; at += page)
			if (pread(fd, &entry, 8, (off_t)(at / page * 8)) == 8 &&
				entry & PAGE_PRESENT) {
				frame_set_add(frames, entry & PAGE_FRAME);
				n++;
			}
	}
	fclose(maps);
	close(fd);
	return n;
}

static void the_true_sum_counts_each_frame_once(void **state)
{
	struct specimen *s;
	struct frame_set frames = {0};
	int64_t page = sysconf(_SC_PAGESIZE);
	uint64_t pages = 0;
	json_t *sample, *totals;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_FRAMES);
	if (geteuid()) {
		print_message("frame numbers need CAP_SYS_ADMIN\n");
		skip();
	}
	s = specimen_start("family", NULL);
	send_all(s, SIGSTOP);
	sample = sample_from(pid_of(s, "pid"));
	totals = json_object_get(sample, "family_totals");
	for (size_t i = 0; i < LIVING; i++)
		pages += add_frames(pid_of(s, living[i]), &frames);
	assert_near(number(totals, "resident_bytes"), (int64_t)pages * page, page);
	assert_near(number(totals, "distinct_bytes"), (int64_t)frames.n * page, page);
	assert_true(number(totals, "distinct_bytes") < number(totals, "resident_bytes"));
	frame_set_free(&frames);
	json_decref(sample);
	send_all(s, SIGCONT);
	specimen_stop(s);
}

static void what_may_not_be_read_has_its_reason(void **state)
{
	struct specimen *s;
	json_t *sample;

	(void)state;
	if (!denied(ACCESS_FRAMES) && !denied(ACCESS_PAGEMAP)) {
		print_message("frames may be read here\n");
		skip();
	}
	s = specimen_start("family", NULL);
	sample = sample_from(pid_of(s, "pid"));
	assert_true(json_is_null(
		json_object_get(json_object_get(sample, "family_totals"), "distinct_bytes")));
	assert_true(*reason_of(sample, "family_totals.distinct_bytes"));
	json_decref(sample);
	specimen_stop(s);
}

/* ---- as it changes ---------------------------------------------------------- */

/* The next sample of a running twintop. */
static json_t *next_sample(int out, struct textbuf *text)
{
	uint64_t deadline = clock_monotonic_ns() + DEADLINE_NS;
	char *end;
	json_t *sample;

	while (!(end = text->len ? memchr(text->bytes, '\n', text->len) : NULL)) {
		assert_true(clock_monotonic_ns() < deadline);
		assert_true(program_read(out, text));
	}
	sample = sample_parse(text->bytes, (size_t)(end - text->bytes));
	text->len -= (size_t)(end + 1 - text->bytes);
	memmove(text->bytes, end + 1, text->len);
	return sample;
}

/* Whether the middle one is told as ended, and its child as somebody else's. */
static bool is_orphaned(const struct specimen *s, json_t *sample)
{
	json_t *middle = member_of(sample, pid_of(s, "middle"));
	json_t *orphan = member_of(sample, pid_of(s, "grandchild"));

	assert_non_null(middle);
	assert_non_null(orphan);
	return text_is(middle, "state", "X") &&
	       json_is_integer(json_object_get(middle, "end_ns")) &&
	       text_is(orphan, "role", "orphan") && number(orphan, "ppid") == pid_of(s, "pid");
}

static void the_dead_and_orphans_stay(void **state)
{
	struct specimen *s = specimen_start("family", NULL);
	struct textbuf text = {0};
	char pid[16];
	int out, err, status, seen = 0;
	pid_t twintop;

	(void)state;
	snprintf(pid, sizeof pid, "%d", (int)pid_of(s, "pid"));
	twintop = program_start(
		(const char *const[]){"twintop", "--json", "-n", "0", "-d", "0.1", pid, NULL}, &out,
		&err);
	for (int i = 0; i < 200 && seen < 3; i++) {
		json_t *sample = next_sample(out, &text);

		if (i == 0)
			specimen_say(s, "orphan");
		seen += is_orphaned(s, sample);
		json_decref(sample);
	}
	assert_int_equal(seen, 3);
	kill(twintop, SIGTERM);
	while (program_read(out, &text))
		;
	waitpid(twintop, &status, 0);
	close(out);
	close(err);
	textbuf_free(&text);
	specimen_stop(s);
}

/* How often a number is among the members that have ended. */
static int dead_of(json_t *sample, pid_t pid)
{
	json_t *member;
	size_t i;
	int n = 0;

	json_array_foreach(json_object_get(sample, "family"), i, member) n +=
		number(member, "pid") == pid && json_is_integer(json_object_get(member, "end_ns"));
	return n;
}

/* Its head has ended, and is told once, however often the family is read; others live on. */
static void a_family_outlives_its_first_one(void **state)
{
	struct specimen *s = specimen_start("family", NULL);
	pid_t first = pid_of(s, "pid"), last = pid_of(s, "grandchild"), twintop;
	struct textbuf text = {0};
	int out, err, status, seen = 0;
	char a[16], b[16];

	(void)state;
	snprintf(a, sizeof a, "%d", (int)first);
	snprintf(b, sizeof b, "%d", (int)last);
	twintop = program_start(
		(const char *const[]){"twintop", "--json", "-n", "0", "-d", "0.1", a, b, NULL},
		&out, &err);
	for (int i = 0; i < 200 && seen < 5; i++) {
		json_t *sample = next_sample(out, &text);

		if (i == 0) { /* no zombie is left of it */
			kill(first, SIGKILL);
			waitpid(first, &status, 0);
		}
		assert_in_range(dead_of(sample, first), seen > 0, 1);
		seen += dead_of(sample, first);
		if (seen)
			assert_int_equal(dead_of(sample, last), 0);
		json_decref(sample);
	}
	assert_int_equal(seen, 5);
	kill(last, SIGKILL);
	kill(twintop, SIGTERM);
	while (program_read(out, &text))
		;
	waitpid(twintop, &status, 0);
	close(out);
	close(err);
	textbuf_free(&text);
	specimen_stop(s);
}

/* Whether so many have ended, with a status each: numbers in their order, the last one by SIGKILL.
 */
static bool has_ends(json_t *sample, size_t n)
{
	json_t *family = json_object_get(sample, "family"), *member;
	json_int_t before = -1;
	size_t i, ended = 0;
	bool killed = false;

	json_array_foreach(family, i, member)
	{
		json_t *end = json_object_get(member, "exit");
		json_t *code = json_object_get(end, "code");

		if (!i || !json_is_object(end))
			continue;
		ended++;
		if (json_is_integer(json_object_get(end, "signal"))) {
			assert_int_equal(
				json_integer_value(json_object_get(end, "signal")), SIGKILL);
			killed = true;
			continue;
		}
		assert_true(!killed && json_integer_value(code) > before);
		before = json_integer_value(code);
	}
	return killed && ended >= n && ended == json_array_size(family) - 1;
}

/* Each lives long enough to be seen, and is waited for at once: nobody finds a zombie. */
static void who_was_waited_for_has_ended_as_was_told(void **state)
{
	struct specimen *s = specimen_start("brood", NULL);
	struct textbuf text = {0};
	char pid[16];
	int out, err, status;
	pid_t twintop;
	bool exact = true, seen = false;

	(void)state;
	snprintf(pid, sizeof pid, "%d", (int)pid_of(s, "pid"));
	twintop = program_start(
		(const char *const[]){"twintop", "--json", "-n", "0", "-d", "0.1", pid, NULL}, &out,
		&err);
	for (int i = 0; i < 200 && exact && !seen; i++) {
		json_t *sample = next_sample(out, &text);
		json_t *access = json_object_get(sample, "access");

		exact = !strcmp(json_string_value(json_object_get(access, "lifecycle")), "exact");
		if (i == 0)
			specimen_tell(s, "children 10 600");
		seen = has_ends(sample, 5);
		json_decref(sample);
	}
	kill(twintop, SIGTERM);
	while (program_read(out, &text))
		;
	waitpid(twintop, &status, 0);
	close(out);
	close(err);
	textbuf_free(&text);
	specimen_stop(s);
	if (!exact) {
		print_message("the kernel does not tell of ends here\n");
		skip();
	}
	assert_true(seen);
}

/* Until it executes its program it is a worker of ours, and of our family. */
static void a_program_that_is_launched_begins_a_family(void **state)
{
	char program[] = "/bin/sleep", time[] = "1000", *argv[] = {program, time, NULL};
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	struct sampling *f = sampling_make();
	const struct family *family;
	struct launch *launch;
	bool begun = false, released = false;

	(void)state;
	assert_int_equal(launch_start(argv, "dumb", 80, 24, &launch), 0);
	sampling_begin(f, launch_pid(launch), SIBLING_NONE);
	while (!begun) {
		const struct moment *m = sampling_next(f);

		family = m->snapshot->family;
		begun = released && family && family->n == 1 &&
			family->member[0].id.pid == launch_pid(launch);
		if (family && family->n > 1 && !released) {
			assert_int_equal(launch_release(launch), 0);
			released = true;
		}
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	sampling_unmake(f);
	kill(launch_pid(launch), SIGKILL);
	launch_free(launch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_those_of_smaps),
		cmocka_unit_test(so_they_are_for_an_ordinary_user),
		cmocka_unit_test(a_worker_leads_to_its_family),
		cmocka_unit_test(a_program_that_is_launched_begins_a_family),
		cmocka_unit_test(the_true_sum_counts_each_frame_once),
		cmocka_unit_test(what_may_not_be_read_has_its_reason),
		cmocka_unit_test(the_dead_and_orphans_stay),
		cmocka_unit_test(a_family_outlives_its_first_one),
		cmocka_unit_test(who_was_waited_for_has_ended_as_was_told),
	};

	return live_run(tests, NULL, NULL);
}
