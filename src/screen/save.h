/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_SCREEN_SAVE_H
#define TWINTOP_SRC_SCREEN_SAVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/base/text.h"

#define SAVE_PATH_MAX 4096

/* A picture on its way to a file; all zero: none. It goes on when we end. */
struct save {
	pid_t pid;
	int fd;
	uint64_t begun_ns; /* CLOCK_MONOTONIC */
	const char *folder;
};

/* What its process says in the end: the number in the file's name. */
struct save_result {
	unsigned number;
	int error;
};

/* Begins to save text below folder, which outlives it. 0 or negative errno. */
int save_begin(struct save *s, const char *folder, const struct textbuf *text);
bool save_runs(const struct save *s);
/* Readable when it is done; -1: none runs. */
int save_fd(const struct save *s);
/* True once when it is done: the file's path, and 0 or negative errno. */
bool save_take(struct save *s, char path[SAVE_PATH_MAX], int *ret_error);

#endif
