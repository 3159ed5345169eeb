/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/sign.h"

#include <string.h>

#define GAP 3 /* columns between two entries */

static const struct sign states[] = {
	{"═", "=", STYLE_SAME, "same", "the same in A and B"},
	{"◀", "<", STYLE_ONLY_A, "only A", "only A has it"},
	{"▶", ">", STYLE_ONLY_B, "only B", "only B has it"},
	{"╪", "!", STYLE_DIVERGED, "diverged", "A and B differ"},
	{"?", "?", STYLE_DIM, NULL, "not known"},
};
const struct sign_set sign_states = SIGN_SET(states);

static const struct sign verdicts[] = {
	{"═", "=", STYLE_COW, NULL, "shared since the fork"},
	{"B", "B", STYLE_COPIED_B, NULL, "B's own copy"},
	{"b", "b", STYLE_COPIED_B, NULL, "B copied it; A keeps the original"},
	{"A", "A", STYLE_COPIED_A, NULL, "A's own copy"},
	{"a", "a", STYLE_COPIED_A, NULL, "A copied it; B keeps the original"},
	{"╪", "#", STYLE_COPIED, NULL, "copied, by whom is not known"},
	{"∥", "|", STYLE_DIVERGED, NULL, "never shared: each has its own"},
	{"─", "-", STYLE_FILE, NULL, "the file's page, in both"},
	{"━", "M", STYLE_SHM, NULL, "shared memory"},
	{"◀", "<", STYLE_ONLY_A, NULL, "only A has it"},
	{"▶", ">", STYLE_ONLY_B, NULL, "only B has it"},
	{"0", "0", STYLE_ZERO, NULL, "the page of zeroes"},
	{"s", "s", STYLE_SWAPPED, NULL, "in swap"},
	{"~", "~", STYLE_WARN, NULL, "changed while it was read"},
	{"○", "o", STYLE_RELEASED, NULL, "the other one has ended"},
	{"■", "@", STYLE_SAME, NULL, "one page of both"},
	{"·", ".", STYLE_DIM, NULL, "not in memory"},
};
const struct sign_set sign_verdicts = {verdicts, sizeof verdicts / sizeof *verdicts, true};

static const struct sign kinds[] = {
	{"■", "#", STYLE_STRONG, NULL, "its own"},
	{"═", "=", STYLE_COW, NULL, "shared with another process"},
	{"─", "-", STYLE_FILE, NULL, "of a file, or shared memory"},
	{"0", "0", STYLE_ZERO, NULL, "the page of zeroes"},
	{"s", "s", STYLE_SWAPPED, NULL, "in swap"},
	{"╳", "x", STYLE_BAD, NULL, "guard: a touch ends the process"},
	{"·", ".", STYLE_DIM, NULL, "not in memory"},
};
const struct sign_set sign_kinds = SIGN_SET(kinds);

static const struct sign everywhere[] = {
	{"●", "*", STYLE_WARN, NULL, "changed just now"},
	{NULL, NULL, STYLE_CHANGED, NULL, "changed just now"},
};
const struct sign_set sign_everywhere = SIGN_SET(everywhere);

static uint32_t code_of(const struct sign *s, bool ascii)
{
	const char *text = ascii ? s->ascii : s->utf8;
	uint32_t code = 0;

	if (text)
		text_decode(text, strlen(text), &code);
	return code;
}

bool sign_seen(const struct sign *s, const struct canvas *c, struct rect area, bool marked)
{
	uint32_t code = code_of(s, c->ascii);

	area = rect_clip(area, c);
	for (int y = area.y; y < area.y + area.h; y++)
		for (int x = area.x; x < area.x + area.w; x++) {
			const struct cell *cell = canvas_at(c, x, y);

			if (cell->style == s->style &&
				(!code || cell->solid || cell->code[0] == code))
				return true;
			if (marked && cell->style == STYLE_CHANGED && cell->code[0] == code)
				return true;
		}
	return false;
}

/* An entry at x, or in the next row where there is no room; false: there is none left. */
static bool draw_entry(const struct sign *s, struct canvas *c, struct rect area, int *x, int *y)
{
	int w = 2 + canvas_width(c, s->words);

	if (*x > area.x && *x + w > area.x + area.w) {
		*x = area.x;
		++*y;
	}
	if (*y >= area.y + area.h)
		return false;
	if (s->utf8)
		canvas_text(c, *x, *y, 1, s->style, c->ascii ? s->ascii : s->utf8);
	else
		canvas_fill(c, (struct rect){*x, *y, 1, 1}, s->style);
	canvas_text(c, *x + 2, *y, area.x + area.w - *x - 2, STYLE_STRONG, s->words);
	*x += w + GAP;
	return true;
}

void sign_legend(const struct sign_set *const sets[], struct canvas *c, struct rect seen_in,
	struct rect legend)
{
	int x = legend.x, y = legend.y;
	const char *before = "";

	for (; *sets; sets++)
		for (size_t i = 0; i < (*sets)->n; i++) {
			const struct sign *s = &(*sets)->sign[i];

			/* What two signs say one after the other is said once. */
			if (!strcmp(before, s->words) || !sign_seen(s, c, seen_in, (*sets)->marked))
				continue;
			if (!draw_entry(s, c, legend, &x, &y))
				return;
			before = s->words;
		}
}
