/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "twintop/feed/feed.h"

/* The feeds, a row each; of those that tell of births and ends the best comes first. */
#define FEEDS(ROW)                                                                                 \
	ROW(feed_connector)                                                                        \
	ROW(feed_tasks)                                                                            \
	ROW(feed_poll) ROW(feed_steps) ROW(feed_faults) ROW(feed_states) ROW(feed_switches)

#define DECLARE(feed) extern const struct feed_ops feed;
FEEDS(DECLARE)

#define ROW(feed) &(feed),
const struct feed_ops *const feed_table[] = {FEEDS(ROW)};
const size_t feed_table_n = sizeof feed_table / sizeof *feed_table;

_Static_assert(sizeof feed_table / sizeof *feed_table <= FEEDS_MOST, "FEEDS_MOST");

const struct feed_ops *feed_find(const char *id)
{
	for (size_t i = 0; i < feed_table_n; i++)
		if (!strcmp(feed_table[i]->id, id))
			return feed_table[i];
	return NULL;
}
