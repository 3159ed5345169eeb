/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/io.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

int io_write(int fd, const char *bytes, size_t len)
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
