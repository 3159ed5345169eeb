/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules.h"

#include <string.h>

#define RULES_MOST 4096u /* of one process: with more it begins afresh */

void rules_free(struct rules *r)
{
	part_put(r->memory);
	r->memory = NULL;
	VEC_FREE(&r->rule);
}

void rules_begin(struct rules *r, struct task_id id, const struct memory_map *memory)
{
	if (r->memory == memory && task_id_equal(r->id, id))
		return;
	part_put(r->memory);
	r->memory = part_get(memory);
	r->id = id;
	r->rule.n = 0;
}

/* How many begin at the address or before. */
static size_t count_before(const struct rules *r, uint64_t address)
{
	size_t low = 0, high = r->rule.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->rule.item[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct unwind_rule *rules_find(const struct rules *r, uint64_t address)
{
	size_t before = count_before(r, address);

	return before && address < r->rule.item[before - 1].end ? &r->rule.item[before - 1] : NULL;
}

void rules_add(struct rules *r, const struct unwind_rule *rule)
{
	size_t at;

	if (rule->start >= rule->end || rule->base >= REGISTERS_MOST ||
		rule->back >= REGISTERS_MOST || rules_find(r, rule->start) ||
		rules_find(r, rule->end - 1))
		return;
	if (r->rule.n == RULES_MOST)
		r->rule.n = 0;
	at = count_before(r, rule->start);
	VEC_PUSH(&r->rule, *rule);
	memmove(r->rule.item + at + 1, r->rule.item + at,
		(r->rule.n - 1 - at) * sizeof *r->rule.item);
	r->rule.item[at] = *rule;
}

static bool read_word(const struct unwind_stack *stack, uint64_t address, uint64_t *ret_word)
{
	uint64_t at = address - stack->start;

	if (address < stack->start || at >= stack->n || stack->n - at < sizeof *ret_word)
		return false;
	memcpy(ret_word, stack->bytes + at, sizeof *ret_word);
	return true;
}

/* The caller's registers; false: they are not all in the piece. */
static bool take_registers(const struct unwind_rule *rule, const struct unwind_stack *stack,
	const struct registers *from, struct registers *ret)
{
	uint64_t frame = from->value[rule->base] + (uint64_t)rule->distance;

	*ret = (struct registers){.known = (rule->kept & from->known) | rule->saved};
	for (unsigned i = 0; i < REGISTERS_MOST; i++) {
		if (rule->saved & 1u << i) {
			if (!read_word(
				    stack, frame + (uint64_t)(int64_t)rule->at[i], &ret->value[i]))
				return false;
		} else if (ret->known & 1u << i) {
			ret->value[i] = from->value[i];
		}
	}
	ret->known |= 1u << REGISTER_SP;
	ret->value[REGISTER_SP] = frame;
	ret->pc = rule->outermost ? 0 : ret->value[rule->back];
	return true;
}

bool rule_step(const struct unwind_rule *rule, const struct unwind_stack *stack,
	struct unwind_state *state)
{
	const struct registers *from = &state->registers;
	struct registers to;

	if (state->doubted || !(from->known & 1u << rule->base) ||
		!(from->known & 1u << REGISTER_SP) || !take_registers(rule, stack, from, &to))
		return false;
	if (rule->outermost)
		return true;
	/* What goes nowhere, or ends there, the tables are asked for. */
	if (!to.pc || to.value[REGISTER_SP] <= from->value[REGISTER_SP])
		return false;
	state->registers = to;
	state->returns = 1;
	return true;
}
