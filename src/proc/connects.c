/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a connect(2) of a unix socket waits for: the address that it was called with, and the socket
 * that listens there.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/model/connects.h"
#include "twintop/model/same.h"
#include "twintop/model/thread.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/inside.h"
#include "twintop/proc/reader.h"
#include "twintop/proc/sockets.h"

#define CONNECTS_MOST 256u /* of a process that are looked at */

/* A call, and the address that it points to. */
struct call {
	pid_t tid;
	int fd;
	uint64_t address;
	size_t bytes;
	struct sockaddr_un name;
};
VEC_STRUCT(calls, struct call);

/* Of a 64-bit call: others give their pointers in the same place, yet no name is that long. */
static void collect(const struct thread_list *threads, struct calls *out)
{
	for (size_t i = 0; threads && i < threads->n && out->n < CONNECTS_MOST; i++) {
		const struct thread_call *c = thread_group_at(threads, THREAD_GROUP_CALL, i);
		struct call call;

		if (c->running || !c->syscall_name || strcmp(c->syscall_name, "connect") != 0 ||
			c->syscall_arg[2] <= offsetof(struct sockaddr_un, sun_path) ||
			c->syscall_arg[2] > sizeof call.name)
			continue;
		call = (struct call){.tid = thread_self_at(threads, i)->tid,
			.fd = (int32_t)c->syscall_arg[0],
			.address = c->syscall_arg[1],
			.bytes = (size_t)c->syscall_arg[2]};
		VEC_PUSH(out, call);
	}
}

static int compare_calls(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	return x->fd != y->fd ? (x->fd < y->fd ? -1 : 1) : (x->tid > y->tid) - (x->tid < y->tid);
}

/* Reads the addresses; calls whose address is not had, or is of another family, go. */
static int read_names(const struct proc_root *root, pid_t pid, struct calls *calls)
{
	struct helper_range *range = mem_alloc((calls->n + 1) * sizeof *range);
	size_t n = 0;
	int error;

	for (size_t i = 0; i < calls->n; i++)
		range[i] = (struct helper_range){calls->item[i].address, &calls->item[i].name,
			calls->item[i].bytes, false, false};
	error = helper_read_memory(root, pid, range, calls->n);
	for (size_t i = 0; i < calls->n; i++)
		if (range[i].read && calls->item[i].name.sun_family == AF_UNIX)
			calls->item[n++] = calls->item[i];
	calls->n = error ? 0 : n;
	if (calls->n)
		qsort(calls->item, calls->n, sizeof *calls->item, compare_calls);
	free(range);
	return error;
}

/* As sockets_read() has it: a path up to its NUL, or '@' for an abstract name's. */
static struct text address_of(struct arena *arena, const struct call *call)
{
	size_t len = call->bytes - offsetof(struct sockaddr_un, sun_path);
	char *copy;

	if (call->name.sun_path[0])
		len = strnlen(call->name.sun_path, len);
	copy = arena_copy(arena, call->name.sun_path, len);
	if (len && !copy[0])
		copy[0] = '@';
	return (struct text){copy, len};
}

static void find_listener(const struct socket_info *sockets, size_t n, struct connect_wait *c)
{
	for (size_t i = 0; i < n; i++) {
		const struct socket_info *s = &sockets[i];

		if (!s->listens || strncmp(s->protocol, "unix", 4) != 0 ||
			!text_equal(s->local, c->address))
			continue;
		c->listener_inode = s->inode;
		c->pending = s->pending;
		c->backlog = s->backlog;
		return;
	}
}

/* Asks in the network namespace of the task. What cannot be asked stays unknown. */
static void find_listeners(const struct proc_root *root, pid_t pid, struct connects *list)
{
	uint64_t ours = 0, theirs = 0;
	struct socket_info *sockets;
	struct socket_desk *desk;
	struct arena arena = {0};
	size_t n;

	if (inside_inode(root, 0, NAMESPACE_NET, &ours) ||
		inside_inode(root, pid, NAMESPACE_NET, &theirs) ||
		sockets_open(root, ours == theirs ? 0 : pid, &desk))
		return;
	if (!sockets_read(desk, &arena, SOCKETS_CHEAP, &sockets, &n))
		for (size_t i = 0; i < list->n; i++)
			find_listener(sockets, n, &list->connect[i]);
	sockets_close(desk);
	arena_free(&arena);
}

static const struct connects *read_side(
	const struct reader_context *context, const struct reader_side *side)
{
	uint64_t start = clock_thread_cpu_ns();
	struct connects *list = part_make(PART_CONNECTS);
	struct calls calls = {0};
	int error = 0;

	collect(side->had.threads, &calls);
	if (calls.n)
		error = read_names(context->root, reader_side_task(side), &calls);
	list->connect = arena_array(&list->part.arena, calls.n, sizeof *list->connect);
	for (; list->n < calls.n; list->n++) {
		const struct call *c = &calls.item[list->n];

		list->connect[list->n] = (struct connect_wait){
			.tid = c->tid, .fd = c->fd, .address = address_of(&list->part.arena, c)};
	}
	if (list->n && value_state_has_value(context->access.state[ACCESS_SOCK_DIAG]) &&
		proc_root_is_kernel(context->root))
		find_listeners(context->root, reader_side_task(side), list);
	VEC_FREE(&calls);
	part_seal(&list->part, start, error);
	return list;
}

static void read_connects(void *reader, struct reader_job *job)
{
	const struct reader_context *context = reader;

	for (unsigned i = 0; i < 2; i++) {
		struct reader_side *side = &job->side[i];
		const struct connects *had = side->had.connects, *now;

		if (!side->id.pid || !side->had.threads)
			continue;
		now = read_side(context, side);
		side->read.connects = same_kept(had, now, had && same_connects(had, now));
	}
}

const struct reader_ops connects_reader_ops = {
	.id = "connects",
	.part = PART_CONNECTS,
	.scope = READS_PAIR,
	.need = NEED_SOCKETS,
	.after = 1u << PART_THREADS,
	.pace = PACE_ROWS,
	.open = reader_open_context,
	.read = read_connects,
	.close = reader_close_context,
};
