/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/kcmp.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WITNESS_STACK 4096
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
/* ThreadSanitizer takes every clone(2) for a fork. */
#if defined __SANITIZE_THREAD__ || __has_feature(thread_sanitizer)
#define WITNESS_FLAGS 0
#else
#define WITNESS_FLAGS (CLONE_VM | CLONE_VFORK)
#endif

static const int kcmp_type[SHARE_ITEMS] = {
	[SHARE_VM] = KCMP_VM,
	[SHARE_FILES] = KCMP_FILES,
	[SHARE_FS] = KCMP_FS,
	[SHARE_IO] = KCMP_IO,
	[SHARE_SIGHAND] = KCMP_SIGHAND,
	[SHARE_SYSVSEM] = KCMP_SYSVSEM,
};

/* kcmp(2) orders two kernel pointers: 0 equal, 1 less, 2 greater, 3 unequal; negative errno. */
static int compare(pid_t a, pid_t b, int type, unsigned long index_a, unsigned long index_b)
{
	long order = syscall(SYS_kcmp, (long)a, (long)b, (long)type, index_a, index_b);

	return order < 0 ? -errno : (int)order;
}

static int witness_main(void *unused)
{
	(void)unused;
	return (int)syscall(SYS_exit_group, 0);
}

/*
 * A child of ours that has ended and is not yet reaped: it has no memory, no
 * files, no fs, no I/O context and no undo list left, so what kcmp(2) finds
 * equal to its own is a null pointer. It is cloned without an exit signal:
 * nobody's SIGCHLD handler or wait(2) sees it. Until then it borrows our memory,
 * a copy of which would cost ten times as much: no handler of ours may run there.
 * 0: could not be made.
 */
static pid_t witness_start(void)
{
	_Alignas(16) char stack[WITNESS_STACK];
	sigset_t all, before;
	siginfo_t info;
	int pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = clone(witness_main, stack + sizeof stack, WITNESS_FLAGS, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return 0;
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL) && errno == EINTR)
		continue;
	return (pid_t)pid;
}

static void witness_end(pid_t pid)
{
	while (pid && waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
}

/* The verdicts of the last call on this thread: equal pointers stay null or not until they differ.
 */
static _Thread_local struct {
	pid_t a, b;
	bool equal[SHARE_ITEMS];
	enum value_state state[SHARE_ITEMS];
} last;

static bool as_last_time(pid_t a, pid_t b, const bool equal[SHARE_ITEMS])
{
	return last.a == a && last.b == b && memcmp(last.equal, equal, sizeof last.equal) == 0;
}

/*
 * Two tasks that both lack a thing (kernel threads' memory, an I/O context that
 * nothing has made yet) compare as equal, yet share nothing: VALUE_NONE.
 */
static void tell_null_from_shared(pid_t a, struct shares *s)
{
	pid_t witness = witness_start();

	for (int i = 0; i < SHARE_ITEMS; i++) {
		if (s->state[i] != VALUE_KNOWN || !s->shared[i] || i == SHARE_SIGHAND)
			continue;
		if (!witness || compare(a, witness, kcmp_type[i], 0, 0) == 0)
			s->state[i] = witness ? VALUE_NONE : VALUE_UNREAD;
	}
	witness_end(witness);
}

void kcmp_shares(pid_t a, pid_t b, struct shares *ret_shares)
{
	bool any_equal = false;

	for (int i = 0; i < SHARE_ITEMS; i++) {
		int order = compare(a, b, kcmp_type[i], 0, 0);

		ret_shares->state[i] = order < 0 ? value_state_of_error(order) : VALUE_KNOWN;
		ret_shares->shared[i] = order == 0;
		any_equal |= order == 0;
	}
	if (!any_equal || a == b)
		return;
	if (as_last_time(a, b, ret_shares->shared)) {
		for (int i = 0; i < SHARE_ITEMS; i++)
			if (ret_shares->state[i] == VALUE_KNOWN && ret_shares->shared[i])
				ret_shares->state[i] = last.state[i];
	} else {
		last.a = a;
		last.b = b;
		memcpy(last.equal, ret_shares->shared, sizeof last.equal);
		tell_null_from_shared(a, ret_shares);
		memcpy(last.state, ret_shares->state, sizeof last.state);
	}
	for (int i = 0; i < SHARE_ITEMS; i++)
		ret_shares->shared[i] &= ret_shares->state[i] == VALUE_KNOWN;
}

int kcmp_tables(pid_t a, pid_t b)
{
	return compare(a, b, KCMP_FILES, 0, 0);
}

int kcmp_files(pid_t a, int fd_a, pid_t b, int fd_b)
{
	return compare(a, b, KCMP_FILE, (unsigned long)fd_a, (unsigned long)fd_b);
}
