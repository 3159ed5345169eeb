/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/feed/glance.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "perf_internal.h"
#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/proc/host.h"

#define PERIOD_NS  500000u
#define RING_BYTES (64u * 1024) /* one record has room, whole */
#define AT_ONCE	   4u		/* rings: they are locked memory */

/* The event of one thread. */
struct eye {
	int fd;	   /* -1: none */
	char *map; /* a page of the kernel's, then RING_BYTES */
};

static size_t map_bytes(void)
{
	return host_page_bytes() + RING_BYTES;
}

static int open_event(pid_t tid, bool kernel)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof attr,
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.sample_period = PERIOD_NS,
		.sample_type = PERF_STACKED_FORM,
		.sample_regs_user = PERF_REGISTERS_ALL,
		.sample_stack_user = GLANCE_STACK,
		.disabled = 1,
		.exclude_kernel = !kernel,
		.exclude_hv = 1,
		.wakeup_events = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	int fd = (int)syscall(
		SYS_perf_event_open, &attr, tid, -1, -1, (unsigned long)PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* In the kernel, too, where that may be seen: its program's side is what is told. */
static int open_allowed(pid_t tid)
{
	int fd = open_event(tid, true);

	return fd == -EACCES || fd == -EPERM ? open_event(tid, false) : fd;
}

/* Fires once. 0 or negative errno. */
static int open_eye(struct eye *e, pid_t tid)
{
	void *map;

	*e = (struct eye){.fd = open_allowed(tid)};
	if (e->fd < 0)
		return e->fd;
	map = mmap(NULL, map_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, e->fd, 0);
	if (map == MAP_FAILED) /* EPERM: more than may be locked */
		return errno == EPERM ? -ENOMEM : -errno;
	e->map = map;
	return ioctl(e->fd, PERF_EVENT_IOC_REFRESH, 1) ? -errno : 0;
}

static void close_eye(struct eye *e)
{
	if (e->map)
		munmap(e->map, map_bytes());
	if (e->fd >= 0)
		close(e->fd);
}

static bool has_seen(const struct eye *e)
{
	const struct perf_event_mmap_page *control = (void *)e->map;

	return e->map && __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
}

/* The record, which is the first one. NULL: it is none of a program's side. */
static const struct fault_example *take(const struct eye *e)
{
	const char *data = e->map + host_page_bytes();
	struct fault_example head = {0};
	struct perf_event_header h;
	struct perf_record r;
	struct perf_user user;

	memcpy(&h, data, sizeof h);
	if (perf_record_parse_stacked(data, h.size, &r, &user) || r.kind != PERF_FAULT ||
		!user.registers.known)
		return NULL;
	head.time_ns = r.time_ns;
	head.pid = r.pid;
	head.tid = r.tid;
	head.ip = user.registers.pc;
	head.registers = user.registers;
	return fault_example_new(&head, user.stack, user.stack_n);
}

static void await(struct eye *eye, size_t n, uint64_t until_ns)
{
	struct pollfd p[AT_ONCE];
	uint64_t now;

	for (size_t i = 0; i < n; i++)
		p[i] = (struct pollfd){.fd = eye[i].map ? eye[i].fd : -1, .events = POLLIN};
	while ((now = clock_monotonic_ns()) < until_ns) {
		size_t left = 0;

		for (size_t i = 0; i < n; i++) {
			if (p[i].fd >= 0 &&
				(has_seen(&eye[i]) || p[i].revents & (POLLERR | POLLHUP)))
				p[i].fd = -1;
			left += p[i].fd >= 0;
		}
		if (!left)
			break;
		poll(p, n, (int)((until_ns - now) / 1000000u) + 1);
	}
}

/* So many at once. 0, or the negative errno of one where none could be opened. */
static int sample_some(
	const pid_t *tid, size_t n, uint64_t until_ns, const struct fault_example **ret_sample)
{
	struct eye eye[AT_ONCE];
	int error = 0, first = 0;
	size_t open = 0;

	for (size_t i = 0; i < n; i++) {
		error = open_eye(&eye[i], tid[i]);
		/* One that has ended says nothing of the others. */
		open += !error || error == -ESRCH;
		first = first ? first : error;
	}
	await(eye, n, until_ns);
	for (size_t i = 0; i < n; i++) {
		if (has_seen(&eye[i]))
			ret_sample[i] = take(&eye[i]);
		close_eye(&eye[i]);
	}
	return open ? 0 : first;
}

static enum value_state state_of(int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
		return VALUE_DENIED;
	case -EINVAL:
	case -ENOENT:
	case -ENOSYS:
	case -EOPNOTSUPP:
		return VALUE_UNSUPPORTED;
	default:
		return value_state_of_error(error);
	}
}

enum value_state glance_sample(const struct proc_root *root, const pid_t *tid, size_t n,
	uint64_t until_ns, const struct fault_example **ret_sample)
{
	int error = PERF_REGISTERS_ALL ? proc_root_calls(root) : -EOPNOTSUPP;

	for (size_t i = 0; i < n; i++)
		ret_sample[i] = NULL;
	for (size_t at = 0; at < n && !error; at += AT_ONCE) {
		uint64_t now = clock_monotonic_ns(), turns = (n - at + AT_ONCE - 1) / AT_ONCE;

		if (at && now >= until_ns)
			break;
		error = sample_some(tid + at, n - at < AT_ONCE ? n - at : AT_ONCE,
			until_ns > now ? now + (until_ns - now) / turns : now, ret_sample + at);
	}
	return error ? state_of(error) : VALUE_KNOWN;
}
