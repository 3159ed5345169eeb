/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frames.h"

#include <errno.h>

void frame_place_put(struct textbuf *out, const struct frame_place *place)
{
	wire_put_map(out, 4);
	wire_put_string(out, "frame");
	wire_put_uint(out, place->offset);
	wire_put_string(out, "time");
	wire_put_uint(out, place->time_ns);
	wire_put_string(out, "sequence");
	wire_put_uint(out, place->sequence);
	wire_put_string(out, "key");
	wire_put_bool(out, place->key);
}

/* The member that such a name stands for; NULL: none. */
static uint64_t *number_of(struct frame_place *p, struct text name)
{
	return text_equal(name, text_of("frame"))      ? &p->offset
	       : text_equal(name, text_of("time"))     ? &p->time_ns
	       : text_equal(name, text_of("sequence")) ? &p->sequence
						       : NULL;
}

int frame_place_get(struct wire_in *in, struct frame_place *ret)
{
	struct wire_item map = wire_next(in), name, value;

	*ret = (struct frame_place){0};
	if (map.kind != WIRE_MAP)
		return -EBADMSG;
	for (uint64_t i = 0; i < map.number; i++) {
		uint64_t *number;

		name = wire_next(in);
		if (name.kind != WIRE_STRING)
			return -EBADMSG;
		number = number_of(ret, (struct text){name.bytes, name.number});
		if (number || text_equal((struct text){name.bytes, name.number}, text_of("key"))) {
			value = wire_next(in);
			if (value.kind != (number ? WIRE_UINT : WIRE_BOOL))
				return -EBADMSG;
			if (number)
				*number = value.number;
			else
				ret->key = value.number;
		} else if (!wire_skip(in)) {
			return -EBADMSG;
		}
	}
	return 0;
}
