/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program's file of any bytes, mapped by ourselves: whatever becomes of the process that reads
 * it, each of our addresses gets a name or a reason.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "twintop/symbols/symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ADDRESSES 96

static struct proc_root *root;
static struct symbols *symbols;
static uint64_t times;

static void open_once(void)
{
	if (root)
		return;
	if (proc_root_open(NULL, &root))
		abort();
	symbols = symbols_new(root);
}

/* Its begin, its end, and what lies between. */
static void ask(const struct mapping *m)
{
	const struct memory_map memory = {.n = 1, .mapping = (struct mapping *)(uintptr_t)m};
	const struct symbols_target target = {
		{.pid = getpid(), .start_ticks = ++times}, getpid(), &memory};
	uint64_t address[ADDRESSES];
	struct symbol symbol[ADDRESSES];
	struct arena arena = {0};

	for (unsigned i = 0; i < ADDRESSES; i++)
		address[i] = m->start + (m->end - m->start) / ADDRESSES * i + i % 3;
	symbols_ask(symbols, &target, address, ADDRESSES, &arena, symbol);
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (symbol[i].gap >= SYMBOL_GAPS || (!symbol[i].gap && !symbol[i].name.len) ||
			symbol[i].address != address[i])
			abort();
	arena_free(&arena);
}

static void map_and_ask(int fd, const char *path, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	struct mapping m = {.start = (uintptr_t)at, .flags = MAPPING_READ | MAPPING_EXEC};
	struct stat stat;

	if (at == MAP_FAILED || fstat(fd, &stat))
		abort();
	m.end = m.start + (size + 4095) / 4096 * 4096;
	m.path = text_of(path);
	m.inode = stat.st_ino;
	m.device_major = major(stat.st_dev);
	m.device_minor = minor(stat.st_dev);
	m.kind = MAPPING_LIBRARY_CODE;
	ask(&m);
	munmap(at, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/twintop-fuzz-XXXXXX";
	int fd;

	if (!size)
		return 0;
	open_once();
	fd = mkstemp(path);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	map_and_ask(fd, path, size);
	unlink(path);
	close(fd);
	return 0;
}
