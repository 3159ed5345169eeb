/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "twintop/proc/task.h"

/* Opens for reading what an O_PATH descriptor refers to, which goes. A plain file alone. */
static int reopen(const struct proc_root *root, int handle, struct stat *ret_stat)
{
	int fd = fstat(handle, ret_stat) ? -errno : 0;

	if (!fd && !S_ISREG(ret_stat->st_mode))
		fd = -EMEDIUMTYPE;
	if (!fd)
		fd = proc_open(root, O_RDONLY | O_NONBLOCK, "self/fd/%d", handle);
	close(handle);
	return fd;
}

int mapped_root(const struct proc_root *root, pid_t through)
{
	return proc_open(root, O_PATH | O_DIRECTORY, "%d/root", (int)through);
}

int mapped_open_in(const struct proc_root *root, int directory, const char *path, bool no_follow,
	struct stat *ret_stat)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | (no_follow ? (uint64_t)O_NOFOLLOW : 0),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int handle;

	do
		handle = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
	while (handle < 0 && (errno == EINTR || errno == EAGAIN));
	return handle < 0 ? -errno : reopen(root, handle, ret_stat);
}

bool mapped_owner(const struct proc_root *root, pid_t through, uid_t *ret_owner)
{
	struct process_info info = {0};
	struct textbuf status = {0};
	bool known = !proc_read(root, &status, "%d/status", (int)through) &&
		     task_credentials_parse(status.bytes, status.len, &info);

	textbuf_free(&status);
	*ret_owner = info.euid;
	return known;
}

void mapped_path(const struct proc_root *root, const struct wire_question *q, char ret[PATH_MAX])
{
	struct text path = {q->path, q->path_len};
	struct textbuf top = {0};

	if (!proc_readlink(root, &top, "%d/root", (int)q->through) && top.len > 1 &&
		text_has_prefix(path, top.bytes) && path.bytes[top.len] == '/') {
		path.bytes += top.len;
		path.len -= top.len;
	}
	textbuf_free(&top);
	snprintf(ret, PATH_MAX, "%.*s", (int)path.len, path.bytes);
}

/* ---- what is mapped -------------------------------------------------------- */

static bool is_it(const struct wire_question *q, const struct stat *stat)
{
	return q->object_is <= MAPPING_OBJECT_STATED && stat->st_dev == q->device &&
	       stat->st_ino == q->inode;
}

static enum symbol_gap gap_of(int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
		return SYMBOL_DENIED;
	case -ESRCH:
		return SYMBOL_GONE;
	case -EMEDIUMTYPE:
		return SYMBOL_NO_ELF;
	case -ENOSYS:
		return SYMBOL_NO_OPENAT2;
	default:
		return SYMBOL_OPEN;
	}
}

/* A link of /proc that leads to the file itself. */
static int open_link(const struct proc_root *root, const struct wire_question *q, bool exe,
	struct stat *ret_stat)
{
	int handle = exe ? proc_open(root, O_PATH, "%d/exe", (int)q->through)
			 : proc_open(root, O_PATH, "%d/map_files/%" PRIx64 "-%" PRIx64,
				   (int)q->through, q->start, q->end);

	return handle < 0 ? handle : reopen(root, handle, ret_stat);
}

/* By its path, in the target's root: it may be another by now. */
static int open_path(
	const struct proc_root *root, const struct wire_question *q, struct stat *ret_stat)
{
	char path[PATH_MAX];
	int directory = mapped_root(root, q->through), fd;

	if (directory < 0)
		return directory;
	mapped_path(root, q, path);
	fd = mapped_open_in(root, directory, path, false, ret_stat);
	close(directory);
	return fd;
}

/* Where the kernel does not let us follow its link: the program itself, or the path. */
static enum symbol_gap open_otherwise(
	const struct proc_root *root, const struct wire_question *q, struct mapped_file *ret)
{
	ret->fd = open_link(root, q, true, &ret->stat);
	if (ret->fd >= 0) {
		ret->proved = is_it(q, &ret->stat);
		if (ret->proved)
			return SYMBOL_NO_GAP;
		close(ret->fd);
	} else if (ret->fd == -EACCES || ret->fd == -EPERM) {
		return SYMBOL_DENIED;
	}
	if (q->deleted)
		return SYMBOL_DELETED;
	ret->fd = open_path(root, q, &ret->stat);
	if (ret->fd == -ENOENT || ret->fd == -ENOTDIR)
		return SYMBOL_DELETED;
	if (ret->fd < 0)
		return gap_of(ret->fd);
	ret->proved = is_it(q, &ret->stat);
	return SYMBOL_NO_GAP;
}

enum symbol_gap mapped_open(
	const struct proc_root *root, const struct wire_question *q, struct mapped_file *ret)
{
	ret->proved = true;
	ret->fd = open_link(root, q, false, &ret->stat);
	if (ret->fd >= 0)
		return SYMBOL_NO_GAP;
	if (ret->fd == -ENOENT)
		return SYMBOL_GONE;
	if (ret->fd != -EPERM && ret->fd != -EACCES)
		return gap_of(ret->fd);
	return open_otherwise(root, q, ret);
}

/* ---- memory ---------------------------------------------------------------- */

/*
 * At most size bytes from there on; false: the target's memory cannot be read. See
 * helper_read_here(): process_vm_readv(2) would give it copies of what it shares.
 */
static bool read_memory(const struct proc_root *root, const struct wire_question *q,
	uint64_t address, void *here, size_t *size)
{
	int fd = proc_open(root, O_RDONLY, "%d/mem", (int)q->through);
	ssize_t got = fd < 0 ? -1 : pread(fd, here, *size, (off_t)address);

	if (fd >= 0)
		close(fd);
	*size = got > 0 ? (size_t)got : 0;
	return got > 0;
}

enum symbol_gap mapped_prove(
	const struct proc_root *root, const struct wire_question *q, const struct module_id *id)
{
	_Alignas(16) char begin[4096];
	size_t size = sizeof begin;
	struct module_id mapped;

	if (q->base_offset || !read_memory(root, q, q->base_start, begin, &size) ||
		!module_id_of_memory(begin, size, &mapped))
		return SYMBOL_UNPROVEN;
	return mapped.n == id->n && memcmp(mapped.bytes, id->bytes, id->n) == 0 ? SYMBOL_NO_GAP
										: SYMBOL_REPLACED;
}

int mapped_copy_vdso(const struct proc_root *root, const struct wire_question *q)
{
	char image[64 << 10];
	size_t size = q->end - q->start < sizeof image ? q->end - q->start : sizeof image;
	int fd;

	if (!read_memory(root, q, q->start, image, &size))
		return -EPERM;
	fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, image, size) == (ssize_t)size)
		return fd;
	close(fd);
	return -EIO;
}
