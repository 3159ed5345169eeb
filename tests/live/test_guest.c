/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever is watched does not notice: no call of its is interrupted, no signal comes that is not
 * its own, nobody traces it; and when twintop is killed, at whatever moment, nothing is left
 * behind.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "program.h"
#include "twintop/base/clock.h"

#define DEADLINE_NS 60000000000u

struct watcher {
	pid_t pid;
	int out, err;
	struct textbuf text;
};

static struct watcher watch(pid_t pid)
{
	struct watcher w = {0};
	char text[16];

	snprintf(text, sizeof text, "%d", (int)pid);
	w.pid = program_start(
		(const char *const[]){"twintop", "--json", "-n", "0", "-d", "0.05", text, NULL},
		&w.out, &w.err);
	return w;
}

static void await_samples(struct watcher *w, unsigned n)
{
	uint64_t deadline = clock_monotonic_ns() + DEADLINE_NS;
	unsigned seen = 0;

	while (seen < n) {
		assert_true(clock_monotonic_ns() < deadline);
		w->text.len = 0;
		assert_true(program_read(w->out, &w->text));
		for (size_t i = 0; i < w->text.len; i++)
			seen += w->text.bytes[i] == '\n';
	}
}

static void end_by(struct watcher *w, int signal)
{
	int status;

	kill(w->pid, signal);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	close(w->out);
	close(w->err);
	textbuf_free(&w->text);
}

static unsigned tracers(pid_t pid)
{
	char path[64], line[128];
	int tracer = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (tracer < 0 && fgets(line, sizeof line, f))
		sscanf(line, "TracerPid: %d", &tracer);
	fclose(f);
	return (unsigned)tracer;
}

static void check_guest(struct specimen *s, unsigned children)
{
	assert_int_equal(specimen_number(s, "interrupted"), 0);
	assert_int_equal(specimen_number(s, "children"), children);
	assert_int_equal(specimen_number(s, "told"), children);
	assert_int_equal(specimen_number(s, "others"), 0);
}

static pid_t start(struct specimen **ret)
{
	*ret = specimen_start("guest", NULL);
	return specimen_pid(*ret);
}

/* All is read of it, everything that is told of it is listened to. */
static void nothing_comes_of_being_watched(void **state)
{
	struct specimen *s;
	pid_t pid = start(&s);
	struct watcher w = watch(pid);

	(void)state;
	await_samples(&w, 3);
	for (unsigned i = 1; i <= 10; i++) {
		specimen_say(s, "children 20");
		await_samples(&w, 1);
		assert_int_equal(tracers(pid), 0);
		check_guest(s, 20 * i);
	}
	end_by(&w, SIGTERM);
	specimen_say(s, "tell");
	check_guest(s, 200);
	specimen_stop(s);
}

/* Children of ours but that one, whoever they were born to. */
static unsigned others_left(pid_t known)
{
	char path[64];
	unsigned n = 0;
	FILE *f;
	int pid;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	assert_non_null(f);
	while (fscanf(f, "%d", &pid) == 1)
		n += pid != known;
	fclose(f);
	return n;
}

static void nothing_is_left_of_one_that_is_killed(void **state)
{
	static const unsigned after_ms[] = {0, 3, 10, 30, 60, 120, 300, 900};
	struct specimen *s;
	pid_t pid = start(&s);
	unsigned children = 0;

	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (size_t i = 0; i < sizeof after_ms / sizeof *after_ms; i++) {
		uint64_t deadline = clock_monotonic_ns() + DEADLINE_NS;
		struct watcher w = watch(pid);

		clock_sleep_ns(after_ms[i] * 1000000ull);
		end_by(&w, SIGKILL);
		while (others_left(pid) && clock_monotonic_ns() < deadline)
			clock_sleep_ns(5000000);
		assert_int_equal(others_left(pid), 0);
		assert_int_equal(tracers(pid), 0);
		specimen_say(s, "children 10");
		children += 10;
		check_guest(s, children);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	specimen_stop(s);
}

/* Amid births and ends, which are told and counted: so that perf's rings are full of them. */
static void nor_amid_births_and_ends(void **state)
{
	const char *denied = denied_names();
	char before[256], all[300];
	struct specimen *s;
	struct watcher w;
	pid_t pid;

	(void)state;
	snprintf(before, sizeof before, "%s", denied ? denied : "");
	snprintf(all, sizeof all, "%s%sevents", before, *before ? "," : "");
	pid = start(&s);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setenv("TWINTOP_DENY", all, 1);
	w = watch(pid);
	setenv("TWINTOP_DENY", before, 1);
	await_samples(&w, 2);
	specimen_tell(s, "children 300");
	clock_sleep_ns(150000000);
	end_by(&w, SIGKILL);
	specimen_heed(s);
	check_guest(s, 300);
	assert_int_equal(others_left(pid), 0);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_comes_of_being_watched),
		cmocka_unit_test(nothing_is_left_of_one_that_is_killed),
		cmocka_unit_test(nor_amid_births_and_ends),
	};

	return live_run(tests, NULL, NULL);
}
