/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/seeds.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/record/recorder.h"

#define WAITING_MOST 4u /* whoever writes is so far behind: more would be of no use to it */

struct waiting {
	uint64_t sequence;
	struct textbuf bytes;
};

struct seeds {
	pthread_mutex_t lock;
	bool wanted, hurried;
	bool had; /* since it is wanted there was one, at … */
	uint64_t last_ns;
	struct waiting waiting[WAITING_MOST]; /* by sequence */
	size_t n;
};

struct seeds *seeds_new(void)
{
	struct seeds *s = mem_alloc(sizeof *s);

	pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void drop_first(struct seeds *s)
{
	textbuf_free(&s->waiting[0].bytes);
	s->n--;
	memmove(s->waiting, s->waiting + 1, s->n * sizeof *s->waiting);
}

static void drop_all(struct seeds *s)
{
	while (s->n)
		drop_first(s);
}

void seeds_free(struct seeds *s)
{
	if (!s)
		return;
	drop_all(s);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void seeds_want(struct seeds *s, bool want)
{
	pthread_mutex_lock(&s->lock);
	s->wanted = want;
	s->had = s->hurried = false;
	drop_all(s);
	pthread_mutex_unlock(&s->lock);
}

void seeds_hurry(struct seeds *s)
{
	pthread_mutex_lock(&s->lock);
	/* One that waits is what is wanted. */
	s->hurried = !s->n;
	pthread_mutex_unlock(&s->lock);
}

bool seeds_due(struct seeds *s, uint64_t monotonic_ns)
{
	bool due;

	pthread_mutex_lock(&s->lock);
	due = s->wanted && s->n < WAITING_MOST &&
	      (!s->had || s->hurried || monotonic_ns >= s->last_ns + RECORDER_KEY_NS);
	if (due) {
		s->had = true;
		s->hurried = false;
		s->last_ns = monotonic_ns;
	}
	pthread_mutex_unlock(&s->lock);
	return due;
}

void seeds_put(struct seeds *s, uint64_t sequence, struct textbuf *bytes)
{
	pthread_mutex_lock(&s->lock);
	if (s->wanted && s->n < WAITING_MOST) {
		s->waiting[s->n++] = (struct waiting){sequence, *bytes};
		*bytes = (struct textbuf){0};
	}
	pthread_mutex_unlock(&s->lock);
	textbuf_free(bytes);
}

bool seeds_take(struct seeds *s, uint64_t sequence, struct textbuf *ret)
{
	bool found;

	pthread_mutex_lock(&s->lock);
	while (s->n && s->waiting[0].sequence < sequence)
		drop_first(s);
	found = s->n && s->waiting[0].sequence == sequence;
	if (found) {
		*ret = s->waiting[0].bytes;
		s->waiting[0].bytes = (struct textbuf){0};
		drop_first(s);
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}
