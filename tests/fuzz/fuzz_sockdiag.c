/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of sock_diag(7): the first byte chooses the kind, the rest is the datagram. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/proc/sock_diag_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag_sockets sockets = {0};
	struct arena arena = {0};

	if (size == 0)
		return 0;
	diag_parse(&diag_kind[data[0] % diag_kind_n], data + 1, size - 1, &arena, &sockets);
	diag_join(&sockets);
	for (size_t i = 0; i < sockets.n; i++) {
		const struct diag_socket *s = &sockets.item[i];

		if (!s->info.inode || !s->info.protocol)
			abort();
		if (i > 0 && s[-1].info.inode > s->info.inode)
			abort();
	}
	VEC_FREE(&sockets);
	arena_free(&arena);
	return 0;
}
