/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds descriptors of known kinds:
 *
 *   sp_fds kinds FOLDER  one of every kind, its number behind the kind's name;
 *                        a negative errno where the kernel refuses it
 *   sp_fds share FOLDER  one file opened, dup'ed, opened again, and a child that has
 *                        inherited the first and opened the file a third time;
 *                        told "seek N" it moves the common offset
 *   sp_fds many N        N descriptors: eventfds, pipes, and dups of one of them
 *   sp_fds churn FOLDER  closes and opens one number all the time: a file with
 *                        O_APPEND, a pipe with O_NONBLOCK, an eventfd that holds 7
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *folder;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static const char *path(const char *name)
{
	static char text[PATH_MAX];

	snprintf(text, sizeof text, "%s/%s", folder, name);
	return text;
}

/* ---- one of every kind ------------------------------------------------------- */

static int first_pipe[2], terminal[2];

static int make_file(void)
{
	int fd = open(path("file"), O_RDWR | O_CREAT | O_APPEND, 0600);

	if (fd >= 0 && (write(fd, "0123456789", 10) != 10 || lseek(fd, 7, SEEK_SET) != 7))
		die("file");
	return fd;
}

static int make_readonly(void)
{
	int fd = open(path("file"), O_RDONLY | O_CLOEXEC);

	lseek(fd, 3, SEEK_SET);
	return fd;
}

static int make_escape(void)
{
	return open(path("a\nb\033[31m (deleted)"), O_WRONLY | O_CREAT, 0600);
}

static int make_lookalike(void)
{
	return open(path("memfd:x (deleted)"), O_RDWR | O_CREAT, 0600);
}

static int make_deleted(void)
{
	int fd = open(path("deleted"), O_RDWR | O_CREAT, 0600);

	unlink(path("deleted"));
	return fd;
}

static int make_directory(void)
{
	return open(folder, O_RDONLY | O_DIRECTORY);
}

static int make_handle(void)
{
	return open(path("file"), O_PATH);
}

static int make_symlink(void)
{
	if (symlink("nowhere", path("symlink")))
		return -1;
	return open(path("symlink"), O_PATH | O_NOFOLLOW);
}

static int make_pipe_read(void)
{
	if (pipe(first_pipe) || fcntl(first_pipe[0], F_SETFL, O_NONBLOCK))
		die("pipe");
	return first_pipe[0];
}

static int make_pipe_write(void)
{
	return first_pipe[1];
}

static int make_fifo(void)
{
	if (mkfifo(path("fifo"), 0600))
		return -1;
	return open(path("fifo"), O_RDWR);
}

static int make_eventfd(void)
{
	return eventfd(42, EFD_CLOEXEC);
}

static int make_epoll(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = epoll_create1(0);

	if (epoll_ctl(fd, EPOLL_CTL_ADD, first_pipe[0], &event) ||
		epoll_ctl(fd, EPOLL_CTL_ADD, first_pipe[1], &event))
		die("epoll_ctl");
	return fd;
}

static int make_timerfd(void)
{
	return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
}

static int make_signalfd(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	return signalfd(-1, &set, 0);
}

static int make_inotify(void)
{
	return inotify_init1(0);
}

static int make_fanotify(void)
{
	return fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);
}

static int make_pidfd(void)
{
	return (int)syscall(SYS_pidfd_open, getppid(), 0);
}

static int make_memfd(void)
{
	return memfd_create("counter", 0);
}

static int make_null(void)
{
	return open("/dev/null", O_RDWR);
}

static int make_block(void)
{
	if (mknod(path("block"), S_IFBLK | 0600, makedev(7, 200)))
		return -1;
	return open(path("block"), O_PATH);
}

static int make_tty(void)
{
	return openpty(&terminal[0], &terminal[1], NULL, NULL, NULL) ? -1 : terminal[1];
}

static int make_pty_master(void)
{
	return terminal[0];
}

static int make_io_uring(void)
{
	struct io_uring_params params = {0};

	return (int)syscall(SYS_io_uring_setup, 4, &params);
}

static int make_bpf(void)
{
	union bpf_attr attr = {0};

	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = attr.value_size = attr.max_entries = 4;
	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr);
}

static int make_perf(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attr};

	attr.config = PERF_COUNT_SW_DUMMY;
	attr.exclude_kernel = 1;
	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static int make_userfaultfd(void)
{
	return (int)syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */);
}

static int make_namespace(void)
{
	return open("/proc/self/ns/uts", O_RDONLY);
}

static int make_mqueue(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof name, "twintop-%d", (int)getpid());
	fd = (int)syscall(SYS_mq_open, name, O_RDWR | O_CREAT, 0600, NULL);
	if (fd >= 0)
		syscall(SYS_mq_unlink, name);
	return fd;
}

static int make_other(void)
{
	return (int)syscall(SYS_fsopen, "tmpfs", 0);
}

static const struct {
	const char *name;
	int (*make)(void);
} kind[] = {
	{"file", make_file},
	{"readonly", make_readonly},
	{"escape", make_escape},
	{"lookalike", make_lookalike},
	{"deleted", make_deleted},
	{"directory", make_directory},
	{"handle", make_handle},
	{"symlink", make_symlink},
	{"pipe_read", make_pipe_read},
	{"pipe_write", make_pipe_write},
	{"fifo", make_fifo},
	{"eventfd", make_eventfd},
	{"epoll", make_epoll},
	{"timerfd", make_timerfd},
	{"signalfd", make_signalfd},
	{"inotify", make_inotify},
	{"fanotify", make_fanotify},
	{"pidfd", make_pidfd},
	{"memfd", make_memfd},
	{"null", make_null},
	{"block", make_block},
	{"tty", make_tty},
	{"pty_master", make_pty_master},
	{"io_uring", make_io_uring},
	{"bpf", make_bpf},
	{"perf", make_perf},
	{"userfaultfd", make_userfaultfd},
	{"namespace", make_namespace},
	{"mqueue", make_mqueue},
	{"other", make_other},
};

static void hold_kinds(void)
{
	char line[128];

	printf("pid=%d", (int)getpid());
	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
		int fd = kind[i].make();

		printf(" %s=%d", kind[i].name, fd < 0 ? -errno : fd);
	}
	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
}

/* ---- descriptions in common ------------------------------------------------- */

static pid_t child_start(int *ret_again)
{
	int ready[2], again = -1;
	pid_t pid;

	if (pipe(ready))
		die("pipe");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		again = open(path("shared"), O_RDWR);
		if (write(ready[1], &again, sizeof again) != sizeof again)
			_exit(1);
		for (;;)
			pause();
	}
	if (pid < 0 || read(ready[0], &again, sizeof again) != sizeof again)
		die("child");
	close(ready[0]);
	close(ready[1]);
	*ret_again = again;
	return pid;
}

static void hold_shared(void)
{
	int pair[2], first, twin, separate, again;
	char line[128];
	long offset;
	pid_t child;

	first = open(path("shared"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	twin = dup(first);
	separate = open(path("shared"), O_RDWR);
	if (first < 0 || twin < 0 || separate < 0 || pipe(pair) || ftruncate(first, 4096))
		die("shared");
	child = child_start(&again);
	printf("pid=%d child=%d first=%d twin=%d separate=%d again=%d read=%d write=%d\n",
		(int)getpid(), (int)child, first, twin, separate, again, pair[0], pair[1]);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		offset = strtol(line + strcspn(line, " "), NULL, 10);
		printf("offset=%ld\n", (long)lseek(first, offset, SEEK_SET));
		fflush(stdout);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* ---- many, and never the same ---------------------------------------------- */

static void hold_many(long n)
{
	struct rlimit limit;
	int p[2], kept = eventfd(0, 0);
	char line[128];

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (long have = 4; have < n;) {
		if (have % 3 == 0 && have + 2 <= n && pipe(p) == 0)
			have += 2;
		else if ((have % 2 ? dup(kept) : eventfd(0, 0)) >= 0)
			have++;
		else
			die("many");
	}
	printf("pid=%d kept=%d n=%ld limit=%lu\n", (int)getpid(), kept, n,
		(unsigned long)limit.rlim_cur);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
}

static void churn_once(int number, unsigned turn)
{
	int p[2];

	close(number);
	switch (turn % 3) {
	case 0:
		if (open(path("churn"), O_RDWR | O_APPEND) != number)
			die("open");
		return;
	case 1:
		if (pipe2(p, O_NONBLOCK) || p[0] != number)
			die("pipe2");
		close(p[1]);
		return;
	default:
		if (eventfd(7, 0) != number)
			die("eventfd");
	}
}

static void hold_churn(void)
{
	struct pollfd input = {0, POLLIN, 0};
	int number = open(path("churn"), O_RDWR | O_APPEND | O_CREAT, 0600);
	struct stat st;

	if (number < 0 || fstat(number, &st))
		die("churn");
	printf("pid=%d number=%d inode=%llu\n", (int)getpid(), number,
		(unsigned long long)st.st_ino);
	fflush(stdout);
	for (unsigned turn = 0; poll(&input, 1, 0) == 0; turn++)
		churn_once(number, turn);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	alarm(120);
	syscall(SYS_close_range, 3u, ~0u, 0u); /* what the harness has left open */
	folder = argv[2];
	if (!strcmp(argv[1], "kinds"))
		hold_kinds();
	else if (!strcmp(argv[1], "share"))
		hold_shared();
	else if (!strcmp(argv[1], "many"))
		hold_many(strtol(argv[2], NULL, 10));
	else if (!strcmp(argv[1], "churn"))
		hold_churn();
	else
		return 2;
	return 0;
}
