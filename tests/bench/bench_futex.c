/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding the channels of two processes that share 2,000 mappings, in which 20,000 threads of
 * theirs wait on futexes. Nothing is read: both are made up in memory.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "tests/fixtures/threads.h"
#include "twintop/base/clock.h"
#include "twintop/compare/align.h"
#include "twintop/compare/channels.h"

#define WAITERS	 10000 /* of each */
#define MAPPINGS 2000
#define BYTES	 4096u
#define LAST	 200 /* mappings that are waited in: where a search from the first takes longest */
#define BOUND	 20.0

/* One side: its mappings stand apart from one another, its threads wait in the last of them. */
struct scene_side {
	struct mapping mapping[MAPPINGS];
	struct thread_record thread[WAITERS];
	struct memory_map memory;
};

static struct scene_side scene[2];
static struct pair_mapping row[MAPPINGS];

static uint64_t start_of(unsigned side, size_t mapping)
{
	return (1u + side) * 0x10000000u + mapping * 2 * BYTES;
}

static void fill_side(struct scene_side *s, unsigned side)
{
	for (size_t i = 0; i < MAPPINGS; i++)
		s->mapping[i] = (struct mapping){.start = start_of(side, i),
			.end = start_of(side, i) + BYTES,
			.inode = 1 + i,
			.flags = MAPPING_SHARED | MAPPING_READ | MAPPING_WRITE};
	for (size_t i = 0; i < WAITERS; i++)
		s->thread[i] = (struct thread_record){.self.tid = (pid_t)((1 + side) * 100000 + i),
			.call.wait_kind = WAIT_FUTEX,
			.call.wait_address =
				start_of(side, MAPPINGS - 1 - i * 7919 % LAST) + i % BYTES,
			.call.syscall_name = "futex"};
	s->memory.mapping = s->mapping;
	s->memory.n = MAPPINGS;
}

static void fill(struct snapshot *snapshot)
{
	snapshot->sides = 2;
	for (unsigned i = 0; i < 2; i++) {
		fill_side(&scene[i], i);
		snapshot->side[i].id.pid = scene[i].thread[0].self.tid;
		snapshot->side[i].threads = threads_list(scene[i].thread, WAITERS);
		snapshot->side[i].memory = &scene[i].memory;
	}
	for (int i = 0; i < MAPPINGS; i++)
		row[i] = (struct pair_mapping){.a = i,
			.b = i,
			.mechanism = MECHANISM_MEMFD,
			.start = scene[0].mapping[i].start,
			.end = scene[0].mapping[i].end};
}

/* Cost of one search; 0 unless it found every waiter. */
static double search_ms(const struct snapshot *snapshot)
{
	struct pair *p = pair_new();
	struct verdicts *v = part_make(PART_VERDICTS);
	uint64_t begin = clock_thread_cpu_ns(), spent;
	size_t futexes = 0;

	p->relation = RELATION_UNRELATED;
	p->verdicts = v;
	v->mapping = row;
	v->mappings_n = MAPPINGS;
	align_shared(&scene[0].memory, &scene[1].memory, v);
	channels_find(snapshot, p);
	spent = clock_thread_cpu_ns() - begin;
	for (size_t i = 0; i < p->channels_n; i++)
		futexes += !strcmp(p->channel[i].kind, "futex");
	part_put(p);
	return futexes == (size_t)2 * WAITERS ? (double)spent / 1e6 : 0;
}

int main(void)
{
	static struct snapshot snapshot;
	struct bench_costs cost = {0};

	fill(&snapshot);
	for (int i = 0; i < BENCH_ROUNDS; i++)
		bench_add(&cost, search_ms(&snapshot));
	if (bench_median(&cost) <= 0) {
		fprintf(stderr, "bench_futex: not every waiter was found\n");
		return 1;
	}
	for (unsigned i = 0; i < 2; i++)
		part_put(snapshot.side[i].threads);
	return bench_limit(
		"20,000 waiters in 2,000 shared mappings", bench_median(&cost), BOUND, "ms");
}
