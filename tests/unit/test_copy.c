/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key that copies: which bytes go to the clipboard, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixtures/play.h"
#include "twintop/base/base64.h"

static void base64_is_that_of_its_standard(void **state)
{
	/* RFC 4648, section 10, and all that text may not hold. */
	static const struct {
		const char *bytes;
		size_t n;
		const char *text;
	} row[] = {
		{"", 0, ""},
		{"f", 1, "Zg=="},
		{"fo", 2, "Zm8="},
		{"foo", 3, "Zm9v"},
		{"foob", 4, "Zm9vYg=="},
		{"fooba", 5, "Zm9vYmE="},
		{"foobar", 6, "Zm9vYmFy"},
		{"\033]0;x\a", 6, "G10wO3gH"},
		{"\0\xff\xfe\n", 4, "AP/+Cg=="},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct textbuf out = {0};

		base64_encode(&out, (struct text){row[i].bytes, row[i].n});
		assert_string_equal(out.bytes ? out.bytes : "", row[i].text);
		textbuf_free(&out);
	}
}

/* The bytes that y asks for, as text; NULL: it asks for nothing. */
static char *copied(struct app *a)
{
	struct app_request r;
	bool asked = false;
	struct text t;

	while (app_next_request(a, &r))
		;
	app_key(a, 'y', PLAY_NOW);
	while (app_next_request(a, &r))
		asked |= r.kind == REQUEST_COPY;
	t = app_copy_bytes(a);
	return asked ? strndup(t.len ? t.bytes : "", t.len) : NULL;
}

/* In each list whatever the cell is, its getter's value: numbers in their unit, text whole. */
static void a_cell_of_each_list_is_its_value(void **state)
{
	static const char views[] = "23478";
	struct app *a = play_start(false, false);

	(void)state;
	for (const char *v = views; *v; v++) {
		char *got;

		app_key(a, (unsigned char)*v, PLAY_NOW);
		assert_null(copied(a));
		assert_true(play_shows(a, "no cell is selected, arrows select one"));
		app_key(a, KEYS_RIGHT, PLAY_NOW);
		got = copied(a);
		assert_non_null(got);
		assert_true(*got);
		free(got);
		app_copied(a, 0);
		assert_true(play_shows(a, "copied: "));
		assert_true(play_shows(a, "if the terminal takes it (OSC 52)"));
	}
	app_free(a);
}

static void what_is_not_copied_says_why(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "2");
	app_key(a, KEYS_RIGHT, PLAY_NOW);
	app_copied(a, -EOPNOTSUPP);
	assert_true(play_shows(a, "not copied: this terminal has no clipboard"));
	app_copied(a, -EAGAIN);
	assert_true(play_shows(a, "not copied: the terminal takes no output now"));
	app_free(a);
	a = app_new(&(struct app_options){.view = "threads"});
	assert_null(copied(a));
	assert_true(play_shows(a, "not copied: nothing is selected"));
	app_free(a);
}

static void an_unknown_value_is_not_copied(void **state)
{
	struct app *a = play_start(false, false);
	bool any = false;

	(void)state;
	play_feed(a, (struct scene){.step = 2, .denied = true});
	play_keys(a, "3");
	for (int i = 0; i < 12 && !any; i++) {
		char *got;

		app_key(a, KEYS_RIGHT, PLAY_NOW);
		got = copied(a);
		any = !got && play_shows(a, "not copied: ") && !play_shows(a, "nothing here");
		free(got);
	}
	assert_true(any);
	app_free(a);
}

/* Pages: the address under the cursor, which moves by a page. */
static void pages_give_an_address(void **state)
{
	struct app *a = play_start(false, false);
	uint64_t before, now;
	char *got;

	(void)state;
	play_keys(a, "5");
	assert_true(play_shows(a, "[5 Pages]"));
	got = copied(a);
	assert_non_null(got);
	before = strtoull(got, NULL, 0);
	assert_memory_equal(got, "0x", 2);
	free(got);
	app_key(a, KEYS_RIGHT, PLAY_NOW);
	got = copied(a);
	now = strtoull(got, NULL, 0);
	free(got);
	assert_true(now > before && (now - before) % 4096 == 0);
	app_free(a);
}

/* A panel over the view is what is copied, every line of it, tabs between its columns. */
static void details_are_copied_whole(void **state)
{
	struct app *a = play_start(false, false);
	char *got;

	(void)state;
	play_keys(a, "4");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(play_shows(a, "mapping: every field"));
	got = copied(a);
	assert_non_null(got);
	assert_non_null(strstr(got, "start\t"));
	assert_non_null(strstr(got, "permissions\t"));
	assert_int_equal(got[strlen(got) - 1], '\n');
	free(got);
	app_free(a);
}

/* No more than terminals take, and that it was cut is said. */
static void long_text_is_cut(void **state)
{
	struct app *a = play_start(false, false);
	char *got;

	(void)state;
	play_keys(a, "G");
	assert_true(play_shows(a, "glossary"));
	got = copied(a);
	assert_non_null(got);
	assert_true(strlen(got) <= 49152);
	app_copied(a, 0);
	if (strlen(got) == 49152)
		assert_true(play_shows(a, "(49152 of "));
	else
		assert_true(strlen(got) > 10000);
	free(got);
	app_free(a);
}

/* Whose bytes are hostile reach the clipboard raw, and the line that says so printable. */
static void hostile_bytes_stay_off_the_screen(void **state)
{
	const struct moment *m = scene_moment(&(const struct scene){.step = 0});
	static const struct text bad = {"\033]52;c;AAAA\a\n\xff", 14};
	const struct field *f = field_find("process.comm");
	struct value v = value_text(bad);
	struct textbuf out = {0};

	(void)state;
	assert_non_null(f);
	assert_true(field_plain(f, &m->snapshot->host, &v, &out));
	assert_int_equal(out.len, bad.len);
	assert_memory_equal(out.bytes, bad.bytes, bad.len);
	v = value_unknown(VALUE_TEXT, VALUE_DENIED, "x");
	assert_false(field_plain(f, &m->snapshot->host, &v, &out));
	assert_int_equal(out.len, bad.len);
	textbuf_free(&out);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_is_that_of_its_standard),
		cmocka_unit_test(a_cell_of_each_list_is_its_value),
		cmocka_unit_test(what_is_not_copied_says_why),
		cmocka_unit_test(an_unknown_value_is_not_copied),
		cmocka_unit_test(pages_give_an_address),
		cmocka_unit_test(details_are_copied_whole),
		cmocka_unit_test(long_text_is_cut),
		cmocka_unit_test(hostile_bytes_stay_off_the_screen),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
