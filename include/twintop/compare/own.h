/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_OWN_H
#define TWINTOP_COMPARE_OWN_H

#include "twintop/model/field.h"

/* What a thread has of its own: ids of the field table, in the order of the lecture. */
extern const char *const own_fields[];
extern const size_t own_fields_n;

/* Whether A and B are threads that were named, so that what each has of its own is worth telling.
 */
bool own_applies(const struct moment *m);
/* The named thread of a side as a record; its index is outside where it is not in the list. */
struct record own_record(const struct moment *m, unsigned side);
/*
 * The value, and where it is unknown the reason, appended to out; unread is what to say of what
 * nobody asked for. True: it is known.
 */
bool own_text(
	const struct record *r, const struct field *f, const char *unread, struct textbuf *out);

#endif
