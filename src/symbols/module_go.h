/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_MODULE_GO_H
#define TWINTOP_SYMBOLS_MODULE_GO_H

#include <libelf.h>

#include "go_table.h"
#include "module.h"

/* What a program that Go built says of itself, stripped or not. Zeroed: it was not asked yet. */
struct module_go {
	bool asked, is;
	bool has_table;
	struct go_table table; /* of the ELF file's bytes */
};

/* Whether Go built it. */
bool module_go_is(struct module_go *go, Elf *elf);
/* The name, which lives as long as the ELF file, and the offset from its begin. False: Go's table
 * does not name it. */
bool module_go_find(struct module_go *go, Elf *elf, uint64_t address, struct module_name *ret);
/* How to go on from a frame at an address, both as the ELF file counts. False: Go's table does not
 * say, or it is of another machine than x86-64. */
bool module_go_rule(struct module_go *go, Elf *elf, uint64_t address, struct unwind_rule *ret);

#endif
