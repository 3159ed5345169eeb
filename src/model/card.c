/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/card.h"

#define NAMESPACE(file, title, shared, separate)                                                   \
	{                                                                                          \
		"namespaces." file, title " namespace", "/proc/PID/ns/" file, shared, separate     \
	}

const struct card_info card_info[CARD_ITEMS] = {
	[CARD_VM] = {"vm", "address space", "kcmp(2) KCMP_VM",
		"One memory: what one writes, the other sees at once. This is what makes threads.",
		"Each has its own memory; after fork it is copied page by page when written."},
	[CARD_FILES] = {"files", "file descriptors", "kcmp(2) KCMP_FILES",
		"One table: a file that one opens or closes is open or closed for both.",
		"Each has its own table; fork copied it, and the open files behind it may be "
		"common."},
	[CARD_FS] = {"fs", "working directory, root, umask", "kcmp(2) KCMP_FS",
		"chdir(2), chroot(2) and umask(2) by one move the other too.",
		"Each has its own working directory, root and umask."},
	[CARD_SIGHAND] = {"sighand", "signal handlers", "kcmp(2) KCMP_SIGHAND",
		"One table of handlers: sigaction(2) by one holds for both.",
		"Each has its own handlers."},
	[CARD_IO] = {"io", "I/O context", "kcmp(2) KCMP_IO",
		"One I/O context: the block layer treats their reads and writes as one's.",
		"Each is scheduled for I/O by itself."},
	[CARD_SYSVSEM] = {"sysvsem", "SysV semaphore undo", "kcmp(2) KCMP_SYSVSEM",
		"One list of SEM_UNDO operations, undone when the last of them exits.",
		"Each undoes its own semaphore operations when it exits."},
	[CARD_NS_CGROUP] = NAMESPACE("cgroup", "cgroup", "Both see the same cgroup root.",
		"Each sees its own cgroup root."),
	[CARD_NS_IPC] = NAMESPACE("ipc", "IPC",
		"SysV IPC keys and POSIX message queues name the same objects for both.",
		"The same IPC key names different objects for each."),
	[CARD_NS_MNT] = NAMESPACE("mnt", "mount", "The same paths lead both to the same files.",
		"Each has its own mounts: the same path may be another file."),
	[CARD_NS_NET] = NAMESPACE("net", "network",
		"One network: the same interfaces, addresses and ports.",
		"Each has its own interfaces and ports: 127.0.0.1 of one is not the other's."),
	[CARD_NS_PID] = NAMESPACE("pid", "PID", "A PID means the same process to both.",
		"The same PID may be another process to each."),
	[CARD_NS_TIME] = NAMESPACE("time", "time", "The same monotonic and boot clocks.",
		"Their monotonic and boot clocks have different offsets."),
	[CARD_NS_USER] =
		NAMESPACE("user", "user", "User ids and capabilities mean the same to both.",
			"User ids and capabilities of one mean something else to the other."),
	[CARD_NS_UTS] = NAMESPACE("uts", "UTS", "One host name.", "Each has its own host name."),
	[CARD_CGROUP] = {"cgroup", "control group", "/proc/PID/cgroup",
		"One control group: the same limits on CPU, memory and I/O count both.",
		"Different control groups limit them, in one hierarchy at least."},
	[CARD_CREDENTIALS] = {"credentials", "user and group", "/proc/PID/status Uid, Gid",
		"The same user and group ids, real and effective.",
		"Different user or group ids: one may be allowed what the other is not."},
	[CARD_TERMINAL] = {"terminal", "controlling terminal", "/proc/PID/stat tty_nr",
		"The same terminal sends both its signals.",
		"Different terminals, or one has none."},
	[CARD_SESSION] = {"session", "session", "/proc/PID/stat session",
		"One session: they end together when their terminal hangs up.",
		"Different sessions: setsid(2) was called between them."},
	[CARD_PROCESS_GROUP] = {"process_group", "process group", "/proc/PID/stat pgrp",
		"One process group: Ctrl-C at the terminal reaches both.",
		"Different groups: job control treats them apart."},
};
