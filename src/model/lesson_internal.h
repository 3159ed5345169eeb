/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_LESSON_INTERNAL_H
#define TWINTOP_MODEL_LESSON_INTERNAL_H

#include "twintop/model/lesson.h"

#define LESSON_MAPS    "/proc/PID/maps"
#define LESSON_PAGEMAP "/proc/PID/pagemap of both"

/* Rows of the sets. Where another table has titles and meanings, these are not repeated here. */
extern const struct lesson lesson_verdict[], lesson_mapping_kind[], lesson_mechanism[],
	lesson_row_state[], lesson_share[], lesson_relation[], lesson_fd_kind[],
	lesson_fd_relation[], lesson_access[], lesson_channel[], lesson_state[], lesson_wait[],
	lesson_event[];
extern const size_t lesson_access_n, lesson_channel_n, lesson_state_n;

#endif
