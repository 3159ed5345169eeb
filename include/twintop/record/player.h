/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_PLAYER_H
#define TWINTOP_RECORD_PLAYER_H

#include "twintop/model/source.h"

/*
 * A recorded file as a source that goes on by itself, at the pace that source_play() sets: its own
 * at first. Where moments cannot be read so fast, they come as fast as they can. A seek leaves the
 * pace as it is; the sought moment comes at once, also while it stands still. It takes over the
 * replay, see replay_new(), of a file. 0 or negative errno: that stays its caller's.
 */
int player_new(struct source *replay, struct source **ret_source);

#endif
