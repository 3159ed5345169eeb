/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of a page of moments. "lines": each a text, or, where it is not all of the plain style,
 * a list of styles and the texts drawn in them by turns. Line 0 and text 0 are empty. "moments":
 * "at" and "since" in milliseconds; "rows": for each view by turns the row and the number of the
 * line that is in it now, of those that changed; "marks": for each view the number of its honesty's
 * text where that is another one, else -1; "caption": the number of its text; "events"; "more": how
 * many are not among these, where some are not.
 */
#include "json_page.h"

#include <jansson.h>
#include <string.h>

#include "twintop/base/vec.h"

#define MS     1000000u
#define UNSEEN (-1)

/* What a view shows of the moment before: numbers of lines by row, and of its honesty's text. */
struct shown {
	json_int_t *line, mark;
};

struct page {
	int columns, rows;
	json_t *views, *lines, *texts, *moments;
	json_t *numbers, *text_numbers; /* of lines and texts, by what they are */
	json_t *moment;			/* the newest one, borrowed; NULL: none came yet */
	VEC(struct shown) shown;
};

/* The number of value in the list, at whose end it is put where it is new; takes its reference. */
static json_int_t number_of(json_t *list, json_t *numbers, json_t *value)
{
	char *key = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	json_t *known = json_object_get(numbers, key);
	json_int_t number = known ? json_integer_value(known) : (json_int_t)json_array_size(list);

	if (known) {
		json_decref(value);
	} else {
		json_array_append_new(list, value);
		json_object_set_new(numbers, key, json_integer(number));
	}
	free(key);
	return number;
}

/* What is not well-formed is no text: it is left out and not guessed at. */
static json_t *text_new(const char *utf8)
{
	json_t *text = json_string(utf8);

	return text ? text : json_string("");
}

struct page *page_new(int columns, int rows)
{
	struct page *p = mem_alloc(sizeof *p);

	*p = (struct page){.columns = columns,
		.rows = rows,
		.views = json_array(),
		.lines = json_array(),
		.texts = json_array(),
		.moments = json_array(),
		.numbers = json_object(),
		.text_numbers = json_object()};
	number_of(p->lines, p->numbers, json_string(""));
	number_of(p->texts, p->text_numbers, json_string(""));
	return p;
}

void page_free(struct page *p)
{
	if (!p)
		return;
	json_decref(p->views);
	json_decref(p->lines);
	json_decref(p->texts);
	json_decref(p->moments);
	json_decref(p->numbers);
	json_decref(p->text_numbers);
	for (size_t i = 0; i < p->shown.n; i++)
		free(p->shown.item[i].line);
	VEC_FREE(&p->shown);
	free(p);
}

void page_view(struct page *p, const char *id, const char *title, const char *help)
{
	struct shown shown = {.mark = UNSEEN};

	shown.line = mem_alloc((size_t)p->rows * sizeof *shown.line);
	memset(shown.line, 0, (size_t)p->rows * sizeof *shown.line);
	VEC_PUSH(&p->shown, shown);
	json_array_append_new(
		p->views, json_pack("{s:s, s:s, s:s}", "id", id, "title", title, "help", help));
}

void page_moment(struct page *p, uint64_t realtime_ns, uint64_t since_ns)
{
	p->moment = json_pack("{s:I, s:I, s:i, s:[], s:[], s:[]}", "at",
		(json_int_t)(realtime_ns / MS), "since", (json_int_t)(since_ns / MS), "caption", 0,
		"events", "rows", "marks");
	for (size_t i = 0; i < p->shown.n; i++) {
		json_array_append_new(json_object_get(p->moment, "rows"), json_array());
		json_array_append_new(json_object_get(p->moment, "marks"), json_integer(UNSEEN));
	}
	json_array_append_new(p->moments, p->moment);
}

void page_event(struct page *p, const char *sentence)
{
	json_array_append_new(json_object_get(p->moment, "events"), text_new(sentence));
}

void page_events_more(struct page *p, size_t n)
{
	json_object_set_new(p->moment, "more", json_integer((json_int_t)n));
}

void page_caption(struct page *p, const char *lines)
{
	json_int_t number = number_of(p->texts, p->text_numbers, text_new(lines));

	json_object_set_new(p->moment, "caption", json_integer(number));
}

/* ---- lines -------------------------------------------------------------------- */

/* A run of cells that look alike, as it grows. */
struct run {
	int style; /* enum style, with PAGE_SOLID where it is solid; -1: none has begun */
	struct textbuf text;
};

static void end_run(struct run *r, json_t *line)
{
	if (r->text.len) {
		json_array_append_new(line, json_integer(r->style));
		json_array_append_new(line, text_new(r->text.bytes));
	}
	textbuf_clear(&r->text);
}

/* Blanks that cannot be seen belong to whatever stands before them. */
static bool goes_on(const struct run *r, const struct cell *cell, int style)
{
	return style == r->style ||
	       (r->style >= 0 && r->style < PAGE_SOLID && cell->code[0] == ' ' && !cell->solid &&
		       !page_style_shows((enum style)cell->style) &&
		       !page_style_shows((enum style)r->style));
}

/* Columns up to the last one in which something is seen. */
static int seen_columns(const struct canvas *c, int y)
{
	int n = c->w;

	while (n > 0) {
		const struct cell *cell = canvas_at(c, n - 1, y);

		if (cell->code[0] != ' ' || cell->solid ||
			page_style_shows((enum style)cell->style))
			break;
		n--;
	}
	return n;
}

static json_t *line_new(const struct canvas *c, int y)
{
	json_t *line = json_array(), *plain;
	struct run run = {.style = -1};
	int n = seen_columns(c, y);

	for (int x = 0; x < n; x++) {
		const struct cell *cell = canvas_at(c, x, y);
		int style = cell->style + (cell->solid ? PAGE_SOLID : 0);
		char utf8[4];

		if (!goes_on(&run, cell, style)) {
			end_run(&run, line);
			run.style = style;
		}
		for (int k = 0; cell->width && k < CELL_CODES && cell->code[k]; k++)
			textbuf_add(&run.text, utf8, text_encode(cell->code[k], utf8));
	}
	end_run(&run, line);
	textbuf_free(&run.text);
	if (json_array_size(line) > 2 ||
		json_integer_value(json_array_get(line, 0)) != STYLE_NORMAL)
		return line;
	plain = json_array_size(line) ? json_incref(json_array_get(line, 1)) : json_string("");
	json_decref(line);
	return plain;
}

void page_screen(struct page *p, size_t view, const struct canvas *c, const char *honesty)
{
	json_t *rows = json_array_get(json_object_get(p->moment, "rows"), view);
	json_int_t mark = number_of(p->texts, p->text_numbers, text_new(honesty));
	struct shown *shown = &p->shown.item[view];

	for (int y = 0; y < p->rows; y++) {
		json_int_t line = y < c->h ? number_of(p->lines, p->numbers, line_new(c, y)) : 0;

		if (line == shown->line[y])
			continue;
		shown->line[y] = line;
		json_array_append_new(rows, json_integer(y));
		json_array_append_new(rows, json_integer(line));
	}
	if (mark != shown->mark)
		json_array_set_new(json_object_get(p->moment, "marks"), view, json_integer(mark));
	shown->mark = mark;
}

/* ---- all of it ------------------------------------------------------------------ */

/* The letters of markup stand in texts alone, where JSON has another way to write them. */
static int add_harmless(const char *bytes, size_t len, void *context)
{
	for (const char *end = bytes + len; bytes < end; bytes++)
		if (*bytes == '<' || *bytes == '>' || *bytes == '&')
			textbuf_addf(context, "\\u%04x", (unsigned)*bytes);
		else
			textbuf_add(context, bytes, 1);
	return 0;
}

void page_data(const struct page *p, struct textbuf *out)
{
	json_t *all = json_pack("{s:i, s:i, s:O, s:O, s:O, s:O}", "columns", p->columns, "rows",
		p->rows, "views", p->views, "lines", p->lines, "texts", p->texts, "moments",
		p->moments);

	json_dump_callback(all, add_harmless, out, JSON_COMPACT);
	json_decref(all);
}
