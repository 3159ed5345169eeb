/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What signals do to a process: default, ignored or caught. */
#include "changes.h"

#define SIGNALS 64

bool change_signals_known(const void *info)
{
	return value_state_has_value(((const struct process_info *)info)->source[PROCESS_SIGNALS]);
}

static const char *action_of(const struct process_info *p, unsigned bit)
{
	if (p->signals_caught >> bit & 1)
		return "caught";
	return p->signals_ignored >> bit & 1 ? "ignored" : "default";
}

void change_signals(const struct change *c)
{
	const struct process_info *before = c->before, *now = c->now;
	uint64_t moved = (before->signals_caught ^ now->signals_caught) |
			 (before->signals_ignored ^ now->signals_ignored);
	unsigned n = (unsigned)__builtin_popcountll(moved), told = 0;
	struct event e = c->event;

	e.kind = EVENT_SIGNAL_ACTION;
	e.count = n > CHANGE_EACH ? n : 1;
	for (unsigned bit = 0; bit < SIGNALS; bit++) {
		if (!(moved >> bit & 1) || told == (n > CHANGE_EACH ? 1 : n))
			continue;
		e.signal = (int)bit + 1;
		event_sink_add(
			c->sink, e, text_of(action_of(now, bit)), text_of(action_of(before, bit)));
		told++;
	}
}
