/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "go_table.h"

#include <string.h>

#define MAGIC_1_18 0xfffffff0u
#define MAGIC_1_20 0xfffffff1u

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
	uint64_t count, names, functions;

	if (!pointer)
		return false;
	count = read_word(&t, pointer, FUNCTIONS);
	names = read_word(&t, pointer, NAMES);
	functions = read_word(&t, pointer, TABLE);
	t.text = read_word(&t, pointer, TEXT);
	if (!t.text || !count || names >= n || functions >= n || n - functions < 4 ||
		count > (n - functions - 4) / ENTRY)
		return false;
	t.count = (size_t)count;
	t.names = (size_t)names;
	t.functions = (size_t)functions;
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

/* What is said of it begins with where its code begins, once more, and where its name lies. */
static const char *name_of(const struct go_table *t, size_t i)
{
	size_t room = t->n - t->functions, names = t->n - t->names;
	uint32_t at = read_u32(t, t->functions + i * ENTRY + 4), name;

	if (room < 8 || at > room - 8 || read_u32(t, t->functions + at) != begin_of(t, i))
		return NULL;
	name = read_u32(t, t->functions + at + 4);
	if (name >= names || !memchr(t->bytes + t->names + name, '\0', names - name))
		return NULL;
	return (const char *)t->bytes + t->names + name;
}

bool go_table_find(
	const struct go_table *t, uint64_t address, const char **ret_name, uint64_t *ret_begin)
{
	uint64_t offset = address - t->text;
	const char *name;
	size_t i;

	if (address < t->text)
		return false;
	i = search(t, offset);
	if (begin_of(t, i) > offset || begin_of(t, i + 1) <= offset)
		return false;
	name = name_of(t, i);
	if (!name || !*name)
		return false;
	*ret_name = name;
	*ret_begin = t->text + begin_of(t, i);
	return true;
}
