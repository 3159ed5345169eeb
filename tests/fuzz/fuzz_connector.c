/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A datagram of the proc connector. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/feed/connector_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct connector_message m;
	size_t at = 0, before = 0;

	while (connector_next(data, size, &at, &m)) {
		if (at <= before)
			abort();
		if (m.kind != CONNECTOR_OTHER && (m.pid <= 0 || m.tid <= 0))
			abort();
		before = at;
	}
	return 0;
}
