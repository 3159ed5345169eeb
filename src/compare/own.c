/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/own.h"

const char *const own_fields[] = {"thread.tid", "thread.name", "thread.state", "thread.processor",
	"thread.stack.start", "thread.stack.end", "thread.stack.pointer", "thread.program_counter",
	"thread.tls_base", "thread.signals_blocked", "thread.syscall.name"};
const size_t own_fields_n = sizeof own_fields / sizeof *own_fields;

/* Another than the main one. */
static bool names_thread(const struct side *s)
{
	return s->tid && s->tid != s->id.pid;
}

bool own_applies(const struct moment *m)
{
	const struct side *side = m->snapshot->side;

	if (!m->pair)
		return false;
	return m->pair->relation == RELATION_THREADS || names_thread(&side[0]) ||
	       names_thread(&side[1]);
}

struct record own_record(const struct moment *m, unsigned side)
{
	const struct side *s = &m->snapshot->side[side];
	struct record r = {m, RECORD_THREAD, side, SIZE_MAX};
	ptrdiff_t i = thread_find(s->threads, s->tid);

	if (i >= 0)
		r.index = (size_t)i;
	return r;
}

bool own_text(
	const struct record *r, const struct field *f, const char *unread, struct textbuf *out)
{
	struct value v = f->get(r);

	if (v.reason == value_state_reason(VALUE_UNREAD))
		v.reason = unread;
	field_format(f, record_host(r), &v, out);
	if (!value_state_has_value(v.state) && v.reason)
		textbuf_addf(out, " %s", v.reason);
	return value_state_has_value(v.state);
}
