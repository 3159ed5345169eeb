/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/value.h"

#include <errno.h>

#include "twintop/base/table.h"

const char *value_state_name(enum value_state state)
{
	static const char *const name[] = {
		[VALUE_KNOWN] = "known",
		[VALUE_STALE] = "stale",
		[VALUE_NONE] = "none",
		[VALUE_UNREAD] = "unread",
		[VALUE_DENIED] = "denied",
		[VALUE_GONE] = "gone",
		[VALUE_UNSUPPORTED] = "unsupported",
		[VALUE_LATE] = "late",
	};
	TABLE_ROWS(name, VALUE_FAILED);

	if (state >= VALUE_FAILED && state < VALUE_STATES)
		return "failed";
	return state < VALUE_FAILED ? name[state] : "unknown";
}

const char *value_state_reason(enum value_state state)
{
	switch (state) {
	case VALUE_KNOWN:
	case VALUE_STALE:
		return NULL;
	case VALUE_NONE:
		return "does not apply here";
	case VALUE_UNREAD:
		return "not read: nothing that is shown needs it";
	case VALUE_DENIED:
		return "needs " VALUE_NEEDS_READ;
	case VALUE_GONE:
		return "it ended before or while it was read";
	case VALUE_UNSUPPORTED:
		return "this kernel does not offer it";
	case VALUE_LATE:
		return "it " VALUE_LATE_WORDS;
	case VALUE_FAILED:
		return "it could not be read";
#define VALUE_ERROR(ERRNO, STATE, reason)                                                          \
	case VALUE_FAILED_##STATE:                                                                 \
		return reason;
#include "twintop/model/value_error_rows.h"
	case VALUE_UNTOLD:
		return VALUE_UNTOLD_WORDS;
	case VALUE_STATES:
		break;
	}
	return "unknown";
}

enum value_state value_state_of_error(int error)
{
	switch (-error) {
	case 0:
		return VALUE_KNOWN;
	case EACCES:
	case EPERM:
		return VALUE_DENIED;
	case ENOENT:
	case ESRCH:
		return VALUE_GONE;
	case ETIMEDOUT:
		return VALUE_LATE;
	case ENOSYS:
	case EOPNOTSUPP:
	case ENOTTY:
	case ENODEV:
	case ENXIO:
	case ENOPROTOOPT:
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT:
		return VALUE_UNSUPPORTED;
#define VALUE_ERROR(ERRNO, STATE, reason)                                                          \
	case ERRNO:                                                                                \
		return VALUE_FAILED_##STATE;
#include "twintop/model/value_error_rows.h"
	default:
		return VALUE_FAILED;
	}
}

struct value value_uint(uint64_t u)
{
	return (struct value){.type = VALUE_UINT, .u = u};
}

struct value value_int(int64_t i)
{
	return (struct value){.type = VALUE_INT, .i = i};
}

struct value value_real(double r)
{
	return (struct value){.type = VALUE_REAL, .real = r};
}

struct value value_bool(bool b)
{
	return (struct value){.type = VALUE_BOOL, .yes = b};
}

struct value value_text(struct text t)
{
	return (struct value){.type = VALUE_TEXT, .text = t};
}

struct value value_string(const char *nul_ended)
{
	return value_text(text_of(nul_ended));
}

struct value value_address(uint64_t address)
{
	return (struct value){.type = VALUE_ADDRESS, .u = address};
}

static struct value value_list(enum value_type type, const void *item, size_t n)
{
	return (struct value){.type = type, .list = {item, n}};
}

struct value value_texts(const struct text *item, size_t n)
{
	return value_list(VALUE_TEXTS, item, n);
}

struct value value_ints(const int64_t *item, size_t n)
{
	return value_list(VALUE_INTS, item, n);
}

struct value value_addresses(const uint64_t *item, size_t n)
{
	return value_list(VALUE_ADDRESSES, item, n);
}

struct value value_pids(const pid_t *item, size_t n)
{
	return value_list(VALUE_PIDS, item, n);
}

struct value value_unknown(enum value_type type, enum value_state state, const char *reason)
{
	return (struct value){.type = type, .state = state, .reason = reason};
}

struct value value_if(enum value_state state, struct value v, const char *reason)
{
	if (!value_state_has_value(v.state))
		return v;
	if (!value_state_has_value(state))
		return value_unknown(v.type, state, reason);
	if (state == VALUE_STALE)
		v.state = VALUE_STALE;
	return v;
}

#define ORDER(x, y) (((x) > (y)) - ((x) < (y)))

int value_compare(const struct value *a, const struct value *b)
{
	bool has_a = value_state_has_value(a->state), has_b = value_state_has_value(b->state);

	if (!has_a || !has_b)
		return ORDER(has_b, has_a);
	if (a->type != b->type)
		return ORDER(a->type, b->type);
	switch (a->type) {
	case VALUE_INT:
		return ORDER(a->i, b->i);
	case VALUE_REAL:
		return ORDER(a->real, b->real);
	case VALUE_BOOL:
		return ORDER(a->yes, b->yes);
	case VALUE_TEXT:
		return text_compare(a->text, b->text);
	case VALUE_TEXTS:
	case VALUE_INTS:
	case VALUE_ADDRESSES:
	case VALUE_PIDS:
		return ORDER(a->list.n, b->list.n);
	default:
		return ORDER(a->u, b->u);
	}
}
