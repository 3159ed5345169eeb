/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fdinfo, /proc/tty/drivers and limits of hostile bytes: parsed or refused, never half. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/proc/fd_internal.h"
#include "twintop/proc/fds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read beside it: the terminals' drivers, line by line, and the limit. */
static void around(const char *bytes, size_t size)
{
	struct scan text = scan_of(bytes, size), line;
	struct fd_tty_range range = {.major = 7};
	uint64_t limit = 7;

	while (scan_line(&text, &line))
		if (!fd_tty_parse(line, &range) && range.major != 7)
			abort();
		else
			range.major = 7;
	if (!fd_limit_parse(scan_of(bytes, size), &limit) && limit != 7)
		abort();
}

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
	around((const char *)data, size);
	return 0;
}
