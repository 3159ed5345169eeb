/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The children and the threads of a process, by what their lists have more or less than before. */
#include <limits.h>
#include <stdlib.h>

#include "poll_internal.h"
#include "twintop/base/clock.h"
#include "twintop/proc/task.h"

/* What a list's change means. */
struct change {
	void (*came)(struct poll *f, struct poll_process *p, pid_t id);
	bool (*went)(struct poll *f, struct poll_process *p,
		pid_t id); /* false: it is there all the same */
};

/* Puts what is there now, ascending, in the place of list's. A list may miss what is there. */
static void change_list(struct poll *f, struct poll_process *p, struct poll_list *list,
	const pid_t *now, size_t n, const struct change *change)
{
	struct poll_ids before = list->ids, after = {0};
	size_t i = 0, k = 0;

	while (i < before.n || k < n) {
		pid_t old = i < before.n ? before.item[i] : INT_MAX;
		pid_t new = k < n ? now[k] : INT_MAX;

		if (new < old && list->known)
			change->came(f, p, new);
		if (new <= old || !change->went(f, p, old))
			VEC_PUSH(&after, new <= old ? new : old);
		i += old <= new;
		k += new <= old;
	}
	list->ids = after;
	list->known = true;
	VEC_FREE(&before);
}

/* ---- children ------------------------------------------------------------ */

static void child_came(struct poll *f, struct poll_process *p, pid_t pid)
{
	/* Since the last look: its start may lie as far back. */
	const struct event fork = {.kind = EVENT_FORK,
		.pid = p->identity.id.pid,
		.other = pid,
		.span_ns = clock_monotonic_ns() - p->children.read_ns};
	struct poll_process *child;

	poll_tell(f, fork, task_name_text(&p->name), text_of(NULL));
	child = poll_adopt(f, pid, p->identity.id.pid);
	/* A forked process runs its parent's program: this one has done with that already. */
	if (child && child->name.known && !(child->flags & TASK_NO_EXEC))
		poll_tell(f, (struct event){.kind = EVENT_EXEC, .pid = pid},
			task_name_text(&child->name), text_of(NULL));
}

/* One that is followed tells of its end itself, with its status. */
static bool child_went(struct poll *f, struct poll_process *p, pid_t pid)
{
	struct poll_process *child = poll_find_pid(f, pid);
	struct identity_stat stat;

	if (child && child->state == POLL_LIVES)
		return false;
	if (child) {
		child->listed = false;
		return true;
	}
	if (!identity_stat_read(f->context.root, pid, &stat) && stat.ppid == p->identity.id.pid)
		return false;
	poll_tell(f, (struct event){.kind = EVENT_EXIT, .pid = pid}, text_of(NULL), text_of(NULL));
	return true;
}

static void read_children(struct poll *f, struct poll_process *p)
{
	static const struct change change = {child_came, child_went};
	uint64_t cpu_start_ns = clock_thread_cpu_ns(), begin_ns = clock_monotonic_ns();
	pid_t *now;
	size_t n;

	if (!identity_children(f->context.root, p->identity.id.pid, &now, &n)) {
		change_list(f, p, &p->children, now, n, &change);
		p->children.read_ns = begin_ns;
		free(now);
	}
	poll_rest(f, &p->children.pace, cpu_start_ns);
}

/* ---- threads ------------------------------------------------------------- */

static struct poll_thread *find_thread(struct poll_process *p, pid_t tid)
{
	for (size_t i = 0; i < p->names.n; i++)
		if (p->names.item[i].tid == tid)
			return &p->names.item[i];
	return NULL;
}

/* False where it has gone. */
static bool read_name(struct poll *f, const struct poll_process *p, pid_t tid)
{
	textbuf_clear(&f->text);
	return !task_comm_read(f->context.root, p->identity.id.pid, tid, &f->text);
}

static void thread_came(struct poll *f, struct poll_process *p, pid_t tid)
{
	const struct event e = {.kind = EVENT_THREAD, .pid = p->identity.id.pid, .tid = tid};
	struct poll_thread t = {.tid = tid};

	if (p->names.n < POLL_NAMES && read_name(f, p, tid)) {
		task_name_set(&t.name, (struct text){f->text.bytes, f->text.len});
		VEC_PUSH(&p->names, t);
	}
	poll_tell(f, e, task_name_text(&t.name), text_of(NULL));
}

static bool thread_went(struct poll *f, struct poll_process *p, pid_t tid)
{
	const struct event e = {.kind = EVENT_THREAD_EXIT, .pid = p->identity.id.pid, .tid = tid};
	struct poll_thread *t = find_thread(p, tid);

	if (!task_is_gone(f->context.root, e.pid, tid))
		return false;
	poll_tell(f, e, t ? task_name_text(&t->name) : text_of(NULL), text_of(NULL));
	if (t)
		*t = p->names.item[--p->names.n];
	return true;
}

static void read_threads(struct poll *f, struct poll_process *p)
{
	static const struct change change = {thread_came, thread_went};
	uint64_t cpu_start_ns = clock_thread_cpu_ns();
	int *now;
	size_t n;

	if (!proc_list_numbers(f->context.root, &now, &n, "%d/task", p->identity.id.pid)) {
		if (n)
			change_list(f, p, &p->threads, now, n, &change);
		free(now);
	}
	poll_rest(f, &p->threads.pace, cpu_start_ns);
}

/* The name of a thread; the main one's is its process's. */
static void look_at_name(struct poll *f, struct poll_process *p, pid_t tid)
{
	const struct event e = {.kind = EVENT_COMM, .pid = p->identity.id.pid, .tid = tid};
	struct poll_thread *t = find_thread(p, tid);
	struct text now;

	if (tid == p->identity.id.pid || !read_name(f, p, tid))
		return;
	now = (struct text){f->text.bytes, f->text.len};
	if (!t) {
		VEC_PUSH(&p->names, (struct poll_thread){.tid = tid});
		t = &p->names.item[p->names.n - 1];
	} else if (!text_equal(now, task_name_text(&t->name))) {
		poll_tell(f, e, now, task_name_text(&t->name));
	}
	task_name_set(&t->name, now);
}

static void read_names(struct poll *f, struct poll_process *p)
{
	uint64_t cpu_start_ns = clock_thread_cpu_ns();

	if (p->threads.ids.n > POLL_NAMES)
		p->names.n = 0;
	for (size_t i = 0; p->threads.ids.n <= POLL_NAMES && i < p->threads.ids.n; i++)
		look_at_name(f, p, p->threads.ids.item[i]);
	poll_rest(f, &p->names_pace, cpu_start_ns);
}

/* ---- both ---------------------------------------------------------------- */

static bool list_due(const struct poll *f, const struct poll_list *list, bool moved)
{
	enum poll_sign birth = f->births.count != list->pace.births ? POLL_BIRTH : POLL_NO_SIGN;

	return poll_due(f, &list->pace, moved || !list->known ? POLL_MOVED : birth);
}

void poll_lists_look(struct poll *f, struct poll_process *p, uint64_t threads_n)
{
	bool as_many = threads_n == p->threads.ids.n;

	if (f->asked || list_due(f, &p->children, false))
		read_children(f, p);
	/* Where it has one thread as before, that is the main one. */
	if (!(as_many && threads_n == 1) && list_due(f, &p->threads, !as_many))
		read_threads(f, p);
	if (poll_due(f, &p->names_pace, POLL_MOVED))
		read_names(f, p);
}

void poll_lists_begin(struct poll *f, struct poll_process *p)
{
	read_children(f, p);
	for (size_t i = 0; i < p->children.ids.n; i++)
		poll_adopt(f, p->children.ids.item[i], p->identity.id.pid);
	read_threads(f, p);
	read_names(f, p);
}

void poll_lists_end(struct poll_process *p)
{
	VEC_FREE(&p->children.ids);
	VEC_FREE(&p->threads.ids);
	VEC_FREE(&p->names);
	p->children = p->threads = (struct poll_list){0};
	p->names_pace = (struct poll_pace){0};
}
