/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output of a launched program: whatever it writes, only printable lines come of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/app/console.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_printable(const char *line)
{
	size_t len = strlen(line), n;
	uint32_t code;

	for (size_t i = 0; i < len; i += n) {
		n = text_decode(line + i, len - i, &code);
		if (!n || code < 0x20 || (code >= 0x7f && code < 0xa0) || text_code_width(code) < 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct console *c = console_new();
	struct canvas *canvas = canvas_new(1 + (int)(size % 50), 5, size % 2);
	size_t half = size / 2;

	console_write(c, (const char *)data, half);
	console_write(c, (const char *)data + half, size - half);
	for (size_t i = 0; i < console_count(c); i++)
		expect_printable(console_line(c, i));
	expect_printable(console_current(c));
	console_draw(c, canvas, (struct rect){0, 0, canvas->w, canvas->h}, true);
	canvas_free(canvas);
	console_free(c);
	return 0;
}
