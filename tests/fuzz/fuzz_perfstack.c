/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of a perf ring with registers and stacks: what it says of a stack is of the record. */
#include <stdint.h>
#include <stdlib.h>

#include "twintop/feed/perf_ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *stack;
	struct perf_record r;
	struct perf_user user;

	if (perf_record_parse_stacked(data, size, &r, &user))
		return 0;
	if (r.kind >= PERF_KINDS || (r.user && (r.user != &user || r.kind != PERF_FAULT)))
		abort();
	if (!r.user)
		return 0;
	stack = (const uint8_t *)user.stack;
	if (user.stack_n && (stack < data || user.stack_n > (size_t)(data + size - stack)))
		abort();
	return 0;
}
