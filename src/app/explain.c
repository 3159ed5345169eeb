/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the selected cell is, in plain words with its own values, and how that is known. */
#include "app_internal.h"
#include "twintop/draw/sign_lesson.h"
#include "twintop/model/tell.h"

static void add_line(struct panel *p, const char *label, const char *text, enum style style)
{
	struct panel_row *row;

	if (!text || !*text)
		return;
	row = panel_add(p, label, text, NULL);
	row->style[0] = STYLE_DIM;
	row->style[1] = (uint8_t)style;
}

static void add_text(struct panel *p, const char *label, struct textbuf *text, enum style style)
{
	add_line(p, label, text->bytes, style);
	textbuf_free(text);
}

/* What each side has, in a sentence. */
static void add_told(
	struct panel *p, const struct field *f, const struct view_selection *s, bool past)
{
	static const char *const label[2] = {"A now", "B now"};
	bool one = record_kind_is_one(f->kind);

	for (unsigned side = 0; side < 2; side++) {
		struct textbuf text = {0};
		struct value v;

		if (!s->has[side])
			continue;
		v = f->get(&s->record[side]);
		field_tell(f, &s->record[side], past, &text);
		add_text(p, one ? "now" : label[side], &text,
			value_state_has_value(v.state) ? STYLE_NORMAL : STYLE_DIM);
	}
}

/* How exact it is, and of when. */
static void add_exact(struct panel *p, const struct field *f, const struct view_selection *s)
{
	struct textbuf text = {0};
	const struct record *r = &s->record[s->has[0] ? 0 : 1];

	if (s->has[0] || s->has[1]) {
		textbuf_addf(&text, "%s ", exactness_here(f->exact, r->moment));
		field_tell_when(r->moment, r->kind, &text);
	} else {
		textbuf_adds(&text, exactness_text(f->exact));
	}
	add_text(p, "exact?", &text, STYLE_NORMAL);
}

static void add_field(
	struct panel *p, const struct field *f, const struct view_selection *s, bool past)
{
	struct textbuf name = {0};

	textbuf_addf(&name, "%s (column %s)", f->id, f->title);
	add_text(p, "field", &name, STYLE_STRONG);
	add_told(p, f, s, past);
	add_line(p, "what", f->explain, STYLE_NORMAL);
	add_line(p, "why", f->why, STYLE_NORMAL);
	add_line(p, "source", f->source, STYLE_NORMAL);
	add_line(p, "manual", f->manual, STYLE_NORMAL);
	add_exact(p, f, s);
	add_line(p, "requires", *f->requires ? f->requires : "no privilege", STYLE_NORMAL);
	add_line(p, "unit", unit_name(f->unit), STYLE_NORMAL);
}

/* A verdict, a kind, a relation; whole: there is nothing else that the panel is about. */
static void add_lesson(struct panel *p, const struct view_selection *s, bool whole)
{
	const struct lesson_ref *ref = &s->lesson;
	const struct moment *m = s->record[!s->has[0]].moment;
	struct lesson l;
	struct textbuf text = {0};

	if (!ref->some)
		return;
	l = lesson_at(ref->set, ref->at);
	textbuf_addf(&text, "%s: %s%s%s", l.title, l.what, whole ? "" : " ", whole ? "" : l.why);
	add_text(p, whole ? "what" : "row", &text, STYLE_NORMAL);
	if (!whole)
		return;
	add_line(p, "why", l.why, STYLE_NORMAL);
	add_line(p, "source", l.source, STYLE_NORMAL);
	add_line(p, "manual", l.manual, STYLE_NORMAL);
	add_line(p, "exact?", m ? exactness_here(l.exact, m) : exactness_text(l.exact),
		STYLE_NORMAL);
}

/* The sign and the colour, each as it looks. */
static void add_signs(struct panel *p, const struct view_selection *s, bool ascii)
{
	struct sign_lesson sign;
	bool some = s->sign && sign_lesson_find(s->sign, s->sign_place, &sign);
	struct textbuf text = {0};

	if (some) {
		if (ascii)
			textbuf_addf(&text, "%c ", sign.ascii);
		else
			textbuf_addf(&text, "%s ", sign.utf8);
		textbuf_adds(&text, sign.meaning);
		add_text(p, "sign", &text, s->sign_style);
		textbuf_addf(&text, "of the sign: %s", style_info[s->sign_style].meaning);
		add_text(p, "colour", &text, s->sign_style);
	}
	if (!some || s->style != s->sign_style) {
		textbuf_addf(&text, "of the cell: %s", style_info[s->style].meaning);
		add_text(p, "colour", &text, s->style);
	}
}

/* Why a text of the view's own matters, and what it stands on. */
static void add_told_by(struct panel *p, const struct field *f, const struct moment *m)
{
	if (!f)
		return;
	add_line(p, "why", f->why, STYLE_NORMAL);
	add_line(p, "source", f->source, STYLE_NORMAL);
	add_line(p, "manual", f->manual, STYLE_NORMAL);
	add_line(p, "exact?", m ? exactness_here(f->exact, m) : exactness_text(f->exact),
		STYLE_NORMAL);
	add_line(p, "requires", *f->requires ? f->requires : "no privilege", STYLE_NORMAL);
}

/* What the selected line means where it is no field of a record, or that there is none. */
static void add_view(struct panel *p, const struct view_ops *view, const struct view_selection *s)
{
	add_line(p, "view", view->title, STYLE_STRONG);
	add_line(p, s && s->lesson.some ? "now" : "meaning",
		s && s->explain ? s->explain
		: s		? "A row is selected, and no column: the arrow keys select one."
				: "Nothing is selected; the arrow keys select a row and a column.",
		STYLE_NORMAL);
	if (s) {
		add_lesson(p, s, true);
		add_line(p, "why", s->why, STYLE_NORMAL);
		add_told_by(p, s->told_by, s->record[!s->has[0]].moment);
	}
}

void explain_fill(struct panel *p, const struct view_ops *view, const struct view_selection *s,
	const char *mark, bool past, bool ascii)
{
	const struct field *f = s ? s->field : NULL;

	panel_begin(p, 2, 8, 0);
	if (f) {
		add_field(p, f, s, past);
		add_lesson(p, s, false);
		add_line(p, "here", s->explain, STYLE_NORMAL);
	} else {
		add_view(p, view, s);
	}
	if (s)
		add_signs(p, s, ascii);
	add_line(p, "view is", mark, STYLE_NORMAL);
}
