/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk.h"

void walk_begin(struct walk *w)
{
	w->at = 0;
	for (int i = 0; i < 2; i++) {
		struct walk_side *s = &w->side[i];

		s->run = s->pages ? page_map_first_run(s->pages, s->start) : 0;
	}
}

/* What a side has next at or above at, in the walk's addresses; start UINT64_MAX when nothing. */
static void side_next(struct walk_side *s, uint64_t at, uint64_t *ret_start, uint64_t *ret_end)
{
	*ret_start = *ret_end = UINT64_MAX;
	for (; s->pages && s->run < s->pages->runs_n; s->run++) {
		const struct page_run *run = &s->pages->run[s->run];
		uint64_t start = run->start > s->start ? run->start : s->start;
		uint64_t end = page_map_run_end(s->pages, s->run);

		if (end > s->end)
			end = s->end;
		if (start >= end)
			return;
		if (end - s->shift <= at)
			continue;
		*ret_start = start - s->shift;
		*ret_end = end - s->shift;
		return;
	}
}

bool walk_next(struct walk *w, struct walk_piece *ret_piece)
{
	uint64_t start[2], end[2], from, to = UINT64_MAX;

	for (int i = 0; i < 2; i++)
		side_next(&w->side[i], w->at, &start[i], &end[i]);
	from = start[0] < start[1] ? start[0] : start[1];
	if (from == UINT64_MAX)
		return false;
	if (from < w->at)
		from = w->at;
	ret_piece->start = from;
	for (int i = 0; i < 2; i++) {
		const struct walk_side *s = &w->side[i];
		uint64_t border = start[i] <= from ? end[i] : start[i];

		if (border < to)
			to = border;
		ret_piece->entry[i] = NULL;
		if (start[i] <= from)
			ret_piece->entry[i] =
				s->pages->run[s->run].entry +
				(from + s->shift - s->pages->run[s->run].start) / w->page_size;
	}
	ret_piece->n = (to - from) / w->page_size;
	w->at = to;
	return true;
}
