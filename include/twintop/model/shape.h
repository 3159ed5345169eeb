/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_SHAPE_H
#define TWINTOP_MODEL_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "twintop/base/arena.h"
#include "twintop/model/choices.h"

/*
 * What the structures that parts are made of consist of, member by member: what whoever writes them
 * down, reads them back, compares or copies them goes by.
 */

/* What one value of a member is. */
enum shape_form {
	SHAPE_UINT, /* also an enum, a character */
	SHAPE_INT,
	SHAPE_BOOL,
	SHAPE_REAL,
	SHAPE_TEXT,   /* struct text: raw bytes */
	SHAPE_STRING, /* text that ends in NUL; may be NULL */
	SHAPE_CHARS,  /* the whole array is raw bytes up to a NUL; not of a list */
	SHAPE_STRUCT  /* of */
};

/* What texts are, for those who may not know all: whoever adds one says so. */
enum shape_privacy {
	SHAPE_NO_TEXT,
	SHAPE_OPEN, /* words of the kernel's, of a program's maker or of ours: anybody may know them */
	SHAPE_NAME, /* what programs, threads and functions are called: what is watched needs one */
	/* What is private: */
	SHAPE_ARGUMENT, /* of a command line */
	SHAPE_PATH,	/* or what the kernel says in its place: "[heap]", "pipe:[42]" */
	SHAPE_GROUPS,	/* lines that end in a path each: /proc/PID/cgroup */
	SHAPE_ADDRESS,	/* fd_entry's: of a socket */
	SHAPE_UNIX,	/* of a unix socket */
	SHAPE_TARGET,	/* fd_entry's: a path, or what a socket leads to */
	SHAPE_TOLD,	/* event_batch's names: their events tell what they are */
	SHAPE_PLACE,	/* writer_name's: words made of its symbol */
	SHAPE_RAW	/* a number that may be a piece of anything */
};

/* Where the values of a member are. */
enum shape_place {
	SHAPE_HERE, /* in the structure: number of them */
	SHAPE_LIST, /* where the member points to: as many as the size_t at count says */
	SHAPE_MAYBE /* one where the member points to, unless that is NULL */
};

struct shape;
struct shape_row {
	const char *name;
	enum shape_form form;
	enum shape_place place;
	size_t offset, bytes; /* in the structure; of one value */
	size_t number, count; /* see enum shape_place */
	const struct shape *of;
	uint64_t most; /* each is below it; 0: any */
	enum shape_privacy privacy;
	enum choice_number choices; /* what its numbers are values of */
};

enum shape_number {
#define SHAPE(tag) SHAPE_OF_##tag,
#include "twintop/model/shape_rows.h"
	SHAPES
};

struct shape {
	const char *id; /* the structure's tag */
	enum shape_number number;
	size_t bytes, n;
	const struct shape_row *row;
};
extern const struct shape *const shape_table[SHAPES];

/* How many values the record has of that member, and the first of them. */
size_t shape_values(const struct shape_row *row, const void *record, const void **ret_first);
/* Whether two records are the same in all members. */
bool shape_equal(const struct shape *shape, const void *a, const void *b);
/* A copy of all that the record consists of; what it points to goes to the arena. */
void shape_copy(const struct shape *shape, void *to, const void *from, struct arena *arena);
/* The same of n values of a member that lie in a row. */
void shape_copy_values(
	const struct shape_row *row, void *to, const void *from, size_t n, struct arena *arena);
bool shape_equal_values(const struct shape_row *row, const void *a, const void *b, size_t n);

#endif
