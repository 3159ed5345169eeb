/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <sys/stat.h>

#include "fd_internal.h"

/*
 * What readlink of fd/N says of objects that have no path: d_dname of the
 * kernel's internal file systems. Paths always begin with a slash, so none of
 * these can be a file's name; only "/memfd:" and "/secretmem" look like one and
 * are proven by fstat (fds.c).
 */
enum link_form {
	LINK_EXACT,
	LINK_PREFIX,
	LINK_NUMBERED, /* "pipe:[123]": the number is the inode */
	LINK_DELETED,  /* a prefix, and " (deleted)" at the end */
};

static const struct link_row {
	const char *text;
	enum link_form form;
	enum fd_kind kind;
} link_row[] = {
	{"pipe:", LINK_NUMBERED, FD_PIPE},
	{"socket:", LINK_NUMBERED, FD_SOCKET},
	{"anon_inode:[eventfd]", LINK_EXACT, FD_EVENTFD},
	{"anon_inode:[eventpoll]", LINK_EXACT, FD_EPOLL},
	{"anon_inode:[timerfd]", LINK_EXACT, FD_TIMERFD},
	{"anon_inode:[signalfd]", LINK_EXACT, FD_SIGNALFD},
	{"anon_inode:inotify", LINK_EXACT, FD_INOTIFY},
	{"anon_inode:[inotify]", LINK_EXACT, FD_INOTIFY},
	{"anon_inode:[fanotify]", LINK_EXACT, FD_FANOTIFY},
	{"anon_inode:[pidfd]", LINK_EXACT, FD_PIDFD},
	{"pidfd:", LINK_NUMBERED, FD_PIDFD},
	{"anon_inode:[io_uring]", LINK_EXACT, FD_IO_URING},
	{"anon_inode:[perf_event]", LINK_EXACT, FD_PERF},
	{"anon_inode:[userfaultfd]", LINK_EXACT, FD_USERFAULTFD},
	{"anon_inode:bpf", LINK_PREFIX, FD_BPF},
	{"anon_inode:[bpf", LINK_PREFIX, FD_BPF},
	{"anon_inode:btf", LINK_EXACT, FD_BPF},
	{"cgroup:", LINK_NUMBERED, FD_NAMESPACE},
	{"ipc:", LINK_NUMBERED, FD_NAMESPACE},
	{"mnt:", LINK_NUMBERED, FD_NAMESPACE},
	{"net:", LINK_NUMBERED, FD_NAMESPACE},
	{"pid:", LINK_NUMBERED, FD_NAMESPACE},
	{"time:", LINK_NUMBERED, FD_NAMESPACE},
	{"user:", LINK_NUMBERED, FD_NAMESPACE},
	{"uts:", LINK_NUMBERED, FD_NAMESPACE},
	{"/memfd:", LINK_DELETED, FD_MEMFD},
	{"/secretmem", LINK_DELETED, FD_MEMFD},
};

static bool link_number(struct text link, size_t prefix, uint64_t *ret_number)
{
	struct scan s = scan_of(link.bytes + prefix, link.len - prefix);
	uint64_t number;

	if (!scan_char(&s, '[') || !scan_u64(&s, &number) || !scan_char(&s, ']') || s.at != s.end)
		return false;
	*ret_number = number;
	return true;
}

static bool link_matches(const struct link_row *row, struct text link, uint64_t *ret_inode)
{
	size_t len = strlen(row->text);

	if (!text_has_prefix(link, row->text))
		return false;
	switch (row->form) {
	case LINK_EXACT:
		return link.len == len;
	case LINK_NUMBERED:
		return link_number(link, len, ret_inode);
	case LINK_DELETED:
		return text_has_suffix(link, " (deleted)");
	case LINK_PREFIX:
		break;
	}
	return true;
}

enum fd_kind fd_kind_of_link(struct text link, uint64_t *ret_inode)
{
	*ret_inode = 0;
	for (size_t i = 0; i < sizeof link_row / sizeof *link_row; i++)
		if (link_matches(&link_row[i], link, ret_inode))
			return link_row[i].kind;
	return link.len > 0 && link.bytes[0] != '/' ? FD_ANON : FD_UNKNOWN;
}

enum fd_kind fd_kind_of_mode(unsigned mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return FD_FILE;
	case S_IFDIR:
		return FD_DIRECTORY;
	case S_IFLNK:
		return FD_SYMLINK;
	case S_IFIFO:
		return FD_FIFO;
	case S_IFSOCK:
		return FD_SOCKET;
	case S_IFCHR:
		return FD_DEVICE;
	case S_IFBLK:
		return FD_BLOCK_DEVICE;
	case 0: /* inodes of the kernel's own, as of a DMA buffer */
		return FD_ANON;
	default:
		return FD_UNKNOWN;
	}
}

bool fd_kind_seekable(enum fd_kind kind)
{
	return kind == FD_FILE || kind == FD_MEMFD || kind == FD_BLOCK_DEVICE ||
	       kind == FD_DIRECTORY;
}
