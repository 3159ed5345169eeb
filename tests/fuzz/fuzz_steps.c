/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a launched program: whatever it says, what is kept of it is printable. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/app/steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_printable(const char *text)
{
	size_t len = text ? strlen(text) : 0, n;
	uint32_t code;

	for (size_t i = 0; i < len; i += n) {
		n = text_decode(text + i, len - i, &code);
		if (!n || code < 0x20 || (code >= 0x7f && code < 0xa0) || text_code_width(code) < 0)
			abort();
	}
}

/* Lines as the feed tells them; '!' begins a caption. */
static const struct event_batch *events_of(const uint8_t *data, size_t size)
{
	struct event_sink sink = {0};

	while (size) {
		const uint8_t *newline = memchr(data, '\n', size);
		size_t len = newline ? (size_t)(newline - data) : size;
		struct event e = {
			.kind = EVENT_STEP_LINE, .count = 1, .monotonic_ns = 1, .source = "steps"};

		if (len && *data == '!')
			e.kind = EVENT_STEP;
		event_sink_add(&sink, e, (struct text){(const char *)data, len}, text_of(NULL));
		len += newline != NULL;
		data += len;
		size -= len;
	}
	return event_sink_seal(&sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snapshot *s = snapshot_new();
	struct steps *steps = steps_new();
	const struct moment *m;

	s->monotonic_ns = 2000000002;
	s->events = events_of(data, size);
	part_seal(&s->part, 0, 0);
	m = moment_new(s, NULL);
	steps_moment(steps, m);
	steps_go(steps);
	steps_take_go(steps);
	steps_moment(steps, m);
	expect_printable(steps_now(steps)->caption);
	expect_printable(steps_now(steps)->question);
	for (size_t i = 0; i < steps_now(steps)->expects_n; i++)
		expect_printable(steps_now(steps)->expect[i].name);
	steps_free(steps);
	moment_put(m);
	return 0;
}
