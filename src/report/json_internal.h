/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_JSON_INTERNAL_H
#define TWINTOP_REPORT_JSON_INTERNAL_H

#include <jansson.h>
#include <string.h>

#include "twintop/base/vec.h"
#include "twintop/model/backtraces.h"
#include "twintop/model/field.h"
#include "twintop/report/json.h"

/* One kind of gap in the object: a path and why it is null there. */
struct json_gap {
	char *path;	    /* owned */
	const char *reason; /* static */
};

/* The last reasons that were noted for one path: most records lack the same for the same reason. */
#define JSON_SEEN 4
struct json_seen {
	const char *reason[JSON_SEEN];
	unsigned next;
};

/* A field of a record, and all that stands before its value. */
struct json_column {
	const struct field *field;
	const char *key; /* ,"tid": or, of the first of a group, ,"stack":{"start": */
	size_t key_len;
	size_t group;	  /* columns of the group that begins here; 0: none begins */
	size_t group_len; /* of ,"stack": */
	bool ends;	  /* the last of its group */
	struct json_seen seen, group_seen;
};

/* The columns of one kind of records, in the order in which they are written. */
struct json_plan {
	struct json_column *column; /* in the writer's arena; NULL: not made yet */
	size_t n;
	char path[40]; /* "processes[0].threads[]." */
};

/*
 * A moment is told twice. The first time nothing is written: what is missing is noted, since the
 * reasons stand before the records that they are about. Only small trees are ever made.
 */
struct json_writer {
	struct json_sink sink;
	struct arena arena;
	struct json_plan plan[RECORD_KINDS];
	VEC(struct json_gap) gaps; /* each path and reason once */
	bool noting;
	bool due;  /* a comma before the next member or item */
	int error; /* of the sink */
	size_t len;
	char piece[JSON_PIECE];
};

/* ---- json_gaps.c ----------------------------------------------------------- */

/* Notes that path (printf) is null because of reason. */
void json_gap(struct json_writer *w, const char *reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* [{"path":…,"reason":…}] */
void json_put_gaps(struct json_writer *w, const char *name);
void json_gaps_clear(struct json_writer *w);

/* ---- json_writer.c --------------------------------------------------------- */

/* Bytes that fill the piece and go on in the next ones. */
void json_put_on(struct json_writer *w, const char *bytes, size_t len);
/* Bytes as they are. This and all below does nothing while noting. */
static inline void json_put(struct json_writer *w, const char *bytes, size_t len)
{
	if (w->noting)
		return;
	if (len > JSON_PIECE - w->len) {
		json_put_on(w, bytes, len);
		return;
	}
	memcpy(w->piece + w->len, bytes, len);
	w->len += len;
}
/* What begins with its own comma, where one is due, and ends with a colon. */
void json_key(struct json_writer *w, const char *bytes, size_t len);
void json_flush(struct json_writer *w);

/* All that follow put the member of that name; or, with NULL, an item or the value of a key. */
void json_open(struct json_writer *w, const char *name, char bracket);
void json_close(struct json_writer *w, char bracket);
void json_put_null(struct json_writer *w, const char *name);
void json_put_bool(struct json_writer *w, const char *name, bool yes);
void json_put_u64(struct json_writer *w, const char *name, uint64_t u); /* as json_of_u64() */
void json_put_i64(struct json_writer *w, const char *name, int64_t i);
/* Rounded to three decimals: more of a percentage is noise. */
void json_put_real(struct json_writer *w, const char *name, double real);
/* "0x7f2c40000000" */
void json_put_address(struct json_writer *w, const char *name, uint64_t address);
void json_put_text(struct json_writer *w, const char *name, struct text t); /* as json_of_text() */
void json_put_word(struct json_writer *w, const char *name, const char *word);
/* Any small tree, whose reference it takes. */
void json_put_tree(struct json_writer *w, const char *name, json_t *tree);

/* ---- json_value.c ---------------------------------------------------------- */

/* A number; beyond the signed 64 bits that jansson holds, its decimal digits as a string. */
json_t *json_of_u64(uint64_t u);
/* Any bytes, by text_utf8(). */
json_t *json_of_text(struct text t);
/* {"code":3,"signal":null,"core":false} of a wait(2) status word; and why the other one is null. */
json_t *json_of_wait_status(int status);
void json_note_wait_status(struct json_writer *w, const char *path, int status);
/* A known value of that unit; null where it is unknown. */
void json_put_value(struct json_writer *w, const char *name, const struct value *v, enum unit unit);

/* ---- json_record.c --------------------------------------------------------- */

/* The plan of a kind, for records that stand at path (printf). */
struct json_plan *json_plan_at(struct json_writer *w, enum record_kind kind, const char *format,
	...) __attribute__((format(printf, 3, 4)));
/* The members of one record, into an object that was opened just now. */
void json_put_record(struct json_writer *w, struct json_plan *p, const struct record *r);

/* ---- the parts of a moment ------------------------------------------------- */

/* One process with its threads, mappings and descriptors. */
void json_put_side(struct json_writer *w, const struct moment *m, unsigned side);
/* The members "writers", "writers_are" and "faults" of a pair, or nulls. */
void json_put_writers(struct json_writer *w, const struct moment *m);
/*
 * The members "past" and "since" of a pair of two moments; and pages by the verdicts of time, with
 * their path.
 */
void json_put_past(struct json_writer *w, const struct moment *m);
void json_put_since_pages(struct json_writer *w, const char *name, const char *path,
	const struct verdicts *v, const struct pair_pages *p);
/* access.faults: "exact", "user", "sampled", "denied", "unsupported"; NULL: nobody listens. */
const char *json_faults_word(const struct snapshot *s);
/* The members "runtimes" and "runtime_limits" of a process. */
void json_put_runtimes(struct json_writer *w, const struct moment *m, unsigned side);
/* The member "user_stacks" of a thread; list may be NULL. */
struct user_stacks;
void json_put_user_stacks(
	struct json_writer *w, const struct user_stacks *list, unsigned side, pid_t tid);
/* "waits": rings of threads that wait for one another; path: where that stands. */
void json_put_waits(struct json_writer *w, const struct moment *m, const char *path);
/* "pair": DESIGN.md's PAIR of m, or null. */
void json_put_pair(struct json_writer *w, const struct moment *m);

/* ---- json_lanes.c ---------------------------------------------------------- */

/* "blocked_in" of a thread's object, or null. */
void json_put_duty(struct json_writer *w, const struct record *r);
/* "lanes": who was on a CPU since the line before, or null. */
void json_put_lanes(struct json_writer *w, const struct snapshot *s);

/* ---- json_backtraces.c -------------------------------------------------------- */

/* Members of a backtrace's object, which is at that path, of that side (NULL: it is not told). */
void json_put_backtrace(struct json_writer *w, const char *path, const struct side *side,
	const struct backtrace *b);

/* The backtraces of one side's threads, of which what is the same is made once; of NULL: none. */
struct json_backtraces {
	const struct backtraces *list; /* NULL: none were read */
	struct arena arena;
	struct text *trace, *kernel; /* the members of each, as they are written; empty: not yet */
	struct json_writer *members; /* writes those; NULL: none yet */
	struct textbuf written;
	char path[48];
};
struct json_backtraces json_backtraces_begin(
	struct json_writer *w, const struct side *side, unsigned number);
void json_put_thread_backtrace(struct json_writer *w, struct json_backtraces *b, pid_t tid);
void json_backtraces_end(struct json_backtraces *b);

#endif
