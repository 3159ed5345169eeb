/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/writers.h"

#include <stdlib.h>

static uint64_t block_end(const struct writers *w, const struct writer_block *b)
{
	return b->start + WRITER_BLOCK_PAGES * w->page_size;
}

const struct fault_watch *writers_watch(const struct writers *w, pid_t pid)
{
	static const struct fault_watch none;

	for (unsigned i = 0; i < 2; i++)
		if (w->watch[i].pid == pid)
			return &w->watch[i];
	return &none;
}

const struct writer_page *writers_page(const struct writers *w, uint64_t address)
{
	size_t low = 0, high = w ? w->blocks_n : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct writer_block *b = w->block[mid];

		if (address < b->start) {
			high = mid;
		} else if (address >= block_end(w, b)) {
			low = mid + 1;
		} else {
			const struct writer_page *page =
				&b->page[(address - b->start) / w->page_size];

			return page->writer ? page : NULL;
		}
	}
	return NULL;
}

const struct writer_name *writer_names_name(
	const struct writer_names *names, pid_t pid, uint64_t ip)
{
	size_t low = 0, high = names ? names->n : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct writer_name *name = &names->name[mid];

		if (name->pid == pid && name->ip == ip)
			return name;
		if (name->pid < pid || (name->pid == pid && name->ip < ip))
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct symbol *writer_names_find(const struct writer_names *names, pid_t pid, uint64_t ip)
{
	const struct writer_name *name = writer_names_name(names, pid, ip);

	return name ? &name->symbol : NULL;
}

const struct writer_trace *writer_names_trace(
	const struct writer_names *names, const struct writer *w)
{
	for (size_t i = 0; names && w->example && i < names->traces_n; i++) {
		const struct writer_trace *t = &names->trace[i];

		if (t->pid == w->pid && t->ip == w->ip && t->kernel == w->kernel &&
			t->time_ns == w->example->time_ns)
			return t;
	}
	return NULL;
}

const struct writer_block *writer_block_get(const struct writer_block *block)
{
	struct writer_block *b = (struct writer_block *)(uintptr_t)block;

	atomic_fetch_add_explicit(&b->references, 1, memory_order_relaxed);
	return block;
}

void writer_block_put(const struct writer_block *block)
{
	struct writer_block *b = (struct writer_block *)(uintptr_t)block;

	if (b && atomic_fetch_sub_explicit(&b->references, 1, memory_order_acq_rel) == 1)
		free(b);
}

void writers_release(void *writers)
{
	const struct writers *w = writers;

	for (size_t i = 0; i < w->n; i++)
		fault_example_put(w->writer[i].example);
	for (size_t i = 0; i < w->blocks_n; i++)
		writer_block_put(w->block[i]);
}

/* Each writer keeps its place. */
static size_t examples_bytes(const struct writers *w, const struct writers *before)
{
	size_t bytes = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct fault_example *e = w->writer[i].example;

		if (e && (!before || i >= before->n || before->writer[i].example != e))
			bytes += sizeof *e + e->stack_n;
	}
	return bytes;
}

/* Blocks stand by address in both. */
size_t writers_bytes(const void *now, const void *before)
{
	const struct writers *w = now, *b = before;
	size_t bytes = w->part.arena.held_bytes + examples_bytes(w, b), k = 0;

	for (size_t i = 0; i < w->blocks_n; i++) {
		while (b && k < b->blocks_n && b->block[k]->start < w->block[i]->start)
			k++;
		if (!b || k >= b->blocks_n || b->block[k] != w->block[i])
			bytes += sizeof *w->block[i];
	}
	return bytes;
}
