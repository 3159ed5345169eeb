/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of moments: what is in them, how small it is, and that nothing in them becomes markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/fixtures/tape.h"
#include "twintop/screen/sheets.h"

#define COLUMNS 40
#define ROWS	4
#define SECOND	1000000000ull

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		n++;
		text += strlen(what);
	}
	return n;
}

/* The data of a page, read back; the caller's. */
static json_t *data_of(const struct textbuf *page)
{
	const char *begin = strstr(page->bytes, "id=\"data\">\n");
	const char *end = begin ? strstr(begin, "\n</script>") : NULL;
	json_error_t error;
	json_t *data;

	assert_non_null(end);
	begin += strlen("id=\"data\">\n");
	data = json_loadb(begin, (size_t)(end - begin), JSON_REJECT_DUPLICATES, &error);
	if (!data)
		fail_msg("%s", error.text);
	return data;
}

static json_t *at(const json_t *data, const char *list, size_t i)
{
	json_t *item = json_array_get(json_object_get(data, list), i);

	assert_non_null(item);
	return item;
}

/* All texts of a line behind one another; NULL-ended, in out. */
static void line_text(const json_t *line, struct textbuf *out)
{
	textbuf_clear(out);
	textbuf_adds(out, json_is_string(line) ? json_string_value(line) : "");
	for (size_t i = 1; i < json_array_size(line); i += 2)
		textbuf_adds(out, json_string_value(json_array_get(line, i)));
}

static bool any_line_is(const json_t *data, const char *text)
{
	struct textbuf b = {0};
	size_t i;
	json_t *line;
	bool is = false;

	json_array_foreach(json_object_get(data, "lines"), i, line)
	{
		line_text(line, &b);
		is |= !strcmp(b.bytes, text);
	}
	textbuf_free(&b);
	return is;
}

static struct page *page_of_two(void)
{
	struct page *p = page_new(COLUMNS, ROWS);

	page_view(p, "one", "One", "One: the first.");
	page_view(p, "two", "Two", "Two: the second.");
	return p;
}

static void write_it(const struct page *p, const char *title, struct textbuf *out)
{
	textbuf_clear(out);
	page_write(p, &(struct page_words){title, "said of it\nand more\n"}, "0123abc", out);
}

/* ---- what is stored --------------------------------------------------------- */

static void stores_lines_once(void **state)
{
	struct canvas *c = canvas_new(COLUMNS, ROWS, false);
	struct page *p = page_of_two();
	struct textbuf page = {0};
	json_t *data, *rows;

	(void)state;
	canvas_text(c, 0, 0, COLUMNS, STYLE_NORMAL, "plain");
	canvas_text(c, 0, 1, COLUMNS, STYLE_NORMAL, "both ");
	canvas_text(c, 5, 1, COLUMNS, STYLE_BAD, "bad");
	canvas_text(c, 0, 3, COLUMNS, STYLE_NORMAL, "plain");
	for (unsigned i = 0; i < 3; i++) {
		page_moment(p, 5 * SECOND, i * SECOND);
		if (i == 2)
			canvas_text(c, 0, 2, COLUMNS, STYLE_DIM, "new");
		page_screen(p, 0, c, i ? "exact" : "estimated");
		page_screen(p, 1, c, "exact");
	}
	write_it(p, "t", &page);
	data = data_of(&page);
	/* "", "plain", the one of two styles, and the dim one. */
	assert_int_equal(json_array_size(json_object_get(data, "lines")), 4);
	assert_string_equal(json_string_value(at(data, "lines", 1)), "plain");
	assert_int_equal(json_integer_value(json_array_get(at(data, "lines", 2), 2)), STYLE_BAD);
	assert_int_equal(json_integer_value(json_object_get(at(data, "moments", 0), "at")), 5000);
	assert_int_equal(
		json_integer_value(json_object_get(at(data, "moments", 2), "since")), 2000);
	rows = json_object_get(at(data, "moments", 0), "rows");
	assert_int_equal(json_array_size(json_array_get(rows, 0)), 6);
	rows = json_object_get(at(data, "moments", 1), "rows");
	assert_int_equal(json_array_size(json_array_get(rows, 0)), 0);
	rows = json_object_get(at(data, "moments", 2), "rows");
	assert_int_equal(json_array_size(json_array_get(rows, 1)), 2);
	/* What did not change is not said again. */
	assert_int_equal(json_integer_value(json_array_get(
				 json_object_get(at(data, "moments", 1), "marks"), 1)),
		-1);
	json_decref(data);
	page_free(p);
	canvas_free(c);
	textbuf_free(&page);
}

/* Blanks go with what stands before them, unless they are a block of colour. */
static void joins_blanks(void **state)
{
	struct canvas *c = canvas_new(COLUMNS, ROWS, false);
	struct page *p = page_of_two();
	struct textbuf page = {0};
	json_t *data, *line;

	(void)state;
	canvas_text(c, 0, 0, COLUMNS, STYLE_BAD, "bad");
	canvas_text(c, 8, 0, COLUMNS, STYLE_BAD, "more");
	canvas_text(c, 0, 1, COLUMNS, STYLE_BAD, "x");
	canvas_fill(c, (struct rect){1, 1, 3, 1}, STYLE_SELECTED);
	canvas_text(c, 0, 2, COLUMNS, STYLE_GOOD, "  ");
	canvas_solid(c, (struct rect){0, 2, 2, 1});
	canvas_text(c, 0, 3, COLUMNS, STYLE_NORMAL, "e\xcc\x81\xe6\xbc\xa2.");
	page_moment(p, 0, 0);
	page_screen(p, 0, c, "");
	write_it(p, "t", &page);
	data = data_of(&page);
	line = at(data, "lines", 1);
	assert_int_equal(json_array_size(line), 2);
	assert_string_equal(json_string_value(json_array_get(line, 1)), "bad     more");
	line = at(data, "lines", 2);
	assert_int_equal(json_array_size(line), 4);
	assert_string_equal(json_string_value(json_array_get(line, 3)), "   ");
	line = at(data, "lines", 3);
	assert_int_equal(json_integer_value(json_array_get(line, 0)), STYLE_GOOD + 64);
	assert_string_equal(json_string_value(at(data, "lines", 4)), "e\xcc\x81\xe6\xbc\xa2.");
	json_decref(data);
	page_free(p);
	canvas_free(c);
	textbuf_free(&page);
}

/* ---- hostile names ------------------------------------------------------------- */

static const char hostile[] = "</script><!--<script>alert('\"')&amp;]]>";

static void takes_text_as_text(void **state)
{
	struct canvas *c = canvas_new(80, ROWS, false);
	struct page *p = page_new(80, ROWS);
	struct textbuf page = {0}, plain = {0};
	json_t *data;

	(void)state;
	page_view(p, "one", "One", "One: the first.");
	page_moment(p, 0, 0);
	write_it(p, "plain", &plain);
	canvas_name(c, 0, 0, 80, STYLE_NORMAL, text_of(hostile));
	canvas_name(c, 0, 1, 80, STYLE_BAD, (struct text){"\x1b[31m\n\xff\0x", 9});
	page_event(p, hostile);
	page_event(p, "cut \xff");
	page_caption(p, hostile);
	page_screen(p, 0, c, hostile);
	write_it(p, hostile, &page);
	/* Not one tag more than in a page of nothing. */
	assert_int_equal(count(page.bytes, "<script"), count(plain.bytes, "<script"));
	assert_int_equal(count(page.bytes, "</script"), count(plain.bytes, "</script"));
	assert_int_equal(count(page.bytes, "<!--"), count(plain.bytes, "<!--"));
	assert_null(strpbrk(page.bytes, "\x1b\x7f\xff"));
	assert_non_null(strstr(
		page.bytes, "&#60;/script&#62;&#60;!--&#60;script&#62;alert(&#39;&#34;&#39;)"));
	data = data_of(&page);
	assert_true(any_line_is(data, hostile));
	assert_true(any_line_is(data, "\\e[31m\\n\\xff\\x00x"));
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(at(data, "moments", 0), "events"), 0)),
		hostile);
	assert_string_equal(json_string_value(at(data, "texts", 1)), hostile);
	json_decref(data);
	page_free(p);
	canvas_free(c);
	textbuf_free(&page);
	textbuf_free(&plain);
}

/* Nothing is loaded from anywhere, and no script but ours runs. */
static void stands_alone(void **state)
{
	struct page *p = page_of_two();
	struct textbuf page = {0};

	(void)state;
	page_moment(p, 0, 0);
	write_it(p, "t", &page);
	assert_memory_equal(page.bytes, PAGE_BEGIN, strlen(PAGE_BEGIN));
	assert_non_null(strstr(page.bytes, "default-src 'none'"));
	assert_int_equal(count(page.bytes, "'nonce-0123abc'"), 2);
	assert_int_equal(count(page.bytes, "<script nonce=\"0123abc\">"), 1);
	assert_null(strstr(page.bytes, "://"));
	assert_null(strstr(page.bytes, "src="));
	assert_null(strstr(page.bytes, "href="));
	assert_non_null(strstr(page.bytes, "<p>said of it</p>\n<p>and more</p>"));
	/* Every mark of the template was replaced. */
	assert_null(strstr(page.bytes, "\n@T"));
	assert_null(strstr(page.bytes, "@\n"));
	page_free(p);
	textbuf_free(&page);
}

/* ---- of recordings ---------------------------------------------------------------- */

static void write_tape(const char *name, struct sheets_bounds bounds, struct textbuf *out)
{
	struct tape tape;
	struct sheets_about about = {.name = name};

	tape_open(name, &tape);
	about.host = tape.host;
	about.redacted = tape.redacted;
	textbuf_clear(out);
	assert_int_equal(sheets_write(tape.source, &about, bounds, "n", out), 0);
	tape_close(&tape);
}

/* How many there are, and events that they list or count, none more than most of them. */
static size_t moments_of(const struct textbuf *page, size_t most, size_t *ret_events)
{
	json_t *data = data_of(page), *m;
	size_t n = json_array_size(json_object_get(data, "moments")), i;

	*ret_events = 0;
	json_array_foreach(json_object_get(data, "moments"), i, m)
	{
		size_t listed = json_array_size(json_object_get(m, "events"));

		assert_true(listed <= most);
		*ret_events += listed + (size_t)json_integer_value(json_object_get(m, "more"));
	}
	json_decref(data);
	return n;
}

static void bounds_what_it_shows(void **state)
{
	struct textbuf page = {0};
	size_t all, few, events, same_events;

	(void)state;
	write_tape("cow", SHEETS_BOUNDS, &page);
	all = moments_of(&page, SHEETS_BOUNDS.events, &events);
	assert_true(all > 10 && events > 3);
	assert_null(strstr(page.bytes, "<p>Of "));
	/* Fewer moments, and no event less. */
	write_tape("cow", (struct sheets_bounds){3, 1u << 30, SHEETS_BOUNDS.events}, &page);
	few = moments_of(&page, SHEETS_BOUNDS.events, &same_events);
	assert_true(few >= 3 && few <= 6);
	assert_int_equal(same_events, events);
	assert_non_null(strstr(page.bytes, "<p>Of "));
	/* Fewer of each moment, and the rest counted there. */
	write_tape("cow", (struct sheets_bounds){3, 1u << 30, 1}, &page);
	assert_int_equal(moments_of(&page, 1, &same_events), few);
	assert_int_equal(same_events, events);
	assert_non_null(strstr(page.bytes, "<p>Of each moment 1 events are listed; "));
	/* Too large: made anew with fewer. */
	write_tape("cow",
		(struct sheets_bounds){SHEETS_BOUNDS.moments, 100000, SHEETS_BOUNDS.events}, &page);
	assert_true(moments_of(&page, SHEETS_BOUNDS.events, &same_events) < all);
	assert_int_equal(same_events, events);
	assert_true(page.len <= 100000);
	textbuf_free(&page);
}

/* No key reaches a page: what the screen says of keys is not on it. */
static void names_no_keys(void **state)
{
	static const char *const keys[] = {
		"Enter", "PgUp", "PgDn", "Esc ", "dismisses", "shows all"};
	static const char *const tape[] = {"cow", "demo-fork-exec", "family"};
	struct textbuf page = {0};

	(void)state;
	for (size_t k = 0; k < sizeof tape / sizeof *tape; k++) {
		write_tape(tape[k], SHEETS_BOUNDS, &page);
		assert_non_null(strstr(page.bytes, "OVER TIME, until then\""));
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
			if (strstr(page.bytes, keys[i]))
				fail_msg("%s: %.60s", tape[k], strstr(page.bytes, keys[i]));
	}
	textbuf_free(&page);
}

/* What is beyond the most of a moment is counted there. */
static void counts_what_it_leaves_out(void **state)
{
	struct page *p = page_of_two();
	struct textbuf page = {0};
	json_t *data;

	(void)state;
	page_moment(p, 0, 0);
	page_event(p, "one");
	page_moment(p, SECOND, SECOND);
	page_event(p, "two");
	page_events_more(p, 7);
	write_it(p, "t", &page);
	data = data_of(&page);
	assert_null(json_object_get(at(data, "moments", 0), "more"));
	assert_int_equal(json_integer_value(json_object_get(at(data, "moments", 1), "more")), 7);
	json_decref(data);
	page_free(p);
	textbuf_free(&page);
}

static void tells_of_recordings(void **state)
{
	static const char *const demo[] = {"demo-cond-lost", "demo-cpu-io", "demo-deadlock",
		"demo-false-sharing", "demo-philosophers", "demo-pipe-eof",
		"demo-producer-consumer", "demo-user-threads"};
	struct textbuf page = {0};
	json_t *data;

	(void)state;
	for (size_t i = 0; i < sizeof demo / sizeof *demo; i++) {
		write_tape(demo[i], SHEETS_BOUNDS, &page);
		assert_true(page.len <= 2u << 20);
		/* Each of them tells its steps, and what came of them. */
		assert_non_null(strstr(page.bytes, "Step 1\\n"));
		assert_non_null(strstr(page.bytes, ", as expected\\n"));
	}
	write_tape("demo-deadlock", SHEETS_BOUNDS, &page);
	assert_non_null(strstr(page.bytes, "recorded on example:"));
	assert_null(strstr(page.bytes, "were private"));
	data = data_of(&page);
	assert_int_equal(json_array_size(json_object_get(data, "views")), view_table_n);
	assert_string_equal(
		json_string_value(json_object_get(at(data, "views", 0), "id")), view_table[0]->id);
	json_decref(data);
	write_tape("redacted", SHEETS_BOUNDS, &page);
	assert_non_null(strstr(page.bytes, "were private"));
	assert_null(strstr(page.bytes, "/opt/"));
	textbuf_free(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stores_lines_once),
		cmocka_unit_test(joins_blanks),
		cmocka_unit_test(takes_text_as_text),
		cmocka_unit_test(stands_alone),
		cmocka_unit_test(bounds_what_it_shows),
		cmocka_unit_test(names_no_keys),
		cmocka_unit_test(counts_what_it_leaves_out),
		cmocka_unit_test(tells_of_recordings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
