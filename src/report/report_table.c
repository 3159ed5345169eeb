/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report_internal.h"
#include "twintop/base/units.h"

void report_column(struct report_table *t, const char *heading, bool left)
{
	if (t->columns == REPORT_COLUMNS_MAX)
		return;
	t->heading[t->columns] = heading;
	t->left[t->columns++] = left;
}

void report_cell(struct report_table *t, const char *utf8)
{
	VEC_PUSH(&t->cell, arena_copy(&t->arena, utf8, strlen(utf8)));
}

void report_cellf(struct report_table *t, const char *format, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	report_cell(t, text);
}

/*
 * What was so already at the first look lasts longer than is known, and a sleep of that sort is
 * over sooner.
 */
static const char *bound_of(const struct field *f, const struct record *r)
{
	const bool lasts = !strcmp(f->id, "thread.waiting_on.for_ns"),
		   is_left = !strcmp(f->id, "thread.waiting_on.left_ns");
	const struct thread t = thread_at(
		lasts || is_left ? r->moment->snapshot->side[r->side].threads : NULL, r->index);

	return !t.self || !t.run->first ? "" : lasts ? "≥" : "≤";
}

void report_field(struct report_table *t, const struct field *f, const struct record *r)
{
	struct textbuf out = {0};
	struct value v = f->get(r);

	if (value_state_has_value(v.state))
		textbuf_adds(&out, bound_of(f, r));
	field_format(f, record_host(r), &v, &out);
	report_cell(t, out.bytes ? out.bytes : "");
	textbuf_free(&out);
}

static size_t cell_width(const char *utf8)
{
	return text_width(utf8, strlen(utf8));
}

static void add_blanks(struct textbuf *out, size_t n)
{
	textbuf_addf(out, "%*s", (int)n, "");
}

/* One row; the last column is not filled up with blanks. */
static void write_row(const struct report_table *t, const size_t width[], const char *const cell[],
	struct textbuf *out)
{
	textbuf_adds(out, "  ");
	for (size_t i = 0; i < t->columns; i++) {
		size_t gap = width[i] - cell_width(cell[i]);
		bool last = i + 1 == t->columns;

		if (!t->left[i])
			add_blanks(out, gap);
		textbuf_adds(out, cell[i]);
		if (t->left[i] && !last)
			add_blanks(out, gap);
		if (!last)
			textbuf_adds(out, "  ");
	}
	while (out->len && out->bytes[out->len - 1] == ' ')
		out->bytes[--out->len] = '\0';
	textbuf_adds(out, "\n");
}

void report_write(struct report_table *t, struct textbuf *out)
{
	size_t width[REPORT_COLUMNS_MAX];

	for (size_t i = 0; i < t->columns; i++)
		width[i] = cell_width(t->heading[i]);
	for (size_t i = 0; t->columns && i < t->cell.n; i++)
		if (cell_width(t->cell.item[i]) > width[i % t->columns])
			width[i % t->columns] = cell_width(t->cell.item[i]);
	write_row(t, width, t->heading, out);
	for (size_t i = 0; t->columns && i + t->columns <= t->cell.n; i += t->columns)
		write_row(t, width, t->cell.item + i, out);
	VEC_FREE(&t->cell);
	arena_free(&t->arena);
	t->columns = 0;
}

void report_section(struct textbuf *out, const char *title, const char *honesty)
{
	textbuf_addf(out, "\n%s", title);
	if (honesty && *honesty)
		textbuf_addf(out, "   [%s]", honesty);
	textbuf_adds(out, "\n");
}

const char *report_honesty(
	char out[160], const struct moment *m, enum record_kind kind, unsigned side)
{
	const struct part *part = record_part(m, kind, side);
	enum value_state state = part ? part->state : VALUE_UNREAD;
	struct part_age age = part_age(m->snapshot, record_part_kind(kind), side);
	char text[UNITS_MAX];

	if (state == VALUE_UNREAD)
		return "hidden: not read";
	if (!value_state_has_value(state))
		snprintf(out, 160, "hidden: %s", value_state_reason(state));
	else if (age.old)
		snprintf(out, 160, "stale: read %s before", units_time(text, age.ns));
	else
		return record_count(m, kind, side) ? "exact" : NULL;
	return out;
}
