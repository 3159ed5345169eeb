/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How one mapping eroded: of the moments that are kept, each looked at once. */
#include <string.h>

#include "memory_internal.h"
#include "twintop/compare/copies.h"
#include "twintop/record/history.h"

void memory_trace_clear(struct memory_trace *t)
{
	part_put(t->erosion);
	part_put(t->verdicts);
	*t = (struct memory_trace){0};
}

/* What grows downwards is known by its end: see mapping_id() of the view. */
static uint64_t anchor_of(const struct list_row *row)
{
	uint64_t id = row->index[0] >= 0 ? row->id[0] : row->id[1];

	return id & 1 ? id - 2 : id;
}

/* The row of both that holds an address; NULL: there is none. */
static const struct pair_mapping *row_at(const struct verdicts *v, uint64_t address)
{
	size_t low = 0, high = v->mappings_n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->mapping[mid].start <= address)
			low = mid + 1;
		else
			high = mid;
	}
	while (low-- > 0) {
		const struct pair_mapping *row = &v->mapping[low];

		if (row->a >= 0 && row->b >= 0)
			return row->end > address ? row : NULL;
	}
	return NULL;
}

static void look(struct memory_trace *t, const struct moment *m)
{
	const struct snapshot *s = m->snapshot;
	const struct pair_mapping *row;

	t->seen_ns = s->monotonic_ns;
	if (!m->pair || !s->erosion || s->erosion->since_ns != t->since_ns) {
		erosion_track_break(&t->track);
		return;
	}
	if (s->side[0].ending.ended || s->side[1].ending.ended) {
		erosion_track_end(&t->track);
		return;
	}
	row = erosion_shows(s, m->pair) ? row_at(m->pair->verdicts, t->anchor) : NULL;
	if (!row || row->state == ROW_UNKNOWN)
		erosion_track_break(&t->track);
	else
		erosion_track_look(&t->track, copies_read_ns(s), row->pages.cow_shared,
			row->pages.copied, erosion_apart_ns(s));
}

/* All that were kept since it looked last, up to that moment. */
static void look_back(struct memory_trace *t, const struct history *h, uint64_t until_ns)
{
	size_t i = h && t->next > h->gone ? (size_t)(t->next - h->gone) : 0;

	for (; h && i < h->n; i++) {
		uint64_t ns = history_at(h, i)->snapshot->monotonic_ns;
		const struct moment *m;

		if (ns > until_ns)
			break;
		if (ns > t->seen_ns) {
			m = history_get_rows(h, i);
			look(t, m);
			moment_put(m);
		}
		t->next = h->gone + i + 1;
	}
}

/* Whether m has nothing to show of any mapping that was not looked at. */
static bool is_same(const struct memory_trace *t, const struct moment *m)
{
	return t->erosion == m->snapshot->erosion && t->verdicts == m->pair->verdicts;
}

static void hold(struct memory_trace *t, const struct moment *m)
{
	const struct erosion *erosion = part_get(m->snapshot->erosion);
	const struct verdicts *verdicts = part_get(m->pair->verdicts);

	part_put(t->erosion);
	part_put(t->verdicts);
	t->erosion = erosion;
	t->verdicts = verdicts;
}

void memory_trace_follow(
	struct memory_trace *t, const struct view_env *env, const struct list_row *row)
{
	const struct moment *m = env->moment;
	uint64_t anchor = anchor_of(row), since_ns = m->snapshot->erosion->since_ns;
	uint64_t now_ns = m->snapshot->monotonic_ns;

	if (!t->erosion || t->anchor != anchor || t->since_ns != since_ns || now_ns < t->seen_ns) {
		memory_trace_clear(t);
		t->anchor = anchor;
		t->since_ns = since_ns;
	} else if (is_same(t, m)) {
		return;
	}
	hold(t, m);
	look_back(t, env->history, now_ns);
	if (t->seen_ns < now_ns)
		look(t, m);
}
