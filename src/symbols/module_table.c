/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module_table.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/base/vec.h"

/* One symbol may lie in another: so many are looked at. */
#define NESTED_MOST 64u

struct entry {
	uint64_t start, bytes; /* 0 bytes: it does not say where it ends */
	const char *name;
	unsigned rank; /* of those at one address the last is taken: a function before a label, … */
};

/*
 * Of thousands of symbols a few are asked for: they lie in heaps by their addresses, and a heap is
 * sorted once somebody looks into it.
 */
struct module_table {
	struct entry *item;
	size_t n, heaps;
	uint64_t least, width; /* addresses: the first, and how many a heap spans */
	size_t *first;	       /* of each heap's entries, and of what comes behind the last */
	bool *sorted;
};
#define HEAP_ENTRIES 8u /* on average */
VEC_STRUCT(entries, struct entry);

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

static void read_all(Dwfl_Module *it, struct entries *ret)
{
	int n = dwfl_module_getsymtab(it);

	for (int i = 0; i < n; i++) {
		GElf_Word section;
		GElf_Addr start;
		GElf_Sym symbol;
		const char *name =
			dwfl_module_getsym_info(it, i, &symbol, &start, &section, NULL, NULL);

		/* "$x" and the like mark where code and data meet. */
		if (name && *name && *name != '$' && is_name(&symbol, section))
			VEC_PUSH(ret, (struct entry){
					      start, symbol.st_size, name, rank_of(&symbol, name)});
	}
}

/* The heap that an address is of: the last for what lies behind all. */
static size_t heap_of(const struct module_table *t, uint64_t address)
{
	uint64_t heap = (address - t->least) / t->width;

	return heap < t->heaps ? (size_t)heap : t->heaps - 1;
}

static void measure(struct module_table *t, const struct entries *all)
{
	uint64_t most = 0;

	t->least = UINT64_MAX;
	for (size_t i = 0; i < all->n; i++) {
		t->least = all->item[i].start < t->least ? all->item[i].start : t->least;
		most = all->item[i].start > most ? all->item[i].start : most;
	}
	t->n = all->n;
	t->heaps = t->n / HEAP_ENTRIES + 1;
	t->width = (most - t->least) / t->heaps;
	t->width += t->width < UINT64_MAX;
}

/* Puts each entry into its heap; while that goes on first[heap] is where its next one goes. */
static void lay_out(struct module_table *t, const struct entries *all)
{
	size_t at = 0;

	t->item = mem_alloc(t->n * sizeof *t->item);
	t->sorted = mem_alloc(t->heaps * sizeof *t->sorted);
	t->first = mem_alloc((t->heaps + 1) * sizeof *t->first);
	for (size_t i = 0; i < t->n; i++)
		t->first[heap_of(t, all->item[i].start)]++;
	for (size_t heap = 0; heap <= t->heaps; heap++) {
		size_t n = t->first[heap];

		t->first[heap] = at;
		at += n;
	}
	for (size_t i = 0; i < t->n; i++)
		t->item[t->first[heap_of(t, all->item[i].start)]++] = all->item[i];
	memmove(t->first + 1, t->first, t->heaps * sizeof *t->first);
	t->first[0] = 0;
}

struct module_table *module_table_open(Dwfl_Module *it)
{
	struct module_table *t = mem_alloc(sizeof *t);
	struct entries all = {0};

	*t = (struct module_table){0};
	read_all(it, &all);
	if (all.n) {
		measure(t, &all);
		lay_out(t, &all);
	}
	VEC_FREE(&all);
	return t;
}

void module_table_close(struct module_table *t)
{
	if (!t)
		return;
	free(t->item);
	free(t->first);
	free(t->sorted);
	free(t);
}

static void sort(struct module_table *t, size_t heap)
{
	if (!t->sorted[heap])
		qsort(t->item + t->first[heap], t->first[heap + 1] - t->first[heap],
			sizeof *t->item, compare);
	t->sorted[heap] = true;
}

/* How many begin at the address or before; its heap is sorted then. */
static size_t count_before(struct module_table *t, uint64_t address)
{
	size_t heap, low, high;

	if (!t->n || address < t->least)
		return 0;
	heap = heap_of(t, address);
	sort(t, heap);
	low = t->first[heap];
	high = t->first[heap + 1];

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

bool module_table_find(struct module_table *t, uint64_t address, struct module_name *ret)
{
	size_t end = count_before(t, address), most = end < NESTED_MOST ? end : NESTED_MOST;
	uint64_t nearest = 0;

	for (size_t i = 1; i <= most; i++) {
		const struct entry *e = &t->item[end - i];

		sort(t, heap_of(t, e->start));
		nearest = i == 1 ? e->start : nearest;
		if (!covers(e, address, e->start == nearest, ret->is_data))
			continue;
		ret->name = e->name;
		ret->offset = address - e->start;
		return true;
	}
	return false;
}
