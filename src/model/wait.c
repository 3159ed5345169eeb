/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/wait.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "twintop/model/thread.h"

/* ---- kinds ------------------------------------------------------------------ */

#define LOCK (WAIT_HAS_ADDRESS | WAIT_HAS_OWNER | WAIT_HAS_HOLDER)

static const struct wait_row wait_table[WAIT_KINDS] = {
	[WAIT_NOTHING] = {"nothing", "nothing", "—", 0},
	[WAIT_FUTEX] = {"futex", "a futex", "futex", WAIT_HAS_ADDRESS},
	[WAIT_MUTEX] = {"mutex", "a mutex", "lock", LOCK},
	[WAIT_PI_MUTEX] = {"pi_mutex", "a mutex with priority inheritance", "lock", LOCK},
	[WAIT_JOIN] = {"join", "the end of a thread", "end", LOCK},
	[WAIT_RWLOCK] = {"rwlock", "a read-write lock", "lock", LOCK},
	[WAIT_CONDITION] = {"condition", "a condition variable", "condition", WAIT_HAS_ADDRESS},
	[WAIT_SEMAPHORE] = {"semaphore", "a semaphore", "semaphore", WAIT_HAS_ADDRESS},
	[WAIT_BARRIER] = {"barrier", "a barrier", "barrier", WAIT_HAS_ADDRESS},
	[WAIT_READ] = {"read", "something to read", "input", WAIT_HAS_FD},
	[WAIT_WRITE] = {"write", "room to write", "room to write", WAIT_HAS_FD},
	[WAIT_RECEIVE] = {"receive", "a message", "a message", WAIT_HAS_FD},
	[WAIT_SEND] = {"send", "room to send", "room to send", WAIT_HAS_FD},
	[WAIT_CONNECT] = {"connect", "an answer to its connect", "an answer", WAIT_HAS_FD},
	[WAIT_ACCEPT] = {"accept", "somebody to connect", "a caller", WAIT_HAS_FD},
	[WAIT_EPOLL] = {"epoll", "what its epoll watches", "events", WAIT_HAS_FD},
	[WAIT_POLL] = {"poll", "one of some descriptors", "events", 0},
	[WAIT_SELECT] = {"select", "one of some descriptors", "events", 0},
	[WAIT_FILE_LOCK] = {"flock", "a lock on a file", "a file's lock",
		WAIT_HAS_FD | WAIT_HAS_OWNER | WAIT_HAS_HOLDER},
	[WAIT_RECORD_LOCK] = {"record_lock", "a lock on a part of a file", "a file's lock",
		WAIT_HAS_FD | WAIT_HAS_OWNER | WAIT_HAS_HOLDER},
	[WAIT_CHILD] = {"child", "the end of a child", "a child's end", WAIT_HAS_OWNER},
	[WAIT_SLEEP] = {"sleep", "a time to pass", "time to pass", 0},
	[WAIT_SIGNAL] = {"signal", "a signal", "a signal", 0},
	[WAIT_OPEN] = {"open", "a file to open", "a file to open", 0},
	[WAIT_DISK] = {"disk", "a disk", "the disk", WAIT_HAS_FD},
	[WAIT_MESSAGE] = {"message", "a System V queue", "a message", 0},
	[WAIT_SYSV_SEMAPHORE] = {"sysv_semaphore", "System V semaphores", "a semaphore", 0},
};

const struct wait_row *wait_row(enum wait_kind kind)
{
	return &wait_table[kind < WAIT_KINDS ? kind : WAIT_NOTHING];
}

const char *wait_kind_name(enum wait_kind kind)
{
	return kind < WAIT_KINDS ? wait_table[kind].id : "unknown";
}

/* ---- system calls ------------------------------------------------------------ */

/* How a call says for how long it waits at most. */
enum time_form {
	TIME_NONE,
	TIME_MS,      /* int, below 0: for ever */
	TIME_POINTER, /* NULL: for ever */
	TIME_ALWAYS   /* it is a time that it waits for */
};

/* Calls in the order of their names; argument -1: none. */
static const struct call_row {
	const char *name;
	enum wait_kind kind;
	int fd;
	enum time_form form;
	int time; /* the argument */
} call_table[] = {
	{"_newselect", WAIT_SELECT, -1, TIME_POINTER, 4},
	{"accept", WAIT_ACCEPT, 0, TIME_NONE, -1},
	{"accept4", WAIT_ACCEPT, 0, TIME_NONE, -1},
	{"clock_nanosleep", WAIT_SLEEP, -1, TIME_ALWAYS, 2},
	{"clock_nanosleep_time64", WAIT_SLEEP, -1, TIME_ALWAYS, 2},
	{"connect", WAIT_CONNECT, 0, TIME_NONE, -1},
	{"epoll_pwait", WAIT_EPOLL, 0, TIME_MS, 3},
	{"epoll_pwait2", WAIT_EPOLL, 0, TIME_POINTER, 3},
	{"epoll_wait", WAIT_EPOLL, 0, TIME_MS, 3},
	{"fcntl", WAIT_RECORD_LOCK, 0, TIME_NONE, -1},
	{"fcntl64", WAIT_RECORD_LOCK, 0, TIME_NONE, -1},
	{"fdatasync", WAIT_DISK, 0, TIME_NONE, -1},
	{"flock", WAIT_FILE_LOCK, 0, TIME_NONE, -1},
	{"fsync", WAIT_DISK, 0, TIME_NONE, -1},
	{"mq_timedreceive", WAIT_RECEIVE, 0, TIME_POINTER, 4},
	{"mq_timedsend", WAIT_SEND, 0, TIME_POINTER, 4},
	{"msgrcv", WAIT_MESSAGE, -1, TIME_NONE, -1},
	{"msgsnd", WAIT_MESSAGE, -1, TIME_NONE, -1},
	{"nanosleep", WAIT_SLEEP, -1, TIME_ALWAYS, 0},
	{"open", WAIT_OPEN, -1, TIME_NONE, -1},
	{"openat", WAIT_OPEN, -1, TIME_NONE, -1},
	{"openat2", WAIT_OPEN, -1, TIME_NONE, -1},
	{"pause", WAIT_SIGNAL, -1, TIME_NONE, -1},
	{"poll", WAIT_POLL, -1, TIME_MS, 2},
	{"ppoll", WAIT_POLL, -1, TIME_POINTER, 2},
	{"pread64", WAIT_DISK, 0, TIME_NONE, -1},
	{"preadv", WAIT_DISK, 0, TIME_NONE, -1},
	{"preadv2", WAIT_DISK, 0, TIME_NONE, -1},
	{"pselect6", WAIT_SELECT, -1, TIME_POINTER, 4},
	{"pwrite64", WAIT_DISK, 0, TIME_NONE, -1},
	{"pwritev", WAIT_DISK, 0, TIME_NONE, -1},
	{"pwritev2", WAIT_DISK, 0, TIME_NONE, -1},
	{"read", WAIT_READ, 0, TIME_NONE, -1},
	{"readv", WAIT_READ, 0, TIME_NONE, -1},
	{"recvfrom", WAIT_RECEIVE, 0, TIME_NONE, -1},
	{"recvmmsg", WAIT_RECEIVE, 0, TIME_POINTER, 4},
	{"recvmsg", WAIT_RECEIVE, 0, TIME_NONE, -1},
	{"rt_sigsuspend", WAIT_SIGNAL, -1, TIME_NONE, -1},
	{"rt_sigtimedwait", WAIT_SIGNAL, -1, TIME_POINTER, 2},
	{"select", WAIT_SELECT, -1, TIME_POINTER, 4},
	{"semop", WAIT_SYSV_SEMAPHORE, -1, TIME_NONE, -1},
	{"semtimedop", WAIT_SYSV_SEMAPHORE, -1, TIME_POINTER, 3},
	{"sendmmsg", WAIT_SEND, 0, TIME_NONE, -1},
	{"sendmsg", WAIT_SEND, 0, TIME_NONE, -1},
	{"sendto", WAIT_SEND, 0, TIME_NONE, -1},
	{"wait4", WAIT_CHILD, -1, TIME_NONE, -1},
	{"waitid", WAIT_CHILD, -1, TIME_NONE, -1},
	{"waitpid", WAIT_CHILD, -1, TIME_NONE, -1},
	{"write", WAIT_WRITE, 0, TIME_NONE, -1},
	{"writev", WAIT_WRITE, 0, TIME_NONE, -1},
};

static int compare_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct call_row *)row)->name);
}

static const struct call_row *row_of(const struct thread_call *c)
{
	if (c->running || c->syscall_number < 0 || !c->syscall_name)
		return NULL;
	return bsearch(c->syscall_name, call_table, sizeof call_table / sizeof *call_table,
		sizeof *call_table, compare_name);
}

static bool is_timed(const struct thread_call *c, const struct call_row *row)
{
	switch (row->form) {
	case TIME_MS:
		return (int32_t)c->syscall_arg[row->time] >= 0;
	case TIME_POINTER:
		return c->syscall_arg[row->time] != 0;
	case TIME_ALWAYS:
		return true;
	case TIME_NONE:
		break;
	}
	return false;
}

static bool has_no_set(const struct thread_call *c, const struct call_row *row)
{
	bool polls = row->kind == WAIT_POLL;

	return (polls || row->kind == WAIT_SELECT) && !(uint32_t)c->syscall_arg[polls ? 1 : 0];
}

bool wait_has_no_set(const struct thread_call *call)
{
	const struct call_row *row = row_of(call);

	return row && has_no_set(call, row);
}

/* Of no descriptors these are old ways to sleep, or to await a signal. */
static enum wait_kind kind_of(const struct thread_call *c, const struct call_row *row)
{
	if (!has_no_set(c, row))
		return row->kind;
	return is_timed(c, row) ? WAIT_SLEEP : WAIT_SIGNAL;
}

enum wait_kind wait_call_kind(const struct thread_call *call)
{
	const struct call_row *row = row_of(call);

	return row ? kind_of(call, row) : WAIT_NOTHING;
}

/* futex(2) has its time-out fourth, futex_waitv(2) too, futex_wait(2) fifth. */
static bool is_timed_futex(const struct thread_call *c)
{
	const char *name = c->syscall_name;
	bool known = name && (!strcmp(name, "futex") || !strcmp(name, "futex_time64") ||
				     !strcmp(name, "futex_waitv"));

	return known ? c->syscall_arg[3] != 0 : c->syscall_arg[3] || c->syscall_arg[4];
}

/* wait4(2), waitid(2) of one child: by number as its caller counts. */
static pid_t child_of(const struct thread_call *c)
{
	if (!strcmp(c->syscall_name, "waitid"))
		return c->syscall_arg[0] == 1 ? (pid_t)c->syscall_arg[1] : 0;
	return (int32_t)c->syscall_arg[0] > 0 ? (pid_t)c->syscall_arg[0] : 0;
}

static struct wait wait_in_call(const struct thread *t)
{
	const struct thread_call *c = t->call;
	const struct call_row *row = row_of(c);
	struct wait w = {.fd = -1};

	if (!row)
		return w;
	w.kind = kind_of(c, row);
	w.timed = is_timed(c, row);
	if (row->fd >= 0)
		w.fd = (int32_t)c->syscall_arg[row->fd];
	/* Whose numbers are others inside may mean another child by it. */
	if (row->kind == WAIT_CHILD && (!t->self->inner_tid || t->self->inner_tid == t->self->tid))
		w.owner = child_of(c);
	return w;
}

struct wait wait_of(const struct thread *t)
{
	const struct thread_call *c = t->call;

	if (!t->self || !value_state_has_value(thread_source_state(t, THREAD_SYSCALL)) ||
		thread_has_ended(t) || c->running)
		return (struct wait){.fd = -1};
	if (c->wait_kind == WAIT_NOTHING)
		return wait_in_call(t);
	return (struct wait){.kind = c->wait_kind,
		.address = c->wait_address,
		.object = c->wait_address - c->wait_inside,
		.owner = c->wait_owner,
		.fd = -1,
		.timed = is_timed_futex(c)};
}

/* ---- time ---------------------------------------------------------------------- */

/* Whether the time that was read is one of a clock rather than a span; by which clock. */
static bool is_until(const struct thread_call *c, clockid_t *ret_clock)
{
	if (strncmp(c->syscall_name, "clock_nanosleep", 15) != 0)
		return false;
	*ret_clock = (clockid_t)c->syscall_arg[0];
	return c->syscall_arg[1] & TIMER_ABSTIME;
}

bool wait_left(const struct thread *t, uint64_t now_ns, uint64_t real_ns, uint64_t *ret_ns)
{
	const struct thread_call *c = t->call;
	const struct wait w = wait_of(t);
	const struct call_row *row;
	clockid_t clock = CLOCK_MONOTONIC;
	uint64_t span = c->wait_time_ns, end;

	if (w.kind != WAIT_SLEEP)
		return false;
	row = row_of(c);
	if (row && row->form == TIME_MS)
		span = (uint64_t)c->syscall_arg[row->time] % (UINT64_C(1) << 31) * 1000000u;
	if (!span)
		return false;
	if (!is_until(c, &clock)) {
		end = t->run->read_ns + span;
	} else {
		end = span;
		if (clock == CLOCK_REALTIME)
			now_ns = real_ns;
		else if (clock != CLOCK_MONOTONIC)
			return false;
	}
	*ret_ns = end > now_ns ? end - now_ns : 0;
	return true;
}
