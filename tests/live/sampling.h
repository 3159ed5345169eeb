/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_SAMPLING_H
#define TESTS_LIVE_SAMPLING_H

#include "twintop/compare/compare.h"
#include "twintop/sample/sampler.h"

/* A sampler of living processes with a source of ours. Each function fails the test on any error.
 */
#define SAMPLING_BOUND_NS 60000000000u /* for what must come some time */
#define SAMPLING_DELAY_NS 20000000u

struct sampling {
	struct proc_root *root;
	struct comparer *comparer;
	struct sampler *sampler;
	struct source *source;
	struct sampler_options options;
	unsigned need, beside; /* of the source, once it has begun */
};

/*
 * One that has not been opened yet, of all needs but backtraces, user-level threads and switches;
 * and its end, with how many threads were left behind.
 */
struct sampling *sampling_make(void);
unsigned sampling_unmake(struct sampling *f);
/* cmocka's: *state is such a struct sampling. */
int sampling_setup(void **state);
int sampling_teardown(void **state);
/* By its options as they are then. */
void sampling_open(struct sampling *f);
/* Opens it and starts sampling; b: see sampler_watch(). */
void sampling_begin(struct sampling *f, pid_t a, pid_t b);
/* The next moment, with one reference; it is waited for. */
const struct moment *sampling_next(struct sampling *f);

#endif
