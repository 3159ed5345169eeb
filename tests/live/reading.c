/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reading.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "twintop/base/clock.h"
#include "twintop/proc/caps.h"
#include "twintop/proc/maps.h"

void reading_open(struct reading *r, pid_t pid, size_t fd_share)
{
	*r = (struct reading){.pid = pid};
	assert_int_equal(proc_root_open(NULL, &r->root), 0);
	assert_int_equal(caps_probe(r->root, NULL, &r->access), 0);
	assert_int_equal(page_reader_new(r->root, &r->access, 0, &r->pages), 0);
	assert_int_equal(thread_reader_new(r->root, &r->access, (struct task_id){.pid = pid},
				 fd_share, &r->reader),
		0);
}

static void read_pages(struct reading *r, struct memory_map *m)
{
	int fd = proc_open(r->root, O_RDONLY, "%d/pagemap", (int)r->pid);
	struct page_target target = {.memory = m, .pagemap_fd = fd, .pid = r->pid};

	pages_read(r->pages, &target, NULL);
	if (fd >= 0)
		close(fd);
}

static struct memory_map *read_maps(struct reading *r, unsigned need)
{
	struct memory_map *m = part_new(sizeof *m);
	uint64_t cpu = clock_thread_cpu_ns();
	struct textbuf exe = {0};
	int fd = proc_open(r->root, O_RDONLY, "%d/maps", (int)r->pid);
	int error = fd < 0 ? fd : 0;

	proc_readlink(r->root, &exe, "%d/exe", (int)r->pid);
	if (!error)
		error = maps_read(fd, (struct text){exe.bytes, exe.len}, m);
	if (fd >= 0)
		close(fd);
	textbuf_free(&exe);
	m->pages_state = VALUE_UNREAD;
	if (!error && need & NEED_PAGES)
		read_pages(r, m);
	part_seal(&m->part, cpu, error);
	return m;
}

int reading_maps(struct reading *r)
{
	part_put(r->memory);
	r->memory = read_maps(r, NEED_MAPS);
	return r->memory->part.error;
}

void reading_take(struct reading *r, unsigned need)
{
	struct memory_map *m = read_maps(r, need);
	const struct thread_list *list = NULL;

	assert_int_equal(thread_read(r->reader, need, m, &list), 0);
	maps_mark_stacks(m, list);
	part_put(r->memory);
	part_put(r->list);
	r->memory = m;
	r->list = list;
}

void reading_close(struct reading *r)
{
	part_put(r->memory);
	part_put(r->list);
	thread_reader_free(r->reader);
	page_reader_free(r->pages);
	proc_root_close(r->root);
}

const struct thread *reading_thread(const struct reading *r, pid_t tid)
{
	for (size_t i = 0; i < r->list->n; i++)
		if (r->list->thread[i].tid == tid)
			return &r->list->thread[i];
	return NULL;
}
