/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a thread shall be held: whom, and what that may do to its program. */
#include <string.h>

#include "trace_internal.h"
#include "twintop/draw/panes.h"

static const char warning[] = "For some microseconds it stops, it alone of its process, while its "
			      "registers and its stack "
			      "are copied. A program can notice that: epoll_wait, semop, "
			      "sigtimedwait, and calls on sockets "
			      "with a time limit, return EINTR.";

bool trace_hold_of(const struct view_env *env, const struct list_row *row, struct trace_hold *ret,
	const char **ret_why)
{
	unsigned at = row->index[env->side] >= 0 ? env->side : !env->side;
	const struct side *side = &env->moment->snapshot->side[at];
	const struct thread t =
		thread_at(row->index[at] < 0 ? NULL : side->threads, (size_t)row->index[at]);

	*ret_why = env->recorded ? "a recording has what it has: nobody can be held in it"
		   : env->past	 ? "that moment has gone by: whoever lives can be held live"
		   : !t.self || thread_has_ended(&t) ? "that thread has ended"
						     : NULL;
	if (!*ret_why)
		*ret = (struct trace_hold){side->id, t.self->tid};
	return !*ret_why;
}

/* "HOLD 4251 worker of 4242 fork-cow?" */
static void print_title(
	const struct trace_hold *asked, const struct snapshot *s, struct textbuf *out)
{
	textbuf_addf(out, "HOLD thread %d", (int)asked->tid);
	for (unsigned side = 0; side < s->sides; side++) {
		const struct thread_list *threads = s->side[side].threads;
		ptrdiff_t at = task_id_equal(s->side[side].id, asked->process)
				       ? thread_find(threads, asked->tid)
				       : -1;
		struct thread t;

		if (at < 0)
			continue;
		t = thread_at(threads, (size_t)at);
		textbuf_adds(out, " ");
		text_name(out, thread_name(&t));
		break;
	}
	textbuf_adds(out, "?");
}

void trace_pane_ask(const struct trace_hold *asked, const struct view_env *env, struct canvas *c,
	struct rect area)
{
	int y = area.y, end = area.y + area.h;
	struct textbuf title = {0};
	const char *rest = warning;

	print_title(asked, env->moment->snapshot, &title);
	canvas_text(c, area.x, y++, area.w, STYLE_WARN, title.bytes);
	textbuf_free(&title);
	for (size_t n; *rest && y + 1 < end; rest += n, y++) {
		char line[256] = "";

		n = canvas_wrap(c, rest, area.w - 1);
		n = n < sizeof line ? n : sizeof line - 1;
		memcpy(line, rest, n);
		canvas_text(c, area.x, y, area.w, STYLE_NORMAL, line);
	}
	if (y < end)
		canvas_text(c, area.x, y, area.w, STYLE_KEY, "Y holds it · Esc leaves it alone");
}
