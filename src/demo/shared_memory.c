/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shared-memory: the ways in which processes share memory that both write.
 *
 * fork shares pages only until somebody writes. What is mapped MAP_SHARED stays one memory: an
 * anonymous mapping, a POSIX object, a System V segment, a memfd. Each is written by the child and
 * read by the parent; nothing is copied. What has a name can be had by strangers, too: a program
 * that inherits nothing opens it, at an address of its own.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define PAGE  4096
#define PAGES 4
#define BYTES (PAGES * PAGE)

enum { ANONYMOUS, POSIX, SYSTEM_V, MEMFD, WAYS };
static volatile char *memory[WAYS];
static int orders[2], answers[2];

static void *map_object(int fd)
{
	void *at = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, BYTES))
		at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	return at;
}

/* Of that name, which is ours: none else has our number. */
static void *map_posix(char name[32])
{
	snprintf(name, 32, "/twintop-demo-%d", (int)getpid());
	return map_object(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
}

/* Marked for removal at once: it lives as long as it is attached. */
static void *map_system_v(void)
{
	int id = shmget(IPC_PRIVATE, BYTES, IPC_CREAT | 0600);
	void *at = id < 0 ? MAP_FAILED : shmat(id, NULL, 0);

	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	return at;
}

static void write_pages(volatile char *at)
{
	for (int i = 0; i < PAGES; i++)
		at[i * PAGE]++;
}

static void child_run(void)
{
	char which;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(orders[1]);
	while (read(orders[0], &which, 1) == 1) {
		write_pages(memory[(int)which]);
		if (write(answers[1], "", 1) != 1)
			break;
	}
	_exit(0);
}

static void let_child_write(char which)
{
	char c;

	if (write(orders[1], &which, 1) != 1 || read(answers[0], &c, 1) != 1)
		exit(1);
}

/* The child writes it: what the row of that mapping says then. */
static void show(int way, const char *caption, const char *mechanism)
{
	char path[96];

	step("%s", caption);
	step_ask("How many of its 4 pages are copied by that?");
	step_view("sharing");
	snprintf(path, sizeof path, "pair.mappings[start=%p].pages.copied",
		(void *)(size_t)memory[way]);
	step_expect(path, "0", "pages of it that were copied:");
	snprintf(path, sizeof path, "pair.mappings[start=%p].mechanism",
		(void *)(size_t)memory[way]);
	step_expect(path, mechanism, "the mapping of both is");
	snprintf(path, sizeof path, "pair.mappings[start=%p].pages.shared_memory",
		(void *)(size_t)memory[way]);
	step_expect(path, "4", "pages that are one memory:");
	step_wait();
	let_child_write((char)way);
}

/* This program once more, started with the name of an object. */
static int stranger_run(const char *name)
{
	volatile char *at = map_object(shm_open(name, O_RDWR, 0));

	prctl(PR_SET_NAME, "stranger");
	if (at == (volatile char *)MAP_FAILED)
		return 1;
	write_pages(at);
	if (write(STDOUT_FILENO, "", 1) != 1)
		return 1;
	for (;;)
		pause();
}

/*
 * Its standard output is a pipe of ours, which says when it has come so far: then the object needs
 * its name no more.
 */
static pid_t start_stranger(char *name)
{
	char program[] = "shared-memory", *const words[] = {program, name, NULL}, c;
	int ready[2];
	pid_t child;
	bool there;

	if (pipe(ready))
		exit(1);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ready[1], STDOUT_FILENO);
		execv("/proc/self/exe", words);
		_exit(127);
	}
	close(ready[1]);
	there = child > 0 && read(ready[0], &c, 1) == 1;
	shm_unlink(name);
	if (!there)
		exit(1);
	close(ready[0]);
	return child;
}

static void show_stranger(void)
{
	volatile char *at;
	pid_t stranger;
	char name[32];

	step("Another program comes, that inherits none of this: exec has taken it away. It opens "
	     "a "
	     "new POSIX object by its name, which is all that it knows, and writes it.");
	step_ask("Must it be at the same address for both?");
	step_view("sharing");
	step_expect("pair.mechanisms[mechanism=posix_shm].common_bytes", "16384",
		"bytes in common by POSIX objects:");
	step_expect("pair.pages.cow_shared", "0", "pages shared since fork:");
	step_wait();
	at = map_posix(name);
	stranger = start_stranger(name);

	step("No: here it is at %p, there where the kernel found room. The frames are the same, "
	     "and "
	     "'%d' is what it wrote. It ends.",
		(void *)(size_t)at, at[0]);
	step_view("memory");
	step_point("%p", (void *)(size_t)at);
	step_wait();
	kill(stranger, SIGKILL);
	waitpid(stranger, NULL, 0);
}

int main(int argc, char **argv)
{
	char name[32];
	pid_t child;

	if (argc > 1)
		return stranger_run(argv[1]);

	memory[ANONYMOUS] =
		mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memory[POSIX] = map_posix(name);
	shm_unlink(name);
	memory[SYSTEM_V] = map_system_v();
	memory[MEMFD] = map_object(memfd_create("demo", MFD_CLOEXEC));
	for (int i = 0; i < WAYS; i++)
		if (memory[i] == (volatile char *)MAP_FAILED)
			return 1;
	if (pipe(orders) || pipe(answers))
		return 1;
	step("Four pieces of shared memory are mapped. fork() comes next: the child has them, "
	     "too.");
	step_view("memory");
	step_expect("pair.relation", "child", "the new process is the program's");
	step_wait();
	child = fork();
	if (child == 0)
		child_run();
	close(orders[0]);
	close(answers[1]);
	write_pages(memory[ANONYMOUS]);
	show(ANONYMOUS,
		"The child writes an anonymous mapping, made by MAP_SHARED before the fork.",
		"shared_anonymous");
	show(POSIX,
		"The child writes a POSIX object: shm_open gives it a name, so that strangers "
		"could open it.",
		"posix_shm");
	show(SYSTEM_V, "The child writes a System V segment: a number for the whole machine.",
		"sysv_shm");
	show(MEMFD, "The child writes a memfd: a file without a name, passed on by its descriptor.",
		"memfd");
	show_stranger();
	step_done();
	step("That was all: all of it was written by both, and nothing was copied.");
	step_wait();
	close(orders[1]);
	waitpid(child, NULL, 0);
	return memory[MEMFD][0] != 1;
}
