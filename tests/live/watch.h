/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_WATCH_H
#define TESTS_LIVE_WATCH_H

#include "twintop/model/pair.h"

/* Reads one or two processes and pairs them, as the sampler does but at our command. */
struct watch;

/* deny: access to hold back, or NULL. Fails the test on any error. */
struct watch *watch_new(const char *deny);
void watch_free(struct watch *w);
const struct access *watch_access(const struct watch *w);
/*
 * The next sample of A, and of B unless 0. B that has ended since the last sample keeps its last
 * pages and is marked as ended. The pair (NULL without B) and the sides' pages stay valid until
 * the next call.
 */
const struct pair *watch_take(struct watch *w, pid_t a, pid_t b);
/* Whether a process has so much address space (a sanitizer's shadow) that reading it all takes
 * minutes. */
bool watch_is_vast(struct watch *w, pid_t pid);
const struct page_map *watch_pages(const struct watch *w, int side);
/* Pages of that verdict among n pages from start, freshness apart; and how many are fresh. */
size_t watch_count(const struct watch *w, uint64_t start, size_t n, enum page_verdict v);
size_t watch_fresh(const struct watch *w, uint64_t start, size_t n);

#endif
