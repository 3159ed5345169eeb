/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_ROWS_INTERNAL_H
#define TWINTOP_ROWS_INTERNAL_H

#include "list_view_internal.h"

/* Rows of a pair's table, whose records begin with the two indexes. */
struct rows_link {
	int a, b;
};
struct rows_source {
	enum record_kind kind;
	const void *link; /* first record; NULL or n 0: not compared */
	size_t n, stride;
	uint64_t (*id)(const struct moment *m, unsigned side, size_t index);
	enum row_state (*state)(const struct moment *m, size_t i); /* of the pair's row i */
};

/* The rows as the pair aligned them, or each record alone where nothing was compared. */
size_t rows_make(const struct list_env *env, const struct rows_source *source, struct arena *arena,
	struct list_row **ret_rows);

/* The rows of the threads: the Threads and Stacks views. */
size_t rows_threads(const struct list_env *env, struct arena *arena, struct list_row **ret_rows);
/* Whether the threads of two moments stand in the same rows, and how those of a row compare. */
bool rows_threads_same(const struct moment *now, const struct moment *before);
enum row_state rows_thread_state(const struct list_env *env, const struct list_row *row);
/* "blocked in read: stops its 4 user-level threads"; nothing of a row without any. */
void rows_user_threads_note(
	const struct list_env *env, const struct list_row *row, struct textbuf *out);
/* The mark between the panes: of the thread that is to be A, else how the two compare. */
struct list_glyph rows_thread_glyph(const struct list_env *env, const struct list_row *row);

#endif
