/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sp_life: what processes go through, one thing at a time, each when it is told to. It is a
 * subreaper. "pid=N"; each command is answered with a line that has the pid, too.
 *   fork             a child that waits: "child=N"
 *   grandchild       that child forks one of its own that waits: "grandchild=N"
 *   signal N         the child gets it
 *   end CODE, reap   the child ends; it is waited for
 *   trace, untrace   ptrace(2) of the child
 *   write KIND N     the child writes N more pages of what the fork left in common: heap, data or
 *                    anonymous memory (anon); or of what both share for good (shared)
 *   open N, close    N descriptors of /dev/null: "first=N"; all of them
 *   map N, unmap     N mappings of 1, 2, 3 … pages: "largest=0xN"; all of them
 *   grow             the heap
 *   act N HOW        signal N is to be: default, ignored, caught
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	  4096u
#define PAGES	  64u  /* of each kind */
#define MOST	  2048 /* descriptors, mappings */
#define GROW_STEP (1 << 20)

struct order {
	char what; /* e: end; g: fork; w: write */
	char kind; /* h, d, a, s */
	unsigned n;
};

static volatile unsigned char data[(PAGES + 1) * PAGE] = {1};
static volatile unsigned char *memory[4];
static unsigned written[4];
static pid_t child, grandchild;
static int orders[2], answers[2];
static int fd[MOST], fd_n;
static struct {
	void *at;
	size_t size;
} map[MOST];
static int map_n;

static void answer(const char *key, intmax_t value)
{
	printf("pid=%d %s=%jd\n", (int)getpid(), key, value);
	fflush(stdout);
}

static void on_signal(int number)
{
	(void)number;
}

/* ---- the child ------------------------------------------------------------- */

static __attribute__((noinline)) void write_pages(char kind, unsigned n)
{
	unsigned k = kind == 'h' ? 0 : kind == 'd' ? 1 : kind == 'a' ? 2 : 3;

	for (unsigned i = 0; i < n && written[k] < PAGES; i++)
		memory[k][written[k]++ * PAGE]++;
}

static void child_main(void)
{
	struct order o;
	pid_t pid = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* What writing itself needs is its own from now on: counters, and with the first order
	 * stack. */
	for (const char *kind = "hda"; *kind; kind++)
		write_pages(*kind, 1);
	if (write(answers[1], &pid, sizeof pid) != sizeof pid)
		_exit(1);
	while (read(orders[0], &o, sizeof o) == sizeof o) {
		if (o.what == 'e')
			_exit((int)o.n);
		if (o.what == 'w')
			write_pages(o.kind, o.n);
		if (o.what == 'g')
			pid = fork();
		if (o.what == 'g' && !pid) {
			alarm(120);
			pause();
			_exit(0);
		}
		if (write(answers[1], &pid, sizeof pid) != sizeof pid)
			break;
	}
	_exit(0);
}

static pid_t order(char what, char kind, unsigned n)
{
	const struct order o = {what, kind, n};
	pid_t pid = 0;

	if (write(orders[1], &o, sizeof o) != sizeof o)
		exit(1);
	if (what != 'e' && read(answers[0], &pid, sizeof pid) != sizeof pid)
		exit(1);
	return pid;
}

/* It can be stopped once it is sure to die with us. */
static void fork_child(void)
{
	pid_t ready;

	if (pipe(orders) || pipe(answers))
		exit(1);
	child = fork();
	if (!child) {
		/* Of a group that is not orphaned, whoever started us: else SIGTSTP stops nobody.
		 */
		setpgid(0, 0);
		child_main();
	}
	if (read(answers[0], &ready, sizeof ready) != sizeof ready)
		exit(1);
	/* Once all the way: what waiting and obeying themselves copy is copied before it is told
	 * of. */
	order('w', 's', 0);
	answer("child", child);
}

static void reap_child(void)
{
	int status = 0;

	waitpid(child, &status, 0);
	child = 0;
	answer("status", status);
}

/* An orphan is ours once its parent has ended. */
static void end_and_reap(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void untrace(void)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, child, 0, 0) || waitpid(child, &status, 0) != child)
		exit(1);
	answer("untraced", ptrace(PTRACE_DETACH, child, 0, 0));
}

/* ---- itself ---------------------------------------------------------------- */

static void open_many(int n)
{
	while (n-- > 0 && fd_n < MOST)
		fd[fd_n++] = open("/dev/null", O_RDONLY);
	answer("first", fd[0]);
}

static void close_all(void)
{
	while (fd_n)
		close(fd[--fd_n]);
	answer("closed", 0);
}

/* Apart from each other: of two that touch the kernel makes one. */
static void map_many(int n)
{
	for (int i = 0; i < n && map_n < MOST; i++, map_n++) {
		size_t size = (size_t)(i + 1) * PAGE;
		char *p = mmap(NULL, size + 2 * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			exit(1);
		munmap(p, PAGE);
		munmap(p + PAGE + size, PAGE);
		map[map_n].at = p + PAGE;
		map[map_n].size = size;
	}
	printf("pid=%d largest=%p\n", (int)getpid(), map[map_n - 1].at);
	fflush(stdout);
}

static void unmap_all(void)
{
	while (map_n) {
		map_n--;
		munmap(map[map_n].at, map[map_n].size);
	}
	answer("unmapped", 0);
}

static void act(int number, const char *how)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	if (!strcmp(how, "ignored"))
		action.sa_handler = SIG_IGN;
	else if (!strcmp(how, "caught"))
		action.sa_handler = on_signal;
	answer("acted", sigaction(number, &action, NULL));
}

static void obey(const char *word, const char *value, const char *more)
{
	int n = atoi(value);

	if (!strcmp(word, "fork"))
		fork_child();
	else if (!strcmp(word, "grandchild"))
		answer("grandchild", grandchild = order('g', 0, 0));
	else if (!strcmp(word, "signal"))
		answer("sent", kill(child, n));
	else if (!strcmp(word, "end"))
		answer("sent", order('e', 0, (unsigned)n));
	else if (!strcmp(word, "reap"))
		reap_child();
	else if (!strcmp(word, "trace"))
		answer("traced", ptrace(PTRACE_SEIZE, child, 0, 0));
	else if (!strcmp(word, "untrace"))
		untrace();
	else if (!strcmp(word, "write"))
		answer("wrote", order('w', *value, (unsigned)atoi(more)));
	else if (!strcmp(word, "open"))
		open_many(n);
	else if (!strcmp(word, "close"))
		close_all();
	else if (!strcmp(word, "map"))
		map_many(n);
	else if (!strcmp(word, "unmap"))
		unmap_all();
	else if (!strcmp(word, "grow"))
		answer("grown", sbrk(GROW_STEP) != (void *)-1);
	else if (!strcmp(word, "act"))
		act(n, more);
	else
		exit(1);
}

/* So that its pages are there when the fork comes. */
static volatile unsigned char *touched(volatile unsigned char *at)
{
	at = (volatile unsigned char *)(((uintptr_t)at + PAGE - 1) / PAGE * PAGE);
	for (unsigned i = 0; i < PAGES; i++)
		at[i * PAGE] = 1;
	return at;
}

int main(void)
{
	char line[64], word[32], value[32], more[32];
	void *anonymous = mmap(NULL, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *shared = mmap(NULL, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	void *heap = sbrk((PAGES + 1) * PAGE);

	alarm(120);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setvbuf(stdin, NULL, _IONBF, 0);
	if (anonymous == MAP_FAILED || shared == MAP_FAILED || heap == (void *)-1)
		return 1;
	madvise(anonymous, (PAGES + 1) * PAGE, MADV_NOHUGEPAGE);
	memory[0] = touched(heap);
	memory[1] = touched(data);
	memory[2] = touched(anonymous);
	memory[3] = touched(shared);
	printf("pid=%d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		*value = *more = '\0';
		if (sscanf(line, "%31s %31s %31s", word, value, more) >= 1)
			obey(word, value, more);
	}
	end_and_reap(child);
	end_and_reap(grandchild);
	_exit(0);
}
