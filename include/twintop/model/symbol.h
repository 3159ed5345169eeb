/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_SYMBOL_H
#define TWINTOP_MODEL_SYMBOL_H

#include "twintop/base/text.h"
#include "twintop/model/part.h"

/*
 * What an address of a target's memory is called. All texts are raw bytes that the target chose
 * (print them through text_printable()) and belong to whoever holds the symbol.
 */

/* Why an address, or the line of one, has no name. */
enum symbol_gap {
	SYMBOL_NO_GAP,
#define SYMBOL_GAP(NAME, STATE, reason) SYMBOL_##NAME,
#include "twintop/model/symbol_gap_rows.h"
	SYMBOL_GAPS
};
enum value_state symbol_gap_state(enum symbol_gap gap); /* VALUE_KNOWN for none */
const char *symbol_gap_reason(enum symbol_gap gap);	/* static text; NULL for none */

/* A function of the source that the code at an address belongs to. */
struct symbol_frame {
	struct text function; /* as its source calls it; empty: not told */
	struct text file;     /* as the compiler was told it; empty: not told */
	unsigned line; /* where in it: of the address itself, or of the inlined call; 0: not told */
};

struct symbol {
	uint64_t address;
	enum symbol_gap gap;  /* of name: why there is none */
	struct text module;   /* its path as maps shows it, "[vdso]", the map of run-time code */
	struct text build_id; /* lower-case hex; empty: it has none, or could not be read */
	bool has_module_address;
	uint64_t module_address; /* as the module's file counts: what addr2line takes */
	/* The function, or the object where data is (`lock_a`), as the symbol table calls it, those of
	 * C++ and Rust as they are written where twintop knows how, else mangled. */
	struct text name;
	uint64_t offset;   /* from its begin */
	struct text label; /* both: "lock_a+0x8" */
	bool is_data;
	enum symbol_gap line_gap; /* of frame: why no line is known */
	/*
	 * From the innermost inlined function out to the one that name is: frame[0] tells the line
	 * of the address, each later one where it calls the one before. Empty with a gap.
	 */
	const struct symbol_frame *frame;
	size_t frames;
};

/* Addresses of one address space that somebody asked for. */
struct symbol_list {
	struct part part;
	size_t n;
	struct symbol *symbol; /* by address, none twice */
};
/* NULL: it is none of them, or the list is NULL. */
const struct symbol *symbol_list_find(const struct symbol_list *list, uint64_t address);

#endif
