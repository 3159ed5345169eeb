/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_MODULE_UNWIND_H
#define TWINTOP_SYMBOLS_MODULE_UNWIND_H

#include <elfutils/libdwfl.h>

#include "module.h"
#include "unwind.h"

/* What unwinds through one module's code, by its unwind tables and libdwfl. */
struct module_unwinder;

/* Keeps it, which belongs to dwfl alone. */
struct module_unwinder *module_unwinder_open(Dwfl *dwfl, Dwfl_Module *it, Elf *elf);
/* After the dwfl's end. NULL is fine. */
void module_unwinder_close(struct module_unwinder *u);
/* See module_unwind(); the rule as the module counts, changed where there is a table. */
enum unwind_end module_unwinder_step(struct module_unwinder *u, uint64_t bias,
	const struct unwind_stack *stack, struct unwind_state *state, struct unwind_rule *ret_rule);
/*
 * Whether the caller of the frame at pc (as the module counts) is found by the frame pointer; then
 * the address behind the instruction that sets it, and how many bytes below it hold registers.
 */
bool module_unwinder_framed(
	struct module_unwinder *u, uint64_t pc, uint64_t *ret_behind, uint64_t *ret_saved);

#endif
