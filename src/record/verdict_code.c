/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts, with what points into them and what they say page by page. */
#include <errno.h>

#include "part_code.h"
#include "twintop/model/pair.h"

/* ---- writing --------------------------------------------------------------- */

static void put_shared(struct textbuf *out, const struct verdicts *v)
{
	wire_put_array(out, v->shared_n);
	for (size_t i = 0; i < v->shared_n; i++)
		wire_put_uint(out, (uint64_t)(v->shared[i] - v->mapping));
}

static void put_counts(struct textbuf *out, const uint64_t *count, size_t n)
{
	if (count)
		wire_put_words(out, count, n);
	else
		wire_put_null(out);
}

static void put_runs(struct textbuf *out, const struct verdicts *v)
{
	wire_put_array(out, 2 * v->verdict_runs_n);
	for (size_t i = 0; i < v->verdict_runs_n; i++) {
		wire_put_uint(out, v->verdict_run[i].start);
		wire_put_bytes(out, v->verdict_run[i].verdict, v->verdict_run[i].n);
	}
}

void verdict_code_put(const struct record_out *out, const struct part_scene *scene, const void *now,
	const void *before)
{
	const struct verdicts *v = now;

	(void)scene;
	wire_put_array(out->wire, 8);
	wire_put_bool(out->wire, before != NULL);
	record_put(out, shape_table[SHAPE_OF_verdicts], v, before);
	put_shared(out->wire, v);
	for (unsigned side = 0; side < 2; side++) {
		put_counts(out->wire, v->cow_shared[side], verdicts_mappings(v, side));
		put_counts(out->wire, v->copied[side], verdicts_mappings(v, side));
	}
	put_runs(out->wire, v);
}

/* ---- reading --------------------------------------------------------------- */

static void *room_for(struct record_in *in, size_t n, size_t size)
{
	if (n > in->room / size)
		return NULL;
	in->room -= n * size;
	return arena_array(in->arena, n, size);
}

static int get_shared(struct record_in *in, struct verdicts *v)
{
	struct wire_item array = wire_next(in->wire), at;

	if (array.kind != WIRE_ARRAY || array.number > v->mappings_n)
		return -EBADMSG;
	v->shared = room_for(in, array.number, sizeof *v->shared);
	if (!v->shared)
		return -E2BIG;
	for (; v->shared_n < array.number; v->shared_n++) {
		at = wire_next(in->wire);
		if (at.kind != WIRE_UINT || at.number >= v->mappings_n)
			return -EBADMSG;
		v->shared[v->shared_n] = &v->mapping[at.number];
	}
	return 0;
}

static int get_counts(struct record_in *in, size_t n, uint64_t **ret)
{
	if (wire_peek(in->wire) == WIRE_NULL) {
		wire_next(in->wire);
		return 0;
	}
	if (wire_words_n(in->wire) != (ptrdiff_t)n)
		return -EBADMSG;
	*ret = room_for(in, n, sizeof **ret);
	if (!*ret)
		return -E2BIG;
	return wire_words(in->wire, *ret, n) == (ptrdiff_t)n ? 0 : -EBADMSG;
}

static bool is_verdict(uint8_t v)
{
	return (v & ~VERDICT_FRESH) < PAGE_VERDICTS;
}

/* One behind the other; *end: of the last one. */
static int get_run(
	struct record_in *in, const struct verdicts *v, uint64_t *end, struct verdict_run *ret)
{
	struct wire_item start = wire_next(in->wire), bytes = wire_next(in->wire);
	uint64_t size;
	uint8_t *verdict;

	if (start.kind != WIRE_UINT || bytes.kind != WIRE_BYTES || start.number < *end ||
		!v->page_size || __builtin_mul_overflow(bytes.number, v->page_size, &size) ||
		__builtin_add_overflow(start.number, size, end))
		return -EBADMSG;
	verdict = room_for(in, bytes.number, 1);
	if (!verdict)
		return -E2BIG;
	for (uint64_t i = 0; i < bytes.number; i++) {
		verdict[i] = (uint8_t)bytes.bytes[i];
		if (!is_verdict(verdict[i]))
			return -EBADMSG;
	}
	*ret = (struct verdict_run){start.number, bytes.number, verdict};
	return 0;
}

static int get_runs(struct record_in *in, struct verdicts *v)
{
	struct wire_item array = wire_next(in->wire);
	uint64_t end = 0;
	int error = 0;

	if (array.kind != WIRE_ARRAY || array.number % 2 ||
		array.number > in->wire->n - in->wire->at)
		return -EBADMSG;
	v->verdict_run = room_for(in, array.number / 2, sizeof *v->verdict_run);
	if (!v->verdict_run)
		return -E2BIG;
	while (!error && v->verdict_runs_n < array.number / 2)
		error = get_run(in, v, &end, &v->verdict_run[v->verdict_runs_n++]);
	return error;
}

static bool rows_are_sound(const struct verdicts *v)
{
	for (size_t i = 0; i < v->mappings_n; i++)
		if (v->mapping[i].a < -1 || v->mapping[i].b < -1)
			return false;
	return true;
}

int verdict_code_get(
	struct record_in *in, const struct part_scene *scene, void *ret, const void *before)
{
	struct verdicts *v = ret;
	struct wire_item array = wire_next(in->wire), changes = wire_next(in->wire);
	int error;

	(void)scene;
	if (array.kind != WIRE_ARRAY || array.number != 8 || changes.kind != WIRE_BOOL ||
		(changes.number && !before))
		return -EBADMSG;
	error = record_get(in, shape_table[SHAPE_OF_verdicts], v, changes.number ? before : NULL);
	if (!error && !rows_are_sound(v))
		error = -EBADMSG;
	if (!error)
		error = get_shared(in, v);
	for (unsigned side = 0; !error && side < 2; side++) {
		error = get_counts(in, verdicts_mappings(v, side), &v->cow_shared[side]);
		if (!error)
			error = get_counts(in, verdicts_mappings(v, side), &v->copied[side]);
	}
	return error ? error : get_runs(in, v);
}
