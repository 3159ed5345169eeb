/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two containers that look alike from outside: strangers in network, IPC and mount namespaces of
 * their own, in which every number and name is the same for both and means two things:
 *
 *   udp       two sockets whose addresses are each other's, crosswise     (udp)
 *   unix      a listener and a client by one abstract name                (listener, client)
 *   mqueue    a POSIX queue of one name                                   (mq)
 *   sysv      a segment of one id and key, attached at one address        (shmid, key, shm)
 *   waits     threads blocked on a queue and on semaphores of one id: A receives, B sends
 *   tty       a controlling terminal pts/0, each of its own devpts        (tty)
 *   clone     an open of the device that makes terminals                  (ptmx)
 *
 * Prints a and b, their PIDs, and what stands behind the names above, which is alike in both; or
 * error=STEP:ERRNO where the kernel or our rights refuse.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PORT_A 4000
#define PORT_B 4001
#define KEY    0x7717
#define AT     ((void *)0x100000000000)

/* What a box tells of itself, or which step failed. */
struct box {
	int error;
	char step[32];
	int pid, udp, listener, client, mq, shmid, tty, ptmx;
};

static int told[2];
static int queue, set;

static void refuse(const char *step)
{
	struct box b = {.error = errno ? errno : EIO};

	snprintf(b.step, sizeof b.step, "%s", step);
	_exit(write(told[1], &b, sizeof b) != sizeof b);
}

static int check(int result, const char *step)
{
	if (result < 0)
		refuse(step);
	return result;
}

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static void make_sockets(struct box *b, int which)
{
	struct sockaddr_un name = {AF_UNIX, "\0sp_boxes"};
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof "\0sp_boxes" - 1;
	struct sockaddr_in here = loopback(which ? PORT_B : PORT_A),
			   there = loopback(which ? PORT_A : PORT_B);
	struct ifreq lo = {.ifr_name = "lo"};

	b->udp = check(socket(AF_INET, SOCK_DGRAM, 0), "udp");
	lo.ifr_flags = IFF_UP;
	check(ioctl(b->udp, SIOCSIFFLAGS, &lo), "lo");
	check(bind(b->udp, (struct sockaddr *)&here, sizeof here), "bind");
	check(connect(b->udp, (struct sockaddr *)&there, sizeof there), "connect");
	b->listener = check(socket(AF_UNIX, SOCK_STREAM, 0), "unix");
	check(bind(b->listener, (struct sockaddr *)&name, len), "bind");
	check(listen(b->listener, 1), "listen");
	b->client = check(socket(AF_UNIX, SOCK_STREAM, 0), "unix");
	check(connect(b->client, (struct sockaddr *)&name, len), "connect");
}

static void *wait_for_queue(void *sends)
{
	struct {
		long type;
		char text[8];
	} m = {1, "hello"};

	if (sends)
		msgsnd(queue, &m, sizeof m.text, 0);
	else
		msgrcv(queue, &m, sizeof m.text, 0, 0);
	return NULL;
}

static void *wait_for_semaphore(void *unused)
{
	struct sembuf down = {0, -1, 0};

	semop(set, &down, 1);
	return unused;
}

static void make_ipc(struct box *b, int which)
{
	struct msqid_ds room;
	pthread_t thread;
	char *p;

	b->mq = check(mq_open("/sp_boxes", O_RDWR | O_CREAT, 0600, NULL), "mq_open");
	b->shmid = check(shmget(KEY, 4096, IPC_CREAT | 0600), "shmget");
	p = shmat(b->shmid, AT, 0);
	if (p != AT)
		refuse("shmat");
	p[0] = 1;
	queue = check(msgget(KEY, IPC_CREAT | 0600), "msgget");
	check(msgctl(queue, IPC_STAT, &room), "msgctl");
	room.msg_qbytes = 4; /* less than the message */
	check(msgctl(queue, IPC_SET, &room), "msgctl");
	set = check(semget(KEY, 1, IPC_CREAT | 0600), "semget");
	pthread_create(&thread, NULL, wait_for_queue, which ? b : NULL);
	pthread_create(&thread, NULL, wait_for_semaphore, NULL);
}

/* A terminal of a devpts that nobody else has, for a session of its own. */
static void make_terminal(struct box *b)
{
	int locked = 0, number;

	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	check(mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666"), "devpts");
	b->ptmx = check(open("/dev/pts/ptmx", O_RDWR | O_NOCTTY), "ptmx");
	check(ioctl(b->ptmx, TIOCSPTLCK, &locked), "unlock");
	check(ioctl(b->ptmx, TIOCGPTN, &number), "number");
	check(setsid(), "setsid");
	b->tty = check(open("/dev/pts/0", O_RDWR), "pts/0");
	if (number != 0)
		refuse("first terminal");
}

static void live(int which)
{
	struct box b = {.pid = getpid()};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	check(unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS), "unshare");
	make_terminal(&b);
	make_sockets(&b, which);
	make_ipc(&b, which);
	if (write(told[1], &b, sizeof b) != sizeof b)
		_exit(1);
	for (;;)
		pause();
}

int main(void)
{
	struct box box[2];
	pid_t pid[2];
	char line[64];

	alarm(120);
	if (pipe(told))
		return 1;
	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			live(i);
		if (read(told[0], &box[i], sizeof *box) != sizeof *box)
			return 1;
		if (box[i].error) {
			printf("error=%s:%d\n", box[i].step, box[i].error);
			break;
		}
	}
	if (!box[0].error && !box[1].error)
		printf("a=%d b=%d udp=%d listener=%d client=%d mq=%d shmid=%d key=%d shm=%p tty=%d "
		       "ptmx=%d alike=%d\n",
			box[0].pid, box[1].pid, box[0].udp, box[0].listener, box[0].client,
			box[0].mq, box[0].shmid, KEY, AT, box[0].tty, box[0].ptmx,
			box[0].shmid == box[1].shmid);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	for (int i = 0; i < 2; i++)
		kill(pid[i], SIGKILL);
	return 0;
}
