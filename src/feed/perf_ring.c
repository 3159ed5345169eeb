/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/feed/perf_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "perf_internal.h"
#include "twintop/base/vec.h"
#include "twintop/proc/host.h"

/*
 * perf_event_mlock_kb of each CPU (516) is for all rings of a user. Where he may lock no more,
 * those of two processes, and of another twintop, fit into it.
 */
#define RING_BYTES_MOST (512u * 1024)
#define RING_BYTES_FEW	(128u * 1024)
#define RING_BYTES_RARE (64u * 1024)  /* a thousand records … */
#define RING_BYTES_CALM (256u * 1024) /* … or so many that they may be read seldom */
#define MEMLOCK_MANY	(4u * 1024 * 1024)
/* Of rings with stacks: several records of each CPU. */
#define STACKED_BYTES_MOST (256u * 1024)
#define STACKED_BYTES_FEW  (32u * 1024)
#define RECORD_MOST	   512u /* bytes beside a stack: what is longer is none of ours */
#define FD_SHARE	   4u	/* so much of what we may open is ours, at most */
#define FD_SHARE_STACKED   16u
#define BIRTHS_MOST	   5u /* looks for threads that were born while we began */

/* All events of a CPU write to its ring. */
struct ring {
	int cpu, fd; /* of the event that it belongs to */
	char *map;   /* a page of the kernel's, then data; NULL: none */
};

struct perf_rings {
	struct perf_ask ask;
	struct perf_rings_state state;
	size_t page_bytes, fd_most;
	int epoll_fd;
	char *record; /* where one is put together that lies at the end and the front of a ring */
	VEC(struct ring) ring;
	VEC(int) fd;	    /* of all events */
	VEC(pid_t) process; /* that were there; ask's first */
	VEC(pid_t) thread;  /* that have events of their own */
	VEC(pid_t) born;    /* that have inherited them, and live */
};

/* ---- events --------------------------------------------------------------- */

/*
 * Stacks are told with another event than the faults themselves: what the kernel gathers for one
 * record of an event it takes for those of all others that are due with it, and where these differ
 * in form, they are no records any more (Linux 6.3 and newer, kernel/events/core.c
 * do_perf_sw_event()). A page that is copied or touched first is no major fault, or is not at last.
 */
static uint64_t event_of(const struct perf_ask *ask)
{
	if (ask->stack_bytes)
		return PERF_COUNT_SW_PAGE_FAULTS_MIN;
	return ask->fault_period ? PERF_COUNT_SW_PAGE_FAULTS : PERF_COUNT_SW_DUMMY;
}

static int open_event(const struct perf_rings *r, pid_t tid, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof attr,
		.config = event_of(&r->ask),
		.sample_period = r->ask.fault_period,
		.sample_type = r->ask.stack_bytes ? PERF_STACKED_FORM : PERF_SAMPLE_FORM,
		.sample_regs_user = r->ask.stack_bytes ? PERF_REGISTERS_ALL : PERF_REGISTERS,
		.sample_stack_user = r->ask.stack_bytes,
		.inherit = !r->ask.alone,
		.exclude_kernel = !r->state.kernel,
		.exclude_hv = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.context_switch = r->ask.switches,
		.watermark = 1,
		.wakeup_watermark = r->ask.alone,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	int fd = (int)syscall(
		SYS_perf_event_open, &attr, tid, cpu, -1, (unsigned long)PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* The events of a thread that write to the rings that are there. 0 or negative errno. */
static int add_thread(struct perf_rings *r, pid_t tid)
{
	if (r->fd.n + r->ring.n > r->fd_most)
		return -EMFILE;
	for (size_t i = 0; i < r->ring.n; i++) {
		int fd = open_event(r, tid, r->ring.item[i].cpu);

		if (fd < 0)
			return fd;
		VEC_PUSH(&r->fd, fd);
		if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, r->ring.item[i].fd))
			return -errno;
	}
	VEC_PUSH(&r->thread, tid);
	return 0;
}

/* The events that the rings belong to. 0 or negative errno: nothing is open then. */
static int open_first(struct perf_rings *r, pid_t tid)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	int error = 0;

	for (int cpu = 0; cpu < cpus && !error; cpu++) {
		int fd = r->fd.n < r->fd_most ? open_event(r, tid, cpu) : -EMFILE;

		if (fd == -ENODEV) /* offline */
			continue;
		error = fd < 0 ? fd : 0;
		if (error)
			break;
		VEC_PUSH(&r->fd, fd);
		VEC_PUSH(&r->ring, (struct ring){.cpu = cpu, .fd = fd});
	}
	if (!error && r->ring.n) {
		VEC_PUSH(&r->thread, tid);
		return 0;
	}
	while (r->fd.n)
		close(r->fd.item[--r->fd.n]);
	r->ring.n = 0;
	return error ? error : -ENODEV;
}

/* As open_first(), without the kernel's faults where those are refused. */
static int open_first_allowed(struct perf_rings *r, pid_t tid)
{
	int error;

	r->state.kernel = true;
	error = open_first(r, tid);
	if (error != -EACCES && error != -EPERM)
		return error;
	r->state.kernel = false;
	return open_first(r, tid);
}

/* ---- rings ---------------------------------------------------------------- */

static void unmap_rings(struct perf_rings *r)
{
	for (size_t i = 0; i < r->ring.n; i++)
		if (r->ring.item[i].map)
			munmap(r->ring.item[i].map, r->page_bytes + r->state.ring_bytes);
	for (size_t i = 0; i < r->ring.n; i++)
		r->ring.item[i].map = NULL;
}

static int map_rings(struct perf_rings *r)
{
	for (size_t i = 0; i < r->ring.n; i++) {
		void *map = mmap(NULL, r->page_bytes + r->state.ring_bytes, PROT_READ | PROT_WRITE,
			MAP_SHARED, r->ring.item[i].fd, 0);

		if (map == MAP_FAILED)
			return -errno;
		r->ring.item[i].map = map;
	}
	return 0;
}

static size_t largest_ring(const struct perf_rings *r)
{
	struct rlimit limit;
	bool many = !getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur >= MEMLOCK_MANY;

	if (r->ask.alone)
		return r->page_bytes;
	if (r->ask.few)
		return many ? RING_BYTES_CALM : RING_BYTES_RARE;
	if (r->ask.stack_bytes)
		return many ? STACKED_BYTES_MOST : STACKED_BYTES_FEW;
	return many && !r->ask.brief ? RING_BYTES_MOST : RING_BYTES_FEW;
}

/* What must fit into one. */
static size_t smallest_ring(const struct perf_rings *r)
{
	return r->page_bytes + 2 * (size_t)r->ask.stack_bytes;
}

/* As large as the kernel lets them be (perf_event_mlock_kb, RLIMIT_MEMLOCK), all alike. */
static int map_largest(struct perf_rings *r)
{
	int error = -ENOMEM;

	for (r->state.ring_bytes = largest_ring(r); r->state.ring_bytes >= smallest_ring(r);
		r->state.ring_bytes /= 2) {
		error = map_rings(r);
		if (!error)
			break;
		unmap_rings(r);
		if (error != -EPERM && error != -ENOMEM)
			break;
	}
	r->state.rings = r->ring.n;
	return error;
}

/* Edges only: a ring whose thread has ended would call for ever. */
static int await_rings(struct perf_rings *r)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLET};

	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll_fd < 0)
		return -errno;
	for (size_t i = 0; i < r->ring.n; i++)
		if (epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, r->ring.item[i].fd, &e))
			return -errno;
	return 0;
}

/* ---- threads -------------------------------------------------------------- */

static bool listens(const struct perf_rings *r, pid_t tid)
{
	for (size_t i = 0; i < r->thread.n; i++)
		if (r->thread.item[i] == tid)
			return true;
	return perf_rings_cover(r, tid);
}

bool perf_rings_cover(const struct perf_rings *r, pid_t pid)
{
	for (size_t i = 0; i < r->born.n; i++)
		if (r->born.item[i] == pid)
			return true;
	return false;
}

/* The first thread that lives gets the rings. 0 or negative errno. */
static int add_first(struct perf_rings *r, const int *tid, size_t n)
{
	int error = -ESRCH;

	for (size_t i = 0; i < n && error == -ESRCH; i++)
		error = open_first_allowed(r, tid[i]);
	if (!error)
		error = map_largest(r);
	return error ? error : await_rings(r);
}

/* Returns how many were there that nobody listened to, but for those that have ended already. */
static size_t add_others(struct perf_rings *r, const int *tid, size_t n, int *ret_error)
{
	size_t added = 0;

	for (size_t i = 0; i < n; i++) {
		bool knows = listens(r, tid[i]);
		int error = knows ? 0 : add_thread(r, tid[i]);

		if (error == -ESRCH) /* it has ended */
			continue;
		if (error)
			*ret_error = error;
		added += !knows && !error;
		r->state.threads += !error;
		r->state.threads_of++;
	}
	return added;
}

/* The same of all processes. */
static size_t add_all(struct perf_rings *r, const struct proc_root *root, int *ret_error)
{
	size_t n, added = 0;
	int *tid;

	r->state.threads = r->state.threads_of = 0;
	for (size_t i = 0; i < r->process.n; i++) {
		if (proc_list_numbers(root, &tid, &n, "%d/task", (int)r->process.item[i]))
			continue;
		added += add_others(r, tid, n, ret_error);
		free(tid);
	}
	return added;
}

int perf_rings_add(struct perf_rings *r, const struct proc_root *root, pid_t pid)
{
	size_t n, had = r->thread.n;
	int *tid, error = proc_list_numbers(root, &tid, &n, "%d/task", (int)pid);

	if (error)
		return error;
	add_others(r, tid, n, &error);
	free(tid);
	if (r->thread.n > had)
		VEC_PUSH(&r->process, pid);
	return error;
}

/* ---- the stream ----------------------------------------------------------- */

static void forget_born(struct perf_rings *r, pid_t tid)
{
	for (size_t i = 0; i < r->born.n; i++)
		if (r->born.item[i] == tid) {
			r->born.item[i] = r->born.item[--r->born.n];
			return;
		}
}

static void heed(struct perf_rings *r, const struct perf_record *record)
{
	if (record->kind == PERF_LOST)
		r->state.lost += record->lost;
	else if (record->kind == PERF_FORK && !perf_rings_cover(r, record->tid))
		VEC_PUSH(&r->born, record->tid);
	else if (record->kind == PERF_EXIT)
		forget_born(r, record->tid);
}

/* n bytes at a place that counts on past the ring's end: copied to r->record where they go on at
 * its front. */
static const void *bytes_at(const struct perf_rings *r, const char *data, uint64_t at, size_t n)
{
	size_t first = (size_t)(at % r->state.ring_bytes), left = r->state.ring_bytes - first;

	if (n <= left)
		return data + first;
	memcpy(r->record, data + first, left);
	memcpy(r->record + left, data, n - left);
	return r->record;
}

static size_t record_most(const struct perf_rings *r)
{
	return RECORD_MOST + r->ask.stack_bytes;
}

/* A record, if it is one of ours. */
static void take_record(struct perf_rings *r, int cpu, const void *bytes, size_t len,
	void (*each)(void *context, const struct perf_record *record), void *context)
{
	struct perf_record record;
	struct perf_user user;

	if (r->ask.stack_bytes ? perf_record_parse_stacked(bytes, len, &record, &user)
			       : perf_record_parse(bytes, len, &record))
		return;
	record.cpu = cpu;
	heed(r, &record);
	each(context, &record);
}

static void read_ring(struct perf_rings *r, struct ring *ring,
	void (*each)(void *context, const struct perf_record *record), void *context)
{
	struct perf_event_mmap_page *control = (void *)ring->map;
	const char *data = ring->map + r->page_bytes;
	uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = control->data_tail;

	while (tail < head) {
		struct perf_event_header h;

		memcpy(&h, bytes_at(r, data, tail, sizeof h), sizeof h);
		if (h.size < sizeof h || h.size > head - tail)
			break;
		if (h.size <= record_most(r))
			take_record(r, ring->cpu, bytes_at(r, data, tail, h.size), h.size, each,
				context);
		tail += h.size;
	}
	__atomic_store_n(&control->data_tail, head, __ATOMIC_RELEASE);
}

void perf_rings_read(struct perf_rings *r,
	void (*each)(void *context, const struct perf_record *record), void *context)
{
	struct epoll_event e[64];
	int n = (int)(sizeof e / sizeof *e);

	while (epoll_wait(r->epoll_fd, e, n, 0) == n)
		;
	for (size_t i = 0; i < r->ring.n; i++)
		read_ring(r, &r->ring.item[i], each, context);
}

void perf_rings_complete(struct perf_rings *r, const struct proc_root *root,
	void (*each)(void *context, const struct perf_record *record), void *context)
{
	int error = 0;

	for (unsigned i = 0; i < BIRTHS_MOST; i++) {
		perf_rings_read(r, each, context);
		if (!add_all(r, root, &error))
			break;
	}
}

/* ---- from birth to end ----------------------------------------------------- */

int perf_rings_open(
	const struct proc_root *root, const struct perf_ask *ask, struct perf_rings **ret_rings)
{
	struct perf_rings *r;
	struct rlimit limit;
	int error = proc_root_calls(root), *tid;
	size_t n;

	if (!error)
		error = proc_list_numbers(root, &tid, &n, "%d/task", (int)ask->pid);
	if (error)
		return error;
	r = mem_alloc(sizeof *r);
	*r = (struct perf_rings){.ask = *ask, .epoll_fd = -1, .page_bytes = host_page_bytes()};
	r->record = mem_alloc(record_most(r));
	r->fd_most = getrlimit(RLIMIT_NOFILE, &limit) ? 1024 : (size_t)limit.rlim_cur;
	r->fd_most /= ask->stack_bytes ? FD_SHARE_STACKED : FD_SHARE;
	error = add_first(r, tid, n);
	VEC_PUSH(&r->process, ask->pid);
	if (!error)
		add_all(r, root, &(int){0});
	free(tid);
	if (error)
		perf_rings_close(r);
	else
		*ret_rings = r;
	return error;
}

void perf_rings_close(struct perf_rings *r)
{
	if (!r)
		return;
	unmap_rings(r);
	for (size_t i = 0; i < r->fd.n; i++)
		close(r->fd.item[i]);
	if (r->epoll_fd >= 0)
		close(r->epoll_fd);
	VEC_FREE(&r->ring);
	VEC_FREE(&r->fd);
	VEC_FREE(&r->process);
	VEC_FREE(&r->thread);
	VEC_FREE(&r->born);
	free(r->record);
	free(r);
}

int perf_rings_open_to(const struct proc_root *root, const struct perf_ask *ask, int epoll_fd,
	struct perf_rings **ret_rings)
{
	struct epoll_event e = {.events = EPOLLIN};
	struct perf_rings *r;
	int error = perf_rings_open(root, ask, &r);

	if (error)
		return error;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, r->epoll_fd, &e)) {
		error = -errno;
		perf_rings_close(r);
		return error;
	}
	*ret_rings = r;
	return 0;
}

int perf_rings_fd(const struct perf_rings *r)
{
	return r->epoll_fd;
}

const struct perf_rings_state *perf_rings_state(const struct perf_rings *r)
{
	return &r->state;
}

void perf_rings_pause(struct perf_rings *r, bool pause)
{
	for (size_t i = 0; i < r->fd.n; i++)
		ioctl(r->fd.item[i], pause ? PERF_EVENT_IOC_DISABLE : PERF_EVENT_IOC_ENABLE, 0);
}
