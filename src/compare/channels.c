/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/channels.h"

#include <string.h>

#include "channels_internal.h"

struct channel channel_make(const char *kind, enum channel_direction direction)
{
	return (struct channel){.kind = kind,
		.a_fd = -1,
		.b_fd = -1,
		.direction = direction,
		.waiting_state = {VALUE_NONE, VALUE_NONE}};
}

bool channel_direction_of(
	bool a_sends, bool a_receives, bool b_sends, bool b_receives, enum channel_direction *ret)
{
	bool to_b = a_sends && b_receives, to_a = b_sends && a_receives;

	if (!to_a && !to_b)
		return false;
	*ret = to_a && to_b ? CHANNEL_BOTH : to_b ? CHANNEL_A_TO_B : CHANNEL_B_TO_A;
	return true;
}

void channels_find(const struct snapshot *s, struct pair *p)
{
	/* Two threads have one table of descriptors: what it holds joins the process to itself. */
	static void (*const of_descriptors[])(struct channel_search *) = {
		channels_find_fds, channels_find_sockets};
	static void (*const others[])(struct channel_search *) = {channels_find_memory,
		channels_find_sysv, channels_find_futexes, channels_find_locks,
		channels_find_control};
	struct channel_list list = {0};
	struct channel_search search = {
		s, p, &s->side[0], &s->side[1], &p->part.arena, &list, false};

	for (size_t i = 0; p->relation != RELATION_THREADS && i < 2; i++)
		of_descriptors[i](&search);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		others[i](&search);
	p->ofd_untold = search.ofd_untold;
	p->channels_n = list.n;
	p->channel = arena_array(&p->part.arena, list.n, sizeof *p->channel);
	if (list.n)
		memcpy(p->channel, list.item, list.n * sizeof *list.item);
	VEC_FREE(&list);
}
