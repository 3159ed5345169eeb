/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helpers of a root: who is free, who was abandoned, and what therefore is not asked. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper_internal.h"
#include "hold_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"

#define AGAIN_NS 5000000000u /* what has hung is asked again after so long */

/* A helper that did not answer, and what it was asked; or that somebody ended. */
struct lost {
	pid_t helper; /* 0: it has come back and ended */
	enum helper_job job;
	pid_t pid;
	char name[HELPER_NAME];
	uint64_t since_ns;
};

/* A question, and how the rest of it goes onto the board. */
struct question {
	enum helper_job job;
	pid_t pid;
	char name[HELPER_NAME];
	uint64_t deadline_ns;
	void (*put)(struct helper_board *b, const void *context);
	const void *context;
};

struct helpers {
	const struct proc_root *root;
	int root_fd;
	pthread_mutex_t lock;
	VEC(struct helper) idle;
	VEC(struct lost) lost;
};

struct helpers *helpers_new(const struct proc_root *root, int root_fd)
{
	struct helpers *all = mem_alloc(sizeof *all);

	*all = (struct helpers){.root = root, .root_fd = root_fd};
	pthread_mutex_init(&all->lock, NULL);
	return all;
}

void helper_begin(const struct proc_root *root, unsigned n)
{
	struct helpers *all = proc_root_helpers(root);
	struct helper h;

	while (n-- && !helper_start(root, all->root_fd, &h))
		VEC_PUSH(&all->idle, h);
}

/* The processes end by themselves where they can, and are reaped if they have by now: else with us.
 */
void helpers_free(struct helpers *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->idle.n; i++) {
		helper_leave(&all->idle.item[i]);
		waitpid(all->idle.item[i].pid, NULL, WNOHANG);
	}
	VEC_FREE(&all->idle);
	VEC_FREE(&all->lost);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/* Whether what hung tells that q hangs too: the same, and memory has that lock. */
static bool hangs_alike(const struct lost *l, const struct question *q)
{
	return l->pid == q->pid && ((l->job == q->job && strcmp(l->name, q->name) == 0) ||
					   (l->job == HELPER_LOCK && q->job == HELPER_MEMORY));
}

/* Whether the question hangs in a helper, or did not long ago. */
static bool is_hopeless(struct helpers *all, const struct question *q)
{
	uint64_t now = clock_monotonic_ns();
	bool hopeless = false;
	size_t kept = 0;

	pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < all->lost.n; i++) {
		struct lost l = all->lost.item[i];

		if (l.helper && waitpid(l.helper, NULL, WNOHANG) == l.helper)
			l.helper = 0;
		if (!l.helper && now - l.since_ns > AGAIN_NS)
			continue;
		hopeless |= hangs_alike(&l, q);
		all->lost.item[kept++] = l;
	}
	all->lost.n = kept;
	pthread_mutex_unlock(&all->lock);
	return hopeless;
}

static int take(struct helpers *all, struct helper *ret_helper)
{
	bool had;

	pthread_mutex_lock(&all->lock);
	had = all->idle.n > 0;
	if (had)
		*ret_helper = all->idle.item[--all->idle.n];
	pthread_mutex_unlock(&all->lock);
	return had ? 0 : helper_start(all->root, all->root_fd, ret_helper);
}

static void give_back(struct helpers *all, const struct helper *h)
{
	pthread_mutex_lock(&all->lock);
	VEC_PUSH(&all->idle, *h);
	pthread_mutex_unlock(&all->lock);
}

/* Lets go of one that did not answer, or died. */
static void abandon(struct helpers *all, struct helper *h, bool answers_late)
{
	struct lost l = {.helper = h->pid,
		.job = h->board->job,
		.pid = h->board->pid,
		.since_ns = clock_monotonic_ns()};

	memcpy(l.name, h->board->name, sizeof l.name);
	if (!answers_late)
		l.job = HELPER_NOTHING;
	kill(h->pid, SIGKILL);
	helper_leave(h);
	pthread_mutex_lock(&all->lock);
	VEC_PUSH(&all->lost, l);
	pthread_mutex_unlock(&all->lock);
}

/*
 * Asks a helper, another one where somebody ended the first. 0 and one that is the caller's to give
 * back, its board with the answer; or negative errno.
 */
static int ask(struct helpers *all, const struct question *q, struct helper *ret_helper)
{
	int error = -EPIPE;

	if (is_hopeless(all, q))
		return -ETIMEDOUT;
	for (int tries = 0; tries < 2 && error == -EPIPE; tries++) {
		struct helper h;

		error = take(all, &h);
		if (error)
			return error;
		h.board->job = q->job;
		h.board->pid = q->pid;
		memcpy(h.board->name, q->name, sizeof q->name);
		if (q->put)
			q->put(h.board, q->context);
		error = helper_ask(&h, q->deadline_ns);
		if (error)
			abandon(all, &h, error == -ETIMEDOUT);
		else
			*ret_helper = h;
	}
	return error;
}

/* ---- memory ---------------------------------------------------------------- */

struct ranges {
	struct helper_range *range;
	size_t n;
};

static void put_ranges(struct helper_board *b, const void *context)
{
	const struct ranges *r = context;

	for (size_t i = 0; i < r->n; i++)
		b->there[i] =
			(struct iovec){(void *)(uintptr_t)r->range[i].address, r->range[i].bytes};
	b->n = r->n;
}

/* Takes what came; returns of how many ranges it is. */
static size_t spread(const struct helper_board *b, const struct ranges *r)
{
	size_t left = b->answer > 0 ? (size_t)b->answer : 0, at = 0, i = 0;

	for (; i < r->n && r->range[i].bytes <= left; i++) {
		memcpy(r->range[i].here, b->data + at, r->range[i].bytes);
		r->range[i].read = true;
		at += r->range[i].bytes;
		left -= r->range[i].bytes;
	}
	return i;
}

/* So many of the n ranges go into one question. */
static size_t batch_of(const struct helper_range *range, size_t n)
{
	size_t bytes = 0, i = 0;

	while (i < n && i < HELPER_RANGES && bytes + range[i].bytes <= HELPER_BYTES)
		bytes += range[i++].bytes;
	return i;
}

int helper_read_memory(
	const struct proc_root *root, pid_t pid, struct helper_range *range, size_t n)
{
	struct helpers *all = proc_root_helpers(root);
	struct ranges ranges;
	const struct question q = {.job = HELPER_MEMORY,
		.pid = pid,
		.deadline_ns = HELPER_DEADLINE_NS,
		.put = put_ranges,
		.context = &ranges};

	/* The number would be another's. */
	if (proc_root_calls(root) == -EXDEV)
		return -EXDEV;
	for (size_t at = 0, done; at < n; at += done < ranges.n ? done + 1 : done) {
		struct helper h;
		int error;

		ranges = (struct ranges){range + at, batch_of(range + at, n - at)};
		if (!ranges.n)
			return -EINVAL;
		error = ask(all, &q, &h);
		if (error)
			return error;
		/* Yama may grant us a program that we started, and its sister nothing. */
		if (h.board->answer == -EPERM)
			h.board->answer = helper_read_here(root, h.board);
		error = h.board->answer < 0 ? (int)h.board->answer : 0;
		done = spread(h.board, &ranges);
		if (done < ranges.n && done == h.board->n)
			ranges.range[done].absent = true;
		give_back(all, &h);
		/* EFAULT is of the first range alone: on past it. */
		if (error && error != -EFAULT)
			return error;
	}
	return 0;
}

/* ---- files ----------------------------------------------------------------- */

struct piece {
	uint64_t offset;
	size_t bytes;
};

static void put_piece(struct helper_board *b, const void *context)
{
	const struct piece *piece = context;

	b->offset = piece->offset;
	b->n = piece->bytes;
}

int helper_read_piece(const struct proc_root *root, uint64_t offset, void *here, size_t bytes,
	pid_t pid, const char *name)
{
	const struct piece piece = {offset, bytes};
	struct question q = {.job = HELPER_FILE,
		.pid = pid,
		.deadline_ns = HELPER_DEADLINE_NS,
		.put = put_piece,
		.context = &piece};
	struct helpers *all = proc_root_helpers(root);
	struct helper h;
	int error;

	if (bytes > HELPER_BYTES)
		return -EINVAL;
	snprintf(q.name, sizeof q.name, "%d/%s", (int)pid, name);
	error = ask(all, &q, &h);
	if (error)
		return error;
	if (h.board->answer < 0)
		error = (int)h.board->answer;
	else if ((size_t)h.board->answer < bytes)
		error = -ENODATA;
	else
		memcpy(here, h.board->data, bytes);
	give_back(all, &h);
	return error;
}

int helper_read_file(const struct proc_root *root, uint64_t deadline_ns, struct textbuf *out,
	pid_t pid, const char *name)
{
	struct helpers *all = proc_root_helpers(root);
	struct piece piece = {.bytes = HELPER_BYTES};
	struct question q = {.job = HELPER_FILE,
		.pid = pid,
		.deadline_ns = deadline_ns,
		.put = put_piece,
		.context = &piece};
	size_t before = out->len;
	int64_t answer;

	snprintf(q.name, sizeof q.name, "%d/%s", (int)pid, name);
	do {
		struct helper h;
		int error = ask(all, &q, &h);

		answer = error ? error : h.board->answer;
		if (answer > 0)
			textbuf_add(out, (const char *)h.board->data, (size_t)answer);
		if (!error)
			give_back(all, &h);
		piece.offset += answer > 0 ? (uint64_t)answer : 0;
	} while (answer == (int64_t)HELPER_BYTES);
	if (answer < 0 && out->len > before)
		out->bytes[out->len = before] = '\0';
	return answer < 0 ? (int)answer : 0;
}

/* ---- answers that are a number --------------------------------------------- */

/* The answer, 0 or more, or negative errno. */
static int64_t ask_number(const struct proc_root *root, const struct question *q)
{
	struct helpers *all = proc_root_helpers(root);
	struct helper h;
	int error = ask(all, q, &h);
	int64_t answer;

	if (error)
		return error;
	answer = h.board->answer;
	give_back(all, &h);
	return answer;
}

int helper_try_lock(const struct proc_root *root, uint64_t deadline_ns, pid_t pid)
{
	struct question q = {.job = HELPER_LOCK, .pid = pid, .deadline_ns = deadline_ns};

	snprintf(q.name, sizeof q.name, "%d/pagemap", (int)pid);
	return (int)ask_number(root, &q);
}

int helper_fs_type(const struct proc_root *root, pid_t pid, int descriptor, uint64_t *ret_type)
{
	struct question q = {.job = HELPER_FS_TYPE, .pid = pid, .deadline_ns = HELPER_DEADLINE_NS};
	int64_t answer;

	snprintf(q.name, sizeof q.name, "%d/fd/%d", (int)pid, descriptor);
	answer = ask_number(root, &q);
	if (answer < 0)
		return (int)answer;
	*ret_type = (uint64_t)answer;
	return 0;
}

/* ---- a thread that is held -------------------------------------------------- */

int helper_hold(const struct proc_root *root, pid_t pid, pid_t tid, struct held *ret)
{
	struct helpers *all = proc_root_helpers(root);
	const struct piece thread = {.offset = (uint64_t)tid};
	struct question q = {.job = HELPER_HOLD,
		.pid = pid,
		.deadline_ns = HOLD_DEADLINE_NS,
		.put = put_piece,
		.context = &thread};
	struct helper h;
	int error;

	snprintf(q.name, sizeof q.name, "%d/task/%d", (int)pid, (int)tid);
	error = ask(all, &q, &h);
	if (error)
		return error;
	error = (int)h.board->answer;
	if (!error)
		memcpy(ret, h.board->data, sizeof *ret);
	give_back(all, &h);
	return error;
}
