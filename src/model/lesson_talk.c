/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is to say of descriptors and of channels between processes. */
#include "lesson_internal.h"

#include "twintop/model/pair.h"

#define FD(name, text, reason, page)                                                               \
	{                                                                                          \
		.title = name, .what = text, .why = reason,                                        \
		.source = "/proc/PID/fd/N (readlink and stat)", .manual = page,                    \
		.exact = EXACT_JUDGED                                                              \
	}

const struct lesson lesson_fd_kind[FD_KINDS] = {
	[FD_FILE] = FD("file", "An ordinary file.",
		"It has a position, which belongs to the open file description.", "open(2)"),
	[FD_DIRECTORY] = FD("directory", "A directory, to be listed or to start paths from.",
		"It keeps leading to the same place, whatever it is renamed to.", "openat(2)"),
	[FD_SYMLINK] = FD("symlink", "A symbolic link itself, opened with O_PATH.",
		"Such a descriptor is only a handle: nothing can be read through it.",
		"symlink(7)"),
	[FD_PIPE] = FD("pipe", "One end of a pipe: bytes go in at one end and out at the other.",
		"The reader waits while it is empty, the writer while it is full; the end comes "
		"when "
		"no writer is left.",
		"pipe(7)"),
	[FD_FIFO] = FD("fifo", "A pipe with a name in the file system.",
		"Strangers can meet there; opening it waits for the other end.", "fifo(7)"),
	[FD_SOCKET] = FD("socket", "An end of a connection, or one that waits for connections.",
		"It works in both directions, and across machines.", "socket(7)"),
	[FD_EVENTFD] = FD("eventfd", "A counter to wake somebody with.",
		"It is the cheapest way to tell another thread or process: go on.", "eventfd(2)"),
	[FD_EPOLL] = FD("epoll", "A set of descriptors to wait for all at once.",
		"Servers with thousands of connections sleep in one such wait.", "epoll(7)"),
	[FD_TIMERFD] = FD("timerfd", "A timer that is read.",
		"Waiting for a time becomes like waiting for data.", "timerfd_create(2)"),
	[FD_SIGNALFD] = FD("signalfd", "Signals that are read.",
		"They come in order with everything else, and interrupt nothing.", "signalfd(2)"),
	[FD_INOTIFY] = FD("inotify", "Tells what happens to files and directories.",
		"A program learns of a change without looking again and again.", "inotify(7)"),
	[FD_FANOTIFY] = FD("fanotify", "Tells who uses which files of a whole file system.",
		"Virus scanners sit here, and may even forbid.", "fanotify(7)"),
	[FD_PIDFD] = FD("pidfd", "A process, held by a descriptor.",
		"Its number may be given away, this cannot.", "pidfd_open(2)"),
	[FD_MEMFD] = FD("memfd", "A file that exists in memory alone.",
		"Mapped by two it is shared memory.", "memfd_create(2)"),
	[FD_DEVICE] = FD("device", "A character device, such as /dev/null or /dev/urandom.",
		"What a read gives is the driver's matter.", "mknod(2)"),
	[FD_BLOCK_DEVICE] = FD("block device", "A disk or a part of one, below its file system.",
		"Whoever writes here writes around all files.", "sd(4)"),
	[FD_TTY] = FD("terminal", "A terminal, or one end of a pseudo-terminal.",
		"Output to it is flushed at every line; Ctrl-C at it is a signal.", "tty(4)"),
	[FD_IO_URING] =
		FD("io_uring", "Two queues shared with the kernel, for requests and answers.",
			"Input and output go on without a system call for each.", "io_uring(7)"),
	[FD_BPF] = FD("bpf", "A program or a table inside the kernel.",
		"It stays there while somebody holds a descriptor.", "bpf(2)"),
	[FD_PERF] = FD("perf event", "A counter of the processor's or the kernel's.",
		"Profilers are built on these.", "perf_event_open(2)"),
	[FD_USERFAULTFD] = FD("userfaultfd", "Lets a program serve page faults itself.",
		"Memory can then come from anywhere, a network for instance.", "userfaultfd(2)"),
	[FD_NAMESPACE] = FD("namespace", "A namespace, held by a descriptor.",
		"It can be entered with setns, and lives as long as it is held.", "namespaces(7)"),
	[FD_MQUEUE] = FD("message queue", "A POSIX message queue.",
		"Messages stay whole and have priorities, unlike a pipe's bytes.",
		"mq_overview(7)"),
	[FD_ANON] = FD("other of the kernel's", "Something of the kernel's without a file.",
		"Its name in brackets is all that the kernel tells.", "proc_pid_fd(5)"),
	[FD_UNKNOWN] = FD("not known", "What it is could not be read.",
		"The number is in use all the same.", "proc_pid_fd(5)"),
};

const struct lesson lesson_fd_relation[FD_RELATIONS] = {
	[FD_UNRELATED] = {.title = "nothing in common",
		.what = "The same number in A and B, and nothing else.",
		.why = "Numbers are given from the lowest free one: equal ones are mostly chance.",
		.source = "kcmp(2) KCMP_FILE; device and inode of both",
		.manual = "open(2)",
		.exact = EXACT_NOW},
	[FD_SAME_OBJECT] = {.title = "same number, same object",
		.what = "Then and now the number stood for one file, pipe or socket.",
		.why = "It may have been closed and opened anew in between: no two looks tell.",
		.source = "/proc/PID/fd: device and inode, then and now",
		.manual = "proc_pid_fd(5)",
		.exact = EXACT_NOW},
	[FD_SAME_KIND] = {.title = "same number, same kind",
		.what = "Then and now the number stood for something of that kind.",
		.why = "Eventfds, epolls, timers and the like have one inode all together: another one "
		       "of them looks the same.",
		.source = "/proc/PID/fd, then and now",
		.manual = "proc_pid_fd(5)",
		.exact = EXACT_NOW},
	[FD_SAME_NAME] = {.title = "same number and name",
		.what = "In both recordings the number stands for something of one kind and name.",
		.why = "Whether it is the same file nobody can tell of two machines.",
		.source = "/proc/PID/fd of both",
		.manual = "proc_pid_fd(5)",
		.exact = EXACT_NOW},
	[FD_SAME_DESCRIPTION] = {.title = "one open file description",
		.what = "One opening of the file, which both have: one position, one set of flags.",
		.why = "It was inherited by fork or handed over: what one reads the other misses.",
		.source = "kcmp(2) KCMP_FILE said that they are equal",
		.manual = "kcmp(2)",
		.exact = EXACT_NOW},
	[FD_SAME_FILE] = {.title = "the same file",
		.what = "One file, opened twice: each has a position of its own.",
		.why = "Both can read it from the beginning; if both write, they overwrite each "
		       "other.",
		.source = "device and inode of both are equal",
		.manual = "stat(2)",
		.exact = EXACT_NOW},
	[FD_PIPE_END] = {.title = "two ends of a pipe",
		.what = "What is written at one end is read at the other.",
		.why = "It is how a shell joins programs; each must close the end that it does not "
		       "use.",
		.source = "equal inodes of pipes, and which end is for writing",
		.manual = "pipe(7)",
		.exact = EXACT_NOW},
	[FD_SOCKET_PEER] = {.title = "two ends of a connection",
		.what = "Sockets that are connected to each other.",
		.why = "Both can speak and listen, and either notices when the other is closed.",
		.source = "sock_diag(7): each is the other's peer",
		.manual = "socket(7)",
		.exact = EXACT_NOW},
};

#define ACCESS(letters, name, text, reason)                                                        \
	{                                                                                          \
		letters, name, text, reason, "/proc/PID/fdinfo/N, flags", "open(2)", EXACT_NOW     \
	}

const struct lesson lesson_access[] = {
	ACCESS("r", "reading", "Opened for reading alone (O_RDONLY).",
		"A write through it fails, whatever the file's own rights are."),
	ACCESS("w", "writing", "Opened for writing alone (O_WRONLY).",
		"While such an end of a pipe is open anywhere, its reader waits for more."),
	ACCESS("rw", "both", "Opened for reading and writing (O_RDWR).",
		"Terminals and sockets mostly are."),
	ACCESS("path", "a handle", "Opened with O_PATH: it names the file and opens nothing.",
		"It serves as a starting point of other calls."),
	ACCESS("none", "neither", "Opened for neither reading nor writing.",
		"Only ioctl can be used on it: some device drivers want that."),
};
const size_t lesson_access_n = sizeof lesson_access / sizeof *lesson_access;

#define CHANNEL(kind, name, text, reason, said_by, page)                                           \
	{                                                                                          \
		kind, name, text, reason, said_by, page, EXACT_NOW                                 \
	}

const struct lesson lesson_channel[] = {
	CHANNEL("pipe", "pipe", "A has one end of a pipe and B the other.",
		"Bytes flow one way; a full pipe stops the writer, an empty one the reader.",
		"equal inodes in /proc/PID/fd of both", "pipe(7)"),
	CHANNEL("fifo", "named pipe", "Both opened the same named pipe.",
		"They need not be relatives: they found each other by a path.",
		"equal device and inode of a FIFO in both", "fifo(7)"),
	CHANNEL("unix", "unix socket", "Sockets of one machine that are connected.",
		"They carry bytes and even open descriptors, both ways.",
		"sock_diag(7), the peer's inode", "unix(7)"),
	CHANNEL("tcp", "TCP connection", "Two ends of one TCP connection.",
		"It would work just so between two machines.", "sock_diag(7), addresses and ports",
		"tcp(7)"),
	CHANNEL("udp", "UDP", "Two sockets that send each other datagrams.",
		"Each datagram arrives whole, or not at all.",
		"sock_diag(7), addresses that each was told", "udp(7)"),
	CHANNEL("sctp", "SCTP association", "Two ends of one SCTP association.",
		"Messages stay whole, and several streams do not wait for each other.",
		"sock_diag(7), the association's ports", "socket(7)"),
	CHANNEL("socket", "socket", "Two connected sockets of another kind.",
		"What protocol it is the kernel does not tell here.",
		"sock_diag(7), of a family without a name here", "socket(7)"),
	CHANNEL("eventfd", "eventfd", "One counter that both have open.",
		"One adds, the other is woken: no data, only a nudge.",
		"kcmp(2), or the eventfd-id of fdinfo", "eventfd(2)"),
	CHANNEL("mqueue", "POSIX message queue", "Both have the same message queue open.",
		"Messages wait in it even while nobody listens.", "equal inodes of a queue",
		"mq_overview(7)"),
	CHANNEL("memfd", "memory file", "Both have one file of memory open or mapped.",
		"Large data changes hands without being copied.",
		"equal inodes, or frames, of a memfd", "memfd_create(2)"),
	CHANNEL("sysv_shm", "System V segment", "Both attached one segment of shared memory.",
		"Fast, and without any order of its own: semaphores must keep it.",
		"/proc/sysvipc/shm and the shmid in maps", "shmat(2)"),
	CHANNEL("posix_shm", "POSIX shared memory", "Both mapped one object of /dev/shm.",
		"It is a file to look at and memory to work with.",
		"equal device and inode below /dev/shm", "shm_overview(7)"),
	CHANNEL("shared_anonymous", "inherited shared memory",
		"A MAP_SHARED mapping that fork gave to both.",
		"The simplest way for a parent to get results from its child.",
		"equal inodes of /dev/zero (deleted)", "fork(2)"),
	CHANNEL("file", "mapped file", "Both mapped one file with MAP_SHARED.",
		"What one stores the other loads; the disk follows later.",
		"equal device and inode in maps", "msync(2)"),
	CHANNEL("sysv_queue", "System V message queue",
		"One sent to a queue that the other receives from.",
		"Messages have types, and a receiver may wait for one type alone.",
		"/proc/sysvipc/msg, and who is blocked in msgsnd or msgrcv", "msgop(2)"),
	CHANNEL("sysv_semaphores", "System V semaphores",
		"Both did operations on one and the same set of semaphores.",
		"It carries permission to go on, not data.",
		"semctl(2) GETPID, and who is blocked in semop", "semop(2)"),
	CHANNEL("futex", "futex in shared memory",
		"A thread of one waits on a word that the other can see and wake.",
		"Locks work between processes just as between threads, if they lie in memory of "
		"both.",
		"/proc/PID/task/TID/syscall and the mapping of the word", "futex(2)"),
	CHANNEL("lock", "file lock", "One waits for a lock on a file that the other holds.",
		"They need no memory in common, only a file.", "/proc/locks", "fcntl_locking(2)"),
	CHANNEL("signal", "signal at the end", "The parent is told of the child's end by SIGCHLD.",
		"It is the one message that every child sends.", "/proc/PID/stat, exit_signal",
		"signal(7)"),
	CHANNEL("ptrace", "tracing", "One traces the other as a debugger does.",
		"The tracer can read and change everything, and stop it at will.",
		"/proc/PID/status, TracerPid", "ptrace(2)"),
};
const size_t lesson_channel_n = sizeof lesson_channel / sizeof *lesson_channel;
