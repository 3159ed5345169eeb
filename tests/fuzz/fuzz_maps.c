/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/maps: whatever parses is ordered, without overlap and classified. */
#include <stdint.h>
#include <stdlib.h>

#include "twintop/proc/maps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_map *m = part_new(sizeof *m);
	size_t bad_line = 0;

	if (maps_parse(scan_of((const char *)data, size), m, &bad_line) < 0) {
		if (!bad_line || m->n)
			abort();
		part_put(m);
		return 0;
	}
	maps_classify(m, text_of("/bin/prog"));
	maps_runtime(m, text_of("/bin/prog"));
	for (size_t i = 0; i < m->n; i++) {
		const struct mapping *v = &m->mapping[i];

		if (v->start >= v->end || (i && v->start < v[-1].end) || v->kind >= MAPPING_KINDS)
			abort();
		maps_mark_stack(m, v->start, 42);
	}
	part_put(m);
	return 0;
}
