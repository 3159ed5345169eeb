/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_WRITERS_INTERNAL_H
#define TWINTOP_WRITERS_INTERNAL_H

#include "twintop/compare/writers.h"

#define PAGE_SIZE_MOST (1ull << 32)
#define WAITING_MOST   65536u /* faults that no verdict has spoken of yet */
#define LOOKS_MOST     4u     /* verdicts whose faults are still to come */
#define EXAMPLES       64u    /* that no verdict has spoken of yet */
#define RECENT_STEPS   4u     /* of a quarter of a second */

/* A place while it is counted. */
struct writer_site {
	struct writer writer; /* thread: in thread below */
	VEC(struct writer_thread) thread;
	size_t area;		       /* the last one that it wrote */
	uint64_t step;		       /* the newest of recent */
	uint64_t recent[RECENT_STEPS]; /* copied in each, by step modulo */
};

VEC_STRUCT(writer_sites, struct writer_site);

/* All places of a pair, and who wrote each page. Zeroed is empty. */
struct writer_table {
	struct writer_sites site;
	VEC(const struct writer_block *) block; /* by address */
	VEC(struct writer_area) area;		/* as they came */
	struct arena arena;			/* of the modules' paths */
	uint64_t page_size;
	bool scaled, forgetful, areas_forgetful;
};

/* What a fault did: pages of one kind from address on. */
struct writer_deed {
	const struct fault *fault;
	uint64_t address, pages;
	uint64_t counts;		 /* pages that it stands for */
	bool scaled;			 /* that is an estimate */
	bool copied;			 /* else touched first */
	const struct side *side;	 /* whose fault it is */
	const struct memory_map *memory; /* its mappings then */
};
/* Counts it for the mapping that it is of. */
void writer_areas_count(struct writer_table *t, size_t site, const struct writer_deed *deed);
void writer_areas_fill(const struct writer_table *t, struct writers *w);
/* Counts it; false: there is no room for its place. */
bool writer_table_add(struct writer_table *t, const struct writer_deed *deed);
/*
 * Counts them all by the weights of their faults, those that copied for no more than most pages
 * together: each has its part then. Returns for how many.
 */
uint64_t writer_table_add_all(
	struct writer_table *t, struct writer_deed *deed, size_t n, uint64_t most);
/*
 * Of a page that was copied so, or touched first, or of which nobody knows (false): the example
 * shows how that place is reached, if it is one of ours. True: it is kept.
 */
bool writer_table_exemplify(
	struct writer_table *t, const struct fault_example *example, bool copied);
/* Fills what w holds of the table, as of that time. */
void writer_table_fill(struct writer_table *t, uint64_t now_ns, struct writers *w);
/* The table of what w holds. */
void writer_table_seed(struct writer_table *t, const struct writers *w);
/* Whether a rate has changed since the time for which w was filled. */
bool writer_table_faded(const struct writer_table *t, uint64_t now_ns, const struct writers *w);
/* Writes all of it down, or reads it back into an empty one. */
void writer_table_keep(struct writer_table *t, struct keep *k);
void writer_table_free(struct writer_table *t);

/* A verdict and what it was made of; references. */
struct look {
	const struct verdicts *verdicts;
	const struct page_map *pages[2];
	uint64_t until_ns; /* what was faulted before may show in it */
	bool turned;	   /* its A is B now */
};

struct writers_join {
	VEC(struct fault) waiting;		   /* of anybody, by time */
	VEC(const struct fault_example *) example; /* references, as they came */
	struct look look[LOOKS_MOST];		   /* the oldest first */
	size_t looks_n;
	const struct verdicts *newest; /* of the looks so far, a reference */
	struct look judged;	       /* the last one that was; verdicts NULL: none yet */
	struct writer_table table;
	uint64_t copies, told, since_ns; /* told: pages of copies that have a writer */
	bool changed;
	struct fault_watch watch[2];
	const struct writers *last; /* a reference */
};

/* What is told as of that time, its caller's. */
struct writers *writers_join_make(struct writers_join *j, const struct snapshot *s);

#endif
