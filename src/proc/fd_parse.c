/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "fd_internal.h"
#include "twintop/base/vec.h"
#include "twintop/proc/fds.h"
#include "twintop/proc/file_locks.h"

/* What one fdinfo has told so far. */
struct info_state {
	struct fd_entry *e;
	struct fd_info info;
	VEC(int64_t) watches;
	VEC(struct file_lock) locks;
	bool has_offset, has_flags;
};

static void take_pos(struct info_state *st, struct scan *s)
{
	int64_t pos;

	if (!scan_i64(s, &pos))
		return;
	st->e->offset = (uint64_t)pos;
	st->has_offset = true;
}

/* "flags:\t02100002", octal, open(2)'s bits; O_CLOEXEC is the descriptor's, the rest the
 * description's. */
static void take_flags(struct info_state *st, struct scan *s)
{
	uint64_t flags;

	if (!scan_octal(s, &flags))
		return;
	st->e->flags = (unsigned)flags & ~(unsigned)O_CLOEXEC;
	st->e->close_on_exec = flags & O_CLOEXEC;
	st->has_flags = true;
}

static void take_mount(struct info_state *st, struct scan *s)
{
	st->info.has_mount = scan_i64(s, &st->info.mount);
}

static void take_inode(struct info_state *st, struct scan *s)
{
	st->info.has_inode = scan_u64(s, &st->info.inode);
}

static void take_eventfd(struct info_state *st, struct scan *s)
{
	scan_hex(s, &st->e->eventfd_count);
}

static void take_sigmask(struct info_state *st, struct scan *s)
{
	scan_hex(s, &st->e->signals);
}

/* "tfd:        3 events:       19 data: …": one line a watched descriptor. */
static void take_watch(struct info_state *st, struct scan *s)
{
	int64_t fd;

	if (scan_i64(s, &fd))
		VEC_PUSH(&st->watches, fd);
}

/* -1: the process has ended; 0: it lives outside our PID namespace. */
static void take_pid(struct info_state *st, struct scan *s)
{
	int64_t pid;

	if (scan_i64(s, &pid) && pid > 0 && pid <= INT32_MAX)
		st->e->pidfd_pid = (pid_t)pid;
}

/* "lock:\t1: POSIX  ADVISORY  WRITE 26259 fe:00:10952852 0 EOF": as in /proc/locks. One of an
 * unknown kind counts, too. */
static void take_lock(struct info_state *st, struct scan *s)
{
	struct file_lock lock = {0};

	if (!file_lock_parse(*s, &lock))
		lock = (struct file_lock){.kind = LOCK_KINDS};
	VEC_PUSH(&st->locks, lock);
}

static const struct info_key {
	const char *name;
	void (*take)(struct info_state *st, struct scan *s);
} info_key[] = {
	{"pos:", take_pos},
	{"flags:", take_flags},
	{"mnt_id:", take_mount},
	{"ino:", take_inode},
	{"tfd:", take_watch},
	{"eventfd-count:", take_eventfd},
	{"sigmask:", take_sigmask},
	{"Pid:", take_pid},
	{"lock:", take_lock},
};

static void take_line(struct info_state *st, struct scan *line)
{
	for (size_t i = 0; i < sizeof info_key / sizeof *info_key; i++) {
		if (!scan_literal(line, info_key[i].name))
			continue;
		scan_blanks(line);
		info_key[i].take(st, line);
		return;
	}
}

int fd_info_parse(
	struct scan text, struct fd_entry *e, struct fd_info *ret_info, struct arena *arena)
{
	struct fd_entry copy = *e;
	struct info_state st = {.e = &copy};
	struct scan line;

	while (scan_line(&text, &line))
		take_line(&st, &line);
	if (!st.has_offset || !st.has_flags) {
		VEC_FREE(&st.watches);
		VEC_FREE(&st.locks);
		return -EINVAL;
	}
	VEC_MOVE(arena, &st.watches, &copy.watches, &copy.watches_n);
	VEC_MOVE(arena, &st.locks, &copy.locks, &copy.locks_n);
	*e = copy;
	*ret_info = st.info;
	return 0;
}

int fds_parse_info(struct scan text, struct fd_entry *e, struct arena *arena)
{
	struct fd_info info;
	int error = fd_info_parse(text, e, &info, arena);

	if (!error && info.has_inode && !e->inode)
		e->inode = info.inode;
	return error;
}

void fds_parse_link(struct text link, struct fd_entry *e)
{
	e->target = link;
	e->kind = fd_kind_of_link(link, &e->inode);
}

bool fd_tty_parse(struct scan line, struct fd_tty_range *ret_range)
{
	struct fd_tty_range r;
	const char *word;
	size_t len;

	for (int column = 0; column < 2; column++) {
		if (!scan_until(&line, ' ', &word, &len) || len == 0)
			return false;
		scan_blanks(&line);
	}
	if (!scan_u64(&line, &r.major))
		return false;
	scan_blanks(&line);
	if (!scan_u64(&line, &r.first))
		return false;
	r.last = r.first;
	if (scan_char(&line, '-') && !scan_u64(&line, &r.last))
		return false;
	*ret_range = r;
	return true;
}

bool fd_limit_parse(struct scan text, uint64_t *ret_limit)
{
	struct scan line;

	while (scan_line(&text, &line)) {
		if (!scan_literal(&line, "Max open files"))
			continue;
		scan_blanks(&line);
		return scan_u64(&line, ret_limit);
	}
	return false;
}
