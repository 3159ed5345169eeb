/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "made.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mapped.h"
#include "twintop/proc/nspid.h"

#define BYTES_MOST (64 << 20)

void made_code_free(struct made_code *made)
{
	perf_map_free(&made->map);
	textbuf_free(&made->text);
	*made = (struct made_code){0};
}

static bool is_read(const struct made_code *made, struct task_id id, const struct stat *now)
{
	const struct stat *had = &made->stat;

	return made->text.bytes && task_id_equal(made->id, id) && had->st_dev == now->st_dev &&
	       had->st_ino == now->st_ino && had->st_size == now->st_size &&
	       had->st_mtim.tv_sec == now->st_mtim.tv_sec &&
	       had->st_mtim.tv_nsec == now->st_mtim.tv_nsec;
}

/* Its program names it by its number in its own PID namespace. */
static int open_map(struct made_code *made, const struct proc_root *root,
	const struct wire_question *q, struct stat *ret_stat)
{
	int directory = mapped_root(root, q->through), fd;
	pid_t inner = q->id.pid;

	if (directory < 0)
		return directory;
	/* Of a thread that it is read through, the process's number is still the main one's. */
	if (nspid_read(root, q->id.pid, &inner) < 1)
		inner = q->id.pid;
	snprintf(made->path, sizeof made->path, "/tmp/perf-%d.map", (int)inner);
	fd = mapped_open_in(root, directory, made->path, true, ret_stat);
	close(directory);
	return fd;
}

static enum symbol_gap gap_of(int error)
{
	switch (error) {
	case -ENOENT:
		return SYMBOL_PERF_MAP;
	case -EMEDIUMTYPE:
	case -ELOOP:
		return SYMBOL_PERF_MAP_OTHERS;
	case -ENOSYS:
		return SYMBOL_NO_OPENAT2;
	case -EACCES:
	case -EPERM:
		return SYMBOL_DENIED;
	default:
		return SYMBOL_OPEN;
	}
}

static enum symbol_gap check(const struct proc_root *root, pid_t through, const struct stat *stat)
{
	uid_t owner;

	if (!mapped_owner(root, through, &owner) || stat->st_uid != owner)
		return SYMBOL_PERF_MAP_OTHERS;
	return stat->st_size > BYTES_MOST ? SYMBOL_PERF_MAP_LARGE : SYMBOL_NO_GAP;
}

/* So many bytes as it had when it was looked at: it may grow meanwhile. */
static bool read_text(int fd, size_t size, struct textbuf *out)
{
	char chunk[16 << 10];
	ssize_t got = 1;

	textbuf_clear(out);
	while (out->len < size && got > 0) {
		size_t left = size - out->len;

		got = pread(fd, chunk, left < sizeof chunk ? left : sizeof chunk, (off_t)out->len);
		if (got > 0)
			textbuf_add(out, chunk, (size_t)got);
	}
	return got >= 0;
}

enum symbol_gap made_code_read(
	struct made_code *made, const struct proc_root *root, const struct wire_question *q)
{
	struct stat stat;
	int fd = open_map(made, root, q, &stat);
	enum symbol_gap gap;

	if (fd < 0)
		return gap_of(fd);
	gap = check(root, q->through, &stat);
	if (!gap && !is_read(made, q->id, &stat)) {
		perf_map_free(&made->map);
		made->id = q->id;
		made->stat = stat;
		if (read_text(fd, (size_t)stat.st_size, &made->text))
			perf_map_parse((struct text){made->text.bytes, made->text.len}, &made->map);
		else
			gap = SYMBOL_OPEN;
	}
	close(fd);
	return gap;
}
