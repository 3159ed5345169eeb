/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changes.h"

#include <stdlib.h>

/* What is compared, a row a part. */
static const struct differ {
	enum part_kind kind;
	void (*tell)(const struct change *c);
	bool (*known)(const void *part); /* NULL: where the part's state says so */
} differ_table[] = {
	{PART_MAPPINGS, change_mappings, NULL},
	{PART_FDS, change_fds, NULL},
	{PART_PROCESS, change_signals, change_signals_known},
};
#define DIFFERS (sizeof differ_table / sizeof *differ_table)

/* What was known of a process. */
struct past {
	struct task_id id; /* pid 0: of none */
	struct {
		const struct part *part; /* a reference */
		uint64_t read_ns;	 /* when it was last found to be so */
	} had[DIFFERS];
};

struct changes {
	struct past past[2];
	struct bursts bursts;
	struct deadlocks deadlocks;
};

struct changes *changes_new(void)
{
	struct changes *c = mem_alloc(sizeof *c);

	*c = (struct changes){0};
	return c;
}

static void forget(struct past *p)
{
	for (size_t i = 0; i < DIFFERS; i++)
		part_put(p->had[i].part);
	*p = (struct past){0};
}

void changes_free(struct changes *c)
{
	if (!c)
		return;
	forget(&c->past[0]);
	forget(&c->past[1]);
	bursts_reset(&c->bursts);
	deadlocks_free(&c->deadlocks);
	free(c);
}

static bool is_known(const struct differ *d, const struct part *part)
{
	return part && value_state_has_value(part->state) && (!d->known || d->known(part));
}

/* Whether what B has there is A's very own, of which A tells. */
static bool is_common(enum part_kind kind, const struct snapshot *s, const struct pair *pair)
{
	bool shared = false;

	switch (kind) {
	case PART_MAPPINGS:
		return pair && pair->one_space;
	case PART_FDS:
		return pair && pair->one_fd_table;
	default:
		return value_state_has_value(snapshot_shares(s, SHARE_SIGHAND, &shared)) && shared;
	}
}

/* sink NULL: nothing is told, only remembered. */
static void compare(
	struct past *p, size_t i, const struct snapshot *s, unsigned side, struct event_sink *sink)
{
	const struct differ *d = &differ_table[i];
	const struct side *of = &s->side[side];
	const struct part *now = of->part[d->kind], *before = p->had[i].part;
	uint64_t read_ns = of->read_ns[d->kind];
	struct change c = {before, now, of,
		{.pid = of->id.pid,
			.source = CHANGE_SOURCE,
			.realtime_ns = s->realtime_ns,
			.monotonic_ns = s->monotonic_ns},
		sink};

	if (now != before && !is_known(d, now))
		return;
	if (sink && before && now != before) {
		c.event.span_ns = read_ns > p->had[i].read_ns ? read_ns - p->had[i].read_ns : 0;
		d->tell(&c);
	}
	part_get(now);
	part_put(before);
	p->had[i].part = now;
	p->had[i].read_ns = read_ns;
}

/* What is remembered of the process, on whichever side it stood; else of nobody. */
static struct past *past_of(struct changes *c, const struct snapshot *s, unsigned side)
{
	const struct task_id id = s->side[side].id;
	const unsigned other = !side;

	if (task_id_equal(c->past[side].id, id))
		return &c->past[side];
	if (task_id_equal(c->past[other].id, id)) {
		struct past p = c->past[side];

		c->past[side] = c->past[other];
		c->past[other] = p;
		return &c->past[side];
	}
	forget(&c->past[side]);
	c->past[side].id = id;
	return &c->past[side];
}

void changes_follow(struct changes *c, const struct snapshot *s, const struct pair *pair,
	struct event_sink *sink)
{
	for (unsigned side = 0; side < s->sides; side++) {
		struct past *p;

		/* Two threads of one process have one memory, and are told of once. */
		if (side && task_id_equal(s->side[0].id, s->side[1].id))
			break;
		p = past_of(c, s, side);
		for (size_t i = 0; i < DIFFERS && !s->side[side].ending.ended; i++)
			compare(p, i, s, side,
				side && is_common(differ_table[i].kind, s, pair) ? NULL : sink);
	}
	bursts_follow(&c->bursts, s, pair, sink);
	deadlocks_follow(&c->deadlocks, s, sink);
}
