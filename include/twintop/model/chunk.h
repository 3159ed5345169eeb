/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_CHUNK_H
#define TWINTOP_MODEL_CHUNK_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Long lists of equally large records of which little moves from one moment to the next: chunks of
 * at most CHUNK_RECORDS, const once made, counted by references and shared by all lists in which
 * nothing of them moved. A chunk is whole, or the changes to a whole one: a reference to that base
 * and the records that differ, packed. There are never changes to changes.
 */
#define CHUNK_RECORDS 256u
#define CHUNK_WORDS   (CHUNK_RECORDS / 64)

/* Some of a chunk's records: bit slot % 64 of word slot / 64. */
struct chunk_slots {
	uint64_t word[CHUNK_WORDS];
};

static inline void chunk_slots_add(struct chunk_slots *s, unsigned slot)
{
	s->word[slot / 64] |= 1ull << slot % 64;
}

static inline int chunk_slots_has(const struct chunk_slots *s, unsigned slot)
{
	return s->word[slot / 64] >> slot % 64 & 1;
}

struct chunk {
	atomic_uint references;
	uint16_t record_bytes;
	uint16_t n;		    /* records, those of the base included */
	const struct chunk *base;   /* NULL: whole */
	struct chunk_slots changed; /* against the base: these are in record[], in their order … */
	uint16_t before[CHUNK_WORDS]; /* … and so many of them lie before each word */
	uint32_t packed;	      /* records in record[] */
	alignas(max_align_t) unsigned char record[];
};

/* A whole chunk of n (1 to CHUNK_RECORDS) records, copied from record[slot]. One reference. */
const struct chunk *chunk_new(size_t record_bytes, const void *const record[], unsigned n);
/*
 * What comes after `last` when each record of `changed` is the one at record[slot] now: last
 * itself where none is; its base and all changes since; or, past a share of changes, a whole one.
 * One reference; that to last stays the caller's.
 */
const struct chunk *chunk_next(
	const struct chunk *last, const struct chunk_slots *changed, const void *const record[]);
const struct chunk *chunk_get(const struct chunk *c);
void chunk_put(const struct chunk *c); /* NULL is fine */

/* The record in a slot below n; it lives as long as the chunk. */
static inline const void *chunk_at(const struct chunk *c, unsigned slot)
{
	if (c->base) {
		uint64_t word = c->changed.word[slot / 64], bit = 1ull << slot % 64;

		if (word & bit)
			return c->record +
			       (size_t)c->record_bytes *
				       (c->before[slot / 64] +
					       (unsigned)__builtin_popcountll(word & (bit - 1)));
		c = c->base;
	}
	return c->record + (size_t)c->record_bytes * slot;
}

/*
 * Bytes of the n chunks at now that neither the chunks of before[] (NULL: none) nor what they are
 * changes to hold already.
 */
size_t chunk_own_bytes(const struct chunk *const now[], size_t n,
	const struct chunk *const before[], size_t before_n);

/* Which record of a list lies where: chunk c holds those from first[c] to before first[c + 1]. */
struct chunk_layout {
	size_t chunks;
	uint32_t *first;
};

struct chunk_place {
	size_t chunk;
	unsigned slot;
};

/* The place of record i, which must be there. */
static inline struct chunk_place chunk_place(const struct chunk_layout *l, size_t i)
{
	size_t low = i / CHUNK_RECORDS, high = l->chunks;

	/* Most chunks are full: the first guess is near, and never behind. */
	while (l->first[low + 1] <= i) {
		size_t mid = low + 1 + (high - low - 1) / 2;

		if (l->first[mid] <= i)
			low = mid;
		else
			high = mid;
	}
	return (struct chunk_place){low, (unsigned)(i - l->first[low])};
}

#endif
