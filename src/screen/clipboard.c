/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen_internal.h"
#include "twintop/base/base64.h"
#include "twintop/base/io.h"

/* Consoles and teletypes: what they do not know they may print. */
bool tty_prints_unknown(void)
{
	static const char *const none[] = {"linux", "vt", "dumb", "cons"};
	const char *term = getenv("TERM");

	for (size_t i = 0; term && i < sizeof none / sizeof *none; i++)
		if (!strncmp(term, none[i], strlen(none[i])))
			return true;
	return !term;
}

int tty_copy(struct text bytes)
{
	struct textbuf out = {0};
	int error;

	if (tty_prints_unknown() || !isatty(STDOUT_FILENO))
		return -EOPNOTSUPP;
	if (tty_asleep() || !tty_takes_output())
		return -EAGAIN;
	textbuf_adds(&out, "\033]52;c;");
	base64_encode(&out, bytes);
	textbuf_adds(&out, "\a");
	/* Of what curses wrote nothing is left unwritten: each frame ends with a flush. */
	error = io_write(STDOUT_FILENO, out.bytes, out.len);
	textbuf_free(&out);
	return error;
}
