/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "task_iterator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "task_program.h"
#include "twintop/base/arena.h"
#include "twintop/base/text.h"

#define INITIAL_PID_NAMESPACE "pid:[4026531836]" /* linux/proc_ns.h PROC_PID_INIT_INO */
#define READ_BYTES	      65536
#define RECORDS_FIRST	      256
#define THREADS_MORE	      64 /* than are expected, and a quarter of those */

struct task_iterator {
	pid_t pid;
	int link;		    /* holds the program, too */
	struct task_shared *shared; /* with it; MAP_FAILED: none, … */
	size_t words; /* … with room for so many words of records; 0: a file has them */
	enum task_extent extent;
	uint64_t arrived_ns; /* the newest that was told */
	uint64_t *word;	     /* what the program wrote to the file, … */
	size_t room;	     /* … bytes */
	struct task_record *record;
	size_t records_most;
};

/* ---- the iterator ---------------------------------------------------------------- */

bool task_numbers_are_ours(const struct proc_root *root)
{
	struct textbuf text = {0};
	bool ours = proc_root_is_ours(root) && !proc_readlink(root, &text, "self/ns/pid") &&
		    !strcmp(text.bytes, INITIAL_PID_NAMESPACE);

	textbuf_free(&text);
	return ours;
}

/*
 * The program that tells the most on this kernel, by itself if it can. Where it cannot look at all
 * threads at one go the map's room stays unused.
 */
static int load_program(struct task_iterator *it, int map)
{
	int program = -EOPNOTSUPP;

	for (it->extent = TASK_CALLS;; it->extent--) {
		program = task_program_load(it->extent, map, it->words);
		if (program >= 0 || program == -EPERM)
			return program;
		program = task_program_load(it->extent, map, 0);
		if (program >= 0)
			it->words = 0;
		if (program >= 0 || it->extent == TASK_SIGNS)
			return program;
	}
}

static size_t shared_bytes(const struct task_iterator *it)
{
	return sizeof *it->shared + it->words * sizeof *it->shared->record;
}

/* The program with the map that both look into, which it keeps. */
static int open_program(struct task_iterator *it)
{
	struct bpf_map_create_opts options = {.sz = sizeof options, .map_flags = BPF_F_MMAPABLE};
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "twintop_shared", sizeof(uint32_t),
		(uint32_t)shared_bytes(it), 1, &options);
	int program;

	if (map < 0)
		return map;
	program = load_program(it, map);
	if (program >= 0) {
		it->shared =
			mmap(NULL, shared_bytes(it), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
		if (it->shared == MAP_FAILED) {
			close(program);
			program = -ENOMEM;
		}
	}
	close(map);
	return program;
}

static int open_link(struct task_iterator *it)
{
	union bpf_iter_link_info info = {0};
	struct bpf_link_create_opts options = {
		.sz = sizeof options, .iter_info = &info, .iter_info_len = sizeof info};
	int program = open_program(it);

	if (program < 0)
		return program;
	if (it->words)
		info.task.tid = (uint32_t)it->pid;
	else
		info.task.pid = (uint32_t)it->pid;
	it->link = bpf_link_create(program, 0, BPF_TRACE_ITER, &options);
	close(program);
	return it->link < 0 ? it->link : 0;
}

static void close_link(struct task_iterator *it)
{
	if (it->link >= 0)
		close(it->link);
	if (it->shared != MAP_FAILED)
		munmap(it->shared, shared_bytes(it));
	it->link = -1;
	it->shared = MAP_FAILED;
}

/* With room for so many threads that all moved, or for more than twice as many that did not. */
static size_t words_for(size_t threads)
{
	return !threads ? 0
			: (threads + threads / 4 + THREADS_MORE) * sizeof(struct task_record) /
				  sizeof(uint64_t);
}

int task_iterator_open(const struct proc_root *root, pid_t pid, size_t threads,
	struct task_iterator **ret_iterator)
{
	struct task_iterator *it;
	int error;

	if (!task_numbers_are_ours(root))
		return -EOPNOTSUPP;
	it = mem_alloc(sizeof *it);
	*it = (struct task_iterator){
		.pid = pid, .link = -1, .shared = MAP_FAILED, .words = words_for(threads)};
	error = open_link(it);
	if (error)
		task_iterator_close(it);
	else
		*ret_iterator = it;
	return error;
}

void task_iterator_close(struct task_iterator *it)
{
	if (!it)
		return;
	close_link(it);
	free(it->word);
	free(it->record);
	free(it);
}

enum task_extent task_iterator_extent(const struct task_iterator *it)
{
	return it->extent;
}

/* The whole of it; 0 or negative errno. */
static int read_bytes(struct task_iterator *it, int fd, size_t *ret_len)
{
	size_t len = 0;
	ssize_t got;

	do {
		if (it->room - len < READ_BYTES) {
			it->room = 2 * it->room + READ_BYTES;
			it->word = mem_resize(it->word, it->room, 1);
		}
		got = read(fd, (uint8_t *)it->word + len, it->room - len);
		if (got > 0)
			len += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	*ret_len = len;
	return got < 0 ? -errno : 0;
}

static int compare_records(const void *a, const void *b)
{
	const struct task_record *x = a, *y = b;

	return (x->signs.tid > y->signs.tid) - (x->signs.tid < y->signs.tid);
}

static struct task_record *record_at(struct task_iterator *it, size_t i)
{
	if (i >= it->records_most) {
		it->records_most = 2 * it->records_most + RECORDS_FIRST;
		it->record = mem_resize(it->record, it->records_most, sizeof *it->record);
	}
	return &it->record[i];
}

/* Makes records of so many words; returns how many. */
static size_t take_records(struct task_iterator *it, const uint64_t *word, size_t words)
{
	const size_t alone = sizeof(struct task_signs) / sizeof *word,
		     whole = sizeof(struct task_record) / sizeof *word;
	size_t n = 0;

	for (size_t at = 0; at + alone <= words; n++) {
		struct task_record *r = record_at(it, n);
		size_t len = word[at] & TASK_SIGNS_ALONE ? alone : whole;

		if (at + len > words)
			break;
		memcpy(r, &word[at], len * sizeof *word);
		memset((uint64_t *)(void *)r + len, 0, (whole - len) * sizeof *word);
		r->signs.tid &= ~TASK_SIGNS_ALONE;
		if (r->told.arrived_ns > it->arrived_ns)
			it->arrived_ns = r->told.arrived_ns;
		at += len;
	}
	return n;
}

/* The kernel's order is that of birth, which PIDs follow until they start anew. */
static void put_in_order(struct task_record *record, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (record[i - 1].signs.tid > record[i].signs.tid) {
			qsort(record, n, sizeof *record, compare_records);
			break;
		}
	}
}

/* One read as the program makes it; 0 or negative errno. */
static int read_once(struct task_iterator *it, bool whole, size_t *ret_n)
{
	int fd = bpf_iter_create(it->link), error;
	size_t len = 0;

	if (fd < 0)
		return fd;
	it->shared->tasks = it->shared->words = 0;
	__atomic_store_n(&it->shared->since_ns, whole ? 0 : it->arrived_ns, __ATOMIC_RELEASE);
	error = read_bytes(it, fd, &len);
	close(fd);
	if (error)
		return error;
	*ret_n = it->words ? take_records(it, it->shared->record, it->shared->words)
			   : take_records(it, it->word, len / sizeof *it->word);
	return 0;
}

/* Threads that there was no room for: 0 or negative errno, and that many are expected then. */
static int make_room(struct task_iterator *it)
{
	size_t words = words_for(it->shared->tasks);

	close_link(it);
	it->words = words;
	return open_link(it);
}

int task_iterator_read(
	struct task_iterator *it, bool whole, const struct task_record **ret_record, size_t *ret_n)
{
	uint64_t arrived_ns = it->arrived_ns;
	int error = it->link < 0 ? -EBADF : read_once(it, whole, ret_n);

	if (!error && it->words && it->shared->tasks > *ret_n) {
		it->arrived_ns = arrived_ns;
		error = make_room(it);
		if (!error)
			error = read_once(it, whole, ret_n);
	}
	if (error)
		return error;
	put_in_order(it->record, *ret_n);
	*ret_record = it->record;
	return 0;
}

const struct task_record *task_record_find(
	const struct task_record *record, size_t n, size_t *at, pid_t tid)
{
	struct task_record want = {.signs.tid = (uint64_t)tid};
	const struct task_record *found;

	for (size_t next = *at; next < n && next <= *at + 1; next++) {
		if (record[next].signs.tid == want.signs.tid) {
			*at = next;
			return &record[next];
		}
	}
	if (!n)
		return NULL;
	found = bsearch(&want, record, n, sizeof *record, compare_records);
	if (found)
		*at = (size_t)(found - record);
	return found;
}
