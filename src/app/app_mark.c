/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two threads chosen one after the other: the first is marked, the second makes the pair. */
#include "app_internal.h"

/* The selected row's thread: the chosen side's, else the one that is there; 0: none. */
static pid_t selected_thread(struct app *a, const struct view_env *env)
{
	struct view_selection s;
	unsigned side = a->side;
	struct thread t;

	if (!app_selection(a, env, &s))
		return 0;
	if (!s.has[side])
		side = !side;
	if (!s.has[side] || s.record[side].kind != RECORD_THREAD)
		return 0;
	t = thread_at(s.record[side].moment->snapshot->side[side].threads, s.record[side].index);
	return t.self ? t.self->tid : 0;
}

bool app_marking(const struct app *a)
{
	return a->overlay == OVERLAY_DETAIL && a->detail_kind == RECORD_THREAD &&
	       !a->options.recorded;
}

void app_watch_both(struct app *a, const char *kind, pid_t first, pid_t second)
{
	const struct app_request request = {.kind = REQUEST_WATCH, .pid = first, .other = second};
	struct textbuf text = {0};

	if (!app_ask(a, request))
		return;
	textbuf_addf(&text, "%s%d and %d are A and B now", kind, (int)first, (int)second);
	app_message(a, text.bytes);
	textbuf_free(&text);
}

void app_mark(struct app *a, const struct view_env *env)
{
	struct textbuf text = {0};
	pid_t tid = selected_thread(a, env), first = a->marked;

	a->marked = 0;
	if (!tid) {
		a->marked = first;
		textbuf_adds(&text, "that thread has ended");
	} else if (tid == first) {
		textbuf_addf(&text, "thread %d is not marked any more", (int)tid);
	} else if (!first) {
		a->marked = tid;
		textbuf_addf(&text, "thread %d marked as A; mark another one", (int)tid);
	} else {
		app_watch_both(a, "threads ", first, tid);
	}
	if (text.len)
		app_message(a, text.bytes);
	textbuf_free(&text);
}

void app_mark_hint(struct app *a, const struct view_env *env, struct textbuf *out)
{
	pid_t tid = selected_thread(a, env);

	if (!tid)
		return;
	if (!a->marked)
		textbuf_addf(out, "Enter marks thread %d as A", (int)tid);
	else if (a->marked == tid)
		textbuf_addf(out, "Enter takes the mark from thread %d", (int)tid);
	else
		textbuf_addf(out, "Enter watches threads %d and %d as A and B", (int)a->marked,
			(int)tid);
}
