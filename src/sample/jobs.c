/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/proc/fds.h"
#include "twintop/proc/ipc.h"
#include "twintop/proc/kcmp.h"
#include "twintop/proc/maps.h"
#include "twintop/proc/task.h"
#include "twintop/proc/threads.h"
#include "twintop/sample/limits.h"

/* ---- process ------------------------------------------------------------- */

static void process_run(void *context)
{
	struct process_job *j = context;

	if (!j->reader)
		process_reader_new(j->root, &j->reader);
	if (j->reader)
		process_read(j->reader, j->id.pid, j->before, &j->info);
	part_put(j->before);
	j->before = NULL;
}

static void process_free(void *context)
{
	struct process_job *j = context;

	part_put(j->before);
	part_put(j->info);
	process_reader_free(j->reader);
	free(j);
}

const struct lane_ops process_job_ops = {process_run, process_free};

struct process_job *process_job_new(const struct proc_root *root)
{
	struct process_job *j = mem_alloc(sizeof *j);

	*j = (struct process_job){.root = root};
	return j;
}

/* ---- threads ------------------------------------------------------------- */

void memory_mark_stacks(struct memory_map *m, const struct thread_list *threads)
{
	if (threads)
		maps_mark_stacks(m, threads);
}

static void threads_run(void *context)
{
	struct threads_job *j = context;
	const struct memory_map *memory = j->fresh ? j->fresh : j->memory;

	if (!j->reader)
		thread_reader_new(j->root, &j->access, j->id, limits_fd_share(), &j->reader);
	if (j->reader)
		thread_read(j->reader, j->need, memory, &j->list);
	if (j->fresh)
		memory_mark_stacks(j->fresh, j->list);
	part_put(j->memory);
	j->memory = NULL;
}

static void threads_free(void *context)
{
	struct threads_job *j = context;

	part_put(j->memory);
	part_put(j->fresh);
	part_put(j->list);
	thread_reader_free(j->reader);
	free(j);
}

const struct lane_ops threads_job_ops = {threads_run, threads_free};

struct threads_job *threads_job_new(
	const struct proc_root *root, const struct access *access, struct task_id id)
{
	struct threads_job *j = mem_alloc(sizeof *j);

	*j = (struct threads_job){.root = root, .access = *access, .id = id};
	return j;
}

/* ---- memory -------------------------------------------------------------- */

void memory_seal(struct memory_map *m, int error, uint64_t cpu_ns)
{
	part_seal(&m->part, clock_thread_cpu_ns() - cpu_ns, error);
}

/* The mappings of one side; opened anew each time, since an open file keeps the address space
 * that an exec has left. */
static void read_maps(const struct memory_job *j, struct memory_side *side)
{
	uint64_t start = clock_thread_cpu_ns();
	int fd = proc_open(j->root, O_RDONLY, "%d/maps", side->id.pid);

	side->memory = part_new(sizeof *side->memory);
	side->memory->pages_state = VALUE_UNREAD;
	side->error = fd < 0 ? fd : maps_read(fd, side->exe, side->memory);
	if (fd >= 0)
		close(fd);
	side->cpu_ns = clock_thread_cpu_ns() - start;
}

/* Opens pagemap for a side whose mappings are there; false: no pages to be had from it. */
static bool open_pages(
	const struct memory_job *j, struct memory_side *side, struct page_target *target)
{
	if (!side->memory)
		return false;
	if (side->error) {
		side->memory->pages_state = value_state_of_error(side->error);
		side->memory->pages_error = side->error;
		return false;
	}
	*target = (struct page_target){
		.memory = side->memory, .before = side->before, .pid = side->id.pid};
	target->pagemap_fd = proc_open(j->root, O_RDONLY, "%d/pagemap", side->id.pid);
	if (target->pagemap_fd >= 0)
		return true;
	side->memory->pages_state = value_state_of_error(target->pagemap_fd);
	side->memory->pages_error = target->pagemap_fd;
	return false;
}

static void read_pages(struct memory_job *j)
{
	struct page_target target[2], *with[2];
	unsigned n = 0;

	if (!j->reader && page_reader_new(j->root, &j->access, j->pause_ns, &j->reader))
		return;
	for (unsigned i = 0; i < 2; i++)
		if (open_pages(j, &j->side[i], &target[i]))
			with[n++] = &target[i];
	if (n)
		pages_read(j->reader, with[0], n > 1 ? with[1] : NULL);
	if (j->counts && n == 2)
		pages_count_frames(j->reader, with[0], with[1]);
	for (unsigned i = 0; i < n; i++)
		close(with[i]->pagemap_fd);
}

static void memory_run(void *context)
{
	struct memory_job *j = context;
	uint64_t start = clock_thread_cpu_ns();

	for (unsigned i = 0; i < 2; i++)
		if (j->side[i].id.pid)
			read_maps(j, &j->side[i]);
	if (j->pages)
		read_pages(j);
	for (unsigned i = 0; i < 2; i++) {
		if (j->side[i].memory)
			j->side[i].cpu_ns += j->side[i].memory->pages_cpu_ns;
		part_put(j->side[i].info);
		part_put(j->side[i].before);
		j->side[i].info = NULL;
		j->side[i].before = NULL;
	}
	j->cpu_ns = clock_thread_cpu_ns() - start;
}

static void memory_free(void *context)
{
	struct memory_job *j = context;

	for (unsigned i = 0; i < 2; i++) {
		part_put(j->side[i].info);
		part_put(j->side[i].before);
		part_put(j->side[i].memory);
	}
	page_reader_free(j->reader);
	free(j);
}

const struct lane_ops memory_job_ops = {memory_run, memory_free};

struct memory_job *memory_job_new(
	const struct proc_root *root, const struct access *access, uint64_t pause_ns)
{
	struct memory_job *j = mem_alloc(sizeof *j);

	*j = (struct memory_job){.root = root, .access = *access, .pause_ns = pause_ns};
	return j;
}

/* ---- descriptors --------------------------------------------------------- */

static void read_fds(const struct fds_job *j, struct fds_side *side)
{
	if (side->reader &&
		(side->reader_tid != side->tid || !task_id_equal(side->reader_id, side->id))) {
		fd_reader_free(side->reader);
		side->reader = NULL;
	}
	if (!side->reader && !fd_reader_new(j->root, &j->access, &side->reader)) {
		side->reader_id = side->id;
		side->reader_tid = side->tid;
	}
	if (side->reader)
		fds_read(side->reader, side->tid, j->need, &side->list);
}

/* A thread that called unshare(2) has a table of its own, though it is of the same process. */
static bool one_table(const struct fds_side *a, const struct fds_side *b)
{
	return a->id.pid && task_id_equal(a->id, b->id) &&
	       (a->tid == b->tid || kcmp_tables(a->tid, b->tid) == 0);
}

static void fds_run(void *context)
{
	struct fds_job *j = context;
	struct fd_list *a, *b;
	uint64_t start = clock_thread_cpu_ns();

	j->one_table = one_table(&j->side[0], &j->side[1]);
	for (unsigned i = 0; i < 2; i++)
		if (j->side[i].id.pid && !(i && j->one_table))
			read_fds(j, &j->side[i]);
	a = j->side[0].list;
	b = j->side[1].list;
	if (j->need & NEED_DESCRIPTIONS && (a || b))
		fds_compare(a ? a : b, j->side[a ? 0 : 1].tid, a ? b : NULL, j->side[1].tid);
	j->cpu_ns = clock_thread_cpu_ns() - start;
	for (unsigned i = 0; i < 2; i++)
		if (j->side[i].list)
			part_seal(&j->side[i].list->part, start, j->side[i].list->part.error);
}

static void fds_free(void *context)
{
	struct fds_job *j = context;

	for (unsigned i = 0; i < 2; i++) {
		part_put(j->side[i].list);
		fd_reader_free(j->side[i].reader);
	}
	free(j);
}

const struct lane_ops fds_job_ops = {fds_run, fds_free};

struct fds_job *fds_job_new(const struct proc_root *root, const struct access *access)
{
	struct fds_job *j = mem_alloc(sizeof *j);

	*j = (struct fds_job){.root = root, .access = *access};
	return j;
}

/* ---- shares -------------------------------------------------------------- */

static void shares_run(void *context)
{
	struct shares_job *j = context;

	struct shares *shares = part_make(PART_SHARES);
	uint64_t start = clock_thread_cpu_ns();

	kcmp_shares(j->task[0].tid, j->task[1].tid, shares);
	part_seal(&shares->part, start, 0);
	j->shares = shares;
	for (unsigned i = 0; i < 2; i++)
		if (j->task[i].tid != j->task[i].pid)
			task_read(j->root, j->task[i].pid, j->task[i].tid, &j->task[i].info);
}

static void shares_free(void *context)
{
	struct shares_job *j = context;

	part_put(j->shares);
	part_put(j->task[0].info);
	part_put(j->task[1].info);
	free(j);
}

const struct lane_ops shares_job_ops = {shares_run, shares_free};

struct shares_job *shares_job_new(const struct proc_root *root)
{
	struct shares_job *j = mem_alloc(sizeof *j);

	*j = (struct shares_job){.root = root};
	return j;
}

/* ---- System V IPC and locks ---------------------------------------------- */

static void ipc_run(void *context)
{
	struct ipc_job *j = context;

	ipc_read(j->root, &j->ipc);
}

static void ipc_free(void *context)
{
	struct ipc_job *j = context;

	part_put(j->ipc);
	free(j);
}

const struct lane_ops ipc_job_ops = {ipc_run, ipc_free};

struct ipc_job *ipc_job_new(const struct proc_root *root)
{
	struct ipc_job *j = mem_alloc(sizeof *j);

	*j = (struct ipc_job){.root = root};
	return j;
}

/* ---- process list -------------------------------------------------------- */

static void list_run(void *context)
{
	struct list_job *j = context;

	if (!j->reader)
		process_reader_new(j->root, &j->reader);
	j->nearest = 0;
	if (!j->reader || process_list_read(j->reader, &j->list))
		return;
	if (j->nearest_of)
		j->nearest = process_nearest(j->root, j->list, j->nearest_of);
}

static void list_free(void *context)
{
	struct list_job *j = context;

	part_put(j->list);
	process_reader_free(j->reader);
	free(j);
}

const struct lane_ops list_job_ops = {list_run, list_free};

struct list_job *list_job_new(const struct proc_root *root)
{
	struct list_job *j = mem_alloc(sizeof *j);

	*j = (struct list_job){.root = root};
	return j;
}

/* ---- frames -------------------------------------------------------------- */

static void frame_run(void *context)
{
	struct frame_job *j = context;

	if (!j->reader)
		j->error = page_reader_new(j->root, &j->access, 0, &j->reader);
	if (j->reader)
		j->error = pages_frame_count(j->reader, j->frame, &j->count);
}

static void frame_free(void *context)
{
	struct frame_job *j = context;

	page_reader_free(j->reader);
	free(j);
}

const struct lane_ops frame_job_ops = {frame_run, frame_free};

struct frame_job *frame_job_new(const struct proc_root *root, const struct access *access)
{
	struct frame_job *j = mem_alloc(sizeof *j);

	*j = (struct frame_job){.root = root, .access = *access};
	return j;
}
