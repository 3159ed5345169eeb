/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps_internal.h"
#include "twintop/proc/nspid.h"

/* Negative errno of reading a whole small file of a process, 0 when something came. */
static int read_some(const struct proc_root *root, pid_t pid, const char *name)
{
	char chunk[256];
	ssize_t got;
	int fd = proc_open(root, 0, "%d/%s", pid, name);

	if (fd < 0)
		return fd;
	got = read(fd, chunk, sizeof chunk);
	got = got < 0 ? -errno : got;
	close(fd);
	return got < 0 ? (int)got : got ? 0 : -ENODATA;
}

/* What attach access to another process gives, as our child finds it on us. */
struct attach_findings {
	int syscall, memory; /* negative errno or 0 */
};

static int read_parent_memory(const struct proc_root *root, pid_t parent)
{
	static const long remote = 0x7477696e;
	long local = 0;
	int fd = proc_open(root, O_RDONLY, "%d/mem", (int)parent), error;

	if (fd < 0)
		return fd;
	error = pread(fd, &local, sizeof local, (off_t)(uintptr_t)&remote) < 0 ? -errno : 0;
	close(fd);
	return error ? error : local == remote ? 0 : -EIO;
}

/*
 * Everything on oneself is allowed, and a child is under Yama's scope 1 too. But
 * to a child its parent is just another process of the same user, so a child
 * tries it on us. It does no more than system calls: we may have threads.
 */
struct caps_child caps_begin_tasks(const struct proc_root *root)
{
	pid_t as_counted = nspid_self(root);
	struct caps_child child = {.fd = -1};
	struct attach_findings found;
	int end[2];

	if (pipe2(end, O_CLOEXEC)) {
		child.error = -errno;
		return child;
	}
	child.pid = fork();
	if (child.pid == 0) {
		found.syscall = as_counted ? read_some(root, as_counted, "syscall") : -EXDEV;
		found.memory = as_counted ? read_parent_memory(root, as_counted) : -EXDEV;
		_exit(write(end[1], &found, sizeof found) != sizeof found);
	}
	close(end[1]);
	child.fd = end[0];
	return child;
}

static struct attach_findings hear_child(const struct caps_child *child)
{
	struct attach_findings found = {child->error, child->error};
	ssize_t got;

	if (child->fd < 0)
		return found;
	do
		got = child->pid < 0 ? 0 : read(child->fd, &found, sizeof found);
	while (got < 0 && errno == EINTR);
	if (got != sizeof found)
		found = (struct attach_findings){-EIO, -EIO};
	close(child->fd);
	while (child->pid > 0 && waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return found;
}

static enum value_state probe_kcmp(void)
{
	long pid = getpid();
	long order = syscall(SYS_kcmp, pid, pid, (long)KCMP_VM, 0L, 0L);

	if (order < 0)
		return caps_state_of_error(-errno);
	return order == 0 ? VALUE_KNOWN : VALUE_UNSUPPORTED;
}

/*
 * The kind of event that the timeline wants: a software event that records switches, of a group
 * that is none. The kernel looks for the group when it has found everything else permitted; the
 * first event of a task in the whole system would make us wait for an RCU grace period.
 */
static enum value_state probe_perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof attr,
		.config = PERF_COUNT_SW_DUMMY,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.context_switch = 1,
	};
	long no_group = INT_MAX;

	if (syscall(SYS_perf_event_open, &attr, 0L, -1L, no_group, (long)PERF_FLAG_FD_CLOEXEC) >= 0)
		return VALUE_UNSUPPORTED;
	return errno == EBADF ? VALUE_KNOWN : caps_state_of_error(-errno);
}

void caps_end_tasks(
	const struct proc_root *root, const struct caps_child *child, struct access *access)
{
	struct attach_findings attach;

	access->state[ACCESS_KERNEL_STACK] = caps_state_of_error(
		nspid_self(root) ? read_some(root, nspid_self(root), "stack") : -EXDEV);
	access->state[ACCESS_KCMP] = probe_kcmp();
	access->state[ACCESS_PERF] = probe_perf();
	attach = hear_child(child);
	access->state[ACCESS_SYSCALL] = caps_state_of_error(attach.syscall);
	access->state[ACCESS_ATTACH] = caps_state_of_error(attach.memory);
}
