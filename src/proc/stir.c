/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/stir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/proc/identity.h"

#define THREADS_MOST 32	       /* each costs a read a look */
#define APART_NS     20000000u /* the kernel counts the time of who runs on at ticks, 10 ms apart */

static void close_threads(struct stir *s)
{
	for (size_t i = 0; i < s->run_fd.n; i++)
		close(s->run_fd.item[i]);
	s->run_fd.n = 0;
}

static void close_fds(struct stir *s)
{
	close_threads(s);
	if (s->opened)
		close(s->stat_fd);
	s->opened = false;
}

void stir_close(struct stir *s)
{
	close_fds(s);
	VEC_FREE(&s->run_fd);
	textbuf_free(&s->now);
	textbuf_free(&s->before);
}

static bool open_stat(struct stir *s, const struct proc_root *root, pid_t pid)
{
	if (!s->opened)
		s->stat_fd = identity_stat_open(root, pid);
	s->opened = s->stat_fd >= 0;
	return s->opened;
}

/* The threads as they are now; what could be opened of them. */
static void open_threads(struct stir *s, const struct proc_root *root, pid_t pid)
{
	int *tid = NULL;
	size_t n = 0;

	close_threads(s);
	if (proc_list_numbers(root, &tid, &n, "%d/task", pid))
		return;
	for (size_t i = 0; i < n && n <= THREADS_MOST; i++) {
		int fd = proc_open(root, O_RDONLY, "%d/task/%d/schedstat", pid, tid[i]);

		if (fd >= 0)
			VEC_PUSH(&s->run_fd, fd);
	}
	free(tid);
}

/* "1203 40 3\n": ns on a CPU, ns waiting for one, times that it got one; zeros where not counted.
 */
static bool read_run(int fd, struct textbuf *out)
{
	size_t at = out->len;

	return !proc_reread(fd, out) && out->len > at && strcmp(out->bytes + at, "0 0 0\n") != 0;
}

/* All that tells of it, into now; false where that is not certain. */
static bool read_all(struct stir *s, const struct proc_root *root, pid_t pid)
{
	struct identity_stat stat;

	if (!open_stat(s, root, pid) || identity_stat_reread(s->stat_fd, &s->now, &stat))
		return false;
	if (stat.state == 'R' || stat.threads > THREADS_MOST)
		return false;
	if (stat.threads != s->run_fd.n)
		open_threads(s, root, pid);
	for (size_t i = 0; i < s->run_fd.n; i++)
		if (!read_run(s->run_fd.item[i], &s->now))
			return false;
	return stat.threads == s->run_fd.n;
}

static bool is_same(const struct stir *s)
{
	return s->now.len == s->before.len && s->now.len &&
	       memcmp(s->now.bytes, s->before.bytes, s->now.len) == 0;
}

void stir_look(struct stir *s, const struct proc_root *root, pid_t pid)
{
	struct textbuf before = s->before;
	uint64_t now_ns = clock_monotonic_ns();
	bool sure = read_all(s, root, pid);

	if (!sure || now_ns < s->look_ns + APART_NS || !is_same(s))
		s->count++;
	s->look_ns = now_ns;
	s->before = s->now;
	s->now = before;
	if (sure)
		return;
	/* Threads have come or gone, perhaps. */
	textbuf_clear(&s->before);
	close_fds(s);
}
