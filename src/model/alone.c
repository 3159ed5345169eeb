/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/alone.h"

#include <string.h>

#include "twintop/base/clock.h"

static void get_all(const struct part **part, size_t n)
{
	for (size_t i = 0; i < n; i++)
		part_get(part[i]);
}

/* All but the part itself, whose references and memory are each one's own. */
static void copy_members(struct snapshot *s, const struct snapshot *of)
{
	const size_t from = sizeof s->part;

	memcpy((char *)s + from, (const char *)of + from, sizeof *s - from);
}

const struct moment *moment_alone(const struct moment *m)
{
	struct snapshot *s = snapshot_new();

	copy_members(s, m->snapshot);
	s->sides = s->sides ? 1 : 0;
	memset(&s->side[s->sides], 0, (2 - s->sides) * sizeof *s->side);
	memset(s->pair_part, 0, sizeof s->pair_part);
	memset(s->pair_read_ns, 0, sizeof s->pair_read_ns);
	s->copies = (struct copy_rate){.gap = RATE_FIRST};
	s->events = NULL;
	s->alone = NULL;
	get_all(s->side[0].part, s->sides ? SIDE_PARTS : 0);
	get_all(s->host_part, HOST_PARTS);
	part_seal(&s->part, clock_thread_cpu_ns(), 0);
	return moment_new(s, NULL);
}
