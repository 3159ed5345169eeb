/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/thread.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "twintop/base/clock.h"

int thread_spawn(const char *name, void *(*run)(void *), void *context, pthread_t *ret_thread)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, run, context);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		return -error;
	pthread_setname_np(thread, name);
	*ret_thread = thread;
	return 0;
}

/* linux/sched/types.h; what we ask for of it. */
#define SLICE_NS	 100000u /* the least that is to be had */
#define FLAG_KEEP_POLICY 0x08u

struct schedule {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

void thread_hurry(void)
{
	const struct schedule ask = {.size = sizeof ask,
		.flags = FLAG_KEEP_POLICY,
		.nice = getpriority(PRIO_PROCESS, 0),
		.runtime_ns = SLICE_NS};

	syscall(SYS_sched_setattr, 0L, &ask, 0L);
}

void thread_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

bool thread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until_ns)
{
	struct timespec t = {(time_t)(until_ns / 1000000000u), (long)(until_ns % 1000000000u)};

	if (clock_monotonic_ns() >= until_ns)
		return false;
	pthread_cond_timedwait(cond, lock, &t);
	return true;
}
