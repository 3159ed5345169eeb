/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What glibc's objects look like around the word that somebody waits on. None bears a mark that
 * says what it is: a form is believed where all its counts, flags and the call fit one another.
 */
#include "twintop/proc/lock_words.h"

#include <linux/futex.h>

#define FUTEX_SHARED 128u /* in objects that know whether processes share them; 0: they do not */

static uint32_t word(const struct lock_words *w, int i)
{
	return i < 0 ? w->before[LOCK_WORDS_BEFORE + i] : w->at[i];
}

static uint64_t wide(const struct lock_words *w, int i)
{
	return word(w, i) | (uint64_t)word(w, i + 1) << 32;
}

/* Whether so many may wait: all of the process that do, and no more than it has threads. */
static bool may_wait(const struct lock_use *use, uint64_t n)
{
	return n >= use->waiters && n <= (use->is_public ? 1u << 20 : use->threads);
}

/* ---- condition variables ------------------------------------------------------ */

/*
 * A waiter sleeps on the signals of its group, of which there are two words; right before them the
 * number of waiters, times 8, with the flag of sharing in bit 0. At the begin stand two counters of
 * all waiters ever, the second of which never overtakes the first. Up to 2.40 two words more stand
 * between.
 */
static bool is_condition_at(
	const struct lock_words *w, const struct lock_use *use, int signals, int begin)
{
	uint32_t waiters = word(w, signals - 1);
	uint64_t sequence = wide(w, begin) >> 1, group = wide(w, begin + 2) >> 1;

	return !(waiters & 1) == !use->is_public && may_wait(use, waiters >> 3) &&
	       sequence >= waiters >> 3 && group <= sequence &&
	       (uint64_t)(word(w, signals - 2) >> 2) <= sequence;
}

/* How far behind the begin, so many words before it, the word lies. */
static uint8_t inside_of(int begin)
{
	return (uint8_t)((unsigned)-begin * sizeof(uint32_t));
}

static bool is_condition(
	const struct lock_words *w, const struct lock_use *use, struct lock_object *ret)
{
	if (!w->has_before || !w->has_at || !use->has_bitset)
		return false;
	for (int group = 0; group < 2; group++)
		for (int begin = -group - 10; begin <= -group - 8; begin += 2)
			if (is_condition_at(w, use, -group, begin)) {
				ret->inside = inside_of(begin);
				return true;
			}
	return false;
}

/* ---- barriers ------------------------------------------------------------------- */

/* in, current_round (waited on), count, shared, out. */
static bool is_barrier(const struct lock_words *w, const struct lock_use *use)
{
	uint32_t inside, count = word(w, 1);

	if (!w->has_before || !w->has_at || use->has_bitset)
		return false;
	inside = word(w, -1) - use->expected;
	return count > 1 && count <= INT32_MAX && inside >= 1 && inside < count &&
	       may_wait(use, inside) && word(w, 2) == (use->is_public ? FUTEX_SHARED : 0);
}

/* ---- read-write locks -------------------------------------------------------------- */

#define READERS_WRITE_PHASE 1u
#define READERS_WRITE_LOCK  2u
#define READERS_SHIFT	    3
#define FUTEX_USED	    2u

/* readers, writers, wrphase_futex, writers_futex, two empty, cur_writer, shared; begin: of it. */
static bool is_rwlock_at(
	const struct lock_words *w, const struct lock_use *use, int begin, uint32_t *ret_owner)
{
	uint32_t readers = word(w, begin), writers = word(w, begin + 1);

	if (word(w, begin + 4) || word(w, begin + 5) ||
		word(w, begin + 7) != (use->is_public ? 1 : 0) || word(w, begin + 2) > 3 ||
		word(w, begin + 3) > 3 || !(use->expected & FUTEX_USED) || use->expected > 3)
		return false;
	*ret_owner = word(w, begin + 6);
	if (*ret_owner)
		return readers & READERS_WRITE_PHASE && readers & READERS_WRITE_LOCK;
	/* Readers have it, and the first of the writers waits for them to let go. */
	return readers >> READERS_SHIFT && readers & READERS_WRITE_LOCK && writers < 1u << 20;
}

static bool is_rwlock(
	const struct lock_words *w, const struct lock_use *use, struct lock_object *ret)
{
	if (!w->has_before || !w->has_at || !use->has_bitset)
		return false;
	for (int begin = -2; begin >= -3; begin--)
		if (is_rwlock_at(w, use, begin, &ret->owner)) {
			ret->inside = inside_of(begin);
			return true;
		}
	ret->owner = 0;
	return false;
}

/* ---- semaphores ---------------------------------------------------------------------- */

/* The value, which is 0, how many wait for it, and whether processes share it. */
static bool is_semaphore(const struct lock_words *w, const struct lock_use *use)
{
	return w->has_at && use->has_bitset && !use->expected && !word(w, 0) && word(w, 1) &&
	       may_wait(use, word(w, 1)) && word(w, 2) == (use->is_public ? FUTEX_SHARED : 0);
}

enum wait_kind lock_words_kind(
	const struct lock_words *w, const struct lock_use *use, struct lock_object *ret)
{
	*ret = (struct lock_object){0};
	if (is_rwlock(w, use, ret))
		return WAIT_RWLOCK;
	if (is_condition(w, use, ret))
		return WAIT_CONDITION;
	if (is_barrier(w, use)) {
		ret->inside = inside_of(-1);
		return WAIT_BARRIER;
	}
	return is_semaphore(w, use) ? WAIT_SEMAPHORE : WAIT_FUTEX;
}

/* ---- mutexes ----------------------------------------------------------------------------- */

#define MUTEX_KINDS  0x3ffu /* with the flags of elision */
#define MUTEX_ROBUST 16u

/* lock (waited on), count, owner, users, kind. The lock is 2, or a robust one's owner. */
bool lock_words_mutex(const struct lock_words *w, const struct lock_use *use, uint32_t *ret_owner,
	uint8_t *ret_type)
{
	uint32_t lock = word(w, 0), kind = word(w, 4);
	bool is_robust = lock & FUTEX_WAITERS;

	if (!w->has_at || lock != use->expected || (lock != 2 && !is_robust) ||
		kind & ~MUTEX_KINDS || word(w, 3) > 1u << 20 ||
		!(kind & MUTEX_ROBUST) != !is_robust)
		return false;
	*ret_owner = is_robust ? lock & FUTEX_TID_MASK : word(w, 2);
	*ret_type = (uint8_t)kind;
	return true;
}
