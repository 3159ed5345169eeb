/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twintop/base/vec.h"
#include "twintop/proc/identity.h"

struct pid_vec {
	VEC(pid_t) v;
};

static void push_pid(void *data, pid_t pid)
{
	struct pid_vec *pids = data;

	VEC_PUSH(&pids->v, pid);
}

static int compare_pid(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* A thread that ends while we read hands its children to a sibling: the next read has them. */
static int children_of_thread(
	const struct proc_root *root, pid_t pid, pid_t tid, struct pid_vec *pids)
{
	struct textbuf text = {0};
	int error = proc_read(root, &text, "%d/task/%d/children", pid, tid);

	if (!error && !identity_children_parse(text.bytes, text.len, push_pid, pids))
		error = -EINVAL;
	textbuf_free(&text);
	return error;
}

static size_t sort_unique(pid_t *pid, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(pid, n, sizeof *pid, compare_pid);
	for (size_t i = 0; i < n; i++)
		if (!kept || pid[kept - 1] != pid[i])
			pid[kept++] = pid[i];
	return kept;
}

static int children_of_threads(
	const struct proc_root *root, pid_t pid, const int *tid, size_t n, struct pid_vec *pids)
{
	struct identity_stat stat;
	size_t had = 0;
	int error;

	for (size_t i = 0; i < n; i++) {
		error = children_of_thread(root, pid, tid[i], pids);
		if (error && error != -ENOENT && error != -ESRCH)
			return error;
		had += error == 0;
	}
	if (had)
		return 0;
	error = identity_stat_read(root, pid, &stat);
	if (error)
		return error == -ENOENT ? -ESRCH : error;
	return -EOPNOTSUPP;
}

/* Everybody whose stat names pid as the parent. */
static int children_by_parent(const struct proc_root *root, pid_t pid, struct pid_vec *pids)
{
	struct identity_stat stat;
	int *all = NULL;
	size_t n = 0;
	int error = proc_list_numbers(root, &all, &n, ".");

	for (size_t i = 0; i < n && !error; i++) {
		error = identity_stat_read(root, all[i], &stat);
		if (!error && stat.ppid == pid)
			VEC_PUSH(&pids->v, all[i]);
		if (error == -ENOENT || error == -ESRCH)
			error = 0;
	}
	free(all);
	return error;
}

/*
 * How many processes ("." below the kernel's root) or threads ("PID/task") there are: the kernel
 * counts them among the folder's links, so nothing is listed. 0: unknown.
 */
static size_t links_n(const struct proc_root *root, const char *folder)
{
	struct stat st;
	int fd, error;

	if (!proc_root_is_kernel(root))
		return 0;
	fd = proc_open(root, O_RDONLY | O_DIRECTORY, "%s", folder);
	if (fd < 0)
		return 0;
	error = fstat(fd, &st);
	close(fd);
	return error ? 0 : (size_t)st.st_nlink;
}

#define THREADS_FEW  64 /* so many are read without a look at how many processes there are */
#define LINKS_OF_ONE 3	/* a folder has two links besides */

static int children_by_thread(const struct proc_root *root, pid_t pid, struct pid_vec *pids)
{
	size_t n = 0;
	int *tid = NULL;
	int error = proc_list_numbers(root, &tid, &n, "%d/task", pid);

	if (!error)
		error = children_of_threads(root, pid, tid, n, pids);
	free(tid);
	return error;
}

/* By whatever takes the fewest reads. */
static int children_collect(const struct proc_root *root, pid_t pid, struct pid_vec *pids)
{
	char folder[32];
	size_t threads;

	snprintf(folder, sizeof folder, "%d/task", pid);
	threads = links_n(root, folder);
	if (threads == LINKS_OF_ONE)
		return children_of_threads(root, pid, &pid, 1, pids);
	if (threads > THREADS_FEW && threads > links_n(root, "."))
		return children_by_parent(root, pid, pids);
	return children_by_thread(root, pid, pids);
}

/* The places of two children among those of a thread, from 1 on; 0: it is none of them. */
struct places {
	pid_t a, b;
	int n, at_a, at_b;
};

static void note_place(void *data, pid_t pid)
{
	struct places *p = data;

	p->n++;
	if (pid == p->a)
		p->at_a = p->n;
	if (pid == p->b)
		p->at_b = p->n;
}

int identity_born_later(const struct proc_root *root, pid_t pid, pid_t a, pid_t b)
{
	struct places p = {0};
	int *tid = NULL;
	size_t n = 0;

	if (proc_list_numbers(root, &tid, &n, "%d/task", pid))
		return 0;
	for (size_t i = 0; i < n && !p.at_a && !p.at_b; i++) {
		struct textbuf text = {0};

		p = (struct places){.a = a, .b = b};
		if (!proc_read(root, &text, "%d/task/%d/children", pid, tid[i]))
			identity_children_parse(text.bytes, text.len, note_place, &p);
		textbuf_free(&text);
	}
	free(tid);
	return p.at_a && p.at_b ? p.at_a - p.at_b : 0;
}

int identity_children(const struct proc_root *root, pid_t pid, pid_t **ret_children, size_t *ret_n)
{
	struct pid_vec pids = {0};
	int error = children_collect(root, pid, &pids);

	if (error) {
		VEC_FREE(&pids.v);
		return error;
	}
	*ret_n = sort_unique(pids.v.item, pids.v.n);
	*ret_children = pids.v.item;
	return 0;
}
