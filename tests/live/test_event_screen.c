/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens while another view is open is in the Overview when one comes back, once, and at a
 * moment of the past as far as it was known then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>

#include "denied.h"
#include "live.h"
#include "sampling.h"
#include "tests/fixtures/play.h"
#include "twintop/base/clock.h"
#include "twintop/model/writers.h"
#include "twintop/sample/sampler.h"

struct fixture {
	struct sampling *sampling;
	struct app *app;
};

static int setup(void **state)
{
	static struct fixture f;
	void *sampling;

	setlocale(LC_ALL, "C.UTF-8");
	sampling_setup(&sampling);
	f.sampling = sampling;
	f.sampling->options.page_cost_permille = 0; /* not paced: sanitizers make reading dear */
	sampling_open(f.sampling);
	f.app = app_new(&(struct app_options){.view = "pages", .delay_ns = SAMPLING_DELAY_NS});
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	void *sampling = f->sampling;

	app_free(f->app);
	return sampling_teardown(&sampling);
}

/* How often the text is on the screen. */
static unsigned occurrences(struct fixture *f, const char *text)
{
	return play_count(f->app, clock_monotonic_ns(), text);
}

static void press(struct fixture *f, const char *keys)
{
	for (; *keys; keys++)
		app_key(f->app, (unsigned char)*keys, clock_monotonic_ns());
}

/* The next moment, which goes into the app. */
static const struct moment *next(struct fixture *f)
{
	unsigned beside, need = app_need(f->app, &beside);
	const struct moment *m;

	source_need(f->sampling->source, need, beside);
	m = sampling_next(f->sampling);
	app_moment(f->app, m);
	return m;
}

static bool tells(const struct moment *m, enum event_kind kind, pid_t pid)
{
	const struct event_batch *events = m->snapshot->events;

	for (size_t i = 0; events && i < events->n; i++)
		if (events->event[i].kind == kind &&
			(events->event[i].pid == pid || events->event[i].other == pid))
			return true;
	return false;
}

/* Moments until one tells of such an event of pid. */
static void until_told(struct fixture *f, enum event_kind kind, pid_t pid)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	bool told = false;

	while (!told) {
		const struct moment *m = next(f);

		told = tells(m, kind, pid);
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

static void what_happened_elsewhere_is_told_once(void **state)
{
	struct fixture *f = *state;
	struct specimen *s = specimen_start("events", NULL);
	char forked[64], ended[64];
	pid_t child;

	assert_int_equal(
		sampler_watch(f->sampling->sampler, specimen_pid(s), SIBLING_NONE, NULL), 0);
	assert_int_equal(sampler_start(f->sampling->sampler), 0);
	moment_put(next(f)); /* what is there by now is no event */
	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	until_told(f, EVENT_FORK, child);
	specimen_say(s, "end 3");
	until_told(f, EVENT_EXIT, child);
	snprintf(forked, sizeof forked, "%d sp_events forked %d", specimen_pid(s), child);
	snprintf(ended, sizeof ended, "%d sp_events ended: exited with 3", child);
	assert_int_equal(occurrences(f, forked), 0);
	press(f, "1");
	assert_int_equal(occurrences(f, forked), 1);
	assert_int_equal(occurrences(f, ended), 1);
	/* The moment that told of the end, and the one before: there it is not known yet. */
	press(f, " [");
	assert_int_equal(occurrences(f, forked), 1);
	assert_int_equal(occurrences(f, ended), 0);
	press(f, "}");
	assert_int_equal(occurrences(f, ended), 2); /* in the footer too */
	press(f, "{");
	assert_int_equal(occurrences(f, forked), 2);
	assert_int_equal(occurrences(f, ended), 0);
	specimen_say(s, "reap");
	specimen_stop(s);
}

/* Whether a moment tells that pages are being copied, or were; by a function of that name. */
static bool tells_writer(const struct moment *m, enum event_kind kind, const char *function)
{
	const struct event_batch *events = m->snapshot->events;

	for (size_t i = 0; events && i < events->n; i++)
		if (events->event[i].kind == kind &&
			text_equal(
				event_name(events, events->event[i].function), text_of(function)))
			return true;
	return false;
}

/* A few pages each look until one of the kind is told. */
static void write_until(struct fixture *f, struct specimen *s, enum event_kind kind, unsigned pages)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS, wrote_ns = 0;
	bool told = false;

	while (!told) {
		const struct moment *m = next(f);

		told = tells_writer(m, kind, "write_pages");
		moment_put(m);
		if (pages && clock_monotonic_ns() - wrote_ns > 200000000u) {
			specimen_say(s, "write heap 1");
			wrote_ns = clock_monotonic_ns();
			pages--;
		}
		assert_true(clock_monotonic_ns() < until);
	}
}

static bool is_judged(struct fixture *f)
{
	const struct moment *m = next(f);
	const struct verdicts *v = m->pair ? m->pair->verdicts : NULL;
	const struct writers *w = m->snapshot->writers;
	bool judged =
		v && value_state_has_value(v->pages_state) && w && value_state_has_value(w->state);

	moment_put(m);
	return judged;
}

/* In Family alone it is heard who copies: what goes on is told while it does, and at its end. */
static void who_copies_is_told_in_family_alone(void **state)
{
	struct fixture *f = *state;
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	struct specimen *s;
	pid_t child;

	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_PERF);
	if (!value_state_has_value(f->sampling->options.access.state[ACCESS_PERF])) {
		print_message("page faults are told to nobody here\n");
		skip();
	}
#ifdef __SANITIZE_THREAD__
	print_message("copies of a process under ThreadSanitizer are seen late, or not at all\n");
	skip();
#endif
	s = specimen_start("life", NULL);
	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	press(f, "9");
	assert_int_equal(sampler_watch(f->sampling->sampler, specimen_pid(s), child, NULL), 0);
	assert_int_equal(sampler_start(f->sampling->sampler), 0);
	while (!is_judged(f))
		assert_true(clock_monotonic_ns() < until);
	write_until(f, s, EVENT_COPYING, 60);
	assert_true(occurrences(f, "pages being copied: ") > 0);
	write_until(f, s, EVENT_COPIES, 0);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_happened_elsewhere_is_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_copies_is_told_in_family_alone, setup, teardown),
	};

	return live_run(tests, NULL, NULL);
}
