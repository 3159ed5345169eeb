/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_BACKTRACES_MOVING_H
#define TWINTOP_SYMBOLS_BACKTRACES_MOVING_H

#include "twintop/model/backtraces.h"
#include "twintop/proc/hold.h"
#include "twintop/proc/reader.h"
#include "twintop/symbols/symbols.h"

/* Backtraces of threads that do not stand: of one that is held for it, of those that run. */

/* The last wish that a thread be held, and what came of it. */
struct held_wish {
	uint64_t number; /* struct hold_wish's; 0: there was none */
	enum hold_end end;
	pid_t tid, tracer;
	char tracer_name[16];
};

/*
 * Fulfils a wish: holds the thread and says in *done what came of it. HOLD_DONE: its trace is in
 * ret, of the arena, and t says how it was come by. Blocks for HOLD_DEADLINE_NS at most, and as
 * symbols_unwind() does.
 */
void moving_hold(const struct reader_context *context, struct symbols *s,
	const struct symbols_target *target, const struct hold_wish *wish, struct held_wish *done,
	struct thread_backtrace *t, struct arena *arena, struct backtrace *ret);
/* Writes what came of it onto its thread, of a list whose arena is given; others have no wish. */
void moving_note(const struct held_wish *done, struct thread_backtrace *t, struct arena *arena);

/* The trace of a sample; t says how it was come by. */
void moving_unwind(struct symbols *s, const struct symbols_target *target,
	const struct fault_example *sample, struct thread_backtrace *t, struct arena *arena,
	struct backtrace *ret);

#endif
