/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_TELL_H
#define TWINTOP_MODEL_TELL_H

#include "twintop/model/field.h"

/*
 * What a field of a record is, in plain words with its own values: "S: asleep in futex, on a mutex
 * at 0x55d0a3f10040 in the heap, held by 4243 “writer”." Whole sentences, printable, appended. What
 * is not known is told with the reason and with what would change it; past: of a moment gone by,
 * what it lacks stays so. r must be of the field's kind and its moment must have that side.
 */
void field_tell(const struct field *f, const struct record *r, bool past, struct textbuf *out);
/*
 * "Read just before this moment. A and B were read one after the other, less than 1 ms apart."
 * Nothing where it is not known when a side's records of that kind were read.
 */
void field_tell_when(const struct moment *m, enum record_kind kind, struct textbuf *out);

#endif
