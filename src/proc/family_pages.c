/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of a family's members, in turn. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "family_internal.h"
#include "twintop/base/clock.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/maps.h"

#define FIRST_NS 500000000u   /* CPU that reading pages may take in the first read … */
#define TURN_NS	 10000000u    /* … and in each one after that … */
#define ASIDE_NS 500000u      /* … while nobody looks */
#define LOCK_NS	 200000000u   /* a member's memory is waited for so long, once in a read */
#define LENT_NS	 10000000000u /* pages of A and B, which are read for other parts, may be so old */

void family_forget_round(struct family_reader *r)
{
	frame_set_free(&r->frames);
	r->round.n = 0;
	r->resident = 0;
}

/* The mappings and pages of one process, to be read: 0 or negative errno. */
static int open_target(const struct family_reader *r, pid_t pid, struct page_target *ret_target)
{
	struct memory_map *memory;
	struct textbuf text = {0};
	int error = helper_try_lock(r->context.root, LOCK_NS, pid);

	if (!error)
		error = proc_read(r->context.root, &text, "%d/maps", (int)pid);
	memory = part_make(PART_MAPPINGS);
	if (!error)
		error = maps_parse(scan_of(text.bytes, text.len), memory, NULL);
	part_seal(&memory->part, clock_thread_cpu_ns(), error);
	textbuf_free(&text);
	*ret_target = (struct page_target){.memory = memory, .pagemap_fd = -1, .pid = pid};
	if (!error)
		ret_target->pagemap_fd = error =
			proc_open(r->context.root, O_RDONLY, "%d/pagemap", (int)pid);
	if (error >= 0)
		ret_target->pages = part_make(PART_PAGES);
	else
		part_put(memory);
	return error < 0 ? error : 0;
}

static void close_target(struct page_target *t)
{
	close(t->pagemap_fd);
	part_put(t->pages);
	part_put(t->memory);
}

/* Those of one member, read beside the first one's. */
static struct member_pages read_beside(
	struct family_reader *r, const struct member *first, const struct member *m)
{
	struct page_target one, other;
	struct member_pages pages = {0};
	bool alone = first == m;
	int error = open_target(r, m->id.pid, &one), beside = 0;

	if (!error && !alone)
		beside = first->ended ? -ESRCH : open_target(r, first->id.pid, &other);
	if (beside) /* the other's own figures are to be had all the same */
		alone = true;
	if (error) {
		pages.state = value_state_of_error(error);
		pages.read_ns = clock_monotonic_ns();
		return pages;
	}
	pages_read(r->pages, &one, alone ? NULL : &other);
	if (value_state_has_value(one.pages->part.state))
		pages = family_count(one.pages, alone ? NULL : other.pages, &r->frames);
	else
		pages = (struct member_pages){
			.state = one.pages->part.state, .read_ns = one.pages->part.end_ns};
	if (beside)
		pages.beside_state = value_state_of_error(beside);
	if (!alone)
		close_target(&other);
	close_target(&one);
	return pages;
}

/* A or B as they are read for other parts; NULL: it is neither. */
static const struct reader_side *side_of(const struct reader_job *job, struct task_id id)
{
	for (unsigned i = 0; i < 2; i++)
		if (task_id_equal(job->side[i].id, id))
			return &job->side[i];
	return NULL;
}

/* When pages that are lent were last as they are; those in order for other mappings are older. */
static uint64_t lent_ns(const struct reader_side *side)
{
	const struct page_map *p = side->had.pages;

	return p->lent || side->had_ns[PART_PAGES] < p->part.end_ns ? p->part.end_ns
								    : side->had_ns[PART_PAGES];
}

/* The pages of A or B where they were so a while ago at most: vast address spaces take their time.
 */
static const struct page_map *lent(const struct reader_side *side)
{
	return side && page_map_known(side->had.pages) &&
			       clock_monotonic_ns() - lent_ns(side) < LENT_NS
		       ? side->had.pages
		       : NULL;
}

/* Those of one member beside the first one's. */
static struct member_pages measure(struct family_reader *r, const struct reader_job *job,
	const struct member *first, const struct member *m)
{
	const struct reader_side *side = side_of(job, m->id);
	const struct page_map *mine = lent(side), *firsts = lent(side_of(job, first->id));
	const struct page_map *late = side ? side->had.pages : NULL;
	struct member_pages pages;

	if (late && late->part.state == VALUE_LATE)
		return (struct member_pages){.state = VALUE_LATE, .read_ns = clock_monotonic_ns()};
	if (!mine || !firsts)
		return read_beside(r, first, m);
	pages = family_count(mine, first == m ? NULL : firsts, &r->frames);
	pages.read_ns = lent_ns(side);
	return pages;
}

/* The living member whose figures are the oldest; NULL: all had their turn in this round. */
static struct member *next_turn(const struct family_reader *r, struct family_members *list)
{
	struct member *next = NULL;

	for (size_t i = 0; i < list->n; i++) {
		struct member *m = &list->item[i];
		bool had = m->ended;

		for (size_t k = 0; k < r->round.n && !had; k++)
			had = task_id_equal(r->round.item[k], m->id);
		if (!had && (!next || m->pages.read_ns < next->pages.read_ns))
			next = m;
	}
	return next;
}

static void end_round(struct family_reader *r)
{
	r->last_distinct = r->frames.n;
	r->last_resident = r->resident;
	r->last_begun_ns = r->begun_ns;
	family_forget_round(r);
}

void family_read_pages(struct family_reader *r, const struct reader_job *job,
	struct family_members *list, bool first_read)
{
	uint64_t begin = clock_thread_cpu_ns();
	uint64_t most = first_read ? FIRST_NS : job->aside ? ASIDE_NS : TURN_NS;
	struct member *m;

	if (!r->pages && page_reader_new(r->context.root, &r->context.access,
				 r->context.page_pause_ns, &r->pages))
		return;
	do {
		m = next_turn(r, list);
		if (!m) {
			end_round(r);
			return;
		}
		if (!r->round.n)
			r->begun_ns = clock_monotonic_ns();
		m->pages = measure(r, job, &list->item[0], m);
		r->resident += m->pages.resident;
		VEC_PUSH(&r->round, m->id);
	} while (m->pages.state != VALUE_LATE && clock_thread_cpu_ns() - begin < most);
	if (!next_turn(r, list))
		end_round(r);
}
