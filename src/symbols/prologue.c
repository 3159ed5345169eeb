/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prologue.h"

#include <elf.h>
#include <string.h>

#include "call.h"

/* x86-64: one push, of r8 to r15 behind a prefix. Its length; 0: it is none. */
static size_t push_length(const unsigned char *code, size_t n)
{
	size_t prefix = n > 1 && code[0] == 0x41;

	return n > prefix && code[prefix] >= 0x50 && code[prefix] <= 0x57 ? prefix + 1 : 0;
}

/* Something that is done to the stack pointer: REX.W, an opcode of a byte or four, a ModRM byte. */
static bool changes_stack(const unsigned char *code, size_t n, unsigned char modrm, int64_t *ret)
{
	int32_t wide;

	if (n < 4 || code[0] != 0x48 || code[2] != modrm)
		return false;
	if (code[1] == 0x83) {
		*ret = (int8_t)code[3];
		return true;
	}
	if (code[1] != 0x81 || n < 7)
		return false;
	memcpy(&wide, code + 3, sizeof wide);
	*ret = wide;
	return true;
}

#define SUB_FROM_SP 0xec
#define ADD_TO_SP   0xc4
#define AND_WITH_SP 0xe4

/* What is known of the stack pointer while the instructions are gone through. */
struct room {
	uint64_t distance;
	bool loops;   /* the room is touched page by page, in a loop down to … */
	uint64_t end; /* … so far below */
};

static bool is_at(const unsigned char *code, size_t n, const char *bytes, size_t len)
{
	return n >= len && !memcmp(code, bytes, len);
}
#define IS_AT(code, n, bytes) is_at(code, n, bytes, sizeof(bytes) - 1)

/*
 * An instruction of a compiler that touches each page of what it takes: lea -end(%rsp),%r11, then a
 * loop of sub, orq $0,(%rsp), cmp %r11,%rsp and jne. Its length; 0: it is none.
 */
static size_t probe_length(const unsigned char *code, size_t n, struct room *room)
{
	int32_t end;

	if (IS_AT(code, n, "\x48\x83\x0c\x24\x00"))
		return 5;
	if (IS_AT(code, n, "\x4c\x8d\x9c\x24") && n >= 8) {
		memcpy(&end, code + 4, sizeof end);
		room->loops = true;
		room->end = room->distance - (uint64_t)(int64_t)end;
		return 8;
	}
	if (!room->loops)
		return 0;
	if (IS_AT(code, n, "\x4c\x39\xdc"))
		return 3;
	if (!IS_AT(code, n, "\x75") || n < 2)
		return 0;
	room->loops = false;
	room->distance = room->end;
	return 2;
}

/* Room that is taken at once. The same. */
static size_t room_length(const unsigned char *code, size_t n, struct room *room)
{
	int64_t bytes;

	if (changes_stack(code, n, ADD_TO_SP, &bytes))
		bytes = -bytes;
	else if (!changes_stack(code, n, SUB_FROM_SP, &bytes))
		return 0;
	if (!room->loops)
		room->distance += (uint64_t)bytes;
	return code[1] == 0x83 ? 4 : 7;
}

static size_t step_length(const unsigned char *code, size_t n, struct room *room)
{
	size_t length = push_length(code, n);

	room->distance += length ? 8 : 0;
	if (!length)
		length = room_length(code, n, room);
	return length ? length : probe_length(code, n, room);
}

/* ---- what leaves the stack as it is ------------------------------------------------ */

#define RSP	   4u  /* in a field of three bits, where no prefix adds to it */
#define QUIET_MOST 16u /* such instructions are gone past */

struct prefixes {
	unsigned char rex;
	bool word; /* numbers of 16 bits */
};

static size_t prefix_length(const unsigned char *code, size_t n, struct prefixes *ret)
{
	size_t at = 0;

	*ret = (struct prefixes){0};
	for (; at < n && strchr("\x66\xf2\xf3\x64", code[at]) && code[at]; at++)
		ret->word |= code[at] == 0x66;
	if (at < n && (code[at] & 0xf0) == 0x40)
		ret->rex = code[at++];
	return at;
}

/* Bytes of the number at its end. */
static size_t number_length(unsigned char opcode, const struct prefixes *p)
{
	switch (opcode) {
	case 0x6b:
	case 0x83:
	case 0xc6:
		return 1;
	case 0x69:
	case 0x81:
	case 0xc7:
		return p->word ? 2 : 4;
	default:
		return 0;
	}
}

/* Moves and sums with a ModRM byte, neither of whose operands changes the stack pointer. */
static size_t operands_length(const unsigned char *code, size_t n, const struct prefixes *p)
{
	unsigned char modrm = n > 1 ? code[1] : 0;
	size_t length;

	if (n < 2 || ((modrm >> 3 & 7) == RSP && !(p->rex & 4)) ||
		(modrm >> 6 == 3 && (modrm & 7) == RSP && !(p->rex & 1)))
		return 0;
	length = code_operand_length(modrm, n > 2 ? code[2] : 0) + number_length(code[0], p);
	return length <= n ? length : 0;
}

static bool is_listed(unsigned char opcode, const char *list)
{
	return opcode && strchr(list, opcode);
}

/* mov $number,%register */
static size_t load_length(const unsigned char *code, size_t n, const struct prefixes *p)
{
	size_t length = p->word ? 3 : p->rex & 8 ? 9 : 5;

	if (!n || code[0] < 0xb8 || code[0] > 0xbf)
		return 0;
	return length <= n && ((code[0] & 7) != RSP || p->rex & 1) ? length : 0;
}

/* An instruction that a compiler may put between those that make room. Its length; 0: it is none.
 */
static size_t quiet_length(const unsigned char *code, size_t n)
{
	static const char plain[] = "\x01\x03\x09\x0b\x21\x23\x29\x2b\x31\x33\x39\x3b\x63\x69\x6b"
				    "\x81\x83\x84\x85\x88\x89\x8a\x8b\x8d\xc6\xc7";
	static const char long_ones[] = "\x10\x11\x12\x13\x14\x16\x17\x1e\x1f\x28\x29\x2e\x2f\x54"
					"\x57\x58\x59\x5c\x6c\x6e\x6f\x7e\x7f\xaf\xb6\xb7\xbe\xbf"
					"\xd6\xef";
	struct prefixes p;
	size_t before = prefix_length(code, n, &p), length;

	code += before;
	n -= before;
	length = load_length(code, n, &p);
	if (!length && n && code[0] == 0x90)
		length = 1;
	if (!length && n && is_listed(code[0], plain))
		length = operands_length(code, n, &p);
	if (!length && n > 1 && code[0] == 0x0f && is_listed(code[1], long_ones)) {
		length = operands_length(code + 1, n - 1, &p);
		length += length ? 1 : 0;
	}
	return length ? before + length : 0;
}

/*
 * What still makes room behind such instructions: a register that the table says is saved, or room
 * for locals. Pushed arguments of a call, and what aligns the stack for them, do not.
 */
static size_t later_length(const unsigned char *code, size_t n, uint64_t saved, struct room *room)
{
	size_t length = push_length(code, n), next;

	if (length) {
		if (room->distance >= saved)
			return 0;
		room->distance += 8;
		return length;
	}
	length = room_length(code, n, &(struct room){0});
	next = length;
	for (size_t quiet; length && (quiet = quiet_length(code + next, n - next));)
		next += quiet;
	if (!length || room->distance < saved || push_length(code + next, n - next))
		return 0;
	return room_length(code, n, room);
}

bool prologue_distance(unsigned machine, const unsigned char *code, size_t n, uint64_t saved,
	uint64_t *ret_distance)
{
	struct room room = {0};
	int64_t mask;
	size_t length;

	if (machine != EM_X86_64)
		return false;
	for (; (length = step_length(code, n, &room)); code += length, n -= length)
		continue;
	if (room.loops || (int64_t)room.distance < 0 || changes_stack(code, n, AND_WITH_SP, &mask))
		return false;
	for (unsigned i = 0; i < QUIET_MOST; i++, code += length, n -= length) {
		if (changes_stack(code, n, AND_WITH_SP, &mask))
			return false;
		length = quiet_length(code, n);
		if (!length)
			length = later_length(code, n, saved, &room);
		if (!length)
			break;
	}
	if (room.distance < saved || (int64_t)room.distance < 0)
		return false;
	*ret_distance = room.distance;
	return true;
}
