/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pages_internal.h"
#include "twintop/proc/host.h"

/* struct pm_scan_arg of include/uapi/linux/fs.h, Linux 6.7. */
struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define SCAN_IOCTL _IOWR('f', 16, struct scan_arg)

int pages_pread(int fd, uint64_t start, size_t n, uint64_t *entry)
{
	off_t at = (off_t)(start / host_page_bytes() * sizeof *entry);
	size_t want = n * sizeof *entry, got = 0;

	while (got < want) {
		ssize_t part = pread(fd, (char *)entry + got, want - got, at + (off_t)got);

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -errno;
		/* fs/proc/task_mmu.c: pagemap_read() gives nothing once the mm has no users. */
		if (part == 0)
			return -ESRCH;
		got += (size_t)part;
	}
	return 0;
}

ssize_t pages_scan(int fd, uint64_t start, uint64_t *end, uint64_t mask, uint64_t anyof,
	struct pages_region *region, size_t room)
{
	struct scan_arg arg = {
		.size = sizeof arg,
		.start = start,
		.end = *end,
		.vec = (uintptr_t)region,
		.vec_len = room,
		.max_pages = PAGES_BITE,
		.category_mask = mask,
		.category_anyof_mask = anyof,
		.return_mask = mask | anyof | PAGES_IS_PFNZERO,
	};
	uint64_t pages = 0;
	int n;

	do
		n = ioctl(fd, SCAN_IOCTL, &arg);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		pages += (region[i].end - region[i].start) / host_page_bytes();
	if (n && ((size_t)n == room || pages >= PAGES_BITE))
		*end = region[n - 1].end;
	return n;
}

int pages_scan_side(struct page_reader *r, struct page_side *side, uint64_t start, uint64_t *end)
{
	uint64_t anyof = PAGES_IS_PRESENT | PAGES_IS_SWAPPED;
	int fd = side->target->pagemap_fd;
	ssize_t n = -EINVAL;

	if (r->scan_guard)
		n = pages_scan(
			fd, start, end, 0, anyof | PAGES_IS_GUARD, side->region, PAGES_REGIONS);
	if (n == -EINVAL) {
		r->scan_guard = false;
		n = pages_scan(fd, start, end, 0, anyof, side->region, PAGES_REGIONS);
	}
	if (n < 0)
		return (int)n;
	side->regions_n = (size_t)n;
	return 0;
}
