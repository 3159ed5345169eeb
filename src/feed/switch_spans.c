/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "switch_spans.h"

#include <stdlib.h>

/* More stretches of one thread, or of all, in a window: those that lie closer together are one. */
#define WINDOW_NS   100000000u
#define THREAD_MOST 64u
#define ALL_MOST    512u
#define MERGE_LEAST 20000u    /* ns */
#define MERGE_MOST  50000000u /* ns */

/* A record, as far as it matters here. */
struct note {
	uint64_t ns;
	pid_t pid, tid;
	int cpu;
	uint8_t kind; /* enum perf_kind */
	bool preempted;
};

VEC_STRUCT(notes, struct note);

/* A thread. */
struct runner {
	pid_t pid, tid; /* tid 0: it has ended */
	bool seen;	/* when it got a CPU, or was born, has been told */
	bool on;
	bool queued;   /* it was preempted when it left */
	bool whole;    /* span is under way */
	unsigned told; /* stretches in this window */
	int cpu;
	uint64_t on_ns, off_ns, merge_ns;
	struct lane_span span;
};

struct switch_spans {
	struct notes note;
	struct notes spare; /* where they are merged; empty else */
	VEC(struct runner) runner;
	VEC(uint32_t) slot; /* numbers of runners by TID, and 1; a power of two, half empty */
	VEC(uint32_t) cpu;  /* the same: who had each CPU last */
	size_t ended;
	uint64_t begin_ns; /* 0: when whoever leaves a CPU first got it is not known */
	uint64_t window_ns, merge_ns;
	uint64_t merged_ns; /* the most of merge_ns of all, in the last window */
	unsigned told;	    /* stretches in this window */
	const pid_t *pid;   /* while settling: of whom to tell */
	size_t pid_n;
	struct lane_sink *sink;
};

struct switch_spans *switch_spans_new(void)
{
	return mem_alloc(sizeof(struct switch_spans));
}

static void clear(struct switch_spans *s)
{
	VEC_FREE(&s->note);
	VEC_FREE(&s->spare);
	VEC_FREE(&s->runner);
	VEC_FREE(&s->slot);
	VEC_FREE(&s->cpu);
	*s = (struct switch_spans){0};
}

void switch_spans_free(struct switch_spans *s)
{
	if (!s)
		return;
	clear(s);
	free(s);
}

void switch_spans_begin(struct switch_spans *s, uint64_t now_ns)
{
	clear(s);
	s->begin_ns = s->window_ns = now_ns;
}

void switch_spans_note(struct switch_spans *s, const struct perf_record *r)
{
	if (r->kind == PERF_LOST)
		s->begin_ns = 0;
	if (r->tid <= 0 || (r->kind != PERF_ON && r->kind != PERF_OFF && r->kind != PERF_FORK &&
				   r->kind != PERF_EXIT && r->kind != PERF_EXEC))
		return;
	VEC_PUSH(&s->note,
		(struct note){r->time_ns, r->pid, r->tid, r->cpu, (uint8_t)r->kind, r->preempted});
}

uint64_t switch_spans_merged_ns(const struct switch_spans *s)
{
	return s->merged_ns;
}

/* ---- threads ---------------------------------------------------------------- */

static uint32_t *slot_of(struct switch_spans *s, pid_t tid)
{
	size_t mask = s->slot.n - 1, i = (uint32_t)tid * 2654435761u & mask;

	while (s->slot.item[i] && s->runner.item[s->slot.item[i] - 1].tid != tid)
		i = (i + 1) & mask;
	return &s->slot.item[i];
}

/* Those that have ended go, and there is room for as many again. */
static void seat_anew(struct switch_spans *s)
{
	size_t room = 64, n = 0;

	for (size_t i = 0; i < s->runner.n; i++)
		if (s->runner.item[i].tid)
			s->runner.item[n++] = s->runner.item[i];
	s->runner.n = n;
	s->ended = 0;
	while (room < 4 * (n + 1))
		room *= 2;
	VEC_RESERVE(&s->slot, room);
	for (s->slot.n = 0; s->slot.n < room; s->slot.n++)
		s->slot.item[s->slot.n] = 0;
	for (size_t i = 0; i < n; i++)
		*slot_of(s, s->runner.item[i].tid) = (uint32_t)i + 1;
	s->cpu.n = 0;
}

static struct runner *runner_of(struct switch_spans *s, pid_t pid, pid_t tid)
{
	uint32_t *slot;

	if (2 * (s->runner.n + 1) >= s->slot.n)
		seat_anew(s);
	slot = slot_of(s, tid);
	if (!*slot) {
		VEC_PUSH(&s->runner, (struct runner){.pid = pid, .tid = tid, .cpu = -1});
		*slot = (uint32_t)s->runner.n;
	}
	return &s->runner.item[*slot - 1];
}

/* ---- stretches -------------------------------------------------------------- */

static bool is_wanted(const struct switch_spans *s, pid_t pid)
{
	for (size_t i = 0; i < s->pid_n; i++)
		if (s->pid[i] == pid)
			return true;
	return false;
}

/* Tells the stretch that is under way. */
static void tell(struct switch_spans *s, struct runner *r)
{
	if (!r->whole)
		return;
	r->whole = false;
	if (!is_wanted(s, r->pid))
		return;
	lane_sink_add(s->sink, &r->span);
	s->told++;
	if (++r->told % THREAD_MOST == 0 && r->merge_ns < MERGE_MOST)
		r->merge_ns = r->merge_ns ? 2 * r->merge_ns : MERGE_LEAST;
	if (s->told % ALL_MOST == 0 && s->merge_ns < MERGE_MOST)
		s->merge_ns = s->merge_ns ? 2 * s->merge_ns : MERGE_LEAST;
}

/* Whether it goes on where the one under way ended, or so near to it that they are one. */
static bool goes_on(const struct switch_spans *s, const struct runner *r)
{
	uint64_t most = r->merge_ns > s->merge_ns ? r->merge_ns : s->merge_ns;

	return r->whole && r->span.cpu == r->cpu &&
	       (r->on_ns == r->span.end_ns || r->on_ns - r->span.end_ns <= most);
}

/* It was on its CPU until then. */
static void run_until(struct switch_spans *s, struct runner *r, uint64_t ns, enum lane_end end)
{
	uint64_t queued = r->queued ? r->on_ns - r->off_ns : 0;

	if (ns < r->on_ns)
		return;
	if (goes_on(s, r)) {
		r->span.queued_ns += queued;
	} else {
		tell(s, r);
		r->span = (struct lane_span){.begin_ns = r->on_ns,
			.before_ns = queued,
			.pid = r->pid,
			.tid = r->tid,
			.cpu = r->cpu};
		r->whole = true;
	}
	r->span.end_ns = ns;
	r->span.run_ns += ns - r->on_ns;
	r->span.end = end;
	r->span.voluntary += end == LANE_GAVE_WAY;
	r->span.involuntary += end == LANE_PREEMPTED;
	r->queued = false;
}

/* ---- records ---------------------------------------------------------------- */

/* Whoever had the CPU before has it no more, though his leaving was lost. */
static void take_cpu(struct switch_spans *s, const struct runner *r)
{
	uint32_t number = (uint32_t)(r - s->runner.item) + 1;

	while (s->cpu.n <= (size_t)r->cpu)
		VEC_PUSH(&s->cpu, 0);
	if (s->cpu.item[r->cpu] && s->cpu.item[r->cpu] != number) {
		struct runner *last = &s->runner.item[s->cpu.item[r->cpu] - 1];

		if (last->on && last->cpu == r->cpu)
			last->on = false;
	}
	s->cpu.item[r->cpu] = number;
}

static void get_on(struct switch_spans *s, struct runner *r, const struct note *n)
{
	r->on = r->seen = true;
	r->on_ns = n->ns;
	r->cpu = n->cpu;
	take_cpu(s, r);
}

/* Whoever is not told to have got it had it when all began. */
static void assume_on(const struct switch_spans *s, struct runner *r, const struct note *n)
{
	if (!r->seen && s->begin_ns) {
		r->on = true;
		r->on_ns = s->begin_ns;
		r->cpu = n->cpu;
	}
	r->seen = true;
}

static void get_off(struct switch_spans *s, struct runner *r, const struct note *n)
{
	assume_on(s, r, n);
	if (r->on && r->cpu == n->cpu)
		run_until(s, r, n->ns, n->preempted ? LANE_PREEMPTED : LANE_GAVE_WAY);
	r->on = false;
	r->queued = n->preempted;
	r->off_ns = n->ns;
}

static void leave(struct switch_spans *s, struct runner *r, const struct note *n)
{
	assume_on(s, r, n);
	if (r->on)
		run_until(s, r, n->ns, LANE_LEFT);
	else if (r->whole)
		r->span.end = LANE_LEFT;
	tell(s, r);
	r->on = false;
	r->tid = 0;
	s->ended++;
}

static void take(struct switch_spans *s, const struct note *n)
{
	struct runner *r = runner_of(s, n->pid, n->tid);

	r->pid = n->pid;
	switch (n->kind) {
	case PERF_ON:
		get_on(s, r, n);
		break;
	case PERF_OFF:
		get_off(s, r, n);
		break;
	case PERF_FORK:
		r->seen = true;
		break;
	case PERF_EXEC: /* it may have another TID since */
		if (!r->on)
			get_on(s, r, n);
		break;
	default:
		leave(s, r, n);
		break;
	}
}

/* ---- settling --------------------------------------------------------------- */

/* Where the run of notes ends that begins there and is in the order of time. */
static size_t run_end(const struct notes *n, size_t at)
{
	for (at++; at < n->n && n->item[at - 1].ns <= n->item[at].ns; at++)
		;
	return at;
}

/* Two runs, one behind the other, become one; of notes of one time the first run's go first. */
static void merge_two(const struct notes *n, size_t a, size_t middle, size_t end, struct notes *to)
{
	size_t b = middle;

	while (a < middle && b < end)
		to->item[to->n++] = n->item[a].ns <= n->item[b].ns ? n->item[a++] : n->item[b++];
	while (a < middle)
		to->item[to->n++] = n->item[a++];
	while (b < end)
		to->item[to->n++] = n->item[b++];
}

/* The notes of each ring came in the order of time: there are many of them, and few runs. */
static void sort_by_time(struct switch_spans *s)
{
	while (s->note.n && run_end(&s->note, 0) < s->note.n) {
		const struct notes was = s->note;
		size_t middle, end;

		VEC_RESERVE(&s->spare, was.n);
		for (size_t at = 0; at < was.n; at = end) {
			middle = run_end(&was, at);
			end = middle < was.n ? run_end(&was, middle) : middle;
			merge_two(&was, at, middle, end, &s->spare);
		}
		s->note = s->spare;
		s->spare = was;
		s->spare.n = 0;
	}
}

/* Where few came for a while, more are told apart again. */
static void end_window(struct switch_spans *s, uint64_t now_ns)
{
	if (now_ns - s->window_ns < WINDOW_NS)
		return;
	s->merged_ns = s->merge_ns;
	for (size_t i = 0; i < s->runner.n; i++) {
		struct runner *r = &s->runner.item[i];

		if (r->merge_ns > s->merged_ns)
			s->merged_ns = r->merge_ns;
		if (r->merge_ns && r->told < THREAD_MOST / 4)
			r->merge_ns = r->merge_ns > MERGE_LEAST ? r->merge_ns / 2 : 0;
		r->told = 0;
	}
	if (s->merge_ns && s->told < ALL_MOST / 4)
		s->merge_ns = s->merge_ns > MERGE_LEAST ? s->merge_ns / 2 : 0;
	s->told = 0;
	s->window_ns = now_ns;
}

/* Those that are on a CPU stay there; all that is under way is told. */
static void tell_all(struct switch_spans *s, uint64_t until_ns)
{
	for (size_t i = 0; i < s->runner.n; i++) {
		struct runner *r = &s->runner.item[i];

		if (r->on && r->on_ns < until_ns) {
			run_until(s, r, until_ns, LANE_STAYS);
			r->on_ns = until_ns;
		}
		tell(s, r);
	}
}

void switch_spans_settle(struct switch_spans *s, uint64_t until_ns, const pid_t *pid, size_t n,
	struct lane_sink *sink)
{
	size_t taken = 0, left = 0;

	s->pid = pid;
	s->pid_n = n;
	s->sink = sink;
	sort_by_time(s);
	while (taken < s->note.n && s->note.item[taken].ns <= until_ns)
		take(s, &s->note.item[taken++]);
	while (taken + left < s->note.n) {
		s->note.item[left] = s->note.item[taken + left];
		left++;
	}
	s->note.n = left;
	tell_all(s, until_ns);
	end_window(s, until_ns);
	if (s->ended > 64 && s->ended > s->runner.n / 2)
		seat_anew(s);
}
