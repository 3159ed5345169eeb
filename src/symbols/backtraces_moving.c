/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backtraces_moving.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/base/arena.h"

/* ---- one that is held ------------------------------------------------------------- */

/* Of the copy that was made while it was held. */
static ssize_t copy_held(void *context, uint64_t start, uint64_t end, char *here)
{
	const struct held *h = context;
	uint64_t at = start - h->stack_pointer;

	if (start < h->stack_pointer || at >= h->stack_n)
		return -ENODATA;
	if (end - start > h->stack_n - at)
		end = start + (h->stack_n - at);
	memcpy(here, h->stack + at, end - start);
	return (ssize_t)(end - start);
}

static void unwind_held(struct symbols *s, const struct symbols_target *target, struct held *h,
	struct thread_backtrace *t, struct arena *arena, struct backtrace *ret)
{
	const struct symbols_memory memory = {copy_held, h};

	symbols_unwind_live(s, target, &h->registers, false, &memory, arena, ret);
	t->gap = BACKTRACE_NO_GAP;
	t->means = BACKTRACE_HELD;
	t->taken_ns = h->time_ns;
	t->held_ns = h->held_ns;
	t->stack_pointer = h->stack_pointer;
	t->program_counter = h->registers.pc;
}

void moving_hold(const struct reader_context *context, struct symbols *s,
	const struct symbols_target *target, const struct hold_wish *wish, struct held_wish *done,
	struct thread_backtrace *t, struct arena *arena, struct backtrace *ret)
{
	struct held *h = mem_alloc(sizeof *h);

	*done = (struct held_wish){.number = wish->number, .tid = wish->tid, .end = HOLD_DENIED};
	h->tracer = 0;
	memset(h->tracer_name, 0, sizeof h->tracer_name);
	if (value_state_has_value(context->access.state[ACCESS_ATTACH]))
		done->end = hold_thread(context->root, wish->process.pid, wish->tid, h);
	done->tracer = h->tracer;
	memcpy(done->tracer_name, h->tracer_name, sizeof done->tracer_name);
	if (done->end == HOLD_DONE)
		unwind_held(s, target, h, t, arena, ret);
	free(h);
}

void moving_note(const struct held_wish *done, struct thread_backtrace *t, struct arena *arena)
{
	size_t n = strnlen(done->tracer_name, sizeof done->tracer_name);

	t->hold = HOLD_NONE;
	t->tracer = 0;
	t->tracer_name = (struct text){0};
	if (!done->number || done->tid != t->tid)
		return;
	t->hold = done->end;
	t->tracer = done->tracer;
	if (n)
		t->tracer_name = (struct text){arena_copy(arena, done->tracer_name, n), n};
}

/* ---- those that run ----------------------------------------------------------------- */

void moving_unwind(struct symbols *s, const struct symbols_target *target,
	const struct fault_example *sample, struct thread_backtrace *t, struct arena *arena,
	struct backtrace *ret)
{
	symbols_unwind(s, target, NULL, sample, arena, ret);
	t->gap = BACKTRACE_NO_GAP;
	t->means = BACKTRACE_SAMPLED;
	t->taken_ns = sample->time_ns;
	t->stack_pointer = sample->registers.value[REGISTER_SP];
	t->program_counter = sample->registers.pc;
}
