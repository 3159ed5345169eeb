/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/base/vec.h"
#include "twintop/proc/fds.h"
#include "twintop/proc/kcmp.h"

/* A descriptor of either list, with the process to name to kcmp(2). */
struct row {
	struct fd_entry *e;
	pid_t pid;
};

/* What kcmp(2) refused, as the first negative errno that speaks of a process. */
struct sorting {
	int error;
	bool closed; /* -EBADF came up: some row is gone */
};

static int row_order(const void *a, const void *b)
{
	const struct fd_entry *x = ((const struct row *)a)->e, *y = ((const struct row *)b)->e;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

/* kcmp's order as -1, 0, 1. After an error every pair counts as ordered: the sort still ends. */
static int description_order(const struct row *a, const struct row *b, struct sorting *s)
{
	int order = s->error ? 1 : kcmp_files(a->pid, a->e->fd, b->pid, b->e->fd);

	if (order == -EBADF)
		s->closed = true;
	else if (order < 0)
		s->error = order;
	return order == 0 ? 0 : order == 2 ? 1 : -1;
}

/*
 * Merge sort: it asks the kernel least, and an order that changes under it (a
 * number closed and opened anew) can misplace rows but not lead astray.
 */
static void sort_group(struct row *row, struct row *spare, size_t n, struct sorting *s)
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2 || s->error)
		return;
	sort_group(row, spare, half, s);
	sort_group(row + half, spare, n - half, s);
	while (i < half && j < n)
		spare[k++] = description_order(&row[i], &row[j], s) <= 0 ? row[i++] : row[j++];
	while (i < half)
		spare[k++] = row[i++];
	memcpy(row, spare, k * sizeof *row);
}

/* Moves the rows whose number is closed by now behind the others; how many stay. */
static size_t drop_closed(struct row *row, size_t n, struct sorting *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct row r = row[i];

		if (kcmp_files(r.pid, r.e->fd, r.pid, r.e->fd) == 0)
			row[kept++] = r;
	}
	s->closed = false;
	return kept;
}

/* Equal neighbours get the next id; one alone in its description keeps 0. */
static void number_group(const struct row *row, size_t n, uint64_t *next, struct sorting *s)
{
	for (size_t i = 1; i < n; i++) {
		if (description_order(&row[i - 1], &row[i], s) != 0)
			continue;
		if (row[i - 1].e->description == 0)
			row[i - 1].e->description = (*next)++;
		row[i].e->description = row[i - 1].e->description;
	}
}

#define ROUNDS 4 /* descriptors may be closed while we sort them */

static void compare_group(
	struct row *row, struct row *spare, size_t n, uint64_t *next, struct sorting *s)
{
	for (int i = 0; i < ROUNDS && n > 1; i++) {
		s->closed = false;
		sort_group(row, spare, n, s);
		if (!s->closed)
			break;
		n = drop_closed(row, n, s);
	}
	if (!s->error)
		number_group(row, n, next, s);
}

static void compare_rows(struct row *row, size_t n, struct sorting *s)
{
	struct row *spare = mem_alloc((n + 1) * sizeof *spare);
	uint64_t next = 1;
	size_t end;

	qsort(row, n, sizeof *row, row_order);
	for (size_t start = 0; start < n && !s->error; start = end) {
		for (end = start + 1; end < n && row_order(&row[start], &row[end]) == 0;)
			end++;
		if (end - start > 1)
			compare_group(row + start, spare, end - start, &next, s);
	}
	free(spare);
}

/* Only what is known to be one file can be one description; so rows without a stat stay out. */
static size_t add_rows(struct fd_list *list, pid_t pid, struct row *row)
{
	size_t n = 0;

	for (size_t i = 0; list && i < list->n; i++) {
		list->fd[i].description = 0;
		if (list->fd[i].source[FD_STAT] == VALUE_KNOWN)
			row[n++] = (struct row){&list->fd[i], pid};
	}
	return n;
}

/* Whether kcmp(2) may look at pid at all: compares a descriptor with itself. 0 or negative errno.
 */
static int probe(const struct fd_list *list, pid_t pid)
{
	int rc = 0;

	if (!list || list->part.error)
		return list ? list->part.error : 0;
	for (size_t i = 0; i < list->n; i++) {
		rc = kcmp_files(pid, list->fd[i].fd, pid, list->fd[i].fd);
		if (rc != -EBADF)
			break;
	}
	return rc < 0 && rc != -EBADF ? rc : 0;
}

static int description_then_number(const void *a, const void *b)
{
	const struct fd_entry *x = *(struct fd_entry *const *)a, *y = *(struct fd_entry *const *)b;

	if (x->description != y->description)
		return x->description < y->description ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

/* Within one process equal descriptions come of dup(2) or its like. */
static void mark_dups(struct fd_list *list)
{
	struct fd_entry **e = mem_alloc((list->n + 1) * sizeof(struct fd_entry *));
	size_t n = 0, first = 0;

	for (size_t i = 0; i < list->n; i++) {
		list->fd[i].is_dup = false;
		if (list->fd[i].description)
			e[n++] = &list->fd[i];
	}
	qsort(e, n, sizeof(struct fd_entry *), description_then_number);
	for (size_t i = 1; i < n; i++) {
		if (e[i]->description != e[first]->description) {
			first = i;
			continue;
		}
		e[i]->is_dup = true;
		e[i]->dup_of = e[first]->fd;
	}
	free(e);
}

static void set_state(struct fd_list *list, int error)
{
	if (!list)
		return;
	list->descriptions = value_state_of_error(error);
	for (size_t i = 0; error && i < list->n; i++)
		list->fd[i].description = 0;
	mark_dups(list);
}

void fds_compare(struct fd_list *a, pid_t pid_a, struct fd_list *b, pid_t pid_b)
{
	const int error_a = probe(a, pid_a), error_b = probe(b, pid_b);
	struct sorting s = {0};
	struct row *row;
	size_t n = 0;

	row = mem_alloc(((a ? a->n : 0) + (b ? b->n : 0) + 1) * sizeof *row);
	if (!error_a)
		n += add_rows(a, pid_a, row);
	if (!error_b)
		n += add_rows(b, pid_b, row + n);
	compare_rows(row, n, &s);
	free(row);
	set_state(a, error_a ? error_a : s.error);
	set_state(b, error_b ? error_b : s.error);
}
