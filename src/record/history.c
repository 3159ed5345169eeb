/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/history.h"

/* Bytes of m's parts that before (may be NULL) does not hold too. */
static size_t moment_bytes(const struct moment *m, const struct moment *before)
{
	const struct snapshot *s = m->snapshot, *b = before ? before->snapshot : NULL;
	size_t sum = m->part.arena.used_bytes + s->part.arena.used_bytes;

	if (m->pair && (!before || m->pair != before->pair))
		sum += m->pair->part.arena.used_bytes;
	for (unsigned kind = 0; kind < PART_KINDS; kind++) {
		unsigned sides = part_table[kind].scope == PART_OF_SIDE ? s->sides : 1;

		for (unsigned side = 0; side < sides; side++)
			sum += part_bytes((enum part_kind)kind,
				snapshot_part(s, (enum part_kind)kind, side),
				b ? snapshot_part(b, (enum part_kind)kind, side) : NULL);
	}
	return sum;
}

static size_t slot_of(const struct history *h, size_t i)
{
	return (h->first + i) % HISTORY_MOMENTS;
}

/* The next moment then pays for what it shared with the oldest. */
static void drop_oldest(struct history *h)
{
	size_t next = slot_of(h, 1);

	moment_put(h->moment[h->first]);
	h->bytes -= h->cost[h->first];
	h->moment[h->first] = NULL;
	h->first = next;
	h->n--;
	if (!h->n)
		return;
	h->bytes -= h->cost[next];
	h->cost[next] = moment_bytes(h->moment[next], NULL);
	h->bytes += h->cost[next];
}

void history_add(struct history *h, const struct moment *m)
{
	size_t slot;

	if (h->n == HISTORY_MOMENTS)
		drop_oldest(h);
	slot = slot_of(h, h->n);
	h->moment[slot] = moment_get(m);
	h->cost[slot] = moment_bytes(m, h->n ? history_at(h, h->n - 1) : NULL);
	h->bytes += h->cost[slot];
	h->n++;
	while (h->n > 1 && h->bytes > HISTORY_BYTES)
		drop_oldest(h);
}

void history_clear(struct history *h)
{
	while (h->n)
		drop_oldest(h);
}

const struct moment *history_at(const struct history *h, size_t i)
{
	return i < h->n ? h->moment[slot_of(h, i)] : NULL;
}

size_t history_find(const struct history *h, const struct moment *m)
{
	for (size_t i = h->n; i > 0; i--)
		if (history_at(h, i - 1) == m)
			return i - 1;
	return 0;
}
