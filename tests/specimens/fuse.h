/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SPECIMENS_FUSE_H
#define TESTS_SPECIMENS_FUSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define FUSE_FILE_BYTES (1u << 20)

/*
 * A file system of one file, "f", whose server can be made dead: it answers no more, and whoever
 * has asked it waits for ever. Needs root and /dev/fuse.
 */
struct fuse {
	char path[64]; /* of its file */
	char folder[48];
	pid_t server;
	int die; /* a byte here makes it dead, its end ends it: nobody else may hold it open */
};

/* Mounts it below /tmp. False: not permitted here. */
bool fuse_start(struct fuse *f);
/*
 * The same of a file with what is at path, whose bytes [from, to) nobody ever gets; dead, its server
 * gives and takes none at all. Whoever waits for them can be killed.
 */
bool fuse_start_with(struct fuse *f, const char *path, uint64_t from, uint64_t to);
/* From now on. */
void fuse_die(const struct fuse *f);
/* Has the server unmount and end, as our death has: that frees who waits. */
void fuse_stop(struct fuse *f);

#endif
