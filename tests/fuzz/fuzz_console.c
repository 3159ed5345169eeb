/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output of a launched program: whatever it writes, only printable cells come of it. */
#include <stdint.h>
#include <stdlib.h>

#include "twintop/app/console.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_printable(const struct canvas *c)
{
	for (int i = 0; i < c->w * c->h; i++)
		for (int k = 0; k < CELL_CODES && c->cell[i].code[k]; k++)
			if (text_code_width(c->cell[i].code[k]) < 0)
				abort();
}

static void draw(struct console *c, int w, int h, bool ascii)
{
	struct canvas *canvas = canvas_new(w, h, ascii);

	console_draw(c, canvas, (struct rect){0, 0, w, h}, true);
	expect_printable(canvas);
	canvas_free(canvas);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct console *c = console_new(80, 24);
	size_t half = size / 2;
	int w = 1 + (int)(size % 50), h = 1 + (int)(size % 7);
	char bytes[64];

	console_write(c, (const char *)data, half);
	draw(c, w, h, size % 2);
	console_write(c, (const char *)data + half, size - half);
	draw(c, w + 30, h + 4, size % 2);
	console_note(c, "ended");
	draw(c, w, h, false);
	while (console_answer(c, bytes, sizeof bytes))
		;
	console_free(c);
	return 0;
}
