/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "json_internal.h"

/* Rows of the field table of one kind that JSON has, in order. */
struct columns {
	const struct field *first;
	size_t n;
};

static struct columns columns_of(enum record_kind kind)
{
	struct columns c = {0};

	for (size_t i = 0; i < field_table_n; i++) {
		if (field_table[i].kind != kind)
			continue;
		if (!c.first)
			c.first = &field_table[i];
		c.n = (size_t)(&field_table[i] - c.first) + 1;
	}
	return c;
}

/* Length of the group's name in "stack.start"; 0 for a plain name. */
static size_t group_length(const char *json)
{
	const char *dot = strchr(json, '.');

	return dot ? (size_t)(dot - json) : 0;
}

static bool in_group(const struct field *f, const char *group, size_t len)
{
	return f->json && strncmp(f->json, group, len) == 0 && f->json[len] == '.';
}

static void put_value(json_t *object, const char *name, const struct field *f,
	const struct value *v, struct json_gaps *gaps, const char *path)
{
	if (!value_state_has_value(v->state))
		json_gaps_note(gaps, v->reason ? v->reason : "unknown", "%s%s", path, f->json);
	json_object_set_new(object, name, json_of_value(v, f->unit));
}

/*
 * A group of fields such as "stack.start", "stack.end" as one object; where all of them are missing
 * for one and the same reason, the group itself is null.
 */
static void put_group(json_t *object, const struct columns *c, size_t first, const struct record *r,
	struct json_gaps *gaps, const char *path)
{
	const char *group = c->first[first].json;
	size_t len = group_length(group);
	const char *reason = NULL;
	json_t *inner = json_object();
	bool empty = true;
	char name[40];

	snprintf(name, sizeof name, "%.*s", (int)len, group);
	for (size_t i = first; i < c->n && empty; i++) {
		struct value v;

		if (!in_group(&c->first[i], group, len))
			continue;
		v = c->first[i].get(r);
		empty = !value_state_has_value(v.state) && v.reason &&
			(!reason || strcmp(reason, v.reason) == 0);
		reason = v.reason;
	}
	if (empty) {
		json_decref(inner);
		json_object_set_new(object, name, json_null());
		json_gaps_note(gaps, reason, "%s%s", path, name);
		return;
	}
	for (size_t i = first; i < c->n; i++) {
		const struct field *f = &c->first[i];
		struct value v;

		if (!in_group(f, group, len))
			continue;
		v = f->get(r);
		put_value(inner, f->json + len + 1, f, &v, gaps, path);
	}
	json_object_set_new(object, name, inner);
}

/* Whether an earlier row of the same group was met already. */
static bool group_was_put(const struct columns *c, size_t at)
{
	size_t len = group_length(c->first[at].json);

	for (size_t i = 0; i < at; i++)
		if (in_group(&c->first[i], c->first[at].json, len))
			return true;
	return false;
}

static json_t *of_record(
	const struct columns *c, const struct record *r, struct json_gaps *gaps, const char *path)
{
	json_t *object = json_object();

	for (size_t i = 0; i < c->n; i++) {
		const struct field *f = &c->first[i];
		struct value v;

		if (!f->json)
			continue;
		if (group_length(f->json) == 0) {
			v = f->get(r);
			put_value(object, f->json, f, &v, gaps, path);
		} else if (!group_was_put(c, i)) {
			put_group(object, c, i, r, gaps, path);
		}
	}
	return object;
}

/* All records of a kind as an array; null where the part holds nothing that was read. */
static json_t *of_records(const struct moment *m, unsigned side, enum record_kind kind,
	const struct part *part, const char *name, struct json_gaps *gaps)
{
	struct record r = {.moment = m, .kind = kind, .side = side};
	const struct columns c = columns_of(kind);
	size_t n = record_count(m, kind, side);
	json_t *array;
	char path[40];

	if (n == 0 && (!part || !value_state_has_value(part->state))) {
		const char *none = kind == RECORD_MAPPING
					   ? side_without_memory(&m->snapshot->side[side])
					   : NULL;

		json_gaps_note(gaps,
			none ? none : value_state_reason(part ? part->state : VALUE_UNREAD),
			"processes[%u].%s", side, name);
		return json_null();
	}
	snprintf(path, sizeof path, "processes[%u].%s[].", side, name);
	array = json_array();
	for (r.index = 0; r.index < n; r.index++)
		json_array_append_new(array, of_record(&c, &r, gaps, path));
	return array;
}

json_t *json_of_side(const struct moment *m, unsigned side, struct json_gaps *gaps)
{
	const struct record r = {.moment = m, .kind = RECORD_PROCESS, .side = side};
	const struct columns c = columns_of(RECORD_PROCESS);
	const struct side *s = &m->snapshot->side[side];
	json_t *process;
	char path[40];

	snprintf(path, sizeof path, "processes[%u].", side);
	process = of_record(&c, &r, gaps, path);
	json_object_set_new(process, "tid", json_integer(s->tid));
	json_object_set_new(process, "threads",
		of_records(m, side, RECORD_THREAD, s->threads ? &s->threads->part : NULL, "threads",
			gaps));
	json_object_set_new(process, "mappings",
		of_records(m, side, RECORD_MAPPING, s->memory ? &s->memory->part : NULL, "mappings",
			gaps));
	json_object_set_new(process, "fds",
		of_records(m, side, RECORD_FD, s->fds ? &s->fds->part : NULL, "fds", gaps));
	return process;
}
