/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_FIELD_H
#define TWINTOP_MODEL_FIELD_H

#include "twintop/model/lesson.h"
#include "twintop/model/pair.h"
#include "twintop/model/value.h"

/*
 * The field table: one row says all there is to say of a field. Columns,
 * sorting, JSON, the text report, the explain key and the man page come from it.
 */
enum record_kind {
	RECORD_PROCESS, RECORD_THREAD, RECORD_MAPPING, RECORD_FD,
	RECORD_SIGNAL, /* index 0 is signal 1 */
	RECORD_MEMBER, /* of the family: at side 0, whichever is A */
	RECORD_KINDS
};
#define SIGNAL_COUNT 64
/* Whether records of that kind are of no side: they are told of once. */
bool record_kind_is_one(enum record_kind kind);
const char *record_kind_name(enum record_kind kind); /* "process", "thread", … */

/* One record of one side of a moment. */
struct record {
	const struct moment *moment;
	enum record_kind kind;
	unsigned side;
	size_t index; /* of the thread, mapping or fd; 0 for the process */
};

enum unit {
	UNIT_NONE, UNIT_COUNT, UNIT_BYTES, UNIT_PAGES, UNIT_NS, UNIT_TICKS, UNIT_PERCENT,
	UNIT_RATE,    /* events a second */
	UNIT_SIGNALS, /* a mask: bit n-1 is signal n; JSON: array of numbers */
	UNIT_STATE,   /* a letter of proc(5) */
	UNIT_DEVICE,  /* st_dev: "8:1" */
	UNIT_FLAGS,   /* O_* bits of open(2) */
	UNIT_NAME,    /* of a process or thread, which may be empty: see text_name() */
	UNITS
};
const char *unit_name(enum unit unit); /* "", "count", "bytes", … */

struct field {
	const char *id;      /* "thread.cpu_percent": unique, stable */
	enum record_kind kind;
	const char *title;   /* column heading */
	const char *json;    /* path in its record, dots for nesting; NULL: not in JSON */
	enum unit unit;
	unsigned char width; /* columns, least */
	bool left;           /* aligned left, else right */
	unsigned need;       /* enum need bits that must be read for it */
	const char *explain; /* one or two sentences */
	const char *source;  /* interface: "/proc/PID/task/TID/schedstat, field 1" */
	const char *requires; /* privilege: "ptrace read access"; "" none */
	enum exactness exact;
	const char *manual; /* the man page that tells more: "proc_pid_stat(5)" */
	const char *why;    /* why it matters: one or two sentences */
	struct value (*get)(const struct record *r);
};

/* All fields, ordered by kind and then as they are shown and exported. */
extern const struct field field_table[];
extern const size_t field_table_n;

const struct field *field_find(const char *id); /* NULL: no such field */
/* In what kind of part records of that kind are. */
enum part_kind record_part_kind(enum record_kind kind);
/* The part that a side's records of that kind are in; NULL: not read, or no such side. */
const struct part *record_part(const struct moment *m, enum record_kind kind, unsigned side);
/* How many records of that kind a side has; 0 where the part is missing. */
size_t record_count(const struct moment *m, enum record_kind kind, unsigned side);
/* The machine that a record is of: B may have run on another one than A. NULL without a moment. */
const struct host *record_host(const struct record *r);
/*
 * The value of a record of that machine, whose ticks they are, for people: "20K", "12%", "—" or "?"
 * for what is unknown; host may be NULL for that.
 */
void field_format(const struct field *f, const struct host *host, const struct value *v,
	struct textbuf *out);
/*
 * The value as it was read, for who goes on working with it: bytes of a text raw and whole, numbers
 * in the field's unit, else as field_format. False, and nothing appended, where it is unknown.
 */
bool field_plain(const struct field *f, const struct host *host, const struct value *v,
	struct textbuf *out);

#endif
