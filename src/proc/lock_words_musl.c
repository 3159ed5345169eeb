/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What musl's objects look like around the word that somebody waits on. It waits without a bitset,
 * and marks a word that is waited for by its highest bit.
 */
#include "twintop/proc/lock_words.h"

#include <errno.h>
#include <linux/futex.h>

#define PRIVATE	      128u
#define TYPES	      15u
#define TYPES_MOST    256u /* with the flags of sharing and of priority inheritance */
#define WRITTEN	      0x7fffffffu
#define JOINABLE      2u
#define LEAST_POINTER (64u << 10)

static uint32_t word(const struct lock_words *w, int i)
{
	return i < 0 ? w->before[LOCK_WORDS_BEFORE + i] : w->at[i];
}

/* How many wait stands behind the word: all of the process that do at least. */
static bool counts_waiters(const struct lock_words *w, const struct lock_use *use)
{
	uint32_t n = word(w, 1);

	return n >= use->waiters && n <= (use->is_public ? 1u << 20 : use->threads);
}

/* Type, lock (waited on), waiters: a normal one is locked by EBUSY, whoever has it. */
static bool is_normal_mutex(const struct lock_words *w, const struct lock_use *use)
{
	uint32_t owner;
	uint8_t type;

	return use->expected == (EBUSY | FUTEX_WAITERS) && !(word(w, -1) & TYPES) &&
	       word(w, -1) < TYPES_MOST && counts_waiters(w, use) &&
	       !lock_words_mutex(w, use, &owner, &type);
}

#define TYPE_ROBUST  4u
#define GLIBC_ROBUST 16u

uint8_t lock_words_musl_type(const struct lock_words *w, uint8_t *ret_inside)
{
	uint32_t type = w->has_before ? word(w, -1) : 0;

	*ret_inside = 0;
	if (type >= TYPES_MOST || !(type & TYPES))
		return 0;
	*ret_inside = sizeof(uint32_t);
	return (uint8_t)((type & 3) | (type & TYPE_ROBUST ? GLIBC_ROBUST : 0));
}

/* Lock (waited on), waiters, whether processes share it: readers, or that it is written. */
static bool is_rwlock(const struct lock_words *w, const struct lock_use *use)
{
	uint32_t held = use->expected & ~FUTEX_WAITERS, typed = word(w, -1) & TYPES;

	return use->expected & FUTEX_WAITERS && held &&
	       (held == WRITTEN || (held <= 1u << 20 && !typed)) && counts_waiters(w, use) &&
	       word(w, 2) == (use->is_public ? PRIVATE : 0);
}

/* Value (waited on), waiters, whether it is private. */
static bool is_semaphore(const struct lock_words *w, const struct lock_use *use)
{
	return (use->expected == FUTEX_WAITERS || use->expected == UINT32_MAX) &&
	       counts_waiters(w, use) && word(w, 2) == (use->is_public ? 0 : PRIVATE);
}

static bool is_pointer(const struct lock_words *w, int i)
{
	uint64_t p = word(w, i) | (uint64_t)word(w, i + 1) << 32;

	return p >= LEAST_POINTER && p % sizeof(void *) == 0;
}

/* Two links of a list of threads, two words more, the thread's number, errno, its state (waited
 * on).
 */
static bool is_join(const struct lock_words *w, const struct lock_use *use)
{
	return use->expected == JOINABLE && is_pointer(w, -10) && is_pointer(w, -8) &&
	       word(w, -2) && word(w, -2) <= FUTEX_TID_MASK && word(w, -1) < 4096 && !word(w, 3);
}

enum wait_kind lock_words_musl(
	const struct lock_words *w, const struct lock_use *use, struct lock_object *ret)
{
	*ret = (struct lock_object){0};
	if (!w->has_before || !w->has_at || use->has_bitset || word(w, 0) != use->expected)
		return WAIT_FUTEX;
	if (is_normal_mutex(w, use)) {
		ret->inside = sizeof(uint32_t);
		return WAIT_MUTEX;
	}
	if (is_semaphore(w, use))
		return WAIT_SEMAPHORE;
	if (is_rwlock(w, use))
		return WAIT_RWLOCK;
	if (!is_join(w, use))
		return WAIT_FUTEX;
	ret->owner = word(w, -2);
	return WAIT_JOIN;
}
