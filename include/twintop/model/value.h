/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_VALUE_H
#define TWINTOP_MODEL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/base/text.h"

/* What is said of somebody who is late. */
#define VALUE_LATE_WORDS "did not answer within 1 s"
/* What a read of another process needs. */
#define VALUE_NEEDS_READ "ptrace read access: same user and dumpable, or CAP_SYS_PTRACE"

/* What is known of a value. Only the first two carry one; unknown is never 0. */
#define VALUE_UNTOLD_WORDS "a newer twintop recorded it as something that this one does not know"
enum value_state {
	VALUE_KNOWN,
	VALUE_STALE,       /* known, but from an earlier read than the rest of the snapshot */
	VALUE_NONE,        /* does not apply here: the reason says why */
	VALUE_UNREAD,      /* nobody asked for it */
	VALUE_DENIED,      /* EACCES, EPERM */
	VALUE_GONE,        /* ENOENT, ESRCH: it ended while we read */
	VALUE_UNSUPPORTED, /* this kernel does not have it */
	VALUE_LATE,        /* ETIMEDOUT: it did not answer in time */
	VALUE_FAILED,      /* the read failed otherwise: for a reason that is none of the rows' */
#define VALUE_ERROR(ERRNO, STATE, reason) VALUE_FAILED_##STATE,
#include "twintop/model/value_error_rows.h"
	VALUE_UNTOLD, /* recorded by a newer twintop, as something that this one does not know */
	VALUE_STATES
};

/* "known", "stale", "none", "unread", "denied", "gone", "unsupported", "late"; "failed" for all others. */
const char *value_state_name(enum value_state state);
/*
 * Why a read that ended in that state gave nothing: "this kernel does not offer it", "twintop has
 * too many open files"; a denied one lacked ptrace read access, as nearly all do. NULL where the
 * state has a value. Static text.
 */
const char *value_state_reason(enum value_state state);
/*
 * The state that a failed read leaves; error is a negative errno. Only what speaks of the kernel
 * (no such call, no such operation) is unsupported: what else went wrong says what it was.
 */
enum value_state value_state_of_error(int error);
static inline bool value_state_has_value(enum value_state s)
{
	return s == VALUE_KNOWN || s == VALUE_STALE;
}

enum value_type {
	VALUE_UINT,    /* counts, ids */
	VALUE_INT,
	VALUE_REAL,
	VALUE_BOOL,
	VALUE_TEXT,    /* raw bytes: print through text_printable() */
	VALUE_ADDRESS, /* JSON: "0x7f2c40000000" */
	VALUE_TEXTS,   /* list of struct text */
	VALUE_INTS,    /* list of int64_t */
	VALUE_ADDRESSES, /* list of uint64_t */
	VALUE_PIDS,    /* list of pid_t */
};

struct value {
	enum value_type type;
	enum value_state state;
	const char *reason; /* static text, set where state has no value; else NULL */
	union {
		uint64_t u; /* UINT, ADDRESS */
		int64_t i;
		double real;
		bool yes;
		struct text text;
		struct {
			const void *item;
			size_t n;
		} list;
	};
};

/* Known values. Texts and lists are referred to, not copied. */
struct value value_uint(uint64_t u);
struct value value_int(int64_t i);
struct value value_real(double r);
struct value value_bool(bool b);
struct value value_text(struct text t);
struct value value_string(const char *nul_ended); /* static or arena text */
struct value value_address(uint64_t address);
struct value value_texts(const struct text *item, size_t n);
struct value value_ints(const int64_t *item, size_t n);
struct value value_addresses(const uint64_t *item, size_t n);
struct value value_pids(const pid_t *item, size_t n);
struct value value_unknown(enum value_type type, enum value_state state, const char *reason);
/* v as it is when state has a value (marked stale if state is), else unknown with reason. */
struct value value_if(enum value_state state, struct value v, const char *reason);

/* Order for sorting: unknown values last, numbers by size, texts bytewise, lists by length. */
int value_compare(const struct value *a, const struct value *b);

#endif
