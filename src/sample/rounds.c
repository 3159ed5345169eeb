/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sampler_internal.h"

#define BASES_MOST 3 /* readers build upon readers that build upon others, so many times */
#define MOVES_MOST 3 /* times that a round reads anew since threads end under it */

/* Parts that nobody has needed for a while go. */
static void drop_unneeded(struct sampler *s, const struct round *r)
{
	for (unsigned kind = 0; kind < SIDE_PARTS; kind++) {
		if (!part_table[kind].need || (r->need | r->beside) & part_table[kind].need)
			s->needed_ns[kind] = r->begin_ns;
		if (r->begin_ns - s->needed_ns[kind] <= KEEP_UNNEEDED_NS)
			continue;
		for (unsigned i = 0; i < 2; i++) {
			struct target *t = s->side[i];

			if (!target_alive(t))
				continue;
			part_put(t->part[kind]);
			t->part[kind] = NULL;
		}
	}
}

/* Records of both sides, then the choice of B, whose record is read in the same round. */
static void read_records(struct sampler *s, const struct round *r)
{
	struct lane *search = siblings_search(s, r);

	stations_begin(s, r, true, false);
	stations_await(s, r, true);
	sampler_await(s, r, &search, 1);
	stations_take(s);
	siblings_take_list(s);
	told_gather(s);
	siblings_choose(s);
	if (!stations_lack_kin(s) && (!s->side[1] || s->side[1]->had.info || targets_same(s)))
		return;
	stations_begin(s, r, true, false);
	stations_await(s, r, true);
	stations_take(s);
}

/* All that is due, each reader after those that it builds upon. */
static void read_parts(struct sampler *s, const struct round *r)
{
	read_records(s, r);
	for (unsigned n = 0; n < BASES_MOST && stations_begin(s, r, false, true); n++) {
		stations_await(s, r, true);
		stations_take(s);
	}
	stations_begin(s, r, false, false);
	stations_await(s, r, false);
	stations_take(s);
}

/* Whether a side was read through a thread that ended: then all is due once more. */
static bool must_reread(struct sampler *s)
{
	bool moved = false;

	for (unsigned i = 0; i < 2; i++) {
		moved |= s->side[i] && s->side[i]->moved;
		if (s->side[i])
			s->side[i]->moved = false;
	}
	if (moved)
		stations_renew(s);
	return moved;
}

/* Whose number leads to it is as before where it has not run. */
static void begin_side(struct sampler *s, struct target *t)
{
	uint64_t stirs;

	if (!t)
		return;
	target_look(s, t);
	t->moved = false;
	if (!target_alive(t))
		return;
	stirs = t->stir.count;
	stir_look(&t->stir, s->options.root, t->identity.id.pid);
	if (t->stir.count == stirs)
		return;
	s->stirred_ns = t->stir.look_ns;
	target_choose_through(s, t);
}

void round_again(struct sampler *s, const struct round *r)
{
	stations_renew(s);
	read_parts(s, r);
}

void round_run(struct sampler *s, struct round *r)
{
	r->need = need_expand(r->need | NEED_PROCESS);
	r->beside = need_expand(r->beside);
	s->lifted = r->generations;
	s->held = r->hold;
	told_need(s, r);
	s->read_cpu_ns = 0;
	for (unsigned i = 0; i < 2; i++)
		if (s->side[i])
			s->side[i]->exec_seen = false;
	/* Results that missed the end of their round. */
	siblings_take_list(s);
	stations_take(s);
	for (unsigned i = 0; i < 2; i++)
		begin_side(s, s->side[i]);
	told_take(s);
	if (r->asked)
		s->stirred_ns = r->begin_ns;
	read_parts(s, r);
	for (unsigned tries = 0; tries < MOVES_MOST && must_reread(s); tries++)
		read_parts(s, r);
	told_beside(s);
	drop_unneeded(s, r);
}
