/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runtimes a process has, what shows them, and what they limit. */
#include "report_internal.h"
#include "twintop/model/runtime.h"
#include "twintop/model/snapshot.h"

static void write_side(const struct snapshot *s, unsigned side, struct textbuf *out)
{
	struct runtime_found found[RUNTIMES];
	struct runtime_limit limit[RUNTIMES];
	size_t n = side_runtimes(&s->side[side], found);

	for (size_t i = 0; i < n; i++) {
		textbuf_addf(out, "  %c  ", side ? 'B' : 'A');
		runtime_print(&found[i], out);
		textbuf_adds(out, ": ");
		runtime_evidence(&found[i], out);
		textbuf_adds(out, "\n");
	}
	n = side_limits(s, side, limit);
	for (size_t i = 0; i < n; i++) {
		textbuf_addf(out, "  %c  %s: ", side ? 'B' : 'A', runtime_title(limit[i].runtime));
		runtime_limit_print(&limit[i], out);
		textbuf_adds(out, "\n");
	}
}

static void write_hidden(const struct snapshot *s, unsigned side, struct textbuf *out)
{
	struct runtime_found found[RUNTIMES];
	size_t n = side_runtimes(&s->side[side], found);
	struct runtime_hides hides;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; runtime_hides(found[i].runtime, k, &hides); k++)
			textbuf_addf(out, "  %c  hidden by %s: %s; told by: %s\n", side ? 'B' : 'A',
				runtime_title(found[i].runtime), hides.what, hides.told_by);
}

void report_runtimes(const struct moment *m, struct textbuf *out)
{
	struct textbuf text = {0};

	for (unsigned side = 0; side < m->snapshot->sides; side++)
		write_side(m->snapshot, side, &text);
	for (unsigned side = 0; side < m->snapshot->sides; side++)
		write_hidden(m->snapshot, side, &text);
	if (text.len) {
		report_section(out, "Runtimes", "judged");
		textbuf_add(out, text.bytes, text.len);
	}
	textbuf_free(&text);
}
