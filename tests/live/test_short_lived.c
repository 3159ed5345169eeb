/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Children that live for a millisecond are members of the family that --json tells, with how they
 * ended: by each feed that tells of births and ends, as far as that one can; where they are looked
 * for alone, it says that some may be missed.
 */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "at_once.h"
#include "denied.h"
#include "live.h"
#include "noting.h"
#include "program.h"
#include "reach.h"
#include "twintop/base/clock.h"

#define DEADLINE_NS 60000000000u
#define MANY	    1000 /* 200 a second for five seconds */
#define LISTED	    1024 /* of those that ended, at most */
#define UNSEEN	    "ended before it could be read"

/* A twintop that watches a specimen. */
struct scene {
	struct specimen *specimen;
	struct textbuf text;
	int out, err;
	pid_t twintop;
	json_t *sample; /* the newest */
	json_int_t lost;
};

/* ---- what runs --------------------------------------------------------------- */

/* Holds back items besides those of this run; NULL: none. */
static void deny(const char *more)
{
	const char *names = denied_names();
	char all[256];

	snprintf(all, sizeof all, "%s%s%s", names ? names : "", names && more ? "," : "",
		more ? more : "");
	setenv("TWINTOP_DENY", all, 1);
}

static const char *lifecycle(const struct scene *s, const char *key)
{
	const char *text =
		json_string_value(json_object_get(json_object_get(s->sample, "access"), key));

	return text ? text : "";
}

static void count_lost(struct scene *s)
{
	const json_t *e;
	size_t i;

	json_array_foreach(json_object_get(s->sample, "events"), i, e)
	{
		if (!strcmp(json_string_value(json_object_get(e, "kind")), "lost"))
			s->lost += json_integer_value(json_object_get(e, "count"));
	}
}

static void take_sample(struct scene *s)
{
	json_decref(s->sample);
	s->sample = sample_next(s->out, &s->text);
	count_lost(s);
}

static void begin(struct scene *s, const char *denied_too)
{
	char pid[16], *before = denied_names() ? strdup(denied_names()) : NULL;

	*s = (struct scene){.specimen = specimen_start("brood", NULL)};
	snprintf(pid, sizeof pid, "%d", (int)specimen_pid(s->specimen));
	deny(denied_too);
	s->twintop = program_start((const char *const[]){"twintop", "--json", "-s", "none",
					   "--view", "family", "-n", "0", "-d", "0.3", pid, NULL},
		&s->out, &s->err);
	setenv("TWINTOP_DENY", before ? before : "", 1);
	free(before);
	take_sample(s);
}

static void end(struct scene *s)
{
	program_stop(s->twintop, s->out, s->err);
	textbuf_free(&s->text);
	json_decref(s->sample);
	specimen_stop(s->specimen);
}

static size_t total(const struct scene *s, const char *key)
{
	const json_t *totals = json_object_get(s->sample, "family_totals");

	assert_true(json_is_integer(json_object_get(totals, key)));
	return (size_t)json_integer_value(json_object_get(totals, key));
}

static void take_until_ended(struct scene *s, size_t n)
{
	uint64_t deadline = clock_monotonic_ns() + DEADLINE_NS;

	while (total(s, "ended") < n && clock_monotonic_ns() < deadline)
		take_sample(s);
}

/* ---- what is told -------------------------------------------------------------- */

/* The status of one that ended; -1: unknown. */
static int status_of(const json_t *member)
{
	const json_t *exit = json_object_get(member, "exit");
	const json_t *code = json_object_get(exit, "code"),
		     *signal = json_object_get(exit, "signal");

	if (json_is_integer(signal))
		return (int)json_integer_value(signal);
	return json_is_integer(code) ? (int)json_integer_value(code) << 8 : -1;
}

static bool has_reason(const struct scene *s, const char *reason)
{
	const json_t *gap;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(s->sample, "access"), "unknown"), i, gap)
	{
		if (!strcmp(json_string_value(json_object_get(gap, "reason")), reason))
			return true;
	}
	return false;
}

/* Those of the ended that ended so; each has what was told of it. */
static size_t count_status(const struct scene *s, int status, pid_t parent)
{
	const json_t *m;
	size_t i, n = 0;

	json_array_foreach(json_object_get(s->sample, "family"), i, m)
	{
		if (!json_is_integer(json_object_get(m, "end_ns")) || status_of(m) != status)
			continue;
		if (parent && json_integer_value(json_object_get(m, "ppid")) != parent)
			continue;
		assert_true(json_integer_value(json_object_get(m, "start_ns")) <=
			    json_integer_value(json_object_get(m, "end_ns")));
		assert_non_null(strstr(json_string_value(json_object_get(m, "comm")), "sp_brood"));
		n++;
	}
	return n;
}

/*
 * Of n children those that are listed ended as number i does: i % 200, each tenth by SIGKILL.
 * Returns how many of the ends are unknown.
 */
static size_t check_statuses(const struct scene *s, size_t n, size_t listed)
{
	size_t unknown = count_status(s, -1, 0), known = count_status(s, SIGKILL, 0);

	assert_true(known <= n / 10);
	for (int code = 0; code < 200; code++) {
		size_t of = count_status(s, code << 8, 0), most = 0;

		for (size_t i = 0; i < n; i++)
			most += i % 10 != 9 && (int)(i % 200) == code;
		assert_true(of <= most);
		known += of;
	}
	assert_int_equal(known + unknown, listed);
	return unknown;
}

/* ---- by each feed ---------------------------------------------------------------- */

static void skip_lost(struct scene *s)
{
	if (!s->lost)
		return;
	print_message("skipped: %d events were lost, which was told\n", (int)s->lost);
	end(s);
	skip();
}

/* The kernel tells of what was lost with the next record that it has room for. */
static void take_many(struct scene *s)
{
	take_until_ended(s, MANY);
	if (total(s, "ended") >= MANY || s->lost)
		return;
	specimen_tell(s->specimen, "children 20 1 4");
	for (int i = 0; i < 20; i++)
		take_sample(s);
}

/* Whether how each ended is known, whoever waited for it how soon. */
static bool knows_ends(const char *feed)
{
	return !strcmp(feed, "connector") || may_note_ends();
}

/* What may lack is said, and true. */
static void check_lacks(const struct scene *s, const char *feed)
{
	assert_string_equal(lifecycle(s, "lifecycle"), "exact");
	if (knows_ends(feed))
		assert_string_equal(lifecycle(s, "lifecycle_lacks"), "");
	else
		assert_non_null(strstr(lifecycle(s, "lifecycle_lacks"), "may be unknown"));
}

static void skip_unless(struct scene *s, const char *feed)
{
	if (!strcmp(lifecycle(s, "lifecycle_feed"), feed))
		return;
	print_message("skipped: %s tells here\n", lifecycle(s, "lifecycle_feed"));
	end(s);
	skip();
}

static void check_many(const char *denied_too, const char *feed)
{
	struct scene s;
	size_t unknown, most;

	begin(&s, denied_too);
	skip_unless(&s, feed);
	check_lacks(&s, feed);
	specimen_tell(s.specimen, "children 1000 1 4");
	take_many(&s);
	skip_lost(&s);
	assert_int_equal(total(&s, "ended"), MANY);
	assert_int_equal(total(&s, "not_listed"), 0);
	assert_int_equal(total(&s, "living"), 1);
	unknown = check_statuses(&s, MANY, MANY);
	assert_true(has_reason(&s, UNSEEN));
	if (unknown)
		print_message("%s: how %zu of %d ended is unknown\n", feed, unknown, MANY);
	/* By connector: where a busy machine tells later than an end shows. */
	most = !strcmp(feed, "connector") ? MANY / 100 : knows_ends(feed) ? 0 : MANY / 2;
	assert_true(unknown <= most);
	specimen_heed(s.specimen);
	end(&s);
}

static void by_connector(void *context)
{
	(void)context;
	needs_allowed(ACCESS_EVENTS);
	check_many(NULL, "connector");
}

static void by_connector_for_nobody(void *context)
{
	needs_allowed(ACCESS_EVENTS);
	as_nobody(by_connector, context);
}

static void by_perf(void *context)
{
	(void)context;
	needs_allowed(ACCESS_PERF);
	check_many("events", "perf");
}

static void by_perf_for_nobody(void *context)
{
	needs_allowed(ACCESS_PERF);
	as_nobody(by_perf, context);
}

/* What nobody tells of is looked for: what is told is true, and that some may be missed is said. */
static void some_by_looking(void *context)
{
	struct scene s;
	size_t seen;

	(void)context;
	begin(&s, "events,perf");
	assert_string_equal(lifecycle(&s, "lifecycle_feed"), "poll");
	assert_string_equal(lifecycle(&s, "lifecycle"), "polled");
	assert_non_null(strstr(lifecycle(&s, "lifecycle_lacks"), "short-lived ones may be missed"));
	specimen_say(s.specimen, "children 200 1 4");
	for (int i = 0; i < 6; i++)
		take_sample(&s);
	seen = total(&s, "ended");
	print_message("by looking %zu of 200 were seen\n", seen);
	assert_true(seen < 200);
	check_statuses(&s, 200, seen);
	end(&s);
}

/* ---- others ------------------------------------------------------------------------ */

/* Children of children, who are orphans from their birth on. */
static void check_orphans(const char *denied_too, const char *feed)
{
	struct scene s;
	pid_t pid;

	begin(&s, denied_too);
	pid = specimen_pid(s.specimen);
	skip_unless(&s, feed);
	specimen_tell(s.specimen, "orphans 50 40");
	take_until_ended(&s, 100);
	skip_lost(&s);
	assert_int_equal(total(&s, "ended"), 100);
	assert_true(count_status(&s, 200 << 8, pid) + count_status(&s, -1, pid) >= 50);
	if (knows_ends(feed)) {
		assert_int_equal(count_status(&s, 200 << 8, pid), 50);
		assert_int_equal(count_status(&s, SIGKILL, 0), 5);
		for (int code = 0; code < 50; code++)
			assert_int_equal(count_status(&s, code << 8, 0), code % 10 != 9);
	}
	specimen_heed(s.specimen);
	end(&s);
}

static void orphans_by_connector(void *context)
{
	(void)context;
	needs_allowed(ACCESS_EVENTS);
	check_orphans(NULL, "connector");
}

static void orphans_by_perf(void *context)
{
	(void)context;
	needs_allowed(ACCESS_PERF);
	check_orphans("events", "perf");
}

/* The newest are listed, all are counted. */
static void many_more(void *context)
{
	struct scene s;
	const size_t n = LISTED + 500;

	(void)context;
	needs_allowed(ACCESS_PERF);
	begin(&s, NULL);
	if (strcmp(lifecycle(&s, "lifecycle"), "exact")) {
		end(&s);
		print_message("skipped: nobody tells of births and ends here\n");
		skip();
	}
	specimen_tell(s.specimen, "children 1524 0 1");
	take_until_ended(&s, n);
	skip_lost(&s);
	assert_int_equal(total(&s, "ended"), n);
	assert_int_equal(total(&s, "not_listed"), n - LISTED);
	assert_int_equal(json_array_size(json_object_get(s.sample, "family")), LISTED + 1);
	specimen_heed(s.specimen);
	end(&s);
}

/* ---- in a PID namespace --------------------------------------------------------------- */

static void be_first(void (*body)(void *))
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		_exit(AS_NOBODY_SKIPPED);
	body(NULL);
	fflush(NULL);
	_exit(0);
}

/* Runs the body as the first process of a PID namespace, with a /proc of its own. */
static void in_a_pid_namespace(void (*body)(void *))
{
	int status;
	pid_t pid;

	fflush(NULL);
	reach_open();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (unshare(CLONE_NEWPID | CLONE_NEWNS))
			_exit(AS_NOBODY_SKIPPED);
		pid = fork();
		if (!pid)
			be_first(body);
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == AS_NOBODY_SKIPPED) {
		print_message("skipped: no PID namespace is to be had\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* There the connector is silent, whoever asks. */
static void in_there(void *context)
{
	(void)context;
	check_many(NULL, "perf");
}

static void nobody_in_there(void *context)
{
	(void)context;
	as_nobody(in_there, NULL);
}

static void in_a_namespace(void *context)
{
	(void)context;
	needs_allowed(ACCESS_PERF);
	in_a_pid_namespace(in_there);
}

static void in_a_namespace_for_nobody(void *context)
{
	(void)context;
	needs_allowed(ACCESS_PERF);
	in_a_pid_namespace(nobody_in_there);
}

/* ---- all, a few beside each other ------------------------------------------------------ */

static void each_is_there(void **state)
{
	static void (*const body[])(void *) = {by_connector, by_connector_for_nobody, by_perf,
		by_perf_for_nobody, in_a_namespace, in_a_namespace_for_nobody};

	(void)state;
	at_once(body, sizeof body / sizeof *body);
}

static void so_are_orphans_and_many_and_some_by_looking(void **state)
{
	static void (*const body[])(void *) = {
		orphans_by_connector, orphans_by_perf, many_more, some_by_looking};

	(void)state;
	at_once(body, sizeof body / sizeof *body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_there),
		cmocka_unit_test(so_are_orphans_and_many_and_some_by_looking),
	};

	return live_run(tests, NULL, NULL);
}
