/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module_unwind.h"

#include <elfutils/version.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/base/arena.h"

#if defined __x86_64__
#define MACHINE EM_X86_64
#elif defined __aarch64__
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_NONE
#endif
#define THREAD 1 /* the only one, whoever it is */

struct module_unwinder {
	Dwfl *dwfl;
	Dwfl_Module *it;
	bool attached, of_machine;
	/* One step: */
	const struct unwind_stack *stack;
	struct registers in, out;
	unsigned frames; /* so many were seen: the given one, and its caller */
	bool ended;	 /* something outside of the stack's piece was wanted */
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
	u->out.pc = pc;
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

/* Whether a table says how to go on from pc, as the module counts; and if a signal came in there.
 */
static bool has_table(const struct module_unwinder *u, uint64_t pc, bool *ret_signal)
{
	Dwarf_Addr bias[2] = {0, 0}, start, end;
	Dwarf_CFI *cfi[2] = {dwfl_module_eh_cfi(u->it, &bias[0]), NULL};
	Dwarf_Frame *frame;

	for (unsigned i = 0; i < 2; i++) {
		if (i)
			cfi[1] = dwfl_module_dwarf_cfi(u->it, &bias[1]);
		if (!cfi[i] || dwarf_cfi_addrframe(cfi[i], pc - bias[i], &frame))
			continue;
		dwarf_frame_info(frame, &start, &end, ret_signal);
		free(frame);
		return true;
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

enum unwind_end module_unwinder_step(struct module_unwinder *u, uint64_t bias,
	const struct unwind_stack *stack, struct unwind_state *state)
{
	const struct registers from = state->registers;
	bool signal = false;
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
	if (!has_table(u, u->in.pc, &signal))
		return UNWIND_NO_TABLE;
	/* It came there by no call, but by the kernel's hand. */
	if (signal)
		state->returns = false;
	got = dwfl_getthread_frames(u->dwfl, THREAD, take_frame, u);
	if (u->ended)
		return UNWIND_STACK_ENDED;
	if (got == 0 && u->frames == 1)
		return UNWIND_OUTERMOST;
	if (u->frames < 2 || !u->out.pc || !advances(&from, &u->out))
		return UNWIND_BROKEN;
	state->registers = u->out;
	state->returns = !signal;
	return UNWIND_GOES_ON;
}

/* ---- from begin to end ----------------------------------------------------------- */

static bool is_of_machine(Elf *elf)
{
	GElf_Ehdr header;

	return MACHINE != EM_NONE && gelf_getehdr(elf, &header) && header.e_machine == MACHINE &&
	       gelf_getclass(elf) == ELFCLASS64;
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
