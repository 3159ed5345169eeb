/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/units.h"

#include <stdio.h>

/* Three significant digits at most: 9.9, 99, 999 of a unit. */
static const char *scaled(char out[UNITS_MAX], double v, const char *unit)
{
	if (v < 9.95 && v - (double)(uint64_t)v >= 0.05)
		snprintf(out, UNITS_MAX, "%.1f%s", v, unit);
	else
		snprintf(out, UNITS_MAX, "%.0f%s", v, unit);
	return out;
}

static const char *stepped(char out[UNITS_MAX], uint64_t n, double step, const char *const unit[])
{
	double v = (double)n;
	int i = 0;

	while (v >= step - 0.5 && unit[i + 1]) {
		v /= step;
		i++;
	}
	return scaled(out, v, unit[i]);
}

const char *units_bytes(char out[UNITS_MAX], uint64_t bytes)
{
	static const char *const unit[] = {"", "K", "M", "G", "T", "P", "E", NULL};

	return stepped(out, bytes, 1024, unit);
}

const char *units_count(char out[UNITS_MAX], uint64_t count)
{
	static const char *const unit[] = {"", "k", "M", "G", "T", "P", "E", NULL};

	if (count < 100000) {
		snprintf(out, UNITS_MAX, "%llu", (unsigned long long)count);
		return out;
	}
	return stepped(out, count, 1000, unit);
}

const char *units_time(char out[UNITS_MAX], uint64_t ns)
{
	static const char *const unit[] = {"ns", "us", "ms", "s", NULL};
	unsigned long long s = (ns + 500000000u) / 1000000000u;

	if (s < 60)
		return stepped(out, ns, 1000, unit);
	if (s < 3600)
		snprintf(out, UNITS_MAX, "%llu:%02llu", s / 60, s % 60);
	else
		snprintf(out, UNITS_MAX, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
	return out;
}

const char *units_percent(char out[UNITS_MAX], double percent)
{
	snprintf(out, UNITS_MAX, percent < 9.95 ? "%.1f%%" : "%.0f%%", percent);
	return out;
}
