/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Go's tables of functions: what is found covers the address, and its name is of the bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/symbols/go_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const struct go_table *t, uint64_t address)
{
	const char *begin = (const char *)t->bytes, *name;
	struct go_frame frame;
	uint64_t start;

	if (go_table_frame(t, address, &frame) &&
		(frame.start > address || frame.end <= address || frame.depth % 8))
		abort();
	if (!go_table_find(t, address, &name, &start))
		return;
	if (start > address || start < t->text || name < begin || name >= begin + t->n ||
		!memchr(name, '\0', (size_t)(begin + t->n - name)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct go_table t;

	if (!go_table_read(data, size, &t))
		return 0;
	for (uint64_t i = 0; i < 300; i++) {
		look_up(&t, t.text + i);
		look_up(&t, t.text + i * 97);
	}
	look_up(&t, 0);
	look_up(&t, UINT64_MAX);
	return 0;
}
