/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_MOMENT_CODE_H
#define TWINTOP_RECORD_MOMENT_CODE_H

#include "twintop/model/snapshot.h"
#include "twintop/record/codec.h"

/*
 * A moment as CBOR: a map with "moment", all that is known of the moment itself, and "parts", a map
 * by "a.fds", "b.fds", "family", …: of a part that is not as it was in the moment before either
 * null (it is not there), true (A's is B's too) or an array, of whether it is told as changes to
 * the one before, and of what its kind is written as. What follows from others (verdicts, rates) is
 * not in it: compare/ makes it anew.
 */

/* before NULL: a keyframe, which refers to nothing. */
void moment_code_put(
	const struct record_out *out, const struct snapshot *now, const struct snapshot *before);
/*
 * What a reader makes of now after before: bytes of the parts that are written, in bytes of pages
 * that it could make in that time.
 */
uint64_t moment_code_weight(const struct snapshot *now, const struct snapshot *before);
/*
 * One that was written after before, as that was read. 0 and a snapshot that is its caller's, with
 * one reference, or -EBADMSG, -E2BIG.
 */
int moment_code_get(struct wire_in *in, const struct record_names *names,
	const struct snapshot *before, struct snapshot **ret);

#endif
