/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "field_internal.h"
#include "twintop/model/names.h"
#include "twintop/model/wait_graph.h"
#include "twintop/model/wait_words.h"

struct value field_get_thread_tid(const struct record *r)
{
	struct value v;
	struct thread t;

	return field_thread(r, VALUE_INT, &t, &v) ? value_int(t.self->tid) : v;
}

/* A getter of one member that the read src brought. */
#define THREAD_GETTER(name, type, src, expression)                                                 \
	struct value field_get_thread_##name(const struct record *r)                               \
	{                                                                                          \
		struct value v;                                                                    \
		struct thread t;                                                                   \
                                                                                                   \
		if (!field_thread(r, type, &t, &v))                                                \
			return v;                                                                  \
		return field_if(thread_source_state(&t, src), expression, FIELD_NEEDS_NOTHING);    \
	}

THREAD_GETTER(name, VALUE_TEXT, THREAD_STAT, value_text(thread_name(&t)))
THREAD_GETTER(state, VALUE_TEXT, THREAD_STAT, value_text((struct text){&t.run->state, 1}))
THREAD_GETTER(processor, VALUE_INT, THREAD_STAT, value_int(t.run->processor))
THREAD_GETTER(nice, VALUE_INT, THREAD_STAT, value_int(t.self->nice))
THREAD_GETTER(priority, VALUE_INT, THREAD_STAT, value_int(t.self->priority))
THREAD_GETTER(start_ticks, VALUE_UINT, THREAD_STAT, value_uint(t.self->start_ticks))
THREAD_GETTER(user_ticks, VALUE_UINT, THREAD_STAT, value_uint(t.spent->user_ticks))
THREAD_GETTER(system_ticks, VALUE_UINT, THREAD_STAT, value_uint(t.spent->system_ticks))
THREAD_GETTER(minor_faults, VALUE_UINT, THREAD_STAT, value_uint(t.spent->minor_faults))
THREAD_GETTER(major_faults, VALUE_UINT, THREAD_STAT, value_uint(t.spent->major_faults))
THREAD_GETTER(voluntary_switches, VALUE_UINT, THREAD_STATUS, value_uint(t.run->voluntary_switches))
THREAD_GETTER(
	involuntary_switches, VALUE_UINT, THREAD_STATUS, value_uint(t.run->involuntary_switches))
THREAD_GETTER(run_ns, VALUE_UINT, THREAD_SCHEDSTAT, value_uint(t.run->run_ns))
THREAD_GETTER(wait_ns, VALUE_UINT, THREAD_SCHEDSTAT, value_uint(t.run->wait_ns))
THREAD_GETTER(signals_blocked, VALUE_UINT, THREAD_STATUS, value_uint(t.self->signals_blocked))
THREAD_GETTER(signals_pending, VALUE_UINT, THREAD_STATUS, value_uint(t.self->signals_pending))

/* ---- rates --------------------------------------------------------------- */

static const struct thread_rates no_rates = {.time_gap = RATE_FIRST, .switches_gap = RATE_FIRST};

/* The rates of r's thread when what they follow from was read, else NULL with *ret_missing. */
static const struct thread_rates *with_rates(
	const struct record *r, enum thread_source source, struct value *ret_missing)
{
	const struct thread_rates *rates;
	enum value_state state;
	struct thread t;

	if (!field_thread(r, VALUE_REAL, &t, ret_missing))
		return NULL;
	state = thread_source_state(&t, source);
	if (!value_state_has_value(state)) {
		*ret_missing = field_if(state, value_real(0), FIELD_NEEDS_NOTHING);
		return NULL;
	}
	rates = rates_thread(field_side(r)->rates, t.list, r->index);
	return rates ? rates : &no_rates;
}

#define RATE_GETTER(name, src, member, gap)                                                        \
	struct value field_get_thread_##name(const struct record *r)                               \
	{                                                                                          \
		struct value v;                                                                    \
		const struct thread_rates *rates = with_rates(r, src, &v);                         \
                                                                                                   \
		return rates ? field_rate((enum rate_gap)rates->gap, (double)rates->member) : v;   \
	}

RATE_GETTER(cpu_percent, THREAD_SCHEDSTAT, cpu_percent, time_gap)
RATE_GETTER(wait_percent, THREAD_SCHEDSTAT, wait_percent, time_gap)
RATE_GETTER(voluntary_rate, THREAD_STATUS, voluntary, switches_gap)
RATE_GETTER(involuntary_rate, THREAD_STATUS, involuntary, switches_gap)

struct value field_get_thread_wait_channel(const struct record *r)
{
	struct value v;
	enum value_state state;
	struct thread t;

	if (!field_thread(r, VALUE_TEXT, &t, &v))
		return v;
	state = thread_source_state(&t, THREAD_WCHAN);
	if (thread_has_ended(&t))
		return field_none(VALUE_TEXT, THREAD_LEFT);
	if (value_state_has_value(state) && !t.call->wait_channel)
		return field_none(VALUE_TEXT, "it is not blocked in the kernel");
	return field_if(state, value_string(t.call->wait_channel), FIELD_NEEDS_READ);
}

/* ---- task/TID/syscall ---------------------------------------------------- */

/* Whether the thread is there and its syscall file was read, else false with *ret_missing. */
static bool with_syscall(const struct record *r, enum value_type type, struct thread *ret_thread,
	struct value *ret_missing)
{
	enum value_state state;

	if (!field_thread(r, type, ret_thread, ret_missing))
		return false;
	state = thread_source_state(ret_thread, THREAD_SYSCALL);
	if (value_state_has_value(state) && !thread_has_ended(ret_thread))
		return true;
	if (thread_has_ended(ret_thread))
		*ret_missing = field_none(type, THREAD_LEFT);
	else
		*ret_missing = value_unknown(type, state, field_reason(state, FIELD_NEEDS_ATTACH));
	return false;
}

/* Whether it is blocked in a system call. */
static bool in_syscall(const struct record *r, enum value_type type, struct thread *ret_thread,
	struct value *ret_missing)
{
	if (!with_syscall(r, type, ret_thread, ret_missing))
		return false;
	if (!ret_thread->call->running && ret_thread->call->syscall_number >= 0)
		return true;
	*ret_missing = field_none(type,
		ret_thread->call->running ? THREAD_RUNS : "it is blocked outside a system call");
	return false;
}

/* Whether its registers are known. */
static bool with_registers(const struct record *r, enum value_type type, struct thread *ret_thread,
	struct value *ret_missing)
{
	if (!with_syscall(r, type, ret_thread, ret_missing))
		return false;
	if (!ret_thread->call->running && ret_thread->call->registers_known)
		return true;
	*ret_missing = field_none(type,
		ret_thread->call->running ? THREAD_RUNS : "the kernel does not tell its registers");
	return false;
}

#define ABI_REASON                                                                                 \
	"by which table its number counts is unknown: the code that made the call does not tell"

static const char *abi_reason(const struct thread *t)
{
	enum value_state state = (enum value_state)t->call->abi_state;

	return state == VALUE_UNSUPPORTED ? ABI_REASON : field_reason(state, FIELD_NEEDS_ATTACH);
}

/* Whether it is in a system call that has a number and no name. */
static bool is_abi_unknown(const struct thread *t)
{
	return !t->call->running && t->call->syscall_number >= 0 &&
	       t->call->syscall_abi == SYSCALL_ABI_UNKNOWN && !t->call->syscall_name;
}

/* Whether it waits for something that is told apart. */
static bool in_wait(const struct record *r, enum value_type type, struct thread *ret_thread,
	struct value *ret_missing)
{
	if (!with_syscall(r, type, ret_thread, ret_missing))
		return false;
	if (wait_of(ret_thread).kind != WAIT_NOTHING)
		return true;
	if (is_abi_unknown(ret_thread))
		*ret_missing = value_unknown(type, (enum value_state)ret_thread->call->abi_state,
			abi_reason(ret_thread));
	else if (in_syscall(r, type, ret_thread, ret_missing))
		*ret_missing = field_none(type, "its system call tells of nothing to wait for");
	return false;
}

/* Whether what it waits for lies at an address. */
static bool in_futex(const struct record *r, enum value_type type, struct thread *ret_thread,
	struct value *ret_missing)
{
	if (!in_wait(r, type, ret_thread, ret_missing))
		return false;
	if (wait_row(wait_of(ret_thread).kind)->has & WAIT_HAS_ADDRESS)
		return true;
	*ret_missing = field_none(type, "it does not wait on a futex");
	return false;
}

/* Whether it waits for a descriptor. */
static bool in_fd(const struct record *r, enum value_type type, struct thread *ret_thread,
	struct value *ret_missing)
{
	if (!in_wait(r, type, ret_thread, ret_missing))
		return false;
	if (wait_of(ret_thread).fd >= 0)
		return true;
	*ret_missing = field_none(type, "it does not wait for one descriptor");
	return false;
}

/* A getter of what the syscall file told, where `with` finds it. */
#define CALL_GETTER(name, type, with, expression)                                                  \
	struct value field_get_thread_##name(const struct record *r)                               \
	{                                                                                          \
		struct value v;                                                                    \
		struct thread t;                                                                   \
                                                                                                   \
		if (!with(r, type, &t, &v))                                                        \
			return v;                                                                  \
		return field_if(thread_source_state(&t, THREAD_SYSCALL), expression, NULL);        \
	}

CALL_GETTER(syscall_number, VALUE_INT, in_syscall, value_int(t.call->syscall_number))
CALL_GETTER(program_counter, VALUE_ADDRESS, with_registers, value_address(t.call->program_counter))
CALL_GETTER(stack_pointer, VALUE_ADDRESS, with_registers, value_address(t.call->stack_pointer))
CALL_GETTER(waiting_kind, VALUE_TEXT, in_wait, value_string(wait_kind_name(wait_of(&t).kind)))
CALL_GETTER(waiting_fd, VALUE_INT, in_fd, value_int(wait_of(&t).fd))
CALL_GETTER(waiting_address, VALUE_ADDRESS, in_futex, value_address(t.call->wait_address))

struct value field_get_thread_waiting_fds(const struct record *r)
{
	struct value v;
	struct thread t;
	const struct fd_entry *e;

	if (!in_wait(r, VALUE_INTS, &t, &v))
		return v;
	switch (wait_of(&t).kind) {
	case WAIT_EPOLL:
		e = fd_list_find(field_side(r)->fds, wait_of(&t).fd);
		if (!e)
			return value_unknown(
				VALUE_INTS, VALUE_UNREAD, field_reason(VALUE_UNREAD, NULL));
		return field_if((enum value_state)e->source[FD_INFO],
			value_ints(e->watches, e->watches_n), FIELD_NEEDS_READ);
	case WAIT_POLL:
	case WAIT_SELECT:
		if (!t.call->wait_set_read)
			return value_unknown(VALUE_INTS, VALUE_UNREAD, "its set was not read");
		return value_ints(t.call->wait_fd, t.call->wait_fds_n);
	default:
		return field_none(VALUE_INTS, "it waits for no set of descriptors");
	}
}

/* "recursive", "robust errorcheck"; "normal" of one that is nothing else. */
struct value field_get_thread_waiting_type(const struct record *r)
{
	struct value v;
	struct thread t;
	const char *type;

	if (!in_wait(r, VALUE_TEXT, &t, &v))
		return v;
	if (wait_of(&t).kind != WAIT_MUTEX)
		return field_none(VALUE_TEXT, "it waits for no mutex whose type is known");
	type = wait_mutex_type(t.call->wait_type);
	return value_text(*type ? (struct text){type, strlen(type) - 1} : text_of("normal"));
}

struct value field_get_thread_syscall_name(const struct record *r)
{
	struct value v;
	struct thread t;

	if (!in_syscall(r, VALUE_TEXT, &t, &v))
		return v;
	if (is_abi_unknown(&t))
		return value_unknown(
			VALUE_TEXT, (enum value_state)t.call->abi_state, abi_reason(&t));
	if (!t.call->syscall_name)
		return value_unknown(
			VALUE_TEXT, VALUE_UNSUPPORTED, "the number is not in our table");
	return field_if(
		thread_source_state(&t, THREAD_SYSCALL), value_string(t.call->syscall_name), NULL);
}

struct value field_get_thread_syscall_abi(const struct record *r)
{
	struct value v;
	struct thread t;

	if (!in_syscall(r, VALUE_TEXT, &t, &v))
		return v;
	if (is_abi_unknown(&t))
		return value_unknown(
			VALUE_TEXT, (enum value_state)t.call->abi_state, abi_reason(&t));
	return field_if(thread_source_state(&t, THREAD_SYSCALL),
		value_string(syscall_abi_name((enum syscall_abi)t.call->syscall_abi)), NULL);
}

struct value field_get_thread_syscall_args(const struct record *r)
{
	struct value v;
	struct thread t;
	size_t n;

	if (!in_syscall(r, VALUE_ADDRESSES, &t, &v))
		return v;
	n = t.call->syscall_name && t.call->syscall_args_n < 6 ? t.call->syscall_args_n : 6;
	return field_if(thread_source_state(&t, THREAD_SYSCALL),
		value_addresses(t.call->syscall_arg, n), NULL);
}

struct value field_get_thread_waiting_symbol(const struct record *r)
{
	const struct symbol *symbol;
	enum symbol_gap gap;
	struct value v;
	struct thread t;

	if (!in_futex(r, VALUE_TEXT, &t, &v))
		return v;
	symbol = symbol_list_find(field_side(r)->symbols, wait_of(&t).object);
	gap = symbol ? symbol->gap : SYMBOL_UNREAD;
	if (gap)
		return value_unknown(VALUE_TEXT, symbol_gap_state(gap), symbol_gap_reason(gap));
	return field_if(thread_source_state(&t, THREAD_SYSCALL), value_text(symbol->label), NULL);
}

#define LEFT_REASON                                                                                \
	"the lock's owner is a thread of the parent, which fork left behind: nobody here unlocks " \
	"it"

/* Why no owner is known of what lies at an address. */
static struct value no_owner(const struct thread *t)
{
	enum value_state state = (enum value_state)t->list->source[THREAD_LOCKS];

	if (value_state_has_value(state))
		state = (enum value_state)t->call->wait_state;
	if (!value_state_has_value(state))
		return value_unknown(VALUE_INT, state, field_reason(state, FIELD_NEEDS_ATTACH));
	if (t->call->wait_left)
		return field_none(VALUE_INT, LEFT_REASON);
	return field_none(VALUE_INT, "this futex names no owner");
}

struct value field_get_thread_waiting_owner(const struct record *r)
{
	struct value v;
	struct thread t;
	struct wait w;

	if (!in_wait(r, VALUE_INT, &t, &v))
		return v;
	w = wait_of(&t);
	if (w.owner)
		return field_if(thread_source_state(&t, THREAD_SYSCALL), value_int(w.owner), NULL);
	if (wait_row(w.kind)->has & WAIT_HAS_ADDRESS)
		return no_owner(&t);
	return field_none(VALUE_INT,
		w.kind == WAIT_CHILD
			? "it waits for any of several children, or by numbers of its own"
			: "nobody owns what it waits for");
}

struct value field_get_thread_waiting_left(const struct record *r)
{
	struct value v;
	struct thread t;

	if (!in_wait(r, VALUE_INT, &t, &v))
		return v;
	if (!t.call->wait_left)
		return field_none(VALUE_INT, "it waits for no lock that fork left behind");
	return field_if(
		thread_source_state(&t, THREAD_SYSCALL), value_int(t.call->wait_left), NULL);
}

static bool has_since(const struct record *r, enum value_type type, struct thread *ret_thread,
	struct value *ret_missing)
{
	if (!in_wait(r, type, ret_thread, ret_missing))
		return false;
	if (ret_thread->run->read_ns)
		return true;
	*ret_missing = value_unknown(type, VALUE_UNREAD, field_reason(VALUE_UNREAD, NULL));
	return false;
}

CALL_GETTER(waiting_since, VALUE_UINT, has_since, value_uint(t.run->read_ns))
CALL_GETTER(waiting_from_before, VALUE_BOOL, has_since, value_bool(t.run->first))

struct value field_get_thread_waiting_for(const struct record *r)
{
	struct value v;
	struct thread t;
	uint64_t ns;

	if (!has_since(r, VALUE_UINT, &t, &v) ||
		!wait_seen_for(r->moment->snapshot, r->side, &t, &ns))
		return v;
	return field_if(thread_source_state(&t, THREAD_SYSCALL), value_uint(ns), NULL);
}

struct value field_get_thread_waiting_left_ns(const struct record *r)
{
	const struct snapshot *s;
	struct value v;
	struct thread t;
	uint64_t left;

	if (!in_wait(r, VALUE_UINT, &t, &v))
		return v;
	if (wait_of(&t).kind != WAIT_SLEEP)
		return field_none(VALUE_UINT, "it does not sleep for a time");
	s = r->moment->snapshot;
	if (!wait_left(&t, side_moment_ns(s, r->side), s->realtime_ns, &left))
		return value_unknown(VALUE_UINT, VALUE_UNREAD, "its time was not read");
	return field_if(thread_source_state(&t, THREAD_SYSCALL), value_uint(left), NULL);
}

struct value field_get_thread_tls_base(const struct record *r)
{
	struct value v;
	enum value_state state;
	struct thread t;

	if (!field_thread(r, VALUE_ADDRESS, &t, &v))
		return v;
	if (thread_has_ended(&t))
		return field_none(VALUE_ADDRESS, THREAD_LEFT);
	state = thread_source_state(&t, THREAD_TLS);
	if (state == VALUE_UNSUPPORTED)
		return value_unknown(VALUE_ADDRESS, VALUE_UNSUPPORTED,
			t.self->robust_list
				? "no control block of an x86-64 glibc or musl stands where "
				  "its robust list is"
				: "its C library registered no robust list, beside which "
				  "it would be found");
	if (value_state_has_value(state) && !t.self->tls_base)
		return value_unknown(VALUE_ADDRESS, VALUE_UNREAD, field_reason(VALUE_UNREAD, NULL));
	return field_if(state, value_address(t.self->tls_base), FIELD_NEEDS_ATTACH);
}

/* ---- stack --------------------------------------------------------------- */

/* Whether its stack is known, else false with *ret_missing. */
static bool with_stack(const struct record *r, enum value_type type, struct thread *ret_thread,
	struct value *ret_missing)
{
	const char *gap;
	enum value_state state;

	if (!field_thread(r, type, ret_thread, ret_missing))
		return false;
	state = thread_source_state(ret_thread, THREAD_STACK);
	gap = stack_gap_reason((enum stack_gap)ret_thread->self->stack_gap);
	if (gap && (state == VALUE_NONE || state == VALUE_UNSUPPORTED))
		*ret_missing = value_unknown(type, state, gap);
	else if (!value_state_has_value(state))
		*ret_missing = value_unknown(type, state, field_reason(state, FIELD_NEEDS_ATTACH));
	else if (ret_thread->self->stack_end == 0)
		*ret_missing = value_unknown(type, VALUE_UNREAD,
			"no sample has seen it blocked, so its stack is not found yet");
	else
		return true;
	return false;
}

#define STACK_GETTER(name, type, expression)                                                       \
	struct value field_get_thread_stack_##name(const struct record *r)                         \
	{                                                                                          \
		struct value v;                                                                    \
		struct thread t;                                                                   \
                                                                                                   \
		if (!with_stack(r, type, &t, &v))                                                  \
			return v;                                                                  \
		return field_if(thread_source_state(&t, THREAD_STACK), expression, NULL);          \
	}

STACK_GETTER(start, VALUE_ADDRESS, value_address(t.self->stack_start))
STACK_GETTER(end, VALUE_ADDRESS, value_address(t.self->stack_end))
STACK_GETTER(reserved, VALUE_UINT, value_uint(t.self->stack_end - t.self->stack_start))

struct value field_get_thread_stack_used(const struct record *r)
{
	struct value v;
	struct thread t;

	if (!with_stack(r, VALUE_UINT, &t, &v) || !with_registers(r, VALUE_UINT, &t, &v))
		return v;
	if (t.call->stack_pointer < t.self->stack_start ||
		t.call->stack_pointer > t.self->stack_end)
		return field_none(VALUE_UINT, "its stack pointer stands outside this stack");
	return field_if(thread_source_state(&t, THREAD_SYSCALL),
		value_uint(t.self->stack_end - t.call->stack_pointer), NULL);
}

struct value field_get_thread_stack_resident(const struct record *r)
{
	struct value v;
	struct thread t;
	const struct page_map *p =
		with_stack(r, VALUE_UINT, &t, &v) ? field_pages(r, VALUE_UINT, &v) : NULL;

	if (!p)
		return v;
	return field_if(p->part.state,
		value_uint(page_map_count(p, t.self->stack_start, t.self->stack_end).resident *
			   p->page_size),
		NULL);
}

struct value field_get_thread_stack_deepest(const struct record *r)
{
	struct value v;
	struct thread t;
	const struct page_map *p =
		with_stack(r, VALUE_UINT, &t, &v) ? field_pages(r, VALUE_UINT, &v) : NULL;

	if (!p)
		return v;
	return field_if(p->part.state,
		value_uint(t.self->stack_end -
			   page_map_lowest_resident(p, t.self->stack_start, t.self->stack_end)),
		NULL);
}

struct value field_get_thread_stack_guard(const struct record *r)
{
	struct value v;
	struct thread t;

	if (!with_stack(r, VALUE_UINT, &t, &v))
		return v;
	if (!t.self->stack_guard_known && t.self->tid == field_side(r)->id.pid)
		return field_none(VALUE_UINT,
			"the main stack has no guard mapping: the kernel keeps a gap below it");
	if (!t.self->stack_guard_known)
		return value_unknown(VALUE_UINT, VALUE_UNREAD,
			"no mapping guards it; guard pages inside one show only in its pages");
	return field_if(
		thread_source_state(&t, THREAD_STACK), value_uint(t.self->stack_guard_bytes), NULL);
}
