/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/task/TID/schedstat: what does not parse changes nothing. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/proc/threads.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct thread_record t, before;
	int error;

	memset(&t, 0, sizeof t);
	t.self.tid = 7;
	memcpy(&before, &t, sizeof t);
	error = thread_parse_schedstat(scan_of((const char *)data, size), &t);
	if (error && (error != -EINVAL || memcmp(&t, &before, sizeof t)))
		abort();
	return 0;
}
