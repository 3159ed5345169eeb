/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thread is blocked in: a system call in words, or a lock and who holds it. */
#include "tell_internal.h"

#include <inttypes.h>
#include <string.h>

#include "twintop/base/num.h"
#include "twintop/base/units.h"
#include "twintop/model/wait_graph.h"

#define TELL_LEAST_NS 1000000000u /* waits that are shorter are not worth a word */
#define CHAIN_MOST    16	  /* threads that wait for one another; what is longer says so */

/* ---- system calls ----------------------------------------------------------- */

/*
 * System calls that wait, in words: {fdN} is argument N as a descriptor, {anyN} as how many of
 * them, {idN} as a number, {msN} as milliseconds to wait, {pidN} as what wait4(2) takes.
 */
static const struct call_row {
	const char *name, *words;
} call_table[] = {
	{"read", "it waits for something to read from {fd0}"},
	{"readv", "it waits for something to read from {fd0}"},
	{"pread64", "it waits for the disk or device behind {fd0}"},
	{"preadv", "it waits for the disk or device behind {fd0}"},
	{"preadv2", "it waits for the disk or device behind {fd0}"},
	{"write", "it waits until {fd0} takes what it writes"},
	{"writev", "it waits until {fd0} takes what it writes"},
	{"pwrite64", "it waits for the disk or device behind {fd0}"},
	{"pwritev", "it waits for the disk or device behind {fd0}"},
	{"pwritev2", "it waits for the disk or device behind {fd0}"},
	{"recvfrom", "it waits for something to arrive at {fd0}"},
	{"recvmsg", "it waits for something to arrive at {fd0}"},
	{"recvmmsg", "it waits for something to arrive at {fd0}"},
	{"sendto", "it waits until {fd0} takes what it sends"},
	{"sendmsg", "it waits until {fd0} takes what it sends"},
	{"sendmmsg", "it waits until {fd0} takes what it sends"},
	{"sendfile", "it copies from {fd1} to {fd0}, and one of them is not ready"},
	{"splice", "it moves data from {fd0} to {fd2}, and one of them is not ready"},
	{"accept", "it waits for somebody to connect to {fd0}"},
	{"accept4", "it waits for somebody to connect to {fd0}"},
	{"connect", "it waits for the other end of {fd0} to accept"},
	{"poll", "it waits until {any1} ready, {ms2}"},
	{"ppoll", "it waits until {any1} ready, or a time is over"},
	{"select", "it waits until one of its descriptors below {id0} is ready, or a time is over"},
	{"_newselect",
		"it waits until one of its descriptors below {id0} is ready, or a time is over"},
	{"pselect6",
		"it waits until one of its descriptors below {id0} is ready, or a time is over"},
	{"epoll_wait", "it waits for any of the descriptors that {fd0} watches, {ms3}"},
	{"epoll_pwait", "it waits for any of the descriptors that {fd0} watches, {ms3}"},
	{"epoll_pwait2", "it waits for any of the descriptors that {fd0} watches"},
	{"nanosleep", "it sleeps for a time that it chose itself"},
	{"clock_nanosleep", "it sleeps for a time, or until a time, that it chose itself"},
	{"clock_nanosleep_time64", "it sleeps for a time, or until a time, that it chose itself"},
	{"restart_syscall",
		"a wait that a stop or a signal had interrupted goes on, a sleep mostly"},
	{"pause", "it waits for a signal"},
	{"rt_sigsuspend", "it waits for a signal that it does not block meanwhile"},
	{"rt_sigtimedwait", "it waits for one of some signals, which it then takes"},
	{"wait4", "it waits until {pid0} ends or stops"},
	{"waitpid", "it waits until {pid0} ends or stops"},
	{"waitid", "it waits for a child to end, stop or go on"},
	{"vfork", "its child runs in its memory until that one calls exec or exit"},
	{"clone", "its child runs in its memory until that one calls exec or exit, as after vfork"},
	{"clone3",
		"its child runs in its memory until that one calls exec or exit, as after vfork"},
	{"exit_group", "it is about to end"},
	{"open", "it waits for a file to open: a named pipe without another end, or a slow disk"},
	{"openat", "it waits for a file to open: a named pipe without another end, or a slow disk"},
	{"openat2",
		"it waits for a file to open: a named pipe without another end, or a slow disk"},
	{"close", "closing {fd0} takes its time"},
	{"fsync", "it waits until the disk has all of {fd0}"},
	{"fdatasync", "it waits until the disk has the data of {fd0}"},
	{"msync", "it waits until the disk has what was written to a mapped file"},
	{"sync", "it waits until the disks have everything"},
	{"flock", "it waits for a lock on {fd0}"},
	{"fcntl", "it waits for a lock on a part of {fd0}"},
	{"fcntl64", "it waits for a lock on a part of {fd0}"},
	{"ioctl", "it waits for the device behind {fd0}"},
	{"msgrcv", "it waits for a message in the System V queue {id0}"},
	{"msgsnd", "it waits for room in the System V queue {id0}"},
	{"semop", "it waits for the System V semaphores {id0}"},
	{"semtimedop", "it waits for the System V semaphores {id0}, or until a time is over"},
	{"mq_timedreceive", "it waits for a message in {fd0}"},
	{"mq_timedsend", "it waits for room in {fd0}"},
	{"io_getevents", "it waits for reads and writes that it had asked for"},
	{"io_uring_enter", "it waits for answers in {fd0}"},
	{"futex_wait", "it waits to be woken at an address in memory"},
	{"futex_waitv", "it waits to be woken at any of several addresses in memory"},
	{"futex", "it waits to be woken at an address in memory"},
	{"futex_time64", "it waits to be woken at an address in memory"},
	{"ptrace", "it waits for the process that it traces"},
	{"getrandom", "it waits until the kernel has gathered randomness"},
	{"sched_yield", "it lets others run first"},
	{"mmap", "it waits for its own address space, which another thread is changing"},
	{"munmap", "it waits for its own address space, which another thread is changing"},
	{"mprotect", "it waits for its own address space, which another thread is changing"},
};

static const char *words_of(const struct thread_call *call)
{
	const char *name = call->syscall_name;

	if (wait_has_no_set(call))
		return wait_call_kind(call) == WAIT_SLEEP
			       ? "it watches no descriptors: it waits for a time to pass"
			       : "it watches no descriptors: it waits for a signal";
	for (size_t i = 0; name && i < sizeof call_table / sizeof *call_table; i++)
		if (strcmp(call_table[i].name, name) == 0)
			return call_table[i].words;
	return NULL;
}

static void tell_timeout(int64_t ms, struct textbuf *out)
{
	char text[UNITS_MAX];

	if (ms < 0)
		textbuf_adds(out, "for as long as it takes");
	else
		textbuf_addf(out, "for at most %s", units_time(text, (uint64_t)ms * 1000000u));
}

/* The first argument of wait4(2). */
static void tell_waited(const struct record *r, int32_t pid, struct textbuf *out)
{
	if (pid > 0) {
		textbuf_adds(out, "its child ");
		tell_task(r, pid, out);
	} else if (pid == -1) {
		textbuf_adds(out, "any of its children");
	} else if (pid == 0) {
		textbuf_adds(out, "a child of its process group");
	} else {
		textbuf_addf(out, "a child of process group %" PRId64, -(int64_t)pid);
	}
}

static void tell_any_of(uint32_t n, struct textbuf *out)
{
	if (n == 1)
		textbuf_adds(out, "its one descriptor is");
	else
		textbuf_addf(out, "one of %" PRIu32 " descriptors is", n);
}

static void tell_argument(const struct record *r, const char *what, size_t len, uint64_t argument,
	struct textbuf *out)
{
	const struct text name = {what, len};

	if (text_equal(name, text_of("fd")))
		tell_descriptor(r, (int32_t)argument, out);
	else if (text_equal(name, text_of("ms")))
		tell_timeout((int32_t)argument, out);
	else if (text_equal(name, text_of("any")))
		tell_any_of((uint32_t)argument, out);
	else if (text_equal(name, text_of("pid")))
		tell_waited(r, (int32_t)argument, out);
	else
		textbuf_addf(out, "%" PRId32, (int32_t)argument);
}

static void tell_words(const struct record *r, const struct thread_call *call, const char *words,
	struct textbuf *out)
{
	for (; *words; words++) {
		size_t len;

		if (*words != '{') {
			textbuf_add(out, words, 1);
			continue;
		}
		len = strcspn(words, "}");
		tell_argument(r, words + 1, len - 2, call->syscall_arg[words[len - 1] - '0'], out);
		words += len;
	}
}

/* ---- locks -------------------------------------------------------------------- */

/* The thread with that number on either side; self is NULL: it is of neither. */
static struct thread find_thread(const struct record *r, pid_t tid)
{
	const struct snapshot *s = r->moment->snapshot;

	for (unsigned i = 0; i < s->sides; i++) {
		const struct thread_list *list = s->side[i ? !r->side : r->side].threads;
		ptrdiff_t at = thread_find(list, tid);

		if (at >= 0)
			return thread_at(list, (size_t)at);
	}
	return thread_at(NULL, 0);
}

static bool has_call(const struct thread *t)
{
	return t->self && value_state_has_value(thread_source_state(t, THREAD_SYSCALL)) &&
	       !thread_has_ended(t);
}

static bool waits_on_futex(const struct thread *t)
{
	return has_call(t) && t->call->wait_kind != WAIT_NOTHING;
}

/* "which sleeps in read", of the last one of a chain. */
static void tell_last(const struct thread *t, struct textbuf *out)
{
	if (!t->self)
		textbuf_adds(out, ", which is of another process");
	else if (t->run->state == 'R' || (has_call(t) && t->call->running))
		textbuf_adds(out, ", which runs and may let go at any time");
	else if (has_call(t) && t->call->syscall_name)
		textbuf_addf(out, ", which itself is blocked in %s", t->call->syscall_name);
}

/* Of a thread that waits for itself, through others or at once. */
static const char *ring_verdict(const struct record *r, const struct thread *t)
{
	const struct snapshot *s = r->moment->snapshot;
	unsigned side = t->list == s->side[r->side].threads ? r->side : !r->side;
	ptrdiff_t at = thread_find(t->list, t->self->tid);
	struct wait_cycle cycle;

	if (at < 0 || !wait_cycle_of(s, side, (size_t)at, &cycle))
		return "a ring, whose ends are of two moments";
	if (cycle.timed)
		return "a ring until a time-out";
	return cycle.proved ? "a deadlock" : "a ring, which was seen once only";
}

/* ", held by 4243 “writer”, which itself waits for a mutex held by 4244 …": from owner to owner. */
static void tell_chain(const struct record *r, const struct thread *first, struct textbuf *out)
{
	struct thread t = *first;
	pid_t seen[CHAIN_MOST];

	for (unsigned n = 0; n < CHAIN_MOST; n++) {
		bool join = t.call->wait_kind == WAIT_JOIN;
		pid_t owner = t.call->wait_owner;

		if (!owner)
			return;
		textbuf_adds(out, n	 ? join ? ", which waits for the end of "
						: ", which itself waits for a mutex held by "
				  : join ? "for the end of "
					 : ", held by ");
		tell_task(r, owner, out);
		if (owner == first->self->tid) {
			textbuf_addf(
				out, ", which is this very thread: %s", ring_verdict(r, first));
			return;
		}
		for (unsigned i = 0; i < n; i++)
			if (seen[i] == owner) {
				textbuf_addf(out, " again: %s, which this thread waits for",
					ring_verdict(r, &t));
				return;
			}
		seen[n] = owner;
		t = find_thread(r, owner);
		if (!waits_on_futex(&t)) {
			tell_last(&t, out);
			return;
		}
	}
	textbuf_adds(out, ", and so on");
}

/* How many others of its process wait at the same address. */
static size_t waiters(const struct thread *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->list->n; i++) {
		const struct thread other = thread_at(t->list, i);

		n += other.self != t->self && waits_on_futex(&other) &&
		     wait_of(&other).object == wait_of(t).object;
	}
	return n;
}

/* What stands behind the kind and the address: who has it, or that nobody has. */
static void tell_having(const struct record *r, const struct thread *t, struct textbuf *out)
{
	if (t->call->wait_left) {
		textbuf_adds(out, ", which ");
		tell_task(r, t->call->wait_left, out);
		textbuf_adds(out, " of its parent held when fork made this process: nobody here "
				  "unlocks it");
	} else if (t->call->wait_kind == WAIT_FUTEX) {
		textbuf_adds(
			out, ": a lock or an event of the program's own, which names no owner");
	} else if (t->call->wait_kind == WAIT_RWLOCK && !t->call->wait_owner) {
		textbuf_adds(out, ", which readers have: their numbers stand nowhere");
	}
}

void tell_wait(const struct record *r, const struct thread *t, struct textbuf *out)
{
	enum wait_kind kind = t->call->wait_kind;
	size_t others = waiters(t);

	if (kind != WAIT_JOIN || !t->call->wait_owner) {
		textbuf_addf(out, kind == WAIT_JOIN ? "for %s, told at " : "on %s at ",
			wait_row(kind)->words);
		tell_address(r, wait_of(t).object, out);
	}
	tell_chain(r, t, out);
	tell_having(r, t, out);
	if (others) {
		textbuf_adds(out, "; ");
		textbuf_count(out, others, "other thread");
		textbuf_adds(out, others > 1 ? " wait at the same address" : " waits there, too");
	}
}

/* ---- how long ------------------------------------------------------------------ */

/* "; so for 12 s", "; so for at least 12 s, with 5 s left": of threads that wait. */
static void tell_duration(const struct record *r, const struct thread *t, struct textbuf *out)
{
	const struct snapshot *s = r->moment->snapshot;
	uint64_t now_ns = side_moment_ns(s, r->side), left, lasts_ns;
	char text[UNITS_MAX];

	if (wait_of(t).kind == WAIT_NOTHING || !wait_seen_for(s, r->side, t, &lasts_ns) ||
		lasts_ns < TELL_LEAST_NS)
		return;
	textbuf_addf(
		out, "; so for %s%s", t->run->first ? "at least " : "", units_time(text, lasts_ns));
	if (wait_left(t, now_ns, r->moment->snapshot->realtime_ns, &left))
		textbuf_addf(out, ", with %s%s left", t->run->first ? "at most " : "",
			units_time(text, left));
}

/* ---- both ---------------------------------------------------------------------- */

bool tell_blocked(const struct record *r, const struct thread *t, struct textbuf *out)
{
	const struct thread_call *call = t->call;
	const char *words = words_of(call);

	if (!has_call(t) || call->running)
		return false;
	if (call->syscall_number < 0) {
		textbuf_adds(out, "outside any system call: in a page fault, or held by a signal");
		return true;
	}
	if (call->syscall_name)
		textbuf_addf(out, "in %s", call->syscall_name);
	else
		textbuf_addf(out, "in the system call with number %" PRId64, call->syscall_number);
	if (waits_on_futex(t)) {
		textbuf_adds(out, call->wait_kind == WAIT_JOIN && call->wait_owner ? ", " : " ");
		tell_wait(r, t, out);
	} else if (words) {
		textbuf_adds(out, ": ");
		tell_words(r, call, words, out);
	}
	tell_ends(r, t, out);
	tell_duration(r, t, out);
	return true;
}
