/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "opening.h"
#include "session.h"
#include "twintop/base/io.h"
#include "twintop/base/leave.h"
#include "twintop/model/wait_graph.h"
#include "twintop/report/json.h"
#include "twintop/report/report.h"

#define QUIET_MS 200 /* what writes nothing for so long has written all, but may be there */

/* The loop that takes samples, passes the program's output on and minds signals. */
struct loop {
	struct session *s;
	uint64_t left;	   /* samples still to print; 0: until the target ends */
	unsigned skip;	   /* samples not to print, unless they are the last */
	bool looked_again; /* at a ring of waits that only a second look proves */
	const struct moment *skipped;
	bool reaped, output_ended;
	bool whole;		  /* a moment came that holds what is needed */
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
	if (l->s->tally) {
		tally_moment(l->s->tally, m);
		if (tally_lets_go(l->s->tally))
			launch_go(l->s->launch);
		return 0;
	}
	if (l->json)
		return json_writer_moment(l->json, m);
	textbuf_clear(&l->text);
	report_moment(m, l->s->options.view, l->s->ascii, &l->text);
	return write_out(&l->text);
}

/*
 * What the program writes goes to our standard error, so that reports stay by themselves; a table
 * of its run comes behind it.
 */
static void pass_output(struct loop *l)
{
	bool behind = l->s->tally && !l->s->options.json;
	char bytes[4096];
	ssize_t n = read(launch_fd(l->s->launch), bytes, sizeof bytes);

	if (n > 0 && l->s->tally)
		tally_output(l->s->tally, bytes, (size_t)n);
	if (n > 0)
		io_write(behind ? STDOUT_FILENO : STDERR_FILENO, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		l->output_ended = true;
}

static void reap(struct loop *l)
{
	int status;

	if (!l->s->launch || l->reaped || !launch_reap(l->s->launch, &status))
		return;
	l->reaped = true;
	if (l->s->tally)
		tally_reaped(l->s->tally, status);
	source_reaped(l->s->source, launch_pid(l->s->launch), status);
}

/* Sleeps until something is there; false when a signal asks us to end. */
static bool wait_any(struct loop *l)
{
	struct pollfd p[4] = {
		{.fd = source_fd(l->s->source), .events = POLLIN},
		{.fd = leave_fd(), .events = POLLIN},
		{.fd = l->s->launch && !l->output_ended ? launch_fd(l->s->launch) : -1,
			.events = POLLIN},
		{.fd = recording_fd(l->s), .events = POLLIN},
	};

	if (poll(p, l->s->options.headless ? 4 : 3, -1) > 0 && p[2].revents)
		pass_output(l);
	/* What does nothing but record ends with that. */
	return !leave_begun() && !(l->s->options.headless && p[3].revents);
}

/*
 * Rounds begin before anybody says what is needed (first_sample): whether m is of one of them, with
 * nothing to tell but who is there.
 */
static bool is_brief(const struct moment *m)
{
	const struct side *a = &m->snapshot->side[0];

	return (!a->threads || a->threads->part.state == VALUE_UNREAD) && !moment_tells_events(m);
}

/* Whether the only sample shows threads in a ring, of which the next one tells whether it stands.
 */
static bool wants_another_look(const struct loop *l, const struct moment *m)
{
	return l->s->sampler && l->s->options.samples == 1 && !l->looked_again &&
	       wait_cycles_open(m->snapshot);
}

/* Prints what is to be printed of m, whose reference it takes; 1: enough, 0: more, or negative
 * errno. */
static int take(struct loop *l, const struct moment *m)
{
	bool brief = l->s->sampler && !l->whole && is_brief(m);
	int error;

	l->whole |= !brief;
	moment_put(l->skipped);
	l->skipped = NULL;
	if (brief || l->skip) {
		l->skip -= !brief;
		l->skipped = m;
		return 0;
	}
	if (wants_another_look(l, m)) {
		l->looked_again = true;
		l->skipped = m;
		return 0;
	}
	/* All else ends while we write. */
	if (l->left == 1 && l->s->sampler)
		sampler_end(l->s->sampler);
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

/* The end of the program, and what it wrote until then, may still be to be had. */
static void see_end(struct loop *l)
{
	struct pollfd p = {launch_fd(l->s->launch), POLLIN, 0};

	while (!l->output_ended && poll(&p, 1, QUIET_MS) > 0)
		pass_output(l);
	if (!l->output_ended)
		tally_cut(l->s->tally);
	reap(l);
}

int run_reports(struct session *s)
{
	struct loop l = {.s = s, .left = s->options.samples};
	struct ending_signals before;
	int error;

	/* One sample of a program that has just begun says little: it is taken a delay later. */
	l.skip = s->launch && s->options.samples == 1 && !s->options.against_ns;
	if (s->options.json)
		l.json = json_writer_new((struct json_sink){.write = write_piece});
	ending_catch(&before);
	error = loop_run(&l);
	if (s->tally && !leave_begun())
		see_end(&l);
	else if (s->tally)
		tally_stopped(s->tally);
	moment_put(l.skipped);
	json_writer_free(l.json);
	textbuf_free(&l.text);
	s->signal = leave_signal();
	/* One that comes twice, as from timeout(1), does not cut off what a recording ends with. */
	if (!s->signal)
		ending_release(&before);
	if (error && !leave_begun())
		return write_status(error);
	return s->tally ? predict_tell(s) : STATUS_OK;
}
