/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question's box, and what is drawn in place of what it hides. */
#include <stdio.h>
#include <string.h>

#include "app_internal.h"
#include "twintop/draw/panes.h"

#define SHADE	       "▒"
#define TEXT_MOST      4 /* lines of a question, or of an answer */
#define TELLING_DIGITS 3 /* that are left of a number which was cut tell which one it is */

void app_shade(struct canvas *c, struct rect area, const char *why)
{
	int w = canvas_width(c, why) + 2;

	area = rect_clip(area, c);
	for (int y = 0; y < area.h; y++)
		canvas_repeat(c, area.x, area.y + y, area.w, STYLE_DIM, SHADE);
	if (*why && area.h > 0 && w <= area.w)
		canvas_print(c, area.x + (area.w - w) / 2, area.y + area.h / 2, w, STYLE_STRONG,
			" %s ", why);
}

/* ---- B, covered ------------------------------------------------------------ */

struct rect app_quiz_seen(const struct app *a, struct rect view)
{
	bool pair = a->view[a->current].ops->of_pair;

	if (!app_quiz_blinds(a))
		return view;
	return pair ? (struct rect){view.x, view.y, 0, view.h} : panes_split(view, 2, 0, 0).side[0];
}

static uint32_t code_at(const struct canvas *c, int x, int y)
{
	const struct cell *cell = canvas_at(c, x, y);

	return cell ? cell->code[0] : 0;
}

static bool is_digit(uint32_t code, bool hex)
{
	return (code >= '0' && code <= '9') || (hex && code >= 'a' && code <= 'f');
}

/* The digits from x on, as many as there is room for; how many there are. */
static int take_digits(
	const struct canvas *c, int x, int y, int end, bool hex, char *digits, size_t size)
{
	int n = 0;

	for (; x + n < end && is_digit(code_at(c, x + n, y), hex); n++)
		if ((size_t)n + 1 < size)
			digits[n] = (char)code_at(c, x + n, y);
	digits[(size_t)n + 1 < size ? (size_t)n : size - 1] = '\0';
	return n;
}

/* Whether the number stands in that line as a word of its own, as arguments of calls with 0x before
 * it, or what is left of it where it was cut. */
static bool line_holds(const struct canvas *c, struct rect line, pid_t pid)
{
	const uint32_t ellipsis = c->ascii ? canvas_fold(0x2026) : 0x2026;
	int end = line.x + line.w, n;
	char number[2][16], digits[16];

	snprintf(number[0], sizeof number[0], "%ld", (long)pid);
	snprintf(number[1], sizeof number[1], "%lx", (unsigned long)pid);
	for (int x = line.x; x < end; x += n + 1) {
		bool hex = code_at(c, x, line.y) == '0' && code_at(c, x + 1, line.y) == 'x';

		x += hex ? 2 : 0;
		n = take_digits(c, x, line.y, end, hex, digits, sizeof digits);
		if (strcmp(digits, number[hex]) == 0)
			return true;
		if (n >= TELLING_DIGITS && code_at(c, x + n, line.y) == ellipsis &&
			strncmp(digits, number[hex], (size_t)n) == 0)
			return true;
	}
	return false;
}

/* What A has to say of B is B's, too: its parent's or child's number, a thread among its own. */
static void cover_lines(const struct app *a, struct canvas *c, struct rect area)
{
	const struct side *side = a->quiz.moment->snapshot->side;
	pid_t tid = side[1].tid ? side[1].tid : side[1].id.pid;

	for (int y = area.y; y < area.y + area.h; y++) {
		const struct rect line = {area.x, y, area.w, 1};

		if (line_holds(c, line, tid) ||
			(side[1].id.pid != side[0].id.pid && line_holds(c, line, side[1].id.pid)))
			app_shade(c, line, "");
	}
}

void app_quiz_cover(const struct app *a, struct canvas *c, struct rect view)
{
	struct rect seen = app_quiz_seen(a, view);

	if (!app_quiz_blinds(a))
		return;
	cover_lines(a, c, seen);
	seen.w += seen.w > 0;
	app_shade(
		c, (struct rect){seen.x + seen.w, view.y, view.w - seen.w, view.h}, "B is hidden");
}

/* ---- the box --------------------------------------------------------------- */

/* Lines that the text takes in that width; draws them where draw is set. */
static int draw_text(
	struct canvas *c, struct rect area, enum style style, const char *text, bool draw)
{
	int n = 0;

	for (; *text && n < TEXT_MOST && area.w > 0; n++) {
		size_t len = canvas_wrap(c, text, area.w);

		if (draw && n < area.h)
			canvas_print(c, area.x, area.y + n, area.w, style, "%.*s", (int)len, text);
		text += len;
	}
	return n;
}

struct box_text {
	struct textbuf question, figure, answer;
	enum style style; /* of the answer */
};

/* What is measured is not always what the question says: "To guess: pages copied …". */
static void add_figure(struct textbuf *out, const char *name)
{
	size_t len = strlen(name);

	textbuf_addf(
		out, "To guess: %.*s …", (int)(len && name[len - 1] == ':' ? len - 1 : len), name);
}

static void take_text(const struct app *a, struct box_text *t)
{
	const struct step *step = app_quiz_step(a);
	const struct expect *e = app_quiz_expect(a);

	if (!a->quiz.step)
		textbuf_adds(&t->question, quiz_rows[a->quiz.at].text);
	else
		textbuf_adds(&t->question,
			step && *step->question ? step->question : "What will be measured?");
	if (e)
		add_figure(&t->figure, e->name);
	t->style = STYLE_DIM;
	switch (a->quiz.state) {
	case QUIZ_TOLD:
		t->style = a->quiz.style;
		textbuf_adds(&t->answer, a->quiz.told.bytes);
		break;
	case QUIZ_MEASURING:
		textbuf_addf(&t->answer, "your guess %s: being measured", a->quiz.guess.text);
		break;
	default:
		if (a->quiz.complaint)
			t->style = STYLE_WARN;
		textbuf_addf(&t->answer, "%s%s%s", a->quiz.complaint ? a->quiz.complaint : "",
			a->quiz.complaint ? ": type " : "Type ", guess_wanted(app_quiz_kind(a)));
	}
}

static int draw_lines(const struct app *a, struct canvas *c, struct rect in, bool draw)
{
	struct box_text t = {0};
	int y = 0;

	take_text(a, &t);
	y += draw_text(c, in, STYLE_STRONG, t.question.bytes, draw);
	if (t.figure.len)
		y += draw_text(c, (struct rect){in.x, in.y + y, in.w, in.h - y}, STYLE_NORMAL,
			t.figure.bytes, draw);
	y += draw_text(
		c, (struct rect){in.x, in.y + y, in.w, in.h - y}, t.style, t.answer.bytes, draw);
	if (a->quiz.source.len)
		y += draw_text(c, (struct rect){in.x, in.y + y, in.w, in.h - y}, STYLE_DIM,
			a->quiz.source.bytes, draw);
	textbuf_free(&t.question);
	textbuf_free(&t.figure);
	textbuf_free(&t.answer);
	return y;
}

/* In the lower edge: what the keys do. */
static void draw_keys(struct canvas *c, struct rect box)
{
	int x = box.x + 2, end = box.x + box.w - 2;
	char name[8];

	for (size_t i = 0; i < action_table_n; i++) {
		const struct action_row *row = &action_table[i];
		const char *key = key_title(row->keys[0], name);

		if (row->scope != SCOPE_QUIZ ||
			x + canvas_width(c, key) + canvas_width(c, row->label) + 3 > end)
			continue;
		x += canvas_print(c, x, box.y + box.h - 1, end - x, STYLE_KEY, " %s ", key);
		x += canvas_print(
			c, x, box.y + box.h - 1, end - x, STYLE_NORMAL, "%s ", row->label);
	}
}

struct rect app_quiz_box(const struct app *a, struct canvas *c, struct rect view)
{
	const struct rect in = {0, 0, view.w - 4, 2 * TEXT_MOST};
	int h = draw_lines(a, c, in, false) + 2;

	h = h < view.h ? h : view.h;
	return (struct rect){view.x, view.y + view.h - h, view.w, h};
}

void app_draw_quiz(struct app *a, struct canvas *c)
{
	struct rect box = app_quiz_box(a, c, a->layout.view);
	struct rect in = canvas_box(c, box, STYLE_TITLE, "question");

	draw_lines(a, c, (struct rect){in.x + 1, in.y, in.w - 2, in.h}, true);
	if (a->typing == TYPING_GUESS)
		draw_keys(c, box);
	if (c->cursor_x < 0 || c->cursor_y >= box.y)
		canvas_cursor(c, in.x + 1, in.y);
}
