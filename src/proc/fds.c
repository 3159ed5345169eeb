/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fd_internal.h"
#include "fd_sockets_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/host.h"

#define INFO_BYTES    4096 /* most fdinfo files fit; longer ones (epoll) are read on */
#define TRIES	      5	   /* for a descriptor that is closed and opened anew while we read it */
#define MOUNTS_KEPT   8
#define MQUEUE_FSTYPE 0x19800202u /* MQUEUE_MAGIC, not in linux/magic.h */

/* A file system of the kernel's own (pipes, sockets, anonymous inodes), by its mount. */
struct kept_mount {
	int64_t mount;
	uint64_t device;
	bool numbered; /* its links hold the inode: "pipe:[123]" */
};

/* Whether the file system of a device is that of message queues. */
struct kept_device {
	uint64_t device;
	bool mqueue;
};

struct fd_reader {
	const struct proc_root *root;
	struct access access;
	pid_t other;		   /* the other side, 0: none */
	bool kernel;		   /* the root is the kernel's own: links can be followed */
	uint64_t memfd_device;	   /* st_dev of memfds; 0 unknown */
	uint64_t namespace_device; /* st_dev of namespaces, which may be mounted somewhere; 0
				      unknown */
	size_t mounts_n;
	struct kept_mount mount[MOUNTS_KEPT];
	VEC(struct kept_device) devices;
	VEC(struct fd_tty_range) ttys;
	struct textbuf info; /* of one fdinfo */
	char link[PATH_MAX + 64];
};

/* One read of one process. */
struct fd_read {
	struct fd_reader *r;
	pid_t pid;
	struct arena *arena;
	int links, infos; /* directories fd/ and fdinfo/ */
	int infos_error;
};

/* ---- the reader ----------------------------------------------------------- */

/* The device of an open file, which is closed; 0 where the open failed. */
static uint64_t device_of(int fd)
{
	struct stat st = {0};

	if (fd < 0)
		return 0;
	if (fstat(fd, &st))
		st.st_dev = 0;
	close(fd);
	return st.st_dev;
}

/* Where the drivers are hidden from us, the majors that have always been terminals. */
static void ttys_default(struct fd_reader *r)
{
	static const struct fd_tty_range range[] = {
		{4, 0, UINT64_MAX}, {5, 0, UINT64_MAX}, {128, 0, UINT64_MAX}, {136, 0, UINT64_MAX}};

	for (size_t i = 0; i < sizeof range / sizeof *range; i++)
		VEC_PUSH(&r->ttys, range[i]);
}

static void ttys_read(struct fd_reader *r)
{
	struct textbuf text = {0};
	struct scan all, line;
	struct fd_tty_range range;

	if (proc_read(r->root, &text, "tty/drivers") == 0) {
		all = scan_of(text.bytes, text.len);
		while (scan_line(&all, &line))
			if (fd_tty_parse(line, &range))
				VEC_PUSH(&r->ttys, range);
	}
	textbuf_free(&text);
	if (r->ttys.n == 0)
		ttys_default(r);
}

int fd_reader_new(
	const struct proc_root *root, const struct access *access, struct fd_reader **ret_reader)
{
	struct fd_reader *r = mem_alloc(sizeof *r);

	r->root = root;
	r->access = *access;
	r->kernel = proc_root_is_kernel(root);
	/* Memfds live on a mount of tmpfs that nobody else sees: one of our own shows its device.
	 */
	r->memfd_device = device_of(memfd_create("twintop", MFD_CLOEXEC));
	if (r->kernel)
		r->namespace_device = device_of(proc_open(root, O_PATH, "thread-self/ns/net"));
	ttys_read(r);
	*ret_reader = r;
	return 0;
}

void fd_reader_free(struct fd_reader *r)
{
	if (!r)
		return;
	VEC_FREE(&r->devices);
	VEC_FREE(&r->ttys);
	textbuf_free(&r->info);
	free(r);
}

void fd_reader_set_other(struct fd_reader *r, pid_t other)
{
	r->other = other;
}

/* ---- one descriptor --------------------------------------------------------- */

static int read_link(struct fd_read *read, const char *name, struct fd_entry *e)
{
	struct fd_reader *r = read->r;
	ssize_t len = readlinkat(read->links, name, r->link, sizeof r->link);

	if (len < 0) {
		e->source[FD_LINK] = (uint8_t)value_state_of_error(-errno);
		return -errno;
	}
	fds_parse_link((struct text){r->link, (size_t)len}, e);
	e->source[FD_LINK] = VALUE_KNOWN;
	return 0;
}

/* The whole of an open fdinfo; one read(2) in all but the longest. */
static int read_whole(int fd, struct textbuf *out)
{
	char part[INFO_BYTES];
	ssize_t len;

	textbuf_clear(out);
	do {
		len = read(fd, part, sizeof part);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		textbuf_add(out, part, (size_t)len);
	} while (len == (ssize_t)sizeof part || len < 0);
	return 0;
}

static int read_info(
	struct fd_read *read, const char *name, struct fd_entry *e, struct fd_info *info)
{
	struct textbuf *text = &read->r->info;
	int fd, error = read->infos_error;

	if (!error) {
		fd = openat(read->infos, name, O_RDONLY | O_CLOEXEC);
		error = fd < 0 ? -errno : read_whole(fd, text);
		if (fd >= 0)
			close(fd);
	}
	if (!error)
		error = fd_info_parse(scan_of(text->bytes, text->len), e, info, read->arena);
	e->source[FD_INFO] = (uint8_t)value_state_of_error(error);
	return error;
}

static bool mount_known(
	const struct fd_reader *r, int64_t mount, bool numbered, uint64_t *ret_device)
{
	for (size_t i = 0; i < r->mounts_n; i++) {
		if (r->mount[i].mount == mount && r->mount[i].numbered == numbered) {
			*ret_device = r->mount[i].device;
			return true;
		}
	}
	return false;
}

static void mount_keep(struct fd_reader *r, int64_t mount, bool numbered, uint64_t device)
{
	if (r->mounts_n < MOUNTS_KEPT)
		r->mount[r->mounts_n++] = (struct kept_mount){mount, device, numbered};
}

/*
 * statx(2) through the link, without asking a file server: a dead one would hang us.
 * Nothing is mounted and no file is opened by it.
 */
static int read_stat(struct fd_read *read, const char *name, struct statx *ret_stat)
{
	const int flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;
	const unsigned want = STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO;

	if (!read->r->kernel)
		return -EOPNOTSUPP;
	return statx(read->links, name, flags, want, ret_stat) < 0 ? -errno : 0;
}

/* Whether the open file lies on the file system of message queues. */
static bool on_mqueue(struct fd_read *read, int descriptor, uint64_t device)
{
	struct fd_reader *r = read->r;
	struct kept_device kept = {.device = device};
	uint64_t type;

	for (size_t i = 0; i < r->devices.n; i++)
		if (r->devices.item[i].device == device)
			return r->devices.item[i].mqueue;
	if (helper_fs_type(r->root, read->pid, descriptor, &type))
		return false; /* not kept: the next read asks again */
	kept.mqueue = type == MQUEUE_FSTYPE;
	VEC_PUSH(&r->devices, kept);
	return kept.mqueue;
}

/* mq_open's files are "/name" of a file system without a device; seldom one is opened by path. */
static bool is_mqueue(struct fd_read *read, const struct fd_entry *e)
{
	struct text t = e->target;

	if (major(e->device) != 0 || t.len < 2)
		return false;
	if (memchr(t.bytes + 1, '/', t.len - 1) && !text_has_prefix(t, "/dev/mqueue/"))
		return false;
	return on_mqueue(read, e->fd, e->device);
}

/* "/memfd:x (deleted)" can be the name of a file: a memfd has no link, on tmpfs or hugetlbfs. */
static bool is_memfd(const struct fd_reader *r, const struct fd_entry *e, const struct statx *st)
{
	if (text_has_prefix(e->target, "/secretmem"))
		return major(e->device) == 0 && st->stx_nlink <= 1;
	if (!r->memfd_device) /* we could make none: no file of a disk is one */
		return st->stx_nlink == 0 && major(e->device) == 0;
	return st->stx_nlink == 0 &&
	       (e->device == r->memfd_device || st->stx_blksize > host_page_bytes());
}

static bool is_tty(const struct fd_reader *r, uint64_t rdev)
{
	for (size_t i = 0; i < r->ttys.n; i++) {
		const struct fd_tty_range *t = &r->ttys.item[i];

		if (t->major == major(rdev) && minor(rdev) >= t->first && minor(rdev) <= t->last)
			return true;
	}
	return false;
}

static void classify(struct fd_read *read, struct fd_entry *e, const struct statx *st)
{
	const struct fd_reader *r = read->r;

	if (e->source[FD_LINK] == VALUE_KNOWN && (!e->target.len || e->target.bytes[0] != '/'))
		return;
	if (e->kind == FD_MEMFD && is_memfd(r, e, st))
		return;
	e->kind = fd_kind_of_mode(st->stx_mode);
	if (e->kind == FD_DEVICE && is_tty(r, e->rdev))
		e->kind = FD_TTY;
	if (e->kind == FD_FILE && r->namespace_device && e->device == r->namespace_device)
		e->kind = FD_NAMESPACE;
	if (e->kind == FD_FILE && is_mqueue(read, e))
		e->kind = FD_MQUEUE;
}

/*
 * Device, inode and kind. Pipes and other objects without a path share few mounts: what
 * one statx told of a mount serves all, the inode is in fdinfo.
 */
static void identify(
	struct fd_read *read, const char *name, struct fd_entry *e, const struct fd_info *info)
{
	const bool object = e->target.len > 0 && e->target.bytes[0] != '/';
	const bool keep = object && info->has_inode && info->has_mount;
	const bool numbered = e->inode != 0;
	struct statx st;
	int error;

	if (info->has_inode)
		e->inode = info->inode;
	if (keep && mount_known(read->r, info->mount, numbered, &e->device)) {
		e->source[FD_STAT] = VALUE_KNOWN;
		return;
	}
	error = read_stat(read, name, &st);
	e->source[FD_STAT] = (uint8_t)value_state_of_error(error);
	if (error)
		return;
	e->inode = st.stx_ino;
	e->device = makedev(st.stx_dev_major, st.stx_dev_minor);
	e->rdev = makedev(st.stx_rdev_major, st.stx_rdev_minor);
	if (keep && st.stx_ino == info->inode)
		mount_keep(read->r, info->mount, numbered, e->device);
	classify(read, e, &st);
}

/* The inodes that fdinfo, the link and stat told of one number; 0 untold. */
struct clasp {
	uint64_t info, link, stat;
};

/* The number was closed and opened anew between our reads of it: the parts are of two files. */
static bool torn(const struct fd_entry *e, const struct clasp *c)
{
	if (e->source[FD_INFO] != VALUE_KNOWN || e->source[FD_STAT] != VALUE_KNOWN)
		return e->source[FD_INFO] == VALUE_GONE || e->source[FD_STAT] == VALUE_GONE;
	return (c->info && c->info != c->stat) || (c->link && c->link != c->stat);
}

/* Once through: fdinfo, link, stat, so that the first and the last clasp the link. */
static int read_parts(struct fd_read *read, int number, struct fd_entry *e, struct clasp *ret_clasp)
{
	struct fd_info info = {0};
	char name[16];
	int error;

	*e = (struct fd_entry){.fd = number, .kind = FD_UNKNOWN};
	e->source[FD_SOCKET_INFO] = VALUE_NONE;
	snprintf(name, sizeof name, "%d", number);
	read_info(read, name, e, &info);
	error = read_link(read, name, e);
	if (error == -ENOENT || error == -ESRCH)
		return error;
	ret_clasp->info = info.inode;
	ret_clasp->link = e->inode;
	identify(read, name, e, &info);
	ret_clasp->stat = e->inode;
	return 0;
}

/* Reused at every try: the link is the last that we saw, the rest would be another file's. */
static void disown_parts(struct fd_entry *e, const struct clasp *c)
{
	const struct text target = e->target;
	const int number = e->fd;

	*e = (struct fd_entry){.fd = number};
	fds_parse_link(target, e);
	e->inode = c->link;
	e->source[FD_INFO] = e->source[FD_STAT] = VALUE_GONE;
	e->source[FD_SOCKET_INFO] = VALUE_NONE;
}

/*
 * -ENOENT: it is closed. Inodes that differ the same way twice are no reuse:
 * overlay file systems number their files twice.
 */
static int read_entry(struct fd_read *read, int number, struct fd_entry *e)
{
	struct clasp now, before = {0};
	int i;

	for (i = 0; i < TRIES; i++) {
		if (read_parts(read, number, e, &now))
			return -ENOENT;
		if (!torn(e, &now) || (i > 0 && !memcmp(&now, &before, sizeof now)))
			break;
		before = now;
	}
	if (i == TRIES)
		disown_parts(e, &now);
	if (e->target.len > 0)
		e->target.bytes = arena_copy(read->arena, e->target.bytes, e->target.len);
	e->offset_applies = fd_kind_seekable(e->kind) && !(e->flags & O_PATH);
	return 0;
}

/* ---- all of them -------------------------------------------------------------- */

/* Entries of numbers; ret_closed counts those that were closed in between. */
static void read_entries(
	struct fd_read *read, const int *number, size_t n, struct fd_list *list, size_t *ret_closed)
{
	list->fd = arena_array(read->arena, n, sizeof *list->fd);
	for (size_t i = 0; i < n; i++)
		if (read_entry(read, number[i], &list->fd[list->n]) == 0)
			list->n++;
	*ret_closed = n - list->n;
}

/* Closed descriptors are no news, but all of them gone is how a process ends. */
static int check_ended(const struct fd_reader *r, pid_t pid, struct fd_list *list)
{
	int *number;
	size_t n;
	int error = proc_list_numbers(r->root, &number, &n, "%d/fd", (int)pid);

	if (!error)
		free(number);
	if (!error && n == 0)
		error = -ESRCH;
	if (error)
		list->n = 0;
	return error;
}

static void read_limit(struct fd_reader *r, pid_t pid, struct fd_list *list)
{
	textbuf_clear(&r->info);
	if (proc_read(r->root, &r->info, "%d/limits", (int)pid) == 0)
		fd_limit_parse(scan_of(r->info.bytes, r->info.len), &list->limit);
}

static int read_process(struct fd_reader *r, pid_t pid, struct fd_list *list)
{
	struct fd_read read = {
		.r = r, .pid = pid, .arena = &list->part.arena, .links = -1, .infos = -1};
	size_t n = 0, closed = 0;
	int *number = NULL;
	int error;

	error = proc_list_numbers(r->root, &number, &n, "%d/fd", (int)pid);
	if (error)
		return error;
	read.links = proc_open(r->root, O_RDONLY | O_DIRECTORY, "%d/fd", (int)pid);
	if (read.links < 0) {
		error = read.links;
		goto out;
	}
	read.infos = proc_open(r->root, O_RDONLY | O_DIRECTORY, "%d/fdinfo", (int)pid);
	read.infos_error = read.infos < 0 ? read.infos : 0;
	read_entries(&read, number, n, list, &closed);
	if (closed > 0)
		error = check_ended(r, pid, list);
	if (read.infos >= 0)
		close(read.infos);
	close(read.links);
out:
	free(number);
	return error;
}

int fds_read(struct fd_reader *r, pid_t pid, unsigned need, struct fd_list **ret_list)
{
	uint64_t cpu = clock_thread_cpu_ns();
	struct fd_list *list = part_make(PART_FDS);
	int error;

	list->descriptions = VALUE_UNREAD;
	read_limit(r, pid, list);
	error = read_process(r, pid, list);
	if (!error)
		fd_sockets_resolve(r->root, &r->access, pid, r->other, need & NEED_SOCKETS, list);
	part_seal(&list->part, cpu, error);
	*ret_list = list;
	return 0;
}
