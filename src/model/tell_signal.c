/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals in words. */
#include "tell_internal.h"

#include <inttypes.h>
#include <signal.h>

#include "twintop/model/names.h"

/* What a signal does where nobody says otherwise: signal(7). */
static const char *default_action(int number)
{
	switch (number) {
	case SIGCHLD:
	case SIGURG:
	case SIGWINCH:
		return "nothing happens";
	case SIGCONT:
		return "a stopped process goes on";
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return "the process stops until SIGCONT";
	case SIGQUIT:
	case SIGILL:
	case SIGTRAP:
	case SIGABRT:
	case SIGBUS:
	case SIGFPE:
	case SIGSEGV:
	case SIGSYS:
	case SIGXCPU:
	case SIGXFSZ:
		return "the process ends and may leave a core dump";
	default:
		return "the process ends";
	}
}

static void tell_disposition(const struct record *r, const struct value *v, struct textbuf *out)
{
	int number = (int)r->index + 1;

	if (number == SIGKILL || number == SIGSTOP)
		textbuf_addf(out, "%s can neither be caught nor ignored: %s.", signal_name(number),
			default_action(number));
	else if (text_equal(v->text, text_of("caught")))
		textbuf_addf(out,
			"Caught: on %s a function of the program runs, in a thread that "
			"does not block it.",
			signal_name(number));
	else if (text_equal(v->text, text_of("ignored")))
		textbuf_addf(out, "Ignored: %s does nothing at all.", signal_name(number));
	else
		textbuf_addf(
			out, "Default: on %s %s.", signal_name(number), default_action(number));
}

static void tell_pending(const struct record *r, const struct value *v, struct textbuf *out)
{
	const char *name = signal_name((int)r->index + 1);

	if (v->yes)
		textbuf_addf(out,
			"Yes: %s was sent to the process, and every thread blocks it or "
			"none has come to it.",
			name);
	else
		textbuf_addf(out, "No: no %s waits for the process as a whole.", name);
}

static void tell_threads(const struct record *r, uint64_t n, const char *do_it, const char *does,
	struct textbuf *out)
{
	const struct thread_list *list = field_side(r)->threads;
	const char *name = signal_name((int)r->index + 1);

	textbuf_addf(out, "%" PRIu64 " of %zu thread%s %s %s.", n, list ? list->n : 0,
		list && list->n == 1 ? "" : "s", n == 1 ? does : do_it, name);
}

static void tell_blocking(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct thread_list *list = field_side(r)->threads;

	tell_threads(r, v->u, "block", "blocks", out);
	if (v->u && list && v->u == list->n)
		textbuf_adds(out, " All of them: it waits until one lifts its mask.");
}

static void tell_pending_threads(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_threads(r, v->u, "have yet to take their", "has yet to take its", out);
}

static void tell_blockers(const struct record *r, const struct value *v, struct textbuf *out)
{
	const pid_t *tid = v->list.item;

	if (!v->list.n) {
		textbuf_adds(out, "No thread blocks it.");
		return;
	}
	textbuf_adds(out, "It is blocked by ");
	for (size_t i = 0; i < v->list.n; i++) {
		textbuf_adds(out, i ? ", " : "");
		tell_task(r, tid[i], out);
	}
	textbuf_adds(out, v->list.n == SIGNAL_BLOCKERS ? " and maybe more." : ".");
}

static void tell_number(const struct record *r, const struct value *v, struct textbuf *out)
{
	textbuf_addf(out, "%" PRId64 " is %s.", v->i, signal_name((int)r->index + 1));
}

static void tell_name(const struct record *r, const struct value *v, struct textbuf *out)
{
	text_printable(out, v->text);
	textbuf_addf(out, ", number %zu: unless somebody says otherwise, %s.", r->index + 1,
		default_action((int)r->index + 1));
}

const struct tell_row tell_signal_row[] = {
	{"signal.number", tell_number},
	{"signal.name", tell_name},
	{"signal.disposition", tell_disposition},
	{"signal.pending", tell_pending},
	{"signal.pending_threads", tell_pending_threads},
	{"signal.blocked_threads", tell_blocking},
	{"signal.blocked_by", tell_blockers},
};
const size_t tell_signal_rows_n = sizeof tell_signal_row / sizeof *tell_signal_row;
