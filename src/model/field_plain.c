/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "twintop/model/field.h"

/* Arguments of a command line and the like stand with a blank between them, as they were given. */
static void add_texts(struct textbuf *out, const struct value *v)
{
	const struct text *item = v->list.item;

	for (size_t i = 0; i < v->list.n; i++) {
		if (i)
			textbuf_adds(out, " ");
		textbuf_add(out, item[i].bytes, item[i].len);
	}
}

/* Whether a whole number says more than the words that people are shown for it. */
static bool is_number(enum unit unit)
{
	return unit == UNIT_NONE || unit == UNIT_COUNT || unit == UNIT_BYTES ||
	       unit == UNIT_PAGES || unit == UNIT_NS || unit == UNIT_TICKS;
}

bool field_plain(
	const struct field *f, const struct host *host, const struct value *v, struct textbuf *out)
{
	if (!value_state_has_value(v->state))
		return false;
	if (v->type == VALUE_TEXT)
		textbuf_add(out, v->text.bytes, v->text.len);
	else if (v->type == VALUE_TEXTS)
		add_texts(out, v);
	else if (v->type == VALUE_ADDRESS)
		textbuf_addf(out, "0x%" PRIx64, v->u);
	else if (v->type == VALUE_UINT && is_number(f->unit))
		textbuf_addf(out, "%" PRIu64, v->u);
	else
		field_format(f, host, v, out);
	return true;
}
