/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_RECORDING_H
#define TWINTOP_RECORD_RECORDING_H

#include "twintop/model/snapshot.h"

/* A recording as it is read, from its begin to its end: of a file or of a pipe. See recorder.h. */
struct recording;

/*
 * Reads the header. fd stays the caller's. 0, -EBADMSG (it is no recording, or damaged),
 * -EPROTONOSUPPORT (a newer twintop wrote it), or what read(2) says.
 */
int recording_new(int fd, struct recording **ret_recording);
void recording_free(struct recording *r); /* NULL is fine */
/*
 * The next moment's snapshot, its caller's, without what follows from others: 0; -ENODATA at its
 * end, -EPIPE where it was cut off, -EBADMSG where it is damaged, -E2BIG where it would unfold to
 * what nobody recorded: nothing more comes then. Or what read(2) says.
 */
int recording_next(struct recording *r, struct snapshot **ret_snapshot);
/* Bytes of it that were read. */
uint64_t recording_at(const struct recording *r);

#endif
