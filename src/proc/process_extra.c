/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process_extra.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/base/num.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/identity.h"

/* A process without memory of its own has neither an executable nor arguments. */
static bool without_memory(const struct process_info *info)
{
	return info->kernel_thread || info->state == 'Z' || info->state == 'X';
}

static struct text keep(struct process_info *info, const struct textbuf *b)
{
	return (struct text){arena_copy(&info->part.arena, b->bytes, b->len), b->len};
}

int process_comm_read(const struct proc_root *root, pid_t pid, struct textbuf *out)
{
	int error = proc_read(root, out, "%d/comm", pid);

	if (!error)
		textbuf_chomp(out);
	return error;
}

static int read_comm(const struct proc_root *root, struct process_info *info)
{
	struct textbuf b = {0};
	int error = process_comm_read(root, info->id.pid, &b);

	if (!error)
		info->comm = keep(info, &b);
	textbuf_free(&b);
	return error;
}

static int read_exe(const struct proc_root *root, struct process_info *info)
{
	struct textbuf b = {0};
	int error = proc_readlink(root, &b, "%d/exe", info->through);

	if (!error)
		info->exe = keep(info, &b);
	textbuf_free(&b);
	return error;
}

static int read_cmdline(const struct proc_root *root, struct process_info *info)
{
	struct textbuf b = {0};
	int error = helper_read_file(root, HELPER_DEADLINE_NS, &b, info->through, "cmdline");

	if (!error) {
		struct text all = keep(info, &b);

		info->cmdline_n = process_cmdline_parse(all.bytes, all.len, NULL);
		info->cmdline =
			arena_array(&info->part.arena, info->cmdline_n, sizeof *info->cmdline);
		process_cmdline_parse(all.bytes, all.len, info->cmdline);
		info->cmdline_n = process_arguments_count(
			root, info->through, info->cmdline, info->cmdline_n);
	}
	textbuf_free(&b);
	return error;
}

/* The number behind "key: " or "key:\t" at the start of a line. */
static bool keyed_number(struct scan line, const char *key, uint64_t *ret)
{
	if (!scan_literal(&line, key) || !scan_char(&line, ':'))
		return false;
	scan_blanks(&line);
	return scan_u64(&line, ret);
}

/* "rchar: 3001\nwchar: 12\nsyscr: 9\n…": bytes and calls of read and write of any kind of file. */
void process_io_parse(const char *bytes, size_t len, struct process_info *info)
{
	struct scan s = scan_of(bytes, len), line;

	while (scan_line(&s, &line)) {
		keyed_number(line, "rchar", &info->read_bytes);
		keyed_number(line, "wchar", &info->write_bytes);
		keyed_number(line, "syscr", &info->read_calls);
		keyed_number(line, "syscw", &info->write_calls);
	}
}

void process_status_parse(const char *bytes, size_t len, struct process_info *info)
{
	struct scan s = scan_of(bytes, len), line;
	uint64_t number;

	while (scan_line(&s, &line)) {
		if (keyed_number(line, "TracerPid", &number) && number <= INT_MAX)
			info->tracer = (pid_t)number;
		if (keyed_number(line, "VmPTE", &number) && number <= UINT64_MAX / 1024)
			info->page_table_bytes = number * 1024;
	}
}

/* "4:memory:/a\n0::/b\n": hierarchy, controllers, path (which may hold a ':'). */
struct text process_cgroup_parse(const char *bytes, size_t len)
{
	struct scan s = scan_of(bytes, len), line;
	struct text best = {0};

	while (scan_line(&s, &line)) {
		bool unified = scan_literal(&line, "0::");
		const char *skipped;
		size_t skipped_len;
		struct text path;

		if (!unified && !(scan_until(&line, ':', &skipped, &skipped_len) &&
					scan_until(&line, ':', &skipped, &skipped_len)))
			continue;
		path = (struct text){line.at, (size_t)(line.end - line.at)};
		if (best.len <= 1 || (unified && path.len > 1))
			best = path;
	}
	return best;
}

uint64_t process_namespace_parse(const char *bytes, size_t len)
{
	struct scan s = scan_of(bytes, len);
	const char *kind;
	size_t kind_len;
	uint64_t inode;

	return scan_until(&s, ':', &kind, &kind_len) && scan_char(&s, '[') &&
			       scan_u64(&s, &inode) && scan_char(&s, ']')
		       ? inode
		       : 0;
}

static int read_io(const struct proc_root *root, struct process_info *info)
{
	struct textbuf b = {0};
	int error = proc_read(root, &b, "%d/io", info->through);

	if (!error)
		process_io_parse(b.bytes, b.len, info);
	textbuf_free(&b);
	return error;
}

static int read_status(const struct proc_root *root, struct process_info *info)
{
	struct textbuf b = {0};
	int error = proc_read(root, &b, "%d/status", info->through);

	if (!error)
		process_status_parse(b.bytes, b.len, info);
	textbuf_free(&b);
	return error;
}

int process_cgroup_read(const struct proc_root *root, struct process_info *info)
{
	struct textbuf b = {0};
	int error = proc_read(root, &b, "%d/cgroup", info->through);

	if (!error) {
		info->cgroups = keep(info, &b);
		info->cgroup = process_cgroup_parse(info->cgroups.bytes, info->cgroups.len);
	}
	textbuf_free(&b);
	return error;
}

/* A zombie keeps only its PID and user namespaces; a kernel may lack one kind. */
int process_namespaces_read(const struct proc_root *root, struct process_info *info)
{
	static const char *const name[NAMESPACE_KINDS] = {
		[NAMESPACE_CGROUP] = "cgroup",
		[NAMESPACE_IPC] = "ipc",
		[NAMESPACE_MNT] = "mnt",
		[NAMESPACE_NET] = "net",
		[NAMESPACE_PID] = "pid",
		[NAMESPACE_TIME] = "time",
		[NAMESPACE_USER] = "user",
		[NAMESPACE_UTS] = "uts",
	};
	struct textbuf b = {0};
	int had = 0, last_error = 0;

	for (int i = 0; i < NAMESPACE_KINDS; i++) {
		int error;

		textbuf_clear(&b);
		error = proc_readlink(root, &b, "%d/ns/%s", info->through, name[i]);
		if (error)
			last_error = error;
		else
			info->namespace_inode[i] = process_namespace_parse(b.bytes, b.len);
		had += !error;
	}
	textbuf_free(&b);
	return had ? 0 : last_error;
}

static void keep_children(struct process_info *info, const pid_t *pid, size_t n)
{
	info->children = arena_array(&info->part.arena, n, sizeof *pid);
	if (n)
		memcpy(info->children, pid, n * sizeof *pid);
	info->children_n = n;
}

void process_children_read(const struct proc_root *root, struct process_info *info)
{
	pid_t *pid;
	size_t n;
	int error = identity_children(root, info->id.pid, &pid, &n);

	info->source[PROCESS_CHILDREN] = value_state_of_error(error);
	if (error)
		return;
	keep_children(info, pid, n);
	free(pid);
}

void process_children_keep(
	const struct process_info *before, struct process_info *info, enum value_state state)
{
	info->source[PROCESS_CHILDREN] = state;
	keep_children(info, before->children, before->children_n);
}

static struct text copy_text(struct process_info *info, struct text t)
{
	return (struct text){arena_copy(&info->part.arena, t.bytes, t.len), t.len};
}

static void keep_cmdline(const struct process_info *before, struct process_info *info)
{
	info->cmdline_n = before->cmdline_n;
	info->cmdline = arena_array(&info->part.arena, before->cmdline_n, sizeof *info->cmdline);
	for (size_t i = 0; i < before->cmdline_n; i++)
		info->cmdline[i] = copy_text(info, before->cmdline[i]);
}

static void keep_io(const struct process_info *before, struct process_info *info)
{
	info->read_bytes = before->read_bytes;
	info->write_bytes = before->write_bytes;
	info->read_calls = before->read_calls;
	info->write_calls = before->write_calls;
}

static void keep_namespaces(const struct process_info *before, struct process_info *info)
{
	memcpy(info->namespace_inode, before->namespace_inode, sizeof info->namespace_inode);
}

static void keep_cgroup(const struct process_info *before, struct process_info *info)
{
	info->cgroups = copy_text(info, before->cgroups);
	info->cgroup = process_cgroup_parse(info->cgroups.bytes, info->cgroups.len);
}

/*
 * A row a source: what reads it, what keeps an earlier reading where nobody needs a new one, and
 * whether it exists without memory of its own.
 */
static const struct extra {
	enum process_source source;
	unsigned need; /* of these any asks for it */
	int (*read)(const struct proc_root *root, struct process_info *info);
	void (*keep)(const struct process_info *before, struct process_info *info);
	bool needs_memory;
} extra[] = {
	{PROCESS_CMDLINE, NEED_COMMAND, read_cmdline, keep_cmdline, true},
	{PROCESS_IO, NEED_SURROUNDINGS, read_io, keep_io, false},
	{PROCESS_NAMESPACES, NEED_SURROUNDINGS, process_namespaces_read, keep_namespaces, false},
	{PROCESS_CGROUP, NEED_SURROUNDINGS, process_cgroup_read, keep_cgroup, false},
};

/* What was read of this very program before; NULL after an exec, which changes all of it. */
static const struct process_info *same_program(
	const struct process_info *before, const struct process_info *info)
{
	if (!before || before->part.error || before->id.start_ticks != info->id.start_ticks ||
		before->state == 'Z' || info->state == 'Z' || !text_equal(before->exe, info->exe) ||
		!text_equal(before->comm, info->comm))
		return NULL;
	return before;
}

static void read_extra(const struct proc_root *root, const struct extra *row, unsigned need,
	const struct process_info *before, struct process_info *info)
{
	enum value_state *state = &info->source[row->source];

	if (row->needs_memory && without_memory(info)) {
		*state = VALUE_NONE;
	} else if (need & row->need || !before) {
		*state = need & row->need ? value_state_of_error(row->read(root, info))
					  : VALUE_UNREAD;
	} else {
		*state = before->source[row->source];
		row->keep(before, info);
	}
}

/* Field 52 of stat; it reads 0 where we may not look, which must not pass for "exited with 0". */
static void take_exit_code(
	const struct proc_root *root, const struct identity_stat *stat, struct process_info *info)
{
	if (info->state != 'Z' || stat->threads > 1)
		return;
	info->exit_known = stat->exit_code || identity_may_inspect(root, info->id.pid) == 0;
	info->exit_code = info->exit_known ? stat->exit_code : 0;
}

int process_extra_read(const struct proc_root *root, unsigned need, bool command_due,
	const struct process_info *before, struct process_info *info)
{
	struct identity_stat stat;
	int error = read_comm(root, info);

	if (!error)
		error = read_status(root, info);
	info->source[PROCESS_STATUS] = value_state_of_error(error);
	info->source[PROCESS_EXE] =
		without_memory(info) ? VALUE_NONE : value_state_of_error(read_exe(root, info));
	before = same_program(before, info);
	if (!command_due && before && before->source[PROCESS_CMDLINE] != VALUE_UNREAD)
		need &= ~(unsigned)NEED_COMMAND;
	for (size_t i = 0; i < sizeof extra / sizeof extra[0]; i++)
		read_extra(root, &extra[i], need, before, info);
	error = identity_stat_read(root, info->id.pid, &stat);
	if (error)
		return error == -ENOENT || error == -ESRCH ? 0 : error;
	if (stat.start_ticks != info->id.start_ticks)
		return -ESRCH;
	/* It lives: what was not there is not there for good. */
	for (int i = 0; i < PROCESS_SOURCES; i++)
		if (info->source[i] == VALUE_GONE)
			info->source[i] = VALUE_UNSUPPORTED;
	take_exit_code(root, &stat, info);
	info->exit_signal = stat.exit_signal;
	info->exit_signal_known = true;
	return 0;
}
