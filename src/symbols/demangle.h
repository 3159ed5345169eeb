/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_DEMANGLE_H
#define TWINTOP_SYMBOLS_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Mangled names of C++ and of Rust, in both of its ways, as their programmers write them, by
 * libiberty; or those of C++ alone by the C++ library of this machine, which is loaded when the
 * first such name comes. Names are whatever a file has for them: only for a process that may break
 * down.
 */
struct demangler {
	bool sought;
	char *(*call)(const char *mangled, char *buffer, size_t *length, int *status);
};

#define DEMANGLE_MOST 2000u /* bytes of a name of Rust; the rest of a longer one is cut */
/*
 * The name as it is written, without the hashes that Rust adds, for the caller to free. NULL: it is
 * not mangled, not well, too long, so that it could grow beyond measure, or nothing here knows it.
 */
char *demangle(struct demangler *d, const char *name);
/* Whether what is written of a name of C++ is of a bounded length, some MiB at most. */
bool demangle_is_bounded(const char *name);

#endif
