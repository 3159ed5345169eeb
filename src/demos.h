/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DEMOS_H
#define TWINTOP_DEMOS_H

#include <stddef.h>

/* The guided demos: one row a program of src/demo/. */
struct demo {
	const char *name;
	const char *view; /* where to look first */
	const char *title;
};
extern const struct demo demo_table[];
extern const size_t demo_table_n;

#endif
