/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twintop/base/io.h"
#include "twintop/base/privilege.h"

bool own_folder(const char *variable, const char *otherwise, struct textbuf *out)
{
	const char *named = getenv(variable), *home = getenv("HOME");

	if (privilege_raised())
		return false;
	if (named && *named == '/')
		textbuf_addf(out, "%s/twintop", named);
	else if (home && *home == '/')
		textbuf_addf(out, "%s/%s/twintop", home, otherwise);
	else
		return false;
	return true;
}

/* Whether that may be read as a file of ours; of a pipe nobody may write the other end. */
static int check(int fd, size_t most)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return -EPERM;
	return st.st_size > (off_t)most ? -EFBIG : 0;
}

int own_read(const char *path, size_t most, struct textbuf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), error;

	if (fd < 0)
		return -errno;
	error = check(fd, most);
	if (!error)
		error = io_read(fd, most, out);
	close(fd);
	return error;
}

/* The folder, opened; one that is a link in its last part is none. */
static int open_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid())
		return fd;
	close(fd);
	return -EPERM;
}

/* Makes the last part of a path, where the folder that it is in is ours. */
static void make_one(const char *path)
{
	const char *slash = strrchr(path, '/');
	char above[PATH_MAX];
	int fd;

	if (!slash || slash == path || (size_t)(slash - path) >= sizeof above)
		return;
	memcpy(above, path, (size_t)(slash - path));
	above[slash - path] = '\0';
	fd = open_folder(above);
	if (fd < 0)
		return;
	mkdirat(fd, slash + 1, 0700);
	close(fd);
}

/* Makes it and those above it that are not there, from the first that is ours on. */
static void make_folder(const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	for (size_t i = 1; i <= len && i < sizeof part; i++)
		if (path[i] == '/' || !path[i]) {
			memcpy(part, path, i);
			part[i] = '\0';
			make_one(part);
		}
}

int own_replace(const char *folder, const char *name, struct text bytes)
{
	char fresh[64];
	int dir, fd, error;

	make_folder(folder);
	dir = open_folder(folder);
	if (dir < 0)
		return dir;
	snprintf(fresh, sizeof fresh, ".new-%ld", (long)getpid());
	unlinkat(dir, fresh, 0); /* of one that had our number and was killed */
	fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	error = fd < 0 ? -errno : io_write(fd, bytes.bytes, bytes.len);
	if (fd >= 0 && close(fd) < 0 && !error)
		error = -errno;
	if (!error && renameat(dir, fresh, dir, name) < 0)
		error = -errno;
	if (error && fd >= 0)
		unlinkat(dir, fresh, 0);
	close(dir);
	return error;
}
