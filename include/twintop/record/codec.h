/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_CODEC_H
#define TWINTOP_RECORD_CODEC_H

#include "twintop/model/shape.h"
#include "twintop/record/wire.h"

/*
 * Records as CBOR. A record is an array of its members in the order of its shape, which the header
 * of a recording tells by name; a list is an array of its values, or a typed array where they are
 * 64-bit numbers, or, of many records that point to nothing, told by its columns, see
 * record_columns.c. Where the reader has a record from before, what differs alone is written: of a
 * list then how many values it has, and in turn how many of them are as they stood in the same
 * places before and an array of those that follow and are not; a structure among these, in whose
 * place there was one before, is told as a change to that one.
 */

/* Where records are written to, and what they are made fit for others by. */
struct redaction;
struct record_out {
	struct textbuf *wire;
	struct redaction *redaction; /* NULL: they are written as they are */
	const void *record;	     /* whose members are being written */
};
/* before NULL: the record is written whole. */
void record_put(const struct record_out *out, const struct shape *shape, const void *now,
	const void *before);
/* The same of n values that lie stride bytes apart, and n_before of a list from before. */
struct record_list {
	const void *first; /* NULL: at item */
	const void *const *item;
	size_t n;
};
void record_put_list(const struct record_out *out, const struct shape_row *row,
	struct record_list now, const struct record_list *before);

#define RECORD_UNKNOWN UINT8_MAX /* none of our values */

/* Which of our members and values the recorded ones are. */
struct record_names {
	struct {
		size_t n;	 /* members that were recorded; 0: the shape was not */
		int16_t *member; /* our row of each; -1: we do not know it */
	} shape[SHAPES];
	struct {
		size_t n;	     /* values that were recorded; 0: they are ours */
		const uint8_t *ours; /* our value for each, or RECORD_UNKNOWN */
	} choice[CHOICE_TABLES];
	bool other; /* some value of theirs is not ours by number */
	struct arena arena;
};
/* A map of all shapes: names of their members. */
void record_put_names(struct textbuf *out);
/* Reads it. 0 or -EBADMSG. Release with record_names_free. */
int record_get_names(struct wire_in *in, struct record_names *ret);
/* A map of all enumerations: names of their values. */
void record_put_choices(struct textbuf *out);
/*
 * Reads it behind record_get_names: 0 or -EBADMSG. in NULL: the recording is of before there was
 * one, when all were numbered as choice_rows.h says.
 */
int record_get_choices(struct wire_in *in, struct record_names *ret);
void record_names_free(struct record_names *names);

#define RECORD_WORDS 16u

/* Where records are read from, and where what they point to goes. */
struct record_in {
	struct wire_in *wire;
	const struct record_names *names;
	struct arena *arena;
	size_t room;	  /* bytes that may be had for it yet */
	uint64_t unknown; /* bits by choice_number: values of the record whose names we do not know
			   */
	struct text
		word[RECORD_WORDS]; /* texts that last, of which the same come again and again */
};
/*
 * Into a zeroed record. 0, -EBADMSG where it is none, -E2BIG where it does not fit. Members that
 * were not recorded stay zero.
 */
int record_get(struct record_in *in, const struct shape *shape, void *ret, const void *before);
/* A list of that row: its values in the arena, how many in *ret_n. */
int record_get_list(struct record_in *in, const struct shape_row *row, const void *before,
	size_t before_n, void **ret_values, size_t *ret_n);

/* Values from before that lie anywhere: where each of n is. */
struct record_items {
	const void *(*at)(const void *context, size_t i);
	const void *context;
	size_t n;
};
/*
 * The same of a row whose values point to nothing, beside values that lie anywhere: where each is
 * in the arena; NULL: it is as the one in its place before.
 */
int record_get_items(struct record_in *in, const struct shape_row *row,
	const struct record_items *before, const void ***ret_item, size_t *ret_n);

#endif
