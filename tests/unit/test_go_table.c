/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Go's own table of functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/symbols/go_table.h"

#define TEXT 0x401000u
#define SIZE sizeof(struct image)

/* Three functions, of 0x20 bytes each, as go 1.20 and later lay them out for 64 bits. */
struct image {
	uint32_t magic;
	uint8_t zero[2], least, pointer;
	uint64_t functions, files, text, names, units, file_names, lines, table;
	char name[48];
	struct {
		uint32_t begin, said;
	} entry[3];
	uint32_t end;
	struct {
		uint32_t begin, name, arguments, deferred, depths, more[5];
		uint8_t id, flags, zero, n;
	} said[3];
	uint8_t depths[8];
};

static struct image make(void)
{
	struct image m = {.magic = 0xfffffff1u,
		.least = 1,
		.pointer = 8,
		.functions = 3,
		.text = TEXT,
		.names = offsetof(struct image, name),
		.table = offsetof(struct image, entry),
		.name = "runtime.mcall\0main.(*Crane).Lift\0main.main",
		.end = 0x60};
	static const uint32_t name[] = {0, 14, 33};

	for (uint32_t i = 0; i < 3; i++) {
		m.entry[i].begin = m.said[i].begin = i * 0x20;
		m.entry[i].said =
			(uint32_t)(offsetof(struct image, said[i]) - offsetof(struct image, entry));
		m.said[i].name = name[i];
		m.said[i].depths = 1;
	}
	m.lines = offsetof(struct image, depths);
	memcpy(m.depths, "\0\2\4\60\30\57\4", 8); /* 0 for 4 bytes, 24 for 24, 0 for 4 */
	return m;
}

static void expect(const struct image *m, uint64_t address, const char *want, uint64_t begin)
{
	struct go_table t;
	const char *name = NULL;
	uint64_t at = 0;

	assert_true(go_table_read(m, SIZE, &t));
	assert_int_equal(go_table_find(&t, address, &name, &at), want != NULL);
	if (!want)
		return;
	assert_string_equal(name, want);
	assert_int_equal(at, begin);
}

static void functions_are_named(void **state)
{
	struct image m = make();

	(void)state;
	expect(&m, TEXT - 1, NULL, 0);
	expect(&m, TEXT, "runtime.mcall", TEXT);
	expect(&m, TEXT + 0x1f, "runtime.mcall", TEXT);
	expect(&m, TEXT + 0x20, "main.(*Crane).Lift", TEXT + 0x20);
	expect(&m, TEXT + 0x5f, "main.main", TEXT + 0x40);
	expect(&m, TEXT + 0x60, NULL, 0);
	m.magic = 0xfffffff0u; /* of 1.18 */
	expect(&m, TEXT + 0x40, "main.main", TEXT + 0x40);
}

static void expect_depth(
	const struct image *m, uint64_t address, uint32_t depth, uint64_t start, uint64_t end)
{
	struct go_frame frame;
	struct go_table t;

	assert_true(go_table_read(m, SIZE, &t));
	assert_true(go_table_frame(&t, address, &frame));
	assert_int_equal(frame.depth, depth);
	assert_int_equal(frame.start, start);
	assert_int_equal(frame.end, end);
	assert_false(frame.outermost);
}

static void expect_no_depth(const struct image *m, uint64_t address)
{
	struct go_frame frame;
	struct go_table t;

	assert_true(go_table_read(m, SIZE, &t));
	assert_false(go_table_frame(&t, address, &frame));
}

/* At each place of a function, and what is no plain one. */
static void frames_have_depths(void **state)
{
	struct image m = make();
	struct go_frame frame;
	struct go_table t;

	(void)state;
	expect_depth(&m, TEXT, 0, TEXT, TEXT + 4);
	expect_depth(&m, TEXT + 3, 0, TEXT, TEXT + 4);
	expect_depth(&m, TEXT + 4, 24, TEXT + 4, TEXT + 0x1c);
	expect_depth(&m, TEXT + 0x3f, 0, TEXT + 0x3c, TEXT + 0x40);
	expect_no_depth(&m, TEXT + 0x60);
	m.said[1].flags = 1;
	assert_true(go_table_read(&m, SIZE, &t) && go_table_frame(&t, TEXT + 0x20, &frame));
	assert_true(frame.outermost);
	m.said[1].flags = 2; /* it goes to another stack */
	expect_no_depth(&m, TEXT + 0x20);
}

static void hostile_depths_are_none(void **state)
{
	struct image m = make();

	(void)state;
	m.said[0].depths = 0; /* none are told */
	expect_no_depth(&m, TEXT);
	m.said[0].depths = UINT32_MAX;
	expect_no_depth(&m, TEXT);
	m = make();
	memset(m.depths + 1, 0x80, sizeof m.depths - 1); /* a number without an end */
	expect_no_depth(&m, TEXT);
	m = make();
	m.depths[2] = 0; /* for no bytes at all */
	expect_no_depth(&m, TEXT);
	m = make();
	m.depths[1] = 3; /* below nothing */
	expect_no_depth(&m, TEXT);
	m = make();
	m.depths[5] = 0; /* it ends before its function does */
	expect_no_depth(&m, TEXT + 0x1c);
	m.lines = SIZE;
	assert_false(go_table_read(&m, SIZE, &(struct go_table){0}));
}

static void others_are_no_table(void **state)
{
	struct image m = make();
	struct go_table t;

	(void)state;
	assert_false(go_table_read(&m, 7, &t));
	assert_false(go_table_read(&m, offsetof(struct image, name) - 1, &t));
	m.magic = 0xfffffffau; /* of 1.16 */
	assert_false(go_table_read(&m, SIZE, &t));
	m = make();
	m.text = 0; /* of one that is loaded anywhere */
	assert_false(go_table_read(&m, SIZE, &t));
	m = make();
	m.pointer = 2;
	assert_false(go_table_read(&m, SIZE, &t));
}

/* What points out of the table is not followed. */
static void hostile_tables_name_nothing(void **state)
{
	struct image m = make();
	struct go_table t;

	(void)state;
	m.functions = UINT64_MAX;
	assert_false(go_table_read(&m, SIZE, &t));
	m = make();
	m.table = UINT64_MAX - 2;
	assert_false(go_table_read(&m, SIZE, &t));
	m = make();
	m.names = SIZE;
	assert_false(go_table_read(&m, SIZE, &t));
	m = make();
	m.entry[1].said = UINT32_MAX;
	expect(&m, TEXT + 0x20, NULL, 0);
	expect(&m, TEXT, "runtime.mcall", TEXT);
	m = make();
	m.said[1].name = UINT32_MAX;
	expect(&m, TEXT + 0x20, NULL, 0);
	m = make();
	m.said[1].begin = 0x21; /* said of another one */
	expect(&m, TEXT + 0x20, NULL, 0);
	m = make();
	m.names = SIZE - 4;
	m.said[0].name = 0; /* it does not end */
	memset((char *)&m + SIZE - 4, 'x', 4);
	expect(&m, TEXT, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_named),
		cmocka_unit_test(frames_have_depths),
		cmocka_unit_test(hostile_depths_are_none),
		cmocka_unit_test(others_are_no_table),
		cmocka_unit_test(hostile_tables_name_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
