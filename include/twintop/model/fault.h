/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_FAULT_H
#define TWINTOP_MODEL_FAULT_H

#include <sys/types.h>

#include "twintop/base/vec.h"
#include "twintop/model/example.h"
#include "twintop/model/part.h"

/* One page fault of a process, or its exec: what it touched before is of another program. */
struct fault {
	uint64_t time_ns;     /* CLOCK_MONOTONIC, before the page was there */
	uint64_t address, ip; /* ip 0: not told; see struct perf_record */
	pid_t pid, tid;
	uint32_t weight; /* it stands for so many */
	bool kernel;	 /* the kernel touched the page, for a system call */
	bool exec;
};

/* How the faults of one process are seen. */
struct fault_watch {
	pid_t pid;
	enum value_state state;	      /* KNOWN: they are */
	const char *reason;	      /* static text where they are not */
	bool kernel;		      /* those that the kernel makes, too */
	uint64_t period;	      /* one in so many is told */
	uint64_t told, lost;	      /* records since it is watched; lost ones had no room */
	uint64_t threads, threads_of; /* listened to, of those that there are */
	uint64_t ring_bytes;	      /* of a CPU */
	const char *examples;	      /* why there are none: static text; NULL: there are */
};
#define FAULT_WATCHES 2	     /* A and B */
#define FAULTS_MOST   65536u /* between two moments; what comes beyond is counted as lost */
#define EXAMPLES_MOST 64u    /* between two moments; others are left out */

/* Faults since the moment before, by time. Sealed: a part of the moment. */
struct fault_batch {
	struct part part;
	size_t n;
	const struct fault *fault;
	size_t watches_n;
	struct fault_watch watch[FAULT_WATCHES];
	size_t examples_n; /* of some of the faults, or others beside them */
	const struct fault_example *const *example;
};
/* Rows of the part table. */
void fault_batch_release(void *batch);
size_t fault_batch_bytes(const void *now, const void *before);
/* How that process's faults are seen; NULL: nobody asked. batch may be NULL. */
const struct fault_watch *fault_watch_of(const struct fault_batch *batch, pid_t pid);

/* Where faults gather until they are sealed. Zeroed is empty; release with fault_sink_free. */
struct fault_sink {
	VEC(struct fault) fault;
	VEC(const struct fault_example *) example; /* references */
	size_t watches_n;
	struct fault_watch watch[FAULT_WATCHES];
	bool said;	   /* what the watches are: else nobody has */
	uint64_t until_ns; /* all faults up to this CLOCK_MONOTONIC time are in */
};

void fault_sink_add(struct fault_sink *sink, const struct fault *fault);
/* Takes the reference over. */
void fault_sink_add_example(struct fault_sink *sink, const struct fault_example *example);
/* All of from's, and what it says; from is empty then. */
void fault_sink_move(struct fault_sink *sink, struct fault_sink *from);
/*
 * The batch of all, with one reference; before (may be NULL) once more where there are none and
 * nothing else is to be said than it said. The sink is empty then, but for what it says.
 */
const struct fault_batch *fault_sink_seal(
	struct fault_sink *sink, const struct fault_batch *before);
void fault_sink_free(struct fault_sink *sink);

#endif
