/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that are found on several stacks, as a reader: what it saw earlier it remembers. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/model/backtraces.h"
#include "twintop/model/shape.h"
#include "twintop/model/user_stacks.h"
#include "twintop/proc/blocked.h"
#include "twintop/proc/reader.h"
#include "twintop/symbols/symbols.h"

#define NEAR_BYTES     8192u /* what lies so near is one stack … */
#define NEAR_GO_BYTES  2048u /* … of which goroutines have small ones */
#define STACKS_MOST    256u  /* of a thread; those that were seen longest ago go */
#define TRACES_A_ROUND 8u    /* unwound */

struct reader {
	struct reader_context context;
	struct symbols *symbols; /* NULL: nobody was off its own stack yet */
};

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct reader *r = mem_alloc(sizeof *r);

	*r = (struct reader){.context = *context};
	*ret_reader = r;
	return 0;
}

static void close_reader(void *reader)
{
	struct reader *r = reader;

	if (r)
		symbols_free(r->symbols);
	free(r);
}

/* One read of a side: what was had, with what is seen now. */
struct work {
	struct reader *r;
	const struct reader_side *side;
	struct user_stacks *now;
	VEC(struct user_stack) stack; /* of all threads … */
	size_t first;		      /* … and of the one that is looked at, from here on */
	unsigned unwound;
	bool hurried; /* names are wanted alone, see struct symbols_target */
	bool go;      /* it has Go's runtime */
};

/* ---- where a thread stands ------------------------------------------------------------ */

static bool is_own(const struct thread *t, uint64_t sp)
{
	uint64_t start = t->self->given_end ? t->self->given_start : t->self->stack_start;
	uint64_t end = t->self->given_end ? t->self->given_end : t->self->stack_end;

	return sp >= start && sp < end;
}

/* Whether an address lies where Go keeps what it allots, goroutines' stacks among it. */
static bool is_go_heap(const struct work *w, uint64_t address)
{
	ptrdiff_t i = w->go ? memory_find(w->side->had.memory, address) : -1;
	const struct mapping *m = i < 0 ? NULL : &w->side->had.memory->mapping[i];

	return m && !mapping_has_object(m) && m->start >= UINT64_C(0xc000000000) &&
	       m->start < UINT64_C(0xe000000000);
}

static bool is_near(const struct work *w, const struct user_stack *s, uint64_t sp)
{
	uint64_t near = s->kind == USER_STACK_GO ? NEAR_GO_BYTES : NEAR_BYTES;
	const struct memory_map *m = w->side->had.memory;

	return sp + near > s->low && sp < s->high + near &&
	       memory_find(m, sp) == memory_find(m, s->pointer);
}

/* The same of the thread that is looked at. */
static struct user_stack *find(struct work *w, uint64_t sp, bool own)
{
	for (size_t i = w->first; i < w->stack.n; i++) {
		struct user_stack *s = &w->stack.item[i];

		if (own ? s->kind == USER_STACK_OWN
			: s->kind != USER_STACK_OWN && is_near(w, s, sp))
			return s;
	}
	return NULL;
}

static void forget_oldest(struct work *w)
{
	size_t oldest = w->first;

	if (w->stack.n - w->first < STACKS_MOST)
		return;
	for (size_t i = w->first; i < w->stack.n; i++)
		if (w->stack.item[i].last_ns < w->stack.item[oldest].last_ns)
			oldest = i;
	w->stack.item[oldest] = w->stack.item[--w->stack.n];
}

/* The stack that it stood on then (CLOCK_MONOTONIC); NULL: nothing is to be told of it. */
static struct user_stack *see(struct work *w, const struct thread *t, uint64_t sp, uint64_t time_ns)
{
	bool own = is_own(t, sp);
	struct user_stack *s;

	/* Of one that was never off its own stack nothing is told. */
	if (own && w->first == w->stack.n)
		return NULL;
	s = find(w, sp, own);
	if (!s) {
		forget_oldest(w);
		VEC_PUSH(&w->stack, ((struct user_stack){.tid = t->self->tid,
					    .kind = own			? USER_STACK_OWN
						    : is_go_heap(w, sp) ? USER_STACK_GO
									: USER_STACK_UNTOLD,
					    .low = sp,
					    .high = sp}));
		s = &w->stack.item[w->stack.n - 1];
	}
	s->looks++;
	s->low = sp < s->low ? sp : s->low;
	s->high = sp > s->high ? sp : s->high;
	s->last_ns = time_ns;
	return s;
}

/* ---- how it came there ------------------------------------------------------------------ */

struct copying {
	struct reader *r;
	pid_t tid;
};

static ssize_t copy_stack(void *context, uint64_t start, uint64_t end, char *here)
{
	const struct copying *c = context;

	return blocked_copy(c->r->context.root, c->tid, start, end, here);
}

/* Names the frames, which are this read's own. */
static void name_frames(struct work *w, const struct symbols_target *target, struct backtrace *b)
{
	struct arena *arena = &w->now->part.arena;
	uint64_t *address = arena_array(arena, b->n, sizeof *address);
	struct symbol *symbol = arena_array(arena, b->n, sizeof *symbol);
	struct backtrace_frame *frame = arena_array(arena, b->n, sizeof *frame);

	for (size_t i = 0; i < b->n; i++)
		address[i] = b->frame[i].pc - b->frame[i].returns;
	symbols_ask(w->r->symbols, target, address, b->n, arena, symbol);
	for (size_t i = 0; i < b->n; i++) {
		frame[i] = b->frame[i];
		frame[i].symbol = symbol[i];
	}
	b->frame = frame;
}

/* Its trace, where it stood there all the while and does so still. */
static void unwind(struct work *w, const struct blocked *at, struct user_stack *s)
{
	const struct symbols_target target = {
		w->side->id, w->side->through, w->side->had.memory, w->hurried};
	struct copying copying = {w->r, s->tid};
	const struct symbols_memory memory = {copy_stack, &copying};
	struct registers registers = {.pc = at->program_counter, .known = 1u << REGISTER_SP};
	struct blocked after;
	struct backtrace trace;

	if (!w->r->symbols)
		w->r->symbols = symbols_new(w->r->context.root);
	w->unwound++;
	registers.value[REGISTER_SP] = at->stack_pointer;
	symbols_unwind_live(
		w->r->symbols, &target, &registers, false, &memory, &w->now->part.arena, &trace);
	if (blocked_look(w->r->context.root, w->side->id.pid, s->tid, &after) ||
		!blocked_same(at, &after))
		return;
	name_frames(w, &target, &trace);
	s->trace = trace;
	s->trace_ns = s->last_ns;
}

/* ---- whose it is -------------------------------------------------------------------------- */

/* Where the C library, or the loader, has a thread begin. */
static bool is_begin(const struct backtrace_frame *f)
{
	static const char *const name[] = {"_start", "__clone3", "__clone", "clone", "start_thread",
		"__libc_start_main", "__libc_start_main_impl", "__libc_start_call_main"};

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (!f->symbol.gap && text_equal(f->symbol.name, text_of(name[i])))
			return true;
	return false;
}

/* Whether the ways of both begin at one place. */
static bool begin_alike(const struct backtrace *a, const struct backtrace *b)
{
	return a->n && b->n && a->frame[a->n - 1].pc == b->frame[b->n - 1].pc;
}

static const struct user_stack *own_of(const struct work *w)
{
	for (size_t i = w->first; i < w->stack.n; i++)
		if (w->stack.item[i].kind == USER_STACK_OWN)
			return &w->stack.item[i];
	return NULL;
}

#define SIGRETURN "\x48\xc7\xc0\x0f\0\0\0\x0f\x05" /* mov $15, %rax; syscall */
#define CODE	  16u

/*
 * Whether the outermost frame returns to where nothing was called: that was written there when the
 * stack was made, as makecontext(3) does it, unless a signal's handler returns there.
 */
static bool is_planted(const struct work *w, const struct user_stack *s)
{
#ifdef __x86_64__
	const struct backtrace_frame *f = &s->trace.frame[s->trace.n - 1];
	char code[CODE];

	return s->trace.n > 1 && f->returns && !f->guessed && f->pc > CALL_BYTES &&
	       blocked_copy(w->r->context.root, s->tid, f->pc - CALL_BYTES,
		       f->pc - CALL_BYTES + CODE, code) == CODE &&
	       !code_ends_in_call(EM_X86_64, (const unsigned char *)code, CALL_BYTES) &&
	       memcmp(code + CALL_BYTES, SIGRETURN, sizeof SIGRETURN - 1) != 0;
#else
	(void)w, (void)s;
	return false;
#endif
}

/* A way that leads to where its thread began is the thread's own, whatever stacks it goes over. */
static void judge(const struct work *w, struct user_stack *s)
{
	const struct user_stack *own = own_of(w);
	const struct backtrace *b = &s->trace;

	if (s->kind != USER_STACK_UNTOLD || !b->n)
		return;
	for (size_t i = 0; i < b->n; i++)
		if (is_begin(&b->frame[i])) {
			s->kind = USER_STACK_PART;
			return;
		}
	if (own && own->trace.complete && begin_alike(b, &own->trace))
		s->kind = USER_STACK_PART;
	else if (is_planted(w, s) ||
		 (b->complete && (!b->frame[b->n - 1].symbol.gap || (own && own->trace.complete))))
		s->kind = USER_STACK_OTHER;
}

/* ---- a side --------------------------------------------------------------------------------- */

/* It stands where it stood, and its way is known. */
static bool is_told(const struct user_stack *s, const struct blocked *at)
{
	return s->trace.n && s->pointer == at->stack_pointer && s->counter == at->program_counter;
}

/* Whether it may be off its own stack: it was before, or its list says so. */
static bool may_be_off(const struct work *w, const struct thread *t)
{
	if (thread_source_state(t, THREAD_STACK) == VALUE_UNREAD ||
		!value_state_has_value(thread_source_state(t, THREAD_SYSCALL)))
		return false;
	return w->stack.n > w->first || (t->call->registers_known && t->call->stack_pointer &&
						!is_own(t, t->call->stack_pointer));
}

/* What was known of the thread, as far as it is of this address space. */
static void take_over(struct work *w, pid_t tid)
{
	const struct user_stack *had;
	size_t n = user_stacks_of(w->side->had.user_stacks, tid, &had);

	w->first = w->stack.n;
	for (size_t i = 0; i < n; i++) {
		struct user_stack s;

		if (memory_find(w->side->had.memory, had[i].pointer) < 0)
			continue;
		shape_copy(shape_table[SHAPE_OF_user_stack], &s, &had[i], &w->now->part.arena);
		s.now = false;
		VEC_PUSH(&w->stack, s);
	}
}

/* What its list says of it is older than what it shows now. */
static void look_at_blocked(struct work *w, const struct thread *t)
{
	struct user_stack *s;
	struct blocked at;

	if (!may_be_off(w, t) ||
		blocked_look(w->r->context.root, w->side->id.pid, t->self->tid, &at) ||
		!at.has_registers)
		return;
	s = see(w, t, at.stack_pointer, clock_monotonic_ns());
	if (!s)
		return;
	s->now = true;
	if (!is_told(s, &at) && w->unwound < TRACES_A_ROUND)
		unwind(w, &at, s);
	s->pointer = at.stack_pointer;
	s->counter = at.program_counter;
	judge(w, s);
}

static bool is_news(const struct work *w, uint64_t time_ns)
{
	for (size_t i = w->first; i < w->stack.n; i++)
		if (w->stack.item[i].last_ns >= time_ns)
			return false;
	return true;
}

/* Where one that does not block was, when its backtrace was taken from a sample or a stop. */
static void look_at_moving(struct work *w, const struct thread *t)
{
	const struct backtraces *list = w->side->had.backtraces;
	const struct thread_backtrace *at = backtraces_find(list, t->self->tid);
	const struct backtrace *trace = backtraces_trace(list, t->self->tid, NULL);
	struct user_stack *s;

	if (!trace || at->means == BACKTRACE_STOOD || !is_news(w, at->taken_ns) ||
		thread_source_state(t, THREAD_STACK) == VALUE_UNREAD ||
		memory_find(w->side->had.memory, at->stack_pointer) < 0)
		return;
	s = see(w, t, at->stack_pointer, at->taken_ns);
	if (!s)
		return;
	s->pointer = at->stack_pointer;
	s->counter = at->program_counter;
	shape_copy(shape_table[SHAPE_OF_backtrace], &s->trace, trace, &w->now->part.arena);
	s->trace_ns = at->taken_ns;
	judge(w, s);
}

static void look_at(struct work *w, const struct thread *t)
{
	take_over(w, t->self->tid);
	if (thread_has_ended(t))
		return;
	look_at_moving(w, t);
	look_at_blocked(w, t);
}

static int by_place(const void *a, const void *b)
{
	const struct user_stack *x = a, *y = b;

	if (x->tid != y->tid)
		return (x->tid > y->tid) - (x->tid < y->tid);
	return (x->low > y->low) - (x->low < y->low);
}

static bool has_go(const struct memory_map *m)
{
	for (size_t i = 0; i < m->runtimes_n; i++)
		if (m->found[i].runtime == RUNTIME_GO)
			return true;
	return false;
}

static void read_side(struct reader *r, const struct reader_job *job, struct reader_side *side)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct work w = {.r = r, .side = side};
	const struct user_stacks *had = side->had.user_stacks;

	if (!side->id.pid || !side->had.threads || !side->had.memory)
		return;
	w.now = part_make(PART_USER_STACKS);
	w.hurried = job->hurried && !had;
	w.go = has_go(side->had.memory);
	for (size_t i = 0; i < side->had.threads->n; i++) {
		const struct thread t = thread_at(side->had.threads, i);

		look_at(&w, &t);
	}
	if (had && !had->n && !w.stack.n) {
		part_put(w.now);
		side->read.user_stacks = part_get(had);
		return;
	}
	if (w.stack.n)
		qsort(w.stack.item, w.stack.n, sizeof *w.stack.item, by_place);
	VEC_MOVE(&w.now->part.arena, &w.stack, &w.now->stack, &w.now->n);
	part_seal(&w.now->part, cpu_ns, 0);
	side->read.user_stacks = w.now;
}

static void read_user_stacks(void *reader, struct reader_job *job)
{
	for (unsigned i = 0; i < 2; i++)
		read_side(reader, job, &job->side[i]);
}

const struct reader_ops user_stacks_reader_ops = {
	.id = "user_stacks",
	.part = PART_USER_STACKS,
	.scope = READS_PAIR,
	.need = NEED_USER_STACKS,
	.after = 1u << PART_THREADS | 1u << PART_MAPPINGS | 1u << PART_BACKTRACES,
	.pace = PACE_ROWS,
	.open = open_reader,
	.read = read_user_stacks,
	.close = close_reader,
};
