/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What two strangers of 1,000 descriptors each have in common, against the cost
 * of listing both: descriptions by kcmp(2), rows and channels. Both have the same
 * files open and dup'ed, FIFOs, pipes of their own, and eventfds, which all have one inode.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "twintop/base/clock.h"
#include "twintop/compare/align.h"
#include "twintop/compare/channels.h"
#include "twintop/proc/caps.h"
#include "twintop/proc/fds.h"

#define FDS   1000
#define FILES 100
#define BOUND 3.0

static char folder[] = "/tmp/bench_fds.XXXXXX";

static const char *name_of(const char *kind, int i)
{
	static char path[64];

	snprintf(path, sizeof path, "%s/%s%d", folder, kind, i);
	return path;
}

static void open_one(int i, int last)
{
	int p[2];

	switch (i % 5) {
	case 0:
		open(name_of("file", i / 5 % FILES), O_RDWR | O_CREAT, 0600);
		break;
	case 1:
		mkfifo(name_of("fifo", i / 5 % FILES), 0600);
		open(name_of("fifo", i / 5 % FILES), O_RDWR);
		break;
	case 2:
		if (!pipe(p))
			close(p[1]);
		break;
	case 3:
		(void)!dup(last);
		break;
	default:
		eventfd(0, 0);
	}
}

static void be_stranger(size_t n)
{
	for (int i = 0; i < (int)n; i++)
		open_one(i, 3 + i / 2);
}

struct costs {
	struct bench_costs listing, kcmp, rows, all;
	size_t n, related, channels;
};

static double ms_since(uint64_t ns)
{
	return (double)(clock_thread_cpu_ns() - ns) / 1e6;
}

static int measure_once(struct fd_reader *reader[2], const pid_t pid[2], struct costs *c)
{
	struct pair *p = pair_new();
	struct snapshot s = {.sides = 2};
	struct fd_list *list[2];
	double listing, kcmp, rows;
	uint64_t start = clock_thread_cpu_ns();

	for (int i = 0; i < 2; i++)
		if (fds_read(reader[i], pid[i], NEED_FDS | NEED_SOCKETS, &list[i]))
			return -1;
	listing = ms_since(start);
	start = clock_thread_cpu_ns();
	fds_compare(list[0], pid[0], list[1], pid[1]);
	kcmp = ms_since(start);
	start = clock_thread_cpu_ns();
	for (int i = 0; i < 2; i++) {
		s.side[i].id.pid = pid[i];
		s.side[i].fds = list[i];
	}
	p->verdicts = part_make(PART_VERDICTS);
	p->relation = RELATION_UNRELATED;
	align_fds(&s, p);
	channels_find(&s, p);
	rows = ms_since(start);
	bench_add(&c->listing, listing);
	bench_add(&c->kcmp, kcmp);
	bench_add(&c->rows, rows);
	bench_add(&c->all, kcmp + rows);
	c->n = list[0]->n + list[1]->n;
	c->channels = p->channels_n;
	c->related = 0;
	for (size_t i = 0; i < p->fds_n; i++)
		c->related += p->fd[i].relation != FD_UNRELATED;
	part_put(p);
	part_put(list[0]);
	part_put(list[1]);
	return 0;
}

static void remove_folder(void)
{
	for (int i = 0; i < FILES; i++) {
		unlink(name_of("file", i));
		unlink(name_of("fifo", i));
	}
	rmdir(folder);
}

int main(void)
{
	struct proc_root *root = NULL;
	struct fd_reader *reader[2] = {NULL, NULL};
	struct access access = {{0}};
	struct costs costs = {0};
	pid_t pid[2] = {-1, -1};
	int status = 1;

	if (!mkdtemp(folder) || proc_root_open(NULL, &root) || caps_probe(root, NULL, &access))
		goto out;
	for (int i = 0; i < 2; i++) {
		pid[i] = bench_start(be_stranger, FDS, NULL);
		if (fd_reader_new(root, &access, &reader[i]))
			goto out;
	}
	for (int i = 0; i < BENCH_ROUNDS; i++)
		if (measure_once(reader, pid, &costs))
			goto out;
	printf("%zu descriptors, %zu rows related, %zu channels; kcmp %.3f ms, rows and channels "
	       "%.3f ms\n",
		costs.n, costs.related, costs.channels, bench_median(&costs.kcmp),
		bench_median(&costs.rows));
	status = bench_report("relations of two strangers' descriptors", &costs.all, "listing both",
		&costs.listing, BOUND);
out:
	for (int i = 0; i < 2; i++) {
		if (pid[i] > 0)
			bench_stop(pid[i]);
		fd_reader_free(reader[i]);
	}
	remove_folder();
	if (root)
		proc_root_close(root);
	return status;
}
