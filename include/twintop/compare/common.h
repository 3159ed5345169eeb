/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_COMMON_H
#define TWINTOP_COMPARE_COMMON_H

#include "twintop/model/pair.h"

/* What the Sharing view and the report say of memory in common; texts are static or in the arena.
 */

struct common_fact {
	const char *title, *value, *meaning;
	bool known;
};
/* Resident memory that exists once and is used by both: what the pair's pages say where known. */
uint64_t common_bytes(const struct pair *p);
enum common_fact_kind { COMMON_ONCE, COMMON_FRAMES, COMMON_OTHERS, COMMON_MERGED, COMMON_FACTS };
/* What exists once, frames in both, mapped by others too, merged by KSM. Returns how many. */
size_t common_facts(
	const struct moment *m, struct arena *arena, struct common_fact ret_fact[COMMON_FACTS]);
/* Whether both have the row's memory MAP_SHARED: a write by one shows to the other. */
bool common_is_shared(const struct moment *m, const struct pair_mapping *row);
/* The row's addresses on a side. */
const struct mapping *common_mapping(
	const struct moment *m, const struct pair_mapping *row, unsigned side);
/* "counter", "shmid 3, key 0x000004d2, 2 attached": printable. */
const char *common_object(
	const struct moment *m, const struct pair_mapping *row, struct arena *arena);
/* "4, 2 with others", "4, 1+ with others" where not all were looked up; "?": pages unknown. */
const char *common_pages(
	const struct moment *m, const struct pair_mapping *row, struct arena *arena);

#endif
