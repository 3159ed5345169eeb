/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "places.h"

static bool is_on_a_side(const struct snapshot *s, struct task_id id)
{
	for (unsigned side = 0; side < s->sides; side++)
		if (task_id_equal(s->side[side].id, id))
			return true;
	return false;
}

unsigned remembered_place(
	const struct task_id held[2], const struct snapshot *s, struct task_id id, bool *ret_is)
{
	for (unsigned i = 0; i < 2; i++)
		if (task_id_equal(held[i], id)) {
			*ret_is = true;
			return i;
		}
	*ret_is = false;
	return is_on_a_side(s, held[1]) ? 0 : 1;
}
