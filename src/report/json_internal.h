/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_JSON_INTERNAL_H
#define TWINTOP_REPORT_JSON_INTERNAL_H

#include <jansson.h>

#include "twintop/base/vec.h"
#include "twintop/model/field.h"

/* One kind of gap in the object: a path and why it is null there. */
struct json_gap {
	char *path;	    /* owned */
	const char *reason; /* static */
};

/* All that one moment lacks, each path and reason once. Zeroed is empty. */
struct json_gaps {
	VEC(struct json_gap) list;
};

/* Notes that path (printf) is null because of reason. */
void json_gaps_note(struct json_gaps *g, const char *reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* [{"path":…,"reason":…}]; empties g. */
json_t *json_gaps_take(struct json_gaps *g);

/* A number; beyond the signed 64 bits that jansson holds, a real. */
json_t *json_of_u64(uint64_t u);
/* "0x7f2c40000000" */
json_t *json_of_address(uint64_t address);
/* Any bytes, by text_utf8(). */
json_t *json_of_text(struct text t);
/* A known value of that unit; null where it is unknown. */
json_t *json_of_value(const struct value *v, enum unit unit);
/* {"code":3,"signal":null} of a wait(2) status word. */
json_t *json_of_wait_status(int status);

/* DESIGN.md's PAIR of m, or null; gaps under "pair". */
json_t *json_of_pair(const struct moment *m, struct json_gaps *gaps);
/* One process with its threads, mappings and descriptors. */
json_t *json_of_side(const struct moment *m, unsigned side, struct json_gaps *gaps);

#endif
