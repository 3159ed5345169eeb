/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_MODULE_DWARF_H
#define TWINTOP_SYMBOLS_MODULE_DWARF_H

#include <elfutils/libdwfl.h>

#include "module.h"

/* The debug information of a module: lines and inlined functions. */
struct module_dwarf;
/* Never fails; free after the module's Dwfl. */
struct module_dwarf *module_dwarf_open(Dwfl_Module *it, const struct module_finder *finder);
void module_dwarf_close(struct module_dwarf *d); /* NULL is fine */
/* Frames and line_gap; the name too, where the symbols had none. */
void module_dwarf_find(struct module_dwarf *d, uint64_t address, struct module_name *ret);

#endif
