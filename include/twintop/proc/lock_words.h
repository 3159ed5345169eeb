/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_LOCK_WORDS_H
#define TWINTOP_PROC_LOCK_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "twintop/model/wait.h"

/* A futex's word with what stands around it. */
#define LOCK_WORDS_BEFORE 11
#define LOCK_WORDS_BEHIND 7
struct lock_words {
	uint32_t before[LOCK_WORDS_BEFORE]; /* the last stands right before the word */
	uint32_t at[LOCK_WORDS_BEHIND];	    /* the word itself first */
	bool has_before, has_at;
};

/* How it is waited for. */
struct lock_use {
	uint32_t expected; /* the value that whoever waits has seen */
	bool is_public;	   /* it is no private futex */
	bool has_bitset; /* FUTEX_WAIT_BITSET, of which glibc makes all but mutexes and barriers */
	size_t waiters;	 /* threads of the process at that word */
	size_t threads;	 /* of the process */
};

/* What is known of an object beside its kind. */
struct lock_object {
	uint32_t owner; /* by his number there; 0: nobody, or nobody knows */
	uint8_t inside; /* bytes from the object's begin to the word; 0 too where it is not known */
};

/*
 * What glibc's object around the word is, if what stands there can be nothing else:
 * WAIT_CONDITION, WAIT_BARRIER, WAIT_RWLOCK (owner: who writes; 0: readers hold it, or nobody
 * knows), WAIT_SEMAPHORE; else WAIT_FUTEX. Of 64-bit programs; the layouts are those of glibc 2.25
 * to 2.42 (nptl, struct_rwlock.h, thread-shared-types.h).
 */
enum wait_kind lock_words_kind(
	const struct lock_words *w, const struct lock_use *use, struct lock_object *ret);
/*
 * Whether the word is that of a glibc mutex which is locked and waited for, whoever owns it: then
 * who does by its own words (0: nobody), and of what type it is.
 */
bool lock_words_mutex(const struct lock_words *w, const struct lock_use *use, uint32_t *ret_owner,
	uint8_t *ret_type);
/*
 * The same of musl's (1.1.16 to 1.2.5): WAIT_MUTEX of a normal one, which does not note its owner
 * (the others do as glibc's robust ones), WAIT_RWLOCK, WAIT_SEMAPHORE, and WAIT_JOIN with the
 * number of the thread as it knows itself, if it lives, as owner; else WAIT_FUTEX.
 */
enum wait_kind lock_words_musl(
	const struct lock_words *w, const struct lock_use *use, struct lock_object *ret);
/*
 * The type of a mutex of musl's that notes its owner, as glibc would have it; and how far inside of
 * it the word lies.
 */
uint8_t lock_words_musl_type(const struct lock_words *w, uint8_t *ret_inside);

#endif
