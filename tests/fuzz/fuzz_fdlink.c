/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links of any bytes: what begins with a slash is a path, or a memfd that is still to be proven. */
#include <stdint.h>
#include <stdlib.h>

#include "twintop/proc/fds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fd_entry e = {0};

	fds_parse_link((struct text){(const char *)data, size}, &e);
	if ((unsigned)e.kind >= FD_KINDS || !fd_kind_name(e.kind))
		abort();
	if (size > 0 && data[0] == '/' && e.kind != FD_UNKNOWN && e.kind != FD_MEMFD)
		abort();
	if (e.inode && (size < 3 || data[size - 1] != ']'))
		abort();
	return 0;
}
