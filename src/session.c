/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

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

/* A descriptor may be non-blocking by somebody else's doing. */
int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);
		struct pollfd p = {.fd = fd, .events = POLLOUT};

		if (n < 0 && errno == EAGAIN)
			poll(&p, 1, -1);
		else if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int write_out(const struct textbuf *text)
{
	return write_all(STDOUT_FILENO, text->bytes, text->len);
}

int write_status(int error)
{
	if (error == -EPIPE)
		return STATUS_OK;
	return fail(STATUS_TARGET, "cannot write to standard output: %s", strerror(-error));
}
