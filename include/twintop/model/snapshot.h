/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_SNAPSHOT_H
#define TWINTOP_MODEL_SNAPSHOT_H

#include "twintop/model/event.h"
#include "twintop/model/ipc.h"
#include "twintop/model/part_table.h"
#include "twintop/model/rates.h"
#include "twintop/model/records.h"

/* Capabilities: what this kernel and our privileges allow, probed by a round trip. */
enum access_item {
	ACCESS_FRAMES,       /* KNOWN: exact; DENIED: flags only */
	ACCESS_PAGEMAP,
	ACCESS_PAGEMAP_SCAN,
	ACCESS_PROCMAP_QUERY,
	ACCESS_PAGE_COUNT,   /* kpagecount */
	ACCESS_PAGE_FLAGS,   /* kpageflags */
	ACCESS_SYSCALL,
	ACCESS_KERNEL_STACK,
	ACCESS_KCMP,
	ACCESS_ATTACH,       /* /proc/PID/mem, what ptrace attach needs */
	ACCESS_PERF,
	ACCESS_EVENTS,       /* the proc connector */
	ACCESS_SOCK_DIAG,
	ACCESS_ITEMS
};
struct access {
	enum value_state state[ACCESS_ITEMS];
};
extern const char *const access_item_name[ACCESS_ITEMS]; /* "frames", "pagemap", … */
/*
 * Why nothing is told that needs the item, where the probe on ourselves already failed: "kcmp(2) is
 * refused to twintop itself …". NULL where it did not. Static text.
 */
const char *access_reason(const struct access *access, enum access_item item);

struct host {
	char kernel[128]; /* uname release */
	uint64_t page_size, clock_ticks;
	unsigned cpus;
	bool root; /* whoever read it is root: "needs root" would be no advice */
};

/* How a process stopped being one. */
struct ending {
	bool ended;
	bool status_known;
	int status;           /* wait(2) status word */
	uint64_t seen_ns;     /* CLOCK_MONOTONIC when we learnt of it */
	const char *source;   /* the interface that said the status; NULL unknown */
};

/* One side. task is of the named thread where that is not the main one. */
struct side {
	struct task_id id;
	pid_t tid; /* the thread that was named, else id.pid */
	int pidfd_state; /* enum value_state: whether a pidfd guards the identity */
	struct ending ending;
	/* When it was so, where that is another moment than the snapshot's; 0: it is not. */
	uint64_t was_ns, was_realtime_ns;
	const struct host *host; /* where it ran, where that is not the snapshot's; NULL: it is */
	/* CLOCK_MONOTONIC when the read began that last found each part to be so; 0: the part's. */
	uint64_t read_ns[SIDE_PARTS];
	union {
		const struct part *part[SIDE_PARTS];
		struct {
#define SIDE_PART(KIND, member, tag, ...) const struct tag *member;
#include "twintop/model/part_rows.h"
		};
	};
};

/* kcmp(2) verdicts on the pair. */
enum share_item { SHARE_VM, SHARE_FILES, SHARE_FS, SHARE_SIGHAND, SHARE_IO, SHARE_SYSVSEM, SHARE_ITEMS };
struct shares {
	struct part part;
	enum value_state state[SHARE_ITEMS];
	bool shared[SHARE_ITEMS];
};

/*
 * All that was known at one moment; sealed before anybody sees it. Sides hold
 * references to parts, so a snapshot costs little where little was read anew.
 */
struct snapshot {
	struct part part;
	uint64_t sequence; /* 1, 2, 3 … */
	uint64_t realtime_ns, monotonic_ns;
	struct host host;
	struct access access;
	unsigned sides; /* 0, 1 or 2 */
	/* As a side's read_ns, of the pair's parts and of the host's. */
	uint64_t pair_read_ns[PAIR_PARTS], host_read_ns[HOST_PARTS];
	struct side side[2];
	union {
		const struct part *pair_part[PAIR_PARTS];
		struct {
#define PAIR_PART(KIND, member, tag, ...) const struct tag *member;
#include "twintop/model/part_rows.h"
		};
	};
	union {
		const struct part *host_part[HOST_PARTS];
		struct {
#define HOST_PART(KIND, member, tag, ...) const struct tag *member;
#include "twintop/model/part_rows.h"
		};
	};
	struct copy_rate copies; /* of the pair */
	uint64_t faults_until_ns; /* all page faults up to then were told; 0: none were */
	bool sibling_chosen_by_us; /* nobody named B */
	bool sibling_is_nearest; /* nor said which relative it shall be */
	const char *lifecycle; /* who tells of births and ends: a feed's id; NULL: nobody yet */
	bool lifecycle_exact;  /* and misses none; else what lives too shortly may be missing … */
	const char *lifecycle_lacks; /* … for this reason: static; NULL: not told why */
	const char *ends_lack; /* why how some ended may be unknown: static; NULL: it is known */
	const char *alone; /* why there is no B, static text; NULL: there is, or nobody asked */
	uint64_t read_cpu_ns; /* what this snapshot's reads cost */
	double own_cpu_percent; /* of one core, ours, over the last second or so */
	uint64_t delay_ns;    /* the set delay between samples */
	uint64_t pages_delay_ns; /* the stretched one for pages, 0: not read */
};

/* Empty, with one reference. The parts that its maker puts into it go with its last one. */
struct snapshot *snapshot_new(void);
/*
 * One with all that another holds but for B and what is of the pair, to be filled and sealed; with
 * one reference.
 */
struct snapshot *snapshot_of_a(const struct snapshot *of);
/*
 * One with all that another holds, A and B the other way round, but for what compare/ makes of the
 * pair; that has two sides. To be filled and sealed; with one reference.
 */
struct snapshot *snapshot_turned(const struct snapshot *of);
/* One that holds what another one holds, to be changed before it is given away; one reference. */
struct snapshot *snapshot_copy(const struct snapshot *of);
/* CLOCK_MONOTONIC of the moment that a side is of. */
uint64_t side_moment_ns(const struct snapshot *s, unsigned side);
/* The machine that a side ran on. */
const struct host *side_host(const struct snapshot *s, unsigned side);
/* The part of that kind, of that side where it is a side's; NULL: it is not there. */
const struct part *snapshot_part(const struct snapshot *s, enum part_kind kind, unsigned side);
/* How long before the snapshot a part was last found to be as it is. */
struct part_age {
	uint64_t ns;
	bool old;  /* too long for its kind (part_table) and the delay */
	bool late; /* so, and of the living: nothing of the ended is read any more */
};
/* Of the part of that kind, of that side where it is a side's; 0 and not late: it is not there. */
struct part_age part_age(const struct snapshot *s, enum part_kind kind, unsigned side);
/* The record of the named thread, the process's where that is the main one; NULL: not read. */
const struct process_info *side_task(const struct side *s);
/*
 * Why what a side has of that kind is not known: static text; NULL where it is, and where it has
 * nothing of the kind by its nature.
 */
const char *side_hides(const struct snapshot *s, enum part_kind kind, unsigned side);
/*
 * Why it is not known which of a side's descriptors are one description: static text; NULL where it
 * is, and where there are none.
 */
const char *fds_uncompared(const struct snapshot *s, unsigned side);
/* Why a side has no memory by its nature (kernel thread, zombie): static text; NULL where it should. */
const char *side_without_memory(const struct side *s);
/* What a mapping of the side is, its threads' stacks told; and whose stack, 0: no thread's. */
enum mapping_kind side_mapping_kind(const struct side *s, size_t mapping);
pid_t side_mapping_owner(const struct side *s, size_t mapping);
/* Its pages; NULL: not known of these mappings. */
const struct page_counts *side_mapping_pages(const struct side *s, size_t mapping);
/* Whether A and B share the item is known, or why not; then *ret_shared (false where it is not). */
enum value_state snapshot_shares(
	const struct snapshot *s, enum share_item item, bool *ret_shared);

#endif
