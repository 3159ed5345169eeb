/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/lookup.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct lookup {
	struct lookup_rows rows;
};

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct lookup_kind *kind = context;
	const struct lookup_row *x = a, *y = b;
	int order = kind->order(x->key, y->key);
	uintptr_t at = (uintptr_t)x->of, other = (uintptr_t)y->of;

	return order ? order : (at > other) - (at < other);
}

static void lookup_free(struct lookup *l)
{
	if (l)
		VEC_FREE(&l->rows);
	free(l);
}

static struct lookup *make(const struct lookup_kind *kind, const void *part)
{
	struct lookup *l = mem_alloc(sizeof *l);
	size_t n = 0;

	kind->collect(part, &l->rows);
	if (l->rows.n)
		qsort_r(l->rows.item, l->rows.n, sizeof *l->rows.item, compare_rows,
			(void *)(uintptr_t)kind);
	/* What has two things of one key counts once. */
	for (size_t i = 0; i < l->rows.n; i++)
		if (!n || compare_rows(&l->rows.item[n - 1], &l->rows.item[i],
				  (void *)(uintptr_t)kind) != 0)
			l->rows.item[n++] = l->rows.item[i];
	l->rows.n = n;
	return l;
}

/* Who comes second to make it takes the first one's. A sealed part is const to its readers; what
 * can be made of it again is not a part of what it says. */
static const struct lookup *lookup_of(
	const struct lookup_slot *slot, const struct lookup_kind *kind, const void *part)
{
	struct lookup_slot *mutable = (struct lookup_slot *)(uintptr_t)slot;
	struct lookup *found = atomic_load_explicit(&mutable->made, memory_order_acquire);
	struct lookup *own;

	if (found)
		return found;
	own = make(kind, part);
	if (atomic_compare_exchange_strong_explicit(
		    &mutable->made, &found, own, memory_order_acq_rel, memory_order_acquire))
		return own;
	lookup_free(own);
	return found;
}

/* The first row whose key does not stand before key, or that stands behind it. */
static size_t bound(const struct lookup_rows *rows,
	int (*order)(const void *key, const void *other), const void *key, bool behind,
	size_t *compared)
{
	size_t low = 0, high = rows->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int at = order(rows->item[middle].key, key);

		++*compared;
		if (at < 0 || (behind && !at))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct lookup_run lookup_find(const struct lookup_slot *slot, const struct lookup_kind *kind,
	const void *part, int (*order)(const void *key, const void *other), const void *key)
{
	const struct lookup *l = lookup_of(slot, kind, part);
	struct lookup_run run = {0};
	size_t first = bound(&l->rows, order, key, false, &run.compared);

	run.n = bound(&l->rows, order, key, true, &run.compared) - first;
	run.row = run.n ? &l->rows.item[first] : NULL;
	return run;
}

void lookup_release(struct lookup_slot *slot)
{
	lookup_free(atomic_exchange_explicit(&slot->made, NULL, memory_order_acq_rel));
}
