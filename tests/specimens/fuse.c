/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char in[FUSE_FILE_BYTES], out[FUSE_FILE_BYTES];

static void answer(int device, uint64_t id, int error, const void *data, size_t n)
{
	struct fuse_out_header h = {(uint32_t)(sizeof h + n), error, id};
	ssize_t written;

	memcpy(out, &h, sizeof h);
	if (data)
		memcpy(out + sizeof h, data, n);
	else
		memset(out + sizeof h, 0, n);
	written = write(device, out, sizeof h + n);
	(void)written; /* who asked may have gone */
}

static struct fuse_attr attributes(uint64_t node)
{
	const bool folder = node == 1;

	return (struct fuse_attr){
		.ino = node,
		.size = folder ? 0 : FUSE_FILE_BYTES,
		.blocks = folder ? 0 : FUSE_FILE_BYTES / 512,
		.nlink = 1,
		.mode = folder ? S_IFDIR | 0755 : S_IFREG | 0644,
		.blksize = 4096,
	};
}

static void look_up(int device, uint64_t id, const char *name)
{
	struct fuse_entry_out entry = {.nodeid = 2, .attr_valid = 1000, .attr = attributes(2)};

	if (strcmp(name, "f") != 0)
		answer(device, id, -ENOENT, NULL, 0);
	else
		answer(device, id, 0, &entry, sizeof entry);
}

static void serve_one(int device, const struct fuse_in_header *h, const void *body)
{
	const struct fuse_init_out init = {.major = 7,
		.minor = 31,
		.max_readahead = 65536,
		.max_write = 4096,
		.max_background = 10,
		.congestion_threshold = 8};
	const struct fuse_attr_out attr = {.attr_valid = 1000, .attr = attributes(h->nodeid)};
	const struct fuse_open_out opened = {.fh = 1};

	switch (h->opcode) {
	case FUSE_INIT:
		answer(device, h->unique, 0, &init, sizeof init);
		break;
	case FUSE_LOOKUP:
		look_up(device, h->unique, body);
		break;
	case FUSE_GETATTR:
		answer(device, h->unique, 0, &attr, sizeof attr);
		break;
	case FUSE_OPEN:
		answer(device, h->unique, 0, &opened, sizeof opened);
		break;
	case FUSE_READ:
		answer(device, h->unique, 0, NULL, ((const struct fuse_read_in *)body)->size);
		break;
	case FUSE_UNLINK:
		answer(device, h->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(device, h->unique, -ENOSYS, NULL, 0);
	}
}

/* Until the other end of the pipe is closed, by fuse_stop() or by the death of whom we serve. */
_Noreturn static void clean_up(int die, const char *folder)
{
	char byte;

	while (read(die, &byte, 1) > 0)
		;
	umount2(folder, MNT_DETACH);
	rmdir(folder);
	_exit(0);
}

_Noreturn static void serve(int device, int die, const char *folder)
{
	const struct fuse_in_header *h = (const void *)in;
	struct pollfd p[2] = {{.fd = device, .events = POLLIN}, {.fd = die, .events = POLLIN}};

	for (;;) {
		ssize_t n;

		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			clean_up(die, folder);
		n = read(device, in, sizeof in);
		if (n >= (ssize_t)sizeof *h)
			serve_one(device, h, in + sizeof *h);
	}
}

bool fuse_start(struct fuse *f)
{
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC), go[2];
	char options[128];

	*f = (struct fuse){.folder = "/tmp/twintop-fuse-XXXXXX"};
	if (device < 0 || pipe2(go, O_CLOEXEC) || !mkdtemp(f->folder))
		return false;
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		device);
	if (mount("twintop", f->folder, "fuse", MS_NOSUID | MS_NODEV, options)) {
		rmdir(f->folder);
		return false;
	}
	snprintf(f->path, sizeof f->path, "%s/f", f->folder);
	f->die = go[1];
	f->server = fork();
	if (!f->server) {
		close(go[1]);
		setsid(); /* what is sent to our group is not for it */
		serve(device, go[0], f->folder);
	}
	close(device);
	close(go[0]);
	return f->server > 0;
}

void fuse_die(const struct fuse *f)
{
	if (write(f->die, "x", 1) != 1)
		exit(1);
}

void fuse_stop(struct fuse *f)
{
	close(f->die);
	waitpid(f->server, NULL, 0);
}
