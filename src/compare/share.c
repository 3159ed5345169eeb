/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/share.h"

static const char *unknown_because(enum value_state state)
{
	switch (state) {
	case VALUE_DENIED:
		return "not permitted: to both it needs " VALUE_NEEDS_READ;
	case VALUE_GONE:
		return "one of them has ended";
	case VALUE_UNSUPPORTED:
		return "this kernel does not say";
	case VALUE_UNREAD:
		return "not read";
	case VALUE_NONE:
		return "neither has one";
	default:
		return value_state_reason(state);
	}
}

static struct card_line line_unknown(enum value_state state)
{
	return (struct card_line){.state = state, .reason = unknown_because(state)};
}

static struct card_line line_ambiguous(const char *reason)
{
	return (struct card_line){.state = VALUE_UNSUPPORTED, .reason = reason};
}

static struct card_line line_of(enum value_state a, enum value_state b, bool shared)
{
	if (!value_state_has_value(a))
		return line_unknown(a);
	if (!value_state_has_value(b))
		return line_unknown(b);
	return (struct card_line){.state = VALUE_KNOWN, .shared = shared};
}

static void add_kcmp(const struct snapshot *s, struct card *card)
{
	_Static_assert((int)CARD_SYSVSEM == (int)SHARE_SYSVSEM, "one order in both tables");

	const char *refused = access_reason(&s->access, ACCESS_KCMP);

	for (unsigned i = 0; i < SHARE_ITEMS; i++) {
		bool shared;
		enum value_state state = snapshot_shares(s, (enum share_item)i, &shared);

		card->line[i] = line_of(state, state, shared);
		if (refused && !value_state_has_value(state))
			card->line[i].reason = refused;
	}
}

/* A namespace that this kernel has no file for reads as inode 0 on both sides. */
static struct card_line namespace_line(
	const struct process_info *a, const struct process_info *b, int kind)
{
	uint64_t of_a = a->namespace_inode[kind], of_b = b->namespace_inode[kind];
	struct card_line line =
		line_of(a->source[PROCESS_NAMESPACES], b->source[PROCESS_NAMESPACES], of_a == of_b);

	if (value_state_has_value(line.state) && (!of_a || !of_b))
		return line_unknown(VALUE_UNSUPPORTED);
	return line;
}

static bool same_credentials(const struct process_info *a, const struct process_info *b)
{
	return a->uid == b->uid && a->euid == b->euid && a->gid == b->gid && a->egid == b->egid;
}

/* An id that is mapped differs from one that is not; two that are not may be one or two. */
static struct card_line credentials_line(const struct process_info *a, const struct process_info *b)
{
	bool same = same_credentials(a, b);
	struct card_line line = line_of(a->source[PROCESS_STATUS], b->source[PROCESS_STATUS], same);

	if (value_state_has_value(line.state) && same && a != b && a->unmapped_ids)
		return line_ambiguous(
			"ids that our user namespace does not map read as one number");
	return line;
}

/* What each thread has for itself; a and b are the named threads' records. */
static void add_task_records(
	const struct process_info *a, const struct process_info *b, struct card *card)
{
	for (int i = 0; i < NAMESPACE_KINDS; i++)
		card->line[CARD_NS_CGROUP + i] = namespace_line(a, b, i);
	card->line[CARD_CGROUP] = line_of(a->source[PROCESS_CGROUP], b->source[PROCESS_CGROUP],
		text_equal(a->cgroups, b->cgroups));
	card->line[CARD_CREDENTIALS] = credentials_line(a, b);
}

/* A session or process group: 0 stands for every one that is outside of what /proc shows. */
static struct card_line number_line(
	const struct process_info *a, const struct process_info *b, pid_t of_a, pid_t of_b)
{
	struct card_line line =
		line_of(a->source[PROCESS_STAT], b->source[PROCESS_STAT], of_a == of_b);

	if (value_state_has_value(line.state) && !of_a && !of_b && !task_id_equal(a->id, b->id) &&
		process_sees_outside(a) && process_sees_outside(b))
		return line_ambiguous("both began outside of the PID namespace that /proc shows");
	return line;
}

/*
 * A terminal controls one session at most, and all that have it are of that one; its number is
 * none of the machine: each mount of devpts counts from 0.
 */
static struct card_line terminal_line(
	const struct process_info *a, const struct process_info *b, const struct card_line *session)
{
	bool same = a->tty_number && a->tty_number == b->tty_number;
	struct card_line line = line_of(a->source[PROCESS_STAT], b->source[PROCESS_STAT], same);

	if (!value_state_has_value(line.state))
		return line;
	if (!a->tty_number && !b->tty_number)
		return (struct card_line){.state = VALUE_NONE, .reason = "neither has a terminal"};
	if (same && !value_state_has_value(session->state))
		return line_ambiguous("terminals of one number, and their sessions are unknown");
	return same ? *session : line;
}

static void add_records(
	const struct process_info *a, const struct process_info *b, struct card *card)
{
	card->line[CARD_SESSION] = number_line(a, b, a->session, b->session);
	card->line[CARD_TERMINAL] = terminal_line(a, b, &card->line[CARD_SESSION]);
	card->line[CARD_PROCESS_GROUP] = number_line(a, b, a->pgrp, b->pgrp);
}

void share_card(const struct snapshot *s, struct card *ret_card)
{
	const struct process_info *a = s->side[0].info, *b = s->side[1].info;
	const struct process_info *task_a = side_task(&s->side[0]),
				  *task_b = side_task(&s->side[1]);

	add_kcmp(s, ret_card);
	for (int i = CARD_NS_CGROUP; i < CARD_ITEMS; i++)
		ret_card->line[i] = line_unknown(VALUE_UNREAD);
	if (task_a && task_b)
		add_task_records(task_a, task_b, ret_card);
	if (a && b)
		add_records(a, b, ret_card);
}

void share_mechanisms(struct verdicts *v)
{
	for (size_t i = 0; i < v->mappings_n; i++) {
		const struct pair_mapping *row = &v->mapping[i];
		struct mechanism_sum *sum = &v->by_mechanism[row->mechanism];

		if (row->a < 0 || row->b < 0)
			continue;
		sum->rows++;
		sum->size_bytes += row->end - row->start;
		sum->common_pages += pair_pages_common(&row->pages);
	}
}
