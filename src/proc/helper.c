/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A helper process: what it does, and how it is asked. */
#include "helper_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hold_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/errand.h"
#include "twintop/model/page.h"
#include "twintop/proc/host.h"

/* ---- the helper: after fork nothing but what is async-signal-safe ---------- */

/* Whether pagemap tells of a page of the stretch that the process does not have, not even in swap.
 */
static bool lacks_page(int pagemap, const struct iovec *there)
{
	uint64_t entry[HELPER_BYTES / 4096 + 1], size = host_page_bytes();
	uint64_t first = (uintptr_t)there->iov_base / size;
	uint64_t n = ((uintptr_t)there->iov_base + there->iov_len - 1) / size - first + 1;

	if (!there->iov_len || there->iov_len > HELPER_BYTES ||
		pread(pagemap, entry, n * sizeof *entry, (off_t)(first * sizeof *entry)) !=
			(ssize_t)(n * sizeof *entry))
		return false;
	for (uint64_t i = 0; i < n; i++)
		if (!(entry[i] & (PAGE_PRESENT | PAGE_SWAPPED)))
			return true;
	return false;
}

/* So many of the first stretches may be read; all, where the kernel does not tell of pages. */
static size_t count_there(const struct proc_root *root, const struct helper_board *b)
{
	int pagemap = proc_open(root, O_RDONLY, "%d/pagemap", (int)b->pid);
	size_t n = 0;

	if (pagemap < 0)
		return b->n;
	while (n < b->n && !lacks_page(pagemap, &b->there[n]))
		n++;
	close(pagemap);
	return n;
}

/* The bytes of a stretch that came, or negative errno. */
static ssize_t read_stretch(int memory, const struct iovec *there, unsigned char *here)
{
	size_t len = 0;
	ssize_t got = 1;

	while (len < there->iov_len && got > 0) {
		got = pread(memory, here + len, there->iov_len - len,
			(off_t)((uintptr_t)there->iov_base + len));
		if (got > 0)
			len += (size_t)got;
	}
	if (len)
		return (ssize_t)len;
	return got < 0 ? -errno : got;
}

/*
 * A page that the process does not have is left alone: to read it would bring it in. By the file
 * and not by process_vm_readv(2), which gives the process copies of the pages that it shares since
 * a fork (the kernel pins them).
 */
int64_t helper_read_here(const struct proc_root *root, struct helper_board *b)
{
	size_t n = b->n = count_there(root, b);
	int memory = n ? proc_open(root, O_RDONLY, "%d/mem", (int)b->pid) : 0;
	int64_t len = 0;
	ssize_t got = 0;

	if (!n)
		return 0;
	if (memory < 0)
		return memory == -EACCES ? -EPERM : memory;
	for (size_t i = 0; i < n; i++) {
		got = read_stretch(memory, &b->there[i], b->data + len);
		len += got > 0 ? got : 0;
		if (got < (ssize_t)b->there[i].iov_len)
			break;
	}
	close(memory);
	if (len || got >= 0)
		return len || !b->there[0].iov_len ? len : -ESRCH; /* its memory is gone */
	return got == -EIO ? -EFAULT : got;
}

/* One entry of pagemap, for which the kernel takes the lock. */
static int64_t read_lock(const struct proc_root *root, struct helper_board *b)
{
	int fd = proc_open(root, O_RDONLY, "%s", b->name);
	int64_t answer;

	if (fd < 0)
		return fd;
	answer = pread(fd, b->data, sizeof(uint64_t), 0) < 0 ? -errno : 0;
	close(fd);
	return answer;
}

/* So many bytes as are asked for, from the offset on. */
static int64_t read_file(const struct proc_root *root, struct helper_board *b)
{
	int fd = proc_open(root, O_RDONLY, "%s", b->name);
	size_t len = 0;
	ssize_t got = 1;

	if (fd < 0)
		return fd;
	while (len < b->n && got > 0) {
		got = pread(fd, b->data + len, b->n - len, (off_t)(b->offset + len));
		if (got > 0)
			len += (size_t)got;
	}
	if (got < 0 && !len) {
		int error = -errno;

		close(fd);
		return error;
	}
	close(fd);
	return (int64_t)len;
}

/* O_PATH: the file itself is not opened. */
static int64_t read_fs_type(const struct proc_root *root, struct helper_board *b)
{
	int fd = proc_open(root, O_PATH, "%s", b->name);
	struct statfs fs;
	int64_t type;

	if (fd < 0)
		return fd;
	type = fstatfs(fd, &fs) ? -errno : (int64_t)(uint32_t)fs.f_type;
	close(fd);
	return type;
}

/* Whoever asks looks at the time, and ends the helper. */
static int64_t hold(const struct proc_root *root, struct helper_board *b)
{
	_Static_assert(sizeof(struct held) <= HELPER_BYTES, "it has room on the board");
	_Static_assert(offsetof(struct helper_board, data) % _Alignof(struct held) == 0, "aligned");
	return hold_here(root, b->pid, (pid_t)b->offset, 0, (struct held *)(void *)b->data);
}

static int64_t (*const job_table[])(const struct proc_root *root, struct helper_board *b) = {
	[HELPER_LOCK] = read_lock,
	[HELPER_MEMORY] = helper_read_here,
	[HELPER_FILE] = read_file,
	[HELPER_FS_TYPE] = read_fs_type,
	[HELPER_HOLD] = hold,
};

_Noreturn static void helper_main(const struct proc_root *root, int fd, struct helper_board *b)
{
	char byte;

	if (chdir("/"))
		_exit(1);
	while (read(fd, &byte, 1) == 1) {
		b->answer = job_table[b->job](root, b);
		if (write(fd, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

/* ---- who asks -------------------------------------------------------------- */

int helper_start(const struct proc_root *root, int keep_fd, struct helper *ret_helper)
{
	struct helper h = {0};
	int pair[2], error;

	h.board = mmap(
		NULL, sizeof *h.board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (h.board == MAP_FAILED)
		return -errno;
	error = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ? -errno : 0;
	if (error) {
		munmap(h.board, sizeof *h.board);
		return error;
	}
	h.fd = pair[0];
	h.pid = errand_fork("twintop-helper", pair[1], keep_fd);
	if (h.pid == 0)
		helper_main(root, pair[1], h.board);
	error = h.pid < 0 ? -errno : 0;
	close(pair[1]);
	if (error)
		helper_leave(&h);
	else
		*ret_helper = h;
	return error;
}

int helper_ask(const struct helper *h, uint64_t deadline_ns)
{
	uint64_t until = clock_monotonic_ns() + deadline_ns, now;
	struct pollfd p = {.fd = h->fd, .events = POLLIN};
	char byte = 0;

	if (send(h->fd, &byte, 1, MSG_NOSIGNAL) != 1)
		return -EPIPE;
	while ((now = clock_monotonic_ns()) < until) {
		int n = poll(&p, 1, (int)((until - now) / 1000000u) + 1);

		if (n > 0)
			return recv(h->fd, &byte, 1, 0) == 1 ? 0 : -EPIPE;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
	return -ETIMEDOUT;
}

void helper_leave(struct helper *h)
{
	close(h->fd);
	munmap(h->board, sizeof *h->board);
}
