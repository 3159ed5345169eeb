/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "session.h"
#include "twintop/base/io.h"
#include "twintop/base/leave.h"
#include "twintop/report/json.h"
#include "twintop/report/report.h"

/* The loop that takes samples, passes the program's output on and minds signals. */
struct loop {
	struct session *s;
	uint64_t left; /* samples still to print; 0: until the target ends */
	unsigned skip; /* samples not to print, unless they are the last */
	const struct moment *skipped;
	bool reaped, output_ended;
	struct json_writer *json; /* NULL: plain text */
	struct textbuf text;
};

static int write_piece(void *context, const char *bytes, size_t len)
{
	(void)context;
	return io_write(STDOUT_FILENO, bytes, len);
}

static int print_moment(struct loop *l, const struct moment *m)
{
	if (l->s->options.headless)
		return 0;
	if (l->json)
		return json_writer_moment(l->json, m);
	textbuf_clear(&l->text);
	report_moment(m, l->s->options.view, l->s->ascii, &l->text);
	return write_out(&l->text);
}

/* What the program writes goes to our standard error, so that reports stay by themselves. */
static void pass_output(struct loop *l)
{
	char bytes[4096];
	ssize_t n = read(launch_fd(l->s->launch), bytes, sizeof bytes);

	if (n > 0)
		io_write(STDERR_FILENO, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		l->output_ended = true;
}

static void reap(struct loop *l)
{
	int status;

	if (!l->s->launch || l->reaped || !launch_reap(l->s->launch, &status))
		return;
	l->reaped = true;
	sampler_reaped(l->s->sampler, launch_pid(l->s->launch), status);
}

/* Sleeps until something is there; false when a signal asks us to end. */
static bool wait_any(struct loop *l)
{
	struct pollfd p[3] = {
		{.fd = source_fd(l->s->source), .events = POLLIN},
		{.fd = leave_fd(), .events = POLLIN},
		{.fd = l->s->launch && !l->output_ended ? launch_fd(l->s->launch) : -1,
			.events = POLLIN},
	};

	if (poll(p, 3, -1) > 0 && p[2].revents)
		pass_output(l);
	return !leave_begun();
}

/* Prints what is to be printed of m, whose reference it takes; 1: enough, 0: more, or negative
 * errno. */
static int take(struct loop *l, const struct moment *m)
{
	int error;

	moment_put(l->skipped);
	l->skipped = NULL;
	if (l->skip) {
		l->skip--;
		l->skipped = m;
		return 0;
	}
	error = print_moment(l, m);
	moment_put(m);
	if (error)
		return error;
	return l->left && --l->left == 0;
}

static int loop_run(struct loop *l)
{
	int done = 0;

	while (!done && wait_any(l)) {
		const struct moment *m;

		reap(l);
		m = source_next(l->s->source);
		if (m)
			done = take(l, m);
		else if (source_done(l->s->source))
			break;
	}
	if (!done && !leave_begun() && l->skipped)
		done = print_moment(l, l->skipped);
	return done < 0 ? done : 0;
}

/* Signals that end us, unless whoever started us wanted them ignored; before: to be put back. */
static const int end_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define END_SIGNALS (sizeof end_signals / sizeof *end_signals)

static void catch_ends(struct sigaction before[END_SIGNALS])
{
	struct sigaction leave = {.sa_handler = leave_begin}; /* which ends waits, too */

	for (size_t i = 0; i < END_SIGNALS; i++) {
		sigaction(end_signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(end_signals[i], &leave, NULL);
	}
}

int run_reports(struct session *s)
{
	struct loop l = {.s = s, .left = s->options.samples};
	struct sigaction before[END_SIGNALS];
	int error;

	/* One sample of a program that has just begun says little: it is taken a delay later. */
	l.skip = s->launch && s->options.samples == 1;
	if (s->options.json)
		l.json = json_writer_new((struct json_sink){.write = write_piece});
	catch_ends(before);
	error = loop_run(&l);
	moment_put(l.skipped);
	json_writer_free(l.json);
	textbuf_free(&l.text);
	s->signal = leave_signal();
	for (size_t i = 0; i < END_SIGNALS; i++)
		sigaction(end_signals[i], &before[i], NULL);
	return error && !leave_begun() ? write_status(error) : STATUS_OK;
}
