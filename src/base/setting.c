/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/setting.h"

#include <errno.h>

struct settings settings_of(struct text bytes)
{
	return (struct settings){.rest = scan_of(bytes.bytes, bytes.len)};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_key(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

static struct text trimmed(const char *from, const char *end)
{
	while (from < end && is_blank(*from))
		from++;
	while (end > from && is_blank(end[-1]))
		end--;
	return (struct text){from, (size_t)(end - from)};
}

/* Values are one line of UTF-8 that can be printed as it stands. */
static bool is_plain(struct text t)
{
	uint32_t code;
	size_t n;

	for (size_t at = 0; at < t.len; at += n) {
		n = text_decode(t.bytes + at, t.len - at, &code);
		if (!n || (code != '\t' && text_code_width(code) < 0))
			return false;
	}
	return true;
}

static const char *damage_of(const struct setting *s, bool split)
{
	if (!split)
		return "no line \"key = value\"";
	for (size_t i = 0; i < s->key.len; i++)
		if (!is_key(s->key.bytes[i]))
			return "no key stands before the =";
	if (!s->key.len)
		return "no key stands before the =";
	if (!s->value.len)
		return "no value stands behind the =";
	return is_plain(s->value) ? NULL : "the value has bytes that are no printable UTF-8";
}

bool settings_next(struct settings *s, struct setting *ret)
{
	struct scan line;

	while (scan_line(&s->rest, &line)) {
		struct text all = trimmed(line.at, line.end);
		const char *key;
		size_t len;
		bool split;

		s->line++;
		if (!all.len || *all.bytes == '#')
			continue;
		*ret = (struct setting){0};
		split = scan_until(&line, '=', &key, &len);
		if (split) {
			ret->key = trimmed(key, key + len);
			ret->value = trimmed(line.at, line.end);
		}
		ret->damage = damage_of(ret, split);
		return true;
	}
	return false;
}

int setting_truth(struct text value, bool *ret)
{
	bool yes = text_equal(value, text_of("yes"));

	if (!yes && !text_equal(value, text_of("no")))
		return -EINVAL;
	*ret = yes;
	return 0;
}

static bool parts_words(char c)
{
	return is_blank(c) || c == ',';
}

bool setting_word(struct scan *value, struct text *ret)
{
	const char *from;

	while (value->at < value->end && parts_words(*value->at))
		value->at++;
	from = value->at;
	while (value->at < value->end && !parts_words(*value->at))
		value->at++;
	*ret = (struct text){from, (size_t)(value->at - from)};
	return ret->len > 0;
}
