/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread for each sort of wait, all of which last. keeper has the locks and waits for a signal;
 * the child (child) has a record lock, a shared mutex in its thread theirs, and the peer of
 * receive. Prints pid, child and the TID of each thread under its name, 0 where it could not be
 * made to wait, and descriptors: pipe_in full_out pair send_fd connect_fd accept_fd   what is read,
 * written, received from, … flock_fd flock_by record_fd   what is locked, and through which the
 * process has it itself, knock_fd knock_at   a unix socket that wants to connect, and the child's
 * that listens there, epoll_fd watched0 watched1    also those of poll and select peer the
 * child's descriptor of the pair
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER, recursive, errorcheck, robust, inheriting,
		       of_condition = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER,
			being_read = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static unsigned word;
static pthread_t keeper;
static pid_t child;
static int pipe_fd[2], full[2], pair[2], send_pair[2], connect_fd, accept_fd, epoll_fd, flock_fd,
	flock_by, record_fd, knock_fd, knock_at, queue = -1, set = -1;
static struct sockaddr_in address;
static struct sockaddr_un door = {.sun_family = AF_UNIX};
static socklen_t door_len;
static char folder[64], byte;

static struct shared {
	pthread_mutex_t lock;
	atomic_int ready;
	pid_t theirs;
} * shared;

/* ---- what each does ------------------------------------------------------------- */

static void run_plain(void)
{
	pthread_mutex_lock(&plain);
}

static void run_recursive(void)
{
	pthread_mutex_lock(&recursive);
}

static void run_errorcheck(void)
{
	pthread_mutex_lock(&errorcheck);
}

static void run_robust(void)
{
	pthread_mutex_lock(&robust);
}

static void run_inheriting(void)
{
	pthread_mutex_lock(&inheriting);
}

static void run_shared(void)
{
	pthread_mutex_lock(&shared->lock);
}

static void run_join(void)
{
	pthread_join(keeper, NULL);
}

static void run_reads_lock(void)
{
	pthread_rwlock_rdlock(&written);
}

static void run_writes_lock(void)
{
	pthread_rwlock_wrlock(&being_read);
}

static void run_condition(void)
{
	pthread_mutex_lock(&of_condition);
	pthread_cond_wait(&condition, &of_condition);
}

static void run_semaphore(void)
{
	sem_wait(&semaphore);
}

static void run_barrier(void)
{
	pthread_barrier_wait(&barrier);
}

static void run_word(void)
{
	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void run_read(void)
{
	(void)!read(pipe_fd[0], &byte, 1);
}

static void run_write(void)
{
	(void)!write(full[1], &byte, 1);
}

static void run_receive(void)
{
	recv(pair[0], &byte, 1, 0);
}

static void run_send(void)
{
	send(send_pair[0], &byte, 1, 0);
}

static void run_connect(void)
{
	connect(connect_fd, (struct sockaddr *)&address, sizeof address);
}

static void run_knock(void)
{
	connect(knock_fd, (struct sockaddr *)&door, door_len);
}

static void run_accept(void)
{
	accept(accept_fd, NULL, NULL);
}

static void run_epoll(void)
{
	struct epoll_event event;

	epoll_wait(epoll_fd, &event, 1, -1);
}

/* A number below 0 stands for none. */
static void run_poll(void)
{
	struct pollfd p[] = {{pipe_fd[0], POLLIN, 0}, {-1, POLLIN, 0}, {pair[0], POLLIN, 0}};

	poll(p, 3, -1);
}

static void run_select(void)
{
	fd_set in, out;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(pipe_fd[0], &in);
	FD_SET(full[1], &out);
	select(full[1] + 1, &in, &out, NULL, NULL);
}

static void run_flock(void)
{
	flock(flock_fd, LOCK_EX);
}

static void run_record(void)
{
	struct flock whole = {.l_type = F_WRLCK};

	fcntl(record_fd, F_SETLKW, &whole);
}

static void run_child(void)
{
	waitpid(child, NULL, 0);
}

static void run_any(void)
{
	waitpid(-1, NULL, 0);
}

static void run_sleep(void)
{
	sleep(100000);
}

/* Sleeps that watch no descriptors. */
static void run_nap(void)
{
	(void)!poll(NULL, 0, 100000000);
}

static void run_doze(void)
{
	struct timeval time = {100000, 0};

	(void)!select(0, NULL, NULL, NULL, &time);
}

static void run_await(void)
{
	(void)!select(0, NULL, NULL, NULL, NULL);
}

static void run_open(void)
{
	char path[96];

	snprintf(path, sizeof path, "%s/fifo", folder);
	(void)!open(path, O_RDONLY);
}

static void run_message(void)
{
	struct {
		long type;
		char text[8];
	} message;

	(void)!msgrcv(queue, &message, sizeof message.text, 0, 0);
}

static void run_set(void)
{
	struct sembuf take = {.sem_op = -1};

	semop(set, &take, 1);
}

static void run_keeper(void)
{
	pthread_mutex_lock(&plain);
	pthread_mutex_lock(&recursive);
	pthread_mutex_lock(&errorcheck);
	pthread_mutex_lock(&robust);
	pthread_mutex_lock(&inheriting);
	pthread_rwlock_wrlock(&written);
	pthread_rwlock_rdlock(&being_read);
	pause();
}

#ifdef SYS_poll
#define CALL_POLL SYS_poll
#else
#define CALL_POLL SYS_ppoll
#endif
#ifdef SYS_select
#define CALL_SELECT SYS_select
#else
#define CALL_SELECT SYS_pselect6
#endif
#ifdef SYS_epoll_wait
#define CALL_EPOLL SYS_epoll_wait
#else
#define CALL_EPOLL SYS_epoll_pwait
#endif
#ifdef SYS_open
#define CALL_OPEN SYS_open
#else
#define CALL_OPEN 0
#endif
#ifdef SYS_pause
#define CALL_PAUSE SYS_pause
#else
#define CALL_PAUSE SYS_ppoll
#endif

static struct member {
	const char *key;
	void (*body)(void);
	long call;  /* that it waits in */
	long other; /* or in this one: C libraries differ; 0: none */
	pid_t tid;
} members[] = {
	{"keeper", run_keeper, CALL_PAUSE, 0, 0},
	{"plain", run_plain, SYS_futex, 0, 0},
	{"recursive", run_recursive, SYS_futex, 0, 0},
	{"errorcheck", run_errorcheck, SYS_futex, 0, 0},
	{"robust", run_robust, SYS_futex, 0, 0},
	{"inheriting", run_inheriting, SYS_futex, 0, 0},
	{"shared", run_shared, SYS_futex, 0, 0},
	{"join", run_join, SYS_futex, 0, 0},
	{"reads_lock", run_reads_lock, SYS_futex, 0, 0},
	{"writes_lock", run_writes_lock, SYS_futex, 0, 0},
	{"condition", run_condition, SYS_futex, 0, 0},
	{"semaphore", run_semaphore, SYS_futex, 0, 0},
	{"barrier", run_barrier, SYS_futex, 0, 0},
	{"word", run_word, SYS_futex, 0, 0},
	{"read", run_read, SYS_read, 0, 0},
	{"write", run_write, SYS_write, 0, 0},
	{"receive", run_receive, SYS_recvfrom, 0, 0},
	{"send", run_send, SYS_sendto, 0, 0},
	{"connect", run_connect, SYS_connect, 0, 0},
	{"knock", run_knock, SYS_connect, 0, 0},
	{"accept", run_accept, SYS_accept, SYS_accept4, 0},
	{"epoll", run_epoll, CALL_EPOLL, SYS_epoll_pwait, 0},
	{"poll", run_poll, CALL_POLL, SYS_ppoll, 0},
	{"select", run_select, CALL_SELECT, SYS_pselect6, 0},
	{"flock", run_flock, SYS_flock, 0, 0},
	{"record", run_record, SYS_fcntl, 0, 0},
	{"reaper", run_child, SYS_wait4, SYS_waitid, 0},
	{"any", run_any, SYS_wait4, SYS_waitid, 0},
	{"sleep", run_sleep, SYS_clock_nanosleep, SYS_nanosleep, 0},
	{"nap", run_nap, CALL_POLL, SYS_ppoll, 0},
	{"doze", run_doze, CALL_SELECT, SYS_pselect6, 0},
	{"await", run_await, CALL_SELECT, SYS_pselect6, 0},
	{"open", run_open, SYS_openat, CALL_OPEN, 0},
	{"message", run_message, SYS_msgrcv, 0, 0},
	{"set", run_set, SYS_semop, SYS_semtimedop, 0},
};
#define MEMBERS (sizeof members / sizeof *members)

/* ---- making them ------------------------------------------------------------------ */

static void *body(void *arg)
{
	struct member *m = arg;

	m->tid = gettid();
	prctl(PR_SET_NAME, m->key);
	m->body();
	return NULL;
}

/* Whether the thread waits in its call; where that is not told, it is taken for granted. */
static bool waits(const struct member *m)
{
	char path[64], line[32] = "";
	long call;
	FILE *f;

	if (!m->tid)
		return false;
	snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)m->tid);
	f = fopen(path, "re");
	if (!f)
		return true;
	if (!fgets(line, sizeof line, f))
		line[0] = '\0';
	fclose(f);
	if (!line[0])
		return true;
	call = line[0] >= '0' && line[0] <= '9' ? atol(line) : -1;
	return call == m->call || (m->other && call == m->other);
}

/* Up to ten seconds: some machines refuse some calls. */
static void start(struct member *m)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, body, m))
		exit(1);
	if (m->body == run_keeper)
		keeper = thread;
	for (int i = 0; i < 10000 && !waits(m); i++)
		usleep(1000);
	if (!waits(m))
		m->tid = 0;
}

static void init_mutex(pthread_mutex_t *m, int type, bool is_robust, bool inherits, bool is_shared)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, type);
	if (is_robust)
		pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (inherits)
		pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	if (is_shared)
		pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (pthread_mutex_init(m, &attr))
		exit(1);
}

static void init_locks(void)
{
	shared = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		exit(1);
	init_mutex(&recursive, PTHREAD_MUTEX_RECURSIVE, false, false, false);
	init_mutex(&errorcheck, PTHREAD_MUTEX_ERRORCHECK, false, false, false);
	init_mutex(&robust, PTHREAD_MUTEX_NORMAL, true, false, false);
	init_mutex(&inheriting, PTHREAD_MUTEX_NORMAL, false, true, false);
	init_mutex(&shared->lock, PTHREAD_MUTEX_NORMAL, false, false, true);
	pthread_barrier_init(&barrier, NULL, 2);
	sem_init(&semaphore, 0, 0);
}

static void fill_up(int fd)
{
	static const char much[65536];

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, much, sizeof much) > 0 || write(fd, much, 1) > 0)
		;
	fcntl(fd, F_SETFL, 0);
}

static int open_file(const char *name)
{
	char path[96];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

/* Its queue of one is full: whoever connects now waits. */
static void init_connect(void)
{
	socklen_t len = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 0) ||
		getsockname(listener, (struct sockaddr *)&address, &len))
		return;
	for (int i = 0; i < 2; i++)
		connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
			(struct sockaddr *)&address, sizeof address);
	connect_fd = socket(AF_INET, SOCK_STREAM, 0);
}

/* The same of a unix socket, at which the child alone listens. */
static void init_knock(void)
{
	door_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
		   (socklen_t)snprintf(door.sun_path + 1, sizeof door.sun_path - 1,
			   "sp_every_wait.%d", (int)getpid());
	knock_at = socket(AF_UNIX, SOCK_STREAM, 0);
	knock_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(knock_at, (struct sockaddr *)&door, door_len) || listen(knock_at, 1))
		return;
	for (int i = 0; i < 2; i++)
		connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&door, door_len);
}

static void init_accept(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	accept_fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(accept_fd, (struct sockaddr *)&any, sizeof any))
		exit(1);
	listen(accept_fd, 4);
}

static void init_files(void)
{
	char path[96];
	int fds[2];

	snprintf(folder, sizeof folder, "/tmp/sp_every_wait.XXXXXX");
	if (!mkdtemp(folder) || pipe(pipe_fd) || pipe(full) ||
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ||
		socketpair(AF_UNIX, SOCK_STREAM, 0, send_pair))
		exit(1);
	snprintf(path, sizeof path, "%s/fifo", folder);
	mkfifo(path, 0600);
	fill_up(full[1]);
	fill_up(send_pair[0]);
	flock_by = open_file("flock");
	flock(flock_by, LOCK_EX);
	flock_fd = open_file("flock");
	record_fd = open_file("record");
	epoll_fd = epoll_create1(0);
	fds[0] = pipe_fd[0];
	fds[1] = pair[0];
	for (int i = 0; i < 2; i++)
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[i],
			&(struct epoll_event){.events = EPOLLIN, .data.fd = fds[i]});
	queue = msgget(IPC_PRIVATE, 0600);
	set = semget(IPC_PRIVATE, 1, 0600);
}

static void clean(void)
{
	static const char *const names[] = {"fifo", "flock", "record"};
	char path[96];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	if (queue >= 0)
		msgctl(queue, IPC_RMID, NULL);
	if (set >= 0)
		semctl(set, 0, IPC_RMID);
}

/* ---- the child ----------------------------------------------------------------------- */

static void *run_theirs(void *unused)
{
	pthread_mutex_lock(&shared->lock);
	shared->theirs = gettid();
	atomic_store(&shared->ready, 1);
	pause();
	return unused;
}

/* It lets go of the other descriptors: those of its parent's waits that it has, it names. */
static void run_child_process(void)
{
	struct flock whole = {.l_type = F_WRLCK};
	pthread_t theirs;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(0);
	close(pair[0]);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	close(flock_by);
	close(flock_fd);
	if (fcntl(record_fd, F_SETLK, &whole))
		_exit(1);
	if (pthread_create(&theirs, NULL, run_theirs, NULL))
		_exit(1);
	for (;;)
		pause();
}

static void report(void)
{
	printf("pid=%d child=%d theirs=%d", (int)getpid(), (int)child, (int)shared->theirs);
	for (size_t i = 0; i < MEMBERS; i++)
		printf(" %s=%d", members[i].key, (int)members[i].tid);
	printf(" pipe_in=%d pipe_out=%d full_in=%d full_out=%d pair=%d peer=%d send_fd=%d "
	       "connect_fd=%d port=%d accept_fd=%d epoll_fd=%d flock_fd=%d flock_by=%d "
	       "record_fd=%d knock_fd=%d knock_at=%d\n",
		pipe_fd[0], pipe_fd[1], full[0], full[1], pair[0], pair[1], send_pair[0],
		connect_fd, (int)ntohs(address.sin_port), accept_fd, epoll_fd, flock_fd, flock_by,
		record_fd, knock_fd, knock_at);
	fflush(stdout);
}

int main(void)
{
	char line[16];

	alarm(120);
	init_locks();
	init_files();
	init_connect();
	init_knock();
	init_accept();
	child = fork();
	if (child < 0)
		return 1;
	if (!child)
		run_child_process();
	close(pair[1]);
	close(knock_at);
	while (!atomic_load(&shared->ready))
		usleep(1000);
	for (size_t i = 0; i < MEMBERS; i++)
		start(&members[i]);
	report();
	while (fgets(line, sizeof line, stdin))
		report();
	kill(child, SIGKILL);
	clean();
	_exit(0);
}
