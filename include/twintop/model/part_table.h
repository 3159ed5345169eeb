/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_PART_TABLE_H
#define TWINTOP_MODEL_PART_TABLE_H

#include "twintop/model/part.h"

/* What a reader must bring; a view and a recorder say so, and what nobody needs is not read. */
enum need_bit {
#define NEED(NAME, ...) NEED_BIT_##NAME,
#include "twintop/model/part_rows.h"
	NEED_BITS
};
enum need {
#define NEED(NAME, ...) NEED_##NAME = 1u << NEED_BIT_##NAME,
#include "twintop/model/part_rows.h"
	NEED_ALL = (1u << NEED_BITS) - 1,
	/* Whatever is read of threads, of descriptors, of the process itself. */
	NEED_THREAD_ANY = NEED_THREADS | NEED_THREAD_STATUS | NEED_THREAD_SYSCALL |
			  NEED_THREAD_WCHAN | NEED_STACKS,
	NEED_FD_ANY = NEED_FDS | NEED_SOCKETS | NEED_DESCRIPTIONS,
	NEED_PROCESS_ANY = NEED_PROCESS | NEED_COMMAND | NEED_SURROUNDINGS
};
/* The bits, and all that they bring along. */
unsigned need_expand(unsigned need);

/* Sides' parts come first, then the pair's, then the host's. */
enum part_kind {
#define SIDE_PART(KIND, ...) PART_##KIND,
#include "twintop/model/part_rows.h"
#define PAIR_PART(KIND, ...) PART_##KIND,
#include "twintop/model/part_rows.h"
#define HOST_PART(KIND, ...) PART_##KIND,
#include "twintop/model/part_rows.h"
	PART_KINDS
};

/*
 * What is known of a side, of the pair and of the host: each part by its kind and by its name (the
 * same pointers; all pointers to structures are represented alike). NULL: nobody asked for it.
 */
struct side_members {
#define SIDE_PART(KIND, member, tag, ...) const struct tag *member;
#include "twintop/model/part_rows.h"
};
struct pair_members {
#define PAIR_PART(KIND, member, tag, ...) const struct tag *member;
#include "twintop/model/part_rows.h"
};
struct host_members {
#define HOST_PART(KIND, member, tag, ...) const struct tag *member;
#include "twintop/model/part_rows.h"
};
#define SIDE_PARTS (sizeof(struct side_members) / sizeof(const struct part *))
#define PAIR_PARTS (sizeof(struct pair_members) / sizeof(const struct part *))
#define HOST_PARTS (sizeof(struct host_members) / sizeof(const struct part *))

enum part_scope { PART_OF_SIDE, PART_OF_PAIR, PART_OF_HOST };
enum part_origin { PART_READ, PART_DERIVED, PART_TOLD };

#define PART_OLD_NS 1500000000u /* what nobody looks at is read once a second */

struct part_row {
	const char *id; /* the member's name */
	enum part_scope scope;
	enum part_origin origin;
	size_t size;	  /* of its struct */
	const char *json; /* path, below its side where it has one, for access.stale; NULL: none */
	unsigned need;	  /* enum need bits that ask for it */
	uint64_t old_ns;
	void (*release)(void *part);
	/* Bytes that now holds and before (another part of the kind; may be NULL) does not. */
	size_t (*bytes)(const void *now, const void *before);
};
extern const struct part_row part_table[PART_KINDS];

/* A part of that kind, zeroed, with one reference; see part_new(). */
void *part_make(enum part_kind kind);
/* What a part costs beside the one before it in time; either may be NULL. */
size_t part_bytes(enum part_kind kind, const struct part *now, const struct part *before);

#endif
