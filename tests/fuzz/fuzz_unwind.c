/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any registers, any piece of a stack and any program's file, mapped by ourselves: whatever becomes
 * of the process that reads it, there is a first frame, no more than there may be, and the end of
 * them has its reason. The input is 32 registers, where in the file the program stood, how many
 * words of stack follow (what stands there as a small number is an address in the file), and the
 * file.
 */
#include <stdlib.h>
#include <string.h>

#include "mapped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MOST 2048u
#define STACK	   0x7ff000000000u /* where it is taken to lie */

struct input {
	uint64_t registers[REGISTERS_MOST];
	uint32_t at;
	uint32_t words;
};

struct trial {
	struct input head;
	uint64_t word[WORDS_MOST];
};

/* Small numbers lead into the file, larger ones of 32 bits into the stack. */
static uint64_t address_of(const struct mapping *m, uint64_t number)
{
	uint64_t size = m->end - m->start;

	if (number < size)
		return m->start + number;
	return number < 1ull << 32 ? STACK + (number - size) : number;
}

static const struct fault_example *example_of(const struct trial *t, const struct mapping *m)
{
	struct fault_example head = {.ip = address_of(m, t->head.at)};
	uint64_t stack[WORDS_MOST];

	head.registers.pc = head.ip;
	head.registers.known = UINT32_MAX >> 16;
	for (unsigned i = 0; i < REGISTERS_MOST; i++)
		head.registers.value[i] = address_of(m, t->head.registers[i]);
	head.registers.value[REGISTER_SP] = STACK;
	for (uint32_t i = 0; i < t->head.words; i++)
		stack[i] = address_of(m, t->word[i]);
	return fault_example_new(&head, (const char *)stack, t->head.words * sizeof *stack);
}

static void unwind(const struct symbols_target *target, void *context)
{
	const struct fault_example *e = example_of(context, target->memory->mapping);
	struct arena arena = {0};
	struct backtrace b;

	symbols_unwind(mapped_symbols(), target, target, e, &arena, &b);
	if (!b.n || b.n > BACKTRACE_MOST || b.frame[0].pc != e->ip ||
		b.complete == (b.reason != NULL))
		abort();
	for (size_t i = 0; i < b.n; i++)
		if (b.complete && b.frame[i].guessed)
			abort();
	fault_example_put(e);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trial t;
	size_t stack;

	if (size <= sizeof t.head)
		return 0;
	memcpy(&t.head, data, sizeof t.head);
	size -= sizeof t.head;
	t.head.words %= WORDS_MOST + 1;
	stack = t.head.words * sizeof *t.word;
	if (size <= stack)
		return 0;
	memcpy(t.word, data + sizeof t.head, stack);
	mapped_try(data + sizeof t.head + stack, size - stack, unwind, &t);
	return 0;
}
