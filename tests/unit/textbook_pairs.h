/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_TEXTBOOK_PAIRS_H
#define TESTS_UNIT_TEXTBOOK_PAIRS_H

#include "tests/fixtures/scene.h"
#include "twintop/compare/compare.h"
#include "twintop/compare/textbook.h"

/* Pairs that a row is asked of. */
enum pair_of {
	TWINS,	   /* parent and child */
	THREADS,   /* of one process */
	STRANGERS, /* two processes without a relative */
	LENT,	   /* two processes in one memory: vfork */
	ALONE,	   /* no B */
	ENDED,	   /* parent, and a child that died of a signal */
	DENIED,	   /* parent and child of another user */
	UNASKED,   /* parent and child, nothing of which was read */
	PAIRS
};

/* As the comparer makes a moment of two sides that are made of those of another. */
struct made {
	const struct moment *from, *moment;
	struct comparer *comparer;
	struct snapshot *snapshot;
	struct shares *shares;
	struct process_info *info[2];
};

/* Sides of those sides of the scene, that share what kcmp(2) tells, or nothing of it; to be
 * changed. */
void pairs_begin(struct made *m, const struct scene *scene, unsigned a, unsigned b, bool share);
/* Has the comparer see them as they are, before they change. */
void pairs_see(struct made *m);
/* Has the comparer make the moment of them. */
const struct moment *pairs_end(struct made *m);
/* Both, of a pair of that kind. */
void pairs_make(struct made *m, enum pair_of kind);
void pairs_free(struct made *m);

struct textbook_answer pairs_ask(const struct moment *m, const char *id, struct arena *arena);
/* Fails the test unless the row says that: "A's figure | B's figure | sign and verdict". */
void pairs_expect(const struct moment *m, const char *id, const char *text);

#endif
