/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catcher.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/base/thread.h"
#include "twintop/base/vec.h"
#include "twintop/feed/perf_ring.h"
#include "twintop/proc/identity.h"

#define BIRTHS_FEW 300	       /* so many in … */
#define WINDOW_NS  200000000u  /* … so long a time take a few per cent of a core; of more … */
#define MUTE_NS	   1000000000u /* … none calls for so long */

struct caught {
	pid_t pid;
	int pidfd; /* or negative errno */
	uint64_t ns;
};

struct catcher {
	const struct proc_root *root;
	size_t most;
	int wake_fd, epoll_fd;
	pthread_t thread;
	bool runs;

	pthread_mutex_t lock; /* of all below */
	bool stop;
	struct perf_rings *rings; /* NULL: none yet */
	VEC(struct caught) caught;
	uint64_t window_ns, muted_ns; /* muted_ns: since when; 0: it is not */
	size_t births;		      /* in this window */
};

/* ---- the thread ---------------------------------------------------------- */

static void catch_one(void *context, const struct perf_record *r)
{
	struct catcher *c = context;

	if (r->kind != PERF_FORK || r->pid == r->other || r->pid <= 0)
		return;
	c->births++;
	if (c->caught.n < c->most)
		VEC_PUSH(&c->caught,
			(struct caught){r->pid, identity_pidfd(c->root, r->pid), r->time_ns});
}

/* Mutes the births where they are too many, and lets them call again. */
static void heed_cost(struct catcher *c, uint64_t now_ns)
{
	bool was = c->muted_ns;

	if (c->births > BIRTHS_FEW)
		c->muted_ns = now_ns;
	else if (now_ns - c->muted_ns >= MUTE_NS)
		c->muted_ns = 0;
	if (now_ns - c->window_ns >= WINDOW_NS) {
		c->window_ns = now_ns;
		c->births = 0;
	}
	if (was != (c->muted_ns != 0))
		perf_rings_pause(c->rings, c->muted_ns != 0);
}

/* Returns whether it is to end. */
static bool catch_all(struct catcher *c, bool *ret_muted)
{
	bool stop;

	pthread_mutex_lock(&c->lock);
	io_announce(c->wake_fd, false);
	if (c->rings) {
		perf_rings_read(c->rings, catch_one, c);
		heed_cost(c, clock_monotonic_ns());
	}
	*ret_muted = c->rings && c->muted_ns;
	stop = c->stop;
	pthread_mutex_unlock(&c->lock);
	return stop;
}

static void *catcher_main(void *context)
{
	struct catcher *c = context;
	struct epoll_event e;
	bool muted;

	thread_hurry();
	while (!catch_all(c, &muted))
		epoll_wait(c->epoll_fd, &e, 1, muted ? (int)(MUTE_NS / 1000000) : -1);
	return NULL;
}

/* ---- outside ------------------------------------------------------------- */

/* What the thread waits for besides. The lock is held. 0 or negative errno. */
static int wait_for(struct catcher *c, int fd)
{
	struct epoll_event e = {.events = EPOLLIN};

	return epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

int catcher_open(const struct proc_root *root, size_t most, struct catcher **ret_catcher)
{
	struct catcher *c = mem_alloc(sizeof *c);
	int error;

	*c = (struct catcher){.root = root, .most = most};
	pthread_mutex_init(&c->lock, NULL);
	c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	error = c->wake_fd < 0 || c->epoll_fd < 0 ? -errno : wait_for(c, c->wake_fd);
	if (!error)
		error = thread_spawn("births", catcher_main, c, &c->thread);
	c->runs = !error;
	if (error)
		catcher_close(c);
	else
		*ret_catcher = c;
	return error;
}

void catcher_close(struct catcher *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	io_announce(c->wake_fd, true);
	pthread_mutex_unlock(&c->lock);
	if (c->runs)
		pthread_join(c->thread, NULL);
	catcher_forget(c);
	catcher_drop(c, UINT64_MAX);
	VEC_FREE(&c->caught);
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	if (c->epoll_fd >= 0)
		close(c->epoll_fd);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

int catcher_listen(struct catcher *c, pid_t pid)
{
	const struct perf_ask ask = {.pid = pid, .few = true, .alone = true};
	int error;

	pthread_mutex_lock(&c->lock);
	error = c->rings ? perf_rings_add(c->rings, c->root, pid)
			 : perf_rings_open_to(c->root, &ask, c->epoll_fd, &c->rings);
	if (!error && c->muted_ns) /* what was added just now calls, too */
		perf_rings_pause(c->rings, true);
	pthread_mutex_unlock(&c->lock);
	return error;
}

void catcher_forget(struct catcher *c)
{
	pthread_mutex_lock(&c->lock);
	perf_rings_close(c->rings);
	c->rings = NULL;
	c->muted_ns = 0;
	pthread_mutex_unlock(&c->lock);
}

int catcher_take(struct catcher *c, pid_t pid)
{
	int found = -ENOENT;

	if (!c)
		return found;
	pthread_mutex_lock(&c->lock);
	for (size_t i = c->caught.n; i-- > 0 && found == -ENOENT;)
		if (c->caught.item[i].pid == pid) {
			found = c->caught.item[i].pidfd;
			c->caught.item[i] = c->caught.item[--c->caught.n];
		}
	pthread_mutex_unlock(&c->lock);
	return found;
}

void catcher_drop(struct catcher *c, uint64_t before_ns)
{
	size_t kept = 0;

	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->caught.n; i++)
		if (c->caught.item[i].ns >= before_ns)
			c->caught.item[kept++] = c->caught.item[i];
		else if (c->caught.item[i].pidfd >= 0)
			close(c->caught.item[i].pidfd);
	c->caught.n = kept;
	pthread_mutex_unlock(&c->lock);
}
