/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reach.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int directory[REACH_FOLDERS] = {-1, -1};

static const char *from_environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value ? value : otherwise;
}

const char *reach_program(void)
{
	const char *path = from_environment("TWINTOP", "src/twintop"), *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void reach_open(void)
{
	const char *program = from_environment("TWINTOP", "src/twintop");
	char folder[4096];

	snprintf(folder, sizeof folder, "%.*s.", (int)(strlen(program) - strlen(reach_program())),
		program);
	if (directory[REACH_PROGRAM] < 0)
		directory[REACH_PROGRAM] = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory[REACH_SPECIMENS] < 0)
		directory[REACH_SPECIMENS] = open(from_environment("SPECIMENS", "tests/specimens"),
			O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* A shell has what it runs in the background ignore some signals: programs begin without that. */
static void heed_signals(void)
{
	static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		signal(ends[i], SIG_DFL);
}

void reach_exec(enum reach_folder folder, const char *name, char *const argv[])
{
	reach_open();
	heed_signals();
	syscall(SYS_execveat, directory[folder], name, argv, environ, 0);
}
