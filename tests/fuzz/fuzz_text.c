/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hostile names: what leaves for a terminal or for JSON keeps its promises. */
#include <stdint.h>
#include <stdlib.h>

#include "twintop/base/num.h"
#include "twintop/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(struct text in)
{
	struct textbuf out = {0};
	uint32_t code;

	text_printable(&out, in);
	for (size_t i = 0, n; i < out.len; i += n) {
		n = text_decode(out.bytes + i, out.len - i, &code);
		if (!n || code < 0x20 || (code >= 0x7f && code < 0xa0) || text_code_width(code) < 0)
			abort();
	}
	textbuf_free(&out);
}

static void check_utf8(struct text in)
{
	struct textbuf out = {0};
	uint32_t code;

	text_utf8(&out, in);
	for (size_t i = 0, n; i < out.len; i += n) {
		n = text_decode(out.bytes + i, out.len - i, &code);
		if (!n)
			abort();
	}
	if (out.len < in.len)
		abort();
	textbuf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text in = {(const char *)data, size};
	struct scan s = scan_of(in.bytes, size), line;
	uint64_t u;
	int64_t i;

	check_printable(in);
	check_utf8(in);
	while (scan_line(&s, &line)) {
		if (!scan_u64(&line, &u) && !scan_i64(&line, &i) && !scan_hex(&line, &u))
			scan_blanks(&line);
		if (line.at > line.end)
			abort();
	}
	return 0;
}
