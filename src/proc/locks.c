/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/locks.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>

#include "threads_internal.h"
#include "twintop/base/arena.h"
#include "twintop/model/names.h"
#include "twintop/proc/helper.h"

/* Newer than the installed headers may be; one number in every table but alpha's. */
#define NUMBER_FUTEX_WAITV 449
#define NUMBER_FUTEX_WAIT  455
#define OP_LOCK_PI2	   13

enum futex_call { CALL_OTHER, CALL_FUTEX, CALL_FUTEX_WAIT, CALL_FUTEX_WAITV };

enum wait_form {
	FORM_NONE,
	FORM_WAIT, /* the word holds what the C library made of it */
	FORM_PI,   /* the word holds the owner's TID by contract with the kernel */
	FORM_VECTOR,
	FORM_OTHER /* a word that has no owner: a condition variable about to be requeued */
};

/* A lock as it was read: glibc's mutex has its owner in the third word. */
struct lock {
	uint64_t address;
	uint32_t word[3];
	bool read;
	enum value_state unread; /* why it was not, where it was tried */
};

/* A thread that waits. Those beside each other often wait for one lock. */
struct waiter {
	struct thread_kept *thread;
	enum wait_form form;
	uint64_t address;
	uint32_t expected; /* the value that the word had when it went to wait */
	bool is_public;	   /* others than its process may wait there, too */
	size_t lock;	   /* its index */
};

static enum wait_form form_of_op(uint64_t op)
{
	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		return FORM_WAIT;
	case FUTEX_LOCK_PI:
	case OP_LOCK_PI2:
		return FORM_PI;
	case FUTEX_WAIT_REQUEUE_PI:
		return FORM_OTHER;
	}
	return FORM_NONE;
}

/* By the table of the thread's own: native tables may lack the newer two. */
static enum futex_call futex_call(const struct thread_call *t)
{
	const char *name = t->syscall_name;

	if (name && (!strcmp(name, "futex") || !strcmp(name, "futex_time64")))
		return CALL_FUTEX;
	if (t->syscall_abi == SYSCALL_ABI_UNKNOWN)
		return CALL_OTHER;
	if ((t->syscall_number & ~SYSCALL_X32_NUMBERS) == NUMBER_FUTEX_WAIT)
		return CALL_FUTEX_WAIT;
	return (t->syscall_number & ~SYSCALL_X32_NUMBERS) == NUMBER_FUTEX_WAITV ? CALL_FUTEX_WAITV
										: CALL_OTHER;
}

static bool find_waiter(struct thread_kept *k, struct waiter *w)
{
	const struct thread_call *t = &k->now.call;

	*w = (struct waiter){.thread = k, .address = t->syscall_arg[0]};
	if (!value_state_has_value((enum value_state)k->now.self.source[THREAD_SYSCALL]) ||
		t->running)
		return false;
	switch (futex_call(t)) {
	case CALL_FUTEX:
		w->form = form_of_op(t->syscall_arg[1]);
		w->is_public = !(t->syscall_arg[1] & FUTEX_PRIVATE_FLAG);
		w->expected = (uint32_t)t->syscall_arg[2];
		break;
	case CALL_FUTEX_WAIT:
		w->form = FORM_WAIT;
		w->is_public = !(t->syscall_arg[3] & FUTEX_PRIVATE_FLAG);
		w->expected = (uint32_t)t->syscall_arg[1];
		break;
	case CALL_FUTEX_WAITV:
		w->form = FORM_VECTOR;
		break;
	case CALL_OTHER:
		break;
	}
	return w->form != FORM_NONE;
}

/* struct futex_waitv of linux/futex.h: the first of the words that are waited on. */
static int read_vectors(const struct lock_world *world, struct waiter *w, size_t n)
{
	struct vector {
		uint64_t value, address;
	} *first = mem_alloc((n + 1) * sizeof *first);
	struct helper_range *range = mem_alloc((n + 1) * sizeof *range);
	size_t vectors = 0;
	int error = 0;

	for (size_t i = 0; i < n; i++)
		if (w[i].form == FORM_VECTOR) {
			range[vectors] = (struct helper_range){
				w[i].address, &first[vectors], sizeof *first, false, false};
			vectors++;
		}
	if (world->may_read)
		error = helper_read_memory(world->root, world->pid, range, vectors);
	vectors = 0;
	for (size_t i = 0; i < n; i++)
		if (w[i].form == FORM_VECTOR) {
			w[i].address = range[vectors].read ? first[vectors].address : 0;
			w[i].form = FORM_OTHER;
			vectors++;
		}
	free(first);
	free(range);
	return error;
}

static int read_locks(const struct lock_world *world, struct lock *l, size_t n)
{
	struct helper_range *range = mem_alloc((n + 1) * sizeof *range);
	int error;

	for (size_t i = 0; i < n; i++)
		range[i] = (struct helper_range){
			l[i].address, l[i].word, sizeof l->word, false, false};
	error = helper_read_memory(world->root, world->pid, range, n);
	for (size_t i = 0; i < n; i++) {
		l[i].read = range[i].read;
		l[i].unread = range[i].absent ? VALUE_FAILED_ABSENT : VALUE_FAILED_ADDRESS;
	}
	free(range);
	return error;
}

/* The process's threads by the numbers that lock words know them by. */
static void take_own(const struct thread_kepts *threads, struct nspid_set *own)
{
	bool apart = threads->n && threads->item[0]->now.self.inner_tid;

	own->n = 0;
	for (size_t i = 0; i < threads->n; i++) {
		const struct thread_self *t = &threads->item[i]->now.self;

		if (t->inner_tid || !apart)
			nspid_set_add(own, (struct nspid){apart ? t->inner_tid : t->tid, t->tid});
	}
	nspid_set_sort(own);
}

/* The live thread that a word means by that number; 0: none, or one of two. */
static uint32_t owner_of(const struct lock_world *world, const struct waiter *w, uint32_t inner)
{
	pid_t own = inner ? nspid_set_find(world->own, (pid_t)inner) : 0;
	pid_t other = inner && w->is_public && world->elsewhere
			      ? world->elsewhere(world->context, (pid_t)inner)
			      : 0;

	return (uint32_t)(own && other ? 0 : own ? own : other);
}

/* What a thread waits for, as it is known now. */
static void set_wait(struct thread_kept *k, enum wait_kind kind, uint64_t address, uint32_t owner,
	enum value_state state)
{
	struct thread_call *call = &k->now.call;

	if (call->wait_kind == kind && call->wait_address == address &&
		call->wait_owner == (pid_t)owner && call->wait_state == state)
		return;
	call->wait_kind = kind;
	call->wait_address = address;
	call->wait_owner = (pid_t)owner;
	call->wait_state = (uint8_t)state;
	k->touched |= 1u << THREAD_GROUP_CALL;
}

/*
 * Whether the word is where the C library keeps the thread's own TID, which the kernel clears when
 * it ends (CLONE_CHILD_CLEARTID): in glibc's struct pthread it lies two words before the head of
 * the robust list. Other words that hold a TID are locks of programs' own making.
 */
static bool is_own_tid(uint64_t address, uint32_t tid)
{
	uint64_t robust_list;

	return !thread_robust_list((pid_t)tid, &robust_list) && robust_list &&
	       address == robust_list - 2 * sizeof(uint64_t);
}

/*
 * glibc: a contended mutex's word is 2, a robust one's its owner with the
 * waiters bit (musl's typed mutexes too), and pthread_join waits on the TID
 * itself. What the word is no longer, is not waited for any more.
 */
static enum wait_kind decode_wait(const struct lock_world *world, const struct waiter *w,
	const struct lock *lock, uint32_t *ret_owner)
{
	uint32_t word = lock->word[0], owner;

	if (!lock->read || word != w->expected)
		return WAIT_FUTEX;
	if (word == 2 || word & FUTEX_WAITERS)
		*ret_owner = owner_of(world, w, word == 2 ? lock->word[2] : word & FUTEX_TID_MASK);
	if (*ret_owner)
		return WAIT_MUTEX;
	owner = (uint32_t)nspid_set_find(world->own, (pid_t)word);
	if (!owner || owner == (uint32_t)w->thread->now.self.tid || !is_own_tid(w->address, owner))
		return WAIT_FUTEX;
	*ret_owner = owner;
	return WAIT_JOIN;
}

static void decode(const struct lock_world *world, const struct waiter *w, const struct lock *lock)
{
	uint32_t owner = 0;
	enum wait_kind kind = WAIT_FUTEX;
	bool needs_word = w->form == FORM_PI || w->form == FORM_WAIT;

	if (w->form == FORM_PI) {
		kind = WAIT_PI_MUTEX;
		if (lock->read)
			owner = owner_of(world, w, lock->word[0] & FUTEX_TID_MASK);
	} else if (w->form == FORM_WAIT) {
		kind = decode_wait(world, w, lock, &owner);
	}
	set_wait(w->thread, kind, w->address, owner,
		needs_word && !lock->read ? lock->unread : VALUE_KNOWN);
}

/* The locks that n waiters wait for; returns how many. */
static size_t find_locks(struct waiter *w, size_t n, struct lock *l)
{
	size_t locks = 0;

	for (size_t i = 0; i < n; i++) {
		if (!locks || l[locks - 1].address != w[i].address)
			l[locks++] = (struct lock){.address = w[i].address};
		w[i].lock = locks - 1;
	}
	return locks;
}

int locks_decode(const struct thread_kepts *threads, const struct lock_world *world)
{
	struct waiter *w = mem_alloc((threads->n + 1) * sizeof *w);
	struct lock *lock = mem_alloc((threads->n + 1) * sizeof *lock);
	size_t n = 0, locks;
	int error;

	for (size_t i = 0; i < threads->n; i++)
		if (find_waiter(threads->item[i], &w[n]))
			n++;
		else
			set_wait(threads->item[i], WAIT_NOTHING, 0, 0, VALUE_KNOWN);
	error = read_vectors(world, w, n);
	locks = find_locks(w, n, lock);
	if (world->may_read && !error)
		error = read_locks(world, lock, locks);
	if (n)
		take_own(threads, world->own);
	for (size_t i = 0; i < n; i++)
		decode(world, &w[i], &lock[w[i].lock]);
	free(w);
	free(lock);
	return error;
}
