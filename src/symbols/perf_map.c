/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "perf_map.h"

#include "twintop/base/num.h"

static bool parse_line(struct scan line, struct perf_map_entry *ret)
{
	if (!scan_hex(&line, &ret->start) || !scan_char(&line, ' ') ||
		!scan_hex(&line, &ret->bytes) || !scan_char(&line, ' '))
		return false;
	ret->name = (struct text){line.at, (size_t)(line.end - line.at)};
	return ret->name.len > 0 && ret->bytes > 0;
}

void perf_map_parse(struct text text, struct perf_map *ret_map)
{
	struct scan s = scan_of(text.bytes, text.len), line;
	struct perf_map_entry entry;

	*ret_map = (struct perf_map){0};
	while (scan_line(&s, &line))
		if (parse_line(line, &entry))
			VEC_PUSH(ret_map, entry);
}

const struct perf_map_entry *perf_map_find(const struct perf_map *map, uint64_t address)
{
	for (size_t i = map->n; i-- > 0;) {
		const struct perf_map_entry *e = &map->item[i];

		if (address >= e->start && address - e->start < e->bytes)
			return e;
	}
	return NULL;
}

void perf_map_free(struct perf_map *map)
{
	VEC_FREE(map);
}
