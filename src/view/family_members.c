/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of the family, a row each. */
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "family_internal.h"
#include "family_lives_internal.h"
#include "rows_internal.h"
#include "twintop/base/units.h"
#include "twintop/model/family.h"
#include "twintop/model/names.h"

/* Which side the member is: 0 or 1; 2: neither. */
static unsigned side_of(const struct moment *m, size_t member)
{
	const struct snapshot *s = m->snapshot;

	for (unsigned side = 0; side < s->sides; side++)
		if (task_id_equal(s->side[side].id, s->family->member[member].id))
			return side;
	return 2;
}

/* Each below its own letter. */
static void draw_side(const struct list_env *env, const void *context, const struct record *r,
	struct canvas *c, struct rect cell)
{
	unsigned side = side_of(env->moment, r->index);

	(void)context;
	if (side < 2)
		canvas_text(c, cell.x + (int)side, cell.y, 1, side ? STYLE_SIDE_B : STYLE_SIDE_A,
			side ? "B" : "A");
}

/* ---- texts ------------------------------------------------------------------- */

#define OLD_NS 1000000000u /* from there on the age of page figures is worth a word */

static const struct member *member_at(const struct list_env *env, const struct list_row *row)
{
	return &env->moment->snapshot->family->member[row->index[0]];
}

/* How long ago something was when the family was looked at: what is shown changes with that. */
static uint64_t ago_ns(const struct list_env *env, uint64_t ns)
{
	uint64_t read_ns = env->moment->snapshot->family->part.end_ns;

	return read_ns > ns ? read_ns - ns : 0;
}

/* How old the figures of its pages were then; 0: there are none. */
static uint64_t pages_age_ns(const struct list_env *env, const struct member *m)
{
	bool known = !m->ended && value_state_has_value(m->pages.state);

	return known ? ago_ns(env, m->pages.read_ns) : 0;
}

/* "exit 3", "SIGSEGV", "?"; of the living nothing. */
static void print_end(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct member *m = member_at(env, row);

	(void)side;
	if (!m->ended)
		textbuf_adds(out, "—");
	else if (!value_state_has_value(m->status_state))
		textbuf_adds(out, "?");
	else if (WIFEXITED(m->status))
		textbuf_addf(out, "exit %d", WEXITSTATUS(m->status));
	else if (signal_name(WTERMSIG(m->status)))
		textbuf_adds(out, signal_name(WTERMSIG(m->status)));
	else
		textbuf_addf(out, "signal %d", WTERMSIG(m->status));
}

/* "asleep", "a zombie", "gone" */
static void print_state_words(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct member *m = member_at(env, row);

	(void)side;
	if (m->ended)
		textbuf_adds(out, m->state == 'Z' ? "a zombie" : "gone");
	else
		textbuf_adds(out, task_state_words(m->state));
}

/* "1.8s" where that is worth a word. */
static void print_age(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct member *m = member_at(env, row);
	uint64_t age = pages_age_ns(env, m);
	char text[UNITS_MAX];

	(void)side;
	if (age >= OLD_NS)
		textbuf_adds(out, units_time(text, age));
	else
		textbuf_adds(out, m->ended ? "—" : "");
}

/* "nginx: worker process", "chromium --type=renderer": its name, and what is its own. */
static void print_name(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	(void)side;
	member_label(env->moment->snapshot->family, (size_t)row->index[0], false, out);
}

/* "worker process", "renderer": what is its own, where there is room for that alone. */
static void print_name_short(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	(void)side;
	member_label(env->moment->snapshot->family, (size_t)row->index[0], true, out);
}

static void add_note(struct textbuf *out, const char *text)
{
	textbuf_addf(out, "%s%s", out->len ? ", " : "", text);
}

/* What is odd about it: the end, an orphan, old figures. */
static void note(const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	const struct member *m = member_at(env, row);
	uint64_t age = pages_age_ns(env, m);
	char text[UNITS_MAX];

	if (m->ended) {
		textbuf_addf(out, "ended %s ago", units_time(text, ago_ns(env, m->end_ns)));
		if (m->state == 'Z')
			textbuf_addf(out, ", %d has yet to wait for it", (int)m->ppid);
		return;
	}
	if (!strcmp(member_role(env->moment->snapshot->family, (size_t)row->index[0]), "orphan"))
		textbuf_addf(out, "its parent %d has ended", (int)m->parent_id.pid);
	if (m->pages.state == VALUE_LATE)
		add_note(out, "its memory is locked");
	else if (age >= OLD_NS)
		textbuf_addf(out, "%spages %s old", out->len ? ", " : "", units_time(text, age));
}

/* ---- columns ----------------------------------------------------------------- */

static const struct list_column columns[] = {
	{.field = "member.side", .rank = 0, .draw = draw_side, .lecture = {.width = 2}},
	{.field = "member.pid", .rank = 0, .lecture = {.width = 7, .rank = 3}},
	{.field = "member.label",
		.rank = 0,
		.width = 16,
		.wish = 26,
		.flags = LIST_WHOLE | LIST_TREE,
		.print = print_name,
		.print_short = print_name_short,
		.lecture = {.width = 12, .grow = true}},
	{.field = "member.role", .rank = 4, .lecture = {.width = 7, .rank = 4}},
	{.field = "member.state",
		.rank = 0,
		.lecture = {.width = 9, .title = "STATE", .print = print_state_words}},
	{.field = "member.exit.code",
		.rank = 1,
		.width = 8,
		.print = print_end,
		.lecture = {.width = 8, .rank = 1, .title = "END", .print = print_end}},
	{.field = "member.threads", .rank = 5},
	{.field = "member.fds", .rank = 5},
	{.field = "member.cpu_percent", .rank = 2, .flags = LIST_QUIET},
	{.field = "member.resident_bytes", .rank = 4},
	{.field = "member.private_bytes", .rank = 1, .lecture = {.width = 8, .rank = 2}},
	{.field = "member.shared_bytes", .rank = 1, .lecture = {.width = 8, .rank = 1}},
	{.field = "member.copied_bytes", .rank = 1, .lecture = {.width = 8, .rank = 1}},
	{.field = "member.copied_bytes_per_second", .rank = 3, .flags = LIST_QUIET},
	{.field = "member.efficiency_percent", .rank = 2, .flags = LIST_QUIET},
	{.field = "member.pages_read_ns", .rank = 3, .flags = LIST_QUIET, .print = print_age},
	{.field = "member.start_ns",
		.rank = 2,
		.width = 30,
		.wish = 56,
		.flags = LIST_GROW | LIST_QUIET,
		.draw = family_lives_draw,
		.head = family_lives_head,
		.lecture = {.width = 24, .grow = true}},
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

static ptrdiff_t parent(const struct list_env *env, const struct list_row *row)
{
	size_t at = member_at(env, row)->parent;

	return at == FAMILY_NO_PARENT ? -1 : (ptrdiff_t)at;
}

static enum list_life life(const struct list_env *env, const struct list_row *row)
{
	const struct member *m = member_at(env, row);

	return !m->ended ? LIST_LIVES : m->state == 'Z' ? LIST_ENDED : LIST_GONE;
}

static bool other(const struct moment *now, const struct moment *before)
{
	const struct family *a = now->snapshot->family, *b = before->snapshot->family;

	return a && b && a->n && b->n && !task_id_equal(a->member[0].id, b->member[0].id);
}

static const char *const legend[] = {SIGN_FAMILY, SIGN_LIVES, NULL};

const struct list_ops family_list_ops = {
	.kind = RECORD_MEMBER,
	.one = true,
	.columns = columns,
	.columns_n = sizeof columns / sizeof *columns,
	.rows = rows,
	.parent = parent,
	.life = life,
	.other = other,
	.hides = family_lives_hides,
	.context_size = sizeof(struct family_lives),
	.prepare = family_lives_prepare,
	.note = note,
	.note_width = 34,
	.note_from = 150,
	.legend = legend,
	.ended = "ended",
};

static void *create(void)
{
	return list_new(&family_list_ops);
}

/* ---- whom to watch ------------------------------------------------------------- */

static bool watch(struct list *l, const struct view_env *env, unsigned side)
{
	const struct family *f = env->moment->snapshot->family;
	struct list_row row;
	const struct member *m;

	if (!f || !env->focus || !list_selected(l, &row) || row.index[0] < 0 ||
		(size_t)row.index[0] >= f->n)
		return false;
	m = &f->member[row.index[0]];
	if (m->ended)
		env->focus->say = "that process has ended: o shows what is known of it";
	else if (side_of(env->moment, (size_t)row.index[0]) == side)
		env->focus->say = side ? "that is B already: o shows its details"
				       : "that is A already: o shows its details";
	else
		env->focus->watch[side] = m->id.pid;
	return true;
}

static enum action_scope members_are(const void *view)
{
	(void)view;
	return SCOPE_MEMBER;
}

#define LIFT_NS 3000000000u /* what was asked for so long ago will not be */

/* Whether a generation was asked for that has yet to be shown. */
static bool is_lifting(const struct view_env *env, const struct family *f)
{
	const struct view_focus *focus = env->focus;

	return task_id_equal(focus->lift_of, f->base) && env->now_ns < focus->lift_ns + LIFT_NS &&
	       f->lifted != focus->generations && !(f->top && f->lifted < focus->generations);
}

/* One generation up or down, as far as there are any: from the one that is shown, or will be. */
static bool lift(const struct view_env *env, int by)
{
	const struct family *f = env->moment->snapshot->family;
	struct view_focus *focus = env->focus;
	bool lifting;
	unsigned from;

	if (!f || !f->n || !focus)
		return false;
	lifting = is_lifting(env, f);
	from = lifting ? focus->generations : f->lifted;
	if (by > 0 && f->top && from >= f->lifted) {
		focus->say = "nobody is above the first one";
	} else if (by < 0 && !from) {
		focus->say = "the family is that of A, or of its parent where A is a worker";
	} else {
		focus->lift = true;
		focus->generations = from + (unsigned)by;
		focus->lift_of = f->base;
		focus->lift_ns = env->now_ns;
	}
	return true;
}

static bool act(void *view, const struct view_env *env, enum action action)
{
	if (action == FAMILY_HIGHER || action == FAMILY_LOWER)
		return lift(env, action == FAMILY_HIGHER ? 1 : -1);
	if (action == ACTION_WATCH_A || action == ACTION_WATCH_B)
		return watch(view, env, action == ACTION_WATCH_B);
	if (family_lives_act(env, action))
		return true;
	return list_view_act(view, env, action);
}

/* ---- the sums ---------------------------------------------------------------- */

#define SUMS_LEAST 5 /* lines of the pane, below which the rows have them all */

/* The true sum beside the one that RSS adds up to. */
static void add_memory(const struct family *f, struct textbuf *out)
{
	const char *uncounted = family_uncounted(f), *indistinct = family_indistinct(f);
	char sum[UNITS_MAX], distinct[UNITS_MAX];

	units_bytes(sum, f->resident * f->page_size);
	units_bytes(distinct, f->distinct * f->page_size);
	if (uncounted)
		textbuf_addf(out, "? in frames: %s", uncounted);
	else if (indistinct)
		textbuf_addf(out, "? in frames (%s); sum of RSS %s", indistinct, sum);
	else
		textbuf_addf(out, "%s in frames, each once; sum of RSS %s, ×%.1f", distinct, sum,
			f->distinct ? (double)f->resident / (double)f->distinct : 1.0);
}

#define OF_FORK " · KEPT: of the first's private memory at the fork"

static void draw_sums(const struct view_env *env, struct canvas *c, struct rect line)
{
	const struct family *f = env->moment ? env->moment->snapshot->family : NULL;
	struct textbuf text = {0};
	char age[UNITS_MAX];

	if (!f || !f->n)
		return;
	textbuf_addf(&text, "%zu living", f->living);
	if (f->n > f->living)
		textbuf_addf(&text, ", %zu ended", f->n - f->living);
	if (f->forgotten)
		textbuf_addf(&text, " (%" PRIu64 " more not listed)", f->forgotten);
	textbuf_adds(&text, " · ");
	add_memory(f, &text);
	if (f->totals_ns && f->part.end_ns > f->totals_ns + 2ull * OLD_NS)
		textbuf_addf(
			&text, ", counted %s ago", units_time(age, f->part.end_ns - f->totals_ns));
	if (text_width(text.bytes, text.len) + text_width(OF_FORK, strlen(OF_FORK)) <=
		(size_t)line.w)
		textbuf_adds(&text, OF_FORK);
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
	.rows = members_are,
	.act = act,
	.click = list_view_click,
	.draw = draw,
	.selection = list_view_selection,
	.filter = list_view_filter,
	.search = list_view_search,
};
