/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_RECORDING_H
#define TWINTOP_RECORD_RECORDING_H

#include "twintop/model/snapshot.h"
#include "twintop/record/codec.h"

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
/* What its machine called itself, made by whoever wrote it; "": not known. Until it is freed. */
const char *recording_host(const struct recording *r);
/* From now on reading ends with -ECANCELED, and for good, once that descriptor is readable. */
void recording_stop_by(struct recording *r, int stop_fd);
/*
 * Of a file: reading ends with -ETIMEDOUT where no answer comes for so long (0: it waits for ever),
 * and late (NULL: nobody) is told of each that takes long; what is read next is asked for anew,
 * once that answer has come.
 */
void recording_wait_by(
	struct recording *r, int most_ms, void (*late)(void *context), void *context);
/* Whether an answer is still to come: then its descriptor may not be closed, which would wait, too.
 */
bool recording_hangs(const struct recording *r);
/* Whether it is a file, of which any place can be read. */
bool recording_is_file(const struct recording *r);
/*
 * What whoever judged the moment that was read last remembered before it, see recorder_seed():
 * until the next is read. bytes NULL: it is not told.
 */
struct text recording_seed(const struct recording *r);
/* Which members are recorded, until it is freed. */
const struct record_names *recording_names(const struct recording *r);
/* The first moment of a file comes next. */
void recording_rewind(struct recording *r);
/* Whether what was private was replaced when it was written. */
bool recording_is_redacted(const struct recording *r);
/* Bytes of it that were read. */
uint64_t recording_at(const struct recording *r);

#endif
