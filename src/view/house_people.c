/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The people of a house: threads, each with a backpack, in what it does. */
#include <inttypes.h>
#include <string.h>

#include "house_internal.h"
#include "twintop/base/table.h"
#include "twintop/base/units.h"
#include "twintop/draw/bar.h"
#include "twintop/model/wait_graph.h"

#define LEAST_BYTES 1024u /* the scale of backpacks doubles from here */
#define PACK_W	    8

/*
 * A figure: H its head, P what is in its backpack, K a lock, M a letter; all else is drawn as it
 * stands.
 */
static const struct figure {
	const char *line[PERSON_FIGURE_H];
	enum style style;
} figure_table[] = {
	[PERSON_AWAKE] = {{" \\H/", "  |P", " / \\"}, STYLE_GOOD},
	[PERSON_ASLEEP] = {{"  H zZ", " /|P", " / \\"}, STYLE_DIM},
	[PERSON_AT_DOOR] = {{"  H ┌─┐", " /|P│K│", " / \\│ │"}, STYLE_WARN},
	[PERSON_AT_BOX] = {{"  H ┌─┐", " /|P│M│", " / \\└┬┘"}, STYLE_SHM},
	[PERSON_AT_BELL] = {{"  H  _", " /|P/ \\", " / \\─┬─"}, STYLE_NORMAL},
	[PERSON_BLOCKED] = {{"  H ?", " /|P", " / \\"}, STYLE_DIM},
	[PERSON_STOPPED] = {{"  H ║║", " /|P║║", " / \\"}, STYLE_WARN},
	[PERSON_ENDED] = {{"   ┌─┐", "   │x│", "  ─┴─┴─"}, STYLE_DIM},
};
TABLE_ROWS(figure_table, PERSON_STATES);

/* One person, as all that draws it needs it. */
struct drawn {
	const struct moment *m;
	unsigned side;
	size_t index;
	struct thread thread;
	enum person_state state;
	struct person_pack pack;
	bool dead; /* stands in a ring for ever */
	bool lecture;
};

static struct drawn person_of(const struct view_env *env, unsigned side, size_t index)
{
	const struct moment *m = env->moment;
	struct drawn d = {.m = m,
		.lecture = env->lecture,
		.side = side,
		.index = index,
		.thread = thread_at(m->snapshot->side[side].threads, index)};

	d.state = person_state_of(&d.thread);
	d.pack = person_pack_of(m, side, index);
	d.dead = d.state == PERSON_AT_DOOR && wait_is_dead(m->snapshot, side, index);
	return d;
}

static enum style style_of(const struct drawn *d)
{
	return d->dead ? STYLE_BAD : figure_table[d->state].style;
}

static const char *head_of(const struct drawn *d)
{
	return d->dead ? "╳" : "○";
}

static bool pack_known(const struct drawn *d)
{
	return value_state_has_value(d->pack.used.state) &&
	       value_state_has_value(d->pack.size.state);
}

/* How full it is, in one cell. */
static void draw_load(const struct drawn *d, struct canvas *c, int x, int y)
{
	static const char *const level[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	int at;

	if (!pack_known(d)) {
		canvas_text(c, x, y, 1, STYLE_DIM, "?");
		return;
	}
	at = bar_log(d->pack.used.u, LEAST_BYTES, d->pack.size.u, 8);
	canvas_text(c, x, y, 1, STYLE_STRONG, level[at > 0 ? at - 1 : 0]);
}

/* A character of a figure; returns the bytes it takes. */
static size_t draw_piece(const struct drawn *d, struct canvas *c, int x, int y, const char *at)
{
	char one[8] = "";
	uint32_t code;
	size_t n = text_decode(at, strlen(at), &code);

	memcpy(one, at, n < sizeof one ? n : 1);
	switch (*at) {
	case ' ':
		break;
	case 'H':
		house_sign(c, x, y, 1, head_of(d));
		break;
	case 'P':
		draw_load(d, c, x, y);
		break;
	case 'K':
		house_sign(c, x, y, 1, "●");
		break;
	case 'M':
		house_sign(c, x, y, 1, "▬");
		break;
	default:
		canvas_text(c, x, y, 1, style_of(d), one);
	}
	return n ? n : 1;
}

static void draw_figure(const struct drawn *d, struct canvas *c, int x, int y)
{
	const struct figure *f = &figure_table[d->state];

	for (int row = 0; row < PERSON_FIGURE_H; row++) {
		const char *at = f->line[row];

		for (int i = 0; *at; i++)
			at += draw_piece(d, c, x + i, y + row, at);
	}
}

/* "[███░░░░░]": its stack, in use as far as it is filled. */
static int draw_pack(const struct drawn *d, struct canvas *c, int x, int y, int w)
{
	int used = pack_known(d) ? bar_log(d->pack.used.u, LEAST_BYTES, d->pack.size.u, w) : 0;

	canvas_text(c, x, y, 1, STYLE_NORMAL, "[");
	canvas_text(c, x + w + 1, y, 1, STYLE_NORMAL, "]");
	if (pack_known(d)) {
		house_sign(c, x + 1, y, used, "█");
		house_sign(c, x + 1 + used, y, w - used, "░");
	} else {
		canvas_text(c, x + 1 + w / 2, y, 1, STYLE_DIM, "?");
	}
	return w + 2;
}

/* "2.1K of 8M"; or in a word why that is not known. */
static void print_pack(const struct drawn *d, const struct view_env *env, struct textbuf *out)
{
	char used[UNITS_MAX], size[UNITS_MAX];

	if (pack_known(d)) {
		textbuf_addf(out, "%s of %s", units_bytes(used, d->pack.used.u),
			units_bytes(size, d->pack.size.u));
		return;
	}
	if (d->thread.call->running)
		textbuf_adds(out, "runs: not told");
	else if (d->pack.used.state == VALUE_DENIED)
		textbuf_adds(out, "hidden");
	else if (d->pack.used.state == VALUE_UNREAD)
		textbuf_adds(out, panes_unread(d->m, d->side, env->past));
	else
		textbuf_adds(out, "bounds not known");
}

/* "4251 left"; which of them are A and B where both live here. */
static void print_name(const struct house_view *v, const struct drawn *d, struct textbuf *out)
{
	const struct snapshot *s = d->m->snapshot;
	pid_t tid = d->thread.self->tid;

	for (unsigned side = 0; v->houses < s->sides && side < s->sides; side++)
		if (s->side[side].tid == tid)
			textbuf_adds(out, side ? "B " : "A ");
	textbuf_addf(out, "%d ", (int)tid);
	text_name(out, thread_name(&d->thread));
}

static void print_doing(const struct drawn *d, struct textbuf *out)
{
	person_tell(
		d->m->snapshot, d->side, d->index, d->lecture ? PERSON_LECTURE : PERSON_BRIEF, out);
	if (d->dead)
		textbuf_adds(out, " (deadlock)");
}

static int draw_name(
	const struct house_view *v, const struct drawn *d, struct canvas *c, struct rect at)
{
	struct textbuf text = {0};
	int w;

	print_name(v, d, &text);
	w = canvas_text(c, at.x, at.y, at.w, STYLE_STRONG, text.bytes);
	textbuf_free(&text);
	return w;
}

/* Whether a part of what is told ends there: at a comma, or before a bracket. */
static bool ends_part(const char *at)
{
	return (at[0] == ',' && at[1] == ' ') || (at[0] == ' ' && at[1] == '(');
}

/* What is too long ends with a part of its own, where one fits, rather than within a number. */
static void shorten(const struct canvas *c, struct textbuf *text, int w)
{
	if (!text->len || canvas_width(c, text->bytes) <= w)
		return;
	for (size_t len = text->len; len-- > 1;) {
		char cut = text->bytes[len];

		if (!ends_part(text->bytes + len))
			continue;
		text->bytes[len] = 0;
		if (canvas_width(c, text->bytes) < w) {
			text->len = len;
			textbuf_adds(text, "…");
			return;
		}
		text->bytes[len] = cut;
	}
}

static void draw_doing(const struct drawn *d, struct canvas *c, struct rect at)
{
	struct textbuf text = {0};

	print_doing(d, &text);
	shorten(c, &text, at.w);
	canvas_text(c, at.x, at.y, at.w, style_of(d) == STYLE_DIM ? STYLE_NORMAL : style_of(d),
		text.bytes ? text.bytes : "");
	textbuf_free(&text);
}

static struct rect draw_as_figure(const struct house_view *v, const struct drawn *d,
	const struct view_env *env, struct canvas *c, struct rect at)
{
	struct rect text = {at.x + PERSON_FIGURE_W, at.y, at.w - PERSON_FIGURE_W - 1, 1};
	struct textbuf pack = {0};
	struct rect name = text;
	int used;

	draw_figure(d, c, at.x, at.y);
	name.w = draw_name(v, d, c, text);
	text.y++;
	draw_doing(d, c, text);
	text.y++;
	used = draw_pack(d, c, text.x, text.y, PACK_W);
	print_pack(d, env, &pack);
	canvas_text(c, text.x + used + 1, text.y, text.w - used - 1,
		pack_known(d) ? STYLE_NORMAL : STYLE_DIM, pack.bytes);
	textbuf_free(&pack);
	return name;
}

/* From so many columns on a line gives that many to its parts. */
static const struct line_form {
	int from_w, pack, name;
} line_form[] = {{60, PACK_W, 16}, {40, 4, 13}, {28, 1, 10}, {0, 1, 5}};

static struct rect draw_as_line(
	const struct house_view *v, const struct drawn *d, struct canvas *c, struct rect at)
{
	const struct line_form *f = line_form;
	struct rect name = {at.x + 2, at.y, at.w - 2, 1}, doing = {at.x + 2, at.y + 1, at.w - 3, 1};

	while (at.w < f->from_w)
		f++;
	house_sign(c, at.x, at.y, 1, head_of(d));
	name.x += draw_pack(d, c, name.x, at.y, at.h > 1 ? f[-(f > line_form)].pack : f->pack) + 1;
	name.w = at.h > 1 ? at.x + at.w - name.x : f->name;
	if (at.h == 1)
		doing = (struct rect){
			name.x + f->name + 1, at.y, at.x + at.w - 2 - name.x - f->name, 1};
	name.w = draw_name(v, d, c, name);
	if (doing.w > 0)
		draw_doing(d, c, doing);
	return name;
}

/* "… and 9994 more: 9000 asleep, 994 awake": those that have no room, by what they do. */
static void draw_others(const struct house_view *v, const struct view_env *env, struct canvas *c,
	unsigned side, size_t from, size_t n)
{
	const struct thread_list *list = env->moment->snapshot->side[side].threads;
	const struct rect *hall = &v->plan.hall[side];
	size_t left[PERSON_STATES];
	struct textbuf text = {0};
	const char *before = ": ";

	memcpy(left, v->house[side].by_state, sizeof left);
	for (size_t i = from; i < from + n; i++) {
		const struct thread t = thread_at(list, i);

		left[person_state_of(&t)]--;
	}
	textbuf_addf(&text, "… and %zu more", list->n - n);
	for (unsigned k = 0; k < PERSON_STATES; k++) {
		if (!left[k])
			continue;
		textbuf_addf(&text, "%s%zu %s", before, left[k],
			person_info((enum person_state)k)->words);
		before = ", ";
	}
	canvas_text(c, hall->x + 1, hall->y + hall->h - 1, hall->w - 2, STYLE_TITLE, text.bytes);
	textbuf_free(&text);
}

/* The first one in sight: none is left blank while there are others. */
static size_t first_of(struct house_view *v, unsigned side, size_t fits, size_t n)
{
	size_t most = n > fits ? n - fits : 0;

	if (v->first[side] > most)
		v->first[side] = most;
	return v->first[side];
}

void house_draw_people(
	struct house_view *v, const struct view_env *env, struct canvas *c, unsigned side)
{
	const struct house *h = &v->house[side];
	const struct rect *hall = &v->plan.hall[side];
	size_t fits = house_plan_fits(&v->plan, h->persons_n);
	size_t first = first_of(v, side, fits, h->persons_n);
	const char *trouble = panes_trouble(env->moment, PART_THREADS, side, env->past);

	if (trouble) {
		canvas_text(c, hall->x + 1, hall->y, hall->w - 2, STYLE_DIM, trouble);
		return;
	}
	for (size_t i = 0; i < fits; i++) {
		struct drawn d = person_of(env, side, first + i);
		struct rect at = house_plan_person(&v->plan, side, i);
		struct rect name = v->plan.form == PERSON_FIGURE ? draw_as_figure(v, &d, env, c, at)
								 : draw_as_line(v, &d, c, at);

		house_add_spot(v,
			(struct house_spot){SPOT_PERSON, side, (size_t)d.thread.self->tid, name});
	}
	if (fits < h->persons_n && hall->h > 0)
		draw_others(v, env, c, side, first, fits);
}
