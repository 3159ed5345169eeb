/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_WAIT_FOREST_H
#define TWINTOP_MODEL_WAIT_FOREST_H

#include "twintop/model/wait_graph.h"

#define WAIT_NO_NODE SIZE_MAX

/* A thread that waits for what another one has, or that has what others wait for. */
struct wait_node {
	struct wait_link link; /* wait.owner 0: it waits for nobody */
	bool known;	       /* it is in the side's threads, at link.index */
	bool ring;	       /* it stands in a ring of at most WAIT_CYCLE_MOST */
	size_t owner;	       /* the node that it waits for; WAIT_NO_NODE: none */
	size_t queue;	       /* nodes that wait for it */
	size_t first, next;    /* the first of these; the next one of who waits with it */
};

/* All of a moment, by side and place in its list; the queues in the same order. */
struct wait_forest {
	size_t n;
	struct wait_node *node;
};
/* Into the arena; of two moments or two machines each side is for itself. */
struct wait_forest wait_forest_of(const struct snapshot *s, struct arena *arena);
/* The node of a thread; WAIT_NO_NODE: it has none. */
size_t wait_forest_find(const struct wait_forest *f, unsigned side, size_t index);

#endif
