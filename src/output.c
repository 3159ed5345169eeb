/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What recordings are written to. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"
#include "twintop/base/privilege.h"

#define TERMINAL "that is a terminal: give a file, or a pipe to a program that reads it"
#define MAGIC	 "\x28\xb5\x2f\xfd" /* what a zstd frame begins with */

static bool is_empty(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_size == 0;
}

static bool is_recording(int fd)
{
	char begin[sizeof MAGIC - 1];

	return pread(fd, begin, sizeof begin, 0) == sizeof begin &&
	       !memcmp(begin, MAGIC, sizeof begin);
}

static bool is_file(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

/* A pipe that nobody reads would be waited for, or read by ourselves. */
static int open_path(const char *path)
{
	struct stat st;
	bool pipe = !stat(path, &st) && S_ISFIFO(st.st_mode);
	int fd = pipe ? open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
		      : open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

	return fd < 0 ? -errno : fd;
}

/* Why it is no file to write to; NULL: it is. */
static const char *refusal(int fd, bool anew)
{
	if (isatty(fd))
		return TERMINAL;
	if (!is_file(fd) || is_empty(fd))
		return NULL;
	if (!is_recording(fd))
		return "that file is there and is no recording: choose another name";
	if (anew)
		return "that recording is there already: choose another name";
	return ftruncate(fd, 0) ? strerror(errno) : NULL;
}

int output_open(const char *path, bool anew, const char **ret_why)
{
	int fd;

	if (recording_is_stream(path)) {
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		*ret_why = fd < 0 ? strerror(errno) : isatty(fd) ? TERMINAL : NULL;
	} else if (privilege_raised()) {
		*ret_why = "twintop has rights beyond yours and writes no files with them";
		return -EPERM;
	} else {
		fd = open_path(path);
		*ret_why = fd == -ENXIO ? "nobody reads from there: start its reader first"
			   : fd < 0	? strerror(-fd)
					: refusal(fd, anew);
	}
	if (!*ret_why)
		return fd;
	if (fd >= 0)
		close(fd);
	return -EINVAL;
}

bool output_is_file(int fd)
{
	return is_file(fd);
}
