/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history: what 600 moments of a process with 10,000 threads would hold, of which a tenth runs
 * between any two moments, all read anew for each; judged by 80 of them. Then how long a pair is
 * kept with 1 GiB each, of which a hundredth changes between two moments, anywhere; what it costs
 * to keep one, and to go back to the oldest.
 */
#include <stdio.h>

#include "bench.h"
#include "load.h"
#include "tests/fixtures/hour.h"
#include "twintop/base/clock.h"
#include "twintop/compare/compare.h"
#include "twintop/proc/caps.h"
#include "twintop/record/history.h"
#include "twintop/sample/limits.h"
#include "twintop/sample/sampler.h"

#define THREADS	 10000
#define BEAT_NS	 100000000u
#define DELAY_NS 100000000u
#define WAIT_NS	 20000000000u
#define FIRST	 20 /* moments before which nothing is judged: all is new in them */
#define JUDGED	 80
#define MOMENTS	 600
#define PAGES	 262144u
#define ADDED	 2000u /* moments of the pair */
#define SECONDS	 60.0  /* that are kept of it at least */
#define NEED                                                                                       \
	(NEED_PROCESS | NEED_THREADS | NEED_THREAD_STATUS | NEED_THREAD_SYSCALL |                  \
		NEED_THREAD_WCHAN | NEED_MAPS | NEED_STACKS)

static void be_load(size_t n)
{
	load_threads(n, BEAT_NS);
}

static const struct pair *make_pair(void *context, struct snapshot *s)
{
	return comparer_pair(context, s);
}

/* Adds so many moments; false where they do not come. */
static bool add_moments(struct source *source, struct history *h, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct moment *m = source_wait(source, WAIT_NS);

		if (!m || !m->snapshot->side[0].threads ||
			m->snapshot->side[0].threads->n < THREADS) {
			moment_put(m);
			return false;
		}
		history_add(h, m);
		moment_put(m);
	}
	return true;
}

/* Bytes that 600 moments would hold; negative: none came. */
static double measure(struct source *source)
{
	static struct history h;
	double first, grown;

	moment_put(source_wait(source, WAIT_NS));
	source_need(source, NEED, 0);
	moment_put(source_wait(source, WAIT_NS));
	if (!add_moments(source, &h, FIRST))
		return -1;
	first = (double)h.bytes;
	if (!add_moments(source, &h, JUDGED))
		return -1;
	grown = ((double)h.bytes - first) / JUDGED;
	printf("history: %.0f KiB a moment, %zu moments kept\n", grown / 1024, h.n);
	history_clear(&h);
	return first + (MOMENTS - FIRST) * grown;
}

static double run(struct sampler_options *o, pid_t pid)
{
	struct sampler *sampler;
	struct source *source;
	double bytes = -1;

	if (sampler_new(o, &sampler))
		return -1;
	if (!sampler_source(sampler, true, &source)) {
		if (!source_watch(source, pid, SIBLING_NEAREST, NULL) && !sampler_start(sampler))
			bytes = measure(source);
		source_free(source);
	}
	sampler_free(sampler);
	return bytes;
}

static double since_ms(uint64_t cpu_ns)
{
	return (double)(clock_thread_cpu_ns() - cpu_ns) / 1e6;
}

static int keep_pair(void)
{
	const struct hour_size size = {.threads = 20,
		.pages = PAGES,
		.active_percent = 20,
		.copied_each = PAGES / 100,
		.again = true,
		.delay_ns = DELAY_NS};
	struct hour *hour = hour_new(&size);
	struct comparer *comparer = comparer_new();
	struct history h = {.packs = true};
	double keeping = 0, seconds;
	uint64_t cpu_ns;

	for (unsigned i = 0; i < ADDED; i++) {
		struct snapshot *s = hour_next(hour);
		const struct moment *m = moment_new(s, comparer_pair(comparer, s));

		cpu_ns = clock_thread_cpu_ns();
		history_add(&h, m);
		keeping += since_ms(cpu_ns);
		moment_put(m);
	}
	seconds = (double)(h.n - 1) * DELAY_NS / 1e9;
	cpu_ns = clock_thread_cpu_ns();
	moment_put(history_get(&h, 0));
	printf("pair: %zu moments kept in %.1f MiB, %.2f ms of CPU to keep one, %.1f to have the "
	       "oldest\n",
		h.n, (double)h.bytes / (1 << 20), keeping / ADDED, since_ms(cpu_ns));
	history_clear(&h);
	comparer_free(comparer);
	hour_free(hour);
	return seconds < SECONDS
		       ? bench_limit("seconds that are kept, short of 60", -seconds, -SECONDS, "s")
		       : bench_limit("seconds that are kept", seconds, MOMENTS, "s");
}

int main(void)
{
	struct sampler_options o = {.delay_ns = DELAY_NS, .whole = true};
	struct comparer *comparer = comparer_new();
	struct proc_root *root;
	double bytes = -1;
	pid_t pid = bench_start(be_load, THREADS, NULL);

	limits_raise();
	if (!proc_root_open(NULL, &root)) {
		o.root = root;
		o.pairing = (struct sampler_pairing){make_pair, comparer};
		if (!caps_probe(root, NULL, &o.access))
			bytes = run(&o, pid);
		proc_root_close(root);
	}
	comparer_free(comparer);
	bench_stop(pid);
	if (bytes < 0) {
		fprintf(stderr, "bench_history: the moments did not come\n");
		return 1;
	}
	return bench_limit("600 moments of 10,000 threads, 10 % active", bytes / (1 << 20),
		       HISTORY_BYTES >> 20, "MiB") |
	       keep_pair();
}
