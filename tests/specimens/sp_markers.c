/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that are no pages: the kernel marks them as if they were in swap, and they are not. The
 * array is private, anonymous and written, but for
 *
 *   guard      guarded by madvise(MADV_GUARD_INSTALL), Linux 6.13
 *   poison     poisoned by userfaultfd(2), Linux 6.6
 *   protected  in "shared", which is MAP_SHARED: untouched and protected by userfaultfd
 *
 * each a number of pages, 0 where the kernel or our rights do not offer it. A child of fork has
 * the array, too. Prints pid, child, array, shared, pages and those numbers.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES	  64u
#define GUARDS	  5u
#define POISONED  3u
#define PROTECTED 4u

/* Newer than the installed headers may be. */
#define GUARD_INSTALL 102
#define USER_FAULTS   1
struct fault_range {
	uint64_t start, len;
};
struct fault_api {
	uint64_t api, features, ioctls;
};
struct fault_register {
	struct fault_range range;
	uint64_t mode, ioctls;
};
struct fault_poison {
	struct fault_range range;
	uint64_t mode;
	int64_t updated;
};
struct fault_protect {
	struct fault_range range;
	uint64_t mode;
};
#define API	       _IOWR(0xaa, 0x3f, struct fault_api)
#define REGISTER       _IOWR(0xaa, 0, struct fault_register)
#define PROTECT	       _IOWR(0xaa, 6, struct fault_protect)
#define POISON	       _IOWR(0xaa, 8, struct fault_poison)
#define API_VERSION    0xaau
#define FEATURE_POISON (1u << 14)
#define FEATURE_SHMEM  (1u << 12) /* protects file memory, too */
#define MODE_MISSING   1u
#define MODE_PROTECT   2u

static size_t page;

static char *map(unsigned pages, int flags)
{
	char *p = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	madvise(p, pages * page, MADV_NOHUGEPAGE);
	return p;
}

/* A userfaultfd that may do these things with a range, or -1. */
static int faults_of(char *start, unsigned pages, uint64_t features, uint64_t mode)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | USER_FAULTS);
	struct fault_api api = {.api = API_VERSION, .features = features};
	struct fault_register range = {{(uintptr_t)start, pages * page}, mode, 0};

	if (fd < 0 || ioctl(fd, API, &api) || ioctl(fd, REGISTER, &range))
		return -1;
	return fd;
}

static unsigned poison(char *start, unsigned pages)
{
	struct fault_poison p = {.range = {(uintptr_t)start, pages * page}};
	int fd;

	if (madvise(start, pages * page, MADV_DONTNEED))
		return 0;
	fd = faults_of(start, pages, FEATURE_POISON, MODE_MISSING);
	return fd >= 0 && !ioctl(fd, POISON, &p) ? pages : 0;
}

static unsigned protect(char *start, unsigned pages)
{
	struct fault_protect p = {{(uintptr_t)start, pages * page}, 1};
	int fd = faults_of(start, pages, FEATURE_SHMEM, MODE_PROTECT);

	return fd >= 0 && !ioctl(fd, PROTECT, &p) ? pages : 0;
}

int main(void)
{
	unsigned guard, poisoned, protected;
	char *array, *shared, line[64];
	pid_t child;

	alarm(120);
	page = (size_t)sysconf(_SC_PAGESIZE);
	array = map(PAGES, MAP_PRIVATE);
	shared = map(PROTECTED, MAP_SHARED);
	memset(array, 1, PAGES * page);
	guard = madvise(array + 10 * page, GUARDS * page, GUARD_INSTALL) ? 0 : GUARDS;
	poisoned = poison(array + 20 * page, POISONED);
	protected = protect(shared, PROTECTED);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	printf("pid=%d child=%d array=%p shared=%p pages=%u guard=%u poison=%u protected=%u\n",
		(int)getpid(), (int)child, (void *)array, (void *)shared, PAGES, guard, poisoned,
		protected);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	kill(child, SIGKILL);
	return 0;
}
