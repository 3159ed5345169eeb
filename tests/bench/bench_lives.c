/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hearing of births and ends costs a process that forks all the time, and us: by each feed
 * that tells of them. Its children end at once.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "twintop/base/clock.h"
#include "twintop/feed/feeds.h"
#include "twintop/proc/identity.h"

#define WINDOW_NS     400000000u
#define SETTLE_NS     300000000u
#define TAKE_NS	      50000000u
#define BATCH	      16
#define BOUND_LOSS    1.25
#define BOUND_PERCENT 5.0

/* In memory of both: children so far, and what they and their parent have taken. */
static volatile struct {
	uint64_t born, cpu_ns;
} * done;

static uint64_t used_ns(int who)
{
	struct rusage r = {0};

	getrusage(who, &r);
	return (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000000u +
	       (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1000u;
}

static void *fork_for_ever(void *arg)
{
	for (;;) {
		for (int i = 0; i < BATCH; i++) {
			pid_t pid = fork();

			if (!pid)
				_exit(0);
			waitpid(pid, NULL, 0);
		}
		done->cpu_ns = used_ns(RUSAGE_SELF) + used_ns(RUSAGE_CHILDREN);
		done->born += BATCH;
	}
	return arg;
}

static void be_forking(size_t n)
{
	pthread_t thread;

	(void)n;
	if (pthread_create(&thread, NULL, fork_for_ever, NULL))
		_exit(1);
}

/* Milliseconds that a thousand children take, and how much of a core we do meanwhile. */
static double window(struct feeds *f, struct bench_costs *percent)
{
	uint64_t begin = clock_monotonic_ns(), ours = clock_process_cpu_ns();
	uint64_t cpu = done->cpu_ns, born = done->born, end = begin + WINDOW_NS;

	do {
		clock_sleep_ns(TAKE_NS);
		if (f)
			part_put(feeds_take(f));
	} while (clock_monotonic_ns() < end);
	if (percent)
		bench_add(percent, 100.0 * (double)(clock_process_cpu_ns() - ours) /
					   (double)(clock_monotonic_ns() - begin));
	return (double)(done->cpu_ns - cpu) / 1e3 / (double)(done->born - born);
}

static int measure(const struct feed_context *context, pid_t pid, const char *feed)
{
	struct bench_costs with = {0}, without = {0}, percent = {0};
	struct identity_stat stat;
	struct task_id id;
	char what[64];

	if (identity_stat_read(context->root, pid, &stat))
		return 1;
	id = (struct task_id){pid, stat.start_ticks};
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		struct feeds *f;

		bench_add(&without, window(NULL, NULL));
		if (feeds_new(context, feed_table, feed_table_n, &f))
			return 1;
		feeds_watch(f, &id, 1);
		feeds_flush(f, clock_monotonic_ns() + 10 * (uint64_t)SETTLE_NS);
		clock_sleep_ns(SETTLE_NS);
		part_put(feeds_take(f));
		bench_add(&with, window(f, &percent));
		feeds_free(f);
	}
	snprintf(what, sizeof what, "1,000 children, told by %s", feed);
	if (bench_report(what, &with, "not told", &without, BOUND_LOSS))
		return 1;
	snprintf(what, sizeof what, "feeds: births and ends, by %s", feed);
	return bench_limit(what, bench_median(&percent), BOUND_PERCENT, "%");
}

int main(void)
{
	struct feed_context context = {0};
	struct proc_root *root;
	int over;
	pid_t pid;

	done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED || proc_root_open(NULL, &root))
		return 1;
	context.root = root;
	pid = bench_start(be_forking, 1, NULL);
	over = measure(&context, pid, "the connector");
	context.access.state[ACCESS_EVENTS] = VALUE_DENIED;
	over += measure(&context, pid, "perf");
	context.access.state[ACCESS_PERF] = VALUE_DENIED;
	over += measure(&context, pid, "looking");
	bench_stop(pid);
	proc_root_close(root);
	return over != 0;
}
