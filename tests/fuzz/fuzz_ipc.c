/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/sysvipc/{shm,msg,sem} and /proc/locks: the first byte chooses the parser. */
#include "twintop/proc/file_locks.h"
#include "twintop/proc/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const parse[])(struct scan text, struct ipc_state * ipc) = {
		ipc_parse_shm, ipc_parse_queues, ipc_parse_semaphores};
	struct ipc_state ipc = {0};
	struct lock_table locks = {0};

	if (size && data[0] % 4 < 3)
		parse[data[0] % 4](scan_of((const char *)data + 1, size - 1), &ipc);
	else if (size)
		file_locks_parse(scan_of((const char *)data + 1, size - 1), &locks);
	arena_free(&ipc.part.arena);
	arena_free(&locks.part.arena);
	return 0;
}
