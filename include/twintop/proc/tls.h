/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_TLS_H
#define TWINTOP_PROC_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/proc/root.h"

/* How far above the control block's start its robust list head may lie: 0x2e0 in glibc 2.36. */
#define TLS_REACH_BYTES 1024u

/* A thread whose TLS base is looked for. */
struct tls_place {
	pid_t tid;
	uint64_t robust_list; /* in; of get_robust_list(2) */
	uint64_t base;	      /* out; 0: not found */
	int error;	      /* out */
};

/*
 * The TLS bases of n threads of one process on x86-64 (fs_base) without a stop. The C library's
 * control block begins there, names itself, and holds the head of the robust
 * list, whose address get_robust_list(2) tells: so it lies shortly below that.
 * Each place's error: 0; -ENODATA: no block there that proves itself; -EOPNOTSUPP: another machine;
 * or negative errno of /proc/PID/mem, which needs ptrace attach access and is called by a
 * helper, -ETIMEDOUT where it hangs.
 */
void tls_find(const struct proc_root *root, struct tls_place *place, size_t n);

/*
 * Pure searches in n words that lie at address start.
 * glibc: tcbhead_t begins with tcb, dtv, self; tcb and self are its own address.
 * True and *ret_base where exactly one address fits.
 */
bool tls_find_header(const uint64_t *word, size_t n, uint64_t start, uint64_t *ret_base);
/*
 * musl: struct pthread begins with self, dtv, prev, next. Index of the next word from `from` on
 * that is its own address and whose prev and next may be others' addresses; n: none.
 */
size_t tls_find_linked(const uint64_t *word, size_t n, uint64_t start, size_t from);

#endif
