/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_JOBS_H
#define TWINTOP_SAMPLE_JOBS_H

#include "lane.h"
#include "twintop/model/snapshot.h"
#include "twintop/proc/libproc.h"
#include "twintop/proc/pages.h"
#include "twintop/proc/root.h"

/*
 * The jobs that lanes run. The owner fills "in" before lane_begin and takes
 * "out" after lane_settle; references given in are the job's until its next
 * run, results belong to whoever takes them (and sets the member to NULL).
 */

/* A process record. */
struct process_job {
	const struct proc_root *root;
	struct process_reader *reader;
	struct task_id id;		   /* in */
	const struct process_info *before; /* in: a reference, or NULL */
	const struct process_info *info;   /* out; NULL: no memory or no reader */
};
extern const struct lane_ops process_job_ops;
struct process_job *process_job_new(const struct proc_root *root);

/* The threads of one process, and the marks of their stacks on mappings read in the same round. */
struct threads_job {
	const struct proc_root *root;
	struct access access;
	struct task_id id;
	struct thread_reader *reader;
	unsigned need;			 /* in */
	const struct memory_map *memory; /* in: a reference to sealed mappings, or NULL */
	struct memory_map *fresh; /* in and out: not sealed yet, wins over memory; NULL: none */
	const struct thread_list *list; /* out */
};
extern const struct lane_ops threads_job_ops;
struct threads_job *threads_job_new(
	const struct proc_root *root, const struct access *access, struct task_id id);

/* Mappings and pages of up to two address spaces, read close in time. */
struct memory_side {
	struct task_id id;		 /* in; pid 0: no such side */
	struct text exe;		 /* in: of info */
	const struct process_info *info; /* in: a reference, or NULL */
	const struct memory_map *before; /* in: a reference, or NULL */
	struct memory_map *memory;	 /* out: not sealed */
	int error;			 /* out: what to seal it with */
	uint64_t cpu_ns;		 /* out: what it cost so far */
};
struct memory_job {
	const struct proc_root *root;
	struct access access;
	uint64_t pause_ns;
	struct page_reader *reader;
	bool pages;  /* in: else mappings alone */
	bool counts; /* in: look up who else maps what both have */
	struct memory_side side[2];
	uint64_t cpu_ns; /* out: both sides, all of it */
};
extern const struct lane_ops memory_job_ops;
struct memory_job *memory_job_new(
	const struct proc_root *root, const struct access *access, uint64_t pause_ns);
/* Marks the stacks that the list tells of. */
void memory_mark_stacks(struct memory_map *m, const struct thread_list *threads);
/* Seals mappings that a memory job brought, with what they cost there. */
void memory_seal(struct memory_map *m, int error, uint64_t cpu_ns);

/* Descriptors of up to two processes. */
struct fds_side {
	struct task_id id;    /* in; pid 0: no such side */
	pid_t tid;	      /* in: the thread that was named; its table is read */
	struct fd_list *list; /* out: sealed */
	struct fd_reader *reader;
	struct task_id reader_id; /* whom the reader was made for */
	pid_t reader_tid;
};
struct fds_job {
	const struct proc_root *root;
	struct access access;
	unsigned need; /* in */
	struct fds_side side[2];
	bool one_table;	 /* out: two threads of one process with one table: only A's list is had */
	uint64_t cpu_ns; /* out */
};
extern const struct lane_ops fds_job_ops;
struct fds_job *fds_job_new(const struct proc_root *root, const struct access *access);

/* What two tasks share. */
struct shares_job {
	const struct proc_root *root;
	struct shares_task {
		pid_t pid, tid;			 /* in */
		const struct process_info *info; /* out: of a thread that is not the main one */
	} task[2];
	const struct shares *shares; /* out */
};
extern const struct lane_ops shares_job_ops;
struct shares_job *shares_job_new(const struct proc_root *root);

/* System V IPC objects and file locks. */
struct ipc_job {
	const struct proc_root *root;
	const struct ipc_state *ipc; /* out */
};
extern const struct lane_ops ipc_job_ops;
struct ipc_job *ipc_job_new(const struct proc_root *root);

/* The process list, and the nearest relative of a process in it. */
struct list_job {
	const struct proc_root *root;
	struct process_reader *reader;
	pid_t nearest_of;		 /* in; 0: nobody asks */
	const struct process_list *list; /* out; NULL: could not be read */
	pid_t nearest;			 /* out; 0: none */
};
extern const struct lane_ops list_job_ops;
struct list_job *list_job_new(const struct proc_root *root);

/* How many processes map one frame. */
struct frame_job {
	const struct proc_root *root;
	struct access access;
	struct page_reader *reader;
	uint64_t frame; /* in */
	uint64_t count; /* out */
	int error;	/* out */
};
extern const struct lane_ops frame_job_ops;
struct frame_job *frame_job_new(const struct proc_root *root, const struct access *access);

#endif
