/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readers at work: what is due, what is begun, what came home. Knows the table, not the readers. */
#include <errno.h>
#include <string.h>

#include "pacing.h"
#include "sampler_internal.h"
#include "twintop/base/clock.h"
#include "twintop/feed/glance.h"
#include "twintop/proc/helper.h"
#include "twintop/sample/limits.h"

#define CALM_NS	    1000000000u /* what has not run is read so seldom */
#define CHEAP_SHARE 2000	/* a read of such a part of the delay brings all each time */

static unsigned posts_of(const struct station *station)
{
	return station->ops->scope == READS_SIDES ? 2 : 1;
}

void stations_open(struct sampler *s)
{
	const struct reader_context context = {
		.root = s->options.root,
		.access = s->options.access,
		.page_pause_ns = s->options.page_pause_ns,
		.fd_share = limits_fd_share(),
		.sample = glance_sample,
	};

	for (size_t i = 0; i < reader_table_n; i++) {
		s->station[i].ops = reader_table[i];
		for (unsigned k = 0; k < posts_of(&s->station[i]); k++)
			s->station[i].post[k].lane = lane_new(
				s->hub, &reading_ops, reading_new(reader_table[i], &context));
	}
	s->questions = questions_new(s->hub, &context);
}

void stations_close(struct sampler *s)
{
	for (size_t i = 0; i < reader_table_n; i++)
		for (unsigned k = 0; k < posts_of(&s->station[i]); k++)
			lane_drop(s->station[i].post[k].lane);
	questions_free(s->questions);
}

void stations_swap(struct sampler *s)
{
	for (size_t i = 0; i < reader_table_n; i++) {
		struct station *station = &s->station[i];
		struct post a = station->post[0];

		if (posts_of(station) < 2)
			continue;
		station->post[0] = station->post[1];
		station->post[1] = a;
	}
}

void stations_renew(struct sampler *s)
{
	for (size_t i = 0; i < reader_table_n; i++)
		for (unsigned k = 0; k < posts_of(&s->station[i]); k++)
			s->station[i].post[k].due_ns = s->station[i].post[k].beside_ns = 0;
	s->stirred_ns = clock_monotonic_ns();
}

/* ---- whom to read -------------------------------------------------------- */

static bool pair_lives(const struct sampler *s)
{
	return target_alive(s->side[0]) && target_alive(s->side[1]);
}

/* Whether the side is another process or task than A, for that reader. */
static bool is_apart(const struct sampler *s, const struct reader_ops *ops, unsigned side)
{
	const struct target *t = s->side[side];

	if (!side)
		return true;
	if (!ops->by_task)
		return !targets_same(s);
	return part_table[ops->part].scope == PART_OF_PAIR ||
	       target_find_thread(s, t->identity.id, t->identity.tid) == t;
}

/* Whether a reader of the host has more to read than those that are watched. */
static bool outlives(const struct sampler *s, const struct reader_ops *ops)
{
	const struct part *had = s->host_part[ops->part - SIDE_PARTS - PAIR_PARTS];

	return ops->outlives && had && ops->outlives(had);
}

/*
 * The side, where that reader is to read it: while it lives, and once of what had ended when we
 * came. Of the pair: while both live; of the host: for the living, or while it says so.
 */
static struct target *wanted(const struct sampler *s, const struct reader_ops *ops, unsigned side)
{
	struct target *t = s->side[side];

	if (!t || !is_apart(s, ops, side))
		return NULL;
	if (part_table[ops->part].scope == PART_OF_PAIR)
		return pair_lives(s) ? t : NULL;
	if (part_table[ops->part].scope == PART_OF_HOST)
		return !t->ending.ended || outlives(s, ops) ? t : NULL;
	return !t->ending.ended || !t->part[ops->part] ? t : NULL;
}

/* The sides that a post reads: first to last, last not included; none where it reads the host. */
static void sides_of(
	const struct station *station, unsigned k, unsigned *ret_first, unsigned *ret_last)
{
	*ret_first = station->ops->scope == READS_SIDES ? k : 0;
	*ret_last = station->ops->scope == READS_SIDES	? k + 1
		    : station->ops->scope == READS_PAIR ? 2
							: 0;
}

static bool has_work(const struct sampler *s, const struct station *station, unsigned k)
{
	unsigned side, last;

	if (station->ops->scope == READS_HOST)
		return true;
	for (sides_of(station, k, &side, &last); side < last; side++)
		if (wanted(s, station->ops, side))
			return true;
	return false;
}

/* Whether t has all parts that bits of the reader's ask for. */
static bool has_parts(const struct reader_ops *ops, const struct target *t, unsigned bits)
{
	for (unsigned kind = 0; kind < SIDE_PARTS; kind++)
		if (part_table[kind].need & ops->need & bits && !t->part[kind])
			return false;
	return part_table[ops->part].scope != PART_OF_SIDE || t->part[ops->part] != NULL;
}

/* Whether what the round needs is not there at all, whatever the pace. */
static bool lacks(const struct sampler *s, const struct station *station, unsigned k, unsigned bits)
{
	unsigned side, last;

	if (bits & ~station->post[k].need)
		return true;
	for (sides_of(station, k, &side, &last); side < last; side++) {
		const struct target *t = wanted(s, station->ops, side);

		if (t && (t->exec_seen || !has_parts(station->ops, t, bits)))
			return true;
	}
	return false;
}

/* ---- when ---------------------------------------------------------------- */

/* Due now, or so soon that waiting for the next round would be later than meant. */
static bool is_due(const struct round *r, uint64_t due_ns)
{
	return due_ns <= r->begin_ns + r->delay_ns / 4;
}

/*
 * Whether what the post read last is still so, as far as the watched can change it: neither of them
 * has run since, nor for a while before, in which all that they did came home. What others do to
 * them (a signal that waits, a lock) is looked for once a second.
 */
static bool is_calm(const struct sampler *s, const struct round *r, const struct station *station,
	const struct post *post)
{
	return !s->options.whole && !station->ops->others &&
	       post->begun_ns > s->stirred_ns + CALM_NS && !is_due(r, post->begun_ns + CALM_NS);
}

/* A part that is a side's own and was not read since that is so is as it was now, too. */
static void confirm(
	struct sampler *s, const struct round *r, const struct station *station, unsigned k)
{
	struct target *t = station->ops->scope == READS_SIDES ? s->side[k] : NULL;

	if (t && t->part[station->ops->part])
		t->read_ns[station->ops->part] = r->begin_ns;
}

/* The bits to read at this post in this round; 0: it is not due. */
static unsigned bits_due(
	struct sampler *s, const struct round *r, const struct station *station, unsigned k)
{
	const struct post *post = &station->post[k];
	unsigned now = r->need & station->ops->need, beside = r->beside & station->ops->need;
	bool lacking = now && lacks(s, station, k, now), calm = is_calm(s, r, station, post);
	bool now_due = lacking || (now && !calm && is_due(r, post->due_ns));
	bool beside_due = beside & ~now && is_due(r, post->beside_ns);

	if (calm && !lacking)
		confirm(s, r, station, k);
	if (!now_due && !beside_due)
		return 0;
	if (beside_due || post->all_cost_ns * CHEAP_SHARE <= r->delay_ns)
		now |= beside;
	return now;
}

/* ---- begin --------------------------------------------------------------- */

/* What is known of t; of another program nothing but its new record. */
static void fill_side(struct reader_side *side, const struct target *t)
{
	side->id = t->identity.id;
	side->tid = t->identity.tid;
	side->through = t->identity.through;
	for (unsigned kind = 0; kind < SIDE_PARTS; kind++)
		if (!t->exec_seen || kind == PART_PROCESS) {
			side->had_part[kind] = part_get(t->part[kind]);
			side->had_ns[kind] = t->read_ns[kind];
		}
}

/* Who stands beside the side that a post reads. */
static struct task_id beside_of(const struct sampler *s, const struct station *station, unsigned k)
{
	const struct target *other = s->side[!k];

	if (station->ops->scope != READS_SIDES || !other || other->ending.ended || targets_same(s))
		return (struct task_id){0};
	return other->identity.id;
}

/* The station that brings a part. */
static const struct station *bringer(const struct sampler *s, enum part_kind kind)
{
	for (size_t i = 0; i < reader_table_n; i++)
		if (s->station[i].ops->part == kind)
			return &s->station[i];
	return NULL;
}

/* Whether a feed would have told, had there been births or ends since the post's last read. */
static bool kin_is_told(const struct sampler *s, const struct post *post)
{
	const struct feed_ops *feed = feeds_lifecycle(s->feeds);
	uint64_t since_ns = feeds_watched_ns(s->feeds);

	return feed && !feeds_lacks(s->feeds) && since_ns && post->begun_ns > since_ns &&
	       post->begun_ns > s->kin_told_ns;
}

bool stations_lack_kin(const struct sampler *s)
{
	const struct station *records = bringer(s, PART_PROCESS);
	const struct feed_ops *feed = feeds_lifecycle(s->feeds);
	bool lack = false;

	for (unsigned k = 0; k < posts_of(records); k++)
		lack |= wanted(s, records->ops, k) && records->post[k].begun_ns < s->kin_told_ns;
	return lack && feed && !feeds_lacks(s->feeds);
}

static struct told_lives *copy_told(const struct told_lives *lives)
{
	struct told_lives *copy = mem_alloc(sizeof *copy);
	size_t kept = lives->n < TOLD_LIVES_MOST ? lives->n : TOLD_LIVES_MOST;

	copy->n = lives->n;
	memcpy(copy->life, lives->life, kept * sizeof *copy->life);
	return copy;
}

static void begin(struct sampler *s, const struct round *r, struct station *station, unsigned k,
	unsigned bits)
{
	struct reading *reading = station->post[k].lane->job;
	unsigned first, side, last;

	reading->job.need = station->post[k].need = bits;
	reading->job.hurried = s->options.hurried;
	reading->job.aside = !(r->need & station->ops->need);
	station->post[k].beside = (r->beside & station->ops->need) | bits;
	reading->job.kin_told = kin_is_told(s, &station->post[k]);
	reading->job.turns_ns = 0;
	reading->job.page_permille = pacing_turns_permille(s, r);
	reading->job.told = station->ops->told ? copy_told(&s->lives) : NULL;
	reading->job.generations = s->lifted;
	reading->job.hold = s->held;
	station->post[k].begun_ns = clock_monotonic_ns();
	sides_of(station, k, &first, &last);
	for (side = first; side < last; side++) {
		const struct target *t = wanted(s, station->ops, side);

		if (t)
			fill_side(&reading->job.side[side - first], t);
	}
	reading->job.beside = beside_of(s, station, k);
	for (unsigned i = 0; i < PAIR_PARTS; i++)
		reading->job.pair_had_part[i] = part_get(s->pair_part[i]);
	for (unsigned i = 0; i < HOST_PARTS; i++)
		reading->job.host_had_part[i] = part_get(s->host_part[i]);
	sampler_begin_lane(s, station->post[k].lane);
}

/* Whether the lane hangs in a read of somebody who is not watched any more. */
static bool is_stray(const struct sampler *s, const struct reading *reading)
{
	for (unsigned i = 0; i < 2; i++) {
		struct task_id id = reading->job.side[i].id;

		if (id.pid && !target_find(s, id))
			return true;
	}
	return false;
}

/* Whether a new read can begin; a lane that went astray makes place for a new one. */
static bool is_idle(struct sampler *s, struct post *post)
{
	const struct reading *reading = post->lane->job;
	bool idle;

	pthread_mutex_lock(&s->hub->lock);
	/* While it is busy its worker writes what comes out; the ids that went in stay. */
	if (post->lane->state == LANE_BUSY && is_stray(s, reading)) {
		struct lane *old = post->lane;

		post->lane = lane_new(
			s->hub, &reading_ops, reading_new(reading->ops, &reading->context));
		lane_drop(old);
	}
	idle = post->lane->state == LANE_IDLE;
	pthread_mutex_unlock(&s->hub->lock);
	return idle;
}

/* Read in this round; a read that is over already has not been taken yet. */
static bool is_on_its_way(struct sampler *s, const struct station *station, const struct round *r)
{
	bool on_its_way = false;

	pthread_mutex_lock(&s->hub->lock);
	for (unsigned k = 0; k < posts_of(station); k++) {
		const struct lane *lane = station->post[k].lane;

		on_its_way |= lane->state != LANE_IDLE && lane->began_ns >= r->begin_ns;
	}
	pthread_mutex_unlock(&s->hub->lock);
	return on_its_way;
}

/* Whether the lane has been reading of t for too long; NULL: of whomever. */
static bool hangs(const struct post *post, const struct target *t, uint64_t now)
{
	const struct reading *reading = post->lane->job;
	bool of = !t;

	for (unsigned i = 0; i < 2 && t; i++)
		of |= task_id_equal(reading->job.side[i].id, t->identity.id);
	return of && post->lane->state == LANE_BUSY &&
	       now - post->lane->began_ns >= HELPER_DEADLINE_NS;
}

bool stations_late(struct sampler *s, enum part_kind kind, const struct target *t)
{
	uint64_t now = clock_monotonic_ns();
	bool late = false;

	pthread_mutex_lock(&s->hub->lock);
	for (size_t i = 0; i < reader_table_n; i++) {
		const struct station *station = &s->station[i];

		if (station->ops->part != kind && !(station->ops->need & part_table[kind].need))
			continue;
		for (unsigned k = 0; k < posts_of(station); k++)
			late |= hangs(&station->post[k], t, now);
	}
	pthread_mutex_unlock(&s->hub->lock);
	return late;
}

/*
 * Whether a part that the reader builds upon is on its way, or of those that wait themselves, and
 * nothing is there in its place.
 */
static bool must_wait(struct sampler *s, const struct round *r, const struct station *station,
	unsigned k, unsigned waiting)
{
	unsigned first, last;

	sides_of(station, k, &first, &last);
	for (unsigned kind = 0; kind < SIDE_PARTS; kind++) {
		const struct station *from = bringer(s, (enum part_kind)kind);
		bool missing = s->options.whole;

		if (!(station->ops->after & 1u << kind) || !from)
			continue;
		for (unsigned side = first; side < last; side++) {
			const struct target *t = wanted(s, station->ops, side);

			missing |= t && (!t->part[kind] || t->exec_seen);
		}
		if (missing && (waiting & 1u << kind || is_on_its_way(s, from, r)))
			return true;
	}
	return false;
}

/* Whether it was begun in this round, and nothing has made it due again since. */
static bool has_begun(const struct sampler *s, const struct round *r, const struct post *post)
{
	return post->begun_ns >= r->begin_ns && post->begun_ns > s->stirred_ns;
}

bool stations_begin(struct sampler *s, const struct round *r, bool first, bool hold)
{
	unsigned waiting = 0;

	for (size_t i = 0; i < reader_table_n; i++) {
		struct station *station = &s->station[i];

		if (first != !station->ops->after)
			continue;
		for (unsigned k = 0; k < posts_of(station); k++) {
			unsigned bits;

			if (!has_work(s, station, k) || !is_idle(s, &station->post[k]) ||
				(!first && has_begun(s, r, &station->post[k])))
				continue;
			bits = bits_due(s, r, station, k);
			if (!bits)
				continue;
			if (hold && must_wait(s, r, station, k, waiting))
				waiting |= 1u << station->ops->part;
			else
				begin(s, r, station, k, bits);
		}
	}
	return waiting;
}

/* Whether other readers build upon what this one brings. */
static bool is_base(const struct reader_ops *ops)
{
	for (size_t i = 0; i < reader_table_n; i++)
		if (reader_table[i]->after & 1u << ops->part)
			return true;
	return false;
}

void stations_await(struct sampler *s, const struct round *r, bool bases)
{
	struct lane *lane[2 * READERS_MOST];
	size_t n = 0;

	for (size_t i = 0; i < reader_table_n; i++)
		for (unsigned k = 0; k < posts_of(&s->station[i]); k++)
			lane[n++] = !bases || is_base(s->station[i].ops)
					    ? s->station[i].post[k].lane
					    : NULL;
	sampler_await(s, r, lane, n);
}

/* ---- take ---------------------------------------------------------------- */

static bool is_gone(const struct part *part)
{
	return part->error == -ESRCH || part->error == -ENOENT;
}

static void compare_exe(struct sampler *s, struct target *t, const struct process_info *now)
{
	const struct process_info *had = t->had.info;

	if (!had || !value_state_has_value(had->source[PROCESS_EXE]) ||
		!value_state_has_value(now->source[PROCESS_EXE]) || text_equal(had->exe, now->exe))
		return;
	t->exec_seen = true;
	s->ask_feeds = true;
	stations_renew(s);
}

/* What a new record tells beside itself. */
static void compare_records(struct sampler *s, struct target *t, const struct process_info *now)
{
	siblings_compare(s, t, now);
	compare_exe(s, t, now);
}

/* Puts a part that was read of t in the old one's place; takes its reference over. */
static void keep(struct sampler *s, struct target *t, unsigned kind, const struct part *part,
	uint64_t read_ns)
{
	if (kind == PART_PROCESS && part != t->part[kind])
		compare_records(s, t, (const struct process_info *)(const void *)part);
	part_put(t->part[kind]);
	t->part[kind] = part;
	t->read_ns[kind] = read_ns;
}

/* What was read of one side: for the one that it is of, unless that is leaving us. */
static void take_side(struct sampler *s, const struct reading *reading, struct reader_side *from)
{
	struct target *t = reading->ops->by_task ? target_find_thread(s, from->id, from->tid)
						 : target_find(s, from->id);
	enum target_life life =
		t ? target_life(s, t, from->through, reading->end_ns) : TARGET_LEAVES;

	for (unsigned kind = 0; kind < SIDE_PARTS; kind++) {
		const struct part *part = from->part[kind];

		if (!part || !t || life == TARGET_MOVED ||
			(t->part[kind] && (is_gone(part) || life != TARGET_LIVES)))
			continue;
		from->part[kind] = NULL;
		keep(s, t, kind, part, reading->begin_ns);
	}
}

/* Whether what was read of a pair is of the tasks that are watched now, and of living ones. */
static bool pair_applies(struct sampler *s, const struct reading *reading, const struct part *had)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct reader_side *side = &reading->job.side[i];
		struct target *t = s->side[i];

		if (!t || side->tid != t->identity.tid ||
			!task_id_equal(side->id, t->identity.id) ||
			target_life(s, t, side->through, reading->end_ns) == TARGET_MOVED)
			return false;
	}
	return !had || pair_lives(s);
}

static void take_shared(struct sampler *s, struct reading *reading)
{
	for (unsigned i = 0; i < PAIR_PARTS; i++) {
		const struct part *part = reading->job.pair_part[i];

		if (!part || !pair_applies(s, reading, s->pair_part[i]))
			continue;
		part_put(s->pair_part[i]);
		s->pair_part[i] = part;
		s->pair_read_ns[i] = reading->begin_ns;
		reading->job.pair_part[i] = NULL;
	}
	for (unsigned i = 0; i < HOST_PARTS; i++) {
		if (!reading->job.host_part[i])
			continue;
		part_put(s->host_part[i]);
		s->host_part[i] = reading->job.host_part[i];
		s->host_read_ns[i] = reading->begin_ns;
		reading->job.host_part[i] = NULL;
	}
}

static void take(struct sampler *s, const struct station *station, struct post *post)
{
	struct reading *reading = post->lane->job;

	if (!sampler_settle_lane(s, post->lane))
		return;
	for (unsigned i = 0; i < 2; i++)
		if (reading->job.side[i].id.pid)
			take_side(s, reading, &reading->job.side[i]);
	take_shared(s, reading);
	reading_clear(reading);
	s->read_cpu_ns += reading->cpu_ns;
	pacing_rest(s, station->ops, post, reading);
}

void stations_take(struct sampler *s)
{
	for (size_t i = 0; i < reader_table_n; i++)
		for (unsigned k = 0; k < posts_of(&s->station[i]); k++)
			take(s, &s->station[i], &s->station[i].post[k]);
}
