/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_READER_H
#define TWINTOP_PROC_READER_H

#include "twintop/model/example.h"
#include "twintop/model/question.h"
#include "twintop/model/snapshot.h"
#include "twintop/model/told.h"
#include "twintop/proc/root.h"

/*
 * What brings a part of a moment home. Each reader is a file that ends in one const struct
 * reader_ops, NAME_reader_ops, and has a row in sample/reader_table.c; the sampler knows no more of
 * it. A reader runs on a worker of its own: it may block, and its reads never overlap.
 */
struct reader_context {
	const struct proc_root *root; /* outlives the readers */
	struct access access;
	uint64_t page_pause_ns; /* rest between bites of page reading, for the target's sake */
	size_t fd_share;	/* so many descriptors it may keep open between reads */
	/*
	 * Samples n threads that run, until that CLOCK_MONOTONIC time at most: of each the time,
	 * the registers and the stack, a reference for the caller; NULL: none came. VALUE_KNOWN, or
	 * why none can come. NULL: nobody here can.
	 */
	enum value_state (*sample)(const struct proc_root *root, const pid_t *tid, size_t n,
		uint64_t until_ns, const struct fault_example **ret_sample);
};

/* One side of a read. */
struct reader_side {
	struct task_id id; /* pid 0: not to be read */
	pid_t tid;	   /* the thread that was named, else id.pid */
	/*
	 * Whose number leads to what belongs to the process, since its main thread may have ended:
	 * see identity_through(). What was read is taken only if that thread lives on after it.
	 */
	pid_t through;
	/* What is known of it; references while the read lasts. NULL too where that is of another
	 * program, before an exec. */
	union {
		const struct part *had_part[SIDE_PARTS];
		struct side_members had;
	};
	/* When each of these was last found to be so (CLOCK_MONOTONIC); its own end is when it
	 * became so. */
	uint64_t had_ns[SIDE_PARTS];
	/* What was read, sealed: references for the caller. NULL: nothing; the same part as in had:
	 * it is still so. */
	union {
		const struct part *part[SIDE_PARTS];
		struct side_members read;
	};
};

/* The thread to ask for what each may have for itself: the one that was named. */
static inline pid_t reader_side_task(const struct reader_side *side)
{
	return side->tid == side->id.pid ? side->through : side->tid;
}

struct reader_job {
	unsigned need; /* enum need bits, of the reader's own at least one */
	/* Of one core what a reader of pages in turns may take; 0: nobody says. */
	unsigned page_permille;
	uint64_t turns_ns; /* what it took of that, CPU time: the reader's answer */
	bool hurried;	   /* somebody waits: the first read leaves to later ones what takes long */
	bool aside;	   /* nobody looks at what it brings now: it is to be cheap */
	struct reader_side side[2];
	/*
	 * No process that is to be read has forked since the last read of this reader, nor has a
	 * child of its ended: whoever tells of births and ends would have told.
	 */
	bool kin_told;
	struct told_lives
		*told; /* lives that feeds told of, where the reader wants them; the job's */
	/* The family's first one is so many generations above the one that it is by itself. */
	unsigned generations;
	struct hold_wish hold; /* whom somebody wishes held; number 0: nobody */
	struct task_id
		beside; /* READS_SIDES: who the other side is, not to be read; pid 0: nobody */
	/* The same of the pair and of the host. */
	union {
		const struct part *pair_had_part[PAIR_PARTS];
		struct pair_members pair_had;
	};
	union {
		const struct part *host_had_part[HOST_PARTS];
		struct host_members host_had;
	};
	union {
		const struct part *pair_part[PAIR_PARTS];
		struct pair_members pair;
	};
	union {
		const struct part *host_part[HOST_PARTS];
		struct host_members host;
	};
};

enum reader_scope {
	READS_SIDES, /* each side by itself, at the same time; it comes as side[0] of the job */
	READS_PAIR,  /* both in one read */
	READS_HOST
};

enum reader_pace {
	PACE_ROUND, /* as often as a sample is taken */
	PACE_ROWS,  /* so that it takes a few per cent of a core, but at least once a second */
	PACE_PAGES  /* within the budget of page reading, whatever it takes */
};

struct reader_ops {
	const char *id;
	enum part_kind part; /* what it brings; it may bring others along */
	enum reader_scope scope;
	bool by_task; /* named threads are asked each; else their process once */
	bool others;  /* it reads of more processes than are watched: these may rest, it may not */
	bool told;    /* it wants to know of what lives feeds told */
	/*
	 * Of the host: whether there is more to read once all who are watched have ended, as the
	 * part that was brought last has it. NULL: there is not.
	 */
	bool (*outlives)(const struct part *had);
	unsigned need;	/* enum need bits, of which any asks for it */
	unsigned after; /* 1u << PART_KIND of what it builds upon: where that is missing it waits */
	enum reader_pace pace;
	/* A reader; 0 or negative errno. */
	int (*open)(const struct reader_context *context, void **ret_reader);
	void (*read)(void *reader, struct reader_job *job);
	void (*close)(void *reader); /* NULL is fine */
};

/* open and close of readers that keep nothing but a copy of their context, which is the reader. */
int reader_open_context(const struct reader_context *context, void **ret_reader);
void reader_close_context(void *reader);

#endif
