/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/tls.h"

#include <errno.h>

#include "twintop/proc/helper.h"
#include "twintop/proc/host.h"

#define HEAD_BYTES 24u /* struct robust_list_head of linux/futex.h */
#define WORDS	   ((TLS_REACH_BYTES + HEAD_BYTES) / sizeof(uint64_t))
#define BATCH	   128 /* threads that are looked for at once */

bool tls_find_header(const uint64_t *word, size_t n, uint64_t start, uint64_t *ret_base)
{
	uint64_t found = 0;

	for (size_t i = 0; i + 2 < n; i++) {
		uint64_t address = start + i * sizeof *word;

		if (!address || word[i] != address || word[i + 2] != address)
			continue;
		if (found)
			return false;
		found = address;
	}
	if (found)
		*ret_base = found;
	return found != 0;
}

static bool is_address(uint64_t word)
{
	return word && word % sizeof word == 0;
}

size_t tls_find_linked(const uint64_t *word, size_t n, uint64_t start, size_t from)
{
	for (size_t i = from; i + 3 < n; i++)
		if (word[i] == start + i * sizeof *word && is_address(word[i + 2]) &&
			is_address(word[i + 3]))
			return i;
	return n;
}

#ifdef __x86_64__
/* n words that were read from address start on. */
struct block {
	uint64_t word[WORDS];
	size_t n;
	uint64_t start;
};

/* Whether the threads that musl's block at base names as its neighbours name it as theirs. */
static bool neighbours_agree(
	const struct proc_root *root, pid_t tid, uint64_t base, uint64_t prev, uint64_t next)
{
	uint64_t back[2] = {0};
	struct helper_range range[2] = {{prev + 24, &back[0], sizeof *back, false, false},
		{next + 16, &back[1], sizeof *back, false, false}};

	return !helper_read_memory(root, tid, range, 2) && range[0].read && range[1].read &&
	       back[0] == base && back[1] == base;
}

static int find_base(
	const struct proc_root *root, pid_t tid, const struct block *b, uint64_t *ret_base)
{
	const uint64_t *word = b->word;

	if (tls_find_header(word, b->n, b->start, ret_base))
		return 0;
	for (size_t i = 0; (i = tls_find_linked(word, b->n, b->start, i)) < b->n; i++)
		if (neighbours_agree(root, tid, word[i], word[i + 2], word[i + 3])) {
			*ret_base = word[i];
			return 0;
		}
	return -ENODATA;
}

/* Where a block is looked for: up to the head, from the page of the head on. */
struct span {
	uint64_t low, page, end;
};

static bool span_of(uint64_t robust_list, struct span *ret_span)
{
	*ret_span = (struct span){robust_list - TLS_REACH_BYTES,
		robust_list & ~(host_page_bytes() - 1), robust_list + HEAD_BYTES};
	return robust_list % sizeof(uint64_t) == 0 && robust_list >= TLS_REACH_BYTES &&
	       ret_span->end > robust_list;
}

static bool starts_below(const struct span *s)
{
	return s->page > s->low;
}

/*
 * Looks for those of n threads that are still wanted (error -EAGAIN): in the page of the head, or,
 * low, in the one below too.
 */
static void look(const struct proc_root *root, struct tls_place *p, size_t n, bool low)
{
	struct block block[BATCH];
	struct helper_range range[BATCH];
	size_t of[BATCH], k = 0;
	int error;

	for (size_t i = 0; i < n; i++) {
		struct span s;

		if (p[i].error != -EAGAIN || !span_of(p[i].robust_list, &s))
			continue;
		block[k].start = low || !starts_below(&s) ? s.low : s.page;
		block[k].n = (size_t)(s.end - block[k].start) / sizeof(uint64_t);
		range[k] = (struct helper_range){block[k].start, block[k].word,
			(size_t)(s.end - block[k].start), false, false};
		of[k++] = i;
	}
	error = k ? helper_read_memory(root, p[of[0]].tid, range, k) : 0;
	for (size_t j = 0; j < k; j++) {
		struct tls_place *it = &p[of[j]];
		struct span s;
		int found = range[j].read ? find_base(root, it->tid, &block[j], &it->base)
			    : error	  ? error
					  : -ENODATA;
		bool more = !low && found == -ENODATA && span_of(it->robust_list, &s) &&
			    starts_below(&s);

		it->error = more ? -EAGAIN : found;
	}
}

/*
 * The page of the head first: where the block begins there, the page below, which the target may
 * never have touched, is left alone.
 */
void tls_find(const struct proc_root *root, struct tls_place *place, size_t n)
{
	struct span s;

	for (size_t i = 0; i < n; i++) {
		place[i].base = 0;
		place[i].error = span_of(place[i].robust_list, &s) ? -EAGAIN : -ENODATA;
	}
	for (size_t at = 0; at < n; at += BATCH) {
		size_t some = n - at < BATCH ? n - at : BATCH;

		look(root, place + at, some, false);
		look(root, place + at, some, true);
	}
}
#else
void tls_find(const struct proc_root *root, struct tls_place *place, size_t n)
{
	(void)root;
	for (size_t i = 0; i < n; i++) {
		place[i].base = 0;
		place[i].error = -EOPNOTSUPP;
	}
}
#endif
