/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks that a thread was seen on. */
#include <stdio.h>

#include "json_internal.h"
#include "twintop/model/user_stacks.h"

static void put_trace(struct json_writer *w, unsigned side, const struct user_stack *s)
{
	char path[64];

	snprintf(path, sizeof path, "processes[%u].threads[].user_stacks[].backtrace", side);
	if (!s->trace.n) {
		json_gap(w, "not unwound: it did not stand still", "%s", path);
		json_put_null(w, "backtrace");
		return;
	}
	json_open(w, "backtrace", '{');
	json_put_backtrace(w, path, NULL, &s->trace);
	json_put_u64(w, "time_ns", s->trace_ns);
	json_close(w, '}');
}

static void put_stack(struct json_writer *w, unsigned side, const struct user_stack *s)
{
	json_open(w, NULL, '{');
	json_put_word(w, "kind", user_stack_kind_name(s->kind));
	json_put_address(w, "low", s->low);
	json_put_address(w, "high", s->high);
	json_put_address(w, "pointer", s->pointer);
	json_put_address(w, "program_counter", s->counter);
	json_put_bool(w, "now", s->now);
	json_put_u64(w, "looks", s->looks);
	json_put_u64(w, "last_ns", s->last_ns);
	put_trace(w, side, s);
	json_close(w, '}');
}

void json_put_user_stacks(
	struct json_writer *w, const struct user_stacks *list, unsigned side, pid_t tid)
{
	enum value_state state = list ? list->part.state : VALUE_UNREAD;
	const struct user_stack *stack;
	size_t n = user_stacks_of(list, tid, &stack);

	if (!value_state_has_value(state)) {
		json_gap(w, value_state_reason(state), "processes[%u].threads[].user_stacks", side);
		json_put_null(w, "user_stacks");
		return;
	}
	json_open(w, "user_stacks", '[');
	for (size_t i = 0; i < n; i++)
		put_stack(w, side, &stack[i]);
	json_close(w, ']');
}
