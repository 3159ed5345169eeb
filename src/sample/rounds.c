/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "sampler_internal.h"
#include "twintop/base/clock.h"
#include "twintop/proc/fds.h"

#define LIST_DELAY_NS 1000000000u
#define COST_MILLE    30	  /* of one core that a reader of rows may take … */
#define ROWS_DELAY_NS 1000000000u /* … but its rows never get older than this */
#define FLAG_EXITING  0x4u	  /* PF_EXITING of stat field 9 */

/* The sides that are read by themselves: B is not when it is of A's process. */
static unsigned sides_read(const struct sampler *s)
{
	return targets_same(s) ? 1 : 2;
}

/* What one need brings along. */
static unsigned expand(unsigned need)
{
	if (need & NEED_STACKS)
		need |= NEED_MAPS | NEED_THREAD_SYSCALL;
	if (need & NEED_THREAD_ANY)
		need |= NEED_THREADS;
	if (need & NEED_PAGE_COUNTS)
		need |= NEED_PAGES;
	if (need & NEED_PAGES)
		need |= NEED_MAPS;
	if (need & NEED_FD_ANY)
		need |= NEED_FDS;
	return need | NEED_PROCESS;
}

/* How long a reader that cost so much rests so that it takes no more than its share of a core. */
static uint64_t rest_ns(const struct sampler *s, uint64_t cost_ns, uint64_t permille)
{
	return s->options.whole || !permille ? 0 : cost_ns * 1000 / permille;
}

/* When threads or descriptors may be read again. */
static uint64_t next_rows(const struct sampler *s, uint64_t cost_ns)
{
	uint64_t rest = rest_ns(s, cost_ns, COST_MILLE);

	return clock_monotonic_ns() + (rest < ROWS_DELAY_NS ? rest : ROWS_DELAY_NS);
}

/* Due now, or so soon that waiting for the next round would be later than meant. */
static bool is_due(const struct round *r, uint64_t due_ns)
{
	return due_ns <= r->begin_ns + r->delay_ns / 4;
}

/*
 * Whether what was read of t just now is of a process that still was one. On its way out it has
 * lost its mappings and files, though nobody can wait for it yet.
 */
static bool settled(struct sampler *s, struct target *t)
{
	struct identity_stat stat;

	target_look(s, t);
	if (t->ending.ended || identity_stat_read(s->options.root, t->identity.id.pid, &stat))
		return false;
	return !(stat.flags & FLAG_EXITING) || stat.threads > 1;
}

/* Whether to read a part of t: while it lives, and once of what had ended when we came. */
static bool wants(const struct target *t, const void *part)
{
	return t && (!t->ending.ended || !part);
}

/* ---- process records ----------------------------------------------------- */

/* A lane that hangs on a process that is not watched any more makes place for a new one. */
static void renew_lane(struct sampler *s, unsigned side, const struct target *t)
{
	const struct process_job *job = s->process[side]->job;

	pthread_mutex_lock(&s->hub->lock);
	if (s->process[side]->state == LANE_BUSY && !target_is(t, job->id)) {
		lane_drop(s->process[side]);
		s->process[side] =
			lane_new(s->hub, &process_job_ops, process_job_new(s->options.root));
	}
	pthread_mutex_unlock(&s->hub->lock);
}

static struct lane *begin_process(struct sampler *s, unsigned side)
{
	const struct target *t = s->side[side];
	struct process_job *job;

	if (!t || !wants(t, t->had.info))
		return NULL;
	renew_lane(s, side, t);
	if (!sampler_lane_idle(s, s->process[side]))
		return NULL;
	job = s->process[side]->job;
	job->id = t->identity.id;
	job->before = part_get(t->had.info);
	sampler_begin_lane(s, s->process[side]);
	return s->process[side];
}

static void compare_exe(struct sampler *s, struct target *t, const struct process_info *now)
{
	struct event e = {.kind = EVENT_EXEC, .pid = t->identity.id.pid};

	if (!t->had.info || !value_state_has_value(t->had.info->source[PROCESS_EXE]) ||
		!value_state_has_value(now->source[PROCESS_EXE]) ||
		text_equal(t->had.info->exe, now->exe))
		return;
	t->exec_seen = true;
	s->memory_due_ns = s->fds_due_ns = t->threads_due_ns = 0;
	sampler_event(s, e, now->comm);
}

static void take_process(struct sampler *s, struct lane *lane)
{
	struct process_job *job = lane->job;
	const struct process_info *info;
	struct target *t;

	if (!sampler_settle_lane(s, lane))
		return;
	t = target_find(s, job->id);
	info = job->info;
	job->info = NULL;
	if (!t || !info || (t->had.info && (info->part.error || !settled(s, t)))) {
		part_put(info);
		return;
	}
	siblings_compare(s, t, info);
	compare_exe(s, t, info);
	part_put(t->had.info);
	t->had.info = info;
	s->read_cpu_ns += info->part.cpu_ns;
}

static void take_list(struct sampler *s)
{
	struct list_job *job = s->lister->job;
	const struct process_list *list;

	if (!sampler_settle_lane(s, s->lister))
		return;
	list = job->list;
	job->list = NULL;
	siblings_found(s, job);
	s->list_due_ns = clock_monotonic_ns() + LIST_DELAY_NS;
	pthread_mutex_lock(&s->hub->lock);
	if (s->want_list && list) {
		part_put(s->list);
		s->list = list;
		list = NULL;
	}
	pthread_mutex_unlock(&s->hub->lock);
	part_put(list);
}

/* Records of both sides, then the choice of B, whose record is read in the same round. */
static void round_processes(struct sampler *s, struct round *r)
{
	struct lane *wait[3] = {0};

	wait[2] = siblings_search(s, r);
	for (unsigned i = 0; i < sides_read(s); i++)
		wait[i] = begin_process(s, i);
	sampler_await(s, r, wait, 3);
	take_process(s, s->process[0]);
	take_process(s, s->process[1]);
	take_list(s);
	siblings_choose(s);
	if (!s->side[1] || s->side[1]->had.info || targets_same(s))
		return;
	wait[1] = begin_process(s, 1);
	sampler_await(s, r, &wait[1], 1);
	take_process(s, s->process[1]);
}

/* ---- memory -------------------------------------------------------------- */

static void fill_memory_side(const struct target *t, struct memory_side *side)
{
	*side = (struct memory_side){0};
	if (!t || !wants(t, t->had.memory))
		return;
	side->id = t->identity.id;
	side->info = part_get(t->had.info);
	side->exe = t->had.info ? t->had.info->exe : text_of(NULL);
	if (!t->exec_seen)
		side->before = part_get(t->had.memory);
}

/* Whether a side that lives lacks what the round needs of its memory, whatever the pace. */
static bool memory_lacks(const struct sampler *s, const struct round *r)
{
	for (unsigned i = 0; i < sides_read(s); i++) {
		const struct target *t = s->side[i];

		if (!t || !wants(t, t->had.memory))
			continue;
		if (!t->had.memory || t->exec_seen ||
			(r->need & NEED_PAGES && t->had.memory->pages_state == VALUE_UNREAD &&
				!t->had.memory->part.error))
			return true;
	}
	return false;
}

static bool wants_memory(const struct sampler *s)
{
	return (s->side[0] && wants(s->side[0], s->side[0]->had.memory)) ||
	       (s->side[1] && wants(s->side[1], s->side[1]->had.memory));
}

/* True when the round should wait for it before it reads the threads. */
static bool begin_memory(struct sampler *s, struct round *r)
{
	struct memory_job *job = s->memory->job;
	bool lacks;

	if (!(r->need & NEED_MAPS) || !wants_memory(s) || !sampler_lane_idle(s, s->memory))
		return false;
	lacks = memory_lacks(s, r);
	if (!lacks && !is_due(r, s->memory_due_ns))
		return false;
	job->pages = r->need & NEED_PAGES;
	job->counts = r->need & NEED_PAGE_COUNTS;
	for (unsigned i = 0; i < 2; i++)
		fill_memory_side(i < sides_read(s) ? s->side[i] : NULL, &job->side[i]);
	sampler_begin_lane(s, s->memory);
	return lacks || s->options.whole;
}

/* Mappings that are complete: sealed and in the old ones' place. */
static void seal_memory(struct sampler *s, struct target *t)
{
	struct memory_map *m = t->fresh;
	bool emptied;

	if (!m)
		return;
	t->fresh = NULL;
	memory_seal(m, t->fresh_error, t->fresh_cpu_ns);
	emptied = t->had.memory && t->had.memory->n && !m->n && !t->exec_seen;
	if (emptied || (t->had.memory && !t->settled)) {
		part_put(m);
		return;
	}
	part_put(t->had.memory);
	t->had.memory = m;
	s->read_cpu_ns += m->part.cpu_ns;
}

/* Hands what the job brought to the sides that it is of. */
static void take_memory(struct sampler *s)
{
	struct memory_job *job = s->memory->job;

	if (!sampler_settle_lane(s, s->memory))
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct memory_side *from = &job->side[i];
		struct target *t = target_find(s, from->id);

		if (t && from->memory) {
			part_put(t->fresh);
			t->fresh = from->memory;
			t->fresh_error = from->error;
			t->fresh_cpu_ns = from->cpu_ns;
			t->settled = settled(s, t);
		} else {
			part_put(from->memory);
		}
		from->memory = NULL;
	}
	s->memory_cost_ns = job->cpu_ns;
}

/* ---- threads ------------------------------------------------------------- */

static struct lane *begin_threads(struct sampler *s, const struct round *r, struct target *t)
{
	struct threads_job *job;

	if (!(r->need & NEED_THREADS) || !wants(t, t->had.threads) ||
		!sampler_lane_idle(s, t->threads))
		return NULL;
	if (!is_due(r, t->threads_due_ns) && !t->fresh && t->had.threads)
		return NULL;
	job = t->threads->job;
	job->need = r->need & (NEED_THREAD_ANY);
	job->memory = part_get(t->had.memory);
	job->fresh = t->fresh;
	t->fresh = NULL;
	sampler_begin_lane(s, t->threads);
	return t->threads;
}

static void take_threads(struct sampler *s, struct target *t)
{
	struct threads_job *job;

	if (!t || !sampler_settle_lane(s, t->threads))
		return;
	job = t->threads->job;
	if (job->fresh) {
		part_put(t->fresh);
		t->fresh = job->fresh;
		job->fresh = NULL;
		seal_memory(s, t);
	}
	if (job->list && (!t->had.threads || (!job->list->part.error && settled(s, t)))) {
		part_put(t->had.threads);
		t->had.threads = part_get(job->list);
		s->read_cpu_ns += t->had.threads->part.cpu_ns;
		t->threads_due_ns = next_rows(s, t->had.threads->part.cpu_ns);
	}
	part_put(job->list);
	job->list = NULL;
}

/* Mappings that no thread reader took along: their stacks are as last seen. */
static void seal_rest(struct sampler *s, struct target *t)
{
	if (!t || !t->fresh)
		return;
	memory_mark_stacks(t->fresh, t->had.threads);
	seal_memory(s, t);
}

/* ---- descriptors, shares ------------------------------------------------- */

static bool wants_fds(const struct sampler *s, unsigned side)
{
	const struct target *t = s->side[side];

	if (side && t && target_find_thread(s, t->identity.id, t->identity.tid) != t)
		return false;
	return t && wants(t, t->had.fds);
}

static bool fds_lack(const struct sampler *s, unsigned need)
{
	if (need & ~s->fds_read_need)
		return true;
	for (unsigned i = 0; i < 2; i++)
		if (wants_fds(s, i) && !s->side[i]->had.fds)
			return true;
	return false;
}

static void begin_fds(struct sampler *s, const struct round *r)
{
	struct fds_job *job = s->fds->job;
	unsigned need = r->need & NEED_FD_ANY;

	if (!need || (!wants_fds(s, 0) && !wants_fds(s, 1)) || !sampler_lane_idle(s, s->fds))
		return;
	if (!fds_lack(s, need) && !is_due(r, s->fds_due_ns))
		return;
	job->need = s->fds_read_need = need;
	for (unsigned i = 0; i < 2; i++) {
		job->side[i].id = wants_fds(s, i) ? s->side[i]->identity.id : (struct task_id){0};
		job->side[i].tid = s->side[i] ? s->side[i]->identity.tid : 0;
	}
	sampler_begin_lane(s, s->fds);
}

/* Takes a reference to list. */
static void keep_fds(struct sampler *s, const struct fds_side *from, const struct fd_list *list)
{
	struct target *t = target_find_thread(s, from->id, from->tid);

	if (t && list && (!t->had.fds || settled(s, t))) {
		part_put(t->had.fds);
		t->had.fds = list;
	} else {
		part_put(list);
	}
}

static void take_fds(struct sampler *s)
{
	struct fds_job *job = s->fds->job;

	if (!sampler_settle_lane(s, s->fds))
		return;
	if (job->one_table)
		keep_fds(s, &job->side[1], part_get(job->side[0].list));
	for (unsigned i = 0; i < 2; i++) {
		if (!i || !job->one_table)
			keep_fds(s, &job->side[i], job->side[i].list);
		job->side[i].list = NULL;
	}
	s->fds_due_ns = next_rows(s, job->cpu_ns);
	s->read_cpu_ns += job->cpu_ns;
}

static void begin_shares(struct sampler *s, const struct round *r)
{
	struct shares_job *job = s->shares->job;

	if (!(r->need & NEED_SHARES) || !target_alive(s->side[0]) || !target_alive(s->side[1]) ||
		!sampler_lane_idle(s, s->shares))
		return;
	for (unsigned i = 0; i < 2; i++) {
		job->task[i].pid = s->side[i]->identity.id.pid;
		job->task[i].tid = s->side[i]->identity.tid;
	}
	sampler_begin_lane(s, s->shares);
}

/* Whether what the job brought is of the tasks that are watched now. */
static bool shares_apply(const struct sampler *s, const struct shares_job *job)
{
	for (unsigned i = 0; i < 2; i++)
		if (!s->side[i] || job->task[i].tid != s->side[i]->identity.tid)
			return false;
	return true;
}

/* kcmp of a task that has ended says nothing; what it shared is known from before. */
static bool shares_outdated(struct sampler *s)
{
	target_look(s, s->side[0]);
	target_look(s, s->side[1]);
	return s->pair.shares && (!target_alive(s->side[0]) || !target_alive(s->side[1]));
}

static void take_shares(struct sampler *s)
{
	struct shares_job *job = s->shares->job;
	bool keep;

	if (!sampler_settle_lane(s, s->shares))
		return;
	keep = shares_apply(s, job) && !shares_outdated(s);
	if (keep) {
		part_put(s->pair.shares);
		s->pair.shares = job->shares;
		job->shares = NULL;
	}
	part_put(job->shares);
	job->shares = NULL;
	for (unsigned i = 0; i < 2; i++) {
		const struct process_info *old = keep ? s->side[i]->had.task : job->task[i].info;

		if (keep)
			s->side[i]->had.task = job->task[i].info;
		part_put(old);
		job->task[i].info = NULL;
	}
}

/* ---- System V IPC and locks ---------------------------------------------- */

static void begin_ipc(struct sampler *s, const struct round *r)
{
	if (r->need & NEED_IPC && is_due(r, s->ipc_due_ns) && sampler_lane_idle(s, s->ipc))
		sampler_begin_lane(s, s->ipc);
}

static void take_ipc(struct sampler *s)
{
	struct ipc_job *job = s->ipc->job;

	if (!sampler_settle_lane(s, s->ipc) || !job->ipc)
		return;
	part_put(s->host.ipc);
	s->host.ipc = job->ipc;
	job->ipc = NULL;
	s->read_cpu_ns += s->host.ipc->part.cpu_ns;
	s->ipc_due_ns = next_rows(s, s->host.ipc->part.cpu_ns);
}

/* ---- the round ----------------------------------------------------------- */

/* What came home of both sides' parts; memory goes first, for its stacks are the threads'. */
static void take_parts(struct sampler *s)
{
	take_memory(s);
	for (unsigned i = 0; i < 2; i++) {
		take_threads(s, s->side[i]);
		seal_rest(s, s->side[i]);
	}
	take_fds(s);
	take_shares(s);
	take_ipc(s);
}

/* Results of jobs that missed the end of their round. */
static void take_late(struct sampler *s)
{
	take_list(s);
	take_process(s, s->process[0]);
	take_process(s, s->process[1]);
	take_parts(s);
}

static void round_parts(struct sampler *s, struct round *r)
{
	struct lane *wait[] = {NULL, NULL, s->memory, s->fds, s->shares, s->ipc};

	begin_fds(s, r);
	begin_shares(s, r);
	begin_ipc(s, r);
	if (begin_memory(s, r)) {
		sampler_await(s, r, &s->memory, 1);
		take_memory(s);
	}
	for (unsigned i = 0; i < sides_read(s); i++)
		if (s->side[i])
			wait[i] = begin_threads(s, r, s->side[i]);
	sampler_await(s, r, wait, sizeof wait / sizeof wait[0]);
	take_parts(s);
}

/* Parts that nobody has needed for a while go; the process's own is always needed. */
static void drop_unneeded(struct sampler *s, const struct round *r)
{
	for (unsigned kind = 0; kind < SIDE_PARTS; kind++) {
		if (r->need & part_table[kind].need)
			s->needed_ns[kind] = r->begin_ns;
		if (r->begin_ns - s->needed_ns[kind] <= KEEP_UNNEEDED_NS)
			continue;
		for (unsigned i = 0; i < 2; i++) {
			struct target *t = s->side[i];

			if (!target_alive(t))
				continue;
			part_put(t->part[kind]);
			t->part[kind] = NULL;
		}
	}
}

/* Of one core for page reading: its share, less what all else of ours takes, but a fifth of it. */
static uint64_t page_permille(const struct sampler *s)
{
	uint64_t share = s->options.page_cost_permille;
	uint64_t other = s->other_permille < share ? s->other_permille : share;

	return share - other > share / 5 ? share - other : share / 5;
}

void round_pace(struct sampler *s, uint64_t compare_ns)
{
	uint64_t cost = s->memory_cost_ns + compare_ns;
	uint64_t permille = page_permille(s);

	if (!s->memory_cost_ns)
		return;
	s->page_cpu_ns += cost;
	s->memory_cost_ns = 0;
	s->pages_delay_ns = rest_ns(s, cost, permille);
	s->memory_due_ns = clock_monotonic_ns() + s->pages_delay_ns;
}

void round_run(struct sampler *s, struct round *r)
{
	r->need = expand(r->need);
	s->read_cpu_ns = 0;
	for (unsigned i = 0; i < 2; i++)
		if (s->side[i])
			s->side[i]->exec_seen = false;
	take_late(s);
	for (unsigned i = 0; i < 2; i++)
		target_look(s, s->side[i]);
	round_processes(s, r);
	round_parts(s, r);
	drop_unneeded(s, r);
}
