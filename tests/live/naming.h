/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_NAMING_H
#define TESTS_LIVE_NAMING_H

#include "reading.h"
#include "specimen.h"
#include "twintop/symbols/symbols.h"

/* Another specimen's source than sp_symbols.c, for the whole program. */
void naming_source(const char *file);

/*
 * A specimen sp_symbols, built in a folder of the test's own, and what its addresses are called.
 * Failures fail the test.
 */
struct naming {
	struct specimen *specimen;
	struct reading reading;
	struct symbols *symbols;
	struct arena arena;
	bool hurried; /* what is asked: see struct symbols_target */
};

/* Setup and teardown of the group: the folder, from which specimens are started; sp_stuck, too. */
int naming_begin_all(void **state);
int naming_end_all(void **state);
const char *naming_folder(void);
/* Runs a shell's command there, with the specimen's source as $source; false: it failed. */
bool naming_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Builds sp_NAME; false, and it says so: that cannot be done here. */
bool naming_can_build(const char *name, const char *flags);
/* Builds sp_NAME; skips the test where that cannot be done here. */
void naming_build(const char *name, const char *flags);
/* Makes sp_NAME, a copy of sp_FROM without symbols, and what it lacks in sp_NAME.debug. */
void naming_strip(const char *name, const char *from);

/* Takes the specimen over; skips the test where that says error. */
void naming_begin(struct naming *a, struct specimen *s);
void naming_end(struct naming *a);
struct symbol naming_of(struct naming *a, uint64_t address);
struct symbol naming_at(struct naming *a, const char *key); /* the address that it printed so */

void expect_text(struct text text, const char *wanted);
void expect_gap(enum symbol_gap gap, enum symbol_gap wanted);
void expect_function(const struct symbol *s, const char *name);
/* fill_row and fill_table, each with what is inlined there. */
void expect_lines(struct naming *a);
void expect_object(struct naming *a, const char *key, const char *name, uint64_t offset);
void expect_objects(struct naming *a);
/* A function in a stripped module. */
void expect_stripped(struct naming *a, const char *key);

#endif
