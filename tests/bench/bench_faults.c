/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What listening to its page faults costs a process that does nothing but fault: each of them told,
 * and as many as the feed has told by itself.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "twintop/base/clock.h"
#include "twintop/feed/feeds.h"
#include "twintop/feed/perf_ring.h"
#include "twintop/proc/identity.h"

#define PAGES	   4096u
#define WINDOW_NS  300000000u
#define DRAIN_NS   2000000u
#define SETTLE_NS  2500000000u
#define BOUND_EACH 1.25
#define BOUND_FEED 1.03

static volatile uint64_t *touched; /* pages that the child has touched, in memory of both */

static void *fault_for_ever(void *pages)
{
	size_t n = (size_t)(uintptr_t)pages, page = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *at =
		mmap(NULL, n * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		_exit(1);
	madvise((void *)(uintptr_t)at, n * page, MADV_NOHUGEPAGE);
	for (;;) {
		for (size_t i = 0; i < n; i++)
			at[i * page] = 1;
		*touched += n;
		madvise((void *)(uintptr_t)at, n * page, MADV_DONTNEED);
	}
	return NULL;
}

static void be_faulting(size_t pages)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fault_for_ever, (void *)(uintptr_t)pages))
		_exit(1);
}

static void drop(void *context, const struct perf_record *record)
{
	(void)context;
	(void)record;
}

/* CPU time of the child, which the others on this machine do not stretch. */
static uint64_t cpu_ns(pid_t pid)
{
	struct timespec t = {0};
	clockid_t clock;

	if (!clock_getcpuclockid(pid, &clock))
		clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Milliseconds that a million pages take it, while the rings (NULL: none) are read. */
static double window(pid_t pid, struct perf_rings *rings)
{
	uint64_t begin = clock_monotonic_ns(), cpu = cpu_ns(pid), before = *touched;

	do {
		clock_sleep_ns(DRAIN_NS);
		if (rings)
			perf_rings_read(rings, drop, NULL);
	} while (clock_monotonic_ns() - begin < WINDOW_NS);
	return (double)(cpu_ns(pid) - cpu) / (double)(*touched - before);
}

static int measure_each(const struct proc_root *root, pid_t pid)
{
	const struct perf_ask ask = {.pid = pid, .fault_period = 1};
	struct bench_costs with = {0}, without = {0};

	for (int i = 0; i < BENCH_ROUNDS; i++) {
		struct perf_rings *rings;

		bench_add(&without, window(pid, NULL));
		if (perf_rings_open(root, &ask, &rings))
			return 1;
		bench_add(&with, window(pid, rings));
		perf_rings_close(rings);
	}
	return bench_report("page faults, each told", &with, "none", &without, BOUND_EACH);
}

/* The feed reads its rings by itself, and has settled on how many it wants. */
static int measure_feed(const struct feed_context *context, pid_t pid)
{
	struct bench_costs with = {0}, without = {0};
	struct identity_stat stat;
	struct fault_sink sink = {0};
	struct feeds *f;
	struct task_id id;

	if (identity_stat_read(context->root, pid, &stat) ||
		feeds_new(context, feed_table, feed_table_n, &f))
		return 1;
	id = (struct task_id){pid, stat.start_ticks};
	feeds_watch(f, &id, 1);
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		feeds_need(f, 0);
		feeds_flush(f, clock_monotonic_ns() + SETTLE_NS);
		bench_add(&without, window(pid, NULL));
		feeds_need(f, NEED_LISTEN);
		for (uint64_t end = clock_monotonic_ns() + SETTLE_NS; clock_monotonic_ns() < end;) {
			clock_sleep_ns(10 * DRAIN_NS);
			feeds_take_faults(f, &sink);
			fault_sink_free(&sink);
		}
		bench_add(&with, window(pid, NULL));
	}
	feeds_free(f);
	return bench_report(
		"page faults, as the feed has them", &with, "none", &without, BOUND_FEED);
}

int main(void)
{
	struct feed_context context = {0};
	struct proc_root *root;
	int over;
	pid_t pid;

	touched = mmap(
		NULL, sizeof *touched, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (touched == MAP_FAILED || proc_root_open(NULL, &root))
		return 1;
	context.root = root;
	pid = bench_start(be_faulting, PAGES, NULL);
	over = measure_each(root, pid);
	over += measure_feed(&context, pid);
	bench_stop(pid);
	proc_root_close(root);
	return over != 0;
}
