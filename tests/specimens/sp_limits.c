/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors and names at the limits of what the kernel tells:
 *
 *   sp_limits paths    a file (fd, offset 77) and a directory (dir) are open whose paths are longer
 *                      than PATH_MAX; child has opened the file anew under the same number
 *   sp_limits numbers  an eventfd (event) whose count, and a file (mem) whose offset is beyond 63
 * bits sp_limits overlay  files on an overlay whose inode numbers are beyond 63 bits (root alone):
 * fd0 and fd1, mapped at at0 and at1, with ino0 and ino1; else unsupported=1 sp_limits names    its
 * name, a thread's and a file's (fd) hold codes that turn a terminal about
 *
 * Prints pid and what stands in brackets, and waits for the end of its input.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH	 25 /* folders of 200 letters: 5000 bytes of path */
#define EVENTS	 18446744073709551614u
#define ADDRESS	 0xffff800000000000u
#define HIDDEN	 "\xc2\x9b\x7f\xe2\x80\xae" /* C1, DEL, a bidi override: 6 bytes */
#define SEPARATE "\xe2\x80\xa8\xe2\x80\x8b" /* a separator of lines, a zero-width space */

static int check(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "sp_limits: %s: %s\n", what, strerror(errno));
		exit(1);
	}
	return result;
}

static void wait_for_end(void)
{
	char c;

	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
}

static int make_file(const char *path)
{
	int fd = check(open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600), path);

	check(ftruncate(fd, 4096), "ftruncate");
	return fd;
}

static char folder[] = "/tmp/sp_limits.XXXXXX";

static void enter_folder(void)
{
	if (!mkdtemp(folder))
		check(-1, "mkdtemp");
	check(chdir(folder), "chdir");
}

/* ---- paths ----------------------------------------------------------------- */

static char name[201];

/* Each folder from within: no path of ours is that long. */
static void leave_depth(void)
{
	for (int i = 0; i < DEPTH; i++) {
		check(chdir(".."), "chdir");
		check(rmdir(name), "rmdir");
	}
}

static void child_of_paths(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	check(open("file", O_RDWR), "open");
	for (;;)
		pause();
}

static void paths(void)
{
	int fd, dir;
	pid_t child;

	memset(name, 'd', sizeof name - 1);
	enter_folder();
	for (int i = 0; i < DEPTH; i++) {
		check(mkdir(name, 0700), "mkdir");
		check(chdir(name), "chdir");
	}
	close(make_file("file"));
	dir = check(open(".", O_RDONLY | O_DIRECTORY), "open");
	child = check(fork(), "fork");
	if (!child)
		child_of_paths();
	fd = check(open("file", O_RDWR), "open");
	check((int)lseek(fd, 77, SEEK_SET), "lseek");
	usleep(100000); /* until the child has opened it, too: under the same number */
	printf("pid=%d child=%d fd=%d dir=%d\n", (int)getpid(), (int)child, fd, dir);
	wait_for_end();
	kill(child, SIGKILL);
	unlink("file");
	leave_depth();
}

/* ---- numbers --------------------------------------------------------------- */

static void numbers(void)
{
	uint64_t count = EVENTS;
	int event = check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
	int mem = check(open("/proc/self/mem", O_RDONLY | O_CLOEXEC), "mem");

	check((int)write(event, &count, sizeof count), "write");
	if (lseek(mem, (off_t)ADDRESS, SEEK_SET) == -1 && errno)
		check(-1, "lseek");
	printf("pid=%d event=%d count=%" PRIu64 " mem=%d offset=%" PRIu64 "\n", (int)getpid(),
		event, (uint64_t)EVENTS, mem, (uint64_t)ADDRESS);
	wait_for_end();
}

/* Three layers, each with a file system of its own, in a mount namespace of ours. */
static int mount_overlay(void)
{
	static const char *const dirs[] = {"1", "2", "3", "m"};

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("limits", folder, "tmpfs", 0, "size=4m") || chdir(folder))
		return -1;
	for (int i = 0; i < 4; i++)
		if (mkdir(dirs[i], 0700) ||
			(i < 3 && mount("limits", dirs[i], "tmpfs", 0, "size=1m")))
			return -1;
	close(make_file("3/a"));
	close(make_file("3/b"));
	return mount("limits", "m", "overlay", 0, "lowerdir=1:2:3,xino=on");
}

static void overlay(void)
{
	static const char *const file[] = {"m/a", "m/b"};

	if (!mkdtemp(folder))
		check(-1, "mkdtemp");
	if (mount_overlay()) {
		printf("pid=%d unsupported=1\n", (int)getpid());
		wait_for_end();
		return;
	}
	printf("pid=%d", (int)getpid());
	for (int i = 0; i < 2; i++) {
		int fd = check(open(file[i], O_RDONLY | O_CLOEXEC), file[i]);
		void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
		struct stat st;

		check(fstat(fd, &st), "fstat");
		printf(" fd%d=%d at%d=%p ino%d=%" PRIu64, i, fd, i, at, i, (uint64_t)st.st_ino);
	}
	printf("\n");
	wait_for_end();
}

/* ---- names ----------------------------------------------------------------- */

static void *sleep_on(void *unused)
{
	prctl(PR_SET_NAME, "t" HIDDEN SEPARATE);
	for (;;)
		pause();
	return unused;
}

static void names(void)
{
	pthread_t thread;
	int fd;

	enter_folder();
	fd = make_file("f" HIDDEN SEPARATE);
	prctl(PR_SET_NAME, "p" HIDDEN SEPARATE);
	pthread_create(&thread, NULL, sleep_on, NULL);
	usleep(50000);
	printf("pid=%d fd=%d\n", (int)getpid(), fd);
	wait_for_end();
	unlink("f" HIDDEN SEPARATE);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} kind[] = {{"paths", paths}, {"numbers", numbers}, {"overlay", overlay}, {"names", names}};

	for (size_t i = 0; argc == 2 && i < sizeof kind / sizeof *kind; i++) {
		if (strcmp(argv[1], kind[i].name) != 0)
			continue;
		kind[i].run();
		if (chdir("/") == 0)
			rmdir(folder);
		return 0;
	}
	fprintf(stderr, "usage: sp_limits paths|numbers|overlay|names\n");
	return 2;
}
