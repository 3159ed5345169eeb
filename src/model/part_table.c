/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/part_table.h"

#include "twintop/model/backtraces.h"
#include "twintop/model/connects.h"
#include "twintop/model/convoy.h"
#include "twintop/model/duty.h"
#include "twintop/model/user_stacks.h"
#include "twintop/model/erosion.h"
#include "twintop/model/family.h"
#include "twintop/model/lanes.h"
#include "twintop/model/pair.h"
#include "twintop/model/writers.h"

#define ROW(SCOPE, KIND, member, tag, origin, json, need, old_ns, release, bytes)                  \
	[PART_##KIND] = {                                                                          \
		#member, SCOPE, origin, sizeof(struct tag), json, need, old_ns, release, bytes},

const struct part_row part_table[PART_KINDS] = {
#define SIDE_PART(...) ROW(PART_OF_SIDE, __VA_ARGS__)
#define PAIR_PART(...) ROW(PART_OF_PAIR, __VA_ARGS__)
#define HOST_PART(...) ROW(PART_OF_HOST, __VA_ARGS__)
#include "twintop/model/part_rows.h"
};

void *part_make(enum part_kind kind)
{
	struct part *part = part_new(part_table[kind].size);

	part->release = part_table[kind].release;
	return part;
}

size_t part_bytes(enum part_kind kind, const struct part *now, const struct part *before)
{
	if (!now || now == before)
		return 0;
	if (part_table[kind].bytes)
		return part_table[kind].bytes(now, before);
	return now->arena.held_bytes;
}

unsigned need_expand(unsigned need)
{
	static const unsigned implied[NEED_BITS] = {
#define NEED(NAME, implies) implies,
#include "twintop/model/part_rows.h"
	};
	unsigned all = need;

	for (unsigned bit = 0; bit < NEED_BITS; bit++)
		if (need & 1u << bit)
			all |= implied[bit];
	return all;
}
