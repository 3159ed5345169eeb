/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_HELPER_INTERNAL_H
#define TWINTOP_PROC_HELPER_INTERNAL_H

#include <sys/uio.h>

#include "twintop/proc/helper.h"

#define HELPER_RANGES 1024u /* UIO_MAXIOV */

enum helper_job {
	HELPER_NOTHING,
	HELPER_LOCK,
	HELPER_MEMORY,
	HELPER_FILE,
	HELPER_FS_TYPE,
	HELPER_HOLD
};

#define HELPER_NAME 64 /* of a file below the root, with its NUL */

/* What a helper and who asks it have in common: a question, then its answer. */
struct helper_board {
	enum helper_job job;
	pid_t pid;
	char name[HELPER_NAME]; /* of the file that is read, if any */
	uint64_t offset;	/* HELPER_FILE: from where on; HELPER_HOLD: the thread's number */
	size_t n; /* ranges; answered, those before the first that is absent. Of a file: bytes */
	struct iovec there[HELPER_RANGES];
	int64_t answer; /* bytes in data, or negative errno */
	unsigned char data[HELPER_BYTES];
};

/* One helper process, which answers one question at a time. */
struct helper {
	pid_t pid;
	int fd; /* a byte asks, a byte answers; its end ends the helper */
	struct helper_board *board;
};

/* Forks one; keep_fd stays open in it. 0 or negative errno. */
int helper_start(const struct proc_root *root, int keep_fd, struct helper *ret_helper);
/* Has the question on the board answered. 0, -ETIMEDOUT, or -EPIPE where it is no more. */
int helper_ask(const struct helper *h, uint64_t deadline_ns);
/* Does in our own process what a helper does for HELPER_MEMORY: the answer. */
int64_t helper_read_here(const struct proc_root *root, struct helper_board *b);
/* Lets go of it: it ends when it can. Its process is the caller's to reap. */
void helper_leave(struct helper *h);

/* All helpers of a root. */
struct helpers;
struct helpers *helpers_new(const struct proc_root *root, int root_fd);
void helpers_free(struct helpers *all); /* NULL is fine */
/* root.c */
struct helpers *proc_root_helpers(const struct proc_root *root);

#endif
