/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of each thing on the screen: nothing without words, and the words are true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/demos.h"
#include "src/options.h"
#include "tests/fixtures/play.h"
#include "twintop/app/action.h"
#include "twintop/app/term.h"
#include "twintop/compare/textbook.h"
#include "twintop/draw/grid.h"
#include "twintop/draw/sign_lesson.h"
#include "twintop/view/view.h"

/* ---- the tables --------------------------------------------------------------- */

/* Every sentence of the tables, to find what says the same as another. */
static struct said {
	const char *what, *of;
} said[4096];
static size_t said_n;

static void check_text(const char *text, const char *of)
{
	size_t len = text ? strlen(text) : 0;

	if (len < 12 || text[len - 1] != '.')
		fail_msg("%s: “%s” is no sentence", of, text ? text : "");
}

/* A sentence that nothing else says. */
static void check_own(const char *text, const char *of)
{
	check_text(text, of);
	for (size_t i = 0; i < said_n; i++)
		if (strcmp(said[i].what, text) == 0)
			fail_msg("%s and %s say the same: %s", said[i].of, of, text);
	assert_true(said_n < sizeof said / sizeof *said);
	said[said_n++] = (struct said){text, of};
}

/* "fork(2)" */
static void check_manual(const char *manual, const char *of)
{
	size_t len = manual ? strlen(manual) : 0;

	if (len < 4 || manual[len - 3] != '(' || manual[len - 2] < '1' || manual[len - 2] > '8' ||
		manual[len - 1] != ')' || strcspn(manual, " (") != len - 3)
		fail_msg("%s: “%s” is no man page", of, manual ? manual : "");
}

/* That a text does more than repeat the name. */
static void check_more(const char *text, const char *title, const char *of)
{
	if (strlen(text) < strlen(title) + 8)
		fail_msg("%s: “%s” only repeats its name", of, text);
}

static void fields_say_why(void **state)
{
	(void)state;
	said_n = 0;
	for (size_t i = 0; i < field_table_n; i++) {
		const struct field *f = &field_table[i];

		check_own(f->explain, f->id);
		check_own(f->why, f->id);
		check_manual(f->manual, f->id);
		assert_true(f->exact < EXACTNESSES);
		assert_true(*f->source);
	}
	for (unsigned i = 0; i < EXACTNESSES; i++)
		check_own(exactness_text((enum exactness)i), "exactness");
}

static void check_lesson(enum lesson_set set, size_t i)
{
	const struct lesson l = lesson_at(set, i);

	if (!l.id || !l.title || !l.source || !*l.source)
		fail_msg("%s: %zu has no name or no source", lesson_heading(set), i);
	check_text(l.what, l.id);
	check_more(l.what, l.title, l.id);
	check_own(l.why, l.id);
	check_manual(l.manual, l.id);
	assert_true(l.exact < EXACTNESSES);
	assert_int_equal(lesson_find(set, l.id), i);
}

static void lessons_are_whole(void **state)
{
	(void)state;
	said_n = 0;
	for (unsigned set = 0; set < LESSON_SETS; set++) {
		assert_true(*lesson_heading((enum lesson_set)set));
		assert_true(lesson_count((enum lesson_set)set) > 3);
		for (size_t i = 0; i < lesson_count((enum lesson_set)set); i++)
			check_lesson((enum lesson_set)set, i);
		assert_int_equal(lesson_find((enum lesson_set)set, "no such"),
			lesson_count((enum lesson_set)set));
	}
}

static void page_kinds_say_why(void **state)
{
	(void)state;
	said_n = 0;
	for (unsigned i = 0; i < PAGE_KINDS; i++) {
		check_own(page_kind_info[i].meaning, page_kind_info[i].title);
		check_own(page_kind_info[i].why, page_kind_info[i].title);
	}
}

static bool is_demo(const char *name)
{
	for (size_t i = 0; i < demo_table_n; i++)
		if (strcmp(demo_table[i].name, name) == 0)
			return true;
	return false;
}

/* "4 Memory, kind heap; 6 Sharing": each part begins with the key and the title of a view. */
static void check_where(const struct term *t)
{
	for (const char *at = t->where; at; at = strchr(at, ';')) {
		bool found = false;

		at += *at == ';' ? 2 : 0;
		for (size_t i = 0; i < view_table_n; i++)
			found |= at[0] == view_table[i]->key && at[1] == ' ' &&
				 strncmp(at + 2, view_table[i]->title,
					 strlen(view_table[i]->title)) == 0;
		if (!found)
			fail_msg("%s: “%s” is no view", t->name, at);
	}
}

static void terms_are_whole(void **state)
{
	(void)state;
	said_n = 0;
	assert_true(term_table_n > 60);
	for (size_t i = 0; i < term_table_n; i++) {
		const struct term *t = &term_table[i];

		check_own(t->what, t->name);
		check_more(t->what, t->name, t->name);
		check_where(t);
		check_manual(t->manual, t->name);
		if (t->demo && !is_demo(t->demo))
			fail_msg("%s: there is no demo %s", t->name, t->demo);
		if (i && strcasecmp(term_table[i - 1].name, t->name) >= 0)
			fail_msg("%s stands behind %s", t->name, term_table[i - 1].name);
	}
}

static void options_and_keys_have_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_table_n; i++)
		assert_true(option_table[i].help && strlen(option_table[i].help) > 8);
	for (size_t i = 0; i < action_table_n; i++)
		check_text(action_table[i].help, action_table[i].id);
}

/* ---- channels ------------------------------------------------------------------- */

/* The names between quotes that follow a word in a source file of ours. */
static void check_names(const char *path, const char *word)
{
	char line[1024];
	const char *top = getenv("srcdir");
	struct textbuf name = {0};
	FILE *file;
	unsigned seen = 0;

	textbuf_addf(&name, "%s/%s", top ? top : ".", path);
	file = fopen(name.bytes, "re");
	assert_non_null(file);
	while (fgets(line, sizeof line, file)) {
		char *at = strstr(line, word), *end;

		if (!at)
			continue;
		for (at = strchr(at, '"'); at; at = strchr(end + 1, '"')) {
			end = strchr(at + 1, '"');
			assert_non_null(end);
			*end = '\0';
			seen++;
			if (lesson_find(LESSON_CHANNELS, at + 1) == lesson_count(LESSON_CHANNELS))
				fail_msg("nothing is said of channels of the kind %s", at + 1);
		}
	}
	assert_true(seen > 0);
	fclose(file);
	textbuf_free(&name);
}

static void channels_have_lessons(void **state)
{
	(void)state;
	check_names("src/compare/channels_fds.c", "channel_make(\"");
	check_names("src/compare/channels_fds.c", "kinds[] =");
	check_names("src/compare/channels_locks.c", "channel_make(\"");
	check_names("src/compare/channels_waits.c", "channel_make(\"");
	check_names("src/compare/channels_other.c", "channel_make(\"");
	for (unsigned m = MECHANISM_FILE; m < MECHANISM_VDSO; m++)
		assert_true(lesson_find(LESSON_CHANNELS, mechanism_name((enum mechanism)m)) <
			    lesson_count(LESSON_CHANNELS));
}

/* ---- signs and colours ------------------------------------------------------------ */

static void styles_have_meanings(void **state)
{
	(void)state;
	said_n = 0;
	for (unsigned i = 0; i < STYLES; i++) {
		assert_non_null(style_info[i].id);
		check_own(style_info[i].meaning, style_info[i].id);
		check_more(style_info[i].meaning, style_info[i].id, style_info[i].id);
	}
}

static void signs_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sign_lesson_count(); i++) {
		const struct sign_lesson s = sign_lesson_at(i);
		struct sign_lesson found;
		size_t len = strlen(s.utf8);
		uint32_t code;

		assert_int_equal(text_decode(s.utf8, len, &code), len);
		assert_true(s.ascii > ' ' && s.ascii < 0x7f);
		assert_true(s.style < STYLES && *s.place);
		check_text(s.meaning, s.utf8);
		assert_true(sign_lesson_find(s.utf8, s.place, &found));
		assert_string_equal(found.place, s.place);
		for (size_t k = 0; k < i; k++) {
			const struct sign_lesson other = sign_lesson_at(k);

			if (strcmp(other.utf8, s.utf8) == 0 && other.style == s.style)
				assert_string_not_equal(other.place, s.place);
		}
	}
}

static void textbook_signs_have_meanings(void **state)
{
	(void)state;
	for (unsigned v = 0; v < TEXTBOOK_VERDICTS; v++) {
		const char *sign = textbook_sign((enum textbook_verdict)v);
		struct sign_lesson s;

		assert_true(sign_lesson_find(sign, SIGN_TEXTBOOK, &s));
		assert_string_equal(s.place, SIGN_TEXTBOOK);
	}
}

/* What names of the scene hold: these are no signs. */
static bool of_a_name(uint32_t code)
{
	return code == 0x4f60 || code == 0xe9 || code == 0x301 || code == 0xfffd;
}

static bool has_lesson(uint32_t code)
{
	char utf8[5] = {0};
	struct sign_lesson s;

	text_encode(code, utf8);
	return sign_lesson_find(utf8, NULL, &s);
}

static void check_screen(struct app *a, int w, int h, const char *keys)
{
	struct canvas *c = canvas_new(w, h, false);

	app_draw(a, c, PLAY_NOW, 0);
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			const struct cell *cell = canvas_at(c, x, y);

			assert_true(cell->style < STYLES);
			if (cell->code[0] > 0x7e && !of_a_name(cell->code[0]) &&
				!has_lesson(cell->code[0]))
				fail_msg("nothing is said of U+%04X, drawn after %s",
					(unsigned)cell->code[0], keys);
		}
	canvas_free(c);
}

/* Every view and panel, as a pair, alone, without rights and after an end. */
static void drawn_signs_have_meanings(void **state)
{
	static const char *const keys[] = {"1", "2", "3", "4", "5", "6", "7", "8", "4s", "4D", "2e",
		"4e", "5e", "?", "G", "6e", "5---", "P", "4L", "5L", "2L", "T", "2Q", "5Q", "5w",
		"9", "9l", "9L", "9lL"};
	static const struct scene scene[] = {{.step = 4, .events = "fth"},
		{.step = 4, .alone = true}, {.step = 4, .estimated = true},
		{.step = 4, .denied = true}, {.step = 4, .b_killed = true, .events = "e"}};

	(void)state;
	for (size_t i = 0; i < sizeof scene / sizeof *scene; i++)
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
			struct app *a = play_start(false, i % 2);

			play_feed(a, scene[i]);
			play_keys(a, keys[k]);
			check_screen(a, 80, 24, keys[k]);
			check_screen(a, 200, 60, keys[k]);
			app_free(a);
		}
}

/* ---- the panels ------------------------------------------------------------------------ */

static void explain_shows_sign_and_colour(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "4");
	assert_true(play_shows(a, "rodata"));
	app_key(a, KEYS_RIGHT, PLAY_NOW);
	play_keys(a, "e");
	assert_true(play_shows(a, "sign     ═ The row is the same in A and B"));
	assert_true(play_shows(a, "colour   of the cell: "));
	assert_true(play_shows(a, "why      "));
	assert_true(play_shows(a, "manual   "));
	app_free(a);
}

/* In Files the same sign speaks of descriptions. */
static void explain_knows_its_place(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "7");
	assert_true(play_shows(a, "/dev/pts/3"));
	app_key(a, KEYS_RIGHT, PLAY_NOW);
	play_keys(a, "e");
	assert_true(play_shows(a, "sign     ═ One open file description"));
	assert_true(play_shows(a, "row      one open file description"));
	app_free(a);
}

/*
 * Whatever row one goes to in whatever view, it says what it is and why that matters; in an
 * emulator (TEST_SLOWLY in the environment) of the first ones.
 */
static void every_row_has_words(void **state)
{
	const int rows = getenv("TEST_SLOWLY") ? 25 : 90;
	static const struct scene scene[] = {{.step = 4, .events = "ftxne"},
		{.step = 4, .alone = true}, {.step = 4, .denied = true}};

	(void)state;
	for (size_t i = 0; i < sizeof scene / sizeof *scene; i++)
		for (char key = '1'; key <= '8'; key++) {
			struct app *a = play_start(false, false);
			const char keys[2] = {key, 0};

			play_feed(a, scene[i]);
			play_keys(a, keys);
			if (!play_shows(a, "Nothing to compare"))
				play_keys(a, "e");
			for (int row = 0; row < rows && play_shows(a, "explain:") &&
					  !play_shows(a, "Nothing is selected");
				row++) {
				if (!play_shows(a, "│ why  "))
					fail_msg("view %c, row %d has no why", key, row);
				app_key(a, KEYS_DOWN, PLAY_NOW);
			}
			app_free(a);
		}
}

/* The graph of waits: every line says why it matters and what it stands on. */
static void every_wait_has_a_source(void **state)
{
	struct app *a = play_start(false, false);
	int rows = 0;

	(void)state;
	play_feed(a, (struct scene){.step = 4, .events = "f"});
	play_keys(a, "2We");
	assert_true(play_shows(a, "explain:"));
	for (; rows < 40 && play_shows(a, "│ meaning  "); rows++) {
		if (!play_shows(a, "│ why  ") || !play_shows(a, "│ source  ") ||
			!play_shows(a, "│ manual  ") || !play_shows(a, "│ exact?  "))
			fail_msg("line %d of the waits says not all", rows);
		app_key(a, KEYS_DOWN, PLAY_NOW);
	}
	assert_int_equal(rows, 40);
	app_free(a);
}

/* With lanes shown, what is said of a thread tells of its lane. */
static void lanes_say_what_they_stand_on(void **state)
{
	static const char *const keys[] = {"2l", "2ll"};

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct app *a = play_start(false, false);

		play_feed(a, (struct scene){.step = 4, .laned = true});
		play_keys(a, keys[i]);
		play_keys(a, "e");
		assert_true(play_shows(a, "lane a: "));
		if (!play_shows(a, "perf_event_open(2)"))
			fail_msg("after %s nothing is said of what lanes stand on", keys[i]);
		app_free(a);
	}
}

static void glossary_opens_and_closes(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "2G");
	assert_true(play_shows(a, "glossary: / searches"));
	assert_true(play_shows(a, "address space"));
	app_key(a, KEYS_DOWN, PLAY_NOW);
	assert_true(play_shows(a, "glossary: / searches"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_false(play_shows(a, "glossary"));
	play_keys(a, "GG");
	assert_false(play_shows(a, "glossary"));
	app_free(a);
}

static void glossary_searches_as_one_types(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "G/ZOMB");
	assert_true(play_shows(a, "entries with “ZOMB”"));
	assert_true(play_shows(a, "zombie"));
	assert_false(play_shows(a, "address space"));
	play_keys(a, "zz");
	assert_true(play_shows(a, "glossary: 0 entries with “ZOMBzz”"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(play_shows(a, "address space"));
	play_keys(a, "/pipe");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(play_shows(a, "with “pipe”"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_false(play_shows(a, "with “pipe”"));
	play_keys(a, "G");
	assert_false(play_shows(a, "with “pipe”"));
	app_free(a);
}

/* Whether one text stands above another in what is drawn. */
static bool play_shows_above(struct app *a, const char *upper, const char *lower)
{
	struct canvas *c = canvas_new(PLAY_COLUMNS, 200, false);
	struct textbuf out = {0};
	const char *at[2];

	app_draw(a, c, PLAY_NOW, 0);
	canvas_write_text(c, &out);
	at[0] = strstr(out.bytes, upper);
	at[1] = strstr(out.bytes, lower);
	textbuf_free(&out);
	canvas_free(c);
	return at[0] && at[0] < at[1];
}

/* What is called so stands first, and what merely speaks of it last. */
static void glossary_has_the_name_first(void **state)
{
	static const struct {
		const char *keys, *first, *later;
	} look[] = {
		{"G/zombie", "│ zombie ", "│ reaping "},
		{"G/Thread", "│ thread ", "│ kernel thread "},
		{"G/mapping", "│ mapping ", "│ file mapping "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof look / sizeof *look; i++) {
		struct app *a = play_start(false, false);

		play_keys(a, look[i].keys);
		if (!play_shows_above(a, look[i].first, look[i].later))
			fail_msg("%s: not first", look[i].keys);
		app_free(a);
	}
}

static void glossary_takes_a_hyphen_for_a_space(void **state)
{
	static const char *const keys[] = {
		"G/copy on write", "G/COPY-ON WRITE", "G/copy_on_write", "G/address-space"};

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct app *a = play_start(false, false);

		play_keys(a, keys[i]);
		assert_false(play_shows(a, "glossary: 0 entries"));
		app_free(a);
	}
}

static void glossary_marks_what_is_found(void **state)
{
	struct app *a = play_start(false, false);
	struct canvas *c = canvas_new(PLAY_COLUMNS, PLAY_ROWS, false);
	unsigned marked = 0;

	(void)state;
	play_keys(a, "G/zombie");
	app_draw(a, c, PLAY_NOW, 0);
	for (int y = 4; y < PLAY_ROWS - 3; y++)
		for (int x = 0; x < PLAY_COLUMNS; x++)
			marked += canvas_at(c, x, y)->style == STYLE_SELECTED;
	assert_true(marked >= strlen("zombie") && marked % strlen("zombie") == 0);
	canvas_free(c);
	app_free(a);
}

/* From an explanation it begins at what was explained. */
static void glossary_begins_at_what_was_explained(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "2");
	assert_true(play_shows(a, "SYSCALL"));
	for (int i = 0; i < 3; i++)
		app_key(a, KEYS_RIGHT, PLAY_NOW);
	play_keys(a, "eG");
	assert_true(play_shows(a, "│ state "));
	assert_false(play_shows(a, "address space"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	play_keys(a, "5eG");
	assert_false(play_shows(a, "address space"));
	app_free(a);
}

static void glossary_opens_before_there_is_anything(void **state)
{
	const struct app_options options = {.delay_ns = SCENE_STEP_NS};
	struct app *a = app_new(&options);

	(void)state;
	play_keys(a, "G/fork");
	assert_true(play_shows(a, "with “fork”"));
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_say_why),
		cmocka_unit_test(lessons_are_whole),
		cmocka_unit_test(page_kinds_say_why),
		cmocka_unit_test(terms_are_whole),
		cmocka_unit_test(options_and_keys_have_words),
		cmocka_unit_test(channels_have_lessons),
		cmocka_unit_test(styles_have_meanings),
		cmocka_unit_test(signs_are_whole),
		cmocka_unit_test(textbook_signs_have_meanings),
		cmocka_unit_test(drawn_signs_have_meanings),
		cmocka_unit_test(explain_shows_sign_and_colour),
		cmocka_unit_test(explain_knows_its_place),
		cmocka_unit_test(every_row_has_words),
		cmocka_unit_test(every_wait_has_a_source),
		cmocka_unit_test(lanes_say_what_they_stand_on),
		cmocka_unit_test(glossary_opens_and_closes),
		cmocka_unit_test(glossary_searches_as_one_types),
		cmocka_unit_test(glossary_has_the_name_first),
		cmocka_unit_test(glossary_takes_a_hyphen_for_a_space),
		cmocka_unit_test(glossary_marks_what_is_found),
		cmocka_unit_test(glossary_begins_at_what_was_explained),
		cmocka_unit_test(glossary_opens_before_there_is_anything),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
