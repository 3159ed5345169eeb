/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history: what 600 moments of a process with 10,000 threads would hold, of which a tenth runs
 * between any two moments, all read anew for each; judged by 80 of them.
 */
#include <stdio.h>

#include "bench.h"
#include "load.h"
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
		HISTORY_BYTES >> 20, "MiB");
}
