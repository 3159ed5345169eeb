/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reader_table.h"

const struct reader_ops *const reader_table[] = {
	&process_reader_ops,
	&fds_reader_ops,
	&shares_reader_ops,
	&ipc_reader_ops,
	&memory_reader_ops,
	&threads_reader_ops,
};
const size_t reader_table_n = sizeof reader_table / sizeof *reader_table;
_Static_assert(sizeof reader_table / sizeof *reader_table <= READERS_MOST, "the sampler has room");
