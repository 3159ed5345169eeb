/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/rates.h"

#include "twintop/base/table.h"

const char *rate_gap_reason(enum rate_gap gap)
{
	static const char *const reason[] = {
		[RATE_FIRST] = "needs two samples",
		[RATE_BACKWARDS] = "its counter went backwards since the sample before",
		[RATE_COARSE] = "clock ticks are coarse: needs a second of samples",
	};
	TABLE_ROWS(reason, RATE_GAPS);

	return gap < RATE_GAPS ? reason[gap] : NULL;
}

const struct thread_rates *rates_thread(
	const struct rates *rates, const struct thread_list *list, size_t i)
{
	struct chunk_place at;

	if (!rates || !list || !rates->seats || rates->seats != list->seats || i >= list->n)
		return NULL;
	at = chunk_place(&rates->seats->layout, i);
	return chunk_at(rates->thread[at.chunk], at.slot);
}

void rates_release(void *part)
{
	struct rates *rates = part;

	for (size_t c = 0; rates->seats && c < rates->seats->layout.chunks; c++)
		chunk_put(rates->thread[c]);
	part_put(rates->seats);
}

size_t rates_bytes(const void *now, const void *before)
{
	const struct rates *a = now, *b = before;
	size_t sum = a->part.arena.held_bytes;

	if (a->seats)
		sum += chunk_own_bytes(a->thread, a->seats->layout.chunks,
			b && b->seats ? b->thread : NULL,
			b && b->seats ? b->seats->layout.chunks : 0);
	return sum;
}
