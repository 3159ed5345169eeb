/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_TEXT_H
#define TWINTOP_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Text of unknown origin. Names of processes, files and threads may hold
 * escapes, newlines and bytes that are no UTF-8; they stay raw bytes in the
 * model and pass through text_printable() or text_utf8() on their way out.
 */
struct text {
	const char *bytes; /* need not end in NUL; NULL only when len is 0 */
	size_t len;
};

struct text text_of(const char *nul_ended); /* NULL gives the empty text */
bool text_equal(struct text a, struct text b);
bool text_has_prefix(struct text t, const char *prefix);
bool text_has_suffix(struct text t, const char *suffix);
/* FNV-1a. */
uint64_t text_hash(struct text t);
int text_compare(struct text a, struct text b); /* bytewise, like memcmp */
/*
 * The same text, which holds no NUL, for as long as the program runs, as what it says itself: each
 * is there once. NULL: there is no room for more. From any thread.
 */
const char *text_lasting(struct text t);
/* Part of a path after its last slash. */
struct text text_basename(struct text path);

/* A growing buffer that always ends in NUL. Zeroed is empty. Free with textbuf_free. */
struct textbuf {
	char *bytes;
	size_t len, room;
};
void textbuf_add(struct textbuf *b, const char *bytes, size_t len);
void textbuf_adds(struct textbuf *b, const char *nul_ended);
void textbuf_addf(struct textbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "1 page", "64 pages": one is the word for one. */
void textbuf_count(struct textbuf *b, uint64_t n, const char *one);
void textbuf_chomp(struct textbuf *b); /* takes a newline at its end off */
void textbuf_clear(struct textbuf *b);
void textbuf_free(struct textbuf *b);

/*
 * One code point from well-formed UTF-8 at bytes[0..len). Returns its length in
 * bytes (1-4), or 0 where the bytes are not well-formed (overlong, surrogate,
 * beyond U+10FFFF, cut off).
 */
size_t text_decode(const char *bytes, size_t len, uint32_t *ret_code);
/* UTF-8 of code into out[4]; returns its length. */
size_t text_encode(uint32_t code, char out[4]);
/*
 * Code points that move or hide what stands around them, or have no place on a screen: control
 * characters (C0, DEL, C1), bidi controls, zero-width ones, separators of lines, private use.
 */
bool text_code_hides(uint32_t code);
/*
 * Columns that a terminal gives a code point: 0 for combining marks, 1 or 2
 * otherwise, -1 for control characters and what must not be printed (bidi
 * overrides, zero-width joiners, private controls).
 * wcwidth(3) under a UTF-8 LC_CTYPE where there is one.
 */
int text_code_width(uint32_t code);
/* Columns of well-formed printable UTF-8. */
size_t text_width(const char *utf8, size_t len);

/*
 * Appends t as printable UTF-8: control characters as \n, \t, \e or \xNN, bytes
 * that are no UTF-8, unprintable code points, and combining marks that nothing of t
 * bears as \xNN a byte. The result never holds a byte below 0x20, 0x7f, nor a C1
 * control.
 */
void text_printable(struct textbuf *out, struct text t);
/* A process's or thread's name, which may be empty: "(no name)" then. NULL: that stays. */
struct text text_named(struct text name);
void text_name(struct textbuf *out, struct text name); /* the same, printable */
/*
 * Appends t as well-formed UTF-8 that keeps every byte, for JSON: a byte that is
 * no UTF-8 becomes \xNN, and a backslash that stands before xHH becomes \x5c, so
 * the bytes can be had back. Control characters stay (the JSON writer escapes them).
 */
void text_utf8(struct textbuf *out, struct text t);

#endif
