/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_WIRE_H
#define TWINTOP_RECORD_WIRE_H

#include "twintop/base/text.h"

/* CBOR (RFC 8949), item by item, by libcbor. */

/* ---- writing: appended to the buffer --------------------------------------- */

void wire_put_uint(struct textbuf *out, uint64_t value);
void wire_put_int(struct textbuf *out, int64_t value);
void wire_put_bool(struct textbuf *out, bool value);
void wire_put_real(struct textbuf *out, double value);
void wire_put_null(struct textbuf *out);
void wire_put_bytes(struct textbuf *out, const void *bytes, size_t n);
void wire_put_string(struct textbuf *out, const char *utf8); /* NULL: null */
/* A typed array of little-endian numbers (RFC 8746). */
void wire_put_words(struct textbuf *out, const uint64_t *word, size_t n);
/* Bytes that are an item, or several, tagged so. */
void wire_put_embedded(struct textbuf *out, const char *bytes, size_t n);
void wire_put_array(struct textbuf *out, size_t n);
void wire_put_map(struct textbuf *out, size_t n);
/* An array of a length that is not known yet: its items come, then the end. */
void wire_begin_array(struct textbuf *out);
void wire_end_array(struct textbuf *out);

/* ---- reading ----------------------------------------------------------------- */

enum wire_kind {
	WIRE_END,      /* nothing is left */
	WIRE_BAD,      /* cut off in an item, or none that we read */
	WIRE_UINT,     /* number */
	WIRE_NEGATIVE, /* -1 - number */
	WIRE_BOOL,     /* number: 0 or 1 */
	WIRE_REAL,     /* real */
	WIRE_NULL,
	WIRE_BYTES,	 /* bytes, number of them */
	WIRE_STRING,	 /* the same */
	WIRE_ARRAY,	 /* number of items, which come next … */
	WIRE_ARRAY_OPEN, /* … up to a WIRE_BREAK */
	WIRE_MAP,	 /* number of pairs, which come next */
	WIRE_TAG,	 /* number; its item comes next */
	WIRE_BREAK
};

struct wire_item {
	enum wire_kind kind;
	uint64_t number;
	double real;
	const char *bytes; /* in what is read */
};

/* Bytes that nobody vouches for. */
struct wire_in {
	const char *bytes;
	size_t n, at;
};

/* The next item; one that is bad is so for ever. */
struct wire_item wire_next(struct wire_in *in);
/* The kind of the next item, which stays. */
enum wire_kind wire_peek(const struct wire_in *in);
/* Over the next item and all within it; false: it is bad. */
bool wire_skip(struct wire_in *in);
/* A typed array of at most room words into word; -1: there is none. */
ptrdiff_t wire_words(struct wire_in *in, uint64_t *word, size_t room);
/* How many words the typed array that comes next has; -1: there is none. */
ptrdiff_t wire_words_n(const struct wire_in *in);

#endif
