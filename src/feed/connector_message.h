/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_CONNECTOR_MESSAGE_H
#define TWINTOP_CONNECTOR_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the proc connector tells (linux/cn_proc.h), one kind a message. */
enum connector_kind {
	CONNECTOR_OTHER, /* nothing that we tell of */
	CONNECTOR_FORK,
	CONNECTOR_EXEC,
	CONNECTOR_COMM,
	CONNECTOR_EXIT
};
struct connector_message {
	enum connector_kind kind;
	uint64_t ns; /* CLOCK_MONOTONIC */
	pid_t pid, tid;
	pid_t parent;	 /* FORK: of the new task's process; a thread's is its process's parent */
	uint32_t status; /* EXIT: of wait(2) */
	char name[16];	 /* COMM: ends in a NUL, or is of that length */
};

/*
 * The next message of a datagram of len bytes at *at: true, and *at behind it. False where there is
 * none, or what is there is none.
 */
bool connector_next(const void *bytes, size_t len, size_t *at, struct connector_message *ret);

#endif
