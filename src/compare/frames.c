/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/frames.h"

#include "twintop/model/frames.h"

#define NEEDS_FRAMES "needs frame numbers: CAP_SYS_ADMIN"

/* Frames that were looked up, and those of them that others map, too: asked for page by page. */
struct looked_up {
	struct frame_set all, of_others;
};

static struct looked_up looked_up_of(const struct frame_counts *counts)
{
	struct looked_up l = {0};

	for (size_t i = 0; i < counts->n; i++) {
		frame_set_add(&l.all, counts->frame[i]);
		if (counts->others[i] > 0)
			frame_set_add(&l.of_others, counts->frame[i]);
	}
	return l;
}

/* A's pages within the row's addresses whose frame B maps somewhere, too. */
static void count_row(
	const struct page_map *a, const struct looked_up *counts, struct pair_mapping *row)
{
	const struct mapping *m = &a->memory->mapping[row->a];
	uint64_t start = row->start > m->start ? row->start : m->start;
	uint64_t end = row->end < m->end ? row->end : m->end;

	for (size_t i = page_map_first_run(a, start); i < a->runs_n && a->run[i].start < end; i++) {
		const struct page_run *run = &a->run[i];
		size_t k = start > run->start ? (start - run->start) / a->page_size : 0;

		for (; k < run->n && run->start + k * a->page_size < end; k++) {
			uint64_t frame = frame_of_entry(run->entry[k]);

			row->counted_pages += frame && frame_set_has(&counts->all, frame);
			row->others_pages += frame && frame_set_has(&counts->of_others, frame);
		}
	}
}

static void set_unknown(struct pair_frames *f, enum value_state state, const char *reason)
{
	f->state = f->counts_state = state;
	f->reason = f->counts_reason = reason;
}

static const char *why_no_pages(enum value_state state)
{
	if (state == VALUE_DENIED)
		return "needs ptrace read access to both";
	return value_state_has_value(state) || state == VALUE_UNREAD ? "pages of both were not read"
								     : value_state_reason(state);
}

/* Why nothing at all can be said of frames; false when something can. */
static bool explain_unknown(const struct pair *p, const struct verdicts *v,
	const struct page_map *a, const struct page_map *b, struct pair_frames *f)
{
	if (p->one_space)
		set_unknown(f, VALUE_NONE, "one address space: all frames are common");
	else if (!value_state_has_value(p->space_state))
		set_unknown(f, p->space_state, PAIR_SPACE_UNKNOWN);
	else if (!a || !b || !value_state_has_value(v->pages_state))
		set_unknown(f,
			value_state_has_value(v->pages_state) ? VALUE_UNREAD : v->pages_state,
			why_no_pages(v->pages_state));
	else if (!v->pages_exact)
		set_unknown(f, VALUE_DENIED, NEEDS_FRAMES);
	else
		return false;
	return true;
}

static void take_counts(
	const struct page_map *a, const struct frame_counts *counts, struct verdicts *v)
{
	struct pair_frames *f = &v->frames;
	struct looked_up looked_up;

	f->counts_state = counts ? counts->state : VALUE_UNREAD;
	if (!value_state_has_value(f->counts_state)) {
		f->counts_reason = counts ? "needs /proc/kpagecount: CAP_SYS_ADMIN"
					  : value_state_reason(VALUE_UNREAD);
		return;
	}
	looked_up = looked_up_of(counts);
	f->counted = counts->n;
	f->others = looked_up.of_others.n;
	for (size_t i = 0; i < v->mappings_n; i++) {
		v->mapping[i].counted_pages = v->mapping[i].others_pages = 0;
		if (v->mapping[i].a >= 0)
			count_row(a, &looked_up, &v->mapping[i]);
	}
	frame_set_free(&looked_up.all);
	frame_set_free(&looked_up.of_others);
}

static void count_common(const struct page_map *a, const struct page_map *b, struct pair_frames *f)
{
	struct frame_set set = {0};

	frame_set_add_pages(&set, a);
	f->common = frame_set_take_common(&set, b, NULL);
	frame_set_free(&set);
}

void frames_compare(const struct snapshot *s, const struct pair *p, struct verdicts *v)
{
	const struct page_map *a = s->side[0].pages, *b = s->side[1].pages;
	const struct frame_counts *counts;

	v->frames = (struct pair_frames){.state = VALUE_KNOWN};
	if (explain_unknown(p, v, a, b, &v->frames))
		return;
	counts = frame_counts_of(a, b);
	take_counts(a, counts, v);
	if (counts && value_state_has_value(counts->state))
		v->frames.common = counts->common;
	else if (!v->fork_related)
		count_common(a, b, &v->frames);
	else
		v->frames = (struct pair_frames){.state = VALUE_UNREAD,
			.reason = "fork relatives: pages at equal addresses answer it",
			.counts_state = v->frames.counts_state,
			.counts_reason = v->frames.counts_reason};
}
