/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings and pages of up to two address spaces as a reader, read close in time. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "page_signs.h"
#include "program_signs.h"
#include "space_watch.h"
#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/model/same.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/maps.h"
#include "twintop/proc/pages.h"
#include "twintop/proc/reader.h"

/* Pages that were read earlier are put in order for changed mappings up to so many. */
#define REBASE_PAGES (1u << 20)
#define TRY_AGAIN_NS 1000000000u /* what could be locked could be so again … */
/* Whether any mapping changed is asked of so many mappings, if they stay for so many reads … */
#define WATCH_LEAST 512u
#define WATCH_AFTER 3u
#define WATCH_MANY  8192u /* … or, of so many, for one */
/* … and what became of the names of files is looked for so often all the same. */
#define NAMES_NS 2500000000u
/* Pages that show no sign of being others are read anew so seldom: what leaves none is seen then.
 */
#define STILL_NS    5000000000u
#define DOUBTFUL_NS 200000000u /* … and where something says so, is waited for so long */

struct reader {
	struct reader_context context;
	struct page_reader *pages; /* NULL: none yet */
	struct {
		const struct memory_map *memory; /* a reference */
		struct textbuf text;		 /* of maps, that it was made of, and this: */
		char *exe;			 /* malloc'ed */
		size_t exe_len;
		/* What its program says of itself, and of which one that is. */
		struct task_id program_of;
		uint64_t program_exe; /* text_hash() of its name */
		struct program_signs program;
		bool signs_read;
		pid_t tried;	   /* whose lock was asked for last … */
		uint64_t tried_ns; /* … and had then; 0: not */
		bool locked;	   /* in this read it is not to be had */
		/* What tells whether any mapping changed: NULL: nothing. */
		struct space_watch *watch;
		struct task_id watch_of;   /* … and of whom it does or was tried */
		struct space_record space; /* before the text was read; */
		bool space_known;
		uint64_t text_ns; /* … which was then */
		unsigned reads;	  /* of the same ones, without watch */
		/* The pages that were read last, a reference, and what the signs were before. */
		const struct page_map *pages;
		struct page_signs signs;
		bool signs_known;
	} last[2];
	uint64_t pages_ns;  /* when they were read … */
	uint64_t looked_ns; /* … and last found to be so */
};

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct reader *r = mem_alloc(sizeof *r);

	*r = (struct reader){.context = *context};
	*ret_reader = r;
	return 0;
}

static void close_reader(void *reader)
{
	struct reader *r = reader;

	if (!r)
		return;
	page_reader_free(r->pages);
	for (unsigned i = 0; i < 2; i++) {
		part_put(r->last[i].memory);
		part_put(r->last[i].pages);
		textbuf_free(&r->last[i].text);
		free(r->last[i].exe);
		space_watch_close(r->last[i].watch);
	}
	free(r);
}

/* ---- mappings ------------------------------------------------------------ */

/* Whether maps still says what the side's mappings were made of. */
static bool is_unchanged(const struct reader *r, unsigned i, const struct reader_side *side,
	struct text exe, const struct textbuf *text)
{
	return side->had.memory && r->last[i].memory == side->had.memory &&
	       text_equal((struct text){r->last[i].text.bytes, r->last[i].text.len},
		       (struct text){text->bytes, text->len}) &&
	       text_equal((struct text){r->last[i].exe, r->last[i].exe_len}, exe);
}

static void remember(struct reader *r, unsigned i, const struct memory_map *m, struct text exe,
	struct textbuf *text)
{
	const struct textbuf old = r->last[i].text;

	part_put(r->last[i].memory);
	r->last[i].memory = part_get(m);
	r->last[i].text = *text;
	*text = old;
	r->last[i].exe = mem_resize(r->last[i].exe, exe.len + 1, 1);
	memcpy(r->last[i].exe, exe.len ? exe.bytes : "", exe.len);
	r->last[i].exe_len = exe.len;
}

/* What the program of the side says of itself: of one program it is read once. NULL: unread. */
static const struct program_signs *signs_of(struct reader *r, unsigned i, const struct task_id *id,
	struct text exe, const struct memory_map *m)
{
	uint64_t hash = text_hash(exe);

	if (!r->last[i].signs_read || !task_id_equal(*id, r->last[i].program_of) ||
		hash != r->last[i].program_exe) {
		r->last[i].signs_read =
			!program_signs_read(r->context.root, id->pid, m, exe, &r->last[i].program);
		r->last[i].program_of = *id;
		r->last[i].program_exe = hash;
	}
	return r->last[i].signs_read ? &r->last[i].program : NULL;
}

/* A library of C++ may have been brought along by another one, or from outside. */
static const char *name_runtime(const struct memory_map *m)
{
	if (!m->runtimes_n)
		return NULL;
	return m->found[0].runtime == RUNTIME_CXX && m->found[0].unproven
		       ? "c or c++"
		       : runtime_id(m->found[0].runtime);
}

static struct text copy_text(struct memory_map *m, struct text t)
{
	return (struct text){arena_copy(&m->part.arena, t.len ? t.bytes : "", t.len), t.len};
}

static void find_runtimes(struct reader *r, unsigned i, const struct task_id *id, struct text exe,
	struct memory_map *m)
{
	struct runtime_found found[RUNTIMES];

	m->runtimes_n = runtimes_find(m, exe,
		proc_root_is_kernel(r->context.root) ? signs_of(r, i, id, exe, m) : NULL, found);
	m->found = arena_array(&m->part.arena, m->runtimes_n, sizeof *m->found);
	for (size_t k = 0; k < m->runtimes_n; k++) {
		m->found[k] = found[k];
		m->found[k].what = copy_text(m, found[k].what);
		m->found[k].version = copy_text(m, found[k].version);
	}
	m->runtime = name_runtime(m);
}

/*
 * Whether the lock of the side's memory is to be had: else we would hang, and the other side's
 * memory with it. Asked for now and then; sooner given up where its arguments did not come either.
 */
static bool has_lock(struct reader *r, unsigned i, const struct reader_side *side)
{
	const struct process_info *info = side->had.info;
	bool doubtful = info && info->source[PROCESS_CMDLINE] == VALUE_LATE;
	uint64_t now = clock_monotonic_ns();
	bool had = r->last[i].tried == side->through && r->last[i].tried_ns;

	if (!proc_root_is_kernel(r->context.root) ||
		(had && !doubtful && now - r->last[i].tried_ns < TRY_AGAIN_NS))
		return true;
	r->last[i].tried = side->through;
	r->last[i].tried_ns = now;
	if (helper_try_lock(r->context.root, doubtful ? DOUBTFUL_NS : HELPER_DEADLINE_NS,
		    side->through) == -ETIMEDOUT)
		r->last[i].tried_ns = 0;
	return r->last[i].tried_ns;
}

/* Newer kernels tell the mappings of memory that is locked, but nothing else of it. */
static int read_locked_maps(struct reader *r, struct reader_side *side, struct textbuf *text)
{
	return helper_read_file(r->context.root, DOUBTFUL_NS, text, side->through, "maps");
}

/* Without one mappings are read each time. */
static void open_watch(struct reader *r, unsigned i, pid_t tid)
{
	const struct space_watch *other = r->last[!i].watch;
	int error = other ? space_watch_open_beside(other, tid, &r->last[i].watch)
			  : space_watch_open(r->context.root, tid, &r->last[i].watch);

	if (error)
		r->last[i].watch = NULL;
}

/* Begins to watch mappings that are many and stay, or, at once, such as stand beside those. */
static void watch_space(struct reader *r, unsigned i, const struct reader_side *side)
{
	bool same = task_id_equal(r->last[i].watch_of, side->id);

	if (!same) {
		space_watch_close(r->last[i].watch);
		r->last[i].watch = NULL;
		r->last[i].watch_of = side->id;
		r->last[i].reads = 0;
		r->last[i].space_known = false;
	}
	if (r->last[i].watch || !side->had.memory || r->last[i].reads >= WATCH_AFTER ||
		(side->had.memory->n < WATCH_LEAST && !r->last[!i].watch))
		return;
	if (r->last[!i].watch || side->had.memory->n >= WATCH_MANY ||
		++r->last[i].reads == WATCH_AFTER) {
		r->last[i].reads = WATCH_AFTER;
		open_watch(r, i, side->through);
	}
}

/* Whether no mapping has changed since the text was read, nor have files had time to. */
static bool is_untouched(struct reader *r, unsigned i, const struct reader_side *side)
{
	struct space_record before = r->last[i].space, now;
	bool known = r->last[i].space_known;

	watch_space(r, i, side);
	r->last[i].space_known = r->last[i].watch && space_watch_read(r->last[i].watch, &now);
	if (!r->last[i].space_known)
		return false;
	r->last[i].space = now;
	return known && space_is_same(&before, &now) && side->had.memory &&
	       r->last[i].memory == side->had.memory &&
	       clock_monotonic_ns() - r->last[i].text_ns < NAMES_NS;
}

/*
 * The mappings of one side: those that it had where maps says the same. Opened anew each time,
 * since an open file keeps the address space that an exec has left.
 */
static void read_maps(struct reader *r, unsigned i, struct reader_side *side)
{
	uint64_t start = clock_thread_cpu_ns();
	struct text exe = side->had.info ? side->had.info->exe : text_of("");
	struct textbuf text = {0};
	struct memory_map *m;
	bool locked = r->last[i].locked = !has_lock(r, i, side);
	int error;

	if (!locked && is_untouched(r, i, side)) {
		side->read.memory = part_get(side->had.memory);
		return;
	}
	r->last[i].text_ns = clock_monotonic_ns();
	error = locked ? read_locked_maps(r, side, &text)
		       : proc_read(r->context.root, &text, "%d/maps", (int)side->through);

	if (error == -ETIMEDOUT && side->had.memory)
		return; /* as last read, which goes stale */
	if (!error && is_unchanged(r, i, side, exe, &text)) {
		side->read.memory = part_get(side->had.memory);
	} else {
		m = part_make(PART_MAPPINGS);
		if (!error)
			error = maps_take(locked ? NULL : r->context.root, side->through,
				(struct text){text.bytes, text.len}, exe, m);
		if (!error)
			find_runtimes(r, i, &side->id, exe, m);
		part_seal(&m->part, start, error);
		side->read.memory = m;
		if (!error && !locked)
			remember(r, i, m, exe, &text);
	}
	textbuf_free(&text);
}

/* ---- pages --------------------------------------------------------------- */

static bool start_pages(struct reader *r)
{
	return r->pages || !page_reader_new(r->context.root, &r->context.access,
				   r->context.page_pause_ns, &r->pages);
}

/* Mappings changed and pages are not read now: those of before, put in order anew. */
static void keep_pages(struct reader_side *side)
{
	const struct page_map *had = side->had.pages;

	if (had && side->read.memory && side->read.memory != had->memory &&
		!side->read.memory->part.error)
		side->read.pages = page_map_rebase(had, side->read.memory, REBASE_PAGES);
}

/* Opens pagemap for a side whose mappings are there; false: no pages to be had from it. */
static bool open_pages(
	const struct reader *r, unsigned i, struct reader_side *side, struct page_target *target)
{
	uint64_t start = clock_thread_cpu_ns();
	struct page_map *pages;
	int error;

	if (r->last[i].locked && side->had.pages)
		keep_pages(side);
	if (!side->read.memory || (r->last[i].locked && side->had.pages))
		return false;
	pages = part_make(PART_PAGES);
	side->read.pages = pages;
	*target = (struct page_target){.memory = side->read.memory,
		.pages = pages,
		.before = side->had.pages,
		.pid = side->through};
	error = r->last[i].locked ? -ETIMEDOUT : side->read.memory->part.error;
	if (!error)
		error = target->pagemap_fd =
			proc_open(r->context.root, O_RDONLY, "%d/pagemap", (int)side->through);
	if (error >= 0)
		return true;
	part_seal(&pages->part, start, error);
	return false;
}

/*
 * What A and B had stays where both are as they were: how often frames are mapped was counted for
 * the two together.
 */
static void keep_same(struct reader_job *job)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct page_map *had = job->side[i].had.pages, *now = job->side[i].read.pages;

		if (now && (!had || !same_pages(had, now)))
			return;
	}
	for (unsigned i = 0; i < 2; i++)
		if (job->side[i].read.pages)
			job->side[i].read.pages =
				same_kept(job->side[i].had.pages, job->side[i].read.pages, true);
}

/* Takes the signs of a side; whether they are what they were before its pages were read. */
static bool take_signs(struct reader *r, unsigned i, const struct reader_side *side)
{
	struct page_signs before = r->last[i].signs;
	bool known = r->last[i].signs_known;

	r->last[i].signs_known =
		r->last[i].space_known &&
		page_signs_take(side->had.info, &r->last[i].space, &r->last[i].signs);
	return known && r->last[i].signs_known && page_signs_equal(&before, &r->last[i].signs) &&
	       side->had_ns[PART_PROCESS] > r->looked_ns && side->had.pages &&
	       side->had.pages == r->last[i].pages && side->had.pages->memory == side->read.memory;
}

/* Whether frames are counted: those that two have in common. */
static bool are_counted(const struct reader_job *job)
{
	return job->need & NEED_PAGE_COUNTS && job->side[0].id.pid && job->side[1].id.pid;
}

/*
 * Whether the pages of all sides are as they were read, which then is what was read. How often
 * others map them shows no sign, but where a relative was born or ended.
 */
static bool are_still(struct reader *r, struct reader_job *job)
{
	uint64_t now = clock_monotonic_ns();
	bool still = job->kin_told && !are_counted(job) && now - r->pages_ns < STILL_NS;

	for (unsigned i = 0; i < 2; i++)
		if (job->side[i].id.pid)
			still &= take_signs(r, i, &job->side[i]);
	r->looked_ns = now;
	if (!still)
		r->pages_ns = now;
	for (unsigned i = 0; i < 2 && still; i++)
		job->side[i].read.pages = part_get(job->side[i].had.pages);
	return still;
}

static void remember_pages(struct reader *r, const struct reader_job *job)
{
	for (unsigned i = 0; i < 2; i++) {
		part_put(r->last[i].pages);
		r->last[i].pages = part_get(job->side[i].read.pages);
		r->last[i].signs_known &= page_signs_suffice(r->last[i].pages);
	}
}

static void read_pages(struct reader *r, struct reader_job *job)
{
	struct page_target target[2], *with[2];
	unsigned n = 0;

	if (!start_pages(r) || are_still(r, job))
		return;
	for (unsigned i = 0; i < 2; i++)
		if (open_pages(r, i, &job->side[i], &target[i]))
			with[n++] = &target[i];
	if (n)
		pages_read(r->pages, with[0], n > 1 ? with[1] : NULL);
	if (job->need & NEED_PAGE_COUNTS && n == 2)
		pages_count_frames(r->pages, with[0], with[1]);
	for (unsigned i = 0; i < n; i++)
		close(with[i]->pagemap_fd);
	keep_same(job);
	remember_pages(r, job);
}

static void read_memory(void *reader, struct reader_job *job)
{
	struct reader *r = reader;

	for (unsigned i = 0; i < 2; i++)
		if (job->side[i].id.pid)
			read_maps(r, i, &job->side[i]);
	if (job->need & NEED_PAGES)
		read_pages(r, job);
	else
		for (unsigned i = 0; i < 2; i++)
			keep_pages(&job->side[i]);
}

const struct reader_ops memory_reader_ops = {
	.id = "memory",
	.part = PART_MAPPINGS,
	.scope = READS_PAIR,
	.need = NEED_MAPS | NEED_PAGES | NEED_PAGE_COUNTS,
	.after = 1u << PART_PROCESS,
	.pace = PACE_PAGES,
	.open = open_reader,
	.read = read_memory,
	.close = close_reader,
};
