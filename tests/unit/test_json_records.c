/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in the text of a moment is what the field table says: every record of every scene is
 * made once more as a tree, field by field, and both are compared as text, names in their order.
 */
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/fixtures/hostile.h"
#include "tests/fixtures/json_nulls.h"
#include "tests/fixtures/json_text.h"
#include "tests/fixtures/scene.h"
#include "twintop/model/duty.h"
#include "twintop/model/field.h"
#include "twintop/model/names.h"

#define FLAGS (JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15))

/* Names of a process that are no fields. */
static const char *const beside[] = {
	"runtimes", "runtime_limits", "tid", "threads", "mappings", "fds"};

static const struct {
	enum record_kind kind;
	const char *name;
} array_table[] = {{RECORD_THREAD, "threads"}, {RECORD_MAPPING, "mappings"}, {RECORD_FD, "fds"}};

/* ---- a record as a tree ---------------------------------------------------- */

static json_t *tree_of_text(struct text t)
{
	struct textbuf utf8 = {0};
	json_t *string;

	text_utf8(&utf8, t);
	string = json_stringn(utf8.bytes, utf8.len);
	textbuf_free(&utf8);
	return string;
}

static json_t *tree_of_item(const struct value *v, size_t i)
{
	switch (v->type) {
	case VALUE_TEXTS:
		return tree_of_text(((const struct text *)v->list.item)[i]);
	case VALUE_INTS:
		return json_integer(((const int64_t *)v->list.item)[i]);
	case VALUE_ADDRESSES:
		return json_sprintf("0x%" PRIx64, ((const uint64_t *)v->list.item)[i]);
	default:
		return json_integer(((const pid_t *)v->list.item)[i]);
	}
}

static json_t *tree_of_list(const struct value *v)
{
	json_t *array = json_array();

	for (size_t i = 0; i < v->list.n; i++)
		json_array_append_new(array, tree_of_item(v, i));
	return array;
}

static json_t *tree_of_signals(uint64_t mask)
{
	json_t *array = json_array();

	for (int i = 0; i < SIGNAL_COUNT; i++)
		if (mask >> i & 1)
			json_array_append_new(array, json_integer(i + 1));
	return array;
}

static json_t *tree_of(const struct value *v, enum unit unit)
{
	if (!value_state_has_value(v->state))
		return json_null();
	switch (v->type) {
	case VALUE_UINT:
		return unit == UNIT_SIGNALS ? tree_of_signals(v->u)
					    : json_integer((json_int_t)v->u);
	case VALUE_INT:
		return json_integer(v->i);
	case VALUE_REAL:
		return json_real((double)(int64_t)(v->real * 1000 + 0.5) / 1000);
	case VALUE_BOOL:
		return json_boolean(v->yes);
	case VALUE_TEXT:
		return tree_of_text(v->text);
	case VALUE_ADDRESS:
		return json_sprintf("0x%" PRIx64, v->u);
	default:
		return tree_of_list(v);
	}
}

static void put_member(json_t *object, const struct field *f, const struct value *v)
{
	const char *dot = strchr(f->json, '.');
	json_t *inner = object;
	char group[40];

	if (dot) {
		snprintf(group, sizeof group, "%.*s", (int)(dot - f->json), f->json);
		if (!json_object_get(object, group))
			json_object_set_new(object, group, json_object());
		inner = json_object_get(object, group);
	}
	json_object_set_new(inner, dot ? dot + 1 : f->json, tree_of(v, f->unit));
}

/* The one reason for which all that stands below that name is missing; NULL: there is none. */
static const char *missing_group(const struct record *r, const char *group)
{
	const char *reason = NULL;
	size_t len = strlen(group);

	for (size_t i = 0; i < field_table_n; i++) {
		const struct field *f = &field_table[i];
		struct value v;

		if (f->kind != r->kind || !f->json || strncmp(f->json, group, len) != 0 ||
			f->json[len] != '.')
			continue;
		v = f->get(r);
		if (value_state_has_value(v.state) || (reason && strcmp(reason, v.reason) != 0))
			return NULL;
		reason = v.reason;
	}
	return reason;
}

/* Of one that was seen once: what it is blocked in now. */
static json_t *blocked_in_of(const struct record *r)
{
	struct thread_duty d;
	const char *reason;
	json_t *list;

	if (duty_of(r->moment->snapshot, r->side, r->index, &d, &reason) == DUTY_UNKNOWN)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < d.waits_n; i++) {
		json_t *w = json_pack("{s:s, s:f}", "kind", wait_kind_name(d.wait[i].kind),
			"percent",
			(double)(uint64_t)(1000 * duty_percent(&d, d.wait[i].ns) + 0.5) / 1000);

		if (d.wait[i].fd >= 0)
			json_object_set_new(w, "fd", json_integer(d.wait[i].fd));
		if (d.wait[i].address)
			json_object_set_new(w, "address",
				json_sprintf("0x%llx", (unsigned long long)d.wait[i].address));
		if (d.wait[i].owner)
			json_object_set_new(w, "owner_tid", json_integer(d.wait[i].owner));
		json_array_append_new(list, w);
	}
	return list;
}

static json_t *tree_of_record(const struct record *r)
{
	json_t *object = json_object(), *member;
	const char *name;

	for (size_t i = 0; i < field_table_n; i++) {
		const struct field *f = &field_table[i];
		struct value v;

		if (f->kind != r->kind || !f->json)
			continue;
		v = f->get(r);
		put_member(object, f, &v);
	}
	json_object_foreach(object, name, member)
	{
		if (json_is_object(member) && missing_group(r, name))
			json_object_set_new(object, name, json_null());
	}
	/* These moments hold none. */
	if (r->kind == RECORD_THREAD) {
		json_object_set_new(object, "backtrace", json_null());
		json_object_set_new(object, "blocked_in", blocked_in_of(r));
		json_object_set_new(object, "user_stacks", json_null());
	}
	return object;
}

/* ---- both compared --------------------------------------------------------- */

static void check_same(const json_t *written, json_t *expected)
{
	char *a = json_dumps(written, FLAGS), *b = json_dumps(expected, FLAGS);

	assert_non_null(a);
	assert_non_null(b);
	assert_string_equal(a, b);
	free(a);
	free(b);
	json_decref(expected);
}

/* How often the gap stands under access.unknown. */
static unsigned times_told(const json_t *unknown, const char *path, const char *reason)
{
	unsigned times = 0;
	json_t *gap;
	size_t i;

	json_array_foreach(unknown, i, gap)
	{
		const char *its_path, *its_reason;

		assert_int_equal(
			json_unpack(gap, "{s:s, s:s}", "path", &its_path, "reason", &its_reason),
			0);
		times += strcmp(path, its_path) == 0 && strcmp(reason, its_reason) == 0;
	}
	return times;
}

/* Every reason of every field, or of its group as a whole, is told once. */
static void check_gaps(const json_t *unknown, const struct record *r, const char *prefix)
{
	for (size_t i = 0; i < field_table_n; i++) {
		const struct field *f = &field_table[i];
		const char *group_reason;
		char path[100], group[40];
		struct value v;

		if (f->kind != r->kind || !f->json)
			continue;
		v = f->get(r);
		if (value_state_has_value(v.state))
			continue;
		snprintf(group, sizeof group, "%.*s", (int)strcspn(f->json, "."), f->json);
		group_reason = missing_group(r, group);
		snprintf(path, sizeof path, "processes[%u]%s.%s", r->side, prefix,
			group_reason ? group : f->json);
		if (times_told(unknown, path, v.reason) != 1)
			fail_msg("%s is null: \"%s\" is not told once", path, v.reason);
	}
}

static void check_array(
	const json_t *process, const json_t *unknown, struct record *r, const char *name)
{
	const json_t *array = json_object_get(process, name);
	size_t n = record_count(r->moment, r->kind, r->side);
	char prefix[20];

	assert_int_equal(json_array_size(array), n);
	assert_true(n || json_is_array(array) || json_is_null(array));
	snprintf(prefix, sizeof prefix, ".%s[]", name);
	for (r->index = 0; r->index < n; r->index++) {
		check_same(json_array_get(array, r->index), tree_of_record(r));
		check_gaps(unknown, r, prefix);
	}
}

static void check_process(
	json_t *process, const json_t *unknown, const struct moment *m, unsigned side)
{
	struct record r = {.moment = m, .kind = RECORD_PROCESS, .side = side};

	for (size_t i = 0; i < sizeof array_table / sizeof *array_table; i++) {
		r.kind = array_table[i].kind;
		check_array(process, unknown, &r, array_table[i].name);
	}
	assert_int_equal(
		json_integer_value(json_object_get(process, "tid")), m->snapshot->side[side].tid);
	for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
		assert_int_equal(json_object_del(process, beside[i]), 0);
	r = (struct record){.moment = m, .kind = RECORD_PROCESS, .side = side};
	check_same(process, tree_of_record(&r));
	check_gaps(unknown, &r, "");
}

static const json_t *pair_rows(const json_t *object)
{
	return json_object_get(json_object_get(object, "pair"), "mappings");
}

static void check_pair(const json_t *object, const struct moment *m)
{
	const struct verdicts *v = m->pair ? m->pair->verdicts : NULL;

	if (m->pair && (side_hides(m->snapshot, PART_MAPPINGS, 0) ||
			       side_hides(m->snapshot, PART_MAPPINGS, 1))) {
		assert_true(json_is_null(pair_rows(object)));
		return;
	}
	assert_int_equal(json_array_size(pair_rows(object)), v ? v->mappings_n : 0);
	for (size_t i = 0; v && i < v->mappings_n; i++) {
		json_t *row = json_array_get(pair_rows(object), i), *copied;
		const struct pair_mapping *is = &v->mapping[i];
		const char *start, *mechanism;

		assert_int_equal(
			json_unpack(row, "{s:s, s:s}", "start", &start, "mechanism", &mechanism),
			0);
		assert_int_equal(strtoull(start, NULL, 16), is->start);
		assert_string_equal(mechanism, mechanism_name(is->mechanism));
		copied = json_object_get(json_object_get(row, "pages"), "copied");
		assert_int_equal(json_integer_value(copied),
			pair_pages_reason(m->pair) ? 0 : is->pages.copied);
	}
}

/* Takes the reference. */
static void check_moment(const struct moment *m)
{
	json_t *object = json_text_read(m), *processes;
	const json_t *unknown = json_object_get(json_object_get(object, "access"), "unknown");

	assert_true(json_is_array(unknown));
	if (json_unexplained(object))
		fail_msg("%s: null or missing, and no reason", json_unexplained(object));
	processes = json_object_get(object, "processes");
	assert_int_equal(json_array_size(processes), m->snapshot->sides);
	for (unsigned i = 0; i < m->snapshot->sides; i++)
		check_process(json_array_get(processes, i), unknown, m, i);
	check_pair(object, m);
	json_decref(object);
	moment_put(m);
}

/* In an emulator (TEST_SLOWLY in the environment) with fewer rows. */
static void test_scenes(void **state)
{
	const struct scene scenes[] = {{0}, {.step = 7}, {.step = 64, .estimated = true},
		{.alone = true}, {.b_killed = true}, {.denied = true},
		{.denied = true, .alone = true}, {.lacks = UINT_MAX}, {.late = UINT_MAX},
		{.lacks = 1u << PART_PAGES}, {.lacks = 1u << PART_MAPPINGS}, {.rows = 1},
		{.step = 3, .rows = getenv("TEST_SLOWLY") ? 70 : 700}};

	(void)state;
	for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
		check_moment(scene_moment(&scenes[i]));
}

static void test_hostile(void **state)
{
	(void)state;
	for (unsigned sides = 0; sides <= 2; sides++)
		for (unsigned partly = 0; partly < 2; partly++)
			check_moment(hostile_moment(sides, partly));
}

/* The check of nulls above does find one. */
static void test_unexplained(void **state)
{
	const struct moment *m = scene_moment(&(const struct scene){.denied = true});
	json_t *object = json_text_read(m), *access = json_object_get(object, "access");

	(void)state;
	assert_null(json_unexplained(object));
	json_object_set_new(object, "pair", json_pack("{s:[]}", "mappings"));
	assert_string_equal(json_unexplained(object), "pair.shares");
	json_object_set_new(object, "pair", json_null());
	assert_string_equal(json_unexplained(object), "pair");
	json_object_set_new(access, "unknown", json_array());
	assert_non_null(strstr(json_unexplained(object), "processes[0]."));
	json_decref(object);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_unexplained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
