/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FAMILY_FIRST_H
#define TWINTOP_FAMILY_FIRST_H

#include "twintop/model/family.h"
#include "twintop/proc/root.h"

/* Who is the first of a family, as struct family says it. */
struct family_first {
	pid_t pid;
	struct task_id base;
	unsigned lifted;
	bool top;
};
/*
 * By itself it is that of had (may be NULL) where A is of that family; else A's parent where A runs
 * what that ran when it forked A, a worker; else A. Above that so many generations, as far as there
 * are any.
 */
struct family_first family_first_of(const struct proc_root *root, const struct family *had,
	const struct task_id *a, unsigned generations);
/* The member of had with that number, the living one where it was used again; or FAMILY_NO_PARENT. */
size_t family_first_in(const struct family *had, pid_t pid);
/* Whether member i is that one or below it. */
bool family_is_below(const struct family *had, size_t i, size_t first);

#endif
