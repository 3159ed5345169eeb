/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_PART_CODE_H
#define TWINTOP_RECORD_PART_CODE_H

#include "twintop/model/snapshot.h"
#include "twintop/record/codec.h"

/* What a part is written in, and beside what. */
struct part_scene {
	const struct snapshot *now; /* what is written, or what of it was read yet */
	unsigned side;		    /* whose part it is, where it is a side's */
	bool lean;		    /* threads may be told without what rates do not need */
};

/* How a kind of part is written: most by their shape alone. */
struct part_code {
	void (*put)(const struct record_out *out, const struct part_scene *scene, const void *now,
		const void *before);
	/* 0 or negative errno. */
	int (*get)(struct record_in *in, const struct part_scene *scene, void *ret,
		const void *before);
	const struct shape *const *shape; /* NULL: put and get know */
};
/* All NULL: it is not written. */
extern const struct part_code part_codes[PART_KINDS];
/* Whether moments are written with it: what follows from others is not. */
bool part_code_is_written(enum part_kind kind);

/*
 * Events as they were told: of kinds that we do not know it is told how many there were. 0 or
 * negative errno.
 */
int events_get(struct record_in *in, struct event_batch *ret);

/* Threads: see thread_code.c. */
void thread_code_put(const struct record_out *out, const struct part_scene *scene, const void *now,
	const void *before);
int thread_code_get(
	struct record_in *in, const struct part_scene *scene, void *ret, const void *before);

/* Verdicts: see verdict_code.c. */
void verdict_code_put(const struct record_out *out, const struct part_scene *scene, const void *now,
	const void *before);
int verdict_code_get(
	struct record_in *in, const struct part_scene *scene, void *ret, const void *before);

#endif
