/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_PLACES_H
#define TWINTOP_COMPARE_PLACES_H

#include "twintop/model/snapshot.h"

/*
 * What is remembered from moment to moment is so of two processes, however they change sides. Which
 * of the two places is that one's: *ret_is where it has one already, else one whose process stands
 * on no side of s.
 */
unsigned remembered_place(
	const struct task_id held[2], const struct snapshot *s, struct task_id id, bool *ret_is);

#endif
