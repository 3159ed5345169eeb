/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "field_internal.h"
#include "twintop/model/names.h"

#define RUNNING_REASON "it runs: only a blocked thread shows its system call and registers"

struct value field_get_thread_tid(const struct record *r)
{
	struct value v;
	const struct thread *t = field_thread(r, VALUE_INT, &v);

	return t ? value_int(t->tid) : v;
}

/* A getter of one member that the read src brought. */
#define THREAD_GETTER(name, type, src, expression)                                                 \
	struct value field_get_thread_##name(const struct record *r)                               \
	{                                                                                          \
		struct value v;                                                                    \
		const struct thread *t = field_thread(r, type, &v);                                \
                                                                                                   \
		return t ? field_if(t->source[src], expression, FIELD_NEEDS_NOTHING) : v;          \
	}

THREAD_GETTER(name, VALUE_TEXT, THREAD_STAT, value_text(t->name))
THREAD_GETTER(state, VALUE_TEXT, THREAD_STAT, value_text((struct text){&t->state, 1}))
THREAD_GETTER(processor, VALUE_INT, THREAD_STAT, value_int(t->processor))
THREAD_GETTER(nice, VALUE_INT, THREAD_STAT, value_int(t->nice))
THREAD_GETTER(priority, VALUE_INT, THREAD_STAT, value_int(t->priority))
THREAD_GETTER(start_ticks, VALUE_UINT, THREAD_STAT, value_uint(t->start_ticks))
THREAD_GETTER(user_ticks, VALUE_UINT, THREAD_STAT, value_uint(t->user_ticks))
THREAD_GETTER(system_ticks, VALUE_UINT, THREAD_STAT, value_uint(t->system_ticks))
THREAD_GETTER(minor_faults, VALUE_UINT, THREAD_STAT, value_uint(t->minor_faults))
THREAD_GETTER(major_faults, VALUE_UINT, THREAD_STAT, value_uint(t->major_faults))
THREAD_GETTER(voluntary_switches, VALUE_UINT, THREAD_STATUS, value_uint(t->voluntary_switches))
THREAD_GETTER(involuntary_switches, VALUE_UINT, THREAD_STATUS, value_uint(t->involuntary_switches))
THREAD_GETTER(run_ns, VALUE_UINT, THREAD_SCHEDSTAT, value_uint(t->run_ns))
THREAD_GETTER(wait_ns, VALUE_UINT, THREAD_SCHEDSTAT, value_uint(t->wait_ns))
THREAD_GETTER(signals_blocked, VALUE_UINT, THREAD_STATUS, value_uint(t->signals_blocked))
THREAD_GETTER(signals_pending, VALUE_UINT, THREAD_STATUS, value_uint(t->signals_pending))

/* A getter of a figure's change since the previous read. */
#define CHANGE_GETTER(name, per, src, now, before)                                                 \
	struct value field_get_thread_##name(const struct record *r)                               \
	{                                                                                          \
		struct value v;                                                                    \
		const struct thread *t = field_thread(r, VALUE_REAL, &v);                          \
                                                                                                   \
		return t ? per(t->source[src], t->now, t->before, t->interval_ns) : v;             \
	}

CHANGE_GETTER(cpu_percent, field_percent, THREAD_SCHEDSTAT, run_ns, run_ns_before)
CHANGE_GETTER(wait_percent, field_percent, THREAD_SCHEDSTAT, wait_ns, wait_ns_before)
CHANGE_GETTER(voluntary_rate, field_rate, THREAD_STATUS, voluntary_switches, voluntary_before)
CHANGE_GETTER(involuntary_rate, field_rate, THREAD_STATUS, involuntary_switches, involuntary_before)

struct value field_get_thread_wait_channel(const struct record *r)
{
	struct value v;
	const struct thread *t = field_thread(r, VALUE_TEXT, &v);

	if (!t)
		return v;
	if (value_state_has_value(t->source[THREAD_WCHAN]) && t->wait_channel.len == 0)
		return field_none(VALUE_TEXT, "it is not blocked in the kernel");
	return field_if(t->source[THREAD_WCHAN], value_text(t->wait_channel), FIELD_NEEDS_READ);
}

/* ---- task/TID/syscall ---------------------------------------------------- */

/* The thread when its syscall file was read, else NULL with *ret_missing. */
static const struct thread *with_syscall(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	const struct thread *t = field_thread(r, type, ret_missing);
	enum value_state state = t ? t->source[THREAD_SYSCALL] : VALUE_UNREAD;

	if (!t || value_state_has_value(state))
		return t;
	*ret_missing = value_unknown(type, state, field_reason(state, FIELD_NEEDS_ATTACH));
	return NULL;
}

/* The thread when it is blocked in a system call, else NULL with *ret_missing. */
static const struct thread *in_syscall(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	const struct thread *t = with_syscall(r, type, ret_missing);

	if (!t)
		return NULL;
	if (t->running)
		*ret_missing = field_none(type, RUNNING_REASON);
	else if (t->syscall_number < 0)
		*ret_missing = field_none(type, "it is blocked outside a system call");
	else
		return t;
	return NULL;
}

struct value field_get_thread_syscall_number(const struct record *r)
{
	struct value v;
	const struct thread *t = in_syscall(r, VALUE_INT, &v);

	return t ? field_if(t->source[THREAD_SYSCALL], value_int(t->syscall_number), NULL) : v;
}

struct value field_get_thread_syscall_name(const struct record *r)
{
	struct value v;
	const struct thread *t = in_syscall(r, VALUE_TEXT, &v);

	if (!t)
		return v;
	if (!t->syscall_name)
		return value_unknown(
			VALUE_TEXT, VALUE_UNSUPPORTED, "the number is not in our table");
	return field_if(t->source[THREAD_SYSCALL], value_string(t->syscall_name), NULL);
}

struct value field_get_thread_syscall_args(const struct record *r)
{
	struct value v;
	const struct thread *t = in_syscall(r, VALUE_ADDRESSES, &v);
	size_t n;

	if (!t)
		return v;
	n = t->syscall_name && t->syscall_args_n < 6 ? t->syscall_args_n : 6;
	return field_if(t->source[THREAD_SYSCALL], value_addresses(t->syscall_arg, n), NULL);
}

/* The thread when its registers are known, else NULL with *ret_missing. */
static const struct thread *with_registers(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	const struct thread *t = with_syscall(r, type, ret_missing);

	if (!t)
		return NULL;
	if (t->running)
		*ret_missing = field_none(type, RUNNING_REASON);
	else if (!t->registers_known)
		*ret_missing = field_none(type, "the kernel does not tell its registers");
	else
		return t;
	return NULL;
}

struct value field_get_thread_program_counter(const struct record *r)
{
	struct value v;
	const struct thread *t = with_registers(r, VALUE_ADDRESS, &v);

	return t ? field_if(t->source[THREAD_SYSCALL], value_address(t->program_counter), NULL) : v;
}

struct value field_get_thread_tls_base(const struct record *r)
{
	struct value v;
	const struct thread *t = field_thread(r, VALUE_ADDRESS, &v);

	if (!t)
		return v;
	if (t->source[THREAD_TLS] == VALUE_UNSUPPORTED)
		return value_unknown(VALUE_ADDRESS, VALUE_UNSUPPORTED,
			t->robust_list ? "no control block of an x86-64 glibc or musl stands where "
					 "its robust list is"
				       : "its C library registered no robust list, beside which "
					 "it would be found");
	if (value_state_has_value(t->source[THREAD_TLS]) && !t->tls_base)
		return value_unknown(VALUE_ADDRESS, VALUE_UNREAD, field_reason(VALUE_UNREAD, NULL));
	return field_if(t->source[THREAD_TLS], value_address(t->tls_base), FIELD_NEEDS_ATTACH);
}

/* ---- what it waits on ---------------------------------------------------- */

/* The thread when it waits in a futex, else NULL with *ret_missing. */
static const struct thread *in_futex(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	const struct thread *t = with_syscall(r, type, ret_missing);

	if (!t)
		return NULL;
	if (t->wait_kind == WAIT_NOTHING)
		*ret_missing = field_none(type, "it does not wait on a futex");
	else
		return t;
	return NULL;
}

struct value field_get_thread_waiting_kind(const struct record *r)
{
	struct value v;
	const struct thread *t = in_futex(r, VALUE_TEXT, &v);

	return t ? field_if(t->source[THREAD_SYSCALL], value_string(wait_kind_name(t->wait_kind)),
			   NULL)
		 : v;
}

struct value field_get_thread_waiting_address(const struct record *r)
{
	struct value v;
	const struct thread *t = in_futex(r, VALUE_ADDRESS, &v);

	return t ? field_if(t->source[THREAD_SYSCALL], value_address(t->wait_address), NULL) : v;
}

struct value field_get_thread_waiting_owner(const struct record *r)
{
	struct value v;
	const struct thread *t = in_futex(r, VALUE_INT, &v);

	if (!t)
		return v;
	if (t->wait_owner == 0)
		return field_none(VALUE_INT, "this futex names no owner");
	return field_if(t->source[THREAD_SYSCALL], value_int(t->wait_owner), NULL);
}

/* ---- stack --------------------------------------------------------------- */

/* The thread when its stack is known, else NULL with *ret_missing. */
static const struct thread *with_stack(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	const struct thread *t = field_thread(r, type, ret_missing);
	enum value_state state;

	if (!t)
		return NULL;
	state = t->source[THREAD_STACK];
	if (state == VALUE_NONE)
		*ret_missing = field_none(type, "it has no stack in user space");
	else if (!value_state_has_value(state))
		*ret_missing = value_unknown(type, state, field_reason(state, FIELD_NEEDS_ATTACH));
	else if (t->stack_end == 0)
		*ret_missing = value_unknown(type, VALUE_UNREAD,
			"no sample has seen it blocked, so its stack is not found yet");
	else
		return t;
	return NULL;
}

struct value field_get_thread_stack_start(const struct record *r)
{
	struct value v;
	const struct thread *t = with_stack(r, VALUE_ADDRESS, &v);

	return t ? field_if(t->source[THREAD_STACK], value_address(t->stack_start), NULL) : v;
}

struct value field_get_thread_stack_end(const struct record *r)
{
	struct value v;
	const struct thread *t = with_stack(r, VALUE_ADDRESS, &v);

	return t ? field_if(t->source[THREAD_STACK], value_address(t->stack_end), NULL) : v;
}

struct value field_get_thread_stack_pointer(const struct record *r)
{
	struct value v;
	const struct thread *t = with_registers(r, VALUE_ADDRESS, &v);

	return t ? field_if(t->source[THREAD_SYSCALL], value_address(t->stack_pointer), NULL) : v;
}

struct value field_get_thread_stack_reserved(const struct record *r)
{
	struct value v;
	const struct thread *t = with_stack(r, VALUE_UINT, &v);

	return t ? field_if(
			   t->source[THREAD_STACK], value_uint(t->stack_end - t->stack_start), NULL)
		 : v;
}

struct value field_get_thread_stack_used(const struct record *r)
{
	struct value v;
	const struct thread *t = with_stack(r, VALUE_UINT, &v);

	if (!t || !with_registers(r, VALUE_UINT, &v))
		return v;
	if (t->stack_pointer < t->stack_start || t->stack_pointer > t->stack_end)
		return field_none(VALUE_UINT, "its stack pointer stands outside this stack");
	return field_if(
		t->source[THREAD_SYSCALL], value_uint(t->stack_end - t->stack_pointer), NULL);
}

struct value field_get_thread_stack_resident(const struct record *r)
{
	struct value v;
	const struct thread *t = with_stack(r, VALUE_UINT, &v);
	const struct page_map *p = t ? field_pages(r, VALUE_UINT, &v) : NULL;

	if (!p)
		return v;
	return field_if(p->part.state,
		value_uint(page_map_count(p, t->stack_start, t->stack_end).resident * p->page_size),
		NULL);
}

struct value field_get_thread_stack_deepest(const struct record *r)
{
	struct value v;
	const struct thread *t = with_stack(r, VALUE_UINT, &v);
	const struct page_map *p = t ? field_pages(r, VALUE_UINT, &v) : NULL;

	if (!p)
		return v;
	return field_if(p->part.state,
		value_uint(
			t->stack_end - page_map_lowest_resident(p, t->stack_start, t->stack_end)),
		NULL);
}

struct value field_get_thread_stack_guard(const struct record *r)
{
	struct value v;
	const struct thread *t = with_stack(r, VALUE_UINT, &v);

	if (!t)
		return v;
	if (!t->stack_guard_known && t->tid == field_side(r)->id.pid)
		return field_none(VALUE_UINT,
			"the main stack has no guard mapping: the kernel keeps a gap below it");
	if (!t->stack_guard_known)
		return value_unknown(VALUE_UINT, VALUE_UNREAD,
			"no mapping guards it; guard pages inside one show only in its pages");
	return field_if(t->source[THREAD_STACK], value_uint(t->stack_guard_bytes), NULL);
}
