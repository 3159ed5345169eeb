/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/convoy.h"

#include <inttypes.h>

#include "twintop/base/text.h"
#include "twintop/base/units.h"

bool convoy_length_at(const struct convoy *c, uint64_t ns, uint32_t *ret_length)
{
	bool known = false;

	for (size_t i = 0; i < c->n && c->point[i].ns <= ns; i++) {
		*ret_length = c->point[i].length;
		known = true;
	}
	return known;
}

void convoy_print(const struct convoy *c, uint64_t now_ns, struct textbuf *out)
{
	static const uint64_t ago_ns[] = {1000000000u, 5000000000u};
	char text[UNITS_MAX];
	uint32_t length;

	textbuf_addf(out, "%" PRIu32 " now", c->length);
	if (c->longest > c->length)
		textbuf_addf(out, ", longest %" PRIu32 " %s ago", c->longest,
			units_time(text, now_ns > c->longest_ns ? now_ns - c->longest_ns : 0));
	for (size_t i = 0; i < sizeof ago_ns / sizeof *ago_ns; i++)
		if (now_ns > ago_ns[i] && convoy_length_at(c, now_ns - ago_ns[i], &length))
			textbuf_addf(out, "; %s ago %" PRIu32, units_time(text, ago_ns[i]), length);
}
