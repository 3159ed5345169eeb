/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/chunk.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/base/arena.h"

/* Past n / CHANGES_SHARE changed records a whole chunk is made. */
#define CHANGES_SHARE 4

/* References alone move in what is const to its readers. */
static struct chunk *chunk_of(const struct chunk *c)
{
	return (struct chunk *)(uintptr_t)c;
}

const struct chunk *chunk_get(const struct chunk *c)
{
	atomic_fetch_add_explicit(&chunk_of(c)->references, 1, memory_order_relaxed);
	return c;
}

void chunk_put(const struct chunk *c)
{
	if (!c || atomic_fetch_sub_explicit(&chunk_of(c)->references, 1, memory_order_acq_rel) != 1)
		return;
	chunk_put(c->base);
	free(chunk_of(c));
}

static struct chunk *chunk_alloc(size_t record_bytes, unsigned n, unsigned packed)
{
	struct chunk *c = mem_alloc(sizeof *c + record_bytes * packed);

	atomic_init(&c->references, 1);
	c->record_bytes = (uint16_t)record_bytes;
	c->n = (uint16_t)n;
	c->packed = packed;
	return c;
}

const struct chunk *chunk_new(size_t record_bytes, const void *const record[], unsigned n)
{
	struct chunk *c = chunk_alloc(record_bytes, n, n);

	for (unsigned slot = 0; slot < n; slot++)
		memcpy(c->record + slot * record_bytes, record[slot], record_bytes);
	return c;
}

static unsigned count(const struct chunk_slots *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CHUNK_WORDS; i++)
		n += (unsigned)__builtin_popcountll(s->word[i]);
	return n;
}

/* The record in a slot after the change. */
static const void *record_now(const struct chunk *last, const struct chunk_slots *changed,
	const void *const record[], unsigned slot)
{
	return chunk_slots_has(changed, slot) ? record[slot] : chunk_at(last, slot);
}

static const struct chunk *next_whole(
	const struct chunk *last, const struct chunk_slots *changed, const void *const record[])
{
	struct chunk *c = chunk_alloc(last->record_bytes, last->n, last->n);

	for (unsigned slot = 0; slot < last->n; slot++)
		memcpy(c->record + (size_t)slot * c->record_bytes,
			record_now(last, changed, record, slot), c->record_bytes);
	return c;
}

static const struct chunk *next_changes(const struct chunk *last, const struct chunk_slots *changed,
	const struct chunk_slots *all, unsigned n, const void *const record[])
{
	struct chunk *c = chunk_alloc(last->record_bytes, last->n, n);
	unsigned at = 0;

	c->base = chunk_get(last->base ? last->base : last);
	c->changed = *all;
	for (unsigned i = 0; i < CHUNK_WORDS; i++) {
		c->before[i] = (uint16_t)at;
		for (uint64_t word = all->word[i]; word; word &= word - 1) {
			unsigned slot = i * 64 + (unsigned)__builtin_ctzll(word);

			memcpy(c->record + (size_t)at++ * c->record_bytes,
				record_now(last, changed, record, slot), c->record_bytes);
		}
	}
	return c;
}

const struct chunk *chunk_next(
	const struct chunk *last, const struct chunk_slots *changed, const void *const record[])
{
	struct chunk_slots all = *changed;
	unsigned n;

	if (!count(changed))
		return chunk_get(last);
	for (unsigned i = 0; last->base && i < CHUNK_WORDS; i++)
		all.word[i] |= last->changed.word[i];
	n = count(&all);
	if (n > last->n / CHANGES_SHARE)
		return next_whole(last, changed, record);
	return next_changes(last, changed, &all, n, record);
}

static size_t bytes_of(const struct chunk *c)
{
	return sizeof *c + (size_t)c->record_bytes * c->packed;
}

/* Whether one of the chunks is c, or is changes to it; it is looked for near place i first. */
static bool holds(const struct chunk *const list[], size_t n, const struct chunk *c, size_t i)
{
	for (size_t k = 0; k < n; k++) {
		const struct chunk *at = list[(i + k) % n];

		if (at == c || at->base == c)
			return true;
	}
	return false;
}

size_t chunk_own_bytes(const struct chunk *const now[], size_t n,
	const struct chunk *const before[], size_t before_n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct chunk *c = now[i];

		if (before && holds(before, before_n, c, i))
			continue;
		sum += bytes_of(c);
		if (c->base && !(before && holds(before, before_n, c->base, i)))
			sum += bytes_of(c->base);
	}
	return sum;
}
