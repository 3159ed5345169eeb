/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A demo gone through to its end by who reads nothing but the lines of --linear: what is pressed is
 * what they say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "live.h"
#include "terminal.h"
#include "twintop/base/clock.h"

#define STEPS  10
#define ASKED  5 /* the step of which a question is asked */
#define LINE_N 512

/* How each step begins that the demo tells, and the names of what is measured of it. */
static const struct {
	const char *caption, *measured[2];
} step_row[STEPS] = {
	{"The program has filled an array of 64 pages.", {"pages of the array copied", "shared"}},
	{"None: both map the same 64 frames, ", {"pages of the array copied", "shared still"}},
	{"One page: the kernel copied it for the child, ", {"pages of the array copied"}},
	{"It works both ways: ", {"copied by that"}},
	{"No: the page is the child's alone by now.", {"copied by that"}},
	{"Eight traps, eight copies.", {"copied by that"}},
	{"One: the child got it; ", {"copied by that"}},
	{"No: who reads shares.", {"pages copied by that"}},
	{"Four: the heap is no different.", {"the child's exit status"}},
	{"That was all.", {NULL}},
};

struct reader {
	struct terminal t;
	size_t at; /* what was read up to here was heard */
};

/* Reads on until the text comes; the reader has heard it then. */
static void hear(struct reader *r, const char *text)
{
	uint64_t until = clock_monotonic_ns() + TERMINAL_BOUND_NS;
	const char *found = NULL;

	while (!found) {
		if (clock_monotonic_ns() > until)
			fail_msg("\"%s\" is not told behind: %s", text,
				r->t.said.len ? r->t.said.bytes + r->at : "");
		if (r->t.said.len)
			found = strstr(r->t.said.bytes + r->at, text);
		if (!found)
			terminal_take(&r->t, 50);
	}
	r->at = (size_t)(found - r->t.said.bytes) + strlen(text);
}

/* A step's own lines, and the key that they say goes on. */
static void hear_step(struct reader *r, size_t i)
{
	char line[LINE_N];

	snprintf(line, sizeof line, "Step %zu\r\n%s", i + 1, step_row[i].caption);
	hear(r, line);
	hear(r, i == ASKED ? "Esc, then Enter goes on.\r\n" : "Enter goes on.\r\n");
	if (i == ASKED)
		hear(r, "your guess 8, expected 8 more");
	terminal_type(&r->t, i == ASKED ? "\033\r" : "\r");
}

static void hear_measured(struct reader *r, size_t i)
{
	char line[LINE_N];

	if (!step_row[i].measured[0])
		return;
	snprintf(line, sizeof line, "Step %zu, measured:\r\n", i + 1);
	hear(r, line);
	for (size_t k = 0; k < 2 && step_row[i].measured[k]; k++) {
		snprintf(line, sizeof line, "%s", step_row[i].measured[k]);
		hear(r, line);
		hear(r, "expected"); /* as it was, or that here it is not to be measured */
	}
}

/* A guess lets the step happen: what it was worth is told behind what was measured. */
static void guess(struct reader *r)
{
	hear(r, "Step 5\r\n");
	terminal_type(&r->t, "Q");
	hear(r, "Type a whole number");
	hear(r, "Enter answer");
	terminal_type(&r->t, "8\r");
}

static void expect_plain_lines(struct text said)
{
	uint32_t code;
	size_t n;

	for (size_t at = 0; at < said.len; at += n) {
		n = text_decode(said.bytes + at, said.len - at, &code);
		assert_true(n > 0);
		assert_true(code >= ' ' || code == '\n' || code == '\r');
		assert_false(code == 0x7f || (code >= 0x80 && code < 0xa0));
		assert_false(code >= 0x2500 && code <= 0x259f);
		assert_false(code >= 0x2800 && code <= 0x28ff);
	}
	assert_null(strstr(said.bytes, "   ")); /* nobody hears columns */
}

static void a_demo_is_gone_through_by_its_lines(void **state)
{
	struct reader r = {0};
	int status = 0;

	(void)state;
	r.t = terminal_start(
		NULL, (const char *[]){"twintop", "--linear", "demo", "fork-cow", NULL});
	for (size_t i = 0; i < STEPS; i++) {
		if (i + 1 == ASKED)
			guess(&r);
		else
			hear_step(&r, i);
		hear_measured(&r, i);
	}
	hear(&r, "exited with 0");
	hear(&r, "q quit");
	terminal_type(&r.t, "q");
	assert_true(terminal_ends(&r.t, true, &status));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	while (terminal_take(&r.t, 0))
		;
	expect_plain_lines((struct text){r.t.said.bytes, r.t.said.len});
	terminal_end(&r.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_demo_is_gone_through_by_its_lines),
	};

	return live_run(tests, NULL, NULL);
}
