/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_RECORDS_H
#define TWINTOP_MODEL_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/base/text.h"
#include "twintop/model/page.h"
#include "twintop/model/file_lock.h"
#include "twintop/model/lookup.h"
#include "twintop/model/part.h"
#include "twintop/model/rates.h"
#include "twintop/model/runtime.h"
#include "twintop/model/symbol.h"
#include "twintop/model/thread.h"

/* Identity that no PID reuse can forge: proc(5) stat fields 1 and 22. */
struct task_id {
	pid_t pid; /* 0: none */
	uint64_t start_ticks; /* clock ticks since boot */
};

static inline bool task_id_equal(struct task_id a, struct task_id b)
{
	return a.pid == b.pid && a.start_ticks == b.start_ticks;
}

/* ---- process ------------------------------------------------------------- */

/* Which read a value of a process came from; process_info.source[] says how it went. */
enum process_source {
	PROCESS_STAT,
	PROCESS_STATUS,
	PROCESS_CMDLINE,
	PROCESS_EXE,
	PROCESS_IO,
	PROCESS_NAMESPACES,
	PROCESS_CHILDREN,
	PROCESS_SIGNALS,
	PROCESS_CGROUP,
	PROCESS_SOURCES
};

enum namespace_kind {
	NAMESPACE_CGROUP,
	NAMESPACE_IPC,
	NAMESPACE_MNT,
	NAMESPACE_NET,
	NAMESPACE_PID,
	NAMESPACE_TIME,
	NAMESPACE_USER,
	NAMESPACE_UTS,
	NAMESPACE_KINDS
};

/* User and group ids, real and effective, in the order of process_info. */
enum process_id { PROCESS_UID, PROCESS_EUID, PROCESS_GID, PROCESS_EGID };

struct process_info {
	struct part part;
	struct task_id id;
	enum value_state source[PROCESS_SOURCES];
	pid_t ppid, pgrp, session, tracer;
	uid_t uid, euid;
	gid_t gid, egid;
	unsigned unmapped_ids; /* 1 << enum process_id: reads as what stands for all unmapped ones */
	pid_t through; /* the thread that it was read through; another one than id.pid: its main thread
			  has ended before the others */
	char state; /* R S D T t Z X I; of that thread */
	bool kernel_thread;
	bool execed;       /* since it was forked; else its memory is its parent's of then */
	bool fixed_layout; /* its last exec put everything where each exec puts it */
	struct text comm;      /* raw bytes, at most 15 */
	struct text *cmdline;  /* arguments, raw bytes */
	size_t cmdline_n;
	struct text exe;       /* readlink of exe, " (deleted)" kept */
	struct text tty;       /* name of the controlling terminal, empty: not known, or none */
	int tty_number;        /* proc(5) stat tty_nr, 0: none; each mount of devpts counts from 0 */
	struct text cgroup;    /* its group where that tells most … */
	struct text cgroups;   /* … and a line for each hierarchy: /proc/PID/cgroup */
	uint64_t user_ticks, system_ticks;
	uint64_t minor_faults, major_faults;
	uint64_t threads;      /* num_threads */
	uint64_t vm_bytes, rss_bytes, rss_anon_bytes, rss_file_bytes, rss_shmem_bytes;
	uint64_t swap_bytes, stack_bytes, data_bytes, text_bytes, library_bytes, page_table_bytes;
	uint64_t read_bytes, write_bytes, read_calls, write_calls; /* proc(5) io: rchar wchar syscr syscw */
	/* Bit n-1: signal n. Pending for the process, not for one of its threads alone: "ShdPnd". */
	uint64_t signals_pending, signals_ignored, signals_caught, signals_blocked;
	uint64_t namespace_inode[NAMESPACE_KINDS]; /* 0: not had */
	pid_t *children;
	size_t children_n;
	int exit_code;         /* wait(2) status word of a zombie, from stat; valid when exit_known */
	bool exit_known;
	int exit_signal;       /* what its end sends its parent, 0 nothing; valid when known */
	bool exit_signal_known;
};

/*
 * Whether 0 for a session or process group of p stands for one outside of the PID namespace that
 * /proc shows, of which it tells no more. In the kernel's first one nothing is outside: there it is
 * the kernel's own.
 */
bool process_sees_outside(const struct process_info *p);
/* Whether its main thread has ended before the others. */
static inline bool process_lost_main(const struct process_info *p)
{
	return p->through && p->through != p->id.pid;
}

/* ---- mappings ------------------------------------------------------------ */

enum mapping_kind {
	MAPPING_CODE,
	MAPPING_RODATA,
	MAPPING_DATA,
	MAPPING_BSS,
	MAPPING_HEAP,
	MAPPING_STACK,        /* of the main thread */
	MAPPING_THREAD_STACK, /* of owner_tid */
	MAPPING_GUARD,
	MAPPING_ANONYMOUS,
	MAPPING_LIBRARY_CODE,
	MAPPING_LIBRARY_RODATA,
	MAPPING_LIBRARY_DATA,
	MAPPING_LIBRARY_OTHER, /* a part of a library without access */
	MAPPING_SHARED_ANONYMOUS,
	MAPPING_POSIX_SHM,
	MAPPING_SYSV_SHM,
	MAPPING_MEMFD,
	MAPPING_FILE,          /* a mapped file that is no program or library */
	MAPPING_DEVICE,
	MAPPING_VDSO,
	MAPPING_VVAR,
	MAPPING_VSYSCALL,
	MAPPING_HUGETLB,
	MAPPING_RESERVED,      /* PROT_NONE that guards nothing */
	MAPPING_OTHER,
	MAPPING_KINDS
};
struct mapping_kind_info {
	const char *id;    /* "thread_stack": JSON */
	const char *title; /* "stack": fits 7 columns */
	const char *meaning;
	const char *words; /* "constants": in lecture mode, of a library behind its name */
};
extern const struct mapping_kind_info mapping_kind_info[MAPPING_KINDS];

#define MAPPING_READ   1u
#define MAPPING_WRITE  2u
#define MAPPING_EXEC   4u
#define MAPPING_SHARED 8u /* 's' of maps; else private */

/* On what a mapped file lies: its name may say anything. */
enum mapping_origin {
	ORIGIN_UNKNOWN,
	ORIGIN_FILE,	  /* a file system, of which no more matters */
	ORIGIN_TMPFS,
	ORIGIN_DEVTMPFS,
	ORIGIN_HUGETLBFS, /* mounted by somebody */
	ORIGIN_SHMEM,	  /* the kernel's own mount: shared memory without a file's name */
	ORIGIN_HUGETLB,	  /* the same of reserved huge pages */
	ORIGIN_SECRET,	  /* memfd_secret(2) */
	ORIGIN_DEVICE,	  /* no file but a device */
	MAPPING_ORIGINS
};

/* How the object behind a mapping is told from others. */
enum mapping_object_is {
	MAPPING_OBJECT_PLAIN,  /* by device and inode as maps shows them */
	MAPPING_OBJECT_STATED, /* by those of statx(2): others may show the same ones in maps */
	MAPPING_OBJECT_NAMED,  /* so it is, but nobody could ask: the path may tell, or frames */
	MAPPING_OBJECT_OF_MANY, /* many objects have these: an anonymous inode, a device; only frames tell */
	MAPPING_OBJECTS
};
struct mapping_object {
	enum mapping_object_is is;
	uint64_t device, inode; /* where stated; device as st_dev */
};

struct mapping {
	uint64_t start, end;
	unsigned flags;
	uint64_t offset;
	uint32_t device_major, device_minor;
	uint64_t inode; /* SysV: the shmid */
	struct mapping_object object;
	struct text path; /* as maps shows it with \012 undone; empty for anonymous */
	bool deleted;     /* " (deleted)" was at its end, of a file or an object … */
	enum value_state deleted_state; /* … and whether that is the kernel's mark, not a name */
	uint8_t origin;   /* enum mapping_origin */
	enum mapping_kind kind; /* by itself: a side's marks tell the stacks of threads */
	pid_t owner_tid;  /* a thread's stack by its name: whose, as who gave the name counts */
};

/* Whether a file or an object is mapped: 0 is an inode, too (a System V segment's may be). */
static inline bool mapping_has_object(const struct mapping *m)
{
	return m->inode || m->device_major || m->device_minor;
}

/* Mappings of one address space. */
struct memory_map {
	struct part part; /* of maps */
	size_t n;
	struct mapping *mapping; /* by address, no overlap */
	const char *runtime;	 /* the program's own one, static, set by the reader; NULL unknown */
	size_t runtimes_n;	 /* all that it has, that one first; set by the reader, too */
	struct runtime_found *found;
};

/* Index of the mapping that holds address, or -1. */
ptrdiff_t memory_find(const struct memory_map *m, uint64_t address);
/* Whether it is of reserved huge pages, whatever else it is. */
bool mapping_is_hugetlb(const struct mapping *m);
/* "rw-p" and NUL. */
void mapping_permissions(const struct mapping *m, char out[5]);

/* What threads say of a mapping: it holds the stack of one, or guards it. */
struct mapping_mark {
	size_t mapping; /* its index */
	enum mapping_kind kind;
	pid_t owner_tid;
};
/* The marks of one address space, where mappings and threads' stacks meet. */
struct mapping_marks {
	struct part part;
	const struct memory_map *memory; /* a reference */
	size_t n;
	struct mapping_mark *mark; /* by index */
};
/* Puts back the mappings: the part table's release. */
void mapping_marks_release(void *marks);
/* The mark of a mapping; NULL: it has none. */
const struct mapping_mark *mapping_marks_find(const struct mapping_marks *m, size_t mapping);

/* ---- pages --------------------------------------------------------------- */

/* Of frames that two sides both map: who else does. Each is counted as often as it is mapped. */
struct frame_counts {
	enum value_state state; /* of /proc/kpagecount */
	uint64_t common;	/* distinct frames that both map */
	size_t n;		/* how many of them were looked up: spread, where it is not all */
	uint64_t *frame;	/* ascending */
	uint64_t *others;	/* mappings beyond those of the two */
};

/* Of pages that two sides had as one, and that are two since the read before. */
struct page_parted {
	bool uncertain; /* not each was seen to be a copy: it may be new, dropped and touched anew */
	size_t n;
	uint64_t *address; /* ascending: those that hold too little of the other for a copy */
};

/* Pages of one address space, mapping by mapping. */
struct page_map {
	struct part part;	  /* of pagemap; its times are the page read's alone */
	const struct memory_map *memory; /* the mappings that it was read by: a reference */
	const struct page_map *lent;	 /* whose runs these are, a reference; NULL: its own */
	uint64_t page_size;	  /* bytes */
	bool frames_known;	  /* else the frame bits are 0 and verdicts are estimates */
	/* Whether zero and huge pages, guard pages, and those that KSM merged were told apart. */
	enum value_state scan_state, guard_state, ksm_state;
	size_t runs_n;
	struct page_run *run;	     /* by address, no overlap */
	struct page_counts *mapping; /* of each of memory's mappings */
	struct page_counts totals;
	/* Of the frames that the side read with it maps, too; NULL: nobody asked. */
	const struct frame_counts *counts;
	/* Of those that it and the side read with it had as one; NULL: none were. */
	const struct page_parted *parted;
};

/* Why zero and huge pages are not known of a page_map. */
#define PAGES_NEED_SCAN "needs PAGEMAP_SCAN (Linux 6.7): without it they look like others"
/* Puts back the mappings and what was lent: the part table's release. */
void page_map_release(void *pages);
/*
 * The pages of old as of its reading, mapping by mapping of a list that was read since. Of more than
 * so many pages it is not worth its cost: then a part that says unread. A sealed part, one reference.
 */
const struct page_map *page_map_rebase(
	const struct page_map *old, const struct memory_map *memory, size_t pages_most);
/* Of the pages of two that were read together; NULL: none parted. Either may be NULL. */
const struct page_parted *page_parted_of(const struct page_map *a, const struct page_map *b);
/* Whether the page at address may as well be new as a copy. NULL: no. */
bool page_parted_is_new(const struct page_parted *p, uint64_t address);
/* Whether there are pages: false for NULL and where they could not be read. */
bool page_map_known(const struct page_map *p);
/* The entry of the page at address; 0 where it is absent or was not read. */
uint64_t page_map_entry(const struct page_map *p, uint64_t address);
/* Counts of the pages in start..end. */
struct page_counts page_map_count(const struct page_map *p, uint64_t start, uint64_t end);
/* Address of the lowest present page in start..end, or end when there is none. */
uint64_t page_map_lowest_resident(const struct page_map *p, uint64_t start, uint64_t end);
/* Index of the first run that ends above address (runs_n when none): where a walk starts. */
size_t page_map_first_run(const struct page_map *p, uint64_t address);
/* The address behind a run's last page. */
static inline uint64_t page_map_run_end(const struct page_map *p, size_t run)
{
	return p->run[run].start + p->run[run].n * p->page_size;
}

/* ---- file descriptors ---------------------------------------------------- */

enum fd_kind {
	FD_FILE, FD_DIRECTORY, FD_SYMLINK, FD_PIPE, FD_FIFO, FD_SOCKET, FD_EVENTFD, FD_EPOLL, FD_TIMERFD,
	FD_SIGNALFD, FD_INOTIFY, FD_FANOTIFY, FD_PIDFD, FD_MEMFD, FD_DEVICE, FD_BLOCK_DEVICE, FD_TTY,
	FD_IO_URING, FD_BPF, FD_PERF, FD_USERFAULTFD, FD_NAMESPACE, FD_MQUEUE, FD_ANON, FD_UNKNOWN,
	FD_KINDS
};
const char *fd_kind_name(enum fd_kind kind); /* "file", "directory", … */

enum fd_source {
	FD_LINK,   /* readlink of fd/N */
	FD_INFO,   /* fdinfo/N */
	FD_STAT,   /* stat through fd/N */
	FD_SOCKET_INFO, /* sock_diag(7); VALUE_NONE: no socket, or one without any address */
	FD_SOURCES
};

struct fd_entry {
	int fd;
	uint8_t source[FD_SOURCES]; /* enum value_state of each */
	enum fd_kind kind;
	struct text target;  /* the link's text; sockets: "tcp 127.0.0.1:80 -> 127.0.0.1:4242 established" */
	unsigned flags;      /* fdinfo flags without O_CLOEXEC */
	bool close_on_exec;
	uint64_t offset;     /* fdinfo pos */
	bool offset_applies; /* seekable kinds */
	uint64_t inode, device; /* device as st_dev */
	uint64_t rdev;
	int64_t *watches;    /* epoll: fds it watches */
	size_t watches_n;
	pid_t pidfd_pid;     /* pidfd: whose; 0 unknown */
	uint64_t eventfd_count;
	uint64_t signals;    /* signalfd: mask */
	struct file_lock *locks; /* fdinfo "lock:": held through it; POSIX ones by its process */
	size_t locks_n;
	uint64_t peer_inode; /* socket inode of the other end, 0 unknown (see proc/sockets.h) */
	bool peer_closed;    /* the kernel knows a peer that nobody has open */
	const char *protocol;   /* "tcp", "udp", "unix stream", …; NULL unknown */
	uint64_t receive_queue_bytes, send_queue_bytes;
	bool queues_known;
	struct text local, remote; /* socket addresses, empty: none */
	uint64_t net_inode; /* of the network namespace that the addresses are of; 0 unknown */
	/*
	 * Equal and non-zero in A's and B's lists (and within one): one open file description.
	 * 0: shared with none of the other descriptors, or not compared.
	 */
	uint64_t description;
	bool is_dup; /* a lower number of the same process has the same description … */
	int dup_of;  /* … of which this is the lowest */
};

/* By what else than its number a descriptor is found: see fd_lookup.h. */
enum fd_lookup {
	FD_LOOKUP_FLOWS, FD_LOOKUP_SOCKETS, FD_LOOKUP_PEERS, FD_LOOKUP_NAMES, FD_LOOKUP_INODES, FD_LOOKUP_LOCKS,
	FD_LOOKUPS
};

struct fd_list {
	struct part part;
	size_t n;
	struct fd_entry *fd; /* by number */
	uint64_t limit; /* soft RLIMIT_NOFILE, 0 unknown */
	enum value_state descriptions; /* of the description ids: kcmp(2) */
	struct lookup_slot lookup[FD_LOOKUPS];
};
/* Frees what was made to find descriptors by: the part table's release. */
void fd_list_release(void *fds);
/* The descriptor of that number; NULL: none, or the list is NULL. */
const struct fd_entry *fd_list_find(const struct fd_list *fds, int fd);

#endif
