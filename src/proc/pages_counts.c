/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/kpagecount and kpageflags tell of frames: who else maps those that both sides have. */
#include <errno.h>
#include <unistd.h>

#include "pages_internal.h"
#include "twintop/base/clock.h"
#include "twintop/model/frames.h"

/* Frames are looked up in groups of neighbours, as one read of several is cheaper. */
#define GROUP 64u
/* A frame between two wanted ones costs 95 ns, a system call more. */
#define GAP 2u

/* The frames to look up: all, or of so many groups one, that no more than the most come out. */
static void choose(const struct frame_set *common, struct arena *arena, struct frame_counts *counts)
{
	uint64_t stride = (common->n + PAGES_COUNTED_MOST - 1) / PAGES_COUNTED_MOST, i = 0;

	counts->common = common->n;
	counts->frame = arena_array(arena, common->n / stride + GROUP, sizeof *counts->frame);
	for (uint64_t at = 0; frame_set_next(common, &at); at++, i++)
		if (i / GROUP % stride == 0)
			counts->frame[counts->n++] = at;
	counts->others = arena_array(arena, counts->n, sizeof *counts->others);
}

/* Each side maps a common frame at least once; here is what it maps more often. */
static void count_own(const struct page_map *m, const struct frame_set *common,
	const struct frame_counts *counts, uint64_t *own)
{
	struct frame_set seen = {0};
	size_t near = 0;

	for (size_t i = 0; i < m->runs_n; i++) {
		for (size_t k = 0; k < m->run[i].n; k++) {
			uint64_t frame = frame_of_entry(m->run[i].entry[k]);
			ptrdiff_t at = -1;

			if (frame && frame_set_has(common, frame) && !frame_set_add(&seen, frame))
				at = frame_counts_find(counts, frame, &near);
			if (at >= 0)
				own[at]++;
		}
	}
	frame_set_free(&seen);
}

/* kpagecount of frames first..last of the list, which lie close together. */
static int read_group(struct page_reader *r, struct frame_counts *counts, size_t first, size_t last,
	const uint64_t *own)
{
	uint64_t from = counts->frame[first], n = counts->frame[last] - from + 1;
	ssize_t got = pread(
		r->count_fd, r->again, n * sizeof *r->again, (off_t)(from * sizeof *r->again));

	if (got < 0)
		return -errno;
	if ((size_t)got != n * sizeof *r->again)
		return -ERANGE;
	for (size_t i = first; i <= last; i++) {
		uint64_t all = r->again[counts->frame[i] - from];

		counts->others[i] = all > own[i] ? all - own[i] : 0;
	}
	return 0;
}

static int read_counts(struct page_reader *r, struct frame_counts *counts, const uint64_t *own)
{
	int error = r->count_fd < 0 ? r->count_fd : 0;

	for (size_t i = 0, last; !error && i < counts->n; i = last + 1) {
		last = i;
		while (last + 1 < counts->n &&
			counts->frame[last + 1] - counts->frame[last] <= GAP + 1 &&
			counts->frame[last + 1] - counts->frame[i] < PAGES_BITE)
			last++;
		error = read_group(r, counts, i, last, own);
	}
	return error;
}

static void count_common(struct page_reader *r, const struct page_map *a, const struct page_map *b,
	struct arena *arena, struct frame_counts *counts)
{
	struct frame_set set = {0}, common = {0};
	uint64_t *own;

	frame_set_add_pages(&set, a);
	frame_set_take_common(&set, b, &common);
	frame_set_free(&set);
	if (common.n) {
		choose(&common, arena, counts);
		own = mem_alloc(counts->n * sizeof *own);
		for (size_t i = 0; i < counts->n; i++)
			own[i] = 2;
		count_own(a, &common, counts, own);
		count_own(b, &common, counts, own);
		counts->state = value_state_of_error(read_counts(r, counts, own));
		free(own);
	}
	frame_set_free(&common);
}

void pages_count_frames(struct page_reader *r, struct page_target *a, struct page_target *b)
{
	struct arena *arena = &a->pages->part.arena;
	struct frame_counts *counts = arena_alloc(arena, sizeof *counts);
	uint64_t cpu_ns = clock_thread_cpu_ns();

	if (!page_map_known(a->pages) || !page_map_known(b->pages))
		return;
	counts->state = VALUE_KNOWN;
	if (!a->pages->frames_known || !b->pages->frames_known || r->count_fd < 0)
		counts->state = VALUE_DENIED;
	else
		count_common(r, a->pages, b->pages, arena, counts);
	a->pages->counts = counts;
	a->pages->part.cpu_ns += clock_thread_cpu_ns() - cpu_ns;
}

/* ---- one frame ----------------------------------------------------------- */

static int frame_word(int fd, uint64_t frame, uint64_t *ret_word)
{
	ssize_t got;

	if (fd < 0)
		return fd;
	got = pread(fd, ret_word, sizeof *ret_word, (off_t)(frame * sizeof *ret_word));
	if (got < 0)
		return -errno;
	return got == sizeof *ret_word ? 0 : -ERANGE;
}

int pages_frame_count(struct page_reader *r, uint64_t frame, uint64_t *ret_count)
{
	return frame_word(r->count_fd, frame, ret_count);
}

int pages_frame_flags(struct page_reader *r, uint64_t frame, uint64_t *ret_flags)
{
	return frame_word(r->flags_fd, frame, ret_flags);
}
