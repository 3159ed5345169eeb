/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes man page and completions at build time: copies the template on standard input and puts a
 * table of ours in the place of each line such as "@FIELDS_THREAD@".
 */
#include "generate.h"

#include <stdio.h>
#include <string.h>

static const struct mark *mark_find(const struct mark *marks, const char *line)
{
	for (; marks->mark; marks++)
		if (strncmp(line, marks->mark, strlen(marks->mark)) == 0)
			return marks;
	return NULL;
}

/* 0, or -1 for a mark that no row knows. */
static int add_line(struct textbuf *out, const char *line)
{
	const struct mark *mark = mark_find(man_marks, line);

	if (line[0] != '@') {
		textbuf_adds(out, line);
		return 0;
	}
	if (!mark)
		mark = mark_find(shell_marks, line);
	if (mark)
		mark->add(out);
	else
		fprintf(stderr, "generate: unknown mark %s", line);
	return mark ? 0 : -1;
}

int main(void)
{
	struct textbuf out = {0};
	char line[1024];
	int error = 0;

	while (!error && fgets(line, sizeof line, stdin))
		error = add_line(&out, line);
	if (!error && fwrite(out.bytes, 1, out.len, stdout) != out.len)
		error = -1;
	textbuf_free(&out);
	return error || fflush(stdout) ? 1 : 0;
}
