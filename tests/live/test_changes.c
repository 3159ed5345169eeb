/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that do one thing at a time, as moments tell of it: mappings, descriptors, actions of
 * signals and copies of pages. Each is told once, with what it is, and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "denied.h"
#include "live.h"
#include "sampling.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/model/writers.h"

struct watched {
	struct sampling *sampling;
	struct specimen *specimen;
	pid_t pid, child;
	VEC(const struct event_batch *) batches; /* references */
	bool witnessed;				 /* B's page faults are told */
};

/* What is looked for; 0 and NULL: whatever it is. */
struct wanted {
	enum event_kind kind;
	pid_t pid;
	uint64_t count, bytes;
	int signal;
	const char *name, *before, *function; /* what each holds */
};

static bool holds(struct text text, const char *part)
{
	return !part || (text.bytes && memmem(text.bytes, text.len, part, strlen(part)));
}

static bool is_wanted(
	const struct event_batch *batch, const struct event *e, const struct wanted *w)
{
	return e->kind == w->kind && (!w->pid || e->pid == w->pid) &&
	       (!w->count || e->count == w->count) && (!w->bytes || e->bytes == w->bytes) &&
	       (!w->signal || e->signal == w->signal) &&
	       holds(event_name(batch, e->name), w->name) &&
	       holds(event_name(batch, e->before), w->before) &&
	       holds(event_name(batch, e->function), w->function);
}

static size_t count(const struct watched *w, const struct wanted *wanted)
{
	size_t n = 0;

	for (size_t i = 0; i < w->batches.n; i++)
		for (size_t k = 0; k < w->batches.item[i]->n; k++)
			n += is_wanted(w->batches.item[i], &w->batches.item[i]->event[k], wanted);
	return n;
}

static void print_all(const struct watched *w)
{
	struct textbuf b = {0};

	for (size_t i = 0; i < w->batches.n; i++)
		for (size_t k = 0; k < w->batches.item[i]->n; k++) {
			textbuf_clear(&b);
			event_sentence(w->batches.item[i], &w->batches.item[i]->event[k], &b);
			print_error("told: %s\n", b.bytes);
		}
	textbuf_free(&b);
}

static void take(struct watched *w)
{
	const struct moment *m = sampling_next(w->sampling);

	if (m->snapshot->events)
		VEC_PUSH(&w->batches, part_get(m->snapshot->events));
	moment_put(m);
}

/* Waits until it was told so often, and that it is not more often. */
static void expect(struct watched *w, size_t n, struct wanted wanted)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;

	while (count(w, &wanted) < n && clock_monotonic_ns() < until)
		take(w);
	if (count(w, &wanted) != n)
		print_all(w);
	assert_int_equal(count(w, &wanted), n);
}

static bool pages_judged(const struct moment *m)
{
	return m->pair && m->pair->verdicts &&
	       value_state_has_value(m->pair->verdicts->pages_state);
}

static bool parts_read(const struct moment *m)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct side *side = &m->snapshot->side[i];

		if (m->snapshot->sides < 2 || !side->memory || !side->fds || !side->info)
			return false;
	}
	return denied(ACCESS_PAGEMAP) || denied(ACCESS_KCMP) || pages_judged(m);
}

static void begin(struct watched *w, struct specimen *s)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	bool read = false;

	*w = (struct watched){.sampling = sampling_make(), .specimen = s, .pid = specimen_pid(s)};
	specimen_say(s, "fork");
	w->child = (pid_t)specimen_number(s, "child");
	sampling_begin(w->sampling, w->pid, w->child);
	while (!read) {
		const struct moment *m = sampling_next(w->sampling);

		read = parts_read(m);
		w->witnessed =
			m->snapshot->writers && value_state_has_value(m->snapshot->writers->state);
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

static void end(struct watched *w)
{
	for (size_t i = 0; i < w->batches.n; i++)
		part_put(w->batches.item[i]);
	VEC_FREE(&w->batches);
	assert_int_equal(sampling_unmake(w->sampling), 0);
}

/* ---- each thing by itself -------------------------------------------------------- */

static void opens_and_closes(struct watched *w)
{
	const struct wanted opened = {.kind = EVENT_OPENED, .pid = w->pid},
			    closed = {.kind = EVENT_CLOSED, .pid = w->pid};

	specimen_say(w->specimen, "open 3");
	expect(w, 3, opened);
	expect(w, 3, (struct wanted){.kind = EVENT_OPENED, .name = "/dev/null", .count = 1});
	specimen_say(w->specimen, "close");
	expect(w, 3, closed);
	/* Many are told as few: all at once where no look falls in between. */
	specimen_say(w->specimen, "open 1000");
	while (count(w, &opened) < 4)
		take(w);
	specimen_say(w->specimen, "close");
	while (count(w, &closed) < 4)
		take(w);
	for (int i = 0; i < 10; i++)
		take(w);
	assert_in_range(count(w, &opened), 4, 8);
	assert_in_range(count(w, &closed), 4, 8);
	assert_int_equal(
		count(w, &(const struct wanted){.kind = EVENT_OPENED, .pid = w->child}), 0);
}

static void maps_and_unmaps(struct watched *w)
{
	const struct wanted mapped = {.kind = EVENT_MAPPED, .pid = w->pid},
			    unmapped = {.kind = EVENT_UNMAPPED, .pid = w->pid};

	specimen_say(w->specimen, "map 1");
	expect(w, 1, (struct wanted){.kind = EVENT_MAPPED, .pid = w->pid, .bytes = 4096});
	specimen_say(w->specimen, "grow");
	specimen_say(w->specimen, "unmap");
	expect(w, 1, unmapped);
	for (int i = 0; i < 10; i++)
		take(w);
	if (count(w, &mapped) != 1)
		print_all(w);
	assert_int_equal(count(w, &mapped), 1);
	assert_int_equal(count(w, &unmapped), 1);
}

static void sets_a_signal(struct watched *w)
{
	static const char *const order[] = {"act 10 caught", "act 10 ignored", "act 10 default"};
	static const char *const from[] = {"default", "caught", "ignored"};
	static const char *const to[] = {"caught", "ignored", "default"};

	for (size_t i = 0; i < 3; i++) {
		specimen_say(w->specimen, order[i]);
		expect(w, 1,
			(struct wanted){.kind = EVENT_SIGNAL_ACTION,
				.pid = w->pid,
				.count = 1,
				.signal = SIGUSR1,
				.name = to[i],
				.before = from[i]});
		expect(w, i + 1, (struct wanted){.kind = EVENT_SIGNAL_ACTION});
	}
}

/* Two bursts, with a second of quiet between; by whom is told where frames are. */
static void writes_in_two_bursts(struct watched *w)
{
	bool exact = w->sampling->options.access.state[ACCESS_FRAMES] == VALUE_KNOWN;
	struct wanted first = {.kind = EVENT_COPIES, .pid = exact ? w->child : 0}, second = first;

	specimen_say(w->specimen, "write heap 5");
	specimen_say(w->specimen, "write data 3");
	first.name = "5 of heap, 3 of data";
	expect(w, 1, first);
	specimen_say(w->specimen, "write anon 7");
	second.name = "7 of anonymous";
	expect(w, 1, second);
	if (exact) {
		first.count = 8;
		second.count = 7;
		expect(w, 1, first);
		expect(w, 1, second);
		expect(w, 2, (struct wanted){.kind = EVENT_COPIES, .pid = w->child});
	}
	if (exact && w->witnessed) {
		first.function = "write_pages";
		expect(w, 1, first);
	}
}

/* Moments until that one; its events are kept. */
static void take_until(
	struct watched *w, bool (*is_it)(const struct moment *m), bool *ret_fork_seen)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	bool found = false;

	while (!found) {
		const struct moment *m = sampling_next(w->sampling);

		found = is_it(m);
		*ret_fork_seen = found && m->pair && m->pair->verdicts->fork_seen;
		if (m->snapshot->events)
			VEC_PUSH(&w->batches, part_get(m->snapshot->events));
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

static bool a_is_read(const struct moment *m)
{
	return page_map_known(m->snapshot->side[0].pages);
}

/*
 * A child that is born while we look copies from its birth on: where A's pages were read before,
 * that is told, and its first copy is.
 */
static void copies_from_birth_on(void **state)
{
	struct sampling *f = *state;
	struct watched w = {.sampling = f, .specimen = specimen_start("life", NULL)};
	bool fork_seen;

	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	if (f->options.access.state[ACCESS_FRAMES] != VALUE_KNOWN) {
		print_message("skipped: frames are hidden here\n");
		skip();
	}
	w.pid = specimen_pid(w.specimen);
	f->options.whole = true;
	sampling_begin(f, w.pid, SIBLING_CHILD);
	take_until(&w, a_is_read, &fork_seen);
	specimen_say(w.specimen, "fork");
	w.child = (pid_t)specimen_number(w.specimen, "child");
	take_until(&w, pages_judged, &fork_seen);
	expect(&w, fork_seen, (struct wanted){.kind = EVENT_FIRST_COPY});
	expect(&w, fork_seen, (struct wanted){.kind = EVENT_COPIES, .pid = w.child});
	specimen_say(w.specimen, "write anon 7");
	expect(&w, 1, (struct wanted){.kind = EVENT_COPIES, .count = 7, .name = "7 of anonymous"});
	expect(&w, fork_seen, (struct wanted){.kind = EVENT_FIRST_COPY});
	for (size_t i = 0; i < w.batches.n; i++)
		part_put(w.batches.item[i]);
	VEC_FREE(&w.batches);
	specimen_stop(w.specimen);
}

/* ---- as root and as an ordinary user ------------------------------------------------ */

static void (*body_now)(struct watched *w);

static void run(void *specimen)
{
	struct watched w;

	begin(&w, specimen);
	body_now(&w);
	end(&w);
}

static void told_to_both(void (*body)(struct watched *w))
{
	struct specimen *s = specimen_start("life", NULL);

	body_now = body;
	run(s);
	specimen_stop(s);
	s = specimen_start_as_nobody("life", NULL);
	as_nobody(run, s);
	specimen_stop(s);
}

static void descriptors_are_told(void **state)
{
	(void)state;
	told_to_both(opens_and_closes);
}

static void mappings_are_told(void **state)
{
	(void)state;
	told_to_both(maps_and_unmaps);
}

static void actions_of_signals_are_told(void **state)
{
	(void)state;
	told_to_both(sets_a_signal);
}

static void copies_are_told(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	told_to_both(writes_in_two_bursts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_are_told),
		cmocka_unit_test(mappings_are_told),
		cmocka_unit_test(actions_of_signals_are_told),
		cmocka_unit_test(copies_are_told),
		cmocka_unit_test_setup_teardown(
			copies_from_birth_on, sampling_setup, sampling_teardown),
	};

	return live_run(tests, NULL, NULL);
}
