/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One refresh of 1,000 threads, of which a tenth runs in every 100 ms, against
 * one of `top -H`: everything that the Threads view shows, with mappings for the stacks.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "bench.h"
#include "load.h"
#include "twintop/base/clock.h"
#include "twintop/proc/maps.h"
#include "twintop/proc/threads.h"

#define THREADS	   1000
#define PAUSE_NS   100000000u
#define TOP_ROUNDS 4
#define BOUND	   0.5

static void be_target(size_t n)
{
	load_threads(n, PAUSE_NS);
}

/* CPU of one refresh of top: what more refreshes cost more. Negative where there is no top. */
static double top_ms(pid_t pid)
{
	char target[16], more[16];
	const char *once[] = {"top", "-H", "-b", "-n", "1", "-d", "0.1", "-p", target, NULL};
	const char *often[] = {"top", "-H", "-b", "-n", more, "-d", "0.1", "-p", target, NULL};
	double few, many;

	snprintf(target, sizeof target, "%d", (int)pid);
	snprintf(more, sizeof more, "%d", TOP_ROUNDS + 1);
	few = bench_command_ms(once);
	many = bench_command_ms(often);
	return few < 0 || many < 0 ? -1 : (many - few) / TOP_ROUNDS;
}

static const struct memory_map *read_maps(const struct proc_root *root, pid_t pid)
{
	struct memory_map *m = part_make(PART_MAPPINGS);
	int fd = proc_open(root, O_RDONLY, "%d/maps", (int)pid);
	uint64_t cpu = clock_thread_cpu_ns();
	int error = fd < 0 ? fd : maps_read(root, pid, fd, text_of(""), m);

	if (fd >= 0)
		close(fd);
	part_seal(&m->part, cpu, error);
	return m;
}

static double refresh_ms(
	struct thread_reader *reader, const struct proc_root *root, pid_t pid, unsigned need)
{
	const struct memory_map *memory = NULL;
	const struct thread_list *list;
	uint64_t cpu = clock_thread_cpu_ns(), spent;

	if (need & NEED_STACKS)
		memory = read_maps(root, pid);
	thread_read(reader, need, memory, NULL, &list);
	spent = clock_thread_cpu_ns() - cpu;
	if (list->n != THREADS)
		fprintf(stderr, "read %zu of %d threads\n", list->n, THREADS);
	part_put(list);
	part_put(memory);
	return (double)spent / 1e6;
}

int main(void)
{
	static const unsigned columns =
		NEED_THREADS | NEED_THREAD_STATUS | NEED_THREAD_SYSCALL | NEED_THREAD_WCHAN;
	struct bench_costs all = {0}, table = {0}, top = {0};
	struct access access = {0};
	struct thread_reader *full, *few;
	struct proc_root *root;
	pid_t pid;
	int over;

	if (proc_root_open(NULL, &root) < 0)
		return 1;
	pid = bench_start(be_target, THREADS, NULL);
	thread_reader_new(root, &access, (struct task_id){.pid = pid}, 5000, &full);
	thread_reader_new(root, &access, (struct task_id){.pid = pid}, 5000, &few);
	for (int round = -2; round < BENCH_ROUNDS; round++) {
		double a, b, c;

		clock_sleep_ns(PAUSE_NS);
		a = refresh_ms(full, root, pid, columns | NEED_STACKS);
		b = refresh_ms(few, root, pid, columns);
		c = round < 0 ? 0 : top_ms(pid);
		if (c < 0) {
			fprintf(stderr, "bench_threads: no top to compare with\n");
			break;
		}
		/* While top ran, threads did too: a round that is not counted. */
		clock_sleep_ns(PAUSE_NS);
		refresh_ms(full, root, pid, columns | NEED_STACKS);
		refresh_ms(few, root, pid, columns);
		if (round >= 0) {
			bench_add(&all, a);
			bench_add(&table, b);
			bench_add(&top, c);
		}
	}
	over = bench_report("1,000 threads, all columns", &table, "top -H", &top, BOUND);
	over |= bench_report("1,000 threads, stacks and mappings too", &all, "top -H", &top, BOUND);
	thread_reader_free(full);
	thread_reader_free(few);
	proc_root_close(root);
	bench_stop(pid);
	return over;
}
