/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_MODULE_PACKED_H
#define TWINTOP_SYMBOLS_MODULE_PACKED_H

#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * How much of an ELF file's debug information is compressed: libdw unpacks all of it before it
 * tells anything. From the section headers alone.
 */
struct module_packed {
	bool has_debug; /* it has debug information, compressed or not */
	uint64_t bytes; /* of compressed sections, as they lie in the file */
};
struct module_packed module_packed_of(Elf *elf);
uint64_t module_packed_of_file(int fd); /* which stays open; 0: no ELF file, too */

#endif
