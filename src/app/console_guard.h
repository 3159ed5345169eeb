/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_APP_CONSOLE_GUARD_H
#define TWINTOP_SRC_APP_CONSOLE_GUARD_H

#include <stddef.h>
#include <vterm.h>

/*
 * What stands between a program's output and libvterm: 0.1, as Debian 12 has it, falls over some
 * sequences that few programs mean. Device control strings are kept from it, scrolling by many
 * lines is done line by line, repeating a character one by one, and numbers are bounded. All else
 * goes on as it is.
 */
#define GUARD_BYTES 64 /* of a sequence; longer ones are dropped */
struct guard {
	enum {
		GUARD_PLAIN,
		GUARD_ESCAPE,	     /* behind ESC, which is held back */
		GUARD_CHARSET,	     /* behind ESC and a character that another one follows */
		GUARD_SEQUENCE,	     /* behind ESC [, what came since is held back */
		GUARD_STRING,	     /* in a device control string */
		GUARD_STRING_ESCAPE, /* and behind ESC in it */
	} state;
	char held[GUARD_BYTES];
	size_t held_n;
	char last[4]; /* the last character that was written, which may be asked for again */
	size_t last_n;
};

/* A zeroed guard is at the beginning. */
void guard_write(struct guard *g, VTerm *vt, const char *bytes, size_t len);

#endif
