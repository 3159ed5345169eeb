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

/* How many threads have the signal in the mask that lies at offset in struct thread. */
static struct value count_threads(const struct record *r, size_t offset)
{
	const struct side *s = field_side(r);
	uint64_t n = 0;

	if (!s || !s->threads || !s->threads->n)
		return value_unknown(VALUE_UINT, VALUE_UNREAD, "the threads were not read");
	for (size_t i = 0; i < s->threads->n; i++) {
		const struct thread *t = &s->threads->thread[i];
		const uint64_t *mask = (const void *)((const char *)t + offset);

		if (!value_state_has_value(t->source[THREAD_STATUS]))
			return field_if(
				t->source[THREAD_STATUS], value_uint(0), FIELD_NEEDS_NOTHING);
		n += has_signal(*mask, r);
	}
	return value_uint(n);
}

struct value field_get_signal_pending_threads(const struct record *r)
{
	return count_threads(r, offsetof(struct thread, signals_pending));
}

struct value field_get_signal_blocked_threads(const struct record *r)
{
	return count_threads(r, offsetof(struct thread, signals_blocked));
}
