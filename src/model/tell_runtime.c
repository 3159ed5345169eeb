/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runtimes and what threads are for, in words. */
#include "tell_internal.h"
#include "twintop/model/runtime.h"
#include "twintop/model/user_stacks.h"

/* "Python 3.11: libpython3.11.so.1.0 is mapped (/proc/PID/maps). OpenMP: …" */
static void tell_runtimes(const struct record *r, struct textbuf *out)
{
	struct runtime_found found[RUNTIMES];
	size_t n = side_runtimes(field_side(r), found);

	for (size_t i = 0; i < n; i++) {
		textbuf_adds(out, i ? " " : "");
		runtime_print(&found[i], out);
		textbuf_adds(out, ": ");
		runtime_evidence(&found[i], out);
		textbuf_adds(out, ".");
	}
}

/* "Python hides Python functions; told by: py-spy dump --pid PID." */
static void tell_hidden(const struct record *r, struct textbuf *out)
{
	struct runtime_found found[RUNTIMES];
	size_t n = side_runtimes(field_side(r), found);
	struct runtime_hides hides;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; runtime_hides(found[i].runtime, k, &hides); k++)
			textbuf_addf(out, " %s hides %s; told by: %s.",
				runtime_title(found[i].runtime), hides.what, hides.told_by);
}

void tell_runtime(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct runtime_limit limit[RUNTIMES];
	size_t n = side_limits(r->moment->snapshot, r->side, limit), before = out->len;

	tell_runtimes(r, out);
	if (out->len == before) {
		textbuf_adds(out, "“");
		text_printable(out, v->text);
		textbuf_adds(out, "”.");
	}
	for (size_t i = 0; i < n; i++) {
		textbuf_adds(out, " ");
		runtime_limit_print(&limit[i], out);
		textbuf_adds(out, ".");
	}
	tell_hidden(r, out);
}

void tell_user_threads(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct thread t = thread_at(field_side(r)->threads, r->index);

	if (!v->u) {
		textbuf_adds(out, "None: it was not seen on other stacks than its own.");
		return;
	}
	textbuf_adds(out, "It is ");
	user_threads_print(field_side(r)->user_stacks, &t, out);
	textbuf_adds(out, ".");
}

void tell_thread_role(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct thread_role role;
	const char *reason;

	textbuf_adds(out, "“");
	text_printable(out, v->text);
	textbuf_adds(out, "”");
	if (!side_role(field_side(r), r->index, &role, &reason)) {
		textbuf_adds(out, ".");
		return;
	}
	if (role.runtime < RUNTIMES)
		textbuf_addf(out, " of %s", runtime_title(role.runtime));
	textbuf_addf(out, ", by %s.", role_sign_words(role.by));
	if (role.meaning)
		textbuf_addf(out, " %s", role.meaning);
}
