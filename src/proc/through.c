/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which thread a process is read through. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "twintop/base/num.h"
#include "twintop/proc/identity.h"

/* More threads that end at once belong to a process that does. */
#define ENDING_MOST 256

enum thread_life { THREAD_LIVES, THREAD_ENDS, THREAD_KILLED /* with all others */ };

static enum thread_life life_of(const struct proc_root *root, pid_t pid, pid_t tid)
{
	struct identity_stat stat;

	int error = identity_stat_read_thread(root, pid, tid, &stat);

	if (error) /* that we could not look (too many open files) is no sign of an end */
		return error == -ENOENT || error == -ESRCH ? THREAD_ENDS : THREAD_LIVES;
	if (stat.flags & TASK_EXITING)
		return THREAD_ENDS;
	return stat.pending & 1u << (SIGKILL - 1) ? THREAD_KILLED : THREAD_LIVES;
}

bool identity_thread_lives(const struct proc_root *root, pid_t pid, pid_t tid)
{
	return life_of(root, pid, tid) != THREAD_ENDS;
}

static bool parse_tid(const char *name, pid_t *ret_tid)
{
	struct scan s = scan_of(name, strlen(name));
	uint64_t number;

	if (!scan_u64(&s, &number) || s.at != s.end)
		return false;
	*ret_tid = (pid_t)number;
	return true;
}

/* The first thread that lives; pid: there is none. */
static pid_t first_living(const struct proc_root *root, pid_t pid, DIR *threads)
{
	struct dirent *entry;
	unsigned ending = 0;
	pid_t tid;

	while (ending <= ENDING_MOST && (entry = readdir(threads))) {
		enum thread_life life;

		if (!parse_tid(entry->d_name, &tid))
			continue;
		life = life_of(root, pid, tid);
		if (life == THREAD_LIVES)
			return tid;
		if (life == THREAD_KILLED)
			break;
		ending++;
	}
	return pid;
}

pid_t identity_through(const struct proc_root *root, pid_t pid, pid_t before)
{
	DIR *threads;
	pid_t tid = pid;
	int fd;

	if (identity_thread_lives(root, pid, before))
		return before;
	fd = proc_open(root, O_RDONLY | O_DIRECTORY, "%d/task", (int)pid);
	threads = fd < 0 ? NULL : fdopendir(fd);
	if (threads) {
		tid = first_living(root, pid, threads);
		closedir(threads);
	} else if (fd >= 0) {
		close(fd);
	}
	return tid;
}
