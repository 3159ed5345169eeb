/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_FIELD_INTERNAL_H
#define TWINTOP_MODEL_FIELD_INTERNAL_H

#include "twintop/model/field.h"

/* What a read needs, as the rows' `requires` and as the reason for a denial. */
#define FIELD_NEEDS_NOTHING ""
#define FIELD_NEEDS_READ    VALUE_NEEDS_READ
#define FIELD_NEEDS_FAULTS                                                                         \
	"perf events of the process: one's own, or CAP_PERFMON; perf_event_paranoid may be 2"
#define FIELD_NEEDS_ATTACH                                                                         \
	"ptrace attach access: as reading, and Yama's ptrace_scope may allow only descendants"

/* Each row of the tables has a getter; this declares them from the same rows. */
#define FIELD(getter, id, json, title, unit, width, left, need, explain, source, requires, exact,  \
	manual, why)                                                                               \
	struct value field_get_##getter(const struct record *r);
#include "field_fd_rows.h"
#include "field_mapping_rows.h"
#include "field_member_rows.h"
#include "field_process_rows.h"
#include "field_signal_rows.h"
#include "field_thread_rows.h"
#undef FIELD

/* The side that r speaks of; NULL where the moment has none. */
static inline const struct side *field_side(const struct record *r)
{
	const struct snapshot *s = r->moment ? r->moment->snapshot : NULL;

	return s && r->side < 2 && r->side < s->sides ? &s->side[r->side] : NULL;
}
/*
 * The record of r, or NULL with *ret_missing saying why (part not read, denied, gone, index
 * outside).
 */
const struct process_info *field_process(
	const struct record *r, enum value_type type, struct value *ret_missing);
const struct mapping *field_mapping(
	const struct record *r, enum value_type type, struct value *ret_missing);
const struct fd_entry *field_fd(
	const struct record *r, enum value_type type, struct value *ret_missing);
/* The missing value of a part: why there is no record with that index. */
struct value field_part_missing(const struct part *part, enum value_type type);
/* As above, by value: false with *ret_missing. */
static inline bool field_thread(const struct record *r, enum value_type type,
	struct thread *ret_thread, struct value *ret_missing)
{
	const struct side *s = field_side(r);

	*ret_thread = thread_at(s ? s->threads : NULL, r->index);
	if (ret_thread->self)
		return true;
	*ret_missing = field_part_missing(s && s->threads ? &s->threads->part : NULL, type);
	return false;
}
/* The page part of r's side; NULL with *ret_missing where pages were not read. */
const struct page_map *field_pages(
	const struct record *r, enum value_type type, struct value *ret_missing);
/* The pages of r's mapping; NULL with *ret_missing. */
const struct page_counts *field_mapping_pages(const struct record *r, struct value *ret_missing);

/* Why a read that ended in state gave no value; needs: what a denied read lacked. */
const char *field_reason(enum value_state state, const char *needs);
struct value field_if_not_known(enum value_state state, struct value v, const char *needs);
/* v under the state of its source, with the reason of field_reason(). */
static inline struct value field_if(enum value_state state, struct value v, const char *needs)
{
	return state == VALUE_KNOWN ? v : field_if_not_known(state, v, needs);
}
/* v where p's frame numbers are known: without them a frame's flags cannot be asked for. */
struct value field_if_frames(const struct page_map *p, struct value v);
/* v where PAGEMAP_SCAN told zero and huge pages from others, where it knows guard pages, too. */
struct value field_if_scanned(const struct page_map *p, struct value v);
struct value field_if_guards(const struct page_map *p, struct value v);
/* v where kpageflags told which frames KSM merged. */
struct value field_if_ksm(const struct page_map *p, struct value v);
/* The state of what follows from both sides' pages, of a pair that has no counts of them. */
enum value_state field_pair_state(const struct pair *p);
/* VALUE_NONE: does not apply here. */
struct value field_none(enum value_type type, const char *reason);
/* A rate of the moment, or why there is none. */
struct value field_rate(enum rate_gap gap, double rate);

#endif
