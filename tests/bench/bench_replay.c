/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An hour at 10 Hz of a pair with 200 threads each, as a file: how long it takes to open, to jump
 * anywhere, and to step and to play from there.
 *   bench_replay [MIB [MOMENTS [FILE]]]   of so much memory (64); a FILE that is there is taken as
 *                                         it is
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "hour_tape.h"
#include "twintop/base/clock.h"
#include "twintop/compare/compare.h"
#include "twintop/record/replay.h"

#define DELAY_NS  100000000u
#define HOUR	  36000u /* moments */
#define JUMPS	  20u
#define STEPS	  150u
#define BOUND_MS  200.0 /* to open, and of any jump */
#define PLAY_MOST 5.0	/* ms of CPU a moment: a twentieth of the time until the next */

static int record(int fd, size_t pages, unsigned moments)
{
	const struct hour_size size = {.threads = 200,
		.pages = pages,
		.active_percent = 20,
		.copied_each = 4,
		.delay_ns = DELAY_NS};
	struct tape_cost cost;

	return hour_tape(&size, moments, fd, &cost);
}

static const struct pair *pair(void *context, struct snapshot *s)
{
	return comparer_pair(context, s);
}

static void reset(void *context)
{
	comparer_reset(context);
}

static int seed(void *context, const struct snapshot *s, const struct record_names *names,
	const struct text *saved)
{
	return comparer_load(context, s, names, saved);
}

static double since_ms(uint64_t begin_ns)
{
	return (double)(clock_monotonic_ns() - begin_ns) / 1e6;
}

/* ms to get there; negative: it could not be had. */
static double jump(struct source *source, struct seek seek)
{
	uint64_t begin = clock_monotonic_ns();
	const struct moment *m = source_seek(source, seek) ? NULL : source_next(source);
	double ms = since_ms(begin);

	if (!m)
		return -1;
	moment_put(m);
	return ms;
}

static int jump_about(struct source *source, const struct position *p)
{
	double most = 0, sum = 0;
	uint64_t random = 1, cpu_ns = clock_thread_cpu_ns();

	for (unsigned i = 0; i < JUMPS; i++) {
		uint64_t ns;
		double ms;

		random = random * 6364136223846793005u + 1442695040888963407u;
		ns = p->first_ns + (random >> 20) % (p->last_ns - p->first_ns);
		ms = jump(source, (struct seek){SEEK_TIME, 0, ns});
		if (ms < 0)
			return fprintf(stderr, "bench_replay: a moment could not be had\n"), 1;
		most = ms > most ? ms : most;
		sum += ms;
	}
	printf("%u jumps: %.1f ms in the mean, %.1f of CPU\n", JUMPS, sum / JUMPS,
		(double)(clock_thread_cpu_ns() - cpu_ns) / JUMPS / 1e6);
	return bench_limit("the longest of them", most, BOUND_MS, "ms");
}

static int step_back(struct source *source)
{
	double most = 0, sum = 0;

	jump(source, (struct seek){SEEK_LAST, 0, 0});
	for (unsigned i = 0; i < STEPS; i++) {
		double ms = jump(source, (struct seek){SEEK_STEPS, -1, 0});

		most = ms > most ? ms : most;
		sum += ms;
	}
	printf("%u steps back: %.2f ms in the mean\n", STEPS, sum / STEPS);
	return bench_limit("the longest of them", most, BOUND_MS, "ms");
}

static int play(struct source *source)
{
	uint64_t begin = clock_thread_cpu_ns();

	jump(source, (struct seek){SEEK_FIRST, 0, 0});
	for (unsigned i = 0; i < STEPS; i++)
		moment_put(source_next(source));
	return bench_limit("a moment that is played",
		(double)(clock_thread_cpu_ns() - begin) / STEPS / 1e6, PLAY_MOST, "ms of CPU");
}

static int replay(int fd)
{
	struct comparer *comparer = comparer_new();
	uint64_t begin = clock_monotonic_ns();
	struct recording *recording;
	struct source *source;
	struct position p;
	const struct moment *m;
	int over;

	lseek(fd, 0, SEEK_SET);
	if (recording_new(fd, &recording) ||
		replay_new(
			recording, (struct replay_pairing){pair, reset, seed, comparer}, &source) ||
		!source_position(source, &p))
		return fprintf(stderr, "bench_replay: it cannot be replayed\n"), 1;
	m = source_next(source);
	over = bench_limit("to open it and have the first moment", since_ms(begin), BOUND_MS, "ms");
	moment_put(m);
	over |= jump_about(source, &p) | step_back(source) | play(source);
	source_free(source);
	comparer_free(comparer);
	return over;
}

int main(int argc, char **argv)
{
	size_t mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
	unsigned moments = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : HOUR;
	int fd = argc > 3 ? open(argv[3], O_RDWR | O_CREAT | O_CLOEXEC, 0600)
			  : open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	int error = fd < 0 ? -1 : lseek(fd, 0, SEEK_END) > 0 ? 0 : record(fd, mib << 8, moments);
	int over;

	if (error)
		return fprintf(stderr, "bench_replay: nothing could be recorded\n"), 1;
	printf("%u moments of two sides with %zu MiB each: %.1f MiB\n", moments, mib,
		(double)lseek(fd, 0, SEEK_END) / (1 << 20));
	over = replay(fd);
	close(fd);
	return over;
}
