/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_IO_H
#define TWINTOP_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * All of it to a descriptor, also to one that does not block by somebody else's doing. 0 or
 * negative errno; -EINTR: we are leaving, and nobody takes it.
 */
int io_write(int fd, const char *bytes, size_t len);
/* Makes an eventfd that does not block readable, or not. */
void io_announce(int eventfd, bool readable);

#endif
