/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the threads of both sides wait on and what they began with, by name, as a reader. */
#include <errno.h>
#include <stdlib.h>

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/proc/reader.h"
#include "twintop/symbols/symbols.h"

#define ADDRESSES_MOST 1024u /* of a side; more have no names */

VEC_STRUCT(addresses, uint64_t);

/* What was read of a side, and by which mappings: while these stand, so does it. */
struct known {
	const struct memory_map *memory;   /* a reference */
	const struct symbol_list *symbols; /* a reference */
};

struct reader {
	struct reader_context context;
	struct symbols *symbols;
	struct known known[2];
};

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct reader *r = mem_alloc(sizeof *r);

	*r = (struct reader){.context = *context, .symbols = symbols_new(context->root)};
	*ret_reader = r;
	return 0;
}

static void forget(struct known *known)
{
	part_put(known->memory);
	part_put(known->symbols);
	*known = (struct known){0};
}

static void close_reader(void *reader)
{
	struct reader *r = reader;

	if (!r)
		return;
	for (unsigned i = 0; i < 2; i++)
		forget(&r->known[i]);
	symbols_free(r->symbols);
	free(r);
}

static int compare_addresses(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The functions that threads began with: few, and the same ones follow each other. */
static void gather_entries(const struct thread_list *threads, struct addresses *ret)
{
	for (size_t i = 0; i < threads->n && ret->n < ADDRESSES_MOST; i++) {
		uint64_t entry = thread_self_at(threads, i)->entry;

		if (entry && (!ret->n || ret->item[ret->n - 1] != entry))
			VEC_PUSH(ret, entry);
	}
}

/* These, and what threads wait on that futexes lie in, ascending, none twice. */
static void gather(const struct thread_list *threads, struct addresses *ret)
{
	size_t kept = 0;

	gather_entries(threads, ret);
	for (size_t i = 0; i < threads->n && ret->n < ADDRESSES_MOST; i++) {
		const struct thread_call *call = thread_at(threads, i).call;
		uint64_t object = call->wait_address - call->wait_inside;

		if (call->wait_kind != WAIT_NOTHING && call->wait_address &&
			(!ret->n || ret->item[ret->n - 1] != object))
			VEC_PUSH(ret, object);
	}
	if (ret->n)
		qsort(ret->item, ret->n, sizeof *ret->item, compare_addresses);
	for (size_t i = 0; i < ret->n; i++)
		if (!kept || ret->item[kept - 1] != ret->item[i])
			ret->item[kept++] = ret->item[i];
	ret->n = kept;
}

/* Whether a name may be had later, though nothing was mapped anew. */
static bool may_pass(enum symbol_gap gap)
{
	return gap == SYMBOL_LATE || gap == SYMBOL_BROKE || gap == SYMBOL_FORK ||
	       gap == SYMBOL_OPEN || gap == SYMBOL_PACKED;
}

static bool is_known(
	const struct known *known, const struct reader_side *side, const struct addresses *wanted)
{
	const struct symbol_list *had = known->symbols;

	if (!had || had != side->had.symbols || known->memory != side->had.memory ||
		had->n != wanted->n)
		return false;
	for (size_t i = 0; i < had->n; i++)
		if (had->symbol[i].address != wanted->item[i] || may_pass(had->symbol[i].gap) ||
			may_pass(had->symbol[i].line_gap))
			return false;
	return true;
}

static void ask(
	struct reader *r, const struct reader_side *side, bool hurried, struct symbol_list *list)
{
	const struct memory_map *memory = side->had.memory;
	const struct symbols_target target = {side->id, side->through, memory, hurried};
	uint64_t *address = arena_array(&list->part.arena, list->n, sizeof *address);

	for (size_t i = 0; i < list->n; i++) {
		address[i] = list->symbol[i].address;
		list->symbol[i].gap = list->symbol[i].line_gap =
			memory->part.state == VALUE_DENIED ? SYMBOL_DENIED : SYMBOL_GONE;
	}
	if (value_state_has_value(memory->part.state))
		symbols_ask(r->symbols, &target, address, list->n, &list->part.arena, list->symbol);
}

static const struct symbol_list *name_all(struct reader *r, const struct reader_side *side,
	bool hurried, const struct addresses *wanted)
{
	uint64_t start = clock_thread_cpu_ns();
	struct symbol_list *list = part_make(PART_SYMBOLS);

	list->n = wanted->n;
	list->symbol = arena_array(&list->part.arena, list->n, sizeof *list->symbol);
	for (size_t i = 0; wanted->item && i < list->n; i++)
		list->symbol[i].address = wanted->item[i];
	if (list->n)
		ask(r, side, hurried && !side->had.symbols, list);
	part_seal(&list->part, start, 0);
	return list;
}

/* What is known of a side; NULL: nothing. */
static struct known *known_of(struct reader *r, const struct reader_side *side)
{
	for (unsigned i = 0; i < 2; i++)
		if (r->known[i].symbols && r->known[i].symbols == side->had.symbols)
			return &r->known[i];
	return NULL;
}

static void read_side(
	struct reader *r, struct reader_side *side, bool hurried, struct known *ret_known)
{
	const struct known *known = known_of(r, side);
	struct addresses wanted = {0};

	if (!side->id.pid || !side->had.threads || !side->had.memory)
		return;
	gather(side->had.threads, &wanted);
	side->read.symbols = known && is_known(known, side, &wanted)
				     ? part_get(side->had.symbols)
				     : name_all(r, side, hurried, &wanted);
	VEC_FREE(&wanted);
	*ret_known = (struct known){part_get(side->had.memory), part_get(side->read.symbols)};
}

static void read_symbols(void *reader, struct reader_job *job)
{
	struct reader *r = reader;
	struct known now[2] = {0};

	for (unsigned i = 0; i < 2; i++)
		read_side(r, &job->side[i], job->hurried, &now[i]);
	for (unsigned i = 0; i < 2; i++) {
		forget(&r->known[i]);
		r->known[i] = now[i];
	}
}

const struct reader_ops symbols_reader_ops = {
	.id = "symbols",
	.part = PART_SYMBOLS,
	.scope = READS_PAIR,
	.need = NEED_SYMBOLS,
	.after = 1u << PART_THREADS | 1u << PART_MAPPINGS,
	.pace = PACE_ROUND,
	.open = open_reader,
	.read = read_symbols,
	.close = close_reader,
};
