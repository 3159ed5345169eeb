/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/marks.h"

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"

struct search {
	const struct memory_map *memory;
	VEC(struct mapping_mark) mark; /* in the order in which they were found */
	uint8_t *marked;	       /* by mapping */
	uint64_t *stack_bytes;	       /* of each mapping that are stacks and their guards */
};

static void add(struct search *s, size_t mapping, enum mapping_kind kind, pid_t owner_tid)
{
	s->marked[mapping] = true;
	VEC_PUSH(&s->mark, (struct mapping_mark){mapping, kind, owner_tid});
}

/* A thread's stack with its guard; no bytes: it has none that is known. */
struct range {
	uint64_t start, end;
};

/* The stack that it is on, else the one that it was given: it may be on a coroutine's now. */
static struct range stack_of(const struct thread *t)
{
	const struct thread_self *self = t->self;

	if (value_state_has_value(thread_source_state(t, THREAD_STACK)))
		return (struct range){self->stack_start - self->stack_guard_bytes, self->stack_end};
	return (struct range){self->given_start - self->given_guard_bytes, self->given_end};
}

/* Index of the first mapping of a range, or the number of mappings. */
static size_t first_of(const struct search *s, struct range r)
{
	ptrdiff_t i = r.start < r.end ? memory_find(s->memory, r.start) : -1;

	return i < 0 ? s->memory->n : (size_t)i;
}

static bool reaches(const struct search *s, size_t i, struct range r)
{
	return i < s->memory->n && s->memory->mapping[i].start < r.end;
}

static void count_stack(struct search *s, struct range r)
{
	for (size_t i = first_of(s, r); reaches(s, i, r); i++) {
		const struct mapping *v = &s->memory->mapping[i];
		uint64_t start = v->start > r.start ? v->start : r.start;

		s->stack_bytes[i] += (v->end < r.end ? v->end : r.end) - start;
	}
}

/* What a stack makes of a mapping that it lies in; a heap or arena stays one, whatever is in it. */
static enum mapping_kind kind_with_stack(const struct search *s, size_t i)
{
	const struct mapping *v = &s->memory->mapping[i];

	if (v->owner_tid || s->stack_bytes[i] < (v->end - v->start) / 2)
		return v->kind;
	switch (v->kind) {
	case MAPPING_ANONYMOUS:
	case MAPPING_BSS:
		return MAPPING_THREAD_STACK;
	case MAPPING_RESERVED:
		return MAPPING_GUARD;
	default:
		return v->kind;
	}
}

/* Whether a name says another thread's; it may say this one's as the thread counts itself. */
static bool is_anothers(const struct mapping *v, const struct thread_self *t)
{
	return v->owner_tid && v->owner_tid != t->inner_tid;
}

static void mark_stack(struct search *s, struct range r, const struct thread_self *t)
{
	for (size_t i = first_of(s, r); reaches(s, i, r); i++) {
		enum mapping_kind kind = kind_with_stack(s, i);

		if (!s->marked[i] && !is_anothers(&s->memory->mapping[i], t) &&
			(kind == MAPPING_THREAD_STACK || kind == MAPPING_GUARD))
			add(s, i, kind, t->tid);
	}
}

/*
 * The C library names a stack by the TID that its own PID namespace counts: where that is not
 * /proc's, a name that no living thread goes by says nothing.
 */
static void disown_names(struct search *s, const struct thread_list *threads)
{
	if (!threads->n || !thread_self_at(threads, 0)->inner_tid)
		return;
	for (size_t i = 0; i < s->memory->n; i++)
		if (s->memory->mapping[i].owner_tid && !s->marked[i])
			add(s, i, s->memory->mapping[i].kind, 0);
}

static void mark_all(struct search *s, const struct thread_list *threads)
{
	for (size_t i = 0; i < s->memory->n; i++)
		if (s->memory->mapping[i].kind == MAPPING_STACK && threads->n)
			add(s, i, MAPPING_STACK, thread_self_at(threads, 0)->tid);
	for (size_t i = 0; i < threads->n; i++) {
		const struct thread t = thread_at(threads, i);

		count_stack(s, stack_of(&t));
	}
	for (size_t i = 0; i < threads->n; i++) {
		const struct thread t = thread_at(threads, i);

		mark_stack(s, stack_of(&t), t.self);
	}
	disown_names(s, threads);
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
	s.stack_bytes = mem_alloc((memory->n + 1) * sizeof *s.stack_bytes);
	mark_all(&s, threads);
	if (s.mark.n) {
		qsort(s.mark.item, s.mark.n, sizeof *s.mark.item, by_mapping);
		found = is_as_before(&s, before) ? part_get(before) : make(&s, cpu_ns);
	}
	VEC_FREE(&s.mark);
	free(s.stack_bytes);
	free(s.marked);
	return found;
}
