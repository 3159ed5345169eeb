/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_GO_TABLE_H
#define TWINTOP_SYMBOLS_GO_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The table of functions that each program of Go carries for itself (.gopclntab, of Go 1.18 and
 * later), also a stripped one: what its own backtraces are made of. See debug/gosym and
 * runtime/symtab.go of Go. The bytes are anybody's: all that they say is checked.
 */
struct go_table {
	const unsigned char *bytes; /* borrowed */
	size_t n;
	uint64_t text;			 /* the address that functions count from */
	size_t functions, names, depths; /* where these begin */
	size_t flags;			 /* of a function, from where what is said of it begins */
	unsigned quantum;		 /* bytes of the shortest instruction */
	size_t count;			 /* of functions */
};

/* False: no such table, of an older Go, damaged, or it does not say what its addresses count from
 * (as in a program that another linker than Go's made to be loaded anywhere). */
bool go_table_read(const void *bytes, size_t n, struct go_table *ret);
/*
 * The function at an address: its name ("main.(*Server).serve"), which ends with a NUL within the
 * bytes, and where it begins. False: none of the table's.
 */
bool go_table_find(
	const struct go_table *t, uint64_t address, const char **ret_name, uint64_t *ret_begin);

/* What it says of a piece of a function's code. */
struct go_frame {
	uint64_t start, end; /* of the code */
	uint32_t depth;	     /* bytes of the frame: above them stands where its caller goes on */
	bool outermost;	     /* nobody called it */
};
/* False: nothing, or the function goes to another stack. */
bool go_table_frame(const struct go_table *t, uint64_t address, struct go_frame *ret);

#endif
