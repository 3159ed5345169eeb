/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that forks processes, what it is asked, and how the others of ours do without it. */
#include "twintop/proc/nursery.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nursery_internal.h"
#include "twintop/base/errand.h"
#include "twintop/base/vec.h"

#define NAME_ROOM 16   /* of a thread's name, with its NUL */
#define ANSWER_MS 2000 /* to fork takes so long at the very most */

/* Those that were killed, until they are reaped. */
VEC_STRUCT(brood, pid_t);

struct order {
	nursery_work *work; /* the same function in every process of ours; NULL: kill pid */
	pid_t pid;
	char name[NAME_ROOM];
};

struct nursery {
	const struct proc_root *root;
	int root_fd;
	pthread_mutex_t lock;
	int fd; /* -1: none was begun, or it is no more */
	pid_t pid;
	struct brood brood; /* of those that we forked ourselves */
	/* One that was ordered ahead, which nobody took yet; work NULL: none. */
	struct {
		nursery_work *work;
		int socket;
		pid_t pid; /* 0: the answer to the order is due */
	} ahead;
};

/* ---- in either process ----------------------------------------------------- */

static void reap(struct brood *brood)
{
	size_t kept = 0;

	for (size_t i = 0; i < brood->n; i++)
		if (waitpid(brood->item[i], NULL, WNOHANG) == 0)
			brood->item[kept++] = brood->item[i];
	brood->n = kept;
}

/* It is our child, unreaped: its number is nobody else's. */
static void end(struct brood *brood, pid_t pid)
{
	if (waitpid(pid, NULL, WNOHANG) != 0)
		return;
	kill(pid, SIGKILL);
	VEC_PUSH(brood, pid);
	reap(brood);
}

static pid_t start(const struct nursery *n, const struct order *order, int socket)
{
	pid_t pid = errand_fork(order->name, socket, n->root_fd);

	if (pid == 0) {
		if (chdir("/") == 0)
			order->work(n->root, socket);
		_exit(0);
	}
	return pid < 0 ? -errno : pid;
}

/* ---- the one that forks ---------------------------------------------------- */

/* The next order; its socket, -1: none. False: there will be no more. */
static bool take_order(int fd, struct order *ret_order, int *ret_socket)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {ret_order, sizeof *ret_order};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control};
	const struct cmsghdr *c;

	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof *ret_order)
		return false;
	*ret_socket = -1;
	c = CMSG_FIRSTHDR(&message);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_socket, CMSG_DATA(c), sizeof *ret_socket);
	return true;
}

_Noreturn static void nursery_main(struct nursery *n, int fd)
{
	struct order order;
	int socket;

	if (chdir("/"))
		_exit(1);
	while (take_order(fd, &order, &socket)) {
		pid_t answer = 0;

		reap(&n->brood);
		if (order.work)
			answer = start(n, &order, socket);
		else
			end(&n->brood, order.pid);
		if (socket >= 0)
			close(socket);
		if (send(fd, &answer, sizeof answer, MSG_NOSIGNAL) != (ssize_t)sizeof answer)
			break;
	}
	_exit(0);
}

/* ---- who asks it ----------------------------------------------------------- */

struct nursery *nursery_new(const struct proc_root *root, int root_fd)
{
	struct nursery *n = mem_alloc(sizeof *n);

	*n = (struct nursery){.root = root, .root_fd = root_fd, .fd = -1};
	pthread_mutex_init(&n->lock, NULL);
	return n;
}

void nursery_begin(const struct proc_root *root)
{
	struct nursery *n = proc_root_nursery(root);
	int pair[2];

	if (n->fd >= 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return;
	n->pid = errand_fork("twintop-nursery", pair[1], n->root_fd);
	if (n->pid == 0)
		nursery_main(n, pair[1]);
	close(pair[1]);
	if (n->pid > 0)
		n->fd = pair[0];
	else
		close(pair[0]);
}

/* It ends once its socket does. */
static void drop_ahead(struct nursery *n)
{
	if (n->ahead.work)
		close(n->ahead.socket);
	n->ahead.work = NULL;
}

static void let_go(struct nursery *n)
{
	drop_ahead(n);
	if (n->fd < 0)
		return;
	close(n->fd);
	n->fd = -1;
	/* It ends by itself, and is reaped if it has by now: else with us. */
	waitpid(n->pid, NULL, WNOHANG);
}

void nursery_free(struct nursery *n)
{
	if (!n)
		return;
	let_go(n);
	reap(&n->brood);
	VEC_FREE(&n->brood);
	pthread_mutex_destroy(&n->lock);
	free(n);
}

static bool give_order(int fd, const struct order *order, int socket)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS}};
	struct order copy = *order;
	struct iovec part = {&copy, sizeof copy};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (socket >= 0) {
		memcpy(CMSG_DATA(&control.header), &socket, sizeof socket);
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)sizeof copy;
}

static bool await_answer(int fd, pid_t *ret_answer)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int ready;

	do
		ready = poll(&p, 1, ANSWER_MS);
	while (ready < 0 && errno == EINTR);
	return ready > 0 &&
	       recv(fd, ret_answer, sizeof *ret_answer, 0) == (ssize_t)sizeof *ret_answer;
}

/* The answer to what was ordered ahead comes before all others. */
static void await_ahead(struct nursery *n)
{
	if (!n->ahead.work || n->ahead.pid)
		return;
	if (!await_answer(n->fd, &n->ahead.pid))
		let_go(n);
	else if (n->ahead.pid <= 0)
		drop_ahead(n);
}

/* Has it done there, where somebody is there who does; the answer, or -EPIPE. */
static pid_t order_there(struct nursery *n, const struct order *order, int socket)
{
	pid_t answer;

	await_ahead(n);
	if (n->fd < 0)
		return -EPIPE;
	if (give_order(n->fd, order, socket) && await_answer(n->fd, &answer))
		return answer;
	let_go(n);
	return -EPIPE;
}

static struct order order_of(const char *name, nursery_work *work)
{
	struct order order = {.work = work};

	strncpy(order.name, name, sizeof order.name - 1);
	return order;
}

void nursery_order(const struct proc_root *root, const char *name, nursery_work *work)
{
	struct nursery *n = proc_root_nursery(root);
	const struct order order = order_of(name, work);
	int pair[2];

	if (n->fd < 0 || n->ahead.work ||
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return;
	n->ahead.work = work;
	n->ahead.socket = pair[0];
	n->ahead.pid = 0;
	if (!give_order(n->fd, &order, pair[1]))
		drop_ahead(n);
	close(pair[1]);
}

static bool take_ahead(struct nursery *n, nursery_work *work, int *ret_socket, pid_t *ret_pid)
{
	await_ahead(n);
	if (n->ahead.work != work)
		return false;
	*ret_socket = n->ahead.socket;
	*ret_pid = n->ahead.pid;
	n->ahead.work = NULL;
	return true;
}

int nursery_start(const struct proc_root *root, const char *name, nursery_work *work,
	int *ret_socket, pid_t *ret_pid)
{
	struct nursery *n = proc_root_nursery(root);
	const struct order order = order_of(name, work);
	int pair[2];
	pid_t pid;
	bool taken;

	pthread_mutex_lock(&n->lock);
	taken = take_ahead(n, work, ret_socket, ret_pid);
	pthread_mutex_unlock(&n->lock);
	if (taken)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	pthread_mutex_lock(&n->lock);
	pid = order_there(n, &order, pair[1]);
	if (pid == -EPIPE)
		pid = start(n, &order, pair[1]);
	pthread_mutex_unlock(&n->lock);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return pid;
	}
	*ret_socket = pair[0];
	*ret_pid = pid;
	return 0;
}

void nursery_end(const struct proc_root *root, int socket, pid_t pid)
{
	struct nursery *n = proc_root_nursery(root);
	const struct order order = {.pid = pid};

	close(socket);
	pthread_mutex_lock(&n->lock);
	if (order_there(n, &order, -1) == -EPIPE)
		end(&n->brood, pid);
	pthread_mutex_unlock(&n->lock);
}
