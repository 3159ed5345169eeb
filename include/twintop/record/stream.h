/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_STREAM_H
#define TWINTOP_RECORD_STREAM_H

#include "twintop/model/source.h"

/*
 * A recording that comes through a pipe as a source: read and judged on a thread of its own, so that
 * nobody waits for the pipe. It takes over the replay, see replay_new(); what that judges by is used
 * by the thread alone until the source is freed. 0 or negative errno: the replay stays its caller's,
 * and is good for nothing more.
 */
int stream_new(struct source *replay, struct source **ret_source);

#endif
