/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sampler_internal.h"
#include "twintop/base/clock.h"

#define OWN_WINDOW_NS 1000000000u /* our own CPU share is measured over at least so long */

/* A record for a process whose own hangs from the start: it did not answer, or has not yet. */
static const struct process_info *unread_info(const struct target *t, bool late)
{
	struct process_info *info = part_make(PART_PROCESS);
	enum value_state state = late ? VALUE_LATE : VALUE_UNREAD;

	info->id = t->identity.id;
	info->state = '?';
	for (unsigned i = 0; i < PROCESS_SOURCES; i++)
		info->source[i] = state;
	part_seal(&info->part, clock_thread_cpu_ns(), -ETIMEDOUT);
	info->part.state = state;
	return info;
}

/* A part that tells nothing but that it did not answer; NULL where it is not so. */
static const struct part *late_part(struct sampler *s, enum part_kind kind, const struct target *t)
{
	struct part *part;

	if (!stations_late(s, kind, t))
		return NULL;
	part = part_make(kind);
	part_seal(part, clock_thread_cpu_ns(), -ETIMEDOUT);
	return part;
}

/*
 * parts: where the side's parts are: itself, or A where both are of one process. A thread may have
 * descriptors of its own all the same.
 */
static void fill_side(
	struct sampler *s, struct side *side, const struct target *t, const struct target *parts)
{
	const struct identity *i = &t->identity;

	side->id = i->id;
	side->tid = i->tid;
	side->pidfd_state = i->pidfd >= 0 ? VALUE_KNOWN : value_state_of_error(i->pidfd_error);
	side->ending = t->ending;
	for (unsigned kind = 0; kind < SIDE_PARTS; kind++) {
		side->part[kind] = part_get(parts->part[kind]);
		side->read_ns[kind] = parts->read_ns[kind];
		if (!side->part[kind] && kind != PART_PROCESS)
			side->part[kind] = late_part(s, (enum part_kind)kind, parts);
	}
	if (!side->info)
		side->info = unread_info(t, stations_late(s, PART_PROCESS, parts));
	if (parts == t)
		return;
	part_put(side->task);
	side->task = part_get(t->had.task);
	if (parts->identity.tid == i->tid)
		return;
	part_put(side->fds);
	side->fds = part_get(t->had.fds);
}

static bool has_ended(const struct target *t)
{
	return t && t->ending.ended;
}

/* What two tasks shared, of which one ended before anybody could ask. */
static const struct shares *shares_too_late(void)
{
	struct shares *shares = part_make(PART_SHARES);

	for (unsigned i = 0; i < SHARE_ITEMS; i++)
		shares->state[i] = VALUE_GONE;
	part_seal(&shares->part, clock_thread_cpu_ns(), -ESRCH);
	return shares;
}

static bool is_asked(const struct round *r, unsigned kind)
{
	return (r->need | r->beside) & part_table[kind].need;
}

static void fill_shared(struct sampler *s, const struct round *r, struct snapshot *snapshot)
{
	if (is_asked(r, PART_SHARES) && !s->pair.shares &&
		(has_ended(s->side[0]) || has_ended(s->side[1])))
		s->pair.shares = shares_too_late();
	for (unsigned i = 0; i < PAIR_PARTS + HOST_PARTS; i++) {
		enum part_kind kind = (enum part_kind)(SIDE_PARTS + i);
		bool pair = i < PAIR_PARTS;
		const struct part *part = pair ? s->pair_part[i] : s->host_part[i - PAIR_PARTS];

		if (!is_asked(r, kind) && part_table[kind].origin != PART_TOLD)
			continue;
		part = part ? part_get(part) : late_part(s, kind, NULL);
		if (pair)
			snapshot->pair_part[i] = part;
		else
			snapshot->host_part[i - PAIR_PARTS] = part;
	}
	memcpy(snapshot->pair_read_ns, s->pair_read_ns, sizeof s->pair_read_ns);
	memcpy(snapshot->host_read_ns, s->host_read_ns, sizeof s->host_read_ns);
}

static double own_percent(struct sampler *s, uint64_t now)
{
	uint64_t cpu = clock_process_cpu_ns();
	uint64_t wall = now - s->own_since_ns;

	if (wall && (wall >= OWN_WINDOW_NS || s->own_percent == 0.0))
		s->own_percent = 100.0 * (double)(cpu - s->own_cpu_ns) / (double)wall;
	if (wall >= OWN_WINDOW_NS) {
		uint64_t used = cpu - s->own_cpu_ns;

		s->other_permille =
			used > s->page_cpu_ns ? (used - s->page_cpu_ns) * 1000 / wall : 0;
		s->page_cpu_ns = 0;
		s->own_since_ns = now;
		s->own_cpu_ns = cpu;
	}
	return s->own_percent;
}

const struct moment *collect_moment(struct sampler *s, const struct round *r)
{
	uint64_t cpu_start = clock_thread_cpu_ns(), compare_start;
	struct snapshot *snapshot = snapshot_new();
	const struct sampler_pairing *pairing = &s->options.pairing;
	const struct feed_ops *lifecycle = feeds_lifecycle(s->feeds);
	const struct pair *pair = NULL;

	snapshot->sequence = ++s->sequence;
	snapshot->realtime_ns = clock_realtime_ns();
	snapshot->monotonic_ns = clock_monotonic_ns();
	snapshot->host = s->host_info;
	snapshot->access = s->options.access;
	for (unsigned i = 0; i < 2 && s->side[i]; i++) {
		fill_side(s, &snapshot->side[i], s->side[i], s->side[targets_same(s) ? 0 : i]);
		snapshot->sides++;
	}
	fill_shared(s, r, snapshot);
	snapshot->sibling_chosen_by_us = snapshot->sides == 2 && !s->b_named;
	snapshot->sibling_is_nearest =
		snapshot->sibling_chosen_by_us && s->sibling == SIBLING_NEAREST;
	snapshot->alone = siblings_alone(s);
	snapshot->lifecycle = lifecycle ? lifecycle->id : NULL;
	snapshot->lifecycle_lacks = feeds_lacks(s->feeds);
	snapshot->ends_lack = feeds_ends_lack(s->feeds);
	snapshot->lifecycle_exact = lifecycle && !snapshot->lifecycle_lacks;
	snapshot->faults_until_ns = s->faults.until_ns;
	snapshot->read_cpu_ns = s->read_cpu_ns;
	snapshot->own_cpu_percent = own_percent(s, snapshot->monotonic_ns);
	snapshot->delay_ns = r->delay_ns;
	if ((r->need | r->beside) & NEED_PAGES)
		snapshot->pages_delay_ns =
			s->pages_delay_ns > r->delay_ns ? s->pages_delay_ns : r->delay_ns;
	compare_start = clock_thread_cpu_ns();
	if (pairing->pair)
		pair = pairing->pair(pairing->context, snapshot);
	naming_follow(s, r, snapshot);
	changes_follow(s->changes, snapshot, pair, &s->events);
	snapshot->events = event_sink_seal(&s->events);
	snapshot->convoys = convoy_watch_see(s->convoys, snapshot);
	stations_pace(s, clock_thread_cpu_ns() - compare_start);
	part_seal(&snapshot->part, cpu_start, 0);
	return moment_new(snapshot, pair);
}
