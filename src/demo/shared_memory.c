/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shared-memory: the ways in which processes share memory that both write.
 *
 * fork shares pages only until somebody writes. What is mapped MAP_SHARED stays one memory: an
 * anonymous mapping, a POSIX object, a System V segment, a memfd. Each is written by the child and
 * read by the parent; nothing is copied.
 */
#include <fcntl.h>
#include <signal.h>
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

static void *map_posix(void)
{
	char name[32];
	void *at;

	snprintf(name, sizeof name, "/twintop-demo-%d", (int)getpid());
	at = map_object(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
	shm_unlink(name);
	return at;
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
	step_view("sharing");
	snprintf(path, sizeof path, "pair.mappings[start=%p].mechanism",
		(void *)(size_t)memory[way]);
	step_expect(path, mechanism, "the mapping of both is");
	snprintf(path, sizeof path, "pair.mappings[start=%p].pages.shared_memory",
		(void *)(size_t)memory[way]);
	step_expect(path, "4", "pages that are one memory:");
	snprintf(path, sizeof path, "pair.mappings[start=%p].pages.copied",
		(void *)(size_t)memory[way]);
	step_expect(path, "0", "pages of it that were copied:");
	step_wait();
	let_child_write((char)way);
}

int main(void)
{
	pid_t child;

	memory[ANONYMOUS] =
		mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memory[POSIX] = map_posix();
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
	step_expect("pair.relation", "child", "B is A's");
	step_wait();
	child = fork();
	if (child == 0)
		child_run();
	close(orders[0]);
	close(answers[1]);
	write_pages(memory[ANONYMOUS]);
	show(ANONYMOUS, "The child writes an anonymous mapping that both share by fork alone.",
		"shared_anonymous");
	show(POSIX,
		"The child writes a POSIX object: shm_open gives it a name, so that strangers "
		"could "
		"open it.",
		"posix_shm");
	show(SYSTEM_V, "The child writes a System V segment: a number for the whole machine.",
		"sysv_shm");
	show(MEMFD, "The child writes a memfd: a file without a name, passed on by its descriptor.",
		"memfd");
	step_done();
	step("That was all: all of it was written by both, and nothing was copied.");
	step_wait();
	close(orders[1]);
	waitpid(child, NULL, 0);
	return memory[MEMFD][0] != 1;
}
