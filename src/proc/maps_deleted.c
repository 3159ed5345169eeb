/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what maps shows as deleted is: a file may really be named "x (deleted)". */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twintop/proc/maps.h"

/*
 * How many names the mapped file has, through /proc/PID/map_files and without asking a file server.
 * The name itself is the target's: here it may lead elsewhere, or nowhere for ever.
 */
static int count_links(int folder, const struct mapping *v, uint32_t *ret_links)
{
	char name[40];
	struct statx st;

	snprintf(name, sizeof name, "%llx-%llx", (unsigned long long)v->start,
		(unsigned long long)v->end);
	if (statx(folder, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_NLINK | STATX_INO, &st))
		return -errno;
	if (st.stx_ino != v->inode)
		return -ENOENT;
	*ret_links = st.stx_nlink;
	return 0;
}

/* A file that has names still may have lost this one, or bear it. */
static enum value_state deleted_state(int folder, const struct mapping *v)
{
	uint32_t links;
	int error = folder < 0 ? folder : count_links(folder, v, &links);

	if (error)
		return value_state_of_error(error);
	return links ? VALUE_UNSUPPORTED : VALUE_KNOWN;
}

/* These have no directory entry ever. */
static bool is_nameless(const struct mapping *v)
{
	return v->kind == MAPPING_SYSV_SHM || v->kind == MAPPING_MEMFD ||
	       v->kind == MAPPING_SHARED_ANONYMOUS || v->origin == ORIGIN_SHMEM ||
	       v->origin == ORIGIN_HUGETLB || v->origin == ORIGIN_SECRET;
}

void maps_check_deleted(const struct proc_root *root, pid_t pid, struct memory_map *m)
{
	const struct mapping *before = NULL;
	int folder = -ENOENT;

	for (size_t i = 0; i < m->n; i++) {
		struct mapping *v = &m->mapping[i];

		if (!v->deleted || is_nameless(v))
			continue;
		if (!root)
			folder = -ETIMEDOUT;
		else if (!before)
			folder = proc_open(root, O_PATH | O_DIRECTORY, "%d/map_files", (int)pid);
		if (before && before->path.bytes == v->path.bytes && before->inode == v->inode)
			v->deleted_state = before->deleted_state;
		else
			v->deleted_state = deleted_state(folder, v);
		before = v;
	}
	if (folder >= 0)
		close(folder);
}
