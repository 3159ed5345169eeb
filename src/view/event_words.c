/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "event_words_internal.h"

#include "twintop/feed/feed.h"

void event_explain(const struct event *e, struct textbuf *out)
{
	const struct feed_ops *feed = feed_find(e->source);

	textbuf_addf(out, "%s Told by: %s.", event_table[e->kind].why, e->source);
	if (feed)
		textbuf_addf(out, " %s", feed->blind);
}
