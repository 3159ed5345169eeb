/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/thread.h"

#include <string.h>

#include "twintop/base/table.h"

const size_t thread_group_bytes[THREAD_GROUPS] = {
	[THREAD_GROUP_RUN] = sizeof(struct thread_run),
	[THREAD_GROUP_SPENT] = sizeof(struct thread_spent),
	[THREAD_GROUP_CALL] = sizeof(struct thread_call),
	[THREAD_GROUP_SELF] = sizeof(struct thread_self),
};

const char *stack_gap_reason(enum stack_gap gap)
{
	static const char *const reason[] = {
		[STACK_NONE] = "it has no stack in user space",
		[STACK_LEFT] = THREAD_LEFT,
		[STACK_RUNS] = THREAD_RUNS,
		[STACK_ELSEWHERE] =
			"its stack pointer is not in the stack that it was given: it is on an "
			"alternate signal stack, a coroutine's or another of the program's own, "
			"whose bounds nothing tells",
		[STACK_UNPROVEN] = "nothing proves the bounds of what its stack pointer is in: no "
				   "[stack], no C library's control block, no guard below one",
		[STACK_UNTOLD] = VALUE_UNTOLD_WORDS,
	};
	TABLE_ROWS(reason, STACK_GAPS);

	return gap < STACK_GAPS ? reason[gap] : NULL;
}

void thread_set_name(struct thread_self *self, struct text name)
{
	self->name_len = (uint8_t)(name.len < THREAD_NAME_MOST ? name.len : THREAD_NAME_MOST);
	memset(self->name, 0, sizeof self->name);
	if (self->name_len)
		memcpy(self->name, name.bytes, self->name_len);
}

ptrdiff_t thread_find(const struct thread_list *list, pid_t tid)
{
	size_t low = 1, high = list ? list->n : 0;

	if (high && thread_self_at(list, 0)->tid == tid)
		return 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		pid_t at = thread_self_at(list, mid)->tid;

		if (at == tid)
			return (ptrdiff_t)mid;
		if (at < tid)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}

static bool same_records(
	const struct thread_list *a, const struct thread_list *b, enum thread_group group)
{
	return a->seats && a->seats == b->seats &&
	       !memcmp(a->group[group], b->group[group],
		       a->seats->layout.chunks * sizeof(const struct chunk *));
}

bool thread_list_same_selves(const struct thread_list *a, const struct thread_list *b)
{
	return !memcmp(a->source, b->source, sizeof a->source) &&
	       same_records(a, b, THREAD_GROUP_SELF);
}

bool thread_list_same_stacks(const struct thread_list *a, const struct thread_list *b)
{
	enum value_state of_a = a->source[THREAD_STACK], of_b = b->source[THREAD_STACK];

	return (of_a == of_b || (value_state_has_value(of_a) && value_state_has_value(of_b))) &&
	       same_records(a, b, THREAD_GROUP_SELF);
}

/* ---- making -------------------------------------------------------------- */

const struct thread_seats *thread_seats_new(const uint32_t *sizes, size_t chunks)
{
	struct thread_seats *s = part_new(sizeof *s);

	s->layout.chunks = chunks;
	s->layout.first = arena_array(&s->part.arena, chunks + 1, sizeof *s->layout.first);
	for (size_t i = 0; i < chunks; i++)
		s->layout.first[i + 1] = s->layout.first[i] + sizes[i];
	return s;
}

void thread_list_seat(struct thread_list *list, const struct thread_seats *seats)
{
	size_t chunks = seats->layout.chunks;

	list->signals_state = VALUE_UNREAD;
	list->seats = seats;
	list->n = seats->layout.first[chunks];
	for (unsigned g = 0; g < THREAD_GROUPS; g++)
		list->group[g] =
			arena_array(&list->part.arena, chunks, sizeof(const struct chunk *));
	list->window = arena_array(&list->part.arena, chunks, sizeof *list->window);
}

void thread_list_fill(struct thread_list *list, const struct thread_record *record, size_t n)
{
	size_t chunks = (n + CHUNK_RECORDS - 1) / CHUNK_RECORDS;
	uint32_t *sizes = arena_array(&list->part.arena, chunks, sizeof *sizes);
	const void *at[CHUNK_RECORDS];

	for (size_t c = 0; c < chunks; c++)
		sizes[c] = (uint32_t)(c + 1 < chunks ? CHUNK_RECORDS : n - c * CHUNK_RECORDS);
	thread_list_seat(list, thread_seats_new(sizes, chunks));
	for (size_t c = 0; c < chunks; c++)
		for (unsigned g = 0; g < THREAD_GROUPS; g++) {
			for (unsigned i = 0; i < sizes[c]; i++)
				at[i] = thread_record_group(
					&record[c * CHUNK_RECORDS + i], (enum thread_group)g);
			list->group[g][c] = chunk_new(thread_group_bytes[g], at, sizes[c]);
		}
}

void thread_list_release(void *part)
{
	struct thread_list *list = part;

	for (unsigned g = 0; list->seats && g < THREAD_GROUPS; g++)
		for (size_t c = 0; c < list->seats->layout.chunks; c++)
			chunk_put(list->group[g][c]);
	part_put(list->seats);
	part_put(list->signals);
	part_put(list->texts);
}

size_t thread_list_bytes(const void *now, const void *before)
{
	const struct thread_list *a = now, *b = before;
	size_t sum = a->part.arena.held_bytes;

	for (unsigned g = 0; a->seats && g < THREAD_GROUPS; g++)
		sum += chunk_own_bytes(a->group[g], a->seats->layout.chunks,
			b && b->seats ? b->group[g] : NULL,
			b && b->seats ? b->seats->layout.chunks : 0);
	if (a->seats && (!b || a->seats != b->seats))
		sum += a->seats->part.arena.held_bytes;
	if (a->signals && (!b || a->signals != b->signals))
		sum += a->signals->part.arena.held_bytes;
	return sum;
}

/* ---- signals ------------------------------------------------------------- */

static void count_pending(struct thread_signals *s, uint64_t mask)
{
	for (; mask; mask &= mask - 1)
		s->pending_in[__builtin_ctzll(mask)]++;
}

static void count_blocked(struct thread_signals *s, const struct thread_self *self)
{
	for (uint64_t mask = self->signals_blocked; mask; mask &= mask - 1) {
		int i = __builtin_ctzll(mask);

		if (s->blocked_by[i] < SIGNAL_BLOCKERS)
			s->blocker[i][s->blocked_by[i]] = self->tid;
		s->blocked_by[i]++;
	}
}

void thread_list_count(struct thread_list *list, const struct thread_list *last)
{
	struct thread_signals *s;

	if (list->n && last && thread_list_same_selves(list, last)) {
		list->signals_state = last->signals_state;
		list->signals = part_get(last->signals);
		return;
	}
	list->signals_state = list->n ? VALUE_KNOWN : VALUE_UNREAD;
	if (list->n && list->source[THREAD_STATUS] != VALUE_KNOWN)
		list->signals_state = (enum value_state)list->source[THREAD_STATUS];
	if (!value_state_has_value(list->signals_state))
		return;
	s = part_new(sizeof *s);
	list->signals = s;
	for (size_t i = 0; i < list->n; i++) {
		const struct thread_self *self = thread_self_at(list, i);

		if (!value_state_has_value(self->source[THREAD_STATUS])) {
			list->signals_state = (enum value_state)self->source[THREAD_STATUS];
			list->signals = NULL;
			part_put(s);
			return;
		}
		count_blocked(s, self);
		count_pending(s, self->signals_pending);
	}
}
