/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every demo that `twintop demo` lists, step by step: what each step says that will be measured is
 * measured, and the program ends by itself and leaves nobody behind.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "sampling.h"
#include "twintop/app/steps.h"
#include "twintop/base/clock.h"
#include "twintop/draw/canvas.h"
#include "twintop/model/event.h"
#include "twintop/sample/launch.h"
#include "twintop/view/view.h"

#define DEMOS_MOST 64
#define NAME_MOST  64
#define STEP_NS	   90000000000u /* for what a step does, and for measuring it */
#define LANES	   2		/* so many demos at once: they mostly wait */

static char name[DEMOS_MOST][NAME_MOST];
static size_t names_n;

/* A demo under way. */
struct run {
	const char *name;
	struct sampling *sampling;
	struct launch *launch;
	struct steps *steps;
	uint64_t steps_n, met, unknown;
	uint64_t until_ns; /* for the step under way */
	uint64_t events[EVENT_KINDS];
	bool ended;
	int status;
};

static void read_names(void)
{
	const char *twintop = getenv("TWINTOP");
	char command[512], line[256];
	FILE *f;

	snprintf(command, sizeof command, "%s demo", twintop ? twintop : "src/twintop");
	f = popen(command, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f) && names_n < DEMOS_MOST)
		if (strncmp(line, "Start ", 6) != 0 && sscanf(line, "%63s", name[names_n]) == 1)
			names_n++;
	assert_int_equal(pclose(f), 0);
	assert_true(names_n > 0);
}

static void begin(struct run *r)
{
	const char *build = getenv("BUILDDIR");
	static char path[4096];
	char *argv[] = {path, NULL};

	snprintf(path, sizeof path, "%s/src/demo/%s", build ? build : ".", r->name);
	assert_int_equal(launch_start_stepped(argv, "dumb", 80, 24, &r->launch), 0);
	r->sampling->options.steps_pid = launch_pid(r->launch);
	r->sampling->options.steps_fd = launch_steps(r->launch);
	r->sampling->need = NEED_ALL;
	sampling_begin(r->sampling, launch_pid(r->launch), SIBLING_CHILD);
	assert_int_equal(launch_release(r->launch), 0);
	r->steps = steps_new();
	r->until_ns = clock_monotonic_ns() + STEP_NS;
}

/* What it prints goes nowhere. */
static void drop_output(struct run *r)
{
	char bytes[4096];

	while (read(launch_fd(r->launch), bytes, sizeof bytes) > 0)
		;
}

/* Fails on what was measured otherwise than said. */
static void check(struct run *r, const struct step *step)
{
	for (size_t i = 0; i < step->expects_n; i++) {
		const struct expect *e = &step->expect[i];

		if (e->state == EXPECT_UNMET)
			fail_msg("%s, step %llu: %s %s, measured %s (before: %s) at %s", r->name,
				(unsigned long long)step->number, e->name, e->wanted, e->now.text,
				e->before.text, e->path);
		if (e->state == EXPECT_UNKNOWN && geteuid() == 0 && !getenv("TWINTOP_DENY"))
			fail_msg("%s, step %llu: %s is unknown to root at %s", r->name,
				(unsigned long long)step->number, e->name, e->path);
	}
}

static bool is_told(const struct step *step)
{
	for (size_t i = 0; i < step->expects_n; i++)
		if (step->done_ns && step->expect[i].state == EXPECT_MEASURING)
			return false;
	return true;
}

/* What a step says must be fit for the screen. */
static void check_words(const struct run *r, const struct step *step)
{
	if (!*step->caption || strlen(step->caption) > 400)
		fail_msg("%s, step %llu: its caption has %zu bytes", r->name,
			(unsigned long long)step->number, strlen(step->caption));
	if (*step->view && !view_find(step->view))
		fail_msg("%s: there is no view %s", r->name, step->view);
}

/* Lines that a text takes beside the frame of a screen of 80 columns. */
static unsigned lines_of(const char *text)
{
	struct canvas *c = canvas_new(80, 24, false);
	unsigned lines = 0;

	for (; *text; lines++) {
		text += canvas_wrap(c, text, 78);
		text += strspn(text, " ");
	}
	canvas_free(c);
	return lines;
}

/* The results of the step before, the caption and the question are all seen at once. */
static void check_room(const struct run *r, const struct step *before, const struct step *step)
{
	unsigned lines =
		(unsigned)before->expects_n + lines_of(step->caption) + lines_of(step->question);

	if (lines > STEP_LINES)
		fail_msg("%s, step %llu takes %u lines", r->name, (unsigned long long)step->number,
			lines);
}

static void count_results(struct run *r, const struct step *step)
{
	for (size_t i = 0; i < step->expects_n; i++) {
		r->met += step->expect[i].state == EXPECT_MET;
		r->unknown += step->expect[i].state == EXPECT_UNKNOWN;
	}
}

static void count_events(struct run *r, const struct event_batch *batch)
{
	for (size_t i = 0; batch && i < batch->n; i++)
		r->events[batch->event[i].kind]++;
}

/* What is told once, or never, in a demo whose waits can be seen. */
static void check_events(const struct run *r)
{
	static const struct {
		const char *name;
		enum event_kind kind;
		uint64_t n;
	} row[] = {{"deadlock", EVENT_DEADLOCK, 1}, {"philosophers", EVENT_DEADLOCK, 1},
		{"pipe-eof", EVENT_DEADLOCK, 0}};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (!strcmp(r->name, row[i].name) && !r->unknown)
			assert_int_equal(r->events[row[i].kind], row[i].n);
}

/* Takes a moment; lets a step go on that waits. */
static void advance(struct run *r)
{
	const struct moment *m = sampling_next(r->sampling);

	steps_moment(r->steps, m);
	count_events(r, m->snapshot->events);
	moment_put(m);
	drop_output(r);
	check(r, steps_last(r->steps));
	check(r, steps_now(r->steps));
	if (steps_now(r->steps)->waits)
		steps_go(r->steps);
	if (steps_take_go(r->steps)) {
		check_words(r, steps_now(r->steps));
		check_room(r, steps_last(r->steps), steps_now(r->steps));
		count_results(r, steps_last(r->steps));
		r->steps_n++;
		r->until_ns = clock_monotonic_ns() + STEP_NS;
		launch_go(r->launch);
	}
	r->ended = launch_reap(r->launch, &r->status);
	if (clock_monotonic_ns() > r->until_ns)
		fail_msg("%s, step %llu does not come to its end: %s", r->name,
			(unsigned long long)steps_now(r->steps)->number,
			steps_now(r->steps)->caption);
}

static void every_step_is_measured(void **state)
{
	struct run r = {.name = getenv("TWINTOP_DEMO_NAME"), .sampling = *state};

	begin(&r);
	while (!r.ended || !is_told(steps_now(r.steps)) || !is_told(steps_last(r.steps)))
		advance(&r);
	count_results(&r, steps_last(r.steps));
	count_results(&r, steps_now(r.steps));
	print_message("%s: %llu steps, %llu figures as expected, %llu unknown here\n", r.name,
		(unsigned long long)r.steps_n, (unsigned long long)r.met,
		(unsigned long long)r.unknown);
	check_events(&r);
	assert_true(r.steps_n >= 2);
	assert_true(r.met > 0 || getenv("TWINTOP_DENY"));
	assert_true(WIFEXITED(r.status) && WEXITSTATUS(r.status) == 0);
	steps_free(r.steps);
	launch_free(r.launch);
}

/* By hand, with nobody to wait for, it runs through. */
static void alone_it_runs_through(void **state)
{
	const char *build = getenv("BUILDDIR");
	char command[4300];

	(void)state;
	snprintf(command, sizeof command, "%s/src/demo/%s </dev/null >/dev/null",
		build ? build : ".", getenv("TWINTOP_DEMO_NAME"));
	unsetenv("TWINTOP_STEPS");
	assert_int_equal(system(command), 0);
}

/* Under a sanitizer that makes each look dear, only so many: the others were tried without it. */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 4
#else
#define STRIDE 1
#endif

/* Takes one demo after the other of those that no lane has taken yet; how many failed. */
static int run_lane(atomic_size_t *next)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_step_is_measured, sampling_setup, sampling_teardown),
		cmocka_unit_test(alone_it_runs_through),
	};
	int failed = 0;

	for (size_t i = STRIDE * (*next)++; i < names_n; i = STRIDE * (*next)++) {
		setenv("TWINTOP_DEMO_NAME", name[i], 1);
		failed += cmocka_run_group_tests_name(name[i], tests, NULL, NULL) != 0;
		fflush(NULL); /* what is said of a demo stands together */
	}
	return failed;
}

static void start_lane(atomic_size_t *next)
{
	const pid_t parent = getpid(), lane = fork();
	static char said[1 << 16];

	assert_true(lane >= 0);
	if (lane)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setvbuf(stdout, said, _IOFBF, sizeof said);
	_exit(run_lane(next) != 0);
}

int main(void)
{
	atomic_size_t *next =
		mmap(NULL, sizeof *next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, failed = 0;

	assert_true(next != MAP_FAILED);
	read_names();
	for (int i = 0; i < LANES; i++)
		start_lane(next);
	while (wait(&status) > 0)
		failed += status != 0;
	return failed != 0;
}
