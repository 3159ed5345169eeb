/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_PAIR_H
#define TWINTOP_MODEL_PAIR_H

#include "twintop/model/card.h"
#include "twintop/model/snapshot.h"

enum relation { /* of B to A */
	RELATION_PARENT, RELATION_CHILD, RELATION_SIBLINGS, RELATION_THREADS, RELATION_UNRELATED,
	RELATION_OWN_PAST, /* B is A of an earlier moment */
	RELATION_TWO_RECORDINGS, /* B is of another recording than A */
	RELATIONS
};
const char *relation_name(enum relation r);
/*
 * Whether that side was forked by the other, and is another's child now: its parent ended, or whoever
 * is to wait for it changed.
 */
bool pair_is_orphan(const struct snapshot *s, enum relation relation, unsigned side);

#define PAGES_UNKNOWN UINT64_MAX

enum row_state {
	ROW_SAME, ROW_ONLY_A, ROW_ONLY_B, ROW_DIVERGED,
	ROW_UNKNOWN, /* in one; whether in the other could not be read, or nothing tells that it is */
	ROW_STATES
};
const char *row_state_name(enum row_state s); /* "same", "only_a", … */
/* Of a row that only one side is known to have; hidden: what the other has is not known. */
enum row_state row_state_of_one(bool in_a, bool other_hidden);

enum mechanism {
	MECHANISM_NONE, MECHANISM_TEXT, MECHANISM_RODATA, MECHANISM_LIBRARY, MECHANISM_COW, MECHANISM_FILE,
	MECHANISM_SHARED_ANONYMOUS, MECHANISM_POSIX_SHM, MECHANISM_SYSV_SHM, MECHANISM_MEMFD, MECHANISM_VDSO,
	MECHANISMS
};
const char *mechanism_name(enum mechanism m); /* "none", "text", … */
const char *mechanism_meaning(enum mechanism m); /* a few words for people */

/* Mappings that both have, by mechanism. */
struct mechanism_sum {
	uint64_t rows;
	uint64_t size_bytes;   /* address space of them in A (in B where A has none) */
	uint64_t common_pages; /* resident pages that exist once and are used by both */
};

/* Pages of a pair by verdict; copied holds copied_by_a and copied_by_b and what nobody saw. */
struct pair_pages {
	uint64_t cow_shared, copied, copied_by_a, copied_by_b, born_apart, file_shared, shared_memory;
	uint64_t only_a, only_b, zero, swapped, changed_while_reading;
	uint64_t released;
	uint64_t touched_by_one; /* of shared_memory: the other has not faulted it yet */
	uint64_t fresh; /* verdict became copied since the previous page read */
	uint64_t kept, faulted, replaced, came, gone, untold; /* of two moments */
};
/* Adds n pages of that verdict. */
void pair_pages_add(struct pair_pages *p, enum page_verdict v, uint64_t n);
/* Pages of that very verdict: of copied those that nobody saw; -1 for one that is not counted. */
int64_t pair_pages_of(const struct pair_pages *p, enum page_verdict v);
/* Pages that exist once and are used by both. */
uint64_t pair_pages_common(const struct pair_pages *p);

/*
 * Verdicts by address: verdict[i] is the page at start + i * page size. Where A and B have
 * different things mapped at one address, the verdict is that of A's row.
 */
struct verdict_run {
	uint64_t start;
	size_t n;
	const uint8_t *verdict; /* enum page_verdict; VERDICT_FRESH set: copied since the last read */
};
#define VERDICT_FRESH 0x80u

struct pair_mapping {
	int a, b; /* indexes into the sides' mappings; -1: none */
	enum row_state state;
	enum mechanism mechanism;
	struct pair_pages pages;
	/*
	 * The addresses that the counts speak of: both mappings', without what another row of a split
	 * one holds; A's where B has the same file elsewhere.
	 */
	uint64_t start, end;
	/* Of A's pages here whose frame B has too: how many were looked up, how many others map. */
	uint64_t counted_pages, others_pages;
};

/* Frames that both map, at whatever addresses. */
struct pair_frames {
	enum value_state state;	  /* of common */
	const char *reason;	  /* static text where it is unknown */
	uint64_t common;	  /* distinct frames */
	enum value_state counts_state; /* of the rest: /proc/kpagecount */
	const char *counts_reason;
	uint64_t counted; /* of the common ones: less than all where the read was bounded */
	uint64_t others;  /* of the counted ones: mapped by others, too */
};

struct pair_thread {
	int a, b; /* indexes into the sides' threads; -1: none */
};

/* Which thread stands beside which: a part of the pair, shared while the threads are the same. */
struct pair_threads {
	struct part part;
	size_t n;
	struct pair_thread *row;
};

enum fd_relation {
	FD_UNRELATED, FD_SAME_DESCRIPTION, FD_SAME_FILE, FD_PIPE_END, FD_SOCKET_PEER,
	FD_SAME_OBJECT, /* one number then and now, and one object by device and inode */
	FD_SAME_KIND,	/* the same, but the kernel has one inode for all of the kind */
	FD_SAME_NAME,	/* in two recordings one number, kind and name */
	FD_RELATIONS
};
const char *fd_relation_name(enum fd_relation r); /* "unrelated", "same_description", … */

struct pair_fd {
	int a, b; /* indexes into the sides' fds; -1: none */
	enum fd_relation relation;
	enum row_state state;
};

enum channel_direction { CHANNEL_A_TO_B, CHANNEL_B_TO_A, CHANNEL_BOTH, CHANNEL_DIRECTIONS };
struct channel {
	const char *kind; /* "pipe", "fifo", "unix", … static text */
	int a_fd, b_fd;   /* descriptor numbers; -1: none */
	enum channel_direction direction;
	/* Which one: "inode 4711", "shmid 3, key 0x4d2, 2 attached", … our own text; NULL: nothing. */
	const char *detail;
	/* Bytes that wait to be read by A and by B; what cannot be had without touching a target is
	 * unknown. */
	enum value_state waiting_state[2];
	uint64_t waiting_bytes[2];
};

/*
 * What compare/ made of both sides' mappings and pages: a part of the pair, made anew when one of
 * them was read anew.
 */
struct verdicts {
	struct part part;
	enum value_state pages_state;
	enum value_state scan_state; /* of both sides' zero pages: see struct page_map */
	bool pages_exact;     /* by frames; else estimated by flags */
	/*
	 * Attached after the fork: copied may hold born_apart; or copied_uncertain: it may hold pages
	 * that a side dropped and touched anew between two looks, since the pair was first seen.
	 */
	bool copied_is_upper_bound, copied_uncertain;
	bool fork_seen; /* A's pages were read before the fork: no such bound */
	/* Fork made both spaces: else private memory at equal addresses has nothing in common. */
	bool fork_related;
	bool hidden[2]; /* a side's mappings are not known: what it seems to lack it may have */
	uint64_t page_size; /* bytes */
	struct pair_frames frames;
	struct pair_pages pages;
	struct mechanism_sum by_mechanism[MECHANISMS]; /* common_pages as pages_state allows */
	size_t mappings_n;
	struct pair_mapping *mapping; /* rows, by address */
	/* Those of memory that a write by one shows to the other: MAP_SHARED of both. */
	size_t shared_n;
	const struct pair_mapping **shared;
	/*
	 * Of A beside A of another moment: whether pages are judged by that, why not, and why some
	 * of what is to be told of them is not known (static text; NULL: it is).
	 */
	enum value_state since_state;
	const char *since_reason, *frames_gap, *faults_gap;
	bool faults_partial; /* more may have faulted since then than was told */
	/* Pages of these verdicts by mapping index of each side, or PAGES_UNKNOWN where it is not
	 * known what the other has of it; NULL: not read. */
	uint64_t *cow_shared[2], *copied[2];
	size_t verdict_runs_n;
	struct verdict_run *verdict_run; /* by address */
};

/* What compare/ made of a snapshot with two sides. Sealed with it. */
struct pair {
	struct part part;
	enum relation relation;
	const char *kin_reason; /* static: why it is not known that they are not related; NULL: it is */
	bool one_space;       /* A and B share one address space */
	enum value_state space_state; /* whether that is known: else no page can be judged */
	const char *space_reason;     /* static text where it is not */
	struct card card;     /* what A and B share, item by item */
	bool card_known;
	const struct verdicts *verdicts;    /* a reference */
	const struct pair_threads *threads; /* a reference; NULL: not compared */
	size_t threads_n;
	const struct pair_thread *thread; /* its rows */
	bool one_fd_table; /* threads, or CLONE_FILES: each number is one descriptor of both */
	size_t fds_n;
	struct pair_fd *fd;
	uint32_t *fd_row[2]; /* of each side's descriptors that have one, 1 and on; 0: none */
	size_t fd_rows_n[2];
	size_t channels_n;
	struct channel *channel;
	bool ofd_untold; /* who waits for an OFD lock of one is not told: it may be the other */
};

/* Empty, with one reference, to be filled and sealed. */
struct pair *pair_new(void);
/* One like another but for its verdicts, a reference to which it takes over; NULL: none. */
const struct pair *pair_copy(const struct pair *of, const struct verdicts *verdicts);
/* Takes over a reference to the rows of threads. */
void pair_set_threads(struct pair *p, const struct pair_threads *threads);
/* Once all rows of descriptors are there: how they are found by the sides' indexes. */
void pair_index_fds(struct pair *p);
/* The row of a side's descriptor by its index; NULL: none, or no pair. */
const struct pair_fd *pair_find_fd(const struct pair *p, unsigned side, size_t index);
/* Why no page of a pair is judged of which one_space is not known. */
#define PAIR_SPACE_UNKNOWN                                                                         \
	"not told whether A and B are one address space (kcmp): a page in both may be shared, or " \
	"one and the same"
/* The same in few words, for a screen. */
#define PAIR_SPACE_UNKNOWN_SHORT "unknown: one address space or two, kcmp does not tell"
/*
 * Why A and B can have nothing in common: they are of two moments. Static text; NULL: they are of
 * one, and may. p may be NULL.
 */
const char *pair_apart(const struct pair *p);
/* Whether B is A of an earlier moment. */
bool pair_is_past(const struct pair *p);
/* Whether its pages have verdicts, of whichever sort. */
bool pair_judged(const struct pair *p);
/* Why the pair has no counts of pages: static text; NULL where it has. */
const char *pair_pages_reason(const struct pair *p);
/*
 * Why, of pages that are judged, it is not known how many have that verdict: static text; NULL: it
 * is. p counts some of those of v, or all.
 */
const char *verdicts_hide(
	const struct verdicts *v, const struct pair_pages *p, enum page_verdict which);
/* How many of p, pages of the pair, have that verdict of two moments of A; p NULL where it is none. */
struct value pair_since(const struct pair *p, const struct pair_pages *pages, enum page_verdict which);
/* Why nobody knows who copied, of pages that are judged by flags alone. */
#define PAGES_NEED_FRAMES                                                                          \
	"needs frame numbers (CAP_SYS_ADMIN): flags do not tell whose page another one came to be"
/* How many mappings of a side have sums: as many as it has, which verdicts do not count. */
size_t verdicts_mappings(const struct verdicts *v, unsigned side);
/* Index of the first verdict run that ends above address (verdict_runs_n when none). */
size_t verdicts_first_run(const struct verdicts *v, uint64_t address);
/* The verdict at address, VERDICT_FRESH included; PAGE_VERDICT_ABSENT where there is none. */
unsigned verdicts_at(const struct verdicts *v, uint64_t address);

/* A snapshot and what compare/ made of it: what views, reports and JSON take. */
struct moment {
	struct part part;
	const struct snapshot *snapshot;
	const struct pair *pair; /* NULL with fewer than two sides */
};
/* Takes over both references. */
const struct moment *moment_new(const struct snapshot *snapshot, const struct pair *pair);
const struct moment *moment_get(const struct moment *m);
void moment_put(const struct moment *m);
/*
 * Whether m has nothing to show that before did not: the same tasks, parts and pair, no new ending,
 * no event. Times and what reading cost may differ. Either may be NULL.
 */
bool moment_same(const struct moment *m, const struct moment *before);
/* Whether events came since the moment before. */
bool moment_tells_events(const struct moment *m);

#endif
