/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "pages_internal.h"

bool pages_reach(struct page_side *side, uint64_t start, uint64_t end)
{
	const struct memory_map *m = side->target->memory;

	while (side->mapping < m->n && m->mapping[side->mapping].end <= start)
		side->mapping++;
	return side->mapping < m->n && m->mapping[side->mapping].start < end;
}

static void counts_add(struct page_counts *to, const struct page_counts *one, uint64_t n)
{
	to->resident += one->resident * n;
	to->anonymous += one->anonymous * n;
	to->file += one->file * n;
	to->shared += one->shared * n;
	to->zero += one->zero * n;
	to->swapped += one->swapped * n;
	to->huge += one->huge * n;
	to->guard += one->guard * n;
	to->ksm += one->ksm * n;
}

/* Neighbours mostly differ in nothing but the frame: they are counted together. */
static void count_entries(struct page_counts *counts, const uint64_t *entry, size_t n)
{
	for (size_t i = 0, same; i < n; i += same) {
		struct page_counts one = {0};

		for (same = 1; i + same < n && !((entry[i + same] ^ entry[i]) & ~PAGE_FRAME);
			same++)
			;
		if (!entry[i])
			continue;
		page_count(&one, entry[i]);
		counts_add(counts, &one, same);
	}
}

/*
 * Counts what lies within mappings; the rest came after maps was read and
 * belongs to no row, so it is dropped.
 */
static void count_by_mapping(struct page_side *side, uint64_t start, size_t n)
{
	struct memory_map *m = side->target->memory;
	uint64_t size = page_bytes(), end = start + n * size;
	size_t done = 0;

	for (size_t k = side->mapping; k < m->n && m->mapping[k].start < end; k++) {
		struct mapping *map = &m->mapping[k];
		size_t first = map->start > start ? (map->start - start) / size : 0;
		size_t last = map->end < end ? (map->end - start) / size : n;

		memset(side->entry + done, 0, (first - done) * sizeof *side->entry);
		if (map->kind == MAPPING_HUGETLB)
			for (size_t i = first; i < last; i++)
				if (side->entry[i] & PAGE_PRESENT)
					side->entry[i] |= PAGE_HUGE;
		count_entries(&map->pages, side->entry + first, last - first);
		done = last;
	}
	memset(side->entry + done, 0, (n - done) * sizeof *side->entry);
}

/* The end of the run that begins at entry i: behind its last entry before a long hole. */
static size_t run_end(const uint64_t *entry, size_t i, size_t n)
{
	size_t end = i + 1;

	for (i = end; i < n && i - end <= PAGES_HOLE; i++)
		if (entry[i])
			end = i + 1;
	return end;
}

size_t pages_store(struct page_side *side, uint64_t start, size_t n)
{
	struct arena *arena = &side->target->memory->part.arena;
	size_t kept = 0;

	count_by_mapping(side, start, n);
	for (size_t i = 0, end; i < n; i = end) {
		end = i + 1;
		if (!side->entry[i])
			continue;
		end = run_end(side->entry, i, n);
		VEC_PUSH(&side->run, (struct page_run){
					     .start = start + i * page_bytes(),
					     .n = end - i,
					     .entry = (void *)arena_copy(arena, side->entry + i,
						     (end - i) * sizeof *side->entry),
				     });
		kept += end - i;
	}
	return kept;
}

void pages_finish(const struct page_reader *r, struct page_side *side)
{
	struct memory_map *m = side->target->memory;
	static const struct page_counts none;

	m->totals = none;
	m->pages_error = side->error;
	m->pages_state = side->error ? value_state_of_error(side->error) : VALUE_KNOWN;
	if (!side->error && !m->n)
		m->pages_state = VALUE_NONE;
	for (size_t i = 0; i < m->n; i++) {
		if (side->error)
			m->mapping[i].pages = none;
		counts_add(&m->totals, &m->mapping[i].pages, 1);
	}
	m->frames_known = r->frames && (side->frames || !m->totals.resident);
	m->runs_n = side->error ? 0 : side->run.n;
	m->run = (void *)arena_copy(&m->part.arena, side->run.item, m->runs_n * sizeof *m->run);
	VEC_FREE(&side->run);
}
