/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "pages_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/num.h"
#include "twintop/proc/host.h"

/* include/uapi/linux/kernel-page-flags.h */
#define FRAME_KSM	(1ull << 21)
#define FRAME_ZERO_PAGE (1ull << 24)

/*
 * include/linux/swap.h: an entry "in swap" has its kind in the low five bits of the frame's. Files
 * of swap are the lowest kinds; the highest one is a marker where there is no page, the others
 * stand in for a page that moves or is of a device.
 */
#define SWAP_KIND_BITS	 5u
#define SWAP_KIND_MARKER 31u
#define SWAP_KINDS_LEAST 23u /* files of swap at most, in the kernel that has the fewest */
#define MARKER_GUARD	 4u

#define ASKED_NS 20000000u /* what the whole machine does is asked so seldom */

uint64_t pages_entry(const struct page_reader *r, uint64_t entry)
{
	uint64_t kept = entry & (r->frames ? PAGE_FROM_KERNEL : PAGE_FROM_KERNEL & ~PAGE_FRAME);
	uint64_t kind = kept & ((1u << SWAP_KIND_BITS) - 1);
	uint64_t marker = (kept & PAGE_FRAME) >> SWAP_KIND_BITS;

	if (!(kept & PAGE_SWAPPED))
		return kept;
	/* Kernels from 6.15 on say it in a bit of its own. */
	if (kept & PAGE_GUARD || (kind == SWAP_KIND_MARKER && marker & MARKER_GUARD))
		return PAGE_GUARD;
	if (!r->frames)
		return r->swap ? kept : 0;
	if (kind == SWAP_KIND_MARKER)
		return 0;
	return kind < SWAP_KINDS_LEAST ? kept : PAGE_CHANGED;
}

/* The number behind "KEY:" or "KEY " in text of such lines; 0 where there is none. */
static uint64_t number_after(const struct textbuf *text, const char *key)
{
	struct scan rest = scan_of(text->bytes, text->len), line;
	uint64_t n;

	while (scan_line(&rest, &line)) {
		if (!scan_literal(&line, key))
			continue;
		scan_char(&line, ':');
		scan_blanks(&line);
		if (scan_u64(&line, &n))
			return n;
	}
	return 0;
}

/* proc(5) meminfo: "AnonHugePages:   2048 kB". Unreadable counts as in use. */
static bool huge_in_use(const struct proc_root *root)
{
	struct textbuf text = {0};
	bool used = true;

	if (!proc_read(root, &text, "meminfo"))
		used = number_after(&text, "AnonHugePages") ||
		       number_after(&text, "ShmemPmdMapped") ||
		       number_after(&text, "FilePmdMapped") ||
		       number_after(&text, "HugePages_Total") >
			       number_after(&text, "HugePages_Free");
	textbuf_free(&text);
	return used;
}

/* Whether anything is in swap; where that is not to be had it may be. */
static bool swap_in_use(void)
{
	struct sysinfo info;

	return sysinfo(&info) || info.totalswap > info.freeswap;
}

/* /proc/PID/ksm_stat, from 6.1: "ksm_merging_pages 512". Unreadable counts as merged,
 * nobody's as not. */
static bool ksm_merged(const struct proc_root *root, pid_t pid)
{
	struct textbuf text = {0};
	bool merged = pid > 0;

	if (merged && !proc_read(root, &text, "%d/ksm_stat", (int)pid))
		merged = number_after(&text, "ksm_merging_pages") > 0;
	textbuf_free(&text);
	return merged;
}

/* Whether the scan knows guard pages is asked of the first page that there is. */
static void ask_guards(struct page_reader *r, const struct page_side *side)
{
	uint64_t start = side->target->memory->mapping[0].start, end = start + host_page_bytes();

	r->guard_asked = true;
	if (pages_scan(side->target->pagemap_fd, start, &end, 0, PAGES_IS_GUARD, side->region, 1) ==
		-EINVAL)
		r->scan_guard = false;
}

/* Of many that are read one after the other not each asks. */
static void ask_machine(struct page_reader *r)
{
	uint64_t now = clock_monotonic_ns();

	if (r->asked_ns && now - r->asked_ns < ASKED_NS)
		return;
	r->huge = huge_in_use(r->root);
	r->swap = swap_in_use();
	r->asked_ns = now;
}

void pages_mark_prepare(struct page_reader *r)
{
	ask_machine(r);
	for (int i = 0; i < 2 && r->scan_guard && !r->guard_asked; i++)
		if (pages_live(&r->side[i]) && r->side[i].target->memory->n)
			ask_guards(r, &r->side[i]);
	for (int i = 0; i < 2; i++)
		if (pages_live(&r->side[i]) && r->frames && r->flags_fd >= 0)
			r->side[i].ksm = ksm_merged(r->root, r->side[i].target->pid);
}

/* A page that fork shared, that KSM merged, or that is the zero page. */
static bool anonymous_of_several(uint64_t entry)
{
	return (entry & (PAGE_PRESENT | PAGE_FILE | PAGE_EXCLUSIVE | PAGE_ZERO)) == PAGE_PRESENT;
}

static void mark_zero_by_frame(const struct page_reader *r, uint64_t *entry, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((entry[i] & (PAGE_PRESENT | PAGE_FRAME)) == (PAGE_PRESENT | r->zero_frame))
			entry[i] |= PAGE_ZERO;
}

/* Scans entries first..last of the bite (last not included) for zero pages. */
static void mark_zero_within(struct page_side *side, uint64_t start, size_t first, size_t last)
{
	uint64_t at = start + first * host_page_bytes(), stop = start + last * host_page_bytes(),
		 end;
	ssize_t n;

	for (; at < stop; at = end) {
		end = stop;
		n = pages_scan(side->target->pagemap_fd, at, &end, PAGES_IS_PFNZERO, 0,
			side->region, PAGES_REGIONS);
		if (n < 0)
			return;
		for (ssize_t i = 0; i < n; i++) {
			size_t from = (side->region[i].start - start) / host_page_bytes();
			size_t to = (side->region[i].end - start) / host_page_bytes();

			for (; from < to; from++)
				if (anonymous_of_several(side->entry[from]))
					side->entry[from] |= PAGE_ZERO;
		}
	}
}

/* Without frame numbers PAGEMAP_SCAN tells the zero page, asked only where one could be. */
static void mark_zero_by_scan(struct page_side *side, uint64_t start, size_t n)
{
	size_t first = n, last = 0;

	for (size_t i = 0; i < n; i++) {
		if (!anonymous_of_several(side->entry[i]))
			continue;
		if (first < n && i - last > PAGES_HOLE) {
			mark_zero_within(side, start, first, last);
			first = n;
		}
		if (first == n)
			first = i;
		last = i + 1;
	}
	if (first < n)
		mark_zero_within(side, start, first, last);
}

/* Whether the aligned block can be one huge mapping, by its first and last entry. */
static bool huge_candidate(const struct page_reader *r, const struct page_side *side,
	const uint64_t *block, size_t parts)
{
	uint64_t first = block[0], last = block[parts - 1];
	uint64_t same = PAGE_PRESENT | PAGE_FILE | PAGE_EXCLUSIVE;

	if (!(first & PAGE_PRESENT) || ((first ^ last) & same))
		return false;
	if (side->frames && ((first & PAGE_FRAME) % parts ||
				    (last & PAGE_FRAME) != (first & PAGE_FRAME) + parts - 1))
		return false;
	/* The huge zero page is in none of meminfo's counts. */
	return r->huge || !(first & (PAGE_FILE | PAGE_EXCLUSIVE));
}

static bool huge_zero(
	struct page_reader *r, const struct page_side *side, uint64_t first, uint64_t categories)
{
	uint64_t flags;

	if (categories & PAGES_IS_PFNZERO)
		return true;
	/* Kernels whose scan knows the small zero page only say it in the frame's flags. */
	return side->frames && !(first & (PAGE_FILE | PAGE_EXCLUSIVE)) &&
	       !pages_frame_flags(r, first & PAGE_FRAME, &flags) && (flags & FRAME_ZERO_PAGE);
}

/* A one-page scan of each block that may be huge: half a microsecond each. */
static void mark_huge(struct page_reader *r, struct page_side *side, uint64_t start, size_t n)
{
	size_t parts = host_page_bytes() / sizeof(uint64_t),
	       block_bytes = parts * host_page_bytes();
	size_t i = (block_bytes - start % block_bytes) % block_bytes / host_page_bytes();
	struct pages_region region;

	for (; i + parts <= n; i += parts) {
		uint64_t at = start + i * host_page_bytes(), end = at + host_page_bytes(),
			 marks = PAGE_HUGE;

		if (!huge_candidate(r, side, side->entry + i, parts))
			continue;
		if (pages_scan(side->target->pagemap_fd, at, &end, PAGES_IS_HUGE, 0, &region, 1) !=
			1)
			continue;
		if (huge_zero(r, side, side->entry[i], region.categories))
			marks |= PAGE_ZERO;
		for (size_t k = i; k < i + parts; k++)
			if (side->entry[k] & PAGE_PRESENT)
				side->entry[k] |= marks;
	}
}

/* Flags of the frames of entries first..last, which are consecutive. */
static void mark_ksm_within(struct page_reader *r, uint64_t *entry, size_t n)
{
	off_t at = (off_t)((entry[0] & PAGE_FRAME) * sizeof *entry);
	ssize_t got = pread(r->flags_fd, r->again, n * sizeof *r->again, at);

	for (size_t i = 0; got > 0 && i < (size_t)got / sizeof *r->again; i++)
		if (r->again[i] & FRAME_KSM)
			entry[i] |= PAGE_KSM;
}

static void mark_ksm(struct page_reader *r, uint64_t *entry, size_t n)
{
	for (size_t i = 0, run; i < n; i += run) {
		run = 1;
		if (!anonymous_of_several(entry[i]))
			continue;
		while (i + run < n && anonymous_of_several(entry[i + run]) &&
			(entry[i + run] & PAGE_FRAME) == (entry[i] & PAGE_FRAME) + run)
			run++;
		mark_ksm_within(r, entry + i, run);
	}
}

void pages_mark(struct page_reader *r, struct page_side *side, uint64_t start, size_t n)
{
	if (side->frames && r->zero_frame)
		mark_zero_by_frame(r, side->entry, n);
	else if (r->scan)
		mark_zero_by_scan(side, start, n);
	if (r->scan)
		mark_huge(r, side, start, n);
	if (side->ksm && side->frames)
		mark_ksm(r, side->entry, n);
}

/* The entry of the side's previous read at address; addresses ascend within a read. */
static uint64_t entry_before(struct page_side *side, uint64_t address)
{
	const struct page_map *p = side->target->before;

	for (; side->before < p->runs_n; side->before++) {
		const struct page_run *run = &p->run[side->before];

		if (page_map_run_end(p, side->before) <= address)
			continue;
		return run->start <= address ? run->entry[(address - run->start) / p->page_size]
					     : 0;
	}
	return 0;
}

/*
 * Where an earlier read found what this one found, on both sides, nothing moved in between. Notes
 * what both had as one until then.
 */
static bool settled(struct page_reader *r, uint64_t address, uint64_t a, uint64_t b)
{
	uint64_t was[2], now[2] = {a, b};

	if (!r->side[0].target->before || !r->side[1].target->before)
		return false;
	was[0] = entry_before(&r->side[0], address);
	was[1] = entry_before(&r->side[1], address);
	if (!(was[0] & PAGE_CHANGED) && !((was[0] ^ a) & PAGE_FROM_KERNEL) &&
		!((was[1] ^ b) & PAGE_FROM_KERNEL))
		return true;
	pages_note_parted(r, address, was, now);
	return false;
}

static void recheck_within(
	struct page_reader *r, uint64_t start, size_t first, size_t last, uint64_t key)
{
	struct page_side *a = &r->side[0], *side = pages_lent(&r->side[1]) ? &r->side[1] : a;

	side->error = pages_pread(side->target->pagemap_fd, start + first * host_page_bytes(),
		last - first, r->again);
	r->work += last - first;
	for (size_t i = first; i < last; i++)
		if (side->error || (pages_entry(r, r->again[i - first]) ^ side->entry[i]) & key)
			a->entry[i] |= PAGE_CHANGED;
}

/* Whether the two are to be looked at once more. */
static bool is_doubtful(struct page_reader *r, uint64_t address, uint64_t a, uint64_t b)
{
	if (pages_lent(&r->side[1]))
		return a & b & PAGE_PRESENT;
	return !settled(r, address, a, b);
}

static bool both_live(const struct page_reader *r)
{
	return pages_live(&r->side[0]) && pages_live(&r->side[1]);
}

void pages_recheck(struct page_reader *r, uint64_t start, size_t n)
{
	const uint64_t *a = r->side[0].entry, *b = r->side[1].entry;
	uint64_t key = PAGE_PRESENT | PAGE_SWAPPED | PAGE_FRAME;
	size_t first = n, last = 0;

	/* Where frames are hidden, a copy shows in bit 56 alone. */
	if (!r->side[0].frames)
		key |= PAGE_EXCLUSIVE;
	for (size_t i = 0; i < n && both_live(r); i++) {
		if (!((a[i] ^ b[i]) & key) ||
			!is_doubtful(r, start + i * host_page_bytes(), a[i], b[i]))
			continue;
		if (first < n && i - last > PAGES_HOLE) {
			recheck_within(r, start, first, last, key);
			first = n;
		}
		if (first == n)
			first = i;
		last = i + 1;
	}
	if (first < n && both_live(r))
		recheck_within(r, start, first, last, key);
}
