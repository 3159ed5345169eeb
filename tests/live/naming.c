/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "naming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "live.h"
#include "twintop/proc/nursery.h"

static char folder[] = "/tmp/twintop-symbols-XXXXXX";
static const char *source = "sp_symbols.c";

void naming_source(const char *file)
{
	source = file;
}

bool naming_run(const char *format, ...)
{
	char command[4096], whole[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	snprintf(whole, sizeof whole, "cd %s && source=%s/tests/specimens/%s && { %s; } >>log 2>&1",
		folder, TWINTOP_SRCDIR, source, command);
	return system(whole) == 0;
}

bool naming_can_build(const char *name, const char *flags)
{
	if (naming_run("[ -e sp_%s ] || cc %s -pthread -o sp_%s $source", name, flags, name))
		return true;
	print_message("no specimen can be built with %s here\n", flags);
	return false;
}

void naming_build(const char *name, const char *flags)
{
	if (!naming_can_build(name, flags))
		skip();
}

void naming_strip(const char *name, const char *from)
{
	if (naming_run("objcopy --only-keep-debug sp_%s sp_%s.debug && strip -o sp_%s sp_%s", from,
		    name, name, from))
		return;
	print_message("nothing can be stripped here\n");
	skip();
}

int naming_begin_all(void **state)
{
	const char *specimens = getenv("SPECIMENS");

	(void)state;
	if (!mkdtemp(folder) || chmod(folder, 0755) ||
		!naming_run("ln -s %s/sp_stuck .", specimens ? specimens : "."))
		return -1;
	return setenv("SPECIMENS", folder, 1);
}

int naming_end_all(void **state)
{
	(void)state;
	return naming_run("rm -rf %s", folder) ? 0 : -1;
}

const char *naming_folder(void)
{
	return folder;
}

/* ---- a target, and what its addresses are called ---------------------------- */

void naming_begin(struct naming *a, struct specimen *s)
{
	*a = (struct naming){.specimen = s};
	if (specimen_has(s, "error")) {
		print_message("the specimen: %s\n", specimen_text(s, "error"));
		skip();
	}
	reading_open(&a->reading, specimen_pid(s), 0);
	nursery_begin(a->reading.root);
	a->symbols = symbols_new(a->reading.root);
	assert_int_equal(reading_maps(&a->reading), 0);
}

void naming_end(struct naming *a)
{
	symbols_free(a->symbols);
	reading_close(&a->reading);
	arena_free(&a->arena);
	specimen_stop(a->specimen);
}

struct symbol naming_of(struct naming *a, uint64_t address)
{
	const struct symbols_target target = {
		{.pid = a->reading.pid}, a->reading.pid, a->reading.memory, a->hurried};
	struct symbol symbol;

	symbols_ask(a->symbols, &target, &address, 1, &a->arena, &symbol);
	assert_int_equal(symbol.address, address);
	return symbol;
}

struct symbol naming_at(struct naming *a, const char *key)
{
	return naming_of(a, specimen_number(a->specimen, key));
}

void expect_text(struct text text, const char *wanted)
{
	if (!text_equal(text, text_of(wanted)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)text.len, text.bytes, wanted);
}

void expect_gap(enum symbol_gap gap, enum symbol_gap wanted)
{
	if (gap != wanted)
		fail_msg("\"%s\" is not \"%s\"", symbol_gap_reason(gap), symbol_gap_reason(wanted));
}

void expect_function(const struct symbol *s, const char *name)
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

void expect_lines(struct naming *a)
{
	const char *const key[] = {"row", "table"}, *const name[] = {"fill_row", "fill_table"},
			  *const line[] = {"row_line", "table_line"};

	for (size_t i = 0; i < 2; i++) {
		struct symbol s = naming_at(a, key[i]);

		expect_function(&s, name[i]);
		expect_gap(s.line_gap, SYMBOL_NO_GAP);
		assert_int_equal(s.frames, 2);
		expect_frame(&s.frame[0], "mark_cell", specimen_number(a->specimen, "cell_line"));
		expect_frame(&s.frame[1], name[i], specimen_number(a->specimen, line[i]));
	}
}

void expect_object(struct naming *a, const char *key, const char *name, uint64_t offset)
{
	struct symbol s = naming_at(a, key);

	expect_gap(s.gap, SYMBOL_NO_GAP);
	expect_gap(s.line_gap, SYMBOL_OF_DATA);
	expect_text(s.name, name);
	assert_true(s.is_data);
	assert_int_equal(s.offset, offset);
}

void expect_objects(struct naming *a)
{
	expect_object(a, "lock", "lock_a", 8);
	expect_object(a, "zeroed", "zeroed", 4000);
	expect_object(a, "hidden", "hidden", 4);
}

void expect_stripped(struct naming *a, const char *key)
{
	struct symbol s = naming_at(a, key);

	expect_gap(s.gap, SYMBOL_STRIPPED);
	expect_gap(s.line_gap, SYMBOL_NO_LINES);
	assert_true(s.has_module_address && s.module.len);
}
