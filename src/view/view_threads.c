/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "figures_internal.h"
#include "honesty_internal.h"
#include "lanes_internal.h"
#include "rows_internal.h"
#include "twintop/compare/align.h"
#include "twintop/model/names.h"
#include "twintop/model/user_stacks.h"
#include "twintop/model/wait_graph.h"

/* The state of a thread that is no more: the letter of the kernel, and the word. */
#define GONE	  "X"
#define GONE_WORD "ended"

/* The row's thread on that side; self is NULL where it has none. */
static struct thread thread_of(
	const struct list_env *env, const struct list_row *row, unsigned side)
{
	return thread_at(env->moment->snapshot->side[side].threads, (size_t)row->index[side]);
}

#define POINTER_LEAST 0x10000 /* below it nothing is mapped: what is greater may be an address */

/* An argument; in short a negative int as that, and no addresses: "…". */
static void add_argument(uint64_t value, bool brief, struct textbuf *out)
{
	if (brief && (int64_t)(int32_t)value < 0 && value >> 31 == 1)
		textbuf_addf(out, "%d", (int)(int32_t)value);
	else if (brief && (int64_t)value < 0 && (int64_t)value > -4096)
		textbuf_addf(out, "%d", (int)(int64_t)value);
	else if (brief && value >= POINTER_LEAST)
		textbuf_adds(out, "…");
	else
		textbuf_addf(out, "%s%" PRIx64, value > 9 ? "0x" : "", value);
}

static void add_call(const struct thread *t, bool brief, struct textbuf *out)
{
	if (t->call->syscall_name)
		textbuf_addf(out, "%s(", t->call->syscall_name);
	else
		textbuf_addf(out, "call %" PRId64 "(", t->call->syscall_number);
	for (unsigned i = 0; i < t->call->syscall_args_n && i < 6; i++) {
		textbuf_adds(out, i ? brief ? "," : ", " : "");
		add_argument(t->call->syscall_arg[i], brief, out);
	}
	textbuf_adds(out, ")");
}

static void add_syscall(const struct list_env *env, const struct list_row *row, unsigned side,
	bool brief, struct textbuf *out)
{
	const struct thread t = thread_of(env, row, side);

	if (!t.self || !value_state_has_value(thread_source_state(&t, THREAD_SYSCALL)))
		textbuf_adds(out, "?");
	else if (t.call->running)
		textbuf_adds(out, "running");
	else if (t.call->syscall_number < 0)
		textbuf_adds(out, "outside a call");
	else
		add_call(&t, brief, out);
}

/* "read(0x3, 0x7ffd…, 0x1000)", "running", "?" */
static void print_syscall(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	add_syscall(env, row, side, false, out);
}

/* "read(3,…,0x1000)": what is left where room is short; addresses say least. */
static void print_syscall_short(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	add_syscall(env, row, side, true, out);
}

/* Whether it stands in a ring of threads that wait for one another for ever. */
static bool is_dead(const struct list_env *env, const struct list_row *row, unsigned side)
{
	return wait_is_dead(env->moment->snapshot, side, (size_t)row->index[side]);
}

/* "deadlock 4245", "mutex of 4245", "mutex left by fork", "read fd 7", "sleep", "—" */
static void print_waiting(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct thread t = thread_of(env, row, side);
	struct wait w;

	if (!t.self || !value_state_has_value(thread_source_state(&t, THREAD_SYSCALL))) {
		textbuf_adds(out, "?");
		return;
	}
	w = wait_of(&t);
	if (w.kind == WAIT_NOTHING) {
		textbuf_adds(out, "—");
		return;
	}
	if (is_dead(env, row, side)) {
		textbuf_addf(out, "deadlock %d", (int)w.owner);
		return;
	}
	textbuf_adds(out, wait_kind_name(w.kind));
	if (w.owner)
		textbuf_addf(out, " of %d", (int)w.owner);
	else if (t.call->wait_left)
		textbuf_adds(out, " left by fork");
	else if (w.fd >= 0)
		textbuf_addf(out, " fd %d", w.fd);
}

static void print_state(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct thread t = thread_of(env, row, side);

	if (env->moment->snapshot->side[side].ending.ended)
		textbuf_adds(out, GONE);
	else
		textbuf_addf(out, "%c", t.self ? t.run->state : '?');
}

/* "asleep", "waits for disk" */
static void print_state_words(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct thread t = thread_of(env, row, side);

	if (env->moment->snapshot->side[side].ending.ended)
		textbuf_adds(out, GONE_WORD);
	else
		textbuf_adds(out, t.self ? task_state_words(t.run->state) : "?");
}

/* "lock of 4245", "end of 4243", "input", "nothing": what it waits for, without numbers of calls.
 */
static void print_waiting_words(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct thread t = thread_of(env, row, side);
	struct wait w;

	if (env->moment->snapshot->side[side].ending.ended) {
		textbuf_adds(out, "—");
		return;
	}
	if (!t.self || !value_state_has_value(thread_source_state(&t, THREAD_SYSCALL))) {
		textbuf_adds(out, "?");
		return;
	}
	w = wait_of(&t);
	if (t.call->running)
		textbuf_adds(out, "nothing: runs");
	else if (w.kind == WAIT_NOTHING && t.call->syscall_name && t.call->syscall_number >= 0)
		textbuf_adds(out, t.call->syscall_name);
	else
		textbuf_adds(out, is_dead(env, row, side) ? "deadlock" : wait_row(w.kind)->brief);
	if (w.owner && w.kind != WAIT_CHILD)
		textbuf_addf(out, " of %d", (int)w.owner);
}

static const struct list_column columns[] = {
	{.field = "thread.tid", .rank = 0, .lecture = {.width = 7, .rank = 3}},
	{.field = "thread.name",
		.rank = 0,
		.width = 10,
		.wish = 15,
		.flags = LIST_WHOLE,
		.lecture = {.width = 10, .grow = true}},
	{.field = "thread.role", .rank = 4, .width = 14, .lecture = {.width = 12, .rank = 4}},
	{.field = "thread.state",
		.rank = 0,
		.gone = GONE,
		.print = print_state,
		.lecture = {.width = 9,
			.title = "STATE",
			.print = print_state_words,
			.gone = GONE_WORD}},
	{.field = "thread.cpu_percent",
		.rank = 1,
		.flags = LIST_QUIET,
		.lecture = {.width = 5, .rank = 2}},
	{.field = "thread.processor", .rank = 4, .flags = LIST_QUIET},
	{.field = "thread.syscall.name",
		.rank = 1,
		.width = 11,
		.wish = 28,
		.flags = LIST_GROW | LIST_WHOLE,
		.print = print_syscall,
		.print_short = print_syscall_short},
	{.field = "thread.waiting_on.kind",
		.rank = 3,
		.width = 13,
		.wish = 16, /* "deadlock 4194303" */
		.print = print_waiting,
		.lecture = {.width = 13,
			.rank = 1,
			.grow = true,
			.title = "WAITS FOR",
			.print = print_waiting_words,
			.gone = "—"}},
	{.field = "thread.duty.sort",
		.rank = 5,
		.width = 16,
		.flags = LIST_QUIET,
		.lecture = {.width = 16, .rank = 3}},
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
	return (uint64_t)thread_self_at(m->snapshot->side[side].threads, index)->tid;
}

size_t rows_threads(const struct list_env *env, struct arena *arena, struct list_row **ret_rows)
{
	const struct pair *p = env->moment->pair;
	struct rows_source source = {.kind = RECORD_THREAD,
		.link = p ? p->thread : NULL,
		.n = p ? p->threads_n : 0,
		.stride = sizeof *p->thread,
		.id = thread_id,
		.state = align_row_state};

	return rows_make(env, &source, arena, ret_rows);
}

bool rows_threads_same(const struct moment *now, const struct moment *before)
{
	const struct snapshot *a = now->snapshot, *b = before->snapshot;

	if (a->sides != b->sides || !now->pair != !before->pair)
		return false;
	if (now->pair && now->pair->threads != before->pair->threads)
		return false;
	for (unsigned side = 0; side < a->sides; side++) {
		const struct thread_list *t = a->side[side].threads, *u = b->side[side].threads;

		if (!t || !u || !t->seats || t->seats != u->seats)
			return false;
	}
	return true;
}

enum row_state rows_thread_state(const struct list_env *env, const struct list_row *row)
{
	return row->pair >= 0 ? align_row_state(env->moment, (size_t)row->pair) : ROW_STATES;
}

/* "A n_tty_read, B pipe_read": where each is blocked, else its state. */
static void note_difference(
	const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct thread t = thread_of(env, row, side);

		if (!t.self)
			continue;
		textbuf_addf(out, "%s%c ", side ? ", " : "", side ? 'B' : 'A');
		if (thread_channel(&t).len)
			text_printable(out, thread_channel(&t));
		else
			textbuf_adds(out, task_state_name(t.run->state));
	}
}

/* What the lock is called that the side's thread waits for; NULL: nobody knows. */
static const struct symbol *lock_of(
	const struct list_env *env, unsigned side, const struct thread *t)
{
	const struct symbol *symbol =
		symbol_list_find(env->moment->snapshot->side[side].symbols, wait_of(t).object);

	return symbol && !symbol->gap ? symbol : NULL;
}

/* "A waits for what fork left locked". */
static void note_left(const struct thread *t, const char *who, struct textbuf *out)
{
	if (t->call->wait_left)
		textbuf_addf(out, "%s%swaits for what fork left locked", out->len ? ", " : "", who);
}

/* "A waits for a lock of 4245", "for lock_a of 4245"; "joins 4243" where both are one thread. */
static void note_wait(const struct list_env *env, const struct list_row *row, unsigned side,
	const char *who, struct textbuf *out)
{
	const struct thread of_row = thread_of(env, row, side), *t = &of_row;
	const struct symbol *lock;

	if (env->moment->snapshot->side[side].ending.ended ||
		!value_state_has_value(thread_source_state(t, THREAD_SYSCALL)) ||
		t->call->wait_kind == WAIT_NOTHING)
		return;
	note_left(t, who, out);
	if (!t->call->wait_owner)
		return;
	textbuf_addf(out, "%s%s%s", out->len ? ", " : "",
		is_dead(env, row, side) ? "DEADLOCK: " : "", who);
	lock = lock_of(env, side, t);
	if (t->call->wait_kind == WAIT_JOIN) {
		textbuf_adds(out, "joins");
	} else if (lock) {
		textbuf_adds(out, "waits for ");
		text_printable(out, lock->name);
		textbuf_adds(out, " of");
	} else {
		textbuf_adds(out, "waits for a lock of");
	}
	textbuf_addf(out, " %d", (int)t->call->wait_owner);
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
	return rows_marked(env, row) ? (struct list_glyph){"✓", "*", STYLE_KEY, "marked"}
				     : panes_state_glyph(row->state);
}

void rows_user_threads_note(
	const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct thread t = thread_of(env, row, side);
		const struct user_stacks *list = env->moment->snapshot->side[side].user_stacks;

		if (!t.self || !user_threads_of(list, t.self->tid))
			continue;
		textbuf_addf(out, "%s%s", out->len ? ", " : "",
			row->index[!side] < 0 ? ""
			: side		      ? "B "
					      : "A ");
		user_threads_print(list, &t, out);
	}
}

static void thread_note(const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	const struct thread t[2] = {thread_of(env, row, 0), thread_of(env, row, 1)};

	if (rows_marked(env, row)) {
		textbuf_adds(out, "marked to be A");
		return;
	}
	rows_user_threads_note(env, row, out);
	if (out->len)
		return;
	if (t[0].self && t[1].self && t[0].self->tid == t[1].self->tid) {
		note_wait(env, row, 0, "", out);
		if (!out->len)
			textbuf_adds(out, "the same thread");
		return;
	}
	for (unsigned side = 0; side < 2; side++)
		if (t[side].self)
			note_wait(env, row, side, side ? "B " : "A ", out);
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
	.same = rows_threads_same,
	.state = rows_thread_state,
	.note = thread_note,
	.note_width = 28,
	.note_from = 150,
	.glyph = rows_thread_glyph,
	.ended = "ended",
};

static void *create(void)
{
	return lanes_view_new(&list_ops);
}

static const struct action_row keymap[] = {TRACE_KEYS, WAITS_KEY, LANES_KEYS};

static const struct view_figure figures[] = {
	{.label = "running", .unit = UNIT_COUNT, .get = figure_running},
	{.label = "asleep", .unit = UNIT_COUNT, .get = figure_asleep},
	{.label = "CPU", .unit = UNIT_PERCENT, .field = "process.cpu_percent"},
};

static const char *const signs[] = {SIGN_BETWEEN, SIGN_WAITS, NULL};

const struct view_ops view_threads = {
	.id = "threads",
	.list = &list_ops,
	.title = "Threads",
	.brief = "Thr",
	.key = '2',
	.help = "Threads: state, CPU, switches, what each waits for.",
	.keymap = keymap,
	.keymap_n = sizeof keymap / sizeof *keymap,
	.offers = VIEW_SORTS | VIEW_FILTERS,
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.signs = signs,
	.need = NEED_PROCESS | NEED_THREADS | NEED_THREAD_STATUS | NEED_THREAD_SYSCALL |
		NEED_THREAD_WCHAN | NEED_SYMBOLS | NEED_STACKS | NEED_USER_STACKS,
	.create = create,
	.honesty = honesty_threads,
	LANES_VIEW_OPS,
};
