/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_SYMBOLS_INTERNAL_H
#define TWINTOP_SYMBOLS_SYMBOLS_INTERNAL_H

#include "rules.h"
#include "twintop/base/vec.h"
#include "twintop/symbols/symbols.h"
#include "wire.h"

/* A mapping that the process that read it did not survive. */
struct lost {
	struct task_id id;
	uint64_t start;
	enum symbol_gap gap;
	uint64_t since_ns;
};

struct symbols {
	const struct proc_root *root;
	int socket; /* -1: nobody reads yet, or any more */
	pid_t pid;
	VEC(struct lost) lost;
	struct rules rules;	     /* of the process whose threads were unwound last */
	struct wire_message message; /* the question under way */
	char answer[WIRE_BYTES];
	char window[WIRE_STACK]; /* the piece of a stack that is being unwound */
};

/* Makes the question of an address's mapping; or why there is none. */
enum symbol_gap symbols_question(
	struct symbols *s, const struct symbols_target *target, const struct mapping *m);
/* Has it answered; no gap, and the length of the answer. */
enum symbol_gap symbols_exchange(struct symbols *s, size_t *ret_len);
/* It was no answer, or none came: who reads ends, and the mapping is not asked for a while. */
enum symbol_gap symbols_lose(struct symbols *s, enum symbol_gap gap);
/* Who reads has said that it ends. */
void symbols_end_worker(struct symbols *s);

#endif
