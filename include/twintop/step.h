/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_STEP_H
#define TWINTOP_STEP_H

/*
 * Makes a program a demo that twintop shows step by step: `twintop -- ./program`. Started by hand
 * all of it does nothing, and the program runs through.
 *
 *	#include <twintop/step.h>
 *
 *	step("The child writes one page.");
 *	step_view("pages");
 *	step_point("heap");
 *	step_ask("How many pages does it copy?");
 *	step_expect("pair.pages.copied", "+1", "copied");
 *	step_wait();
 *	... the child writes one page ...
 *	step_done();
 *
 * Each call writes a line to the descriptor that $TWINTOP_STEPS names, and step_wait() reads one:
 *
 *	caption TEXT		a step begins; what it was before is over
 *	view NAME		where to look: as --view
 *	point TEXT		at what, in that view: the row that a search for TEXT finds, or 0xADDRESS
 *	ask TEXT		a question to the audience
 *	expect PATH VALUE TEXT	what --json will tell when it is done, and what that is called
 *	wait			answered by "go" and a newline
 *	done			what was said has happened
 *
 * PATH goes down into a moment of --json: names and numbers of elements with dots between, [KEY=X]
 * for the first element whose KEY is X, # for how many there are, #[KEY=X] for how many of them are
 * so; KEY may go down by dots, too. VALUE is what stands there: N, true, false, null, a word; or
 * WORD*: it begins so; or >N, <N, also of a share in percent; or +N, -N: so much more or less than
 * before the step; or +>N, +<N: more or less than N more than before it. The first expectation is
 * the answer to the question. The program itself is A to what is expected, processes.0, also where
 * whoever watches lets A and B change places: texts that say "the parent" or "the child" hold then,
 * too.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEP_LINE_MOST 1024

/* The descriptor, or -1: nobody is told. */
static inline int step_fd(void)
{
	const char *fd = getenv("TWINTOP_STEPS");

	return fd && *fd ? atoi(fd) : -1;
}

static inline void step_write(const char *bytes, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(step_fd(), bytes, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

/* One line: a word, a blank, and the rest as printf(3) makes it. Newlines in it become blanks. */
__attribute__((format(printf, 2, 3))) static inline void step_say(
	const char *word, const char *format, ...)
{
	char line[STEP_LINE_MOST];
	size_t len;
	va_list args;
	int n;

	if (step_fd() < 0)
		return;
	n = snprintf(line, sizeof line, "%s ", word);
	va_start(args, format);
	vsnprintf(line + n, sizeof line - (size_t)n, format, args);
	va_end(args);
	len = strlen(line);
	for (size_t i = 0; i < len; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	line[len++] = '\n'; /* in place of the NUL */
	step_write(line, len);
}

#define step(...)	step_say("caption", __VA_ARGS__)
#define step_view(name) step_say("view", "%s", name)
#define step_point(...) step_say("point", __VA_ARGS__)
#define step_ask(...)	step_say("ask", __VA_ARGS__)
#define step_expect(path, value, name) step_say("expect", "%s %s %s", path, value, name)
#define step_done()	step_say("done", "%s", "")

/* Waits until somebody lets the program go on. 0; -1: nobody listens (any more). */
static inline int step_wait(void)
{
	char c = 0;
	ssize_t n;

	step_say("wait", "%s", "");
	if (step_fd() < 0)
		return -1;
	do
		n = read(step_fd(), &c, 1);
	while ((n < 0 && errno == EINTR) || (n == 1 && c != '\n'));
	return n == 1 ? 0 : -1;
}

#endif
