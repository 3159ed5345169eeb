/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FIGURES_INTERNAL_H
#define TWINTOP_FIGURES_INTERNAL_H

#include "twintop/view/view.h"

/* What key figures show: as struct view_figure asks, all of them of env's moment alone. */
typedef struct value figure_get(const void *view, const struct view_env *env, unsigned side);

/* Threads of a side that run, and that do not. */
figure_get figure_running, figure_asleep;
/* Bytes of the stack that is used most now, and of the one that was ever. */
figure_get figure_stack_used, figure_stack_deepest;
/* Pages that a pair shares since the fork, and that were copied; in bytes. */
figure_get figure_cow_pages, figure_copied_pages, figure_cow_bytes, figure_copied_bytes;
/* Items of the card that are shared, and that are known. */
figure_get figure_shared_items, figure_known_items;
figure_get figure_channels;
/* Open descriptors; those of a pair that are one description. */
figure_get figure_fds, figure_same_descriptions;
/* Signals that are caught, pending, and that some thread blocks. */
figure_get figure_caught, figure_pending, figure_blocked;

/* A count of a pair's pages, or why there is none. */
struct value figure_of_pages(const struct view_env *env, uint64_t pages);

#endif
