/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The card's lines of surroundings: a child that went apart in one thing differs in just that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "program.h"
#include "twintop/model/card.h"

/* What the specimen is told, and the line of the card that must differ. */
static const struct {
	const char *how;
	enum card_item line;
} apart[] = {
	{"cgroup", CARD_NS_CGROUP},
	{"ipc", CARD_NS_IPC},
	{"mnt", CARD_NS_MNT},
	{"net", CARD_NS_NET},
	{"pid", CARD_NS_PID},
	{"time", CARD_NS_TIME},
	{"user", CARD_NS_USER},
	{"uts", CARD_NS_UTS},
	{"process_group", CARD_PROCESS_GROUP},
	{"credentials", CARD_CREDENTIALS},
	{"session", CARD_SESSION},
};

/* pair.shares of a line: "namespaces.net" is one object deeper. */
static const json_t *line_of(const json_t *shares, enum card_item item)
{
	const char *id = card_info[item].id, *dot = strchr(id, '.');
	char group[32];

	if (!dot)
		return json_object_get(shares, id);
	snprintf(group, sizeof group, "%.*s", (int)(dot - id), id);
	return json_object_get(json_object_get(shares, group), dot + 1);
}

static void expect_line(const json_t *shares, enum card_item item, bool shared, const char *how)
{
	const json_t *line = line_of(shares, item);

	if (!json_is_boolean(line) || json_is_true(line) != shared)
		fail_msg("%s: %s is not %s", how, card_info[item].id,
			shared ? "shared" : "separate");
}

/* Everything but the one line; a new session is a new group too. */
static void check_card(const json_t *shares, const char *how, enum card_item line)
{
	for (int i = CARD_NS_CGROUP; i < CARD_ITEMS; i++) {
		bool differs = i == (int)line || (line == CARD_SESSION && i == CARD_PROCESS_GROUP);

		if (i != CARD_TERMINAL && !(line == CARD_NS_CGROUP && i == CARD_CGROUP))
			expect_line(shares, (enum card_item)i, !differs, how);
	}
}

static void check(const char *how, enum card_item line, unsigned *tried)
{
	struct specimen *s = specimen_start("apart", how, NULL);
	json_t *sample;

	if (specimen_has(s, "error")) {
		print_message("%s: refused here, errno %s\n", how, specimen_text(s, "error"));
	} else {
		sample = sample_of(specimen_pid(s), (pid_t)specimen_number(s, "child"));
		check_card(json_object_get(json_object_get(sample, "pair"), "shares"), how, line);
		json_decref(sample);
		++*tried;
	}
	specimen_stop(s);
}

static void each_line_differs_by_itself(void **state)
{
	unsigned tried = 0;

	(void)state;
	for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
		check(apart[i].how, apart[i].line, &tried);
	check("none", CARD_ITEMS, &tried);
	assert_true(tried >= 3); /* session, group and none need no privilege */
}

static void an_ordinary_user_is_told_the_same(void *context)
{
	static const char *const hows[] = {"none", "session", "process_group"};
	static const enum card_item lines[] = {CARD_ITEMS, CARD_SESSION, CARD_PROCESS_GROUP};
	unsigned tried = 0;

	(void)context;
	for (int i = 0; i < 3; i++)
		check(hows[i], lines[i], &tried);
	assert_int_equal(tried, 3);
}

static void as_an_ordinary_user(void **state)
{
	(void)state;
	if (geteuid()) {
		print_message("skipped: needs root to become another user\n");
		skip();
	}
	as_nobody(an_ordinary_user_is_told_the_same, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_differs_by_itself),
		cmocka_unit_test(as_an_ordinary_user),
	};

	return live_run(tests, NULL, NULL);
}
