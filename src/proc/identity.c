/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "twintop/base/clock.h"

/* linux/pidfd.h, PIDFD_GET_INFO: newer than the headers that we may be built with. */
struct pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};
#define PIDFD_GET_INFO_IOCTL _IOWR(0xff, 11, struct pidfd_info)
#define PIDFD_INFO_EXIT_BIT  (1u << 3)

int identity_pidfd(const struct proc_root *root, pid_t pid)
{
	int error = proc_root_calls(root);
	long fd;

	if (error)
		return error;
	fd = syscall(SYS_pidfd_open, (long)pid, 0L);
	return fd < 0 ? -errno : (int)fd;
}

/* The process that the task number belongs to: status "Tgid:". */
static int resolve_tgid(const struct proc_root *root, pid_t number, pid_t *ret_pid)
{
	struct textbuf status = {0};
	int error = proc_read(root, &status, "%d/status", number);
	pid_t tgid = error ? 0 : identity_tgid_parse(status.bytes, status.len);

	textbuf_free(&status);
	if (error)
		return error;
	if (!tgid)
		return -EINVAL;
	*ret_pid = tgid;
	return 0;
}

int identity_open(const struct proc_root *root, pid_t number, struct identity *ret_identity)
{
	struct identity_stat before, after;
	pid_t pid;
	int error, fd;

	if (number <= 0)
		return -ESRCH;
	error = resolve_tgid(root, number, &pid);
	if (!error)
		error = identity_stat_read(root, pid, &before);
	if (error)
		return error == -ENOENT ? -ESRCH : error;
	fd = identity_pidfd(root, pid);
	/* The same start time on both sides of pidfd_open: the descriptor is of that process. */
	error = identity_stat_read(root, pid, &after);
	if (error || before.start_ticks != after.start_ticks) {
		if (fd >= 0)
			close(fd);
		return error && error != -ENOENT ? error : -ESRCH;
	}
	*ret_identity = (struct identity){
		.id = {.pid = pid, .start_ticks = before.start_ticks},
		.tid = number,
		.through = identity_through(root, pid, pid),
		.pidfd = fd < 0 ? -1 : fd,
		.pidfd_error = fd < 0 ? fd : 0,
	};
	return 0;
}

void identity_close(struct identity *i)
{
	if (i->pidfd >= 0)
		close(i->pidfd);
	i->pidfd = -1;
}

/* A pidfd turns readable when the last thread of the process has ended. */
static bool pidfd_ended(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLIN | POLLHUP));
}

/* A main thread that ended before the others is shown as a zombie too, but with their count. */
static bool stat_ended(const struct identity_stat *s)
{
	return (s->state == 'Z' || s->state == 'X') && s->threads <= 1;
}

/* Where nothing can be read of it (too many open files) it has not ended for that. */
static bool has_ended(const struct proc_root *root, const struct identity *i)
{
	struct identity_stat stat;
	int error;

	if (i->pidfd >= 0)
		return pidfd_ended(i->pidfd);
	error = identity_stat_read(root, i->id.pid, &stat);
	if (error)
		return error == -ENOENT || error == -ESRCH;
	return stat.start_ticks != i->id.start_ticks || stat_ended(&stat);
}

int identity_alive(
	const struct proc_root *root, const struct identity *i, struct ending *ret_ending)
{
	struct ending ending = {.ended = true};

	if (!has_ended(root, i))
		return 1;
	ending.seen_ns = clock_monotonic_ns();
	ending.status_known = identity_exit_status(root, i, &ending.status, &ending.source) == 0;
	*ret_ending = ending;
	return 0;
}

/* Filled by the kernel when the process is reaped, for pidfds opened before; 6.15. */
static int exit_status_of_pidfd(int pidfd, int *ret_status)
{
	struct pidfd_info info = {.mask = PIDFD_INFO_EXIT_BIT};

	if (pidfd < 0)
		return -EBADF;
	if (ioctl(pidfd, PIDFD_GET_INFO_IOCTL, &info) < 0)
		return -errno;
	if (!(info.mask & PIDFD_INFO_EXIT_BIT))
		return -ENODATA;
	*ret_status = info.exit_code;
	return 0;
}

static int exit_status_of_zombie(
	const struct proc_root *root, const struct task_id *id, int *ret_status)
{
	struct identity_stat stat;
	int error = identity_stat_read(root, id->pid, &stat);

	if (error)
		return error;
	if (stat.start_ticks != id->start_ticks)
		return -ESRCH;
	if (!stat_ended(&stat))
		return -EBUSY;
	error = stat.exit_code ? 0 : identity_may_inspect(root, id->pid);
	if (!error)
		*ret_status = stat.exit_code;
	return error;
}

int identity_exit_status(const struct proc_root *root, const struct identity *i, int *ret_status,
	const char **ret_source)
{
	int error = exit_status_of_pidfd(i->pidfd, ret_status);

	if (!error) {
		*ret_source = "PIDFD_GET_INFO";
		return 0;
	}
	error = exit_status_of_zombie(root, &i->id, ret_status);
	if (!error) {
		*ret_source = "/proc/PID/stat exit_code";
		return 0;
	}
	/* Reaped between the two questions: the first one has the answer now. */
	if (exit_status_of_pidfd(i->pidfd, ret_status))
		return error;
	*ret_source = "PIDFD_GET_INFO";
	return 0;
}
