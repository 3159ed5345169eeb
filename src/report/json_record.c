/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json_internal.h"

/* ---- plans ----------------------------------------------------------------- */

/* Length of the group's name in "stack.start"; 0 for a plain name. */
static size_t group_length(const char *json)
{
	const char *dot = strchr(json, '.');

	return dot ? (size_t)(dot - json) : 0;
}

/* Whether both stand in one group, or are one and the same plain name. */
static bool same_group(const struct field *a, const struct field *b)
{
	size_t len = group_length(a->json);

	if (len == 0)
		return a == b;
	return strncmp(a->json, b->json, len) == 0 && b->json[len] == '.';
}

static bool was_added(const struct json_plan *p, const struct field *f)
{
	for (size_t i = 0; i < p->n; i++)
		if (same_group(f, p->column[i].field))
			return true;
	return false;
}

static void set_key(struct arena *arena, struct json_column *c, bool begins_group)
{
	const char *json = c->field->json;
	size_t len = group_length(json);

	if (len == 0)
		c->key = arena_printf(arena, ",\"%s\":", json);
	else if (begins_group)
		c->key = arena_printf(arena, ",\"%.*s\":{\"%s\":", (int)len, json, json + len + 1);
	else
		c->key = arena_printf(arena, ",\"%s\":", json + len + 1);
	c->key_len = strlen(c->key);
	c->group_len = len + sizeof ",\"\":" - 1;
}

/* All fields of f's group one after the other, as the first of them stands; or f alone. */
static void add_group(struct json_writer *w, struct json_plan *p, const struct field *f)
{
	size_t begin = p->n;

	for (const struct field *other = f; other < field_table + field_table_n; other++) {
		struct json_column *c = &p->column[p->n];

		if (other->kind != f->kind || !other->json || !same_group(f, other))
			continue;
		c->field = other;
		set_key(&w->arena, c, p->n++ == begin);
	}
	if (group_length(f->json) == 0)
		return;
	p->column[begin].group = p->n - begin;
	p->column[p->n - 1].ends = true;
}

static void make_plan(struct json_writer *w, struct json_plan *p, enum record_kind kind)
{
	size_t most = 0;

	for (size_t i = 0; i < field_table_n; i++)
		most += field_table[i].kind == kind && field_table[i].json;
	p->column = arena_array(&w->arena, most, sizeof *p->column);
	for (size_t i = 0; i < field_table_n; i++) {
		const struct field *f = &field_table[i];

		if (f->kind == kind && f->json && !was_added(p, f))
			add_group(w, p, f);
	}
}

struct json_plan *json_plan_at(
	struct json_writer *w, enum record_kind kind, const char *format, ...)
{
	struct json_plan *p = &w->plan[kind];
	va_list ap;

	if (!p->column)
		make_plan(w, p, kind);
	va_start(ap, format);
	vsnprintf(p->path, sizeof p->path, format, ap);
	va_end(ap);
	for (size_t i = 0; i < p->n; i++)
		p->column[i].seen = p->column[i].group_seen = (struct json_seen){0};
	return p;
}

/* ---- records --------------------------------------------------------------- */

static struct value value_of(const struct json_column *c, const struct record *r)
{
	return c->field->get(r);
}

/* The reason of the first, where the rest of the group that begins with c is missing for it, too.
 */
static const char *shared_reason(
	const struct json_column *c, const char *reason, const struct record *r)
{
	for (size_t i = 1; i < c->group; i++) {
		const struct value v = value_of(&c[i], r);

		if (value_state_has_value(v.state) || !v.reason ||
			(v.reason != reason && strcmp(v.reason, reason) != 0))
			return NULL;
	}
	return reason;
}

/*
 * Why the whole group that begins with c is null. NULL where no group begins, or where it is an
 * object. first: the value of c.
 */
static const char *group_gap(
	const struct json_column *c, const struct value *first, const struct record *r)
{
	if (!c->group || value_state_has_value(first->state) || !first->reason)
		return NULL;
	return shared_reason(c, first->reason, r);
}

static bool was_seen(struct json_seen *s, const char *reason)
{
	for (size_t i = 0; i < JSON_SEEN; i++)
		if (s->reason[i] == reason)
			return true;
	s->reason[s->next++ % JSON_SEEN] = reason;
	return false;
}

/* Notes what the column, or the group that begins with it, lacks. Returns how many are done. */
static size_t note_column(struct json_writer *w, const struct json_plan *p, struct json_column *c,
	const struct record *r)
{
	const struct value v = value_of(c, r);
	const char *json = c->field->json, *reason = group_gap(c, &v, r);

	if (reason) {
		if (!was_seen(&c->group_seen, reason))
			json_gap(w, reason, "%s%.*s", p->path, (int)group_length(json), json);
		return c->group;
	}
	if (value_state_has_value(v.state))
		return 1;
	reason = v.reason ? v.reason : "unknown";
	if (!was_seen(&c->seen, reason))
		json_gap(w, reason, "%s%s", p->path, json);
	return 1;
}

static size_t write_column(
	struct json_writer *w, const struct json_column *c, const struct record *r)
{
	const struct value v = value_of(c, r);

	if (group_gap(c, &v, r)) {
		json_key(w, c->key, c->group_len);
		json_put_null(w, NULL);
		return c->group;
	}
	json_key(w, c->key, c->key_len);
	json_put_value(w, NULL, &v, c->field->unit);
	if (c->ends)
		json_close(w, '}');
	return 1;
}

void json_put_record(struct json_writer *w, struct json_plan *p, const struct record *r)
{
	size_t i = 0;

	while (i < p->n)
		i += w->noting ? note_column(w, p, &p->column[i], r)
			       : write_column(w, &p->column[i], r);
}
