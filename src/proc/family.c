/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process and its descendants as a reader. All of them are looked at in each read; their pages in
 * turn, so that a read takes no longer than its share: each member's figures say when they were
 * read.
 */
#include "twintop/model/family.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/model/same.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/host.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/maps.h"
#include "twintop/proc/pages.h"
#include "twintop/proc/reader.h"

#define MEMBERS_MOST 2048	/* more are not looked for */
#define DEAD_MOST    256	/* the oldest ones are forgotten */
#define FIRST_NS     500000000u /* CPU that reading pages may take in the first read … */
#define TURN_NS	     10000000u	/* … and in each one after that */
#define LOCK_NS	     200000000u /* a member's memory is waited for so long, once in a read */
#define LENT_NS	     10000000000u /* pages of A and B, which are read for other parts, may be so old */
#define AGE_NS	     1000000000u /* figures that are the same are read anew so seldom */

VEC_STRUCT(members, struct member);

struct reader {
	struct reader_context context;
	struct host host;
	struct page_reader *pages;    /* NULL: none yet */
	const struct told_ends *ends; /* while a read lasts */
	struct task_id first;	      /* of the family that was read last; pid 0: none */
	struct frame_set frames;      /* of the members whose turn was in this round … */
	VEC(struct task_id) round;    /* … and who they are */
	uint64_t distinct;	      /* frames at the end of the last round; 0: there was none */
};

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct reader *r = mem_alloc(sizeof *r);

	*r = (struct reader){.context = *context};
	host_read(&r->host);
	*ret_reader = r;
	return 0;
}

static void forget_round(struct reader *r)
{
	frame_set_free(&r->frames);
	r->round.n = 0;
}

static void close_reader(void *reader)
{
	struct reader *r = reader;

	if (!r)
		return;
	page_reader_free(r->pages);
	forget_round(r);
	VEC_FREE(&r->round);
	free(r);
}

/* ---- who is of the family ------------------------------------------------- */

/* How far CLOCK_BOOTTIME, which start times are of, is ahead of CLOCK_MONOTONIC. */
static uint64_t slept_ns(void)
{
	struct timespec now = {0};
	uint64_t monotonic = clock_monotonic_ns(), boot;

	clock_gettime(CLOCK_BOOTTIME, &now);
	boot = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	return boot > monotonic ? boot - monotonic : 0;
}

static uint64_t start_ns(const struct reader *r, uint64_t ticks)
{
	uint64_t hertz = r->host.clock_ticks, slept = slept_ns();
	uint64_t ns = hertz ? ticks * (1000000000u / hertz) : 0;

	return ns > slept ? ns - slept : 0;
}

/* Since Linux 6.2 the folder says how many there are; else they are counted. */
static void count_fds(const struct reader *r, struct member *m)
{
	int fd = proc_open(r->context.root, O_RDONLY | O_DIRECTORY, "%d/fd", (int)m->id.pid);
	struct stat st;
	int *numbers;
	size_t n;
	int error = fd < 0 ? fd : fstat(fd, &st) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	m->fds = error ? 0 : (uint64_t)st.st_size;
	if (!error && !m->fds) {
		error = proc_list_numbers(r->context.root, &numbers, &n, "%d/fd", (int)m->id.pid);
		if (!error)
			free(numbers);
		m->fds = error ? 0 : n;
	}
	m->fds_state = value_state_of_error(error);
}

static struct text copy_text(struct family *f, struct text text)
{
	return (struct text){arena_copy(&f->part.arena, text.bytes, text.len), text.len};
}

/* How one ended, where feeds were told: that is earlier than we see it, and nobody waits first. */
static void take_told(const struct reader *r, struct member *m)
{
	const struct told_end *end = told_ends_find(r->ends, m->id.pid, m->start_ns);

	if (!end)
		return;
	if (end->monotonic_ns < m->end_ns)
		m->end_ns = end->monotonic_ns;
	if (value_state_has_value(m->status_state))
		return;
	m->status = end->status;
	m->status_state = VALUE_KNOWN;
}

/* What stat says of it; the name is copied into the part. */
static void take_stat(const struct reader *r, struct family *f, const struct identity_stat *stat,
	struct member *m)
{
	m->ppid = stat->ppid;
	m->state = stat->state;
	m->execed = !(stat->flags & TASK_NO_EXEC);
	m->threads = stat->threads;
	m->cpu_ticks = stat->cpu_ticks;
	m->comm = copy_text(f, stat->name);
	if (stat->state != 'Z' && stat->state != 'X') {
		count_fds(r, m);
		return;
	}
	if (!m->ended)
		m->end_ns = clock_monotonic_ns();
	m->ended = true;
	m->status = stat->exit_code;
	m->status_state =
		stat->exit_code
			? VALUE_KNOWN
			: value_state_of_error(identity_may_inspect(r->context.root, m->id.pid));
	take_told(r, m);
}

static bool is_gone(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

/* A living member, or a zombie, with what was known of it. 0 or negative errno: see is_gone(). */
static int find_member(const struct reader *r, struct family *f, const struct family *had,
	pid_t pid, struct task_id parent, struct member *ret_member)
{
	struct textbuf text = {0};
	struct identity_stat stat;
	const struct member *before;
	int fd = identity_stat_open(r->context.root, pid);
	int error = fd < 0 ? fd : identity_stat_reread(fd, &text, &stat);

	if (fd >= 0)
		close(fd);
	if (!error) {
		struct task_id id = {pid, stat.start_ticks};

		before = family_find(had, id);
		*ret_member = before ? *before
				     : (struct member){.id = id,
					       .parent_id = parent,
					       .start_ns = start_ns(r, stat.start_ticks),
					       .status_state = VALUE_GONE,
					       .pages = {.state = VALUE_UNREAD}};
		take_stat(r, f, &stat, ret_member);
	}
	textbuf_free(&text);
	return error;
}

static bool is_in(const struct members *list, struct task_id id)
{
	for (size_t i = 0; i < list->n; i++)
		if (task_id_equal(list->item[i].id, id))
			return true;
	return false;
}

/* Those of the children that are there and not in the list yet. 0 or negative errno. */
static int add_children(const struct reader *r, struct family *f, const struct family *had,
	struct task_id parent, struct members *list)
{
	pid_t *child = NULL;
	size_t n = 0;
	int error = identity_children(r->context.root, parent.pid, &child, &n);
	struct member m;

	for (size_t i = 0; i < n && !error && list->n < MEMBERS_MOST; i++) {
		error = find_member(r, f, had, child[i], parent, &m);
		if (!error && !is_in(list, m.id))
			VEC_PUSH(list, m);
		error = is_gone(error) ? 0 : error;
	}
	free(child);
	return is_gone(error) ? 0 : error;
}

/* All below the member at i, which is in the list; those that it finds are walked, too. The same.
 */
static int add_descendants(const struct reader *r, struct family *f, const struct family *had,
	size_t i, struct members *list)
{
	int error = 0;

	for (; i < list->n && list->n < MEMBERS_MOST && !error; i++)
		if (!list->item[i].ended)
			error = add_children(r, f, had, list->item[i].id, list);
	return error;
}

/* One that is gone, as it was last. */
static struct member bury(const struct reader *r, struct family *f, const struct member *before)
{
	struct member m = *before;

	if (!m.ended)
		m.end_ns = clock_monotonic_ns();
	m.ended = true;
	m.state = 'X';
	take_told(r, &m);
	m.comm = copy_text(f, m.comm);
	return m;
}

/* Whether so many others have ended since that this one is. */
static bool is_forgotten(const struct family *had, size_t i)
{
	const struct member *m = &had->member[i];
	size_t later = 0;

	for (size_t k = 0; m->ended && k < had->n; k++)
		later += had->member[k].ended && had->member[k].end_ns > m->end_ns;
	return later >= DEAD_MOST;
}

/*
 * Members of before that are nobody's descendants any more: orphans, and those that have ended. 0
 * or negative errno.
 */
static int add_others(
	const struct reader *r, struct family *f, const struct family *had, struct members *list)
{
	int error = 0;

	for (size_t i = had ? had->n : 0; i-- > 0 && !error;) {
		const struct member *before = &had->member[i];
		struct member m;

		if (is_in(list, before->id))
			continue;
		error = find_member(r, f, had, before->id.pid, before->parent_id, &m);
		if (!error && task_id_equal(m.id, before->id)) {
			VEC_PUSH(list, m);
			error = add_descendants(r, f, had, list->n - 1, list);
			continue;
		}
		error = is_gone(error) ? 0 : error;
		if (!error && !is_forgotten(had, i))
			VEC_PUSH(list, bury(r, f, before));
	}
	return error;
}

/*
 * The first one: that of before, while A is of its family; else A's parent where A runs what that
 * ran when it forked A, a worker; else A.
 */
static pid_t first_of(const struct reader *r, const struct family *had, const struct task_id *a)
{
	struct identity_stat stat;

	if (had && had->n && family_find(had, *a))
		return had->member[0].id.pid;
	if (identity_stat_read(r->context.root, a->pid, &stat) || !(stat.flags & TASK_NO_EXEC) ||
		stat.ppid <= 1)
		return a->pid;
	return stat.ppid;
}

/* Everybody into the list, the first one at its head. 0 or negative errno. */
static int list_members(const struct reader *r, struct family *f, const struct family *had,
	const struct task_id *a, struct members *list)
{
	pid_t first = first_of(r, had, a);
	struct member m;
	int error = find_member(r, f, had, first, (struct task_id){0}, &m);

	if (!had || !had->n || !family_find(had, *a))
		had = NULL;
	if (error && (!had || !is_gone(error)))
		return error;
	if (had && (error || !task_id_equal(had->member[0].id, m.id)))
		m = bury(r, f, &had->member[0]);
	VEC_PUSH(list, m);
	error = add_descendants(r, f, had, 0, list);
	return error ? error : add_others(r, f, had, list);
}

/* ---- their pages ------------------------------------------------------------ */

/* The mappings and pages of one process, to be read: 0 or negative errno. */
static int open_target(const struct reader *r, pid_t pid, struct page_target *ret_target)
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

/* Those of one member, read beside the first one's. */
static struct member_pages read_beside(
	struct reader *r, const struct member *first, const struct member *m)
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

/* The page part of A or B; NULL: it is neither, or none was read. */
static const struct page_map *of_side(const struct reader_job *job, struct task_id id)
{
	for (unsigned i = 0; i < 2; i++)
		if (task_id_equal(job->side[i].id, id))
			return job->side[i].had.pages;
	return NULL;
}

/* The same where it was read a while ago at most: vast address spaces take their time. */
static const struct page_map *lent(const struct reader_job *job, struct task_id id)
{
	const struct page_map *p = of_side(job, id);

	return page_map_known(p) && clock_monotonic_ns() - p->part.end_ns < LENT_NS ? p : NULL;
}

/* Those of one member beside the first one's. */
static struct member_pages measure(struct reader *r, const struct reader_job *job,
	const struct member *first, const struct member *m)
{
	const struct page_map *mine = lent(job, m->id), *firsts = lent(job, first->id);
	const struct page_map *late = of_side(job, m->id);

	if (late && late->part.state == VALUE_LATE)
		return (struct member_pages){.state = VALUE_LATE, .read_ns = clock_monotonic_ns()};
	return mine && firsts ? family_count(mine, first == m ? NULL : firsts, &r->frames)
			      : read_beside(r, first, m);
}

/* The living member whose figures are the oldest; NULL: all had their turn in this round. */
static struct member *next_turn(const struct reader *r, struct members *list)
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

/*
 * As many as the budget allows, one at least, and none after one whose memory is not to be had; a
 * round ends when each has had its turn.
 */
static void read_pages(
	struct reader *r, const struct reader_job *job, struct members *list, bool first_read)
{
	uint64_t begin = clock_thread_cpu_ns();
	struct member *m;

	if (!r->pages && page_reader_new(r->context.root, &r->context.access,
				 r->context.page_pause_ns, &r->pages))
		return;
	do {
		m = next_turn(r, list);
		if (!m) {
			r->distinct = r->frames.n;
			forget_round(r);
			return;
		}
		m->pages = measure(r, job, &list->item[0], m);
		VEC_PUSH(&r->round, m->id);
	} while (m->pages.state != VALUE_LATE &&
		 clock_thread_cpu_ns() - begin < (first_read ? FIRST_NS : TURN_NS));
	if (!next_turn(r, list)) {
		r->distinct = r->frames.n;
		forget_round(r);
	}
}

/* ---- all of it --------------------------------------------------------------- */

static void sum_up(const struct reader *r, struct family *f)
{
	bool frames_known = true;

	for (size_t i = 0; i < f->n; i++) {
		const struct member *m = &f->member[i];

		if (m->ended)
			continue;
		f->living++;
		if (!value_state_has_value(m->pages.state))
			continue;
		f->counted++;
		f->resident += m->pages.resident;
		frames_known &= m->pages.frames_known;
	}
	f->distinct = r->distinct;
	f->distinct_state = !frames_known			     ? VALUE_DENIED
			    : f->counted < f->living || !r->distinct ? VALUE_UNREAD
								     : VALUE_KNOWN;
}

static bool is_same_pages(const struct member_pages *a, const struct member_pages *b)
{
	return a->state == b->state && a->frames_known == b->frames_known &&
	       a->resident == b->resident && a->own == b->own &&
	       a->beside_state == b->beside_state && a->shared == b->shared &&
	       a->copied == b->copied && b->read_ns - a->read_ns < AGE_NS;
}

static bool is_same_member(const struct member *a, const struct member *b)
{
	return task_id_equal(a->id, b->id) && a->ppid == b->ppid && a->parent == b->parent &&
	       text_equal(a->comm, b->comm) && a->state == b->state && a->execed == b->execed &&
	       a->threads == b->threads && a->cpu_ticks == b->cpu_ticks &&
	       a->fds_state == b->fds_state && a->fds == b->fds && a->ended == b->ended &&
	       a->status_state == b->status_state && a->status == b->status &&
	       is_same_pages(&a->pages, &b->pages);
}

/* Whether nothing else than the time of reading is another one. */
static bool is_same(const struct family *had, const struct family *now)
{
	if (!had || had->n != now->n || had->distinct != now->distinct ||
		had->distinct_state != now->distinct_state || had->part.state != now->part.state)
		return false;
	for (size_t i = 0; i < now->n; i++)
		if (!is_same_member(&had->member[i], &now->member[i]))
			return false;
	return true;
}

static void read_family(void *reader, struct reader_job *job)
{
	struct reader *r = reader;
	const struct family *had = job->host_had.family;
	const struct reader_side *side = job->side[0].id.pid ? &job->side[0] : &job->side[1];
	uint64_t begin = clock_thread_cpu_ns();
	struct family *f = part_make(PART_FAMILY);
	struct members list = {0};
	int error;

	r->ends = &job->ends;
	error = list_members(r, f, had, &side->id, &list);

	if (!error) {
		if (!task_id_equal(r->first, list.item[0].id)) {
			forget_round(r);
			r->distinct = 0;
		}
		read_pages(r, job, &list, !task_id_equal(r->first, list.item[0].id));
		r->first = list.item[0].id;
		family_order(list.item, list.n);
	}
	f->page_size = r->host.page_size;
	VEC_MOVE(&f->part.arena, &list, &f->member, &f->n);
	sum_up(r, f);
	part_seal(&f->part, begin, error);
	job->host.family = same_kept(had, f, is_same(had, f));
}

const struct reader_ops family_reader_ops = {
	.id = "family",
	.part = PART_FAMILY,
	.scope = READS_PAIR,
	.need = NEED_FAMILY,
	.after = 1u << PART_PROCESS | 1u << PART_PAGES,
	.pace = PACE_ROWS,
	.open = open_reader,
	.read = read_family,
	.close = close_reader,
};
