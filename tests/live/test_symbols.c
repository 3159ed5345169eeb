/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of addresses in programs that are built, stripped and put about in many ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "reading.h"
#include "twintop/proc/nursery.h"
#include "twintop/symbols/symbols.h"

static char folder[] = "/tmp/twintop-symbols-XXXXXX";

/* Runs a shell's command in the folder, with the specimen's source as $source; false: it failed. */
__attribute__((format(printf, 1, 2))) static bool run(const char *format, ...)
{
	char command[4096], whole[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	snprintf(whole, sizeof whole,
		"cd %s && source=%s/tests/specimens/sp_symbols.c && { %s; } >>log 2>&1", folder,
		TWINTOP_SRCDIR, command);
	return system(whole) == 0;
}

/* Builds sp_NAME; skips the test where that cannot be done here. */
static void build(const char *name, const char *flags)
{
	if (run("[ -e sp_%s ] || cc %s -o sp_%s $source", name, flags, name))
		return;
	print_message("no specimen can be built with %s here\n", flags);
	skip();
}

/* ---- a target, and what its addresses are called ---------------------------- */

struct asked {
	struct specimen *specimen;
	struct reading reading;
	struct symbols *symbols;
	struct arena arena;
};

static void ask_of(struct asked *a, struct specimen *s)
{
	*a = (struct asked){.specimen = s};
	if (specimen_has(s, "error")) {
		print_message("the specimen: %s\n", specimen_text(s, "error"));
		skip();
	}
	reading_open(&a->reading, specimen_pid(s), 0);
	nursery_begin(a->reading.root);
	a->symbols = symbols_new(a->reading.root);
	assert_int_equal(reading_maps(&a->reading), 0);
}

static void end(struct asked *a)
{
	symbols_free(a->symbols);
	reading_close(&a->reading);
	arena_free(&a->arena);
	specimen_stop(a->specimen);
}

static struct symbol symbol_of(struct asked *a, uint64_t address)
{
	const struct symbols_target target = {
		{.pid = a->reading.pid}, a->reading.pid, a->reading.memory};
	struct symbol symbol;

	symbols_ask(a->symbols, &target, &address, 1, &a->arena, &symbol);
	assert_int_equal(symbol.address, address);
	return symbol;
}

static struct symbol symbol_at(struct asked *a, const char *key)
{
	return symbol_of(a, specimen_number(a->specimen, key));
}

static void expect_text(struct text text, const char *wanted)
{
	if (!text_equal(text, text_of(wanted)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)text.len, text.bytes, wanted);
}

static void expect_gap(enum symbol_gap gap, enum symbol_gap wanted)
{
	if (gap != wanted)
		fail_msg("\"%s\" is not \"%s\"", symbol_gap_reason(gap), symbol_gap_reason(wanted));
}

static void expect_function(const struct symbol *s, const char *name)
{
	expect_gap(s->gap, SYMBOL_NO_GAP);
	expect_text(s->name, name);
	assert_false(s->is_data);
	assert_true(s->offset < 64);
	assert_true(s->has_module_address && s->module.len);
}

static void expect_frame(const struct symbol_frame *frame, const char *function, uint64_t line)
{
	expect_text(frame->function, function);
	expect_text(text_basename(frame->file), "sp_symbols.c");
	assert_int_equal(frame->line, line);
}

/* fill_row and fill_table, each with what is inlined there. */
static void expect_lines(struct asked *a)
{
	const char *const key[] = {"row", "table"}, *const name[] = {"fill_row", "fill_table"},
			  *const line[] = {"row_line", "table_line"};

	for (size_t i = 0; i < 2; i++) {
		struct symbol s = symbol_at(a, key[i]);

		expect_function(&s, name[i]);
		expect_gap(s.line_gap, SYMBOL_NO_GAP);
		assert_int_equal(s.frames, 2);
		expect_frame(&s.frame[0], "mark_cell", specimen_number(a->specimen, "cell_line"));
		expect_frame(&s.frame[1], name[i], specimen_number(a->specimen, line[i]));
	}
}

static void expect_object(struct asked *a, const char *key, const char *name, uint64_t offset)
{
	struct symbol s = symbol_at(a, key);

	expect_gap(s.gap, SYMBOL_NO_GAP);
	expect_gap(s.line_gap, SYMBOL_OF_DATA);
	expect_text(s.name, name);
	assert_true(s.is_data);
	assert_int_equal(s.offset, offset);
}

static void expect_objects(struct asked *a)
{
	expect_object(a, "lock", "lock_a", 8);
	expect_object(a, "zeroed", "zeroed", 4000);
	expect_object(a, "hidden", "hidden", 4);
}

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
		struct asked a;

		build(way[i].name, way[i].flags);
		ask_of(&a, specimen_start(way[i].name, NULL));
		expect_lines(&a);
		expect_objects(&a);
		end(&a);
	}
}

/* Many at once, in no order, some twice, of several modules and of none. */
static void names_many_addresses_at_once(void **state)
{
	struct asked a;
	uint64_t address[600];
	struct symbol symbol[600];

	(void)state;
	build("fast", "-O2 -g");
	ask_of(&a, specimen_start("fast", NULL));
	for (size_t i = 0; i < 600; i++)
		address[i] = i % 3 == 0	  ? specimen_number(a.specimen, "row")
			     : i % 3 == 1 ? specimen_number(a.specimen, "zeroed") - i
					  : i;
	symbols_ask(a.symbols,
		&(struct symbols_target){{.pid = a.reading.pid}, a.reading.pid, a.reading.memory},
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
	end(&a);
}

/* ---- code made at run time --------------------------------------------------- */

static void names_code_made_at_run_time(void **state)
{
	struct asked a;
	struct symbol s;
	char path[64];
	uint64_t code;

	(void)state;
	build("fast", "-O2 -g");
	ask_of(&a, specimen_start("fast", "made", NULL));
	snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)specimen_pid(a.specimen));
	code = specimen_number(a.specimen, "code");
	s = symbol_of(&a, code + 0x10);
	expect_text(s.name, "old");
	expect_text(s.module, path);
	assert_int_equal(s.offset, 0x10);
	expect_gap(s.line_gap, SYMBOL_MACHINE_CODE);
	s = symbol_of(&a, code + 0x82);
	expect_text(s.name, "new code");
	assert_int_equal(s.offset, 2);
	s = symbol_of(&a, code + 0x200);
	expect_gap(s.gap, SYMBOL_PERF_MAP_LACKS);
	assert_int_equal(unlink(path), 0);
	s = symbol_of(&a, code + 0x10);
	expect_gap(s.gap, SYMBOL_PERF_MAP);
	end(&a);
}

static int begin_all(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chmod(folder, 0755))
		return -1;
	return setenv("SPECIMENS", folder, 1);
}

static int end_all(void **state)
{
	(void)state;
	return run("rm -rf %s", folder) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_code_and_data_however_it_is_built),
		cmocka_unit_test(names_many_addresses_at_once),
		cmocka_unit_test(names_code_made_at_run_time),
	};

	return live_run(tests, begin_all, end_all);
}
