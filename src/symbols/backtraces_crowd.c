/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backtraces_crowd.h"

#include <stdlib.h>

#include "twintop/proc/helper.h"

#define CROWD_MOST  64u	  /* whose stacks are copied at a time */
#define PIECE_BYTES 2048u /* of each: as much as a thread that waits has mostly used */

void crowd_free(struct crowd *c)
{
	VEC_FREE(&c->one);
	free(c->room);
}

void crowd_add(struct crowd *c, const struct thread *t)
{
	const struct blocked at = {.has_registers = true,
		.run_known = true,
		.stack_pointer = t->call->stack_pointer,
		.program_counter = t->call->program_counter,
		.run_ns = t->run->run_ns};

	if (t->call->registers_known && thread_source_state(t, THREAD_SYSCALL) == VALUE_KNOWN &&
		thread_source_state(t, THREAD_SCHEDSTAT) == VALUE_KNOWN)
		VEC_PUSH(&c->one, (struct crowd_one){.tid = t->self->tid, .at = at});
}

static int by_tid(const void *a, const void *b)
{
	const struct crowd_one *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

void crowd_sort(struct crowd *c)
{
	if (c->one.n)
		qsort(c->one.item, c->one.n, sizeof *c->one.item, by_tid);
}

static struct helper_range range_of(
	const struct memory_map *memory, const struct crowd_one *one, char *here)
{
	uint64_t start = one->at.stack_pointer;
	ptrdiff_t at = memory_find(memory, start);
	uint64_t there = at < 0 ? 0 : memory->mapping[at].end - start;

	return (struct helper_range){.address = start,
		.here = here,
		.bytes = there < PIECE_BYTES ? (size_t)there : PIECE_BYTES};
}

/* Of those from the first on; what is not there of one leaves it out. */
static void copy(struct crowd *c, const struct proc_root *root, const struct reader_side *side)
{
	struct helper_range range[CROWD_MOST];
	size_t n = c->end - c->first;

	if (!c->room)
		c->room = mem_alloc(CROWD_MOST * PIECE_BYTES);
	for (size_t i = 0; i < n; i++)
		range[i] = range_of(
			side->had.memory, &c->one.item[c->first + i], c->room + i * PIECE_BYTES);
	if (helper_read_memory(root, side->through, range, n))
		return;
	for (size_t i = 0; i < n; i++) {
		c->one.item[c->first + i].bytes = range[i].read ? range[i].bytes : 0;
		c->one.item[c->first + i].here = range[i].here;
	}
}

const struct crowd_one *crowd_find(
	struct crowd *c, const struct proc_root *root, const struct reader_side *side, pid_t tid)
{
	const struct crowd_one key = {.tid = tid};
	const struct crowd_one *one =
		c->one.n ? bsearch(&key, c->one.item, c->one.n, sizeof key, by_tid) : NULL;
	size_t at = one ? (size_t)(one - c->one.item) : 0;

	if (one && (at < c->first || at >= c->end)) {
		for (; c->first < c->end; c->first++)
			c->one.item[c->first].bytes = 0;
		c->first = at;
		c->end = c->one.n - at < CROWD_MOST ? c->one.n : at + CROWD_MOST;
		copy(c, root, side);
	}
	return one && one->bytes ? one : NULL;
}
