/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "writers_internal.h"

#define STEP_NS 250000000u

/* ---- places ---------------------------------------------------------------- */

static void set_module(struct writer_table *t, struct writer *w, const struct memory_map *memory)
{
	ptrdiff_t at = memory ? memory_find(memory, w->ip) : -1;
	const struct mapping *m = at < 0 ? NULL : &memory->mapping[at];

	if (!m || !m->path.len)
		return;
	w->module = (struct text){arena_copy(&t->arena, m->path.bytes, m->path.len), m->path.len};
	w->module_offset = w->ip - m->start + m->offset;
}

/* The place of a fault, by its index; -1: there is no room. */
static ptrdiff_t place_of(struct writer_table *t, const struct writer_deed *deed)
{
	const struct fault *f = deed->fault;
	struct writer_site site = {.writer = {.pid = f->pid, .ip = f->ip, .kernel = f->kernel}};

	for (size_t i = 0; i < t->site.n; i++) {
		const struct writer *w = &t->site.item[i].writer;

		if (w->ip == f->ip && w->pid == f->pid && w->kernel == f->kernel)
			return (ptrdiff_t)i;
	}
	if (t->site.n >= WRITERS_MOST)
		return -1;
	set_module(t, &site.writer, deed->memory);
	VEC_PUSH(&t->site, site);
	return (ptrdiff_t)t->site.n - 1;
}

static void set_name(struct writer_thread *thread, const struct side *side)
{
	ptrdiff_t at = thread_find(side->threads, thread->tid);
	const struct thread_self *self = at < 0 ? NULL : thread_self_at(side->threads, (size_t)at);
	size_t n = self ? self->name_len : 0;

	memset(thread->name, 0, sizeof thread->name);
	memcpy(thread->name, self ? self->name : "", n < sizeof thread->name ? n : 15);
}

static void add_thread(struct writer_site *site, const struct writer_deed *deed)
{
	struct writer_thread thread = {.tid = deed->fault->tid};

	for (size_t i = 0; i < site->thread.n; i++)
		if (site->thread.item[i].tid == thread.tid)
			return;
	site->writer.more_threads |= site->thread.n >= WRITER_THREADS_MOST;
	if (site->writer.more_threads)
		return;
	set_name(&thread, deed->side);
	VEC_PUSH(&site->thread, thread);
}

/* Steps that have passed are empty again. */
static void step_to(struct writer_site *site, uint64_t ns)
{
	uint64_t step = ns / STEP_NS;

	for (unsigned i = 0; i < RECENT_STEPS && site->step < step; i++)
		site->recent[(step - i) % RECENT_STEPS] *= site->step >= step - i;
	if (site->step < step)
		site->step = step;
}

static uint64_t recent_at(const struct writer_site *site, uint64_t ns)
{
	uint64_t step = ns / STEP_NS, sum = 0;

	for (uint64_t at = site->step; at + RECENT_STEPS > site->step && at + RECENT_STEPS > step;
		at--)
		sum += site->recent[at % RECENT_STEPS];
	return sum;
}

static void count(struct writer_site *site, const struct writer_deed *deed)
{
	const struct fault *f = deed->fault;
	uint64_t pages = deed->counts;

	if (deed->copied) {
		step_to(site, f->time_ns);
		if (f->time_ns / STEP_NS + RECENT_STEPS > site->step)
			site->recent[f->time_ns / STEP_NS % RECENT_STEPS] += pages;
		site->writer.copied += pages;
	} else {
		site->writer.touched += pages;
	}
	if (f->time_ns < site->writer.last_ns)
		return;
	site->writer.last_ns = f->time_ns;
	site->writer.last_address = deed->address;
}

/* ---- pages ----------------------------------------------------------------- */

/* Where the block that starts there stands, or would. */
static size_t slot_of(const struct writer_table *t, uint64_t start)
{
	size_t low = 0, high = t->block.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->block.item[mid]->start < start)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct writer_block *block_new(uint64_t start)
{
	struct writer_block *b = mem_alloc(sizeof *b);

	memset(b, 0, sizeof *b);
	atomic_init(&b->references, 1);
	b->start = start;
	return b;
}

/* A block of that address which is ours alone; NULL: there is no room for another. */
static struct writer_block *block_of(struct writer_table *t, uint64_t address)
{
	uint64_t bytes = WRITER_BLOCK_PAGES * t->page_size, start = address / bytes * bytes;
	size_t at = slot_of(t, start);
	struct writer_block *b;

	if (at < t->block.n && t->block.item[at]->start == start) {
		const struct writer_block *old = t->block.item[at];

		if (atomic_load_explicit(&old->references, memory_order_acquire) == 1)
			return (struct writer_block *)(uintptr_t)old;
		b = block_new(start);
		memcpy(b->page, old->page, sizeof b->page);
		t->block.item[at] = b;
		writer_block_put(old);
		return b;
	}
	if (t->block.n >= WRITER_BLOCKS_MOST)
		return NULL;
	b = block_new(start);
	VEC_PUSH(&t->block, b);
	memmove(t->block.item + at + 1, t->block.item + at,
		(t->block.n - 1 - at) * sizeof *t->block.item);
	t->block.item[at] = b;
	return b;
}

static void note_pages(struct writer_table *t, size_t site, const struct writer_deed *deed)
{
	const struct writer_page page = {
		(uint32_t)site + 1, deed->fault->tid, deed->fault->time_ns};

	for (uint64_t i = 0; i < deed->pages; i++) {
		uint64_t address = deed->address + i * t->page_size;
		struct writer_block *b = block_of(t, address);

		if (b)
			b->page[(address - b->start) / t->page_size] = page;
		else
			t->forgetful = true;
	}
}

bool writer_table_add(struct writer_table *t, const struct writer_deed *deed)
{
	ptrdiff_t at = place_of(t, deed);

	if (at < 0)
		return false;
	t->scaled |= deed->scaled;
	add_thread(&t->site.item[at], deed);
	count(&t->site.item[at], deed);
	writer_areas_count(t, (size_t)at, deed);
	note_pages(t, (size_t)at, deed);
	return true;
}

/* ---- examples -------------------------------------------------------------- */

/* One of a copy is better than another. */
bool writer_table_exemplify(
	struct writer_table *t, const struct fault_example *example, bool copied)
{
	for (size_t i = 0; i < t->site.n; i++) {
		struct writer *w = &t->site.item[i].writer;

		if (w->ip != example->ip || w->pid != example->pid || w->kernel != example->kernel)
			continue;
		if (w->example && (w->example_copied || !copied))
			return false;
		fault_example_put(w->example);
		w->example = fault_example_get(example);
		w->example_copied = copied;
		return true;
	}
	return false;
}

/* ---- out and in ------------------------------------------------------------- */

static void fill_site(
	const struct writer_site *site, uint64_t now_ns, struct arena *arena, struct writer *w)
{
	struct writer_thread *thread =
		arena_array(arena, site->thread.n, sizeof *site->thread.item);

	*w = site->writer;
	w->module.bytes = arena_copy(arena, w->module.len ? w->module.bytes : "", w->module.len);
	fault_example_get(w->example);
	w->recent = recent_at(site, now_ns);
	for (size_t i = 0; i < site->thread.n; i++)
		thread[i] = site->thread.item[i];
	w->thread = thread;
	w->threads_n = site->thread.n;
}

void writer_table_fill(struct writer_table *t, uint64_t now_ns, struct writers *w)
{
	struct arena *arena = &w->part.arena;
	struct writer *writer = arena_array(arena, t->site.n, sizeof *writer);
	const struct writer_block **block = arena_array(arena, t->block.n, sizeof *block);

	for (size_t i = 0; i < t->site.n; i++)
		fill_site(&t->site.item[i], now_ns, arena, &writer[i]);
	for (size_t i = 0; i < t->block.n; i++)
		block[i] = writer_block_get(t->block.item[i]);
	writer_areas_fill(t, w);
	w->n = t->site.n;
	w->writer = writer;
	w->blocks_n = t->block.n;
	w->block = block;
	w->page_size = t->page_size;
	w->scaled = t->scaled;
	w->forgetful = t->forgetful;
}

static void seed_site(struct writer_table *t, const struct writer *w)
{
	struct writer_site site = {.writer = *w, .step = w->last_ns / STEP_NS};

	site.writer.module.bytes =
		arena_copy(&t->arena, w->module.len ? w->module.bytes : "", w->module.len);
	fault_example_get(w->example);
	site.recent[site.step % RECENT_STEPS] = w->recent;
	for (size_t i = 0; i < w->threads_n; i++)
		VEC_PUSH(&site.thread, w->thread[i]);
	VEC_PUSH(&t->site, site);
}

void writer_table_seed(struct writer_table *t, const struct writers *w)
{
	writer_table_free(t);
	t->page_size = w->page_size;
	t->scaled = w->scaled;
	t->forgetful = w->forgetful;
	t->areas_forgetful = w->areas_forgetful;
	for (size_t i = 0; i < w->areas_n; i++)
		VEC_PUSH(&t->area, w->area[i]);
	for (size_t i = 0; i < w->n; i++)
		seed_site(t, &w->writer[i]);
	for (size_t i = 0; i < w->blocks_n; i++)
		VEC_PUSH(&t->block, writer_block_get(w->block[i]));
}

bool writer_table_faded(const struct writer_table *t, uint64_t now_ns, const struct writers *w)
{
	for (size_t i = 0; i < t->site.n && i < w->n; i++)
		if (recent_at(&t->site.item[i], now_ns) != w->writer[i].recent)
			return true;
	return false;
}

void writer_table_free(struct writer_table *t)
{
	for (size_t i = 0; i < t->site.n; i++) {
		VEC_FREE(&t->site.item[i].thread);
		fault_example_put(t->site.item[i].writer.example);
	}
	for (size_t i = 0; i < t->block.n; i++)
		writer_block_put(t->block.item[i]);
	VEC_FREE(&t->site);
	VEC_FREE(&t->area);
	VEC_FREE(&t->block);
	arena_free(&t->arena);
	*t = (struct writer_table){0};
}
