/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a thread came to where it was: from mapping to mapping, each asked of the one who reads it.
 */
#include "unwind.h"

#include <string.h>

#include "symbols_internal.h"
#include "twintop/base/clock.h"

struct walk {
	struct symbols *s;
	const struct symbols_target *target, *other; /* other may be NULL */
	struct unwind_stack stack;
	struct unwind_state state; /* of the next frame */
	struct arena *arena;
	struct backtrace_frame *frame; /* ret's */
	struct backtrace *ret;
	bool guessing; /* what comes is no more than likely */
};

/* ---- the end ------------------------------------------------------------------ */

static const struct {
	const char *reason;
	bool within; /* the module is named, too */
} end_table[UNWIND_ENDS] = {
	[UNWIND_NO_TABLE] = {"no unwind table", true},
	[UNWIND_STACK_ENDED] = {"the piece of the stack that was kept ends there", false},
	[UNWIND_BROKEN] = {"the unwind table makes no sense", true},
	[UNWIND_MACHINE] = {"code of another machine", true},
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

/* ---- without a table ----------------------------------------------------------- */

static const struct mapping *find(const struct symbols_target *target, uint64_t address)
{
	ptrdiff_t at = memory_find(target->memory, address);

	return at < 0 ? NULL : &target->memory->mapping[at];
}

static bool read_stack(const struct walk *w, uint64_t address, uint64_t *ret_word)
{
	uint64_t at = address - w->stack.start;

	if (address < w->stack.start || at >= w->stack.n || w->stack.n - at < sizeof *ret_word)
		return false;
	memcpy(ret_word, w->stack.bytes + at, sizeof *ret_word);
	return true;
}

/* Where code keeps a frame pointer it leads to the caller's, and behind that to its code. */
static bool guess(struct walk *w)
{
	const struct registers *from = &w->state.registers;
	const uint32_t both = 1u << REGISTER_SP | 1u << REGISTER_FP;
	uint64_t fp = from->value[REGISTER_FP], outer, pc;
	const struct mapping *m;
	struct registers to = {.known = both};

	if ((from->known & both) != both || fp < from->value[REGISTER_SP] || fp % sizeof fp ||
		!read_stack(w, fp, &outer) || !read_stack(w, fp + sizeof fp, &pc))
		return false;
	m = find(w->target, pc - 1);
	if (!m || !(m->flags & MAPPING_EXEC))
		return false;
	to.pc = pc;
	to.value[REGISTER_FP] = outer;
	to.value[REGISTER_SP] = fp + 2 * sizeof fp;
	w->state = (struct unwind_state){to, 1};
	w->guessing = true;
	return true;
}

static bool go_without(struct walk *w, const char *reason, const struct mapping *within)
{
	set_reason(w, reason, within);
	return guess(w);
}

/* ---- one mapping ----------------------------------------------------------------- */

/* The answer, which may say anything; or the gap that says why there is none. */
static enum symbol_gap take_answer(struct symbols *s, size_t len, struct wire_unwound *ret)
{
	const struct wire_unwind *asked = &s->message.unwind;

	if (len != sizeof *ret)
		return symbols_lose(s, SYMBOL_BROKE);
	memcpy(ret, s->answer, sizeof *ret);
	if (ret->end >= UNWIND_ENDS || ret->gap >= SYMBOL_GAPS ||
		ret->frames > asked->frames_most || (!ret->gap && !ret->frames))
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

static bool take_frames(struct walk *w, const struct mapping *m, const struct wire_unwound *u)
{
	for (uint32_t i = 0; i < u->frames; i++)
		add_frame(w, u->frame[i].pc, u->frame[i].returns);
	w->state = u->state;
	w->state.returns = u->state.returns != 0;
	if (u->end == UNWIND_GOES_ON)
		return true;
	if (u->end == UNWIND_OUTERMOST) {
		w->ret->complete = !w->ret->reason;
		return false;
	}
	if (u->end == UNWIND_NO_TABLE)
		return go_without(w, end_table[u->end].reason, m);
	return stop(w, end_table[u->end].reason, end_table[u->end].within ? m : NULL);
}

/* From the next frame out, as long as they stand in one mapping. False: that was the last. */
static bool walk_on(struct walk *w)
{
	uint64_t pc = w->state.registers.pc, address = pc - w->state.returns;
	const struct mapping *m = find(w->target, address);
	struct wire_unwound u;
	enum symbol_gap gap = m ? ask_either(w, address, m, &u) : SYMBOL_UNMAPPED;

	if (!gap)
		return take_frames(w, m, &u);
	add_frame(w, pc, w->state.returns);
	if (gap == SYMBOL_NO_ELF)
		return go_without(w, "code made at run time, which has no unwind table", NULL);
	return stop(w, symbol_gap_reason(gap), m);
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

static void walk(struct walk *w)
{
	uint64_t until_ns = clock_monotonic_ns() + SYMBOLS_DEADLINE_NS;

	while (walk_on(w)) {
		if (w->ret->n == BACKTRACE_MOST)
			stop(w, "only 64 frames are told", NULL);
		else if (clock_monotonic_ns() > until_ns)
			stop(w, "unwinding took too long", NULL);
		else
			continue;
		break;
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
		.arena = arena,
		.ret = ret};

	*ret = (struct backtrace){0};
	w.frame = arena_array(arena, BACKTRACE_MOST, sizeof *w.frame);
	ret->frame = w.frame;
	if (!(example->registers.known & 1u << REGISTER_SP)) {
		add_frame(&w, example->ip, false);
		stop(&w, "its registers were not told, or are of a 32-bit program", NULL);
	} else if (!target->memory || !value_state_has_value(target->memory->part.state)) {
		add_frame(&w, example->ip, false);
		stop(&w, "its mappings are not known", NULL);
	} else {
		walk(&w);
	}
}
