/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call.h"

/* ---- x86-64 -------------------------------------------------------------------- */

#define CALL_NEAR 0xe8 /* and 4 bytes: how far */
#define GROUP_5	  0xff /* a ModRM byte follows, whose middle field says what it does */
#define CALL_AT	  2

size_t code_operand_length(unsigned char modrm, unsigned char sib)
{
	static const size_t displacement[] = {0, 1, 4, 0};
	unsigned mode = modrm >> 6, base = modrm & 7;
	size_t n = 2 + displacement[mode];

	if (mode == 3)
		return n;
	if (base == 4) {
		n++;
		base = sib & 7;
	}
	return mode == 0 && base == 5 ? n + 4 : n;
}

static bool is_call_at(const unsigned char *code, size_t n)
{
	return code[0] == GROUP_5 && (code[1] >> 3 & 7) == CALL_AT &&
	       code_operand_length(code[1], n > 2 ? code[2] : 0) == n;
}

static bool ends_in_x86_call(const unsigned char *code, size_t n)
{
	if (n >= 5 && code[n - 5] == CALL_NEAR)
		return true;
	for (size_t len = 2; len <= CALL_BYTES && len <= n; len++)
		if (is_call_at(code + n - len, len))
			return true;
	return false;
}

/* ---- aarch64 ------------------------------------------------------------------- */

/* BL, BLR, and BLR of a signed pointer. */
static bool ends_in_arm_call(const unsigned char *code, size_t n)
{
	static const struct {
		uint32_t mask, value;
	} call[] = {{0xfc000000, 0x94000000}, {0xfffffc1f, 0xd63f0000}, {0xfefff800, 0xd63f0800}};
	uint32_t word = 0;

	if (n < sizeof word)
		return false;
	for (size_t i = 0; i < sizeof word; i++)
		word |= (uint32_t)code[n - sizeof word + i] << 8 * i;
	for (size_t i = 0; i < sizeof call / sizeof *call; i++)
		if ((word & call[i].mask) == call[i].value)
			return true;
	return false;
}

#define ADDRESS_BITS 48

uint64_t code_address(unsigned machine, uint64_t saved)
{
	return machine == EM_AARCH64 ? saved & ((1ull << ADDRESS_BITS) - 1) : saved;
}

bool code_ends_in_call(unsigned machine, const unsigned char *code, size_t n)
{
	switch (machine) {
	case EM_X86_64:
		return ends_in_x86_call(code, n);
	case EM_AARCH64:
		return ends_in_arm_call(code, n);
	default:
		return false;
	}
}
