/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of writers, written down and read back. */
#include <stdlib.h>
#include <string.h>

#include "writers_internal.h"

static void writer_keep(struct writer_table *t, struct writer *w, struct keep *k)
{
	KEEP(k, w->pid);
	KEEP(k, w->ip);
	KEEP_BOOL(k, w->kernel);
	w->module = keep_text(k, w->module, SHAPE_PATH, &t->arena);
	KEEP(k, w->module_offset);
	KEEP(k, w->copied);
	KEEP(k, w->touched);
	KEEP(k, w->last_ns);
	KEEP(k, w->last_address);
	KEEP_BOOL(k, w->more_threads);
	w->example = keep_example(k, w->example);
	KEEP_BOOL(k, w->example_copied);
}

static void site_keep(struct writer_table *t, struct writer_site *site, struct keep *k)
{
	struct arena arena = {0};
	size_t n;
	const struct writer_thread *thread;

	writer_keep(t, &site->writer, k);
	KEEP(k, site->area);
	KEEP(k, site->step);
	for (unsigned i = 0; i < RECENT_STEPS; i++)
		KEEP(k, site->recent[i]);
	thread = keep_records(
		k, SHAPE_OF_writer_thread, site->thread.item, site->thread.n, &arena, &n);
	if (n > WRITER_THREADS_MOST)
		keep_fail(k);
	for (size_t i = 0; i < n && keep_reads(k) && !k->error; i++)
		VEC_PUSH(&site->thread, thread[i]);
	arena_free(&arena);
}

static void sites_keep(struct writer_table *t, struct keep *k)
{
	size_t n = keep_count(k, t->site.n, WRITERS_MOST);

	for (size_t i = 0; i < n && !k->error; i++) {
		if (keep_reads(k))
			VEC_PUSH(&t->site, (struct writer_site){0});
		site_keep(t, &t->site.item[i], k);
	}
}

/* Each names a place that there is. */
static void areas_keep(struct writer_table *t, struct keep *k)
{
	struct arena arena = {0};
	size_t n;
	const struct writer_area *area =
		keep_records(k, SHAPE_OF_writer_area, t->area.item, t->area.n, &arena, &n);

	if (n > WRITER_AREAS_MOST)
		keep_fail(k);
	for (size_t i = 0; i < n && keep_reads(k) && !k->error; i++) {
		if (area[i].writer >= t->site.n)
			keep_fail(k);
		VEC_PUSH(&t->area, area[i]);
	}
	arena_free(&arena);
}

static bool is_sound(const struct writer_table *t, const struct writer_page *page)
{
	for (size_t i = 0; i < WRITER_BLOCK_PAGES; i++)
		if (page[i].writer > t->site.n)
			return false;
	return true;
}

static void block_read(struct writer_table *t, struct keep *k)
{
	struct writer_block *b = memset(mem_alloc(sizeof *b), 0, sizeof *b);
	uint64_t bytes = WRITER_BLOCK_PAGES * t->page_size, end;
	struct arena arena = {0};
	const struct writer_page *page;
	size_t n;

	atomic_init(&b->references, 1);
	KEEP(k, b->start);
	page = keep_records(k, SHAPE_OF_writer_page, NULL, 0, &arena, &n);
	if (n == WRITER_BLOCK_PAGES && is_sound(t, page))
		memcpy(b->page, page, sizeof b->page);
	else
		keep_fail(k);
	if (!bytes || b->start % bytes || __builtin_add_overflow(b->start, bytes, &end) ||
		(t->block.n && t->block.item[t->block.n - 1]->start >= b->start))
		keep_fail(k);
	VEC_PUSH(&t->block, b);
	arena_free(&arena);
}

static void blocks_keep(struct writer_table *t, struct keep *k)
{
	size_t n = keep_count(k, t->block.n, WRITER_BLOCKS_MOST), none;

	for (size_t i = 0; i < n && !k->error; i++) {
		if (keep_reads(k)) {
			block_read(t, k);
			continue;
		}
		keep_number(k, t->block.item[i]->start, 0);
		keep_records(k, SHAPE_OF_writer_page, t->block.item[i]->page, WRITER_BLOCK_PAGES,
			NULL, &none);
	}
}

void writer_table_keep(struct writer_table *t, struct keep *k)
{
	KEEP_BELOW(k, t->page_size, PAGE_SIZE_MOST);
	if (t->page_size & (t->page_size - 1))
		keep_fail(k);
	KEEP_BOOL(k, t->scaled);
	KEEP_BOOL(k, t->forgetful);
	KEEP_BOOL(k, t->areas_forgetful);
	sites_keep(t, k);
	areas_keep(t, k);
	blocks_keep(t, k);
}
