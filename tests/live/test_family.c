/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A and its descendants as --json tells them, held against smaps_rollup and against their frames.
 */
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
#include "guest.h"
#include "kin.h"
#include "live.h"
#include "program.h"
#include "sampling.h"
#include "twintop/base/clock.h"
#include "twintop/model/family.h"
#include "twintop/model/field.h"
#include "twintop/sample/launch.h"

#define WORKERS 4
#define WRITTEN 8 /* pages more than the worker before */

static const char *const living[] = {
	"pid", "w0", "w1", "w2", "w3", "program", "middle", "grandchild"};
#define LIVING (sizeof living / sizeof *living)

static pid_t pid_of(const struct specimen *s, const char *who)
{
	return (pid_t)specimen_number(s, who);
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

static bool text_is(json_t *member, const char *name, const char *text)
{
	const char *has = json_string_value(json_object_get(member, name));

	return has && !strcmp(has, text);
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
		json_t *m = kin_member(sample, pid);

		assert_non_null(m);
		kin_near(kin_number(m, "resident_bytes"), guest_rollup(pid, "Rss:"), page);
		kin_private(pid, kin_number(m, "private_bytes"));
	}
	/* What tells them apart, where their command lines do. */
	assert_true(text_is(kin_member(sample, pid_of(s, "program")), "title", "1000"));
	assert_true(json_is_null(json_object_get(kin_member(sample, pid_of(s, "w1")), "title")));
	for (int i = 0; i < WORKERS; i++) {
		json_t *m = kin_member(sample, pid_of(s, living[i + 1]));
		int64_t copied = kin_number(m, "copied_bytes");

		if (i)
			kin_near(copied - before, WRITTEN * page, 2 * page);
		before = copied;
		assert_true(kin_number(m, "shared_bytes") + kin_number(m, "private_bytes") <=
			    kin_number(m, "resident_bytes"));
	}
}

static void check_others(const struct specimen *s, json_t *sample)
{
	json_t *m = kin_member(sample, pid_of(s, "ended"));

	assert_true(text_is(m, "state", "Z"));
	assert_true(text_is(m, "role", "worker"));
	assert_true(json_is_integer(json_object_get(m, "end_ns")));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(m, "exit"), "code")), 7);
	assert_true(json_is_null(json_object_get(m, "resident_bytes")));
	m = kin_member(sample, pid_of(s, "program"));
	assert_true(text_is(m, "comm", "sleep"));
	assert_true(text_is(m, "role", "program"));
	assert_true(json_is_null(json_object_get(m, "shared_bytes")));
	assert_true(json_is_null(json_object_get(m, "copied_bytes")));
	m = kin_member(sample, pid_of(s, "grandchild"));
	assert_int_equal(kin_number(m, "ppid"), pid_of(s, "middle"));
	assert_true(json_is_null(json_object_get(m, "end_ns")));
	assert_int_equal(json_array_size(json_object_get(sample, "family")), LIVING + 1);
}

static void check_family(void *context)
{
	struct specimen *s = specimen_start("family", NULL);
	json_t *sample;

	(void)context;
	send_all(s, SIGSTOP);
	sample = kin_counted(pid_of(s, "pid"));
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
	assert_int_equal(kin_number(json_array_get(json_object_get(sample, "family"), 0), "pid"),
		pid_of(s, "pid"));
	assert_non_null(kin_member(sample, pid_of(s, "w3")));
	json_decref(sample);
	specimen_stop(s);
}

/* ---- frames --------------------------------------------------------------- */

static void the_true_sum_counts_each_frame_once(void **state)
{
	struct specimen *s;
	int64_t page = sysconf(_SC_PAGESIZE);
	uint64_t frames, pages;
	pid_t pid[LIVING];
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
	sample = kin_counted(pid_of(s, "pid"));
	totals = json_object_get(sample, "family_totals");
	for (size_t i = 0; i < LIVING; i++)
		pid[i] = pid_of(s, living[i]);
	guest_frames(pid, LIVING, &frames, &pages);
	kin_near(kin_number(totals, "resident_bytes"), (int64_t)pages * page, page);
	kin_near(kin_number(totals, "distinct_bytes"), (int64_t)frames * page, page);
	assert_true(kin_number(totals, "distinct_bytes") < kin_number(totals, "resident_bytes"));
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

/* Whether the middle one is told as ended, and its child as somebody else's. */
static bool is_orphaned(const struct specimen *s, json_t *sample)
{
	json_t *middle = kin_member(sample, pid_of(s, "middle"));
	json_t *orphan = kin_member(sample, pid_of(s, "grandchild"));

	assert_non_null(middle);
	assert_non_null(orphan);
	return text_is(middle, "state", "X") &&
	       json_is_integer(json_object_get(middle, "end_ns")) &&
	       text_is(orphan, "role", "orphan") && kin_number(orphan, "ppid") == pid_of(s, "pid");
}

static void the_dead_and_orphans_stay(void **state)
{
	struct specimen *s = specimen_start("family", NULL);
	struct textbuf text = {0};
	char pid[16];
	int out, err, seen = 0;
	pid_t twintop;

	(void)state;
	snprintf(pid, sizeof pid, "%d", (int)pid_of(s, "pid"));
	twintop = program_start(
		(const char *const[]){"twintop", "--json", "-n", "0", "-d", "0.1", pid, NULL}, &out,
		&err);
	for (int i = 0; i < 200 && seen < 3; i++) {
		json_t *sample = sample_next(out, &text);

		if (i == 0)
			specimen_say(s, "orphan");
		seen += is_orphaned(s, sample);
		json_decref(sample);
	}
	assert_int_equal(seen, 3);
	program_stop(twintop, out, err);
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
		kin_number(member, "pid") == pid &&
		json_is_integer(json_object_get(member, "end_ns"));
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
		json_t *sample = sample_next(out, &text);

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
	program_stop(twintop, out, err);
	textbuf_free(&text);
	specimen_stop(s);
}

/* ---- how well sharing pays ------------------------------------------------------ */

/* Per cent of what A had that its child shares, and pages, once that is known and what it shares in
 * all is not what it was. */
static double efficiency(struct sampling *f, pid_t child, uint64_t *shared, uint64_t *ret_kept)
{
	const struct field *field = field_find("member.efficiency_percent");
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	double percent = -1;

	while (percent < 0) {
		const struct moment *m = sampling_next(f);
		const struct family *family = m->snapshot->family;

		for (size_t i = 0; family && i < family->n; i++) {
			struct record r = {.moment = m, .kind = RECORD_MEMBER, .index = i};
			struct value v = field->get(&r);

			if (family->member[i].id.pid != child || !value_state_has_value(v.state) ||
				family->member[i].pages.shared + family->member[i].pages.copied ==
					*shared)
				continue;
			*shared = family->member[i].pages.shared + family->member[i].pages.copied;
			percent = v.real;
			*ret_kept = family->member[i].pages.kept;
		}
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	return percent;
}

static bool knows_family(struct sampling *f)
{
	const struct moment *m = sampling_next(f);
	const struct family *family = m->snapshot->family;
	bool knows = family && family->n && family->member[0].pages.state == VALUE_KNOWN;

	moment_put(m);
	return knows;
}

/* Shared memory and files that are touched after the fork are no gain and no loss; copies are. */
static void sharing_pays_by_what_fork_shared(void **state)
{
	struct specimen *s;
	struct sampling *f;
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS, shared = 0, kept, now;
	double first, then, sixty;
	pid_t child;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	s = specimen_start("life", NULL);
	f = sampling_make();
	sampling_begin(f, pid_of(s, "pid"), SIBLING_NONE);
	while (!knows_family(f))
		assert_true(clock_monotonic_ns() < until);
	clock_sleep_ns(50000000); /* birth is told by clock ticks */
	specimen_say(s, "fork");
	child = pid_of(s, "child");
	first = efficiency(f, child, &shared, &kept);
	assert_true(first > 85 && first <= 100);
	assert_true(kept > 60);
	sixty = 60 * first / (double)kept; /* pages, of a hundred of what it had */
	specimen_say(s, "write shared 60");
	then = efficiency(f, child, &shared, &now);
	assert_true(then > first - 2 && then < first + 2);
	specimen_say(s, "write anon 60");
	for (; then > first - 0.9 * sixty || now > kept - 60;
		assert_true(clock_monotonic_ns() < until)) {
		shared = 0;
		then = efficiency(f, child, &shared, &now);
	}
	sampling_unmake(f);
	specimen_stop(s);
}

/* ---- A and B have ended, and others live on ---------------------------------- */

/* The living member of that number as it is from moment to moment until it has ended; how many
 * different counts of pages of its own were seen of it while both sides had ended. */
static size_t counts_until_end(struct sampling *f, pid_t pid, int signal)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS, own = 0;
	size_t counts = 0;
	bool ended = false;

	while (!ended) {
		const struct moment *m = sampling_next(f);
		const struct snapshot *s = m->snapshot;
		bool over = s->sides == 2 && s->side[0].ending.ended && s->side[1].ending.ended;

		for (size_t i = 0; s->family && over && i < s->family->n; i++) {
			const struct member *at = &s->family->member[i];

			if (at->id.pid != pid)
				continue;
			ended = at->ended;
			if (ended || at->pages.state != VALUE_KNOWN || at->pages.own == own)
				continue;
			own = at->pages.own;
			kill(pid, ++counts == 1 && signal ? signal : SIGKILL);
		}
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	return counts;
}

static void watch_until_both_end(
	struct specimen *s, struct sampling *f, const char *a, const char *b)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	bool seen = false;

	sampling_begin(f, pid_of(s, a), pid_of(s, b));
	while (!seen) {
		const struct moment *m = sampling_next(f);

		seen = m->snapshot->family && m->snapshot->family->n > LIVING;
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	kill(pid_of(s, b), SIGKILL);
	kill(pid_of(s, a), SIGKILL);
}

/* Two workers that nobody waits for: another one writes, and ends. */
static void a_family_outlives_those_who_are_watched(void **state)
{
	struct specimen *s;
	struct sampling *f;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	s = specimen_start("family", NULL);
	f = sampling_make();
	watch_until_both_end(s, f, "w0", "w1");
	assert_true(counts_until_end(f, pid_of(s, "w2"), SIGUSR1) >= 2);
	sampling_unmake(f);
	specimen_stop(s);
}

/* The first of the family and one of its children, with whom all but an orphan end. */
static void an_orphan_is_read_when_all_before_it_are_gone(void **state)
{
	struct specimen *s;
	struct sampling *f;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	s = specimen_start("family", NULL);
	f = sampling_make();
	watch_until_both_end(s, f, "pid", "middle");
	waitpid(pid_of(s, "pid"), NULL, 0);
	assert_true(counts_until_end(f, pid_of(s, "grandchild"), 0) >= 1);
	sampling_unmake(f);
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
	int out, err;
	pid_t twintop;
	bool exact = true, seen = false;

	(void)state;
	snprintf(pid, sizeof pid, "%d", (int)pid_of(s, "pid"));
	twintop = program_start(
		(const char *const[]){"twintop", "--json", "-n", "0", "-d", "0.1", pid, NULL}, &out,
		&err);
	for (int i = 0; i < 200 && exact && !seen; i++) {
		json_t *sample = sample_next(out, &text);
		json_t *access = json_object_get(sample, "access");

		exact = !strcmp(json_string_value(json_object_get(access, "lifecycle")), "exact");
		if (i == 0)
			specimen_tell(s, "children 10 600");
		seen = has_ends(sample, 5);
		json_decref(sample);
	}
	program_stop(twintop, out, err);
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

/* Whether that one is told of as a member that has not ended. */
static bool runs_on(const struct family *f, pid_t pid)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->member[i].id.pid == pid && !f->member[i].ended)
			return true;
	return false;
}

/* The last moment that is told of a short program with children. */
static const struct moment *last_of_program(uint64_t until)
{
	char sh[] = "/bin/sh", c[] = "-c", *argv[] = {sh, c, NULL, NULL};
	char script[] = "(exit 1); (exit 2); (exit 3); sleep 0.1 & (exit 4); wait";
	struct sampling *f;
	const struct moment *last = NULL, *m;
	struct launch *launch;

	argv[2] = script;
	assert_int_equal(launch_start(argv, "dumb", 80, 24, &launch), 0);
	f = sampling_make();
	f->options.until_end = f->options.whole = true;
	sampling_begin(f, launch_pid(launch), SIBLING_NONE);
	assert_int_equal(launch_release(launch), 0);
	while (!source_done(f->source)) {
		int status;

		if (launch_reap(launch, &status))
			source_reaped(f->source, launch_pid(launch), status);
		m = source_wait(f->source, 100000000u);
		if (m) {
			moment_put(last);
			last = m;
		}
		assert_true(clock_monotonic_ns() < until);
	}
	assert_non_null(last);
	sampling_unmake(f);
	launch_free(launch);
	return last;
}

/* Whether a moment's family was read behind all ends that it tells of. */
static bool is_read_behind(const struct snapshot *s)
{
	uint64_t read_ns = s->monotonic_ns - part_age(s, PART_FAMILY, 0).ns;

	for (size_t i = 0; s->events && i < s->events->n; i++)
		if (s->events->event[i].kind == EVENT_EXIT &&
			s->events->event[i].monotonic_ns > read_ns)
			return false;
	return s->family != NULL;
}

/*
 * Who ended by an event of a program's last moment does not run as a member. On a busy machine it
 * may be over before its family was read, or read again: then it is watched anew.
 */
static void the_last_moment_agrees_with_itself(void **state)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	const struct moment *last = last_of_program(until);

	(void)state;
	while (!is_read_behind(last->snapshot)) {
		moment_put(last);
		last = last_of_program(until);
	}
	for (size_t i = 0; last->snapshot->events && i < last->snapshot->events->n; i++) {
		const struct event *e = &last->snapshot->events->event[i];

		if (e->kind == EVENT_EXIT)
			assert_false(runs_on(last->snapshot->family, e->pid));
	}
	moment_put(last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_those_of_smaps),
		cmocka_unit_test(so_they_are_for_an_ordinary_user),
		cmocka_unit_test(a_worker_leads_to_its_family),
		cmocka_unit_test(a_program_that_is_launched_begins_a_family),
		cmocka_unit_test(the_last_moment_agrees_with_itself),
		cmocka_unit_test(the_true_sum_counts_each_frame_once),
		cmocka_unit_test(what_may_not_be_read_has_its_reason),
		cmocka_unit_test(the_dead_and_orphans_stay),
		cmocka_unit_test(a_family_outlives_its_first_one),
		cmocka_unit_test(sharing_pays_by_what_fork_shared),
		cmocka_unit_test(a_family_outlives_those_who_are_watched),
		cmocka_unit_test(an_orphan_is_read_when_all_before_it_are_gone),
		cmocka_unit_test(who_was_waited_for_has_ended_as_was_told),
	};

	return live_run(tests, NULL, NULL);
}
