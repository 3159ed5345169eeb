/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pages_internal.h"
#include "twintop/base/clock.h"
#include "twintop/proc/caps.h"
#include "twintop/proc/host.h"

/* Mappings closer than this are read as one: such a hole costs less than a system call. */
#define NEIGHBOUR_PAGES 256u
/* Below this a hole costs less by pread than the scan's own call. */
#define SCAN_LEAST_PAGES 4096u
/* A scan's holes cost the target's mmap lock 12 ns a MiB; its pages are bounded by the bite. */
#define SCAN_SPAN_BYTES (16ull << 30)
/* x86-64's vsyscall page, the one mapping of maps that is not the process's. */
#define KERNEL_START (1ull << 56)

int page_reader_new(const struct proc_root *root, const struct access *access, uint64_t pause_ns,
	struct page_reader **ret_reader)
{
	struct page_reader *r = mem_alloc(sizeof *r);
	const enum value_state *state = r->access.state;

	r->root = root;
	r->pause_ns = pause_ns;
	r->access = *access;
	caps_try_untried(&r->access);
	r->scan = r->scan_guard = state[ACCESS_PAGEMAP_SCAN] == VALUE_KNOWN;
	r->frames = state[ACCESS_FRAMES] == VALUE_KNOWN;
	r->zero_frame = r->frames ? caps_zero_frame(root, &r->access) : 0;
	r->count_fd = r->flags_fd = -EACCES;
	if (state[ACCESS_PAGE_COUNT] == VALUE_KNOWN)
		r->count_fd = proc_open(root, O_RDONLY, "kpagecount");
	if (state[ACCESS_PAGE_FLAGS] == VALUE_KNOWN)
		r->flags_fd = proc_open(root, O_RDONLY, "kpageflags");
	r->again = mem_resize(NULL, PAGES_BITE, sizeof *r->again);
	for (int i = 0; i < 2; i++) {
		r->side[i].entry = mem_resize(NULL, PAGES_BITE, sizeof *r->side[i].entry);
		r->side[i].region = mem_resize(NULL, PAGES_REGIONS, sizeof *r->side[i].region);
		/* For memory checkers, which do not know that PAGEMAP_SCAN fills it. */
		memset(r->side[i].region, 0, PAGES_REGIONS * sizeof *r->side[i].region);
	}
	*ret_reader = r;
	return 0;
}

void page_reader_free(struct page_reader *r)
{
	if (!r)
		return;
	if (r->count_fd >= 0)
		close(r->count_fd);
	if (r->flags_fd >= 0)
		close(r->flags_fd);
	for (int i = 0; i < 2; i++) {
		free(r->side[i].entry);
		free(r->side[i].region);
		VEC_FREE(&r->side[i].run);
	}
	free(r->again);
	VEC_FREE(&r->parted);
	VEC_FREE(&r->fresh.address);
	VEC_FREE(&r->stale.address);
	free(r);
}

struct range {
	uint64_t start, end;
};
struct ranges {
	VEC(struct range) range;
};

/* Adds a mapping to the last range when it is near, else as a range of its own. */
static void ranges_add(struct ranges *to, const struct mapping *m)
{
	struct range *last = to->range.n ? &to->range.item[to->range.n - 1] : NULL;

	if (m->start >= KERNEL_START)
		return;
	if (!last || m->start > last->end + NEIGHBOUR_PAGES * host_page_bytes())
		VEC_PUSH(&to->range, (struct range){m->start, m->end});
	else if (m->end > last->end)
		last->end = m->end;
}

/* The addresses that either side has mapped, neighbours merged. */
static void ranges_collect(
	struct ranges *to, const struct memory_map *a, const struct memory_map *b)
{
	size_t i = 0, j = 0, an = a ? a->n : 0, bn = b ? b->n : 0;

	while (i < an || j < bn) {
		if (j == bn || (i < an && a->mapping[i].start <= b->mapping[j].start))
			ranges_add(to, &a->mapping[i++]);
		else
			ranges_add(to, &b->mapping[j++]);
	}
}

static void rest(struct page_reader *r)
{
	if (r->work < PAGES_BITE)
		return;
	r->work = 0;
	if (r->pause_ns)
		clock_sleep_ns(r->pause_ns);
}

/* The entries of the bite from what was lent, whose runs are walked along. */
static void fetch_lent(struct page_side *side, uint64_t start, size_t n)
{
	const struct page_map *p = side->target->lent;
	uint64_t size = host_page_bytes(), end = start + n * size;

	memset(side->entry, 0, n * sizeof *side->entry);
	while (side->before < p->runs_n && page_map_run_end(p, side->before) <= start)
		side->before++;
	for (size_t i = side->before; i < p->runs_n && p->run[i].start < end; i++) {
		const struct page_run *run = &p->run[i];
		uint64_t from = run->start > start ? run->start : start;
		uint64_t to = page_map_run_end(p, i) < end ? page_map_run_end(p, i) : end;

		memcpy(side->entry + (from - start) / size, run->entry + (from - run->start) / size,
			(to - from) / size * sizeof *side->entry);
	}
}

static void fetch(struct page_reader *r, struct page_side *side, uint64_t start, size_t n)
{
	uint64_t frames = 0;

	side->here = pages_live(side) && pages_reach(side, start, start + n * host_page_bytes());
	if (!side->here)
		return;
	if (pages_lent(side)) {
		fetch_lent(side, start, n);
		return;
	}
	side->error = pages_pread(side->target->pagemap_fd, start, n, side->entry);
	r->work += n;
	if (side->error)
		return;
	for (size_t i = 0; i < n; i++)
		frames |= side->entry[i] = pages_entry(r, side->entry[i]);
	side->frames |= (frames & PAGE_FRAME) != 0;
}

/* n pages of both sides from start; returns how many entries were kept. */
static size_t read_bite(struct page_reader *r, uint64_t start, size_t n)
{
	size_t kept = 0;

	rest(r);
	fetch(r, &r->side[0], start, n);
	fetch(r, &r->side[1], start, n);
	if (r->side[0].here && r->side[1].here && pages_live(&r->side[1]))
		pages_recheck(r, start, n);
	for (int i = 0; i < 2; i++) {
		struct page_side *side = &r->side[i];

		if (!side->here || !pages_live(side) || pages_lent(side))
			continue;
		pages_mark(r, side, start, n);
		kept += pages_store(side, start, n);
	}
	return kept;
}

/* Where a bite from start ends: on a border of 2 MiB, so that no huge page is cut in two. */
static uint64_t bite_end(uint64_t start, uint64_t end)
{
	uint64_t huge = host_page_bytes() / sizeof(uint64_t) * host_page_bytes();
	uint64_t stop = (start + PAGES_BITE * host_page_bytes()) / huge * huge;

	return stop < end ? stop : end;
}

static void read_dense(struct page_reader *r, uint64_t start, uint64_t end)
{
	for (uint64_t stop; start < end; start = stop) {
		stop = bite_end(start, end);
		read_bite(r, start, (stop - start) / host_page_bytes());
	}
}

/* Entries that the previous read kept within start..end, or -1 when there was none. */
static int64_t kept_before(const struct page_side *side, uint64_t start, uint64_t end)
{
	const struct page_map *p = side->target->before;
	int64_t kept = 0;

	if (!page_map_known(p))
		return -1;
	for (size_t i = page_map_first_run(p, start); i < p->runs_n && p->run[i].start < end; i++)
		kept += (int64_t)p->run[i].n;
	return kept;
}

/* Whether holes outweigh resident pages; guess is taken where no earlier read tells. */
static bool expect_sparse(struct page_reader *r, uint64_t start, uint64_t end, bool guess)
{
	int64_t pages = (int64_t)((end - start) / host_page_bytes()), total = 0, kept = 0;

	for (int i = 0; i < 2; i++) {
		int64_t known;

		if (!pages_live(&r->side[i]) || pages_lent(&r->side[i]))
			continue;
		known = kept_before(&r->side[i], start, end);
		if (known < 0)
			return guess;
		total += pages;
		kept += known;
	}
	return total > (int64_t)(PAGES_SPARSE + 1) * kept;
}

/* The next piece of what either side's scan found: near regions merged. False at the end. */
static bool next_piece(struct page_reader *r, size_t at[2], uint64_t end, struct range *ret_piece)
{
	uint64_t hole = PAGES_HOLE * host_page_bytes();
	struct range piece = {end, end};
	bool grown = false;

	for (;;) {
		const struct pages_region *next = NULL;
		int from = 0;

		for (int i = 0; i < 2; i++) {
			struct page_side *side = &r->side[i];

			if (!pages_live(side) || at[i] == side->regions_n)
				continue;
			if (!next || side->region[at[i]].start < next->start) {
				next = &side->region[at[i]];
				from = i;
			}
		}
		if (!next || next->start >= end || (grown && next->start > piece.end + hole))
			break;
		if (!grown)
			piece = (struct range){next->start, next->start};
		grown = true;
		if (next->end > piece.end)
			piece.end = next->end < end ? next->end : end;
		at[from]++;
	}
	*ret_piece = piece;
	return grown;
}

/* Scans, then reads what is there. Returns how far it came: start when scans do not work. */
static uint64_t read_sparse(struct page_reader *r, uint64_t start, uint64_t end, bool *ret_sparse)
{
	size_t at[2] = {0, 0}, pages = 0;
	struct ranges found = {0};
	struct range piece;

	rest(r);
	for (int i = 0; i < 2; i++) {
		struct page_side *side = &r->side[i];

		side->regions_n = 0;
		if (!pages_live(side) || pages_lent(side))
			continue;
		side->error = pages_scan_side(r, side, start, &end);
		if (side->error == -EINVAL || side->error == -ENOTTY || side->error == -EPERM) {
			side->error = 0;
			r->scan = false;
			return start;
		}
	}
	/* Gathered first: the marks' own scans use the sides' regions anew. */
	while (next_piece(r, at, end, &piece)) {
		VEC_PUSH(&found.range, piece);
		pages += (piece.end - piece.start) / host_page_bytes();
	}
	for (size_t i = 0; i < found.range.n; i++)
		read_dense(r, found.range.item[i].start, found.range.item[i].end);
	VEC_FREE(&found.range);
	r->work += pages;
	*ret_sparse = (end - start) / host_page_bytes() > (PAGES_SPARSE + 1) * pages;
	return end;
}

static void read_range(struct page_reader *r, uint64_t start, uint64_t end)
{
	bool sparse = false;

	while (start < end && (pages_live(&r->side[0]) ||
				      (pages_live(&r->side[1]) && !pages_lent(&r->side[1])))) {
		uint64_t stop = bite_end(start, end), pages = (stop - start) / host_page_bytes();

		if (!r->scan || pages < SCAN_LEAST_PAGES ||
			!expect_sparse(r, start, stop, sparse)) {
			size_t kept = read_bite(r, start, pages);

			sparse = pages > (PAGES_SPARSE + 1) * kept;
			start = stop;
			continue;
		}
		while (stop < end && stop - start < SCAN_SPAN_BYTES &&
			expect_sparse(r, stop, bite_end(stop, end), sparse))
			stop = bite_end(stop, end);
		start = read_sparse(r, start, stop, &sparse);
	}
}

static void side_begin(const struct page_reader *r, struct page_side *side, struct page_target *t)
{
	side->target = t;
	side->error = 0;
	side->frames = side->ksm = side->here = false;
	side->mapping = side->before = side->regions_n = 0;
	if (!t)
		return;
	if (r->access.state[ACCESS_PAGEMAP] == VALUE_DENIED)
		side->error = -EACCES;
	else if (r->access.state[ACCESS_PAGEMAP] == VALUE_UNSUPPORTED)
		side->error = -EOPNOTSUPP;
	else if (t->pagemap_fd < 0)
		side->error = t->pagemap_fd;
	if (t->lent)
		return;
	t->pages->memory = part_get(t->memory);
	t->pages->page_size = host_page_bytes();
	t->pages->mapping =
		arena_array(&t->pages->part.arena, t->memory->n, sizeof *t->pages->mapping);
}

/* A space that ended in mid-read scans as if it were empty: its pagemap then gives no entry. */
static void check_alive(struct page_side *side)
{
	uint64_t entry;

	if (pages_live(side) && side->target->memory->n)
		side->error = pages_pread(side->target->pagemap_fd,
			side->target->memory->mapping[0].start, 1, &entry);
}

int pages_read(struct page_reader *r, struct page_target *a, struct page_target *b)
{
	uint64_t begin_ns = clock_monotonic_ns(), cpu_ns = clock_thread_cpu_ns();
	struct ranges ranges = {0};
	bool read_b = b && !b->lent;

	side_begin(r, &r->side[0], a);
	side_begin(r, &r->side[1], b);
	pages_mark_prepare(r);
	ranges_collect(&ranges, a ? a->memory : NULL, read_b ? b->memory : NULL);
	for (size_t i = 0; i < ranges.range.n; i++)
		read_range(r, ranges.range.item[i].start, ranges.range.item[i].end);
	VEC_FREE(&ranges.range);
	for (int i = 0; i < 2; i++) {
		if (!r->side[i].target || pages_lent(&r->side[i]))
			continue;
		check_alive(&r->side[i]);
		pages_finish(r, &r->side[i]);
	}
	if (a && read_b)
		pages_judge_parted(r, a, b);
	cpu_ns = clock_thread_cpu_ns() - cpu_ns;
	for (int i = 0; i < 2; i++) {
		struct page_target *t = r->side[i].target;

		if (!t || t->lent)
			continue;
		t->pages->part.begin_ns = begin_ns;
		t->pages->part.end_ns = clock_monotonic_ns();
		t->pages->part.cpu_ns = a && read_b ? cpu_ns / 2 : cpu_ns;
	}
	return 0;
}
