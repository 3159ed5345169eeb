/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_SPOOL_H
#define TWINTOP_BASE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bytes on their way to a file or a pipe, written by a thread of their own: whoever has them to
 * write waits no longer than it wants to, whatever a disk, a server or a reader does.
 */
struct spool;

/*
 * Takes over fd. most: bytes that may wait to be written. patience_ns: none of them need move for
 * so long; 0: it is waited for as long as it takes. 0 or negative errno.
 */
int spool_new(int fd, size_t most, uint64_t patience_ns, struct spool **ret_spool);
/*
 * Leaves bytes to it; waits where too many wait already. 0, or what write(2) said of those before,
 * or -ETIMEDOUT: nothing moved for too long, or we are leaving (base/leave.h) and there is no time.
 */
int spool_write(struct spool *s, const char *bytes, size_t n);
uint64_t spool_written(struct spool *s); /* bytes so far */
int spool_error(struct spool *s);	 /* of what was written so far; 0 or negative errno */
/*
 * Waits for the rest, but no more than a second while nothing moves where there is a bound at all,
 * and closes; as spool_write(). What hangs in a write is left behind with its descriptor.
 * *ret_written: bytes in all.
 */
int spool_end(struct spool *s, uint64_t *ret_written);

#endif
