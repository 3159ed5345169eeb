/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FAMILY_INTERNAL_H
#define TWINTOP_FAMILY_INTERNAL_H

#include "family_told.h"
#include "twintop/base/vec.h"
#include "twintop/model/family.h"
#include "twintop/proc/host.h"
#include "twintop/proc/pages.h"
#include "twintop/proc/reader.h"

/* The reader of families. */
VEC_STRUCT(family_members, struct member);

struct family_reader {
	struct reader_context context;
	struct host host;
	struct page_reader *pages;    /* NULL: none yet */
	struct family_told told;      /* while a read lasts */
	const struct reader_job *job; /* the same */
	struct task_id first;	      /* of the family that was read last; pid 0: none */
	struct frame_set frames;      /* of the members whose turn was in this round … */
	VEC(struct task_id) round;    /* … and who they are */
	uint64_t begun_ns, resident;  /* when it began, and the pages of these */
	/* Frames and pages at the end of the last round, and when that began; 0: there was none. */
	uint64_t last_distinct, last_resident, last_begun_ns;
};

/* family_pages.c */
/*
 * As many as the budget allows, one at least, and none after one whose memory is not to be had; a
 * round ends when each has had its turn.
 */
void family_read_pages(struct family_reader *r, const struct reader_job *job,
	struct family_members *list, bool first_read);
/* Begins another round. */
void family_forget_round(struct family_reader *r);

#endif
