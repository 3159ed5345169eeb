/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line that is typed, and the box of text that is scrolled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/app/action.h"
#include "twintop/app/prompt.h"
#include "twintop/draw/panel.h"

#define CTRL(letter) ((letter)&0x1f)

static void type(struct prompt *p, const char *utf8)
{
	size_t len = strlen(utf8), n;
	uint32_t code;

	for (; len; utf8 += n, len -= n) {
		n = text_decode(utf8, len, &code);
		assert_int_equal(prompt_key(p, code), PROMPT_TYPING);
	}
}

static void keys_edit_the_line(void **state)
{
	struct prompt p = {0};

	(void)state;
	assert_string_equal(prompt_text(&p), "");
	prompt_begin(&p, "one");
	type(&p, " zwei drüben");
	assert_string_equal(prompt_text(&p), "one zwei drüben");
	for (int i = 0; i < 4; i++)
		prompt_key(&p, KEYS_BACKSPACE);
	assert_string_equal(prompt_text(&p), "one zwei dr");
	prompt_key(&p, CTRL('W'));
	assert_string_equal(prompt_text(&p), "one zwei ");
	prompt_key(&p, CTRL('W'));
	assert_string_equal(prompt_text(&p), "one ");
	prompt_key(&p, CTRL('U'));
	assert_string_equal(prompt_text(&p), "");
	prompt_key(&p, KEYS_BACKSPACE);
	prompt_key(&p, CTRL('W'));
	assert_string_equal(prompt_text(&p), "");
	assert_int_equal(prompt_key(&p, KEYS_ENTER), PROMPT_ACCEPTED);
	assert_int_equal(prompt_key(&p, KEYS_ESCAPE), PROMPT_CANCELLED);
	prompt_free(&p);
}

/* Neither control characters nor what turns the reading direction comes in, nor too much. */
static void what_cannot_be_shown_is_not_taken(void **state)
{
	struct prompt p = {0};

	(void)state;
	prompt_key(&p, 0x1b);
	prompt_key(&p, CTRL('A'));
	prompt_key(&p, 0x9b);
	prompt_key(&p, 0x202e);
	prompt_key(&p, KEYS_F1);
	assert_string_equal(prompt_text(&p), "");
	for (int i = 0; i < 2 * PROMPT_BYTES; i++)
		prompt_key(&p, 'x');
	assert_int_equal(strlen(prompt_text(&p)), PROMPT_BYTES);
	prompt_free(&p);
}

/* However long the text, its end and the cursor are in sight. */
static void the_end_stays_in_sight(void **state)
{
	struct prompt p = {0};

	(void)state;
	prompt_begin(&p, "");
	for (int i = 0; i < 30; i++)
		type(&p, "漢e\xcc\x81");
	type(&p, "!");
	for (int w = 10; w < 40; w++) {
		struct canvas *c = canvas_new(w, 1, false);

		prompt_draw(&p, c, (struct rect){0, 0, w, 1}, "find: ");
		assert_in_range(c->cursor_x, 1, w - 1);
		assert_int_equal(c->cursor_y, 0);
		assert_int_equal(canvas_at(c, c->cursor_x - 1, 0)->code[0], '!');
		canvas_free(c);
	}
	prompt_free(&p);
}

/* A panel of 20 lines in a box that shows 5 of them. */
static void fill_and_draw(struct panel *p, struct canvas *c)
{
	char text[16];

	panel_begin(p, 2, 6, 0);
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof text, "line%d", i);
		panel_add(p, text, "meaning", NULL);
	}
	panel_draw(p, c, (struct rect){0, 0, 30, 7}, "panel");
}

static void assert_drawn_from(struct panel *p, int top)
{
	struct canvas *c = canvas_new(30, 7, false);
	struct textbuf out = {0};
	char want[16];

	fill_and_draw(p, c);
	canvas_write_text(c, &out);
	snprintf(want, sizeof want, "line%d ", top);
	assert_non_null(strstr(out.bytes, want));
	if (top > 0) {
		snprintf(want, sizeof want, "line%d ", top - 1);
		assert_null(strstr(out.bytes, want));
	}
	textbuf_free(&out);
	canvas_free(c);
}

static void assert_top(struct panel *p, enum action action, int top)
{
	assert_true(panel_act(p, action));
	assert_drawn_from(p, top);
}

/* Round and round, and as it was where there is nothing. */
static void a_panel_is_searched(void **state)
{
	struct canvas *c = canvas_new(30, 7, false);
	struct panel p = {0};

	(void)state;
	assert_false(panel_search(&p, "line", false));
	fill_and_draw(&p, c);
	canvas_free(c);
	assert_true(panel_search(&p, "LINE7", false));
	assert_drawn_from(&p, 7);
	assert_true(panel_search(&p, "line", true));
	assert_drawn_from(&p, 8);
	assert_false(panel_search(&p, "line20", false));
	assert_drawn_from(&p, 8);
	assert_true(panel_search(&p, "line19", false)); /* the last ones fill the box */
	assert_drawn_from(&p, 15);
	assert_true(panel_search(&p, "line", true));
	assert_drawn_from(&p, 0);
	assert_true(panel_search(&p, "meaning", true));
	assert_drawn_from(&p, 1);
	panel_free(&p);
}

static void a_panel_scrolls_within_its_text(void **state)
{
	struct canvas *c = canvas_new(30, 7, false);
	struct panel p = {0};

	(void)state;
	fill_and_draw(&p, c);
	canvas_free(c);
	assert_top(&p, ACTION_UP, 0);
	assert_top(&p, ACTION_DOWN, 1);
	assert_top(&p, ACTION_END, 15);
	assert_top(&p, ACTION_DOWN, 15);
	assert_top(&p, ACTION_UP, 14);
	assert_top(&p, ACTION_PAGE_UP, 10);
	assert_top(&p, ACTION_PAGE_DOWN, 14);
	assert_top(&p, ACTION_PAGE_DOWN, 15);
	assert_top(&p, ACTION_HOME, 0);
	assert_false(panel_act(&p, ACTION_SORT));
	panel_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_edit_the_line),
		cmocka_unit_test(what_cannot_be_shown_is_not_taken),
		cmocka_unit_test(the_end_stays_in_sight),
		cmocka_unit_test(a_panel_scrolls_within_its_text),
		cmocka_unit_test(a_panel_is_searched),
	};

	return cmocka_run_group_tests_name("prompt", tests, NULL, NULL);
}
