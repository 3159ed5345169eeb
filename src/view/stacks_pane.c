/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Below a list of threads: the stacks that the selected one was seen on. */
#include <inttypes.h>

#include "trace_internal.h"
#include "twintop/base/units.h"
#include "twintop/model/user_stacks.h"

#define WAY_MOST 4u /* functions of a way */

/* Of the row's thread; the chosen side goes before the other. */
static size_t stacks_of(const struct view_env *env, const struct list_row *row,
	const struct user_stack **ret_stack, struct thread *ret_thread)
{
	for (unsigned i = 0; env->moment && row && i < 2; i++) {
		unsigned at = i ? !env->side : env->side;
		const struct side *s = &env->moment->snapshot->side[at];
		size_t n;

		if (row->index[at] < 0)
			continue;
		*ret_thread = thread_at(s->threads, (size_t)row->index[at]);
		n = ret_thread->self
			    ? user_stacks_of(s->user_stacks, ret_thread->self->tid, ret_stack)
			    : 0;
		if (n && user_threads_of(s->user_stacks, ret_thread->self->tid))
			return n;
	}
	return 0;
}

int stacks_pane_rows(const struct view_env *env, const struct list_row *row, int h)
{
	const struct user_stack *stack;
	struct thread t;
	size_t n = stacks_of(env, row, &stack, &t);

	if (!n || h < 12)
		return 0;
	return n + 1 < (size_t)h / 3 ? (int)n + 1 : h / 3;
}

static void print_stack(const struct view_env *env, const struct user_stack *s, struct textbuf *out)
{
	uint64_t now = env->moment->snapshot->monotonic_ns;
	char age[UNITS_MAX];

	textbuf_addf(out, "  %12" PRIx64 " %-9s ", s->pointer, user_stack_kind_name(s->kind));
	if (s->now)
		textbuf_adds(out, "now");
	else
		textbuf_addf(
			out, "%s ago", units_time(age, now > s->last_ns ? now - s->last_ns : 0));
	if (!s->trace.n)
		return;
	textbuf_adds(out, "  ");
	backtrace_way_print(out, &s->trace, WAY_MOST);
}

void stacks_pane_draw(
	const struct view_env *env, const struct list_row *row, struct canvas *c, struct rect area)
{
	const struct user_stack *stack;
	struct textbuf line = {0};
	struct thread t;
	size_t n = stacks_of(env, row, &stack, &t);

	textbuf_addf(&line, "STACKS OF %d  %zu, by address", (int)t.self->tid, n);
	canvas_text(c, area.x, area.y, area.w, STYLE_TITLE, line.bytes);
	for (int i = 1; i < area.h && (size_t)i <= n; i++) {
		textbuf_clear(&line);
		if (i == area.h - 1 && (size_t)i < n)
			textbuf_addf(&line, "  and %zu more", n - (size_t)i + 1);
		else
			print_stack(env, &stack[i - 1], &line);
		canvas_text(c, area.x, area.y + i, area.w, STYLE_NORMAL, line.bytes);
	}
	textbuf_free(&line);
}
