/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/spool.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/base/leave.h"
#include "twintop/base/text.h"
#include "twintop/base/thread.h"

#define FILE_PIECE 65536u      /* bytes of a write */
#define LOOK_NS	   50000000u   /* so often it is looked whether we are leaving */
#define END_NS	   1000000000u /* nothing moves for so long: the end does not wait for it */
#define LEAVING_NS 400000000u  /* for all that is left, once we are leaving */

struct spool {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	int fd, error;
	size_t piece, most;
	uint64_t patience_ns;
	struct textbuf waiting; /* what comes next */
	struct textbuf going;	/* what is being written: the thread's own */
	size_t left;		/* bytes of that */
	uint64_t written, moved_ns, leaving_ns;
	bool ending, done, abandoned;
};

static void spool_free(struct spool *s)
{
	close(s->fd);
	textbuf_free(&s->waiting);
	textbuf_free(&s->going);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* ---- the thread ---------------------------------------------------------- */

static void note_written(struct spool *s, size_t n)
{
	pthread_mutex_lock(&s->lock);
	s->left -= n;
	s->written += n;
	s->moved_ns = clock_monotonic_ns();
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

/* 0 or negative errno. */
static int write_going(struct spool *s)
{
	for (size_t at = 0; at < s->going.len;) {
		size_t rest = s->going.len - at;
		ssize_t n = write(s->fd, s->going.bytes + at, rest < s->piece ? rest : s->piece);
		struct pollfd p = {.fd = s->fd, .events = POLLOUT};

		if (n < 0 && errno == EAGAIN)
			poll(&p, 1, -1);
		else if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			note_written(s, (size_t)n);
			at += (size_t)n;
		}
	}
	return 0;
}

/* Takes what waits; false: nothing comes any more. The lock is held. */
static bool take_waiting(struct spool *s)
{
	struct textbuf empty = s->going;

	while (!s->waiting.len && !s->ending)
		pthread_cond_wait(&s->changed, &s->lock);
	textbuf_clear(&empty);
	s->going = s->waiting;
	s->waiting = empty;
	s->left = s->going.len;
	return s->left > 0;
}

static void *run(void *context)
{
	struct spool *s = context;
	bool abandoned;

	pthread_mutex_lock(&s->lock);
	while (!s->error && take_waiting(s)) {
		int error;

		pthread_mutex_unlock(&s->lock);
		error = write_going(s);
		pthread_mutex_lock(&s->lock);
		s->error = error;
	}
	s->done = true;
	abandoned = s->abandoned;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	if (abandoned)
		spool_free(s);
	return NULL;
}

/* ---- who has something to write ------------------------------------------ */

int spool_new(int fd, size_t most, uint64_t patience_ns, struct spool **ret_spool)
{
	struct spool *s = mem_alloc(sizeof *s);
	struct stat st;
	int error;

	/* By no more than surely goes, so that each byte that a reader takes is seen to move. */
	s->piece = !fstat(fd, &st) && S_ISREG(st.st_mode) ? FILE_PIECE : PIPE_BUF;
	s->fd = fd;
	s->most = most;
	s->patience_ns = patience_ns;
	pthread_mutex_init(&s->lock, NULL);
	thread_cond_init(&s->changed);
	error = thread_spawn("spool", run, s, &s->thread);
	if (error)
		spool_free(s);
	else
		*ret_spool = s;
	return error;
}

/*
 * Whether nothing moved for too long, or there is no more time; 0 for patience is without a bound.
 * The lock is held.
 */
static bool is_overdue(struct spool *s, uint64_t since_ns, uint64_t patience_ns)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t moved = s->moved_ns > since_ns ? s->moved_ns : since_ns;

	if (leave_begun() && !s->leaving_ns)
		s->leaving_ns = now;
	if (s->leaving_ns && now - s->leaving_ns > LEAVING_NS)
		return true;
	return patience_ns && now - moved > patience_ns;
}

static void wait_a_little(struct spool *s)
{
	thread_cond_wait(&s->changed, &s->lock, clock_monotonic_ns() + LOOK_NS);
}

int spool_write(struct spool *s, const char *bytes, size_t n)
{
	uint64_t since_ns = clock_monotonic_ns();
	int error = 0;

	pthread_mutex_lock(&s->lock);
	while (!s->error && !error && s->waiting.len + s->left > s->most) {
		wait_a_little(s);
		error = is_overdue(s, since_ns, s->patience_ns) ? -ETIMEDOUT : 0;
	}
	error = s->error ? s->error : error;
	if (!error)
		textbuf_add(&s->waiting, bytes, n);
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return error;
}

uint64_t spool_written(struct spool *s)
{
	uint64_t written;

	pthread_mutex_lock(&s->lock);
	written = s->written;
	pthread_mutex_unlock(&s->lock);
	return written;
}

int spool_error(struct spool *s)
{
	int error;

	pthread_mutex_lock(&s->lock);
	error = s->error;
	pthread_mutex_unlock(&s->lock);
	return error;
}

int spool_end(struct spool *s, uint64_t *ret_written)
{
	uint64_t since_ns = clock_monotonic_ns();
	bool done;
	int error;

	pthread_mutex_lock(&s->lock);
	s->ending = true;
	pthread_cond_broadcast(&s->changed);
	while (!s->done && !is_overdue(s, since_ns, s->patience_ns ? END_NS : 0))
		wait_a_little(s);
	done = s->done;
	error = done ? s->error : -ETIMEDOUT;
	*ret_written = s->written;
	s->abandoned = !done;
	if (!done)
		pthread_detach(s->thread);
	pthread_mutex_unlock(&s->lock);
	if (!done)
		return error;
	pthread_join(s->thread, NULL);
	spool_free(s);
	return error;
}
