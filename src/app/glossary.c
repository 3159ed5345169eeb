/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The glossary: the lecture's terms, and every field, verdict, kind, event and sign. */
#include "glossary.h"

#include <ctype.h>
#include <string.h>

#include "twintop/app/term.h"
#include "twintop/base/table.h"
#include "twintop/draw/sign_lesson.h"

/* One entry: its name and what stands beside it, a text a line. */
#define ENTRY_LINES 5
struct entry {
	const char *name;
	struct textbuf line[ENTRY_LINES];
	unsigned lines;
	enum style style; /* of the name */
};

/* How well an entry meets what is searched for; the best come first. */
enum fit { FIT_NAME, FIT_IN_NAME, FIT_TEXT, FITS, FIT_NONE = FITS };

/* A filling under way. */
struct filling {
	struct glossary *g;
	struct panel *p;
	bool ascii;
	enum fit fit;	     /* that is put now */
	const char *heading; /* of the entries that come */
	const char *stands;  /* the heading that stands there last */
};

void glossary_free(struct glossary *g)
{
	textbuf_free(&g->filter);
}

void glossary_filter(struct glossary *g, const char *text)
{
	textbuf_clear(&g->filter);
	textbuf_adds(&g->filter, text);
	g->filled = false;
}

void glossary_open(struct glossary *g, const struct field *field, struct lesson_ref lesson)
{
	glossary_filter(g, "");
	g->field = field;
	g->lesson = lesson;
}

void glossary_title(const struct glossary *g, struct textbuf *out)
{
	if (!g->filter.len) {
		textbuf_adds(out, "glossary: / searches, Esc closes");
		return;
	}
	textbuf_addf(out, "glossary: %zu %s with “%s”", g->found,
		g->found == 1 ? "entry" : "entries", g->filter.bytes);
}

static struct textbuf *line(struct entry *e)
{
	return &e->line[e->lines++];
}

/* The same letter in any case, the same joint: "copy on write" finds "copy-on-write". */
static bool alike(char a, char b)
{
	const char joint[] = "- _";

	return tolower((unsigned char)a) == tolower((unsigned char)b) ||
	       (a && b && strchr(joint, a) && strchr(joint, b));
}

static bool begins(const char *text, const char *with)
{
	while (*with && alike(*text, *with)) {
		text++;
		with++;
	}
	return !*with;
}

static bool holds(const char *text, const char *part)
{
	for (; *text; text++)
		if (begins(text, part))
			return true;
	return false;
}

static enum fit fit_of(const struct glossary *g, const struct entry *e)
{
	const char *wanted = g->filter.bytes;

	if (!g->filter.len)
		return FIT_NAME;
	if (begins(e->name, wanted) && strlen(e->name) == g->filter.len)
		return FIT_NAME;
	if (holds(e->name, wanted))
		return FIT_IN_NAME;
	for (unsigned i = 0; i < e->lines; i++)
		if (e->line[i].bytes && holds(e->line[i].bytes, wanted))
			return FIT_TEXT;
	return FIT_NONE;
}

/* Puts an entry that fits as well as is asked for, its heading before the first one. */
static void put(struct filling *f, struct entry *e, bool here)
{
	if (fit_of(f->g, e) == f->fit) {
		if (f->heading != f->stands)
			panel_heading(f->p, f->heading);
		f->stands = f->heading;
		if (here)
			f->p->go_to = f->p->row.n + 1;
		f->g->found++;
		for (unsigned i = 0; i < e->lines; i++) {
			struct panel_row *row =
				panel_add(f->p, i ? NULL : e->name, e->line[i].bytes, NULL);

			row->style[0] = (uint8_t)e->style;
			row->style[1] = i ? STYLE_DIM : STYLE_NORMAL;
		}
	}
	for (unsigned i = 0; i < e->lines; i++)
		textbuf_free(&e->line[i]);
}

static void put_term(struct filling *f, const struct term *t)
{
	struct entry e = {.name = t->name, .style = STYLE_STRONG};
	struct textbuf *where;

	textbuf_adds(line(&e), t->what);
	where = line(&e);
	textbuf_addf(where, "See: view %s; manual: %s.", t->where, t->manual);
	if (t->demo)
		textbuf_addf(where, " Demo: twintop demo %s", t->demo);
	put(f, &e, false);
}

static void put_field(struct filling *f, const struct field *field)
{
	struct entry e = {.name = strchr(field->id, '.') + 1, .style = STYLE_STRONG};

	textbuf_addf(line(&e), "%s %s", field->explain, field->why);
	textbuf_addf(line(&e), "Column %s. Source: %s; manual: %s. %s", field->title, field->source,
		field->manual, exactness_text(field->exact));
	put(f, &e, field == f->g->field);
}

static void put_lesson(struct filling *f, enum lesson_set set, size_t i)
{
	const struct lesson l = lesson_at(set, i);
	struct entry e = {.name = l.id, .style = STYLE_STRONG};

	if (strcmp(l.id, l.title) != 0)
		textbuf_addf(line(&e), "%s: ", l.title);
	else
		line(&e);
	textbuf_addf(&e.line[0], "%s %s", l.what, l.why);
	textbuf_addf(line(&e), "Source: %s; manual: %s. %s", l.source, l.manual,
		exactness_text(l.exact));
	put(f, &e, f->g->lesson.some && f->g->lesson.set == set && f->g->lesson.at == i);
}

static void put_sign(struct filling *f, struct sign_lesson s)
{
	const char ascii[2] = {s.ascii, 0};
	struct entry e = {.name = f->ascii ? ascii : s.utf8, .style = s.style};
	textbuf_addf(line(&e), "%s: %s", s.place, s.meaning);
	put(f, &e, false);
}

static void put_style(struct filling *f, enum style style)
{
	struct entry e = {.name = style_info[style].id, .style = style};

	textbuf_adds(line(&e), style_info[style].meaning);
	put(f, &e, false);
}

static void put_fields(struct filling *f, enum record_kind kind)
{
	static const char *const heading[] = {
		[RECORD_PROCESS] = "Fields of a process",
		[RECORD_THREAD] = "Fields of a thread",
		[RECORD_MAPPING] = "Fields of a mapping",
		[RECORD_FD] = "Fields of a descriptor",
		[RECORD_SIGNAL] = "Fields of a signal",
		[RECORD_MEMBER] = "Fields of a member of the family",
	};
	TABLE_ROWS(heading, RECORD_KINDS);

	f->heading = heading[kind];
	for (size_t i = 0; i < field_table_n; i++)
		if (field_table[i].kind == kind)
			put_field(f, &field_table[i]);
}

static void put_signs(struct filling *f)
{
	f->heading = "Signs, as they look";
	for (size_t i = 0; i < sign_lesson_count(); i++)
		put_sign(f, sign_lesson_at(i));
	f->heading = "Colours, as they look";
	for (unsigned i = 0; i < STYLES; i++)
		put_style(f, (enum style)i);
}

static void put_all(struct filling *f)
{
	f->heading = "Terms";
	for (size_t i = 0; i < term_table_n; i++)
		put_term(f, &term_table[i]);
	for (unsigned kind = 0; kind < RECORD_KINDS; kind++)
		put_fields(f, (enum record_kind)kind);
	for (unsigned set = 0; set < LESSON_SETS; set++) {
		f->heading = lesson_heading((enum lesson_set)set);
		for (size_t i = 0; i < lesson_count((enum lesson_set)set); i++)
			put_lesson(f, (enum lesson_set)set, i);
	}
	put_signs(f);
}

void glossary_fill(struct glossary *g, struct panel *p, bool ascii)
{
	struct filling f = {.g = g, .p = p, .ascii = ascii};
	if (!g->filled) {
		panel_begin(p, 2, 18, 0);
		g->found = 0;
		for (f.fit = FIT_NAME; f.fit < FITS; f.fit++)
			put_all(&f);
		g->filled = true;
		g->field = NULL;
		g->lesson.some = false;
	}
	p->mark = g->filter.len ? g->filter.bytes : NULL;
}
