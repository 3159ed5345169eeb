/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reading.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "twintop/base/clock.h"
#include "twintop/compare/marks.h"
#include "twintop/proc/maps.h"

void reading_open(struct reading *r, pid_t pid, size_t fd_share)
{
	*r = (struct reading){.pid = pid};
	assert_int_equal(proc_root_open(NULL, &r->root), 0);
	denied_probe(r->root, NULL, &r->access);
	assert_int_equal(page_reader_new(r->root, &r->access, 0, &r->page_reader), 0);
	assert_int_equal(thread_reader_new(r->root, &r->access, (struct task_id){.pid = pid},
				 fd_share, &r->reader),
		0);
}

/* As the sampler does: what denies the mappings denies the pages. */
static struct page_map *read_pages(struct reading *r, const struct memory_map *m)
{
	struct page_map *p = part_make(PART_PAGES);
	int error = m->part.error;
	int fd = error ? error : proc_open(r->root, O_RDONLY, "%d/pagemap", (int)r->pid);
	struct page_target target = {.memory = m, .pages = p, .pagemap_fd = fd, .pid = r->pid};

	if (error)
		part_seal(&p->part, clock_thread_cpu_ns(), error);
	else
		pages_read(r->page_reader, &target, NULL);
	if (fd >= 0)
		close(fd);
	return p;
}

static struct memory_map *read_maps(struct reading *r)
{
	struct memory_map *m = part_make(PART_MAPPINGS);
	uint64_t cpu = clock_thread_cpu_ns();
	struct textbuf exe = {0};
	int fd = proc_open(r->root, O_RDONLY, "%d/maps", (int)r->pid);
	int error = fd < 0 ? fd : 0;

	proc_readlink(r->root, &exe, "%d/exe", (int)r->pid);
	if (!error)
		error = maps_read(
			r->root, r->pid, fd, (struct text){exe.bytes, exe.len}, m);
	if (!error)
		maps_check_deleted(r->root, r->pid, m);
	if (fd >= 0)
		close(fd);
	textbuf_free(&exe);
	part_seal(&m->part, cpu, error);
	return m;
}

static void put_all(struct reading *r)
{
	part_put(r->memory);
	part_put(r->pages);
	part_put(r->list);
	part_put(r->marks);
	r->memory = NULL;
	r->pages = NULL;
	r->list = NULL;
	r->marks = NULL;
}

int reading_maps(struct reading *r)
{
	put_all(r);
	r->memory = read_maps(r);
	return r->memory->part.error;
}

void reading_take(struct reading *r, unsigned need)
{
	put_all(r);
	r->memory = read_maps(r);
	if (need & NEED_PAGES)
		r->pages = read_pages(r, r->memory);
	assert_int_equal(thread_read(r->reader, need, r->memory, r->pages, &r->list), 0);
	r->marks = marks_find(r->memory, r->list, NULL);
}

void reading_close(struct reading *r)
{
	put_all(r);
	thread_reader_free(r->reader);
	page_reader_free(r->page_reader);
	proc_root_close(r->root);
}

static struct side side_of(const struct reading *r)
{
	return (struct side){.memory = r->memory, .marks = r->marks};
}

enum mapping_kind reading_kind(const struct reading *r, ptrdiff_t mapping)
{
	struct side side = side_of(r);

	return side_mapping_kind(&side, (size_t)mapping);
}

pid_t reading_owner(const struct reading *r, ptrdiff_t mapping)
{
	struct side side = side_of(r);

	return side_mapping_owner(&side, (size_t)mapping);
}

struct thread reading_thread(const struct reading *r, pid_t tid)
{
	ptrdiff_t i = thread_find(r->list, tid);

	return thread_at(r->list, i < 0 ? SIZE_MAX : (size_t)i);
}
