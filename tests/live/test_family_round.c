/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a family's reader goes round: what it reads, of whom and when, counted by the bytes. */
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "reading.h"
#include "twintop/base/clock.h"
#include "twintop/model/family.h"
#include "twintop/proc/host.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/reader.h"

extern const struct reader_ops family_reader_ops;

#define WORKERS	    24
#define WORKERS_ARG "24"
#define MIB_ARG	    "8"
#define CALM_NS	    1000000000u /* figures that are the same are told anew so seldom */
#define BOUND_NS    60000000000u

/* The reader of a family, and what it told last. */
struct round {
	struct proc_root *root;
	struct reader_context context;
	struct specimen *specimen;
	void *reader;
	struct task_id first;
	const struct page_map *pages; /* the first one's, as read for other parts; NULL: not read */
	const struct family *had;
	uint64_t turns_ns; /* what the last read took for pages */
};

static void round_open(struct round *r, struct specimen *specimen)
{
	pid_t pid = specimen_pid(specimen);
	struct identity_stat stat;

	*r = (struct round){.specimen = specimen};
	assert_int_equal(proc_root_open(NULL, &r->root), 0);
	r->context = (struct reader_context){.root = r->root, .fd_share = 64};
	denied_probe(r->root, NULL, &r->context.access);
	assert_int_equal(identity_stat_read(r->root, pid, &stat), 0);
	r->first = (struct task_id){pid, stat.start_ticks};
	assert_int_equal(family_reader_ops.open(&r->context, &r->reader), 0);
}

static void round_close(struct round *r)
{
	family_reader_ops.close(r->reader);
	part_put(r->had);
	proc_root_close(r->root);
	specimen_stop(r->specimen);
}

/* Bytes that this thread has read, as the kernel counts them. */
static uint64_t bytes_read(void)
{
	char line[64];
	uint64_t n = 0;
	FILE *f = fopen("/proc/thread-self/io", "re");

	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "rchar: %" SCNu64, &n) == 1)
			break;
	if (f)
		fclose(f);
	if (!n) {
		print_message("the kernel does not count what is read\n");
		skip();
	}
	return n;
}

/* One read, with so much of a core for pages; how many bytes that took. */
static uint64_t round_read(struct round *r, unsigned permille)
{
	struct reader_job job = {.need = NEED_FAMILY,
		.page_permille = permille,
		.side[0] = {.id = r->first,
			.tid = r->first.pid,
			.through = r->first.pid,
			.had.pages = r->pages},
		.host_had.family = r->had};
	uint64_t before = bytes_read();

	family_reader_ops.read(r->reader, &job);
	before = bytes_read() - before;
	assert_non_null(job.host.family);
	part_put(r->had);
	r->had = job.host.family;
	r->turns_ns = job.turns_ns;
	return before;
}

/* Bytes of pagemap for all that a process has mapped. */
static uint64_t pagemap_bytes(pid_t pid)
{
	char path[64], line[512];
	uint64_t start, end, n = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2 && !(start >> 63))
			n += (end - start) / host_page_bytes() * sizeof(uint64_t);
	fclose(f);
	return n;
}

static struct specimen *workers(void)
{
	return specimen_start("workers", WORKERS_ARG, MIB_ARG, NULL);
}

/* What a few have written is looked at once more, of the first one; the rest are texts. */
static void the_first_ones_pages_are_read_once(void **state)
{
	struct round r;
	uint64_t one, all;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	bytes_read();
	round_open(&r, workers());
	one = pagemap_bytes(r.first.pid);
	all = round_read(&r, 50);
	print_message(
		"%.2f times one pagemap for %d members\n", (double)all / (double)one, WORKERS + 1);
	assert_int_equal(r.had->n, WORKERS + 1);
	assert_true(r.had->counted > 1);
	assert_true(all >= r.had->counted * one);
	assert_true(all < (r.had->counted + 1) * one * 3 / 2);
	round_close(&r);
}

/* Whether nobody is looked at for a second once a round is over. */
static bool rests(struct round *r)
{
	uint64_t begin;

	do {
		begin = clock_monotonic_ns();
		round_read(r, 1000);
	} while (r->had->counted < r->had->living);
	for (int i = 0; i < 5; i++) {
		round_read(r, 1000);
		if (r->turns_ns && clock_monotonic_ns() - begin < CALM_NS)
			return false;
	}
	return true;
}

/* A round that is over is enough for a second, unless somebody moves: who is just born may. */
static void who_rests_is_left_alone(void **state)
{
	struct round r;
	uint64_t until = clock_monotonic_ns() + BOUND_NS;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	bytes_read();
	round_open(&r, specimen_start("family", NULL));
	while (!rests(&r))
		assert_true(clock_monotonic_ns() < until);
	kill((pid_t)specimen_number(r.specimen, "w1"), SIGUSR1);
	until = clock_monotonic_ns() + BOUND_NS;
	do {
		round_read(&r, 1000);
		assert_true(clock_monotonic_ns() < until);
	} while (r.turns_ns == 0);
	round_close(&r);
}

/*
 * What was read of A and B for other parts will do for a moment. It stays what it was while they do
 * nothing: figures would grow old, though reading them anew costs next to nothing.
 */
static void what_was_read_for_others_will_not_do_for_long(void **state)
{
	struct reading reading;
	struct round r;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	bytes_read();
	round_open(&r, workers());
	reading_open(&reading, r.first.pid, 64);
	reading_take(&reading, NEED_PAGES);
	assert_true(page_map_known(reading.pages));
	clock_sleep_ns(20 * reading.pages->part.cpu_ns);
	r.pages = reading.pages;
	round_read(&r, 50);
	assert_true(r.had->member[0].pages.read_ns > reading.pages->part.end_ns);
	reading_close(&reading);
	r.pages = NULL;
	round_close(&r);
}

#define PAGES 8

/* A child that has written the pages from the first one on. */
static pid_t have_writer(char *memory, size_t first)
{
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		for (size_t i = first; i < PAGES; i++)
			memory[i * host_page_bytes()] = 'w';
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

/*
 * Our pages are lent as they were a moment ago: where they differ from the child's they are looked
 * at once more. Of six that it has copied we have given up one since.
 */
static void what_has_moved_meanwhile_is_not_guessed(void **state)
{
	size_t page = host_page_bytes();
	char *memory = mmap(
		NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct reading ours, its;
	struct page_target lent = {0}, child;
	struct member_pages before, after;
	pid_t pid;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_FRAMES);
	assert_true(memory != MAP_FAILED);
	memset(memory, 'a', PAGES * page);
	pid = have_writer(memory, 2);
	reading_open(&ours, getpid(), 64);
	reading_open(&its, pid, 64);
	reading_take(&ours, NEED_PAGES);
	reading_take(&its, NEED_PAGES);
	if (!ours.pages->frames_known) {
		print_message("frame numbers need CAP_SYS_ADMIN\n");
		skip();
	}
	before = family_count(its.pages, ours.pages, NULL);
	madvise(memory + 4 * page, page, MADV_DONTNEED);
	lent = (struct page_target){.memory = ours.memory,
		.lent = ours.pages,
		.pagemap_fd = proc_open(ours.root, O_RDONLY, "%d/pagemap", (int)getpid())};
	child = (struct page_target){.memory = its.memory,
		.pages = part_make(PART_PAGES),
		.pagemap_fd = proc_open(ours.root, O_RDONLY, "%d/pagemap", (int)pid)};
	pages_read(its.page_reader, &child, &lent);
	after = family_count(child.pages, ours.pages, NULL);
	assert_int_equal(child.pages->part.state, VALUE_KNOWN);
	for (size_t i = 0; i < PAGES; i++)
		assert_int_equal((page_map_entry(child.pages, (uintptr_t)memory + i * page) &
					 PAGE_CHANGED) != 0,
			i == 4);
	assert_true(after.copied < before.copied);
	close(child.pagemap_fd);
	close(lent.pagemap_fd);
	part_put(child.pages);
	reading_close(&ours);
	reading_close(&its);
	munmap(memory, PAGES * page);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A thread beside the main one runs; that one waits. */
static void all_threads_time_counts(void **state)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	struct round r;

	(void)state;
	round_open(&r, specimen_start("threads", NULL));
	specimen_say(r.specimen, "spin");
	do {
		round_read(&r, 50);
		assert_true(clock_monotonic_ns() < until);
	} while (r.had->member[0].moves.cpu_ticks < 10);
	specimen_say(r.specimen, "rest");
	round_close(&r);
}

/* A share that is used up is waited for. */
static void no_more_is_read_than_the_share_allows(void **state)
{
	uint64_t begin, used = 0, took, most = 0;
	struct round r;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	bytes_read();
	round_open(&r, workers());
	round_read(&r, 10);
	begin = clock_monotonic_ns();
	do {
		round_read(&r, 10);
		used += r.turns_ns;
		most = r.turns_ns > most ? r.turns_ns : most;
		took = clock_monotonic_ns() - begin;
	} while (took < CALM_NS);
	/* Each read may go beyond it by one member, which is waited for after that. */
	assert_true(used > 0);
	assert_true(used <= took / 100 + most);
	round_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_ones_pages_are_read_once),
		cmocka_unit_test(who_rests_is_left_alone),
		cmocka_unit_test(what_was_read_for_others_will_not_do_for_long),
		cmocka_unit_test(what_has_moved_meanwhile_is_not_guessed),
		cmocka_unit_test(all_threads_time_counts),
		cmocka_unit_test(no_more_is_read_than_the_share_allows),
	};

	return live_run(tests, NULL, NULL);
}
