/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/event_index.h"

#include <string.h>

#define ROOM_LEAST 64u

static size_t slot_of(const struct event_index *x, pid_t pid)
{
	size_t at = ((size_t)pid * 2654435761u) & (x->room - 1);

	while (x->row[at].pid && x->row[at].pid != pid)
		at = (at + 1) & (x->room - 1);
	return at;
}

/* Twice the room, with everybody in it. */
static void grow(struct event_index *x)
{
	struct event_index old = *x;

	x->room = old.room ? old.room * 2 : ROOM_LEAST;
	x->row = mem_alloc(x->room * sizeof *x->row);
	memset(x->row, 0, x->room * sizeof *x->row);
	for (size_t i = 0; i < old.room; i++)
		if (old.row[i].pid)
			x->row[slot_of(x, old.row[i].pid)] = old.row[i];
	free(old.row);
}

size_t event_marks_from(const struct event_marks *marks, uint64_t monotonic_ns)
{
	size_t low = 0, high = marks->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (marks->item[middle].event->monotonic_ns < monotonic_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Behind those of its time: they come nearly in order. */
static void insert(struct event_marks *marks, struct event_mark mark)
{
	size_t at = marks->n;

	VEC_PUSH(marks, mark);
	for (; at && marks->item[at - 1].event->monotonic_ns > mark.event->monotonic_ns; at--)
		marks->item[at] = marks->item[at - 1];
	marks->item[at] = mark;
}

static void add(struct event_index *x, pid_t pid, struct event_mark mark)
{
	struct event_index_row *row;

	if (pid <= 0)
		return;
	if (x->rows_n + 1 > x->room / 2)
		grow(x);
	row = &x->row[slot_of(x, pid)];
	x->rows_n += !row->pid;
	row->pid = pid;
	insert(&row->marks, mark);
}

void event_index_add(struct event_index *x, const struct event_batch *batch, uint64_t moment_ns)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct event *e = &batch->event[i];
		struct event_mark mark = {e, batch, moment_ns};

		add(x, e->pid, mark);
		if (e->other != e->pid)
			add(x, e->other, mark);
	}
}

const struct event_marks *event_index_of(const struct event_index *x, pid_t pid)
{
	const struct event_index_row *row;

	if (!x->room || pid <= 0)
		return NULL;
	row = &x->row[slot_of(x, pid)];
	return row->pid ? &row->marks : NULL;
}

void event_index_free(struct event_index *x)
{
	for (size_t i = 0; i < x->room; i++)
		VEC_FREE(&x->row[i].marks);
	free(x->row);
	*x = (struct event_index){0};
}
