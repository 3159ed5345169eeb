/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/task.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "process_extra.h"
#include "twintop/base/clock.h"
#include "twintop/base/num.h"
#include "twintop/proc/id_map.h"
#include "twintop/proc/identity.h"

/* "1000\t1000\t1000\t1000": real, effective, saved, file system. */
static bool two_ids(struct scan line, uint64_t *ret_real, uint64_t *ret_effective)
{
	scan_blanks(&line);
	if (!scan_u64(&line, ret_real))
		return false;
	scan_blanks(&line);
	return scan_u64(&line, ret_effective);
}

bool task_credentials_parse(const char *bytes, size_t len, struct process_info *info)
{
	struct scan s = scan_of(bytes, len), line;
	uint64_t uid, euid, gid, egid;
	bool user = false, group = false;

	while (scan_line(&s, &line)) {
		if (scan_literal(&line, "Uid:"))
			user = two_ids(line, &uid, &euid);
		else if (scan_literal(&line, "Gid:"))
			group = two_ids(line, &gid, &egid);
	}
	if (!user || !group)
		return false;
	info->uid = (uid_t)uid;
	info->euid = (uid_t)euid;
	info->gid = (gid_t)gid;
	info->egid = (gid_t)egid;
	return true;
}

/* The thread's ids; -ESRCH where its number belongs to another process by now. */
static int read_credentials(const struct proc_root *root, pid_t pid, struct process_info *info)
{
	struct textbuf b = {0};
	int error = proc_read(root, &b, "%d/status", info->id.pid);

	if (!error && identity_tgid_parse(b.bytes, b.len) != pid)
		error = -ESRCH;
	if (!error && !task_credentials_parse(b.bytes, b.len, info))
		error = -EINVAL;
	textbuf_free(&b);
	return error;
}

int task_read(
	const struct proc_root *root, pid_t pid, pid_t tid, const struct process_info **ret_info)
{
	uint64_t cpu_start = clock_thread_cpu_ns();
	struct process_info *info = part_make(PART_TASK);
	struct id_map ids;
	int error;

	info->id.pid = info->through = tid;
	for (int i = 0; i < PROCESS_SOURCES; i++)
		info->source[i] = VALUE_UNREAD;
	info->source[PROCESS_NAMESPACES] =
		value_state_of_error(process_namespaces_read(root, info));
	info->source[PROCESS_CGROUP] = value_state_of_error(process_cgroup_read(root, info));
	error = read_credentials(root, pid, info);
	id_map_read(root, &ids);
	id_map_mark(&ids, info);
	info->source[PROCESS_STATUS] = value_state_of_error(error);
	if (error == -ESRCH || error == -ENOENT)
		info->source[PROCESS_NAMESPACES] = info->source[PROCESS_CGROUP] = VALUE_GONE;
	part_seal(&info->part, cpu_start, 0);
	*ret_info = info;
	return 0;
}

int task_comm_read(const struct proc_root *root, pid_t pid, pid_t tid, struct textbuf *out)
{
	int error = proc_read(root, out, "%d/task/%d/comm", pid, tid);

	if (!error)
		textbuf_chomp(out);
	return error;
}

bool task_is_gone(const struct proc_root *root, pid_t pid, pid_t tid)
{
	int fd = proc_open(root, O_RDONLY, "%d/task/%d/stat", (int)pid, (int)tid);

	if (fd >= 0)
		close(fd);
	return fd == -ENOENT || fd == -ESRCH;
}

int task_status_open(const struct proc_root *root, pid_t pid)
{
	return proc_open(root, O_RDONLY, "%d/task/%d/status", (int)pid, (int)pid);
}

int task_tracer_reread(int fd, struct textbuf *text, pid_t *ret_tracer)
{
	struct process_info info = {0};
	int error;

	textbuf_clear(text);
	error = proc_reread(fd, text);
	if (error)
		return error;
	process_status_parse(text->bytes, text->len, &info);
	*ret_tracer = info.tracer;
	return 0;
}

int task_tracer_read(const struct proc_root *root, pid_t pid, pid_t *ret_tracer)
{
	struct textbuf text = {0};
	int fd = task_status_open(root, pid);
	int error = fd < 0 ? fd : task_tracer_reread(fd, &text, ret_tracer);

	if (fd >= 0)
		close(fd);
	textbuf_free(&text);
	return error;
}
