/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "twintop/base/num.h"
#include "twintop/proc/identity.h"

static bool scan_pid(struct scan *s, pid_t *ret_pid)
{
	struct scan ahead = *s;
	uint64_t number;

	if (!scan_u64(&ahead, &number) || number > INT_MAX)
		return false;
	*s = ahead;
	*ret_pid = (pid_t)number;
	return true;
}

#define STAT_FIELDS 52

/* Fields 4 and on of stat into field[], by their numbers in proc(5); returns the last one had. */
static int stat_fields(struct scan *s, int64_t field[STAT_FIELDS + 1])
{
	int i;

	for (i = 4; i <= STAT_FIELDS; i++) {
		uint64_t large;

		scan_blanks(s);
		if (scan_i64(s, &field[i]))
			continue;
		/* rsslim is 18446744073709551615 without a limit */
		if (!scan_u64(s, &large))
			break;
		field[i] = (int64_t)large;
	}
	return i - 1;
}

/*
 * "4242 (name) S 4241 4242 …": the name may hold anything, a ')' too, so the
 * fields start behind the last one.
 */
int identity_stat_parse(const char *bytes, size_t len, struct identity_stat *ret_stat)
{
	const char *name_end = len ? memrchr(bytes, ')', len) : NULL;
	struct scan s = scan_of(bytes, len);
	const char *name_begin;
	int64_t field[STAT_FIELDS + 1] = {0};
	pid_t pid;
	char state;

	if (!name_end || !scan_pid(&s, &pid) || !scan_literal(&s, " (") || s.at > name_end)
		return -EINVAL;
	name_begin = s.at;
	s.at = name_end + 1;
	if (!scan_char(&s, ' ') || s.at == s.end)
		return -EINVAL;
	state = *s.at++;
	if (stat_fields(&s, field) < 22)
		return -EINVAL;
	*ret_stat = (struct identity_stat){
		.pid = pid,
		.state = state,
		.name = {name_begin, (size_t)(name_end - name_begin)},
		.ppid = (pid_t)field[4],
		.flags = (uint64_t)field[9],
		.faults = (uint64_t)field[10] + (uint64_t)field[12],
		.cpu_ticks = (uint64_t)field[14] + (uint64_t)field[15],
		.threads = (uint64_t)field[20],
		.start_ticks = (uint64_t)field[22],
		.resident = (uint64_t)field[24],
		.start_code = (uint64_t)field[26],
		.start_stack = (uint64_t)field[28],
		.pending = (uint64_t)field[31],
		.exit_signal = (int)field[38],
		.exit_code = (int)field[52],
	};
	return 0;
}

bool identity_children_parse(
	const char *bytes, size_t len, void (*each)(void *data, pid_t pid), void *data)
{
	struct scan s = scan_of(bytes, len);
	pid_t pid;

	for (;;) {
		while (scan_char(&s, ' ') || scan_char(&s, '\n'))
			continue;
		if (s.at == s.end)
			return true;
		if (!scan_pid(&s, &pid))
			return false;
		each(data, pid);
	}
}

pid_t identity_tgid_parse(const char *bytes, size_t len)
{
	struct scan s = scan_of(bytes, len), line;
	pid_t pid;

	while (scan_line(&s, &line)) {
		if (!scan_literal(&line, "Tgid:"))
			continue;
		scan_blanks(&line);
		return scan_pid(&line, &pid) ? pid : 0;
	}
	return 0;
}

/* The thread's own file: that of the process sums up all threads' times, 0.2 us each. */
static int open_stat(const struct proc_root *root, pid_t pid, pid_t tid)
{
	return proc_open(root, O_RDONLY, "%d/task/%d/stat", (int)pid, (int)tid);
}

int identity_stat_open(const struct proc_root *root, pid_t pid)
{
	return open_stat(root, pid, pid);
}

int identity_stat_open_whole(const struct proc_root *root, pid_t pid)
{
	return proc_open(root, O_RDONLY, "%d/stat", (int)pid);
}

int identity_stat_reread(int fd, struct textbuf *text, struct identity_stat *ret_stat)
{
	int error;

	textbuf_clear(text);
	error = proc_reread(fd, text);
	return error ? error : identity_stat_parse(text->bytes, text->len, ret_stat);
}

int identity_stat_read_thread(
	const struct proc_root *root, pid_t pid, pid_t tid, struct identity_stat *ret_stat)
{
	struct textbuf text = {0};
	int fd = open_stat(root, pid, tid);
	int error = fd < 0 ? fd : identity_stat_reread(fd, &text, ret_stat);

	if (fd >= 0)
		close(fd);
	if (!error)
		ret_stat->name = text_of(NULL);
	textbuf_free(&text);
	return error;
}

int identity_stat_read(const struct proc_root *root, pid_t pid, struct identity_stat *ret_stat)
{
	return identity_stat_read_thread(root, pid, pid, ret_stat);
}

/* Any process has a user namespace; its link is refused (EACCES) without ptrace read access. */
int identity_may_inspect(const struct proc_root *root, pid_t pid)
{
	struct textbuf target = {0};
	int error = proc_readlink(root, &target, "%d/ns/user", pid);

	textbuf_free(&target);
	return error;
}
