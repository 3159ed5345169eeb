/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which descriptors poll(2) and select(2) wait for: the kernel took its copy when the call began,
 * and as long as it waits the program's own, which its arguments lead to, stands beside it.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "threads_internal.h"
#include "twintop/base/vec.h"
#include "twintop/model/names.h"
#include "twintop/proc/helper.h"

#define POLL_MOST   64u /* entries of an array that are looked at */
#define SELECT_MOST 1024u
#define SETS	    3u /* to read, to write, exceptions */

struct set_of {
	struct thread_kept *thread;
	bool polls;
	size_t n; /* entries, or descriptors below which it looks */
	union {
		struct pollfd poll[POLL_MOST];
		unsigned long bits[SETS][SELECT_MOST / 8 / sizeof(unsigned long)];
	};
};

/* Whether it waits in one of the two; ret but for what is read. */
static bool find_set(struct thread_kept *k, struct set_of *ret)
{
	const struct thread_call *c = &k->now.call;
	enum wait_kind kind;

	if (!k->ran || c->running || c->syscall_abi != SYSCALL_ABI_NATIVE || !c->syscall_name ||
		sizeof(void *) != sizeof(uint64_t) ||
		!value_state_has_value((enum value_state)k->now.self.source[THREAD_SYSCALL]))
		return false;
	kind = wait_call_kind(c);
	ret->thread = k;
	ret->polls = kind == WAIT_POLL;
	ret->n = ret->polls ? c->syscall_arg[1] : (size_t)(int32_t)c->syscall_arg[0];
	return (ret->polls || kind == WAIT_SELECT) && ret->n <= INT32_MAX;
}

static size_t most(size_t n, size_t least)
{
	return n < least ? n : least;
}

/* The ranges that a set is read from; returns how many. */
static size_t add_ranges(struct set_of *s, struct helper_range *range)
{
	const uint64_t *argument = s->thread->now.call.syscall_arg;
	size_t bytes, n = 0;

	if (s->polls) {
		bytes = most(s->n, POLL_MOST) * sizeof *s->poll;
		range[0] = (struct helper_range){argument[0], s->poll, bytes, false, false};
		return bytes > 0;
	}
	bytes = (most(s->n, SELECT_MOST) + 8 * sizeof(long) - 1) / (8 * sizeof(long)) *
		sizeof(long);
	for (size_t i = 0; i < SETS && bytes; i++) {
		memset(s->bits[i], 0, sizeof s->bits[i]);
		if (argument[1 + i])
			range[n++] = (struct helper_range){
				argument[1 + i], s->bits[i], bytes, false, false};
	}
	return n;
}

static void tell_fd(struct thread_call *c, int fd)
{
	if (c->wait_fds_n < WAIT_SET_TOLD)
		c->wait_fd[c->wait_fds_n++] = fd;
	c->wait_fds_all++;
}

/* Entries with a number below 0 are left out by the kernel, too. */
static void take_poll(const struct set_of *s, struct thread_call *c)
{
	size_t n = most(s->n, POLL_MOST);

	for (size_t i = 0; i < n; i++)
		if (s->poll[i].fd >= 0)
			tell_fd(c, s->poll[i].fd);
	c->wait_fds_all += (uint32_t)(s->n - n);
}

static void take_select(const struct set_of *s, struct thread_call *c)
{
	for (size_t fd = 0; fd < most(s->n, SELECT_MOST); fd++) {
		size_t word = fd / (8 * sizeof(long));
		unsigned long bit = 1ul << fd % (8 * sizeof(long));

		if ((s->bits[0][word] | s->bits[1][word] | s->bits[2][word]) & bit)
			tell_fd(c, (int)fd);
	}
}

static void take_set(const struct set_of *s, const struct helper_range *range, size_t n)
{
	struct thread_call *c = &s->thread->now.call;

	for (size_t i = 0; i < n; i++)
		if (!range[i].read)
			return;
	c->wait_set_read = true;
	if (s->polls)
		take_poll(s, c);
	else
		take_select(s, c);
}

void thread_sets_read(const struct thread_kepts *threads, const struct proc_root *root, pid_t pid)
{
	VEC(struct set_of) of = {0};
	struct helper_range *range;
	struct set_of one;
	size_t *first, n = 0;

	for (size_t i = 0; i < threads->n; i++)
		if (find_set(threads->item[i], &one))
			VEC_PUSH(&of, one);
	if (!of.n)
		return;
	range = mem_alloc(of.n * SETS * sizeof *range);
	first = mem_alloc((of.n + 1) * sizeof *first);
	for (size_t i = 0; i < of.n; i++) {
		first[i] = n;
		n += add_ranges(&of.item[i], &range[n]);
	}
	first[of.n] = n;
	helper_read_memory(root, pid, range, n);
	for (size_t i = 0; i < of.n; i++)
		take_set(&of.item[i], &range[first[i]], first[i + 1] - first[i]);
	free(first);
	free(range);
	VEC_FREE(&of);
}
