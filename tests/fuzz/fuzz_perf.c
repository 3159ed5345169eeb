/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of a perf ring. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/feed/perf_ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct perf_record r;

	if (perf_record_parse(data, size, &r))
		return 0;
	if (r.kind >= PERF_KINDS || !memchr(r.name, '\0', sizeof r.name))
		abort();
	if (r.kind != PERF_LOST && r.lost)
		abort();
	if (r.preempted && r.kind != PERF_OFF)
		abort();
	return 0;
}
