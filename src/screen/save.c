/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saves a file by a process of its own: a folder may be on a file server that is dead. */
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/base/errand.h"
#include "twintop/base/io.h"

#define NUMBERS 10000

static void name_of(char *path, size_t room, const char *folder, unsigned number)
{
	snprintf(path, room, "%s/twintop-%u.svg", folder, number);
}

/* ---- the process ----------------------------------------------------------- */

static int write_file(const char *path, const struct textbuf *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), error;

	if (fd < 0)
		return -errno;
	error = io_write(fd, text->bytes, text->len);
	if (close(fd) && !error)
		error = -errno;
	if (error)
		unlink(path); /* half a picture is none */
	return error;
}

/* The first free name of twintop-1.svg, twintop-2.svg … */
_Noreturn static void save_main(int fd, const char *folder, const struct textbuf *text)
{
	struct save_result result = {.error = -EEXIST};
	char path[SAVE_PATH_MAX];
	ssize_t written;

	while (result.error == -EEXIST && ++result.number < NUMBERS) {
		name_of(path, sizeof path, folder, result.number);
		result.error = write_file(path, text);
	}
	written = write(fd, &result, sizeof result);
	_exit(written == (ssize_t)sizeof result ? 0 : 1);
}

/* ---- who waits for it ------------------------------------------------------ */

int save_begin(struct save *s, const char *folder, const struct textbuf *text)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	s->pid = errand_fork("twintop-save", fd[1], fd[1]);
	if (s->pid == 0)
		save_main(fd[1], folder, text);
	close(fd[1]);
	if (s->pid < 0) {
		int error = -errno;

		close(fd[0]);
		return error;
	}
	s->fd = fd[0];
	s->begun_ns = clock_monotonic_ns();
	s->folder = folder;
	return 0;
}

bool save_runs(const struct save *s)
{
	return s->pid > 0;
}

int save_fd(const struct save *s)
{
	return save_runs(s) ? s->fd : -1;
}

bool save_take(struct save *s, char path[SAVE_PATH_MAX], int *ret_error)
{
	struct save_result result = {.number = 1, .error = -EIO};
	ssize_t n = save_runs(s) ? read(s->fd, &result, sizeof result) : -1;

	if (n < 0)
		return false;
	name_of(path, SAVE_PATH_MAX, s->folder, result.number);
	*ret_error = result.error;
	close(s->fd);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
	return true;
}
