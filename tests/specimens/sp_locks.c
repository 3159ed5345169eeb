/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A parent and a child with locks on files, each on a file of its own:
 *
 *   ofd        the parent holds a lock of its open file description, the child waits for it
 *   mixed      the child holds one, the parent waits for it with a record lock
 *   record     the parent holds a record lock, the child waits for it with one of its description
 *   inherited  the parent took a lock of flock(2) and closed the file: the child, which has the
 *              description by fork, holds it, and the parent waits on another one
 *   common     a lock of flock(2) on a description that both have: nobody waits for anybody
 *   read       each holds a lock for reading of a description of its own
 *
 * Prints pid, child and the inode of each under its name.
 *
 * Told "ring", two children of one thread each instead: first has flock(2)'s lock on common and
 * wants a record lock on record, which second has, who wants first's. Prints pid, first, second,
 * and the descriptors first_fd and second_fd that they wait on. Told "mixed_ring", first has a
 * mutex in memory that both share instead of flock(2)'s lock, and second wants that: second_fd is
 * 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum file { OFD, MIXED, RECORD, INHERITED, COMMON, READ, FILES };
static const char *const name[FILES] = {"ofd", "mixed", "record", "inherited", "common", "read"};
static char folder[64];

static int check(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "sp_locks: %s: %s\n", what, strerror(errno));
		exit(1);
	}
	return result;
}

/* Valid until the next call by the thread. */
static const char *below(enum file f)
{
	static _Thread_local char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name[f]);
	return path;
}

static int open_file(enum file f)
{
	return check(open(below(f), O_RDWR | O_CREAT, 0600), name[f]);
}

static int lock(int fd, int how, short type)
{
	struct flock whole = {.l_type = type};

	return fcntl(fd, how, &whole);
}

static void *wait_mixed(void *unused)
{
	lock(open_file(MIXED), F_SETLKW, F_WRLCK);
	return unused;
}

static void *wait_inherited(void *unused)
{
	flock(open_file(INHERITED), LOCK_EX);
	return unused;
}

static void *wait_ofd(void *unused)
{
	lock(open_file(OFD), F_OFD_SETLKW, F_WRLCK);
	return unused;
}

static void *wait_record(void *unused)
{
	lock(open_file(RECORD), F_OFD_SETLKW, F_WRLCK);
	return unused;
}

static void child(int ready, int ofd)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(ofd); /* whose lock the child would have, too */
	check(lock(open_file(MIXED), F_OFD_SETLK, F_WRLCK), "mixed");
	check(lock(open_file(READ), F_OFD_SETLK, F_RDLCK), "read");
	pthread_create(&thread, NULL, wait_ofd, NULL);
	pthread_create(&thread, NULL, wait_record, NULL);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* Whoever waits shows in /proc/locks: one for each of the four. */
static void await_waiters(const char *const file[], int n)
{
	char line[256], inode[4][32];
	int seen;

	for (int i = 0; i < n; i++)
		snprintf(inode[i], sizeof inode[i], ":%s ", file[i]);
	for (int try = 0; try < 1000; try++) {
		FILE *f = fopen("/proc/locks", "re");

		seen = 0;
		while (f && fgets(line, sizeof line, f))
			for (int i = 0; i < n; i++)
				seen += strstr(line, "->") && strstr(line, inode[i]);
		if (f)
			fclose(f);
		if (seen >= n)
			return;
		usleep(10000);
	}
}

static pthread_mutex_t *shared; /* NULL: the ring is of files alone */

static void share_mutex(void)
{
	pthread_mutexattr_t kind;

	shared = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(shared == MAP_FAILED ? -1 : 0, "mmap");
	pthread_mutexattr_init(&kind);
	pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(shared, &kind);
}

/* Until it waits in futex(2), as far as we may see that. */
static void await_futex(pid_t pid)
{
	char path[64], line[64] = "";

	snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
	for (int try = 0; try < 1000; try++) {
		FILE *f = fopen(path, "re");
		bool told = f && fgets(line, sizeof line, f);

		if (f)
			fclose(f);
		if (!told || atoi(line) == SYS_futex)
			return;
		usleep(10000);
	}
}

/* What first has and second wants: of a file, or in memory. */
static void take_common(int fd)
{
	if (shared)
		pthread_mutex_lock(shared);
	else
		check(flock(fd, LOCK_EX), "ring");
}

/* Has one, and once the other one has his, wants that. */
static void wait_in_ring(bool first, int ready, int go)
{
	int own = open_file(first ? COMMON : RECORD), other = open_file(first ? RECORD : COMMON);
	int told = shared && !first ? 0 : other;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (first)
		take_common(own);
	else
		check(lock(own, F_SETLK, F_WRLCK), "ring");
	if (write(ready, &told, sizeof told) != sizeof told || read(go, &c, 1) != 1)
		_exit(1);
	if (first)
		lock(other, F_SETLKW, F_WRLCK);
	else
		take_common(other);
	_exit(1);
}

static int ring(void)
{
	int ready[2], go[2], fd[2];
	char inode[2][24], line[64];
	pid_t kid[2];

	check(pipe(ready), "pipe");
	check(pipe(go), "pipe");
	for (int i = 0; i < 2; i++) {
		struct stat st;

		check(fstat(open_file(i ? COMMON : RECORD), &st), "stat");
		snprintf(inode[i], sizeof inode[i], "%llu", (unsigned long long)st.st_ino);
	}
	for (int i = 0; i < 2; i++) {
		kid[i] = check(fork(), "fork");
		if (!kid[i])
			wait_in_ring(!i, ready[1], go[0]);
		check((int)read(ready[0], &fd[i], sizeof fd[i]), "ready");
	}
	check((int)write(go[1], "12", 2), "go");
	await_waiters((const char *const[]){inode[0], inode[1]}, shared ? 1 : 2);
	if (shared)
		await_futex(kid[1]);
	printf("pid=%d first=%d second=%d first_fd=%d second_fd=%d\n", (int)getpid(), (int)kid[0],
		(int)kid[1], fd[0], fd[1]);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	for (int i = 0; i < 2; i++)
		kill(kid[i], SIGKILL);
	unlink(below(COMMON));
	unlink(below(RECORD));
	rmdir(folder);
	return 0;
}

int main(int argc, char **argv)
{
	char line[64], text[FILES][24];
	int ready[2], ofd, inherited;
	pthread_t thread;
	struct stat st;
	pid_t kid;

	alarm(120);
	snprintf(folder, sizeof folder, "/tmp/sp_locks.XXXXXX");
	check(mkdtemp(folder) ? 0 : -1, folder);
	if (argc > 1 && !strcmp(argv[1], "mixed_ring"))
		share_mutex();
	if (argc > 1)
		return ring();
	check(pipe(ready), "pipe");
	ofd = open_file(OFD);
	check(lock(ofd, F_OFD_SETLK, F_WRLCK), "ofd");
	check(lock(open_file(RECORD), F_SETLK, F_WRLCK), "record");
	check(lock(open_file(READ), F_OFD_SETLK, F_RDLCK), "read");
	check(flock(open_file(COMMON), LOCK_EX), "common");
	inherited = open_file(INHERITED);
	check(flock(inherited, LOCK_EX), "inherited");
	kid = check(fork(), "fork");
	if (!kid)
		child(ready[1], ofd);
	close(inherited);
	check((int)read(ready[0], line, 1), "child");
	pthread_create(&thread, NULL, wait_mixed, NULL);
	pthread_create(&thread, NULL, wait_inherited, NULL);
	printf("pid=%d child=%d", (int)getpid(), (int)kid);
	for (int f = 0; f < FILES; f++) {
		stat(below(f), &st);
		snprintf(text[f], sizeof text[f], "%llu", (unsigned long long)st.st_ino);
		printf(" %s=%s", name[f], text[f]);
	}
	await_waiters(
		(const char *const[]){text[OFD], text[MIXED], text[RECORD], text[INHERITED]}, 4);
	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	kill(kid, SIGKILL);
	for (int f = 0; f < FILES; f++)
		unlink(below(f));
	rmdir(folder);
	return 0;
}
