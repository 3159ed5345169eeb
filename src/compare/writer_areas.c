/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each place wrote of each mapping: counted when a fault is told, as the mappings were then.
 */
#include <stdlib.h>

#include "writers_internal.h"

/* The mapping of a deed, or its pages alone where none is known. */
struct bounds {
	uint64_t start, end;
};

static uint64_t last_page(const struct writer_table *t, const struct writer_deed *deed)
{
	return deed->address + (deed->pages - 1) * t->page_size;
}

static struct bounds bounds_of(const struct writer_table *t, const struct writer_deed *deed)
{
	ptrdiff_t at = deed->memory ? memory_find(deed->memory, deed->address) : -1;

	if (at < 0)
		return (struct bounds){deed->address, last_page(t, deed) + t->page_size};
	return (struct bounds){deed->memory->mapping[at].start, deed->memory->mapping[at].end};
}

static bool is_within(const struct writer_area *area, size_t site, struct bounds b)
{
	return area->writer == site && area->low >= b.start && area->high < b.end;
}

/* The area of a place in a mapping, however that has grown; NULL: there is no room for another. */
static struct writer_area *area_of(
	struct writer_table *t, size_t site, const struct writer_deed *deed)
{
	struct bounds b = bounds_of(t, deed);
	size_t *last = &t->site.item[site].area;

	if (*last < t->area.n && is_within(&t->area.item[*last], site, b))
		return &t->area.item[*last];
	for (*last = 0; *last < t->area.n; ++*last)
		if (is_within(&t->area.item[*last], site, b))
			return &t->area.item[*last];
	if (t->area.n >= WRITER_AREAS_MOST)
		return NULL;
	VEC_PUSH(&t->area, (struct writer_area){.pid = deed->fault->pid,
				   .writer = (uint32_t)site,
				   .low = deed->address,
				   .high = last_page(t, deed)});
	return &t->area.item[*last];
}

void writer_areas_count(struct writer_table *t, size_t site, const struct writer_deed *deed)
{
	struct writer_area *area = area_of(t, site, deed);
	uint64_t pages = deed->counts;

	t->areas_forgetful |= !area;
	if (!area)
		return;
	area->low = deed->address < area->low ? deed->address : area->low;
	area->high = last_page(t, deed) > area->high ? last_page(t, deed) : area->high;
	*(deed->copied ? &area->copied : &area->touched) += pages;
	if (deed->fault->time_ns < area->last_ns)
		return;
	area->last_ns = deed->fault->time_ns;
	area->last_tid = deed->fault->tid;
}

static int by_place(const void *a, const void *b)
{
	const struct writer_area *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return (x->writer > y->writer) - (x->writer < y->writer);
}

void writer_areas_fill(const struct writer_table *t, struct writers *w)
{
	size_t n = t->area.n;
	struct writer_area *area = arena_array(&w->part.arena, n, sizeof *area);

	for (size_t i = 0; i < n; i++)
		area[i] = t->area.item[i];
	if (n)
		qsort(area, n, sizeof *area, by_place);
	for (size_t i = 0; i < n; i++) {
		area[i].reach = area[i].high;
		if (i && area[i - 1].pid == area[i].pid && area[i - 1].reach > area[i].reach)
			area[i].reach = area[i - 1].reach;
	}
	w->area = area;
	w->areas_n = n;
	w->areas_forgetful = t->areas_forgetful;
}
