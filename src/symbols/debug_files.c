/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "debug_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOME	     "/usr/lib/debug"
#define CHUNK	     (64u << 10)
#define CRC_REVERSED 0xedb88320u /* CRC-32 of .gnu_debuglink: the polynomial, lowest bit first */

static uint32_t crc_step(uint32_t crc, unsigned char byte)
{
	crc ^= byte;
	for (unsigned i = 0; i < 8; i++)
		crc = crc >> 1 ^ (crc & 1 ? CRC_REVERSED : 0);
	return crc;
}

static bool has_sum(int fd, uint32_t wanted)
{
	static unsigned char chunk[CHUNK];
	uint32_t table[256], crc = ~0u;
	off_t at = 0;
	ssize_t got;

	for (unsigned i = 0; i < 256; i++)
		table[i] = crc_step(i, 0);
	while ((got = pread(fd, chunk, sizeof chunk, at)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			crc = table[(crc ^ chunk[i]) & 0xff] ^ crc >> 8;
		at += got;
	}
	return got == 0 && ~crc == wanted;
}

/* A file with another build-id is not it; without one its sum has to tell. */
static bool is_wanted(int fd, const struct module_id *id, const uint32_t *crc)
{
	struct module_id found;

	if (id->n && module_id_of_file(fd, &found))
		return found.n == id->n && memcmp(found.bytes, id->bytes, id->n) == 0;
	return crc && has_sum(fd, *crc);
}

static bool is_trusted(const struct debug_files *d, const struct stat *stat)
{
	uid_t owner;

	return stat->st_uid == 0 ||
	       (mapped_owner(d->root, d->question->through, &owner) && stat->st_uid == owner);
}

static int open_there(
	struct debug_files *d, const char *path, const struct module_id *id, const uint32_t *crc)
{
	struct stat stat;
	int fd;

	if (d->directory < 0)
		d->directory = mapped_root(d->root, d->question->through);
	if (d->directory < 0)
		return -1;
	fd = mapped_open_in(d->root, d->directory, path, false, &stat);
	if (fd >= 0 && is_trusted(d, &stat) && is_wanted(fd, id, crc))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int open_here(const char *path, const struct module_id *id)
{
	struct stat stat;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && !fstat(fd, &stat) && S_ISREG(stat.st_mode) && is_wanted(fd, id, NULL))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* ".build-id/ab/cdef….debug" */
static int by_build_id(struct debug_files *d, const struct module_id *id)
{
	char path[sizeof HOME "/.build-id//.debug" + 2 * MODULE_ID_MOST];
	size_t len = (size_t)snprintf(path, sizeof path, HOME "/.build-id/%02x/", id->bytes[0]);
	int fd;

	if (id->n < 2)
		return -1;
	for (size_t i = 1; i < id->n; i++)
		len += (size_t)snprintf(path + len, sizeof path - len, "%02x", id->bytes[i]);
	snprintf(path + len, sizeof path - len, ".debug");
	fd = open_there(d, path, id, NULL);
	return fd >= 0 ? fd : open_here(path, id);
}

/* The places of a link: beside the module, in .debug there, and in the home of debug files. */
static int by_link(
	struct debug_files *d, const struct module_id *id, const char *link, const uint32_t *crc)
{
	static const struct {
		const char *before, *behind;
	} place[] = {{"", ""}, {"", "/.debug"}, {HOME, ""}};
	char path[PATH_MAX], name[2 * PATH_MAX];
	int folder, fd = -1;

	if (*link == '/')
		return open_there(d, link, id, crc);
	mapped_path(d->root, d->question, path);
	folder = (int)(strlen(path) - text_basename(text_of(path)).len);
	if (!folder)
		return -1;
	for (size_t i = 0; i < sizeof place / sizeof *place && fd < 0; i++) {
		/* Without the slash at its end. */
		int len = snprintf(name, sizeof name, "%s%.*s%s/%s", place[i].before, folder - 1,
			path, place[i].behind, link);

		if (len > 0 && (size_t)len < sizeof name)
			fd = open_there(d, name, id, crc);
	}
	return fd;
}

int debug_files_find(
	void *context, const struct module_id *id, const char *link, const uint32_t *crc)
{
	struct debug_files *d = context;
	int fd = id->n ? by_build_id(d, id) : -1;

	return fd < 0 && link ? by_link(d, id, link, crc) : fd;
}

void debug_files_close(struct debug_files *d)
{
	if (d->directory >= 0)
		close(d->directory);
	d->directory = -1;
}
