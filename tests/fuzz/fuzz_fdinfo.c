/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fdinfo of hostile bytes: parsed or refused, an entry is never half of one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/proc/fds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fd_entry none;
	struct arena arena = {0};
	struct fd_entry e = none;

	if (fds_parse_info(scan_of((const char *)data, size), &e, &arena)) {
		if (memcmp(&e, &none, sizeof e) != 0)
			abort();
	} else if ((e.watches_n > 0) != (e.watches != NULL) || e.pidfd_pid < 0) {
		abort();
	}
	arena_free(&arena);
	return 0;
}
