/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the places are called from which pages were copied: found on a worker, once each. */
#include <stdlib.h>

#include "lane.h"
#include "sampler_internal.h"
#include "twintop/base/clock.h"
#include "twintop/model/writers.h"
#include "twintop/symbols/symbols.h"

#define ASKED_MOST  256u /* at a time */
#define ROUNDS_MOST 8u	 /* in which a whole sample waits for names */
#define TRACES_MOST 16u	 /* examples unwound at a time */
#define TRACES_FEW  2u	 /* the same where nobody waits for all: each may cost milliseconds */

struct job {
	struct symbols *symbols;
	struct symbols_target target[2]; /* with a reference to its mappings */
	uint64_t since_ns;		 /* of the writers */
	/* Of one side: in, and what they are called. */
	unsigned side;
	uint64_t ip[ASKED_MOST];
	size_t n;
	struct symbol symbol[ASKED_MOST];
	/* And examples of its faults: references; and how each came there. */
	const struct fault_example *example[TRACES_MOST];
	size_t examples_n;
	struct backtrace backtrace[TRACES_MOST];
	struct arena arena;
};

struct naming {
	struct lane *lane;
	/* Touched by the sampler's thread alone. */
	uint64_t since_ns; /* of the writers whose places these are */
	struct arena arena;
	VEC(struct writer_name) name;	 /* by pid and ip */
	VEC(struct writer_trace) trace;	 /* of one place each */
	const struct writer_names *part; /* of all, a reference; NULL: none yet */
};

/* ---- the worker ------------------------------------------------------------- */

/* What own says nothing of, but a fork has left in both: the code that was made before it. */
static void ask_of_made(struct job *job, const struct symbols_target *other, struct symbol *symbol)
{
	struct symbol told;

	symbols_ask(job->symbols, other, &symbol->address, 1, &job->arena, &told);
	if (!told.gap)
		*symbol = told;
}

/*
 * Of one that has ended meanwhile the other may tell, and of a child's code what its parent wrote
 * of it.
 */
static void ask(struct job *job, const uint64_t *address, size_t n, struct symbol *ret)
{
	const struct symbols_target *of = &job->target[job->side],
				    *other = &job->target[!job->side];

	symbols_ask(job->symbols, of, address, n, &job->arena, ret);
	for (size_t i = 0; i < n; i++) {
		if (ret[i].gap && symbol_gap_state(ret[i].gap) == VALUE_GONE &&
			symbols_same_there(of, other, address[i]))
			symbols_ask(job->symbols, other, &address[i], 1, &job->arena, &ret[i]);
		if ((ret[i].gap == SYMBOL_PERF_MAP || ret[i].gap == SYMBOL_PERF_MAP_LACKS) &&
			symbols_made_there(of, other, address[i]))
			ask_of_made(job, other, &ret[i]);
	}
}

static void trace(struct job *job, const struct fault_example *example, struct backtrace *ret)
{
	uint64_t address[BACKTRACE_MOST];
	struct symbol symbol[BACKTRACE_MOST];
	struct backtrace_frame *frame;

	symbols_unwind(job->symbols, &job->target[job->side], &job->target[!job->side], example,
		&job->arena, ret);
	for (size_t i = 0; i < ret->n; i++)
		address[i] = ret->frame[i].pc - ret->frame[i].returns;
	ask(job, address, ret->n, symbol);
	frame = arena_array(&job->arena, ret->n, sizeof *frame);
	for (size_t i = 0; i < ret->n; i++) {
		frame[i] = ret->frame[i];
		frame[i].symbol = symbol[i];
	}
	ret->frame = frame;
}

static void run(void *context)
{
	struct job *job = context;

	ask(job, job->ip, job->n, job->symbol);
	for (size_t i = 0; i < job->examples_n; i++)
		trace(job, job->example[i], &job->backtrace[i]);
}

static void clear(struct job *job)
{
	for (unsigned i = 0; i < 2; i++) {
		part_put(job->target[i].memory);
		job->target[i] = (struct symbols_target){0};
	}
	for (size_t i = 0; i < job->examples_n; i++)
		fault_example_put(job->example[i]);
	arena_free(&job->arena);
	job->n = job->examples_n = 0;
}

static void free_job(void *context)
{
	struct job *job = context;

	clear(job);
	symbols_free(job->symbols);
	free(job);
}

static const struct lane_ops naming_ops = {run, free_job};

struct naming *naming_new(struct hub *hub, const struct proc_root *root)
{
	struct naming *n = mem_alloc(sizeof *n);
	struct job *job = mem_alloc(sizeof *job);

	*n = (struct naming){0};
	*job = (struct job){.symbols = symbols_new(root)};
	n->lane = lane_new(hub, &naming_ops, job);
	return n;
}

static void forget(struct naming *n)
{
	part_put(n->part);
	n->part = NULL;
	VEC_FREE(&n->name);
	VEC_FREE(&n->trace);
	arena_free(&n->arena);
}

void naming_free(struct naming *n)
{
	if (!n)
		return;
	forget(n);
	lane_drop(n->lane);
	free(n);
}

/* ---- the sampler ------------------------------------------------------------ */

static int by_place(const void *a, const void *b)
{
	const struct writer_name *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->ip > y->ip) - (x->ip < y->ip);
}

static struct text keep_text(struct arena *arena, struct text text)
{
	return (struct text){arena_copy(arena, text.len ? text.bytes : "", text.len), text.len};
}

static struct symbol keep_symbol(struct arena *arena, const struct symbol *symbol)
{
	struct symbol kept = *symbol;
	struct symbol_frame *frame = arena_array(arena, symbol->frames, sizeof *frame);

	kept.module = keep_text(arena, symbol->module);
	kept.build_id = keep_text(arena, symbol->build_id);
	kept.name = keep_text(arena, symbol->name);
	kept.label = keep_text(arena, symbol->label);
	for (size_t i = 0; i < symbol->frames; i++) {
		frame[i].function = keep_text(arena, symbol->frame[i].function);
		frame[i].file = keep_text(arena, symbol->frame[i].file);
		frame[i].line = symbol->frame[i].line;
	}
	kept.frame = frame;
	return kept;
}

static struct backtrace keep_backtrace(struct arena *arena, const struct backtrace *b)
{
	struct backtrace kept = *b;
	struct backtrace_frame *frame = arena_array(arena, b->n, sizeof *frame);

	for (size_t i = 0; i < b->n; i++) {
		frame[i] = b->frame[i];
		frame[i].symbol = keep_symbol(arena, &b->frame[i].symbol);
	}
	kept.frame = frame;
	kept.within = keep_text(arena, b->within);
	return kept;
}

static bool is_of_place(const struct writer_trace *t, pid_t pid, uint64_t ip, bool kernel)
{
	return t->pid == pid && t->ip == ip && t->kernel == kernel;
}

/* Instead of the one that its place had before. */
static void take_trace(
	struct naming *n, const struct fault_example *e, const struct backtrace *backtrace)
{
	const struct writer_trace trace = {.pid = e->pid,
		.tid = e->tid,
		.ip = e->ip,
		.kernel = e->kernel,
		.address = e->address,
		.time_ns = e->time_ns,
		.backtrace = keep_backtrace(&n->arena, backtrace)};

	for (size_t i = 0; i < n->trace.n; i++)
		if (is_of_place(&n->trace.item[i], e->pid, e->ip, e->kernel)) {
			n->trace.item[i] = trace;
			return;
		}
	VEC_PUSH(&n->trace, trace);
}

static void take_all(struct naming *n, const struct job *job)
{
	pid_t pid = job->target[job->side].id.pid;

	for (size_t i = 0; i < job->n; i++)
		VEC_PUSH(&n->name, (struct writer_name){.pid = pid,
					   .ip = job->ip[i],
					   .symbol = keep_symbol(&n->arena, &job->symbol[i])});
	for (size_t i = 0; i < job->examples_n; i++)
		take_trace(n, job->example[i], &job->backtrace[i]);
	if (n->name.n)
		qsort(n->name.item, n->name.n, sizeof *n->name.item, by_place);
	part_put(n->part);
	n->part = NULL;
}

static void take(struct sampler *s, struct naming *n)
{
	struct job *job = n->lane->job;

	if (!sampler_settle_lane(s, n->lane))
		return;
	if (job->since_ns == n->since_ns && job->n + job->examples_n)
		take_all(n, job);
	clear(job);
}

/* Copied: what is known lives on while the snapshot does. */
static const struct writer_names *make(struct naming *n)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct writer_names *names = part_make(PART_NAMES);
	struct writer_name *name = arena_array(&names->part.arena, n->name.n, sizeof *name);
	struct writer_trace *trace = arena_array(&names->part.arena, n->trace.n, sizeof *trace);

	for (size_t i = 0; i < n->name.n; i++) {
		name[i] = n->name.item[i];
		name[i].symbol = keep_symbol(&names->part.arena, &n->name.item[i].symbol);
		name[i].words = writer_words(&names->part.arena, &name[i].symbol);
	}
	names->name = name;
	names->n = n->name.n;
	for (size_t i = 0; i < n->trace.n; i++) {
		trace[i] = n->trace.item[i];
		trace[i].backtrace =
			keep_backtrace(&names->part.arena, &n->trace.item[i].backtrace);
	}
	names->trace = trace;
	names->traces_n = n->trace.n;
	part_seal(&names->part, cpu_ns, 0);
	return names;
}

static bool is_known(const struct naming *n, const struct writer *w)
{
	const struct writer_name key = {.pid = w->pid, .ip = w->ip};

	return n->name.n && bsearch(&key, n->name.item, n->name.n, sizeof key, by_place);
}

static bool is_traced(const struct naming *n, const struct fault_example *e)
{
	for (size_t i = 0; i < n->trace.n; i++)
		if (is_of_place(&n->trace.item[i], e->pid, e->ip, e->kernel))
			return n->trace.item[i].time_ns == e->time_ns;
	return false;
}

/* The place that wrote most among those whose example waits; NULL: none does. */
static const struct writer *next_untraced(
	const struct naming *n, const struct job *job, const struct writers *w, pid_t pid)
{
	const struct writer *most = NULL;

	for (size_t i = 0; i < w->n; i++) {
		const struct writer *one = &w->writer[i];
		bool chosen = one->pid != pid || !one->example || is_traced(n, one->example);

		for (size_t k = 0; k < job->examples_n; k++)
			chosen |= job->example[k] == one->example;
		if (!chosen &&
			(!most || one->copied > most->copied ||
				(one->copied == most->copied && one->touched > most->touched)))
			most = one;
	}
	return most;
}

static void choose_examples(
	const struct sampler *s, struct naming *n, const struct writers *w, pid_t pid)
{
	size_t most = s->options.whole ? TRACES_MOST : TRACES_FEW;
	struct job *job = n->lane->job;
	const struct writer *next;

	while (job->examples_n < most && (next = next_untraced(n, job, w, pid)))
		job->example[job->examples_n++] = fault_example_get(next->example);
}

/* The places of a side that nobody has looked for; false: there are none. */
static bool choose(struct sampler *s, struct naming *n, const struct writers *w, unsigned side)
{
	struct job *job = n->lane->job;
	pid_t pid;

	if (!s->side[side] || !s->side[side]->had.memory)
		return false;
	pid = s->side[side]->identity.id.pid;
	for (size_t i = 0; i < w->n && job->n < ASKED_MOST; i++)
		if (w->writer[i].ip && w->writer[i].pid == pid && !is_known(n, &w->writer[i]))
			job->ip[job->n++] = w->writer[i].ip;
	choose_examples(s, n, w, pid);
	job->side = side;
	job->since_ns = n->since_ns;
	return job->n + job->examples_n;
}

static void begin(struct sampler *s, struct naming *n)
{
	struct job *job = n->lane->job;

	for (unsigned i = 0; i < 2; i++) {
		const struct target *t = s->side[i];

		if (t)
			job->target[i] = (struct symbols_target){t->identity.id,
				t->identity.through, part_get(t->had.memory), false};
	}
	sampler_begin_lane(s, n->lane);
}

static bool is_idle(struct sampler *s, const struct naming *n)
{
	bool idle;

	pthread_mutex_lock(&s->hub->lock);
	idle = n->lane->state == LANE_IDLE;
	pthread_mutex_unlock(&s->hub->lock);
	return idle;
}

/* False: there is nothing more to be looked for, or nobody is free to. */
static bool look(struct sampler *s, struct naming *n, const struct writers *w)
{
	take(s, n);
	if (!is_idle(s, n))
		return false;
	if (!choose(s, n, w, 0) && !choose(s, n, w, 1))
		return false;
	begin(s, n);
	return true;
}

void naming_follow(struct sampler *s, const struct round *r, struct snapshot *snapshot)
{
	const struct writers *w = snapshot->writers;
	struct naming *n = s->naming;
	unsigned rounds = 0;

	take(s, n);
	if (!w)
		return;
	if (n->since_ns != w->since_ns)
		forget(n);
	n->since_ns = w->since_ns;
	while (look(s, n, w) && s->options.whole && rounds++ < ROUNDS_MOST)
		sampler_await(s, r, &n->lane, 1);
	if (!n->part && n->name.n + n->trace.n)
		n->part = make(n);
	snapshot->names = part_get(n->part);
}
