/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings of which only the device tells what they are, each an address, 0 where it is not to be
 * had here:
 *
 *   memfd, memfd_private     memfd_create(2), mapped shared, and private and writable
 *   secret                   memfd_secret(2)
 *   huge_shared              reserved huge pages: anonymous and shared,
 *   huge_private, huge_memfd … private; of a memfd. None is ever touched, so none need be free
 *   sysv                     a System V segment that is marked for removal
 *   code, plugin             a file in a memfd, mapped as a library is: its code and data
 *   jit                      a memfd mapped shared and executable
 *   look_memfd, look_zero, look_sysv, look_huge
 *                            deleted files of a file system that bear the others' names
 *   look_shm                 a file of such a path that is no POSIX shared memory
 *   literal, newline         files in the folder named: a backslash and 012, and a newline
 *
 * sp_origins memfd|shm: the program runs from a memfd, or from a file in /dev/shm that it removes;
 * prints addresses in its own text, rodata, data and bss.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL_MEMFD_SECRET 447
#define HUGE		  (2u << 20)
#define ANYHOW		  (MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE)

static int data = 42;
static char bss[16 * 4096];
static const char rodata[] = "constants of the program";
static size_t page;

static void *map(int fd, size_t size, int protection, int flags)
{
	void *p = mmap(NULL, size, protection, flags, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* A page of the file; takes over the descriptor. */
static void *map_file(int fd, int protection, int flags)
{
	void *p = fd < 0 || ftruncate(fd, (off_t)page) ? NULL : map(fd, page, protection, flags);

	if (fd >= 0)
		close(fd);
	return p;
}

static void *map_memfd(int protection, int flags)
{
	return map_file(memfd_create("origins", MFD_CLOEXEC), protection, flags);
}

static void say(const char *key, const void *at)
{
	printf(" %s=%#jx", key, (uintmax_t)(uintptr_t)at);
}

static void say_memory(void)
{
	const int rw = PROT_READ | PROT_WRITE;
	int id = shmget(IPC_PRIVATE, page, IPC_CREAT | 0600), fd;
	void *segment = shmat(id, NULL, 0);

	shmctl(id, IPC_RMID, NULL);
	say("memfd", map_memfd(rw, MAP_SHARED));
	say("memfd_private", map_memfd(rw, MAP_PRIVATE));
	say("secret", map_file((int)syscall(CALL_MEMFD_SECRET, O_CLOEXEC), rw, MAP_SHARED));
	say("huge_shared", map(-1, HUGE, rw, MAP_SHARED | ANYHOW));
	say("huge_private", map(-1, HUGE, rw, MAP_PRIVATE | ANYHOW));
	fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
	say("huge_memfd", fd < 0 || ftruncate(fd, HUGE)
				  ? NULL
				  : map(fd, HUGE, rw, MAP_SHARED | MAP_NORESERVE));
	say("sysv", segment == (void *)-1 ? NULL : segment);
	say("jit", map_memfd(PROT_READ | PROT_EXEC, MAP_SHARED));
	fd = memfd_create("plugin", MFD_CLOEXEC);
	say("code", ftruncate(fd, (off_t)page) ? NULL
					       : map(fd, page, PROT_READ | PROT_EXEC, MAP_PRIVATE));
	say("plugin", map_file(fd, rw, MAP_PRIVATE));
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

/* A user namespace in which we are who we were. */
static int enter_user_namespace(void)
{
	unsigned uid = getuid(), gid = getgid();
	char map_of[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -1;
	snprintf(map_of, sizeof map_of, "%u %u 1", uid, uid);
	write_file("/proc/self/uid_map", map_of);
	write_file("/proc/self/setgroups", "deny");
	snprintf(map_of, sizeof map_of, "%u %u 1", gid, gid);
	write_file("/proc/self/gid_map", map_of);
	return 0;
}

/* Mounts a file system of memory at the folder, for us alone. */
static int mount_own(const char *folder)
{
	if (unshare(CLONE_NEWNS) && enter_user_namespace())
		return -1;
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return mount("origins", folder, "tmpfs", 0, NULL);
}

static void *map_named(const char *name, int remove)
{
	void *p = map_file(open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600), PROT_READ, MAP_SHARED);

	if (remove)
		unlink(name);
	return p;
}

/* Names that begin at the root of a file system which is then nowhere to be found. */
static void say_look_alikes(const char *folder)
{
	static const char *const keys[] = {
		"look_memfd", "look_zero", "look_sysv", "look_huge", "look_shm"};
	static const char *const names[] = {
		"memfd:x", "dev/zero", "SYSV00000000", "anon_hugepage", "dev/shm/x"};
	int there = !mount_own(folder) && !chdir(folder) && !mkdir("dev", 0700) &&
		    !mkdir("dev/shm", 0700);
	void *at[5] = {NULL};

	for (int i = 0; there && i < 5; i++)
		at[i] = map_named(names[i], i < 4);
	if (!chdir("/"))
		umount2(folder, MNT_DETACH);
	for (int i = 0; i < 5; i++)
		say(keys[i], at[i]);
}

static void stay(void)
{
	char line[64];

	putchar('\n');
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
}

static void run_copy(const char *kind)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	char path[64], *argv[] = {(char *)"sp_origins", (char *)"again", path, NULL};
	struct stat st;

	snprintf(path, sizeof path, "/dev/shm/sp_origins.%d", (int)getpid());
	to = *kind == 'm' ? memfd_create("runme", MFD_CLOEXEC)
			  : open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0700);
	if (fstat(from, &st) || sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size)
		exit(1);
	if (*kind == 'm')
		fexecve(to, argv, environ);
	close(to);
	execv(path, argv);
	/* A file system from which nothing may be run. */
	unlink(path);
	printf("pid=%d text=0", (int)getpid());
	stay();
	exit(0);
}

static void be_copy(const char *path)
{
	unlink(path);
	bss[5 * 4096] = (char)++data;
	printf("pid=%d", (int)getpid());
	say("text", (void *)(uintptr_t)be_copy);
	say("rodata", rodata);
	say("data", &data);
	say("bss", bss + 5 * 4096);
	stay();
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/sp_origins.XXXXXX";

	alarm(120);
	page = (size_t)sysconf(_SC_PAGESIZE);
	if (argc > 2) {
		be_copy(argv[2]);
		return 0;
	}
	if (argc > 1)
		run_copy(argv[1]);
	if (!mkdtemp(folder) || chdir(folder))
		return 1;
	printf("pid=%d folder=%s", (int)getpid(), folder);
	say_memory();
	say("literal", map_named("a\\012b", 0));
	say("newline", map_named("a\nb", 0));
	unlink("a\\012b");
	unlink("a\nb");
	say_look_alikes(folder);
	rmdir(folder);
	stay();
	return 0;
}
