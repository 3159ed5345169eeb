/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_VIEW_PAST_INTERNAL_H
#define TWINTOP_VIEW_PAST_INTERNAL_H

#include "sheet_internal.h"
#include "twintop/model/pair.h"

/* What views say where B is A at an earlier moment, pair_apart(); each is appended to out. */

/* "new since then", "gone since then": of a row that is there at one moment alone. */
void past_note_one(bool is_now, enum row_state state, struct textbuf *out);
/* "exact", "estimated: frames not known": what is said of the pages of two moments. */
void past_mark(const struct verdicts *v, struct textbuf *out);
/* "SINCE 14:03:22  5 threads more", and why nothing is shared: in place of what two share. */
void past_add_sheet(struct sheet *s, const struct moment *m);
/* "nothing with the past; threads +2 -0": in place of what two share. */
void past_add_rows(const struct moment *m, struct textbuf *out);
/* "12M more", "4K less": of a mapping of two recordings, where there is a difference. */
void past_note_difference(
	const struct moment *m, const struct pair_mapping *row, struct textbuf *out);
/* "grew 12M, 3032 new", "20 replaced, 5 gone", "same frames": of a mapping of both moments. */
void past_note_mapping(const struct moment *m, const struct pair_mapping *row, struct textbuf *out);

#endif
