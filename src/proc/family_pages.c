/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of one member of a family beside those of its first one, which are read once for all.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "family_internal.h"
#include "twintop/base/clock.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/maps.h"

#define LOCK_NS 200000000u /* a member's memory is waited for so long, once in a read */
/*
 * Pages of A and B, which are read for other parts, may be so old where reading them takes a
 * twentieth of that, or nobody looks.
 */
#define LENT_NS	 10000000000u
#define LENT_FOR 20

int family_pages_open(struct family_reader *r)
{
	return r->pages ? 0
			: page_reader_new(r->context.root, &r->context.access,
				  r->context.page_pause_ns, &r->pages);
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
	*ret_target = (struct page_target){.memory = memory, .pagemap_fd = -1};
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

/* ---- the first one -------------------------------------------------------- */

void family_pages_begin(struct family_reader *r, const struct member *first)
{
	r->beside = (struct family_beside){.first = first};
}

void family_pages_end(struct family_reader *r)
{
	if (r->beside.read)
		close_target(&r->beside.target);
	r->beside = (struct family_beside){0};
}

/* Its pages, read when they are asked for first. 0 or negative errno. */
static int read_first(struct family_reader *r)
{
	struct family_beside *b = &r->beside;

	if (b->read || b->error)
		return b->error;
	b->error = b->first->ended ? -ESRCH : open_target(r, b->first->id.pid, &b->target);
	if (b->error)
		return b->error;
	b->read = true;
	pages_read(r->pages, &b->target, NULL);
	r->first_cost_ns = b->target.pages->part.cpu_ns;
	if (!value_state_has_value(b->target.pages->part.state))
		b->error = b->target.pages->part.error ? b->target.pages->part.error : -ESRCH;
	return b->error;
}

/* ---- a member --------------------------------------------------------------- */

/* Counts what was read of it, or says why nothing was; first: NULL, or what it is held against. */
static struct member_pages count(
	struct family_reader *r, const struct page_map *mine, const struct page_map *first)
{
	if (value_state_has_value(mine->part.state))
		return family_count(mine, first, &r->frames);
	return (struct member_pages){.state = mine->part.state, .read_ns = mine->part.end_ns};
}

/* Those of the first one itself. */
static struct member_pages of_first(struct family_reader *r)
{
	int error = read_first(r);

	if (r->beside.read)
		return count(r, r->beside.target.pages, NULL);
	return (struct member_pages){
		.state = value_state_of_error(error), .read_ns = clock_monotonic_ns()};
}

/* Those of another one; what runs a program of its own shares nothing by descent. */
static struct member_pages of_other(struct family_reader *r, const struct member *m)
{
	struct page_target mine, lent;
	struct member_pages pages;
	int error, beside = m->execed ? 0 : read_first(r);
	bool alone = m->execed || beside;

	error = open_target(r, m->id.pid, &mine);
	if (error)
		return (struct member_pages){
			.state = value_state_of_error(error), .read_ns = clock_monotonic_ns()};
	if (!alone) {
		lent = r->beside.target;
		lent.lent = lent.pages;
		lent.pages = NULL;
	}
	pages_read(r->pages, &mine, alone ? NULL : &lent);
	pages = count(r, mine.pages, alone ? NULL : r->beside.target.pages);
	if (beside) /* its own figures are to be had all the same */
		pages.beside_state = value_state_of_error(beside);
	close_target(&mine);
	return pages;
}

/* A or B, where it is one of them; NULL: neither. */
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

/* The pages of A or B where they were so lately that it is not worth it to read them anew. */
static const struct page_map *lent(const struct reader_job *job, struct task_id id)
{
	const struct reader_side *side = side_of(job, id);
	const struct page_map *p = side ? side->had.pages : NULL;
	uint64_t age;

	if (!page_map_known(p))
		return NULL;
	age = clock_monotonic_ns() - lent_ns(side);
	return age < LENT_NS && (job->aside || age < LENT_FOR * p->part.cpu_ns) ? p : NULL;
}

void family_measure(struct family_reader *r, const struct reader_job *job, struct member *m)
{
	const struct member *first = r->beside.first;
	const struct reader_side *side = side_of(job, m->id);
	const struct page_map *mine = lent(job, m->id),
			      *firsts = first->ended ? NULL : lent(job, first->id);
	const struct page_map *late = side ? side->had.pages : NULL;

	if (late && late->part.state == VALUE_LATE) {
		m->pages =
			(struct member_pages){.state = VALUE_LATE, .read_ns = clock_monotonic_ns()};
	} else if (mine && firsts) {
		m->pages = family_count(mine, first == m ? NULL : firsts, &r->frames);
		m->pages.read_ns = lent_ns(side);
	} else {
		m->pages = first == m ? of_first(r) : of_other(r, m);
	}
	m->pages.moves = m->moves;
}
