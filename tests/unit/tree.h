/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_TREE_H
#define TESTS_UNIT_TREE_H

#include "twintop/proc/root.h"

/* A made-up /proc in a temporary directory. Any failure here fails the test. */
struct tree;

struct tree *tree_new(void);
void tree_free(struct tree *t); /* removes it */
const char *tree_path(const struct tree *t);
const struct proc_root *tree_root(const struct tree *t);
/* Makes the folders on the way to path, then the file, from a printf format. */
void tree_file(struct tree *t, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void tree_link(struct tree *t, const char *path, const char *target);

#endif
