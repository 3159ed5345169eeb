/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/given_stack.h"

#include <errno.h>
#include <stdlib.h>

#include "twintop/base/arena.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/host.h"
#include "twintop/proc/tls.h"

#define WORDS ((GIVEN_BELOW_BYTES + GIVEN_ABOVE_BYTES) / sizeof(uint64_t))
/* The control block, and on some machines the static TLS above it, fill the top of the stack. */
#define TOP_MOST	 (128u << 10)
#define MUSL_WORDS_BELOW 8u /* from map_base to the robust list … */
#define MUSL_WORDS_FIRST 7u /* … and to map_base from the block's start, in its versions */
#define MUSL_WORDS_LAST	 12u
#define MUSL_WORDS	 5u
/*
 * In glibc's struct pthread, from stackblock down to start_routine: between them stand its
 * argument, what a debugger asked for, and what unwinds the thread when it is cancelled, which is
 * aligned. Below it stand the scheduling priority and policy.
 */
#define GLIBC_ENTRY_BELOW 10u
#define PRIORITY_MOST	  99u
#define POLICY_MOST	  15u
#define BATCH		  64 /* threads that are looked for at once */

/* Whether block..block + size can be a stack that holds a control block at its top. */
static bool holds_block(uint64_t block, uint64_t size, uint64_t robust_list)
{
	uint64_t end = block + size;

	return block && end > block && block <= robust_list && robust_list < end &&
	       end - robust_list <= TOP_MOST;
}

/* Four words of glibc's struct pthread. A stack of the program's own has no guard of glibc's. */
static bool is_glibc(const uint64_t *w, uint64_t robust_list, struct given_stack *ret)
{
	uint64_t block = w[0], size = w[1], guard = w[2], reported = w[3];

	if (!holds_block(block, size, robust_list) || guard % host_page_bytes() ||
		reported > guard || guard > robust_list - block)
		return false;
	*ret = (struct given_stack){block + guard, block + size, guard, 0};
	return true;
}

/* Five words of musl's. A stack of the program's own was not mapped by it: base is 0. */
static bool is_musl(const uint64_t *w, uint64_t robust_list, struct given_stack *ret)
{
	uint64_t base = w[0], size = w[1], end = w[2], start = w[2] - w[3], guard = w[4];

	if (!w[3] || size < w[3] || start >= end || end > robust_list ||
		robust_list - end > TOP_MOST)
		return false;
	if (base && (!holds_block(base, size, robust_list) || start != base + guard))
		return false;
	*ret = (struct given_stack){start, end, base ? guard : 0, 0};
	return true;
}

static bool is_scheduling(uint64_t word)
{
	return (uint32_t)word <= PRIORITY_MOST && word >> 32 <= POLICY_MOST;
}

/* 0: it does not lie among the words. */
static uint64_t glibc_entry(const uint64_t *word, size_t stackblock)
{
	size_t i = stackblock - GLIBC_ENTRY_BELOW;

	if (stackblock <= GLIBC_ENTRY_BELOW)
		return 0;
	return is_scheduling(word[i - 1]) ? word[i] : word[i - 1];
}

bool given_stack_find(const uint64_t *word, size_t n, uint64_t start, uint64_t robust_list,
	struct given_stack *ret_stack)
{
	size_t head = (size_t)(robust_list - start) / sizeof *word;
	struct given_stack found, other;
	unsigned times = 0;

	if (head >= MUSL_WORDS_BELOW && head <= n &&
		is_musl(&word[head - MUSL_WORDS_BELOW], robust_list, &found))
		times++;
	for (size_t i = head; i + 3 < n; i++)
		if (is_glibc(&word[i], robust_list, &other)) {
			found = other;
			found.entry = glibc_entry(word, i);
			times++;
		}
	if (times == 1)
		*ret_stack = found;
	return times == 1;
}

/* Whether musl's block at word[i] tells a stack that holds the address where the words begin. */
static bool tells_stack(
	const uint64_t *word, size_t n, uint64_t start, size_t i, struct given_stack *ret)
{
	struct given_stack s;

	for (size_t k = i + MUSL_WORDS_FIRST; k <= i + MUSL_WORDS_LAST && k + MUSL_WORDS <= n; k++)
		if (is_musl(&word[k], word[i], &s) && s.start <= start && start < s.end) {
			*ret = s;
			return true;
		}
	return false;
}

size_t given_stack_find_above(
	const uint64_t *word, size_t n, uint64_t start, struct given_stack *ret_stack)
{
	struct given_stack s, found = {0};
	size_t at = n;

	for (size_t i = 0; (i = tls_find_linked(word, n, start, i)) < n; i++) {
		if (!tells_stack(word, n, start, i, &s))
			continue;
		if (at < n)
			return n;
		at = i;
		found = s;
	}
	if (at < n)
		*ret_stack = found;
	return at;
}

/* Words that were read from address start on. */
struct words {
	uint64_t word[WORDS];
	size_t n;
	uint64_t start;
};

/* Where the words of a block are: around its head, in the head's page alone or on both sides. */
static bool place_words(uint64_t robust_list, bool whole, struct words *w)
{
	uint64_t page = robust_list & ~(host_page_bytes() - 1), next = page + host_page_bytes();
	uint64_t low = robust_list - GIVEN_BELOW_BYTES, high = robust_list + GIVEN_ABOVE_BYTES;

	if (robust_list % sizeof(uint64_t) || robust_list < GIVEN_BELOW_BYTES || high < robust_list)
		return false;
	if (!whole && page > low)
		low = page;
	if (!whole && next < high)
		high = next;
	w->start = low;
	w->n = (size_t)(high - low) / sizeof(uint64_t);
	return true;
}

static void look(const struct proc_root *root, struct given_place *p, size_t n, bool whole)
{
	struct words words[BATCH];
	struct helper_range range[BATCH];
	size_t of[BATCH], k = 0;
	int error;

	for (size_t i = 0; i < n; i++) {
		struct words *w = &words[k];

		if (p[i].error != -ENODATA || !place_words(p[i].robust_list, whole, w))
			continue;
		range[k] = (struct helper_range){
			w->start, w->word, w->n * sizeof(uint64_t), false, false};
		of[k++] = i;
	}
	error = k ? helper_read_memory(root, p[of[0]].tid, range, k) : 0;
	for (size_t j = 0; j < k; j++) {
		struct given_place *it = &p[of[j]];

		if (!range[j].read)
			it->error = error ? error : -ENODATA;
		else if (given_stack_find(words[j].word, words[j].n, words[j].start,
				 it->robust_list, &it->stack))
			it->error = 0;
	}
}

/* ---- without a robust list ----------------------------------------------- */

/* The pages from a stack pointer on, as far as they are there. */
struct above {
	uint64_t start;
	struct helper_range *range; /* GIVEN_PAGES_ABOVE */
	uint64_t *word;
};

static void place_above(struct above *a, uint64_t stack_pointer)
{
	uint64_t page = host_page_bytes(), at = stack_pointer & ~(uint64_t)7;
	unsigned char *here = (unsigned char *)a->word;

	a->start = at;
	for (unsigned i = 0; i < GIVEN_PAGES_ABOVE; i++) {
		uint64_t next = (at & ~(page - 1)) + page;

		a->range[i] = (struct helper_range){at, here, (size_t)(next - at), false, false};
		here += next - at;
		at = next;
	}
}

static size_t words_above(const struct above *a)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < GIVEN_PAGES_ABOVE && a->range[i].read; i++)
		bytes += a->range[i].bytes;
	return bytes / sizeof(uint64_t);
}

static void take_above(const struct above *a, int error, struct given_place *place)
{
	size_t n = words_above(a), i = given_stack_find_above(a->word, n, a->start, &place->stack);

	if (i < n) {
		place->musl_block = a->start + i * sizeof(uint64_t);
		place->error = 0;
	} else if (!n && error) {
		place->error = error;
	}
}

static bool is_above(const struct given_place *place)
{
	return !place->robust_list && place->stack_pointer;
}

static void look_above(const struct proc_root *root, struct given_place *place, size_t n)
{
	size_t bytes = GIVEN_PAGES_ABOVE * (size_t)host_page_bytes(), k = 0;
	struct helper_range *range = mem_alloc(n * GIVEN_PAGES_ABOVE * sizeof *range);
	struct above above[BATCH];
	uint64_t *word = mem_alloc(n * bytes);
	pid_t tid = 0;
	int error;

	for (size_t i = 0; i < n; i++) {
		if (!is_above(&place[i]))
			continue;
		above[k] = (struct above){.range = &range[k * GIVEN_PAGES_ABOVE],
			.word = &word[k * bytes / sizeof *word]};
		place_above(&above[k++], place[i].stack_pointer);
		tid = place[i].tid;
	}
	error = k ? helper_read_memory(root, tid, range, k * GIVEN_PAGES_ABOVE) : 0;
	k = 0;
	for (size_t i = 0; i < n; i++)
		if (is_above(&place[i]))
			take_above(&above[k++], error, &place[i]);
	free(range);
	free(word);
}

static bool any_above(const struct given_place *place, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_above(&place[i]))
			return true;
	return false;
}

/*
 * The page of the head first: the target may never have touched those around it, and reading would
 * make them.
 */
void given_stacks_find(const struct proc_root *root, struct given_place *place, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		place[i].stack = (struct given_stack){0};
		place[i].musl_block = 0;
		place[i].error = -ENODATA;
	}
	for (size_t at = 0; at < n; at += BATCH) {
		size_t some = n - at < BATCH ? n - at : BATCH;

		look(root, place + at, some, false);
		look(root, place + at, some, true);
		if (any_above(place + at, some))
			look_above(root, place + at, some);
	}
}
