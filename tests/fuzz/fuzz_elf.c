/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program's file of any bytes, mapped by ourselves: whatever becomes of the process that reads
 * it, each of our addresses gets a name or a reason.
 */
#include <stdlib.h>

#include "mapped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ADDRESSES 96

/* Its begin, its end, and what lies between. */
static void ask(const struct symbols_target *target, void *context)
{
	const struct mapping *m = target->memory->mapping;
	uint64_t address[ADDRESSES];
	struct symbol symbol[ADDRESSES];
	struct arena arena = {0};

	(void)context;
	for (unsigned i = 0; i < ADDRESSES; i++)
		address[i] = m->start + (m->end - m->start) / ADDRESSES * i + i % 3;
	symbols_ask(mapped_symbols(), target, address, ADDRESSES, &arena, symbol);
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (symbol[i].gap >= SYMBOL_GAPS || (!symbol[i].gap && !symbol[i].name.len) ||
			symbol[i].address != address[i])
			abort();
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		mapped_try(data, size, ask, NULL);
	return 0;
}
