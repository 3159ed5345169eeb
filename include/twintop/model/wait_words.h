/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_WAIT_WORDS_H
#define TWINTOP_MODEL_WAIT_WORDS_H

#include "twintop/model/snapshot.h"
#include "twintop/model/wait.h"

/* Each is printable, our own UTF-8, and appended. */

/*
 * "recursive mutex lock_a", "join", "read fd 7 pipe", "sleep, 2s left": what a thread waits for,
 * with its name; in brief "lock_a", "read fd 7".
 */
void wait_words_object(const struct snapshot *s, unsigned side, const struct thread *t, bool brief,
	struct textbuf *out);
/* "12s", "≥12s" of one that was so at the first look; nothing where it is not known since when. */
void wait_words_since(
	const struct snapshot *s, unsigned side, const struct thread *t, struct textbuf *out);

/* What glibc says of a mutex beside "mutex": "recursive ", "robust errorcheck "; "" of a plain one.
 */
const char *wait_mutex_type(uint8_t type);

#endif
