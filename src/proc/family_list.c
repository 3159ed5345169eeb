/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is of a family: the living, found through their parents, those that ended, and orphans. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "family_first.h"
#include "family_internal.h"
#include "twintop/base/clock.h"
#include "twintop/proc/identity.h"

#define MEMBERS_MOST 2048 /* more are not looked for */
#define DEAD_MOST    1024 /* the oldest ones are forgotten */
_Static_assert(MEMBERS_MOST + DEAD_MOST < FAMILY_MOST, "whatever is found is a family");

/* How far CLOCK_BOOTTIME, which start times are of, is ahead of CLOCK_MONOTONIC. */
static uint64_t slept_ns(void)
{
	struct timespec now = {0};
	uint64_t monotonic = clock_monotonic_ns(), boot;

	clock_gettime(CLOCK_BOOTTIME, &now);
	boot = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	return boot > monotonic ? boot - monotonic : 0;
}

static uint64_t start_ns(const struct family_reader *r, uint64_t ticks)
{
	uint64_t hertz = r->host.clock_ticks, slept = slept_ns();
	uint64_t ns = hertz ? ticks * (1000000000u / hertz) : 0;

	return ns > slept ? ns - slept : 0;
}

static uint64_t start_ticks(const struct family_reader *r, uint64_t ns)
{
	return (ns + slept_ns()) /
	       (1000000000u / (r->host.clock_ticks ? r->host.clock_ticks : 100));
}

/* Since Linux 6.2 the folder says how many there are; else they are counted. */
static void count_fds(const struct family_reader *r, struct member *m)
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
static void take_told(const struct family_reader *r, struct member *m)
{
	const struct told_life *life = family_told_find(&r->told, m->id.pid, m->start_ns);

	if (!life || !life->end_ns)
		return;
	if (life->end_ns < m->end_ns)
		m->end_ns = life->end_ns;
	if (value_state_has_value(m->status_state) || !life->status_known)
		return;
	m->status = life->status;
	m->status_state = VALUE_KNOWN;
}

/* What stat says of it; the name is copied into the part. */
static void take_stat(const struct family_reader *r, struct family *f,
	const struct identity_stat *stat, struct member *m)
{
	m->ppid = stat->ppid;
	m->state = stat->state;
	m->execed = !(stat->flags & TASK_NO_EXEC);
	m->threads = stat->threads;
	m->moves = (struct member_moves){stat->cpu_ticks, stat->faults, stat->resident};
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
static int find_member(const struct family_reader *r, struct family *f, const struct family *had,
	pid_t pid, struct task_id parent, struct member *ret_member)
{
	struct textbuf text = {0};
	struct identity_stat stat;
	const struct member *before;
	int fd = identity_stat_open_whole(r->context.root, pid);
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
		if (!ret_member->parent_id.pid)
			ret_member->parent_id = parent;
		take_stat(r, f, &stat, ret_member);
	}
	textbuf_free(&text);
	return error;
}

static bool is_in(const struct family_members *list, struct task_id id)
{
	for (size_t i = 0; i < list->n; i++)
		if (task_id_equal(list->item[i].id, id))
			return true;
	return false;
}

/* The record of A or B, where it tells its children now; NULL: it is neither, or does not. */
static const struct process_info *record_of(const struct family_reader *r, struct task_id id)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct process_info *info = r->job->side[i].had.info;

		if (info && task_id_equal(info->id, id) &&
			info->source[PROCESS_CHILDREN] == VALUE_KNOWN)
			return info;
	}
	return NULL;
}

/* Malloc'ed. 0 or negative errno. */
static int find_children(
	const struct family_reader *r, struct task_id parent, pid_t **ret, size_t *ret_n)
{
	const struct process_info *info = record_of(r, parent);

	if (!info)
		return identity_children(r->context.root, parent.pid, ret, ret_n);
	*ret = mem_resize(NULL, info->children_n + 1, sizeof **ret);
	if (info->children_n)
		memcpy(*ret, info->children, info->children_n * sizeof **ret);
	*ret_n = info->children_n;
	return 0;
}

/* Those of the children that are there and not in the list yet. 0 or negative errno. */
static int add_children(const struct family_reader *r, struct family *f, const struct family *had,
	struct task_id parent, struct family_members *list)
{
	pid_t *child = NULL;
	size_t n = 0;
	int error = find_children(r, parent, &child, &n);
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
static int add_descendants(const struct family_reader *r, struct family *f,
	const struct family *had, size_t i, struct family_members *list)
{
	int error = 0;

	for (; i < list->n && list->n < MEMBERS_MOST && !error; i++)
		if (!list->item[i].ended)
			error = add_children(r, f, had, list->item[i].id, list);
	return error;
}

/* One that is gone, as it was last. */
static struct member bury(
	const struct family_reader *r, struct family *f, const struct member *before)
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

/*
 * Members of before that are nobody's descendants any more: orphans, and those that have ended; of
 * those that were below its member first (FAMILY_NO_PARENT: all), which is in the list itself. 0 or
 * negative errno.
 */
static int add_others(const struct family_reader *r, struct family *f, const struct family *had,
	size_t first, struct family_members *list)
{
	int error = 0;

	for (size_t i = had ? had->n : 0; i-- > 0 && !error;) {
		const struct member *before = &had->member[i];
		struct member m;

		if (i == first ||
			(first && first != FAMILY_NO_PARENT && !family_is_below(had, i, first)))
			continue;
		if (before->state == 'X') { /* nobody is there for good */
			VEC_PUSH(list, bury(r, f, before));
			continue;
		}
		if (is_in(list, before->id))
			continue;
		error = find_member(r, f, had, before->id.pid, before->parent_id, &m);
		if (!error && task_id_equal(m.id, before->id)) {
			VEC_PUSH(list, m);
			error = add_descendants(r, f, had, list->n - 1, list);
			continue;
		}
		error = is_gone(error) ? 0 : error;
		if (!error)
			VEC_PUSH(list, bury(r, f, before));
	}
	return error;
}

/* Who forked one that was told of; NULL: nobody of the family. */
static const struct member *forker(const struct family_members *list, const struct told_life *life)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct member *m = &list->item[i];

		if (m->id.pid == life->parent && m->start_ns <= life->born_ns &&
			(!m->ended || m->end_ns >= life->born_ns))
			return m;
	}
	return NULL;
}

/* One that nobody saw, as it was told of. */
static struct member unseen(const struct family_reader *r, struct family *f,
	const struct told_life *life, struct task_id parent)
{
	return (struct member){
		.id = {life->pid, start_ticks(r, life->born_ns)},
		.parent_id = parent,
		.ppid = life->parent,
		.start_ns = life->born_ns,
		.comm = copy_text(f, (struct text){life->name, life->name_len}),
		.state = 'X',
		.execed = life->execed,
		.fds_state = VALUE_GONE,
		.unseen = true,
		.ended = true,
		.end_ns = life->end_ns,
		.status_state = life->status_known ? VALUE_KNOWN : VALUE_GONE,
		.status = life->status,
		.pages = {.state = VALUE_GONE},
	};
}

static void claim_from(struct family_reader *r, const struct family_members *list, size_t i)
{
	for (; i < list->n; i++)
		family_told_claim(&r->told, list->item[i].id.pid, list->item[i].start_ns);
}

/*
 * Those of whom feeds told, and whom nobody found: they ended too soon, or live as orphans. 0 or
 * negative errno.
 */
static int add_told(struct family_reader *r, struct family *f, const struct family *had,
	struct family_members *list)
{
	const struct told_life *life;
	int error = 0;

	claim_from(r, list, 0);
	for (size_t i = 0; !error && (life = family_told_next(&r->told, &i));) {
		const struct member *parent = forker(list, life);
		struct task_id parent_id = parent ? parent->id : (struct task_id){0};
		size_t n = list->n;
		struct member m;

		if (!parent || (life->end_ns && life->end_ns <= f->forgotten_ns))
			continue;
		if (life->end_ns) {
			VEC_PUSH(list, unseen(r, f, life, parent_id));
			continue;
		}
		error = find_member(r, f, had, life->pid, parent_id, &m);
		if (!error && list->n < MEMBERS_MOST && !is_in(list, m.id)) {
			VEC_PUSH(list, m);
			error = add_descendants(r, f, had, n, list);
			claim_from(r, list, n);
		}
		error = is_gone(error) ? 0 : error;
	}
	return error;
}

static bool is_side(const struct family_reader *r, const struct member *m)
{
	return task_id_equal(m->id, r->job->side[0].id) || task_id_equal(m->id, r->job->side[1].id);
}

static int by_end(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* When the one ended that is the oldest to be kept; 0: all are. */
static uint64_t oldest_kept(const struct family_members *list)
{
	VEC(uint64_t) end = {0};
	uint64_t ns = 0;

	for (size_t i = 0; i < list->n; i++)
		if (list->item[i].ended)
			VEC_PUSH(&end, list->item[i].end_ns);
	if (end.n > DEAD_MOST) {
		qsort(end.item, end.n, sizeof *end.item, by_end);
		ns = end.item[end.n - DEAD_MOST];
	}
	VEC_FREE(&end);
	return ns;
}

/*
 * Counts those that ended before so many others, but for the first and those that are watched, and
 * lets them go.
 */
static void forget(const struct family_reader *r, struct family *f, struct family_members *list)
{
	uint64_t oldest_ns = oldest_kept(list);
	size_t kept = 1;

	for (size_t i = 1; i < list->n; i++) {
		const struct member *m = &list->item[i];

		if (!m->ended || m->end_ns >= oldest_ns || is_side(r, m)) {
			list->item[kept++] = *m;
			continue;
		}
		f->forgotten++;
		if (m->end_ns > f->forgotten_ns)
			f->forgotten_ns = m->end_ns;
	}
	list->n = kept;
}

bool family_has_left(
	const struct family_reader *r, const struct family *had, const struct task_id *a)
{
	const struct member *m = family_find(had, *a);
	struct identity_stat stat;

	return m && m->depth && !m->execed && !identity_stat_read(r->context.root, a->pid, &stat) &&
	       !(stat.flags & TASK_NO_EXEC);
}

int family_list(struct family_reader *r, struct family *f, const struct family *had,
	const struct family_first *first, struct family_members *list)
{
	size_t was = family_first_in(had, first->pid);
	struct member m;
	int error = find_member(r, f, had, first->pid, (struct task_id){0}, &m);

	if (error && (was == FAMILY_NO_PARENT || !is_gone(error)))
		return error;
	if (was != FAMILY_NO_PARENT && (error || !task_id_equal(had->member[was].id, m.id)))
		m = bury(r, f, &had->member[was]);
	VEC_PUSH(list, m);
	if (had) {
		f->forgotten = had->forgotten;
		f->forgotten_ns = had->forgotten_ns;
	}
	error = add_descendants(r, f, had, 0, list);
	if (!error)
		error = add_others(r, f, had, was, list);
	if (!error)
		error = add_told(r, f, had, list);
	forget(r, f, list);
	return error;
}
