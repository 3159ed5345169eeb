/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/PID/task/TID/stack: whatever stands there, there are no more frames than there may be, each
 * with a name that is a piece of the input, and what is made of them is printable.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/proc/blocked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct kernel_frame *f, const char *data, size_t size)
{
	struct textbuf text = {0};

	if (!f->function.len || !memmem(data, size, f->function.bytes, f->function.len) ||
		memchr(f->function.bytes, '+', f->function.len) ||
		memchr(f->function.bytes, '\n', f->function.len))
		abort();
	text_printable(&text, f->function);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.bytes[i] < ' ')
			abort();
	textbuf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct kernel_trace k;

	blocked_parse_kernel(scan_of((const char *)data, size), &arena, &k);
	if (k.n > KERNEL_FRAMES_MOST)
		abort();
	for (size_t i = 0; i < k.n; i++)
		check(&k.frame[i], (const char *)data, size);
	arena_free(&arena);
	return 0;
}
