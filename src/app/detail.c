/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "app_internal.h"
#include "twintop/draw/panes.h"

/* The value as the panel shows it: what is unknown carries its reason. Arena text. */
static const char *shown_text(struct panel *p, const struct field *f, const struct record *r,
	const struct value *v, bool past)
{
	const char *reason = panes_reason(v->reason, past), *text;
	struct textbuf out = {0};

	field_format(f, record_host(r), v, &out);
	if (!value_state_has_value(v->state))
		textbuf_addf(&out, " (%s%s%s)", value_state_name(v->state), reason ? ": " : "",
			reason ? reason : "");
	else if (v->state == VALUE_STALE)
		textbuf_adds(&out, " (stale)");
	text = arena_copy(&p->arena, out.bytes ? out.bytes : "", out.len);
	textbuf_free(&out);
	return text;
}

static enum style value_style(const struct value *v)
{
	return value_state_has_value(v->state) ? STYLE_NORMAL : STYLE_DIM;
}

/* One field of both sides; values that differ are marked by sign and colour. */
static void add_field(
	struct panel *p, const struct field *f, const struct view_selection *s, bool past)
{
	const char *text[2] = {"", ""};
	struct value v[2];
	struct panel_row *row;
	struct textbuf label = {0};
	bool differ = false;

	for (unsigned side = 0; side < 2; side++)
		if (s->has[side]) {
			v[side] = f->get(&s->record[side]);
			text[side] = shown_text(p, f, &s->record[side], &v[side], past);
		}
	if (s->has[0] && s->has[1])
		differ = strcmp(text[0], text[1]) != 0;
	textbuf_addf(&label, "%s%s", differ ? "≠ " : "  ",
		strchr(f->id, '.') ? strchr(f->id, '.') + 1 : f->id);
	row = panel_add(p, label.bytes, text[0], text[1]);
	row->style[0] = differ ? STYLE_DIVERGED : STYLE_DIM;
	for (unsigned side = 0; side < 2; side++)
		row->style[side + 1] = s->has[side] ? (uint8_t)value_style(&v[side]) : STYLE_DIM;
	textbuf_free(&label);
}

void detail_fill(struct panel *p, const struct view_selection *s, bool past)
{
	enum record_kind kind = s->record[s->has[0] ? 0 : 1].kind;
	bool one = record_kind_is_one(kind);
	struct panel_row *row;

	panel_begin(p, one ? 2 : 3, one ? 26 : 24, 0);
	if (one)
		row = panel_add(p, "  field", "value", NULL);
	else
		row = panel_add(
			p, "  field", s->has[0] ? "A" : "A: none", s->has[1] ? "B" : "B: none");
	row->style[0] = STYLE_TITLE;
	row->style[1] = one ? STYLE_TITLE : STYLE_SIDE_A;
	row->style[2] = STYLE_SIDE_B;
	for (size_t i = 0; i < field_table_n; i++)
		if (field_table[i].kind == kind)
			add_field(p, &field_table[i], s, past);
}
