/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps_internal.h"
#include "twintop/base/clock.h"

/* Both protocols answer within the send; this bounds a kernel that stays silent. */
#define ANSWER_NS 200000000u
#define LOOK_NS	  1000000u /* for what was told before we look: it is there */

/* One datagram before that time; its length or negative errno. */
static ssize_t receive(int fd, uint64_t until_ns, void *bytes, size_t room)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint64_t now = clock_monotonic_ns();
	ssize_t got;

	if (now >= until_ns || poll(&p, 1, (int)((until_ns - now) / 1000000u) + 1) != 1)
		return -ETIMEDOUT;
	got = recv(fd, bytes, room, MSG_DONTWAIT);
	return got < 0 ? -errno : got;
}

/* ---- the proc connector -------------------------------------------------- */

#define EVENTS_MARK 0x7477696eu /* the acknowledgement comes back with this plus 1 */

static int events_send(int fd, enum proc_cn_mcast_op operation)
{
	const struct cn_msg message = {
		.id = {CN_IDX_PROC, CN_VAL_PROC},
		.ack = EVENTS_MARK,
		.len = sizeof operation,
	};
	struct {
		struct nlmsghdr header;
		char message[sizeof(struct cn_msg)];
		enum proc_cn_mcast_op operation;
	} __attribute__((packed)) request = {
		.header = {.nlmsg_len = sizeof request, .nlmsg_type = NLMSG_DONE},
		.operation = operation,
	};

	memcpy(request.message, &message, sizeof message);
	return send(fd, &request, sizeof request, 0) < 0 ? -errno : 0;
}

static int events_listen(int fd)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};

	if (bind(fd, (struct sockaddr *)&address, sizeof address))
		return -errno;
	return events_send(fd, PROC_CN_MCAST_LISTEN);
}

/* struct cn_msg ends in a flexible array: its bytes stand for it. */
struct events_message {
	struct nlmsghdr header;
	char message[sizeof(struct cn_msg)];
	struct proc_event event;
} __attribute__((packed));

/*
 * Hears messages until wanted() knows one: its result (0 or negative errno), or -EPERM where it
 * does not come in time. Others' events come all the while on a busy machine, and some are lost.
 */
static int events_until(int fd, uint64_t patience_ns,
	bool (*wanted)(const struct events_message *m, int *ret_result))
{
	uint64_t until = clock_monotonic_ns() + patience_ns;

	for (;;) {
		struct events_message got = {0};
		ssize_t len = receive(fd, until, &got, sizeof got);
		int result;

		if (len == -ETIMEDOUT)
			return -EPERM;
		if (len < 0 && len != -ENOBUFS && len != -EAGAIN && len != -EINTR)
			return (int)len;
		if (len >= (ssize_t)sizeof got && wanted(&got, &result))
			return result;
	}
}

/* The acknowledgement: an event of kind "none" with an errno. In a container there is none. */
static bool is_answer(const struct events_message *m, int *ret_result)
{
	struct cn_msg message;

	memcpy(&message, m->message, sizeof message);
	if (message.ack != EVENTS_MARK + 1 || m->event.what != PROC_EVENT_NONE)
		return false;
	*ret_result = -(int)m->event.event_data.ack.err;
	return true;
}

static bool is_our_fork(const struct events_message *m, int *ret_result)
{
	if (m->event.what != PROC_EVENT_FORK || m->event.event_data.fork.parent_tgid != getpid())
		return false;
	*ret_result = 0;
	return true;
}

/* Forks a child that ends at once, without a signal to anybody, and waits to hear of it. */
static int events_hear(int fd)
{
	long child = syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L);
	int error;

	if (child == 0)
		for (;;)
			syscall(SYS_exit_group, 0);
	if (child < 0)
		return -errno;
	error = events_until(fd, ANSWER_NS, is_our_fork);
	while (waitpid((pid_t)child, NULL, __WALL) < 0 && errno == EINTR)
		continue;
	return error;
}

struct caps_ear caps_begin_events(void)
{
	struct caps_ear ear = {
		.fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR)};

	ear.error = ear.fd < 0 ? -errno : events_listen(ear.fd);
	if (!ear.error)
		ear.error = events_until(ear.fd, ANSWER_NS, is_answer);
	return ear;
}

enum value_state caps_end_events(const struct caps_ear *ear)
{
	int error = ear->error;

	if (!error) {
		error = events_until(ear->fd, LOOK_NS, is_our_fork);
		if (error)
			error = events_hear(ear->fd);
		events_send(ear->fd, PROC_CN_MCAST_IGNORE); /* before 6.6 closing does not end it */
	}
	if (ear->fd >= 0)
		close(ear->fd);
	return caps_state_of_error(error);
}

/* ---- sock_diag ----------------------------------------------------------- */

/* Asks for the peer of the unix socket with that inode; -ENOENT where the answer has none. */
static int diag_peer(int fd, uint64_t inode, uint32_t *ret_peer)
{
	struct {
		struct nlmsghdr header;
		struct unix_diag_req request;
	} ask = {
		.header = {.nlmsg_len = sizeof ask,
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST},
		.request = {.sdiag_family = AF_UNIX,
			.udiag_states = UINT32_MAX,
			.udiag_ino = (uint32_t)inode,
			.udiag_show = UDIAG_SHOW_PEER,
			.udiag_cookie = {UINT32_MAX, UINT32_MAX}},
	};
	union {
		struct nlmsghdr header;
		char bytes[1024];
	} got;
	const struct nlmsgerr *refusal;
	struct rtattr *attribute;
	ssize_t len;
	int left;

	if (send(fd, &ask, sizeof ask, 0) < 0)
		return -errno;
	len = receive(fd, clock_monotonic_ns() + ANSWER_NS, &got, sizeof got);
	if (len < 0)
		return (int)len;
	if (!NLMSG_OK(&got.header, (size_t)len))
		return -EIO;
	refusal = NLMSG_DATA(&got.header);
	if (got.header.nlmsg_type == NLMSG_ERROR)
		return refusal->error ? refusal->error : -EIO;
	attribute = (struct rtattr *)((char *)NLMSG_DATA(&got.header) +
				      NLMSG_ALIGN(sizeof(struct unix_diag_msg)));
	left = (int)NLMSG_PAYLOAD(&got.header, sizeof(struct unix_diag_msg));
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		if (attribute->rta_type != UNIX_DIAG_PEER)
			continue;
		memcpy(ret_peer, RTA_DATA(attribute), sizeof *ret_peer);
		return 0;
	}
	return -ENOENT;
}

/* Two sockets of ours: each must come out as the other's peer. */
static enum value_state probe_sock_diag(void)
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), pair[2];
	struct stat one = {0}, other = {0};
	uint32_t peer = 0;
	int error = 0;

	if (fd < 0)
		return caps_state_of_error(-errno);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		error = -errno;
		goto out;
	}
	if (fstat(pair[0], &one) || fstat(pair[1], &other))
		error = -errno;
	if (!error)
		error = diag_peer(fd, one.st_ino, &peer);
	if (!error && peer != (uint32_t)other.st_ino)
		error = -EIO;
	close(pair[0]);
	close(pair[1]);
out:
	close(fd);
	return caps_state_of_error(error);
}

void caps_probe_sockets(struct access *access)
{
	access->state[ACCESS_SOCK_DIAG] = probe_sock_diag();
}
