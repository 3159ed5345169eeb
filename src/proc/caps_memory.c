/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "caps_internal.h"
#include "twintop/model/page.h"
#include "twintop/proc/host.h"

/* linux/fs.h, 6.7 and 6.11: newer than the headers that we may be built with. */
struct scan_region {
	uint64_t start, end, categories;
};
struct scan_argument {
	uint64_t size, flags, start, end, walk_end, regions, regions_n, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define SCAN_IOCTL	  _IOWR('f', 16, struct scan_argument)
#define SCAN_PAGE_PRESENT (1u << 3)

struct query_argument {
	uint64_t size, flags, address, start, end, vma_flags, page_size, offset, inode;
	uint32_t device_major, device_minor, name_size, build_id_size;
	uint64_t name, build_id;
};
#define QUERY_IOCTL _IOWR('f', 17, struct query_argument)

/* /proc/PID/pagemap holds 8 bytes a page, by address. 0 or negative errno. */
static int read_word(int fd, uint64_t index, uint64_t *ret_word)
{
	ssize_t got = pread(fd, ret_word, sizeof *ret_word, (off_t)(index * sizeof *ret_word));

	if (got < 0)
		return -errno;
	return got == sizeof *ret_word ? 0 : -EIO;
}

/* One present page must come back as one region. */
static enum value_state probe_scan(int pagemap_fd, uint64_t page)
{
	struct scan_region region = {0};
	struct scan_argument scan = {
		.size = sizeof scan,
		.start = page,
		.end = page + host_page_bytes(),
		.regions = (uintptr_t)&region,
		.regions_n = 1,
		.category_mask = SCAN_PAGE_PRESENT,
		.return_mask = SCAN_PAGE_PRESENT,
	};
	int n = ioctl(pagemap_fd, SCAN_IOCTL, &scan);

	if (n < 0)
		return caps_state_of_error(-errno);
	return n == 1 && region.start == page ? VALUE_KNOWN : VALUE_UNSUPPORTED;
}

static enum value_state probe_query(const struct proc_root *root, uint64_t page)
{
	struct query_argument query = {.size = sizeof query, .address = page};
	int fd = proc_open(root, O_RDONLY, "self/maps");
	int error;

	if (fd < 0)
		return caps_state_of_error(fd);
	error = ioctl(fd, QUERY_IOCTL, &query) < 0 ? -errno : 0;
	close(fd);
	if (error)
		return caps_state_of_error(error);
	return query.start <= page && page < query.end ? VALUE_KNOWN : VALUE_UNSUPPORTED;
}

/* /proc/kpagecount and /proc/kpageflags, by frame; our page has a mapping, so neither is 0. */
static enum value_state probe_frame_file(
	const struct proc_root *root, const char *name, uint64_t frame)
{
	uint64_t word = 0;
	int fd = proc_open(root, O_RDONLY, "%s", name);
	int error;

	if (fd < 0)
		return caps_state_of_error(fd);
	error = read_word(fd, frame, &word);
	close(fd);
	if (error)
		return caps_state_of_error(error);
	return word || !frame ? VALUE_KNOWN : VALUE_UNSUPPORTED;
}

static void probe_page(const struct proc_root *root, uint64_t page, struct access *access)
{
	uint64_t entry = 0, frame;
	int fd = proc_open(root, O_RDONLY, "self/pagemap");
	int error = fd < 0 ? fd : read_word(fd, page / host_page_bytes(), &entry);
	enum value_state state = caps_state_of_error(error);

	if (!error && !(entry & PAGE_PRESENT))
		state = VALUE_UNSUPPORTED;
	frame = entry & PAGE_FRAME;
	access->state[ACCESS_PAGEMAP] = state;
	/* Without CAP_SYS_ADMIN frame numbers read as 0. */
	access->state[ACCESS_FRAMES] = state == VALUE_KNOWN && !frame ? VALUE_DENIED : state;
	access->state[ACCESS_PAGEMAP_SCAN] = state == VALUE_KNOWN ? probe_scan(fd, page) : state;
	access->state[ACCESS_PAGE_COUNT] = probe_frame_file(root, "kpagecount", frame);
	access->state[ACCESS_PAGE_FLAGS] = probe_frame_file(root, "kpageflags", frame);
	if (fd >= 0)
		close(fd);
}

/* n fresh anonymous pages, or NULL. */
static volatile char *map_pages(size_t n)
{
	void *p = mmap(NULL, n * host_page_bytes(), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void caps_probe_memory(const struct proc_root *root, struct access *access)
{
	volatile char *page = map_pages(1);

	if (!page)
		return;
	*page = 1;
	probe_page(root, (uintptr_t)page, access);
	access->state[ACCESS_PROCMAP_QUERY] = probe_query(root, (uintptr_t)page);
	munmap((void *)page, host_page_bytes());
}

/* Untouched pages that are only read all map one frame: two that agree are the zero page. */
static uint64_t frame_of_untouched(int pagemap_fd, volatile const char *page)
{
	uint64_t at = (uintptr_t)page / host_page_bytes(), first = 0, second = 0;

	if (page[0] || page[host_page_bytes()])
		return 0;
	if (read_word(pagemap_fd, at, &first) || read_word(pagemap_fd, at + 1, &second))
		return 0;
	if (!(first & PAGE_PRESENT) || !(second & PAGE_PRESENT))
		return 0;
	return (first & PAGE_FRAME) == (second & PAGE_FRAME) ? first & PAGE_FRAME : 0;
}

static int open_own_pagemap(const struct proc_root *root)
{
	bool begun = caps_begin_self();
	int fd = proc_open(root, O_RDONLY, "self/pagemap");

	caps_end_self(begun);
	return fd;
}

uint64_t caps_zero_frame(const struct proc_root *root, const struct access *access)
{
	volatile char *page;
	uint64_t frame = 0;
	int fd;

	if (access->state[ACCESS_FRAMES] != VALUE_KNOWN)
		return 0;
	fd = open_own_pagemap(root);
	if (fd < 0)
		return 0;
	page = map_pages(2);
	if (page) {
		frame = frame_of_untouched(fd, page);
		munmap((void *)page, 2 * host_page_bytes());
	}
	close(fd);
	return frame;
}
