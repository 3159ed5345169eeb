/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many pages each deed counts for. Where one fault in many is told it stands for others, which
 * is an estimate: together they may come to more than what was copied, and no page has two writers.
 */
#include "writers_internal.h"

/* What falls to the first part of a whole: all of it to the whole. */
static uint64_t share(uint64_t most, uint64_t part, uint64_t whole)
{
	return (uint64_t)((double)most * ((double)part / (double)whole));
}

uint64_t writer_table_add_all(
	struct writer_table *t, struct writer_deed *deed, size_t n, uint64_t most)
{
	uint64_t all = 0, before = 0, counted = 0;

	for (size_t i = 0; i < n; i++)
		all += deed[i].copied ? deed[i].counts : 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t stands = deed[i].counts;

		if (deed[i].copied && all > most)
			deed[i].counts =
				share(most, before + stands, all) - share(most, before, all);
		before += deed[i].copied ? stands : 0;
		if (writer_table_add(t, &deed[i]) && deed[i].copied)
			counted += deed[i].counts;
	}
	return counted;
}
