/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What mappings are by the device that they lie on, whatever their names say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "reading.h"

#define SHARE 100

struct expected {
	const char *key; /* of the specimen's address */
	enum mapping_kind kind;
	bool huge;
};

static const struct expected memory[] = {
	{"memfd", MAPPING_MEMFD, false},
	{"memfd_private", MAPPING_MEMFD, false},
	{"secret", MAPPING_MEMFD, false},
	{"huge_shared", MAPPING_SHARED_ANONYMOUS, true},
	{"huge_private", MAPPING_HUGETLB, true},
	{"huge_memfd", MAPPING_MEMFD, true},
	{"sysv", MAPPING_SYSV_SHM, false},
	{"code", MAPPING_LIBRARY_CODE, false},
	{"plugin", MAPPING_LIBRARY_DATA, false},
	{"jit", MAPPING_MEMFD, false},
	{"look_memfd", MAPPING_FILE, false},
	{"look_zero", MAPPING_FILE, false},
	{"look_sysv", MAPPING_FILE, false},
	{"look_huge", MAPPING_FILE, false},
	{"look_shm", MAPPING_FILE, false},
};
#define MEMORY (sizeof memory / sizeof *memory)

static const struct expected program[] = {
	{"text", MAPPING_CODE, false},
	{"rodata", MAPPING_RODATA, false},
	{"data", MAPPING_DATA, false},
	{"bss", MAPPING_BSS, false},
};
#define PROGRAM (sizeof program / sizeof *program)

/* The mapping at the specimen's address; NULL where it has none. */
static const struct mapping *mapping_at(
	const struct reading *r, const struct specimen *s, const char *key)
{
	uint64_t address = specimen_number(s, key);
	ptrdiff_t i = address ? memory_find(r->memory, address) : -1;

	if (address && i < 0)
		fail_msg("no mapping at %s", key);
	return i < 0 ? NULL : &r->memory->mapping[i];
}

static void check(
	const struct reading *r, const struct specimen *s, const struct expected *e, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct mapping *v = mapping_at(r, s, e[i].key);

		if (!v) {
			print_message("not to be had here: %s\n", e[i].key);
			continue;
		}
		if (v->kind != e[i].kind)
			fail_msg("%s is %s", e[i].key, mapping_kind_info[v->kind].id);
		assert_int_equal(mapping_is_hugetlb(v), e[i].huge);
	}
}

static void check_memory(void *context)
{
	struct specimen *s = context ? context : specimen_start("origins", NULL);
	struct reading r;

	reading_open(&r, specimen_pid(s), SHARE);
	assert_int_equal(reading_maps(&r), 0);
	check(&r, s, memory, MEMORY);
	reading_close(&r);
	if (!context)
		specimen_stop(s);
}

static void devices_decide(void **state)
{
	(void)state;
	check_memory(NULL);
}

static void devices_decide_for_an_ordinary_user(void **state)
{
	struct specimen *s = specimen_start_as_nobody("origins", NULL);

	(void)state;
	as_nobody(check_memory, s);
	specimen_stop(s);
}

static void expect_name(
	const struct reading *r, const struct specimen *s, const char *key, const char *name)
{
	const struct mapping *v = mapping_at(r, s, key);
	struct textbuf want = {0};

	assert_non_null(v);
	textbuf_addf(&want, "%s/%s (deleted)", specimen_text(s, "folder"), name);
	assert_true(text_equal(v->path, (struct text){want.bytes, want.len}));
	assert_true(v->deleted);
	textbuf_free(&want);
}

static void check_names(void *context)
{
	struct specimen *s = context;
	struct reading r;

	reading_open(&r, specimen_pid(s), SHARE);
	assert_int_equal(reading_maps(&r), 0);
	expect_name(&r, s, "literal", "a\\012b");
	expect_name(&r, s, "newline", "a\nb");
	reading_close(&r);
}

static void a_backslash_is_no_newline(void **state)
{
	struct specimen *s = specimen_start("origins", NULL);

	(void)state;
	check_names(s);
	specimen_stop(s);
}

static void nor_for_an_ordinary_user(void **state)
{
	struct specimen *s = specimen_start_as_nobody("origins", NULL);

	(void)state;
	as_nobody(check_names, s);
	specimen_stop(s);
}

static void check_program(const char *where)
{
	struct specimen *s = specimen_start("origins", where, NULL);
	struct reading r;

	if (!specimen_number(s, "text")) {
		print_message("skipped: no program may be run from there: %s\n", where);
		specimen_stop(s);
		skip();
	}
	reading_open(&r, specimen_pid(s), SHARE);
	assert_int_equal(reading_maps(&r), 0);
	check(&r, s, program, PROGRAM);
	reading_close(&r);
	specimen_stop(s);
}

static void a_program_in_a_memfd(void **state)
{
	(void)state;
	check_program("memfd");
}

static void a_program_in_shared_memory(void **state)
{
	(void)state;
	check_program("shm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_decide),
		cmocka_unit_test(devices_decide_for_an_ordinary_user),
		cmocka_unit_test(a_backslash_is_no_newline),
		cmocka_unit_test(nor_for_an_ordinary_user),
		cmocka_unit_test(a_program_in_a_memfd),
		cmocka_unit_test(a_program_in_shared_memory),
	};

	return live_run(tests, NULL, NULL);
}
