/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_IO_H
#define TWINTOP_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>

#include "twintop/base/text.h"

/*
 * All of it to a descriptor, also to one that does not block by somebody else's doing. 0 or
 * negative errno; -EINTR: we are leaving, and nobody takes it.
 */
int io_write(int fd, const char *bytes, size_t len);
/*
 * Appends what a descriptor that blocks has to its end. 0 or negative errno; -EFBIG: that is more
 * than most bytes, of which some were appended.
 */
int io_read(int fd, size_t most, struct textbuf *out);
/* Makes an eventfd that does not block readable, or not. */
void io_announce(int eventfd, bool readable);

#endif
