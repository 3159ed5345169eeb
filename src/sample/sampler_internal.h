/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_SAMPLER_INTERNAL_H
#define TWINTOP_SAMPLE_SAMPLER_INTERNAL_H

#include <pthread.h>

#include "jobs.h"
#include "twintop/base/vec.h"
#include "twintop/proc/identity.h"
#include "twintop/sample/sampler.h"

#define KEEP_UNNEEDED_NS 10000000000u /* a part that nobody needs stays so long */
#define STATUS_TRIES	 10	      /* rounds in which we still ask for an exit status */

/* One side while it is watched. Touched by the sampler's thread alone. */
struct target {
	struct identity identity;
	struct ending ending;
	unsigned status_tries;
	struct lane *threads;
	/* The last parts that were had, each with a reference. */
	union {
		const struct part *part[SIDE_PARTS];
		struct side_members had;
	};
	/* Mappings of this round that are not sealed yet, while no worker has them. */
	struct memory_map *fresh;
	int fresh_error;
	uint64_t fresh_cpu_ns;
	bool exec_seen; /* in this round: what was read before is of another program */
	uint64_t threads_due_ns;
	bool settled; /* neither ended nor on its way out when its reads came home */
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

struct pending_event {
	struct event event;
	char *name; /* malloc'ed */
	size_t name_len;
	bool published;
};

struct frame_answer {
	uint64_t frame, count, read_ns; /* read_ns 0: none yet */
	int error;
};

struct sampler {
	struct sampler_options options;
	struct hub *hub;
	int update_fd; /* eventfd: a moment or a list is there */
	pthread_t thread;
	bool started;

	/* Under the hub's lock. */
	bool stop, kicked, done, want_list;
	unsigned need;
	uint64_t delay_ns;
	struct watch_request request;
	struct watch_question question;
	const struct moment *moment;
	const struct process_list *list;
	pid_t reaped_pid;
	int reaped_status;
	struct frame_answer frame;
	/*
	 * process: one a side, kept from target to target: libproc2 loses 256 KiB with each
	 * thread that used it and ended.
	 */
	struct lane *process[2], *memory, *fds, *shares, *ipc, *lister, *framer;

	/* The sampler's thread alone. */
	struct target *side[2];
	pid_t sibling;	      /* SIBLING_* or 0 where B was named */
	bool b_named;	      /* by a person: follow leaves it alone */
	bool b_wanted;	      /* sibling asks for one that is not chosen yet */
	bool followed;	      /* a child has been chosen */
	struct identity born; /* A's newest child that nobody looked at yet; id.pid 0: none */
	union {
		const struct part *host_part[HOST_PARTS];
		struct host_members host;
	};
	uint64_t ipc_due_ns;
	union {
		const struct part *pair_part[PAIR_PARTS];
		struct pair_members pair;
	};
	uint64_t sequence, read_cpu_ns;
	uint64_t memory_due_ns, fds_due_ns, list_due_ns, pages_delay_ns;
	uint64_t needed_ns[PART_KINDS]; /* when a round last needed it */
	unsigned fds_read_need;
	uint64_t memory_cost_ns; /* of the memory read in this round; 0: none */
	uint64_t own_cpu_ns, own_since_ns, page_cpu_ns; /* of the window: pages and comparing */
	uint64_t other_permille;			/* of one core that all but those took */
	double own_percent;
	VEC(struct pending_event) events;
};

/* One round of reading. */
struct round {
	uint64_t begin_ns;
	unsigned need;
	uint64_t delay_ns;
	bool want_list;
};

/* waiting.c */
void sampler_begin_lane(struct sampler *s, struct lane *lane);
bool sampler_settle_lane(struct sampler *s, struct lane *lane);
bool sampler_lane_idle(struct sampler *s, struct lane *lane);
/* Waits a while until none of the lanes (NULL: skipped) is busy; not for one that was busy
 * before this round began. Answers sampler_watch meanwhile. */
void sampler_await(struct sampler *s, const struct round *r, struct lane *const *lanes, size_t n);
/* Answers sampler_watch, if it asks. The lock is held, but not while /proc is read. */
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
struct target *target_new(struct sampler *s, const struct identity *identity);
void target_free(struct sampler *s, struct target *t); /* NULL is fine */
bool target_is(const struct target *t, struct task_id id);
/* Looks whether it still lives, and for its exit status where it does not. */
void target_look(struct sampler *s, struct target *t);
bool target_alive(const struct target *t); /* false for NULL */
/* Whether A and B are (threads of) one process: then A's parts are B's too. */
bool targets_same(const struct sampler *s);
/* What was measured of the pair is of another one now. */
void targets_forget_pair(struct sampler *s);
/* Notes an event; name is copied. */
void sampler_event(struct sampler *s, struct event event, struct text name);

/* siblings.c */
/* Takes over what sampler_watch and sampler_swap asked for. */
void siblings_apply(struct sampler *s, struct watch_request *request);
/* Starts looking for the nearest relative when one is wanted; the lane to wait for, or NULL. */
struct lane *siblings_search(struct sampler *s, const struct round *r);
/* The search came home. */
void siblings_found(struct sampler *s, const struct list_job *job);
/* Chooses B from A's record and new children. */
void siblings_choose(struct sampler *s);
/* Tells of new and vanished children of a side since its previous record. */
void siblings_compare(struct sampler *s, const struct target *t, const struct process_info *now);

/* rounds.c */
void round_run(struct sampler *s, struct round *r);
/* When pages may be read next, if they were in this round; compare_ns: what comparing took. */
void round_pace(struct sampler *s, uint64_t compare_ns);

/* collect.c */
const struct moment *collect_moment(struct sampler *s, const struct round *r);
void collect_forget_events(struct sampler *s, bool published_only);

#endif
