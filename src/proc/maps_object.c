/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mappings device and inode of maps do not tell from others, and what does. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "twintop/proc/maps.h"

#define DESCRIPTORS_MOST 1024 /* are looked at for a file that map_files does not show us */

/* One look at a process's objects. */
struct look {
	const struct proc_root *root;
	pid_t pid;
	int folder;	   /* map_files; negative errno: not to be had */
	bool asked_inode;  /* for … */
	struct statx many; /* … the inode that anonymous ones share; its number 0: not known */
};

/* Any anonymous inode of ours that is none of its own: they are one. */
static void ask_shared_inode(struct look *l)
{
	const int flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
	int fd = eventfd(0, EFD_CLOEXEC);

	l->asked_inode = true;
	if (fd < 0 || statx(fd, "", flags, STATX_INO, &l->many))
		l->many.stx_ino = 0;
	if (fd >= 0)
		close(fd);
}

static bool is_shared_inode(struct look *l, const struct mapping *v)
{
	if (!l->asked_inode)
		ask_shared_inode(l);
	return !l->many.stx_ino ||
	       (l->many.stx_ino == v->inode && l->many.stx_dev_major == v->device_major &&
		       l->many.stx_dev_minor == v->device_minor);
}

/*
 * What maps shows suffices of file systems on a disk, which are of one device, and of the kernel's
 * own memory file systems. Others may show one device for several trees of files. What lies behind
 * a device file is its driver's affair.
 */
static enum mapping_object_is sort_of(struct look *l, const struct mapping *v)
{
	switch ((enum mapping_origin)v->origin) {
	case ORIGIN_TMPFS:
	case ORIGIN_SHMEM:
	case ORIGIN_HUGETLBFS:
	case ORIGIN_HUGETLB:
	case ORIGIN_SECRET:
		return MAPPING_OBJECT_PLAIN;
	default:
		break;
	}
	switch (v->kind) {
	case MAPPING_SYSV_SHM:
	case MAPPING_MEMFD:
	case MAPPING_SHARED_ANONYMOUS:
	case MAPPING_POSIX_SHM:
		return MAPPING_OBJECT_PLAIN;
	case MAPPING_DEVICE:
		return v->flags & MAPPING_SHARED ? MAPPING_OBJECT_OF_MANY : MAPPING_OBJECT_PLAIN;
	default:
		break;
	}
	if (!mapping_has_object(v) || v->device_major)
		return MAPPING_OBJECT_PLAIN;
	if (v->path.len && v->path.bytes[0] == '/')
		return MAPPING_OBJECT_NAMED;
	return is_shared_inode(l, v) ? MAPPING_OBJECT_OF_MANY : MAPPING_OBJECT_PLAIN;
}

/* Without asking a file server. 0 or negative errno. */
static int look_through(int folder, const char *name, struct statx *ret_st)
{
	const int flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;

	return statx(folder, name, flags, STATX_INO | STATX_TYPE, ret_st) ? -errno : 0;
}

static int stat_mapping(struct look *l, const struct mapping *v, struct statx *ret_st)
{
	char name[40];

	if (l->folder == -ENOENT)
		l->folder = proc_open(l->root, O_PATH | O_DIRECTORY, "%d/map_files", (int)l->pid);
	if (l->folder < 0)
		return l->folder;
	snprintf(name, sizeof name, "%llx-%llx", (unsigned long long)v->start,
		(unsigned long long)v->end);
	return look_through(l->folder, name, ret_st);
}

static bool leads_to(struct look *l, int number, struct text path)
{
	struct textbuf link = {0};
	bool leads = !proc_readlink(l->root, &link, "%d/fd/%d", (int)l->pid, number) &&
		     text_equal((struct text){link.bytes, link.len}, path);

	textbuf_free(&link);
	return leads;
}

/* A descriptor that is open of the same path serves as well. */
static int stat_descriptor(struct look *l, const struct mapping *v, struct statx *ret_st)
{
	int folder = proc_open(l->root, O_PATH | O_DIRECTORY, "%d/fd", (int)l->pid);
	int *number = NULL, error = folder < 0 ? folder : -ENOENT;
	char name[16];
	size_t n = 0;

	if (folder >= 0)
		proc_list_numbers(l->root, &number, &n, "%d/fd", (int)l->pid);
	for (size_t i = 0; i < n && i < DESCRIPTORS_MOST && error; i++) {
		snprintf(name, sizeof name, "%d", number[i]);
		if (leads_to(l, number[i], v->path))
			error = look_through(folder, name, ret_st);
	}
	free(number);
	if (folder >= 0)
		close(folder);
	return error;
}

static void tell_object(struct look *l, struct mapping *v)
{
	struct statx st;

	v->object.is = sort_of(l, v);
	if (v->object.is != MAPPING_OBJECT_NAMED || !(v->flags & MAPPING_SHARED))
		return;
	if (stat_mapping(l, v, &st) && stat_descriptor(l, v, &st))
		return;
	v->object.is = S_ISREG(st.stx_mode) ? MAPPING_OBJECT_STATED : MAPPING_OBJECT_OF_MANY;
	v->object.device = makedev(st.stx_dev_major, st.stx_dev_minor);
	v->object.inode = st.stx_ino;
}

static bool same_as_before(const struct mapping *v)
{
	const struct mapping *before = v - 1;

	return before->path.bytes == v->path.bytes && before->inode == v->inode &&
	       before->device_major == v->device_major && before->device_minor == v->device_minor &&
	       before->kind == v->kind && before->flags == v->flags;
}

void maps_tell_objects(const struct proc_root *root, pid_t pid, struct memory_map *m)
{
	struct look look = {.root = root, .pid = pid, .folder = -ENOENT};

	for (size_t i = 0; i < m->n; i++) {
		struct mapping *v = &m->mapping[i];

		if (i && same_as_before(v))
			v->object = v[-1].object;
		else
			tell_object(&look, v);
	}
	if (look.folder >= 0)
		close(look.folder);
}
