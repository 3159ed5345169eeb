/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the field table: file descriptors. Included with FIELD defined, more than once. */
FIELD(fd_number, "fd.fd", "fd", "FD", UNIT_NONE, 5, false, NEED_FDS,
	"The number by which the process calls the open file; 0, 1 and 2 are standard input, "
	"output and error by custom.", "/proc/PID/fd/", FIELD_NEEDS_READ,
	EXACT_NOW, "proc_pid_fd(5)",
	"It is an index into the process's own table: 3 in A and 3 in B need not be the same "
	"file.")
FIELD(fd_kind, "fd.kind", "kind", "KIND", UNIT_NONE, 9, true, NEED_FDS,
	"What the descriptor stands for: a file, a pipe, a socket, an eventfd.",
	"/proc/PID/fd/N (readlink and stat)", FIELD_NEEDS_READ,
	EXACT_JUDGED, "proc_pid_fd(5)",
	"Everything is read and written in the same way; what happens then depends on this.")
FIELD(fd_target, "fd.target", "target", "TARGET", UNIT_NONE, 20, true, NEED_FDS,
	"The file's path, or what else it leads to; sockets with their protocol and addresses.",
	"/proc/PID/fd/N (readlink), sock_diag(7)", FIELD_NEEDS_READ,
	EXACT_NOW, "proc_pid_fd(5)",
	"Standard output that leads to a file or a pipe instead of the terminal is buffered "
	"differently: output then comes late, or twice.")
FIELD(fd_access, "fd.access", "access", "ACC", UNIT_NONE, 4, true, NEED_FDS,
	"Opened for reading (r), writing (w) or both; \"path\" for O_PATH.",
	"/proc/PID/fdinfo/N, flags", FIELD_NEEDS_READ,
	EXACT_NOW, "open(2)",
	"A pipe's reader sees the end of the file only when nobody has it open for writing any "
	"more: look for a forgotten w.")
FIELD(fd_offset, "fd.offset", "offset", "OFFSET", UNIT_NONE, 10, false, NEED_FDS,
	"Position of the next read or write. It belongs to the open file description: after a "
	"fork both processes move the one and same.", "/proc/PID/fdinfo/N, pos", FIELD_NEEDS_READ,
	EXACT_NOW, "lseek(2)",
	"If A reads and B's position moves too, both have one open file description; if not, each "
	"opened the file itself.")
FIELD(fd_flags, "fd.flags", "flags", "FLAGS", UNIT_FLAGS, 10, true, NEED_FDS,
	"Flags of open(2), such as append and nonblock, without O_CLOEXEC.",
	"/proc/PID/fdinfo/N, flags", FIELD_NEEDS_READ,
	EXACT_NOW, "open(2)",
	"They belong to the description: if one process sets nonblock, the other one's reads stop "
	"waiting as well.")
FIELD(fd_inode, "fd.inode", "inode", "INODE", UNIT_NONE, 9, false, NEED_FDS,
	"Inode of what is open; pipes and sockets have one too.", "/proc/PID/fd/N (stat), st_ino",
	FIELD_NEEDS_READ,
	EXACT_NOW, "inode(7)",
	"Two ends of one pipe have the same one: that is how twintop joins them.")
FIELD(fd_device, "fd.device", "device", "DEVICE", UNIT_DEVICE, 6, true, NEED_FDS,
	"The device that holds it, as st_dev of stat(2).", "/proc/PID/fd/N (stat), st_dev",
	FIELD_NEEDS_READ,
	EXACT_NOW, "stat(2)",
	"It tells a file of a disk from one that exists in memory alone.")
FIELD(fd_close_on_exec, "fd.close_on_exec", "close_on_exec", "CLOEXEC", UNIT_NONE, 7, true,
	NEED_FDS,
	"Whether execve(2) closes it; this flag belongs to the descriptor, not to the description.",
	"/proc/PID/fdinfo/N, flags", FIELD_NEEDS_READ,
	EXACT_NOW, "fcntl(2)",
	"What is not marked is handed to every program that is executed: a leak, if nobody meant "
	"it.")
FIELD(fd_peer, "fd.peer", "peer", "PEER", UNIT_NONE, 16, true, NEED_FDS | NEED_SOCKETS,
	"The other end of a connected socket: its address, or of a unix socket the inode of the "
	"peer.", "sock_diag(7)", FIELD_NEEDS_READ,
	EXACT_NOW, "sock_diag(7)",
	"It says whom the process talks to.")
FIELD(fd_peer_inode, "fd.peer_inode", "peer_inode", "PEER INO", UNIT_NONE, 9, false,
	NEED_FDS | NEED_SOCKETS, "Inode of the socket at the other end of a unix socket.",
	"sock_diag(7), UDIAG_SHOW_PEER", FIELD_NEEDS_READ,
	EXACT_NOW, "unix(7)",
	"A unix socket has no address to tell its two ends by; their inodes do.")
FIELD(fd_protocol, "fd.protocol", "protocol", "PROTOCOL", UNIT_NONE, 11, true,
	NEED_FDS | NEED_SOCKETS, "Protocol of a socket.", "sock_diag(7)", FIELD_NEEDS_READ,
	EXACT_NOW, "socket(7)",
	"Whether bytes arrive in order, as one stream, as messages, or perhaps not at all depends "
	"on it.")
FIELD(fd_local, "fd.local", "local", "LOCAL", UNIT_NONE, 16, true, NEED_FDS | NEED_SOCKETS,
	"A socket's own address.", "sock_diag(7)", FIELD_NEEDS_READ,
	EXACT_NOW, "bind(2)",
	"A server is found by it; a client's was chosen by the kernel.")
FIELD(fd_remote, "fd.remote", "remote", "REMOTE", UNIT_NONE, 16, true, NEED_FDS | NEED_SOCKETS,
	"Address of the other end of a socket.", "sock_diag(7)", FIELD_NEEDS_READ,
	EXACT_NOW, "connect(2)",
	"Without one a socket listens, or was never connected.")
FIELD(fd_receive_queue, "fd.receive_queue_bytes", "receive_queue_bytes", "RECV-Q", UNIT_BYTES, 6,
	false, NEED_FDS | NEED_SOCKETS, "Bytes that arrived and that nobody has read yet.",
	"sock_diag(7)", FIELD_NEEDS_READ,
	EXACT_NOW, "sock_diag(7)",
	"Bytes that stay here mean that the process is too slow, or blocked elsewhere.")
FIELD(fd_send_queue, "fd.send_queue_bytes", "send_queue_bytes", "SEND-Q", UNIT_BYTES, 6, false,
	NEED_FDS | NEED_SOCKETS, "Bytes written that the other end has not taken yet.",
	"sock_diag(7)", FIELD_NEEDS_READ,
	EXACT_NOW, "sock_diag(7)",
	"Bytes that stay here mean that the other end does not read: soon the writer blocks.")
FIELD(fd_description, "fd.description", "description", "DESC", UNIT_NONE, 5, false,
	NEED_FDS | NEED_DESCRIPTIONS,
	"Equal numbers are one open file description: one offset, one set of flags, shared by "
	"dup(2) or fork(2). Two opens of one file are two descriptions.", "kcmp(2), KCMP_FILE",
	FIELD_NEEDS_READ,
	EXACT_NOW, "kcmp(2)",
	"It is the difference between inheriting a file and opening it again, which no other tool "
	"shows.")
FIELD(fd_dup_of, "fd.dup_of", "dup_of", "DUP OF", UNIT_NONE, 6, false, NEED_FDS | NEED_DESCRIPTIONS,
	"The lowest descriptor of this process that is the same open file description: dup(2) made "
	"one from the other.", "kcmp(2), KCMP_FILE", FIELD_NEEDS_READ,
	EXACT_NOW, "dup(2)",
	"A shell's 2>&1 does just this: two numbers, one description.")
FIELD(fd_watches, "fd.watches", "watches", "WATCHES", UNIT_NONE, 10, true, NEED_FDS,
	"The descriptors that an epoll instance watches.", "/proc/PID/fdinfo/N, tfd",
	FIELD_NEEDS_READ,
	EXACT_NOW, "epoll(7)",
	"One thread can wait for a thousand descriptors at once: these are the ones.")
FIELD(fd_pidfd_pid, "fd.pidfd_pid", "pidfd_pid", "OF PID", UNIT_NONE, 7, false, NEED_FDS,
	"The process that a pidfd stands for.", "/proc/PID/fdinfo/N, Pid", FIELD_NEEDS_READ,
	EXACT_NOW, "pidfd_open(2)",
	"Unlike a number a pidfd never comes to mean another process.")
FIELD(fd_eventfd_count, "fd.eventfd_count", "eventfd_count", "COUNT", UNIT_COUNT, 6, false,
	NEED_FDS, "Counter of an eventfd.", "/proc/PID/fdinfo/N, eventfd-count", FIELD_NEEDS_READ,
	EXACT_NOW, "eventfd(2)",
	"Above 0 a reader does not wait: a semaphore as a descriptor.")
FIELD(fd_signals, "fd.signals", "signals", "SIGNALS", UNIT_SIGNALS, 12, true, NEED_FDS,
	"The signals that a signalfd takes.", "/proc/PID/fdinfo/N, sigmask", FIELD_NEEDS_READ,
	EXACT_NOW, "signalfd(2)",
	"These signals are read like data, in the program's own time, instead of interrupting it.")
