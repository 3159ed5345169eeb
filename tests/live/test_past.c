/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A specimen beside its own past: what it did in between is known, and told. */
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
#include "sampling.h"
#include "twintop/base/clock.h"
#include "twintop/compare/past.h"

struct pose {
	struct specimen *specimen;
	struct sampling *sampling;
	struct past *past;
	struct fault_trace faults;
	const struct moment *then, *now, *both; /* references */
};

/* Whether all of A was read after that. */
static bool is_after(const struct moment *m, uint64_t ns)
{
	static const enum part_kind kinds[] = {
		PART_PROCESS, PART_THREADS, PART_MAPPINGS, PART_PAGES, PART_FDS};
	const struct side *a = &m->snapshot->side[0];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const struct part *part = a->part[kinds[i]];
		uint64_t read_ns = a->read_ns[kinds[i]];

		if (!part || (read_ns ? read_ns : part->begin_ns) < ns)
			return false;
	}
	return a->pages->memory == a->memory && m->snapshot->faults;
}

/* The first moment that was read as a whole from now on. */
static const struct moment *fresh(struct pose *p)
{
	uint64_t now = clock_monotonic_ns(), until = now + SAMPLING_BOUND_NS;

	for (;;) {
		const struct moment *m = sampling_next(p->sampling);

		fault_trace_add(&p->faults, m->snapshot);
		if (is_after(m, now))
			return m;
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

static void pose_begin(struct pose *p, struct sampling *sampling)
{
	*p = (struct pose){
		.specimen = specimen_start("past", NULL), .sampling = sampling, .past = past_new()};
	sampling_begin(sampling, specimen_pid(p->specimen), SIBLING_NONE);
	p->then = fresh(p);
	/* What is told of faults lags behind: so it does of what was before. */
	moment_put(p->then);
	p->then = fresh(p);
}

/* A now beside A then. */
static const struct pair *pose_look(struct pose *p)
{
	moment_put(p->now);
	moment_put(p->both);
	p->now = fresh(p);
	assert_true(past_fits(p->now, p->then));
	p->both = past_beside(p->past, p->now, p->then, &p->faults);
	assert_int_equal(p->both->pair->relation, RELATION_OWN_PAST);
	return p->both->pair;
}

static void pose_end(struct pose *p)
{
	moment_put(p->then);
	moment_put(p->now);
	moment_put(p->both);
	fault_trace_clear(&p->faults);
	past_free(p->past);
	specimen_stop(p->specimen);
}

/* Where nobody may read pages there is nothing to try. */
static void need_pages(struct pose *p)
{
	if (page_map_known(p->then->snapshot->side[0].pages))
		return;
	pose_end(p);
	print_message("needs /proc/PID/pagemap\n");
	skip();
}

/* The row of the array. */
static const struct pair_mapping *array_row(const struct pose *p)
{
	uint64_t address = specimen_number(p->specimen, "array");
	const struct verdicts *v = p->both->pair->verdicts;

	for (size_t i = 0; i < v->mappings_n; i++)
		if (v->mapping[i].start <= address && address < v->mapping[i].end)
			return &v->mapping[i];
	fail_msg("the array is in no row");
	return NULL;
}

/* So many of its pages have each verdict. */
static void count_array(const struct pose *p, uint64_t count[PAGE_VERDICTS])
{
	uint64_t at = specimen_number(p->specimen, "array"),
		 page = specimen_number(p->specimen, "page");

	memset(count, 0, PAGE_VERDICTS * sizeof *count);
	for (uint64_t i = 0; i < specimen_number(p->specimen, "pages"); i++)
		count[verdicts_at(p->both->pair->verdicts, at + i * page)]++;
}

static bool has_frames(const struct pose *p)
{
	return p->now->snapshot->side[0].pages->frames_known;
}

/* ---- memory ------------------------------------------------------------------ */

static void pages_that_are_copied_dropped_or_new(void **state)
{
	uint64_t count[PAGE_VERDICTS], all;
	struct pose p;

	pose_begin(&p, *state);
	need_pages(&p);
	all = specimen_number(p.specimen, "pages");
	pose_look(&p);
	count_array(&p, count);
	assert_int_equal(count[has_frames(&p) ? PAGE_VERDICT_KEPT : PAGE_VERDICT_UNTOLD], all);
	/* The child holds the frames of then: what is written goes to others. */
	specimen_say(p.specimen, "fork");
	specimen_say(p.specimen, "write 20");
	specimen_say(p.specimen, "end");
	pose_look(&p);
	count_array(&p, count);
	if (has_frames(&p)) {
		assert_int_equal(count[PAGE_VERDICT_REPLACED], 20);
		assert_int_equal(count[PAGE_VERDICT_KEPT] + count[PAGE_VERDICT_FAULTED], all - 20);
		assert_int_equal(array_row(&p)->state, ROW_DIVERGED);
	} else {
		assert_int_equal(count[PAGE_VERDICT_UNTOLD] + count[PAGE_VERDICT_FAULTED], all);
		assert_non_null(verdicts_hide(p.both->pair->verdicts,
			&p.both->pair->verdicts->pages, PAGE_VERDICT_REPLACED));
	}
	specimen_say(p.specimen, "drop 5");
	pose_look(&p);
	count_array(&p, count);
	assert_int_equal(count[PAGE_VERDICT_GONE], 5);
	pose_end(&p);
}

/* Written in place once nobody else has them: the frame stays, and the fault alone tells. */
static void a_fault_tells_of_a_write_in_place(void **state)
{
	uint64_t count[PAGE_VERDICTS];
	const struct fault_watch *watch;
	struct pose p;

	pose_begin(&p, *state);
	need_pages(&p);
	specimen_say(p.specimen, "fork");
	specimen_say(p.specimen, "end");
	moment_put(p.then);
	p.then = fresh(&p);
	specimen_say(p.specimen, "write 12");
	for (unsigned i = 0; i < 3; i++) /* what is told comes a little later */
		pose_look(&p);
	watch = fault_watch_of(p.now->snapshot->faults, specimen_pid(p.specimen));
	count_array(&p, count);
	if (!watch || !value_state_has_value(watch->state)) {
		assert_non_null(p.both->pair->verdicts->faults_gap);
		assert_int_equal(count[PAGE_VERDICT_FAULTED], 0);
	} else {
		assert_null(p.both->pair->verdicts->faults_gap);
		assert_int_equal(count[PAGE_VERDICT_FAULTED], 12);
	}
	pose_end(&p);
}

static void a_heap_that_grows_and_a_mapping_that_comes_and_goes(void **state)
{
	const struct verdicts *v;
	uint64_t page, rows = 0;
	const char *reason;
	int64_t by;
	struct pose p;

	pose_begin(&p, *state);
	need_pages(&p);
	page = specimen_number(p.specimen, "page");
	specimen_say(p.specimen, "grow 33");
	specimen_say(p.specimen, "map 17");
	v = pose_look(&p)->verdicts;
	assert_true(v->pages.came >= 33 + 17);
	assert_true(past_grew(p.both, &past_growth_table[0], &by, &reason));
	assert_int_equal(by, (33 + 17) * page);
	/* From there on it goes: whatever it was merged with stays. */
	moment_put(p.then);
	p.then = moment_get(p.now);
	specimen_say(p.specimen, "unmap");
	v = pose_look(&p)->verdicts;
	assert_int_equal(v->pages.gone, 17);
	for (size_t i = 0; i < v->mappings_n; i++)
		rows += v->mapping[i].a < 0 || v->mapping[i].pages.gone;
	assert_int_equal(rows, 1);
	pose_end(&p);
}

/* ---- descriptors and threads ------------------------------------------------- */

/* Descriptors that only one side has. */
static size_t fds_of_one(const struct pair *p, unsigned side)
{
	size_t n = 0;

	for (size_t i = 0; i < p->fds_n; i++)
		n += (side ? p->fd[i].a : p->fd[i].b) < 0;
	return n;
}

static void descriptors_that_leak(void **state)
{
	const struct pair *pair;
	size_t as_then;
	struct pose p;

	pose_begin(&p, *state);
	specimen_say(p.specimen, "leak 7");
	pair = pose_look(&p);
	assert_int_equal(fds_of_one(pair, 0), 7);
	assert_int_equal(fds_of_one(pair, 1), 0);
	moment_put(p.then);
	p.then = moment_get(p.now);
	specimen_say(p.specimen, "close");
	pair = pose_look(&p);
	assert_int_equal(fds_of_one(pair, 0), 0);
	assert_int_equal(fds_of_one(pair, 1), 1);
	/* One number, another thing: it was closed, and another one opened. */
	specimen_say(p.specimen, "turn");
	pair = pose_look(&p);
	assert_int_equal(fds_of_one(pair, 0), 1);
	assert_int_equal(fds_of_one(pair, 1), 2);
	moment_put(p.then);
	p.then = moment_get(p.now);
	/* One number, the same thing opened anew: nobody can tell. */
	specimen_say(p.specimen, "leak 1");
	pose_look(&p);
	moment_put(p.then);
	p.then = moment_get(p.now);
	specimen_say(p.specimen, "again");
	pair = pose_look(&p);
	as_then = p.now->snapshot->side[0].fds->n;
	assert_int_equal(pair->fds_n, as_then);
	for (size_t i = 0; i < pair->fds_n; i++)
		assert_true(pair->fd[i].relation == FD_SAME_OBJECT ||
			    pair->fd[i].relation == FD_SAME_KIND);
	pose_end(&p);
}

static size_t threads_of_one(const struct pair *p, unsigned side)
{
	size_t n = 0;

	for (size_t i = 0; i < p->threads_n; i++)
		n += (side ? p->thread[i].a : p->thread[i].b) < 0;
	return n;
}

static void threads_that_come_and_go(void **state)
{
	const struct pair *pair;
	struct pose p;

	pose_begin(&p, *state);
	specimen_say(p.specimen, "start 5");
	pair = pose_look(&p);
	assert_int_equal(threads_of_one(pair, 0), 5);
	assert_int_equal(threads_of_one(pair, 1), 0);
	moment_put(p.then);
	p.then = moment_get(p.now);
	specimen_say(p.specimen, "join");
	specimen_say(p.specimen, "join");
	specimen_say(p.specimen, "start 1");
	pair = pose_look(&p);
	assert_int_equal(threads_of_one(pair, 0), 1);
	assert_int_equal(threads_of_one(pair, 1), 2);
	pose_end(&p);
}

/* ---- the program ------------------------------------------------------------- */

static void by_the_command_line(void **state)
{
	struct specimen *s = specimen_start("past", NULL);
	char pid[16];
	const char *const argv[] = {
		"twintop", "--json", "--against", "0.4", "-d", "0.05", pid, NULL};
	json_t *sample, *pair, *past;

	(void)state;
	snprintf(pid, sizeof pid, "%d", (int)specimen_pid(s));
	sample = sample_by(argv);
	pair = json_object_get(sample, "pair");
	past = json_object_get(pair, "past");
	assert_string_equal(json_string_value(json_object_get(pair, "relation")), "own_past");
	assert_true(json_integer_value(json_object_get(past, "age_ns")) >= 400000000);
	assert_int_equal(json_array_size(json_object_get(sample, "processes")), 2);
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(pair, "since"), "fds_opened")), 0);
	assert_true(json_is_null(json_object_get(pair, "channels")));
	json_decref(sample);
	specimen_stop(s);
}

/* Records a specimen for a little while. */
static void record(const char *file, const char *pid)
{
	const char *const argv[] = {"twintop", "--headless", "-o", file, "-n", "5", "-d", "0.05",
		"-s", "none", pid, NULL};
	struct run run = program_run(argv);

	program_expect(&run, 0);
	program_run_free(&run);
}

static void two_recordings_side_by_side(void **state)
{
	struct specimen *s = specimen_start("past", NULL);
	char folder[] = "/tmp/twintop-past.XXXXXX", file[2][40], pid[16];
	const char *const argv[] = {
		"twintop", "replay", file[1], file[0], "--json", "-n", "1", NULL};
	json_t *sample, *pair, *more;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(pid, sizeof pid, "%d", (int)specimen_pid(s));
	for (unsigned i = 0; i < 2; i++)
		snprintf(file[i], sizeof file[i], "%s/%u", folder, i);
	record(file[0], pid);
	specimen_say(s, "start 2");
	specimen_say(s, "map 50");
	record(file[1], pid);
	sample = sample_by(argv);
	pair = json_object_get(sample, "pair");
	more = json_object_get(pair, "more");
	assert_string_equal(json_string_value(json_object_get(pair, "relation")), "two_recordings");
	assert_int_equal(json_integer_value(json_object_get(more, "threads")), 2);
	assert_true(json_integer_value(json_object_get(more, "vm_bytes")) >=
		    50 * (int64_t)specimen_number(s, "page"));
	assert_true(json_is_null(json_object_get(pair, "pages")));
	assert_true(json_integer_value(
			    json_object_get(json_object_get(pair, "other"), "page_size")) > 0);
	json_decref(sample);
	unlink(file[0]);
	unlink(file[1]);
	rmdir(folder);
	specimen_stop(s);
}

/* One that ends before so much time has gone by is beside the oldest there is. */
static void one_that_ends_too_soon(void **state)
{
	static const char *const argv[] = {
		"twintop", "--json", "--against", "60", "-d", "0.05", "--", "sleep", "2", NULL};
	json_t *sample = sample_by(argv), *pair = json_object_get(sample, "pair");
	int64_t age = json_integer_value(json_object_get(json_object_get(pair, "past"), "age_ns"));

	(void)state;
	assert_string_equal(json_string_value(json_object_get(pair, "relation")), "own_past");
	assert_in_range(age, 1, 60000000000);
	json_decref(sample);
}

/* One that ends within a moment or two is told of, with a past or with the reason why not. */
static void one_that_ends_at_once(void **state)
{
	static const char *const argv[] = {
		"twintop", "--json", "--against", "60", "--", "true", NULL};
	json_t *sample = sample_by(argv);
	const json_t *exit_ =
		json_object_get(json_array_get(json_object_get(sample, "processes"), 0), "exit");

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(exit_, "code")), 0);
	json_decref(sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			pages_that_are_copied_dropped_or_new, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			a_fault_tells_of_a_write_in_place, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(a_heap_that_grows_and_a_mapping_that_comes_and_goes,
			sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			descriptors_that_leak, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			threads_that_come_and_go, sampling_setup, sampling_teardown),
		cmocka_unit_test(by_the_command_line),
		cmocka_unit_test(two_recordings_side_by_side),
		cmocka_unit_test(one_that_ends_too_soon),
		cmocka_unit_test(one_that_ends_at_once),
	};

	return live_run(tests, NULL, NULL);
}
