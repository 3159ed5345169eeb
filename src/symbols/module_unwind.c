/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module_unwind.h"

#include <dwarf.h>
#include <elfutils/version.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "twintop/base/arena.h"

#define THREAD 1 /* the only one, whoever it is */

struct module_unwinder {
	Dwfl *dwfl;
	Dwfl_Module *it;
	bool attached, of_machine;
	/* One step: */
	const struct unwind_stack *stack;
	struct registers in, out;
	unsigned frames; /* so many were seen: the given one, and its caller */
	bool ended;	 /* something outside of the stack's piece was wanted: from there */
	uint64_t wanted;
};

/* ---- libdwfl's questions ----------------------------------------------------- */

static pid_t next_thread(Dwfl *dwfl, void *context, void **thread)
{
	pid_t next = *thread ? 0 : THREAD;

	(void)dwfl;
	*thread = context;
	return next;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *context, void **ret_thread)
{
	(void)dwfl;
	*ret_thread = context;
	return tid == THREAD;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret_word, void *context)
{
	struct module_unwinder *u = context;
	uint64_t at = address - u->stack->start;

	(void)dwfl;
	if (address < u->stack->start || at >= u->stack->n || u->stack->n - at < sizeof *ret_word) {
		u->ended = true;
		u->wanted = address;
		return false;
	}
	memcpy(ret_word, u->stack->bytes + at, sizeof *ret_word);
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *context)
{
	const struct module_unwinder *u = context;

	for (unsigned i = 0; i < REGISTERS_MOST; i++) {
		const Dwarf_Word value = u->in.value[i];

		if (u->in.known & 1u << i &&
			!dwfl_thread_state_registers(thread, (int)i, 1, &value))
			return false;
	}
	dwfl_thread_state_register_pc(thread, u->in.pc);
	return true;
}

static const Dwfl_Thread_Callbacks callbacks = {.next_thread = next_thread,
	.get_thread = get_thread,
	.memory_read = read_memory,
	.set_initial_registers = set_registers};

/* ---- one step ------------------------------------------------------------------ */

#if _ELFUTILS_PREREQ(0, 188)
static void take_registers(Dwfl_Frame *frame, struct registers *ret)
{
	for (unsigned i = 0; i < REGISTERS_MOST; i++) {
		Dwarf_Word value;

		if (dwfl_frame_reg(frame, i, &value))
			continue;
		ret->value[i] = value;
		ret->known |= 1u << i;
	}
}

/* The second frame is the caller's. */
static int take_frame(Dwfl_Frame *frame, void *context)
{
	struct module_unwinder *u = context;
	Dwarf_Addr pc;

	if (!u->frames++)
		return DWARF_CB_OK;
	u->out = (struct registers){0};
	if (!dwfl_frame_pc(frame, &pc, NULL))
		return DWARF_CB_ABORT;
	u->out.pc = code_address(CODE_MACHINE, pc);
	take_registers(frame, &u->out);
	return DWARF_CB_ABORT;
}

static bool can_step(void)
{
	return true;
}
#else
static int take_frame(Dwfl_Frame *frame, void *context)
{
	(void)frame, (void)context;
	return DWARF_CB_ABORT;
}

/* No register of a frame can be asked for. */
static bool can_step(void)
{
	return false;
}
#endif

/* What a table says of a piece of code. */
struct row {
	uint64_t start, end; /* as the module counts */
	bool signal;	     /* a signal came in there */
	int base;	     /* the register from which the frame is found; -1: another way */
	int64_t distance;    /* to the frame from there */
	uint64_t saved;	     /* registers stand so far below the frame at most */
	int back;	     /* the register that still holds where the caller goes on; -1: none */
	struct unwind_rule rule;
};

static void take_base(Dwarf_Frame *frame, struct row *ret)
{
	Dwarf_Op *op;
	size_t n;

	ret->base = -1;
	if (dwarf_frame_cfa(frame, &op, &n) || n != 1)
		return;
	if (op->atom == DW_OP_bregx) {
		ret->base = (int)op->number;
		ret->distance = (int64_t)op->number2;
	} else if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) {
		ret->base = op->atom - DW_OP_breg0;
		ret->distance = (int64_t)op->number;
	}
}

/* Where registers were saved: a sum of the frame and a number. */
static void take_saved(Dwarf_Frame *frame, struct row *ret)
{
	ret->saved = 0;
	for (int i = 0; i < (int)REGISTERS_MOST; i++) {
		Dwarf_Op room[3], *op;
		uint64_t below;
		size_t n;

		if (dwarf_frame_register(frame, i, room, &op, &n) || n != 2 ||
			op[0].atom != DW_OP_call_frame_cfa || op[1].atom != DW_OP_plus_uconst)
			continue;
		below = 0 - op[1].number;
		if ((int64_t)below > 0 && below > ret->saved)
			ret->saved = below;
	}
}

/* A function that calls none may leave it where its call put it, on machines that do not push it.
 */
static void take_back(Dwarf_Frame *frame, int number, struct row *ret)
{
	Dwarf_Op room[3], *op;
	size_t n;

	ret->back = number >= 0 && number < (int)REGISTERS_MOST &&
				    !dwarf_frame_register(frame, number, room, &op, &n) && !n && !op
			    ? number
			    : -1;
}

#if defined __x86_64__
#define RETURNS 16u /* DWARF's number of where a caller goes on */

/* What it says of one register of the caller's; false: nothing that is plain. */
static bool take_register(Dwarf_Frame *frame, unsigned number, struct unwind_rule *rule)
{
	Dwarf_Op memory[3], *op;
	size_t n;

	if (dwarf_frame_register(frame, (int)number, memory, &op, &n))
		return false;
	if (number == REGISTER_SP)
		return n == 2 && op[0].atom == DW_OP_call_frame_cfa &&
		       op[1].atom == DW_OP_stack_value;
	if (n == 0) {
		rule->kept |= op ? 0 : 1u << number;
		rule->outermost |= op && number == RETURNS;
		return true;
	}
	if (op[0].atom != DW_OP_call_frame_cfa || n > 2)
		return false;
	if (n == 2 &&
		(op[1].atom != DW_OP_plus_uconst || (int64_t)op[1].number != (int32_t)op[1].number))
		return false;
	rule->saved |= 1u << number;
	rule->at[number] = n == 2 ? (int32_t)op[1].number : 0;
	return true;
}

static void take_rule(Dwarf_Frame *frame, struct row *row)
{
	struct unwind_rule rule = {.start = row->start,
		.end = row->end,
		.distance = row->distance,
		.base = (uint32_t)row->base,
		.back = RETURNS};

	if (row->signal || row->base < 0 || row->base >= (int)REGISTERS_MOST)
		return;
	for (unsigned i = 0; i <= RETURNS; i++)
		if (!take_register(frame, i, &rule))
			return;
	if (rule.outermost || rule.saved & 1u << RETURNS)
		row->rule = rule;
}
#else
/* Where a caller goes on is a register that leaves alone keep: none is plain. */
static void take_rule(Dwarf_Frame *frame, struct row *row)
{
	(void)frame, (void)row;
}
#endif

/* Whether a table says how to go on from pc, as the module counts. */
static bool find_row(const struct module_unwinder *u, uint64_t pc, struct row *ret)
{
	Dwarf_Addr bias[2] = {0, 0}, start, end;
	Dwarf_CFI *cfi[2] = {dwfl_module_eh_cfi(u->it, &bias[0]), NULL};
	Dwarf_Frame *frame;

	for (unsigned i = 0; i < 2; i++) {
		if (i)
			cfi[1] = dwfl_module_dwarf_cfi(u->it, &bias[1]);
		if (!cfi[i] || dwarf_cfi_addrframe(cfi[i], pc - bias[i], &frame))
			continue;
		take_back(frame, dwarf_frame_info(frame, &start, &end, &ret->signal), ret);
		ret->start = start + bias[i];
		ret->end = end + bias[i];
		ret->rule = (struct unwind_rule){0};
		take_base(frame, ret);
		take_saved(frame, ret);
		take_rule(frame, ret);
		free(frame);
		return true;
	}
	return false;
}

#define ROWS_MOST 256u /* of a function that are looked through for its begin */
#define SAVED	  ((int64_t)(2 * sizeof(uint64_t))) /* the frame pointer of before, the way back */

/* Downwards to where the frame pointer was saved, and is not set yet. */
bool module_unwinder_framed(
	struct module_unwinder *u, uint64_t pc, uint64_t *ret_behind, uint64_t *ret_saved)
{
	struct row row, below;

	if (!u->of_machine || !find_row(u, pc, &row) || row.base != (int)REGISTER_FP ||
		row.distance != SAVED)
		return false;
	*ret_saved = row.saved > SAVED ? row.saved - SAVED : 0;
	for (unsigned i = 0; i < ROWS_MOST; i++, row = below) {
		if (!row.start || !find_row(u, row.start - 1, &below))
			return false;
		if (row.base == (int)REGISTER_FP && below.base == (int)REGISTER_SP &&
			below.distance == SAVED) {
			*ret_behind = row.start;
			return true;
		}
	}
	return false;
}

/* One that goes nowhere would go on for ever. */
static bool advances(const struct registers *from, const struct registers *to)
{
	const uint32_t sp = 1u << REGISTER_SP;
	uint64_t was = from->value[REGISTER_SP], is = to->value[REGISTER_SP];

	if (!(to->known & sp) || !(from->known & sp))
		return false;
	return is > was || (is == was && from->pc != to->pc);
}

static bool is_unknown(const struct registers *r, int number)
{
	return number >= 0 && number < (int)REGISTERS_MOST && !(r->known & 1u << number);
}

enum unwind_end module_unwinder_step(struct module_unwinder *u, uint64_t bias,
	const struct unwind_stack *stack, struct unwind_state *state, struct unwind_rule *ret_rule)
{
	const struct registers from = state->registers;
	struct row row = {0};
	int got;

	if (!u->of_machine)
		return UNWIND_MACHINE;
	if (!can_step() || !u->attached)
		return UNWIND_LIBRARY;
	u->stack = stack;
	u->in = from;
	u->in.pc = from.pc - bias - state->returns;
	u->frames = 0;
	u->ended = false;
	if (!find_row(u, u->in.pc, &row))
		return UNWIND_NO_TABLE;
	*ret_rule = row.rule;
	/* It came there by no call, but by the kernel's hand. */
	if (row.signal)
		state->returns = false;
	got = dwfl_getthread_frames(u->dwfl, THREAD, take_frame, u);
	if (u->ended) {
		state->wanted = u->wanted;
		return UNWIND_STACK_ENDED;
	}
	if (is_unknown(&from, row.base) || is_unknown(&from, row.back))
		return UNWIND_NO_REGISTER;
	if (got == 0 && u->frames == 1)
		return UNWIND_OUTERMOST;
	if (u->frames < 2 || !u->out.pc || !advances(&from, &u->out))
		return UNWIND_BROKEN;
	state->registers = u->out;
	state->returns = !row.signal;
	return UNWIND_GOES_ON;
}

/* ---- from begin to end ----------------------------------------------------------- */

static bool is_of_machine(Elf *elf)
{
	GElf_Ehdr header;

	return CODE_MACHINE != EM_NONE && gelf_getehdr(elf, &header) &&
	       header.e_machine == CODE_MACHINE && gelf_getclass(elf) == ELFCLASS64;
}

struct module_unwinder *module_unwinder_open(Dwfl *dwfl, Dwfl_Module *it, Elf *elf)
{
	struct module_unwinder *u = mem_alloc(sizeof *u);

	*u = (struct module_unwinder){.dwfl = dwfl, .it = it, .of_machine = is_of_machine(elf)};
	u->attached = u->of_machine && dwfl_attach_state(dwfl, elf, THREAD, &callbacks, u);
	return u;
}

void module_unwinder_close(struct module_unwinder *u)
{
	free(u);
}
