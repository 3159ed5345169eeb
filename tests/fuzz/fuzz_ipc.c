/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/sysvipc/{shm,msg,sem} and /proc/locks: the first byte chooses the parser. */
#include "twintop/proc/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const parse[])(struct scan text, struct ipc_state * ipc) = {
		ipc_parse_shm, ipc_parse_queues, ipc_parse_semaphores, ipc_parse_locks};
	struct ipc_state ipc = {0};

	if (size)
		parse[data[0] % 4](scan_of((const char *)data + 1, size - 1), &ipc);
	arena_free(&ipc.part.arena);
	return 0;
}
