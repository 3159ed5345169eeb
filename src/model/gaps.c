/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/gaps.h"

static bool lacks_part(const struct part *part)
{
	return !part || !value_state_has_value(part->state);
}

static bool lacks_fds(const struct side *side)
{
	return lacks_part(side->fds ? &side->fds->part : NULL);
}

static bool lacks_memory(const struct side *side)
{
	return lacks_part(side->memory ? &side->memory->part : NULL);
}

/* Whether no system call of a side's threads could be read: who waits in semop(2), on what futex.
 */
static bool lacks_calls(const struct side *side)
{
	const struct thread_list *list = side->threads;

	return !list || !list->n || !value_state_has_value(list->thread[0].source[THREAD_SYSCALL]);
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
	const struct {
		bool missing;
		const char *reason;
	} gaps[CHANNEL_GAPS] = {
		{lacks_fds(a) || lacks_fds(b),
			"pipes, sockets and queues: the descriptors of both could not be read"},
		{lacks_memory(a) || lacks_memory(b),
			"shared memory: the mappings of both could not be read"},
		{lacks_calls(a) || lacks_calls(b),
			"futexes: the system calls of both could not be read"},
		{!ipc, "System V IPC and file locks were not read"},
		{ipc && !value_state_has_value(ipc->shm_state),
			"System V shared memory: /proc/sysvipc/shm could not be read"},
		{ipc && !value_state_has_value(ipc->queues_state),
			"System V queues: /proc/sysvipc/msg could not be read"},
		{ipc && !value_state_has_value(ipc->semaphores_state),
			"System V semaphores: /proc/sysvipc/sem could not be read"},
		{ipc && !value_state_has_value(ipc->locks_state),
			"file locks: /proc/locks could not be read"},
		{is_elsewhere(a, ipc) || is_elsewhere(b, ipc),
			"System V IPC: one of them is in another IPC namespace than twintop"},
	};
	size_t n = 0;

	for (size_t i = 0; i < CHANNEL_GAPS; i++)
		if (gaps[i].missing)
			out[n++] = gaps[i].reason;
	return n;
}
