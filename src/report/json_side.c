/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_internal.h"

/* Why a side has no array of such records at all; NULL where it has one, be it empty. */
static const char *why_none(const struct moment *m, unsigned side, enum record_kind kind)
{
	const struct part *part = record_part(m, kind, side);
	const char *none = NULL;

	if (record_count(m, kind, side) || (part && value_state_has_value(part->state)))
		return NULL;
	if (kind == RECORD_MAPPING)
		none = side_without_memory(&m->snapshot->side[side]);
	return none ? none : value_state_reason(part ? part->state : VALUE_UNREAD);
}

static pid_t tid_of(const struct record *r)
{
	return thread_self_at(r->moment->snapshot->side[r->side].threads, r->index)->tid;
}

/* All records of a kind as an array, one by one. */
static void put_records(struct json_writer *w, const struct moment *m, unsigned side,
	enum record_kind kind, const char *name)
{
	struct record r = {.moment = m, .kind = kind, .side = side};
	const char *none = why_none(m, side, kind);
	size_t n = record_count(m, kind, side);
	struct json_backtraces backtraces;
	struct json_plan *p;

	if (none) {
		json_gap(w, none, "processes[%u].%s", side, name);
		json_put_null(w, name);
		return;
	}
	p = json_plan_at(w, kind, "processes[%u].%s[].", side, name);
	backtraces = json_backtraces_begin(
		w, kind == RECORD_THREAD ? &m->snapshot->side[side] : NULL, side);
	json_open(w, name, '[');
	for (; r.index < n && !w->error; r.index++) {
		json_open(w, NULL, '{');
		json_put_record(w, p, &r);
		if (kind == RECORD_THREAD) {
			json_put_thread_backtrace(w, &backtraces, tid_of(&r));
			json_put_duty(w, &r);
			json_put_user_stacks(
				w, m->snapshot->side[side].user_stacks, side, tid_of(&r));
		}
		json_close(w, '}');
	}
	json_close(w, ']');
	json_backtraces_end(&backtraces);
}

void json_put_side(struct json_writer *w, const struct moment *m, unsigned side)
{
	const struct record r = {.moment = m, .kind = RECORD_PROCESS, .side = side};

	json_open(w, NULL, '{');
	json_put_record(w, json_plan_at(w, RECORD_PROCESS, "processes[%u].", side), &r);
	json_put_i64(w, "tid", m->snapshot->side[side].tid);
	json_put_runtimes(w, m, side);
	put_records(w, m, side, RECORD_THREAD, "threads");
	put_records(w, m, side, RECORD_MAPPING, "mappings");
	put_records(w, m, side, RECORD_FD, "fds");
	json_close(w, '}');
}
