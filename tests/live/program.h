/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_PROGRAM_H
#define TESTS_LIVE_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

#include <jansson.h>

#include "twintop/base/text.h"

/* twintop itself, run in pipes with nothing on standard input. Any failure here fails the test. */

/* What a run said, NUL behind each. */
struct run {
	struct textbuf out, err;
	int status; /* of wait(2) */
};

/* Runs twintop with argv ("twintop" first, NULL last) to its end. */
struct run program_run(const char *const argv[]);
void program_run_free(struct run *r);
/* Fails the test when it did not exit with that status. */
void program_expect(const struct run *r, int status);

/* Starts twintop; returns its PID and the reading ends of standard output and error. */
pid_t program_start(const char *const argv[], int *ret_out, int *ret_err);
/* Has one that runs end, whatever it still says, and closes what was read from. */
void program_stop(pid_t pid, int out, int err);
/* Reads once, bounded in time; false at the end of the stream. */
bool program_read(int fd, struct textbuf *to);

/* One line of --json; free with json_decref. */
json_t *sample_parse(const char *line, size_t len);
/* The next line of a twintop that runs; text keeps what has come of the one behind it. */
json_t *sample_next(int out, struct textbuf *text);
/* The one sample of such a run, which must succeed. */
json_t *sample_by(const char *const argv[]);
/* The one sample of two processes or threads, which has a pair. */
json_t *sample_of(pid_t a, pid_t b);

#endif
