/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_CONSOLE_H
#define TWINTOP_APP_CONSOLE_H

#include "twintop/draw/canvas.h"

/*
 * The launched program's terminal: what it writes moves, erases and scrolls as on xterm (libvterm).
 * It is hostile: only printable characters come out of it, and nothing that it asks for reaches the
 * terminal that we draw on. Of its attributes bold and reverse are shown, colours are not.
 */
struct console;

/* Its screen has so many rows at least: where there are fewer the last ones with text are shown. */
#define CONSOLE_ROWS_LEAST 2
#define CONSOLE_LINES 500 /* that scrolled away and are kept, to come back as it grows */

struct console *console_new(unsigned columns, unsigned rows);
void console_free(struct console *c); /* NULL is fine */
void console_write(struct console *c, const char *bytes, size_t len);
/* A line of our own behind what the program wrote: how it ended. Its own screen has gone then. */
void console_note(struct console *c, const char *utf8);
/* A key for the program: a code point or enum key; what that sends is an answer. */
void console_key(struct console *c, uint32_t key);
/*
 * What its terminal sends to the program: keys, and answers to what it asked. Takes at most room
 * bytes of it; 0: nothing is left.
 */
size_t console_answer(struct console *c, char *bytes, size_t room);
/* Its screen, which takes the area's size where it can; with the cursor where the program has it when asked. */
void console_draw(struct console *c, struct canvas *canvas, struct rect area, bool cursor);

#endif
