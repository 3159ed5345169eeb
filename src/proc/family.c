/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process and its descendants as a reader. All of them are looked at in each read; their pages in
 * turn, so that a read takes no longer than its share: each member's figures say when they were
 * read.
 */
#include "family_internal.h"

#include <stdlib.h>

#include "family_first.h"
#include "twintop/base/clock.h"
#include "twintop/model/same.h"
#include "twintop/proc/identity.h"

#define AGE_NS 1000000000u /* figures that are the same are read anew so seldom */

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct family_reader *r = mem_alloc(sizeof *r);

	*r = (struct family_reader){.context = *context};
	host_read(&r->host);
	*ret_reader = r;
	return 0;
}

static void close_reader(void *reader)
{
	struct family_reader *r = reader;

	if (!r)
		return;
	page_reader_free(r->pages);
	part_put(r->given);
	part_put(r->newest);
	family_forget_round(r);
	VEC_FREE(&r->round);
	family_titles_free(&r->titles);
	free(r);
}

/* ---- all of it --------------------------------------------------------------- */

static void sum_up(const struct family_reader *r, struct family *f)
{
	bool frames_known = true;

	for (size_t i = 0; i < f->n; i++) {
		const struct member *m = &f->member[i];

		if (m->ended) {
			f->ended++;
			continue;
		}
		f->living++;
		if (!value_state_has_value(m->pages.state))
			continue;
		f->counted++;
		f->resident += m->pages.resident;
		frames_known &= m->pages.frames_known;
	}
	/* What was counted together stands together. */
	if (r->last_begun_ns)
		f->resident = r->last_resident;
	f->distinct = r->last_distinct;
	f->totals_ns = r->last_begun_ns;
	f->distinct_state = !frames_known				  ? VALUE_DENIED
			    : f->counted < f->living || !r->last_distinct ? VALUE_UNREAD
									  : VALUE_KNOWN;
}

static bool is_same_pages(const struct member_pages *a, const struct member_pages *b)
{
	return a->state == b->state && a->frames_known == b->frames_known &&
	       a->resident == b->resident && a->own == b->own && a->private == b->private &&
	       a->kept == b->kept && a->beside_state == b->beside_state && a->shared == b->shared &&
	       a->copied == b->copied && b->read_ns - a->read_ns < AGE_NS;
}

static bool is_same_member(const struct member *a, const struct member *b)
{
	return task_id_equal(a->id, b->id) && a->ppid == b->ppid && a->parent == b->parent &&
	       text_equal(a->comm, b->comm) && text_equal(a->title, b->title) &&
	       a->state == b->state && a->execed == b->execed && a->threads == b->threads &&
	       a->moves.cpu_ticks == b->moves.cpu_ticks && a->fds_state == b->fds_state &&
	       a->fds == b->fds && a->ended == b->ended && a->status_state == b->status_state &&
	       a->status == b->status && is_same_pages(&a->pages, &b->pages);
}

/* Whether nothing else than the time of reading is another one. */
static bool is_same(const struct family *had, const struct family *now)
{
	if (!had || had->n != now->n || had->forgotten != now->forgotten ||
		had->lifted != now->lifted || had->top != now->top ||
		had->distinct != now->distinct || had->resident != now->resident ||
		now->totals_ns - had->totals_ns >= AGE_NS ||
		had->distinct_state != now->distinct_state || had->part.state != now->part.state)
		return false;
	for (size_t i = 0; i < now->n; i++)
		if (!is_same_member(&had->member[i], &now->member[i]))
			return false;
	return true;
}

/* What was told of the members' pages was told beside another first one's. */
static void begin_anew(struct family_reader *r, struct family_members *list)
{
	family_forget_round(r);
	r->last_distinct = r->last_begun_ns = r->first_cost_ns = 0;
	r->greeted = false;
	r->credit_ns = 0;
	for (size_t i = 0; i < list->n; i++)
		if (!list->item[i].ended)
			list->item[i].pages = (struct member_pages){.state = VALUE_UNREAD};
}

/* What is known of the family that was handed out: more than that says, where ages alone differed.
 */
static const struct family *newest(const struct family_reader *r, const struct family *had)
{
	return had && had == r->given ? r->newest : had;
}

/* The one to hand out, in place of what the reader was given. */
static const struct family *hand_out(
	struct family_reader *r, const struct family *had, const struct family *now)
{
	part_put(r->given);
	part_put(r->newest);
	r->newest = part_get(now);
	r->given = part_get(same_kept(had, now, is_same(had, now)));
	return r->given;
}

static bool is_there(const struct family_reader *r, struct task_id id)
{
	struct identity_stat stat;

	return id.pid && !identity_stat_read(r->context.root, id.pid, &stat) &&
	       stat.start_ticks == id.start_ticks;
}

/* A; or B where A is not to be read, or is gone and of no family that is known. */
static const struct reader_side *who_leads(
	const struct family_reader *r, const struct reader_job *job, const struct family *had)
{
	const struct reader_side *a = &job->side[0], *b = &job->side[1];

	if (!b->id.pid || (a->id.pid && (family_find(had, a->id) || is_there(r, a->id))))
		return a;
	return b;
}

static void read_family(void *reader, struct reader_job *job)
{
	struct family_reader *r = reader;
	const struct family *had = newest(r, job->host_had.family);
	const struct reader_side *side = who_leads(r, job, had);
	uint64_t begin = clock_thread_cpu_ns();
	struct family *f = part_make(PART_FAMILY);
	struct family_members list = {0};
	struct family_first first;
	int error;

	r->job = job;
	had = family_find(had, side->id) && !family_has_left(r, had, &side->id) ? had : NULL;
	first = family_first_of(r->context.root, had, &side->id, job->generations);
	family_told_open(&r->told, job->told);
	error = family_list(r, f, had, &first, &list);
	family_told_close(&r->told);
	if (!error) {
		if (!task_id_equal(r->first, list.item[0].id))
			begin_anew(r, &list);
		family_read_pages(r, job, &list);
		r->first = list.item[0].id;
		family_order(list.item, list.n);
		family_read_titles(r, f, &list);
	}
	f->base = first.base;
	f->lifted = first.lifted;
	f->top = first.top;
	f->page_size = r->host.page_size;
	VEC_MOVE(&f->part.arena, &list, &f->member, &f->n);
	sum_up(r, f);
	part_seal(&f->part, begin, error);
	job->host.family = hand_out(r, had ? job->host_had.family : NULL, f);
}

/* Whether somebody of it lives: A and B may have ended before. */
static bool outlives(const struct part *had)
{
	const struct family *f = (const struct family *)(const void *)had;

	return f->living > 0;
}

const struct reader_ops family_reader_ops = {
	.id = "family",
	.part = PART_FAMILY,
	.scope = READS_PAIR,
	.told = true,
	.others = true,
	.outlives = outlives,
	.need = NEED_FAMILY,
	.after = 1u << PART_PROCESS | 1u << PART_PAGES,
	.pace = PACE_ROWS,
	.open = open_reader,
	.read = read_family,
	.close = close_reader,
};
