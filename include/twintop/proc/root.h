/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_ROOT_H
#define TWINTOP_PROC_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "twintop/base/text.h"

/*
 * The only way to /proc: a directory descriptor and openat(2). The root can be
 * another directory, for tests of our own readers on a captured tree. Safe to
 * use from several threads.
 */
struct proc_root;

/* Opens path (NULL: /proc). 0 or negative errno; close with proc_root_close. */
int proc_root_open(const char *path, struct proc_root **ret_root);
void proc_root_close(struct proc_root *root); /* NULL is fine */
/* Whether this is the kernel's own /proc: else nothing but reading files makes sense. */
int proc_root_is_kernel(const struct proc_root *root);
/*
 * Whether system calls may be asked by its numbers: it is the kernel's, and of our own PID
 * namespace. Where it is of another one they would speak of other tasks: -EXDEV stands for that.
 */
bool proc_root_is_ours(const struct proc_root *root);
/* 0, or why no system call may be asked of a task: -EXDEV, or -EOPNOTSUPP: not the kernel's. */
int proc_root_calls(const struct proc_root *root);

/*
 * Opens below the root, format as printf ("%d/maps"); O_CLOEXEC is added. A descriptor or negative
 * errno.
 */
int proc_open(const struct proc_root *root, int flags, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A whole file into out (appended). 0 or negative errno; EINTR is retried. */
int proc_read(const struct proc_root *root, struct textbuf *out, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Reads an open file from offset 0 to its end with pread(2) (appended). 0 or negative errno. */
int proc_read_fd(int fd, struct textbuf *out);
/* The same of a file that the kernel makes at one go (stat, loadavg; not maps), by one read. */
int proc_reread(int fd, struct textbuf *out);
/* Where a symbolic link points (appended). 0 or negative errno. */
int proc_readlink(const struct proc_root *root, struct textbuf *out, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Numbers that name entries of a directory, ascending, into a malloc'ed array (free it). 0 or
 * negative errno.
 */
int proc_list_numbers(const struct proc_root *root, int **ret_numbers, size_t *ret_n,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
