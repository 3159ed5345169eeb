/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/far_file.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/base/thread.h"

#define READ_MOST ((size_t)256 << 10) /* bytes at a time */
#define LATE_MS	  600		      /* what takes longer is told of */

/* Shared with the thread, once there is one: whoever is last frees it. */
struct far_file {
	int fd, done_fd; /* readable: the answer is there, or nothing was asked */
	bool has_thread, unknown;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	bool asks, ends, left;
	/* The question, and the answer: the thread's until done_fd says otherwise. */
	uint64_t offset;
	size_t n;
	ssize_t got; /* or negative errno */
	char *bytes;
};

struct far_file *far_file_new(int fd)
{
	struct far_file *f = mem_alloc(sizeof *f);

	f->fd = fd;
	f->done_fd = -1;
	pthread_mutex_init(&f->lock, NULL);
	thread_cond_init(&f->asked);
	return f;
}

static void discard(struct far_file *f)
{
	if (f->done_fd >= 0)
		close(f->done_fd);
	pthread_cond_destroy(&f->asked);
	pthread_mutex_destroy(&f->lock);
	free(f->bytes);
	free(f);
}

/* ---- the thread ---------------------------------------------------------- */

static void answer(struct far_file *f)
{
	ssize_t got;

	do
		got = pread(f->fd, f->bytes, f->n, (off_t)f->offset);
	while (got < 0 && errno == EINTR);
	pthread_mutex_lock(&f->lock);
	f->got = got < 0 ? -errno : got;
	pthread_mutex_unlock(&f->lock);
	io_announce(f->done_fd, true);
}

/* Waits for a question; false: none comes any more. */
static bool hear(struct far_file *f)
{
	bool ends;

	pthread_mutex_lock(&f->lock);
	while (!f->asks && !f->ends)
		pthread_cond_wait(&f->asked, &f->lock);
	f->asks = false;
	ends = f->ends;
	pthread_mutex_unlock(&f->lock);
	return !ends;
}

/* Whether the other one has gone already. */
static bool leave(struct far_file *f)
{
	bool last;

	pthread_mutex_lock(&f->lock);
	last = f->left;
	f->left = f->ends = true;
	pthread_cond_signal(&f->asked);
	pthread_mutex_unlock(&f->lock);
	return last;
}

static void *run(void *context)
{
	struct far_file *f = context;

	while (hear(f))
		answer(f);
	if (leave(f))
		discard(f);
	return NULL;
}

/* ---- who asks ------------------------------------------------------------ */

static bool is_answered(const struct far_file *f)
{
	struct pollfd p = {.fd = f->done_fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

bool far_file_hangs(const struct far_file *f)
{
	return f && f->has_thread && !is_answered(f);
}

void far_file_free(struct far_file *f)
{
	if (f && (!f->has_thread || leave(f)))
		discard(f);
}

static int begin(struct far_file *f)
{
	pthread_t thread;
	int error;

	if (f->done_fd < 0)
		f->done_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (f->done_fd < 0)
		return -errno;
	f->bytes = mem_resize(f->bytes, READ_MOST, 1);
	error = thread_spawn("far file", run, f, &thread);
	if (error)
		return error;
	pthread_detach(thread);
	f->has_thread = true;
	return 0;
}

static void ask(struct far_file *f, size_t n, uint64_t offset)
{
	io_announce(f->done_fd, false);
	pthread_mutex_lock(&f->lock);
	f->n = n;
	f->offset = offset;
	f->asks = true;
	pthread_cond_signal(&f->asked);
	pthread_mutex_unlock(&f->lock);
}

/* Until it is answered, at most until that time (0: for ever). 0 or why no longer. */
static int wait_until(const struct far_file *f, int stop_fd, uint64_t until_ns)
{
	struct pollfd p[] = {
		{.fd = f->done_fd, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};

	for (;;) {
		uint64_t now = clock_monotonic_ns();
		int rest =
			until_ns ? until_ns > now ? (int)((until_ns - now) / 1000000) + 1 : 0 : -1;
		int n = poll(p, 2, rest);

		if (n > 0 && p[0].revents)
			return 0;
		if (n > 0)
			return -ECANCELED;
		if (n == 0)
			return -ETIMEDOUT;
	}
}

static int wait_for(const struct far_file *f, const struct far_wait *w)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t most = w->most_ms ? now + (uint64_t)w->most_ms * 1000000 : 0;
	int error = -ETIMEDOUT;

	if (w->late) {
		error = wait_until(f, w->stop_fd, now + LATE_MS * 1000000ull);
		if (error == -ETIMEDOUT)
			w->late(w->context);
	}
	return error == -ETIMEDOUT ? wait_until(f, w->stop_fd, most) : error;
}

/* What is at hand; -EAGAIN: nothing, or the system does not tell. */
static ssize_t read_near(struct far_file *f, void *ret, size_t n, uint64_t offset)
{
	const struct iovec to = {ret, n};
	ssize_t got = f->unknown ? -1 : preadv2(f->fd, &to, 1, (off_t)offset, RWF_NOWAIT);

	if (got >= 0)
		return got;
	f->unknown |= errno != EAGAIN && errno != EINTR;
	return -EAGAIN;
}

static ssize_t take(struct far_file *f, void *ret)
{
	ssize_t got;

	pthread_mutex_lock(&f->lock);
	got = f->got;
	if (got > 0)
		memcpy(ret, f->bytes, (size_t)got);
	pthread_mutex_unlock(&f->lock);
	return got;
}

ssize_t far_file_read(
	struct far_file *f, void *ret, size_t n, uint64_t offset, const struct far_wait *wait)
{
	ssize_t got = read_near(f, ret, n, offset);
	int error;

	if (got >= 0)
		return got;
	error = f->has_thread ? 0 : begin(f);
	if (error)
		return error;
	if (!is_answered(f))
		return -ETIMEDOUT;
	ask(f, n < READ_MOST ? n : READ_MOST, offset);
	error = wait_for(f, wait);
	return error ? error : take(f, ret);
}
