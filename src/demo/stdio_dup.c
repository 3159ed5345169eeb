/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stdio-dup: printed once, and it is in the file twice.
 *
 * fprintf() writes into a buffer in the process's memory; the kernel sees it when that is flushed,
 * at the latest by exit(). fork() between the two copies the buffer as it copies all memory, and
 * both twins flush it. The file's position, which they share, shows how much has been written.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define TEXT "hello\n" /* 6 bytes */

static int go[2];

static void child_run(FILE *file)
{
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(go[1]);
	while (read(go[0], &c, 1) < 0 && errno == EINTR)
		;
	_exit(fflush(file) != 0); /* what exit() does, but for this file alone */
}

static pid_t start(FILE *file)
{
	pid_t child;

	if (pipe(go))
		exit(1);
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0)
		child_run(file);
	close(go[0]);
	return child;
}

/* The child ends, and flushes its buffer. */
static void let_end(pid_t child)
{
	close(go[1]);
	waitpid(child, NULL, 0);
}

static void show_twice(FILE *file, const char *position)
{
	pid_t child;

	step("The program prints 6 bytes to a file, without flushing them.");
	step_ask("How much is in the file?");
	step_view("files");
	step_point("deleted");
	step_expect(position, "0", "the file's position:");
	step_wait();
	fputs(TEXT, file);

	step("Nothing: the bytes are in a buffer of the program. fork() comes next.");
	step_view("files");
	step_point("deleted");
	step_expect("pair.relation", "child", "the new process is the program's");
	step_expect(position, "0", "the file's position:");
	step_wait();
	child = start(file);

	step("The child ends, and flushes what is in its buffer.");
	step_ask("What is in the file then? And when the parent has flushed its own?");
	step_view("files");
	step_point("deleted");
	step_expect(position, "6", "the file's position:");
	step_wait();
	let_end(child);

	step("The parent flushes its buffer, too.");
	step_view("files");
	step_point("deleted");
	step_expect(position, "12", "the file's position:");
	step_wait();
	fflush(file);
}

static void show_cure(FILE *file, const char *position)
{
	pid_t child;

	step("Printed once, written twice. The cure: print again, flush, and only then fork.");
	step_view("files");
	step_point("deleted");
	step_expect(position, "18", "the file's position:");
	step_wait();
	fputs(TEXT, file);
	fflush(file);
	child = start(file);

	step("Child and parent flush their buffers.");
	step_ask("How many bytes does that write?");
	step_view("files");
	step_point("deleted");
	step_expect(position, "+0", "the file's position, more:");
	step_wait();
	let_end(child);
	fflush(file);
}

int main(void)
{
	FILE *file = tmpfile();
	char position[80];

	if (!file)
		return 1;
	snprintf(position, sizeof position, "processes[pid=%d].fds[fd=%d].offset", (int)getpid(),
		fileno(file));
	show_twice(file, position);
	show_cure(file, position);
	step_done();
	step("None: the buffers were empty. That was all: on a terminal a newline flushes, and "
	     "hides all this.");
	step_wait();
	return ftell(file) != 3 * (long)strlen(TEXT);
}
