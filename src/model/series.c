/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/series.h"

#include <string.h>

static bool same_values(const struct series_point *p, const uint64_t value[SERIES_VALUES])
{
	return !memcmp(p->value, value, sizeof p->value);
}

/* Leaves out every other point but the first and the last; what was unknown stays so. */
static void thin(struct series *s)
{
	size_t kept = 0;
	bool gap = false;

	for (size_t i = 0; i < s->n; i++) {
		gap |= s->point[i].gap;
		if (i % 2 && i + 1 < s->n)
			continue;
		s->point[kept] = s->point[i];
		s->point[kept++].gap = gap;
		gap = false;
	}
	s->n = kept;
}

/* Whether the last point was only to stand until a later one comes. */
static bool is_passing(const struct series *s, uint64_t ns)
{
	const struct series_point *last = &s->point[s->n - 1];

	return s->step_ns && s->n > 1 && !s->gap && !last->gap &&
	       ns - s->point[s->n - 2].to_ns < s->step_ns;
}

static void make_room(struct series *s)
{
	uint64_t span = s->point[s->n - 1].to_ns - s->point[0].from_ns;

	if (s->n < SERIES_POINTS)
		return;
	thin(s);
	s->step_ns = span / (SERIES_POINTS / 2);
}

bool series_add(struct series *s, uint64_t ns, const uint64_t value[SERIES_VALUES])
{
	struct series_point *last = s->n ? &s->point[s->n - 1] : NULL;
	struct series_point next = {.from_ns = ns, .to_ns = ns, .gap = s->gap};

	if (last && ns <= last->to_ns)
		return false;
	if (last && !s->gap && same_values(last, value)) {
		last->to_ns = ns;
		return false;
	}
	memcpy(next.value, value, sizeof next.value);
	if (last && is_passing(s, ns)) {
		*last = next;
		return true;
	}
	if (last)
		make_room(s);
	s->point[s->n++] = next;
	s->gap = false;
	return true;
}

void series_break(struct series *s)
{
	s->gap = s->n > 0;
}
