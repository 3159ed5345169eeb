/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_INTERNAL_H
#define TWINTOP_REPORT_INTERNAL_H

#include "twintop/base/vec.h"
#include "twintop/model/backtrace.h"
#include "twintop/model/field.h"

#define REPORT_COLUMNS_MAX 24

/* A table of texts whose columns become as wide as their widest cell. Zeroed is empty. */
struct report_table {
	struct arena arena;
	size_t columns;
	const char *heading[REPORT_COLUMNS_MAX]; /* static */
	bool left[REPORT_COLUMNS_MAX];
	VEC(const char *) cell; /* row by row, in the arena */
};

void report_column(struct report_table *t, const char *heading, bool left);
/* The next cell: our own UTF-8, or a field of a record. */
void report_cell(struct report_table *t, const char *utf8);
void report_cellf(struct report_table *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void report_field(struct report_table *t, const struct field *f, const struct record *r);
/* Appends heading and rows, each indented by two, and frees the table. */
void report_write(struct report_table *t, struct textbuf *out);

/* A section's title with what stands behind it: "Threads of A   [exact]". */
void report_section(struct textbuf *out, const char *title, const char *honesty);
/*
 * "exact", "hidden: needs …", "stale: read 1.2s before" of a side's records; static or in out[160].
 * NULL: there are none, and that is known.
 */
const char *report_honesty(
	char out[160], const struct moment *m, enum record_kind kind, unsigned side);

void report_processes(const struct moment *m, struct textbuf *out);
/* What runtimes they have, what shows them and what they limit. */
void report_runtimes(const struct moment *m, struct textbuf *out);
/* What the two share, item by item; and their pages by verdict. */
void report_card(const struct moment *m, struct textbuf *out);
void report_verdicts(const struct moment *m, struct textbuf *out);
/* What became of A since the moment it stands beside; in place of both. */
void report_past(const struct moment *m, struct textbuf *out);
void report_past_pages(const struct moment *m, struct textbuf *out);
/* Mappings, threads and descriptors that are new, changed or gone. */
void report_past_memory(const struct moment *m, struct textbuf *out);
void report_past_fds(const struct moment *m, struct textbuf *out);
/* Who copied pages, and who touched them first. */
void report_writers(const struct moment *m, struct textbuf *out);
void report_memory(const struct moment *m, struct textbuf *out);
void report_threads(const struct moment *m, struct textbuf *out);
/* Threads that wait for one another in a ring; nothing where there are none. */
void report_waits(const struct moment *m, struct textbuf *out);
/* What the time of each thread goes into. */
void report_duties(const struct moment *m, struct textbuf *out);
void report_lanes(const struct moment *m, struct textbuf *out);
/* Threads that were seen on several stacks, and these; nothing where there are none. */
void report_user_stacks(const struct moment *m, struct textbuf *out);
/* How its threads came to where they stand, those that came one way together. */
void report_backtraces(const struct moment *m, struct textbuf *out);
/* A line a frame, and why there are no more. */
void report_frames(const struct backtrace *b, struct textbuf *out);
void report_files(const struct moment *m, struct textbuf *out);
/* What memory exists once and serves both. */
void report_common(const struct moment *m, struct textbuf *out);
/* Memory in common by mechanism, the channels, and the signals that are not left alone. */
void report_sharing(const struct moment *m, struct textbuf *out);
/* The process-versus-thread table, of A and B. */
void report_textbook(const struct moment *m, struct textbuf *out);
/* Each process as a house. */
void report_house(const struct moment *m, struct textbuf *out);
void report_signals(const struct moment *m, struct textbuf *out);
/* A and its descendants, where there are any. */
void report_family(const struct moment *m, struct textbuf *out);
/* What happened since the moment before; nothing where nothing did. */
void report_events(const struct moment *m, struct textbuf *out);
/* All fields of these kinds (bits of 1 << enum record_kind) that are unknown, with how many records
 * lack them and why. */
void report_unknown(const struct moment *m, unsigned kinds, struct textbuf *out);

#endif
