/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/keep.h"

#include <errno.h>

#include "part_code.h"
#include "twintop/record/redaction.h"
#include "twintop/record/trust.h"

#define ROOM ((size_t)1 << 29) /* bytes for all that is read: see FRAME_MOST */

static void know(
	struct keep *k, enum part_kind kind, unsigned side, bool lean, const struct part *part)
{
	VEC_PUSH(&k->part,
		(struct kept_part){kind, side, lean && kind == PART_THREADS, part_get(part)});
}

static void know_all(struct keep *k)
{
	for (unsigned i = 0; k->beside && i < 2 * PART_KINDS; i++) {
		enum part_kind kind = (enum part_kind)(i / 2);
		const struct part *part = NULL;

		if (part_code_is_written(kind) &&
			(i % 2 == 0 || part_table[kind].scope == PART_OF_SIDE))
			part = snapshot_part(k->beside, kind, i % 2);
		if (part)
			know(k, kind, i % 2, false, part);
	}
}

struct keep keep_write(const struct record_out *out, const struct snapshot *beside)
{
	struct keep k = {.out = out, .beside = beside};

	know_all(&k);
	return k;
}

struct keep keep_read(
	struct wire_in *in, const struct record_names *names, const struct snapshot *beside)
{
	struct keep k = {.in = in, .names = names, .beside = beside, .room = ROOM};

	know_all(&k);
	return k;
}

int keep_end(struct keep *k)
{
	for (size_t i = 0; i < k->part.n; i++)
		part_put(k->part.item[i].part);
	VEC_FREE(&k->part);
	return k->error;
}

static void fail(struct keep *k, int error)
{
	k->error = k->error ? k->error : error;
}

void keep_fail(struct keep *k)
{
	fail(k, -EBADMSG);
}

/* The next item, which is of that kind; else nothing. */
static struct wire_item next(struct keep *k, enum wire_kind kind)
{
	struct wire_item item = {0};

	if (!k->error)
		item = wire_next(k->in);
	if (item.kind == kind)
		return item;
	keep_fail(k);
	return (struct wire_item){0};
}

uint64_t keep_number(struct keep *k, uint64_t number, uint64_t most)
{
	if (k->out) {
		wire_put_uint(k->out->wire, number);
		return number;
	}
	number = next(k, WIRE_UINT).number;
	if (!most || number < most)
		return number;
	keep_fail(k);
	return 0;
}

double keep_real(struct keep *k, double value)
{
	if (!k->out)
		return next(k, WIRE_REAL).real;
	wire_put_real(k->out->wire, value);
	return value;
}

size_t keep_count(struct keep *k, size_t n, size_t most)
{
	if (k->out) {
		wire_put_uint(k->out->wire, n);
		return n;
	}
	n = next(k, WIRE_UINT).number;
	if (n <= most && n <= k->in->n - k->in->at)
		return n;
	keep_fail(k);
	return 0;
}

const void *keep_records(struct keep *k, enum shape_number shape, const void *first, size_t n,
	struct arena *arena, size_t *ret_n)
{
	const struct shape *of = shape_table[shape];
	struct shape_row row = {
		.form = SHAPE_STRUCT, .place = SHAPE_LIST, .bytes = of->bytes, .of = of};
	struct record_in in = {.wire = k->in, .names = k->names, .arena = arena, .room = k->room};
	void *values = NULL;
	int error;

	if (k->out) {
		record_put_list(k->out, &row, (struct record_list){first, NULL, n}, NULL);
		*ret_n = n;
		return first;
	}
	*ret_n = 0;
	if (k->error)
		return NULL;
	error = record_get_list(&in, &row, NULL, 0, &values, &n);
	k->room = in.room;
	if (error) {
		fail(k, error);
		return NULL;
	}
	*ret_n = n;
	return values;
}

static void put_text(const struct record_out *out, struct text text, enum shape_privacy privacy)
{
	if (out->redaction && text.len)
		text = redaction_text(out->redaction, privacy, NULL, &text);
	wire_put_bytes(out->wire, text.len ? text.bytes : "", text.len);
}

struct text keep_text(
	struct keep *k, struct text text, enum shape_privacy privacy, struct arena *arena)
{
	struct wire_item item;

	if (k->out) {
		put_text(k->out, text, privacy);
		return text;
	}
	item = next(k, WIRE_BYTES);
	if (k->error || item.number >= k->room) {
		fail(k, -E2BIG);
		return (struct text){0};
	}
	k->room -= item.number + 1;
	return (struct text){arena_copy(arena, item.bytes, item.number), item.number};
}

/* ---- parts ----------------------------------------------------------------- */

/* Whether it is of that kind, and has all that is wanted of it. */
static bool fits(const struct kept_part *kept, enum part_kind kind, bool lean)
{
	return kept->kind == kind && (lean || !kept->lean);
}

/* The number of a part that was told; that many where it was not. */
static size_t find(const struct keep *k, enum part_kind kind, bool lean, const void *part)
{
	size_t i = 0;

	while (i < k->part.n &&
		(k->part.item[i].part != part || !fits(&k->part.item[i], kind, lean)))
		i++;
	return i;
}

/* The last one told of that kind and side, which another is likely to resemble. */
static const struct part *last_of(
	const struct keep *k, enum part_kind kind, unsigned side, bool lean)
{
	if (part_table[kind].origin == PART_TOLD)
		return NULL;
	for (size_t i = k->part.n; i-- > 0;)
		if (fits(&k->part.item[i], kind, lean) && k->part.item[i].side == side)
			return k->part.item[i].part;
	return NULL;
}

static void put_part(
	struct keep *k, enum part_kind kind, unsigned side, bool lean, const void *part)
{
	const struct part_code *code = &part_codes[kind];
	struct part_scene scene = {k->beside, side, lean};
	const struct part *before = last_of(k, kind, side, lean);
	size_t at = find(k, kind, lean, part);

	if (!part || at < k->part.n) {
		wire_put_uint(k->out->wire, part ? at + 1 : 0);
		return;
	}
	wire_put_array(k->out->wire, 1);
	if (code->put)
		code->put(k->out, &scene, part, before);
	else
		record_put(k->out, *code->shape, part, before);
	know(k, kind, side, lean, part);
}

static const void *get_new(struct keep *k, enum part_kind kind, unsigned side, bool lean)
{
	const struct part_code *code = &part_codes[kind];
	struct part_scene scene = {k->beside, side, lean};
	const struct part *before = last_of(k, kind, side, lean);
	struct part *part = part_make(kind);
	struct record_in in = {
		.wire = k->in, .names = k->names, .arena = &part->arena, .room = k->room};
	int error;

	if (code->get)
		error = code->get(&in, &scene, part, before);
	else
		error = record_get(&in, *code->shape, part, before);
	k->room = in.room;
	if (!error && trust_part_breach(k->beside, kind, part))
		error = -EBADMSG;
	if (error) {
		fail(k, error);
		part_put(part);
		return NULL;
	}
	know(k, kind, side, lean, part);
	return part;
}

static const void *get_part(struct keep *k, enum part_kind kind, unsigned side, bool lean)
{
	struct wire_item item;

	if (k->error)
		return NULL;
	item = wire_next(k->in);
	if (item.kind == WIRE_ARRAY && item.number == 1)
		return get_new(k, kind, side, lean);
	if (item.kind == WIRE_UINT && !item.number)
		return NULL;
	if (item.kind == WIRE_UINT && item.number <= k->part.n &&
		fits(&k->part.item[item.number - 1], kind, lean))
		return part_get(k->part.item[item.number - 1].part);
	keep_fail(k);
	return NULL;
}

const void *keep_part(
	struct keep *k, enum part_kind kind, unsigned side, bool lean, const void *part)
{
	if (k->out) {
		put_part(k, kind, side, lean, part);
		return part;
	}
	part_put(part);
	return get_part(k, kind, side, lean);
}

const struct fault_example *keep_example(struct keep *k, const struct fault_example *example)
{
	struct arena arena = {0};
	struct record_in in = {.wire = k->in, .names = k->names, .arena = &arena, .room = k->room};
	struct fault_example head = {0};
	int error;

	if (k->out) {
		wire_put_array(k->out->wire, example != NULL);
		if (example)
			record_put(k->out, shape_table[SHAPE_OF_fault_example], example, NULL);
		return example;
	}
	fault_example_put(example);
	if (!next(k, WIRE_ARRAY).number || k->error)
		return NULL;
	error = record_get(&in, shape_table[SHAPE_OF_fault_example], &head, NULL);
	k->room = in.room;
	if (error)
		fail(k, error);
	arena_free(&arena);
	return error ? NULL : fault_example_new(&head, NULL, 0);
}
