/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one round of a family's pages costs, in which each member has its turn, and how long it
 * takes where somebody looks at it: of workers that have written a part of what they inherited, and
 * of tiny children.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench.h"
#include "twintop/base/clock.h"
#include "twintop/compare/compare.h"
#include "twintop/model/family.h"
#include "twintop/proc/caps.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/host.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/reader.h"
#include "twintop/sample/sampler.h"

extern const struct reader_ops family_reader_ops;

#define ROUNDS	      3
#define DELAY_NS      100000000u
#define WAIT_NS	      60000000000u
#define PERCENT_BOUND 7.0 /* of a core: 5 for the pages, the rest for all else of a sample */

static const struct kin {
	const char *what;
	size_t children, mib;
	double cpu_ms, wall_ms; /* bounds of a round */
} kin[] = {
	{"48 workers of 64 MiB", 48, 64, 90, 3000},
	{"200 workers of 16 MiB", 200, 16, 150, 3500},
	{"1,000 tiny children", 1000, 0, 300, 7000},
};

/* Makes the children, who write a part of the memory each, says so, and waits. */
static _Noreturn void be_family(const struct kin *k)
{
	size_t bytes = k->mib << 20, page = host_page_bytes();
	char *memory = mmap(NULL, bytes ? bytes : page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ready[2];
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (memory == MAP_FAILED || pipe(ready))
		_exit(1);
	madvise(memory, bytes, MADV_NOHUGEPAGE);
	memset(memory, 'a', bytes);
	for (size_t i = 0; i < k->children; i++) {
		pid_t pid = fork();

		if (pid < 0 || (pid && read(ready[0], &c, 1) != 1))
			_exit(1);
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (size_t n = 0; n < 16 * i && n < bytes / page; n++)
			memory[n * page] = 'w';
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	if (write(STDOUT_FILENO, "", 1) == 1)
		for (;;)
			pause();
	_exit(1);
}

/* A program of its own, lest it is taken for a worker of ours. */
static pid_t start_family(const char *number)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe2(ready, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(ready[1], STDOUT_FILENO);
		execl("/proc/self/exe", "bench_family", number, (char *)NULL);
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		exit(1);
	close(ready[0]);
	return pid;
}

/* ---- by itself -------------------------------------------------------------- */

/* The first read, in which all have their turn. */
static int measure_cost(const struct reader_context *context, const struct kin *k, pid_t pid)
{
	struct bench_costs cost = {0};
	struct identity_stat stat;
	char what[64];

	if (identity_stat_read(context->root, pid, &stat))
		return 1;
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		struct reader_job job = {.need = NEED_FAMILY,
			.side[0] = {.id = {pid, stat.start_ticks}, .tid = pid, .through = pid}};
		uint64_t begin = clock_thread_cpu_ns();
		void *reader;

		if (family_reader_ops.open(context, &reader))
			return 1;
		family_reader_ops.read(reader, &job);
		family_reader_ops.close(reader);
		bench_add(&cost, (double)(clock_thread_cpu_ns() - begin) / 1e6);
		if (job.host.family->counted != k->children + 1) {
			fprintf(stderr, "bench_family: not all of them were read\n");
			return 1;
		}
		part_put(job.host.family);
	}
	snprintf(what, sizeof what, "%s: CPU of a round", k->what);
	return bench_limit(what, bench_median(&cost), k->cpu_ms, "ms");
}

/* ---- as it is watched --------------------------------------------------------- */

static const struct pair *make_pair(void *context, struct snapshot *s)
{
	return comparer_pair(context, s);
}

/* Waits for the end of a round; when that one began. 0: none came. */
static uint64_t next_round(struct source *source, uint64_t before)
{
	uint64_t until = clock_monotonic_ns() + WAIT_NS, ns = before;

	while (ns == before && clock_monotonic_ns() < until) {
		const struct moment *m = source_wait(source, DELAY_NS);

		if (m && m->snapshot->family)
			ns = m->snapshot->family->totals_ns;
		if (m)
			moment_put(m);
	}
	return ns == before ? 0 : ns;
}

static int measure_rounds(struct source *source, const struct kin *k)
{
	uint64_t before = next_round(source, next_round(source, 0)), cpu, begin;
	struct bench_costs wall = {0};
	char what[64];
	int over;

	cpu = clock_process_cpu_ns();
	begin = clock_monotonic_ns();
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t ns = next_round(source, before);

		bench_add(&wall, ns ? (double)(ns - before) / 1e6 : (double)WAIT_NS);
		before = ns;
	}
	snprintf(what, sizeof what, "%s: a round", k->what);
	over = bench_limit(what, bench_median(&wall), k->wall_ms, "ms");
	snprintf(what, sizeof what, "%s: all that we take", k->what);
	return over | bench_limit(what,
			      100.0 * (double)(clock_process_cpu_ns() - cpu) /
				      (double)(clock_monotonic_ns() - begin),
			      PERCENT_BOUND, "%");
}

static int measure_live(const struct reader_context *context, const struct kin *k, pid_t pid)
{
	struct comparer *comparer = comparer_new();
	const struct sampler_options options = {.root = context->root,
		.access = context->access,
		.pairing = {make_pair, comparer},
		.delay_ns = DELAY_NS,
		.page_cost_permille = 50,
		.page_pause_ns = context->page_pause_ns};
	struct sampler *sampler;
	struct source *source;
	int over = 1;

	if (sampler_new(&options, &sampler))
		return 1;
	if (!sampler_source(sampler, true, &source)) {
		source_need(source, NEED_PROCESS | NEED_FAMILY, 0);
		if (!source_watch(source, pid, SIBLING_NEAREST, NULL) && !sampler_start(sampler))
			over = measure_rounds(source, k);
		source_free(source);
	}
	sampler_free(sampler);
	comparer_free(comparer);
	return over;
}

int main(int argc, char **argv)
{
	struct reader_context context = {.page_pause_ns = 50000, .fd_share = 512};
	struct proc_root *root;
	int over = 0;

	if (argc > 1)
		be_family(&kin[strtoul(argv[1], NULL, 10)]);
	if (proc_root_open(NULL, &root) || caps_probe(root, NULL, &context.access))
		return 1;
	context.root = root;
	helper_begin(root, 2);
	for (size_t i = 0; i < sizeof kin / sizeof *kin; i++) {
		char number[16];
		pid_t pid;

		snprintf(number, sizeof number, "%zu", i);
		pid = start_family(number);

		over |= measure_cost(&context, &kin[i], pid);
		over |= measure_live(&context, &kin[i], pid);
		bench_stop(pid);
	}
	proc_root_close(root);
	return over;
}
