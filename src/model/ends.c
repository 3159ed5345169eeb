/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/ends.h"

void told_ends_add(struct told_ends *ends, struct told_end end)
{
	ends->end[ends->n++ % ENDS_MOST] = end;
}

const struct told_end *told_ends_find(const struct told_ends *ends, pid_t pid, uint64_t since_ns)
{
	for (size_t i = ends->n > ENDS_MOST ? ends->n - ENDS_MOST : 0; i < ends->n; i++) {
		const struct told_end *end = &ends->end[i % ENDS_MOST];

		if (end->pid == pid && end->monotonic_ns >= since_ns)
			return end;
	}
	return NULL;
}
