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

/* The IPC namespace in which a side's ids mean something; 0 unknown. */
static uint64_t ipc_namespace(const struct side *side)
{
	const struct process_info *task = side_task(side);
	bool known = task && value_state_has_value(task->source[PROCESS_NAMESPACES]);

	return known ? task->namespace_inode[NAMESPACE_IPC] : 0;
}

/* What a side's sockets leave open. */
struct socket_gaps {
	bool any; /* that has or may have an other end */
	bool in_state[VALUE_STATES];
	bool alone;	    /* an internet socket at whose other end none is known … */
	uint64_t net_inode; /* … of that network namespace */
};

static struct socket_gaps gaps_of_sockets(const struct fd_list *list)
{
	struct socket_gaps g = {0};

	for (size_t i = 0; list && i < list->n; i++) {
		const struct fd_entry *e = &list->fd[i];
		enum value_state state = e->source[FD_SOCKET_INFO];

		if (e->kind != FD_SOCKET || state == VALUE_NONE)
			continue;
		g.any = true;
		g.in_state[state] = true;
		if (value_state_has_value(state) && e->local.len && e->remote.len &&
			!e->peer_inode) {
			g.alone = true;
			g.net_inode = e->net_inode;
		}
	}
	return g;
}

/* Whether a socket in that state may be joined to one of the other side. */
static bool open_in_state(
	const struct socket_gaps *a, const struct socket_gaps *b, enum value_state state)
{
	return a->any && b->any && (a->in_state[state] || b->in_state[state]);
}

static bool failed_sockets(const struct socket_gaps *a, const struct socket_gaps *b)
{
	for (unsigned state = VALUE_UNSUPPORTED + 1; state < VALUE_STATES; state++)
		if (open_in_state(a, b, (enum value_state)state))
			return true;
	return false;
}

/* Whether both have shared memory of which nothing tells whether it is one object. */
static bool unknown_memory(const struct moment *m)
{
	const struct verdicts *v = m->pair ? m->pair->verdicts : NULL;
	bool of[2] = {false, false};

	for (size_t i = 0; v && i < v->mappings_n; i++) {
		const struct pair_mapping *row = &v->mapping[i];
		unsigned side = row->a < 0;
		const struct memory_map *memory = m->snapshot->side[side].memory;
		size_t index = (size_t)(side ? row->b : row->a);

		if (row->state == ROW_UNKNOWN && memory && index < memory->n)
			of[side] |= memory->mapping[index].flags & MAPPING_SHARED;
	}
	return of[0] && of[1];
}

size_t gaps_of_channels(const struct moment *m, const char *out[CHANNEL_GAPS])
{
	const struct snapshot *s = m->snapshot;
	const struct ipc_state *ipc = s->ipc;
	const struct side *a = &s->side[0], *b = &s->side[1];
	const struct lack fds = lack_of_part(s, PART_FDS), memory = lack_of_part(s, PART_MAPPINGS),
			  calls = lack_of(calls_state(a), calls_state(b));
	const struct socket_gaps sa = gaps_of_sockets(a->fds), sb = gaps_of_sockets(b->fds);
	const bool asked = value_state_has_value(s->access.state[ACCESS_SOCK_DIAG]);
	const uint64_t ipc_a = ipc_namespace(a), ipc_b = ipc_namespace(b);
	const struct {
		bool missing;
		const char *reason;
	} gaps[CHANNEL_GAPS] = {
		{fds.unread, "pipes, sockets and queues: the descriptors of both were not read"},
		{fds.failed,
			"pipes, sockets and queues: the descriptors of both could not be read"},
		{fds_uncompared(s, 0) || fds_uncompared(s, 1),
			"eventfds and other objects without a name: not told which descriptors are "
			"one description (kcmp)"},
		{memory.unread, "shared memory: the mappings of both were not read"},
		{memory.failed, "shared memory: the mappings of both could not be read"},
		{unknown_memory(m),
			"shared memory: nothing tells of some mappings whether both have them"},
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
		{m->pair && m->pair->ofd_untold,
			"OFD locks: the kernel does not tell who waits for those of A and B"},
		{ipc && (!ipc_a || !ipc_b),
			"System V IPC: the IPC namespace of A or B is not known"},
		{ipc && ipc_a && ipc_a == ipc_b && ipc_a != ipc->namespace_inode,
			"System V IPC: to enter their IPC namespace needs CAP_SYS_ADMIN there"},
		{open_in_state(&sa, &sb, VALUE_UNREAD),
			"sockets: what is at their other ends was not read"},
		{failed_sockets(&sa, &sb),
			"sockets: what is at their other ends could not be read"},
		{!asked && (open_in_state(&sa, &sb, VALUE_DENIED) ||
				   open_in_state(&sa, &sb, VALUE_UNSUPPORTED)),
			"sockets: sock_diag could not be asked"},
		{asked && open_in_state(&sa, &sb, VALUE_DENIED),
			"sockets: to enter the network namespace of some needs CAP_SYS_ADMIN "
			"there"},
		{asked && open_in_state(&sa, &sb, VALUE_UNSUPPORTED),
			"sockets: some are in no list of a network namespace that could be asked"},
		{sa.alone && sb.alone && sa.net_inode != sb.net_inode,
			"sockets: addresses of two network namespaces do not tell what is joined"},
	};
	size_t n = 0;

	if (pair_apart(m->pair)) {
		out[0] = pair_apart(m->pair);
		return 1;
	}
	for (size_t i = 0; i < CHANNEL_GAPS; i++)
		if (gaps[i].missing)
			out[n++] = gaps[i].reason;
	return n;
}
