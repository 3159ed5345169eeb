/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that both had as one and that are two now. Either a write of one side copied them, or that
 * side dropped its page (MADV_DONTNEED) and touched a new one between two looks: frames cannot
 * tell. What the page holds can: a copy holds what it is a copy of but for what was written, a new
 * page zeroes.
 */
#include <stdlib.h>
#include <string.h>

#include "pages_internal.h"
#include "twintop/base/arena.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/host.h"

/*
 * So many bytes, none of them 0, in words that are equal or are gone speak for one or the other:
 * fewer may be a counter that has come to the same value again.
 */
#define BYTES_ENOUGH 4u

static size_t bytes_of(uint64_t word)
{
	size_t n = 0;

	for (; word; word >>= 8)
		n += (word & 0xff) != 0;
	return n;
}

static bool is_own(uint64_t entry)
{
	return (entry & (PAGE_PRESENT | PAGE_FILE | PAGE_ZERO | PAGE_CHANGED)) == PAGE_PRESENT;
}

void pages_note_parted(
	struct page_reader *r, uint64_t address, const uint64_t was[2], const uint64_t now[2])
{
	bool a_moved = (was[0] ^ now[0]) & PAGE_FRAME, b_moved = (was[1] ^ now[1]) & PAGE_FRAME;

	if (!r->side[0].frames || !is_own(was[0]) || !is_own(was[1]) || !is_own(now[0]) ||
		!is_own(now[1]) || (was[0] ^ was[1]) & PAGE_FRAME || a_moved == b_moved)
		return;
	VEC_PUSH(&r->parted, (struct parted){.address = address, .by_b = b_moved});
}

enum page_origin pages_origin(const void *kept, const void *moved, size_t bytes)
{
	size_t copied = 0, lost = 0;

	for (size_t i = 0; i + sizeof(uint64_t) <= bytes; i += sizeof(uint64_t)) {
		uint64_t was, is;

		memcpy(&was, (const char *)kept + i, sizeof was);
		memcpy(&is, (const char *)moved + i, sizeof is);
		if (is == was)
			copied += bytes_of(was);
		else if (!is)
			lost += bytes_of(was);
		if (copied >= BYTES_ENOUGH)
			return PAGE_IS_COPY;
	}
	return lost >= BYTES_ENOUGH ? PAGE_IS_NEW : PAGE_IS_EITHER;
}

/* The chosen pages as both sides hold them, page by page; false where not all can be had. */
static bool read_pages(struct page_reader *r, const struct page_target *const target[2],
	struct parted *const *chosen, size_t n, char *bytes[2])
{
	struct helper_range range[PARTED_LOOKED];
	uint64_t page = host_page_bytes();
	bool all = r->access.state[ACCESS_ATTACH] == VALUE_KNOWN;

	for (int side = 0; all && side < 2; side++) {
		for (size_t i = 0; i < n; i++)
			range[i] = (struct helper_range){
				chosen[i]->address, bytes[side] + i * page, page, false, false};
		all = target[side]->pid &&
		      !helper_read_memory(r->root, target[side]->pid, range, n);
		for (size_t i = 0; i < n; i++)
			all &= range[i].read;
	}
	return all;
}

/* Of so many what each is; false where it could not be looked at. */
static bool look(struct page_reader *r, const struct page_target *const target[2],
	struct parted *const *chosen, size_t n)
{
	uint64_t page = host_page_bytes();
	char *bytes[2] = {mem_alloc(n * page), mem_alloc(n * page)};
	bool read = read_pages(r, target, chosen, n, bytes);

	for (size_t i = 0; read && i < n; i++) {
		chosen[i]->origin = pages_origin(bytes[!chosen[i]->by_b] + i * page,
			bytes[chosen[i]->by_b] + i * page, page);
		chosen[i]->looked = true;
	}
	free(bytes[0]);
	free(bytes[1]);
	return read;
}

/* Looks at each stride-th one from there on: at most PARTED_LOOKED. */
static bool look_at_each(struct page_reader *r, const struct page_target *const target[2],
	size_t from, size_t stride)
{
	struct parted *chosen[PARTED_LOOKED];
	size_t n = 0;

	for (size_t i = from; i < r->parted.n; i += stride)
		chosen[n++] = &r->parted.item[i];
	return !n || look(r, target, chosen, n);
}

static bool any_new(const struct page_reader *r)
{
	for (size_t i = 0; i < r->parted.n; i++)
		if (r->parted.item[i].looked && r->parted.item[i].origin == PAGE_IS_NEW)
			return true;
	return false;
}

/* Whether the page is of memory that programs map for themselves: few drop pages of other kinds. */
static bool is_droppable(const struct page_target *t, uint64_t address)
{
	ptrdiff_t i = memory_find(t->memory, address);

	return i >= 0 && t->memory->mapping[i].kind == MAPPING_ANONYMOUS;
}

/* Where any looked at is new, those that were not looked at may be, too. */
static void note_new(struct page_reader *r, const struct page_target *a)
{
	bool any = any_new(r);

	r->fresh.uncertain = any;
	for (size_t i = 0; i < r->parted.n; i++) {
		const struct parted *p = &r->parted.item[i];

		if (any && (!p->looked || p->origin == PAGE_IS_NEW))
			VEC_PUSH(&r->fresh.address, p->address);
		r->fresh.uncertain |=
			p->looked && p->origin == PAGE_IS_EITHER && is_droppable(a, p->address);
	}
}

/* A few, evenly spread; where one of them is new all, if they are not too many. */
static void look_at_all(struct page_reader *r, struct page_target *a, struct page_target *b)
{
	const struct page_target *const target[2] = {a, b};
	size_t stride = (r->parted.n + PARTED_LOOKED - 1) / PARTED_LOOKED;

	r->fresh.uncertain = true;
	if (!look_at_each(r, target, 0, stride))
		return;
	if (r->parted.n <= PARTED_MOST && any_new(r))
		for (size_t from = 1; from < stride; from++)
			if (!look_at_each(r, target, from, stride))
				break;
	note_new(r, a);
}

static int compare_addresses(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* What this read found and the one before, whose pages nobody may have taken up. */
static const struct page_parted *both_reads(const struct page_reader *r, struct arena *arena)
{
	struct page_parted *p = arena_alloc(arena, sizeof *p);
	size_t before = r->stale.address.n, now = r->fresh.address.n;

	p->uncertain = r->fresh.uncertain || r->stale.uncertain;
	p->n = before + now;
	p->address = arena_array(arena, p->n, sizeof *p->address);
	if (before)
		memcpy(p->address, r->stale.address.item, before * sizeof *p->address);
	if (now)
		memcpy(p->address + before, r->fresh.address.item, now * sizeof *p->address);
	if (p->n)
		qsort(p->address, p->n, sizeof *p->address, compare_addresses);
	return p;
}

void pages_judge_parted(struct page_reader *r, struct page_target *a, struct page_target *b)
{
	struct parted_found old = r->stale;

	r->stale = r->fresh;
	r->fresh = old;
	r->fresh.address.n = 0;
	r->fresh.uncertain = false;
	if (!a->before || !b->before) {
		r->stale.address.n = 0;
		r->stale.uncertain = false;
	}
	if (r->parted.n)
		look_at_all(r, a, b);
	r->parted.n = 0;
	if (r->fresh.uncertain || r->stale.uncertain)
		a->pages->parted = both_reads(r, &a->pages->part.arena);
}
