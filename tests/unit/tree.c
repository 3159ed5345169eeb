/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct tree {
	char path[64];
	struct proc_root *root;
};

struct tree *tree_new(void)
{
	struct tree *t = calloc(1, sizeof *t);

	assert_non_null(t);
	snprintf(t->path, sizeof t->path, "/tmp/twintop-tree-XXXXXX");
	assert_non_null(mkdtemp(t->path));
	assert_int_equal(proc_root_open(t->path, &t->root), 0);
	return t;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void tree_free(struct tree *t)
{
	proc_root_close(t->root);
	nftw(t->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(t);
}

const char *tree_path(const struct tree *t)
{
	return t->path;
}

const struct proc_root *tree_root(const struct tree *t)
{
	return t->root;
}

/* The whole path of an entry, its folders made. Static buffer. */
static const char *place(const struct tree *t, const char *path)
{
	static char whole[512];
	int len = snprintf(whole, sizeof whole, "%s/%s", t->path, path);

	assert_true(len > 0 && (size_t)len < sizeof whole);
	for (char *slash = whole + strlen(t->path) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		assert_true(mkdir(whole, 0700) == 0 || errno == EEXIST);
		*slash = '/';
	}
	return whole;
}

void tree_file(struct tree *t, const char *path, const char *format, ...)
{
	FILE *file = fopen(place(t, path), "w");
	va_list args;

	assert_non_null(file);
	va_start(args, format);
	assert_true(vfprintf(file, format, args) >= 0);
	va_end(args);
	assert_int_equal(fclose(file), 0);
}

void tree_link(struct tree *t, const char *path, const char *target)
{
	assert_int_equal(symlink(target, place(t, path)), 0);
}
