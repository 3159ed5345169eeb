/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/wait_forest.h"

#include <stdlib.h>

#include "twintop/base/vec.h"
#include "twintop/model/thread.h"

VEC_STRUCT(nodes, struct wait_node);

/* By side and place; threads that are in no list behind those that are, by number. */
static int compare_node(const void *a, const void *b)
{
	const struct wait_node *x = a, *y = b;

	if (x->link.side != y->link.side)
		return x->link.side < y->link.side ? -1 : 1;
	if (x->link.index != y->link.index)
		return x->link.index < y->link.index ? -1 : 1;
	return (x->link.tid > y->link.tid) - (x->link.tid < y->link.tid);
}

/* Whom the link leads to, as a node without a wait. */
static struct wait_node owner_node(const struct snapshot *s, const struct wait_link *link)
{
	struct wait_node n = {.link = {.tid = link->wait.owner, .wait = {.fd = -1}}};

	n.known = wait_link_owner(s, link, &n.link.side, &n.link.index);
	if (!n.known) {
		n.link.side = link->side;
		n.link.index = SIZE_MAX;
	}
	return n;
}

static void add_waiters(const struct snapshot *s, unsigned side, struct nodes *out)
{
	const struct thread_list *list = s->side[side].threads;
	struct wait_node n = {.known = true};

	for (size_t i = 0; list && i < list->n; i++) {
		if (!wait_link_of(s, side, i, &n.link))
			continue;
		VEC_PUSH(out, n);
		VEC_PUSH(out, owner_node(s, &n.link));
	}
}

/* Of the nodes of one thread one stays: that which says what it waits for, if there is one. */
static void join_equal(struct nodes *v)
{
	size_t n = 0;

	qsort(v->item, v->n, sizeof *v->item, compare_node);
	for (size_t i = 0; i < v->n; i++) {
		if (!n || compare_node(&v->item[n - 1], &v->item[i]) != 0)
			v->item[n++] = v->item[i];
		else if (v->item[i].link.wait.owner)
			v->item[n - 1] = v->item[i];
	}
	v->n = n;
}

static size_t find_node(const struct wait_forest *f, const struct wait_node *key)
{
	const struct wait_node *found =
		f->n ? bsearch(key, f->node, f->n, sizeof *f->node, compare_node) : NULL;

	return found ? (size_t)(found - f->node) : WAIT_NO_NODE;
}

size_t wait_forest_find(const struct wait_forest *f, unsigned side, size_t index)
{
	for (size_t low = 0, high = f->n; low < high;) {
		size_t middle = low + (high - low) / 2;
		const struct wait_link *at = &f->node[middle].link;

		if (at->side == side && at->index == index)
			return middle;
		if (at->side < side || (at->side == side && at->index < index))
			low = middle + 1;
		else
			high = middle;
	}
	return WAIT_NO_NODE;
}

/* The last of a queue is linked first, so that each begins with its first. */
static void link_queues(const struct snapshot *s, struct wait_forest *f)
{
	for (size_t i = 0; i < f->n; i++)
		f->node[i].owner = f->node[i].first = f->node[i].next = WAIT_NO_NODE;
	for (size_t i = f->n; i-- > 0;) {
		struct wait_node *n = &f->node[i], key;

		if (!n->link.wait.owner)
			continue;
		key = owner_node(s, &n->link);
		n->owner = find_node(f, &key);
		n->next = f->node[n->owner].first;
		f->node[n->owner].first = i;
		f->node[n->owner].queue++;
	}
}

static bool mark_ring(void *context, const struct wait_cycle *c)
{
	struct wait_forest *f = context;

	for (unsigned i = 0; i < c->n; i++)
		f->node[wait_forest_find(f, c->link[i].side, c->link[i].index)].ring = true;
	return true;
}

struct wait_forest wait_forest_of(const struct snapshot *s, struct arena *arena)
{
	struct wait_forest f = {0};
	struct nodes nodes = {0};

	for (unsigned side = 0; side < s->sides; side++)
		if (!side || s->side[0].id.pid != s->side[1].id.pid)
			add_waiters(s, side, &nodes);
	if (nodes.n)
		join_equal(&nodes);
	VEC_MOVE(arena, &nodes, &f.node, &f.n);
	link_queues(s, &f);
	wait_cycles_each(s, mark_ring, &f);
	return f;
}
