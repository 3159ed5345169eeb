/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_IDENTITY_H
#define TWINTOP_PROC_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/* A hold on one process that PID reuse cannot fool: start time and, where there is one, a pidfd. */
struct identity {
	struct task_id id;
	pid_t tid;     /* the thread that was named, else id.pid */
	pid_t through; /* see identity_through(); as it was last */
	int pidfd;     /* -1: none */
	int pidfd_error; /* why */
};

/*
 * Takes hold of the process (or of a thread's process) named by number.
 * 0, -ESRCH (no such task), or another negative errno. Release with identity_close.
 */
int identity_open(const struct proc_root *root, pid_t number, struct identity *ret_identity);
void identity_close(struct identity *i);
/* pidfd_open(2) of a process: the caller's, or negative errno. */
int identity_pidfd(const struct proc_root *root, pid_t pid);
/*
 * Whether it still lives: 1, 0 (ended: the ending is filled as far as the kernel tells). Zombies
 * have ended, but not a process of which only the main thread has.
 */
int identity_alive(const struct proc_root *root, const struct identity *i,
	struct ending *ret_ending);
/*
 * Exit status without being the parent: PIDFD_GET_INFO's PIDFD_INFO_EXIT (6.15), else the zombie's
 * stat field 52. 0 or negative errno; ret_source names the interface.
 */
int identity_exit_status(const struct proc_root *root, const struct identity *i, int *ret_status,
	const char **ret_source);
/*
 * The thread through which all that belongs to the process is read: memory, files, program,
 * namespaces. Its main thread has let go of them when it ends, but the numbers of the others lead to
 * the same files below the root, and system calls take them, too. before stays it while it lives
 * (pid: the main thread); then another one that lives. pid where none does.
 */
pid_t identity_through(const struct proc_root *root, pid_t pid, pid_t before);
/* Whether thread tid of process pid has not begun to end: it has its memory and files. */
bool identity_thread_lives(const struct proc_root *root, pid_t pid, pid_t tid);
/*
 * Children of every thread of pid, zombies too, ascending by PID, malloc'ed: from
 * task/TID/children or, where there are more threads than processes, from each process's parent
 * in stat. 0, -EOPNOTSUPP (a kernel without CONFIG_PROC_CHILDREN) or another negative errno.
 */
int identity_children(const struct proc_root *root, pid_t pid, pid_t **ret_children, size_t *ret_n);

/*
 * Which of two children of pid was born later, where their start ticks do not tell: a thread's
 * children stand in the order of their birth. Above 0: a; below: b; 0: children of two threads, or
 * not told.
 */
int identity_born_later(const struct proc_root *root, pid_t pid, pid_t a, pid_t b);

#define TASK_EXITING 0x4u  /* PF_EXITING: on its way out, its memory and files are let go */
#define TASK_NO_EXEC 0x40u /* PF_FORKNOEXEC: it runs what its parent ran when it was forked */
#define TASK_RANDOM  0x400000u /* PF_RANDOMIZE: its last exec gave it addresses by chance */

/* What we need of task/PID/stat by ourselves; the number is its field in proc(5). */
struct identity_stat {
	pid_t pid, ppid;       /* 1, 4 */
	char state;            /* 3 */
	struct text name;      /* 2: points into what was parsed */
	uint64_t cpu_ticks;    /* 14 and 15: user and system time of all its threads */
	uint64_t faults;       /* 10 and 12: page faults of all its threads, minor and major */
	uint64_t resident;     /* 24: pages, about */
	uint64_t flags;        /* 9: the kernel's PF_ bits, TASK_* among them */
	uint64_t threads;      /* 20 */
	uint64_t start_ticks;  /* 22 */
	uint64_t start_stack;  /* 28: where argc lies; 0 as start_code */
	uint64_t start_code;   /* 26; 0: no memory (yet), 1: not told without ptrace read access */
	int exit_signal;       /* 38: what its parent gets when it ends; 0: nothing */
	uint64_t pending;      /* 31: signals 1 to 31 that wait for this thread, signal N at bit N-1 */
	int exit_code;         /* 52: wait(2) status word; 0 also where we may not see it */
};
/* 0, -EINVAL (not a stat line), or negative errno of the read. */
int identity_stat_parse(const char *bytes, size_t len, struct identity_stat *ret_stat);
/* The name is left out: what it would point into is gone. */
int identity_stat_read(const struct proc_root *root, pid_t pid, struct identity_stat *ret_stat);
/* The same of thread tid. */
int identity_stat_read_thread(
	const struct proc_root *root, pid_t pid, pid_t tid, struct identity_stat *ret_stat);
/* A descriptor of the main thread's stat, or negative errno; the caller's. */
int identity_stat_open(const struct proc_root *root, pid_t pid);
/* The same of the process: what it counts are all threads' sums, 0.2 us each. */
int identity_stat_open_whole(const struct proc_root *root, pid_t pid);
/* What that says now, with the name, which lies in text (its contents are replaced). -ESRCH: gone. */
int identity_stat_reread(int fd, struct textbuf *text, struct identity_stat *ret_stat);
/* "12 34 " of task/TID/children; PIDs are handed on, false on anything else. */
bool identity_children_parse(const char *bytes, size_t len, void (*each)(void *data, pid_t pid),
	void *data);
/* The number behind "Tgid:" in status; 0 where there is none. */
pid_t identity_tgid_parse(const char *bytes, size_t len);
/*
 * Whether the kernel tells us stat's protected fields of pid (exit code): it
 * hides them behind the check that also guards ns/ (ptrace read access). 0 or negative errno.
 */
int identity_may_inspect(const struct proc_root *root, pid_t pid);

#endif
