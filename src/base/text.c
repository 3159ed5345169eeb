/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "twintop/base/vec.h"

struct text text_of(const char *nul_ended)
{
	return (struct text){nul_ended, nul_ended ? strlen(nul_ended) : 0};
}

bool text_equal(struct text a, struct text b)
{
	return a.len == b.len && (!a.len || !memcmp(a.bytes, b.bytes, a.len));
}

uint64_t text_hash(struct text t)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < t.len; i++)
		h = (h ^ (unsigned char)t.bytes[i]) * 0x100000001b3ull;
	return h;
}

bool text_has_prefix(struct text t, const char *prefix)
{
	size_t len = strlen(prefix);

	return t.len >= len && (!len || !memcmp(t.bytes, prefix, len));
}

bool text_has_suffix(struct text t, const char *suffix)
{
	size_t len = strlen(suffix);

	return t.len >= len && (!len || !memcmp(t.bytes + t.len - len, suffix, len));
}

int text_compare(struct text a, struct text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.bytes, b.bytes, len) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

struct text text_basename(struct text path)
{
	const char *slash = path.len ? memrchr(path.bytes, '/', path.len) : NULL;

	if (!slash)
		return path;
	return (struct text){slash + 1, path.len - (size_t)(slash + 1 - path.bytes)};
}

static void textbuf_reserve(struct textbuf *b, size_t len)
{
	if (b->room < b->len + len + 1) {
		b->room = vec_room(b->room, b->len + len + 1);
		b->bytes = mem_resize(b->bytes, b->room, 1);
	}
}

void textbuf_add(struct textbuf *b, const char *bytes, size_t len)
{
	textbuf_reserve(b, len);
	if (len)
		memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	b->bytes[b->len] = 0;
}

void textbuf_adds(struct textbuf *b, const char *nul_ended)
{
	textbuf_add(b, nul_ended, strlen(nul_ended));
}

void textbuf_addf(struct textbuf *b, const char *format, ...)
{
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (len < 0)
		return;
	textbuf_reserve(b, (size_t)len);
	va_start(ap, format);
	vsnprintf(b->bytes + b->len, (size_t)len + 1, format, ap);
	va_end(ap);
	b->len += (size_t)len;
}

void textbuf_count(struct textbuf *b, uint64_t n, const char *one)
{
	textbuf_addf(b, "%llu %s%s", (unsigned long long)n, one, n == 1 ? "" : "s");
}

void textbuf_chomp(struct textbuf *b)
{
	if (b->len && b->bytes[b->len - 1] == '\n')
		b->bytes[--b->len] = '\0';
}

void textbuf_clear(struct textbuf *b)
{
	b->len = 0;
	if (b->bytes)
		b->bytes[0] = 0;
}

void textbuf_free(struct textbuf *b)
{
	free(b->bytes);
	*b = (struct textbuf){0};
}

/* Least code point that needs so many bytes: shorter forms are overlong. */
static const uint32_t utf8_least[5] = {0, 0, 0x80, 0x800, 0x10000};

static size_t utf8_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return 3;
	return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

size_t text_decode(const char *bytes, size_t len, uint32_t *ret_code)
{
	static const unsigned char lead_mask[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const unsigned char *p = (const unsigned char *)bytes;
	size_t n = len ? utf8_length(p[0]) : 0, i;
	uint32_t code;

	if (!n || n > len)
		return 0;
	code = p[0] & lead_mask[n];
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < utf8_least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return n;
}

size_t text_encode(uint32_t code, char out[4])
{
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;
	static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (i = n; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(lead[n] | code);
	return n;
}

struct code_range {
	uint32_t first, last;
};

static bool in_ranges(const struct code_range *r, size_t n, uint32_t code)
{
	for (size_t i = 0; i < n; i++)
		if (code >= r[i].first && code <= r[i].last)
			return true;
	return false;
}

bool text_code_hides(uint32_t code)
{
	static const struct code_range bad[] = {
		{0x00, 0x1f},
		{0x7f, 0x9f},
		{0xad, 0xad},
		{0x34f, 0x34f},
		{0x61c, 0x61c},
		{0x115f, 0x1160},
		{0x17b4, 0x17b5},
		{0x180b, 0x180f},
		{0x200b, 0x200f},
		{0x2028, 0x202e},
		{0x2060, 0x206f},
		{0x3164, 0x3164},
		{0xd800, 0xf8ff},
		{0xfe00, 0xfe0f},
		{0xfeff, 0xfeff},
		{0xffa0, 0xffa0},
		{0xfff0, 0xfffb},
		{0xfffe, 0xffff},
		{0x1bca0, 0x1bca3},
		{0x1d173, 0x1d17a},
		{0xe0000, 0x10ffff},
	};

	return in_ranges(bad, sizeof bad / sizeof *bad, code);
}

/*
 * Widths of the characters that we draw ourselves do not hang on the locale:
 * the C locale's wcwidth() knows ASCII alone.
 */
static int width_without_locale(uint32_t code)
{
	static const struct code_range none[] = {{0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd},
		{0x610, 0x61a}, {0x64b, 0x65f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
		{0x20d0, 0x20ff}, {0xfe20, 0xfe2f}};
	static const struct code_range wide[] = {{0x1100, 0x115f}, {0x2e80, 0x303e},
		{0x3041, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3}, {0xf900, 0xfaff},
		{0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
		{0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

	if (in_ranges(none, sizeof none / sizeof *none, code))
		return 0;
	return in_ranges(wide, sizeof wide / sizeof *wide, code) ? 2 : 1;
}

int text_code_width(uint32_t code)
{
	int width;

	if (code >= 0x20 && code < 0x7f)
		return 1;
	if (text_code_hides(code))
		return -1;
	width = wcwidth((wchar_t)code);
	return width >= 0 ? width : width_without_locale(code);
}

size_t text_width(const char *utf8, size_t len)
{
	size_t width = 0, n;
	uint32_t code;

	for (; len; utf8 += n, len -= n) {
		n = text_decode(utf8, len, &code);
		if (!n)
			n = 1;
		else if (text_code_width(code) > 0)
			width += (size_t)text_code_width(code);
	}
	return width;
}

static void add_hex(struct textbuf *out, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		textbuf_addf(out, "\\x%02x", (unsigned char)bytes[i]);
}

static bool add_known_escape(struct textbuf *out, char c)
{
	static const char from[] = "\n\t\r\033\a\b\f\v", to[] = "ntreabfv";
	const char *at = c ? strchr(from, c) : NULL;

	if (at)
		textbuf_add(out, (char[]){'\\', to[at - from]}, 2);
	return at != NULL;
}

void text_printable(struct textbuf *out, struct text t)
{
	bool base = false; /* the character before can bear a combining mark */
	size_t n, plain;
	uint32_t code;

	textbuf_add(out, NULL, 0);
	for (size_t i = 0; i < t.len; i += n) {
		for (plain = i; plain < t.len && t.bytes[plain] >= 0x20 && t.bytes[plain] < 0x7f;)
			plain++;
		n = plain - i;
		if (n) {
			textbuf_add(out, t.bytes + i, n);
			base = true;
			continue;
		}
		n = text_decode(t.bytes + i, t.len - i, &code);
		base = n && text_code_width(code) >= !base;
		if (base)
			textbuf_add(out, t.bytes + i, n);
		else if (n != 1 || !add_known_escape(out, t.bytes[i]))
			add_hex(out, t.bytes + i, n ? n : 1);
		n = n ? n : 1;
	}
}

struct text text_named(struct text name)
{
	return name.bytes && !name.len ? text_of("(no name)") : name;
}

void text_name(struct textbuf *out, struct text name)
{
	text_printable(out, text_named(name));
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Whether the backslash at i could be taken for one of our own escapes. */
static bool looks_escaped(struct text t, size_t i)
{
	return t.len - i >= 4 && t.bytes[i + 1] == 'x' && is_hex(t.bytes[i + 2]) &&
	       is_hex(t.bytes[i + 3]);
}

void text_utf8(struct textbuf *out, struct text t)
{
	uint32_t code;
	size_t n;

	textbuf_add(out, NULL, 0);
	for (size_t i = 0; i < t.len; i += n) {
		n = text_decode(t.bytes + i, t.len - i, &code);
		if (!n || (t.bytes[i] == '\\' && looks_escaped(t, i)))
			add_hex(out, t.bytes + i, 1);
		else
			textbuf_add(out, t.bytes + i, n);
		n = n ? n : 1;
	}
}
