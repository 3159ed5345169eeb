/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a thread came to where it was: from mapping to mapping, each asked of the one who reads it.
 */
#include "unwind.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "call.h"
#include "symbols_internal.h"
#include "twintop/base/clock.h"

/* Where the caller's frame may be, where no table says it. */
struct chance {
	struct unwind_state state;
	uint64_t next; /* what comes behind it, if it is right; 0: anything */
	bool thunk;
};
#define CHANCES_MOST 3u

struct walk {
	struct symbols *s;
	const struct symbols_target *target, *other; /* other may be NULL */
	struct unwind_stack stack;
	struct unwind_state state; /* of the next frame */
	struct arena *arena;
	struct backtrace_frame *frame; /* ret's */
	struct backtrace *ret;
	bool guessing; /* what comes is no more than likely */
	const struct symbols_memory
		*memory; /* which the piece is of; NULL: there is no more of it */
	unsigned pieces; /* read since the last frame */
	int error;	 /* why the last one could not be read; 0: it is not there */
	/* Those that were not tried yet; and the one that state is of, while that is tried. */
	struct chance chance[CHANCES_MOST], trying;
	unsigned chances;
};

/* ---- the end ------------------------------------------------------------------ */

static const struct {
	const char *reason;
	bool within; /* the module is named, too */
} end_table[UNWIND_ENDS] = {
	[UNWIND_NO_TABLE] = {"no unwind table", true},
	[UNWIND_STACK_ENDED] = {"the piece of the stack that was kept ends there", false},
	[UNWIND_BROKEN] = {"the unwind table makes no sense", true},
	[UNWIND_NO_REGISTER] = {"a register is needed that no inner frame had saved", true},
	[UNWIND_MACHINE] = {"code of another machine", true},
	[UNWIND_SWITCHED] = {"the runtime goes to another stack there, a goroutine's or its own",
		false},
	[UNWIND_LIBRARY] = {"twintop was built with a libdw that cannot unwind so (before 0.188)",
		false},
};

/* The first reason stands. */
static void set_reason(struct walk *w, const char *reason, const struct mapping *within)
{
	if (w->ret->reason)
		return;
	w->ret->reason = reason;
	if (within && within->path.len)
		w->ret->within =
			(struct text){arena_copy(w->arena, within->path.bytes, within->path.len),
				within->path.len};
}

/* Always false: it does not go on. */
static bool stop(struct walk *w, const char *reason, const struct mapping *within)
{
	set_reason(w, reason, within);
	return false;
}

static void add_frame(struct walk *w, uint64_t pc, bool returns)
{
	if (w->ret->n < BACKTRACE_MOST)
		w->frame[w->ret->n++] = (struct backtrace_frame){
			.pc = pc, .returns = returns, .guessed = w->guessing};
}

/* ---- the piece of the stack ------------------------------------------------------ */

static const struct mapping *find(const struct symbols_target *target, uint64_t address)
{
	ptrdiff_t at = memory_find(target->memory, address);

	return at < 0 ? NULL : &target->memory->mapping[at];
}

/* The piece from there on; false: it does not hold what is wanted. */
static bool take_piece(struct walk *w, uint64_t start, uint64_t wanted)
{
	const struct mapping *m = find(w->target, wanted);
	ssize_t got;

	if (!m)
		return false;
	if (start < m->start)
		start = m->start;
	got = w->memory->read(w->memory->context, start,
		m->end - start < WIRE_STACK ? m->end : start + WIRE_STACK, w->s->window);
	w->error = got < 0 ? (int)got : 0;
	if (got <= 0 || wanted - start >= (uint64_t)got)
		return false;
	w->stack = (struct unwind_stack){start, (size_t)got, w->s->window};
	return true;
}

#define PIECES_MOST 4u	  /* for one frame */
#define PAGE	    4096u /* the least that there is */

/* Another piece of a thread's stack that holds what is wanted, and the frame if they are near. */
static bool slide(struct walk *w, uint64_t wanted)
{
	uint64_t sp = w->state.registers.value[REGISTER_SP], page = wanted & ~(uint64_t)(PAGE - 1);

	if (!w->memory || w->pieces++ >= PIECES_MOST)
		return false;
	if (wanted >= sp && wanted - sp < WIRE_STACK && sp != w->stack.start &&
		take_piece(w, sp, wanted))
		return true;
	return (w->pieces < 2 && page >= PAGE && take_piece(w, page - PAGE, wanted)) ||
	       take_piece(w, page, wanted);
}

/* As much as a piece may hold, where less was given: what is guessed may lie far off. */
static void widen(struct walk *w)
{
	uint64_t sp = w->state.registers.value[REGISTER_SP];
	const struct mapping *m = w->memory ? find(w->target, sp) : NULL;

	if (m && w->stack.n < WIRE_STACK && w->stack.start + w->stack.n < m->end)
		take_piece(w, sp, sp);
}

/* ---- without a table ----------------------------------------------------------- */

static bool read_stack(const struct walk *w, uint64_t address, uint64_t *ret_word)
{
	uint64_t at = address - w->stack.start;

	if (address < w->stack.start || at >= w->stack.n || w->stack.n - at < sizeof *ret_word)
		return false;
	memcpy(ret_word, w->stack.bytes + at, sizeof *ret_word);
	return true;
}

/* Whether that word of the stack leads back into code. */
static bool read_return(const struct walk *w, uint64_t at, const struct mapping **ret, uint64_t *pc)
{
	if (at % sizeof at || !read_stack(w, at, pc))
		return false;
	*pc = code_address(CODE_MACHINE, *pc);
	*ret = find(w->target, *pc - 1);
	return *ret && (*ret)->flags & MAPPING_EXEC;
}

/* Where code keeps a frame pointer it leads to the caller's, and behind that to its code. */
static bool by_frame_pointer(const struct walk *w, struct unwind_state *ret)
{
	const struct registers *from = &w->state.registers;
	const uint32_t both = 1u << REGISTER_SP | 1u << REGISTER_FP;
	uint64_t fp = from->value[REGISTER_FP], outer, pc;
	struct registers to = {.known = both};
	const struct mapping *m;

	if ((from->known & both) != both || fp < from->value[REGISTER_SP] ||
		!read_stack(w, fp, &outer) || !read_return(w, fp + sizeof fp, &m, &pc))
		return false;
	to.pc = pc;
	to.value[REGISTER_FP] = outer;
	to.value[REGISTER_SP] = fp + 2 * sizeof fp;
	*ret = (struct unwind_state){.registers = to, .returns = 1, .doubted = UNWIND_IF_CALLED};
	return true;
}

/*
 * A piece of code that is made to stand between two functions, as Python's are, does no more than
 * call: it keeps the stack aligned by a word, behind which is where it returns to itself, and
 * leaves the registers as they were. Only on machines whose calls push that.
 */
static bool by_thunk(const struct walk *w, struct unwind_state *ret)
{
#if defined __x86_64__
	const struct registers *from = &w->state.registers;
	uint64_t sp = from->value[REGISTER_SP];
	const struct mapping *m;

	*ret = (struct unwind_state){
		.registers = *from, .returns = 1, .doubted = UNWIND_IF_FITTING};
	ret->registers.value[REGISTER_SP] = sp + 2 * sizeof sp;
	return w->state.returns && from->known & 1u << REGISTER_SP && sp % 16 == 0 &&
	       read_return(w, sp + sizeof sp, &m, &ret->registers.pc) && m->path.len;
#else
	(void)w, (void)ret;
	return false;
#endif
}

/* The last is tried first: what both say, what the frame pointer says, then what is left. */
static void find_chances(struct walk *w)
{
	struct unwind_state framed = {0}, thunk = {0};
	bool has_frame = by_frame_pointer(w, &framed), has_thunk = by_thunk(w, &thunk);

	if (has_frame && framed.registers.value[REGISTER_SP] == thunk.registers.value[REGISTER_SP])
		has_thunk = false; /* the same one, of which the frame pointer says more */
	w->chances = 0;
	if (has_thunk)
		w->chance[w->chances++] = (struct chance){thunk, 0, true};
	if (has_frame)
		w->chance[w->chances++] = (struct chance){framed, 0, false};
	if (has_thunk && has_frame)
		w->chance[w->chances++] = (struct chance){thunk, framed.registers.pc, true};
}

static bool try_next(struct walk *w)
{
	if (!w->chances)
		return false;
	w->trying = w->chance[--w->chances];
	w->state = w->trying.state;
	w->guessing = true;
	return true;
}

static bool go_without(struct walk *w, const char *reason, const struct mapping *within)
{
	set_reason(w, reason, within);
	widen(w);
	find_chances(w);
	return try_next(w);
}

/* There is none left: what was tried last was no frame. */
static bool try_another(struct walk *w)
{
	if (try_next(w))
		return true;
	set_reason(w, end_table[UNWIND_NO_REGISTER].reason, NULL);
	return false;
}

/* Whether what was tried is no frame after all. */
static bool is_refuted(const struct walk *w, const struct wire_unwound *u)
{
	uint64_t next = u->frames > 1 ? u->frame[1].pc : u->state.registers.pc;

	return w->state.doubted &&
	       (u->end == UNWIND_NO_CALL || (w->trying.next && w->trying.next != next));
}

/* ---- one mapping ----------------------------------------------------------------- */

/* The answer, which may say anything; or the gap that says why there is none. */
static enum symbol_gap take_answer(struct symbols *s, size_t len, struct wire_unwound *ret)
{
	const struct wire_unwind *asked = &s->message.unwind;
	const size_t head = offsetof(struct wire_unwound, frame);
	bool none;

	if (len < head || len > sizeof *ret)
		return symbols_lose(s, SYMBOL_BROKE);
	memcpy(ret, s->answer, len);
	if (ret->frames > BACKTRACE_MOST || len != head + ret->frames * sizeof *ret->frame)
		return symbols_lose(s, SYMBOL_BROKE);
	none = ret->gap || (ret->end == UNWIND_NO_CALL && asked->state.doubted);
	if (ret->end >= UNWIND_ENDS || ret->gap >= SYMBOL_GAPS ||
		ret->frames > asked->frames_most || none != !ret->frames)
		return symbols_lose(s, SYMBOL_BROKE);
	if (ret->leaves)
		symbols_end_worker(s);
	return (enum symbol_gap)ret->gap;
}

static enum symbol_gap ask(struct walk *w, const struct symbols_target *target,
	const struct mapping *m, struct wire_unwound *ret)
{
	struct wire_unwind *u = &w->s->message.unwind;
	enum symbol_gap gap = symbols_question(w->s, target, m);
	size_t len;

	if (gap)
		return gap;
	if (w->s->message.question.what == WIRE_CODE_MADE)
		return SYMBOL_NO_ELF;
	w->s->message.question.unwinds = true;
	u->state = w->state;
	u->frames_most = (uint32_t)(BACKTRACE_MOST - w->ret->n);
	u->stack_start = w->stack.start;
	u->stack_n = (uint32_t)w->stack.n;
	if (w->stack.n)
		memcpy(u->stack, w->stack.bytes, w->stack.n);
	gap = symbols_exchange(w->s, &len);
	return gap ? gap : take_answer(w->s, len, ret);
}

/* Of one that has ended the other may tell. */
static enum symbol_gap ask_either(
	struct walk *w, uint64_t address, const struct mapping *m, struct wire_unwound *ret)
{
	enum symbol_gap gap = ask(w, w->target, m, ret);

	if (!gap || symbol_gap_state(gap) != VALUE_GONE || !w->other ||
		!symbols_same_there(w->target, w->other, address))
		return gap;
	return ask(w, w->other, find(w->other, address), ret);
}

/* Why no more of a thread's stack could be read. */
static const char *unread_reason(const struct walk *w)
{
	switch (w->error) {
	case -EPERM:
	case -EACCES:
		return "its stack may not be read: needs ptrace attach access";
	case -ENODATA:
		return end_table[UNWIND_STACK_ENDED].reason;
	case -ETIMEDOUT:
		return "reading its stack took too long";
	default:
		return "what is needed of its stack is not there";
	}
}

static bool take_frames(struct walk *w, const struct mapping *m, const struct wire_unwound *u)
{
	bool slides;

	if (u->frames > 1)
		w->pieces = 0;
	w->state = u->state;
	w->state.returns = u->state.returns != 0;
	w->state.doubted =
		u->end == UNWIND_GOES_ON && u->state.doubted ? UNWIND_IF_CALLED : UNWIND_SURE;
	w->trying = (struct chance){0};
	for (uint32_t i = 0; i < u->frames; i++)
		rules_add(&w->s->rules, &u->frame[i].rule);
	slides = u->end == UNWIND_STACK_ENDED && slide(w, u->state.wanted);
	/* The last one is asked for again. */
	for (uint32_t i = 0; i + slides < u->frames; i++)
		add_frame(w, u->frame[i].pc, u->frame[i].returns);
	if (u->end == UNWIND_GOES_ON || slides)
		return true;
	if (u->end == UNWIND_OUTERMOST) {
		w->ret->complete = !w->ret->reason;
		return false;
	}
	if (u->end == UNWIND_NO_TABLE)
		return go_without(w, end_table[u->end].reason, m);
	if (u->end == UNWIND_STACK_ENDED && w->memory)
		return stop(w, unread_reason(w), NULL);
	return stop(w, end_table[u->end].reason, end_table[u->end].within ? m : NULL);
}

/* From the next frame out by what was learned before. False: that does not tell. */
static bool walk_by_rule(struct walk *w, bool *ret_goes_on)
{
	const struct unwind_state from = w->state;
	const struct unwind_rule *rule = rules_find(&w->s->rules, from.registers.pc - from.returns);

	if (!rule || !rule_step(rule, &w->stack, &w->state))
		return false;
	add_frame(w, from.registers.pc, from.returns);
	w->pieces = 0;
	w->trying = (struct chance){0};
	w->ret->complete = rule->outermost && !w->ret->reason;
	*ret_goes_on = !rule->outermost;
	return true;
}

/* By the mapping that it stands in, as long as they do. False: that was the last. */
static bool walk_through(struct walk *w)
{
	uint64_t pc = w->state.registers.pc, address = pc - w->state.returns;
	const struct mapping *m = find(w->target, address);
	struct wire_unwound u;
	enum symbol_gap gap = m ? ask_either(w, address, m, &u) : SYMBOL_UNMAPPED;

	if (gap ? w->state.doubted && (w->trying.thunk || !m) : is_refuted(w, &u))
		return try_another(w);
	if (!gap)
		return take_frames(w, m, &u);
	add_frame(w, pc, w->state.returns);
	if (gap == SYMBOL_NO_ELF)
		return go_without(w, "code made at run time, which has no unwind table", NULL);
	return stop(w, symbol_gap_reason(gap), m);
}

static bool walk_on(struct walk *w)
{
	bool goes_on;

	return walk_by_rule(w, &goes_on) ? goes_on : walk_through(w);
}

/* ---- all of them --------------------------------------------------------------- */

bool symbols_same_there(
	const struct symbols_target *a, const struct symbols_target *b, uint64_t address)
{
	const struct mapping *x = a->memory ? find(a, address) : NULL;
	const struct mapping *y = b->memory ? find(b, address) : NULL;

	return x && y && x->start == y->start && x->offset == y->offset && x->path.len &&
	       text_equal(x->path, y->path);
}

static bool is_made(const struct mapping *m)
{
	return m && m->flags & MAPPING_EXEC && !m->path.len;
}

bool symbols_made_there(
	const struct symbols_target *a, const struct symbols_target *b, uint64_t address)
{
	const struct mapping *x = a->memory ? find(a, address) : NULL;
	const struct mapping *y = b->memory ? find(b, address) : NULL;

	return is_made(x) && is_made(y) && (x->start == y->start || x->end == y->end);
}

static void walk(struct walk *w)
{
	uint64_t until_ns = clock_monotonic_ns() + SYMBOLS_DEADLINE_NS;

	while (walk_on(w)) {
		if (w->ret->n == BACKTRACE_MOST)
			stop(w, "only 256 frames are told", NULL);
		else if (clock_monotonic_ns() > until_ns)
			stop(w, "unwinding took too long", NULL);
		else
			continue;
		break;
	}
}

static void begin(struct walk *w, struct backtrace *ret, uint64_t pc)
{
	const struct registers *r = &w->state.registers;

	*ret = (struct backtrace){0};
	w->ret = ret;
	w->frame = arena_array(w->arena, BACKTRACE_MOST, sizeof *w->frame);
	ret->frame = w->frame;
	if (!(r->known & 1u << REGISTER_SP)) {
		add_frame(w, pc, false);
		stop(w, "its registers were not told, or are of a 32-bit program", NULL);
	} else if (!w->target->memory || !value_state_has_value(w->target->memory->part.state)) {
		add_frame(w, pc, false);
		stop(w, "its mappings are not known", NULL);
	} else {
		rules_begin(&w->s->rules, w->target->id, w->target->memory);
		walk(w);
	}
}

void symbols_unwind(struct symbols *s, const struct symbols_target *target,
	const struct symbols_target *other, const struct fault_example *example,
	struct arena *arena, struct backtrace *ret)
{
	struct walk w = {.s = s,
		.target = target,
		.other = other,
		.stack = {example->registers.value[REGISTER_SP],
			example->stack_n < WIRE_STACK ? example->stack_n : WIRE_STACK,
			example->stack},
		.state = {.registers = example->registers},
		.arena = arena};

	begin(&w, ret, example->ip);
}

void symbols_unwind_live(struct symbols *s, const struct symbols_target *target,
	const struct registers *registers, bool returns, const struct symbols_memory *memory,
	struct arena *arena, struct backtrace *ret)
{
	struct walk w = {.s = s,
		.target = target,
		.state = {.registers = *registers, .returns = returns},
		.memory = memory,
		.arena = arena};
	uint64_t sp = registers->value[REGISTER_SP];

	if (target->memory && registers->known & 1u << REGISTER_SP)
		take_piece(&w, sp, sp);
	begin(&w, ret, registers->pc);
}
