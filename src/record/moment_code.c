/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/moment_code.h"

#include <errno.h>
#include <string.h>

#include "part_code.h"
#include "twintop/record/trust.h"

#define SNAPSHOT_ROOM  ((size_t)1 << 20) /* bytes for what is known of the moment itself … */
#define PARTS_ROOM     ((size_t)1 << 29) /* … and for all its parts: see FRAME_MOST */
#define PARTS_MOST     64u		 /* told of in one moment */
#define RECORDS_WEIGHT 2u
#define THREADS_WEIGHT 8u
#define THREADS_STILL  2u

static unsigned sides_of(enum part_kind kind)
{
	return part_table[kind].scope == PART_OF_SIDE ? 2 : 1;
}

/* "a.fds", "family": static for the program's life. */
static void name_part(enum part_kind kind, unsigned side, struct textbuf *ret)
{
	textbuf_clear(ret);
	if (part_table[kind].scope == PART_OF_SIDE)
		textbuf_adds(ret, side ? "b." : "a.");
	textbuf_adds(ret, part_table[kind].id);
}

/* ---- writing ------------------------------------------------------------- */

static void put_part(const struct record_out *out, const struct part_scene *scene,
	enum part_kind kind, const struct part *now, const struct part *before)
{
	const struct part_code *code = &part_codes[kind];

	/* What was told between two moments has nothing of what was told before. */
	if (part_table[kind].origin == PART_TOLD)
		before = NULL;
	wire_put_array(out->wire, 2);
	wire_put_bool(out->wire, before != NULL);
	if (code->put)
		code->put(out, scene, now, before);
	else
		record_put(out, *code->shape, now, before);
}

/* Whether it is one part of both sides. */
static bool is_of_both(const struct snapshot *s, enum part_kind kind, unsigned side)
{
	return side == 1 && snapshot_part(s, kind, 1) &&
	       snapshot_part(s, kind, 1) == snapshot_part(s, kind, 0);
}

static void put_changed(const struct record_out *out, const struct snapshot *now,
	const struct snapshot *before, enum part_kind kind, unsigned side)
{
	struct part_scene scene = {now, side, false};
	const struct part *part = snapshot_part(now, kind, side);

	if (!part)
		wire_put_null(out->wire);
	else if (is_of_both(now, kind, side))
		wire_put_bool(out->wire, true);
	else
		put_part(
			out, &scene, kind, part, before ? snapshot_part(before, kind, side) : NULL);
}

static bool has_changed(const struct snapshot *now, const struct snapshot *before,
	enum part_kind kind, unsigned side)
{
	return snapshot_part(now, kind, side) !=
	       (before ? snapshot_part(before, kind, side) : NULL);
}

/*
 * A record takes a reader longer than as many bytes of pages, which lie in a row. Of threads those
 * are read that moved, which takes longest of all; the others are but looked at.
 */
static uint64_t weight_of(enum part_kind kind, const struct part *now, const struct part *before)
{
	uint64_t bytes = part_bytes(kind, now, NULL);

	if (kind == PART_THREADS && now)
		return bytes / THREADS_STILL + THREADS_WEIGHT * part_bytes(kind, now, before);
	return kind == PART_PAGES ? bytes : RECORDS_WEIGHT * bytes;
}

uint64_t moment_code_weight(const struct snapshot *now, const struct snapshot *before)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < 2 * PART_KINDS; i++) {
		enum part_kind kind = (enum part_kind)(i / 2);
		unsigned side = i % 2;

		if (side < sides_of(kind) && part_code_is_written(kind) &&
			!is_of_both(now, kind, side) && has_changed(now, before, kind, side))
			sum += weight_of(kind, snapshot_part(now, kind, side),
				before ? snapshot_part(before, kind, side) : NULL);
	}
	return sum;
}

void moment_code_put(
	const struct record_out *out, const struct snapshot *now, const struct snapshot *before)
{
	struct textbuf name = {0};
	size_t n = 0;

	wire_put_map(out->wire, 2);
	wire_put_string(out->wire, "moment");
	record_put(out, shape_table[SHAPE_OF_snapshot], now, NULL);
	wire_put_string(out->wire, "parts");
	for (unsigned kind = 0; kind < PART_KINDS; kind++)
		for (unsigned side = 0; side < sides_of((enum part_kind)kind); side++)
			n += part_code_is_written((enum part_kind)kind) &&
			     has_changed(now, before, (enum part_kind)kind, side);
	wire_put_map(out->wire, n);
	for (unsigned i = 0; i < PART_KINDS; i++)
		for (unsigned side = 0; side < sides_of((enum part_kind)i); side++) {
			enum part_kind kind = (enum part_kind)i;

			if (!part_code_is_written(kind) || !has_changed(now, before, kind, side))
				continue;
			name_part(kind, side, &name);
			wire_put_string(out->wire, name.bytes);
			put_changed(out, now, before, kind, side);
		}
	textbuf_free(&name);
}

/* ---- reading ------------------------------------------------------------- */

/* A moment as it is read. */
struct moment_in {
	struct wire_in *wire;
	const struct record_names *names;
	const struct snapshot *before;
	struct snapshot *now;
	size_t room;
	/* Where the parts stand: those of sides, then of the pair and the host. */
	bool told[2][PART_KINDS];
};

static const struct part **place_of(struct snapshot *s, enum part_kind kind, unsigned side)
{
	switch (part_table[kind].scope) {
	case PART_OF_SIDE:
		return &s->side[side].part[kind];
	case PART_OF_PAIR:
		return &s->pair_part[kind - SIDE_PARTS];
	default:
		return &s->host_part[kind - SIDE_PARTS - PAIR_PARTS];
	}
}

/* Takes over the reference to part, which may be NULL. */
static void put_place(
	struct snapshot *s, enum part_kind kind, unsigned side, const struct part *part)
{
	const struct part **place = place_of(s, kind, side);

	part_put(*place);
	*place = part;
}

/* Of a moment with fewer sides there are no parts of the others. */
static bool has_place(const struct snapshot *s, enum part_kind kind, unsigned side)
{
	return part_table[kind].scope != PART_OF_SIDE || side < s->sides;
}

static int get_part(struct moment_in *in, enum part_kind kind, unsigned side)
{
	const struct part_code *code = &part_codes[kind];
	struct part_scene scene = {in->now, side, false};
	struct part *part = part_make(kind);
	struct record_in record = {
		.wire = in->wire, .names = in->names, .arena = &part->arena, .room = in->room};
	struct wire_item changes = wire_next(in->wire);
	const struct part *before =
		in->before && changes.number ? snapshot_part(in->before, kind, side) : NULL;
	int error;

	put_place(in->now, kind, side, part);
	if (changes.kind != WIRE_BOOL || (changes.number && !before))
		return -EBADMSG;
	if (code->get)
		error = code->get(&record, &scene, part, before);
	else
		error = record_get(&record, *code->shape, part, before);
	in->room = record.room;
	return error;
}

static int get_changed(struct moment_in *in, enum part_kind kind, unsigned side)
{
	struct wire_item item = wire_next(in->wire);

	if (in->told[side][kind] || (item.kind != WIRE_NULL && !has_place(in->now, kind, side)))
		return -EBADMSG;
	in->told[side][kind] = true;
	switch (item.kind) {
	case WIRE_NULL:
		if (has_place(in->now, kind, side))
			put_place(in->now, kind, side, NULL);
		return 0;
	case WIRE_BOOL:
		if (!item.number || side != 1)
			return -EBADMSG;
		put_place(in->now, kind, 1, part_get(snapshot_part(in->now, kind, 0)));
		return 0;
	case WIRE_ARRAY:
		return item.number == 2 ? get_part(in, kind, side) : -EBADMSG;
	default:
		return -EBADMSG;
	}
}

static bool find_part(const struct wire_item *name, enum part_kind *ret_kind, unsigned *ret_side)
{
	struct textbuf text = {0};
	bool found = false;

	for (unsigned i = 0; !found && i < 2 * PART_KINDS; i++) {
		*ret_kind = (enum part_kind)(i / 2);
		*ret_side = i % 2;
		if (*ret_side >= sides_of(*ret_kind) || !part_code_is_written(*ret_kind))
			continue;
		name_part(*ret_kind, *ret_side, &text);
		found = text_equal((struct text){name->bytes, name->number},
			(struct text){text.bytes, text.len});
	}
	textbuf_free(&text);
	return found;
}

/* What is not told of is as it was; what others made of it is made anew. */
static void keep_all(struct moment_in *in)
{
	for (unsigned i = 0; in->before && i < 2 * PART_KINDS; i++) {
		enum part_kind kind = (enum part_kind)(i / 2);
		unsigned side = i % 2;

		if (side < sides_of(kind) && has_place(in->now, kind, side) &&
			part_code_is_written(kind))
			put_place(in->now, kind, side,
				part_get(snapshot_part(in->before, kind, side)));
	}
}

static int get_parts(struct moment_in *in)
{
	struct wire_item map = wire_next(in->wire);
	int error = 0;

	if (map.kind != WIRE_MAP || map.number > PARTS_MOST)
		return -EBADMSG;
	keep_all(in);
	for (uint64_t i = 0; !error && i < map.number; i++) {
		struct wire_item name = wire_next(in->wire);
		enum part_kind kind;
		unsigned side;

		if (name.kind != WIRE_STRING)
			return -EBADMSG;
		if (find_part(&name, &kind, &side))
			error = get_changed(in, kind, side);
		else if (!wire_skip(in->wire))
			error = -EBADMSG;
	}
	return error;
}

static int get_snapshot(struct moment_in *in)
{
	struct record_in record = {.wire = in->wire,
		.names = in->names,
		.arena = &in->now->part.arena,
		.room = SNAPSHOT_ROOM};

	return record_get(&record, shape_table[SHAPE_OF_snapshot], in->now, NULL);
}

static int get_moment(struct moment_in *in)
{
	struct wire_item map = wire_next(in->wire);
	bool told = false, parts = false;
	int error = map.kind == WIRE_MAP ? 0 : -EBADMSG;

	for (uint64_t i = 0; !error && i < map.number; i++) {
		struct wire_item name = wire_next(in->wire);
		struct text text = {name.bytes, name.number};

		if (name.kind != WIRE_STRING)
			error = -EBADMSG;
		else if (!told && text_equal(text, text_of("moment"))) {
			error = get_snapshot(in);
			told = true;
		} else if (told && !parts && text_equal(text, text_of("parts"))) {
			error = get_parts(in);
			parts = true;
		} else if (!wire_skip(in->wire)) {
			error = -EBADMSG;
		}
	}
	return error ? error : parts ? 0 : -EBADMSG;
}

int moment_code_get(struct wire_in *in, const struct record_names *names,
	const struct snapshot *before, struct snapshot **ret)
{
	struct moment_in m = {in, names, before, snapshot_new(), PARTS_ROOM, {{false}}};
	int error = get_moment(&m);

	if (!error && trust_breach(m.now, before))
		error = -EBADMSG;
	if (error) {
		part_put(m.now);
		return error;
	}
	*ret = m.now;
	return 0;
}
