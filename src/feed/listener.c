/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listener.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define REFUSED                                                                                    \
	"needs perf_event_open(2) on it: perf_event_paranoid <= 2 and ptrace read access, or "     \
	"CAP_PERFMON"

int listener_open(struct listener *l, const struct feed_context *context, unsigned bit)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return -errno;
	*l = (struct listener){.context = *context, .epoll_fd = fd, .bit = bit};
	return 0;
}

void listener_close(struct listener *l)
{
	close(l->epoll_fd);
	VEC_FREE(&l->wanted);
}

void listener_watch(struct listener *l, const struct task_id *id, size_t n)
{
	l->wanted.n = 0;
	for (size_t i = 0; i < n; i++)
		VEC_PUSH(&l->wanted, id[i]);
	l->changed = true;
}

void listener_need(struct listener *l, unsigned bits)
{
	bool needed = bits & l->bit;

	l->changed |= l->needed != needed;
	l->needed = needed;
}

bool listener_wants(const struct listener *l, struct task_id id)
{
	for (size_t i = 0; l->needed && i < l->wanted.n; i++)
		if (task_id_equal(l->wanted.item[i], id))
			return true;
	return false;
}

enum value_state listener_may(const struct listener *l, const char **ret_reason)
{
	enum value_state state = l->context.access.state[ACCESS_PERF];
	const char *reason = access_reason(&l->context.access, ACCESS_PERF);

	*ret_reason = NULL;
	if (value_state_has_value(state))
		return VALUE_KNOWN;
	*ret_reason = reason ? reason : value_state_reason(state);
	return state;
}

enum value_state listener_state_of(int error, const char **ret_reason)
{
	enum value_state state = error ? value_state_of_error(error) : VALUE_KNOWN;

	*ret_reason = NULL;
	if (error)
		*ret_reason = state == VALUE_DENIED ? REFUSED : value_state_reason(state);
	return state;
}
