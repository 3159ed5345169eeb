/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sampling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "denied.h"
#include "live.h"

#define GRACE_NS 20000000000u

/* What looks into each thread costs most: tests that are about it ask for it. */
#define SHALLOW (NEED_THREADS | NEED_THREAD_STATUS | NEED_THREAD_SYSCALL | NEED_MAPS | NEED_STACKS)
#define DEPTH	((NEED_BACKTRACES | NEED_USER_STACKS | NEED_SWITCHES) & ~SHALLOW)

static const struct pair *make_pair(void *context, struct snapshot *s)
{
	return comparer_pair(context, s);
}

struct sampling *sampling_make(void)
{
	struct sampling *f = calloc(1, sizeof *f);

	assert_int_equal(proc_root_open(NULL, &f->root), 0);
	f->comparer = comparer_new();
	f->options = (struct sampler_options){
		.root = f->root,
		.pairing = {make_pair, f->comparer},
		.delay_ns = SAMPLING_DELAY_NS,
		.page_cost_permille = 50,
		.page_pause_ns = 50000,
		.grace_ns = GRACE_NS,
	};
	f->need = NEED_ALL & ~DEPTH;
	denied_probe(f->root, NULL, &f->options.access);
	return f;
}

int sampling_setup(void **state)
{
	live_begin(state);
	*state = sampling_make();
	return 0;
}

unsigned sampling_unmake(struct sampling *f)
{
	unsigned left_behind;

	source_free(f->source);
	left_behind = sampler_free(f->sampler);
	comparer_free(f->comparer);
	/* Who was left behind reads on. */
	if (!left_behind)
		proc_root_close(f->root);
	free(f);
	return left_behind;
}

int sampling_teardown(void **state)
{
	unsigned left_behind = sampling_unmake(*state);

	live_end(state);
	return left_behind ? -1 : 0;
}

void sampling_open(struct sampling *f)
{
	assert_int_equal(sampler_new(&f->options, &f->sampler), 0);
	assert_int_equal(sampler_source(f->sampler, true, &f->source), 0);
}

void sampling_begin(struct sampling *f, pid_t a, pid_t b)
{
	sampling_open(f);
	assert_int_equal(source_watch(f->source, a, b, NULL), 0);
	source_need(f->source, f->need, f->beside);
	assert_int_equal(sampler_start(f->sampler), 0);
}

const struct moment *sampling_next(struct sampling *f)
{
	const struct moment *m = source_wait(f->source, SAMPLING_BOUND_NS);

	assert_non_null(m);
	return m;
}
