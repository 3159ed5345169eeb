/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "threads_internal.h"
#include "twintop/base/arena.h"
#include "twintop/proc/host.h"

/*
 * Where the stacks of threads lie, told without a stop:
 *  - the SP of a blocked thread lies in it;
 *  - the C library puts its thread's control block at the top of the stack that
 *    it maps, and the robust list head is in that block. This holds for running
 *    threads, and where the kernel merged neighbouring stacks into one mapping.
 * A thread whose SP is not below its control block runs on a stack of its own
 * making (makecontext, sigaltstack, a coroutine): then the mapping of the SP is all that is known.
 */

/* Static TLS of usual programs, where it lies above the control block. */
#define TLS_MOST (64u << 10)
/* Reserves that happen to touch a stack from below are larger than guards. */
#define GUARD_MOST (16u << 20)

struct stack_search {
	const struct memory_map *memory;
	const struct page_map *pages; /* NULL: not read */
	pid_t pid;
	size_t n;
	uint64_t *block; /* robust list heads, ascending */
};

static uint64_t page_floor(uint64_t address)
{
	return address & ~(host_page_bytes() - 1);
}

static const struct mapping *mapping_at(const struct memory_map *m, uint64_t address)
{
	ptrdiff_t i = address ? memory_find(m, address) : -1;

	return i < 0 ? NULL : &m->mapping[i];
}

static bool is_stack_like(const struct mapping *v)
{
	return (v->kind == MAPPING_ANONYMOUS || v->kind == MAPPING_THREAD_STACK ||
		       v->kind == MAPPING_BSS) &&
	       v->flags & MAPPING_WRITE && !(v->flags & MAPPING_SHARED);
}

static uint64_t block_top(const struct mapping *v, uint64_t block)
{
	uint64_t top = page_floor(block) + host_page_bytes();

#if !defined __x86_64__ && !defined __i386__
	/* Static TLS lies above the control block here, and may fill pages. */
	if (v->end - block <= TLS_MOST)
		return v->end;
#endif
	return top < v->end ? top : v->end;
}

/* The end of the next lower stack in the same mapping, else the mapping's start. */
static uint64_t floor_of(const struct stack_search *s, const struct mapping *v, uint64_t block)
{
	uint64_t low = v->start;

	for (size_t lo = 0, hi = s->n; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->block[mid] < block) {
			if (s->block[mid] >= v->start)
				low = block_top(v, s->block[mid]);
			lo = mid + 1;
		} else {
			hi = mid;
		}
	}
	return low;
}

/* Guards of MADV_GUARD_INSTALL have no mapping of their own: the highest one bounds the stack. */
static void find_guard_pages(const struct page_map *p, uint64_t below, struct thread_record *t)
{
	uint64_t page = p->page_size;

	for (size_t i = page_map_first_run(p, t->self.stack_start); i < p->runs_n; i++) {
		const struct page_run *run = &p->run[i];

		if (run->start >= below)
			break;
		for (size_t j = 0; j < run->n; j++) {
			uint64_t at = run->start + j * page;

			if (at < t->self.stack_start || at >= below ||
				!(run->entry[j] & PAGE_GUARD))
				continue;
			t->self.stack_guard_bytes =
				at == t->self.stack_start ? t->self.stack_guard_bytes + page : page;
			t->self.stack_start = at + page;
		}
	}
}

/* A mapping without access that touches the stack from below. */
static void find_guard_mapping(
	const struct memory_map *m, const struct mapping *v, struct thread_record *t)
{
	const struct mapping *below = v > m->mapping ? v - 1 : NULL;
	const unsigned any = MAPPING_READ | MAPPING_WRITE | MAPPING_EXEC;

	if (t->self.stack_start != v->start || !below || below->end != v->start ||
		below->flags & any)
		return;
	if (below->end - below->start >= GUARD_MOST)
		return;
	t->self.stack_guard_bytes = below->end - below->start;
	t->self.stack_guard_known = true;
}

static void set_stack(struct thread_record *t, uint64_t start, uint64_t end)
{
	t->self.stack_start = start;
	t->self.stack_end = end;
	t->self.stack_guard_bytes = 0;
	t->self.stack_guard_known = false;
	t->self.source[THREAD_STACK] = VALUE_KNOWN;
}

/* Guard pages that an earlier read of the pages found, for as long as that stack is in its place.
 */
static void keep_guard_pages(const struct thread_record *before, struct thread_record *t)
{
	if (!before->self.stack_guard_known || before->self.stack_end != t->self.stack_end ||
		before->self.stack_start < t->self.stack_start + before->self.stack_guard_bytes)
		return;
	t->self.stack_start = before->self.stack_start;
	t->self.stack_guard_bytes = before->self.stack_guard_bytes;
	t->self.stack_guard_known = true;
}

static bool stack_by_block(const struct stack_search *s, struct thread_record *t)
{
	const struct mapping *v = mapping_at(s->memory, t->self.robust_list);
	const struct thread_record before = *t;

	if (!v || !is_stack_like(v))
		return false;
	if (t->call.registers_known &&
		(t->call.stack_pointer >= t->self.robust_list || t->call.stack_pointer < v->start))
		return false;
	set_stack(t, floor_of(s, v, t->self.robust_list), block_top(v, t->self.robust_list));
	if (t->call.registers_known && t->call.stack_pointer < t->self.stack_start) {
		t->self.source[THREAD_STACK] = VALUE_UNREAD;
		return false;
	}
	find_guard_mapping(s->memory, v, t);
	if (t->self.stack_guard_known)
		return true;
	if (page_map_known(s->pages)) {
		find_guard_pages(s->pages, page_floor(t->self.robust_list), t);
		t->self.stack_guard_known = true;
	} else {
		keep_guard_pages(&before, t);
	}
	return true;
}

static bool stack_by_pointer(const struct stack_search *s, struct thread_record *t)
{
	const struct mapping *v;

	if (!t->call.registers_known)
		return false;
	v = mapping_at(s->memory, t->call.stack_pointer);
	if (!v)
		return false;
	set_stack(t, v->start, v->end);
	if (v->kind != MAPPING_STACK)
		find_guard_mapping(s->memory, v, t);
	return true;
}

static bool stack_of_main(const struct stack_search *s, struct thread_record *t)
{
	for (size_t i = s->memory->n; i-- > 0;) {
		const struct mapping *v = &s->memory->mapping[i];

		if (v->kind != MAPPING_STACK)
			continue;
		if (t->call.registers_known &&
			(t->call.stack_pointer < v->start || t->call.stack_pointer >= v->end))
			return false;
		set_stack(t, v->start, v->end);
		return true;
	}
	return false;
}

/* Why no stack was found. A running thread without a control block that we know has none to tell.
 */
static enum value_state state_without(const struct thread_record *t)
{
	enum value_state state = t->self.source[THREAD_SYSCALL];

	return value_state_has_value(state) ? VALUE_NONE : state;
}

static void find_stack(const struct stack_search *s, struct thread_record *t)
{
	if (t->self.tid == s->pid && stack_of_main(s, t))
		return;
	/* The main thread's control block is in memory of the loader, not on a stack, unless it
	 * forked from another thread: its SP then tells. */
	if ((t->self.tid != s->pid || t->call.registers_known) && stack_by_block(s, t))
		return;
	if (stack_by_pointer(s, t))
		return;
	set_stack(t, 0, 0);
	t->self.source[THREAD_STACK] = (uint8_t)state_without(t);
}

static int compare_addresses(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* Whether the stack may be elsewhere than it was found last. */
static bool is_touched(const struct thread_kept *k)
{
	return k->touched & (1u << THREAD_GROUP_CALL | 1u << THREAD_GROUP_SELF);
}

void thread_stacks_find(const struct thread_kepts *threads, pid_t pid,
	const struct memory_map *memory, const struct page_map *pages, bool all)
{
	struct stack_search s = {.memory = memory, .pages = pages, .pid = pid};

	s.block = mem_alloc((threads->n + 1) * sizeof *s.block);
	for (size_t i = 0; i < threads->n; i++) {
		const struct thread_self *t = &threads->item[i]->now.self;

		if (t->robust_list && t->tid != pid)
			s.block[s.n++] = t->robust_list;
	}
	qsort(s.block, s.n, sizeof *s.block, compare_addresses);
	for (size_t i = 0; i < threads->n; i++) {
		struct thread_kept *k = threads->item[i];

		if (!all && !is_touched(k))
			continue;
		find_stack(&s, &k->now);
		k->touched |= 1u << THREAD_GROUP_SELF;
	}
	free(s.block);
}
