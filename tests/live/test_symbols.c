/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of addresses in programs that are built and stripped in many ways, and of code made later.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "naming.h"

/* ---- built in many ways ------------------------------------------------------ */

static void names_code_and_data_however_it_is_built(void **state)
{
	static const struct {
		const char *name, *flags;
	} way[] = {
		{"plain", "-O0 -g"},
		{"fast", "-O2 -g"},
		{"pie", "-O2 -g -fPIE -pie -fomit-frame-pointer"},
		{"fixed", "-O2 -g -no-pie"},
		{"apart", "-O2 -g -Wl,-z,separate-code"},
		{"together", "-O2 -g -Wl,-z,noseparate-code"},
		{"static", "-O2 -g -static"},
		{"old", "-O2 -gdwarf-4"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
		struct naming a;

		if (!naming_can_build(way[i].name, way[i].flags))
			continue;
		naming_begin(&a, specimen_start(way[i].name, NULL));
		expect_lines(&a);
		expect_objects(&a);
		naming_end(&a);
	}
}

/* Many at once, in no order, some twice, of several modules and of none. */
static void names_many_addresses_at_once(void **state)
{
	struct naming a;
	uint64_t address[600];
	struct symbol symbol[600];

	(void)state;
	naming_build("fast", "-O2 -g");
	naming_begin(&a, specimen_start("fast", NULL));
	for (size_t i = 0; i < 600; i++)
		address[i] = i % 3 == 0	  ? specimen_number(a.specimen, "row")
			     : i % 3 == 1 ? specimen_number(a.specimen, "zeroed") - i
					  : i;
	symbols_ask(a.symbols,
		&(struct symbols_target){
			{.pid = a.reading.pid}, a.reading.pid, a.reading.memory, false},
		address, 600, &a.arena, symbol);
	for (size_t i = 0; i < 600; i++) {
		assert_int_equal(symbol[i].address, address[i]);
		if (i % 3 == 0)
			expect_function(&symbol[i], "fill_row");
		else if (i % 3 == 1)
			assert_int_equal(symbol[i].offset, 4000 - i);
		else
			expect_gap(symbol[i].gap, SYMBOL_UNMAPPED);
	}
	naming_end(&a);
}

/* As clang leaves it: nothing says which unit an address is of, but each unit. */
static void names_lines_without_a_table_of_units(void **state)
{
	struct naming a;

	(void)state;
	naming_build("fast", "-O2 -g");
	assert_true(naming_run("objcopy --remove-section .debug_aranges sp_fast sp_unlisted"));
	naming_begin(&a, specimen_start("unlisted", NULL));
	expect_lines(&a);
	naming_end(&a);
}

/* It is in no file: its names are read from memory, where that may be read. */
static void names_the_calls_that_the_kernel_gives(void **state)
{
	const struct mapping *vdso = NULL;
	bool found = false;
	struct naming a;

	(void)state;
	naming_build("fast", "-O2 -g");
	naming_begin(&a, specimen_start("fast", NULL));
	for (size_t i = 0; i < a.reading.memory->n; i++)
		if (a.reading.memory->mapping[i].kind == MAPPING_VDSO)
			vdso = &a.reading.memory->mapping[i];
	for (uint64_t at = vdso ? vdso->start : 0; vdso && at < vdso->end && !found; at += 16) {
		struct symbol s = naming_of(&a, at);

		if (s.gap == SYMBOL_VDSO && getuid())
			break;
		assert_true(text_equal(s.module, text_of("[vdso]")));
		found = !s.gap && memmem(s.name.bytes, s.name.len, "clock_gettime", 13);
	}
	naming_end(&a);
	if (!vdso || (!found && getuid())) {
		print_message("no vDSO, or its memory may not be read\n");
		skip();
	}
	assert_true(found);
}

/* ---- stripped ---------------------------------------------------------------- */

static void says_what_is_stripped_and_names_what_is_exported(void **state)
{
	struct naming a;
	struct symbol s;

	(void)state;
	naming_build("exporting", "-O2 -g -rdynamic");
	naming_strip("bare", "exporting");
	naming_begin(&a, specimen_start("bare", NULL));
	s = naming_at(&a, "table");
	expect_function(&s, "fill_table");
	expect_gap(s.line_gap, SYMBOL_NO_LINES);
	expect_stripped(&a, "row");
	expect_object(&a, "lock", "lock_a", 8);
	naming_end(&a);
}

/* Symbols, but no lines: packed into a section of the stripped program. */
static void unpacks_symbols_that_were_left(void **state)
{
	struct naming a;
	struct symbol s;

	(void)state;
	naming_build("exporting", "-O2 -g -rdynamic");
	naming_strip("packed", "exporting");
	if (!naming_run("nm sp_exporting --format=posix --defined-only | "
			"awk '$2 ~ /[TtDd]/ { print $1 }' | grep fill_row >keep && "
			"objcopy -S --keep-symbols=keep sp_packed.debug mini && rm -f mini.xz && "
			"xz mini && objcopy --add-section .gnu_debugdata=mini.xz sp_packed")) {
		print_message("no symbols can be packed here\n");
		skip();
	}
	naming_begin(&a, specimen_start("packed", NULL));
	s = naming_at(&a, "row");
	expect_function(&s, "fill_row");
	s = naming_at(&a, "table");
	expect_function(&s, "fill_table");
	naming_end(&a);
}

/* ---- separate debug files ---------------------------------------------------- */

static void finds_a_debug_file_by_its_link(void **state)
{
	static const char *const place[] = {".", ".debug", "elsewhere"};
	struct naming a;

	(void)state;
	naming_build("nameless", "-O2 -g -Wl,--build-id=none");
	naming_strip("linked", "nameless");
	assert_true(naming_run("objcopy --add-gnu-debuglink=sp_linked.debug sp_linked"));
	for (size_t i = 0; i < 3; i++) {
		assert_true(naming_run("mkdir -p %s && cp sp_linked.debug keep && "
				       "rm sp_linked.debug && cp keep %s/sp_linked.debug",
			place[i], place[i]));
		naming_begin(&a, specimen_start("linked", NULL));
		if (i < 2)
			expect_lines(&a);
		else
			expect_stripped(&a, "row");
		naming_end(&a);
		assert_true(naming_run("rm -f .debug/* elsewhere/* && cp keep sp_linked.debug"));
	}
	/* It is another one now, by its sum. */
	assert_true(naming_run("printf x >>sp_linked.debug"));
	naming_begin(&a, specimen_start("linked", NULL));
	expect_stripped(&a, "row");
	naming_end(&a);
}

/* Puts a debug file where a root of its own has those of a program by its build-id. */
static void put_by_build_id(const char *file, const char *program)
{
	assert_true(naming_run(
		"id=$(readelf -n %s | sed -n 's/.*Build ID: //p') && [ -n \"$id\" ] && "
		"d=root/usr/lib/debug/.build-id/$(echo $id | cut -c1-2) && mkdir -p $d && "
		"cp %s $d/$(echo $id | cut -c3-).debug && chmod -R go+rX root",
		program, file));
}

static void expect_stripped_within(const char *root)
{
	struct naming a;

	naming_begin(&a, specimen_start("within", "within", root, NULL));
	expect_stripped(&a, "row");
	naming_end(&a);
}

static void finds_a_debug_file_by_its_build_id_in_the_targets_root(void **state)
{
	char root[64];
	struct naming a;

	(void)state;
	if (getuid()) {
		print_message("only root gives a program a root of its own\n");
		skip();
	}
	naming_build("static", "-O2 -g -static -Wl,--build-id");
	naming_build("other", "-O0 -g -static -Wl,--build-id");
	naming_strip("within", "static");
	naming_strip("others", "other");
	snprintf(root, sizeof root, "%s/root", naming_folder());
	put_by_build_id("sp_within.debug", "sp_within");
	naming_begin(&a, specimen_start("within", "within", root, NULL));
	expect_lines(&a);
	expect_objects(&a);
	naming_end(&a);
	/* What somebody else has put there is not believed, nor what is of another build. */
	assert_true(naming_run("chown -R 4321 root"));
	expect_stripped_within(root);
	assert_true(naming_run("chown -R 0 root"));
	put_by_build_id("sp_others.debug", "sp_within");
	expect_stripped_within(root);
	/* It leads out of that root: there it is not. */
	assert_true(naming_run("f=$(find root -name '*.debug') && ln -sf $PWD/sp_within.debug $f"));
	expect_stripped_within(root);
}

/* What it refers to is not there: without it names would be wrong. */
static void takes_no_lines_without_the_file_that_they_refer_to(void **state)
{
	struct naming a;
	struct symbol s;

	(void)state;
	naming_build("referring", "-O2 -g");
	assert_true(naming_run("printf '/nowhere\\000%%020d' 7 >alternate && objcopy "
			       "--add-section .gnu_debugaltlink=alternate sp_referring"));
	naming_begin(&a, specimen_start("referring", NULL));
	s = naming_at(&a, "row");
	expect_function(&s, "fill_row");
	expect_gap(s.line_gap, SYMBOL_NO_ALTERNATE);
	assert_int_equal(s.frames, 0);
	naming_end(&a);
}

/* ---- code made at run time --------------------------------------------------- */

static void names_code_made_at_run_time(void **state)
{
	struct naming a;
	struct symbol s;
	char path[64];
	uint64_t code;

	(void)state;
	naming_build("fast", "-O2 -g");
	naming_begin(&a, specimen_start("fast", "made", NULL));
	snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)specimen_pid(a.specimen));
	code = specimen_number(a.specimen, "code");
	s = naming_of(&a, code + 0x10);
	expect_text(s.name, "old");
	expect_text(s.module, path);
	assert_int_equal(s.offset, 0x10);
	expect_gap(s.line_gap, SYMBOL_MACHINE_CODE);
	s = naming_of(&a, code + 0x82);
	expect_text(s.name, "new code");
	assert_int_equal(s.offset, 2);
	s = naming_of(&a, code + 0x200);
	expect_gap(s.gap, SYMBOL_PERF_MAP_LACKS);
	assert_int_equal(unlink(path), 0);
	s = naming_of(&a, code + 0x10);
	expect_gap(s.gap, SYMBOL_PERF_MAP);
	naming_end(&a);
}

/* Whoever can write into /tmp could name another's code, or have us wait. */
static void believes_no_names_but_those_of_the_targets_own_user(void **state)
{
	static const struct {
		const char *make;
		enum symbol_gap gap;
	} way[] = {
		{"mv $map names && ln -s $PWD/names $map", SYMBOL_PERF_MAP_OTHERS},
		{"rm $map && mkfifo $map", SYMBOL_PERF_MAP_OTHERS},
		{"rm $map && mkdir $map", SYMBOL_PERF_MAP_OTHERS},
		{"rm $map && truncate -s 65M $map", SYMBOL_PERF_MAP_LARGE},
		{"chown 4321 $map", SYMBOL_PERF_MAP_OTHERS},
	};

	(void)state;
	naming_build("fast", "-O2 -g");
	for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
		struct naming a;
		struct symbol s;
		char path[64];

		if (i == 4 && getuid())
			continue; /* only root has files of others */
		naming_begin(&a, specimen_start("fast", "made", NULL));
		snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)specimen_pid(a.specimen));
		assert_true(naming_run("map=%s; %s", path, way[i].make));
		s = naming_of(&a, specimen_number(a.specimen, "code") + 0x10);
		expect_gap(s.gap, way[i].gap);
		assert_true(naming_run("rm -rf %s", path));
		naming_end(&a);
	}
}

/* ---- all over again ---------------------------------------------------------- */

static void again(void *context)
{
	(*(void (**)(void **))context)(NULL);
}

/* Without map_files, through exe and the target's root. The folder becomes anybody's. */
static void does_so_as_an_ordinary_user_too(void **state)
{
	void (*test[])(void **) = {names_code_and_data_however_it_is_built,
		names_many_addresses_at_once, says_what_is_stripped_and_names_what_is_exported,
		finds_a_debug_file_by_its_link, names_code_made_at_run_time,
		believes_no_names_but_those_of_the_targets_own_user};

	(void)state;
	assert_true(naming_run("chmod 777 . && chmod -R a+rX . && rm -rf keep names log sp_bare* "
			       "sp_linked* .debug elsewhere"));
	for (size_t i = 0; i < sizeof test / sizeof *test; i++)
		as_nobody(again, &test[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_code_and_data_however_it_is_built),
		cmocka_unit_test(names_many_addresses_at_once),
		cmocka_unit_test(names_lines_without_a_table_of_units),
		cmocka_unit_test(names_the_calls_that_the_kernel_gives),
		cmocka_unit_test(says_what_is_stripped_and_names_what_is_exported),
		cmocka_unit_test(unpacks_symbols_that_were_left),
		cmocka_unit_test(finds_a_debug_file_by_its_link),
		cmocka_unit_test(finds_a_debug_file_by_its_build_id_in_the_targets_root),
		cmocka_unit_test(takes_no_lines_without_the_file_that_they_refer_to),
		cmocka_unit_test(names_code_made_at_run_time),
		cmocka_unit_test(believes_no_names_but_those_of_the_targets_own_user),
		cmocka_unit_test(does_so_as_an_ordinary_user_too),
	};

	return live_run(tests, naming_begin_all, naming_end_all);
}
