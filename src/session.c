/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twintop/base/io.h"

int fail(int status, const char *format, ...)
{
	va_list args;

	fputs("twintop: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

int write_out(const struct textbuf *text)
{
	return io_write(STDOUT_FILENO, text->bytes, text->len);
}

int write_status(int error)
{
	if (error == -EPIPE)
		return STATUS_OK;
	return fail(STATUS_TARGET, "cannot write to standard output: %s", strerror(-error));
}

int check_screen(const struct options *o)
{
	if (o->linear || (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
		return STATUS_OK;
	return fail(STATUS_USAGE, "standard %s is no terminal: use --once or --json",
		isatty(STDIN_FILENO) ? "output" : "input");
}

int show_screen(struct session *s, struct app_options app)
{
	const struct options *o = &s->options;
	const char *term = getenv("TERM");
	struct run_options run = {
		.app = app, .theme = o->theme, .colour = o->colour, .mouse = !o->no_mouse, .no_sync = o->no_sync};
	int error;

	if (app.tapes)
		run.tape = recording_ops(s);
	run.app.habits = &s->preferences.habits;
	run.app.view = o->view;
	run.linear = run.app.linear = o->linear;
	run.linear_ascii = s->ascii;
	run.app.ascii = s->ascii && !o->linear;
	run.app.lecture = o->theme->lecture;
	run.app.delay_ns = o->delay_ns;
	run.app.history = o->history;
	run.app.live = s->source;
	error = screen_run(&run, s->source, s->launch);
	if (!error)
		return STATUS_OK;
	return fail(STATUS_USAGE,
		"cannot draw on this terminal (TERM=%s): %s: use --once or --json",
		term ? term : "", strerror(-error));
}
