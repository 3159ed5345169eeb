/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields: what threads are for, and what user-level threads they run. */
#include "field_internal.h"
#include "twintop/model/runtime.h"
#include "twintop/model/user_stacks.h"

/* The role of r's thread; false with *ret_missing. */
static bool with_role(
	const struct record *r, struct thread_role *ret_role, struct value *ret_missing)
{
	const char *reason;
	struct thread t;

	if (!field_thread(r, VALUE_TEXT, &t, ret_missing))
		return false;
	if (side_role(field_side(r), r->index, ret_role, &reason))
		return true;
	*ret_missing = thread_has_ended(&t) ? field_none(VALUE_TEXT, THREAD_LEFT)
					    : value_unknown(VALUE_TEXT, VALUE_UNSUPPORTED, reason);
	return false;
}

struct value field_get_thread_role(const struct record *r)
{
	struct thread_role role;
	struct value v;

	return with_role(r, &role, &v) ? value_text(role.title) : v;
}

struct value field_get_thread_role_evidence(const struct record *r)
{
	struct thread_role role;
	struct value v;

	return with_role(r, &role, &v) ? value_string(role_sign_words(role.by)) : v;
}

/* Where r's thread began; false with *ret_missing. */
static bool with_entry(const struct record *r, enum value_type type, uint64_t *ret_entry,
	struct value *ret_missing)
{
	enum value_state state;
	struct thread t;

	if (!field_thread(r, type, &t, ret_missing))
		return false;
	state = thread_source_state(&t, THREAD_TLS);
	*ret_entry = t.self->entry;
	if (t.self->entry)
		return true;
	if (thread_has_ended(&t))
		*ret_missing = field_none(type, THREAD_LEFT);
	else if (t.self->tid == field_side(r)->id.pid)
		*ret_missing = field_none(type, "the first thread begins where the program does");
	else if (!value_state_has_value(state) && state != VALUE_UNSUPPORTED)
		*ret_missing = value_unknown(type, state, field_reason(state, FIELD_NEEDS_ATTACH));
	else
		*ret_missing = value_unknown(
			type, VALUE_UNSUPPORTED, "its C library left no note of it that we know");
	return false;
}

struct value field_get_thread_entry_address(const struct record *r)
{
	struct value v;
	uint64_t entry;

	return with_entry(r, VALUE_ADDRESS, &entry, &v) ? value_address(entry) : v;
}

struct value field_get_thread_entry_function(const struct record *r)
{
	const struct symbol *s;
	struct value v;
	uint64_t entry;

	if (!with_entry(r, VALUE_TEXT, &entry, &v))
		return v;
	s = symbol_list_find(field_side(r)->symbols, entry);
	if (!s)
		return value_unknown(VALUE_TEXT, VALUE_UNREAD, value_state_reason(VALUE_UNREAD));
	if (s->gap)
		return value_unknown(
			VALUE_TEXT, symbol_gap_state(s->gap), symbol_gap_reason(s->gap));
	return value_text(s->name);
}

struct value field_get_thread_user_threads(const struct record *r)
{
	const struct user_stacks *list;
	enum value_state state;
	struct value v;
	struct thread t;

	if (!field_thread(r, VALUE_UINT, &t, &v))
		return v;
	list = field_side(r)->user_stacks;
	state = list ? list->part.state : VALUE_UNREAD;
	return field_if(state, value_uint(user_threads_of(list, t.self->tid)), FIELD_NEEDS_ATTACH);
}
