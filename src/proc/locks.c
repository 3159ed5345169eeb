/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/locks.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "twintop/base/arena.h"

/* Newer than the installed headers may be; one number on every machine but alpha. */
#define CALL_FUTEX_WAITV 449
#define CALL_FUTEX_WAIT	 455
#define OP_LOCK_PI2	 13

#define IOVECS 1024 /* UIO_MAXIOV */

enum wait_form {
	FORM_NONE,
	FORM_WAIT, /* the word holds what the C library made of it */
	FORM_PI,   /* the word holds the owner's TID by contract with the kernel */
	FORM_VECTOR,
	FORM_OTHER /* a word that has no owner: a condition variable about to be requeued */
};

/* A thread that waits, and the lock as it was read: glibc's mutex has its owner in the third word.
 */
struct waiter {
	struct thread *thread;
	enum wait_form form;
	uint64_t address;
	uint32_t expected; /* the value that the word had when it went to wait */
	uint32_t word[3];
	bool read;
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

static bool find_waiter(struct thread *t, struct waiter *w)
{
	*w = (struct waiter){.thread = t, .address = t->syscall_arg[0]};
	if (!value_state_has_value(t->source[THREAD_SYSCALL]) || t->running)
		return false;
	switch (t->syscall_number) {
	case SYS_futex:
		w->form = form_of_op(t->syscall_arg[1]);
		w->expected = (uint32_t)t->syscall_arg[2];
		break;
	case CALL_FUTEX_WAIT:
		w->form = FORM_WAIT;
		w->expected = (uint32_t)t->syscall_arg[1];
		break;
	case CALL_FUTEX_WAITV:
		w->form = FORM_VECTOR;
		break;
	}
	return w->form != FORM_NONE;
}

/* struct futex_waitv of linux/futex.h: the first of the words that are waited on. */
static void read_vector(struct waiter *w, pid_t pid)
{
	uint64_t first[2] = {0}; /* val, uaddr */
	struct iovec here = {first, sizeof first};
	struct iovec there = {(void *)(uintptr_t)w->address, sizeof first};

	w->address = 0;
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)sizeof first)
		w->address = first[1];
	w->form = FORM_OTHER;
}

/* Reads n locks with one call each time, on past those that cannot be read. */
static void read_words(struct waiter *w, size_t n, pid_t pid)
{
	struct iovec here[IOVECS], there[IOVECS];
	size_t at = 0;

	while (at < n) {
		size_t batch = n - at < IOVECS ? n - at : IOVECS, done;
		ssize_t len;

		for (size_t i = 0; i < batch; i++) {
			here[i] = (struct iovec){w[at + i].word, sizeof w->word};
			there[i] = (struct iovec){
				(void *)(uintptr_t)w[at + i].address, sizeof w->word};
		}
		len = process_vm_readv(pid, here, batch, there, batch, 0);
		if (len < 0 && errno != EFAULT)
			return;
		done = len > 0 ? (size_t)len / sizeof w->word : 0;
		for (size_t i = 0; i < done; i++)
			w[at + i].read = true;
		at += done == batch ? batch : done + 1;
	}
}

static bool is_live(const struct thread_list *list, uint32_t tid)
{
	size_t lo = 1, hi = list->n;

	if (!tid || !list->n)
		return false;
	if ((uint32_t)list->thread[0].tid == tid)
		return true;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if ((uint32_t)list->thread[mid].tid == tid)
			return true;
		if ((uint32_t)list->thread[mid].tid < tid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static void set_owner(struct waiter *w, enum wait_kind kind, uint32_t tid)
{
	w->thread->wait_kind = kind;
	w->thread->wait_owner = (pid_t)tid;
}

/*
 * glibc: a contended mutex's word is 2, a robust one's its owner with the
 * waiters bit (musl's typed mutexes too), and pthread_join waits on the TID
 * itself. What the word is no longer, is not waited for any more.
 */
static void decode_wait(const struct thread_list *list, struct waiter *w)
{
	uint32_t word = w->word[0], tid = word & FUTEX_TID_MASK;

	if (!w->read || word != w->expected)
		return;
	if (word == 2 && is_live(list, w->word[2]))
		set_owner(w, WAIT_MUTEX, w->word[2]);
	else if (word & FUTEX_WAITERS && is_live(list, tid))
		set_owner(w, WAIT_MUTEX, tid);
	else if (word != (uint32_t)w->thread->tid && is_live(list, word))
		set_owner(w, WAIT_JOIN, word);
}

static void decode(const struct thread_list *list, struct waiter *w)
{
	uint32_t tid = w->word[0] & FUTEX_TID_MASK;

	w->thread->wait_kind = WAIT_FUTEX;
	w->thread->wait_address = w->address;
	if (w->form == FORM_PI)
		set_owner(w, WAIT_PI_MUTEX, w->read && is_live(list, tid) ? tid : 0);
	else if (w->form == FORM_WAIT)
		decode_wait(list, w);
}

void locks_decode(struct thread_list *list, pid_t pid)
{
	struct waiter *w = mem_alloc((list->n + 1) * sizeof *w);
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		list->thread[i].wait_kind = WAIT_NOTHING;
		list->thread[i].wait_address = 0;
		list->thread[i].wait_owner = 0;
		if (find_waiter(&list->thread[i], &w[n]))
			n++;
	}
	for (size_t i = 0; i < n; i++)
		if (w[i].form == FORM_VECTOR)
			read_vector(&w[i], pid);
	read_words(w, n, pid);
	for (size_t i = 0; i < n; i++)
		decode(list, &w[i]);
	free(w);
}
