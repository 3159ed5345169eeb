/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_CODEC_H
#define TWINTOP_RECORD_CODEC_H

#include "twintop/model/shape.h"
#include "twintop/record/wire.h"

/*
 * Records as CBOR. A record is an array of its members in the order of its shape, which the header
 * of a recording tells by name; a list is an array of its values, or a typed array where they are
 * 64-bit numbers. Where the reader has a record from before, what differs alone is written: of a
 * list then how many values it has, and in turn how many of them are as they stood in the same
 * places before and an array of those that follow and are not; a structure among these, in whose
 * place there was one before, is told as a change to that one.
 */

/* before NULL: the record is written whole. */
void record_put(
	struct textbuf *out, const struct shape *shape, const void *now, const void *before);
/* The same of n values that lie stride bytes apart, and n_before of a list from before. */
struct record_list {
	const void *first; /* NULL: at item */
	const void *const *item;
	size_t n;
};
void record_put_list(struct textbuf *out, const struct shape_row *row, struct record_list now,
	const struct record_list *before);

/* Which of our members the recorded ones are: of each shape. */
struct record_names {
	struct {
		size_t n;	 /* members that were recorded; 0: the shape was not */
		int16_t *member; /* our row of each; -1: we do not know it */
	} shape[SHAPES];
	struct arena arena;
};
/* A map of all shapes: names of their members. */
void record_put_names(struct textbuf *out);
/* Reads it. 0 or -EBADMSG. Release with record_names_free. */
int record_get_names(struct wire_in *in, struct record_names *ret);
void record_names_free(struct record_names *names);

/* Where records are read from, and where what they point to goes. */
struct record_in {
	struct wire_in *wire;
	const struct record_names *names;
	struct arena *arena;
	size_t room; /* bytes that may be had for it yet */
};
/*
 * Into a zeroed record. 0, -EBADMSG where it is none, -E2BIG where it does not fit. Members that
 * were not recorded stay zero.
 */
int record_get(struct record_in *in, const struct shape *shape, void *ret, const void *before);
/* A list of that row: its values in the arena, how many in *ret_n. */
int record_get_list(struct record_in *in, const struct shape_row *row, const void *before,
	size_t before_n, void **ret_values, size_t *ret_n);

#endif
