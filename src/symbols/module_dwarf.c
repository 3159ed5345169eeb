/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module_dwarf.h"

#include <dwarf.h>
#include <elfutils/libdwelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twintop/base/vec.h"

#define RANGES_MOST (4u << 20)

/* Code of a compilation unit, as its debug information counts addresses. */
struct range {
	uint64_t start, end;
	Dwarf_Off unit;
};

struct module_dwarf {
	Dwfl_Module *it;
	Dwarf *dwarf; /* of libdwfl; NULL: none, as gap says */
	Dwarf_Addr bias;
	enum symbol_gap gap;
	/* What was taken out of its debug information into a file that others use, too. */
	int alternate_fd; /* -1: none */
	Dwarf *alternate;
	bool ranges_read;
	VEC(struct range) ranges; /* by address */
};

/*
 * Sets the file that the debug information refers to, for libdw would look for it by a name that
 * the target chose. False: it is needed and not found.
 */
static bool set_alternate(struct module_dwarf *d, const struct module_finder *finder)
{
	struct module_id id = {0};
	const char *name;
	const void *bytes;
	ssize_t n = dwelf_dwarf_gnu_debugaltlink(d->dwarf, &name, &bytes);

	if (n == 0)
		return true;
	if (n < 0 || n > MODULE_ID_MOST || !finder->find)
		return false;
	id.n = (size_t)n;
	memcpy(id.bytes, bytes, id.n);
	d->alternate_fd = finder->find(finder->context, &id, name, NULL);
	if (d->alternate_fd >= 0)
		d->alternate = dwarf_begin(d->alternate_fd, DWARF_C_READ);
	if (d->alternate)
		dwarf_setalt(d->dwarf, d->alternate);
	return d->alternate;
}

struct module_dwarf *module_dwarf_open(Dwfl_Module *it, const struct module_finder *finder)
{
	struct module_dwarf *d = mem_alloc(sizeof *d);

	*d = (struct module_dwarf){.it = it, .alternate_fd = -1};
	d->dwarf = dwfl_module_getdwarf(it, &d->bias);
	if (!d->dwarf) {
		d->gap = SYMBOL_NO_LINES;
	} else if (!set_alternate(d, finder)) {
		d->dwarf = NULL;
		d->gap = SYMBOL_NO_ALTERNATE;
	}
	return d;
}

void module_dwarf_close(struct module_dwarf *d)
{
	if (!d)
		return;
	dwarf_end(d->alternate);
	if (d->alternate_fd >= 0)
		close(d->alternate_fd);
	VEC_FREE(&d->ranges);
	free(d);
}

/* ---- units ------------------------------------------------------------------ */

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static void add_ranges(struct module_dwarf *d, Dwarf_Die *unit)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	while (d->ranges.n < RANGES_MOST && (at = dwarf_ranges(unit, at, &base, &start, &end)) > 0)
		if (start < end)
			VEC_PUSH(&d->ranges, (struct range){start, end, dwarf_dieoffset(unit)});
}

/* Of all units, once: not each is in .debug_aranges, and clang makes none. */
static void read_ranges(struct module_dwarf *d)
{
	Dwarf_Die *unit = NULL;
	Dwarf_Addr bias;

	d->ranges_read = true;
	while ((unit = dwfl_module_nextcu(d->it, unit, &bias)))
		add_ranges(d, unit);
	if (d->ranges.n)
		qsort(d->ranges.item, d->ranges.n, sizeof *d->ranges.item, compare_ranges);
}

/* The last that begins at pc or before; ranges of units do not overlap. */
static const struct range *find_range(const struct module_dwarf *d, uint64_t pc)
{
	size_t low = 0, high = d->ranges.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->ranges.item[middle].start <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	return low && pc < d->ranges.item[low - 1].end ? &d->ranges.item[low - 1] : NULL;
}

/* The unit that covers the address. False: none does. */
static bool find_unit(
	struct module_dwarf *d, uint64_t address, Dwarf_Die *ret_unit, Dwarf_Addr *ret_bias)
{
	const Dwarf_Die *unit = dwfl_module_addrdie(d->it, address, ret_bias);
	const struct range *range;

	if (unit) {
		*ret_unit = *unit;
		return true;
	}
	if (!d->ranges_read)
		read_ranges(d);
	*ret_bias = d->bias;
	range = find_range(d, address - d->bias);
	return range && dwarf_offdie(d->dwarf, range->unit, ret_unit);
}

/* ---- lines and functions ------------------------------------------------------ */

static void set_line(Dwarf_Die *unit, uint64_t pc, struct module_frame *frame)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, pc);
	int number;

	if (!line)
		return;
	frame->file = dwarf_linesrc(line, NULL, NULL);
	if (frame->file && !dwarf_lineno(line, &number) && number > 0)
		frame->line = (unsigned)number;
}

static unsigned number_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word number;

	return dwarf_attr(die, name, &attribute) && !dwarf_formudata(&attribute, &number) &&
			       number <= INT32_MAX
		       ? (unsigned)number
		       : 0;
}

/* Where the inlined function is called. */
static void set_call(Dwarf_Die *unit, Dwarf_Die *call, struct module_frame *frame)
{
	unsigned file = number_of(call, DW_AT_call_file);
	Dwarf_Files *files;
	size_t n;

	frame->line = number_of(call, DW_AT_call_line);
	if (!dwarf_getsrcfiles(unit, &files, &n) && file < n)
		frame->file = dwarf_filesrc(files, file, NULL, NULL);
}

/* As its linker knows it, or else as it is written: C++ writes but the last part of its names. */
static const char *name_of(Dwarf_Die *function)
{
	Dwarf_Attribute attribute;
	const char *name = NULL;

	if (dwarf_attr_integrate(function, DW_AT_linkage_name, &attribute) ||
		dwarf_attr_integrate(function, DW_AT_MIPS_linkage_name, &attribute))
		name = dwarf_formstring(&attribute);
	return name ? name : dwarf_diename(function);
}

/* What the symbols do not name, debug information may. */
static void take_name(Dwarf_Die *function, uint64_t pc, struct module_name *ret)
{
	const char *name = name_of(function);
	Dwarf_Addr begin;

	if (!ret->gap || !name || dwarf_entrypc(function, &begin) || begin > pc)
		return;
	ret->gap = SYMBOL_NO_GAP;
	ret->name = name;
	ret->offset = pc - begin;
}

/* A symbol says more of what no other file sees, for that has no name for the linker; and a part of
 * a function that lies apart has a symbol of its own, from which offsets count. */
static const char *outer_name(Dwarf_Die *function, uint64_t pc, const struct module_name *had)
{
	const char *name = name_of(function);
	Dwarf_Addr begin;

	if (had->gap || !had->name)
		return name;
	if (!strncmp(had->name, "_Z", 2) || !strncmp(had->name, "_R", 2))
		return had->name;
	if (dwarf_entrypc(function, &begin) || (begin <= pc && begin >= pc - had->offset))
		return name;
	return had->name;
}

#define SCOPES_MOST 64u
#define LOOKS_MOST  (4u << 20) /* at entries: those of a damaged file may go round in circles */

/* What holds an address, from a function of a unit's own in. */
struct scopes {
	Dwarf_Die die[SCOPES_MOST];
	size_t n;
	unsigned looks;
};

static bool is_scope(Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		return true;
	default:
		return false;
	}
}

static bool is_namespace(Dwarf_Die *die)
{
	return dwarf_tag(die) == DW_TAG_namespace || dwarf_tag(die) == DW_TAG_module;
}

static void go_in(Dwarf_Die *parent, uint64_t pc, struct scopes *ret)
{
	Dwarf_Die child;
	int none = dwarf_child(parent, &child);

	while (!none && ret->n < SCOPES_MOST && ret->looks++ < LOOKS_MOST) {
		if (!is_scope(&child) || dwarf_haspc(&child, pc) <= 0) {
			none = dwarf_siblingof(&child, &child);
			continue;
		}
		ret->die[ret->n++] = child;
		none = dwarf_child(&child, &child);
	}
}

/* LLVM's compilers, of Rust as well, have functions in their namespaces, where libdw's own search
 * does not look. Namespaces stand in each other, so many at most. */
static void look_in(Dwarf_Die *parent, uint64_t pc, unsigned depth, struct scopes *ret)
{
	Dwarf_Die child;
	int none = dwarf_child(parent, &child);

	for (; !none && !ret->n && ret->looks++ < LOOKS_MOST;
		none = dwarf_siblingof(&child, &child)) {
		if (!is_namespace(&child) || depth == SCOPES_MOST)
			continue;
		go_in(&child, pc, ret);
		if (!ret->n)
			look_in(&child, pc, depth + 1, ret);
	}
}

/* From the innermost scope out; those that are functions of their own or inlined make the frames.
 */
static void set_frames(Dwarf_Die *unit, uint64_t pc, struct module_name *ret)
{
	struct scopes scopes = {.n = 0};

	go_in(unit, pc, &scopes);
	if (!scopes.n)
		look_in(unit, pc, 0, &scopes);
	for (size_t i = scopes.n; i-- > 0 && ret->frames < MODULE_FRAMES;) {
		Dwarf_Die *scope = &scopes.die[i];
		int tag = dwarf_tag(scope);

		if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine)
			continue;
		if (tag == DW_TAG_subprogram) {
			ret->frame[ret->frames++].function = outer_name(scope, pc, ret);
			take_name(scope, pc, ret);
			break;
		}
		ret->frame[ret->frames++].function = name_of(scope);
		if (ret->frames < MODULE_FRAMES)
			set_call(unit, scope, &ret->frame[ret->frames]);
	}
}

void module_dwarf_find(struct module_dwarf *d, uint64_t address, struct module_name *ret)
{
	Dwarf_Addr bias = 0;
	Dwarf_Die unit;

	ret->line_gap = d->gap;
	if (d->gap)
		return;
	if (find_unit(d, address, &unit, &bias)) {
		set_line(&unit, address - bias, &ret->frame[0]);
		set_frames(&unit, address - bias, ret);
	}
	if (!ret->frame[0].file)
		ret->line_gap = SYMBOL_LINELESS;
	else if (!ret->frames)
		ret->frames = 1;
}
