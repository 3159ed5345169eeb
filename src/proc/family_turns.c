/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose pages are read when: a family's members take turns, as far as their share of a core goes.
 */
#include <stdlib.h>

#include "family_internal.h"
#include "twintop/base/clock.h"

#define SHARE_MILLE 50	       /* of one core, where nobody says how much */
#define MOST_NS	    500000000u /* CPU that one read may take: the first one where somebody looks … */
#define ASIDE_NS    500000u    /* … and any while nobody does */
#define WAIT_NS	    10000000000 /* a share that was not taken for so long is lost */
#define TURNS_LEAST 4		/* the first one's pages are read for so many members at least */
#define REST_NS	    1000000000u /* where nobody has moved the next round waits so long */

void family_forget_round(struct family_reader *r)
{
	frame_set_free(&r->frames);
	r->round.n = 0;
	r->resident = 0;
}

/* ---- how much ------------------------------------------------------------- */

/* The CPU time to read pages for; what is spent beyond it is waited for. */
static int64_t budget(struct family_reader *r, const struct reader_job *job)
{
	int64_t now = (int64_t)clock_monotonic_ns(), waited = now - r->credited_ns;
	int64_t least = TURNS_LEAST * (int64_t)r->first_cost_ns;

	r->credited_ns = now;
	if (job->aside)
		return ASIDE_NS;
	if (!r->greeted)
		return MOST_NS;
	waited = waited < WAIT_NS ? waited : WAIT_NS;
	r->credit_ns += waited * (job->page_permille ? job->page_permille : SHARE_MILLE) / 1000;
	if (r->credit_ns > MOST_NS)
		r->credit_ns = MOST_NS;
	return r->credit_ns < (least < MOST_NS ? least : MOST_NS) ? 0 : r->credit_ns;
}

static void spend(struct family_reader *r, struct reader_job *job, uint64_t ns)
{
	job->turns_ns = ns;
	if (job->aside)
		return;
	if (r->greeted)
		r->credit_ns -= (int64_t)ns;
	r->greeted = true;
}

/* ---- who ------------------------------------------------------------------ */

static int by_id(const void *a, const void *b)
{
	const struct task_id *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->start_ticks > y->start_ticks) - (x->start_ticks < y->start_ticks);
}

/* One whose turn is still to come, and what it is sorted by. */
struct turn {
	uint64_t read_ns;
	size_t at; /* in the list */
};
struct turns {
	VEC(struct turn) turn;
};

static int by_age(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->read_ns != y->read_ns)
		return x->read_ns < y->read_ns ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* The living that had no turn in this round, the oldest figures first. */
static void line_up(struct family_reader *r, const struct family_members *list, struct turns *turns)
{
	if (r->round.n)
		qsort(r->round.item, r->round.n, sizeof *r->round.item, by_id);
	for (size_t i = 0; i < list->n; i++) {
		const struct member *m = &list->item[i];

		if (!m->ended && !(r->round.n && bsearch(&m->id, r->round.item, r->round.n,
							 sizeof *r->round.item, by_id)))
			VEC_PUSH(&turns->turn, (struct turn){m->pages.read_ns, i});
	}
	if (turns->turn.n)
		qsort(turns->turn.item, turns->turn.n, sizeof *turns->turn.item, by_age);
}

static bool has_moved(const struct member *m)
{
	const struct member_moves *was = &m->pages.moves, *now = &m->moves;

	return m->pages.state == VALUE_UNREAD || was->cpu_ticks != now->cpu_ticks ||
	       was->faults != now->faults || was->resident != now->resident;
}

/* Whether there is no haste: nobody has moved since the last round, which is not long ago. */
static bool is_at_rest(
	const struct family_reader *r, const struct family_members *list, const struct turns *turns)
{
	if (r->round.n || !r->last_begun_ns || turns->turn.n != r->last_n ||
		clock_monotonic_ns() - r->last_begun_ns >= REST_NS)
		return false;
	for (size_t i = 0; i < turns->turn.n; i++)
		if (has_moved(&list->item[turns->turn.item[i].at]))
			return false;
	return true;
}

/* ---- turns ---------------------------------------------------------------- */

static void end_round(struct family_reader *r)
{
	r->last_distinct = r->frames.n;
	r->last_resident = r->resident;
	r->last_begun_ns = r->begun_ns;
	r->last_n = r->round.n;
	family_forget_round(r);
}

static void take_turn(struct family_reader *r, const struct reader_job *job, struct member *m)
{
	if (!r->round.n)
		r->begun_ns = clock_monotonic_ns();
	family_measure(r, job, m);
	r->resident += m->pages.resident;
	VEC_PUSH(&r->round, m->id);
}

static void take_turns(struct family_reader *r, const struct reader_job *job,
	struct family_members *list, const struct turns *turns, int64_t most)
{
	uint64_t begin = clock_thread_cpu_ns();
	size_t i = 0;

	family_pages_begin(r, &list->item[0]);
	while (i < turns->turn.n && (int64_t)(clock_thread_cpu_ns() - begin) < most) {
		struct member *m = &list->item[turns->turn.item[i++].at];

		take_turn(r, job, m);
		if (m->pages.state == VALUE_LATE)
			break;
	}
	family_pages_end(r);
	if (i == turns->turn.n)
		end_round(r);
}

void family_read_pages(struct family_reader *r, struct reader_job *job, struct family_members *list)
{
	uint64_t begin = clock_thread_cpu_ns();
	int64_t most = budget(r, job);
	struct turns turns = {0};

	line_up(r, list, &turns);
	if (most > 0 && !is_at_rest(r, list, &turns) && !family_pages_open(r)) {
		take_turns(r, job, list, &turns, most);
		spend(r, job, clock_thread_cpu_ns() - begin);
	}
	VEC_FREE(&turns.turn);
}
