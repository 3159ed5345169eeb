/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_ALIGN_H
#define TWINTOP_COMPARE_ALIGN_H

#include "twintop/model/pair.h"

/* Relation of B to A from their process records and the shares. */
enum relation align_relation(const struct snapshot *s);
/*
 * Which mapping stands beside which, by address: equal backing at overlapping
 * addresses first, else the same file and offset, else alone. Fills p->mapping
 * (state and pages still to be judged by cow).
 */
void align_mappings(const struct memory_map *a, const struct memory_map *b, struct pair *p);
/* Threads by name and order of birth; descriptors by description, else number. */
void align_threads(const struct snapshot *s, struct pair *p);
void align_fds(const struct snapshot *s, struct pair *p);
/* By what mechanism the row's pages are or could be shared. */
enum mechanism align_mechanism(const struct mapping *a, const struct mapping *b);

#endif
