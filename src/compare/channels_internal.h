/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_CHANNELS_INTERNAL_H
#define TWINTOP_COMPARE_CHANNELS_INTERNAL_H

#include "twintop/base/vec.h"
#include "twintop/model/pair.h"

VEC_STRUCT(channel_list, struct channel);

/* What a finder works on; it pushes what it finds to list, texts into arena. */
struct channel_search {
	const struct snapshot *snapshot;
	const struct pair *pair;
	const struct side *a, *b;
	struct arena *arena;
	struct channel_list *list;
	bool ofd_untold; /* see struct pair */
};

/* A channel with no descriptors, and in which nothing waits to be read. */
struct channel channel_make(const char *kind, enum channel_direction direction);
/* The direction in which somebody can send and the other receive; false when neither can. */
bool channel_direction_of(
	bool a_sends, bool a_receives, bool b_sends, bool b_receives, enum channel_direction *ret);

void channels_find_fds(struct channel_search *search);
void channels_find_sockets(struct channel_search *search);
void channels_find_memory(struct channel_search *search);
void channels_find_sysv(struct channel_search *search);
void channels_find_futexes(struct channel_search *search);
void channels_find_control(struct channel_search *search);
void channels_find_locks(struct channel_search *search);

#endif
