/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_DEMANGLE_H
#define TWINTOP_SYMBOLS_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * C++'s mangled names as its programmers write them, by the C++ library of this machine, which is
 * loaded when the first such name comes. Names are whatever a file has for them: only for a process
 * that may break down.
 */
struct demangler {
	bool sought;
	char *(*call)(const char *mangled, char *buffer, size_t *length, int *status);
};

/*
 * The name as it is written, for the caller to free. NULL: it is not mangled, not well, too long,
 * so that it could grow beyond measure, or there is no such library.
 */
char *demangle(struct demangler *d, const char *name);
/* Whether what is written of it is of a bounded length, some MiB at most. */
bool demangle_is_bounded(const char *name);

#endif
