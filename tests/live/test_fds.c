/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors of specimens that hold known ones. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "twintop/base/clock.h"
#include "twintop/proc/fds.h"
#include "twintop/proc/reader.h"

/* ---- what every test needs ------------------------------------------------------ */

extern const struct reader_ops fds_reader_ops; /* has a row in the sampler's table, no header */

static struct proc_root *root;
static pid_t test_pid; /* the specimens' parent */
static char folder[] = "/tmp/twintop-fds-XXXXXX";

static struct fd_reader *reader(void)
{
	static const struct access all; /* zeroed: everything is known to work */
	struct fd_reader *r;

	assert_int_equal(fd_reader_new(root, &all, &r), 0);
	return r;
}

static struct fd_list *list_of(struct fd_reader *r, pid_t pid)
{
	struct fd_list *list;

	assert_int_equal(fds_read(r, pid, NEED_FDS | NEED_SOCKETS, &list), 0);
	return list;
}

/* The descriptors of pid, which must be readable. */
static struct fd_list *read_all(pid_t pid)
{
	struct fd_reader *r = reader();
	struct fd_list *list = list_of(r, pid);

	fd_reader_free(r);
	assert_int_equal(list->part.state, VALUE_KNOWN);
	return list;
}

static const struct fd_entry *entry(const struct fd_list *list, int number)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->fd[i].fd == number)
			return &list->fd[i];
	fail_msg("no descriptor %d", number);
	return NULL;
}

static const struct fd_entry *named(
	const struct fd_list *list, const struct specimen *s, const char *key)
{
	return entry(list, (int)specimen_number(s, key));
}

static void assert_text(struct text t, const char *expected)
{
	if (!text_equal(t, text_of(expected)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)t.len, t.bytes, expected);
}

static void clear_folder(void)
{
	static const char *const name[] = {"file", "a\nb\033[31m (deleted)", "memfd:x (deleted)",
		"symlink", "fifo", "block", "shared", "churn", "socket"};
	char path[256];

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, name[i]);
		unlink(path);
	}
}

static int set_up(void **state)
{
	(void)state;
	test_pid = getpid();
	if (proc_root_open(NULL, &root) || !mkdtemp(folder))
		return -1;
	return chmod(folder, 0777);
}

static int tear_down(void **state)
{
	(void)state;
	clear_folder();
	rmdir(folder);
	proc_root_close(root);
	return 0;
}

/* ---- kinds --------------------------------------------------------------------- */

/* What must be read of a kind; %d of target is the inode. */
static const struct expected {
	const char *key;
	enum fd_kind kind;
	const char *target; /* within the folder when it begins with a slash; NULL: any */
	unsigned flags;	    /* access mode and what else was asked for */
	bool close_on_exec, seekable;
	uint64_t offset;
} expected[] = {
	{"file", FD_FILE, "/file", O_RDWR | O_APPEND, false, true, 7},
	{"readonly", FD_FILE, "/file", O_RDONLY, true, true, 3},
	{"escape", FD_FILE, "/a\nb\033[31m (deleted)", O_WRONLY, false, true, 0},
	{"lookalike", FD_FILE, "/memfd:x (deleted)", O_RDWR, false, true, 0},
	{"deleted", FD_FILE, "/deleted (deleted)", O_RDWR, false, true, 0},
	{"directory", FD_DIRECTORY, "/", O_RDONLY | O_DIRECTORY, false, true, 0},
	{"handle", FD_FILE, "/file", O_PATH, false, false, 0},
	{"symlink", FD_SYMLINK, "/symlink", O_PATH | O_NOFOLLOW, false, false, 0},
	{"pipe_read", FD_PIPE, "pipe:[%llu]", O_RDONLY | O_NONBLOCK, false, false, 0},
	{"pipe_write", FD_PIPE, "pipe:[%llu]", O_WRONLY, false, false, 0},
	{"fifo", FD_FIFO, "/fifo", O_RDWR, false, false, 0},
	{"eventfd", FD_EVENTFD, "anon_inode:[eventfd]", O_RDWR, true, false, 0},
	{"epoll", FD_EPOLL, "anon_inode:[eventpoll]", O_RDWR, false, false, 0},
	{"timerfd", FD_TIMERFD, "anon_inode:[timerfd]", O_RDWR | O_NONBLOCK, false, false, 0},
	{"signalfd", FD_SIGNALFD, "anon_inode:[signalfd]", O_RDWR, false, false, 0},
	{"inotify", FD_INOTIFY, NULL, O_RDONLY, false, false, 0},
	{"fanotify", FD_FANOTIFY, NULL, O_RDWR, false, false, 0},
	{"pidfd", FD_PIDFD, NULL, O_RDWR, true, false, 0},
	{"memfd", FD_MEMFD, NULL, O_RDWR, false, true, 0},
	{"null", FD_DEVICE, NULL, O_RDWR, false, false, 0},
	{"block", FD_BLOCK_DEVICE, "/block", O_PATH, false, false, 0},
	{"tty", FD_TTY, NULL, O_RDWR, false, false, 0},
	{"pty_master", FD_TTY, NULL, O_RDWR, false, false, 0},
	{"io_uring", FD_IO_URING, "anon_inode:[io_uring]", O_RDWR, true, false, 0},
	{"bpf", FD_BPF, NULL, O_RDWR, true, false, 0},
	{"perf", FD_PERF, "anon_inode:[perf_event]", O_RDWR, false, false, 0},
	{"userfaultfd", FD_USERFAULTFD, "anon_inode:[userfaultfd]", O_RDONLY, false, false, 0},
	{"namespace", FD_NAMESPACE, "uts:[%llu]", O_RDONLY, false, false, 0},
	{"mqueue", FD_MQUEUE, NULL, O_RDWR, true, false, 0},
	{"other", FD_ANON, NULL, O_RDWR, false, false, 0},
};

static void check_target(const struct fd_entry *e, const char *target)
{
	char text[512];

	if (!target)
		return;
	if (!strcmp(target, "/"))
		snprintf(text, sizeof text, "%s", folder);
	else if (target[0] == '/')
		snprintf(text, sizeof text, "%s%s", folder, target);
	else if (strstr(target, "[%llu]"))
		snprintf(text, sizeof text, "%.*s[%llu]", (int)strcspn(target, "["), target,
			(unsigned long long)e->inode);
	else
		snprintf(text, sizeof text, "%s", target);
	assert_text(e->target, text);
}

static void check_kind(const struct fd_entry *e, const struct expected *x)
{
	const unsigned asked =
		O_ACCMODE | O_APPEND | O_NONBLOCK | O_PATH | O_DIRECTORY | O_NOFOLLOW;

	if (e->kind != x->kind)
		fail_msg("%s is taken for %s", x->key, fd_kind_name(e->kind));
	for (int i = 0; i < FD_SOCKET_INFO; i++)
		assert_int_equal(e->source[i], VALUE_KNOWN);
	assert_int_equal(e->source[FD_SOCKET_INFO], VALUE_NONE);
	assert_int_equal(e->flags & asked, x->flags);
	assert_int_equal(e->flags & O_CLOEXEC, 0);
	assert_int_equal(e->close_on_exec, x->close_on_exec);
	assert_int_equal(e->offset_applies, x->seekable);
	if (x->seekable)
		assert_int_equal(e->offset, x->offset);
	assert_true(e->inode != 0);
	check_target(e, x->target);
}

/* What only one kind has. */
static void check_details(const struct fd_list *list, const struct specimen *s)
{
	const struct fd_entry *epoll = named(list, s, "epoll");
	const int64_t reader_fd = (int64_t)specimen_number(s, "pipe_read");
	const int64_t writer_fd = (int64_t)specimen_number(s, "pipe_write");
	char path[300];
	struct stat st;

	assert_int_equal(named(list, s, "eventfd")->eventfd_count, 42);
	assert_int_equal(
		named(list, s, "signalfd")->signals, 1ull << (SIGUSR1 - 1) | 1ull << (SIGTERM - 1));
	assert_int_equal(named(list, s, "pidfd")->pidfd_pid, test_pid);
	assert_int_equal(epoll->watches_n, 2);
	assert_int_equal(epoll->watches[0] + epoll->watches[1], reader_fd + writer_fd);
	assert_true(epoll->watches[0] == reader_fd || epoll->watches[0] == writer_fd);
	assert_text(named(list, s, "memfd")->target, "/memfd:counter (deleted)");
	assert_int_equal(named(list, s, "null")->rdev, makedev(1, 3));
	assert_int_equal(named(list, s, "pipe_read")->inode, named(list, s, "pipe_write")->inode);
	snprintf(path, sizeof path, "%s/file", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(named(list, s, "file")->inode, st.st_ino);
	assert_int_equal(named(list, s, "file")->device, st.st_dev);
}

/* Devices of objects come from the first of their mount; each must be what fstat says. */
static void check_devices(const struct fd_list *list, pid_t pid)
{
	char path[64];
	struct stat st;

	for (size_t i = 0; i < list->n; i++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, list->fd[i].fd);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(list->fd[i].device, st.st_dev);
		assert_int_equal(list->fd[i].inode, st.st_ino);
		assert_int_equal(list->fd[i].rdev, st.st_rdev);
	}
}

static void check_kinds(struct specimen *s)
{
	struct fd_list *list = read_all(specimen_pid(s));

	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		const struct expected *x = &expected[i];
		const int fd = atoi(specimen_text(s, x->key));

		if (fd < 0)
			print_message("%s: the kernel refuses it: %s\n", x->key, strerror(-fd));
		else
			check_kind(entry(list, fd), x);
	}
	check_details(list, s);
	check_devices(list, specimen_pid(s));
	part_put(list);
}

static void test_kinds(void **state)
{
	struct specimen *s;

	(void)state;
	clear_folder();
	s = specimen_start("fds", "kinds", folder, NULL);
	check_kinds(s);
	specimen_stop(s);
}

static void kinds_of(void *context)
{
	check_kinds(context);
}

static void test_kinds_as_nobody(void **state)
{
	struct specimen *s;

	(void)state;
	clear_folder();
	s = specimen_start_as_nobody("fds", "kinds", folder, NULL);
	as_nobody(kinds_of, s);
	specimen_stop(s);
}

/* ---- descriptions ---------------------------------------------------------------- */

static void check_descriptions(struct specimen *s)
{
	const pid_t child = (pid_t)specimen_number(s, "child");
	struct fd_list *a = read_all(specimen_pid(s)), *b = read_all(child);
	uint64_t first;

	fds_compare(a, specimen_pid(s), b, child);
	assert_int_equal(a->descriptions, VALUE_KNOWN);
	assert_int_equal(b->descriptions, VALUE_KNOWN);

	first = named(a, s, "first")->description;
	assert_true(first != 0);
	assert_int_equal(named(a, s, "twin")->description, first);
	assert_int_equal(named(b, s, "first")->description, first);
	assert_int_equal(named(b, s, "twin")->description, first);
	assert_true(named(a, s, "separate")->description != 0);
	assert_true(named(a, s, "separate")->description != first);
	assert_int_equal(
		named(b, s, "separate")->description, named(a, s, "separate")->description);
	assert_int_equal(named(b, s, "again")->description, 0);
	/* The ends of a pipe are one inode and two descriptions. */
	assert_true(named(a, s, "read")->description != named(a, s, "write")->description);
	assert_int_equal(named(b, s, "read")->description, named(a, s, "read")->description);
	part_put(a);
	part_put(b);
}

static void test_descriptions(void **state)
{
	struct specimen *s;

	(void)state;
	clear_folder();
	s = specimen_start("fds", "share", folder, NULL);
	check_descriptions(s);
	specimen_stop(s);
}

static void descriptions_of(void *context)
{
	check_descriptions(context);
}

static void test_descriptions_as_nobody(void **state)
{
	struct specimen *s;

	(void)state;
	clear_folder();
	s = specimen_start_as_nobody("fds", "share", folder, NULL);
	as_nobody(descriptions_of, s);
	specimen_stop(s);
}

/* What was closed after it was read drops out; what is left is still told. */
static void test_closed_since(void **state)
{
	struct fd_reader *r = reader();
	struct fd_list *list;
	int fd[5];

	(void)state;
	fd[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int i = 1; i < 5; i++)
		fd[i] = i == 4 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : dup(fd[0]);
	list = list_of(r, getpid());
	close(fd[1]);
	fds_compare(list, getpid(), NULL, 0);
	assert_int_equal(list->descriptions, VALUE_KNOWN);
	assert_true(entry(list, fd[0])->description != 0);
	assert_int_equal(entry(list, fd[1])->description, 0);
	assert_int_equal(entry(list, fd[2])->description, entry(list, fd[0])->description);
	assert_int_equal(entry(list, fd[3])->description, entry(list, fd[0])->description);
	assert_int_equal(entry(list, fd[4])->description, 0);
	part_put(list);
	for (int i = 0; i < 5; i++)
		if (i != 1)
			close(fd[i]);
	fd_reader_free(r);
}

static void test_one_list(void **state)
{
	struct specimen *s;
	struct fd_list *a;

	(void)state;
	clear_folder();
	s = specimen_start("fds", "share", folder, NULL);
	a = read_all(specimen_pid(s));
	fds_compare(a, specimen_pid(s), NULL, 0);
	assert_int_equal(a->descriptions, VALUE_KNOWN);
	assert_true(named(a, s, "first")->description != 0);
	assert_int_equal(named(a, s, "first")->description, named(a, s, "twin")->description);
	assert_int_equal(named(a, s, "separate")->description, 0);
	part_put(a);
	specimen_stop(s);
}

/* A common description has one offset: moved by one, it is moved for both. */
static void test_common_offset(void **state)
{
	struct specimen *s;
	struct fd_list *b;
	int first, again;
	pid_t child;

	(void)state;
	clear_folder();
	s = specimen_start("fds", "share", folder, NULL);
	child = (pid_t)specimen_number(s, "child");
	first = (int)specimen_number(s, "first");
	again = (int)specimen_number(s, "again");
	specimen_say(s, "seek 1234");
	assert_int_equal(specimen_number(s, "offset"), 1234);
	b = read_all(child);
	assert_int_equal(entry(b, first)->offset, 1234);
	assert_int_equal(entry(b, again)->offset, 0);
	part_put(b);
	specimen_stop(s);
}

/* ---- sockets ---------------------------------------------------------------------- */

static void check_internet(const struct fd_list *list, const struct specimen *s)
{
	const struct fd_entry *listener = named(list, s, "listener");
	const struct fd_entry *client = named(list, s, "client");
	const struct fd_entry *server = named(list, s, "server");
	const struct fd_entry *udp = named(list, s, "udp");
	char text[128];

	snprintf(text, sizeof text, "127.0.0.1:%s", specimen_text(s, "port"));
	assert_text(listener->local, text);
	assert_text(client->remote, text);
	assert_text(server->local, text);
	snprintf(text, sizeof text, "tcp 127.0.0.1:%s listen", specimen_text(s, "port"));
	assert_text(listener->target, text);
	assert_false(listener->queues_known);
	snprintf(text, sizeof text, "tcp 127.0.0.1:%s -> 127.0.0.1:%s established",
		specimen_text(s, "port"), specimen_text(s, "client_port"));
	assert_text(server->target, text);
	assert_int_equal(server->peer_inode, client->inode);
	assert_int_equal(client->peer_inode, server->inode);
	assert_true(server->queues_known);
	assert_int_equal(server->receive_queue_bytes, 5);
	assert_string_equal(client->protocol, "tcp");
	snprintf(text, sizeof text, "udp 127.0.0.1:%s", specimen_text(s, "udp_port"));
	assert_text(udp->target, text);
	assert_int_equal(udp->remote.len, 0);
	assert_int_equal(named(list, s, "unbound")->source[FD_SOCKET_INFO], VALUE_NONE);
	assert_int_equal(named(list, s, "unbound")->peer_inode, 0);
}

/* Nobody is at its other end: that is closed or not accepted, or it was never connected. */
static void check_peerless(const struct fd_entry *fd, bool closed)
{
	assert_int_equal(fd->source[FD_SOCKET_INFO], VALUE_KNOWN);
	assert_int_equal(fd->peer_inode, 0);
	assert_int_equal(fd->peer_closed, closed);
}

static void check_unix(const struct fd_list *list, const struct specimen *s)
{
	const struct fd_entry *pair = named(list, s, "pair"), *other = named(list, s, "other");
	const struct fd_entry *client = named(list, s, "abstract_client");
	char text[256];
	int len;

	assert_int_equal(pair->peer_inode, other->inode);
	assert_int_equal(other->peer_inode, pair->inode);
	assert_string_equal(pair->protocol, "unix stream");
	assert_true(other->queues_known && pair->queues_known);
	assert_int_equal(other->receive_queue_bytes, 3);
	assert_int_equal(pair->send_queue_bytes, 3);
	snprintf(text, sizeof text, "%s/socket", folder);
	assert_text(named(list, s, "path")->local, text);
	len = snprintf(text, sizeof text, "@twintop-%d\033[31m\n%cend", (int)specimen_pid(s), 0);
	assert_true(
		text_equal(named(list, s, "abstract")->local, (struct text){text, (size_t)len}));
	assert_true(text_equal(client->remote, (struct text){text, (size_t)len}));
	assert_int_equal(client->peer_inode, named(list, s, "abstract_server")->inode);
	check_peerless(named(list, s, "waiting"), true);
	check_peerless(named(list, s, "left"), true);
	check_peerless(named(list, s, "path"), false);
}

static void test_sockets(void **state)
{
	struct specimen *s;
	struct fd_list *list;

	(void)state;
	clear_folder();
	s = specimen_start("sockets", "here", folder, NULL);
	list = read_all(specimen_pid(s));
	check_internet(list, s);
	check_unix(list, s);
	part_put(list);
	specimen_stop(s);
}

static void test_sockets_unasked(void **state)
{
	struct fd_reader *r = reader();
	struct fd_list *list;
	struct specimen *s;

	(void)state;
	clear_folder();
	s = specimen_start("sockets", "here", folder, NULL);
	assert_int_equal(fds_read(r, specimen_pid(s), NEED_FDS, &list), 0);
	assert_int_equal(named(list, s, "client")->source[FD_SOCKET_INFO], VALUE_UNREAD);
	assert_true(text_has_prefix(named(list, s, "client")->target, "socket:["));
	part_put(list);
	fd_reader_free(r);
	specimen_stop(s);
}

/* Reads our own descriptors as the sampler does; the list before, if any, is put back. */
static const struct fd_list *read_after(void *reader, const struct fd_list *had, unsigned need)
{
	struct reader_job job = {.need = need};

	job.side[0].id = (struct task_id){getpid(), 1};
	job.side[0].tid = job.side[0].through = getpid();
	job.side[0].had.fds = had;
	fds_reader_ops.read(reader, &job);
	assert_non_null(job.side[0].read.fds);
	part_put(had);
	return job.side[0].read.fds;
}

/* What is asked for once a second is told of the moments between, too, where nothing changed. */
static void test_kept_between(void **state)
{
	const struct reader_context context = {.root = root};
	int ends[2], twin, another;
	const struct fd_list *list;
	void *reader;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	twin = dup(ends[0]);
	assert_int_equal(fds_reader_ops.open(&context, &reader), 0);
	list = read_after(reader, NULL, NEED_FDS);
	assert_int_equal(list->descriptions, VALUE_UNREAD);
	assert_int_equal(entry(list, ends[0])->source[FD_SOCKET_INFO], VALUE_UNREAD);
	list = read_after(reader, list, NEED_FD_ANY);
	assert_true(entry(list, twin)->is_dup);
	list = read_after(reader, list, NEED_FDS);
	assert_int_equal(list->descriptions, VALUE_KNOWN);
	assert_int_equal(entry(list, twin)->dup_of, ends[0]);
	assert_int_equal(entry(list, ends[0])->source[FD_SOCKET_INFO], VALUE_KNOWN);
	assert_string_equal(entry(list, ends[0])->protocol, "unix stream");
	assert_true(text_has_prefix(entry(list, ends[0])->target, "unix stream"));
	/* Nobody has compared the new one; the sockets are as they were. */
	another = dup(ends[0]);
	list = read_after(reader, list, NEED_FDS);
	assert_int_equal(list->descriptions, VALUE_UNREAD);
	assert_false(entry(list, twin)->is_dup);
	assert_int_equal(entry(list, ends[1])->source[FD_SOCKET_INFO], VALUE_KNOWN);
	assert_int_equal(entry(list, another)->source[FD_SOCKET_INFO], VALUE_UNREAD);
	part_put(list);
	fds_reader_ops.close(reader);
	for (size_t i = 0; i < 2; i++)
		close(ends[i]);
	close(twin);
	close(another);
}

/* Reads a child's descriptors and our own; the child's not where it has ended. */
static void read_pair(void *reader, pid_t child, const struct fd_list *list[2])
{
	struct reader_job job = {.need = NEED_FD_ANY};

	for (size_t i = 0; i < 2; i++) {
		job.side[i].id = (struct task_id){i ? getpid() : child, 1};
		job.side[i].tid = job.side[i].through = job.side[i].id.pid;
		job.side[i].had.fds = job.side[i].id.pid ? list[i] : NULL;
	}
	fds_reader_ops.read(reader, &job);
	for (size_t i = 0; i < 2; i++) {
		if (!job.side[i].id.pid)
			continue;
		part_put(list[i]);
		list[i] = job.side[i].read.fds;
	}
}

/* What both had in common stays told when one has ended; what is new is nobody's but ours. */
static void test_kept_when_one_ends(void **state)
{
	const struct reader_context context = {.root = root};
	const struct fd_list *list[2] = {NULL, NULL};
	int common = open("/dev/null", O_RDONLY), ours[4];
	uint64_t id;
	void *reader;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(fds_reader_ops.open(&context, &reader), 0);
	read_pair(reader, child, list);
	id = entry(list[0], common)->description;
	assert_true(id);
	assert_true(entry(list[1], common)->description == id);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	for (int turn = 0; turn < 2; turn++) {
		ours[2 * turn] = open("/dev/zero", O_RDONLY);
		ours[2 * turn + 1] = dup(ours[2 * turn]);
		read_pair(reader, 0, list);
		assert_true(entry(list[1], common)->description == id);
	}
	for (size_t i = 0; i < 4; i++) {
		uint64_t own = entry(list[1], ours[i])->description;

		assert_true(own);
		for (size_t k = 0; k < list[0]->n; k++)
			assert_true(list[0]->fd[k].description != own);
		assert_int_equal(own == entry(list[1], ours[0])->description, i < 2);
		assert_int_equal(entry(list[1], ours[i])->is_dup, i % 2);
		close(ours[i]);
	}
	part_put(list[0]);
	part_put(list[1]);
	fds_reader_ops.close(reader);
	close(common);
}

static ino_t net_inode(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void test_sockets_elsewhere(void **state)
{
	struct specimen *s;
	struct fd_list *list;

	(void)state;
	clear_folder();
	s = specimen_start("sockets", "elsewhere", folder, NULL);
	if (specimen_has(s, "refused")) {
		specimen_stop(s);
		print_message("no network namespace can be made here\n");
		skip();
	}
	list = read_all(specimen_pid(s));
	if (geteuid() == 0) {
		assert_int_equal(named(list, s, "pair")->source[FD_SOCKET_INFO], VALUE_KNOWN);
		assert_true(named(list, s, "pair")->peer_inode != 0);
		assert_int_equal(named(list, s, "pair")->net_inode, net_inode(specimen_pid(s)));
		assert_int_not_equal(named(list, s, "pair")->net_inode, net_inode(getpid()));
	} else {
		assert_int_equal(named(list, s, "pair")->source[FD_SOCKET_INFO], VALUE_DENIED);
		assert_int_equal(named(list, s, "pair")->peer_inode, 0);
	}
	assert_int_equal(named(list, s, "pair")->kind, FD_SOCKET);
	part_put(list);
	specimen_stop(s);
}

/* ---- size, change, refusal, end ------------------------------------------------- */

static void test_many(void **state)
{
	struct specimen *s = specimen_start("fds", "many", "3000", NULL);
	struct fd_list *list = read_all(specimen_pid(s));
	size_t dups = 0;
	uint64_t kept;

	(void)state;
	fds_compare(list, specimen_pid(s), NULL, 0);
	assert_int_equal(list->descriptions, VALUE_KNOWN);
	assert_int_equal(list->n, specimen_number(s, "n"));
	assert_int_equal(list->limit, specimen_number(s, "limit"));
	kept = named(list, s, "kept")->description;
	assert_true(kept != 0);
	for (size_t i = 0; i < list->n; i++) {
		const struct fd_entry *e = &list->fd[i];

		assert_int_equal(e->fd, i);
		if (e->kind == FD_EVENTFD && e->description) {
			assert_int_equal(e->description, kept);
			dups++;
		}
	}
	assert_true(dups > 100);
	part_put(list);
	specimen_stop(s);
}

/* Whatever stood behind the number when it was read, all that is said is of that. */
static bool is_of_one(const struct fd_entry *e, uint64_t file_inode)
{
	uint32_t flags = e->flags & (O_APPEND | O_NONBLOCK);

	if (e->source[FD_INFO] != VALUE_KNOWN || e->source[FD_STAT] != VALUE_KNOWN)
		return true;
	switch (e->kind) {
	case FD_FILE:
		return e->inode == file_inode && flags == O_APPEND;
	case FD_PIPE:
		return flags == O_NONBLOCK;
	case FD_EVENTFD:
		return flags == 0 && e->eventfd_count == 7;
	default:
		print_message("a %s was never there\n", fd_kind_name(e->kind));
		return false;
	}
}

#define CHURN_NS 20000000000u

static void test_churn(void **state)
{
	struct fd_reader *r = reader();
	uint64_t until = clock_monotonic_ns() + CHURN_NS;
	struct specimen *s;
	unsigned seen = 0, mixed = 0;
	int number;

	(void)state;
	clear_folder();
	s = specimen_start("fds", "churn", folder, NULL);
	number = (int)specimen_number(s, "number");
	/* On a busy machine it may be long before a list finds it open. */
	for (int i = 0; i < 400 || (!seen && clock_monotonic_ns() < until); i++) {
		struct fd_list *list = list_of(r, specimen_pid(s));

		assert_int_equal(list->part.state, VALUE_KNOWN);
		fds_compare(list, specimen_pid(s), NULL, 0);
		for (size_t k = 0; k < list->n; k++) {
			if (list->fd[k].fd != number)
				continue;
			mixed += !is_of_one(&list->fd[k], specimen_number(s, "inode"));
			seen++;
		}
		part_put(list);
	}
	assert_true(seen > 0);
	/* Who is off its CPU in between may find the like of what was there before. */
	assert_in_range(mixed, 0, 1 + seen / 50);
	fd_reader_free(r);
	specimen_stop(s);
}

static void read_refused(void *context)
{
	const pid_t pid = *(pid_t *)context;
	struct fd_reader *r = reader();
	struct fd_list *list = list_of(r, pid);

	assert_int_equal(list->part.state, VALUE_DENIED);
	assert_int_equal(list->part.error, -EACCES);
	assert_int_equal(list->n, 0);
	fds_compare(list, pid, NULL, 0);
	assert_int_equal(list->descriptions, VALUE_DENIED);
	part_put(list);
	fd_reader_free(r);
}

static void test_refused(void **state)
{
	struct specimen *s;
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		print_message("another user's process takes root to make\n");
		skip();
	}
	s = specimen_start("fds", "many", "10", NULL);
	pid = specimen_pid(s);
	as_nobody(read_refused, &pid);
	specimen_stop(s);
}

static void test_ended(void **state)
{
	struct specimen *s = specimen_start("fds", "many", "10", NULL);
	struct fd_reader *r = reader();
	const pid_t pid = specimen_pid(s);
	struct fd_list *before = list_of(r, pid), *after;

	(void)state;
	specimen_stop(s);
	after = list_of(r, pid);
	assert_int_equal(after->part.state, VALUE_GONE);
	assert_int_equal(after->n, 0);
	fds_compare(before, pid, after, pid);
	assert_int_equal(before->descriptions, VALUE_GONE);
	assert_int_equal(after->descriptions, VALUE_GONE);
	part_put(before);
	part_put(after);
	fd_reader_free(r);
}

/* A zombie has closed everything: none is the truth. */
static void test_zombie(void **state)
{
	struct fd_reader *r = reader();
	struct fd_list *list;
	siginfo_t info;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	list = list_of(r, pid);
	assert_int_equal(list->n, 0);
	assert_true(list->part.state == VALUE_KNOWN || list->part.state == VALUE_DENIED);
	part_put(list);
	waitpid(pid, NULL, 0);
	fd_reader_free(r);
}

/* Reading ourselves opens descriptors that are closed when it ends: none of them is left over. */
static void test_ourselves(void **state)
{
	struct fd_reader *r = reader();
	struct fd_list *before = list_of(r, getpid()), *after = list_of(r, getpid());

	(void)state;
	assert_int_equal(before->part.state, VALUE_KNOWN);
	assert_int_equal(before->n, after->n);
	part_put(before);
	part_put(after);
	fd_reader_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_kinds_as_nobody),
		cmocka_unit_test(test_descriptions),
		cmocka_unit_test(test_one_list),
		cmocka_unit_test(test_closed_since),
		cmocka_unit_test(test_descriptions_as_nobody),
		cmocka_unit_test(test_common_offset),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_sockets_unasked),
		cmocka_unit_test(test_kept_between),
		cmocka_unit_test(test_kept_when_one_ends),
		cmocka_unit_test(test_sockets_elsewhere),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_zombie),
		cmocka_unit_test(test_ourselves),
	};

	return live_run(tests, set_up, tear_down);
}
