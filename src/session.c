/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <errno.h>
#include <stdarg.h>
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
