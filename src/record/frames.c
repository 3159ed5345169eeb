/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frames.h"

#include <errno.h>

#include "part_code.h"
#include "twintop/record/trust.h"

#define EVENTS_ROOM ((size_t)64 << 20) /* bytes for all that one array tells of */

/* ---- writing --------------------------------------------------------------- */

static void put_number(struct textbuf *out, const char *name, uint64_t number)
{
	wire_put_string(out, name);
	wire_put_uint(out, number);
}

static void put_place(const struct record_out *out, const struct frame_place *place, size_t members,
	const uint64_t *time_ns, size_t moments)
{
	wire_put_map(out->wire, members);
	put_number(out->wire, "frame", place->offset);
	put_number(out->wire, "time", place->time_ns);
	put_number(out->wire, "sequence", place->sequence);
	wire_put_string(out->wire, "key");
	wire_put_bool(out->wire, place->key);
	wire_put_string(out->wire, "moments");
	wire_put_words(out->wire, time_ns, moments);
}

void frame_head_put(const struct record_out *out, const struct frame_place *place,
	const uint64_t *time_ns, size_t moments)
{
	put_place(out, place, 5, time_ns, moments);
}

void frame_head_put_all(const struct record_out *out, const struct frame_place *place,
	const uint64_t *time_ns, size_t moments, const struct told_events *events,
	const struct text *seed)
{
	put_place(out, place, seed ? 7 : 6, time_ns, moments);
	wire_put_string(out->wire, "events");
	frame_events_put(out, events);
	if (!seed)
		return;
	wire_put_string(out->wire, "seed");
	wire_put_embedded(out->wire, seed->bytes, seed->len);
}

void frame_events_put(const struct record_out *out, const struct told_events *events)
{
	wire_put_array(out->wire, events->n);
	for (size_t i = 0; i < events->n; i++) {
		wire_put_array(out->wire, 3);
		wire_put_uint(out->wire, events->item[i].moment_ns);
		wire_put_uint(out->wire, events->item[i].sequence);
		record_put(out, shape_table[SHAPE_OF_event_batch], events->item[i].batch, NULL);
	}
}

/* ---- reading --------------------------------------------------------------- */

static bool is_named(const struct wire_item *item, const char *name)
{
	return text_equal((struct text){item->bytes, item->number}, text_of(name));
}

/* The member that such a name stands for; NULL: none. */
static uint64_t *number_of(struct frame_place *p, const struct wire_item *name)
{
	return is_named(name, "frame")	    ? &p->offset
	       : is_named(name, "time")	    ? &p->time_ns
	       : is_named(name, "sequence") ? &p->sequence
					    : NULL;
}

/* The bytes of the next item. */
static bool get_item(struct wire_in *in, struct wire_in *ret)
{
	size_t from = in->at;

	if (!wire_skip(in))
		return false;
	*ret = (struct wire_in){in->bytes + from, in->at - from, 0};
	return true;
}

static bool get_seed(struct wire_in *in, struct text *ret)
{
	struct wire_item tag = wire_next(in), bytes = wire_next(in);

	if (tag.kind != WIRE_TAG || bytes.kind != WIRE_BYTES)
		return false;
	*ret = (struct text){bytes.bytes, bytes.number};
	return true;
}

/* One member of the head; false: it is none. */
static bool get_member(struct wire_in *in, const struct wire_item *name, struct frame_head *ret)
{
	uint64_t *number = number_of(&ret->place, name);
	struct wire_item value;

	if (is_named(name, "moments"))
		return get_item(in, &ret->times);
	if (is_named(name, "events"))
		return get_item(in, &ret->events);
	if (is_named(name, "seed"))
		return get_seed(in, &ret->seed);
	if (!number && !is_named(name, "key"))
		return wire_skip(in);
	value = wire_next(in);
	if (value.kind != (number ? WIRE_UINT : WIRE_BOOL))
		return false;
	if (number)
		*number = value.number;
	else
		ret->place.key = value.number;
	return true;
}

int frame_head_get(struct wire_in *in, bool cut, struct frame_head *ret)
{
	struct wire_item map = wire_next(in), name;

	*ret = (struct frame_head){0};
	if (map.kind != WIRE_MAP)
		return -EBADMSG;
	for (uint64_t i = 0; i < map.number; i++) {
		name = wire_next(in);
		if (name.kind != WIRE_STRING)
			return -EBADMSG;
		if (cut && is_named(&name, "seed"))
			return 0;
		if (!get_member(in, &name, ret))
			return -EBADMSG;
	}
	return 0;
}

static int get_batch(struct record_in *in, struct event_log *log)
{
	struct wire_item array = wire_next(in->wire), time = wire_next(in->wire),
			 sequence = wire_next(in->wire);
	struct event_batch *batch;
	int error;

	if (array.kind != WIRE_ARRAY || array.number != 3 || time.kind != WIRE_UINT ||
		sequence.kind != WIRE_UINT)
		return -EBADMSG;
	batch = part_make(PART_EVENTS);
	in->arena = &batch->part.arena;
	error = events_get(in, batch);
	if (!error && trust_part_breach(NULL, PART_EVENTS, &batch->part))
		error = -EBADMSG;
	if (!error && batch->n)
		event_log_add_batch(
			log, &(const struct told_batch){time.number, sequence.number, batch});
	part_put(batch);
	return error;
}

int frame_events_get(struct wire_in *in, const struct record_names *names, struct event_log *log)
{
	struct record_in record = {.wire = in, .names = names, .arena = NULL, .room = EVENTS_ROOM};
	struct wire_item array = wire_next(in);
	int error = array.kind == WIRE_ARRAY ? 0 : -EBADMSG;

	for (uint64_t i = 0; !error && i < array.number; i++)
		error = get_batch(&record, log);
	return error;
}
