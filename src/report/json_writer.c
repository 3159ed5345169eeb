/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json_internal.h"

/* Digits that keep a rounded percentage as it was written. */
#define REAL_DIGITS	 15
#define TREE_FLAGS	 (JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS))
#define NUMBER_MOST	 24 /* bytes of a number of 64 bits with its sign, point and quotes */
#define LITERAL(w, text) json_put(w, text, sizeof(text) - 1)

void json_flush(struct json_writer *w)
{
	if (w->len && !w->error)
		w->error = w->sink.write(w->sink.context, w->piece, w->len);
	w->len = 0;
}

void json_put_on(struct json_writer *w, const char *bytes, size_t len)
{
	while (len > JSON_PIECE - w->len) {
		size_t n = JSON_PIECE - w->len;

		memcpy(w->piece + w->len, bytes, n);
		w->len += n;
		bytes += n;
		len -= n;
		json_flush(w);
	}
	memcpy(w->piece + w->len, bytes, len);
	w->len += len;
}

void json_key(struct json_writer *w, const char *bytes, size_t len)
{
	size_t comma = !w->due;

	json_put(w, bytes + comma, len - comma);
	w->due = false;
}

/* What stands before a value. */
static void put_name(struct json_writer *w, const char *name)
{
	if (w->due)
		LITERAL(w, ",");
	w->due = true;
	if (!name)
		return;
	LITERAL(w, "\"");
	json_put(w, name, strlen(name));
	LITERAL(w, "\":");
}

void json_open(struct json_writer *w, const char *name, char bracket)
{
	put_name(w, name);
	json_put(w, &bracket, 1);
	w->due = false;
}

void json_close(struct json_writer *w, char bracket)
{
	json_put(w, &bracket, 1);
	w->due = true;
}

/* ---- values --------------------------------------------------------------- */

void json_put_null(struct json_writer *w, const char *name)
{
	put_name(w, name);
	LITERAL(w, "null");
}

void json_put_bool(struct json_writer *w, const char *name, bool yes)
{
	put_name(w, name);
	if (yes)
		LITERAL(w, "true");
	else
		LITERAL(w, "false");
}

/* Writes the digits of u so that they end before end; returns where they begin. */
static char *digits(char *end, uint64_t u, unsigned base)
{
	do
		*--end = "0123456789abcdef"[u % base];
	while (u /= base);
	return end;
}

void json_put_u64(struct json_writer *w, const char *name, uint64_t u)
{
	char text[NUMBER_MOST], *end = text + sizeof text, *at;

	if (u > INT64_MAX) {
		json_put_tree(w, name, json_of_u64(u));
		return;
	}
	put_name(w, name);
	at = digits(end, u, 10);
	json_put(w, at, (size_t)(end - at));
}

void json_put_i64(struct json_writer *w, const char *name, int64_t i)
{
	char text[NUMBER_MOST], *end = text + sizeof text, *at;

	put_name(w, name);
	at = digits(end, i < 0 ? 0 - (uint64_t)i : (uint64_t)i, 10);
	if (i < 0)
		*--at = '-';
	json_put(w, at, (size_t)(end - at));
}

void json_put_real(struct json_writer *w, const char *name, double real)
{
	char text[NUMBER_MOST], *end = text + sizeof text, *at;
	int64_t thousandths;
	uint64_t size;

	if (!isfinite(real) || real > 1e12 || real < -1e12) {
		json_put_null(w, name);
		return;
	}
	put_name(w, name);
	thousandths = (int64_t)(real * 1000 + (real < 0 ? -0.5 : 0.5));
	size = thousandths < 0 ? 0 - (uint64_t)thousandths : (uint64_t)thousandths;
	at = digits(end, 1000 + size % 1000, 10);
	*at = '.';
	while (end - at > 2 && end[-1] == '0')
		end--;
	at = digits(at, size / 1000, 10);
	if (thousandths < 0)
		*--at = '-';
	json_put(w, at, (size_t)(end - at));
}

void json_put_address(struct json_writer *w, const char *name, uint64_t address)
{
	char text[NUMBER_MOST], *end = text + sizeof text, *at;

	put_name(w, name);
	end[-1] = '"';
	at = digits(end - 1, address, 16) - 3;
	memcpy(at, "\"0x", 3);
	json_put(w, at, (size_t)(end - at));
}

/* Whether t is written as it stands: neither text_utf8() nor JSON changes a byte of it. */
static bool is_plain(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		char c = t.bytes[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			return false;
	}
	return true;
}

void json_put_text(struct json_writer *w, const char *name, struct text t)
{
	if (w->noting)
		return;
	if (!is_plain(t)) {
		json_put_tree(w, name, json_of_text(t));
		return;
	}
	put_name(w, name);
	LITERAL(w, "\"");
	if (t.len)
		json_put(w, t.bytes, t.len);
	LITERAL(w, "\"");
}

void json_put_word(struct json_writer *w, const char *name, const char *word)
{
	json_put_text(w, name, text_of(word));
}

/* \u202e, and two of them beyond the first 65536 code points. */
static void put_escaped(struct json_writer *w, uint32_t code)
{
	char text[2 * sizeof "\\u0000"];
	int len;

	if (code < 0x10000)
		len = snprintf(text, sizeof text, "\\u%04" PRIx32, code);
	else
		len = snprintf(text, sizeof text, "\\u%04" PRIx32 "\\u%04" PRIx32,
			0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
	json_put(w, text, (size_t)len);
}

/* How many bytes go out as they stand: up to the first code point that does not. */
static size_t plain_length(const char *bytes, size_t len, uint32_t *ret_code, size_t *ret_n)
{
	size_t at = 0;

	for (*ret_n = 0; at < len; at += *ret_n ? *ret_n : 1) {
		*ret_n = 1;
		if (bytes[at] >= ' ' && bytes[at] < 0x7f)
			continue;
		*ret_n = text_decode(bytes + at, len - at, ret_code);
		if (*ret_n && text_code_hides(*ret_code))
			return at;
	}
	return len;
}

/*
 * What the library wrote, whole code points at a time. It escapes the controls below the blank;
 * whatever else could turn a terminal or a line about is escaped here.
 */
static int put_dumped(const char *bytes, size_t len, void *w)
{
	while (len) {
		uint32_t code = 0;
		size_t n, plain = plain_length(bytes, len, &code, &n);

		json_put(w, bytes, plain);
		bytes += plain;
		len -= plain;
		if (!len)
			break;
		put_escaped(w, code);
		bytes += n;
		len -= n;
	}
	return 0;
}

void json_put_tree(struct json_writer *w, const char *name, json_t *tree)
{
	if (!w->noting) {
		put_name(w, name);
		json_dump_callback(tree, put_dumped, w, TREE_FLAGS);
	}
	json_decref(tree);
}
