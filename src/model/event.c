/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/event.h"

#include <string.h>

#include "twintop/model/names.h"

const struct event_row event_table[EVENT_KINDS] = {
#define EVENT(KIND, ...) [EVENT_##KIND] = {__VA_ARGS__},
#include "twintop/model/event_rows.h"
};

const char *const event_has_name[EVENT_HAS_N] = {"tid", "other", "name", "before", "exit", "count"};

struct text event_name(const struct event_batch *batch, uint32_t number)
{
	return number < batch->names_n ? batch->name[number] : text_of(NULL);
}

static bool add_number(struct textbuf *out, uint64_t number)
{
	if (number)
		textbuf_addf(out, "%llu", (unsigned long long)number);
	return number;
}

static bool add_name(struct textbuf *out, struct text name)
{
	text_printable(out, name);
	return name.bytes;
}

static bool add_status(struct textbuf *out, const struct event *e)
{
	if (e->status_known)
		wait_status_text(out, e->status);
	return e->status_known;
}

/* What stands for a placeholder; false where that is unknown. */
static bool add_value(const struct event_batch *batch, const struct event *e,
	struct text placeholder, struct textbuf *out)
{
	if (text_equal(placeholder, text_of("pid")))
		return add_number(out, (uint64_t)e->pid);
	if (text_equal(placeholder, text_of("tid")))
		return add_number(out, (uint64_t)e->tid);
	if (text_equal(placeholder, text_of("other")))
		return add_number(out, (uint64_t)e->other);
	if (text_equal(placeholder, text_of("count")))
		return add_number(out, e->count);
	if (text_equal(placeholder, text_of("name")))
		return add_name(out, event_name(batch, e->name));
	if (text_equal(placeholder, text_of("before")))
		return add_name(out, event_name(batch, e->before));
	return text_equal(placeholder, text_of("exit")) && add_status(out, e);
}

void event_sentence(const struct event_batch *batch, const struct event *e, struct textbuf *out)
{
	size_t kept = 0;
	bool bracket = false, known = true;

	for (const char *at = event_table[e->kind].sentence; *at; at++) {
		if (*at == '[') {
			kept = out->len;
			bracket = known = true;
		} else if (*at == ']') {
			if (!known)
				out->bytes[out->len = kept] = '\0';
			bracket = false;
		} else if (*at == '{') {
			size_t len = strcspn(at + 1, "}");

			known &= add_value(batch, e, (struct text){at + 1, len}, out);
			if (!known && !bracket)
				textbuf_adds(out, "?");
			at += len + 1;
		} else {
			textbuf_add(out, at, 1);
		}
	}
}
