/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is looked at copies nothing by that: what a family shares since its forks it shares still. */
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest.h"
#include "live.h"
#include "program.h"
#include "twintop/base/clock.h"

static const char *const member[] = {"pid", "w0", "w1", "w2", "w3", "middle", "grandchild"};
#define MEMBERS (sizeof member / sizeof *member)

/*
 * Pages that each has alone and wrote, or got as a copy. Not those of files that nobody else maps
 * just now: that changes with whoever runs beside.
 */
static void read_all(const struct specimen *s, uint64_t *pages)
{
	for (size_t i = 0; i < MEMBERS; i++)
		pages[i] = guest_written((pid_t)specimen_number(s, member[i]));
}

static bool any_runs(const struct specimen *s)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (specimen_runs((pid_t)specimen_number(s, member[i])))
			return true;
	return false;
}

/* The same once they all wait: who has just answered may still want a page for what comes next. */
static void read_settled(const struct specimen *s, uint64_t *pages)
{
	uint64_t before[MEMBERS];
	bool ran;

	read_all(s, pages);
	do {
		memcpy(before, pages, sizeof before);
		ran = any_runs(s);
		clock_sleep_ns(200000000);
		read_all(s, pages);
	} while (ran || memcmp(before, pages, sizeof before));
}

/* Reads that many samples. */
static void follow(int out, size_t samples)
{
	struct textbuf text = {0};

	for (size_t seen = 0; seen < samples; textbuf_clear(&text)) {
		assert_true(program_read(out, &text));
		for (size_t i = 0; i < text.len; i++)
			seen += text.bytes[i] == '\n';
	}
	textbuf_free(&text);
}

/* Looks at two of them, at all that there is to be told, while the second one is sent the signal.
 */
static void look(const struct specimen *s, const char *a, const char *b, int signal)
{
	int out, err;
	pid_t pid = program_start((const char *const[]){"twintop", "--json", "-n", "0", "-d",
					  "0.05", specimen_text(s, a), specimen_text(s, b), NULL},
		&out, &err);

	follow(out, 3);
	kill((pid_t)specimen_number(s, b), signal);
	follow(out, 10);
	program_stop(pid, out, err);
}

static void check(void *context)
{
	struct specimen *s = specimen_start("family", NULL);
	uint64_t before[MEMBERS], after[MEMBERS];

	(void)context;
	read_settled(s, before);
	look(s, "pid", "w3", SIGUSR1);
	look(s, "w2", "w0", 0);
	look(s, "middle", "grandchild", 0);
	read_all(s, after);
	for (size_t i = 0; i < MEMBERS; i++)
		if (after[i] != before[i] && strcmp(member[i], "w3"))
			fail_msg("%s has %" PRIu64 " pages of its own, and had %" PRIu64, member[i],
				after[i], before[i]);
	assert_true(after[4] > before[4]);
	specimen_stop(s);
}

static void a_family_that_is_looked_at_copies_nothing(void **state)
{
	(void)state;
	check(NULL);
}

static void nor_does_it_by_an_ordinary_user(void **state)
{
	(void)state;
	as_nobody(check, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_family_that_is_looked_at_copies_nothing),
		cmocka_unit_test(nor_does_it_by_an_ordinary_user),
	};

	return live_run(tests, NULL, NULL);
}
