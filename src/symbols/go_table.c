/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "go_table.h"

#include <string.h>

#define MAGIC_1_18 0xfffffff0u
#define MAGIC_1_20 0xfffffff1u
/* Of what is said of a function: where it begins, its name, its depths, and these. */
#define NAME	   4u
#define DEPTHS	   16u
#define FLAGS_1_18 37u
#define FLAGS_1_20 41u
#define TOP	   1u /* nobody called it */
#define SWITCHES   2u /* it sets the stack pointer */
#define DEPTH_MOST (1u << 30)

/* Words behind the first eight bytes, each as large as a pointer. */
enum word { FUNCTIONS, FILES, TEXT, NAMES, UNITS, FILE_NAMES, LINES, TABLE, WORDS };

/* In the byte order of its machine, which is ours. */
static uint32_t read_u32(const struct go_table *t, size_t at)
{
	uint32_t value;

	memcpy(&value, t->bytes + at, sizeof value);
	return value;
}

static uint64_t read_word(const struct go_table *t, unsigned bytes, enum word word)
{
	size_t at = 8 + (size_t)word * bytes;
	uint64_t value;

	if (bytes == sizeof(uint32_t))
		return read_u32(t, at);
	memcpy(&value, t->bytes + at, sizeof value);
	return value;
}

/* Magic, two zeros, the least length of an instruction, the size of a pointer; 0: none. */
static unsigned pointer_of(const struct go_table *t)
{
	uint32_t magic = t->n >= 8 ? read_u32(t, 0) : 0;
	unsigned bytes = magic ? t->bytes[7] : 0;

	if ((magic != MAGIC_1_18 && magic != MAGIC_1_20) || t->bytes[4] || t->bytes[5])
		return 0;
	return (bytes == 4 || bytes == 8) && t->n >= 8 + (size_t)WORDS * bytes ? bytes : 0;
}

/* A function is an offset of code and one of what is said of it; behind the last is where its code
 * ends. */
#define ENTRY 8u

bool go_table_read(const void *bytes, size_t n, struct go_table *ret)
{
	struct go_table t = {.bytes = bytes, .n = n};
	unsigned pointer = pointer_of(&t);
	uint64_t count, names, functions, depths;

	if (!pointer)
		return false;
	count = read_word(&t, pointer, FUNCTIONS);
	names = read_word(&t, pointer, NAMES);
	functions = read_word(&t, pointer, TABLE);
	depths = read_word(&t, pointer, LINES);
	t.text = read_word(&t, pointer, TEXT);
	if (!t.text || !count || names >= n || functions >= n || depths >= n || n - functions < 4 ||
		count > (n - functions - 4) / ENTRY)
		return false;
	t.count = (size_t)count;
	t.names = (size_t)names;
	t.functions = (size_t)functions;
	t.depths = (size_t)depths;
	t.quantum = t.bytes[6];
	t.flags = read_u32(&t, 0) == MAGIC_1_20 ? FLAGS_1_20 : FLAGS_1_18;
	*ret = t;
	return true;
}

static uint32_t begin_of(const struct go_table *t, size_t i)
{
	return read_u32(t, t->functions + i * ENTRY);
}

/* The last that begins there or before. */
static size_t search(const struct go_table *t, uint64_t offset)
{
	size_t low = 0, high = t->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (begin_of(t, middle) <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* What is said of it begins with where its code begins, once more. 0: it is not there; there are so
 * many bytes of it at least. */
static size_t said_of(const struct go_table *t, size_t i, size_t bytes)
{
	size_t room = t->n - t->functions;
	uint32_t at = read_u32(t, t->functions + i * ENTRY + 4);

	if (room < bytes || at > room - bytes || read_u32(t, t->functions + at) != begin_of(t, i))
		return 0;
	return t->functions + at;
}

static const char *name_of(const struct go_table *t, size_t i)
{
	size_t said = said_of(t, i, NAME + 4), names = t->n - t->names;
	uint32_t name = said ? read_u32(t, said + NAME) : UINT32_MAX;

	if (name >= names || !memchr(t->bytes + t->names + name, '\0', names - name))
		return NULL;
	return (const char *)t->bytes + t->names + name;
}

/* The function that holds the address. False: none. */
static bool find(const struct go_table *t, uint64_t address, size_t *ret)
{
	uint64_t offset = address - t->text;

	if (address < t->text)
		return false;
	*ret = search(t, offset);
	return begin_of(t, *ret) <= offset && begin_of(t, *ret + 1) > offset;
}

bool go_table_find(
	const struct go_table *t, uint64_t address, const char **ret_name, uint64_t *ret_begin)
{
	const char *name;
	size_t i;

	if (!find(t, address, &i))
		return false;
	name = name_of(t, i);
	if (!name || !*name)
		return false;
	*ret_name = name;
	*ret_begin = t->text + begin_of(t, i);
	return true;
}

/* Seven bits a byte, the low ones first. False: it does not end. */
static bool read_number(const struct go_table *t, size_t *at, uint32_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; shift < 32 && *at < t->n; shift += 7) {
		unsigned char byte = t->bytes[(*at)++];

		*ret |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* Pairs of how much deeper it is from here on, and for how many instructions' bytes; a first depth
 * is counted from -1. */
static bool find_depth(const struct go_table *t, size_t at, uint64_t address, struct go_frame *ret)
{
	uint32_t more, bytes, depth = UINT32_MAX;

	ret->end = ret->start;
	for (bool first = true; read_number(t, &at, &more) && (first || more); first = false) {
		if (!read_number(t, &at, &bytes) || !bytes)
			return false;
		depth += more & 1 ? ~(more >> 1) : more >> 1;
		ret->start = ret->end;
		ret->end += (uint64_t)bytes * t->quantum;
		if (address < ret->end) {
			ret->depth = depth;
			return depth < DEPTH_MOST && depth % sizeof(uint64_t) == 0;
		}
	}
	return false;
}

bool go_table_frame(const struct go_table *t, uint64_t address, struct go_frame *ret)
{
	size_t i, said;
	unsigned flags;
	uint32_t depths;

	if (!find(t, address, &i) || !(said = said_of(t, i, t->flags + 1)))
		return false;
	flags = t->bytes[said + t->flags];
	depths = read_u32(t, said + DEPTHS);
	if (flags & SWITCHES || !depths || depths >= t->n - t->depths)
		return false;
	*ret = (struct go_frame){.start = t->text + begin_of(t, i), .outermost = flags & TOP};
	return find_depth(t, t->depths + depths, address, ret);
}
