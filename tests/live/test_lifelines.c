/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A family lives on the screen: a child that is forked, killed and not waited for, its own child
 * that outlives it, a program that is executed, and children that live for a moment. The lines show
 * each, the log tells it, and from there one comes to the two concerned or to the moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "sampling.h"
#include "twintop/app/app.h"
#include "twintop/base/clock.h"
#include "twintop/sample/sampler.h"

#define COLUMNS 120
#define ROWS	36

struct fixture {
	struct sampling *sampling;
	struct app *app;
	struct canvas *canvas;
	struct textbuf screen;
	bool exact; /* who tells of births and ends misses none */
};

static int setup(void **state)
{
	static struct fixture f;
	void *sampling;

	setlocale(LC_ALL, "C.UTF-8");
	f = (struct fixture){.canvas = canvas_new(COLUMNS, ROWS, true)};
	sampling_setup(&sampling);
	f.sampling = sampling;
	sampling_open(f.sampling);
	f.app = app_new(&(struct app_options){
		.view = "family", .ascii = true, .delay_ns = SAMPLING_DELAY_NS});
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	void *sampling = f->sampling;

	app_free(f->app);
	canvas_free(f->canvas);
	textbuf_free(&f->screen);
	return sampling_teardown(&sampling);
}

static void watch(struct fixture *f, const struct specimen *s)
{
	assert_int_equal(
		sampler_watch(f->sampling->sampler, specimen_pid(s), SIBLING_NONE, NULL), 0);
	assert_int_equal(sampler_start(f->sampling->sampler), 0);
}

static void draw(struct fixture *f)
{
	textbuf_clear(&f->screen);
	app_draw(f->app, f->canvas, clock_monotonic_ns(), 0);
	canvas_write_text(f->canvas, &f->screen);
}

static void press(struct fixture *f, const char *keys)
{
	for (; *keys; keys++)
		app_key(f->app,
			*keys == '\r'	? KEYS_ENTER
			: *keys == '\t' ? KEYS_TAB
					: (uint32_t)*keys,
			clock_monotonic_ns());
	draw(f);
}

/* The next moment goes into the app, and what it is then is drawn. */
static void next(struct fixture *f)
{
	unsigned beside, need = app_need(f->app, &beside);
	const struct moment *m;

	source_need(f->sampling->source, need, beside);
	m = sampling_next(f->sampling);
	app_moment(f->app, m);
	f->exact = m->snapshot->lifecycle_exact;
	moment_put(m);
	draw(f);
}

/* The member's line of the tree, which begins with its number; "" where there is none. */
static const char *line_of(const struct fixture *f, pid_t pid)
{
	static char line[4 * COLUMNS];
	const char *head = strstr(f->screen.bytes, "\nAB ");

	for (const char *at = head ? head + 1 : ""; *at; at += strcspn(at, "\n") + 1) {
		const char *number = at;

		while (*number == ' ' || *number == 'A' || *number == 'B')
			number++;
		if (number - at < 12 && isdigit((unsigned char)*number) && atoi(number) == pid) {
			snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
			return line;
		}
	}
	return "";
}

/* The part of it that is the line of a life: behind the figures. */
static const char *life_of(const struct fixture *f, pid_t pid)
{
	const char *head = strstr(f->screen.bytes, "\nAB "), *line = line_of(f, pid);
	const char *axis = head ? strstr(head, "  -") : NULL;
	size_t from = axis ? (size_t)(axis - head - 1) : 0;

	if (!axis)
		return "";
	return strlen(line) > from ? line + from : "";
}

/* Where a text is looked for: the life of a member, its whole line, or all of the screen. */
enum where { IN_LIFE, IN_LINE, ON_SCREEN };

static const char *place_of(const struct fixture *f, enum where where, pid_t pid)
{
	return where == IN_LIFE	  ? life_of(f, pid)
	       : where == IN_LINE ? line_of(f, pid)
				  : f->screen.bytes;
}

/* Moments until the text stands there. */
static void until_stands(struct fixture *f, enum where where, pid_t pid, const char *text)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;

	for (;;) {
		next(f);
		if (strstr(place_of(f, where, pid), text))
			return;
		if (clock_monotonic_ns() >= until)
			fail_msg("\"%s\" of %d did not come:\n%s", text, (int)pid, f->screen.bytes);
	}
}

static void until_lives(struct fixture *f, pid_t pid, const char *text)
{
	until_stands(f, IN_LIFE, pid, text);
}

static void until_shown(struct fixture *f, const char *text)
{
	until_stands(f, ON_SCREEN, 0, text);
}

static bool shows(const struct fixture *f, const char *text)
{
	return strstr(f->screen.bytes, text);
}

/* ---- lives ------------------------------------------------------------------------ */

static void a_life_ends_a_zombie_and_leaves_an_orphan(void **state)
{
	struct fixture *f = *state;
	struct specimen *s = specimen_start("life", NULL);
	pid_t parent = specimen_pid(s), child, grandchild;
	char text[64];

	watch(f, s);
	next(f);
	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	until_lives(f, parent, "F");
	until_lives(f, child, "[=");
	specimen_say(s, "grandchild");
	grandchild = (pid_t)specimen_number(s, "grandchild");
	if (f->exact)
		until_lives(f, child, "F");
	until_lives(f, grandchild, "[====");
	specimen_say(s, "signal 9");
	until_lives(f, child, "Xzz");
	assert_non_null(strstr(line_of(f, child), "SIGKILL"));
	until_lives(f, grandchild, "-");
	assert_non_null(strstr(life_of(f, grandchild), "="));
	/* It has been waited for: what was a zombie is none any more. */
	specimen_say(s, "reap");
	snprintf(text, sizeof text, "%d sp_life ended: killed by SIGKILL", child);
	until_shown(f, text);
	until_stands(f, IN_LINE, child, " X ");
	specimen_stop(s);
}

static void a_program_is_executed(void **state)
{
	struct fixture *f = *state;
	struct specimen *s = specimen_start("events", NULL);
	char text[64];

	watch(f, s);
	next(f);
	specimen_say(s, "exec");
	snprintf(text, sizeof text, "%d sp_events executed another program", specimen_pid(s));
	until_shown(f, text);
	assert_non_null(strstr(life_of(f, specimen_pid(s)), "E"));
	specimen_stop(s);
}

/* More in a column than it has room for: their number, and each in the log. */
static void many_short_lives_are_counted(void **state)
{
	struct fixture *f = *state;
	struct specimen *s = specimen_start("brood", NULL);

	watch(f, s);
	next(f);
	next(f);
	if (!f->exact) {
		specimen_stop(s);
		print_message(
			"skipped: neither the proc connector nor perf events tell of lives\n");
		skip();
	}
	specimen_say(s, "children 100 1");
	until_lives(f, specimen_pid(s), "+");
	press(f, "cc");
	assert_true(shows(f, "EVENTS"));
	specimen_stop(s);
}

/* ---- the log ------------------------------------------------------------------------- */

static struct app_request request(struct fixture *f)
{
	struct app_request r = {.kind = REQUEST_NONE}, one;

	while (app_next_request(f->app, &one))
		r = one;
	return r;
}

/* By kind and by process; then the two of a fork side by side, and the moment of an end. */
static void the_log_leads_to_who_and_when(void **state)
{
	struct fixture *f = *state;
	struct specimen *s = specimen_start("life", NULL);
	struct app_request r;
	char text[64];
	pid_t child;

	watch(f, s);
	next(f);
	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	snprintf(text, sizeof text, "%d sp_life forked %d", specimen_pid(s), child);
	until_shown(f, text);
	until_lives(f, child, "[=");
	request(f);
	press(f, "\tfforked\r\r");
	r = request(f);
	assert_int_equal(r.kind, REQUEST_WATCH);
	assert_int_equal(r.pid, specimen_pid(s));
	assert_int_equal(r.other, child);
	press(f, "f");
	for (unsigned i = 0; i < 6; i++)
		app_key(f->app, KEYS_BACKSPACE, clock_monotonic_ns());
	press(f, "\r");
	specimen_say(s, "end 3");
	snprintf(text, sizeof text, "%d sp_life ended: exited with 3", child);
	until_shown(f, text);
	/* Of the kinds that there are one after another, until that of ends. */
	for (unsigned i = 0; i < EVENT_KINDS && !shows(f, ". exit"); i++)
		press(f, "c");
	assert_true(shows(f, text));
	assert_false(shows(f, "forked"));
	press(f, "\r");
	assert_true(shows(f, "paused"));
	assert_true(shows(f, text));
	assert_int_equal(request(f).kind, REQUEST_NONE);
	specimen_say(s, "reap");
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_life_ends_a_zombie_and_leaves_an_orphan, setup, teardown),
		cmocka_unit_test_setup_teardown(a_program_is_executed, setup, teardown),
		cmocka_unit_test_setup_teardown(many_short_lives_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(the_log_leads_to_who_and_when, setup, teardown),
	};

	return live_run(tests, NULL, NULL);
}
