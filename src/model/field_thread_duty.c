/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thread does with its time. */
#include "field_internal.h"
#include "twintop/model/duty.h"

/* The duty of r's thread; DUTY_UNKNOWN with *ret_missing. */
static enum duty_span with_duty(const struct record *r, enum value_type type,
	struct thread_duty *ret, struct value *ret_missing)
{
	enum duty_span span;
	const char *reason;
	struct thread t;

	if (!field_thread(r, type, &t, ret_missing))
		return DUTY_UNKNOWN;
	span = duty_of(r->moment->snapshot, r->side, r->index, ret, &reason);
	if (span == DUTY_UNKNOWN)
		*ret_missing = value_unknown(
			type, thread_has_ended(&t) ? VALUE_NONE : VALUE_UNREAD, reason);
	return span;
}

#define DUTY_GETTER(name, type, expression)                                                        \
	struct value field_get_thread_duty_##name(const struct record *r)                          \
	{                                                                                          \
		struct thread_duty d;                                                              \
		struct value v;                                                                    \
		enum duty_span span = with_duty(r, type, &d, &v);                                  \
                                                                                                   \
		return span == DUTY_UNKNOWN ? v : expression;                                      \
	}

DUTY_GETTER(sort, VALUE_TEXT, value_string(duty_sort(&d)))
DUTY_GETTER(on_cpu, VALUE_REAL, value_real(duty_percent(&d, d.run_ns)))
DUTY_GETTER(queued, VALUE_REAL, value_real(duty_percent(&d, d.queued_ns)))
DUTY_GETTER(blocked, VALUE_REAL, value_real(duty_percent(&d, duty_blocked_ns(&d))))
DUTY_GETTER(window, VALUE_UINT, value_uint(d.ns))
DUTY_GETTER(since_start, VALUE_BOOL, value_bool(span == DUTY_SINCE_START))
