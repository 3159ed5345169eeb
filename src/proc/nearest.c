/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "twintop/base/vec.h"
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

/* ---- without the list of all ------------------------------------------------ */

/* Those who may be the nearest, as far as they were looked at. */
struct kin {
	const struct proc_root *root;
	VEC(struct process_entry) entry;
	int missed; /* why one of them could not be read, negative errno; 0: none was missed */
};

/* The state of a process whose main thread has ended before the others is that of one of these. */
static void add_one(struct kin *kin, pid_t pid)
{
	struct identity_stat stat, other;
	int error = identity_stat_read(kin->root, pid, &stat);
	struct process_entry e;

	if (error) {
		if (error != -ENOENT && error != -ESRCH)
			kin->missed = error;
		return;
	}
	e = (struct process_entry){
		.id = {pid, stat.start_ticks}, .ppid = stat.ppid, .state = stat.state};
	if (stat.state == 'Z' && stat.threads > 1 &&
		!identity_stat_read_thread(
			kin->root, pid, identity_through(kin->root, pid, pid), &other))
		e.state = other.state;
	VEC_PUSH(&kin->entry, e);
}

/* All children but the one that is there already. 0 or negative errno. */
static int add_children(struct kin *kin, pid_t pid, pid_t there)
{
	pid_t *child = NULL;
	size_t n = 0;
	int error = identity_children(kin->root, pid, &child, &n);

	for (size_t i = 0; i < n && !error; i++)
		if (child[i] != there)
			add_one(kin, child[i]);
	free(child);
	return error == -ENOENT || error == -ESRCH ? 0 : error;
}

static pid_t nearest_of(const struct kin *kin, pid_t pid)
{
	const struct process_list list = {.n = kin->entry.n, .entry = kin->entry.item};

	return process_nearest(kin->root, &list, pid);
}

int process_nearest_find(const struct proc_root *root, pid_t pid, pid_t *ret_nearest)
{
	struct kin kin = {.root = root};
	pid_t nearest = 0, parent;
	int error;

	add_one(&kin, pid);
	error = kin.entry.n ? add_children(&kin, pid, 0) : kin.missed;
	if (kin.entry.n && !error)
		nearest = nearest_of(&kin, pid);
	parent = kin.entry.n ? kin.entry.item[0].ppid : 0;
	if (parent && !nearest && !error) {
		add_one(&kin, parent);
		error = add_children(&kin, parent, pid);
		nearest = error ? 0 : nearest_of(&kin, pid);
	}
	VEC_FREE(&kin.entry);
	if (!error && !nearest)
		error = kin.missed;
	if (!error)
		*ret_nearest = nearest;
	return error;
}
