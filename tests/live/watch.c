/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "twintop/base/clock.h"
#include "twintop/compare/compare.h"
#include "twintop/proc/caps.h"
#include "twintop/proc/kcmp.h"
#include "twintop/proc/libproc.h"
#include "twintop/proc/maps.h"
#include "twintop/proc/pages.h"

struct watch {
	struct proc_root *root;
	struct access access;
	struct page_reader *pages;
	struct process_reader *process;
	struct comparer *comparer;
	const struct process_info *info[2];
	const struct memory_map *memory[2];
	bool ended[2];
	const struct pair *pair;
};

struct watch *watch_new(const char *deny)
{
	struct watch *w = mem_alloc(sizeof *w);

	assert_int_equal(proc_root_open(NULL, &w->root), 0);
	assert_int_equal(caps_probe(w->root, deny, &w->access), 0);
	assert_int_equal(page_reader_new(w->root, &w->access, 0, &w->pages), 0);
	assert_int_equal(process_reader_new(w->root, &w->process), 0);
	w->comparer = comparer_new();
	return w;
}

void watch_free(struct watch *w)
{
	for (int i = 0; i < 2; i++) {
		part_put(w->info[i]);
		part_put(w->memory[i]);
	}
	part_put(w->pair);
	comparer_free(w->comparer);
	process_reader_free(w->process);
	page_reader_free(w->pages);
	proc_root_close(w->root);
	free(w);
}

const struct access *watch_access(const struct watch *w)
{
	return &w->access;
}

static bool read_maps(struct watch *w, pid_t pid, struct text exe, struct memory_map *m)
{
	int fd = proc_open(w->root, O_RDONLY, "%d/maps", (int)pid), error = fd;

	if (fd >= 0) {
		error = maps_read(fd, exe, m);
		close(fd);
	}
	return !error && m->n;
}

/* Reads a side's record and mappings; the pages of both come after. */
static struct memory_map *begin_side(struct watch *w, int i, pid_t pid, struct page_target *target)
{
	const struct process_info *info;
	struct memory_map *m = part_new(sizeof *m);

	assert_int_equal(process_read(w->process, pid, w->info[i], &info), 0);
	if (info->part.state == VALUE_KNOWN && read_maps(w, pid, info->exe, m)) {
		part_put(w->info[i]);
		w->info[i] = info;
		target->memory = m;
		target->pagemap_fd = proc_open(w->root, O_RDONLY, "%d/pagemap", (int)pid);
		target->before = w->memory[i];
		target->pid = pid;
		return m;
	}
	part_put(info);
	part_put(m);
	w->ended[i] = true;
	return NULL;
}

static void read_sides(struct watch *w, const pid_t *pid, int n)
{
	struct page_target target[2] = {{0}};
	struct memory_map *m[2] = {NULL};
	uint64_t cpu_ns = clock_thread_cpu_ns();

	for (int i = 0; i < n; i++)
		m[i] = begin_side(w, i, pid[i], &target[i]);
	if (m[0])
		pages_read(w->pages, &target[0], m[1] ? &target[1] : NULL);
	else if (m[1])
		pages_read(w->pages, &target[1], NULL);
	for (int i = 0; i < n; i++) {
		if (!m[i])
			continue;
		if (target[i].pagemap_fd >= 0)
			close(target[i].pagemap_fd);
		part_seal(&m[i]->part, cpu_ns, 0);
		part_put(w->memory[i]);
		w->memory[i] = m[i];
	}
}

const struct pair *watch_take(struct watch *w, pid_t a, pid_t b)
{
	pid_t pid[2] = {a, b};
	struct shares shares = {0};
	struct snapshot s = {.sides = b ? 2 : 1, .access = w->access, .shares = &shares};

	read_sides(w, pid, b ? 2 : 1);
	for (int i = 0; i < (int)s.sides; i++) {
		assert_non_null(w->info[i]);
		s.side[i].id = w->info[i]->id;
		s.side[i].tid = pid[i];
		s.side[i].info = w->info[i];
		s.side[i].memory = w->memory[i];
		s.side[i].ending.ended = w->ended[i];
	}
	if (b)
		kcmp_shares(a, b, &shares);
	part_put(w->pair);
	w->pair = comparer_pair(w->comparer, &s);
	return w->pair;
}

bool watch_is_vast(struct watch *w, pid_t pid)
{
	const struct process_info *info;
	bool vast;

	assert_int_equal(process_read(w->process, pid, NULL, &info), 0);
	vast = info->vm_bytes > 1ull << 40;
	part_put(info);
	return vast;
}

const struct memory_map *watch_memory(const struct watch *w, int side)
{
	return w->memory[side];
}

size_t watch_count(const struct watch *w, uint64_t start, size_t n, enum page_verdict v)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (pair_verdict(w->pair, start + i * page_bytes()) & ~VERDICT_FRESH) ==
			 (unsigned)v;
	return count;
}

size_t watch_fresh(const struct watch *w, uint64_t start, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (pair_verdict(w->pair, start + i * page_bytes()) & VERDICT_FRESH) != 0;
	return count;
}
