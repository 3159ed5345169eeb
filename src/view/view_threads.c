/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "honesty_internal.h"
#include "rows_internal.h"
#include "twintop/model/names.h"

static const struct thread *thread_at(
	const struct list_env *env, const struct list_row *row, unsigned side)
{
	const struct thread_list *t = env->moment->snapshot->side[side].threads;

	return t && row->index[side] >= 0 && (size_t)row->index[side] < t->n
		       ? &t->thread[row->index[side]]
		       : NULL;
}

/* "read(0x3, 0x7ffd…, 0x1000)", "running", "?" */
static void print_syscall(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct thread *t = thread_at(env, row, side);

	if (!t || !value_state_has_value(t->source[THREAD_SYSCALL])) {
		textbuf_adds(out, "?");
	} else if (t->running) {
		textbuf_adds(out, "running");
	} else if (t->syscall_number < 0) {
		textbuf_adds(out, "outside a call");
	} else {
		if (t->syscall_name)
			textbuf_addf(out, "%s(", t->syscall_name);
		else
			textbuf_addf(out, "call %" PRId64 "(", t->syscall_number);
		for (unsigned i = 0; i < t->syscall_args_n && i < 6; i++)
			textbuf_addf(out, "%s%s%" PRIx64, i ? ", " : "",
				t->syscall_arg[i] > 9 ? "0x" : "", t->syscall_arg[i]);
		textbuf_adds(out, ")");
	}
}

/* "mutex of 4245", "join of 4243", "futex", "—" */
static void print_waiting(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct thread *t = thread_at(env, row, side);

	if (!t || !value_state_has_value(t->source[THREAD_SYSCALL]))
		textbuf_adds(out, "?");
	else if (t->wait_kind == WAIT_NOTHING)
		textbuf_adds(out, "—");
	else if (t->wait_owner)
		textbuf_addf(out, "%s of %d", wait_kind_name(t->wait_kind), (int)t->wait_owner);
	else
		textbuf_adds(out, wait_kind_name(t->wait_kind));
}

static const struct list_column columns[] = {
	{.field = "thread.tid", .rank = 0},
	{.field = "thread.name", .rank = 0, .width = 10, .flags = LIST_GROW},
	{.field = "thread.state", .rank = 0},
	{.field = "thread.cpu_percent", .rank = 1, .flags = LIST_QUIET},
	{.field = "thread.processor", .rank = 4, .flags = LIST_QUIET},
	{.field = "thread.syscall.name",
		.rank = 1,
		.width = 11,
		.flags = LIST_GROW,
		.print = print_syscall},
	{.field = "thread.waiting_on.kind", .rank = 2, .width = 13, .print = print_waiting},
	{.field = "thread.voluntary_switches", .rank = 3, .flags = LIST_QUIET},
	{.field = "thread.involuntary_switches", .rank = 3, .flags = LIST_QUIET},
	{.field = "thread.voluntary_rate", .rank = 5, .flags = LIST_QUIET},
	{.field = "thread.involuntary_rate", .rank = 5, .flags = LIST_QUIET},
	{.field = "thread.wait_channel", .rank = 4, .width = 12},
	{.field = "thread.run_ns", .rank = 6, .flags = LIST_QUIET},
	{.field = "thread.wait_ns", .rank = 6, .flags = LIST_QUIET},
	{.field = "thread.wait_percent", .rank = 7, .flags = LIST_QUIET},
	{.field = "thread.minor_faults", .rank = 8, .flags = LIST_QUIET},
};

static uint64_t thread_id(const struct moment *m, unsigned side, size_t index)
{
	return (uint64_t)m->snapshot->side[side].threads->thread[index].tid;
}

static enum row_state thread_state(const struct moment *m, size_t i)
{
	return m->pair->thread[i].state;
}

size_t rows_threads(const struct list_env *env, struct arena *arena, struct list_row **ret_rows)
{
	const struct pair *p = env->moment->pair;
	struct rows_source source = {.kind = RECORD_THREAD,
		.link = p ? p->thread : NULL,
		.n = p ? p->threads_n : 0,
		.stride = sizeof *p->thread,
		.id = thread_id,
		.state = thread_state};

	return rows_make(env, &source, arena, ret_rows);
}

/* "A n_tty_read, B pipe_read": where each is blocked, else its state. */
static void note_difference(
	const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct thread *t = thread_at(env, row, side);

		if (!t)
			continue;
		textbuf_addf(out, "%s%c ", side ? ", " : "", side ? 'B' : 'A');
		if (t->wait_channel.len)
			text_printable(out, t->wait_channel);
		else
			textbuf_adds(out, task_state_name(t->state));
	}
}

/* "A waits for a lock of 4245", "joins 4243" where both sides are one thread. */
static void note_wait(const struct thread *t, const char *who, struct textbuf *out)
{
	if (t->wait_kind == WAIT_NOTHING || !t->wait_owner)
		return;
	textbuf_addf(out, "%s%s%s %d", out->len ? ", " : "", who,
		t->wait_kind == WAIT_JOIN ? "joins" : "waits for a lock of", (int)t->wait_owner);
}

static bool rows_marked(const struct list_env *env, const struct list_row *row)
{
	pid_t marked = list_view_env(env)->marked;

	for (unsigned side = 0; side < 2; side++)
		if (marked && row->index[side] >= 0 && row->id[side] == (uint64_t)marked)
			return true;
	return false;
}

struct list_glyph rows_thread_glyph(const struct list_env *env, const struct list_row *row)
{
	return rows_marked(env, row) ? (struct list_glyph){"✓", "*", STYLE_KEY}
				     : panes_state_glyph(row->state);
}

static void thread_note(const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	const struct thread *t[2] = {NULL, NULL};

	if (rows_marked(env, row)) {
		textbuf_adds(out, "marked to be A");
		return;
	}
	for (unsigned side = 0; side < 2; side++)
		if (row->index[side] >= 0)
			t[side] = thread_at(env, row, side);
	if (t[0] && t[1] && t[0]->tid == t[1]->tid) {
		note_wait(t[0], "", out);
		if (!out->len)
			textbuf_adds(out, "the same thread");
		return;
	}
	for (unsigned side = 0; side < 2; side++)
		if (t[side])
			note_wait(t[side], side ? "B " : "A ", out);
	if (!out->len && row->state == ROW_SAME)
		textbuf_adds(out, "same name and state");
	else if (!out->len && row->state == ROW_DIVERGED)
		note_difference(env, row, out);
}

static const struct list_ops list_ops = {
	.kind = RECORD_THREAD,
	.columns = columns,
	.columns_n = sizeof columns / sizeof *columns,
	.rows = rows_threads,
	.note = thread_note,
	.note_width = 28,
	.glyph = rows_thread_glyph,
	.ended = "ended",
};

static void *create(void)
{
	return list_new(&list_ops);
}

static void honesty(void *view, const struct view_env *env, struct textbuf *out)
{
	(void)view;
	if (honesty_records(env, RECORD_THREAD, out))
		honesty_calls(env, out);
}

const struct view_ops view_threads = {
	.id = "threads",
	.title = "Threads",
	.key = '2',
	.help = "Threads: state, CPU, switches, what each waits for.",
	.need = NEED_PROCESS | NEED_THREADS | NEED_THREAD_STATUS | NEED_THREAD_SYSCALL |
		NEED_THREAD_WCHAN,
	.create = create,
	.honesty = honesty,
	LIST_VIEW_OPS,
};
