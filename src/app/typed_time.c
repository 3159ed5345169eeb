/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "typed_time.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "twintop/base/span.h"

#define SECOND_NS 1000000000ull
#define PARTS	  3 /* hours, minutes, seconds */

/* "14:03:22.5": numbers with colons between; at least two of them. The last one may have a part. */
struct clock_parts {
	uint64_t number[PARTS], part_ns;
	size_t n;
};

/* ".5" of a second; nothing is none. */
static bool scan_part(struct scan *s, uint64_t *ret_ns)
{
	uint64_t unit = SECOND_NS / 10;

	*ret_ns = 0;
	if (!scan_char(s, '.'))
		return true;
	if (s->at == s->end)
		return false;
	for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++, unit /= 10)
		*ret_ns += (uint64_t)(*s->at - '0') * unit;
	return true;
}

static bool scan_clock(struct scan *s, struct clock_parts *ret)
{
	struct scan t = *s;

	*ret = (struct clock_parts){0};
	do {
		const char *from = t.at;

		if (ret->n == PARTS || !scan_u64(&t, &ret->number[ret->n]) || t.at - from > 4)
			return false;
		/* Behind a colon there are two digits. */
		if (ret->n && t.at - from != 2)
			return false;
		ret->n++;
	} while (scan_char(&t, ':'));
	if (ret->n < 2 || !scan_part(&t, &ret->part_ns))
		return false;
	*s = t;
	return true;
}

/* The parts from the last one on are seconds, minutes and hours. */
static bool add_parts(const struct clock_parts *p, uint64_t least_unit_ns, uint64_t *ret_ns)
{
	uint64_t unit = least_unit_ns, sum = p->part_ns;

	for (size_t i = p->n; i-- > 0; unit *= 60) {
		if (i && p->number[i] > 59)
			return false;
		sum += p->number[i] * unit;
	}
	*ret_ns = sum;
	return true;
}

/* "-2:05", as ages are told: minutes and seconds. */
static bool parse_ago(struct scan *s, struct typed_time *ret)
{
	struct clock_parts parts;

	ret->by_clock = false;
	if (scan_clock(s, &parts))
		return add_parts(&parts, SECOND_NS, &ret->ns);
	return scan_span(s, &ret->ns);
}

/* "14:03" are hours and minutes. */
static bool parse_clock(struct scan *s, struct typed_time *ret)
{
	struct clock_parts parts;

	ret->by_clock = true;
	return scan_clock(s, &parts) && parts.number[0] < 24 &&
	       (parts.n == PARTS || !parts.part_ns) &&
	       add_parts(&parts, parts.n == PARTS ? SECOND_NS : 60 * SECOND_NS, &ret->ns);
}

/* Without a sign only what has a unit is a length of time. */
static bool has_unit(const struct scan *s)
{
	return s->at < s->end && s->end[-1] >= 'a' && s->end[-1] <= 'z';
}

int typed_time_parse(const char *text, struct typed_time *ret)
{
	size_t len = strlen(text);
	struct typed_time t;
	struct scan s;
	bool known;

	while (len && text[len - 1] == ' ')
		len--;
	s = scan_of(text, len);
	scan_blanks(&s);
	known = scan_char(&s, '-') || has_unit(&s) ? parse_ago(&s, &t) : parse_clock(&s, &t);
	if (!known || s.at != s.end)
		return -EINVAL;
	*ret = t;
	return 0;
}

/* The time of that day that is so many days before today; false: the calendar has none. */
static bool clock_of_day(const struct tm *today, int days, uint64_t ns, uint64_t *ret_ns)
{
	struct tm tm = *today;
	uint64_t seconds = ns / SECOND_NS;
	time_t at;

	tm.tm_mday -= days;
	tm.tm_hour = (int)(seconds / 3600);
	tm.tm_min = (int)(seconds / 60 % 60);
	tm.tm_sec = (int)(seconds % 60);
	tm.tm_isdst = -1;
	at = mktime(&tm);
	if (at < 0)
		return false;
	*ret_ns = (uint64_t)at * SECOND_NS + ns % SECOND_NS;
	return true;
}

int typed_time_find(const struct typed_time *t, uint64_t first_realtime_ns,
	uint64_t last_realtime_ns, uint64_t *ret_realtime_ns)
{
	time_t seconds = (time_t)(last_realtime_ns / SECOND_NS);
	uint64_t at;
	struct tm today;

	if (!t->by_clock) {
		*ret_realtime_ns = t->ns < last_realtime_ns ? last_realtime_ns - t->ns : 0;
		return 0;
	}
	if (!localtime_r(&seconds, &today))
		return -ERANGE;
	for (int days = 0; days < 2; days++)
		if (clock_of_day(&today, days, t->ns, &at) && at <= last_realtime_ns &&
			(!days || at >= first_realtime_ns)) {
			*ret_realtime_ns = at;
			return 0;
		}
	return -ERANGE;
}
