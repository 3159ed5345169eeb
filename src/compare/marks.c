/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/marks.h"

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"

struct search {
	const struct memory_map *memory;
	VEC(struct mapping_mark) mark; /* in the order in which they were found */
	uint8_t *marked;	       /* by mapping */
};

static void add(struct search *s, size_t mapping, enum mapping_kind kind, pid_t owner_tid)
{
	s->marked[mapping] = true;
	VEC_PUSH(&s->mark, (struct mapping_mark){mapping, kind, owner_tid});
}

/* The stack of tid lies at address: its mapping, and the guard below. */
static void mark_stack(struct search *s, uint64_t address, pid_t tid)
{
	ptrdiff_t i = memory_find(s->memory, address);
	const struct mapping *v;
	enum mapping_kind kind;

	if (i < 0 || s->marked[i])
		return;
	v = &s->memory->mapping[i];
	kind = v->kind;
	if (kind == MAPPING_ANONYMOUS || kind == MAPPING_BSS)
		kind = MAPPING_THREAD_STACK;
	if ((kind != MAPPING_THREAD_STACK && kind != MAPPING_STACK) || v->owner_tid)
		return;
	add(s, (size_t)i, kind, tid);
	if (kind == MAPPING_STACK || !i || v[-1].end != v->start)
		return;
	if (v[-1].kind == MAPPING_GUARD && !s->marked[i - 1])
		add(s, (size_t)i - 1, MAPPING_GUARD, tid);
}

/*
 * An address in the stack that a thread was given: where its control block lies,
 * or its SP where a guard says that the mapping is a stack. 0: a coroutine's
 * stack somewhere in a heap makes no stack of that heap.
 */
static uint64_t stack_address(const struct thread_self *t, bool is_main)
{
	bool block_in_stack = t->robust_list >= t->stack_start && t->robust_list < t->stack_end;

	if (block_in_stack)
		return t->robust_list;
	if (t->robust_list && !is_main)
		return t->robust_list;
	return is_main || t->stack_guard_known ? t->stack_start : 0;
}

static void mark_all(struct search *s, const struct thread_list *threads)
{
	for (size_t i = 0; i < s->memory->n; i++)
		if (s->memory->mapping[i].kind == MAPPING_STACK && threads->n)
			add(s, i, MAPPING_STACK, thread_self_at(threads, 0)->tid);
	for (size_t i = 0; i < threads->n; i++) {
		const struct thread t = thread_at(threads, i);
		uint64_t address = stack_address(t.self, i == 0);

		if (address && value_state_has_value(thread_source_state(&t, THREAD_STACK)))
			mark_stack(s, address, t.self->tid);
	}
}

static int by_mapping(const void *x, const void *y)
{
	const struct mapping_mark *a = x, *b = y;

	return a->mapping < b->mapping ? -1 : a->mapping > b->mapping;
}

static bool is_as_before(const struct search *s, const struct mapping_marks *before)
{
	if (!before || before->memory != s->memory || before->n != s->mark.n)
		return false;
	for (size_t i = 0; i < before->n; i++)
		if (before->mark[i].mapping != s->mark.item[i].mapping ||
			before->mark[i].kind != s->mark.item[i].kind ||
			before->mark[i].owner_tid != s->mark.item[i].owner_tid)
			return false;
	return true;
}

static const struct mapping_marks *make(const struct search *s, uint64_t cpu_ns)
{
	struct mapping_marks *m = part_make(PART_MARKS);

	m->memory = part_get(s->memory);
	m->n = s->mark.n;
	m->mark = (void *)arena_copy(&m->part.arena, s->mark.item, m->n * sizeof *m->mark);
	part_seal(&m->part, cpu_ns, 0);
	return m;
}

const struct mapping_marks *marks_find(const struct memory_map *memory,
	const struct thread_list *threads, const struct mapping_marks *before)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct search s = {.memory = memory};
	const struct mapping_marks *found = NULL;

	if (!memory || !threads)
		return NULL;
	s.marked = mem_alloc(memory->n + 1);
	mark_all(&s, threads);
	if (s.mark.n) {
		qsort(s.mark.item, s.mark.n, sizeof *s.mark.item, by_mapping);
		found = is_as_before(&s, before) ? part_get(before) : make(&s, cpu_ns);
	}
	VEC_FREE(&s.mark);
	free(s.marked);
	return found;
}
