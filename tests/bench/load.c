/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "load.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "twintop/base/clock.h"

#define KINDS	    10
#define STACK_BYTES 32768
#define LONG_NS	    100000000000000u

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int pipe_fd[2];
static uint64_t active_ns;

static void *body(void *arg)
{
	unsigned number = (unsigned)(uintptr_t)arg, kind = number % KINDS;
	char name[16], c;

	snprintf(name, sizeof name, "bench-%u", number);
	prctl(PR_SET_NAME, name);
	if (kind == 9)
		for (;;)
			clock_sleep_ns(active_ns);
	if (kind == 8)
		clock_sleep_ns(LONG_NS);
	if (kind >= 6)
		return read(pipe_fd[0], &c, 1) < 0 ? NULL : arg;
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&cond, &mutex);
}

void load_threads(size_t n, uint64_t beat_ns)
{
	pthread_attr_t attr;
	pthread_t t;

	active_ns = beat_ns;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (pipe(pipe_fd))
		_exit(1);
	for (uintptr_t i = 1; i < n; i++)
		if (pthread_create(&t, &attr, body, (void *)i))
			_exit(1);
}
