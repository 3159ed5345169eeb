/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_NURSERY_INTERNAL_H
#define TWINTOP_PROC_NURSERY_INTERNAL_H

#include "twintop/proc/nursery.h"

/* The nursery of a root, not begun. */
struct nursery;
struct nursery *nursery_new(const struct proc_root *root, int root_fd);
void nursery_free(struct nursery *n); /* NULL is fine */
/* root.c */
struct nursery *proc_root_nursery(const struct proc_root *root);

#endif
