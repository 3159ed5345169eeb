/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What page reading costs against the least that it can cost, and against pmap(1). */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench.h"
#include "twintop/base/clock.h"
#include "twintop/compare/compare.h"
#include "twintop/proc/caps.h"
#include "twintop/proc/host.h"
#include "twintop/proc/kcmp.h"
#include "twintop/proc/maps.h"
#include "twintop/proc/pages.h"

#define BITE 16384u

/* Two processes (b 0: one), our readers on them, and what they found last. */
struct bench_case {
	struct proc_root *root;
	struct access access;
	struct page_reader *reader;
	struct comparer *comparer;
	struct host host;
	struct shares *shares; /* of both, as kcmp(2) says: the comparer asks whose space it is */
	pid_t pid[2];
	int maps[2], pagemap[2];
	const struct page_map *pages[2];
};

static int open_of(const struct bench_case *c, pid_t pid, const char *name)
{
	int fd = proc_open(c->root, O_RDONLY, "%d/%s", (int)pid, name);

	if (fd >= 0)
		return fd;
	fprintf(stderr, "bench: %s of %d: %s\n", name, (int)pid, strerror(-fd));
	exit(1);
}

static void case_begin(struct bench_case *c, pid_t a, pid_t b)
{
	memset(c, 0, sizeof *c);
	if (proc_root_open(NULL, &c->root) || caps_probe(c->root, NULL, &c->access) ||
		page_reader_new(c->root, &c->access, 0, &c->reader))
		exit(1);
	c->comparer = comparer_new();
	host_read(&c->host);
	c->shares = part_make(PART_SHARES);
	if (b)
		kcmp_shares(a, b, c->shares);
	c->pid[0] = a;
	c->pid[1] = b;
	for (int i = 0; i < (b ? 2 : 1); i++) {
		c->maps[i] = open_of(c, c->pid[i], "maps");
		c->pagemap[i] = open_of(c, c->pid[i], "pagemap");
	}
}

static void case_end(struct bench_case *c)
{
	for (int i = 0; i < (c->pid[1] ? 2 : 1); i++) {
		close(c->maps[i]);
		close(c->pagemap[i]);
		part_put(c->pages[i]);
	}
	part_put(c->shares);
	comparer_free(c->comparer);
	page_reader_free(c->reader);
	proc_root_close(c->root);
}

/* Mappings and pages of both, as the sampler reads them. */
static void read_all(struct bench_case *c)
{
	struct page_target target[2] = {{0}};
	int n = c->pid[1] ? 2 : 1;

	for (int i = 0; i < n; i++) {
		struct memory_map *m = part_make(PART_MAPPINGS);

		if (maps_read(c->root, c->pid[i], c->maps[i], text_of(""), m))
			exit(1);
		part_seal(&m->part, 0, 0);
		target[i] = (struct page_target){
			m, part_make(PART_PAGES), c->pagemap[i], c->pages[i], c->pid[i], NULL};
	}
	pages_read(c->reader, &target[0], n == 2 ? &target[1] : NULL);
	for (int i = 0; i < n; i++) {
		part_put(target[i].memory);
		part_put(c->pages[i]);
		c->pages[i] = target[i].pages;
	}
}

static uint64_t ours_pages(void *context)
{
	struct bench_case *c = context;

	read_all(c);
	return 0;
}

/* The same with nothing known from an earlier read. */
static uint64_t ours_afresh(void *context)
{
	struct bench_case *c = context;

	part_put(c->pages[0]);
	c->pages[0] = NULL;
	read_all(c);
	return 0;
}

static uint64_t ours_pair(void *context)
{
	struct bench_case *c = context;
	struct snapshot *s = snapshot_new();
	const struct pair_pages *n;
	const struct pair *p;
	uint64_t shared;

	read_all(c);
	s->host = c->host;
	s->access = c->access;
	s->shares = part_get(c->shares);
	s->sides = 2;
	for (int i = 0; i < 2; i++) {
		s->side[i].id.pid = s->side[i].tid = c->pid[i];
		s->side[i].memory = part_get(c->pages[i]->memory);
		s->side[i].pages = part_get(c->pages[i]);
	}
	p = comparer_pair(c->comparer, s);
	n = &p->verdicts->pages;
	shared = n->cow_shared + n->file_shared + n->zero;
	part_put(p);
	part_put(s);
	return shared;
}

static uint64_t *buffer(int i)
{
	static uint64_t entries[2][BITE];

	return entries[i];
}

/* Calls each(start, end) for every line of maps; returns the sum of the results. */
static uint64_t each_mapping(
	struct bench_case *c, uint64_t (*each)(struct bench_case *, uint64_t, uint64_t))
{
	struct textbuf text = {0};
	struct scan rest, line;
	uint64_t start, end, sum = 0;

	if (proc_read_fd(c->maps[0], &text))
		exit(1);
	rest = scan_of(text.bytes, text.len);
	while (scan_line(&rest, &line))
		if (scan_hex(&line, &start) && scan_char(&line, '-') && scan_hex(&line, &end) &&
			start < 1ull << 56)
			sum += each(c, start, end);
	textbuf_free(&text);
	return sum;
}

static uint64_t stream_mapping(struct bench_case *c, uint64_t start, uint64_t end)
{
	const uint64_t present = 1ull << 63, frame = (1ull << 55) - 1;
	uint64_t *a = buffer(0), *b = buffer(1), same = 0, size = host_page_bytes();

	while (start < end) {
		size_t n = (end - start) / size < BITE ? (end - start) / size : BITE;
		off_t at = (off_t)(start / size * 8);

		if (pread(c->pagemap[0], a, n * 8, at) != (ssize_t)n * 8 ||
			pread(c->pagemap[1], b, n * 8, at) != (ssize_t)n * 8)
			break;
		for (size_t i = 0; i < n; i++)
			same += (a[i] & present) && !((a[i] ^ b[i]) & (present | frame));
		start += n * size;
	}
	return same;
}

static uint64_t floor_stream(void *context)
{
	return each_mapping(context, stream_mapping);
}

static uint64_t whole_mapping(struct bench_case *c, uint64_t start, uint64_t end)
{
	uint64_t *a = buffer(0), size = host_page_bytes(), present = 0;

	while (start < end) {
		size_t n = (end - start) / size < BITE ? (end - start) / size : BITE;

		if (pread(c->pagemap[0], a, n * 8, (off_t)(start / size * 8)) <= 0)
			break;
		for (size_t i = 0; i < n; i++)
			present += a[i] >> 63;
		start += n * size;
	}
	return present;
}

static uint64_t floor_whole(void *context)
{
	each_mapping(context, whole_mapping);
	return 0;
}

/* ---- measuring ---------------------------------------------------------------- */

typedef uint64_t bench_fn(void *context);

static double timed(bench_fn *fn, void *context)
{
	uint64_t begin = clock_process_cpu_ns();

	fn(context);
	return (double)(clock_process_cpu_ns() - begin) / 1e6;
}

/* Both ways in turns after one warm-up each; 1 when the ratio is beyond the bound. */
static int compare(const char *what, bench_fn *ours, const char *peer, bench_fn *theirs,
	struct bench_case *c, double bound)
{
	struct bench_costs a = {0}, b = {0};

	timed(ours, c);
	timed(theirs, c);
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		bench_add(&a, timed(ours, c));
		bench_add(&b, timed(theirs, c));
	}
	return bench_report(what, &a, peer, &b, bound);
}

static int compare_command(const char *what, bench_fn *ours, const char *const argv[],
	struct bench_case *c, double bound)
{
	struct bench_costs a = {0}, b = {0};

	timed(ours, c);
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		bench_add(&a, timed(ours, c));
		bench_add(&b, bench_command_ms(argv));
	}
	return bench_report(what, &a, "pmap -X", &b, bound);
}

/* ---- targets ------------------------------------------------------------------ */

static void *reserve(size_t size, int protection)
{
	void *p = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

/* 1 GiB written, then a child that has all of it from us; the number is its PID. */
static void target_fork(size_t size)
{
	char *p = reserve(size, PROT_READ | PROT_WRITE);
	pid_t child;

	for (size_t at = 0; at < size; at += host_page_bytes())
		p[at] = 1;
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	bench_ready((uint64_t)child);
}

/* One mapping of that many bytes with 1,000 pages touched far from each other. */
static void target_sparse(size_t size)
{
	size_t step = size / 1000 / host_page_bytes() * host_page_bytes();
	char *p = reserve(size, PROT_READ | PROT_WRITE);

	for (size_t i = 0; i < 1000; i++)
		p[i * step] = 1;
}

/* So many mappings of a page each that never merge; every other one touched. */
static void target_maps(size_t n)
{
	size_t size = host_page_bytes();
	char *p = reserve(n * size, PROT_READ);

	for (size_t i = 1; i < n; i += 2) {
		if (mprotect(p + i * size, size, PROT_READ | PROT_WRITE)) {
			perror("mprotect (vm.max_map_count?)");
			exit(1);
		}
		p[i * size] = 1;
	}
}

static int bench_fork(void)
{
	struct bench_case c;
	uint64_t child;
	pid_t pid = bench_start(target_fork, 1u << 30, &child);
	int over = 0;

	case_begin(&c, pid, (pid_t)child);
	if (c.access.state[ACCESS_FRAMES] != VALUE_KNOWN)
		printf("equal frames of a fork pair: skipped, frame numbers need CAP_SYS_ADMIN\n");
	else if (ours_pair(&c) != floor_stream(&c))
		over = printf("equal frames of a fork pair: the two ways count differently\n");
	else
		over = compare("equal frames of a 1 GiB fork pair", ours_pair,
			"streaming both pagemaps", floor_stream, &c, 1.5);
	case_end(&c);
	bench_stop(pid);
	return over != 0;
}

static int bench_sparse(void)
{
	struct bench_case c;
	pid_t pid = bench_start(target_sparse, 1ull << 40, NULL);
	int over;

	case_begin(&c, pid, 0);
	over = compare(
		"1 TiB sparse, seen before", ours_pages, "its whole pagemap", floor_whole, &c, 0.1);
	over |= compare("1 TiB sparse, at first sight", ours_afresh, "its whole pagemap",
		floor_whole, &c, 0.1);
	case_end(&c);
	bench_stop(pid);
	return over;
}

static int bench_maps(void)
{
	struct bench_case c;
	pid_t pid = bench_start(target_maps, 30000, NULL);
	char number[32];
	const char *argv[] = {"pmap", "-X", number, NULL};
	int over;

	snprintf(number, sizeof number, "%d", (int)pid);
	case_begin(&c, pid, 0);
	over = compare_command("30,000 mappings with page counts", ours_pages, argv, &c, 0.2);
	case_end(&c);
	bench_stop(pid);
	return over;
}

int main(void)
{
	int over = bench_fork();

	over |= bench_sparse();
	over |= bench_maps();
	return over;
}
