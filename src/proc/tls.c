/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/tls.h"

#include <errno.h>
#include <sys/uio.h>

#include "twintop/proc/host.h"

#define HEAD_BYTES 24u /* struct robust_list_head of linux/futex.h */
#define WORDS	   ((TLS_REACH_BYTES + HEAD_BYTES) / sizeof(uint64_t))

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

static int read_block(pid_t tid, uint64_t start, uint64_t end, struct block *b)
{
	struct iovec here = {b->word, (size_t)(end - start)};
	struct iovec there = {(void *)(uintptr_t)start, here.iov_len};
	ssize_t got = process_vm_readv(tid, &here, 1, &there, 1, 0);

	if (got < 0)
		return errno == EFAULT ? -ENODATA : -errno;
	b->n = (size_t)got / sizeof *b->word;
	b->start = start;
	return 0;
}

/* Whether the threads that musl's block at base names as its neighbours name it as theirs. */
static bool neighbours_agree(pid_t tid, uint64_t base, uint64_t prev, uint64_t next)
{
	uint64_t back[2] = {0};
	struct iovec here = {back, sizeof back};
	struct iovec there[2] = {{(void *)(uintptr_t)(prev + 24), sizeof *back},
		{(void *)(uintptr_t)(next + 16), sizeof *back}};

	return process_vm_readv(tid, &here, 1, there, 2, 0) == (ssize_t)sizeof back &&
	       back[0] == base && back[1] == base;
}

static int find_base(pid_t tid, const struct block *b, uint64_t *ret_base)
{
	const uint64_t *word = b->word;

	if (tls_find_header(word, b->n, b->start, ret_base))
		return 0;
	for (size_t i = 0; (i = tls_find_linked(word, b->n, b->start, i)) < b->n; i++)
		if (neighbours_agree(tid, word[i], word[i + 2], word[i + 3])) {
			*ret_base = word[i];
			return 0;
		}
	return -ENODATA;
}

/*
 * The page of the head first: where the block begins there, the page below, which the target may
 * never have touched, is left alone.
 */
int tls_read(pid_t tid, uint64_t robust_list, uint64_t *ret_base)
{
	uint64_t low = robust_list - TLS_REACH_BYTES, page = robust_list & ~(host_page_bytes() - 1);
	uint64_t end = robust_list + HEAD_BYTES;
	struct block b;
	int error;

	if (robust_list % sizeof(uint64_t) || robust_list < TLS_REACH_BYTES || end < robust_list)
		return -ENODATA;
	error = read_block(tid, page > low ? page : low, end, &b);
	if (!error)
		error = find_base(tid, &b, ret_base);
	if (error != -ENODATA || page <= low)
		return error;
	error = read_block(tid, low, end, &b);
	return error ? error : find_base(tid, &b, ret_base);
}
#else
int tls_read(pid_t tid, uint64_t robust_list, uint64_t *ret_base)
{
	(void)tid;
	(void)robust_list;
	(void)ret_base;
	return -EOPNOTSUPP;
}
#endif
