/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lecture mode puts around every view: its key figures and a legend of the signs in sight. */
#include <stdio.h>
#include <string.h>

#include "twintop/base/units.h"
#include "twintop/draw/layout.h"
#include "twintop/draw/panes.h"
#include "twintop/view/view.h"

/* A number as it is read from afar: rounded. */
static void print_number(enum unit unit, const struct value *v, char out[BAND_TEXT])
{
	char text[UNITS_MAX];
	uint64_t u = v->type == VALUE_INT && v->i < 0 ? 0 : v->u;

	if (unit == UNIT_BYTES)
		units_bytes(text, u);
	else if (unit == UNIT_PERCENT)
		snprintf(text, sizeof text, "%.0f%%", v->real);
	else
		units_count(text, u);
	snprintf(out, BAND_TEXT, "%.15s", text);
}

static struct value figure_value(
	const struct view_figure *f, const void *view, const struct view_env *env, unsigned side)
{
	const struct record r = {env->moment, RECORD_PROCESS, side, 0};
	const struct field *field = f->field ? field_find(f->field) : NULL;

	if (f->get)
		return f->get(view, env, side);
	return field ? field->get(&r) : value_unknown(VALUE_UINT, VALUE_NONE, "no such field");
}

static void fill_item(const struct view_figure *f, const void *view, const struct view_env *env,
	unsigned side, struct band_item *item)
{
	struct value v = figure_value(f, view, env, side), of;
	char whole[BAND_TEXT], part[BAND_TEXT];

	if (value_state_has_value(v.state)) {
		print_number(f->unit, &v, item->text);
		if (!f->of)
			return;
		of = f->of(view, env, side);
		print_number(UNIT_COUNT, &of, whole);
		snprintf(part, sizeof part, "%.6s/%.6s", item->text, whole);
		strcpy(item->text, part);
		return;
	}
	strcpy(item->text, v.state == VALUE_NONE ? "-" : "?");
	item->reason = v.state == VALUE_UNREAD ? panes_unread(env->moment, side, env->past)
		       : v.reason	       ? v.reason
					       : value_state_reason(v.state);
}

static void add_group(const struct view_ops *ops, const void *view, const struct view_env *env,
	enum band_group group, struct band *b)
{
	for (size_t i = 0; i < ops->figures_n && b->n < BAND_ITEMS; i++) {
		const struct view_figure *f = &ops->figures[i];
		unsigned side = group == BAND_B;
		struct band_item *item = &b->item[b->n];

		if (f->of_pair != (group == BAND_PAIR) ||
			(f->of_one && panes_sides(env->moment) > 1))
			continue;
		*item = (struct band_item){.group = group,
			.rank = (unsigned)i,
			.style = f->of_pair ? f->style
				 : side	    ? STYLE_SIDE_B
					    : STYLE_SIDE_A,
			.label = f->label};
		fill_item(f, view, env, side, item);
		b->n++;
	}
}

static void fill_band(
	const struct view_ops *ops, const void *view, const struct view_env *env, struct band *b)
{
	unsigned sides = panes_sides(env->moment);

	b->n = 0;
	if (sides)
		add_group(ops, view, env, BAND_A, b);
	if (sides > 1) {
		add_group(ops, view, env, BAND_PAIR, b);
		add_group(ops, view, env, BAND_B, b);
	}
}

static void draw_legend(const struct view_ops *ops, const struct moment *m, struct canvas *c,
	const struct lecture_layout *l)
{
	bool one = !m->pair || m->pair->one_space;
	const char *const *places = one && ops->signs_of_one ? ops->signs_of_one : ops->signs;
	const char *of_past[SIGN_PLACES_MOST];

	if (!places)
		return;
	if (pair_is_past(m->pair)) {
		sign_places_of_past(places, of_past);
		places = of_past;
	}
	sign_legend(places, c, l->body, l->legend);
}

static void draw_lecture(const struct view_ops *ops, void *view, const struct view_env *env,
	struct canvas *c, struct rect area)
{
	int b_x = panes_split(area, panes_sides(env->moment), 0, 0).side[1].x;
	struct lecture_layout l;
	enum band_form form;
	struct band b;

	fill_band(ops, view, env, &b);
	l = lecture_layout_of(
		area, c->ascii, b.n ? BAND_LARGE : BAND_NONE, band_unknown(&b) != NULL);
	form = band_fits(&b, c, l.band, l.form, b_x);
	l = lecture_layout_of(area, c->ascii, form, band_unknown(&b) != NULL);
	band_draw(&b, c, l.band, l.form, b_x);
	ops->draw(view, env, c, l.body);
	draw_legend(ops, env->moment, c, &l);
}

void view_draw(const struct view_ops *ops, void *view, const struct view_env *env, struct canvas *c,
	struct rect area)
{
	area = rect_clip(area, c);
	if (env->lecture && env->moment && area.h > 0)
		draw_lecture(ops, view, env, c, area);
	else
		ops->draw(view, env, c, area);
}
