/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/identity.h"
#include "twintop/proc/libproc.h"
#include "twintop/proc/nspid.h"

/* Where a relative is looked for. */
struct search {
	const struct proc_root *root;
	const struct process_list *list;
	pid_t pid, ourselves; /* neither of them is taken */
};

static const struct process_entry *find(const struct process_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->entry[i].id.pid == pid)
			return &list->entry[i];
	return NULL;
}

/* Of one parent. Children that were born within one tick: PIDs wrap, so it tells who came later. */
static bool newer(
	const struct search *s, const struct process_entry *a, const struct process_entry *b)
{
	int order;

	if (!b || a->id.start_ticks != b->id.start_ticks)
		return !b || a->id.start_ticks > b->id.start_ticks;
	order = identity_born_later(s->root, a->ppid, a->id.pid, b->id.pid);
	return order ? order > 0 : a->id.pid > b->id.pid;
}

/* Whether both run the same file, as far as we may look. */
static bool same_executable(const struct proc_root *root, pid_t a, pid_t b)
{
	struct textbuf x = {0}, y = {0};
	bool same = proc_readlink(root, &x, "%d/exe", identity_through(root, a, a)) == 0 &&
		    proc_readlink(root, &y, "%d/exe", identity_through(root, b, b)) == 0 &&
		    text_equal((struct text){x.bytes, x.len}, (struct text){y.bytes, y.len});

	textbuf_free(&x);
	textbuf_free(&y);
	return same;
}

/* Not what has ended, and not ourselves: whoever watches a shell does not mean twintop in it. */
static bool candidate(const struct search *s, const struct process_entry *e)
{
	return e->id.pid != s->pid && e->id.pid != s->ourselves && e->state != 'Z' &&
	       e->state != 'X';
}

static pid_t newest_child(const struct search *s)
{
	const struct process_entry *best = NULL;

	for (size_t i = 0; i < s->list->n; i++) {
		const struct process_entry *e = &s->list->entry[i];

		if (e->ppid == s->pid && candidate(s, e) && newer(s, e, best))
			best = e;
	}
	return best ? best->id.pid : 0;
}

static pid_t newest_twin(const struct search *s, pid_t parent)
{
	const struct process_entry *best = NULL;

	for (size_t i = 0; i < s->list->n; i++) {
		const struct process_entry *e = &s->list->entry[i];

		if (e->ppid == parent && candidate(s, e) &&
			same_executable(s->root, s->pid, e->id.pid) && newer(s, e, best))
			best = e;
	}
	return best ? best->id.pid : 0;
}

pid_t process_nearest(const struct proc_root *root, const struct process_list *list, pid_t pid)
{
	const struct process_entry *self = find(list, pid), *parent;
	struct search s = {root, list, pid, nspid_self(root)};
	pid_t child, twin;

	if (!self)
		return 0;
	child = newest_child(&s);
	if (child)
		return child;
	parent = self->ppid ? find(list, self->ppid) : NULL;
	if (!parent)
		return 0;
	if (candidate(&s, parent) && same_executable(root, pid, parent->id.pid))
		return parent->id.pid;
	twin = newest_twin(&s, parent->id.pid);
	if (twin)
		return twin;
	return candidate(&s, parent) && parent->id.pid != INIT_PID ? parent->id.pid : 0;
}
