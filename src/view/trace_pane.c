/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Below the threads: how the selected one came to where it stands, or all of them. */
#include <inttypes.h>

#include "trace_internal.h"
#include "twintop/draw/panes.h"
#include "twintop/model/runtime.h"

#define ROWS_LEAST  5 /* of the pane, its heading among them … */
#define LIST_LEAST  6 /* … and of the list above it */
#define OUTER_LINES 2 /* that stay where there is no room for all */

int trace_pane_rows(enum trace_pane pane, const struct view_env *env, int h)
{
	int rows = h / 2;

	if (!pane || !env->moment || h < ROWS_LEAST + LIST_LEAST)
		return 0;
	return rows > h - LIST_LEAST ? h - LIST_LEAST : rows;
}

/* ---- lines --------------------------------------------------------------------------- */

/* What a side's half of the pane says. */
struct half {
	const struct snapshot *s;
	unsigned side;
	bool past;
	struct canvas *c;
	struct rect area;
	int y; /* the next line */
	uint64_t now_ns;
	size_t top, most; /* lines scrolled past; how many can be */
};

static bool has_room(const struct half *p, int lines)
{
	return p->y + lines <= p->area.y + p->area.h;
}

static void put_line(struct half *p, enum style style, const char *text)
{
	if (has_room(p, 1))
		canvas_text(p->c, p->area.x, p->y++, p->area.w, style, text ? text : "");
}

/* ---- one thread ------------------------------------------------------------------------ */

/* Lines that follow each other at one place are one: a function that calls itself. */
struct run {
	struct backtrace_line line;
	size_t first, times;
};

static bool is_again(const struct backtrace_line *a, const struct backtrace_line *b)
{
	return a->frame->pc == b->frame->pc && a->inlined == b->inlined &&
	       text_equal(a->function, b->function) && a->line == b->line;
}

VEC_STRUCT(runs, struct run);

static void find_runs(const struct backtrace *b, struct runs *ret)
{
	struct backtrace_line line;

	for (size_t i = 0; backtrace_line(b, i, &line); i++) {
		struct run *last = ret->n ? &ret->item[ret->n - 1] : NULL;

		if (last && last->line.frame != line.frame && is_again(&last->line, &line))
			last->times++;
		else
			VEC_PUSH(ret, (struct run){line, i, 1});
	}
}

static void put_run(struct half *p, const struct run *r)
{
	struct textbuf text = {0};

	textbuf_addf(&text, "%3zu  ", r->first);
	backtrace_line_print(&text, &r->line);
	if (r->times > 1)
		textbuf_addf(&text, "  ×%zu", r->times);
	put_line(p, r->line.inlined || r->line.frame->guessed ? STYLE_DIM : STYLE_NORMAL,
		text.bytes);
	textbuf_free(&text);
}

static void put_more(struct half *p, size_t n)
{
	struct textbuf text = {0};

	textbuf_addf(&text, "     … %zu more", n);
	put_line(p, STYLE_DIM, text.bytes);
	textbuf_free(&text);
}

/* The innermost ones and, where not all have room, the outermost. */
static void put_ends(struct half *p, const struct runs *runs, size_t room)
{
	size_t outer = room > OUTER_LINES + 1 ? OUTER_LINES : 0;
	size_t inner = outer ? room - outer - 1 : room;

	for (size_t i = 0; i < inner; i++)
		put_run(p, &runs->item[i]);
	if (!outer)
		return;
	put_more(p, runs->n - inner - outer);
	for (size_t i = runs->n - outer; i < runs->n; i++)
		put_run(p, &runs->item[i]);
}

/* How many of n lines are scrolled past, where so many have room: a line tells what is below. */
static size_t scrolled(struct half *p, size_t n, size_t room)
{
	p->most = n > room ? n - room : 0;
	return p->top < p->most ? p->top : p->most;
}

static void put_runs(struct half *p, const struct runs *runs, int lines)
{
	size_t room = lines > 0 ? (size_t)lines : 0, top = scrolled(p, runs->n, room);
	size_t end = runs->n;

	if (!top && runs->n > room) {
		put_ends(p, runs, room);
		return;
	}
	if (top < p->most && room)
		end = top + room - 1;
	for (size_t i = top; i < end; i++)
		put_run(p, &runs->item[i]);
	if (end < runs->n)
		put_more(p, runs->n - end);
}

/* "kernel: futex_do_wait ← do_futex ← …"; nothing where it is not known. */
static void put_kernel(struct half *p, pid_t tid)
{
	const struct kernel_trace *k = backtraces_kernel(p->s->side[p->side].backtraces, tid, NULL);
	struct textbuf text = {0};

	if (!k || !k->n)
		return;
	textbuf_adds(&text, "  k  ");
	for (size_t i = 0; i < k->n; i++) {
		textbuf_adds(&text, i ? " ← " : "");
		text_printable(&text, k->frame[i].function);
	}
	put_line(p, STYLE_DIM, text.bytes);
	textbuf_free(&text);
}

/* How it was come by, where somebody held it or it ran; what became of a wish to hold it. */
static void put_means(struct half *p, pid_t tid)
{
	const struct thread_backtrace *t = backtraces_find(p->s->side[p->side].backtraces, tid);
	struct textbuf text = {0};

	if (t)
		backtrace_means_print(&text, t, p->now_ns);
	if (text.len)
		put_line(p, STYLE_STRONG, text.bytes);
	textbuf_clear(&text);
	if (t && t->hold > HOLD_DONE)
		hold_end_print(&text, t);
	if (text.len)
		put_line(p, STYLE_WARN, text.bytes);
	textbuf_free(&text);
}

/* The frames say that their code was made at run time: what would name it, or else why not. */
static void put_nameless(struct half *p, enum symbol_gap gap)
{
	const struct side *side = &p->s->side[p->side];
	const char *how = gap == SYMBOL_PERF_MAP ? side_map_how(side) : NULL;
	struct textbuf text = {0};

	textbuf_addf(&text, how ? "     names: by %s" : "     no names: %s",
		how ? how : side_gap_reason(side, gap));
	put_line(p, STYLE_WARN, text.bytes);
	textbuf_free(&text);
}

static void put_frames(struct half *p, pid_t tid, const struct backtrace *b)
{
	enum symbol_gap gap = backtrace_made_gap(b);
	struct textbuf reason = {0};
	struct runs runs = {0};

	put_kernel(p, tid);
	find_runs(b, &runs);
	put_runs(p, &runs, p->area.y + p->area.h - p->y - !b->complete - (gap != SYMBOL_NO_GAP));
	if (gap)
		put_nameless(p, gap);
	if (!b->complete) {
		textbuf_adds(&reason, "     ends there: ");
		backtrace_reason(b, &reason);
		put_line(p, STYLE_WARN, reason.bytes);
	}
	textbuf_free(&reason);
	VEC_FREE(&runs);
}

/* "BACKTRACE of 4242 worker" */
static void put_heading(struct half *p, const struct thread *t)
{
	struct textbuf text = {0};

	textbuf_adds(&text, "BACKTRACE");
	if (t->self) {
		textbuf_addf(&text, " of %d ", (int)t->self->tid);
		text_name(&text, thread_name(t));
	}
	put_line(p, STYLE_TITLE, text.bytes);
	textbuf_free(&text);
}

static void draw_one(struct half *p, ptrdiff_t index)
{
	const struct side *side = &p->s->side[p->side];
	const struct thread t = thread_at(index < 0 ? NULL : side->threads, (size_t)index);
	const struct backtrace *b;
	const char *reason;

	put_heading(p, &t);
	if (!t.self) {
		put_line(p, STYLE_DIM, index < 0 ? "no thread here" : "it is not known");
		return;
	}
	put_means(p, t.self->tid);
	b = backtraces_trace(side->backtraces, t.self->tid, &reason);
	if (b)
		put_frames(p, t.self->tid, b);
	else
		put_line(p, STYLE_DIM, panes_reason(reason, p->past));
}

/* ---- all threads -------------------------------------------------------------------------- */

static void put_branch(struct half *p, const struct trace_line *line)
{
	int at = p->area.x + 5 + 2 * (int)line->depth, end = p->area.x + p->area.w;

	if (at > end - 10)
		at = end > 10 ? end - 10 : p->area.x;
	canvas_print(p->c, p->area.x, p->y, 5, STYLE_STRONG, "%4zu", line->threads);
	if (at < end)
		panes_tail(p->c, at, p->y, end - at, STYLE_NORMAL, line->text.bytes);
	p->y++;
}

/* Those that have no way, by their reasons. */
static void put_gaps(struct half *p, const struct backtrace_group *group, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct textbuf text = {0};

		if (group[i].trace)
			continue;
		textbuf_addf(&text, "%4zu ? %s", group[i].n, group[i].reason);
		put_line(p, STYLE_DIM, text.bytes);
		textbuf_free(&text);
	}
}

static void put_tree(struct half *p, const struct backtraces *list)
{
	struct arena arena = {0};
	struct trace_tree tree = trace_tree_of(list, &arena);
	struct backtrace_group *group;
	struct trace_line *line;
	size_t n = trace_tree_lines(&tree, &line), i;

	i = scrolled(p, n, (size_t)(p->area.y + p->area.h - p->y));
	for (; i < n && has_room(p, i + 1 < n ? 2 : 1); i++)
		put_branch(p, &line[i]);
	if (i < n)
		put_more(p, n - i);
	trace_lines_free(line, n);
	n = backtraces_groups(list, &arena, &group);
	put_gaps(p, group, n);
	arena_free(&arena);
}

static void draw_all(struct half *p)
{
	const struct backtraces *list = p->s->side[p->side].backtraces;

	put_line(p, STYLE_TITLE, "WAYS of all threads");
	if (list && value_state_has_value(list->part.state))
		put_tree(p, list);
	else
		put_line(p, STYLE_DIM,
			panes_reason(value_state_reason(list ? list->part.state : VALUE_UNREAD),
				p->past));
}

size_t trace_pane_draw(enum trace_pane pane, const struct view_env *env, const struct list_row *row,
	size_t top, struct canvas *c, struct rect area)
{
	unsigned sides = panes_sides(env->moment);
	struct panes panes = panes_split(area, sides, 0, 0);
	size_t most = 0;

	for (unsigned side = 0; side < sides; side++) {
		struct half p = {.s = env->moment->snapshot,
			.side = side,
			.past = env->past,
			.c = c,
			.area = panes.side[side],
			.y = panes.side[side].y,
			.now_ns = env->moment->snapshot->monotonic_ns,
			.top = top};

		if (pane == TRACE_ALL)
			draw_all(&p);
		else
			draw_one(&p, row ? row->index[side] : -1);
		most = p.most > most ? p.most : most;
	}
	return most;
}
