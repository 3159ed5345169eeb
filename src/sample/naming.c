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

struct job {
	struct symbols *symbols;
	struct symbols_target target[2]; /* with a reference to its mappings */
	uint64_t since_ns;		 /* of the writers */
	/* Of one side: in, and what they are called. */
	unsigned side;
	uint64_t ip[ASKED_MOST];
	size_t n;
	struct symbol symbol[ASKED_MOST];
	struct arena arena;
};

struct naming {
	struct lane *lane;
	/* Touched by the sampler's thread alone. */
	uint64_t since_ns; /* of the writers whose places these are */
	struct arena arena;
	VEC(struct writer_name) name;	 /* by pid and ip */
	const struct writer_names *part; /* of all, a reference; NULL: none yet */
};

/* ---- the worker ------------------------------------------------------------- */

/* Whether the other has the same thing mapped there, as a fork leaves it. */
static bool has_the_same(const struct job *job, uint64_t ip)
{
	const struct mapping *m[2];

	for (unsigned i = 0; i < 2; i++) {
		const struct memory_map *memory = job->target[i].memory;
		ptrdiff_t at = memory ? memory_find(memory, ip) : -1;

		if (at < 0)
			return false;
		m[i] = &memory->mapping[at];
	}
	return m[0]->start == m[1]->start && m[0]->offset == m[1]->offset && m[0]->path.len &&
	       text_equal(m[0]->path, m[1]->path);
}

static void run(void *context)
{
	struct job *job = context;
	const struct symbols_target *other = &job->target[!job->side];

	symbols_ask(
		job->symbols, &job->target[job->side], job->ip, job->n, &job->arena, job->symbol);
	/* Of one that has ended meanwhile the other may tell. */
	for (size_t i = 0; i < job->n; i++)
		if (job->symbol[i].gap && symbol_gap_state(job->symbol[i].gap) == VALUE_GONE &&
			has_the_same(job, job->ip[i]))
			symbols_ask(
				job->symbols, other, &job->ip[i], 1, &job->arena, &job->symbol[i]);
}

static void clear(struct job *job)
{
	for (unsigned i = 0; i < 2; i++) {
		part_put(job->target[i].memory);
		job->target[i] = (struct symbols_target){0};
	}
	arena_free(&job->arena);
	job->n = 0;
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
	n->lane = lane_new(hub, "names", &naming_ops, job);
	return n;
}

static void forget(struct naming *n)
{
	part_put(n->part);
	n->part = NULL;
	VEC_FREE(&n->name);
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

static void take(struct sampler *s, struct naming *n)
{
	struct job *job = n->lane->job;
	pid_t pid = job->target[job->side].id.pid;

	if (!sampler_settle_lane(s, n->lane))
		return;
	for (size_t i = 0; job->since_ns == n->since_ns && i < job->n; i++)
		VEC_PUSH(&n->name, (struct writer_name){.pid = pid,
					   .ip = job->ip[i],
					   .symbol = keep_symbol(&n->arena, &job->symbol[i])});
	if (n->name.n)
		qsort(n->name.item, n->name.n, sizeof *n->name.item, by_place);
	if (job->n && job->since_ns == n->since_ns) {
		part_put(n->part);
		n->part = NULL;
	}
	clear(job);
}

/* Copied: what is known lives on while the snapshot does. */
static const struct writer_names *make(struct naming *n)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct writer_names *names = part_make(PART_NAMES);
	struct writer_name *name = arena_array(&names->part.arena, n->name.n, sizeof *name);

	for (size_t i = 0; i < n->name.n; i++) {
		name[i] = n->name.item[i];
		name[i].symbol = keep_symbol(&names->part.arena, &n->name.item[i].symbol);
		name[i].words = writer_words(&names->part.arena, &name[i].symbol);
	}
	names->name = name;
	names->n = n->name.n;
	part_seal(&names->part, cpu_ns, 0);
	return names;
}

static bool is_known(const struct naming *n, const struct writer *w)
{
	const struct writer_name key = {.pid = w->pid, .ip = w->ip};

	return n->name.n && bsearch(&key, n->name.item, n->name.n, sizeof key, by_place);
}

/* The places of a side that nobody has looked for; false: there are none. */
static bool choose(struct sampler *s, struct naming *n, const struct writers *w, unsigned side)
{
	struct job *job = n->lane->job;

	if (!s->side[side] || !s->side[side]->had.memory)
		return false;
	job->n = 0;
	for (size_t i = 0; i < w->n && job->n < ASKED_MOST; i++)
		if (w->writer[i].ip && w->writer[i].pid == s->side[side]->identity.id.pid &&
			!is_known(n, &w->writer[i]))
			job->ip[job->n++] = w->writer[i].ip;
	job->side = side;
	job->since_ns = n->since_ns;
	return job->n;
}

static void begin(struct sampler *s, struct naming *n)
{
	struct job *job = n->lane->job;

	for (unsigned i = 0; i < 2; i++) {
		const struct target *t = s->side[i];

		if (t)
			job->target[i] = (struct symbols_target){
				t->identity.id, t->identity.through, part_get(t->had.memory)};
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
	if (!n->part && n->name.n)
		n->part = make(n);
	snapshot->names = part_get(n->part);
}
