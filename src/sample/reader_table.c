/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reader_table.h"

/* A row a reader: NAME of its NAME_reader_ops. */
#define READERS(X)                                                                                 \
	X(process)                                                                                 \
	X(fds)                                                                                     \
	X(shares)                                                                                  \
	X(ipc)                                                                                     \
	X(memory)                                                                                  \
	X(threads)                                                                                 \
	X(connects)                                                                                \
	X(locks)                                                                                   \
	X(family)                                                                                  \
	X(symbols)                                                                                 \
	X(backtraces)                                                                              \
	X(user_stacks)

#define DECLARE(name) extern const struct reader_ops name##_reader_ops;
READERS(DECLARE)

#define ADDRESS(name) &name##_reader_ops,
const struct reader_ops *const reader_table[] = {READERS(ADDRESS)};
const size_t reader_table_n = sizeof reader_table / sizeof *reader_table;
_Static_assert(sizeof reader_table / sizeof *reader_table <= READERS_MOST, "the sampler has room");
