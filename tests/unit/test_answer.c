/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal's answer about synchronized output among keys: whole, in pieces, late, never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../src/screen/answer.h"

#define ESC_NS 100000000u
#define ANSWER "\033[?2026;2$y"

struct typed {
	struct sync_answer a;
	uint64_t now_ns;
	char keys[64];
	size_t n;
	unsigned answers;
};

static void keep(struct typed *t, const uint32_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		t->keys[t->n++] = (char)out[i];
	t->keys[t->n] = '\0';
}

static void come(struct typed *t, const char *bytes, size_t n)
{
	uint32_t out[ANSWER_KEYS_MOST];
	bool answered;

	for (size_t i = 0; i < n; i++) {
		keep(t, out,
			answer_take(&t->a, (unsigned char)bytes[i], t->now_ns, out, &answered));
		t->answers += answered;
	}
}

static void pause_for(struct typed *t, uint64_t ns)
{
	uint32_t out[ANSWER_KEYS_MOST];

	t->now_ns += ns;
	keep(t, out, answer_wait(&t->a, t->now_ns, ESC_NS, out));
}

/* Cut at any place or two, with any pause there: nothing of it is a key, what stands around is. */
static void an_answer_in_pieces_is_no_key(void **state)
{
	static const uint64_t pause_ns[] = {0, ESC_NS / 4, ESC_NS * 4};
	const size_t n = strlen(ANSWER);

	(void)state;
	for (size_t cut = 0; cut < n; cut++)
		for (size_t other = cut; other < n; other++)
			for (size_t i = 0; i < sizeof pause_ns / sizeof *pause_ns; i++) {
				struct typed t = {.now_ns = 1};
				bool alone = cut == 1 || other == 1;

				come(&t, "j", 1);
				come(&t, ANSWER, cut);
				pause_for(&t, pause_ns[i]);
				come(&t, &ANSWER[cut], other - cut);
				pause_for(&t, pause_ns[i]);
				come(&t, &ANSWER[other], n - other);
				come(&t, "2", 1);
				pause_for(&t, ANSWER_PAUSE_NS);
				assert_int_equal(t.answers, 1);
				assert_int_equal(t.a.mode, 2);
				/* An Esc that stands alone for so long is taken for one. */
				assert_string_equal(
					t.keys, alone && pause_ns[i] > ESC_NS ? "j\0332" : "j2");
			}
}

static void its_middle_may_take_any_time(void **state)
{
	struct typed t = {.now_ns = 1};

	(void)state;
	come(&t, "\033[?20", 5);
	pause_for(&t, 100 * (uint64_t)ANSWER_PAUSE_NS);
	come(&t, "26;0$y", 6);
	assert_int_equal(t.answers, 1);
	assert_int_equal(t.a.mode, 0);
	assert_string_equal(t.keys, "");
}

static void keys_are_keys(void **state)
{
	static const struct {
		const char *typed, *keys;
	} row[] = {
		{"q", "q"},
		{"\033q", "\033q"},
		{"\033\033[[", "\033\033[["},
		{"[?", "[?"},
		{"\033[x", "\033[x"},
		{"\033", "\033"},
		{"\033[", "\033["},
		/* Something like it is the terminal's, and what breaks it the user's. */
		{"\033[?2026;5", "5"},
		{"\033[?2026;2$q", "q"},
		{"\033[?20" ANSWER "w", "w"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct typed t = {.now_ns = 1};

		come(&t, row[i].typed, strlen(row[i].typed));
		pause_for(&t, ANSWER_PAUSE_NS);
		assert_string_equal(t.keys, row[i].keys);
		assert_false(answer_holds(&t.a));
	}
}

static void what_else_comes_lets_go(void **state)
{
	struct typed t = {.now_ns = 1};
	uint32_t out[ANSWER_KEYS_MOST];

	(void)state;
	come(&t, "\033[", 2);
	assert_true(answer_holds(&t.a));
	assert_string_equal(t.keys, "");
	keep(&t, out, answer_break(&t.a, out));
	assert_string_equal(t.keys, "\033[");
	assert_false(answer_holds(&t.a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_in_pieces_is_no_key),
		cmocka_unit_test(its_middle_may_take_any_time),
		cmocka_unit_test(keys_are_keys),
		cmocka_unit_test(what_else_comes_lets_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
