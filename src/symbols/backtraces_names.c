/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backtraces_names.h"

#include <stdlib.h>

#include "twintop/base/vec.h"

static int compare_addresses(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

VEC_STRUCT(addresses, uint64_t);

static uint64_t address_of(const struct backtrace_frame *f)
{
	return f->pc - f->returns;
}

bool names_lack_lines(const struct backtrace *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->frame[i].symbol.line_gap == SYMBOL_PACKED)
			return true;
	return false;
}

/* The traces that a call is about. */
struct wanting {
	struct backtrace *trace;
	size_t n, kept;
};

static bool wants_names(const struct wanting *w, size_t i)
{
	return i >= w->kept || names_lack_lines(&w->trace[i]);
}

/* By address, none twice. */
static void gather(const struct wanting *w, struct addresses *ret)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; wants_names(w, i) && k < w->trace[i].n; k++)
			VEC_PUSH(ret, address_of(&w->trace[i].frame[k]));
	if (ret->n)
		qsort(ret->item, ret->n, sizeof *ret->item, compare_addresses);
	for (size_t i = 0; i < ret->n; i++)
		if (!kept || ret->item[kept - 1] != ret->item[i])
			ret->item[kept++] = ret->item[i];
	ret->n = kept;
}

/* The frames are the caller's own, and nobody has seen them yet. */
static void set_names(const struct wanting *w, const struct symbol_list *names, struct arena *arena)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct backtrace *b = &w->trace[i];
		struct backtrace_frame *frame;

		if (!wants_names(w, i))
			continue;
		frame = arena_array(arena, b->n, sizeof *frame);
		for (size_t k = 0; k < b->n; k++) {
			frame[k] = b->frame[k];
			frame[k].symbol = *symbol_list_find(names, address_of(&b->frame[k]));
		}
		w->trace[i].frame = frame;
	}
}

void names_put(struct symbols *symbols, const struct symbols_target *target,
	struct backtrace *trace, size_t n, size_t kept, struct arena *arena)
{
	const struct wanting w = {trace, n, kept};
	struct addresses wanted = {0};
	struct symbol_list names = {0};

	gather(&w, &wanted);
	if (wanted.n) {
		names.n = wanted.n;
		names.symbol = arena_array(arena, wanted.n, sizeof *names.symbol);
		symbols_ask(symbols, target, wanted.item, wanted.n, arena, names.symbol);
		set_names(&w, &names, arena);
	}
	VEC_FREE(&wanted);
}
