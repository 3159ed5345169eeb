/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_PERF_MAP_H
#define TWINTOP_SYMBOLS_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "twintop/base/text.h"
#include "twintop/base/vec.h"

/*
 * /tmp/perf-PID.map, where runtimes name the code that they make: a line each, "7f2c40001000 4c
 * py::fill_row:/home/me/table.py", address and length in hex. Lines of another form are no names.
 */
struct perf_map_entry {
	uint64_t start, bytes;
	struct text name; /* of the text that was parsed */
};
VEC_STRUCT(perf_map, struct perf_map_entry);
void perf_map_parse(struct text text, struct perf_map *ret_map);
/* What covers the address: the last that was written, for code is made in the place of older; NULL:
 * nothing. */
const struct perf_map_entry *perf_map_find(const struct perf_map *map, uint64_t address);
void perf_map_free(struct perf_map *map);

#endif
