/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_MARKS_H
#define TWINTOP_COMPARE_MARKS_H

#include "twintop/model/snapshot.h"

/*
 * Which mappings hold the stacks of which threads, and which guard them: where the threads' stacks
 * are known. A coroutine's stack in a heap leaves it a heap; of two in one mapping the first has
 * it. before (may be NULL): the previous marks of the side, given once more where they would be the
 * same. A part with a reference for the caller, or NULL where there is nothing to tell.
 */
const struct mapping_marks *marks_find(const struct memory_map *memory,
	const struct thread_list *threads, const struct mapping_marks *before);

#endif
