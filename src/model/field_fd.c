/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>

#include "field_internal.h"

/* A getter of one member that the read src brought. */
#define FD_GETTER(name, type, src, expression)                                                     \
	struct value field_get_fd_##name(const struct record *r)                                   \
	{                                                                                          \
		struct value v;                                                                    \
		const struct fd_entry *f = field_fd(r, type, &v);                                  \
                                                                                                   \
		return f ? field_if(f->source[src], expression, FIELD_NEEDS_READ) : v;             \
	}

struct value field_get_fd_number(const struct record *r)
{
	struct value v;
	const struct fd_entry *f = field_fd(r, VALUE_INT, &v);

	return f ? value_int(f->fd) : v;
}

/* The access mode of open(2) flags. */
static const char *access_mode(unsigned flags)
{
	if (flags & O_PATH)
		return "path";
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return "r";
	case O_WRONLY:
		return "w";
	case O_RDWR:
		return "rw";
	default:
		return "none";
	}
}

/* A path may be too long to be told: stat tells a file from a directory all the same. */
static enum value_state kind_state(const struct fd_entry *f)
{
	enum value_state link = (enum value_state)f->source[FD_LINK];

	return value_state_has_value(link) || f->kind == FD_UNKNOWN ? link : f->source[FD_STAT];
}

struct value field_get_fd_kind(const struct record *r)
{
	struct value v;
	const struct fd_entry *f = field_fd(r, VALUE_TEXT, &v);

	return f ? field_if(kind_state(f), value_string(fd_kind_name(f->kind)), FIELD_NEEDS_READ)
		 : v;
}

FD_GETTER(target, VALUE_TEXT, FD_LINK, value_text(f->target))
FD_GETTER(access, VALUE_TEXT, FD_INFO, value_string(access_mode(f->flags)))
FD_GETTER(flags, VALUE_UINT, FD_INFO, value_uint(f->flags))
FD_GETTER(close_on_exec, VALUE_BOOL, FD_INFO, value_bool(f->close_on_exec))
FD_GETTER(inode, VALUE_UINT, FD_STAT, value_uint(f->inode))
FD_GETTER(device, VALUE_UINT, FD_STAT, value_uint(f->device))
FD_GETTER(offset, VALUE_UINT, FD_INFO,
	f->offset_applies ? value_uint(f->offset)
			  : field_none(VALUE_UINT, "this kind of file has no position"))

/* The entry when it is of that kind, else NULL with *ret_missing: why its kind is not known, too.
 */
static const struct fd_entry *of_kind(const struct record *r, enum fd_kind kind,
	enum value_type type, const char *otherwise, struct value *ret_missing)
{
	const struct fd_entry *f = field_fd(r, type, ret_missing);

	if (!f)
		return NULL;
	if (f->kind == kind)
		return f;
	*ret_missing = field_none(type, otherwise);
	if (!value_state_has_value(kind_state(f)))
		*ret_missing = field_if(kind_state(f), *ret_missing, FIELD_NEEDS_READ);
	return NULL;
}

static const struct fd_entry *of_socket(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	return of_kind(r, FD_SOCKET, type, "it is no socket", ret_missing);
}

/* v, or why sock_diag(7) did not tell it. */
static struct value socket_if(const struct record *r, const struct fd_entry *f, struct value v)
{
	const enum value_state state = f->source[FD_SOCKET_INFO],
			       asked = r->moment->snapshot->access.state[ACCESS_SOCK_DIAG];

	if (state == VALUE_NONE)
		return value_unknown(
			v.type, state, "the socket has no address yet, or is only a handle");
	if (state == VALUE_UNSUPPORTED && value_state_has_value(asked))
		return value_unknown(v.type, state,
			"no network namespace that sock_diag was asked in lists the socket");
	if (state == VALUE_DENIED && value_state_has_value(asked))
		return value_unknown(
			v.type, state, "to enter its network namespace needs CAP_SYS_ADMIN there");
	return field_if(state, v, FIELD_NEEDS_NOTHING);
}

#define PEER_CLOSED "nobody has its other end open: it was closed, or is not accepted yet"

/*
 * The other end: a remote address, or the inode of a unix socket's peer, as
 * sock_diag(7) tells it. Pipes are told by the pair's channels.
 */
struct value field_get_fd_peer(const struct record *r)
{
	struct value v;
	const struct fd_entry *f = of_socket(r, VALUE_TEXT, &v);

	if (!f)
		return v;
	if (f->remote.len > 0)
		return socket_if(r, f, value_text(f->remote));
	if (f->peer_inode)
		return socket_if(r, f, value_uint(f->peer_inode));
	if (value_state_has_value(f->source[FD_SOCKET_INFO]))
		return field_none(VALUE_TEXT, f->peer_closed ? PEER_CLOSED : "it is not connected");
	return socket_if(r, f, value_text(f->remote));
}

struct value field_get_fd_peer_inode(const struct record *r)
{
	struct value v;
	const struct fd_entry *f = of_socket(r, VALUE_UINT, &v);

	if (!f)
		return v;
	if (value_state_has_value(f->source[FD_SOCKET_INFO]) && f->peer_inode == 0)
		return field_none(VALUE_UINT,
			f->peer_closed ? PEER_CLOSED : "no socket is known at its other end");
	return socket_if(r, f, value_uint(f->peer_inode));
}

struct value field_get_fd_protocol(const struct record *r)
{
	struct value v;
	const struct fd_entry *f = of_socket(r, VALUE_TEXT, &v);

	if (!f)
		return v;
	/* It may be known from the socket's own attribute though no list shows the socket. */
	return f->protocol ? value_string(f->protocol) : socket_if(r, f, value_string(NULL));
}

static struct value socket_text(const struct record *r, bool remote)
{
	struct value v;
	const struct fd_entry *f = of_socket(r, VALUE_TEXT, &v);
	struct text address;

	if (!f)
		return v;
	address = remote ? f->remote : f->local;
	if (value_state_has_value(f->source[FD_SOCKET_INFO]) && address.len == 0)
		return field_none(VALUE_TEXT, "it has no such address");
	return socket_if(r, f, value_text(address));
}

struct value field_get_fd_local(const struct record *r)
{
	return socket_text(r, false);
}

struct value field_get_fd_remote(const struct record *r)
{
	return socket_text(r, true);
}

static struct value socket_queue(const struct record *r, bool send)
{
	struct value v;
	const struct fd_entry *f = of_socket(r, VALUE_UINT, &v);

	if (!f)
		return v;
	if (value_state_has_value(f->source[FD_SOCKET_INFO]) && !f->queues_known)
		return value_unknown(VALUE_UINT, VALUE_UNSUPPORTED,
			"the kernel does not tell this socket's queues");
	return socket_if(r, f, value_uint(send ? f->send_queue_bytes : f->receive_queue_bytes));
}

struct value field_get_fd_receive_queue(const struct record *r)
{
	return socket_queue(r, false);
}

struct value field_get_fd_send_queue(const struct record *r)
{
	return socket_queue(r, true);
}

/* v where kcmp(2) compared the side's descriptors. */
static struct value if_compared(const struct record *r, struct value v)
{
	const char *reason = fds_uncompared(r->moment->snapshot, r->side);
	enum value_state state = field_side(r)->fds->descriptions;

	return reason ? value_unknown(v.type, state, reason) : field_if(state, v, NULL);
}

struct value field_get_fd_description(const struct record *r)
{
	const struct side *s = field_side(r);
	struct value v;
	const struct fd_entry *f = field_fd(r, VALUE_UINT, &v);

	if (!f)
		return v;
	if (value_state_has_value(s->fds->descriptions) && f->description == 0)
		return field_none(VALUE_UINT, "no other descriptor can be the same description");
	return if_compared(r, value_uint(f->description));
}

struct value field_get_fd_dup_of(const struct record *r)
{
	const struct side *s = field_side(r);
	struct value v;
	const struct fd_entry *f = field_fd(r, VALUE_INT, &v);

	if (!f)
		return v;
	if (value_state_has_value(s->fds->descriptions) && !f->is_dup)
		return field_none(VALUE_INT, "no lower descriptor is the same description");
	return if_compared(r, value_int(f->dup_of));
}

struct value field_get_fd_watches(const struct record *r)
{
	struct value v;
	const struct fd_entry *f = of_kind(r, FD_EPOLL, VALUE_INTS, "it is no epoll instance", &v);

	return f ? field_if(f->source[FD_INFO], value_ints(f->watches, f->watches_n),
			   FIELD_NEEDS_READ)
		 : v;
}

struct value field_get_fd_pidfd_pid(const struct record *r)
{
	struct value v;
	const struct fd_entry *f = of_kind(r, FD_PIDFD, VALUE_INT, "it is no pidfd", &v);

	if (!f)
		return v;
	if (value_state_has_value(f->source[FD_INFO]) && f->pidfd_pid == 0)
		return value_unknown(VALUE_INT, VALUE_GONE, "its process has ended");
	return field_if(f->source[FD_INFO], value_int(f->pidfd_pid), FIELD_NEEDS_READ);
}

struct value field_get_fd_eventfd_count(const struct record *r)
{
	struct value v;
	const struct fd_entry *f = of_kind(r, FD_EVENTFD, VALUE_UINT, "it is no eventfd", &v);

	return f ? field_if(f->source[FD_INFO], value_uint(f->eventfd_count), FIELD_NEEDS_READ) : v;
}

struct value field_get_fd_signals(const struct record *r)
{
	struct value v;
	const struct fd_entry *f = of_kind(r, FD_SIGNALFD, VALUE_UINT, "it is no signalfd", &v);

	return f ? field_if(f->source[FD_INFO], value_uint(f->signals), FIELD_NEEDS_READ) : v;
}
