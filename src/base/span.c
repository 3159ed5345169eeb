/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/span.h"

#define POWER_MOST 1000000000u /* more digits behind a point say nothing at these sizes */

struct amount_unit {
	const char *name;
	uint64_t size;
};

/* The larger first; of names that begin alike the longer first. */
static const struct amount_unit time_units[] = {
	{"d", 86400000000000u},
	{"h", 3600000000000u},
	{"min", 60000000000u},
	{"ms", 1000000u},
	{"m", 60000000000u},
	{"s", 1000000000u},
	{"us", 1000u},
};
#define TIME_UNITS (sizeof time_units / sizeof *time_units)
#define SECOND_NS  1000000000u

static const struct amount_unit byte_units[] = {
	{"K", 1u << 10},
	{"k", 1u << 10},
	{"M", 1u << 20},
	{"m", 1u << 20},
	{"G", 1u << 30},
	{"g", 1u << 30},
	{"T", 1ull << 40},
	{"t", 1ull << 40},
};
#define BYTE_UNITS (sizeof byte_units / sizeof *byte_units)

/* "12" or "12.5": the part behind the point is so many of power. */
struct number {
	uint64_t whole, part, power;
};

static bool scan_number(struct scan *s, struct number *ret)
{
	*ret = (struct number){.power = 1};
	if (!scan_u64(s, &ret->whole))
		return false;
	if (!scan_char(s, '.'))
		return true;
	for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
		if (ret->power >= POWER_MOST)
			continue;
		ret->power *= 10;
		ret->part = ret->part * 10 + (uint64_t)(*s->at - '0');
	}
	return ret->power > 1;
}

/* Adds so many of a unit; false where that is too much. */
static bool add_amount(uint64_t *sum, const struct number *n, uint64_t unit)
{
	uint64_t whole, part = (uint64_t)((double)n->part / (double)n->power * (double)unit);

	return !__builtin_mul_overflow(n->whole, unit, &whole) &&
	       !__builtin_add_overflow(*sum, whole, sum) &&
	       !__builtin_add_overflow(*sum, part, sum);
}

/* The unit that stands there; NULL: none. */
static const struct amount_unit *scan_unit(
	struct scan *s, const struct amount_unit *unit, size_t units_n)
{
	for (size_t i = 0; i < units_n; i++)
		if (scan_literal(s, unit[i].name))
			return &unit[i];
	return NULL;
}

bool scan_span(struct scan *s, uint64_t *ret_ns)
{
	uint64_t sum = 0, before = UINT64_MAX;
	struct scan t = *s;
	struct number n;

	while (t.at < t.end && *t.at >= '0' && *t.at <= '9') {
		const struct amount_unit *unit;
		uint64_t size;

		if (!scan_number(&t, &n))
			return false;
		unit = scan_unit(&t, time_units, TIME_UNITS);
		size = unit ? unit->size : SECOND_NS;
		if (size >= before || (!unit && before != UINT64_MAX) ||
			!add_amount(&sum, &n, size))
			return false;
		before = unit ? size : 0;
	}
	if (before == UINT64_MAX)
		return false;
	*s = t;
	*ret_ns = sum;
	return true;
}

bool scan_bytes(struct scan *s, uint64_t *ret_bytes)
{
	const struct amount_unit *unit;
	struct scan t = *s;
	uint64_t sum = 0;
	struct number n;

	if (!scan_number(&t, &n))
		return false;
	unit = scan_unit(&t, byte_units, BYTE_UNITS);
	if ((!unit && n.power > 1) || !add_amount(&sum, &n, unit ? unit->size : 1))
		return false;
	if (!scan_literal(&t, "iB"))
		scan_char(&t, 'B');
	*s = t;
	*ret_bytes = sum;
	return true;
}
