/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How threads came to where they stand, those that came one way together. */
#include <stdio.h>

#include "report_internal.h"
#include "twintop/model/backtraces.h"
#include "twintop/model/runtime.h"

#define GROUPS_MOST 40u /* ways of a side */
#define NAMED_MOST  8u	/* threads of one that are named */
#define WAY_MOST    5u	/* functions of a way in its heading */

void report_frames(const struct backtrace *b, struct textbuf *out)
{
	struct backtrace_line line;
	struct textbuf text = {0};

	for (size_t i = 0; backtrace_line(b, i, &line); i++) {
		textbuf_clear(&text);
		backtrace_line_print(&text, &line);
		textbuf_addf(out, "    %2zu  %s\n", i, text.bytes);
	}
	if (!b->complete) {
		textbuf_clear(&text);
		backtrace_reason(b, &text);
		textbuf_addf(out, "        not complete: %s\n", text.bytes);
	}
	textbuf_free(&text);
}

/* "4242 worker, 4243 worker and 35 more" */
static void write_threads(
	const struct thread_list *threads, const struct backtrace_group *g, struct textbuf *out)
{
	for (size_t i = 0; i < g->n && i < NAMED_MOST; i++) {
		ptrdiff_t at = thread_find(threads, g->thread[i]->tid);
		struct thread t = thread_at(threads, (size_t)at);

		textbuf_addf(out, "%s%d ", i ? ", " : "", (int)g->thread[i]->tid);
		if (at >= 0)
			text_name(out, thread_name(&t));
	}
	if (g->n > NAMED_MOST)
		textbuf_addf(out, " and %zu more", g->n - NAMED_MOST);
}

/* What the kernel does for them: of the first of them that it is known of. */
static void write_kernel(
	const struct backtraces *list, const struct backtrace_group *g, struct textbuf *out)
{
	const struct kernel_trace *k = NULL;

	for (size_t i = 0; i < g->n && !k; i++)
		k = backtraces_kernel(list, g->thread[i]->tid, NULL);
	if (!k || !k->n)
		return;
	textbuf_adds(out, "        kernel: ");
	for (size_t i = 0; i < k->n; i++) {
		textbuf_adds(out, i ? " ← " : "");
		text_printable(out, k->frame[i].function);
	}
	textbuf_adds(out, "\n");
}

/* How the first of them was come by, where that was no plain look. */
static void write_means(
	const struct moment *m, const struct backtrace_group *g, struct textbuf *out)
{
	const struct thread_backtrace *t = g->thread[0];

	if (t->gap || t->means == BACKTRACE_STOOD)
		return;
	textbuf_adds(out, "        ");
	backtrace_means_print(out, t, m->snapshot->monotonic_ns);
	textbuf_adds(out, "\n");
}

/* Why code made at run time has no names in it, and what would give it some. */
static void write_nameless(const struct side *s, const struct backtrace *b, struct textbuf *out)
{
	enum symbol_gap gap = backtrace_made_gap(b);

	if (gap)
		textbuf_addf(out, "        no names: %s\n", side_gap_reason(s, gap));
}

/* "37 threads: futex_wait ← pthread_cond_wait ← worker_loop" */
static void write_group(
	const struct moment *m, unsigned side, const struct backtrace_group *g, struct textbuf *out)
{
	const struct side *it = &m->snapshot->side[side];

	textbuf_adds(out, "  ");
	textbuf_count(out, g->n, "thread");
	textbuf_adds(out, ": ");
	if (g->trace)
		backtrace_way_print(out, g->trace, WAY_MOST);
	else
		textbuf_adds(out, g->reason);
	textbuf_adds(out, "\n        ");
	write_threads(it->threads, g, out);
	textbuf_adds(out, "\n");
	if (!g->trace)
		return;
	write_means(m, g, out);
	write_kernel(it->backtraces, g, out);
	report_frames(g->trace, out);
	write_nameless(it, g->trace, out);
}

/* Why nothing can be said of the side's threads; NULL: it can. */
static const char *hidden(const struct moment *m, unsigned side)
{
	const struct backtraces *list = m->snapshot->side[side].backtraces;

	if (list && value_state_has_value(list->part.state))
		return NULL;
	return value_state_reason(list ? list->part.state : VALUE_UNREAD);
}

static void write_side(const struct moment *m, unsigned side, struct textbuf *out)
{
	const struct backtraces *list = m->snapshot->side[side].backtraces;
	struct backtrace_group *group;
	struct arena arena = {0};
	size_t n = backtraces_groups(list, &arena, &group);
	struct textbuf title = {0};

	textbuf_addf(&title, "Backtraces of %c: ", side ? 'B' : 'A');
	textbuf_count(&title, list->n, "thread");
	textbuf_adds(&title, ", ");
	textbuf_count(&title, list->traces_n, "way");
	report_section(out, title.bytes, "without a stop");
	for (size_t i = 0; i < n && i < GROUPS_MOST; i++)
		write_group(m, side, &group[i], out);
	if (n > GROUPS_MOST)
		textbuf_addf(out, "  and %zu more\n", n - GROUPS_MOST);
	textbuf_free(&title);
	arena_free(&arena);
}

void report_backtraces(const struct moment *m, struct textbuf *out)
{
	char title[40], honesty[160];

	for (unsigned side = 0; side < m->snapshot->sides; side++) {
		const char *reason = hidden(m, side);

		if (!reason) {
			write_side(m, side, out);
			continue;
		}
		snprintf(title, sizeof title, "Backtraces of %c", side ? 'B' : 'A');
		snprintf(honesty, sizeof honesty, "hidden: %s", reason);
		report_section(out, title, honesty);
	}
}
