/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "figures_internal.h"
#include "honesty_internal.h"
#include "list_view_internal.h"
#include "twintop/base/table.h"

/* What the process does when the signal comes. */
static void print_does(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out);
/* Who holds the signal back. */
static void print_blocked(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out);

/* Handlers are the process's, masks are the thread's: the columns say just that. */
static const struct list_column columns[] = {
	{.field = "signal.number", .rank = 0, .width = 2},
	{.field = "signal.name", .rank = 0, .width = 9, .lecture = {.width = 9, .grow = true}},
	{.field = "signal.disposition",
		.rank = 0,
		.width = 7,
		.lecture = {.width = 13, .title = "WHAT IT DOES", .print = print_does}},
	{.field = "signal.pending", .rank = 2, .width = 7, .lecture = {.width = 7, .rank = 2}},
	{.field = "signal.pending_threads", .rank = 3, .width = 5},
	{.field = "signal.blocked_threads",
		.rank = 1,
		.width = 7,
		.lecture = {.width = 11, .rank = 1, .title = "HELD BACK", .print = print_blocked}},
	{.field = "signal.blocked_by", .rank = 4, .width = 12, .flags = LIST_GROW | LIST_WHOLE},
};

/* The actions and pending signals of a side; NULL where they are not known. */
static const struct process_info *signals_of(const struct list_env *env, unsigned side)
{
	const struct process_info *p;

	if (side >= panes_sides(env->moment))
		return NULL;
	p = env->moment->snapshot->side[side].info;
	return p && value_state_has_value(p->source[PROCESS_SIGNALS]) ? p : NULL;
}

enum disposition { DISPOSITION_DEFAULT, DISPOSITION_IGNORED, DISPOSITION_CAUGHT, DISPOSITIONS };

static enum disposition disposition(const struct process_info *p, size_t i)
{
	return p->signals_caught >> i & 1    ? DISPOSITION_CAUGHT
	       : p->signals_ignored >> i & 1 ? DISPOSITION_IGNORED
					     : DISPOSITION_DEFAULT;
}

/* A side's named thread where A and B are threads of one process and its mask is known; NULL: none.
 */
static const struct thread_self *own_mask(const struct list_env *env, unsigned side)
{
	const struct moment *m = env->moment;
	const struct side *s = &m->snapshot->side[side];
	ptrdiff_t i = thread_find(s->threads, s->tid);
	struct thread t;

	if (!m->pair || m->pair->relation != RELATION_THREADS || i < 0)
		return NULL;
	t = thread_at(s->threads, (size_t)i);
	return value_state_has_value(thread_source_state(&t, THREAD_STATUS)) ? t.self : NULL;
}

/* Two threads have one table of actions: what may differ is who holds a signal back. */
static bool masks_differ(const struct list_env *env, size_t i)
{
	const struct thread_self *a = own_mask(env, 0), *b = own_mask(env, 1);

	return a && b && ((a->signals_blocked ^ b->signals_blocked) >> i & 1);
}

static enum row_state state_of(const struct list_env *env, size_t i)
{
	const struct process_info *a = signals_of(env, 0), *b = signals_of(env, 1);

	if (!a || !b)
		return ROW_STATES;
	return disposition(a, i) == disposition(b, i) && !masks_differ(env, i) &&
			       !((a->signals_pending ^ b->signals_pending) >> i & 1)
		       ? ROW_SAME
		       : ROW_DIVERGED;
}

static size_t rows(const struct list_env *env, struct arena *arena, struct list_row **ret_rows)
{
	unsigned sides = panes_sides(env->moment);
	struct list_row *row;

	if (!sides)
		return 0;
	row = arena_array(arena, SIGNAL_COUNT, sizeof *row);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		row[i] = (struct list_row){{i + 1, sides > 1 ? i + 1 : 0},
			{(ptrdiff_t)i, sides > 1 ? (ptrdiff_t)i : -1}, -1, state_of(env, i)};
	*ret_rows = row;
	return SIGNAL_COUNT;
}

/* How many threads of a side block signal i + 1; they have masks of their own. */
static size_t blocking_threads(const struct list_env *env, unsigned side, size_t i)
{
	const struct thread_list *list = env->moment->snapshot->side[side].threads;

	return list && list->signals ? list->signals->blocked_by[i] : 0;
}

/* Of two threads: which of them hold it back. False: A and B are no threads of one process. */
static bool note_masks(const struct list_env *env, size_t i, struct textbuf *out)
{
	const struct thread_self *t[2] = {own_mask(env, 0), own_mask(env, 1)};
	bool a = t[0] && (t[0]->signals_blocked >> i & 1);
	bool b = t[1] && (t[1]->signals_blocked >> i & 1);

	if (!t[0] || !t[1])
		return false;
	if (a || b)
		textbuf_addf(out, "%s%s", out->len ? ", " : "",
			a && b ? "both threads block it"
			: a    ? "thread A blocks it"
			       : "thread B blocks it");
	return true;
}

static void note_blockers(const struct list_env *env, size_t i, struct textbuf *out)
{
	if (note_masks(env, i, out))
		return;
	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		size_t n = blocking_threads(env, side, i);

		if (n)
			textbuf_addf(out, "%s%zu of %c's threads block%s it", out->len ? ", " : "",
				n, side ? 'B' : 'A', n == 1 ? "s" : "");
	}
}

static void print_does(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	static const char *const words[] = {
		[DISPOSITION_DEFAULT] = "as usual",
		[DISPOSITION_IGNORED] = "nothing",
		[DISPOSITION_CAUGHT] = "its handler",
	};
	TABLE_ROWS(words, DISPOSITIONS);
	const struct process_info *p = signals_of(env, side);

	textbuf_adds(out, p ? words[disposition(p, (size_t)row->index[side])] : "?");
}

static void print_blocked(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct thread_list *list = env->moment->snapshot->side[side].threads;

	if (!list || !list->signals)
		textbuf_adds(out, "?");
	else if (!blocking_threads(env, side, (size_t)row->index[side]))
		textbuf_adds(out, "—");
	else
		textbuf_count(out, blocking_threads(env, side, (size_t)row->index[side]), "thread");
}

static void note(const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	static const char *const disposition_word[] = {
		[DISPOSITION_DEFAULT] = "default",
		[DISPOSITION_IGNORED] = "ignored",
		[DISPOSITION_CAUGHT] = "caught",
	};
	TABLE_ROWS(disposition_word, DISPOSITIONS);
	const struct process_info *a = signals_of(env, 0), *b = signals_of(env, 1);
	size_t i = (size_t)row->index[0];

	if (row->index[0] < 0)
		return;
	if (a && b && disposition(a, i) != disposition(b, i))
		textbuf_addf(out, "%s in A, %s in B", disposition_word[disposition(a, i)],
			disposition_word[disposition(b, i)]);
	else if (a && b && disposition(a, i))
		textbuf_addf(out, "%s in both", disposition_word[disposition(a, i)]);
	note_blockers(env, i, out);
}

static const struct list_ops list_ops = {
	.kind = RECORD_SIGNAL,
	.columns = columns,
	.columns_n = sizeof columns / sizeof *columns,
	.rows = rows,
	.note = note,
	.ended = "gone",
};

static void *create(void)
{
	return list_new(&list_ops);
}

static void honesty(void *view, const struct view_env *env, struct textbuf *out)
{
	(void)view;
	honesty_records(env, RECORD_PROCESS, out);
}

static const struct view_figure figures[] = {
	{.label = "caught", .unit = UNIT_COUNT, .get = figure_caught},
	{.label = "blocked", .unit = UNIT_COUNT, .get = figure_blocked},
	{.label = "pending", .unit = UNIT_COUNT, .get = figure_pending},
};

static const char *const signs[] = {SIGN_BETWEEN, NULL};

const struct view_ops view_signals = {
	.id = "signals",
	.list = &list_ops,
	.title = "Signals",
	.brief = "Sig",
	.key = '8',
	.help = "Signals: what each process does with them, who blocks them, what is pending.",
	.offers = VIEW_SORTS | VIEW_FILTERS | VIEW_DIFFERS,
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.signs = signs,
	.need = NEED_PROCESS | NEED_THREADS | NEED_THREAD_STATUS,
	.create = create,
	.honesty = honesty,
	LIST_VIEW_OPS,
};
