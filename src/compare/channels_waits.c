/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels that show in what threads wait for: System V queues and semaphores, shared futexes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "channels_internal.h"

/* ---- System V queues and semaphores -------------------------------------- */

enum operation { OPERATION_SEND, OPERATION_RECEIVE, OPERATION_SEMAPHORE, OPERATIONS };

/* The System V objects that a side's threads are blocked on, by what they do there. */
struct blocked {
	VEC(int64_t) id[OPERATIONS];
};

/* The operation of a system call on an object that its first argument names; OPERATIONS: none. */
static enum operation operation_of(const char *call)
{
	static const struct {
		const char *name;
		enum operation operation;
	} table[] = {{"msgsnd", OPERATION_SEND}, {"msgrcv", OPERATION_RECEIVE},
		{"semop", OPERATION_SEMAPHORE}, {"semtimedop", OPERATION_SEMAPHORE}};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!strcmp(call, table[i].name))
			return table[i].operation;
	return OPERATIONS;
}

/* Whether the moment tells what it is blocked in. */
static bool has_call(const struct thread *t)
{
	return value_state_has_value(thread_source_state(t, THREAD_SYSCALL));
}

static int compare_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* One look at each thread, however many objects there are; each then finds its own by number. */
static void collect_blocked(const struct side *side, struct blocked *out)
{
	const struct thread_list *list = side->threads;

	for (size_t i = 0; list && i < list->n; i++) {
		const struct thread t = thread_at(list, i);
		enum operation operation = t.call->syscall_name && !t.call->running && has_call(&t)
						   ? operation_of(t.call->syscall_name)
						   : OPERATIONS;

		if (operation < OPERATIONS)
			VEC_PUSH(&out->id[operation], (int64_t)t.call->syscall_arg[0]);
	}
	for (int i = 0; i < OPERATIONS; i++)
		if (out->id[i].n)
			qsort(out->id[i].item, out->id[i].n, sizeof *out->id[i].item, compare_id);
}

static void blocked_free(struct blocked *b)
{
	for (int i = 0; i < OPERATIONS; i++)
		VEC_FREE(&b->id[i]);
}

static bool is_blocked(const struct blocked *b, enum operation operation, int64_t id)
{
	return b->id[operation].n &&
	       bsearch(&id, b->id[operation].item, b->id[operation].n, sizeof id, compare_id);
}

static void add_queue(
	struct channel_search *s, const struct blocked blocked[2], const struct ipc_queue *q)
{
	pid_t a = s->a->id.pid, b = s->b->id.pid;
	enum channel_direction direction;
	struct channel c;

	if (!channel_direction_of(
		    q->last_sender == a || is_blocked(&blocked[0], OPERATION_SEND, q->id),
		    q->last_receiver == a || is_blocked(&blocked[0], OPERATION_RECEIVE, q->id),
		    q->last_sender == b || is_blocked(&blocked[1], OPERATION_SEND, q->id),
		    q->last_receiver == b || is_blocked(&blocked[1], OPERATION_RECEIVE, q->id),
		    &direction))
		return;
	c = channel_make("sysv_queue", direction);
	c.detail = arena_printf(s->arena,
		"msqid %" PRId64 ", key 0x%08" PRIx32 ", %" PRIu64 " messages", q->id,
		(uint32_t)q->key, q->messages);
	for (int i = 0; i < 2; i++)
		if (direction == CHANNEL_BOTH ||
			direction == (i ? CHANNEL_A_TO_B : CHANNEL_B_TO_A)) {
			c.waiting_state[i] = VALUE_KNOWN;
			c.waiting_bytes[i] = q->bytes;
		}
	VEC_PUSH(s->list, c);
}

static bool operates(
	const struct side *side, const struct blocked *blocked, const struct ipc_semaphores *set)
{
	for (int i = 0; i < IPC_SEMAPHORES_TOLD; i++)
		if (set->last[i] == side->id.pid)
			return true;
	return is_blocked(blocked, OPERATION_SEMAPHORE, set->id);
}

static void add_semaphores(
	struct channel_search *s, const struct blocked blocked[2], const struct ipc_semaphores *set)
{
	struct channel c;

	if (!operates(s->a, &blocked[0], set) || !operates(s->b, &blocked[1], set))
		return;
	c = channel_make("sysv_semaphores", CHANNEL_BOTH);
	c.detail = arena_printf(s->arena,
		"semid %" PRId64 ", key 0x%08" PRIx32 ", %" PRIu64 " in the set", set->id,
		(uint32_t)set->key, set->n);
	VEC_PUSH(s->list, c);
}

void channels_find_sysv(struct channel_search *s)
{
	const struct ipc_state *ipc = s->snapshot->ipc;
	struct blocked blocked[2] = {0};

	if (!ipc || !(ipc->queues_n || ipc->semaphores_n))
		return;
	/* Elsewhere the same id is another object. */
	if (ipc_is_of(ipc, s->a))
		collect_blocked(s->a, &blocked[0]);
	if (ipc_is_of(ipc, s->b))
		collect_blocked(s->b, &blocked[1]);
	for (size_t i = 0; i < ipc->queues_n; i++)
		add_queue(s, blocked, &ipc->queue[i]);
	for (size_t i = 0; i < ipc->semaphores_n; i++)
		add_semaphores(s, blocked, &ipc->semaphores[i]);
	blocked_free(&blocked[0]);
	blocked_free(&blocked[1]);
}

/* ---- futexes ------------------------------------------------------------- */

#define FUTEX_PRIVATE_BIT 128u

/* Whether the thread waits on a word that others than its process may see. */
static bool waits_in_public(const struct thread_call *t)
{
	const char *name = t->syscall_name;
	bool has_bit = name && (!strcmp(name, "futex") || !strcmp(name, "futex_time64"));

	return t->wait_kind != WAIT_NOTHING && !(has_bit && t->syscall_arg[1] & FUTEX_PRIVATE_BIT);
}

/* Which of a side's mappings are shared memory of both; NULL: none is. Free it. */
static bool *shared_mappings(const struct channel_search *s, unsigned side)
{
	const struct memory_map *m = side ? s->b->memory : s->a->memory;
	const struct verdicts *v = s->pair->verdicts;
	bool *shared;

	if (!v->shared_n)
		return NULL;
	shared = mem_alloc(m->n * sizeof *shared);
	for (size_t i = 0; i < v->shared_n; i++)
		shared[side ? v->shared[i]->b : v->shared[i]->a] = true;
	return shared;
}

static void add_waiters(struct channel_search *s, unsigned side, const bool *shared)
{
	const struct side *at = side ? s->b : s->a;
	const struct thread_list *list = at->threads;

	for (size_t k = 0; list && k < list->n; k++) {
		const struct thread t = thread_at(list, k);
		struct channel c;
		ptrdiff_t i;

		if (!has_call(&t) || !waits_in_public(t.call))
			continue;
		i = memory_find(at->memory, t.call->wait_address);
		if (i < 0 || !shared[i])
			continue;
		c = channel_make("futex", side ? CHANNEL_A_TO_B : CHANNEL_B_TO_A);
		c.detail = arena_printf(s->arena, "%c's thread %d waits on 0x%" PRIx64,
			side ? 'B' : 'A', (int)t.self->tid, t.call->wait_address);
		VEC_PUSH(s->list, c);
	}
}

void channels_find_futexes(struct channel_search *s)
{
	for (unsigned side = 0; side < 2 && !s->pair->one_space; side++) {
		bool *shared = shared_mappings(s, side);

		if (shared)
			add_waiters(s, side, shared);
		free(shared);
	}
}
