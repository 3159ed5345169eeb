/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_TABLE_H
#define TWINTOP_BASE_TABLE_H

/*
 * Tables that are indexed by an enumeration name the value of each row, so that no order has to be
 * kept, and are as long as their last row: a value that is new at the end and has none is found
 * while compiling.
 */
#define TABLE_ROWS(table, values)                                                                  \
	_Static_assert(sizeof(table) / sizeof *(table) == (values), #table ": " #values " rows")

#endif
