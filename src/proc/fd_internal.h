/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROC_FD_INTERNAL_H
#define PROC_FD_INTERNAL_H

#include "twintop/base/num.h"
#include "twintop/model/records.h"

/* What fdinfo says beside the fields of struct fd_entry. */
struct fd_info {
	bool has_inode, has_mount;
	uint64_t inode;
	int64_t mount; /* mnt_id: the mount that the file was opened on */
};

/*
 * Like fds_parse_info, and gives what binds the entry to its inode and mount.
 * -EINVAL when pos or flags is missing: the entry then has nothing from it.
 */
int fd_info_parse(
	struct scan text, struct fd_entry *e, struct fd_info *ret_info, struct arena *arena);

/* Major and minor numbers of terminals, one line of /proc/tty/drivers. */
struct fd_tty_range {
	uint64_t major, first, last;
};
/* "pty_slave /dev/pts 136 0-1048575 pty:slave"; false for a line that is none. */
bool fd_tty_parse(struct scan line, struct fd_tty_range *ret_range);
/* The soft limit in /proc/PID/limits; false when it has no such line. */
bool fd_limit_parse(struct scan text, uint64_t *ret_limit);

/* The kind that a link's text tells, FD_UNKNOWN for a path; gives N of "pipe:[N]", else 0. */
enum fd_kind fd_kind_of_link(struct text link, uint64_t *ret_inode);
/* The kind of a path by st_mode; FD_DEVICE for every character device. */
enum fd_kind fd_kind_of_mode(unsigned mode);
/* Whether lseek(2) means something for descriptors of that kind. */
bool fd_kind_seekable(enum fd_kind kind);

#endif
