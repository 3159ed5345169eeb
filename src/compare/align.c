/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/align.h"

#include "twintop/model/family.h"

/* What is known of who forked whom, whoever their parents are by now. */
static enum relation relation_by_birth(const struct snapshot *s)
{
	const struct task_id *a = &s->side[0].id, *b = &s->side[1].id;
	const struct member *ma = family_find(s->family, *a), *mb = family_find(s->family, *b);

	if (mb && task_id_equal(mb->parent_id, *a))
		return RELATION_CHILD;
	if (ma && task_id_equal(ma->parent_id, *b))
		return RELATION_PARENT;
	if (ma && mb && ma->parent_id.pid && task_id_equal(ma->parent_id, mb->parent_id))
		return RELATION_SIBLINGS;
	return RELATION_UNRELATED;
}

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
	return relation_by_birth(s);
}

const char *align_unknown_kin(const struct snapshot *s)
{
	const struct side *young = &s->side[s->side[1].id.start_ticks >= s->side[0].id.start_ticks];
	const struct side *old = young == &s->side[1] ? &s->side[0] : &s->side[1];
	const struct process_info *y = young->info, *o = old->info;

	if (!y || !o || !value_state_has_value(y->source[PROCESS_STAT]) || y->execed ||
		y->ppid > 1 || !y->exe.len || !text_equal(y->exe, o->exe))
		return NULL;
	return "its parent is process 1, which takes in orphans: who forked it was not seen";
}
