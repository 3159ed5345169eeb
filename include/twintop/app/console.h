/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_CONSOLE_H
#define TWINTOP_APP_CONSOLE_H

#include "twintop/draw/canvas.h"

/*
 * Output of the launched program as plain lines. It is hostile: escape sequences are dropped, what
 * is no UTF-8 becomes \xNN, and only newline, carriage return, backspace and tab move anything.
 */
struct console;

#define CONSOLE_LINES	1000 /* kept; older ones go */
#define CONSOLE_COLUMNS 512  /* characters in a line; longer ones are broken */

struct console *console_new(void);
void console_free(struct console *c); /* NULL is fine */
void console_write(struct console *c, const char *bytes, size_t len);
/* A line of our own behind what the program wrote: how it ended. */
void console_note(struct console *c, const char *utf8);
/* Finished lines, and the one being written. Printable UTF-8, valid until the next write. */
size_t console_count(const struct console *c);
const char *console_line(const struct console *c, size_t i);
const char *console_current(struct console *c);
/* The last lines that fit, wrapped; with the cursor behind the last character when asked. */
void console_draw(struct console *c, struct canvas *canvas, struct rect area, bool cursor);

#endif
