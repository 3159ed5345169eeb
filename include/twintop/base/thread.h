/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_THREAD_H
#define TWINTOP_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A thread that takes no signals and is called so (at most 15 bytes; static). 0 or negative errno.
 */
int thread_spawn(
	const char *name, void *(*run)(void *), void *context, pthread_t *ret_thread);
/*
 * Has the calling thread run soon whenever it is woken, for short times: for what must be quick and
 * does little. Linux 6.12 and newer; elsewhere nothing. It takes no more of the machine for that.
 */
void thread_hurry(void);
/* A condition that is waited for by CLOCK_MONOTONIC. */
void thread_cond_init(pthread_cond_t *cond);
/* Waits for it until that time at most; false when it had passed already. The lock is held. */
bool thread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until_ns);

#endif
