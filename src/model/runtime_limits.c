/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runtimes hide or limit, by what is measured. */
#include <string.h>

#include "twintop/model/backtraces.h"
#include "twintop/model/runtime.h"
#include "twintop/model/snapshot.h"

/* What its figure is about. */
enum limit_kind {
	LIMIT_LOCK, /* threads take turns by a lock */
	LIMIT_LOOP, /* one thread runs all code; a pool works for it */
	LIMIT_POOL, /* what the language calls threads or tasks takes turns on these */
	LIMIT_HELP  /* threads of the runtime's own run beside the program's */
};

/*
 * lock: the variable that holds it; function: what waits for it; code: what runs the language's
 * code, so that what stands further in is not about it; roles: which are counted; maybe: the role
 * of those that may be counted or not; traced: it takes backtraces to tell.
 */
static const struct limit_row {
	enum runtime runtime;
	enum limit_kind kind;
	const char *id, *name, *lock;
	const char *function[5];
	const char *code;
	const char *role[3];
	const char *maybe;
	bool traced;
} limit_table[] = {
	{RUNTIME_PYTHON, LIMIT_LOCK, "gil", "the GIL", .lock = "_PyRuntime",
		.function = {"take_gil"}, .code = "_PyEval_EvalFrameDefault"},
	/* A thread that must let others go on, and comes back to the lock, does so in the last. */
	{RUNTIME_RUBY, LIMIT_LOCK, "gvl", "the GVL",
		.function = {"gvl_acquire", "gvl_acquire_worker", "thread_sched_to_running",
			"thread_sched_wait_running_turn", "rb_threadptr_execute_interrupts"},
		.code = "rb_vm_exec", .traced = true},
	{RUNTIME_NODE, LIMIT_LOOP, "event_loop", "libuv pool", .role = {"pool"}},
	{RUNTIME_GO, LIMIT_POOL, "goroutines", "goroutines take turns on them", .lock = NULL},
	{RUNTIME_BEAM, LIMIT_POOL, "schedulers", "Erlang processes take turns on them",
		.role = {"scheduler"}},
	{RUNTIME_TOKIO, LIMIT_POOL, "workers", "tasks take turns on them", .role = {"worker"},
		.maybe = "thread", .traced = true},
	{RUNTIME_OPENMP, LIMIT_POOL, "workers", "each takes its share of a region",
		.role = {"worker"}},
	{RUNTIME_JAVA, LIMIT_HELP, "help", "GC and compilers",
		.role = {"gc", "gc_concurrent", "compiler"}},
	{RUNTIME_DOTNET, LIMIT_HELP, "help", "GC and compilers",
		.role = {"gc", "gc_concurrent", "compiler"}},
};
#define LIMITS (sizeof limit_table / sizeof *limit_table)

/* ---- the threads that it is about ------------------------------------------------ */

static bool is_lock_function(const struct limit_row *row, struct text name)
{
	for (size_t i = 0; i < 5 && row->function[i]; i++)
		if (text_equal(name, text_of(row->function[i])))
			return true;
	return false;
}

static bool is_in_lock(const struct limit_row *row, const struct symbol *s)
{
	for (size_t k = 0; k < s->frames; k++)
		if (is_lock_function(row, s->frame[k].function))
			return true;
	return is_lock_function(row, s->name);
}

/* What is known of whether a thread belongs to what the figure is about. */
enum belongs { BELONGS_NOT, BELONGS, BELONGS_MAYBE };

/* A function without a name between where it stands and the language's code may be the lock's. */
static enum belongs stands_in_lock(const struct limit_row *row, const struct backtrace *b)
{
	bool nameless = false;

	for (size_t i = 0; i < b->n; i++) {
		const struct symbol *s = &b->frame[i].symbol;

		if (s->gap || !s->name.len)
			nameless = true;
		else if (is_in_lock(row, s))
			return BELONGS;
		else if (row->code && text_equal(s->name, text_of(row->code)))
			return nameless ? BELONGS_MAYBE : BELONGS_NOT;
	}
	return nameless || !b->complete ? BELONGS_MAYBE : BELONGS_NOT;
}

/*
 * Whether it waits for the runtime's lock: by what it waits on, or by the functions that it is in.
 */
static enum belongs waits_for_lock(
	const struct limit_row *row, const struct side *s, const struct thread *t)
{
	const struct backtrace *b;
	const struct symbol *on;

	if (t->call->wait_kind == WAIT_NOTHING || !t->call->wait_address)
		return BELONGS_NOT;
	on = row->lock ? symbol_list_find(s->symbols, wait_of(t).object) : NULL;
	if (on && !on->gap)
		return text_equal(on->name, text_of(row->lock)) ? BELONGS : BELONGS_NOT;
	b = s->backtraces ? backtraces_trace(s->backtraces, t->self->tid, NULL) : NULL;
	if (b && b->n)
		return stands_in_lock(row, b);
	/* A lock that is a variable of a program or library is nowhere else. */
	return row->lock && s->symbols && (!on || on->gap == SYMBOL_ANONYMOUS) ? BELONGS_NOT
									       : BELONGS_MAYBE;
}

static enum belongs is_role(const struct limit_row *row, const struct side *s, size_t i)
{
	struct thread_role role;
	const char *reason;

	if (!row->role[0])
		return BELONGS;
	if (!side_role(s, i, &role, &reason) || role.runtime != row->runtime || !role.id)
		return BELONGS_NOT;
	for (size_t k = 0; k < 3 && row->role[k]; k++)
		if (!strcmp(role.id, row->role[k]))
			return BELONGS;
	return row->maybe && !strcmp(role.id, row->maybe) ? BELONGS_MAYBE : BELONGS_NOT;
}

static double cpus_of(const struct side *s, size_t i)
{
	const struct thread_rates *r = rates_thread(s->rates, s->threads, i);

	return r && !r->time_gap ? (double)r->cpu_percent / 100 : 0;
}

static void count_lock(const struct limit_row *row, const struct side *s, struct runtime_limit *ret)
{
	for (size_t i = 0; i < s->threads->n; i++) {
		struct thread t = thread_at(s->threads, i);
		enum belongs waits = waits_for_lock(row, s, &t);

		ret->threads += waits == BELONGS || t.run->state == 'R';
		ret->waiting += waits == BELONGS;
		ret->maybe += waits == BELONGS_MAYBE && t.run->state != 'R';
	}
	ret->on_cpu = ret->all;
	ret->kept = ret->waiting > 0;
	if (ret->threads < 2)
		ret->reason = ret->threads + ret->maybe < 2
				      ? "fewer than two of its threads want to run now"
				      : "which of its threads wait for its lock is not told: no "
					"backtrace, or functions without names";
}

/* Whether it waits for work: on a condition, or on a futex that is not told apart. */
static bool is_idle(const struct thread *t)
{
	return t->run->state != 'R' &&
	       (t->call->wait_kind == WAIT_CONDITION || t->call->wait_kind == WAIT_FUTEX ||
		       t->call->wait_kind == WAIT_SEMAPHORE);
}

static bool is_told(const struct thread *t)
{
	return t->run->state == 'R' ||
	       value_state_has_value(thread_source_state(t, THREAD_SYSCALL));
}

static void count_roles(
	const struct limit_row *row, const struct side *s, struct runtime_limit *ret)
{
	bool loop = row->kind == LIMIT_LOOP;

	for (size_t i = 0; i < s->threads->n; i++) {
		struct thread t = thread_at(s->threads, i);
		enum belongs belongs;

		if (loop && t.self->tid == s->id.pid)
			ret->on_cpu = cpus_of(s, i);
		belongs = is_role(row, s, i);
		ret->maybe += belongs == BELONGS_MAYBE;
		if (belongs != BELONGS)
			continue;
		ret->threads++;
		ret->waiting += is_told(&t) && is_idle(&t);
		ret->untold += !is_told(&t);
		if (!loop)
			ret->on_cpu += cpus_of(s, i);
	}
	ret->least = ret->maybe > 0;
	if (!ret->threads && !loop)
		ret->reason = "which of its threads they are is not known";
}

/* Why nothing can be counted; NULL: it can. */
static const char *unmeasured(const struct side *s)
{
	if (s->ending.ended)
		return "it has ended";
	if (!s->threads || !value_state_has_value(s->threads->part.state))
		return value_state_reason(s->threads ? s->threads->part.state : VALUE_UNREAD);
	if (!s->rates || s->rates->gap)
		return rate_gap_reason(s->rates ? s->rates->gap : RATE_FIRST);
	return NULL;
}

size_t side_limits(const struct snapshot *s, unsigned side, struct runtime_limit ret[RUNTIMES])
{
	const struct side *it = &s->side[side];
	struct runtime_found found[RUNTIMES];
	size_t n = 0, of = side_runtimes(it, found);

	for (size_t i = 0; i < of; i++)
		for (size_t k = 0; k < LIMITS && n < RUNTIMES; k++) {
			const struct limit_row *row = &limit_table[k];
			struct runtime_limit *limit = &ret[n];

			if (row->runtime != found[i].runtime)
				continue;
			n++;
			*limit = (struct runtime_limit){.runtime = row->runtime,
				.id = row->id,
				.need = NEED_SYMBOLS | (row->traced ? NEED_BACKTRACES : 0u),
				.reason = unmeasured(it)};
			if (limit->reason)
				continue;
			limit->all = it->rates->cpu_percent / 100;
			if (row->kind == LIMIT_LOCK)
				count_lock(row, it, limit);
			else
				count_roles(row, it, limit);
		}
	return n;
}

/* ---- in words ------------------------------------------------------------------------ */

static const struct limit_row *row_of(const struct runtime_limit *limit)
{
	for (size_t i = 0; i < LIMITS; i++)
		if (limit_table[i].runtime == limit->runtime)
			return &limit_table[i];
	return &limit_table[0];
}

/* More than one at once: what is written in another language may run beside the lock. */
#define ONE_AT_ONCE 1.10

/* "6", "6 to 8" */
static void print_threads(const struct runtime_limit *limit, struct textbuf *out)
{
	textbuf_addf(out, "%zu", limit->threads);
	if (limit->maybe)
		textbuf_addf(out, " to %zu", limit->threads + limit->maybe);
}

static void print_lock(
	const struct runtime_limit *limit, const struct limit_row *row, struct textbuf *out)
{
	textbuf_addf(out, "%.2f threads on CPU at once, of ", limit->on_cpu);
	print_threads(limit, out);
	textbuf_adds(out, " runnable: ");
	if (!limit->kept && limit->maybe)
		textbuf_addf(out, "whether one waits for %s is not told", row->name);
	else if (!limit->kept)
		textbuf_addf(out, "none waits for %s", row->name);
	else if (limit->on_cpu > ONE_AT_ONCE)
		textbuf_addf(
			out, "some run without %s, %zu wait for it", row->name, limit->waiting);
	else
		textbuf_adds(out, row->name);
}

static void print_pool(
	const struct runtime_limit *limit, const struct limit_row *row, struct textbuf *out)
{
	textbuf_addf(
		out, "%s%.2f on CPU at once, of ", limit->least ? "at least " : "", limit->on_cpu);
	print_threads(limit, out);
	textbuf_addf(
		out, " thread%s: %s", limit->threads + limit->maybe == 1 ? "" : "s", row->name);
}

void runtime_limit_print(const struct runtime_limit *limit, struct textbuf *out)
{
	const struct limit_row *row = row_of(limit);

	if (limit->reason) {
		textbuf_addf(out, "? %s", limit->reason);
		return;
	}
	switch (row->kind) {
	case LIMIT_LOCK:
		print_lock(limit, row, out);
		break;
	case LIMIT_LOOP:
		textbuf_addf(
			out, "%.2f of %.2f on CPU is its event loop", limit->on_cpu, limit->all);
		if (limit->threads && limit->untold)
			textbuf_addf(out, "; %s: %zu threads", row->name, limit->threads);
		else if (limit->threads)
			textbuf_addf(out, "; %s: %zu of %zu at work", row->name,
				limit->threads - limit->waiting, limit->threads);
		break;
	case LIMIT_POOL:
		print_pool(limit, row, out);
		break;
	case LIMIT_HELP:
		textbuf_addf(
			out, "%.2f of %.2f on CPU are %s", limit->on_cpu, limit->all, row->name);
		break;
	}
}
