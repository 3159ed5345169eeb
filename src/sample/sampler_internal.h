/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_SAMPLER_INTERNAL_H
#define TWINTOP_SAMPLE_SAMPLER_INTERNAL_H

#include <pthread.h>

#include "changes.h"
#include "convoys.h"
#include "questions.h"
#include "reader_table.h"
#include "reading.h"
#include "twintop/base/vec.h"
#include "twintop/feed/feeds.h"
#include "twintop/model/publisher.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/stir.h"
#include "twintop/sample/sampler.h"

#define KEEP_UNNEEDED_NS 10000000000u /* a part that nobody needs stays so long */
#define STATUS_TRIES	 10	      /* rounds in which we still ask for an exit status */

/* One side while it is watched. Touched by the sampler's thread alone. */
struct target {
	struct identity identity;
	struct ending ending;
	unsigned status_tries;
	/* The last parts that were had, each with a reference, and when each was last so. */
	union {
		const struct part *part[SIDE_PARTS];
		struct side_members had;
	};
	uint64_t read_ns[SIDE_PARTS];
	bool exec_seen;	     /* in this round: what was read before is of another program */
	bool moved;	     /* in this round: it is read through another thread than it was */
	pid_t lived_through; /* it lived, and could be read through that thread … */
	uint64_t lived_ns;   /* … at least until then; 0: that is not known */
	struct stir stir;
};

/* What sampler_watch asked for. */
struct watch_request {
	bool set, swap;
	struct identity a, b; /* b.id.pid 0: not named */
	pid_t sibling;	      /* SIBLING_* where b is not named */
};

/* A question of sampler_watch, answered on the sampler's thread, which alone opens /proc. */
struct watch_question {
	bool asked;
	pid_t a, b;
	int error, which;
};

/* A reader at work: a lane, or one a side where it reads sides; and when it is due. */
struct station {
	const struct reader_ops *ops;
	struct post {
		struct lane *lane;
		uint64_t due_ns;       /* for what a round needs now */
		uint64_t beside_ns;    /* for what may be older */
		uint64_t all_cost_ns;  /* CPU time of the last read of all bits */
		unsigned need, beside; /* bits of the read under way or the last one; those asked */
		uint64_t begun_ns;     /* CLOCK_MONOTONIC when that began */
	} post[2];
};

struct sampler {
	struct sampler_options options;
	struct hub *hub;
	struct publisher *publisher;
	int list_fd; /* eventfd: a list is there */
	pthread_t thread;
	bool started;
	bool gone; /* all was let go: the sampler's thread may have done so when it ended */

	/* Under the hub's lock. */
	bool stop, kicked, want_list, done;
	struct sampler_source *sources;
	unsigned need, beside; /* of all sources */
	unsigned generations;  /* see source_lift() */
	struct hold_wish hold; /* see source_hold() */
	uint64_t delay_ns;
	struct watch_request request;
	struct watch_question question;
	struct questions *questions;
	const struct process_list *list;
	pid_t reaped_pid;
	int reaped_status;
	/*
	 * The lanes stay from target to target: libproc2 loses 256 KiB with each thread that used
	 * it and ended.
	 */
	struct station station[READERS_MOST];
	struct lane *lister, *commander; /* the list; its command lines */

	/* The sampler's thread alone. */
	struct target *side[2];
	pid_t sibling;	      /* SIBLING_* or 0 where B was named */
	bool b_named;	      /* by a person: follow leaves it alone */
	bool b_wanted;	      /* sibling asks for one that is not chosen yet */
	int b_error;	      /* why the B that is wanted could not be looked for; 0: it could */
	bool followed;	      /* a child has been chosen */
	struct identity born; /* A's newest child that nobody looked at yet; id.pid 0: none */
	struct host host_info;
	union {
		const struct part *host_part[HOST_PARTS];
		struct host_members host;
	};
	union {
		const struct part *pair_part[PAIR_PARTS];
		struct pair_members pair;
	};
	/* CLOCK_MONOTONIC when the read began that last found each to be so; 0: none did. */
	uint64_t host_read_ns[HOST_PARTS], pair_read_ns[PAIR_PARTS];
	unsigned lifted; /* generations of the round under way … */
	struct hold_wish held; /* … and whom somebody wishes held */
	uint64_t sequence, read_cpu_ns;
	uint64_t list_due_ns, pages_delay_ns;
	uint64_t needed_ns[SIDE_PARTS]; /* when a round last needed it */
	uint64_t pages_cost_ns; /* of what was read in this round at PACE_PAGES; 0: nothing */
	uint64_t own_cpu_ns, own_since_ns, page_cpu_ns; /* of the window: pages and comparing */
	uint64_t other_permille;			/* of one core that all but those took */
	double own_percent;
	struct naming *naming;
	struct changes *changes;
	struct convoy_watch *convoys;
	struct feeds *feeds;
	struct event_sink events;    /* that no moment told yet */
	struct fault_sink faults;    /* the same of page faults */
	struct lane_sink lanes;	     /* the same of switches */
	uint64_t paced_ns;	     /* the delay that feeds know of; 0: none yet */
	uint64_t faults_needed_ns;   /* when a round last needed them; 0: nobody listens */
	uint64_t switches_needed_ns; /* the same of those */
	bool ask_feeds;		     /* something shows that they have not told yet */
	uint64_t kin_told_ns;	     /* when they last told of a birth or an end */
	uint64_t stirred_ns;	     /* of the last sign that something is not as it was */
	pid_t exit_told;	     /* the last process whose end they told */
	struct told_lives lives;     /* what they told of births and ends */
};

/* One round of reading. */
struct round {
	uint64_t begin_ns;
	unsigned need, beside, generations;
	struct hold_wish hold;
	uint64_t delay_ns;
	bool want_list;
	bool asked; /* somebody wants it at once */
};

/* waiting.c */
void sampler_begin_lane(struct sampler *s, struct lane *lane);
bool sampler_settle_lane(struct sampler *s, struct lane *lane);
/* Waits a while until none of the lanes (NULL: skipped) is busy; not for one that was busy
 * before this round began. Answers sampler_watch and questions meanwhile. */
void sampler_await(struct sampler *s, const struct round *r, struct lane *const *lanes, size_t n);
/* Answers sampler_watch, if it asks, and begins questions. The lock is held, but not while /proc is
 * read. */
void sampler_answer(struct sampler *s);
/* Opens the processes of a request; 0, or negative errno and *ret_which 0 for a, 1 for b. */
int request_open(const struct sampler *s, pid_t a, pid_t b, struct watch_request *ret_request,
	int *ret_which);
/* The newest request wins; s owns its identities now. The lock is held. */
void request_put(struct sampler *s, const struct watch_request *request);
void request_close(struct watch_request *request);

/* targets.c */
/* The side that is watched under that identity and thread, or NULL. */
struct target *target_find_thread(const struct sampler *s, struct task_id id, pid_t tid);
/* The side that is watched under that identity (A where both are), or NULL. */
struct target *target_find(const struct sampler *s, struct task_id id);
struct target *target_new(const struct identity *identity);
void target_free(struct target *t); /* NULL is fine */
bool target_is(const struct target *t, struct task_id id);
/* Looks whether it still lives, and for its exit status where it does not. */
void target_look(struct sampler *s, struct target *t);
bool target_alive(const struct target *t); /* false for NULL */
/* What has become of t while it was read, until that time. */
enum target_life {
	TARGET_LIVES,
	/* On its way out it has lost its mappings and files, though nobody can wait for it yet. */
	TARGET_LEAVES,
	/* The thread that it was read through ended meanwhile, others live: to be read once more.
	 */
	TARGET_MOVED
};
enum target_life target_life(struct sampler *s, struct target *t, pid_t through, uint64_t until_ns);
/* Reads through a thread that lives from now on. */
void target_choose_through(struct sampler *s, struct target *t);
/* Whether A and B are (threads of) one process: then A's parts are B's too. */
bool targets_same(const struct sampler *s);
/* What was measured of the pair is of another one now. */
void targets_forget_pair(struct sampler *s);

/* siblings.c */
void siblings_open(struct sampler *s);
/* Takes over what sampler_watch and sampler_swap asked for. */
void siblings_apply(struct sampler *s, struct watch_request *request);
/* Starts looking for the nearest relative when one is wanted; the lane to wait for, or NULL. */
struct lane *siblings_search(struct sampler *s, const struct round *r);
/* The list came home: the chooser's, and the nearest relative. */
void siblings_take_list(struct sampler *s);
/* Why there is no B though one was asked for: static text; NULL: there is, or nobody asked. */
const char *siblings_alone(const struct sampler *s);
/* Chooses B from A's record and new children. */
void siblings_choose(struct sampler *s);
/* Looks for new children of a side since its previous record. */
void siblings_compare(struct sampler *s, const struct target *t, const struct process_info *now);
/* A child was born, as a feed told. */
void siblings_born(struct sampler *s, pid_t parent, pid_t child);

/* told.c */
/* 0 or negative errno. */
int told_open(struct sampler *s);
/* Returns how many threads hang in a read and were left behind: 0 or 1. */
unsigned told_close(struct sampler *s);
/* Others are watched now. */
void told_watch(struct sampler *s);
/* Takes what the feeds have told; waits a while for them where something shows that they shall. */
void told_gather(struct sampler *s);
/* Lets the feeds know what the round needs. */
void told_need(struct sampler *s, const struct round *r);
/*
 * Takes the page faults and switches until now, what was read in this round being older; waits a
 * while for them.
 */
void told_beside(struct sampler *s);
/* The same as told_gather, until A's end was told or there is little hope. */
void told_last(struct sampler *s);
/* Takes what waits, without waiting for more; true when anything did. */
bool told_take(struct sampler *s);
/* Notes what we did ourselves; name is copied. */
void sampler_event(struct sampler *s, struct event event, struct text name);

/* naming.c */
/* What finds names of writers' places. The root outlives it. */
struct naming *naming_new(struct hub *hub, const struct proc_root *root);
void naming_free(struct naming *n); /* NULL is fine; the lock is held */
/* The names so far go into the snapshot; for those that its writers lack somebody looks. Where each
 * sample is to be whole, it waits for them. */
void naming_follow(struct sampler *s, const struct round *r, struct snapshot *snapshot);

/* stations.c */
void stations_open(struct sampler *s);
void stations_close(struct sampler *s); /* the lock is held */
/* A and B have changed places: what is read of them, too. */
void stations_swap(struct sampler *s);
/* Everything is due. */
void stations_renew(struct sampler *s);
/*
 * Begins what is due of the readers that build upon nothing (first), or of the others. Where hold,
 * a reader waits for what it builds upon and cannot do without; returns whether any does.
 */
bool stations_begin(struct sampler *s, const struct round *r, bool first, bool hold);
/* Waits for what was begun in this round; bases: only for what others build upon. */
void stations_await(struct sampler *s, const struct round *r, bool bases);
/* Whether records were read before a birth or an end was told that they are to show. */
bool stations_lack_kin(const struct sampler *s);
/* Takes what came home. */
void stations_take(struct sampler *s);
/* Whether the reader that brings such a part (of t, NULL: of the pair or host) has not answered for
 * HELPER_DEADLINE_NS. */
bool stations_late(struct sampler *s, enum part_kind kind, const struct target *t);

/* pacing.c */
/* When readers at PACE_PAGES are due next, if they read in this round; compare_ns: what comparing
 * took. */
void stations_pace(struct sampler *s, uint64_t compare_ns);

/* rounds.c */
void round_run(struct sampler *s, struct round *r);
/*
 * Reads anew what is still to be read, behind all that was told: the last moment of a program tells
 * of those who ended with it both as events and as a family.
 */
void round_again(struct sampler *s, const struct round *r);

/* collect.c */
const struct moment *collect_moment(struct sampler *s, const struct round *r);

#endif
