/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the feeds take of a core for a process of so many threads: where nothing happens, where
 * tasks are born elsewhere all the time, and where its own threads come and go.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "load.h"
#include "twintop/base/clock.h"
#include "twintop/feed/feeds.h"
#include "twintop/proc/identity.h"

#define ROUND_NS      100000000u
#define ROUNDS	      40
#define BEAT_NS	      1000000000u
#define BIRTHS_US     20000
#define BOUND_PERCENT 1.0

static void be_threads(size_t n)
{
	load_threads(n, BEAT_NS);
}

static void *end(void *arg)
{
	return arg;
}

/* Fifty short threads a second. */
static void *churn(void *arg)
{
	pthread_t thread;

	while (!pthread_create(&thread, NULL, end, NULL) && !pthread_join(thread, NULL))
		usleep(BIRTHS_US);
	return arg;
}

static void be_churning(size_t n)
{
	pthread_t thread;

	load_threads(n, BEAT_NS);
	if (pthread_create(&thread, NULL, churn, NULL))
		_exit(1);
}

/* Fifty short processes a second. */
static void be_busy(size_t n)
{
	(void)n;
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
		usleep(BIRTHS_US);
	}
}

static int measure(const struct feed_context *context, pid_t pid, const char *what, double bound)
{
	struct identity_stat stat;
	struct task_id id;
	struct feeds *f;
	uint64_t cpu, begin, next;

	if (identity_stat_read(context->root, pid, &stat) ||
		feeds_new(context, feed_table, feed_table_n, &f))
		return 1;
	id = (struct task_id){pid, stat.start_ticks};
	feeds_watch(f, &id, 1);
	feeds_flush(f, clock_monotonic_ns() + BEAT_NS);
	begin = next = clock_monotonic_ns();
	cpu = clock_process_cpu_ns();
	for (int i = 0; i < ROUNDS; i++) {
		next += ROUND_NS;
		clock_sleep_ns(next - clock_monotonic_ns());
		part_put(feeds_take(f));
	}
	cpu = clock_process_cpu_ns() - cpu;
	begin = clock_monotonic_ns() - begin;
	feeds_free(f);
	return bench_limit(what, 100.0 * (double)cpu / (double)begin, bound, "%");
}

static int measure_all(
	const struct feed_context *context, void (*body)(size_t), const char *when, double bound)
{
	static const size_t threads[] = {1, 100, 10000};
	int over = 0;

	for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
		pid_t pid = bench_start(body, threads[i], NULL);
		char what[80];

		snprintf(what, sizeof what, "feeds: %zu threads, %s", threads[i], when);
		over += measure(context, pid, what, bound);
		bench_stop(pid);
	}
	return over;
}

int main(void)
{
	struct feed_context context = {0};
	struct proc_root *root;
	int over;
	pid_t busy;

	if (proc_root_open(NULL, &root))
		return 1;
	context.root = root;
	over = measure_all(&context, be_threads, "nothing happens", BOUND_PERCENT);
	over += measure_all(&context, be_churning, "threads come and go", BOUND_PERCENT);
	busy = bench_start(be_busy, 1, NULL);
	over += measure_all(&context, be_threads, "tasks are born", BOUND_PERCENT);
	bench_stop(busy);
	proc_root_close(root);
	return over != 0;
}
