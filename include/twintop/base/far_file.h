/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_FAR_FILE_H
#define TWINTOP_BASE_FAR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads of a file that may not answer, as one does not on a file server that is gone: what is not
 * at hand is read on a thread of its own, and whoever waits for it may give up.
 */
struct far_file;

struct far_file *far_file_new(int fd); /* fd stays the caller's */
/* NULL is fine. Where a thread waits for an answer still, it is left behind, see below. */
void far_file_free(struct far_file *f);
/*
 * Whether one that was given up has not come yet: the descriptor is used until then or until we
 * end, and to close it would wait, too. NULL: false.
 */
bool far_file_hangs(const struct far_file *f);

/* How an answer is waited for. */
struct far_wait {
	int stop_fd; /* readable: no longer; -1: nobody says so */
	int most_ms; /* so long; 0: for ever */
	/* NULL, or told once of an answer that takes long. */
	void (*late)(void *context);
	void *context;
};
/*
 * Reads at most n bytes, as pread(2) does: how many, or negative errno; -ECANCELED: stop_fd said
 * so; -ETIMEDOUT: no answer came in time, nor did one to the question that was given up.
 */
ssize_t far_file_read(
	struct far_file *f, void *ret, size_t n, uint64_t offset, const struct far_wait *wait);

#endif
