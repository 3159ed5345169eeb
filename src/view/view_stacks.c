/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "figures_internal.h"
#include "honesty_internal.h"
#include "rows_internal.h"
#include "trace_internal.h"
#include "twintop/base/units.h"
#include "twintop/draw/bar.h"

/* The scale doubles from here: less of a stack is not told apart. */
#define UNIT_BYTES_LEAST 1024u

/* One scale for all stacks of both sides. */
struct scale {
	uint64_t full_bytes;
	const struct field *used, *deepest, *guard;
};

static struct thread thread_of(const struct record *r)
{
	return thread_at(r->moment->snapshot->side[r->side].threads, r->index);
}

/* Addresses of its stack; 0 while that is not known. */
static uint64_t reserved_of(const struct thread *t)
{
	return value_state_has_value(thread_source_state(t, THREAD_STACK))
		       ? t->self->stack_end - t->self->stack_start
		       : 0;
}

static void prepare(const struct list_env *env, void *context)
{
	struct scale *s = context;

	s->used = field_find("thread.stack.used_bytes");
	s->deepest = field_find("thread.stack.deepest_bytes");
	s->guard = field_find("thread.stack.guard_bytes");
	s->full_bytes = 64 * UNIT_BYTES_LEAST;
	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		const struct thread_list *t = env->moment->snapshot->side[side].threads;

		for (size_t i = 0; t && i < t->n; i++) {
			struct thread of = thread_at(t, i);

			if (reserved_of(&of) > s->full_bytes)
				s->full_bytes = reserved_of(&of);
		}
	}
}

/* Bytes of a field of the record; false while they are not known. */
static bool bytes_of(const struct field *f, const struct record *r, uint64_t *ret)
{
	struct value v;

	if (!f)
		return false;
	v = f->get(r);
	if (!value_state_has_value(v.state))
		return false;
	*ret = v.u;
	return true;
}

/* Why there is no stack to draw, in words. What nobody looked for was not sought in vain. */
static const char *no_stack(
	const struct list_env *env, const struct record *r, const struct thread *t)
{
	if (t->call->running)
		return "running: stack pointer not told";
	switch (thread_source_state(t, THREAD_SYSCALL)) {
	case VALUE_DENIED:
		return "? hidden: needs attach access";
	case VALUE_GONE:
		return "it has ended";
	case VALUE_UNREAD:
		return panes_unread(r->moment, r->side, env->past);
	default:
		break;
	}
	switch (thread_source_state(t, THREAD_STACK)) {
	case VALUE_UNREAD:
		return panes_unread(r->moment, r->side, env->past);
	case VALUE_NONE:
		return t->self->stack_gap == STACK_LEFT ? "this thread has ended"
							: "no stack in user space";
	default:
		return "? stack not found";
	}
}

/* A stack whose bounds nothing proves: its pointer is all that is known of it. */
static void say_gap(const struct list_env *env, const struct record *r, const struct thread *t,
	struct textbuf *out)
{
	enum value_state state = thread_source_state(t, THREAD_STACK);

	if (state != VALUE_UNSUPPORTED || !t->call->registers_known)
		textbuf_adds(out, no_stack(env, r, t));
	else
		textbuf_addf(out, "? %s",
			t->self->stack_gap == STACK_ELSEWHERE ? "off its own stack"
							      : "bounds not proven");
	if (state == VALUE_UNSUPPORTED && t->call->registers_known && !env->lecture)
		textbuf_addf(out, ", SP %" PRIx64, t->call->stack_pointer);
}

static void draw_gap(const struct list_env *env, const struct record *r, const struct thread *t,
	struct canvas *c, struct rect cell)
{
	struct textbuf text = {0};

	say_gap(env, r, t, &text);
	canvas_text(c, cell.x, cell.y, cell.w, STYLE_DIM, text.bytes);
	textbuf_free(&text);
}

/*
 * From the stack's end at the left downwards in memory: in use, touched before, never touched, and
 * the guard. The stack pointer stands where the part in use ends.
 */
static void draw_bar(const struct list_env *env, const void *context, const struct record *r,
	struct canvas *c, struct rect cell)
{
	const struct scale *s = context;
	const struct thread t = thread_of(r);
	uint64_t reserved = reserved_of(&t), used = 0, deepest = 0, guard = 0;
	bool used_known = bytes_of(s->used, r, &used);
	bool guarded = bytes_of(s->guard, r, &guard) && guard;
	int w = cell.w - 1, end, at, x = cell.x;

	if (!reserved) {
		draw_gap(env, r, &t, c, cell);
		return;
	}
	end = bar_log(reserved, UNIT_BYTES_LEAST, s->full_bytes, w);
	canvas_repeat(c, x, cell.y, end, STYLE_DIM, c->ascii ? "." : "░");
	if (bytes_of(s->deepest, r, &deepest))
		canvas_repeat(c, x, cell.y, bar_log(deepest, UNIT_BYTES_LEAST, s->full_bytes, w),
			STYLE_COW, c->ascii ? "+" : "▒");
	if (used_known) {
		at = bar_log(used, UNIT_BYTES_LEAST, s->full_bytes, w);
		canvas_repeat(c, x, cell.y, at, r->side ? STYLE_SIDE_B : STYLE_SIDE_A,
			c->ascii ? "#" : "█");
		canvas_text(
			c, x + (at ? at - 1 : 0), cell.y, 1, STYLE_STRONG, c->ascii ? "@" : "◆");
	}
	if (guarded)
		canvas_text(c, x + end, cell.y, 1, STYLE_BAD, c->ascii ? "x" : "╳");
}

/* The axis: sizes where they lie on the bars. */
static void draw_axis(
	const struct list_env *env, const void *context, struct canvas *c, struct rect cell)
{
	const struct scale *s = context;
	int free_from = cell.x, w = cell.w - 1;

	(void)env;
	for (uint64_t bytes = UNIT_BYTES_LEAST; bytes <= s->full_bytes; bytes *= 4) {
		char text[UNITS_MAX];
		int at, width;

		units_bytes(text, bytes);
		width = (int)strlen(text);
		at = cell.x + bar_log(bytes, UNIT_BYTES_LEAST, s->full_bytes, w) - width;
		if (at < free_from)
			continue;
		canvas_text(c, at, cell.y, width, STYLE_TITLE, text);
		free_from = at + width + 1;
	}
}

static const struct list_column columns[] = {
	{.field = "thread.tid", .rank = 0},
	{.field = "thread.name", .rank = 2, .width = 9, .lecture = {.width = 10}},
	{.field = "thread.stack.used_bytes",
		.rank = 1,
		.width = 5,
		.lecture = {.width = 5, .rank = 1}},
	{.field = "thread.stack.deepest_bytes",
		.rank = 3,
		.width = 7,
		.lecture = {.width = 7, .rank = 2}},
	{.field = "thread.stack.reserved_bytes", .rank = 4},
	{.field = "thread.stack.guard_bytes", .rank = 5},
	{.field = "thread.stack.pointer", .rank = 6},
	{.field = "thread.stack.resident_bytes", .rank = 7},
	{.field = "thread.stack.end",
		.rank = 0,
		.width = 15,
		.flags = LIST_GROW,
		.draw = draw_bar,
		.head = draw_axis,
		.lecture = {.width = 16, .grow = true}},
};

static void stack_note(const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	rows_user_threads_note(env, row, out);
	if (out->len)
		return;
	for (unsigned side = 0; side < 2; side++) {
		struct record r = {env->moment, RECORD_THREAD, side, (size_t)row->index[side]};
		struct thread t;

		if (row->index[side] < 0)
			continue;
		t = thread_of(&r);
		if (!t.call->running)
			continue;
		textbuf_addf(out, "%s%c runs: SP not told", out->len ? ", " : "", side ? 'B' : 'A');
	}
}

static const char *const legend[] = {SIGN_STACKS, NULL};

static const struct list_ops list_ops = {
	.kind = RECORD_THREAD,
	.columns = columns,
	.columns_n = sizeof columns / sizeof *columns,
	.rows = rows_threads,
	.same = rows_threads_same,
	.state = rows_thread_state,
	.note = stack_note,
	.note_width = 26,
	.glyph = rows_thread_glyph,
	.ended = "ended",
	.legend = legend,
	.context_size = sizeof(struct scale),
	.prepare = prepare,
};

static void *create(void)
{
	return trace_view_new(&list_ops);
}

static const struct action_row keymap[] = {TRACE_KEYS};

static const struct view_figure figures[] = {
	{.label = "used now", .unit = UNIT_BYTES, .get = figure_stack_used},
	{.label = "deepest", .unit = UNIT_BYTES, .get = figure_stack_deepest},
};

static const char *const signs[] = {SIGN_STACKS, SIGN_BETWEEN, NULL};

const struct view_ops view_stacks = {
	.id = "stacks",
	.list = &list_ops,
	.title = "Stacks",
	.brief = "Stk",
	.key = '3',
	.help = "Stacks: guard, reserve, deepest use and stack pointer of each thread.",
	.keymap = keymap,
	.keymap_n = sizeof keymap / sizeof *keymap,
	.offers = VIEW_SORTS | VIEW_FILTERS,
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.signs = signs,
	.need = NEED_PROCESS | NEED_THREADS | NEED_THREAD_SYSCALL | NEED_MAPS | NEED_PAGES |
		NEED_STACKS | NEED_USER_STACKS,
	.create = create,
	.honesty = honesty_threads,
	TRACE_VIEW_OPS,
};
