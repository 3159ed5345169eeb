/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/align.h"

enum relation align_relation(const struct snapshot *s)
{
	const struct side *a = &s->side[0], *b = &s->side[1];
	const struct process_info *ia = a->info, *ib = b->info;

	if (a->id.pid == b->id.pid)
		return RELATION_THREADS;
	if (ib && ib->ppid == a->id.pid)
		return RELATION_CHILD;
	if (ia && ia->ppid == b->id.pid)
		return RELATION_PARENT;
	for (size_t i = 0; ia && i < ia->children_n; i++)
		if (ia->children[i] == b->id.pid)
			return RELATION_CHILD;
	/* Orphans that init took in were not born together. */
	if (ia && ib && ia->ppid == ib->ppid && ia->ppid > 1)
		return RELATION_SIBLINGS;
	return RELATION_UNRELATED;
}
