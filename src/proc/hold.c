/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has a thread held for a moment, and finds out why that may not be. */
#include "twintop/proc/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "hold_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/num.h"
#include "twintop/base/text.h"
#include "twintop/base/thread.h"

/* ---- by ourselves -------------------------------------------------------------- */

/* Yama may let us hold what we started, and no helper of ours. */
struct own {
	const struct proc_root *root;
	pid_t pid, tid;
	struct held *held;
	int error;
};

static void *run(void *context)
{
	struct own *o = context;

	o->error = hold_here(
		o->root, o->pid, o->tid, clock_monotonic_ns() + HOLD_DEADLINE_NS, o->held);
	return NULL;
}

/* On a thread of its own: with its end the kernel lets go what would not stop. */
static int hold_ourselves(const struct proc_root *root, pid_t pid, pid_t tid, struct held *ret)
{
	struct own o = {root, pid, tid, ret, 0};
	pthread_t thread;
	int error = thread_spawn("twintop-hold", run, &o, &thread);

	if (error)
		return error;
	pthread_join(thread, NULL);
	return o.error;
}

/* ---- why not ------------------------------------------------------------------- */

/* Nobody has that number: a kernel that is asked says so, and a filter does not. */
static bool is_filtered(void)
{
	return ptrace(PTRACE_SEIZE, -1, NULL, NULL) && errno != ESRCH;
}

static bool may_read(const struct proc_root *root, pid_t pid, pid_t tid)
{
	int fd = proc_open(root, O_RDONLY, "%d/task/%d/maps", (int)pid, (int)tid);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool is_bound_by_yama(const struct proc_root *root)
{
	struct textbuf text = {0};
	uint64_t scope = 0;
	struct scan s;

	if (!proc_read(root, &text, "sys/kernel/yama/ptrace_scope")) {
		s = scan_of(text.bytes, text.len);
		scan_u64(&s, &scope);
	}
	textbuf_free(&text);
	return scope > 0;
}

static void read_name(const struct proc_root *root, pid_t pid, char name[16])
{
	struct textbuf text = {0};
	size_t n;

	if (!proc_read(root, &text, "%d/comm", (int)pid)) {
		n = text.len && text.bytes[text.len - 1] == '\n' ? text.len - 1 : text.len;
		memcpy(name, text.bytes, n < 15 ? n : 15);
	}
	textbuf_free(&text);
}

/* Its state's letter, and who traces it; 0: nobody, or nobody here. */
static char read_status(const struct proc_root *root, pid_t pid, pid_t tid, pid_t *ret_tracer)
{
	struct textbuf text = {0};
	struct scan s, line;
	uint64_t tracer = 0;
	char state = 'X';

	*ret_tracer = 0;
	if (!proc_read(root, &text, "%d/task/%d/status", (int)pid, (int)tid)) {
		s = scan_of(text.bytes, text.len);
		while (scan_line(&s, &line)) {
			if (scan_literal(&line, "State:") && (scan_blanks(&line), true))
				state = line.at < line.end ? *line.at : state;
			else if (scan_literal(&line, "TracerPid:") && (scan_blanks(&line), true))
				scan_u64(&line, &tracer);
		}
		*ret_tracer = (pid_t)tracer;
	}
	textbuf_free(&text);
	return state;
}

static enum hold_end refusal(const struct proc_root *root, pid_t pid, pid_t tid, struct held *ret)
{
	char state = read_status(root, pid, tid, &ret->tracer);

	if (ret->tracer) {
		read_name(root, ret->tracer, ret->tracer_name);
		return HOLD_TRACED;
	}
	if (strchr("XxZ", state))
		return HOLD_LEFT;
	if (is_filtered())
		return HOLD_FILTERED;
	/* Traced by somebody whom this /proc does not know: it stands in t. */
	if (state == 't')
		return HOLD_TRACED;
	return may_read(root, pid, tid) && is_bound_by_yama(root) ? HOLD_YAMA : HOLD_DENIED;
}

/* It does not stop: some calls cannot be interrupted, and who has ended never stops. */
static enum hold_end lateness(const struct proc_root *root, pid_t pid, pid_t tid)
{
	pid_t tracer;

	return strchr("XxZ", read_status(root, pid, tid, &tracer)) ? HOLD_LEFT : HOLD_LATE;
}

/* ---- all of it ----------------------------------------------------------------- */

enum hold_end hold_thread(const struct proc_root *root, pid_t pid, pid_t tid, struct held *ret)
{
	int error = proc_root_calls(root);

	ret->tracer = 0;
	memset(ret->tracer_name, 0, sizeof ret->tracer_name);
	if (error == -EXDEV)
		return HOLD_ABROAD;
	error = helper_hold(root, pid, tid, ret);
	if (error == -EPERM)
		error = hold_ourselves(root, pid, tid, ret);
	switch (error) {
	case 0:
		return HOLD_DONE;
	case -ESRCH:
		return HOLD_LEFT;
	case -ETIMEDOUT:
		return lateness(root, pid, tid);
	case -EPERM:
	case -EACCES:
	case -ENOSYS:
		return refusal(root, pid, tid, ret);
	default:
		return HOLD_FAILED;
	}
}
