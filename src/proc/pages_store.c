/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "pages_internal.h"
#include "twintop/proc/host.h"

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
	const struct memory_map *m = side->target->memory;
	uint64_t size = host_page_bytes(), end = start + n * size;
	size_t done = 0;

	for (size_t k = side->mapping; k < m->n && m->mapping[k].start < end; k++) {
		const struct mapping *map = &m->mapping[k];
		size_t first = map->start > start ? (map->start - start) / size : 0;
		size_t last = map->end < end ? (map->end - start) / size : n;

		memset(side->entry + done, 0, (first - done) * sizeof *side->entry);
		if (mapping_is_hugetlb(map))
			for (size_t i = first; i < last; i++)
				if (side->entry[i] & PAGE_PRESENT)
					side->entry[i] |= PAGE_HUGE;
		count_entries(&side->target->pages->mapping[k], side->entry + first, last - first);
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
	struct arena *arena = &side->target->pages->part.arena;
	size_t kept = 0;

	count_by_mapping(side, start, n);
	for (size_t i = 0, end; i < n; i = end) {
		end = i + 1;
		if (!side->entry[i])
			continue;
		end = run_end(side->entry, i, n);
		VEC_PUSH(&side->run, (struct page_run){
					     .start = start + i * host_page_bytes(),
					     .n = end - i,
					     .entry = (void *)arena_copy(arena, side->entry + i,
						     (end - i) * sizeof *side->entry),
				     });
		kept += end - i;
	}
	return kept;
}

/* Of a mark that could not be set 0 pages are no answer. */
static void set_marks(const struct page_reader *r, struct page_map *p)
{
	enum value_state scan = r->access.state[ACCESS_PAGEMAP_SCAN];
	enum value_state flags = r->access.state[ACCESS_PAGE_FLAGS];

	if (value_state_has_value(scan) && !r->scan)
		scan = VALUE_UNSUPPORTED;
	p->scan_state = p->guard_state = scan;
	if (value_state_has_value(scan) && !r->scan_guard)
		p->guard_state = VALUE_UNSUPPORTED;
	if (value_state_has_value(flags) && r->flags_fd < 0)
		flags = value_state_of_error(r->flags_fd);
	p->ksm_state = flags;
}

void pages_finish(const struct page_reader *r, struct page_side *side)
{
	const struct memory_map *m = side->target->memory;
	struct page_map *p = side->target->pages;
	static const struct page_counts none;

	p->totals = none;
	p->part.error = side->error;
	p->part.state = side->error ? value_state_of_error(side->error) : VALUE_KNOWN;
	if (!side->error && !m->n)
		p->part.state = VALUE_NONE;
	for (size_t i = 0; i < m->n; i++) {
		if (side->error)
			p->mapping[i] = none;
		counts_add(&p->totals, &p->mapping[i], 1);
	}
	p->frames_known = r->frames && (side->frames || !p->totals.resident);
	set_marks(r, p);
	p->runs_n = side->error ? 0 : side->run.n;
	p->run = (void *)arena_copy(&p->part.arena, side->run.item, p->runs_n * sizeof *p->run);
	VEC_FREE(&side->run);
}
