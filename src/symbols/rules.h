/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_RULES_H
#define TWINTOP_SYMBOLS_RULES_H

#include "twintop/base/vec.h"
#include "twintop/model/records.h"
#include "unwind.h"

/*
 * What was learned of how to unwind a process's code: ten thousand threads stand in a few places,
 * and each of those is asked for once. To go by a rule is to unwind: of each thread its own words
 * are taken, from its own stack.
 */
struct rules {
	struct task_id id;
	const struct memory_map *memory; /* a reference: what is mapped elsewise is learned anew */
	VEC(struct unwind_rule) rule;	 /* by where they begin */
};
void rules_free(struct rules *r);

/* Whose they are from now on: those of others are forgotten. */
void rules_begin(struct rules *r, struct task_id id, const struct memory_map *memory);
/* Takes one over that makes sense and is not known yet. */
void rules_add(struct rules *r, const struct unwind_rule *rule);
/* The rule for code at that address; NULL: none was learned. */
const struct unwind_rule *rules_find(const struct rules *r, uint64_t address);

/*
 * Goes from a frame to its caller. False, with nothing changed: the rule does not say it, or the
 * piece does not hold it. Where the rule's is the outermost frame nothing is changed, too.
 */
bool rule_step(const struct unwind_rule *rule, const struct unwind_stack *stack,
	struct unwind_state *state);

#endif
