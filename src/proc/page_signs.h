/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PAGE_SIGNS_H
#define TWINTOP_PAGE_SIGNS_H

#include "space_watch.h"
#include "twintop/model/snapshot.h"

/*
 * Whether the pages of a process can be others than they were, without looking at each. A page that
 * comes is a fault of one of its threads, or, where another process brings it, more that is
 * resident; one that goes, moves or is protected has CPUs told. What leaves no trace is whether
 * others map a page, too, and marks where no page is.
 */
struct page_signs {
	uint64_t flushes, minor_faults, major_faults;
	uint64_t anonymous, file, shared; /* bytes */
};

/* As a record of the process and its space tell. False: they do not tell it all. */
bool page_signs_take(const struct process_info *info, const struct space_record *space,
	struct page_signs *ret_signs);
bool page_signs_equal(const struct page_signs *a, const struct page_signs *b);
/* Whether no page was on its way when they were read: where it goes to then shows nowhere. */
bool page_signs_suffice(const struct page_map *pages);

#endif
