/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of the family, a row each. */
#include <string.h>

#include "family_internal.h"
#include "rows_internal.h"
#include "twintop/base/units.h"
#include "twintop/model/family.h"

/* Which side the member is: 0 or 1; 2: neither. */
static unsigned side_of(const struct moment *m, size_t member)
{
	const struct snapshot *s = m->snapshot;

	for (unsigned side = 0; side < s->sides; side++)
		if (task_id_equal(s->side[side].id, s->family->member[member].id))
			return side;
	return 2;
}

static void draw_side(const struct list_env *env, const void *context, const struct record *r,
	struct canvas *c, struct rect cell)
{
	static const char *const letter[] = {"A", "B", " "};
	static const enum style style[] = {STYLE_SIDE_A, STYLE_SIDE_B, STYLE_NORMAL};
	unsigned side = side_of(env->moment, r->index);

	(void)context;
	canvas_text(c, cell.x, cell.y, 1, style[side], letter[side]);
}

static const struct field side_field = {.title = "", .width = 1, .left = true};

static const struct list_column columns[] = {
	{.own = &side_field, .rank = 0, .width = 1, .draw = draw_side, .lecture = {.width = 1}},
	{.field = "member.pid", .rank = 0, .lecture = {.width = 7}},
	{.field = "member.comm",
		.rank = 0,
		.width = 12,
		.flags = LIST_GROW | LIST_WHOLE,
		.lecture = {.width = 12, .grow = true}},
	{.field = "member.state", .rank = 0, .lecture = {.width = 1}},
	{.field = "member.threads", .rank = 3},
	{.field = "member.fds", .rank = 4},
	{.field = "member.resident_bytes", .rank = 2},
	{.field = "member.private_bytes", .rank = 1, .lecture = {.width = 8, .rank = 1}},
	{.field = "member.shared_bytes", .rank = 1, .lecture = {.width = 8, .rank = 1}},
	{.field = "member.copied_bytes", .rank = 1, .lecture = {.width = 8, .rank = 1}},
};

#define PID_BITS 22 /* PID_MAX_LIMIT of the kernel */

static uint64_t member_id(const struct moment *m, unsigned side, size_t index)
{
	const struct task_id *id = &m->snapshot->family->member[index].id;

	(void)side;
	return id->start_ticks << PID_BITS | (uint64_t)id->pid;
}

static size_t rows(const struct list_env *env, struct arena *arena, struct list_row **ret_rows)
{
	static const struct rows_source source = {.kind = RECORD_MEMBER, .id = member_id};

	return rows_make(env, &source, arena, ret_rows);
}

static const char *const legend[] = {SIGN_FAMILY, NULL};

static const struct list_ops list_ops = {
	.kind = RECORD_MEMBER,
	.one = true,
	.columns = columns,
	.columns_n = sizeof columns / sizeof *columns,
	.rows = rows,
	.legend = legend,
	.ended = "ended",
};

static void *create(void)
{
	return list_new(&list_ops);
}

/* ---- the sums ---------------------------------------------------------------- */

#define SUMS_LEAST 5 /* lines of the pane, below which the rows have them all */

/* The true sum beside the one that RSS adds up to. */
static void add_memory(const struct family *f, struct textbuf *out)
{
	const char *uncounted = family_uncounted(f), *indistinct = family_indistinct(f);
	char sum[UNITS_MAX], distinct[UNITS_MAX];

	if (uncounted)
		textbuf_addf(out, "in memory ? of %zu, %s", f->living, uncounted);
	else if (indistinct)
		textbuf_addf(out, "in memory ? (%s); sum of RSS %s, too much", indistinct,
			units_bytes(sum, f->resident * f->page_size));
	else
		textbuf_addf(out,
			"in memory %s, each frame once; sum of RSS %s counts them %.1f times",
			units_bytes(distinct, f->distinct * f->page_size),
			units_bytes(sum, f->resident * f->page_size),
			f->distinct ? (double)f->resident / (double)f->distinct : 1.0);
}

static void draw_sums(const struct view_env *env, struct canvas *c, struct rect line)
{
	const struct family *f = env->moment ? env->moment->snapshot->family : NULL;
	struct textbuf text = {0};

	if (!f || !f->n)
		return;
	textbuf_addf(&text, "%zu living", f->living);
	if (f->n > f->living)
		textbuf_addf(&text, ", %zu ended", f->n - f->living);
	textbuf_adds(&text, " · ");
	add_memory(f, &text);
	canvas_text(c, line.x, line.y, line.w, STYLE_STRONG, text.bytes);
	textbuf_free(&text);
}

static void draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	int sums = !env->lecture && area.h >= SUMS_LEAST;

	if (sums)
		draw_sums(env, c, (struct rect){area.x, area.y, area.w, 1});
	list_view_draw(view, env, c, (struct rect){area.x, area.y + sums, area.w, area.h - sums});
}

const struct view_ops family_members = {
	.id = "members",
	.create = create,
	.destroy = list_view_destroy,
	.update = list_view_update,
	.act = list_view_act,
	.click = list_view_click,
	.draw = draw,
	.selection = list_view_selection,
	.filter = list_view_filter,
	.search = list_view_search,
};
