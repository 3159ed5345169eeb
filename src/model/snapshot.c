/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/snapshot.h"

const char *const access_item_name[ACCESS_ITEMS] = {
	[ACCESS_FRAMES] = "frames",
	[ACCESS_PAGEMAP] = "pagemap",
	[ACCESS_PAGEMAP_SCAN] = "pagemap_scan",
	[ACCESS_PROCMAP_QUERY] = "procmap_query",
	[ACCESS_PAGE_COUNT] = "page_count",
	[ACCESS_PAGE_FLAGS] = "page_flags",
	[ACCESS_SYSCALL] = "syscall",
	[ACCESS_KERNEL_STACK] = "kernel_stack",
	[ACCESS_KCMP] = "kcmp",
	[ACCESS_ATTACH] = "attach",
	[ACCESS_PERF] = "perf",
	[ACCESS_EVENTS] = "events",
	[ACCESS_SOCK_DIAG] = "sock_diag",
};

const char *event_kind_name(enum event_kind kind)
{
	static const char *const name[EVENT_KINDS] = {"fork", "exec", "exit", "new_sibling"};

	return kind < EVENT_KINDS ? name[kind] : "unknown";
}

const char *wait_kind_name(enum wait_kind kind)
{
	static const char *const name[WAIT_KINDS] = {
		"nothing", "futex", "mutex", "pi_mutex", "join"};

	return kind < WAIT_KINDS ? name[kind] : "unknown";
}

const char *fd_kind_name(enum fd_kind kind)
{
	static const char *const name[FD_KINDS] = {"file", "directory", "symlink", "pipe", "fifo",
		"socket", "eventfd", "epoll", "timerfd", "signalfd", "inotify", "fanotify", "pidfd",
		"memfd", "device", "block_device", "tty", "io_uring", "bpf", "perf", "userfaultfd",
		"namespace", "mqueue", "anon", "unknown"};

	return kind < FD_KINDS ? name[kind] : "unknown";
}

struct snapshot *snapshot_new(void)
{
	return part_new(sizeof(struct snapshot));
}

void snapshot_put(const struct snapshot *s)
{
	if (!s || !part_drop(s))
		return;
	for (unsigned i = 0; i < s->sides; i++) {
		part_put(s->side[i].info);
		part_put(s->side[i].task);
		part_put(s->side[i].threads);
		part_put(s->side[i].memory);
		part_put(s->side[i].fds);
	}
	part_put(s->ipc);
	part_free(s);
}
