/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/locks.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>

#include "threads_internal.h"
#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/model/names.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/lock_words.h"

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

/* What glibc's mutex has in its first three words, its owner in the third. */
#define WORDS_FIRST 3

/* A lock as it was read. */
struct lock {
	uint64_t address;
	struct lock_words words; /* of which the first WORDS_FIRST are read at each look */
	bool wanted;		 /* the others, too */
	size_t ranges;		 /* that they are read in */
	bool read;
	enum value_state unread; /* why it was not, where it was tried */
	size_t waiters;		 /* threads of the process */
};

/* A thread that waits. Those beside each other often wait for one lock. */
struct waiter {
	struct thread_kept *thread;
	enum wait_form form;
	uint64_t address;
	uint32_t expected; /* the value that the word had when it went to wait */
	bool is_public;	   /* others than its process may wait there, too */
	bool has_bitset;
	bool is_new; /* what it waits for is to be told apart yet, or changes while it does */
	size_t lock; /* its index */
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
		w->has_bitset = (t->syscall_arg[1] & FUTEX_CMD_MASK) == (uint64_t)FUTEX_WAIT_BITSET;
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

/* The ranges of one lock; returns how many. */
static size_t add_ranges(struct lock *l, struct helper_range *range)
{
	struct lock_words *w = &l->words;
	size_t first = WORDS_FIRST * sizeof *w->at;

	range[0] = (struct helper_range){l->address, w->at, first, false, false};
	if (!l->wanted || l->address % sizeof *w->at || l->address < sizeof w->before)
		return 1;
	range[1] = (struct helper_range){
		l->address + first, w->at + WORDS_FIRST, sizeof w->at - first, false, false};
	range[2] = (struct helper_range){
		l->address - sizeof w->before, w->before, sizeof w->before, false, false};
	return 3;
}

static void take_ranges(struct lock *l, const struct helper_range *range)
{
	l->read = range[0].read;
	l->unread = range[0].absent ? VALUE_FAILED_ABSENT : VALUE_FAILED_ADDRESS;
	l->words.has_at = l->ranges > 1 && range[0].read && range[1].read;
	l->words.has_before = l->ranges > 1 && range[2].read;
}

static int read_locks(const struct lock_world *world, struct lock *l, size_t n)
{
	struct helper_range *range = mem_alloc((3 * n + 1) * sizeof *range);
	size_t ranges = 0;
	int error;

	for (size_t i = 0; i < n; i++) {
		l[i].ranges = add_ranges(&l[i], &range[ranges]);
		ranges += l[i].ranges;
	}
	error = helper_read_memory(world->root, world->pid, range, ranges);
	ranges = 0;
	for (size_t i = 0; i < n; i++) {
		take_ranges(&l[i], &range[ranges]);
		ranges += l[i].ranges;
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

/* What a wait turned out to be. */
struct found {
	enum wait_kind kind;
	uint32_t owner;
	pid_t left;
	uint8_t type, inside; /* as struct thread_call has them */
};

/* What a thread waits for, as it is known now. */
static void set_wait(const struct lock_world *world, struct thread_kept *k, uint64_t address,
	struct found found, enum value_state state)
{
	struct thread_call *call = &k->now.call;
	bool again = k->ran && found.owner;

	k->ran = false;
	if (!again && call->wait_kind == found.kind && call->wait_address == address &&
		call->wait_owner == (pid_t)found.owner && call->wait_state == state &&
		call->wait_left == found.left && call->wait_type == found.type &&
		call->wait_inside == found.inside)
		return;
	call->wait_known_ns = found.owner ? world->now_ns : 0;
	call->wait_kind = found.kind;
	call->wait_address = address;
	call->wait_owner = (pid_t)found.owner;
	call->wait_left = found.left;
	call->wait_type = found.type;
	call->wait_inside = found.inside;
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

/* What else it is than a lock with a live owner; what was told of it before holds on. */
static void decode_form(const struct lock_world *world, const struct waiter *w,
	const struct lock *lock, size_t threads, struct found *ret)
{
	const struct thread_call *before = &w->thread->now.call;
	const struct lock_use use = {
		w->expected, w->is_public, w->has_bitset, lock->waiters, threads};
	struct lock_object object;
	uint32_t inner = 0;
	uint8_t type = 0;
	pid_t left = 0;

	if (!w->is_new) {
		ret->kind = before->wait_kind;
		ret->left = before->wait_left;
		ret->type = before->wait_type;
		ret->inside = before->wait_inside;
		return;
	}
	if (before->syscall_abi != SYSCALL_ABI_NATIVE || sizeof(void *) != sizeof(uint64_t))
		return;
	if (!w->is_public && world->left_by_fork &&
		lock_words_mutex(&lock->words, &use, &inner, &type) && inner)
		left = world->left_by_fork(world->context, (pid_t)inner);
	if (left) {
		*ret = (struct found){.kind = WAIT_MUTEX, .left = left, .type = type};
		return;
	}
	ret->kind = lock_words_kind(&lock->words, &use, &object);
	ret->owner = owner_of(world, w, object.owner);
	ret->inside = object.inside;
}

/* The type of a mutex, and where in it its word lies: the words that tell it do not change. */
static void take_type(const struct waiter *w, const struct lock *lock, struct found *ret)
{
	const struct lock_use use = {.expected = w->expected};
	uint32_t owner;

	if (!w->is_new) {
		ret->type = w->thread->now.call.wait_type;
		ret->inside = w->thread->now.call.wait_inside;
	} else if (!lock_words_mutex(&lock->words, &use, &owner, &ret->type) &&
		   w->expected & FUTEX_WAITERS) {
		ret->type = lock_words_musl_type(&lock->words, &ret->inside);
	}
}

/* One of musl's objects; of a thread that is to be joined only if that lives. */
static bool decode_musl(const struct lock_world *world, const struct waiter *w,
	const struct lock *lock, size_t threads, struct found *ret)
{
	const struct lock_use use = {
		w->expected, w->is_public, w->has_bitset, lock->waiters, threads};
	struct lock_object object;
	enum wait_kind kind;
	uint32_t owner;

	if (!w->is_new || w->thread->now.call.syscall_abi != SYSCALL_ABI_NATIVE ||
		sizeof(void *) != sizeof(uint64_t))
		return false;
	kind = lock_words_musl(&lock->words, &use, &object);
	owner = object.owner ? (uint32_t)nspid_set_find(world->own, (pid_t)object.owner) : 0;
	if (kind == WAIT_FUTEX || (kind == WAIT_JOIN && !owner))
		return false;
	*ret = (struct found){.kind = kind, .owner = owner, .inside = object.inside};
	return true;
}

/*
 * glibc: a contended mutex's word is 2, a robust one's its owner with the
 * waiters bit (musl's typed mutexes too), and pthread_join waits on the TID
 * itself. What the word is no longer, is not waited for any more.
 */
static void decode_wait(const struct lock_world *world, const struct waiter *w,
	const struct lock *lock, size_t threads, struct found *ret)
{
	uint32_t word = lock->words.at[0], owner;

	if (!lock->read || decode_musl(world, w, lock, threads, ret))
		return;
	if (word == w->expected && (word == 2 || word & FUTEX_WAITERS))
		ret->owner =
			owner_of(world, w, word == 2 ? lock->words.at[2] : word & FUTEX_TID_MASK);
	if (ret->owner) {
		ret->kind = WAIT_MUTEX;
		take_type(w, lock, ret);
		return;
	}
	owner = (uint32_t)nspid_set_find(world->own, (pid_t)word);
	if (word == w->expected && owner && owner != (uint32_t)w->thread->now.self.tid &&
		is_own_tid(w->address, owner))
		*ret = (struct found){.kind = WAIT_JOIN, .owner = owner};
	else
		decode_form(world, w, lock, threads, ret);
}

static void decode(const struct lock_world *world, const struct waiter *w, const struct lock *lock,
	size_t threads)
{
	struct found found = {.kind = WAIT_FUTEX};
	bool needs_word = w->form == FORM_PI || w->form == FORM_WAIT;

	if (w->form == FORM_PI) {
		found.kind = WAIT_PI_MUTEX;
		if (lock->read)
			found.owner = owner_of(world, w, lock->words.at[0] & FUTEX_TID_MASK);
	} else if (w->form == FORM_WAIT) {
		decode_wait(world, w, lock, threads, &found);
	}
	set_wait(world, w->thread, w->address, found,
		needs_word && !lock->read ? lock->unread : VALUE_KNOWN);
}

static bool is_new(const struct waiter *w)
{
	const struct thread_call *call = &w->thread->now.call;

	if (w->form != FORM_WAIT)
		return false;
	return w->thread->ran || call->wait_address != w->address ||
	       call->wait_state != VALUE_KNOWN || call->wait_kind == WAIT_RWLOCK ||
	       call->wait_kind == WAIT_NOTHING || call->wait_kind == WAIT_JOIN ||
	       (call->wait_kind == WAIT_MUTEX && !call->wait_owner && !call->wait_left);
}

static int order_by_address(const void *a, const void *b)
{
	uint64_t x = ((const struct waiter *)a)->address, y = ((const struct waiter *)b)->address;

	return (x > y) - (x < y);
}

/* The locks that n waiters wait for; returns how many. */
static size_t find_locks(struct waiter *w, size_t n, struct lock *l)
{
	size_t locks = 0;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any |= w[i].is_new = is_new(&w[i]);
	if (any)
		qsort(w, n, sizeof *w, order_by_address);
	for (size_t i = 0; i < n; i++) {
		if (!locks || l[locks - 1].address != w[i].address)
			l[locks++] = (struct lock){.address = w[i].address};
		w[i].lock = locks - 1;
		l[locks - 1].waiters++;
		l[locks - 1].wanted |= w[i].is_new;
	}
	return locks;
}

int locks_decode(const struct thread_kepts *threads, struct lock_world *world)
{
	struct waiter *w = mem_alloc((threads->n + 1) * sizeof *w);
	struct lock *lock = mem_alloc((threads->n + 1) * sizeof *lock);
	size_t n = 0, locks;
	int error;

	world->now_ns = clock_monotonic_ns();
	for (size_t i = 0; i < threads->n; i++)
		if (find_waiter(threads->item[i], &w[n]))
			n++;
		else
			set_wait(world, threads->item[i], 0, (struct found){.kind = WAIT_NOTHING},
				VALUE_KNOWN);
	error = read_vectors(world, w, n);
	locks = find_locks(w, n, lock);
	if (world->may_read && !error)
		error = read_locks(world, lock, locks);
	if (n)
		take_own(threads, world->own);
	world->now_ns = clock_monotonic_ns();
	for (size_t i = 0; i < n; i++)
		decode(world, &w[i], &lock[w[i].lock], threads->n);
	free(w);
	free(lock);
	return error;
}
