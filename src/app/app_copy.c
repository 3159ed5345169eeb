/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is selected, to the clipboard of whoever sits before the terminal. */
#include <errno.h>

#include "app_internal.h"
#include "twintop/draw/panes.h"

#define SHOWN_BYTES 40 /* of what was copied, in the line that says so */

/* The side whose cell it is: the chosen one, or that which has one. */
static unsigned side_of(const struct view_env *env, const struct view_selection *s)
{
	return env->side < 2 && s->has[env->side] ? env->side : !s->has[0];
}

static void say_unknown(
	struct app *a, const struct view_env *env, const struct field *f, const struct value *v)
{
	const char *reason = panes_reason(v->reason, env->past);
	struct textbuf text = {0};

	textbuf_addf(&text, "not copied: %s is %s%s%s", f->title,
		v->state == VALUE_NONE ? "nothing here" : "unknown", reason ? ": " : "",
		reason ? reason : "");
	app_message(a, text.bytes);
	textbuf_free(&text);
}

/* The selected cell's value; false, and said why: there is none. */
static bool take_field(struct app *a, const struct view_env *env, const struct view_selection *s)
{
	const struct record *r = &s->record[side_of(env, s)];
	struct value v = s->field->get(r);

	if (field_plain(s->field, record_host(r), &v, &a->copied))
		return true;
	say_unknown(a, env, s->field, &v);
	return false;
}

static bool take_selection(struct app *a, const struct view_env *env)
{
	const struct app_view *v = &a->view[a->current];
	struct view_selection s;

	if (!app_selection(a, env, &s)) {
		app_message(a, "not copied: nothing is selected");
		return false;
	}
	if (s.field && (s.has[0] || s.has[1]))
		return take_field(a, env, &s);
	if (v->ops->copy)
		v->ops->copy(v->view, env, &a->copied);
	if (!a->copied.len)
		app_message(a, "not copied: no cell is selected, arrows select one");
	return a->copied.len > 0;
}

/* Whether a panel covers what is selected, so that it is what is copied. */
static bool panel_covers(const struct app *a)
{
	return a->overlay != OVERLAY_NONE && a->overlay != OVERLAY_EXPLAIN;
}

void app_copy(struct app *a, const struct view_env *env)
{
	textbuf_clear(&a->copied);
	if (panel_covers(a))
		panel_text(&a->panel, &a->copied);
	else if (!take_selection(a, env))
		return;
	a->copied_all = a->copied.len;
	if (a->copied.len > COPY_MOST)
		a->copied.len = COPY_MOST;
	app_ask(a, (struct app_request){.kind = REQUEST_COPY});
}

struct text app_copy_bytes(const struct app *a)
{
	return (struct text){a->copied.bytes, a->copied.len};
}

/* "copied: 135168, if the terminal takes it (OSC 52)" */
static void say_copied(const struct app *a, struct textbuf *out)
{
	size_t n = a->copied.len < SHOWN_BYTES ? a->copied.len : SHOWN_BYTES;

	textbuf_adds(out, "copied: ");
	text_printable(out, (struct text){a->copied.bytes, n});
	if (n < a->copied.len)
		textbuf_adds(out, "…");
	if (!a->copied.len)
		textbuf_adds(out, "(empty)");
	if (a->copied.len < a->copied_all)
		textbuf_addf(out, " (%zu of %zu bytes)", a->copied.len, a->copied_all);
	textbuf_adds(out, ", if the terminal takes it (OSC 52)");
}

void app_copied(struct app *a, int error)
{
	struct textbuf text = {0};

	if (!error)
		say_copied(a, &text);
	else if (error == -EOPNOTSUPP)
		textbuf_adds(&text, "not copied: this terminal has no clipboard");
	else
		textbuf_adds(&text, "not copied: the terminal takes no output now");
	app_message(a, text.bytes);
	textbuf_free(&text);
}
