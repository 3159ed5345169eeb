/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proc connector: the kernel itself tells of each fork, thread, exec, new name and end, when it
 * happens and with what status. It speaks in the first user and PID namespaces alone, by that one's
 * numbers: to CAP_NET_ADMIN, and from Linux 6.6 on to everybody.
 */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "connector_filter.h"
#include "connector_message.h"
#include "lives.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/proc/nspid.h"

#define ROOM_BYTES (8 << 20) /* some ten thousand messages */
/* Between drains where there is room for hundreds only; and elsewhere. */
#define REST_SMALL_NS 5000000u
#define REST_NS	      20000000u
#define HOLD_NS	      20000000u /* until the end of a thread is told */

struct connector {
	struct feed feed;
	struct lives lives;
	struct connector_filter *filter;
	int fd, epoll_fd, timer_fd;
	uint64_t rest_ns;
	bool listens; /* the socket may wake us; else the timer does */
	uint32_t drops;
};

extern const struct feed_ops feed_connector;

static struct connector *connector_of(struct feed *feed)
{
	return (struct connector *)feed;
}

/* ---- the socket ---------------------------------------------------------- */

static int say(int fd, enum proc_cn_mcast_op operation)
{
	const struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof operation};
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

/* Lets through what tells of those that are in lives now, and of nobody else. */
static void set_filter(struct connector *c)
{
	struct lives *l = &c->lives;

	for (size_t i = 0; i < l->left.n; i++)
		if (!lives_find(l, l->left.item[i]))
			connector_filter_set(c->filter, l->left.item[i], false);
	l->left.n = 0;
	for (size_t i = 0; i < l->life.n; i++)
		if (!l->life.item[i]->told)
			connector_filter_set(c->filter, l->life.item[i]->id.pid, true);
	connector_filter_apply(c->filter);
	l->changed = false;
}

static int open_socket(struct connector *c, bool brief)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	const int room = ROOM_BYTES;
	int error;

	c->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	if (c->fd < 0)
		return -errno;
	c->rest_ns = REST_NS;
	if (setsockopt(c->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room)) {
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
		c->rest_ns = REST_SMALL_NS;
	}
	error = connector_filter_open(c->fd, brief, &c->filter);
	if (!error && bind(c->fd, (const struct sockaddr *)&address, sizeof address))
		error = -errno;
	return error ? error : say(c->fd, PROC_CN_MCAST_LISTEN);
}

/* Messages that had no room since this was asked last. */
static uint32_t count_drops(struct connector *c)
{
	uint32_t info[SK_MEMINFO_VARS] = {0}, before = c->drops;
	socklen_t len = sizeof info;

	if (getsockopt(c->fd, SOL_SOCKET, SO_MEMINFO, info, &len) ||
		info[SK_MEMINFO_DROPS] == before)
		return 1;
	c->drops = info[SK_MEMINFO_DROPS];
	return c->drops - before;
}

/* ---- when it calls ------------------------------------------------------- */

/* Wakes us for the next message, or in a while: on a busy machine many come at once. */
static void arm(struct connector *c, bool rest)
{
	struct epoll_event e = {.events = rest ? 0 : EPOLLIN};
	struct itimerspec t = {0};

	if (rest)
		t.it_value.tv_nsec = (long)c->rest_ns;
	if (rest || !c->listens)
		timerfd_settime(c->timer_fd, 0, &t, NULL);
	if (rest == c->listens)
		epoll_ctl(c->epoll_fd, EPOLL_CTL_MOD, c->fd, &e);
	c->listens = !rest;
}

static int open_calls(struct connector *c)
{
	struct epoll_event e = {.events = EPOLLIN};

	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (c->epoll_fd < 0 || c->timer_fd < 0 ||
		epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->fd, &e) ||
		epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->timer_fd, &e))
		return -errno;
	c->listens = true;
	return 0;
}

/* ---- the feed ------------------------------------------------------------ */

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void close_feed(struct feed *feed)
{
	struct connector *c = connector_of(feed);

	if (c->fd >= 0)
		say(c->fd, PROC_CN_MCAST_IGNORE); /* before Linux 6.6 closing does not end it */
	connector_filter_close(c->filter);
	close_fd(c->fd);
	close_fd(c->epoll_fd);
	close_fd(c->timer_fd);
	lives_close(&c->lives);
	free(c);
}

static int open_feed(const struct feed_context *context, struct feed **ret_feed)
{
	struct connector *c;
	int error;

	if (context->access.state[ACCESS_EVENTS] != VALUE_KNOWN ||
		!nspid_counts_as_we(context->root))
		return -ENOENT;
	c = mem_alloc(sizeof *c);
	*c = (struct connector){
		.feed = {&feed_connector}, .fd = -1, .epoll_fd = -1, .timer_fd = -1};
	lives_open(&c->lives, feed_connector.id, context->root);
	c->lives.kin_threads = context->kin_threads;
	error = open_socket(c, context->brief);
	if (!error)
		error = open_calls(c);
	if (error)
		close_feed(&c->feed);
	else
		*ret_feed = &c->feed;
	return error;
}

static int feed_fd(const struct feed *feed)
{
	return ((const struct connector *)feed)->epoll_fd;
}

static void take(struct lives *l, const struct connector_message *m)
{
	switch (m->kind) {
	case CONNECTOR_OTHER:
		break;
	case CONNECTOR_FORK:
		if (m->tid == m->pid)
			lives_forked(l, m->parent, m->pid, false, m->ns);
		else
			lives_cloned(l, m->pid, m->tid, m->ns);
		break;
	case CONNECTOR_EXEC:
		lives_execed(l, m->pid, text_of(NULL), m->ns);
		break;
	case CONNECTOR_COMM:
		lives_named(l, m->pid, m->tid,
			(struct text){m->name, strnlen(m->name, sizeof m->name)}, m->ns);
		break;
	case CONNECTOR_EXIT:
		lives_ended(l, m->pid, m->tid, m->status, m->ns);
		break;
	}
}

/* The next datagram; others than the kernel can send some, too. False: there is none. */
static bool receive(struct connector *c)
{
	struct sockaddr_nl from = {0};
	socklen_t from_len = sizeof from;
	struct connector_message m;
	char bytes[4096];
	ssize_t got = recvfrom(c->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_len);
	size_t at = 0;

	if (got < 0 && errno == ENOBUFS)
		lives_lost(&c->lives, count_drops(c));
	if (got < 0)
		return errno == ENOBUFS || errno == EINTR;
	while (!from.nl_pid && connector_next(bytes, (size_t)got, &at, &m))
		take(&c->lives, &m);
	return true;
}

static bool receive_all(struct connector *c)
{
	bool any = false;

	while (receive(c))
		any = true;
	return any;
}

/* Who is new is heard of before it is looked at: nothing happens between the two. */
static bool watch(struct feed *feed, const struct task_id *id, size_t n)
{
	struct connector *c = connector_of(feed);

	for (size_t i = 0; i < n; i++)
		connector_filter_set(c->filter, id[i].pid, true);
	connector_filter_apply(c->filter);
	lives_watch(&c->lives, id, n);
	return true;
}

static void drain(struct feed *feed, bool now, struct event_sink *sink)
{
	struct connector *c = connector_of(feed);
	uint64_t begin_ns = clock_monotonic_ns();
	bool any;

	io_announce(c->timer_fd, false); /* it is read as an eventfd is */
	event_sink_move(sink, &c->lives.found);
	c->lives.sink = sink;
	any = receive_all(c);
	lives_check(&c->lives, now);
	lives_settle(&c->lives, now ? begin_ns : begin_ns - HOLD_NS);
	if (c->lives.changed)
		set_filter(c);
	arm(c, any || lives_wait(&c->lives));
}

const struct feed_ops feed_connector = {
	.id = "connector",
	.blind = "The kernel tells of each fork, thread, exec, new name and end as it happens, and "
		 "how "
		 "each ended: none is missed, and where there was no room for some, that is told. "
		 "The "
		 "name after an exec is read afterwards: of what lives shorter it may be missing.",
	.lifecycle = true,
	.open = open_feed,
	.fd = feed_fd,
	.watch = watch,
	.drain = drain,
	.close = close_feed,
};
