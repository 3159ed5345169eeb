/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/gaps.h"

static enum value_state part_state(const struct part *part)
{
	return part ? part->state : VALUE_UNREAD;
}

/* Of a side's system calls, as its first thread has it: who waits in semop(2), on what futex. */
static enum value_state calls_state(const struct side *side)
{
	const struct thread_list *list = side->threads;
	enum value_state state = part_state(list ? &list->part : NULL);

	if (list && list->n) {
		const struct thread t = thread_at(list, 0);

		return thread_source_state(&t, THREAD_SYSCALL);
	}
	return value_state_has_value(state) ? VALUE_GONE : state;
}

/* What both sides must have: why it is missing. */
struct lack {
	bool unread, failed; /* nobody asked for either side's; one could not be had */
};

static struct lack lack_of(enum value_state a, enum value_state b)
{
	bool missing = !value_state_has_value(a) || !value_state_has_value(b);
	bool failed = (!value_state_has_value(a) && a != VALUE_UNREAD) ||
		      (!value_state_has_value(b) && b != VALUE_UNREAD);

	return (struct lack){missing && !failed, failed};
}

static struct lack lack_of_part(const struct snapshot *s, enum part_kind kind)
{
	return lack_of(
		part_state(snapshot_part(s, kind, 0)), part_state(snapshot_part(s, kind, 1)));
}

/* A side whose System V objects are not in the tables that we can read. */
static bool is_elsewhere(const struct side *side, const struct ipc_state *ipc)
{
	const struct process_info *p = side->info;

	return ipc && ipc->namespace_inode && p &&
	       value_state_has_value(p->source[PROCESS_NAMESPACES]) &&
	       p->namespace_inode[NAMESPACE_IPC] != ipc->namespace_inode;
}

size_t gaps_of_channels(const struct snapshot *s, const char *out[CHANNEL_GAPS])
{
	const struct ipc_state *ipc = s->ipc;
	const struct side *a = &s->side[0], *b = &s->side[1];
	const struct lack fds = lack_of_part(s, PART_FDS), memory = lack_of_part(s, PART_MAPPINGS),
			  calls = lack_of(calls_state(a), calls_state(b));
	const struct {
		bool missing;
		const char *reason;
	} gaps[CHANNEL_GAPS] = {
		{fds.unread, "pipes, sockets and queues: the descriptors of both were not read"},
		{fds.failed,
			"pipes, sockets and queues: the descriptors of both could not be read"},
		{memory.unread, "shared memory: the mappings of both were not read"},
		{memory.failed, "shared memory: the mappings of both could not be read"},
		{calls.unread, "futexes: the system calls of both were not read"},
		{calls.failed, "futexes: the system calls of both could not be read"},
		{!ipc, "System V IPC was not read"},
		{ipc && !value_state_has_value(ipc->shm_state),
			"System V shared memory: /proc/sysvipc/shm could not be read"},
		{ipc && !value_state_has_value(ipc->queues_state),
			"System V queues: /proc/sysvipc/msg could not be read"},
		{ipc && !value_state_has_value(ipc->semaphores_state),
			"System V semaphores: /proc/sysvipc/sem could not be read"},
		{!s->locks, "file locks were not read"},
		{s->locks && s->locks->part.error, "file locks: /proc/locks could not be read"},
		{is_elsewhere(a, ipc) || is_elsewhere(b, ipc),
			"System V IPC: one of them is in another IPC namespace than twintop"},
	};
	size_t n = 0;

	for (size_t i = 0; i < CHANNEL_GAPS; i++)
		if (gaps[i].missing)
			out[n++] = gaps[i].reason;
	return n;
}
