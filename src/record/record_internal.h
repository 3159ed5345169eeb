/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_RECORD_INTERNAL_H
#define TWINTOP_RECORD_RECORD_INTERNAL_H

#include "twintop/record/codec.h"

/* Value i of a list that is written. */
static inline const void *record_item_at(
	const struct record_list *list, const struct shape_row *row, size_t i)
{
	return list->first ? (const char *)list->first + i * row->bytes : list->item[i];
}

/* One value: out->record has it, or where it is read to. */
void record_put_value(const struct record_out *out, const struct shape_row *row, const void *value,
	const void *before);
int record_get_value(
	struct record_in *in, const struct shape_row *row, void *ret, const void *before);
/* A number as the 64 bits that it is told by, and back: 0, or -EBADMSG where it is none of these.
 */
uint64_t record_number_at(const struct shape_row *row, const void *value);
int record_take_number(const struct shape_row *row, uint64_t number, void *ret);
/* A member of which but the first n values were told; states of others say so. */
void record_leave_unread(const struct shape_row *row, uint64_t n, char *member);
/* Whether its values point to nothing: what was read has no members but those that are told. */
bool record_is_flat(const struct shape_row *row);
/* Bits as record_in's: what says of the record's values that they are not known does so. */
void record_tell_unknown(uint64_t unknown, const struct shape *shape, char *ret);

/* Whether a list is written by its columns; written so, and read into n zeroed values. */
bool record_has_columns(const struct shape_row *row, size_t n);
void record_put_columns(
	const struct record_out *out, const struct shape_row *row, const struct record_list *list);
int record_get_columns(struct record_in *in, const struct shape_row *row, char *ret, size_t n);

#endif
