/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/net/tcp and the like: the first byte chooses the kind, the rest is the file. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/proc/sock_diag_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag_sockets sockets = {0};
	struct arena arena = {0};
	const struct diag_kind *kind;

	if (size == 0)
		return 0;
	kind = &diag_kind[data[0] % diag_kind_n];
	if (!kind->file)
		return 0;
	net_file_parse(kind, scan_of((const char *)data + 1, size - 1), &arena, &sockets);
	diag_join(&sockets);
	for (size_t i = 0; i < sockets.n; i++)
		if (!sockets.item[i].info.inode || !sockets.item[i].info.protocol)
			abort();
	VEC_FREE(&sockets);
	arena_free(&arena);
	return 0;
}
