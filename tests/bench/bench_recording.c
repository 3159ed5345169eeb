/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An hour at 10 Hz on a simulated clock, recorded: of a pair with 200 threads each and 1 GiB that
 * the child copies page by page, and of two processes with 10,000 threads, of which a twentieth
 * runs between two moments (its first minutes; the hour is judged by those). Then the history over
 * 60,000 moments of the first.
 *   bench_recording [FILE [MOMENTS [many]]]   the first recording is kept as FILE, with so many
 *                                             moments; or the second
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "bench.h"
#include "hour_tape.h"
#include "twintop/base/clock.h"
#include "twintop/record/history.h"

#define DELAY_NS      100000000u
#define HOUR	      36000u /* moments */
#define HISTORY_STEPS 60000u
#define CPU_BOUND     2.0 /* percent of a core beside the reading */

struct tape_case {
	const char *what;
	struct hour_size size;
	unsigned moments;
	double cpu_bound; /* percent; 0: none */
};

static int tell(const struct tape_case *c, const struct tape_cost *cost)
{
	double percent = cost->cpu_ns / ((double)c->moments * DELAY_NS) * 100;

	printf("%s: %u moments, %.1f MiB, %.1f MiB an hour, %.2f ms of CPU a moment (the dearest "
	       "%.1f), %u keyframes, %.1f MiB held\n",
		c->what, c->moments, cost->bytes / (1 << 20),
		cost->bytes / (1 << 20) * HOUR / c->moments, cost->cpu_ns / c->moments / 1e6,
		(double)cost->most_ns / 1e6, cost->seeds, cost->held / (1 << 20));
	return c->cpu_bound > 0 ? bench_limit(c->what, percent, c->cpu_bound, "%") : 0;
}

static int run(const struct tape_case *c, const char *path)
{
	int fd = path ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
		      : open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	struct tape_cost cost;
	int error = fd < 0 ? -1 : hour_tape(&c->size, c->moments, fd, &cost);

	if (fd >= 0)
		close(fd);
	if (error) {
		fprintf(stderr, "bench_recording: nothing could be recorded\n");
		return 1;
	}
	return tell(c, &cost);
}

/* The most that the history holds, after any step. */
static int keep(const struct hour_size *size)
{
	struct hour *hour = hour_new(size);
	struct history h = {.packs = true};
	size_t most = 0;
	uint64_t begin = clock_thread_cpu_ns();

	for (unsigned i = 0; i < HISTORY_STEPS; i++) {
		const struct moment *m = moment_new(hour_next(hour), NULL);

		history_add(&h, m);
		moment_put(m);
		most = h.bytes > most ? h.bytes : most;
	}
	printf("history: %u moments, %zu kept, %.1f MiB at most, %.2f ms each\n", HISTORY_STEPS,
		h.n, (double)most / (1 << 20),
		(double)(clock_thread_cpu_ns() - begin) / HISTORY_STEPS / 1e6);
	history_clear(&h);
	hour_free(hour);
	return bench_limit("the history at any of 60,000 moments", (double)most / (1 << 20),
		HISTORY_BYTES >> 20, "MiB");
}

int main(int argc, char **argv)
{
	struct tape_case pair = {"a pair with 200 threads and 1 GiB at 10 Hz",
		{.threads = 200,
			.pages = 262144,
			.active_percent = 20,
			.copied_each = 4,
			.delay_ns = DELAY_NS},
		HOUR, CPU_BOUND};
	struct tape_case many = {"10,000 threads at 10 Hz",
		{.threads = 10000, .pages = 4096, .active_percent = 5, .delay_ns = DELAY_NS}, 3600,
		0};
	struct hour_size small = pair.size;
	int over;

	if (argc > 2)
		pair.moments = many.moments = (unsigned)strtoul(argv[2], NULL, 10);
	if (argc > 1)
		return run(argc > 3 ? &many : &pair, argv[1]);
	over = run(&pair, NULL);
	over |= run(&many, NULL);
	small.pages = 1024;
	over |= keep(&small);
	return over;
}
