/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the threads of both sides came to where they stand, as a reader. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backtraces_crowd.h"
#include "backtraces_moving.h"
#include "backtraces_names.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/model/shape.h"
#include "twintop/proc/blocked.h"
#include "twintop/proc/reader.h"
#include "twintop/symbols/symbols.h"

#define TRIES	     3u		 /* of a thread that ran meanwhile */
#define FIRST_NS     1000000000u /* what the first read of a target may take … */
#define LATER_NS     20000000u	 /* … and each later one … */
#define ASIDE_NS     5000000u	 /* … where nobody looks at it */
#define SAMPLED_NS   500000000u	 /* a sample of one that runs is told for so long … */
#define SAMPLED_SEEN 2000000000u /* … where nobody looks */
#define SAMPLES_NS   30000000u	 /* samples may take so long in all … */
#define SAMPLES_SOON 5000000u	 /* … where somebody waits, or nobody looks */
#define SAMPLES_MOST 64u
#define FIRST_UNSEEN 32u /* threads that a later one looks at, whatever that takes */

struct reader {
	struct reader_context context;
	struct symbols *symbols;
	struct held_wish held; /* of the last one that was held, or was to be */
};

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct reader *r = mem_alloc(sizeof *r);

	*r = (struct reader){.context = *context, .symbols = symbols_new(context->root)};
	*ret_reader = r;
	return 0;
}

static void close_reader(void *reader)
{
	struct reader *r = reader;

	if (!r)
		return;
	symbols_free(r->symbols);
	free(r);
}

/* One read of a side. */
struct work {
	struct reader *r;
	const struct reader_job *job;
	const struct reader_side *side;
	const struct backtraces *had;
	struct backtraces *now;
	VEC(struct backtrace) trace;
	VEC(struct kernel_trace) kernel;
	size_t kept;	 /* traces that came from had; those behind have no names yet */
	bool hurried;	 /* names are wanted alone, see struct symbols_target */
	uint32_t *moved; /* where had's traces went: their number + 1; and its kernel traces */
	uint32_t *moved_kernel;
	uint64_t until_ns;
	size_t looked; /* threads that were unwound */
	struct crowd crowd;
};

/* ---- one thread, live ---------------------------------------------------------- */

struct copying {
	struct work *w;
	pid_t tid;
	const struct crowd_one *had; /* what was copied already, for the first look; NULL */
};

static ssize_t copy_stack(void *context, uint64_t start, uint64_t end, char *here)
{
	struct copying *c = context;
	const struct crowd_one *had = c->had;

	c->had = NULL;
	if (had && start == had->at.stack_pointer) {
		size_t n = end - start < had->bytes ? (size_t)(end - start) : had->bytes;

		memcpy(here, had->here, n);
		return (ssize_t)n;
	}
	if (!value_state_has_value(c->w->r->context.access.state[ACCESS_ATTACH]))
		return -EPERM;
	return blocked_copy(c->w->r->context.root, c->tid, start, end, here);
}

static int look(struct work *w, pid_t tid, struct blocked *ret)
{
	return blocked_look(w->r->context.root, w->side->id.pid, tid, ret);
}

/* What it shows for having no registers. */
static enum backtrace_gap gap_of(const struct blocked *b)
{
	return b->running ? BACKTRACE_RUNS : BACKTRACE_NONE;
}

static struct symbols_target target_of(const struct work *w)
{
	return (struct symbols_target){
		w->side->id, w->side->through, w->side->had.memory, w->hurried};
}

static void unwind(struct work *w, pid_t tid, const struct blocked *at, const struct crowd_one *had,
	struct arena *arena, struct backtrace *ret)
{
	const struct symbols_target target = target_of(w);
	struct copying copying = {w, tid, had};
	const struct symbols_memory memory = {copy_stack, &copying};
	struct registers registers = {.pc = at->program_counter, .known = 1u << REGISTER_SP};

	registers.value[REGISTER_SP] = at->stack_pointer;
	symbols_unwind_live(w->r->symbols, &target, &registers, false, &memory, arena, ret);
}

static void take_place(struct thread_backtrace *t, const struct blocked *at)
{
	t->gap = BACKTRACE_NO_GAP;
	t->run_ns = at->run_ns;
	t->stack_pointer = at->stack_pointer;
	t->program_counter = at->program_counter;
}

/* One that stood when the list was read, and stands so still: false if not. */
static bool unwind_of_crowd(
	struct work *w, struct thread_backtrace *t, struct arena *arena, struct backtrace *ret)
{
	const struct crowd_one *one;
	struct blocked after;

	if (!value_state_has_value(w->r->context.access.state[ACCESS_ATTACH]))
		return false;
	one = crowd_find(&w->crowd, w->r->context.root, w->side, t->tid);
	if (!one)
		return false;
	unwind(w, t->tid, &one->at, one, arena, ret);
	t->taken_ns = clock_monotonic_ns();
	if (look(w, t->tid, &after) || !blocked_same(&one->at, &after))
		return false;
	take_place(t, &after);
	return true;
}

/* What stood before and after: else it is no trace of anything. */
static int unwind_standing(
	struct work *w, struct thread_backtrace *t, struct arena *arena, struct backtrace *ret)
{
	struct blocked before, after;
	int error = look(w, t->tid, &before);

	for (unsigned i = 0; !error && i < TRIES; i++, before = after) {
		if (!before.has_registers) {
			t->gap = gap_of(&before);
			return 0;
		}
		unwind(w, t->tid, &before, NULL, arena, ret);
		t->taken_ns = clock_monotonic_ns();
		error = look(w, t->tid, &after);
		if (error || !blocked_same(&before, &after))
			continue;
		take_place(t, &after);
		return 0;
	}
	t->gap = BACKTRACE_VOID;
	return error;
}

/* ---- the same way as another ---------------------------------------------------- */

static bool same_reason(const struct backtrace *a, const struct backtrace *b)
{
	return a->complete == b->complete && !a->reason == !b->reason &&
	       (!a->reason || !strcmp(a->reason, b->reason)) && text_equal(a->within, b->within);
}

static bool same_way(const struct backtrace *a, const struct backtrace *b)
{
	if (a->n != b->n || !same_reason(a, b))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->frame[i].pc != b->frame[i].pc ||
			a->frame[i].returns != b->frame[i].returns ||
			a->frame[i].guessed != b->frame[i].guessed)
			return false;
	return true;
}

static uint32_t add_trace(struct work *w, const struct backtrace *b)
{
	struct backtrace copy;

	for (size_t i = w->trace.n; i-- > 0;)
		if (same_way(&w->trace.item[i], b))
			return (uint32_t)i;
	shape_copy(shape_table[SHAPE_OF_backtrace], &copy, b, &w->now->part.arena);
	VEC_PUSH(&w->trace, copy);
	return (uint32_t)(w->trace.n - 1);
}

static uint32_t add_kernel(struct work *w, const struct kernel_trace *k)
{
	struct kernel_trace copy;

	for (size_t i = w->kernel.n; i-- > 0;)
		if (shape_equal(shape_table[SHAPE_OF_kernel_trace], &w->kernel.item[i], k))
			return (uint32_t)i;
	shape_copy(shape_table[SHAPE_OF_kernel_trace], &copy, k, &w->now->part.arena);
	VEC_PUSH(&w->kernel, copy);
	return (uint32_t)(w->kernel.n - 1);
}

/* ---- each thread ----------------------------------------------------------------- */

static void look_at_kernel(struct work *w, struct thread_backtrace *t, struct arena *arena)
{
	enum value_state state = w->r->context.access.state[ACCESS_KERNEL_STACK];
	struct kernel_trace kernel;

	t->kernel_state = state;
	if (state != VALUE_KNOWN || t->gap)
		return;
	t->kernel_state = value_state_of_error(
		blocked_kernel(w->r->context.root, w->side->id.pid, t->tid, arena, &kernel));
	if (t->kernel_state == VALUE_KNOWN)
		t->kernel = add_kernel(w, &kernel);
}

static void hide(struct thread_backtrace *t, enum value_state state)
{
	t->gap = state == VALUE_GONE ? BACKTRACE_LEFT : BACKTRACE_HIDDEN;
	t->hidden = state;
	t->kernel_state = state;
}

static void look_at(struct work *w, struct thread_backtrace *t)
{
	struct arena arena = {0};
	struct backtrace b = {0};
	int error;

	w->looked++;
	error = unwind_of_crowd(w, t, &arena, &b) ? 0 : unwind_standing(w, t, &arena, &b);
	if (error) {
		hide(t, value_state_of_error(error));
	} else {
		if (!t->gap)
			t->trace = add_trace(w, &b);
		look_at_kernel(w, t, &arena);
		if (t->gap)
			t->kernel_state = VALUE_NONE;
	}
	arena_free(&arena);
}

/* Whether somebody wishes it held, and it was not yet. */
static bool is_wished(const struct work *w, pid_t tid)
{
	const struct hold_wish *wish = &w->job->hold;

	return wish->number != w->r->held.number && wish->tid == tid &&
	       (!tid || task_id_equal(wish->process, w->side->id));
}

/* Whether it was held, and nobody wishes another one held since. */
static bool is_held(const struct work *w, const struct thread_backtrace *was)
{
	return was->means == BACKTRACE_HELD && w->r->held.tid == was->tid &&
	       w->r->held.number == w->job->hold.number;
}

/* Whether a sample of one that runs on is fresh enough. */
static bool is_fresh(
	const struct work *w, const struct thread_backtrace *was, const struct thread *t)
{
	return was->means == BACKTRACE_SAMPLED && !t->call->registers_known &&
	       clock_monotonic_ns() - was->taken_ns < (w->job->aside ? SAMPLED_SEEN : SAMPLED_NS);
}

/* Whether what was found then still holds: it has not run since. */
static bool still_holds(
	const struct work *w, const struct thread_backtrace *was, const struct thread *t)
{
	if (was->gap || was->start_ticks != t->self->start_ticks)
		return false;
	if (was->means != BACKTRACE_STOOD)
		return is_held(w, was) || is_fresh(w, was, t);
	return was->run_ns == t->run->run_ns && t->call->registers_known &&
	       was->stack_pointer == t->call->stack_pointer &&
	       was->program_counter == t->call->program_counter;
}

/* Those that had a trace keep it, where they have not run. */
static void keep(struct work *w, const struct thread_backtrace *was, struct thread_backtrace *t)
{
	*t = *was;
	if (!w->moved[was->trace]) {
		struct backtrace copy;

		shape_copy(shape_table[SHAPE_OF_backtrace], &copy, &w->had->trace[was->trace],
			&w->now->part.arena);
		VEC_PUSH(&w->trace, copy);
		w->moved[was->trace] = (uint32_t)w->trace.n;
	}
	t->trace = w->moved[was->trace] - 1;
	if (!value_state_has_value(was->kernel_state))
		return;
	if (!w->moved_kernel[was->kernel])
		w->moved_kernel[was->kernel] = add_kernel(w, &w->had->kernel[was->kernel]) + 1;
	t->kernel = w->moved_kernel[was->kernel] - 1;
}

/* What is known without a look at it. False: it is to be looked at. */
static bool is_plain(const struct work *w, const struct thread *t, struct thread_backtrace *ret)
{
	enum value_state syscall = w->r->context.access.state[ACCESS_SYSCALL];

	*ret = (struct thread_backtrace){.tid = t->self->tid,
		.start_ticks = t->self->start_ticks,
		.gap = BACKTRACE_LATER,
		.kernel_state = VALUE_UNREAD};
	if (thread_has_ended(t))
		ret->gap = BACKTRACE_LEFT;
	else if (syscall != VALUE_KNOWN)
		hide(ret, syscall);
	else
		return false;
	return true;
}

static int by_tid(const void *a, const void *b)
{
	const struct thread_backtrace *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

static bool has_time(const struct work *w)
{
	return w->looked < FIRST_UNSEEN || clock_monotonic_ns() < w->until_ns;
}

/* Those that nobody has looked at yet go first. */
static void look_at_all(struct work *w)
{
	for (unsigned round = 0; round < 2; round++)
		for (size_t i = 0; i < w->now->n; i++) {
			struct thread_backtrace *t = &w->now->thread[i];
			const struct thread_backtrace *was = backtraces_find(w->had, t->tid);
			bool seen = was && was->gap != BACKTRACE_LATER;

			if (t->gap == BACKTRACE_LATER && seen == (round > 0) && has_time(w))
				look_at(w, t);
		}
}

/* ---- those that do not stand -------------------------------------------------------- */

static struct thread_backtrace *find_due(const struct work *w, pid_t tid)
{
	return (struct thread_backtrace *)backtraces_find(w->now, tid);
}

/* What the kernel does for it is asked before it is held. */
static void look_at_wished(struct work *w, struct thread_backtrace *t)
{
	const struct hold_wish *wish = &w->job->hold;
	const struct symbols_target target = target_of(w);
	struct arena arena = {0};
	struct backtrace b = {0};
	enum backtrace_gap gap = t->gap;

	t->gap = BACKTRACE_NO_GAP;
	look_at_kernel(w, t, &arena);
	t->gap = gap;
	moving_hold(&w->r->context, w->r->symbols, &target, wish, &w->r->held, t, &arena, &b);
	if (!t->gap)
		t->trace = add_trace(w, &b);
	arena_free(&arena);
}

/* The thread that somebody wishes held; or nobody any more. */
static void fulfil_wish(struct work *w)
{
	struct thread_backtrace *t = find_due(w, w->job->hold.tid);

	if (is_wished(w, 0))
		w->r->held = (struct held_wish){.number = w->job->hold.number};
	else if (t && t->gap && t->gap != BACKTRACE_LEFT && is_wished(w, t->tid))
		look_at_wished(w, t);
	for (size_t i = 0; i < w->now->n; i++)
		moving_note(&w->r->held, &w->now->thread[i], &w->now->part.arena);
}

static void put_sample(
	struct work *w, struct thread_backtrace *t, const struct fault_example *sample)
{
	const struct symbols_target target = target_of(w);
	struct arena arena = {0};
	struct backtrace b = {0};

	moving_unwind(w->r->symbols, &target, sample, t, &arena, &b);
	t->trace = add_trace(w, &b);
	t->kernel_state = VALUE_NONE;
	arena_free(&arena);
}

static size_t find_runners(const struct work *w, pid_t tid[SAMPLES_MOST])
{
	size_t n = 0;

	for (size_t i = 0; i < w->now->n && n < SAMPLES_MOST; i++)
		if (w->now->thread[i].gap == BACKTRACE_RUNS)
			tid[n++] = w->now->thread[i].tid;
	return n;
}

/* Of those that run a sample each, as many as come in time. */
static void look_at_runners(struct work *w)
{
	const struct reader_context *context = &w->r->context;
	const struct fault_example *sample[SAMPLES_MOST] = {0};
	uint64_t ns = w->hurried || w->job->aside ? SAMPLES_SOON : SAMPLES_NS;
	pid_t tid[SAMPLES_MOST];
	size_t n = find_runners(w, tid);
	enum value_state state = context->access.state[ACCESS_PERF];

	if (n && value_state_has_value(state))
		state = context->sample ? context->sample(context->root, tid, n,
						  clock_monotonic_ns() + ns, sample)
					: VALUE_UNREAD;
	for (size_t i = 0; i < n; i++) {
		struct thread_backtrace *t = find_due(w, tid[i]);

		t->hidden = value_state_has_value(state) ? VALUE_NONE : state;
		if (sample[i])
			put_sample(w, t, sample[i]);
		fault_example_put(sample[i]);
	}
}

/* ---- a side ------------------------------------------------------------------------- */

/* What is known without a look at any of them; how many are to be looked at: their gap is
 * BACKTRACE_LATER. */
static size_t put_threads(struct work *w)
{
	const struct thread_list *threads = w->side->had.threads;
	size_t due = 0;

	for (size_t i = 0; i < threads->n; i++) {
		const struct thread t = thread_at(threads, i);
		const struct thread_backtrace *was = backtraces_find(w->had, t.self->tid);
		struct thread_backtrace *now = &w->now->thread[i];

		if (is_plain(w, &t, now) &&
			(now->gap == BACKTRACE_LEFT || !was || !is_held(w, was)))
			continue;
		if (was && !is_wished(w, was->tid) && still_holds(w, was, &t)) {
			keep(w, was, now);
			continue;
		}
		crowd_add(&w->crowd, &t);
		due++;
	}
	crowd_sort(&w->crowd);
	if (w->now->n)
		qsort(w->now->thread, w->now->n, sizeof *w->now->thread, by_tid);
	return due;
}

/* The list as it was, where it says the same. */
static bool is_still_so(const struct work *w, size_t due)
{
	if (!w->had || due || w->had->n != w->now->n)
		return false;
	for (size_t i = 0; i < w->had->traces_n; i++)
		if (names_lack_lines(&w->had->trace[i]))
			return false;
	for (size_t i = 0; i < w->now->n; i++) {
		const struct thread_backtrace *a = &w->had->thread[i], *b = &w->now->thread[i];

		if (a->tid != b->tid || a->gap != b->gap || a->hidden != b->hidden ||
			a->start_ticks != b->start_ticks || a->taken_ns != b->taken_ns ||
			a->hold != b->hold || a->tracer != b->tracer)
			return false;
	}
	return true;
}

static struct work begin(
	struct reader *r, const struct reader_job *job, const struct reader_side *side)
{
	struct work w = {.r = r, .job = job, .side = side, .had = side->had.backtraces};
	struct backtraces *now = part_make(PART_BACKTRACES);

	now->n = side->had.threads->n;
	now->thread = arena_array(&now->part.arena, now->n, sizeof *now->thread);
	w.now = now;
	w.hurried = job->hurried && !w.had;
	w.until_ns = clock_monotonic_ns() + (!w.had ? FIRST_NS : job->aside ? ASIDE_NS : LATER_NS);
	if (w.had) {
		w.moved = mem_alloc((w.had->traces_n + 1) * sizeof *w.moved);
		w.moved_kernel = mem_alloc((w.had->kernels_n + 1) * sizeof *w.moved_kernel);
	}
	return w;
}

static void finish(struct work *w, uint64_t cpu_ns)
{
	const struct symbols_target target = target_of(w);
	struct backtraces *now = w->now;

	names_put(w->r->symbols, &target, w->trace.item, w->trace.n, w->kept, &now->part.arena);
	VEC_MOVE(&now->part.arena, &w->trace, &now->trace, &now->traces_n);
	VEC_MOVE(&now->part.arena, &w->kernel, &now->kernel, &now->kernels_n);
	part_seal(&now->part, cpu_ns, 0);
}

static void read_side(struct reader *r, const struct reader_job *job, struct reader_side *side)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct work w;
	size_t due;

	if (!side->id.pid || !side->had.threads || !side->had.memory)
		return;
	w = begin(r, job, side);
	due = put_threads(&w);
	w.kept = w.trace.n;
	fulfil_wish(&w);
	if (is_still_so(&w, due)) {
		part_put(w.now);
		side->read.backtraces = part_get(w.had);
		VEC_FREE(&w.trace);
		VEC_FREE(&w.kernel);
	} else {
		look_at_all(&w);
		look_at_runners(&w);
		finish(&w, cpu_ns);
		side->read.backtraces = w.now;
	}
	crowd_free(&w.crowd);
	free(w.moved);
	free(w.moved_kernel);
}

static void read_backtraces(void *reader, struct reader_job *job)
{
	for (unsigned i = 0; i < 2; i++)
		read_side(reader, job, &job->side[i]);
}

const struct reader_ops backtraces_reader_ops = {
	.id = "backtraces",
	.part = PART_BACKTRACES,
	.scope = READS_PAIR,
	.need = NEED_BACKTRACES,
	.after = 1u << PART_THREADS | 1u << PART_MAPPINGS,
	.pace = PACE_ROWS,
	.open = open_reader,
	.read = read_backtraces,
	.close = close_reader,
};
