/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/pair.h"

#include <string.h>

#include "twintop/base/table.h"

const char *relation_name(enum relation r)
{
	static const char *const name[] = {
		[RELATION_PARENT] = "parent",
		[RELATION_CHILD] = "child",
		[RELATION_SIBLINGS] = "siblings",
		[RELATION_THREADS] = "threads",
		[RELATION_UNRELATED] = "unrelated",
		[RELATION_OWN_PAST] = "own_past",
		[RELATION_TWO_RECORDINGS] = "two_recordings",
	};
	TABLE_ROWS(name, RELATIONS);

	return r < RELATIONS ? name[r] : "unknown";
}

const char *row_state_name(enum row_state s)
{
	static const char *const name[] = {
		[ROW_SAME] = "same",
		[ROW_ONLY_A] = "only_a",
		[ROW_ONLY_B] = "only_b",
		[ROW_DIVERGED] = "diverged",
		[ROW_UNKNOWN] = "unknown",
	};
	TABLE_ROWS(name, ROW_STATES);

	return s < ROW_STATES ? name[s] : "unknown";
}

enum row_state row_state_of_one(bool in_a, bool other_hidden)
{
	if (other_hidden)
		return ROW_UNKNOWN;
	return in_a ? ROW_ONLY_A : ROW_ONLY_B;
}

const char *mechanism_name(enum mechanism m)
{
	static const char *const name[] = {
		[MECHANISM_NONE] = "none",
		[MECHANISM_TEXT] = "text",
		[MECHANISM_RODATA] = "rodata",
		[MECHANISM_LIBRARY] = "library",
		[MECHANISM_COW] = "cow",
		[MECHANISM_FILE] = "file",
		[MECHANISM_SHARED_ANONYMOUS] = "shared_anonymous",
		[MECHANISM_POSIX_SHM] = "posix_shm",
		[MECHANISM_SYSV_SHM] = "sysv_shm",
		[MECHANISM_MEMFD] = "memfd",
		[MECHANISM_VDSO] = "vdso",
	};
	TABLE_ROWS(name, MECHANISMS);

	return m < MECHANISMS ? name[m] : "unknown";
}

const char *mechanism_meaning(enum mechanism m)
{
	static const char *const meaning[] = {
		[MECHANISM_NONE] = "in both, with nothing in common",
		[MECHANISM_TEXT] = "one copy of the program's instructions in the page cache",
		[MECHANISM_RODATA] = "one copy of the program's constants in the page cache",
		[MECHANISM_LIBRARY] = "one copy of each library in the page cache",
		[MECHANISM_COW] = "private pages that fork shares until one writes",
		[MECHANISM_FILE] = "a file mapped by both",
		[MECHANISM_SHARED_ANONYMOUS] = "mmap MAP_SHARED | MAP_ANONYMOUS, inherited by fork",
		[MECHANISM_POSIX_SHM] = "shm_open(3)",
		[MECHANISM_SYSV_SHM] = "shmget(2), shmat(2)",
		[MECHANISM_MEMFD] = "memfd_create(2)",
		[MECHANISM_VDSO] = "the kernel's own pages, lent to every process",
	};
	TABLE_ROWS(meaning, MECHANISMS);

	return m < MECHANISMS ? meaning[m] : "unknown";
}

const char *fd_relation_name(enum fd_relation r)
{
	static const char *const name[] = {
		[FD_UNRELATED] = "unrelated",
		[FD_SAME_DESCRIPTION] = "same_description",
		[FD_SAME_FILE] = "same_file",
		[FD_PIPE_END] = "pipe_end",
		[FD_SOCKET_PEER] = "socket_peer",
		[FD_SAME_OBJECT] = "same_object",
		[FD_SAME_KIND] = "same_kind",
		[FD_SAME_NAME] = "same_name",
	};
	TABLE_ROWS(name, FD_RELATIONS);

	return r < FD_RELATIONS ? name[r] : "unknown";
}

/* Where each verdict is counted; NULL for one that is not. copied also holds the attributed ones.
 */
static uint64_t *place_of(struct pair_pages *p, enum page_verdict v)
{
	uint64_t *const place[PAGE_VERDICTS] = {
		[PAGE_VERDICT_COW_SHARED] = &p->cow_shared,
		[PAGE_VERDICT_FILE_SHARED] = &p->file_shared,
		[PAGE_VERDICT_COPIED] = &p->copied,
		[PAGE_VERDICT_COPIED_BY_A] = &p->copied_by_a,
		[PAGE_VERDICT_COPIED_BY_B] = &p->copied_by_b,
		[PAGE_VERDICT_BORN_APART] = &p->born_apart,
		[PAGE_VERDICT_ONLY_A] = &p->only_a,
		[PAGE_VERDICT_ONLY_B] = &p->only_b,
		[PAGE_VERDICT_ZERO] = &p->zero,
		[PAGE_VERDICT_SWAPPED] = &p->swapped,
		[PAGE_VERDICT_SHARED_MEMORY] = &p->shared_memory,
		[PAGE_VERDICT_CHANGED] = &p->changed_while_reading,
		[PAGE_VERDICT_RELEASED] = &p->released,
		[PAGE_VERDICT_KEPT] = &p->kept,
		[PAGE_VERDICT_FAULTED] = &p->faulted,
		[PAGE_VERDICT_REPLACED] = &p->replaced,
		[PAGE_VERDICT_CAME] = &p->came,
		[PAGE_VERDICT_GONE] = &p->gone,
		[PAGE_VERDICT_UNTOLD] = &p->untold,
	};

	return v < PAGE_VERDICTS ? place[v] : NULL;
}

void pair_pages_add(struct pair_pages *p, enum page_verdict v, uint64_t n)
{
	uint64_t *pages = place_of(p, v);

	if (pages)
		*pages += n;
	if (v == PAGE_VERDICT_COPIED_BY_A || v == PAGE_VERDICT_COPIED_BY_B)
		p->copied += n;
}

size_t verdicts_mappings(const struct verdicts *v, unsigned side)
{
	int last = -1;

	for (size_t i = 0; i < v->mappings_n; i++) {
		int at = side ? v->mapping[i].b : v->mapping[i].a;

		last = at > last ? at : last;
	}
	return (size_t)(last + 1);
}

int64_t pair_pages_of(const struct pair_pages *p, enum page_verdict v)
{
	struct pair_pages counts = *p;
	const uint64_t *pages = place_of(&counts, v);

	counts.copied -= counts.copied_by_a + counts.copied_by_b;
	return pages ? (int64_t)*pages : -1;
}

const char *verdicts_hide(
	const struct verdicts *v, const struct pair_pages *p, enum page_verdict which)
{
	if (which == PAGE_VERDICT_ZERO)
		return value_state_has_value(v->scan_state) ? NULL : PAGES_NEED_SCAN;
	if (which == PAGE_VERDICT_KEPT || which == PAGE_VERDICT_REPLACED)
		return v->frames_gap;
	if (which == PAGE_VERDICT_FAULTED)
		return v->faults_gap;
	if (which != PAGE_VERDICT_COPIED_BY_A && which != PAGE_VERDICT_COPIED_BY_B)
		return NULL;
	return v->pages_exact || p->copied == p->copied_by_a + p->copied_by_b ? NULL
									      : PAGES_NEED_FRAMES;
}

uint64_t pair_pages_common(const struct pair_pages *p)
{
	return p->cow_shared + p->file_shared + p->shared_memory - p->touched_by_one;
}

static void pair_release(void *pair)
{
	const struct pair *p = pair;

	part_put(p->verdicts);
	part_put(p->threads);
}

struct pair *pair_new(void)
{
	struct pair *p = part_new(sizeof *p);

	p->part.release = pair_release;
	return p;
}

static void *copy_rows(struct arena *arena, const void *rows, size_t n, size_t size)
{
	return n ? arena_copy(arena, rows, n * size) : NULL;
}

const struct pair *pair_copy(const struct pair *of, const struct verdicts *verdicts)
{
	const size_t from = sizeof of->part;
	struct pair *p = pair_new();

	memcpy((char *)p + from, (const char *)of + from, sizeof *p - from);
	part_same_times(&p->part, &of->part);
	part_get(p->threads);
	p->verdicts = verdicts;
	p->fd = copy_rows(&p->part.arena, p->fd, p->fds_n, sizeof *p->fd);
	pair_index_fds(p);
	p->channel = copy_rows(&p->part.arena, p->channel, p->channels_n, sizeof *p->channel);
	for (size_t i = 0; i < p->channels_n; i++)
		if (p->channel[i].detail)
			p->channel[i].detail = arena_copy(
				&p->part.arena, p->channel[i].detail, strlen(p->channel[i].detail));
	return p;
}

void pair_set_threads(struct pair *p, const struct pair_threads *threads)
{
	p->threads = threads;
	p->threads_n = threads->n;
	p->thread = threads->row;
}

static int index_of_side(const struct pair_fd *row, unsigned side)
{
	return side ? row->b : row->a;
}

void pair_index_fds(struct pair *p)
{
	for (unsigned side = 0; side < 2; side++) {
		size_t n = 0;

		for (size_t i = 0; i < p->fds_n; i++)
			if (index_of_side(&p->fd[i], side) >= (int)n)
				n = (size_t)index_of_side(&p->fd[i], side) + 1;
		p->fd_rows_n[side] = n;
		p->fd_row[side] = arena_array(&p->part.arena, n, sizeof *p->fd_row[side]);
		/* The first row is the one that counts. */
		for (size_t i = p->fds_n; i-- > 0;)
			if (index_of_side(&p->fd[i], side) >= 0)
				p->fd_row[side][index_of_side(&p->fd[i], side)] = (uint32_t)i + 1;
	}
}

const struct pair_fd *pair_find_fd(const struct pair *p, unsigned side, size_t index)
{
	if (!p || index >= p->fd_rows_n[side] || !p->fd_row[side][index])
		return NULL;
	return &p->fd[p->fd_row[side][index] - 1];
}

bool pair_is_orphan(const struct snapshot *s, enum relation relation, unsigned side)
{
	const struct process_info *info = s->side[side].info;

	return relation == (side ? RELATION_CHILD : RELATION_PARENT) && info &&
	       value_state_has_value(info->source[PROCESS_STAT]) &&
	       info->ppid != s->side[!side].id.pid && !s->side[side].ending.ended;
}

bool pair_is_past(const struct pair *p)
{
	return p && p->relation == RELATION_OWN_PAST;
}

const char *pair_apart(const struct pair *p)
{
	if (pair_is_past(p))
		return "B is A at an earlier moment: nothing is shared with the past";
	if (p && p->relation == RELATION_TWO_RECORDINGS)
		return "A and B are of two recordings: nothing is shared, and frames of one mean "
		       "nothing in the other";
	return NULL;
}

bool pair_judged(const struct pair *p)
{
	const struct verdicts *v = p->verdicts;

	return !p->one_space &&
	       value_state_has_value(pair_apart(p) ? v->since_state : v->pages_state);
}

const char *pair_pages_reason(const struct pair *p)
{
	enum value_state state = p->verdicts->pages_state;

	if (pair_apart(p))
		return pair_apart(p);
	if (p->one_space)
		return "one address space: copy-on-write does not apply";
	if (!value_state_has_value(p->space_state))
		return PAIR_SPACE_UNKNOWN;
	if (state == VALUE_DENIED)
		return "needs ptrace read access to both: same user and dumpable, or "
		       "CAP_SYS_PTRACE";
	if (state == VALUE_GONE)
		return "one of the two ended";
	return value_state_reason(state);
}

size_t verdicts_first_run(const struct verdicts *v, uint64_t address)
{
	size_t low = 0, high = v->verdict_runs_n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct verdict_run *run = &v->verdict_run[mid];

		if (run->start + run->n * v->page_size <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

unsigned verdicts_at(const struct verdicts *v, uint64_t address)
{
	size_t i = verdicts_first_run(v, address);
	const struct verdict_run *run = &v->verdict_run[i];

	if (i == v->verdict_runs_n || run->start > address)
		return PAGE_VERDICT_ABSENT;
	return run->verdict[(address - run->start) / v->page_size];
}

static void moment_release(void *moment)
{
	const struct moment *m = moment;

	part_put(m->snapshot);
	part_put(m->pair);
}

const struct moment *moment_new(const struct snapshot *snapshot, const struct pair *pair)
{
	struct moment *m = part_new(sizeof *m);

	m->part.release = moment_release;
	m->snapshot = snapshot;
	m->pair = pair;
	return m;
}

const struct moment *moment_get(const struct moment *m)
{
	return part_get(m);
}

void moment_put(const struct moment *m)
{
	part_put(m);
}

static bool same_ending(const struct ending *a, const struct ending *b)
{
	return a->ended == b->ended && a->status_known == b->status_known &&
	       a->status == b->status && a->source == b->source;
}

static bool same_side(const struct side *a, const struct side *b)
{
	return task_id_equal(a->id, b->id) && a->tid == b->tid &&
	       a->pidfd_state == b->pidfd_state && same_ending(&a->ending, &b->ending);
}

/* What was told is of its moment alone; faults are shown by what follows from them. */
static bool same_parts(const struct snapshot *a, const struct snapshot *b)
{
	for (unsigned kind = 0; kind < PART_KINDS; kind++)
		for (unsigned side = 0; side < 2 && part_table[kind].origin != PART_TOLD; side++)
			if (snapshot_part(a, (enum part_kind)kind, side) !=
				snapshot_part(b, (enum part_kind)kind, side))
				return false;
	return true;
}

static bool same_copies(const struct copy_rate *a, const struct copy_rate *b)
{
	return a->gap == b->gap && !(a->now < b->now) && !(a->now > b->now) &&
	       !(a->peak < b->peak) && !(a->peak > b->peak);
}

bool moment_same(const struct moment *m, const struct moment *before)
{
	const struct snapshot *s, *b;

	if (!m || !before || m == before)
		return m == before;
	s = m->snapshot;
	b = before->snapshot;
	if (m->pair != before->pair || s->sides != b->sides || moment_tells_events(m) ||
		s->sibling_chosen_by_us != b->sibling_chosen_by_us ||
		s->sibling_is_nearest != b->sibling_is_nearest || s->alone != b->alone ||
		!same_copies(&s->copies, &b->copies))
		return false;
	for (unsigned i = 0; i < s->sides; i++)
		if (!same_side(&s->side[i], &b->side[i]))
			return false;
	return same_parts(s, b);
}

bool moment_tells_events(const struct moment *m)
{
	return m->snapshot->events != NULL;
}
