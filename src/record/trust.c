/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/trust.h"

#include <string.h>

#include "twintop/model/backtraces.h"
#include "twintop/model/erosion.h"
#include "twintop/model/family.h"
#include "twintop/model/fault.h"
#include "twintop/model/file_lock.h"
#include "twintop/model/user_stacks.h"
#include "twintop/model/writers.h"

#define PAGE_LEAST 512u
#define PAGE_MOST  (1u << 30)
#define TICKS_MOST 1000000u /* a second */

/* ---- the moment itself ----------------------------------------------------- */

static bool has_page_size(const struct snapshot *s, const struct snapshot *before)
{
	uint64_t size = s->host.page_size;

	(void)before;
	return size >= PAGE_LEAST && size <= PAGE_MOST && !(size & (size - 1));
}

static bool has_clock_ticks(const struct snapshot *s, const struct snapshot *before)
{
	(void)before;
	return s->host.clock_ticks && s->host.clock_ticks <= TICKS_MOST;
}

static bool has_kernel(const struct snapshot *s, const struct snapshot *before)
{
	(void)before;
	return memchr(s->host.kernel, 0, sizeof s->host.kernel);
}

static bool is_one_host(const struct snapshot *s, const struct snapshot *before)
{
	return !before || (s->host.page_size == before->host.page_size &&
				  s->host.clock_ticks == before->host.clock_ticks);
}

/* Times are counted with and subtracted. The wall clock may be set back. */
static bool goes_on(const struct snapshot *s, const struct snapshot *before)
{
	if (s->monotonic_ns > INT64_MAX / 2 || s->realtime_ns > INT64_MAX / 2)
		return false;
	return !before ||
	       (s->monotonic_ns >= before->monotonic_ns && s->sequence > before->sequence);
}

static bool has_sides(const struct snapshot *s, const struct snapshot *before)
{
	(void)before;
	for (unsigned i = 0; i < s->sides; i++)
		if (s->side[i].id.pid <= 0 || s->side[i].tid < 0)
			return false;
	return true;
}

static const struct moment_rule {
	const char *name;
	bool (*holds)(const struct snapshot *s, const struct snapshot *before);
} moment_rules[] = {
	{"page size", has_page_size},
	{"clock ticks", has_clock_ticks},
	{"kernel", has_kernel},
	{"one host", is_one_host},
	{"time goes on", goes_on},
	{"sides", has_sides},
};

/* ---- processes and threads ------------------------------------------------- */

/* As one letter on a screen; 0: not read. */
static bool is_state(char state)
{
	return !state || (state >= 'A' && state <= 'Z') || (state >= 'a' && state <= 'z');
}

static bool process_has_state(const struct snapshot *s, const void *part)
{
	(void)s;
	return is_state(((const struct process_info *)part)->state);
}

/* The main thread is first; each is there once, the others ascending. */
static bool threads_are_in_order(const struct snapshot *s, const void *part)
{
	const struct thread_list *list = part;
	pid_t before = 0, main = list->n ? thread_self_at(list, 0)->tid : 1;

	(void)s;
	for (size_t i = 1; i < list->n; i++) {
		pid_t tid = thread_self_at(list, i)->tid;

		if (tid <= before || tid == main)
			return false;
		before = tid;
	}
	return main > 0;
}

/* Whether it holds of that group of each thread. */
static bool holds_of_all(
	const struct thread_list *list, enum thread_group group, bool (*holds)(const void *record))
{
	for (size_t c = 0; list->seats && c < list->seats->layout.chunks; c++) {
		const struct chunk *chunk = list->group[group][c];

		/* A lean list has some of the groups. */
		for (unsigned slot = 0; chunk && slot < chunk->n; slot++)
			if (!holds(chunk_at(chunk, slot)))
				return false;
	}
	return true;
}

static bool has_state(const void *run)
{
	return is_state(((const struct thread_run *)run)->state);
}

static bool threads_have_states(const struct snapshot *s, const void *part)
{
	(void)s;
	return holds_of_all(part, THREAD_GROUP_RUN, has_state);
}

static bool has_bounds(const void *self)
{
	const struct thread_self *t = self;

	return t->stack_start <= t->stack_end && t->given_start <= t->given_end;
}

static bool stacks_end_behind_their_starts(const struct snapshot *s, const void *part)
{
	(void)s;
	return holds_of_all(part, THREAD_GROUP_SELF, has_bounds);
}

/* By a TID, if anybody is. */
static bool waits_for_a_thread(const void *call)
{
	const struct thread_call *c = call;

	return c->wait_owner >= 0 && c->wait_left >= 0 && c->wait_known_ns <= INT64_MAX;
}

static bool threads_wait_for_threads(const struct snapshot *s, const void *part)
{
	(void)s;
	return holds_of_all(part, THREAD_GROUP_CALL, waits_for_a_thread);
}

static bool windows_end_behind_their_begins(const struct snapshot *s, const void *part)
{
	const struct thread_list *list = part;

	(void)s;
	for (size_t c = 0; list->seats && c < list->seats->layout.chunks; c++)
		if (list->window[c].end_ns < list->window[c].begin_ns)
			return false;
	return true;
}

/* ---- memory ---------------------------------------------------------------- */

static bool are_mappings(const struct memory_map *m, uint64_t page_size)
{
	uint64_t end = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct mapping *map = &m->mapping[i];

		if (map->start < end || map->end <= map->start || map->start % page_size ||
			map->end % page_size)
			return false;
		end = map->end;
	}
	return true;
}

static bool mappings_are_in_order(const struct snapshot *s, const void *part)
{
	return are_mappings(part, s->host.page_size);
}

static bool pages_have_mappings(const struct snapshot *s, const void *part)
{
	const struct page_map *p = part;

	return !p->memory || are_mappings(p->memory, s->host.page_size);
}

static bool pages_have_their_size(const struct snapshot *s, const void *part)
{
	const struct page_map *p = part;

	return page_map_known(p) ? p->page_size == s->host.page_size : !p->runs_n;
}

/* Runs lie one behind the other. */
static bool runs_are_in_order(const struct snapshot *s, const void *part)
{
	const struct page_map *p = part;
	uint64_t end = 0, bytes;

	(void)s;
	for (size_t i = 0; i < p->runs_n; i++)
		if (p->run[i].start < end || p->run[i].start % p->page_size || !p->run[i].n ||
			__builtin_mul_overflow(p->run[i].n, p->page_size, &bytes) ||
			__builtin_add_overflow(p->run[i].start, bytes, &end))
			return false;
	return true;
}

static bool counts_fit(const struct page_counts *c, uint64_t pages)
{
	return c->resident <= pages && c->anonymous <= c->resident && c->file <= c->resident &&
	       c->zero <= c->resident && c->shared <= c->anonymous && c->huge <= c->resident &&
	       c->ksm <= c->resident && c->swapped <= pages && c->guard <= pages;
}

/* No mapping has more pages than it is large, and all have what each has. */
static bool counts_add_up(const struct snapshot *s, const void *part)
{
	const struct page_map *p = part;
	struct page_counts sum = {0};

	(void)s;
	if (!page_map_known(p))
		return true;
	for (size_t i = 0; i < p->memory->n; i++) {
		const struct mapping *map = &p->memory->mapping[i];
		const struct page_counts *c = &p->mapping[i];

		if (!counts_fit(c, (map->end - map->start) / p->page_size))
			return false;
		sum.resident += c->resident;
		sum.anonymous += c->anonymous;
		sum.file += c->file;
		sum.swapped += c->swapped;
	}
	return sum.resident == p->totals.resident && sum.anonymous == p->totals.anonymous &&
	       sum.file == p->totals.file && sum.swapped == p->totals.swapped;
}

static bool ascend(const uint64_t *number, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (number[i] <= number[i - 1])
			return false;
	return true;
}

static bool frames_are_in_order(const struct snapshot *s, const void *part)
{
	const struct page_map *p = part;

	(void)s;
	return (!p->counts || ascend(p->counts->frame, p->counts->n)) &&
	       (!p->parted || ascend(p->parted->address, p->parted->n));
}

/* ---- the rest -------------------------------------------------------------- */

static bool fds_are_in_order(const struct snapshot *s, const void *part)
{
	const struct fd_list *list = part;
	int before = -1;

	(void)s;
	for (size_t i = 0; i < list->n; before = list->fd[i++].fd)
		if (list->fd[i].fd <= before)
			return false;
	return true;
}

static bool locks_end_behind_their_starts(const struct snapshot *s, const void *part)
{
	const struct lock_table *table = part;

	(void)s;
	for (size_t i = 0; i < table->n; i++)
		if (table->lock[i].end < table->lock[i].start)
			return false;
	return true;
}

/* One point behind the other, and no more than a series has. */
static bool points_are_in_order(const struct snapshot *s, const void *part)
{
	const struct erosion *e = part;
	uint64_t before = 0;

	(void)s;
	for (size_t i = 0; i < e->n; before = e->point[i++].to_ns)
		if (e->point[i].from_ns < before || e->point[i].to_ns < e->point[i].from_ns)
			return false;
	return e->n <= SERIES_POINTS;
}

static bool symbols_are_in_order(const struct snapshot *s, const void *part)
{
	const struct symbol_list *list = part;

	(void)s;
	for (size_t i = 1; i < list->n; i++)
		if (list->symbol[i].address < list->symbol[i - 1].address)
			return false;
	return true;
}

/* By TID, each once; whoever has a trace has one of those that are there. */
static bool backtraces_are_in_order(const struct snapshot *s, const void *part)
{
	const struct backtraces *b = part;
	pid_t before = 0;

	(void)s;
	for (size_t i = 0; i < b->n; i++) {
		const struct thread_backtrace *t = &b->thread[i];

		if (t->tid <= before || (!t->gap && t->trace >= b->traces_n) ||
			(value_state_has_value(t->kernel_state) && t->kernel >= b->kernels_n))
			return false;
		before = t->tid;
	}
	return true;
}

/* Those of a thread stand together. */
static bool user_stacks_are_in_order(const struct snapshot *s, const void *part)
{
	const struct user_stacks *u = part;

	(void)s;
	for (size_t i = 1; i < u->n; i++)
		if (u->stack[i].tid < u->stack[i - 1].tid)
			return false;
	return true;
}

/* By process, then by address. */
static bool names_are_in_order(const struct snapshot *s, const void *part)
{
	const struct writer_names *names = part;

	(void)s;
	for (size_t i = 1; i < names->n; i++) {
		const struct writer_name *a = &names->name[i - 1], *b = &names->name[i];

		if (a->pid > b->pid || (a->pid == b->pid && a->ip > b->ip))
			return false;
	}
	return true;
}

/* Each stands behind its parent and one deeper: ways up have an end. */
static bool members_have_parents(const struct snapshot *s, const void *part)
{
	const struct family *f = part;

	(void)s;
	for (size_t i = 0; i < f->n; i++) {
		const struct member *m = &f->member[i];
		bool lost = m->parent == FAMILY_NO_PARENT;

		if (lost ? m->depth != (i != 0)
			 : m->parent >= i || m->depth != f->member[m->parent].depth + 1)
			return false;
	}
	return true;
}

static bool members_have_states(const struct snapshot *s, const void *part)
{
	const struct family *f = part;

	(void)s;
	for (size_t i = 0; i < f->n; i++)
		if (!is_state(f->member[i].state))
			return false;
	return true;
}

static bool family_has_page_size(const struct snapshot *s, const void *part)
{
	const struct family *f = part;

	return !f->n || f->page_size == s->host.page_size;
}

static bool members_add_up(const struct snapshot *s, const void *part)
{
	const struct family *f = part;

	(void)s;
	return f->n <= FAMILY_MOST && f->living <= f->n && f->ended <= f->n && f->counted <= f->n;
}

static bool events_are_in_order(const struct snapshot *s, const void *part)
{
	const struct event_batch *batch = part;

	(void)s;
	for (size_t i = 1; i < batch->n; i++)
		if (batch->event[i].monotonic_ns < batch->event[i - 1].monotonic_ns)
			return false;
	return true;
}

static bool events_have_names(const struct snapshot *s, const void *part)
{
	const struct event_batch *batch = part;
	size_t n = batch->names_n ? batch->names_n : 1;

	(void)s;
	for (size_t i = 0; i < batch->n; i++) {
		const struct event *e = &batch->event[i];

		if (e->name >= n || e->before >= n || e->function >= n)
			return false;
	}
	return true;
}

static bool faults_are_in_order(const struct snapshot *s, const void *part)
{
	const struct fault_batch *batch = part;

	(void)s;
	for (size_t i = 1; i < batch->n; i++)
		if (batch->fault[i].time_ns < batch->fault[i - 1].time_ns)
			return false;
	return true;
}

static bool lanes_are_in_order(const struct snapshot *s, const void *part)
{
	const struct lane_batch *batch = part;

	if (batch->from_ns > batch->until_ns || batch->until_ns > s->monotonic_ns)
		return false;
	for (size_t i = 0; i < batch->gaps_n; i++) {
		const struct lane_gap *now = &batch->gap[i];

		if (now->end_ns < now->begin_ns || now->end_ns > s->monotonic_ns ||
			(i && now->begin_ns < now[-1].end_ns))
			return false;
	}
	for (size_t i = 0; i < batch->n; i++) {
		const struct lane_span *now = &batch->span[i], *last = i ? now - 1 : NULL;

		if (now->end_ns < now->begin_ns || now->end_ns > s->monotonic_ns || now->cpu < 0 ||
			now->tid <= 0 || now->run_ns > now->end_ns - now->begin_ns ||
			now->queued_ns > now->end_ns - now->begin_ns ||
			now->before_ns > now->begin_ns)
			return false;
		if (last && (last->tid > now->tid ||
				    (last->tid == now->tid && last->begin_ns > now->begin_ns)))
			return false;
	}
	return true;
}

static const struct part_rule {
	enum part_kind kind;
	const char *name;
	bool (*holds)(const struct snapshot *s, const void *part);
} part_rules[] = {
	{PART_PROCESS, "state of a process", process_has_state},
	{PART_TASK, "state of a task", process_has_state},
	{PART_THREADS, "threads in order", threads_are_in_order},
	{PART_THREADS, "states of threads", threads_have_states},
	{PART_THREADS, "bounds of stacks", stacks_end_behind_their_starts},
	{PART_THREADS, "waits of threads", threads_wait_for_threads},
	{PART_THREADS, "windows of threads", windows_end_behind_their_begins},
	{PART_MAPPINGS, "mappings in order", mappings_are_in_order},
	{PART_PAGES, "mappings of pages", pages_have_mappings},
	{PART_PAGES, "size of pages", pages_have_their_size},
	{PART_PAGES, "runs in order", runs_are_in_order},
	{PART_PAGES, "counts of pages", counts_add_up},
	{PART_PAGES, "frames in order", frames_are_in_order},
	{PART_FDS, "descriptors in order", fds_are_in_order},
	{PART_LOCKS, "bounds of locks", locks_end_behind_their_starts},
	{PART_EROSION, "points in order", points_are_in_order},
	{PART_SYMBOLS, "symbols in order", symbols_are_in_order},
	{PART_BACKTRACES, "backtraces in order", backtraces_are_in_order},
	{PART_USER_STACKS, "user stacks in order", user_stacks_are_in_order},
	{PART_NAMES, "names in order", names_are_in_order},
	{PART_FAMILY, "parents of members", members_have_parents},
	{PART_FAMILY, "states of members", members_have_states},
	{PART_FAMILY, "size of a family's pages", family_has_page_size},
	{PART_FAMILY, "numbers of members", members_add_up},
	{PART_EVENTS, "events in order", events_are_in_order},
	{PART_EVENTS, "names of events", events_have_names},
	{PART_FAULTS, "page faults in order", faults_are_in_order},
	{PART_SWITCHES, "lanes in order", lanes_are_in_order},
};

/* ---- all of it --------------------------------------------------------------- */

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static bool holds_of(const struct part_rule *rule, const struct snapshot *s,
	const struct snapshot *before, unsigned side)
{
	const struct part *part = snapshot_part(s, rule->kind, side);

	return !part || (before && part == snapshot_part(before, rule->kind, side)) ||
	       rule->holds(s, part);
}

const char *trust_part_breach(
	const struct snapshot *s, enum part_kind kind, const struct part *part)
{
	for (size_t i = 0; i < LENGTH(part_rules); i++)
		if (part_rules[i].kind == kind && !part_rules[i].holds(s, part))
			return part_rules[i].name;
	return NULL;
}

const char *trust_breach(const struct snapshot *s, const struct snapshot *before)
{
	for (size_t i = 0; i < LENGTH(moment_rules); i++)
		if (!moment_rules[i].holds(s, before))
			return moment_rules[i].name;
	for (size_t i = 0; i < LENGTH(part_rules); i++) {
		const struct part_rule *rule = &part_rules[i];
		unsigned sides = part_table[rule->kind].scope == PART_OF_SIDE ? s->sides : 1;

		for (unsigned side = 0; side < sides; side++)
			if (!holds_of(rule, s, before, side))
				return rule->name;
	}
	return NULL;
}
