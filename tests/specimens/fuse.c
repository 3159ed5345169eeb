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
/* What the file holds, -1: zeros; what of it is never given, and whether all of it is so. */
static int content = -1;
static uint64_t content_bytes = FUSE_FILE_BYTES, hole_from, hole_to;
static bool mute;

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
		.size = folder ? 0 : content_bytes,
		.blocks = folder ? 0 : content_bytes / 512,
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

/* Zeros as many as are asked for, or what is there; nothing where it is never read. */
static void read_file(int device, uint64_t id, const struct fuse_read_in *r)
{
	static char bytes[FUSE_FILE_BYTES / 2];
	ssize_t n;

	if (content < 0) {
		answer(device, id, 0, NULL, r->size);
		return;
	}
	if (mute || (r->offset < hole_to && r->offset + r->size > hole_from))
		return;
	n = pread(
		content, bytes, r->size < sizeof bytes ? r->size : sizeof bytes, (off_t)r->offset);
	answer(device, id, n < 0 ? -errno : 0, bytes, n < 0 ? 0 : (size_t)n);
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
	/* What is read of a content is asked for each time. */
	const struct fuse_open_out opened = {
		.fh = 1, .open_flags = content < 0 ? 0 : FOPEN_DIRECT_IO};

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
		read_file(device, h->unique, body);
		break;
	case FUSE_SETATTR:
		answer(device, h->unique, 0, &attr, sizeof attr);
		break;
	case FUSE_WRITE:
		if (!mute)
			answer(device, h->unique, 0,
				&(struct fuse_write_out){
					.size = ((const struct fuse_write_in *)body)->size},
				sizeof(struct fuse_write_out));
		break;
	case FUSE_UNLINK:
		answer(device, h->unique, 0, NULL, 0);
		break;
	case FUSE_INTERRUPT: /* whoever waits is being killed */
		answer(device, ((const struct fuse_interrupt_in *)body)->unique, -EINTR, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
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

/* Of a content nothing more is given; else nobody is answered any more. */
static void be_dead(int die, const char *folder)
{
	char byte;

	if (content < 0 || read(die, &byte, 1) != 1)
		clean_up(die, folder);
	mute = true;
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
			be_dead(die, folder);
		n = read(device, in, sizeof in);
		if (n >= (ssize_t)sizeof *h)
			serve_one(device, h, in + sizeof *h);
	}
}

bool fuse_start_with(struct fuse *f, const char *path, uint64_t from, uint64_t to)
{
	struct stat st;

	content = open(path, O_RDONLY | O_CLOEXEC);
	if (content < 0 || fstat(content, &st))
		return false;
	content_bytes = (uint64_t)st.st_size;
	hole_from = from;
	hole_to = to;
	return fuse_start(f);
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
