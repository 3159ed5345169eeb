/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/num.h"

#include <errno.h>
#include <string.h>

struct scan scan_of(const char *bytes, size_t len)
{
	return (struct scan){bytes, bytes ? bytes + len : bytes};
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool scan_base(struct scan *s, unsigned base, uint64_t *ret)
{
	const char *p = s->at;
	uint64_t v = 0;

	for (; p < s->end; p++) {
		unsigned d = (unsigned)digit_value(*p);

		if (d >= base)
			break;
		if (v > (UINT64_MAX - d) / base)
			return false;
		v = v * base + d;
	}
	if (p == s->at)
		return false;
	s->at = p;
	*ret = v;
	return true;
}

bool scan_u64(struct scan *s, uint64_t *ret)
{
	return scan_base(s, 10, ret);
}

bool scan_i64(struct scan *s, int64_t *ret)
{
	struct scan t = *s;
	bool minus = scan_char(&t, '-');
	uint64_t v;

	if (!scan_u64(&t, &v) || v > (uint64_t)INT64_MAX + (minus ? 1 : 0))
		return false;
	*ret = minus ? (int64_t)(0 - v) : (int64_t)v;
	*s = t;
	return true;
}

bool scan_hex(struct scan *s, uint64_t *ret)
{
	struct scan t = *s;

	if (scan_literal(&t, "0x") && scan_base(&t, 16, ret)) {
		*s = t;
		return true;
	}
	return scan_base(s, 16, ret);
}

bool scan_octal(struct scan *s, uint64_t *ret)
{
	return scan_base(s, 8, ret);
}

bool scan_char(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

bool scan_literal(struct scan *s, const char *text)
{
	size_t len = strlen(text);

	if (len > (size_t)(s->end - s->at) || memcmp(s->at, text, len) != 0)
		return false;
	s->at += len;
	return true;
}

void scan_blanks(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
		s->at++;
}

bool scan_until(struct scan *s, char c, const char **ret_bytes, size_t *ret_len)
{
	const char *p = s->at < s->end ? memchr(s->at, c, (size_t)(s->end - s->at)) : NULL;

	if (!p)
		return false;
	*ret_bytes = s->at;
	*ret_len = (size_t)(p - s->at);
	s->at = p + 1;
	return true;
}

bool scan_line(struct scan *s, struct scan *ret_line)
{
	const char *start = s->at;
	size_t len;

	if (s->at == s->end)
		return false;
	if (!scan_until(s, '\n', &start, &len)) {
		len = (size_t)(s->end - s->at);
		s->at = s->end;
	}
	*ret_line = scan_of(start, len);
	return true;
}

int num_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	struct scan s = scan_of(text, strlen(text));
	uint64_t v;

	if (!text[0] || text[strspn(text, "0123456789")])
		return -EINVAL;
	if (!scan_u64(&s, &v) || v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

int num_parse_seconds(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *ret_ns)
{
	struct scan s = scan_of(text, strlen(text));
	uint64_t whole = 0, ns = 0, unit = 1000000000u;
	bool digits;

	digits = text[0] >= '0' && text[0] <= '9';
	if (digits && !scan_u64(&s, &whole))
		return -ERANGE;
	if (scan_char(&s, '.')) {
		for (; s.at < s.end && *s.at >= '0' && *s.at <= '9'; s.at++, digits = true) {
			unit /= 10;
			ns += (uint64_t)(*s.at - '0') * unit;
		}
	}
	if (!digits || s.at != s.end)
		return -EINVAL;
	if (whole > UINT64_MAX / 1000000000u - 1)
		return -ERANGE;
	ns += whole * 1000000000u;
	if (ns < min_ns || ns > max_ns)
		return -ERANGE;
	*ret_ns = ns;
	return 0;
}
