/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads of the kernel's that were seen on several stacks. */
#include <inttypes.h>

#include "report_internal.h"
#include "twintop/base/units.h"
#include "twintop/model/backtraces.h"
#include "twintop/model/snapshot.h"
#include "twintop/model/user_stacks.h"

#define WAY_MOST 5u /* functions of a way */

/* "  7f2c46010000  user       12ms ago  read ← worker" */
static void write_stack(
	const struct snapshot *s, const struct user_stack *stack, struct textbuf *out)
{
	char age[UNITS_MAX];

	textbuf_addf(out, "      %12" PRIx64 "  %-9s  ", stack->pointer,
		user_stack_kind_name(stack->kind));
	if (stack->now)
		textbuf_adds(out, "now");
	else
		textbuf_addf(out, "%s ago",
			units_time(age, s->monotonic_ns > stack->last_ns
						? s->monotonic_ns - stack->last_ns
						: 0));
	textbuf_adds(out, ", ");
	textbuf_count(out, stack->looks, "look");
	if (stack->trace.n) {
		textbuf_adds(out, stack->now ? ": " : ", then: ");
		backtrace_way_print(out, &stack->trace, WAY_MOST);
	}
	textbuf_adds(out, "\n");
}

static void write_thread(
	const struct snapshot *s, unsigned side, const struct thread *t, struct textbuf *out)
{
	const struct user_stacks *list = s->side[side].user_stacks;
	const struct user_stack *stack;
	size_t n = user_stacks_of(list, t->self->tid, &stack);

	if (!n)
		return;
	textbuf_addf(out, "  %c  %d ", side ? 'B' : 'A', (int)t->self->tid);
	text_name(out, thread_name(t));
	textbuf_adds(out, ": ");
	if (user_threads_of(list, t->self->tid))
		user_threads_print(list, t, out);
	else
		textbuf_adds(out, "was seen off its own stack");
	textbuf_adds(out, "\n");
	for (size_t i = 0; i < n; i++)
		write_stack(s, &stack[i], out);
}

void report_user_stacks(const struct moment *m, struct textbuf *out)
{
	const struct snapshot *s = m->snapshot;
	struct textbuf text = {0};

	for (unsigned side = 0; side < s->sides; side++)
		for (size_t i = 0; s->side[side].threads && i < s->side[side].threads->n; i++) {
			struct thread t = thread_at(s->side[side].threads, i);

			if (s->side[side].user_stacks && s->side[side].user_stacks->n)
				write_thread(s, side, &t, &text);
		}
	if (text.len) {
		report_section(out, "Threads on several stacks", "by looks, without a stop");
		textbuf_add(out, text.bytes, text.len);
	}
	textbuf_free(&text);
}
