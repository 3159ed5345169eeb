/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/io.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

#include "twintop/base/leave.h"

#define STALLED_MS 200 /* what takes nothing for so long while we leave is given up */

/*
 * How much may be written now: all, but while we are leaving no more than surely goes without
 * waiting; 0: nobody reads it.
 */
static size_t piece_of(int fd, size_t len)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	if (!leave_begun())
		return len;
	if (poll(&p, 1, STALLED_MS) != 1)
		return 0;
	return len < PIPE_BUF ? len : PIPE_BUF;
}

int io_write(int fd, const char *bytes, size_t len)
{
	while (len) {
		size_t piece = piece_of(fd, len);
		ssize_t n = piece ? write(fd, bytes, piece) : 0;
		struct pollfd p = {.fd = fd, .events = POLLOUT};

		if (!piece)
			return -EINTR;

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

int io_read(int fd, size_t most, struct textbuf *out)
{
	char bytes[4096];
	size_t all = 0;
	ssize_t n = 1;

	while (n) {
		n = read(fd, bytes, sizeof bytes);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		all += (size_t)n;
		if (all > most)
			return -EFBIG;
		textbuf_add(out, bytes, (size_t)n);
	}
	return 0;
}

void io_announce(int eventfd, bool readable)
{
	uint64_t count = 1;
	ssize_t n;

	if (readable)
		n = write(eventfd, &count, sizeof count);
	else
		n = read(eventfd, &count, sizeof count);
	(void)n; /* EAGAIN: it is as it should be */
}
