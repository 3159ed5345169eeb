/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FEED_LISTENER_H
#define TWINTOP_FEED_LISTENER_H

#include "twintop/base/vec.h"
#include "twintop/feed/feed.h"
#include "twintop/feed/perf_ring.h"

/*
 * What feeds have in common that listen to the watched processes by perf rings while somebody
 * needs what they tell: whom they are to listen to, whether they may, and where their rings call.
 */
struct listener {
	struct feed_context context;
	int epoll_fd;	      /* readable when one of its rings calls; the feed's descriptor */
	unsigned bit;	      /* of enum need */
	bool needed, changed; /* changed: who is to be listened to */
	VEC(struct task_id) wanted;
};

/* bit: what it is needed for. 0 or negative errno: there is nothing to close then. */
int listener_open(struct listener *l, const struct feed_context *context, unsigned bit);
void listener_close(struct listener *l);
/* What a feed is told: struct feed_ops. */
void listener_watch(struct listener *l, const struct task_id *id, size_t n);
void listener_need(struct listener *l, unsigned bits);
/* Whether somebody needs to hear of that one. */
bool listener_wants(const struct listener *l, struct task_id id);
/* Whether the kernel lets us listen to anybody: KNOWN; else why not, static text. */
enum value_state listener_may(const struct listener *l, const char **ret_reason);
/* What an error of listening to one means: KNOWN where it is 0; else why not, static text. */
enum value_state listener_state_of(int error, const char **ret_reason);

#endif
