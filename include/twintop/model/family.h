/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_FAMILY_H
#define TWINTOP_MODEL_FAMILY_H

#include "twintop/model/frames.h"
#include "twintop/model/rates.h"
#include "twintop/model/records.h"

/*
 * A process and all that descend from it, the living and the dead: what each has for itself, and
 * what it still shares with the first one.
 */
#define FAMILY_NO_PARENT SIZE_MAX
/* Why the pages of a member with VALUE_LATE are not known. */
#define FAMILY_LATE "somebody holds the lock of its memory: it did not answer within 0.2 s"

/* Why next to nothing is known of a member of which feeds alone told. */
#define FAMILY_UNSEEN	  "ended before it could be read"
#define FAMILY_UNREAD_END "its parent waited for it before anybody could read how it ended"

/* Why it is not known how much of the first one's memory a member still shares. */
#define FAMILY_OLDER                                                                               \
	"forked before it was watched: what the first of the family had then is not known"
#define FAMILY_FIRST_UNREAD                                                                        \
	"the pages of the first of the family were not read about the time of that fork"

/* What stat counts, and what moves when a process runs, faults, or gives memory back. */
struct member_moves {
	uint64_t cpu_ticks; /* of all its threads, user and system, since it was forked */
	uint64_t faults;    /* the same, minor and major ones */
	uint64_t resident;  /* pages, about */
};

/* Pages of one member beside those of the family's first one. */
struct member_pages {
	enum value_state
		state;	   /* whether they are known; VALUE_UNREAD: its turn has not come yet */
	bool frames_known; /* else shared and copied are told by flags: estimates */
	uint64_t read_ns;  /* CLOCK_MONOTONIC of the read; 0: none */
	struct member_moves moves; /* as they were before that */
	uint64_t resident; /* present, the zero page apart: Rss and Hugetlb of smaps_rollup */
	uint64_t own;	   /* of them mapped by it alone: Private_Clean and Private_Dirty */
	uint64_t private;  /* of them anonymous ones of private memory: what a fork shares */
	/* Of the next two: how reading the first one's with them went. They are told of those that
	 * run its program still, see member_apart(); the others' are not read with them. */
	enum value_state beside_state;
	uint64_t shared; /* the first one has the same page at the same address */
	uint64_t
		kept; /* of these what is private: one since a fork, and no file or shared memory */
	uint64_t copied; /* both have a page of private memory there, and they are two; at most:
			    what each touched first after the fork looks alike */
};

struct member {
	struct task_id id;
	struct task_id parent_id; /* who was its parent when it was seen first */
	pid_t ppid;		  /* who is; of the dead, who was last */
	size_t parent;		  /* index of parent_id's member, above it; or FAMILY_NO_PARENT */
	unsigned depth;		  /* 0: the first one */
	struct text comm;	  /* raw bytes */
	struct text title; /* raw: what its command line says beside that; empty: nothing else */
	enum value_state title_state; /* of it; VALUE_GONE: it ended first */
	char state;  /* R S D T t Z I; X: it is gone, its parent has waited for it */
	bool execed; /* runs another program than it was forked with */
	uint64_t threads;
	struct member_moves moves;
	enum value_state fds_state; /* of the next one */
	uint64_t fds;
	uint64_t start_ns; /* CLOCK_MONOTONIC, as exact as a clock tick; 0: before that clock began
			    */
	bool unseen;	   /* feeds alone told of it: it ended before it could be read */
	bool ended;	   /* a zombie has, too */
	uint64_t end_ns;   /* CLOCK_MONOTONIC when that was seen: it was not later */
	enum value_state status_state; /* of the next one; VALUE_GONE: only its parent was told */
	int status;		       /* wait(2) status word */
	struct member_pages pages;
};

#define FAMILY_MOST 4096u /* members: those that are looked for, and the dead */

struct family {
	struct part part;
	size_t n;
	struct member *member; /* the first one, and each behind its parent, by age */
	/*
	 * Where the first one is another than A or, where A is a worker, its parent: so many
	 * generations above that one, which is base; top: nobody is above it.
	 */
	unsigned lifted;
	struct task_id base;
	bool top;
	uint64_t page_size;
	size_t living, counted; /* … and of how many the pages are known */
	size_t ended;
	/* Members that ended before forgotten_ns (CLOCK_MONOTONIC) and are not among them any more.
	 */
	uint64_t forgotten, forgotten_ns;
	uint64_t resident; /* pages of those that were counted, each as often as it is mapped */
	enum value_state distinct_state; /* whether the next one is known, or why not */
	uint64_t distinct;		 /* frames behind them, each once */
	uint64_t totals_ns; /* CLOCK_MONOTONIC when these two began to be counted; 0: not yet */
};

/* What follows from a member's figures now and before. */
struct member_rates {
	struct task_id id;
	enum rate_gap cpu_gap, copied_gap; /* of the next two */
	double cpu_percent;		   /* of one core */
	double copied;			   /* pages a second */
	enum value_state first_state; /* of the next two; VALUE_NONE: it is older than we watch */
	uint64_t
		first_private; /* what a fork shares, in the family's first member at that time … */
	uint64_t first_ns;     /* … as read then, CLOCK_MONOTONIC */
};
/* The same of all, in the order of the family that it was made of. */
struct family_rates {
	struct part part;
	size_t n;
	struct member_rates *member;
};
/* That of member i of the family; NULL: there is none. Either may be NULL. */
const struct member_rates *family_rates_of(
	const struct family_rates *rates, const struct family *f, size_t i);

/*
 * Counts the pages of a member (sealed, known) beside those of the family's first one; first: the
 * same part for that one itself, NULL where the member shares nothing with it by descent. Frames
 * that it has are added to frames (may be NULL). read_ns is the page part's.
 */
struct member_pages family_count(
	const struct page_map *member, const struct page_map *first, struct frame_set *frames);
/* Sets parent and depth of all and puts each behind its parent, brothers by age. */
void family_order(struct member *member, size_t n);
/* The member with that identity; NULL: none. */
const struct member *family_find(const struct family *f, struct task_id id);
/*
 * Why the pages of some living member are not known; why the frames behind all are not. Static
 * text; NULL: they are.
 */
const char *family_uncounted(const struct family *f);
const char *family_indistinct(const struct family *f);
/* Whether what members share with the first one is estimated: told by flags, without frames. */
bool family_estimated(const struct family *f);
/*
 * What a member is to the others, static text: "first", "orphan" (its parent ended before it),
 * "program" (it has executed one of its own), "worker" (it runs what it was forked with).
 */
const char *member_role(const struct family *f, size_t i);
/*
 * What member i is called among the others, printable, appended: "nginx: worker process", "chromium
 * --type=renderer", its name and what is its own. brief: what tells it apart alone: "worker
 * process", "renderer", of arguments from the first on that not all its like begin with; its name
 * where that is not its parent's.
 */
void member_label(const struct family *f, size_t i, bool brief, struct textbuf *out);
/* Why shared and copied are not told of a member whose pages are known; NULL: they are. */
const char *member_apart(const struct family *f, size_t i);

#endif
