/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an earlier read asked of descriptors, in a list that asked for less. */
#include <stdlib.h>
#include <string.h>

#include "twintop/base/arena.h"
#include "twintop/proc/fds.h"

/* The same number for the same file, as far as link, stat and fdinfo tell. */
static bool same_open(const struct fd_entry *a, const struct fd_entry *b)
{
	return a->fd == b->fd && a->kind == b->kind && a->inode == b->inode &&
	       a->device == b->device && a->flags == b->flags &&
	       !memcmp(a->source, b->source, FD_SOCKET_INFO);
}

/* The entry of had that is still open as e; k: where to look, moves on. NULL: none. */
static const struct fd_entry *find_had(
	const struct fd_entry *e, const struct fd_list *had, size_t *k)
{
	while (had && *k < had->n && had->fd[*k].fd < e->fd)
		++*k;
	return had && *k < had->n && same_open(e, &had->fd[*k]) ? &had->fd[*k] : NULL;
}

static struct text copy_text(struct arena *arena, struct text t)
{
	return (struct text){arena_copy(arena, t.bytes, t.len), t.len};
}

static void keep_socket(struct arena *arena, struct fd_entry *e, const struct fd_entry *had)
{
	e->source[FD_SOCKET_INFO] = had->source[FD_SOCKET_INFO];
	e->target = copy_text(arena, had->target);
	e->local = copy_text(arena, had->local);
	e->remote = copy_text(arena, had->remote);
	e->protocol =
		had->protocol ? arena_copy(arena, had->protocol, strlen(had->protocol)) : NULL;
	e->net_inode = had->net_inode;
	e->peer_inode = had->peer_inode;
	e->peer_closed = had->peer_closed;
	e->queues_known = had->queues_known;
	e->receive_queue_bytes = had->receive_queue_bytes;
	e->send_queue_bytes = had->send_queue_bytes;
}

void fds_keep_sockets(struct fd_list *list, const struct fd_list *had)
{
	size_t k = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct fd_entry *e = &list->fd[i];
		const struct fd_entry *before = find_had(e, had, &k);

		if (before && e->source[FD_SOCKET_INFO] == VALUE_UNREAD)
			keep_socket(&list->part.arena, e, before);
	}
}

bool fds_as_before(const struct fd_list *list, const struct fd_list *had)
{
	if (list->part.error != had->part.error || list->n != had->n)
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (!same_open(&list->fd[i], &had->fd[i]))
			return false;
	return true;
}

void fds_keep_descriptions(struct fd_list *list, const struct fd_list *had)
{
	list->descriptions = had->descriptions;
	for (size_t i = 0; i < list->n; i++) {
		list->fd[i].description = had->fd[i].description;
		list->fd[i].is_dup = had->fd[i].is_dup;
		list->fd[i].dup_of = had->fd[i].dup_of;
	}
}

/* Ids of a compare count from 1, and there are no more of them than descriptors. */
uint64_t fds_keep_ids(struct fd_list *list, const struct fd_list *had, uint64_t top)
{
	uint64_t *as = mem_alloc((list->n + 1) * sizeof *as), most = top;
	size_t k = 0;

	for (size_t i = 0; i <= list->n; i++)
		as[i] = top + i;
	for (size_t i = 0; i < list->n; i++) {
		const struct fd_entry *before = find_had(&list->fd[i], had, &k);

		if (before && before->description)
			as[list->fd[i].description] = before->description;
	}
	as[0] = 0;
	k = 0;
	for (size_t i = 0; i < list->n; i++) {
		struct fd_entry *e = &list->fd[i];
		const struct fd_entry *before = find_had(e, had, &k);

		e->description =
			e->description || !before ? as[e->description] : before->description;
		if (e->description > most)
			most = e->description;
	}
	free(as);
	return most;
}
