/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FAMILY_INTERNAL_H
#define TWINTOP_FAMILY_INTERNAL_H

#include "family_told.h"
#include "twintop/base/vec.h"
#include "twintop/model/family.h"
#include "twintop/proc/host.h"
#include "twintop/proc/pages.h"
#include "twintop/proc/reader.h"

VEC_STRUCT(family_members, struct member);

/* What the others are held against while a read lasts: the first one's pages, read once. */
struct family_beside {
	const struct member *first;
	bool read; /* target holds them */
	int error; /* why they are not known */
	struct page_target target;
};

/* The command line of one member, and what it made of it. */
struct family_title {
	struct task_id id;
	enum value_state state;
	struct textbuf line, title;
	struct member_moves moves; /* as they were when it was read … */
	bool execed;
	uint64_t read_ns; /* … at that time of CLOCK_MONOTONIC; 0: it was not */
	bool anew;	  /* the title is not that of the line yet */
};
VEC_STRUCT(family_titles, struct family_title);

/* The reader of families. */

struct family_reader {
	struct reader_context context;
	struct host host;
	struct page_reader *pages;    /* NULL: none yet */
	struct family_told told;      /* while a read lasts */
	const struct reader_job *job; /* the same */
	struct family_beside beside;  /* the same */
	struct task_id first;	      /* of the family that was read last; pid 0: none */
	/*
	 * What was handed out last, and what was read then: another part where nothing but ages
	 * differed. References; NULL: nothing was.
	 */
	const struct family *given, *newest;
	struct frame_set frames;     /* of the members whose turn was in this round … */
	VEC(struct task_id) round;   /* … and who they are */
	uint64_t begun_ns, resident; /* when it began, and the pages of these */
	/* Frames and pages at the end of the last round, and when that began; 0: there was none. */
	uint64_t last_distinct, last_resident, last_begun_ns;
	size_t last_n; /* its members */
	/* CPU time that pages may be read for, as of that time (CLOCK_MONOTONIC). */
	int64_t credit_ns, credited_ns;
	bool greeted;		     /* the family was read in one go, as far as that goes */
	struct family_titles titles; /* of its members, in their order */
	uint64_t first_cost_ns;	     /* CPU that reading the first one's pages took */
};

/* family_list.c */
struct family_first;
/* Everybody into the list, the first one at its head. 0 or negative errno. */
int family_list(struct family_reader *r, struct family *f, const struct family *had,
	const struct family_first *first, struct family_members *list);
/* Whether A was a worker of that family, and has executed a program since: it has its own now. */
bool family_has_left(
	const struct family_reader *r, const struct family *had, const struct task_id *a);

/* family_turns.c */
/*
 * As many as the budget allows, and none after one whose memory is not to be had; a round ends when
 * each has had its turn. Says in the job what that took.
 */
void family_read_pages(
	struct family_reader *r, struct reader_job *job, struct family_members *list);
/* Begins another round. */
void family_forget_round(struct family_reader *r);

/* family_titles.c */
/* Sets the members' titles; some of their command lines are read. */
void family_read_titles(struct family_reader *r, struct family *f, struct family_members *list);
void family_titles_free(struct family_titles *t);

/* family_pages.c */
/* What follows may be called once this was. 0 or negative errno. */
int family_pages_open(struct family_reader *r);
/* Begins and ends a read, in which members are measured beside the first one. */
void family_pages_begin(struct family_reader *r, const struct member *first);
void family_pages_end(struct family_reader *r);
/* Reads and counts a member's pages; its frames are added to the round's. */
void family_measure(struct family_reader *r, const struct reader_job *job, struct member *m);

#endif
