/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rows_internal.h"

static struct list_row row_of(
	const struct moment *m, const struct rows_source *source, ptrdiff_t a, ptrdiff_t b)
{
	struct list_row row = {{0, 0}, {a, b}, -1, ROW_STATES};

	for (unsigned side = 0; side < 2; side++) {
		if (row.index[side] >= (ptrdiff_t)record_count(m, source->kind, side))
			row.index[side] = -1;
		if (row.index[side] >= 0)
			row.id[side] = source->id(m, side, (size_t)row.index[side]);
	}
	return row;
}

static size_t rows_compared(
	const struct moment *m, const struct rows_source *source, struct list_row *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < source->n; i++) {
		const struct rows_link *link =
			(const void *)((const char *)source->link + i * source->stride);
		struct list_row row = row_of(m, source, link->a, link->b);

		if (row.index[0] < 0 && row.index[1] < 0)
			continue;
		row.pair = (ptrdiff_t)i;
		row.state = source->state(m, i);
		rows[n++] = row;
	}
	return n;
}

size_t rows_make(const struct list_env *env, const struct rows_source *source, struct arena *arena,
	struct list_row **ret_rows)
{
	const struct moment *m = env->moment;
	size_t n[2] = {record_count(m, source->kind, 0), record_count(m, source->kind, 1)};
	struct list_row *rows;
	size_t at = 0;

	if (source->link && source->n) {
		rows = arena_array(arena, source->n, sizeof *rows);
		*ret_rows = rows;
		return rows_compared(m, source, rows);
	}
	rows = arena_array(arena, n[0] + n[1], sizeof *rows);
	for (size_t i = 0; i < n[0]; i++)
		rows[at++] = row_of(m, source, (ptrdiff_t)i, -1);
	for (size_t i = 0; i < n[1]; i++)
		rows[at++] = row_of(m, source, -1, (ptrdiff_t)i);
	*ret_rows = rows;
	return at;
}
