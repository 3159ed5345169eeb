/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hour_tape.h"

#include <malloc.h>
#include <unistd.h>

#include "seeding.h"
#include "twintop/base/clock.h"
#include "twintop/record/recorder.h"

static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void add_cost(struct tape_cost *cost, uint64_t begin_ns)
{
	uint64_t took = clock_thread_cpu_ns() - begin_ns;

	cost->cpu_ns += (double)took;
	cost->most_ns = took > cost->most_ns ? took : cost->most_ns;
}

/* One moment: its seed, what is made of it, and its place in the file. */
static int tape_moment(struct recorder *r, const struct seeding *seeding, struct snapshot *s,
	struct tape_cost *cost)
{
	uint64_t begin = clock_thread_cpu_ns(), judged;
	struct textbuf seed = {0};
	const struct moment *m;
	int error;

	seeding_sow(seeding, s);
	judged = clock_thread_cpu_ns();
	m = moment_new(s, comparer_pair(seeding->comparer, s));
	begin += clock_thread_cpu_ns() - judged;
	if (seeds_take(seeding->seeds, s->sequence, &seed)) {
		recorder_seed(r, &(const struct recorder_seed){seed.bytes, seed.len, NULL});
		cost->seeds++;
	}
	error = recorder_add(r, m);
	if (!error && recorder_key_due(r))
		seeds_hurry(seeding->seeds);
	textbuf_free(&seed);
	add_cost(cost, begin);
	moment_put(m);
	return error;
}

int hour_tape(const struct hour_size *size, unsigned moments, int fd, struct tape_cost *ret)
{
	struct hour *hour = hour_new(size);
	const struct seeding seeding = {comparer_new(), seeds_new()};
	const struct recorder_options options = {
		.write = recorder_to_fd, .context = &fd, .program = "hour_tape"};
	struct recorder *recorder;
	int error = recorder_new(&options, &recorder), end;
	size_t held;

	*ret = (struct tape_cost){0};
	if (error)
		return error;
	seeds_want(seeding.seeds, true);
	for (unsigned i = 0; !error && i < moments; i++)
		error = tape_moment(recorder, &seeding, hour_next(hour), ret);
	hour_free(hour);
	comparer_free(seeding.comparer);
	seeds_free(seeding.seeds);
	held = heap_bytes();
	end = recorder_end(recorder);
	ret->held = (double)held - (double)heap_bytes();
	ret->bytes = (double)lseek(fd, 0, SEEK_CUR);
	return error ? error : end;
}
