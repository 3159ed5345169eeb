/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_WITNESS_H
#define TESTS_LIVE_WITNESS_H

#include "sampling.h"
#include "specimen.h"
#include "twintop/model/writers.h"

/* Who copied the pages of sp_writers, as a sampler of its two processes tells. */
#define MAIN   1000
#define THREAD 500
#define KERNEL 100
#define ALL    (MAIN + THREAD + KERNEL)

/* Pages that were written from code between two addresses. */
struct witness_sum {
	uint64_t copied, touched, threads;
	pid_t tid;
};

/* Of code ("rows": rows_from to rows_to), by a process or by the kernel for it. */
struct witness_sum witness_sum(const struct specimen *s, const struct writers *w, const char *code,
	pid_t pid, bool kernel);
pid_t witness_pid(const struct specimen *s, const char *key);
/* The next moment in which pages are judged and faults listened to, with one reference. */
const struct moment *witness_begun(struct sampling *f);
/* The moment in which so many pages were seen to be copied, the same. */
const struct moment *witness_copied(struct sampling *f, uint64_t pages);
/* False, and it says why: nothing can be seen here. */
bool witness_sees(struct sampling *f);
/* That all copies of b have the writers that the specimen says; none is lost. */
void witness_check(struct sampling *f, struct specimen *s, pid_t b);
/* Whether a function of the specimen's own source is told by name and line, with so many pages. */
bool witness_named(const struct moment *m, const char *function, uint64_t copied);

#endif
