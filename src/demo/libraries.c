/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libraries: one libc for two programs, in the same pages of memory.
 *
 * The child runs another program. All that the two have in common then are the files of their
 * libraries, the C library before all: at other addresses, but in the same frames, as the kernel
 * keeps a file's page once. Who writes such a page, as a debugger does for a breakpoint, pays for a
 * copy of its own.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static int go[2];

static void child_run(void)
{
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(go[1]);
	while (read(go[0], &c, 1) < 0 && errno == EINTR)
		;
	execlp("sleep", "sleep", "1000", (char *)NULL);
	_exit(127);
}

static pid_t start(void)
{
	pid_t child;

	if (pipe(go))
		exit(1);
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0)
		child_run();
	close(go[0]);
	return child;
}

/* Where the mapping begins that this address is in; 0: nowhere. */
static uintptr_t mapping_start(uintptr_t address)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t start, end, found = 0;

	while (maps && !found &&
		fscanf(maps, "%" SCNxPTR "-%" SCNxPTR "%*[^\n]", &start, &end) == 2)
		if (address >= start && address < end)
			found = start;
	if (maps)
		fclose(maps);
	return found;
}

/*
 * Writes what is there already, as a debugger writes a breakpoint: also where no program may. The
 * page remains what it was, and is a copy. False: this system does not allow that.
 */
static bool write_code(uintptr_t address)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char byte;
	bool done = fd >= 0 && pread(fd, &byte, 1, (off_t)address) == 1 &&
		    pwrite(fd, &byte, 1, (off_t)address) == 1;

	if (fd >= 0)
		close(fd);
	return done;
}

#define LIBRARIES "pair.mechanisms[mechanism=library].common_bytes"

static void show_copy(void)
{
	uintptr_t function = (uintptr_t)&close; /* of the C library, and called by both */
	char path[96];

	step("The parent writes to the library's code, as a debugger does for a breakpoint.");
	step_ask("Does `sleep` run the changed code?");
	step_view("memory");
	step_point("libc");
	snprintf(path, sizeof path, "processes.0.mappings[start=%p].pages.anonymous",
		(void *)mapping_start(function));
	step_expect(path, "1", "pages of it that are the parent's own now:");
	step_expect(LIBRARIES, ">0", "libraries in common, bytes:");
	step_wait();
	write_code(function);

	step("No: the parent has a copy of that one page. All the others are still one for both.");
	step_view("pages");
	step_point("%p", (void *)function);
	step_wait();
}

int main(void)
{
	char path[64];
	pid_t child;

	step("A child comes first, as fork makes it: all is the same.");
	step_view("memory");
	step_expect("pair.relation", "child", "the new process is the program's");
	step_wait();
	child = start();

	step("The child calls exec with `sleep`, another program.");
	step_ask("What do the two programs still have in common?");
	step_view("memory");
	step_point("libc");
	snprintf(path, sizeof path, "processes[pid=%d].comm", (int)child);
	step_expect(path, "sleep", "the child's name:");
	step_expect(LIBRARIES, ">0", "libraries in common, bytes:");
	step_expect("pair.pages.copied", "0", "pages that are copies of each other's:");
	step_wait();
	close(go[1]);

	if (write_code((uintptr_t)&main))
		show_copy();
	step("The parent ends it.");
	step_view("overview");
	snprintf(path, sizeof path, "processes[pid=%d].exit.signal", (int)child);
	step_expect(path, "15", "the signal that ended it:");
	step_wait();
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	step_done();
	step("That was all.");
	step_wait();
	return 0;
}
