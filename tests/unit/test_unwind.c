/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Through code made at run time, of which no module's table tells: by the frame pointer alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/symbols/symbols.h"

#define CODE  0x10000u
#define STACK 0x7ff000000000u
#define WORDS 512u /* of the stack that was kept */
#define ENDED "code made at run time, which has no unwind table"

struct trial {
	uint64_t word[WORDS];
	struct arena arena;
	struct backtrace b;
};

static uint64_t at(size_t word)
{
	return STACK + word * sizeof(uint64_t);
}

/* A frame there: where the next one is, and where it returns to. */
static void put_frame(struct trial *t, size_t word, uint64_t next, uint64_t pc)
{
	t->word[word] = next;
	t->word[word + 1] = pc;
}

static const struct backtrace *unwind(struct trial *t, uint64_t fp)
{
	struct mapping mapping[] = {
		{.start = CODE, .end = CODE + 0x1000, .flags = MAPPING_READ | MAPPING_EXEC},
		{.start = 2 * CODE, .end = 2 * CODE + 0x1000, .flags = MAPPING_READ}};
	const struct memory_map memory = {.n = 2, .mapping = mapping};
	const struct symbols_target target = {{.pid = 1, .start_ticks = 1}, 1, &memory, false};
	struct symbols *s = symbols_new(NULL);
	struct fault_example head = {.ip = CODE,
		.registers = {.pc = CODE, .known = 1u << REGISTER_SP | 1u << REGISTER_FP}};
	const struct fault_example *e;

	head.registers.value[REGISTER_SP] = STACK;
	head.registers.value[REGISTER_FP] = fp;
	e = fault_example_new(&head, (const char *)t->word, sizeof t->word);
	symbols_unwind(s, &target, NULL, e, &t->arena, &t->b);
	fault_example_put(e);
	symbols_free(s);
	return &t->b;
}

/* So many frames, the first of which is none of ours to guess, and why no more. */
static void expect(struct trial *t, uint64_t fp, size_t n, const char *reason)
{
	const struct backtrace *b = unwind(t, fp);

	assert_int_equal(b->n, n);
	assert_false(b->complete);
	assert_string_equal(b->reason, reason);
	for (size_t i = 0; i < b->n; i++) {
		assert_int_equal(b->frame[i].guessed, i > 0);
		assert_int_equal(b->frame[i].pc, CODE + i);
	}
	arena_free(&t->arena);
}

static void a_chain_is_followed_and_guessed(void **state)
{
	struct trial t = {0};

	(void)state;
	put_frame(&t, 4, at(6), CODE + 1);
	put_frame(&t, 6, at(100), CODE + 2);
	put_frame(&t, 100, 0, CODE + 3);
	expect(&t, at(4), 4, ENDED);
}

/* To itself, and back to one that was: each frame lies above the last. */
static void a_chain_that_turns_back_ends(void **state)
{
	struct trial t = {0};

	(void)state;
	put_frame(&t, 4, at(4), CODE + 1);
	expect(&t, at(4), 2, ENDED);
	put_frame(&t, 4, at(8), CODE + 1);
	put_frame(&t, 8, at(4), CODE + 2);
	expect(&t, at(4), 3, ENDED);
	put_frame(&t, 8, at(9), CODE + 2); /* into the last one */
	expect(&t, at(4), 3, ENDED);
}

static void what_is_no_frame_is_none(void **state)
{
	struct trial t = {0};

	(void)state;
	put_frame(&t, 4, at(6), CODE + 1);
	put_frame(&t, 6, at(8), 0x999);
	expect(&t, at(4), 2, ENDED); /* nothing is mapped there */
	put_frame(&t, 6, at(8), 2 * CODE);
	expect(&t, at(4), 2, ENDED); /* no code */
	put_frame(&t, 6, at(8), 0);
	expect(&t, at(4), 2, ENDED);
	expect(&t, at(4) + 4, 1, ENDED); /* misaligned */
	expect(&t, at(4) + 1, 1, ENDED);
	expect(&t, STACK - 16, 1, ENDED);    /* below the stack pointer */
	expect(&t, at(WORDS), 1, ENDED);     /* beyond what was kept */
	expect(&t, at(WORDS - 1), 1, ENDED); /* half of it */
	expect(&t, UINT64_MAX - 7, 1, ENDED);
	expect(&t, 0, 1, ENDED);
}

static void as_many_as_may_be_are_told(void **state)
{
	struct trial t = {0};

	(void)state;
	for (size_t i = 0; i < WORDS / 2; i++)
		put_frame(&t, 2 * i, at(2 * i + 2), CODE + i + 1);
	expect(&t, at(0), BACKTRACE_MOST, ENDED);
}

static void without_a_frame_pointer_there_is_no_guess(void **state)
{
	struct trial t = {0};

	(void)state;
	put_frame(&t, 0, at(2), CODE + 1);
	put_frame(&t, 2, at(4), CODE + 2);
	expect(&t, 1, 1, ENDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_is_followed_and_guessed),
		cmocka_unit_test(a_chain_that_turns_back_ends),
		cmocka_unit_test(what_is_no_frame_is_none),
		cmocka_unit_test(as_many_as_may_be_are_told),
		cmocka_unit_test(without_a_frame_pointer_there_is_no_guess),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
