/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps of code made at run time: what is found covers the address, and its name is of the text. */
#include <stdint.h>
#include <stdlib.h>

#include "src/symbols/perf_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(const struct perf_map *map, uint64_t address, const uint8_t *data, size_t size)
{
	const struct perf_map_entry *e = perf_map_find(map, address);
	const uint8_t *name = e ? (const uint8_t *)e->name.bytes : NULL;

	if (e && (address < e->start || address - e->start >= e->bytes || !e->name.len ||
			 name < data || name + e->name.len > data + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct perf_map map;

	perf_map_parse((struct text){(const char *)data, size}, &map);
	for (size_t i = 0; i < map.n && i < 100; i++) {
		uint64_t start = map.item[i].start, bytes = map.item[i].bytes;

		if (!perf_map_find(&map, start) ||
			(start + bytes / 2 >= start && !perf_map_find(&map, start + bytes / 2)))
			abort();
		expect(&map, start, data, size);
		expect(&map, start - 1, data, size);
		expect(&map, start + bytes, data, size);
	}
	perf_map_free(&map);
	return 0;
}
