/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/base64.h"

/* Up to three bytes as four digits. */
static void add_group(struct textbuf *out, const unsigned char *byte, size_t n)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = (uint32_t)byte[0] << 16 | (n > 1 ? (uint32_t)byte[1] << 8 : 0) |
			(n > 2 ? byte[2] : 0);
	char text[4];

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = i > n ? '=' : digit[bits >> (18 - 6 * i) & 0x3f];
	textbuf_add(out, text, sizeof text);
}

void base64_encode(struct textbuf *out, struct text bytes)
{
	for (size_t at = 0; at < bytes.len; at += 3) {
		size_t rest = bytes.len - at;

		add_group(out, (const unsigned char *)bytes.bytes + at, rest < 3 ? rest : 3);
	}
}
