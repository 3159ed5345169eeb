/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules by which code is unwound: what they say by themselves, and that they say what tables do. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/symbols/module.h"
#include "src/symbols/rules.h"
#include "twintop/model/part_table.h"

extern const char __ehdr_start[]; /* the linker's: where the file is mapped from its begin */

/* ---- by themselves --------------------------------------------------------------- */

#define BACK  16u
#define WORDS 8u

/* Words from 0x1000 on, each its own address and 1. */
static struct unwind_stack words(uint64_t word[WORDS])
{
	for (unsigned i = 0; i < WORDS; i++)
		word[i] = 0x1001 + 8 * i;
	return (struct unwind_stack){0x1000, WORDS * sizeof *word, (const char *)word};
}

/* Of a function that has saved its frame pointer, 16 bytes below its frame. */
static struct unwind_rule plain(void)
{
	struct unwind_rule rule = {.start = 0x4000,
		.end = 0x4010,
		.base = REGISTER_SP,
		.distance = 32,
		.kept = 1u << 3,
		.saved = 1u << REGISTER_FP | 1u << BACK,
		.back = BACK};

	rule.at[REGISTER_FP] = -16;
	rule.at[BACK] = -8;
	return rule;
}

static struct unwind_state standing(uint64_t sp)
{
	struct unwind_state state = {
		.registers = {.pc = 0x4004, .known = 1u << REGISTER_SP | 1u << 3}};

	state.registers.value[REGISTER_SP] = sp;
	state.registers.value[3] = 33;
	return state;
}

static void find_the_caller(void **state)
{
	uint64_t word[WORDS];
	const struct unwind_stack stack = words(word);
	const struct unwind_rule rule = plain();
	struct unwind_state at = standing(0x1000);

	(void)state;
	assert_true(rule_step(&rule, &stack, &at));
	assert_int_equal(at.registers.pc, 0x1019);
	assert_int_equal(at.returns, 1);
	assert_int_equal(
		at.registers.known, 1u << REGISTER_SP | 1u << REGISTER_FP | 1u << 3 | 1u << BACK);
	assert_int_equal(at.registers.value[REGISTER_SP], 0x1020);
	assert_int_equal(at.registers.value[REGISTER_FP], 0x1011);
	assert_int_equal(at.registers.value[3], 33);
}

static void check_unmoved(const struct unwind_rule *rule, struct unwind_state at, bool told)
{
	uint64_t word[WORDS];
	const struct unwind_stack stack = words(word);
	const struct unwind_state before = at;

	assert_int_equal(rule_step(rule, &stack, &at), told);
	assert_memory_equal(&at, &before, sizeof at);
}

/* What the piece does not hold, what is not known or leads nowhere is for the tables. */
static void say_nothing_where_that_is_not_sure(void **state)
{
	struct unwind_rule rule = plain();
	struct unwind_state at = standing(0x1000);

	(void)state;
	check_unmoved(&rule, standing(0x1000 + 8 * WORDS - 24), false);
	check_unmoved(&rule, standing(0x900), false);
	check_unmoved(&rule, standing(UINT64_MAX - 8), false);
	at.doubted = 1;
	check_unmoved(&rule, at, false);
	rule.base = REGISTER_FP;
	check_unmoved(&rule, standing(0x1000), false);
	rule = plain();
	rule.distance = 0;
	check_unmoved(&rule, standing(0x1010), false);
	rule = plain();
	rule.distance = INT64_MIN;
	check_unmoved(&rule, standing(0x1000), false);
	rule = plain();
	rule.outermost = 1;
	check_unmoved(&rule, standing(0x1000), true);
	check_unmoved(&rule, standing(0x900), false);
}

/* ---- many of them ------------------------------------------------------------------ */

static struct unwind_rule covering(uint64_t start, uint64_t end)
{
	struct unwind_rule rule = plain();

	rule.start = start;
	rule.end = end;
	return rule;
}

static void add(struct rules *r, uint64_t start, uint64_t end)
{
	const struct unwind_rule rule = covering(start, end);

	rules_add(r, &rule);
}

static void hold_for_their_code_alone(void **state)
{
	struct rules r = {0};

	(void)state;
	add(&r, 0x30, 0x40);
	add(&r, 0x10, 0x20);
	add(&r, 0x20, 0x28);
	assert_null(rules_find(&r, 0xf));
	assert_int_equal(rules_find(&r, 0x10)->start, 0x10);
	assert_int_equal(rules_find(&r, 0x1f)->start, 0x10);
	assert_int_equal(rules_find(&r, 0x20)->start, 0x20);
	assert_null(rules_find(&r, 0x28));
	assert_int_equal(rules_find(&r, 0x3f)->start, 0x30);
	assert_null(rules_find(&r, 0x40));
	rules_free(&r);
}

/* Nor what says nothing, or what is known already. */
static void take_no_nonsense(void **state)
{
	struct unwind_rule strange = covering(0x50, 0x60);
	struct rules r = {0};

	(void)state;
	add(&r, 0x10, 0x20);
	add(&r, 0x18, 0x28);
	add(&r, 0x8, 0x18);
	add(&r, 0x30, 0x30);
	add(&r, 0x30, 0);
	strange.base = REGISTERS_MOST;
	rules_add(&r, &strange);
	strange.base = REGISTER_SP;
	strange.back = REGISTERS_MOST;
	rules_add(&r, &strange);
	assert_int_equal(r.rule.n, 1);
	for (uint64_t i = 1; i < 100000; i++)
		add(&r, i << 8, (i << 8) + 1);
	assert_true(r.rule.n > 0 && r.rule.n < 10000);
	rules_free(&r);
}

static void are_of_one_process_and_its_mappings(void **state)
{
	struct memory_map *one = part_make(PART_MAPPINGS), *two = part_make(PART_MAPPINGS);
	const struct task_id a = {1, 1}, b = {1, 2};
	struct rules r = {0};

	(void)state;
	part_seal(&one->part, 0, 0);
	part_seal(&two->part, 0, 0);
	rules_begin(&r, a, one);
	add(&r, 0x10, 0x20);
	rules_begin(&r, a, one);
	assert_non_null(rules_find(&r, 0x10));
	rules_begin(&r, a, two);
	assert_null(rules_find(&r, 0x10));
	add(&r, 0x10, 0x20);
	rules_begin(&r, b, two);
	assert_null(rules_find(&r, 0x10));
	rules_free(&r);
	part_put(one);
	part_put(two);
}

/* ---- as tables do -------------------------------------------------------------------- */

#if defined __x86_64__
static const int dwarf_order[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP,
	REG_RSP, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static char piece[32 << 10];

/* As the kernel copies it: what holds something by chance is as good as what was written. */
static size_t copy_own(uint64_t from, void *ret, size_t n)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t got = pread(fd, ret, n, (off_t)from);

	close(fd);
	return got > 0 ? (size_t)got : 0;
}

static void check_step(const struct unwind_rule *rule, const struct unwind_stack *stack,
	struct unwind_state from, const struct unwind_state *to)
{
	assert_true(rule->start <= from.registers.pc - from.returns &&
		    from.registers.pc - from.returns < rule->end);
	assert_true(rule_step(rule, stack, &from));
	assert_int_equal(from.registers.pc, to->registers.pc);
	assert_int_equal(from.registers.known, to->registers.known);
	for (unsigned i = 0; i < REGISTERS_MOST; i++)
		if (to->registers.known & 1u << i)
			assert_int_equal(from.registers.value[i], to->registers.value[i]);
	assert_int_equal(from.returns, to->returns);
}

/*
 * From where it is called out, as long as that is code of this program. Returns how many of its
 * functions have a plain rule: a sanitizer aligns the frames of some anew.
 */
static __attribute__((noinline)) unsigned walk(void)
{
	static const struct module_finder nowhere = {0};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct unwind_state state = {0}, before;
	struct unwind_rule rule = {0};
	struct unwind_stack stack;
	unsigned steps = 0;
	struct module *m;
	ucontext_t own, here;
	uint64_t base;

	assert_int_equal(module_open(fd, &nowhere, &m), 0);
	assert_true(module_address_of(m, 0, &base));
	assert_int_equal(getcontext(&own), 0);
	assert_int_equal(copy_own((uintptr_t)&own, &here, sizeof here), sizeof here);
	for (unsigned i = 0; i < sizeof dwarf_order / sizeof *dwarf_order; i++) {
		state.registers.value[i] = (uint64_t)here.uc_mcontext.gregs[dwarf_order[i]];
		state.registers.known |= 1u << i;
	}
	state.registers.pc = (uint64_t)here.uc_mcontext.gregs[REG_RIP];
	stack = (struct unwind_stack){state.registers.value[REGISTER_SP],
		copy_own(state.registers.value[REGISTER_SP], piece, sizeof piece), piece};
	for (unsigned i = 0; i < 64; i++) {
		before = state;
		if (module_unwind(m, (uintptr_t)__ehdr_start - base, &stack, &state, &rule) !=
			UNWIND_GOES_ON)
			break;
		if (!rule.end)
			continue;
		check_step(&rule, &stack, before, &state);
		steps++;
	}
	module_close(m);
	return steps;
}

static unsigned deeper(unsigned depth, size_t n);

/* A frame of another size each, found by another register each. */
static __attribute__((noinline)) unsigned in_array(unsigned depth, size_t n)
{
	volatile char *array = __builtin_alloca(n);

	array[n - 1] = (char)depth;
	return deeper(depth - 1, n * 2) + !array[n - 1];
}

static __attribute__((noinline)) unsigned in_registers(unsigned depth, size_t n)
{
	uint64_t a = depth, b = n, c = a * b, d = b - a;
	unsigned steps = deeper(depth - 1, n + 1);

	return steps + (a + b + c + d == 1);
}

static __attribute__((noinline)) unsigned deeper(unsigned depth, size_t n)
{
	unsigned steps = !depth ? walk() : depth % 2 ? in_array(depth, n) : in_registers(depth, n);

	__asm__ volatile("" ::: "memory"); /* not as the last thing that it does */
	return steps;
}

static void say_what_tables_say(void **state)
{
	(void)state;
	assert_true(deeper(6, 3) >= 3);
}
#else
static void say_what_tables_say(void **state)
{
	(void)state;
	skip(); /* no rule of this machine is plain */
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find_the_caller),
		cmocka_unit_test(say_nothing_where_that_is_not_sure),
		cmocka_unit_test(hold_for_their_code_alone),
		cmocka_unit_test(take_no_nonsense),
		cmocka_unit_test(are_of_one_process_and_its_mappings),
		cmocka_unit_test(say_what_tables_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
