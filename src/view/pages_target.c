/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "honesty_internal.h"
#include "pages_internal.h"
#include "twintop/draw/mark.h"

#define FLASH_MAX 4096 /* more at once say no more */

const struct page_target *pages_target(const struct pages *p)
{
	return p->at < p->target.n ? &p->target.item[p->at] : NULL;
}

static const struct memory_map *memory_of(const struct view_env *env, unsigned side)
{
	return side < panes_sides(env->moment) ? env->moment->snapshot->side[side].memory : NULL;
}

const struct pair *pages_pair(const struct view_env *env)
{
	const struct pair *p = env->moment ? env->moment->pair : NULL;

	return p && pair_judged(p) && p->verdicts->mappings_n ? p : NULL;
}

const struct mapping *pages_mapping(
	const struct view_env *env, const struct page_target *t, unsigned side)
{
	const struct memory_map *m = memory_of(env, side);

	return m && t->index[side] >= 0 && (size_t)t->index[side] < m->n
		       ? &m->mapping[t->index[side]]
		       : NULL;
}

enum mapping_kind pages_kind(const struct view_env *env, const struct page_target *t, unsigned side)
{
	return side_mapping_kind(&env->moment->snapshot->side[side], (size_t)t->index[side]);
}

bool pages_matches(const struct view_env *env, const struct page_target *t, const char *text)
{
	struct textbuf b = {0};
	bool found;

	for (unsigned side = 0; side < 2; side++) {
		const struct mapping *m = pages_mapping(env, t, side);

		if (!m)
			continue;
		textbuf_addf(&b, "%" PRIx64 " %s ", m->start,
			mapping_kind_info[pages_kind(env, t, side)].title);
		text_printable(&b, m->path);
		textbuf_adds(&b, "\n");
	}
	found = b.bytes && strcasestr(b.bytes, text);
	textbuf_free(&b);
	return found;
}

uint64_t pages_size(const struct pages *p)
{
	return side_host(p->moment->snapshot, 0)->page_size;
}

/* The pages of a side's mapping; NULL: none such, or not known. */
static const struct page_counts *counts_of(
	const struct view_env *env, const struct page_target *t, unsigned side)
{
	if (!pages_mapping(env, t, side))
		return NULL;
	return side_mapping_pages(&env->moment->snapshot->side[side], (size_t)t->index[side]);
}

static void add_target(struct pages *p, const struct view_env *env, struct page_target t)
{
	const struct page_counts *a = counts_of(env, &t, 0), *b = counts_of(env, &t, 1);

	if ((a && a->resident + a->swapped) || (b && b->resident + b->swapped))
		if (!p->filter || pages_matches(env, &t, p->filter))
			VEC_PUSH(&p->target, t);
}

static void list_targets(struct pages *p, const struct view_env *env)
{
	const struct pair *pair = pages_pair(env);
	const struct memory_map *m = memory_of(env, 0);

	p->target.n = 0;
	if (pair)
		for (size_t i = 0; i < pair->verdicts->mappings_n; i++) {
			const struct pair_mapping *row = &pair->verdicts->mapping[i];

			add_target(p, env,
				(struct page_target){
					row->start, row->end, {row->a, row->b}, (ptrdiff_t)i});
		}
	else if (m && page_map_known(env->moment->snapshot->side[0].pages))
		for (size_t i = 0; i < m->n; i++)
			add_target(p, env,
				(struct page_target){
					m->mapping[i].start, m->mapping[i].end, {(int)i, -1}, -1});
}

/* How much there is to see: what was copied, then what still may be, then what is there. */
static uint64_t interest(const struct view_env *env, const struct page_target *t)
{
	unsigned side = t->index[0] < 0;
	const struct mapping *m = pages_mapping(env, t, side);
	const struct page_counts *counts = counts_of(env, t, side);
	const struct pair *pair = pages_pair(env);
	uint64_t score;

	if (!counts || (m->flags & MAPPING_SHARED) || !(m->flags & MAPPING_WRITE))
		return 0;
	score = counts->anonymous + 1;
	if (pair && t->row >= 0)
		score += pair->verdicts->mapping[t->row].pages.copied * 4 +
			 pair->verdicts->mapping[t->row].pages.cow_shared * 4;
	return m->kind == MAPPING_ANONYMOUS || m->kind == MAPPING_HEAP || m->kind == MAPPING_BSS ||
			       m->kind == MAPPING_DATA
		       ? score * 2
		       : score;
}

static size_t most_interesting(const struct pages *p, const struct view_env *env)
{
	size_t best = 0;

	for (size_t i = 1; i < p->target.n; i++)
		if (interest(env, &p->target.item[i]) > interest(env, &p->target.item[best]))
			best = i;
	return best;
}

/* The mapping that begins at address, else the one that holds it, else target.n. */
static size_t target_at(const struct pages *p, uint64_t address)
{
	size_t found = p->target.n;

	for (size_t i = 0; i < p->target.n; i++) {
		const struct page_target *t = &p->target.item[i];

		if (t->start == address)
			return i;
		if (address > t->start && address < t->end)
			found = i;
	}
	return found;
}

void pages_select(struct pages *p, size_t at)
{
	const struct page_target *t;

	if (!p->target.n)
		return;
	p->at = at < p->target.n ? at : p->target.n - 1;
	t = pages_target(p);
	if (t->start == p->start)
		return;
	p->start = t->start;
	p->cursor = 0;
	p->zoom = -1;
	p->flash.n = 0;
}

static void reselect(struct pages *p, const struct view_env *env)
{
	size_t at = p->start ? target_at(p, p->start) : p->target.n;
	uint64_t cursor = p->cursor;
	int zoom = p->zoom;

	if (env->focus && env->focus->address && env->focus->address != p->focus) {
		p->focus = env->focus->address;
		if (target_at(p, p->focus) < p->target.n) {
			pages_select(p, target_at(p, p->focus));
			p->looked_at = p->focus;
			return;
		}
	}
	if (at == p->target.n) {
		pages_select(p, most_interesting(p, env));
		return;
	}
	pages_select(p, at);
	/* A stack that grew begins elsewhere: the eye stays where it was. */
	p->cursor = cursor;
	p->zoom = zoom;
}

static void find_fresh(struct pages *p, const struct view_env *env, const struct page_target *t)
{
	const struct pair *pair = pages_pair(env);

	if (!pair || !pair->verdicts->pages.fresh)
		return;
	for (size_t i = 0; i < pair->verdicts->verdict_runs_n; i++) {
		const struct verdict_run *run = &pair->verdicts->verdict_run[i];

		if (run->start >= t->end ||
			run->start + run->n * pair->verdicts->page_size <= t->start)
			continue;
		for (size_t k = 0; k < run->n && p->flash.n < FLASH_MAX; k++)
			if (run->verdict[k] & VERDICT_FRESH)
				VEC_PUSH(&p->flash,
					(struct page_flash){
						run->start + k * pair->verdicts->page_size,
						env->now_ns});
	}
}

/* Forgets the flashes that are over and takes up those of a new read of the pages. */
static void update_flashes(struct pages *p, const struct view_env *env)
{
	const struct page_target *t = pages_target(p);
	uint64_t read_ns = 0;
	size_t kept = 0;

	for (size_t i = 0; i < p->flash.n; i++)
		if (env->now_ns - p->flash.item[i].when_ns < mark_ns(env->lecture))
			p->flash.item[kept++] = p->flash.item[i];
	p->flash.n = kept;
	for (unsigned side = 0; side < 2; side++) {
		const struct page_map *pages = side < panes_sides(env->moment)
						       ? env->moment->snapshot->side[side].pages
						       : NULL;

		if (pages && pages->part.end_ns > read_ns)
			read_ns = pages->part.end_ns;
	}
	if (read_ns == p->read_ns || !t)
		return;
	p->read_ns = read_ns;
	find_fresh(p, env, t);
}

void pages_update(struct pages *p, const struct view_env *env)
{
	if (!env->moment)
		return;
	list_targets(p, env);
	reselect(p, env);
	update_flashes(p, env);
	moment_get(env->moment);
	moment_put(p->moment);
	p->moment = env->moment;
}
