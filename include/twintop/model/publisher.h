/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_PUBLISHER_H
#define TWINTOP_MODEL_PUBLISHER_H

#include "twintop/model/pair.h"

/*
 * Moments from one thread to any number of subscribers, each with a queue of its own: one that is
 * slow holds up nobody and loses no event. All functions may be called from any thread.
 */
struct publisher;
struct subscriber;

/* Moments that wait for a subscriber beyond so many: those without events make room. */
#define SUBSCRIBER_MOMENTS 600u

/* taken (may be NULL) is called after a subscriber took a moment, on its thread, under no lock. */
struct publisher *publisher_new(void (*taken)(void *context), void *context);
/* Its subscribers must be gone. NULL is fine. */
void publisher_free(struct publisher *p);
/* Hands m to each subscriber, with a reference each. */
void publisher_publish(struct publisher *p, const struct moment *m);
/* No moment will come any more: that shows on the descriptors of all. */
void publisher_end(struct publisher *p);
/* Moments that the slowest subscriber has not taken yet; 0 too where there is none. */
size_t publisher_waiting(struct publisher *p);

/*
 * From now on; earlier moments are not told again. all: none is ever dropped, however long the queue
 * grows. 0 or negative errno.
 */
int subscriber_new(struct publisher *p, bool all, struct subscriber **ret_subscriber);
void subscriber_free(struct subscriber *s); /* NULL is fine */
int subscriber_fd(const struct subscriber *s); /* readable while a moment waits, and at the end */
/* The next moment with a reference for the caller; NULL: none waits. */
const struct moment *subscriber_next(struct subscriber *s);
/* Whether the publisher ended and all was taken. */
bool subscriber_done(struct subscriber *s);

#endif
