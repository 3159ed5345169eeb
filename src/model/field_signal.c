/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "field_internal.h"
#include "twintop/model/names.h"

static bool has_signal(uint64_t mask, const struct record *r)
{
	return mask >> r->index & 1;
}

struct value field_get_signal_number(const struct record *r)
{
	return value_int((int64_t)r->index + 1);
}

struct value field_get_signal_name(const struct record *r)
{
	const char *name = signal_name((int)r->index + 1);

	return name ? value_string(name) : field_none(VALUE_TEXT, "there is no such signal");
}

struct value field_get_signal_disposition(const struct record *r)
{
	struct value v;
	const struct process_info *p = field_process(r, VALUE_TEXT, &v);

	if (!p)
		return v;
	return field_if(p->source[PROCESS_SIGNALS],
		value_string(has_signal(p->signals_caught, r)	 ? "caught"
			     : has_signal(p->signals_ignored, r) ? "ignored"
								 : "default"),
		FIELD_NEEDS_NOTHING);
}

struct value field_get_signal_pending(const struct record *r)
{
	struct value v;
	const struct process_info *p = field_process(r, VALUE_BOOL, &v);

	return p ? field_if(p->source[PROCESS_SIGNALS],
			   value_bool(has_signal(p->signals_pending, r)), FIELD_NEEDS_NOTHING)
		 : v;
}

/* The masks of r's side's threads when they are known; NULL with *ret_missing. */
static const struct thread_signals *counted(const struct record *r, struct value *ret_missing)
{
	const struct side *s = field_side(r);
	enum value_state state = s && s->threads ? s->threads->signals_state : VALUE_UNREAD;

	*ret_missing = value_unknown(VALUE_UINT, state, field_reason(state, FIELD_NEEDS_NOTHING));
	return value_state_has_value(state) ? s->threads->signals : NULL;
}

struct value field_get_signal_pending_threads(const struct record *r)
{
	struct value v;
	const struct thread_signals *s = counted(r, &v);

	return s ? value_uint(s->pending_in[r->index]) : v;
}

struct value field_get_signal_blocked_threads(const struct record *r)
{
	struct value v;
	const struct thread_signals *s = counted(r, &v);

	return s ? value_uint(s->blocked_by[r->index]) : v;
}

struct value field_get_signal_blocked_by(const struct record *r)
{
	struct value v;
	const struct thread_signals *s = counted(r, &v);
	uint32_t n = s ? s->blocked_by[r->index] : 0;

	if (!s)
		return value_unknown(VALUE_PIDS, v.state, v.reason);
	return value_pids(s->blocker[r->index], n < SIGNAL_BLOCKERS ? n : SIGNAL_BLOCKERS);
}
