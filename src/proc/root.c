/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/root.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "helper_internal.h"
#include "nursery_internal.h"
#include "twintop/base/arena.h"
#include "twintop/base/num.h"
#include "twintop/base/vec.h"
#include "twintop/proc/nspid.h"

#define ENTRY_MAX 256 /* of a path below the root: "4194304/task/4194304/fdinfo/1073741816" */

struct proc_root {
	int fd;
	int kernel;
	struct helpers *helpers;
	struct nursery *nursery;
	bool ours;
};

int proc_root_open(const char *path, struct proc_root **ret_root)
{
	struct proc_root *root;
	struct statfs fs;
	int fd = open(path ? path : "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	root = mem_alloc(sizeof *root);
	root->fd = fd;
	root->kernel = fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
	root->helpers = helpers_new(root, fd);
	root->nursery = nursery_new(root, fd);
	root->ours = root->kernel && nspid_counts_as_we(root);
	*ret_root = root;
	return 0;
}

void proc_root_close(struct proc_root *root)
{
	if (!root)
		return;
	nursery_free(root->nursery);
	helpers_free(root->helpers);
	close(root->fd);
	free(root);
}

struct helpers *proc_root_helpers(const struct proc_root *root)
{
	return root->helpers;
}

struct nursery *proc_root_nursery(const struct proc_root *root)
{
	return root->nursery;
}

int proc_root_is_kernel(const struct proc_root *root)
{
	return root->kernel;
}

bool proc_root_is_ours(const struct proc_root *root)
{
	return root->ours;
}

int proc_root_calls(const struct proc_root *root)
{
	return root->ours ? 0 : root->kernel ? -EXDEV : -EOPNOTSUPP;
}

/* The entry's name; an absolute one would leave the root. */
__attribute__((format(printf, 2, 0))) static int entry_name(
	char out[ENTRY_MAX], const char *format, va_list args)
{
	int len = vsnprintf(out, ENTRY_MAX, format, args);

	if (len < 0 || out[0] == '/')
		return -EINVAL;
	return len < ENTRY_MAX ? 0 : -ENAMETOOLONG;
}

static int open_entry(const struct proc_root *root, int flags, const char *name)
{
	int fd;

	do
		fd = openat(root->fd, name, flags | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

/* Opens what format names; a descriptor or negative errno. */
__attribute__((format(printf, 3, 0))) static int open_named(
	const struct proc_root *root, int flags, const char *format, va_list args)
{
	char name[ENTRY_MAX];
	int error = entry_name(name, format, args);

	return error ? error : open_entry(root, flags, name);
}

int proc_open(const struct proc_root *root, int flags, const char *format, ...)
{
	va_list args;
	int fd;

	va_start(args, format);
	fd = open_named(root, flags, format, args);
	va_end(args);
	return fd;
}

int proc_read_fd(int fd, struct textbuf *out)
{
	char chunk[16 * 1024];
	size_t before = out->len;
	off_t at = 0;

	for (;;) {
		ssize_t got = pread(fd, chunk, sizeof chunk, at);

		if (got == 0)
			return 0;
		if (got > 0) {
			textbuf_add(out, chunk, (size_t)got);
			at += got;
		} else if (errno != EINTR) {
			int error = -errno;

			if (out->len > before)
				out->bytes[out->len = before] = '\0';
			return error;
		}
	}
}

int proc_reread(int fd, struct textbuf *out)
{
	char chunk[4096];
	ssize_t got = pread(fd, chunk, sizeof chunk, 0);

	if (got < 0 || got == (ssize_t)sizeof chunk)
		return proc_read_fd(fd, out);
	textbuf_add(out, chunk, (size_t)got);
	return 0;
}

int proc_read(const struct proc_root *root, struct textbuf *out, const char *format, ...)
{
	va_list args;
	int error, fd;

	va_start(args, format);
	fd = open_named(root, O_RDONLY, format, args);
	va_end(args);
	if (fd < 0)
		return fd;
	error = proc_read_fd(fd, out);
	close(fd);
	return error;
}

int proc_readlink(const struct proc_root *root, struct textbuf *out, const char *format, ...)
{
	char name[ENTRY_MAX], target[PATH_MAX];
	va_list args;
	ssize_t len;
	int error;

	va_start(args, format);
	error = entry_name(name, format, args);
	va_end(args);
	if (error)
		return error;
	len = readlinkat(root->fd, name, target, sizeof target);
	if (len < 0)
		return -errno;
	textbuf_add(out, target, (size_t)len);
	return 0;
}

static int compare_int(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* The numbers among a directory's entries. Takes over fd. */
static int list_numbers(int fd, int **ret_numbers, size_t *ret_n)
{
	VEC(int) found = {0};
	struct dirent *entry;
	DIR *dir = fdopendir(fd);
	int error = 0;

	if (!dir) {
		error = -errno;
		close(fd);
		return error;
	}
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		uint64_t number;

		if (isdigit((unsigned char)entry->d_name[0]) &&
			num_parse(entry->d_name, 0, INT_MAX, &number) == 0)
			VEC_PUSH(&found, (int)number);
	}
	error = -errno;
	closedir(dir);
	if (error) {
		VEC_FREE(&found);
		return error;
	}
	if (found.n)
		qsort(found.item, found.n, sizeof *found.item, compare_int);
	*ret_numbers = found.item;
	*ret_n = found.n;
	return 0;
}

int proc_list_numbers(
	const struct proc_root *root, int **ret_numbers, size_t *ret_n, const char *format, ...)
{
	va_list args;
	int fd;

	va_start(args, format);
	fd = open_named(root, O_RDONLY | O_DIRECTORY, format, args);
	va_end(args);
	return fd < 0 ? fd : list_numbers(fd, ret_numbers, ret_n);
}
