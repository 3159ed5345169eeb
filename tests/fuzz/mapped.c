/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mapped.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "twintop/model/part_table.h"

static struct proc_root *root;
static struct symbols *symbols;
static uint64_t times;

struct symbols *mapped_symbols(void)
{
	if (!root && proc_root_open(NULL, &root))
		abort();
	if (!symbols)
		symbols = symbols_new(root);
	return symbols;
}

static void map_and_try(int fd, const char *path, size_t size,
	void (*try)(const struct symbols_target *target, void *context), void *context)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	struct mapping m = {.start = (uintptr_t)at, .flags = MAPPING_READ | MAPPING_EXEC};
	struct memory_map *memory =
		part_make(PART_MAPPINGS); /* symbols hold a reference for longer */
	const struct symbols_target target = {
		{.pid = getpid(), .start_ticks = ++times}, getpid(), memory, false};
	struct stat stat;

	if (at == MAP_FAILED || fstat(fd, &stat))
		abort();
	m.end = m.start + (size + 4095) / 4096 * 4096;
	m.path = text_of(path);
	m.inode = stat.st_ino;
	m.device_major = major(stat.st_dev);
	m.device_minor = minor(stat.st_dev);
	m.kind = MAPPING_LIBRARY_CODE;
	memory->n = 1;
	memory->mapping = &m;
	try(&target, context);
	memory->n = 0;
	part_put(memory);
	munmap(at, size);
}

void mapped_try(const uint8_t *data, size_t size,
	void (*try)(const struct symbols_target *target, void *context), void *context)
{
	char path[] = "/tmp/twintop-fuzz-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	map_and_try(fd, path, size, try, context);
	unlink(path);
	close(fd);
}
