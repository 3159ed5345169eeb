/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/event.h"

#include <string.h>

#include "twintop/base/table.h"
#include "twintop/base/units.h"
#include "twintop/model/names.h"
#include "twintop/model/part_table.h"

const struct event_row event_table[EVENT_KINDS] = {
#define EVENT(KIND, ...) [EVENT_##KIND] = {__VA_ARGS__},
#include "twintop/model/event_rows.h"
};

#define HAS(WHAT) [__builtin_ctz(EVENT_HAS_##WHAT)]
const char *const event_has_name[] = {
	HAS(TID) = "tid",
	HAS(OTHER) = "other",
	HAS(NAME) = "name",
	HAS(BEFORE) = "before",
	HAS(STATUS) = "exit",
	HAS(COUNT) = "count",
	HAS(FORMER) = "former",
	HAS(SIGNAL) = "signal",
	HAS(FD) = "fd",
	HAS(ADDRESS) = "address",
	HAS(BYTES) = "bytes",
	HAS(FUNCTION) = "function",
	HAS(SPAN) = "span_ns",
};
TABLE_ROWS(event_has_name, EVENT_HAS_N);

const char *const event_class_name[] = {
	[EVENT_OF_LIFE] = "life",
	[EVENT_OF_COPIES] = "copies",
	[EVENT_OF_MEMORY] = "memory",
	[EVENT_OF_FILES] = "files",
	[EVENT_OF_SIGNALS] = "signals",
	[EVENT_OF_US] = "us",
};
TABLE_ROWS(event_class_name, EVENT_CLASSES);

bool event_is_main(enum event_kind kind)
{
	enum event_class class = event_table[kind].class;

	return class == EVENT_OF_LIFE || class == EVENT_OF_COPIES || class == EVENT_OF_US;
}

unsigned event_weight(enum event_kind kind)
{
	static const unsigned char weight[EVENT_KINDS + 1] = {
		[EVENT_COMM] = 1,
		[EVENT_REAPED] = 2,
		[EVENT_THREAD] = 3,
		[EVENT_THREAD_EXIT] = 4,
		[EVENT_LOST] = 5,
		[EVENT_COPYING] = 6,
		[EVENT_COPIES] = 6,
		[EVENT_NEW_SIBLING] = 7,
		[EVENT_UNTRACED] = 8,
		[EVENT_TRACED] = 9,
		[EVENT_REPARENTED] = 10,
		[EVENT_ZOMBIE] = 11,
		[EVENT_CONTINUED] = 12,
		[EVENT_STOPPED] = 13,
		[EVENT_STEP] = 14,
		[EVENT_STEP_LINE] = 14,
		[EVENT_FIRST_COPY] = 15,
		[EVENT_EXEC] = 16,
		[EVENT_FORK] = 17,
		[EVENT_EXIT] = 18,
		[EVENT_DEADLOCK] = 19,
	};

	return weight[kind];
}

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
	text_name(out, name);
	return name.bytes;
}

static bool add_status(struct textbuf *out, const struct event *e)
{
	if (e->status_known)
		wait_status_text(out, e->status);
	return e->status_known;
}

static bool add_signal(struct textbuf *out, int signal)
{
	const char *name = signal_name(signal);

	if (name)
		textbuf_adds(out, name);
	else if (signal)
		textbuf_addf(out, "signal %d", signal);
	return signal;
}

static bool add_bytes(struct textbuf *out, uint64_t bytes)
{
	char text[UNITS_MAX];

	textbuf_adds(out, units_bytes(text, bytes));
	return bytes;
}

static bool add_address(struct textbuf *out, uint64_t address)
{
	textbuf_addf(out, "0x%llx", (unsigned long long)address);
	return address;
}

/* What is read all the time changed just now. */
static bool add_span(struct textbuf *out, uint64_t ns)
{
	char text[UNITS_MAX];

	textbuf_adds(out, units_time(text, ns));
	return ns > PART_OLD_NS;
}

/* What stands for EVENT_HAS_* of that bit; false where it is unknown. */
static bool add_member(const struct event_batch *batch, const struct event *e, enum event_has has,
	struct textbuf *out)
{
	switch (has) {
	case EVENT_HAS_TID:
		return add_number(out, (uint64_t)e->tid);
	case EVENT_HAS_OTHER:
		return add_number(out, (uint64_t)e->other);
	case EVENT_HAS_NAME:
		return add_name(out, event_name(batch, e->name));
	case EVENT_HAS_BEFORE:
		return add_name(out, event_name(batch, e->before));
	case EVENT_HAS_STATUS:
		return add_status(out, e);
	case EVENT_HAS_COUNT:
		return add_number(out, e->count);
	case EVENT_HAS_FORMER:
		return add_number(out, (uint64_t)e->former);
	case EVENT_HAS_SIGNAL:
		return add_signal(out, e->signal);
	case EVENT_HAS_FD:
		textbuf_addf(out, "%d", e->fd);
		return true;
	case EVENT_HAS_ADDRESS:
		return add_address(out, e->address);
	case EVENT_HAS_BYTES:
		return add_bytes(out, e->bytes);
	case EVENT_HAS_FUNCTION:
		return add_name(out, event_name(batch, e->function));
	case EVENT_HAS_SPAN:
		return add_span(out, e->span_ns);
	}
	return false;
}

/* What stands for a placeholder; false where that is unknown, or says nothing in brackets. */
static bool add_value(const struct event_batch *batch, const struct event *e,
	struct text placeholder, bool bracket, struct textbuf *out)
{
	bool known;

	if (text_equal(placeholder, text_of("pid")))
		return add_number(out, (uint64_t)e->pid);
	for (unsigned bit = 0; bit < EVENT_HAS_N; bit++) {
		if (!text_equal(placeholder, text_of(event_has_name[bit])))
			continue;
		known = add_member(batch, e, (enum event_has)(1u << bit), out);
		return known && !(bracket && 1u << bit == EVENT_HAS_COUNT && e->count == 1);
	}
	return false;
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
			known = true;
		} else if (*at == '{') {
			size_t len = strcspn(at + 1, "}");

			known &= add_value(batch, e, (struct text){at + 1, len}, bracket, out);
			if (!known && !bracket)
				textbuf_adds(out, "?");
			at += len + 1;
		} else {
			textbuf_add(out, at, 1);
		}
	}
}
