/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_PROMPT_H
#define TWINTOP_APP_PROMPT_H

#include "twintop/draw/canvas.h"

/* One line of text being typed; the cursor stands behind it. */
struct prompt {
	struct textbuf text; /* UTF-8 */
};
#define PROMPT_BYTES 256 /* more is not taken */

/* Begins anew with that text; a zeroed prompt is empty. Release with prompt_free. */
void prompt_begin(struct prompt *p, const char *text);
void prompt_free(struct prompt *p);
const char *prompt_text(const struct prompt *p); /* never NULL */
enum prompt_answer { PROMPT_TYPING, PROMPT_ACCEPTED, PROMPT_CANCELLED };
/* Enter accepts, Esc cancels, ^U empties, ^W takes a word away. */
enum prompt_answer prompt_key(struct prompt *p, uint32_t key);
/* "filter: text" with the cursor; the end of a long text stays visible. */
void prompt_draw(const struct prompt *p, struct canvas *c, struct rect line, const char *label);

#endif
