/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_READER_TABLE_H
#define TWINTOP_SAMPLE_READER_TABLE_H

#include "twintop/proc/reader.h"

/*
 * All readers. Those that build upon nothing come first in a round: then it is known who is
 * watched; the others follow in the table's order.
 */
extern const struct reader_ops *const reader_table[];
extern const size_t reader_table_n;
#define READERS_MOST 16

#endif
