/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_extra.h"
#include "twintop/base/thread.h"

struct visit {
	int fd; /* of the namespace */
	int type;
	void (*job)(void *context);
	void *context;
	int error;
};

static const struct {
	const char *name;
	int type;
} entered[NAMESPACE_KINDS] = {
	[NAMESPACE_IPC] = {"ipc", CLONE_NEWIPC},
	[NAMESPACE_NET] = {"net", CLONE_NEWNET},
};

static void *visit(void *context)
{
	struct visit *v = context;

	v->error = setns(v->fd, v->type) ? -errno : 0;
	if (!v->error)
		v->job(v->context);
	return NULL;
}

static int visit_by_thread(struct visit *v)
{
	pthread_t thread;
	int error = thread_spawn("inside", visit, v, &thread);

	if (error)
		return error;
	pthread_join(thread, NULL);
	return v->error;
}

/* What a process leaves behind: memory of both. */
struct leaving {
	int error;
	_Alignas(max_align_t) char context[];
};

/* The child: nothing but system calls, for we have threads. */
static void visit_and_exit(struct visit *v, int user, struct leaving *l)
{
	v->context = l->context;
	v->error = setns(user, CLONE_NEWUSER) ? -errno : 0;
	/* The kernel forgets this wish when the user namespace changes. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!v->error)
		visit(v);
	l->error = v->error;
	for (;;)
		syscall(SYS_exit_group, 0);
}

/*
 * Into the user namespace first, which only a process of one thread may do. It is cloned without
 * an exit signal: nobody's SIGCHLD handler or wait(2) sees it.
 */
static int visit_by_process(struct visit *v, int user, size_t size)
{
	size_t bytes = sizeof(struct leaving) + size;
	void *context = v->context;
	struct leaving *l =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long pid;
	int error;

	if (l == MAP_FAILED)
		return -errno;
	l->error = -ESRCH;
	memcpy(l->context, context, size);
	pid = syscall(SYS_clone, (long)CLONE_FILES, 0L, 0L, 0L, 0L);
	if (pid == 0)
		visit_and_exit(v, user, l);
	error = pid < 0 ? -errno : 0;
	while (pid > 0 && waitpid((pid_t)pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
	if (!error)
		error = l->error;
	if (!error)
		memcpy(context, l->context, size);
	munmap(l, bytes);
	return error;
}

int inside_run(const struct proc_root *root, pid_t pid, enum namespace_kind kind,
	void (*job)(void *context), void *context, size_t size)
{
	struct visit v = {.type = entered[kind].type, .job = job, .context = context};
	int error, user;

	if (!v.type || !proc_root_is_kernel(root))
		return -EOPNOTSUPP;
	v.fd = proc_open(root, O_RDONLY, "%d/ns/%s", (int)pid, entered[kind].name);
	if (v.fd < 0)
		return v.fd;
	error = visit_by_thread(&v);
	if (error == -EPERM) {
		user = ioctl(v.fd, NS_GET_USERNS);
		if (user >= 0) {
			error = visit_by_process(&v, user, size) == 0 ? 0 : -EPERM;
			close(user);
		}
	}
	close(v.fd);
	return error;
}

int inside_inode(
	const struct proc_root *root, pid_t pid, enum namespace_kind kind, uint64_t *ret_inode)
{
	struct textbuf link = {0};
	int error = pid ? proc_readlink(root, &link, "%d/ns/%s", (int)pid, entered[kind].name)
			: proc_readlink(root, &link, "thread-self/ns/%s", entered[kind].name);

	if (!error) {
		*ret_inode = process_namespace_parse(link.bytes, link.len);
		error = *ret_inode ? 0 : -EINVAL;
	}
	textbuf_free(&link);
	return error;
}
