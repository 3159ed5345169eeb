/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module_table.h"

#include <gelf.h>
#include <stdlib.h>

#include "twintop/base/vec.h"

/* One symbol may lie in another: so many are looked at. */
#define NESTED_MOST 64u

struct entry {
	uint64_t start, bytes; /* 0 bytes: it does not say where it ends */
	const char *name;
	unsigned rank; /* of those at one address the last is taken: a function before a label, … */
};

struct module_table {
	size_t n, room;
	struct entry *item;
};

static bool is_name(const GElf_Sym *symbol, GElf_Word section)
{
	switch (GELF_ST_TYPE(symbol->st_info)) {
	case STT_NOTYPE:
	case STT_OBJECT:
	case STT_FUNC:
	case STT_COMMON:
	case STT_GNU_IFUNC:
		return section != SHN_UNDEF && section != SHN_ABS && section != (GElf_Word)-1;
	default:
		return false;
	}
}

/* What says more, then what others may use, then what is not for the library's own use. */
static unsigned rank_of(const GElf_Sym *symbol, const char *name)
{
	unsigned type = GELF_ST_TYPE(symbol->st_info) != STT_NOTYPE;
	unsigned bind = GELF_ST_BIND(symbol->st_info) == STB_GLOBAL ? 2
			: GELF_ST_BIND(symbol->st_info) == STB_WEAK ? 1
								    : 0;

	return type << 3 | (name[0] != '_') << 2 | bind;
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->name < y->name) - (x->name > y->name);
}

struct module_table *module_table_open(Dwfl_Module *it)
{
	struct module_table *t = mem_alloc(sizeof *t);
	int n = dwfl_module_getsymtab(it);

	*t = (struct module_table){0};
	for (int i = 0; i < n; i++) {
		GElf_Word section;
		GElf_Addr start;
		GElf_Sym symbol;
		const char *name =
			dwfl_module_getsym_info(it, i, &symbol, &start, &section, NULL, NULL);

		/* "$x" and the like mark where code and data meet. */
		if (name && *name && *name != '$' && is_name(&symbol, section))
			VEC_PUSH(t, (struct entry){
					    start, symbol.st_size, name, rank_of(&symbol, name)});
	}
	if (t->n)
		qsort(t->item, t->n, sizeof *t->item, compare);
	return t;
}

void module_table_close(struct module_table *t)
{
	if (t)
		VEC_FREE(t);
	free(t);
}

/* How many begin at the address or before. */
static size_t count_before(const struct module_table *t, uint64_t address)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->item[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A symbol without a size names its begin, and code behind it up to the next symbol. */
static bool covers(const struct entry *e, uint64_t address, bool nearest, bool is_data)
{
	if (e->bytes)
		return address - e->start < e->bytes;
	return address == e->start || (nearest && !is_data);
}

bool module_table_find(const struct module_table *t, uint64_t address, struct module_name *ret)
{
	size_t end = count_before(t, address), most = end < NESTED_MOST ? end : NESTED_MOST;

	for (size_t i = 1; i <= most; i++) {
		const struct entry *e = &t->item[end - i];

		if (!covers(e, address, e->start == t->item[end - 1].start, ret->is_data))
			continue;
		ret->name = e->name;
		ret->offset = address - e->start;
		return true;
	}
	return false;
}
