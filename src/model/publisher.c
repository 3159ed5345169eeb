/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/publisher.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "twintop/base/io.h"
#include "twintop/base/vec.h"

struct publisher {
	pthread_mutex_t lock; /* of this and of all its subscribers */
	struct subscriber *first;
	bool ended;
	void (*taken)(void *context);
	void *context;
};

struct subscriber {
	struct publisher *publisher;
	struct subscriber *next;
	int fd; /* eventfd: a moment waits, or the end has come */
	bool all;
	size_t head; /* of queue: those before it were taken */
	VEC(const struct moment *) queue;
};

struct publisher *publisher_new(void (*taken)(void *context), void *context)
{
	struct publisher *p = mem_alloc(sizeof *p);

	*p = (struct publisher){.taken = taken, .context = context};
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void publisher_free(struct publisher *p)
{
	if (!p)
		return;
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static size_t waiting(const struct subscriber *s)
{
	return s->queue.n - s->head;
}

/* Makes the descriptor tell whether there is something; the lock is held. */
static void announce(struct subscriber *s)
{
	io_announce(s->fd, waiting(s) || s->publisher->ended);
}

/* Moves what waits to the front, so that the queue does not grow with what was taken. */
static void close_up(struct subscriber *s)
{
	for (size_t i = s->head; i < s->queue.n; i++)
		s->queue.item[i - s->head] = s->queue.item[i];
	s->queue.n -= s->head;
	s->head = 0;
}

/* The oldest moment without events goes where too many wait; what happened is kept. */
static void make_room(struct subscriber *s)
{
	size_t i = s->head;

	if (s->all || waiting(s) < SUBSCRIBER_MOMENTS)
		return;
	while (i < s->queue.n && moment_tells_events(s->queue.item[i]))
		i++;
	if (i == s->queue.n)
		return;
	moment_put(s->queue.item[i]);
	for (; i > s->head; i--)
		s->queue.item[i] = s->queue.item[i - 1];
	s->head++;
}

void publisher_publish(struct publisher *p, const struct moment *m)
{
	pthread_mutex_lock(&p->lock);
	for (struct subscriber *s = p->first; s; s = s->next) {
		make_room(s);
		if (s->head > SUBSCRIBER_MOMENTS)
			close_up(s);
		VEC_PUSH(&s->queue, moment_get(m));
		announce(s);
	}
	pthread_mutex_unlock(&p->lock);
}

void publisher_end(struct publisher *p)
{
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	for (struct subscriber *s = p->first; s; s = s->next)
		announce(s);
	pthread_mutex_unlock(&p->lock);
}

size_t publisher_waiting(struct publisher *p)
{
	size_t most = 0;

	pthread_mutex_lock(&p->lock);
	for (const struct subscriber *s = p->first; s; s = s->next)
		if (waiting(s) > most)
			most = waiting(s);
	pthread_mutex_unlock(&p->lock);
	return most;
}

int subscriber_new(struct publisher *p, bool all, struct subscriber **ret_subscriber)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct subscriber *s;

	if (fd < 0)
		return -errno;
	s = mem_alloc(sizeof *s);
	*s = (struct subscriber){.publisher = p, .fd = fd, .all = all};
	pthread_mutex_lock(&p->lock);
	s->next = p->first;
	p->first = s;
	announce(s);
	pthread_mutex_unlock(&p->lock);
	*ret_subscriber = s;
	return 0;
}

void subscriber_free(struct subscriber *s)
{
	struct subscriber **at;

	if (!s)
		return;
	pthread_mutex_lock(&s->publisher->lock);
	for (at = &s->publisher->first; *at != s; at = &(*at)->next)
		;
	*at = s->next;
	pthread_mutex_unlock(&s->publisher->lock);
	for (size_t i = s->head; i < s->queue.n; i++)
		moment_put(s->queue.item[i]);
	VEC_FREE(&s->queue);
	close(s->fd);
	free(s);
}

int subscriber_fd(const struct subscriber *s)
{
	return s->fd;
}

const struct moment *subscriber_next(struct subscriber *s)
{
	struct publisher *p = s->publisher;
	const struct moment *m = NULL;

	pthread_mutex_lock(&p->lock);
	if (waiting(s))
		m = s->queue.item[s->head++];
	if (!waiting(s))
		s->head = s->queue.n = 0;
	announce(s);
	pthread_mutex_unlock(&p->lock);
	if (m && p->taken)
		p->taken(p->context);
	return m;
}

bool subscriber_done(struct subscriber *s)
{
	bool done;

	pthread_mutex_lock(&s->publisher->lock);
	done = s->publisher->ended && !waiting(s);
	pthread_mutex_unlock(&s->publisher->lock);
	return done;
}
