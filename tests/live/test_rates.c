/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU of a process that burns it, as twintop itself tells it: bounds that hold on any machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "program.h"

#define SAMPLES 25

/* What one sample says of a process. */
struct figures {
	double process, sum, greatest; /* percent */
	bool known;
	size_t threads;
};

static struct figures figures_of(json_t *sample)
{
	json_t *process = json_array_get(json_object_get(sample, "processes"), 0), *thread;
	json_t *percent = json_object_get(process, "cpu_percent");
	struct figures f = {.known = json_is_real(percent)};
	size_t i;

	f.process = json_number_value(percent);
	json_array_foreach(json_object_get(process, "threads"), i, thread)
	{
		double of_it = json_number_value(json_object_get(thread, "cpu_percent"));

		f.sum += of_it;
		f.greatest = of_it > f.greatest ? of_it : f.greatest;
		f.threads++;
	}
	return f;
}

/* The figures of each sample of such a run. */
static size_t run(const char *const argv[], struct figures *figures)
{
	struct run r = program_run(argv);
	const char *line = r.out.bytes, *end;
	size_t n = 0;

	program_expect(&r, 0);
	while (n < SAMPLES && (end = strchr(line, '\n'))) {
		json_t *sample = sample_parse(line, (size_t)(end - line));

		figures[n++] = figures_of(sample);
		json_decref(sample);
		line = end + 1;
	}
	program_run_free(&r);
	return n;
}

/* Three of its threads spin, all of the time that the processors leave them. */
static void who_burns_shows_no_more_than_all(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	struct figures f[SAMPLES];
	char pid[16];
	const char *argv[] = {"twintop", "--json", "-d", "0.05", "-n", "25", "--sibling", "none",
		"--view", "threads", pid, NULL};
	double cpus = (double)sysconf(_SC_NPROCESSORS_ONLN);
	size_t n;

	(void)state;
	snprintf(pid, sizeof pid, "%d", (int)specimen_pid(s));
	specimen_say(s, "spin");
	n = run(argv, f);
	specimen_say(s, "rest");
	assert_int_equal(n, SAMPLES);
	assert_false(f[0].known);
	for (size_t i = 1; i < n; i++) {
		assert_true(f[i].known);
		assert_true(f[i].greatest <= 100.0);
		assert_true(f[i].process <= 100.0 * cpus);
		/* One figure: the process's is its threads', or more where the ticks prove it. */
		assert_true(f[i].process >= f[i].sum - 0.01 || f[i].process == 100.0 * cpus);
	}
	assert_true(f[n - 1].greatest > 0);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_burns_shows_no_more_than_all),
	};

	return live_run(tests, NULL, NULL);
}
