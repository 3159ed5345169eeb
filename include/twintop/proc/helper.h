/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_HELPER_H
#define TWINTOP_PROC_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/proc/root.h"

/*
 * Reads that may sleep for good and heed no signal: another's memory, whose lock somebody holds or
 * whose page nobody brings; a file of /proc that waits for that lock; a file system whose server is
 * dead. A thread of ours that slept so would keep us from ending. So helpers do it: processes of
 * ours, forked on need, that may be abandoned. One that has not answered in time is killed and
 * forgotten, and what it was asked of that process is not asked again for a while. Helpers end when
 * the root is closed or we end, however we do. Safe to use from several threads.
 */
#define HELPER_DEADLINE_NS 1000000000u /* VALUE_LATE's reason names it */

/* A stretch of another's memory, and where it goes. */
struct helper_range {
	uint64_t address;
	void *here;
	size_t bytes; /* HELPER_BYTES at most */
	bool read;    /* all of it is here */
	bool absent;  /* not read: a page of it is neither in memory nor in swap */
};
#define HELPER_BYTES (256u << 10)

/*
 * The memory (/proc/PID/mem) of n ranges, few at a time; those that are not there stay unread. A page that
 * the target does not have (/proc/PID/pagemap) is left so: to read it would bring it in, and wait
 * for whoever brings it. 0, or the negative errno that ended it; -ETIMEDOUT: it hangs.
 */
int helper_read_memory(
	const struct proc_root *root, pid_t pid, struct helper_range *range, size_t n);
/* A whole file PID/name below the root (appended). 0 or negative errno; -ETIMEDOUT: it hangs. */
int helper_read_file(const struct proc_root *root, uint64_t deadline_ns, struct textbuf *out,
	pid_t pid, const char *name);
/*
 * So many bytes from the offset on of such a file, HELPER_BYTES at most. The same; -ENODATA: it
 * ends before.
 */
int helper_read_piece(const struct proc_root *root, uint64_t offset, void *here, size_t bytes,
	pid_t pid, const char *name);
/*
 * Whether the lock of PID's memory is to be had, which its mappings and pages are read under. 0 or
 * negative errno; -ETIMEDOUT: somebody holds it.
 */
int helper_try_lock(const struct proc_root *root, uint64_t deadline_ns, pid_t pid);
/* The type (f_type of statfs(2)) of the file system that PID's descriptor is on. 0 or negative
 * errno; -ETIMEDOUT: it hangs. */
int helper_fs_type(const struct proc_root *root, pid_t pid, int descriptor, uint64_t *ret_type);

/*
 * Starts n helpers ahead, before there are threads: to fork later makes each page that any of them
 * writes a copied one. Those that cannot be started are, once they are needed.
 */
void helper_begin(const struct proc_root *root, unsigned n);

#endif
