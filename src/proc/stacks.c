/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "threads_internal.h"
#include "twintop/base/arena.h"
#include "twintop/proc/host.h"

/*
 * Where the stacks of threads lie, told without a stop, by what proves it:
 *  - the C library wrote the bounds of the stack that it gave a thread into the thread's control
 *    block, and the head of the robust list, whose address the kernel tells, is in that block;
 *  - the kernel names the main stack;
 *  - where the library is another one, the block still stands at the top of the stack, and a guard
 *    below it is the stack's lower end.
 * This holds for running threads, too. A stack pointer by itself proves nothing: it may lie in a
 * heap that holds many a coroutine's stack, in an alternate signal stack, in a stack that clone(2)
 * was handed.
 */

/* Static TLS of usual programs, where it lies above the control block. */
#define TLS_MOST (64u << 10)
/* glibc keeps address space for each arena of malloc(3) up to a multiple of so much. */
#define ARENA_BYTES (64u << 20)

#define ANY_ACCESS (MAPPING_READ | MAPPING_WRITE | MAPPING_EXEC)

struct stack_search {
	const struct memory_map *memory;
	const struct page_map *pages; /* NULL: not read */
	pid_t pid;
	bool all; /* else what was found last holds, but for stack pointers */
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

/* ---- guards -------------------------------------------------------------- */

/* What malloc(3) will grow into is no guard. */
static bool is_arena_reserve(const struct memory_map *m, const struct mapping *v)
{
	const struct mapping *below = v > m->mapping ? v - 1 : NULL;

	return below && below->end == v->start && below->flags & MAPPING_WRITE &&
	       below->start % ARENA_BYTES == 0 && v->end == below->start + ARENA_BYTES;
}

/* The mapping without access that holds address; NULL: another one, or none. */
static const struct mapping *guard_mapping(const struct memory_map *m, uint64_t address)
{
	const struct mapping *v = mapping_at(m, address);

	if (!v || v->flags & (ANY_ACCESS | MAPPING_SHARED) || v->inode || is_arena_reserve(m, v))
		return NULL;
	return v;
}

/* Whether the page at address is guarded by MADV_GUARD_INSTALL, which makes no mapping of it. */
static bool is_guard_page(const struct page_map *p, uint64_t address)
{
	return page_map_known(p) && page_map_entry(p, address) & PAGE_GUARD;
}

/* The end of the guard that begins at address, which it is where there is none. */
static uint64_t guard_end(const struct stack_search *s, uint64_t address)
{
	const struct mapping *v;

	for (;;) {
		if ((v = guard_mapping(s->memory, address)))
			address = v->end;
		else if (is_guard_page(s->pages, address))
			address += s->pages->page_size;
		else
			return address;
	}
}

/* The start of the guard that ends at address, which it is where there is none. */
static uint64_t guard_start(const struct stack_search *s, uint64_t address)
{
	const struct mapping *v;

	for (;;) {
		if ((v = guard_mapping(s->memory, address - 1)))
			address = v->start;
		else if (is_guard_page(s->pages, address - 1))
			address -= s->pages->page_size;
		else
			return address;
	}
}

/*
 * The highest guard below address in its mapping, or the one below that mapping: its end. 0: none
 * that is seen.
 */
static uint64_t guard_below(const struct stack_search *s, const struct mapping *v, uint64_t address)
{
	const struct page_map *p = s->pages;
	uint64_t end = guard_mapping(s->memory, v->start - 1) ? v->start : 0;

	if (!page_map_known(p))
		return end;
	for (size_t i = page_map_first_run(p, v->start); i < p->runs_n; i++) {
		const struct page_run *run = &p->run[i];

		for (size_t j = 0; j < run->n; j++) {
			uint64_t at = run->start + j * p->page_size;

			if (at >= address)
				return end;
			if (at >= v->start && run->entry[j] & PAGE_GUARD)
				end = at + p->page_size;
		}
	}
	return end;
}

/* ---- what was found ------------------------------------------------------ */

static void set_stack(struct thread_self *t, uint64_t start, uint64_t end)
{
	t->stack_start = start;
	t->stack_end = end;
	t->stack_guard_bytes = 0;
	t->stack_guard_known = false;
	t->stack_gap = STACK_NO_GAP;
	t->source[THREAD_STACK] = VALUE_KNOWN;
}

static void set_guard(struct thread_self *t, uint64_t bytes)
{
	t->stack_guard_bytes = bytes;
	t->stack_guard_known = true;
}

static void set_gap(struct thread_self *t, enum stack_gap gap, enum value_state state)
{
	set_stack(t, 0, 0);
	t->stack_gap = (uint8_t)gap;
	t->source[THREAD_STACK] = (uint8_t)state;
}

/* Whether the stack pointer is not known to stand elsewhere than from start to end. */
static bool may_stand(const struct thread_record *t, uint64_t start, uint64_t end)
{
	return !t->call.registers_known ||
	       (t->call.stack_pointer >= start && t->call.stack_pointer < end);
}

/* Guard pages that an earlier read of the pages found, while that stack is in its place. */
static void keep_guard_pages(const struct thread_self *before, struct thread_self *t)
{
	if (!before->stack_guard_known || before->stack_end != t->stack_end ||
		before->stack_start < t->stack_start)
		return;
	t->stack_start = before->stack_start;
	set_guard(t, before->stack_guard_bytes);
}

/* ---- by the library's word ----------------------------------------------- */

/*
 * The program may have made a guard of its own: at the lower end of what it was given (Java does),
 * or below what it gave.
 */
static void find_given_guard(
	const struct stack_search *s, const struct thread_self *before, struct thread_self *t)
{
	uint64_t start = guard_end(s, t->given_start);

	if (start < t->given_end)
		t->stack_start = start;
	if (t->given_guard_bytes) {
		set_guard(t, t->stack_start - t->given_start + t->given_guard_bytes);
		return;
	}
	set_guard(t, t->stack_start - guard_start(s, t->given_start));
	if (t->stack_guard_bytes || page_map_known(s->pages))
		return;
	t->stack_guard_known = false;
	keep_guard_pages(before, t);
}

/* A thread that was given a stack has none but that; the main one may have the kernel's. */
static bool is_found(const struct stack_search *s, const struct thread_self *t)
{
	return !s->all && t->tid != s->pid && t->source[THREAD_STACK] == VALUE_KNOWN;
}

static bool stack_by_library(const struct stack_search *s, struct thread_record *t)
{
	const struct thread_self before = t->self;

	if (!t->self.given_end || !may_stand(t, t->self.given_start, t->self.given_end))
		return false;
	if (is_found(s, &t->self))
		return true;
	set_stack(&t->self, t->self.given_start, t->self.given_end);
	find_given_guard(s, &before, &t->self);
	return true;
}

/* ---- by the kernel's name ------------------------------------------------ */

static const struct mapping *named_stack(const struct memory_map *m)
{
	for (size_t i = m->n; i-- > 0;)
		if (m->mapping[i].kind == MAPPING_STACK)
			return &m->mapping[i];
	return NULL;
}

/*
 * All parts of the main stack, from `top` downwards, which mprotect(2) parts. One without access is
 * its guard, unless the stack pointer is below that.
 */
static bool stack_of_main(const struct stack_search *s, struct thread_record *t)
{
	const struct mapping *top = named_stack(s->memory), *v = top, *below;
	uint64_t guard = 0;

	for (; v && v > s->memory->mapping; v = below) {
		below = v - 1;
		if (below->end != v->start)
			break;
		if (guard_mapping(s->memory, below->start) && may_stand(t, v->start, top->end)) {
			guard = below->end - below->start;
			break;
		}
		if (below->kind != MAPPING_STACK && below->kind != MAPPING_GUARD)
			break;
	}
	if (!v || !may_stand(t, v->start, top->end))
		return false;
	set_stack(&t->self, v->start, top->end);
	if (guard)
		set_guard(&t->self, guard);
	return true;
}

/* ---- by the block -------------------------------------------------------- */

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

static bool stack_by_block(const struct stack_search *s, struct thread_record *t)
{
	uint64_t block = t->self.robust_list, start;
	const struct mapping *v = mapping_at(s->memory, block);
	const struct thread_self before = t->self;

	if (t->self.given_end || !v || !is_stack_like(v) || !may_stand(t, v->start, block))
		return false;
	start = guard_below(s, v, page_floor(block));
	set_stack(&t->self, start ? start : v->start, block_top(v, block));
	if (start)
		set_guard(&t->self, start - guard_start(s, start));
	else
		keep_guard_pages(&before, &t->self);
	return t->self.stack_guard_known && may_stand(t, t->self.stack_start, block);
}

/* ---- all of them --------------------------------------------------------- */

/* Whether it was given a stack that is known, by its library or the kernel. */
static bool is_given(const struct stack_search *s, const struct thread_self *t)
{
	return t->given_end || (t->tid == s->pid && named_stack(s->memory));
}

/* Why no stack was found: what was not read, or that what was read proves none. */
static void set_reason(const struct stack_search *s, struct thread_record *t)
{
	enum value_state state = t->self.source[THREAD_SYSCALL];

	if (!value_state_has_value(state))
		set_gap(&t->self, STACK_NO_GAP, state);
	else if (t->call.registers_known)
		set_gap(&t->self, is_given(s, &t->self) ? STACK_ELSEWHERE : STACK_UNPROVEN,
			VALUE_UNSUPPORTED);
	else
		set_gap(&t->self, t->call.running ? STACK_RUNS : STACK_NONE, VALUE_NONE);
}

/*
 * The library first: the main thread of a child that a thread forked is on that thread's stack. Its
 * control block is in memory of the loader else.
 */
static void find_stack(const struct stack_search *s, struct thread_record *t)
{
	bool main = t->self.tid == s->pid;

	if (t->run.state == 'Z' || t->run.state == 'X') {
		set_gap(&t->self, STACK_LEFT, VALUE_NONE);
		return;
	}
	if (stack_by_library(s, t) || (main && stack_of_main(s, t)))
		return;
	if ((!main || t->call.registers_known) && stack_by_block(s, t))
		return;
	set_reason(s, t);
}

/* Whether the stack may be elsewhere than it was found last. */
static bool is_touched(const struct thread_kept *k)
{
	return k->touched & (1u << THREAD_GROUP_CALL | 1u << THREAD_GROUP_SELF);
}

void thread_stacks_find(const struct thread_kepts *threads, pid_t pid,
	const struct memory_map *memory, const struct page_map *pages, bool all)
{
	const struct stack_search s = {.memory = memory, .pages = pages, .pid = pid, .all = all};

	for (size_t i = 0; i < threads->n; i++) {
		struct thread_kept *k = threads->item[i];

		if (!all && !is_touched(k))
			continue;
		find_stack(&s, &k->now);
		k->touched |= 1u << THREAD_GROUP_SELF;
	}
}
