/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/clock.h"
#include "twintop/model/part_table.h"
#include "twintop/model/records.h"

void page_map_release(void *pages)
{
	const struct page_map *p = pages;

	part_put(p->memory);
	part_put(p->lent);
}

const struct page_parted *page_parted_of(const struct page_map *a, const struct page_map *b)
{
	if (!a || !b || a->part.begin_ns != b->part.begin_ns)
		return NULL;
	return a->parted ? a->parted : b->parted;
}

bool page_parted_is_new(const struct page_parted *p, uint64_t address)
{
	size_t low = 0, high = p ? p->n : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->address[mid] == address)
			return true;
		if (p->address[mid] < address)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

bool page_map_known(const struct page_map *p)
{
	return p && value_state_has_value(p->part.state);
}

size_t page_map_first_run(const struct page_map *p, uint64_t address)
{
	size_t low = 0, high = p->runs_n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (page_map_run_end(p, mid) <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint64_t page_map_entry(const struct page_map *p, uint64_t address)
{
	size_t i = page_map_first_run(p, address);

	if (i == p->runs_n || p->run[i].start > address)
		return 0;
	return p->run[i].entry[(address - p->run[i].start) / p->page_size];
}

/* The part of a run within start..end as indexes first..last (last not included). */
static void run_within(const struct page_map *p, size_t i, uint64_t start, uint64_t end,
	size_t *ret_first, size_t *ret_last)
{
	const struct page_run *run = &p->run[i];
	uint64_t size = p->page_size;

	*ret_first = start > run->start ? (size_t)((start - run->start) / size) : 0;
	*ret_last = end < page_map_run_end(p, i) ? (size_t)((end - run->start + size - 1) / size)
						 : run->n;
}

struct page_counts page_map_count(const struct page_map *p, uint64_t start, uint64_t end)
{
	struct page_counts counts = {0};
	size_t first, last;

	for (size_t i = page_map_first_run(p, start); i < p->runs_n && p->run[i].start < end; i++) {
		run_within(p, i, start, end, &first, &last);
		for (; first < last; first++)
			page_count(&counts, p->run[i].entry[first]);
	}
	return counts;
}

uint64_t page_map_lowest_resident(const struct page_map *p, uint64_t start, uint64_t end)
{
	size_t first, last;

	for (size_t i = page_map_first_run(p, start); i < p->runs_n && p->run[i].start < end; i++) {
		run_within(p, i, start, end, &first, &last);
		for (; first < last; first++)
			if (p->run[i].entry[first] & PAGE_PRESENT)
				return p->run[i].start + first * p->page_size;
	}
	return end;
}

static size_t entries_of(const struct page_map *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->runs_n; i++)
		n += p->run[i].n;
	return n;
}

const struct page_map *page_map_rebase(
	const struct page_map *old, const struct memory_map *memory, size_t pages_most)
{
	struct page_map *p = part_make(PART_PAGES);

	p->memory = part_get(memory);
	p->page_size = old->page_size;
	p->mapping = arena_array(&p->part.arena, memory->n, sizeof *p->mapping);
	part_seal(&p->part, clock_thread_cpu_ns(), old->part.error);
	p->part.begin_ns = old->part.begin_ns;
	p->part.end_ns = old->part.end_ns;
	p->part.state = old->part.state;
	if (!page_map_known(old))
		return p;
	if (entries_of(old) > pages_most) {
		p->part.state = VALUE_UNREAD;
		return p;
	}
	p->lent = part_get(old->lent ? old->lent : old);
	p->frames_known = old->frames_known;
	p->scan_state = old->scan_state;
	p->guard_state = old->guard_state;
	p->ksm_state = old->ksm_state;
	p->runs_n = old->runs_n;
	p->run = old->run;
	p->totals = old->totals;
	p->counts = old->counts;
	for (size_t i = 0; i < memory->n; i++)
		p->mapping[i] =
			page_map_count(old, memory->mapping[i].start, memory->mapping[i].end);
	return p;
}
