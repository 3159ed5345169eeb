/* SPDX-License-Identifier: GPL-2.0-or-later */
/* twintop predict: what is predicted of a program, its run, and the two beside each other. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "session.h"
#include "twintop/base/io.h"
#include "twintop/base/privilege.h"

#define FILE_MOST 65536u /* bytes of predictions: nobody predicts more */

static int fail_file(const char *path, int status, const char *what)
{
	struct textbuf shown = {0};

	text_printable(&shown, text_of(path));
	fail(status, "%s:%s%s", shown.len ? shown.bytes : "''", status == STATUS_USAGE ? "" : " ",
		what);
	textbuf_free(&shown);
	return status;
}

/* 0 or negative errno; it may be anybody's, and a pipe. */
static int read_file(const char *path, struct textbuf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), error;

	if (fd < 0)
		return -errno;
	error = io_read(fd, FILE_MOST, out);
	close(fd);
	return error;
}

static int take_file(const char *path, struct amounts *ret)
{
	struct textbuf file = {0}, complaint = {0};
	int error, status = STATUS_OK;

	if (privilege_raised())
		return fail_file(path, STATUS_TARGET,
			"twintop has rights beyond yours and reads no files with them");
	textbuf_adds(&file, "");
	error = read_file(path, &file);
	if (error)
		status = fail_file(path, STATUS_TARGET, strerror(-error));
	else if (amounts_parse((struct text){file.bytes, file.len}, ret, &complaint))
		status = fail_file(path, STATUS_USAGE, complaint.bytes);
	textbuf_free(&file);
	textbuf_free(&complaint);
	return status;
}

/* A line that is typed, without its newline; false: there is none any more. */
static bool read_answer(struct textbuf *line)
{
	char c;

	textbuf_clear(line);
	textbuf_adds(line, "");
	while (read(STDIN_FILENO, &c, 1) == 1) {
		if (c == '\n')
			return true;
		textbuf_add(line, &c, 1);
	}
	return line->len > 0;
}

/* Whoever sits there is asked on standard error; an empty line predicts nothing. */
static void ask(struct amounts *ret)
{
	struct textbuf line = {0};

	for (enum figure i = 0; i < FIGURES; i++)
		for (;;) {
			fprintf(stderr, "%s ", figure_table[i].question);
			if (!read_answer(&line) || !line.len ||
				!figure_parse(i, (struct text){line.bytes, line.len}, &ret->of[i]))
				break;
			fprintf(stderr, "Give %s, or nothing.\n", figure_wanted(i));
		}
	textbuf_free(&line);
}

int predict_tell(const struct session *s)
{
	struct textbuf text = {0};
	struct amounts measured;
	int error;

	tally_amounts(s->tally, &measured);
	if (s->options.json)
		amounts_json(s->predicted, &measured, s->program, &text);
	else if (tally_unended(s->tally))
		textbuf_adds(&text, "\n");
	if (!s->options.json)
		amounts_text(s->predicted, &measured, &text);
	amounts_free(&measured);
	error = write_out(&text);
	textbuf_free(&text);
	return error ? write_status(error) : STATUS_OK;
}

int run_predict(struct session *s)
{
	struct amounts predicted = {0};
	int status = STATUS_OK;

	if (s->options.predictions)
		status = take_file(s->options.predictions, &predicted);
	else if (isatty(STDIN_FILENO))
		ask(&predicted);
	if (status == STATUS_OK) {
		s->tally = tally_new();
		s->predicted = &predicted;
		status = run_watch(s);
	}
	tally_free(s->tally);
	s->tally = NULL;
	s->predicted = NULL;
	amounts_free(&predicted);
	return status;
}
