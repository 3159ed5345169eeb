/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "twintop/base/clock.h"
#include "twintop/compare/compare.h"
#include "twintop/proc/host.h"
#include "twintop/proc/kcmp.h"
#include "twintop/proc/libproc.h"
#include "twintop/proc/maps.h"
#include "twintop/proc/pages.h"

struct watch {
	struct proc_root *root;
	struct access access;
	struct page_reader *page_reader;
	struct process_reader *process;
	struct comparer *comparer;
	const struct process_info *info[2];
	const struct memory_map *memory[2];
	const struct page_map *pages[2];
	bool ended[2];
	const struct pair *pair;
};

struct watch *watch_new(const char *deny)
{
	struct watch *w = mem_alloc(sizeof *w);

	assert_int_equal(proc_root_open(NULL, &w->root), 0);
	denied_probe(w->root, deny, &w->access);
	assert_int_equal(page_reader_new(w->root, &w->access, 0, &w->page_reader), 0);
	assert_int_equal(process_reader_new(w->root, &w->process), 0);
	w->comparer = comparer_new();
	return w;
}

void watch_free(struct watch *w)
{
	for (int i = 0; i < 2; i++) {
		part_put(w->info[i]);
		part_put(w->memory[i]);
		part_put(w->pages[i]);
	}
	part_put(w->pair);
	comparer_free(w->comparer);
	process_reader_free(w->process);
	page_reader_free(w->page_reader);
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
		error = maps_read(w->root, pid, fd, exe, m);
		close(fd);
	}
	return !error && m->n;
}

/* Reads a side's record and mappings; the pages of both come after. False: it has ended. */
static bool begin_side(struct watch *w, int i, pid_t pid, struct page_target *target)
{
	struct memory_map *m = part_make(PART_MAPPINGS);
	uint64_t cpu_ns = clock_thread_cpu_ns();
	const struct process_info *info;

	assert_int_equal(process_read(w->process, pid, pid, NEED_ALL, w->info[i], &info), 0);
	if (info->part.state == VALUE_KNOWN && read_maps(w, pid, info->exe, m)) {
		part_seal(&m->part, cpu_ns, 0);
		part_put(w->info[i]);
		part_put(w->memory[i]);
		w->info[i] = info;
		w->memory[i] = target->memory = m;
		target->pages = part_make(PART_PAGES);
		target->pagemap_fd = proc_open(w->root, O_RDONLY, "%d/pagemap", (int)pid);
		target->before = w->pages[i];
		target->pid = pid;
		return true;
	}
	part_put(info);
	part_put(m);
	w->ended[i] = true;
	return false;
}

static void read_sides(struct watch *w, const pid_t *pid, int n)
{
	struct page_target target[2] = {{0}};
	bool lives[2] = {false, false};

	for (int i = 0; i < n; i++)
		lives[i] = begin_side(w, i, pid[i], &target[i]);
	if (lives[0])
		pages_read(w->page_reader, &target[0], lives[1] ? &target[1] : NULL);
	else if (lives[1])
		pages_read(w->page_reader, &target[1], NULL);
	for (int i = 0; i < n; i++) {
		if (!lives[i])
			continue;
		if (target[i].pagemap_fd >= 0)
			close(target[i].pagemap_fd);
		part_put(w->pages[i]);
		w->pages[i] = target[i].pages;
	}
}

const struct pair *watch_take(struct watch *w, pid_t a, pid_t b)
{
	pid_t pid[2] = {a, b};
	struct shares *shares = part_make(PART_SHARES);
	struct snapshot *s = snapshot_new();

	s->sides = b ? 2 : 1;
	s->access = w->access;
	s->shares = shares;
	host_read(&s->host);
	read_sides(w, pid, b ? 2 : 1);
	for (int i = 0; i < (int)s->sides; i++) {
		assert_non_null(w->info[i]);
		s->side[i].id = w->info[i]->id;
		s->side[i].tid = pid[i];
		s->side[i].info = part_get(w->info[i]);
		s->side[i].memory = part_get(w->memory[i]);
		s->side[i].pages = part_get(w->pages[i]);
		s->side[i].ending.ended = w->ended[i];
	}
	if (b)
		kcmp_shares(a, b, shares);
	part_put(w->pair);
	w->pair = comparer_pair(w->comparer, s);
	part_put(s);
	return w->pair;
}

bool watch_is_vast(struct watch *w, pid_t pid)
{
	const struct process_info *info;
	bool vast;

	assert_int_equal(process_read(w->process, pid, pid, NEED_ALL, NULL, &info), 0);
	vast = info->vm_bytes > 1ull << 40;
	part_put(info);
	return vast;
}

const struct page_map *watch_pages(const struct watch *w, int side)
{
	return w->pages[side];
}

size_t watch_count(const struct watch *w, uint64_t start, size_t n, enum page_verdict v)
{
	const struct verdicts *all = w->pair->verdicts;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (verdicts_at(all, start + i * all->page_size) & ~VERDICT_FRESH) ==
			 (unsigned)v;
	return count;
}

size_t watch_fresh(const struct watch *w, uint64_t start, size_t n)
{
	const struct verdicts *all = w->pair->verdicts;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (verdicts_at(all, start + i * all->page_size) & VERDICT_FRESH) != 0;
	return count;
}
