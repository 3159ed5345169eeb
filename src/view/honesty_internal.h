/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_HONESTY_INTERNAL_H
#define TWINTOP_HONESTY_INTERNAL_H

#include "twintop/draw/panes.h"
#include "twintop/view/view.h"

/*
 * The honesty mark of records of a kind: "exact", "A hidden: …", "stale 3.2s" of the worse side,
 * "none" where it is known that there are none.
 * True when it is exact, so that the caller may say more.
 */
bool honesty_records(const struct view_env *env, enum record_kind kind, struct textbuf *out);
/* Of threads, as struct view_ops asks: also whether system calls and stack pointers are hidden. */
void honesty_threads(void *view, const struct view_env *env, struct textbuf *out);
/* Of the pages of both: "exact", "estimated: by flags, no frames", "copied is an upper …".
 */
void honesty_pages(const struct view_env *env, struct textbuf *out);

#endif
