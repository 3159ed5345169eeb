/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/lanes.h"

#include <stdlib.h>

#include "places.h"
#include "twintop/base/clock.h"

/* The threads of a process, as the moment before had them. */
struct sampled {
	struct task_id id;
	const struct thread_list *list; /* a reference; NULL: none yet */
};

struct lane_keeper {
	VEC(const struct lane_batch *) batch; /* references */
	const struct lane_batch *told;	      /* the last one of a moment, a reference */
	const struct lanes *lanes;	      /* of the last moment, a reference */
	struct sampled sampled[2];
};

struct lane_keeper *lane_keeper_new(void)
{
	return mem_alloc(sizeof(struct lane_keeper));
}

void lane_keeper_reset(struct lane_keeper *k)
{
	for (size_t i = 0; i < k->batch.n; i++)
		part_put(k->batch.item[i]);
	VEC_FREE(&k->batch);
	part_put(k->told);
	part_put(k->lanes);
	for (unsigned i = 0; i < 2; i++)
		part_put(k->sampled[i].list);
	*k = (struct lane_keeper){0};
}

void lane_keeper_free(struct lane_keeper *k)
{
	if (!k)
		return;
	lane_keeper_reset(k);
	free(k);
}

/* ---- sampling --------------------------------------------------------------- */

/* What a chunk's threads are known to have used was so then. */
static uint64_t chunk_ns(const struct thread_list *list, size_t i)
{
	return list->window[chunk_place(&list->seats->layout, i).chunk].end_ns;
}

static uint64_t at_most(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

/* Whether both know them; else why not. */
static enum value_state switches_of(const struct thread_list *a, const struct thread_list *b)
{
	return a->source[THREAD_STATUS] == VALUE_KNOWN ? b->source[THREAD_STATUS]
						       : a->source[THREAD_STATUS];
}

/* The growth of thread i since it was thread k of the list before; false: there is none. */
static bool sample(const struct thread_list *now, size_t i, const struct thread_list *then,
	size_t k, struct lane_span *ret)
{
	const struct thread_run *a = thread_run_at(then, k), *b = thread_run_at(now, i);
	uint64_t ns;

	if (b->run_ns <= a->run_ns || b->wait_ns < a->wait_ns || b->processor < 0)
		return false;
	*ret = (struct lane_span){.begin_ns = chunk_ns(then, k),
		.end_ns = chunk_ns(now, i),
		.tid = thread_self_at(now, i)->tid,
		.cpu = b->processor,
		.switches = switches_of(then, now),
		.end = LANE_SAMPLED};
	if (ret->end_ns <= ret->begin_ns)
		return false;
	ns = ret->end_ns - ret->begin_ns;
	ret->run_ns = at_most(b->run_ns - a->run_ns, ns);
	ret->queued_ns = at_most(b->wait_ns - a->wait_ns, ns - ret->run_ns);
	if (ret->switches == VALUE_KNOWN && b->voluntary_switches >= a->voluntary_switches)
		ret->voluntary = (uint32_t)(b->voluntary_switches - a->voluntary_switches);
	if (ret->switches == VALUE_KNOWN && b->involuntary_switches >= a->involuntary_switches)
		ret->involuntary = (uint32_t)(b->involuntary_switches - a->involuntary_switches);
	return true;
}

static bool is_same_thread(
	const struct thread_list *a, size_t i, const struct thread_list *b, ptrdiff_t k)
{
	const struct thread_self *x = thread_self_at(a, i);
	const struct thread_self *y = k >= 0 ? thread_self_at(b, (size_t)k) : NULL;

	return y && x->tid == y->tid && x->start_ticks == y->start_ticks;
}

/* A chunk in which nobody ran is that of before. */
static bool stood_still(const struct thread_list *now, size_t i, const struct thread_list *then)
{
	size_t chunk = chunk_place(&now->seats->layout, i).chunk;

	return now->seats == then->seats &&
	       now->group[THREAD_GROUP_RUN][chunk] == then->group[THREAD_GROUP_RUN][chunk];
}

/* Of all of whom the batch tells nothing. */
static void sample_side(const struct sampled *before, const struct thread_list *now,
	const struct lane_batch *told, struct lane_sink *sink)
{
	const struct thread_list *then = before->list;
	struct lane_span span;
	size_t n;

	for (size_t i = 0; i < now->n; i++) {
		ptrdiff_t k;

		if (stood_still(now, i, then))
			continue;
		k = now->seats == then->seats ? (ptrdiff_t)i
					      : thread_find(then, thread_self_at(now, i)->tid);
		if (!is_same_thread(now, i, then, k) || !sample(now, i, then, (size_t)k, &span))
			continue;
		lane_batch_of(told, span.tid, &n);
		span.pid = before->id.pid;
		if (!n)
			lane_sink_add(sink, &span);
	}
}

static struct sampled *sampled_of(
	struct lane_keeper *k, const struct snapshot *s, struct task_id id)
{
	const struct task_id held[] = {k->sampled[0].id, k->sampled[1].id};
	bool is;
	struct sampled *place = &k->sampled[remembered_place(held, s, id, &is)];

	if (!is) {
		part_put(place->list);
		*place = (struct sampled){.id = id};
	}
	return place;
}

static bool is_list(const struct thread_list *list)
{
	return list && list->n && list->seats;
}

/* Whether the kernel tells of each of its threads: what two looks make of one would be twice. */
static bool is_told(const struct lane_batch *told, pid_t pid)
{
	const struct lane_watch *watch = lane_watch_of(told, pid);

	return watch && value_state_has_value(watch->state) &&
	       told->ears.threads >= told->ears.threads_of;
}

static void sample_all(struct lane_keeper *k, const struct snapshot *s, struct lane_sink *sink)
{
	for (unsigned side = 0; side < s->sides; side++) {
		const struct thread_list *list = s->side[side].threads;
		struct sampled *before = sampled_of(k, s, s->side[side].id);

		if (!is_list(list) || before->list == list)
			continue;
		if (before->list && !is_told(s->switches, before->id.pid))
			sample_side(before, list, s->switches, sink);
		part_put(before->list);
		before->list = part_get(list);
	}
}

/* ---- the last while --------------------------------------------------------- */

/* The moment's batch, with what is sampled beside it. */
static const struct lane_batch *batch_of(struct lane_keeper *k, const struct snapshot *s)
{
	const struct lane_batch *told = s->switches, *batch;
	struct lane_sink sink = {.ears = told->ears,
		.said = true,
		.from_ns = told->from_ns,
		.until_ns = told->until_ns};

	sample_all(k, s, &sink);
	if (!sink.span.n)
		return part_get(told);
	for (size_t i = 0; i < told->n; i++)
		lane_sink_add(&sink, &told->span[i]);
	for (size_t i = 0; i < told->gaps_n; i++)
		lane_sink_add_gap(&sink, told->gap[i]);
	batch = lane_sink_seal(&sink, NULL);
	lane_sink_free(&sink);
	return batch;
}

/* So many of the oldest go. */
static size_t too_old(const struct lane_keeper *k, uint64_t now_ns)
{
	size_t spans = 0, i = k->batch.n;

	while (i) {
		const struct lane_batch *b = k->batch.item[i - 1];

		spans += b->n;
		if (spans > LANES_SPANS_MOST || k->batch.n - i >= LANES_BATCHES_MOST ||
			b->part.end_ns + LANES_KEPT_NS < now_ns)
			break;
		i--;
	}
	return i < k->batch.n ? i : i - 1;
}

static void drop_old(struct lane_keeper *k, uint64_t now_ns)
{
	size_t old = k->batch.n ? too_old(k, now_ns) : 0;

	for (size_t i = 0; i < old; i++)
		part_put(k->batch.item[i]);
	k->batch.n -= old;
	for (size_t i = 0; old && i < k->batch.n; i++)
		k->batch.item[i] = k->batch.item[i + old];
}

static const struct lanes *make(const struct lane_keeper *k)
{
	uint64_t cpu_start = clock_thread_cpu_ns();
	struct lanes *lanes = part_make(PART_LANES);

	lanes->batch = arena_array(&lanes->part.arena, k->batch.n, sizeof *lanes->batch);
	for (; lanes->n < k->batch.n; lanes->n++)
		lanes->batch[lanes->n] = part_get(k->batch.item[lanes->n]);
	part_seal(&lanes->part, cpu_start, 0);
	return lanes;
}

void lane_keeper_see(struct lane_keeper *k, struct snapshot *s)
{
	if (!s->switches) {
		if (k->batch.n)
			lane_keeper_reset(k);
		return;
	}
	if (s->switches != k->told || !k->lanes) {
		VEC_PUSH(&k->batch, batch_of(k, s));
		drop_old(k, s->monotonic_ns);
		part_put(k->told);
		k->told = part_get(s->switches);
		part_put(k->lanes);
		k->lanes = make(k);
	}
	s->lanes = part_get(k->lanes);
}

void lane_keeper_seed(struct lane_keeper *k, const struct snapshot *s)
{
	struct lane_sink none = {0};

	lane_keeper_reset(k);
	if (!s->switches || !s->lanes)
		return;
	for (size_t i = 0; i < s->lanes->n; i++)
		VEC_PUSH(&k->batch, part_get(s->lanes->batch[i]));
	k->told = part_get(s->switches);
	k->lanes = part_get(s->lanes);
	sample_all(k, s, &none);
	lane_sink_free(&none);
}

void lane_keeper_keep(struct lane_keeper *k, struct keep *keep)
{
	size_t n = keep_count(keep, k->batch.n, LANES_BATCHES_MOST);

	for (size_t i = 0; i < n; i++) {
		if (keep_reads(keep))
			VEC_PUSH(&k->batch, NULL);
		KEEP_PART(keep, PART_SWITCHES, 0, k->batch.item[i]);
		if (!k->batch.item[i]) {
			keep_fail(keep);
			k->batch.n = i;
			return;
		}
	}
	KEEP_PART(keep, PART_SWITCHES, 0, k->told);
	for (unsigned i = 0; i < 2; i++) {
		struct sampled *s = &k->sampled[i];

		KEEP(keep, s->id.pid);
		KEEP(keep, s->id.start_ticks);
		KEEP_LEAN(keep, PART_THREADS, i, s->list);
		if (s->list && !is_list(s->list)) {
			keep_fail(keep);
			part_put(s->list);
			s->list = NULL;
		}
	}
	if (keep_reads(keep) && k->batch.n)
		k->lanes = make(k);
}
