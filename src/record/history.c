/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/history.h"

#include <errno.h>
#include <stdlib.h>

#include "history_pack.h"
#include "twintop/model/frames.h"

#define ROOM_LEAST 64u /* moments; a power of two */

/* Bytes of a kind of part that s holds and b (may be NULL) does not; what both sides are is one. */
static size_t kind_bytes(const struct snapshot *s, const struct snapshot *b, enum part_kind kind)
{
	unsigned sides = part_table[kind].scope == PART_OF_SIDE ? s->sides : 1;
	size_t sum = 0;

	for (unsigned side = 0; side < sides; side++) {
		const struct part *part = snapshot_part(s, kind, side);

		if (!side || part != snapshot_part(s, kind, 0))
			sum += part_bytes(kind, part, b ? snapshot_part(b, kind, side) : NULL);
	}
	return sum;
}

static bool is_packed(enum part_kind kind)
{
	return kind == PART_PAGES || kind == PART_VERDICTS;
}

/* Bytes of m's parts that before (may be NULL) does not hold too; packs: those have theirs. */
static size_t moment_bytes(const struct moment *m, const struct moment *before, bool packs)
{
	const struct snapshot *s = m->snapshot, *b = before ? before->snapshot : NULL;
	size_t sum = m->part.arena.held_bytes + s->part.arena.held_bytes;

	if (m->pair && (!before || m->pair != before->pair))
		sum += m->pair->part.arena.held_bytes;
	for (unsigned kind = 0; kind < PART_KINDS; kind++)
		if (!packs || !is_packed((enum part_kind)kind))
			sum += kind_bytes(s, b, (enum part_kind)kind);
	return sum;
}

struct history_bounds history_most(const struct history *h)
{
	return (struct history_bounds){
		.ns = h->most.ns ? h->most.ns : HISTORY_NS,
		.bytes = h->most.bytes ? h->most.bytes : HISTORY_BYTES,
	};
}

/* Twice the room, the oldest at its beginning. */
static void grow(struct history *h)
{
	size_t room = h->room ? h->room * 2 : ROOM_LEAST;
	struct kept_moment *kept = mem_resize(NULL, room, sizeof *kept);

	for (size_t i = 0; i < h->n; i++)
		kept[i] = *history_slot(h, i);
	free(h->kept);
	h->kept = kept;
	h->room = room;
	h->first = 0;
}

static void set_cost(struct history *h, struct kept_moment *kept, size_t cost)
{
	h->bytes += cost - kept->cost;
	kept->cost = cost;
}

/* What moment i costs beside the one before it; the oldest pays for all. */
static void count_cost(struct history *h, size_t i)
{
	struct kept_moment *kept = history_slot(h, i);
	const struct moment *before = i ? history_at(h, i - 1) : NULL;
	size_t cost = sizeof *kept + moment_bytes(kept->moment, before, h->packs);

	set_cost(h, kept, cost + (h->packs ? history_pack_bytes(h, i) : 0));
}

/* The next moment then pays for what it shared with the oldest. */
static void drop_oldest(struct history *h)
{
	struct kept_moment *oldest = history_slot(h, 0);

	set_cost(h, oldest, 0);
	moment_put(oldest->moment);
	history_pack_put(oldest);
	h->first++;
	h->n--;
	h->gone++;
	if (h->n)
		count_cost(h, 0);
}

/* Whether all times that shall be kept are so without the oldest. */
static bool goes_too_far(const struct history *h)
{
	uint64_t last, second;

	if (h->n < 2)
		return false;
	last = history_at(h, h->n - 1)->snapshot->monotonic_ns;
	second = history_at(h, 1)->snapshot->monotonic_ns;
	return last > second && last - second >= history_most(h).ns;
}

void history_add(struct history *h, const struct moment *m)
{
	size_t i = h->n;

	if (h->n == h->room)
		grow(h);
	*history_slot(h, h->n) = (struct kept_moment){.moment = moment_get(m)};
	h->n++;
	if (h->packs)
		i = history_pack_newest(h);
	for (; i < h->n; i++)
		count_cost(h, i);
	while (goes_too_far(h) || (h->n > 1 && h->bytes > history_most(h).bytes))
		drop_oldest(h);
}

void history_clear(struct history *h)
{
	while (h->n)
		drop_oldest(h);
	history_pack_clear(h);
	free(h->kept);
	h->kept = NULL;
	h->room = h->first = 0;
}

const struct moment *history_at(const struct history *h, size_t i)
{
	return i < h->n ? history_slot(h, i)->moment : NULL;
}

/* What was looked up when both sides' pages were read: who else maps what both have. */
static bool count_users(const struct snapshot *s, uint64_t frame, uint64_t *ret_number)
{
	const struct page_map *a = s->side[0].pages, *b = s->side[1].pages;
	const struct frame_counts *counts = s->sides == 2 ? frame_counts_of(a, b) : NULL;
	ptrdiff_t at;
	size_t near = 0;

	if (!counts || !value_state_has_value(counts->state))
		return false;
	at = frame_counts_find(counts, frame, &near);
	if (at < 0)
		return false;
	*ret_number = counts->others[at] + frame_mappings(a, frame) + frame_mappings(b, frame);
	return true;
}

void held_answer(const struct moment *m, const struct question *question, struct answer *ret)
{
	*ret = (struct answer){VALUE_UNREAD, "not asked at this moment", 0};
	if (question->kind == QUESTION_FRAME_USERS && m &&
		count_users(m->snapshot, question->address, &ret->number))
		*ret = (struct answer){VALUE_KNOWN, NULL, ret->number};
}

/* ---- as a source --------------------------------------------------------- */

struct history_source {
	struct source source;
	const struct history *history;
	const struct moment *shown; /* a reference; NULL: nothing was kept yet */
	uint64_t number;	    /* of shown among all that were ever added */
	bool taken;		    /* next has given it */
};

/* Index of the shown moment: -1 when it made room, the end when there is none yet. */
static int64_t index_of(const struct history_source *s)
{
	if (!s->shown)
		return (int64_t)s->history->n;
	return s->number < s->history->gone ? -1 : (int64_t)(s->number - s->history->gone);
}

static uint64_t time_at(const struct history *h, size_t i)
{
	return history_at(h, i)->snapshot->monotonic_ns;
}

/* The last moment not after a time; -1: all are. */
static int64_t index_of_time(const struct history *h, uint64_t monotonic_ns)
{
	size_t low = 0, high = h->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (time_at(h, mid) <= monotonic_ns)
			low = mid + 1;
		else
			high = mid;
	}
	return (int64_t)low - 1;
}

/* So many steps on from at, no further than the ends; there is at least one moment. */
static int64_t index_of_steps(const struct history *h, int64_t at, int64_t steps)
{
	int64_t last = (int64_t)h->n - 1;

	if (steps > last - at)
		return last;
	if (steps < -at)
		return at < 0 ? at : 0;
	return at + steps;
}

static int64_t index_of_seek(const struct history *h, int64_t at, struct seek seek)
{
	int64_t to;

	switch (seek.kind) {
	case SEEK_STEPS:
		return index_of_steps(h, at, seek.steps);
	case SEEK_TIME:
		to = index_of_time(h, seek.monotonic_ns);
		/* What made room is older than the oldest, and nearer to what came before it. */
		return to < 0 && at >= 0 ? 0 : to;
	case SEEK_FIRST:
		return 0;
	case SEEK_LAST:
		break;
	}
	return (int64_t)h->n - 1;
}

static void stand_on(struct history_source *s, size_t i)
{
	const struct moment *before = s->shown;

	s->shown = history_get(s->history, i);
	s->number = s->history->gone + i;
	s->taken = false;
	moment_put(before);
}

static int seek(struct source *source, struct seek seek)
{
	struct history_source *s = (struct history_source *)source;
	int64_t at = index_of(s), to;

	if (!s->history->n)
		return -ENOENT;
	to = index_of_seek(s->history, at, seek);
	if (to == at)
		return -ENOENT;
	stand_on(s, (size_t)to);
	return 0;
}

static const struct moment *next(struct source *source)
{
	struct history_source *s = (struct history_source *)source;

	if (s->taken)
		return NULL;
	s->taken = true;
	return moment_get(s->shown);
}

static bool done(const struct source *source)
{
	return ((const struct history_source *)source)->taken;
}

static bool position(const struct source *source, struct position *ret)
{
	const struct history_source *s = (const struct history_source *)source;
	const struct history *h = s->history;
	int64_t at = index_of(s);

	if (!s->shown || !h->n)
		return false;
	*ret = (struct position){
		.at = at < 0 ? 0 : (size_t)at,
		.n = h->n,
		.shown_ns = s->shown->snapshot->monotonic_ns,
		.first_ns = time_at(h, 0),
		.last_ns = time_at(h, h->n - 1),
	};
	return true;
}

static void ask(struct source *source, const struct question *question, struct answer *ret)
{
	held_answer(((const struct history_source *)source)->shown, question, ret);
}

static void source_end(struct source *source)
{
	moment_put(((const struct history_source *)source)->shown);
	free(source);
}

static const struct source_ops history_ops = {
	.id = "history",
	.next = next,
	.done = done,
	.seek = seek,
	.position = position,
	.ask = ask,
	.free = source_end,
};

struct source *history_source_new(const struct history *h)
{
	struct history_source *s = mem_alloc(sizeof *s);

	*s = (struct history_source){.source = {&history_ops}, .history = h, .taken = true};
	if (h->n)
		stand_on(s, h->n - 1);
	return &s->source;
}
