/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a thread waits: the functions of its own program rather than those of the C library. */
#include <string.h>

#include "waits_internal.h"

static bool is_c_library(struct text module)
{
	static const char *const names[] = {"libc.", "libc-", "libpthread", "ld-"};
	struct text base = text_basename(module);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_has_prefix(base, names[i]))
			return true;
	return text_equal(base, text_of("[vdso]"));
}

/* The first line that is none of the C library's; 0 where all are. */
static size_t first_own(const struct backtrace *b)
{
	struct backtrace_line line;

	for (size_t i = 0; backtrace_line(b, i, &line); i++)
		if (!is_c_library(line.frame->symbol.module))
			return i;
	return 0;
}

void waits_way_print(const struct snapshot *s, unsigned side, const struct thread *t, size_t most,
	struct textbuf *out)
{
	const struct backtrace *b = backtraces_trace(s->side[side].backtraces, t->self->tid, NULL);
	struct backtrace_line line;
	size_t first;

	if (!b)
		return;
	first = first_own(b);
	for (size_t i = first; i < first + most && backtrace_line(b, i, &line); i++) {
		textbuf_adds(out, i > first ? " ← " : "");
		if (line.function.len)
			text_printable(out, line.function);
		else
			backtrace_place_print(out, &line);
	}
}
