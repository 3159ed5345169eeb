/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process-versus-thread table over the view: what a textbook says, and what A and B say. */
#include <string.h>

#include "app_internal.h"
#include "twintop/base/units.h"
#include "twintop/compare/textbook.h"
#include "twintop/draw/panes.h"

#define TITLE_COLUMNS 14
#define WIDE_COLUMNS  110 /* of a panel that has room for more */

static const char *reason_of(
	const struct textbook_cell *cell, const struct moment *m, unsigned side, bool past)
{
	return cell->reason == value_state_reason(VALUE_UNREAD) ? panes_unread(m, side, past)
								: cell->reason;
}

/* A side's figure; the reason that stands in the verdict is not told once more. */
static void put_figure(struct panel *p, const struct textbook_answer *answer, unsigned side,
	const struct moment *m, bool past)
{
	const struct textbook_cell *cell = &answer->side[side];
	struct textbuf text = {0};
	bool told = !cell->text && cell->reason && answer->measured.reason &&
		    !strcmp(cell->reason, answer->measured.reason);

	if (told)
		textbuf_adds(&text, "?");
	else
		textbook_cell_text(cell, reason_of(cell, m, side, past), &text);
	panel_put(p, side + 1, text.bytes ? text.bytes : "");
	textbuf_free(&text);
}

static void put_verdict(
	struct panel *p, const struct textbook_answer *answer, const struct moment *m, bool past)
{
	struct textbuf text = {0};

	textbook_verdict_text(answer, reason_of(&answer->measured, m, 0, past), &text);
	panel_put(p, 3, text.bytes);
	textbuf_free(&text);
}

static enum style verdict_style(enum textbook_verdict verdict)
{
	switch (verdict) {
	case TEXTBOOK_ONE:
		return STYLE_SAME;
	case TEXTBOOK_OWN:
		return STYLE_DIVERGED;
	case TEXTBOOK_ALIKE:
		return STYLE_COW;
	default:
		return STYLE_DIM;
	}
}

static void add_answer(struct panel *p, const struct textbook_row *row,
	const struct textbook_answer *answer, const struct moment *m, bool past)
{
	struct panel_row *line;

	panel_add(p, row->title, "", "");
	for (unsigned side = 0; side < 2; side++)
		put_figure(p, answer, side, m, past);
	put_verdict(p, answer, m, past);
	line = &p->row.item[p->row.n - 1];
	line->style[0] = STYLE_STRONG;
	for (unsigned side = 0; side < 2; side++)
		line->style[side + 1] = answer->side[side].text ? STYLE_NORMAL : (uint8_t)STYLE_DIM;
	line->style[3] = (uint8_t)verdict_style(answer->verdict);
}

/* What a textbook says, and who said what A and B are; with the question where there is room. */
static void add_claim(struct panel *p, const struct textbook_row *row,
	const struct textbook_answer *answer, bool wide)
{
	const struct view_ops *view = view_find(row->view);
	struct textbuf text = {0};
	char age[UNITS_MAX];

	textbuf_addf(&text, "  %s%sTextbook: processes: %s; threads: %s.",
		wide ? row->question : "", wide ? " " : "", row->of_process, row->of_threads);
	panel_add(p, text.bytes, NULL, NULL)->style[0] = STYLE_DIM;
	textbuf_clear(&text);
	textbuf_addf(&text, "  Said by %s", answer->source);
	if (answer->late_ns)
		textbuf_addf(&text, ", stale: read %s before", units_time(age, answer->late_ns));
	if (view)
		textbuf_addf(&text, ". More: %c %s", view->key, view->title);
	panel_add(p, text.bytes, NULL, NULL)->style[0] = STYLE_DIM;
	textbuf_free(&text);
}

static void add_signs(struct panel *p)
{
	panel_heading(p, "Signs");
	for (int v = 0; v < TEXTBOOK_VERDICTS; v++)
		panel_add(p, textbook_sign((enum textbook_verdict)v),
			textbook_meaning((enum textbook_verdict)v), NULL)
			->style[0] = STYLE_STRONG;
}

void textbook_fill(struct panel *p, const struct moment *m, bool past, int width)
{
	bool wide = width >= WIDE_COLUMNS;
	struct panel_row *head;

	panel_begin(p, 4, wide ? 20 : TITLE_COLUMNS, 0);
	if (!m || !m->snapshot->sides) {
		panel_add(p, "there is nothing to measure yet", NULL, NULL);
		return;
	}
	panel_add(p, "WHAT", "A", m->snapshot->sides > 1 ? "B" : "B: none");
	panel_put(p, 3, "MEASURED");
	p->head = 1;
	head = &p->row.item[0];
	head->style[0] = head->style[3] = STYLE_TITLE;
	head->style[1] = STYLE_SIDE_A;
	head->style[2] = STYLE_SIDE_B;
	for (size_t i = 0; i < textbook_table_n; i++) {
		struct textbook_answer answer;

		textbook_ask(&textbook_table[i], m, &p->arena, &answer);
		add_answer(p, &textbook_table[i], &answer, m, past);
		add_claim(p, &textbook_table[i], &answer, wide);
	}
	add_signs(p);
}
