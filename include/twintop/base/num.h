/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_NUM_H
#define TWINTOP_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Checked parsing of text that we did not write. A struct scan walks a buffer
 * that need not end in NUL; each scan_* consumes what it names and returns true,
 * or leaves the position alone and returns false.
 */
struct scan {
	const char *at;
	const char *end;
};

/* The bytes stay the caller's and must outlive the walk. */
struct scan scan_of(const char *bytes, size_t len);
bool scan_u64(struct scan *s, uint64_t *ret);   /* decimal, no sign, no overflow */
bool scan_i64(struct scan *s, int64_t *ret);    /* decimal, optional '-' */
bool scan_hex(struct scan *s, uint64_t *ret);   /* hexadecimal, optional 0x */
bool scan_octal(struct scan *s, uint64_t *ret); /* octal digits */
bool scan_char(struct scan *s, char c);
bool scan_literal(struct scan *s, const char *text);
void scan_blanks(struct scan *s); /* spaces and tabs, maybe none */
/* The bytes up to c (not included, c consumed); false when c does not come. */
bool scan_until(struct scan *s, char c, const char **ret_bytes, size_t *ret_len);
/* One line without its newline; the last one may lack it. False at the end. */
bool scan_line(struct scan *s, struct scan *ret_line);

/* A whole NUL-ended string as a number; -EINVAL (not a number), -ERANGE (outside min..max). */
int num_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret);
/* Seconds such as "0.1" or "2" in nanoseconds; -EINVAL, -ERANGE. */
int num_parse_seconds(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *ret_ns);

#endif
