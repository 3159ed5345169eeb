/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On what each mapped file lies: names look alike, devices do not. */
#include "twintop/proc/map_origins.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "twintop/base/arena.h"

/* Newer than the installed headers may be. */
#define CALL_MEMFD_SECRET 447
#define HUGE_SHIFT	  26 /* MFD_HUGE_SHIFT: the logarithm of a huge page's size stands there */
#define HUGE_LEAST	  14 /* 16 KiB */
#define HUGE_MOST	  34 /* 16 GiB */

/* ---- the kernel's own ---------------------------------------------------- */

/* Devices that the kernel mounts for itself, as long as it runs; all bear no name anywhere. */
static struct own_devices {
	size_t n;
	struct mount_device device[HUGE_MOST - HUGE_LEAST + 3];
	bool shmem; /* that of shared memory is among them */
} own;
static pthread_once_t own_once = PTHREAD_ONCE_INIT;

/* Takes over the descriptor. */
static bool add_device_of(int fd, enum mapping_origin origin)
{
	struct stat st;
	bool known = fd >= 0 && !fstat(fd, &st);

	if (known)
		own.device[own.n++] =
			(struct mount_device){major(st.st_dev), minor(st.st_dev), origin};
	if (fd >= 0)
		close(fd);
	return known;
}

/* Files of our own on each, which take no memory and bear no name. */
static void find_own_devices(void)
{
	own.shmem = add_device_of(memfd_create("", MFD_CLOEXEC), ORIGIN_SHMEM);
	add_device_of((int)syscall(CALL_MEMFD_SECRET, O_CLOEXEC), ORIGIN_SECRET);
	for (unsigned size = HUGE_LEAST; size <= HUGE_MOST; size++)
		add_device_of(memfd_create("", MFD_CLOEXEC | MFD_HUGETLB | size << HUGE_SHIFT),
			ORIGIN_HUGETLB);
}

/* ---- mounts -------------------------------------------------------------- */

static enum mapping_origin origin_of_type(struct text type)
{
	static const struct {
		const char *type;
		enum mapping_origin origin;
	} row[] = {{"tmpfs", ORIGIN_TMPFS}, {"hugetlbfs", ORIGIN_HUGETLBFS},
		{"devtmpfs", ORIGIN_DEVTMPFS}};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (text_equal(type, text_of(row[i].type)))
			return row[i].origin;
	return ORIGIN_FILE;
}

/* "36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw": blanks in names are escaped. */
static bool scan_mount(struct scan line, struct mount_device *ret)
{
	struct text rest, type;
	const char *word, *type_at;
	uint64_t id, major, minor;
	size_t len;

	if (!scan_u64(&line, &id) || !scan_char(&line, ' ') || !scan_u64(&line, &id) ||
		!scan_char(&line, ' ') || !scan_u64(&line, &major) || !scan_char(&line, ':') ||
		!scan_u64(&line, &minor) || major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	rest = (struct text){line.at, (size_t)(line.end - line.at)};
	type_at = memmem(rest.bytes, rest.len, " - ", 3);
	if (!type_at)
		return false;
	line.at = type_at + 3;
	if (!scan_until(&line, ' ', &word, &len))
		return false;
	type = (struct text){word, len};
	*ret = (struct mount_device){(uint32_t)major, (uint32_t)minor, origin_of_type(type)};
	return true;
}

void mounts_parse(struct scan text, struct mount_devices *to)
{
	struct mount_device device;
	struct scan line;

	while (scan_line(&text, &line))
		if (scan_mount(line, &device))
			VEC_PUSH(to, device);
}

static enum mapping_origin find_device(
	const struct mount_device *device, size_t n, const struct mapping *v)
{
	for (size_t i = 0; i < n; i++)
		if (device[i].major == v->device_major && device[i].minor == v->device_minor)
			return device[i].origin;
	return ORIGIN_UNKNOWN;
}

/* ---- each mapping -------------------------------------------------------- */

struct search {
	const struct proc_root *root;
	pid_t pid;
	bool mounts_read;
	struct mount_devices mounts; /* the target's, then ours: it may have been handed a file */
	int folder;		     /* map_files; AT_FDCWD: not opened yet */
};

static void read_mounts(struct search *s)
{
	struct textbuf text = {0};

	s->mounts_read = true;
	proc_read(s->root, &text, "%d/mountinfo", (int)s->pid);
	proc_read(s->root, &text, "self/mountinfo");
	mounts_parse(scan_of(text.bytes, text.len), &s->mounts);
	textbuf_free(&text);
}

/* Whether the file is a device, without asking a file server; by the link that needs rights. */
static int is_device(struct search *s, const struct mapping *v, bool *ret)
{
	struct statx st;
	char name[40];

	if (s->folder == AT_FDCWD)
		s->folder = proc_open(s->root, O_PATH | O_DIRECTORY, "%d/map_files", (int)s->pid);
	if (s->folder < 0)
		return s->folder;
	snprintf(name, sizeof name, "%llx-%llx", (unsigned long long)v->start,
		(unsigned long long)v->end);
	if (statx(s->folder, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st))
		return -errno;
	*ret = S_ISCHR(st.stx_mode) || S_ISBLK(st.stx_mode);
	return 0;
}

/* A file system's own device tells it; without one, a number that the kernel gave its mount. */
static enum mapping_origin origin_of(struct search *s, const struct mapping *v)
{
	enum mapping_origin origin;

	if (v->device_major)
		return ORIGIN_FILE;
	origin = find_device(own.device, own.n, v);
	if (origin != ORIGIN_UNKNOWN || !own.shmem)
		return origin;
	if (!(v->flags & MAPPING_SHARED) && !text_has_prefix(v->path, "/dev/"))
		return ORIGIN_FILE;
	if (!s->mounts_read)
		read_mounts(s);
	origin = find_device(s->mounts.item, s->mounts.n, v);
	return origin == ORIGIN_UNKNOWN ? ORIGIN_FILE : origin;
}

static void find_origin(struct search *s, struct mapping *v)
{
	bool device = false,
	     may_be = v->flags & MAPPING_SHARED || text_has_prefix(v->path, "/dev/");

	v->origin = (uint8_t)origin_of(s, v);
	if (!may_be || (v->origin != ORIGIN_FILE && v->origin != ORIGIN_TMPFS &&
			       v->origin != ORIGIN_DEVTMPFS))
		return;
	if (is_device(s, v, &device)) {
		/* Containers have devices on a tmpfs. */
		if (v->origin == ORIGIN_TMPFS && text_has_prefix(v->path, "/dev/") &&
			!text_has_prefix(v->path, "/dev/shm/"))
			v->origin = ORIGIN_UNKNOWN;
		return;
	}
	if (device)
		v->origin = ORIGIN_DEVICE;
	else if (v->origin == ORIGIN_DEVTMPFS)
		v->origin = ORIGIN_FILE;
}

void maps_find_origins(const struct proc_root *root, pid_t pid, struct memory_map *m)
{
	struct search s = {.root = root, .pid = pid, .folder = AT_FDCWD};

	pthread_once(&own_once, find_own_devices);
	for (size_t i = 0; i < m->n; i++) {
		struct mapping *v = &m->mapping[i];

		if (!v->path.len || v->path.bytes[0] != '/')
			continue;
		if (i && v[-1].path.bytes == v->path.bytes && v[-1].inode == v->inode &&
			v[-1].flags == v->flags)
			v->origin = v[-1].origin;
		else
			find_origin(&s, v);
	}
	if (s.folder >= 0)
		close(s.folder);
	VEC_FREE(&s.mounts);
}
