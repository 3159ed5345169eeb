/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A parent and a child joined by one channel of every kind, each used so that
 * who sends and who receives is known:
 *
 *   pipe      parent writes, child reads      (pipe_w in the parent, pipe_r in the child)
 *   fifo      child writes, parent reads      (fifo_r, fifo_w)
 *   pair      socketpair, one end each        (pair_a, pair_b)
 *   unix      child connected to the parent's listening socket (unix_a, unix_b)
 *   tcp       the same over 127.0.0.1         (tcp_a, tcp_b), port
 *   udp       two sockets connected to each other over 127.0.0.1 (udp_a, udp_b)
 *   eventfd   inherited: one description      (event)
 *   mqueue    POSIX queue opened by each      (mq_a, mq_b)
 *   msg       SysV queue: parent sent, child received   (msg)
 *   sem       SysV semaphores: the parent operated, a child's thread blocks (sem)
 *   shm       SysV segment attached by both at the same address    (shm)
 *   lock      parent holds a record lock, a child's thread waits   (lock_ino)
 *   flock     parent holds a lock of flock(2), a child's thread waits (flock_ino)
 *   futex     a child's thread waits on a word of shared memory    (futex)
 *
 * Bytes: 5 wait in the pipe, 7 in the socket pair towards the child.
 *
 *   sp_channels apart   the same in network and IPC namespaces of their own, as root makes them
 *   sp_channels owned   the same, and of a user namespace of their own, as anybody may make them
 *   sp_channels nobody  as root makes them, then as uid and gid 65534
 *   sp_channels left    the child leaves for another network namespace when all is made
 *   sp_channels both    apart, and then the child leaves for a third one
 *
 * Prints error=ERRNO where the kernel or our rights refuse.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[64];
static int pipe_fd[2], fifo, pair[2], listener, unix_fd, tcp_fd, udp_fd[2], event, mq, msg, sem,
	shm;
static int lock_file, flock_file, ready[2];
static int *word;
static struct sockaddr_in tcp_address;

static void die(const char *what)
{
	fprintf(stderr, "sp_channels: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int check(int result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

static const char *below(const char *name)
{
	static char path[4][128];
	static int next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

static struct sockaddr_un unix_address(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof a.sun_path, "%s", below("socket"));
	return a;
}

static struct sockaddr_in loopback(void)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static struct sockaddr_in bound_to(int fd)
{
	struct sockaddr_in a = loopback();
	socklen_t len = sizeof a;

	check(getsockname(fd, (struct sockaddr *)&a, &len), "getsockname");
	return a;
}

static void make_sockets(void)
{
	struct sockaddr_un unix_name = unix_address();
	struct sockaddr_in any = loopback();

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	unix_fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(bind(unix_fd, (struct sockaddr *)&unix_name, sizeof unix_name), "bind");
	check(listen(unix_fd, 1), "listen");
	listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(bind(listener, (struct sockaddr *)&any, sizeof any), "bind");
	check(listen(listener, 1), "listen");
	tcp_address = bound_to(listener);
	for (int i = 0; i < 2; i++) {
		udp_fd[i] = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
		check(bind(udp_fd[i], (struct sockaddr *)&any, sizeof any), "bind");
	}
	for (int i = 0; i < 2; i++) {
		struct sockaddr_in other = bound_to(udp_fd[!i]);

		check(connect(udp_fd[i], (struct sockaddr *)&other, sizeof other), "connect");
	}
}

static void make_sysv(void)
{
	struct {
		long type;
		char text[8];
	} m = {1, "hello"};

	struct sembuf up_and_down[2] = {{0, 1, 0}, {0, -1, 0}};

	msg = check(msgget(IPC_PRIVATE, 0600), "msgget");
	check(msgsnd(msg, &m, sizeof m.text, 0), "msgsnd");
	sem = check(semget(IPC_PRIVATE, 1, 0600), "semget");
	check(semop(sem, up_and_down, 2), "semop");
	shm = check(shmget(IPC_PRIVATE, 4096, 0600), "shmget");
	if (shmat(shm, NULL, 0) == (void *)-1)
		die("shmat");
}

static void make_all(void)
{
	snprintf(folder, sizeof folder, "/tmp/sp_channels.XXXXXX");
	if (!mkdtemp(folder))
		die(folder);
	check(pipe(pipe_fd), "pipe");
	check(pipe(ready), "pipe");
	check(mkfifo(below("fifo"), 0600), "mkfifo");
	event = check(eventfd(0, 0), "eventfd");
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	lock_file = check(open(below("lock"), O_RDWR | O_CREAT, 0600), "open");
	flock_file = check(open(below("flock"), O_RDWR | O_CREAT, 0600), "open");
	check(flock(flock_file, LOCK_EX), "flock");
	make_sockets();
	make_sysv();
}

static void *wait_for_lock(void *unused)
{
	struct flock whole = {.l_type = F_WRLCK};

	fcntl(lock_file, F_SETLKW, &whole);
	return unused;
}

/* A lock of flock(2) belongs to the description, so the child opens the file anew. */
static void *wait_for_flock(void *unused)
{
	int fd = open(below("flock"), O_RDWR);

	flock(fd, LOCK_EX);
	return unused;
}

static void *wait_for_semaphore(void *unused)
{
	struct sembuf down = {0, -1, 0};

	semop(sem, &down, 1);
	return unused;
}

static void *wait_for_futex(void *unused)
{
	syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
	return unused;
}

static int open_queue(void)
{
	char name[64];

	snprintf(name, sizeof name, "/sp_channels.%d", (int)(word[1] ? word[1] : getpid()));
	return mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
}

static void child(pid_t parent, bool leaves)
{
	static void *(*const waits[])(void *) = {
		wait_for_lock, wait_for_flock, wait_for_semaphore, wait_for_futex};
	struct sockaddr_un unix_name = unix_address();
	char buffer[64];
	pthread_t thread;
	int fd[4];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	close(pipe_fd[1]);
	close(pair[0]);
	close(unix_fd);
	close(listener);
	close(udp_fd[0]);
	close(flock_file);
	fd[0] = check(open(below("fifo"), O_WRONLY), "open fifo");
	fd[1] = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(connect(fd[1], (struct sockaddr *)&unix_name, sizeof unix_name), "connect");
	fd[2] = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(connect(fd[2], (struct sockaddr *)&tcp_address, sizeof tcp_address), "connect");
	fd[3] = open_queue();
	check((int)msgrcv(msg, buffer, sizeof buffer - 8, 0, 0), "msgrcv");
	for (int i = 0; i < 4; i++)
		pthread_create(&thread, NULL, waits[i], NULL);
	if (leaves)
		check(unshare(CLONE_NEWNET), "unshare");
	if (write(ready[1], fd, sizeof fd) != sizeof fd)
		_exit(1);
	for (;;)
		pause();
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool written = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return written;
}

/* The one id that we have stands for itself. */
static bool map_ids(unsigned uid, unsigned gid)
{
	char text[64];

	snprintf(text, sizeof text, "%u %u 1", uid, uid);
	if (!write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/uid_map", text))
		return false;
	snprintf(text, sizeof text, "%u %u 1", gid, gid);
	return write_text("/proc/self/gid_map", text);
}

static bool become_nobody(void)
{
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return false;
	return prctl(PR_SET_DUMPABLE, 1) == 0;
}

/* Leaves for other namespaces; what is refused is told, and nothing else comes. */
static void go_apart(const char *how)
{
	int flags = CLONE_NEWNET | CLONE_NEWIPC | (strcmp(how, "owned") ? 0 : CLONE_NEWUSER);
	unsigned uid = geteuid(), gid = getegid();
	struct ifreq lo = {.ifr_name = "lo"};
	bool gone = unshare(flags) == 0;
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	char line[64];

	if (gone && flags & CLONE_NEWUSER)
		gone = map_ids(uid, gid);
	lo.ifr_flags = IFF_UP;
	gone = gone && ioctl(s, SIOCSIFFLAGS, &lo) == 0;
	close(s);
	if (gone && !strcmp(how, "nobody"))
		gone = become_nobody();
	if (gone)
		return;
	printf("error=%d\n", errno);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	exit(0);
}

int main(int argc, char **argv)
{
	struct flock whole = {.l_type = F_WRLCK};
	pid_t pid = getpid(), kid;
	char line[64];
	struct stat st, flock_st;
	int fd[4];

	alarm(120);
	if (argc > 1 && strcmp(argv[1], "left") != 0)
		go_apart(argv[1]);
	make_all();
	word[1] = pid;
	check(fcntl(lock_file, F_SETLK, &whole), "lock");
	kid = check(fork(), "fork");
	if (!kid)
		child(pid, argc > 1 && (!strcmp(argv[1], "left") || !strcmp(argv[1], "both")));
	close(pipe_fd[0]);
	close(pair[1]);
	close(udp_fd[1]);
	fifo = check(open(below("fifo"), O_RDONLY), "open fifo");
	unix_fd = check(accept(unix_fd, NULL, NULL), "accept");
	tcp_fd = check(accept(listener, NULL, NULL), "accept");
	mq = open_queue();
	if (read(ready[0], fd, sizeof fd) != sizeof fd)
		die("child");
	if (write(pipe_fd[1], "12345", 5) != 5 || write(pair[0], "1234567", 7) != 7)
		die("write");
	fstat(lock_file, &st);
	fstat(flock_file, &flock_st);
	printf("pid=%d child=%d pipe_w=%d pipe_r=%d fifo_r=%d fifo_w=%d pair_a=%d pair_b=%d "
	       "unix_a=%d "
	       "unix_b=%d tcp_a=%d tcp_b=%d udp_a=%d udp_b=%d event=%d mq_a=%d mq_b=%d msg=%d "
	       "sem=%d "
	       "shm=%d lock_ino=%llu flock_ino=%llu lock_fd=%d futex=%p\n",
		(int)pid, (int)kid, pipe_fd[1], pipe_fd[0], fifo, fd[0], pair[0], pair[1], unix_fd,
		fd[1], tcp_fd, fd[2], udp_fd[0], udp_fd[1], event, mq, fd[3], msg, sem, shm,
		(unsigned long long)st.st_ino, (unsigned long long)flock_st.st_ino, lock_file,
		(void *)word);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	kill(kid, SIGKILL);
	snprintf(line, sizeof line, "/sp_channels.%d", (int)pid);
	mq_unlink(line);
	msgctl(msg, IPC_RMID, NULL);
	semctl(sem, 0, IPC_RMID);
	shmctl(shm, IPC_RMID, NULL);
	unlink(below("fifo"));
	unlink(below("lock"));
	unlink(below("flock"));
	unlink(below("socket"));
	rmdir(folder);
	return 0;
}
