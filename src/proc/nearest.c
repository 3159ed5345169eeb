/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <unistd.h>

#include "twintop/proc/libproc.h"

static const struct process_entry *find(const struct process_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->entry[i].id.pid == pid)
			return &list->entry[i];
	return NULL;
}

static bool newer(const struct process_entry *a, const struct process_entry *b)
{
	if (!b || a->id.start_ticks != b->id.start_ticks)
		return !b || a->id.start_ticks > b->id.start_ticks;
	return a->id.pid > b->id.pid;
}

/* Whether both run the same file, as far as we may look. */
static bool same_executable(const struct proc_root *root, pid_t a, pid_t b)
{
	struct textbuf x = {0}, y = {0};
	bool same = proc_readlink(root, &x, "%d/exe", a) == 0 &&
		    proc_readlink(root, &y, "%d/exe", b) == 0 &&
		    text_equal((struct text){x.bytes, x.len}, (struct text){y.bytes, y.len});

	textbuf_free(&x);
	textbuf_free(&y);
	return same;
}

/* Not what has ended, and not ourselves: whoever watches a shell does not mean twintop in it. */
static bool candidate(const struct process_entry *e, pid_t not_this)
{
	return e->id.pid != not_this && e->id.pid != getpid() && e->state != 'Z' && e->state != 'X';
}

static pid_t newest_child(const struct process_list *list, pid_t pid)
{
	const struct process_entry *best = NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct process_entry *e = &list->entry[i];

		if (e->ppid == pid && candidate(e, pid) && newer(e, best))
			best = e;
	}
	return best ? best->id.pid : 0;
}

static pid_t newest_twin(
	const struct proc_root *root, const struct process_list *list, pid_t pid, pid_t parent)
{
	const struct process_entry *best = NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct process_entry *e = &list->entry[i];

		if (e->ppid == parent && candidate(e, pid) && newer(e, best) &&
			same_executable(root, pid, e->id.pid))
			best = e;
	}
	return best ? best->id.pid : 0;
}

pid_t process_nearest(const struct proc_root *root, const struct process_list *list, pid_t pid)
{
	const struct process_entry *self = find(list, pid), *parent;
	pid_t child, twin;

	if (!self)
		return 0;
	child = newest_child(list, pid);
	if (child)
		return child;
	parent = self->ppid ? find(list, self->ppid) : NULL;
	if (!parent)
		return 0;
	if (candidate(parent, pid) && same_executable(root, pid, parent->id.pid))
		return parent->id.pid;
	twin = newest_twin(root, list, pid, parent->id.pid);
	if (twin)
		return twin;
	return candidate(parent, pid) && parent->id.pid != INIT_PID ? parent->id.pid : 0;
}
