/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lives_internal.h"

#include <stdlib.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/task.h"

#define NAMES_MOST   64	       /* threads whose names are followed; a larger process's are not */
#define EXITING_MOST 1024      /* of so many threads each is asked whether it is about to end */
#define KIN_MOST     2048      /* of those that were there before */
#define DEEP_MOST    64	       /* generations */
#define TOGETHER_NS  50000000u /* threads end so close to each other where all end with one */

#define ENDED_MOST (sizeof((struct lives *)0)->ended / sizeof(struct task_id))

void lives_open(struct lives *l, const char *source, const struct proc_root *root)
{
	*l = (struct lives){.source = source, .root = root};
}

static void let_go(struct lives *l, struct life *p)
{
	if (p->pidfd < 0)
		return;
	close(p->pidfd);
	p->pidfd = -1;
	l->pidfds--;
}

static void life_free(struct lives *l, struct life *p)
{
	let_go(l, p);
	VEC_FREE(&p->thread);
	free(p);
}

void lives_close(struct lives *l)
{
	for (size_t i = 0; i < l->life.n; i++)
		life_free(l, l->life.item[i]);
	VEC_FREE(&l->life);
	VEC_FREE(&l->left);
	textbuf_free(&l->text);
	event_sink_free(&l->found);
}

/* ---- who there is -------------------------------------------------------- */

/* Where the process of that number stands, or would. */
static size_t place_of(const struct lives *l, pid_t pid)
{
	size_t low = 0, high = l->life.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->life.item[mid]->id.pid < pid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct life *lives_find(const struct lives *l, pid_t pid)
{
	size_t i = place_of(l, pid);

	return i < l->life.n && l->life.item[i]->id.pid == pid ? l->life.item[i] : NULL;
}

/* A new one in the place of whoever had that number before. */
static struct life *add_life(struct lives *l, struct task_id id, pid_t parent, uint64_t ns)
{
	struct life *p = mem_alloc(sizeof *p);
	size_t at = place_of(l, id.pid);

	*p = (struct life){.id = id, .parent = parent, .since_ns = ns, .pidfd = -1};
	l->changed = true;
	if (at < l->life.n && l->life.item[at]->id.pid == id.pid) {
		life_free(l, l->life.item[at]);
		l->life.item[at] = p;
		return p;
	}
	VEC_PUSH(&l->life, p);
	for (size_t i = l->life.n - 1; i > at; i--)
		l->life.item[i] = l->life.item[i - 1];
	l->life.item[at] = p;
	return p;
}

static size_t thread_place(const struct life *p, pid_t tid)
{
	size_t low = 0, high = p->thread.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->thread.item[mid].tid < tid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct life_thread *life_find_thread(const struct life *p, pid_t tid)
{
	size_t i = thread_place(p, tid);

	return i < p->thread.n && p->thread.item[i].tid == tid ? &p->thread.item[i] : NULL;
}

/* A thread that begins to live; one that is there lives on. */
static struct life_thread *add_thread(struct life *p, pid_t tid)
{
	struct life_thread *t = life_find_thread(p, tid);
	size_t at = thread_place(p, tid);

	if (!t) {
		VEC_PUSH(&p->thread, (struct life_thread){0});
		t = &p->thread.item[at];
		memmove(t + 1, t, (p->thread.n - 1 - at) * sizeof *t);
		p->living++;
	} else if (t->ended) {
		p->living++;
	} else {
		return t;
	}
	*t = (struct life_thread){.tid = tid};
	return t;
}

static bool end_was_told(const struct lives *l, struct task_id id)
{
	for (size_t i = 0; i < l->ended_n && i < ENDED_MOST; i++)
		if (task_id_equal(l->ended[i], id))
			return true;
	return false;
}

/* ---- what is told -------------------------------------------------------- */

/* What happened before somebody wanted to know is not told. */
static void tell(
	struct lives *l, const struct life *p, struct event e, struct text name, struct text before)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (e.monotonic_ns < p->since_ns)
		return;
	if (e.monotonic_ns > now_ns)
		e.monotonic_ns = now_ns;
	e.realtime_ns = clock_realtime_ns() - (now_ns - e.monotonic_ns);
	e.source = l->source;
	event_sink_add(l->sink, e, name, before);
}

struct text lives_read_name(struct lives *l, pid_t pid, pid_t tid)
{
	textbuf_clear(&l->text);
	return task_comm_read(l->root, pid, tid, &l->text)
		       ? text_of(NULL)
		       : (struct text){l->text.bytes, l->text.len};
}

static void tell_thread_end(struct lives *l, const struct life *p, const struct life_thread *t)
{
	const struct task_name *name = t->tid == p->id.pid ? &p->name : &t->name;

	if (p->watched)
		tell(l, p,
			(struct event){.kind = EVENT_THREAD_EXIT,
				.pid = p->id.pid,
				.tid = t->tid,
				.monotonic_ns = t->end_ns},
			task_name_text(name), text_of(NULL));
}

/* The end of a process tells of all who ended with it. */
static bool ended_together(const struct life_thread *t, int64_t status, uint64_t ns)
{
	return (t->status == status || t->status < 0) && t->end_ns + TOGETHER_NS >= ns;
}

static int64_t status_seen(const struct lives *l, const struct life *p)
{
	const struct identity i = {
		.id = p->id, .tid = p->id.pid, .through = p->id.pid, .pidfd = p->pidfd};
	int64_t noted = exit_codes_find(l->codes, p->id.pid, p->since_ns);
	const char *source;
	int status;

	if (noted >= 0)
		return noted;
	/* One that was gone when its birth was told cannot be told from who has its number. */
	if (p->pidfd < 0 && !p->id.start_ticks)
		return -1;
	return identity_exit_status(l->root, &i, &status, &source) ? -1 : status;
}

void life_end(struct lives *l, struct life *p, int64_t status, uint64_t ns)
{
	struct event e = {.kind = EVENT_EXIT, .pid = p->id.pid, .monotonic_ns = ns};

	for (size_t i = 0; i < p->thread.n; i++)
		if (p->thread.item[i].ended && !ended_together(&p->thread.item[i], status, ns))
			tell_thread_end(l, p, &p->thread.item[i]);
	VEC_FREE(&p->thread);
	p->living = 0;
	p->gone_ns = p->leaving_ns = 0;
	p->told = true;
	if (status < 0)
		status = status_seen(l, p);
	let_go(l, p);
	e.status_known = status >= 0;
	e.status = status >= 0 ? (int)status : 0;
	tell(l, p, e, task_name_text(&p->name), text_of(NULL));
	l->ended[l->ended_n++ % ENDED_MOST] = p->id;
}

/* ---- what is there when it begins ---------------------------------------- */

/* A thread on its way out has said so before we listened. */
static void list_threads(struct lives *l, struct life *p)
{
	int *tid = NULL;
	size_t n = 0;

	if (proc_list_numbers(l->root, &tid, &n, "%d/task", p->id.pid))
		return;
	for (size_t i = 0; i < n; i++) {
		struct life_thread *t;

		if (life_find_thread(p, tid[i]) ||
			(n <= EXITING_MOST && !identity_thread_lives(l->root, p->id.pid, tid[i])))
			continue;
		t = add_thread(p, tid[i]);
		if (p->watched && n <= NAMES_MOST)
			task_name_set(&t->name, lives_read_name(l, p->id.pid, tid[i]));
	}
	free(tid);
}

bool life_shows(const struct lives *l, const struct life *p, struct identity_stat *ret_stat)
{
	return !identity_stat_read(l->root, p->id.pid, ret_stat) &&
	       (!p->id.start_ticks || ret_stat->start_ticks == p->id.start_ticks) &&
	       !(ret_stat->threads <= 1 && (ret_stat->state == 'Z' || ret_stat->state == 'X'));
}

static void begin_child(struct lives *l, pid_t pid, pid_t parent, pid_t root)
{
	struct identity_stat stat;
	struct life *p = lives_find(l, pid);

	if (!p) {
		if (identity_stat_read(l->root, pid, &stat))
			return;
		p = add_life(
			l, (struct task_id){pid, stat.start_ticks}, parent, clock_monotonic_ns());
		task_name_set(&p->name, lives_read_name(l, pid, pid));
		list_threads(l, p);
	}
	p->parent = parent;
	p->root = root;
}

/* All below one that is watched; each that is found is looked at for its own. */
static void list_descendants(struct lives *l, pid_t root)
{
	VEC(pid_t) list = {0};

	VEC_PUSH(&list, root);
	for (size_t at = 0; at < list.n; at++) {
		pid_t *pid = NULL;
		size_t n = 0;

		if (identity_children(l->root, list.item[at], &pid, &n))
			continue;
		for (size_t i = 0; i < n && list.n < KIN_MOST; i++) {
			begin_child(l, pid[i], list.item[at], root);
			VEC_PUSH(&list, pid[i]);
		}
		free(pid);
	}
	VEC_FREE(&list);
}

/* It is watched from now on. */
static void begin(struct lives *l, struct life *p)
{
	struct identity_stat stat;

	p->watched = true;
	if (!life_shows(l, p, &stat)) {
		if (end_was_told(l, p->id))
			p->told = true;
		else
			life_end(l, p, -1, clock_monotonic_ns());
		return;
	}
	/* Of one whose birth was told the name is told, too. */
	if (!p->name.known)
		task_name_set(&p->name, lives_read_name(l, p->id.pid, p->id.pid));
	list_threads(l, p);
	list_descendants(l, p->id.pid);
}

static void watch_one(struct lives *l, struct task_id id)
{
	struct life *p = lives_find(l, id.pid);

	if (p && p->id.start_ticks > id.start_ticks)
		return; /* the number is another one's by now */

	if (p && !p->id.start_ticks)
		p->id.start_ticks = id.start_ticks;
	if (!p || !task_id_equal(p->id, id))
		p = add_life(l, id, 0, clock_monotonic_ns());
	if (!p->told)
		begin(l, p);
	p->watched = true;
}

/* The watched one that p descends from by now: itself not counted; 0: none. */
static pid_t root_of(const struct lives *l, const struct life *p)
{
	const struct life *root = p->root ? lives_find(l, p->root) : NULL, *above = p;
	pid_t found = root && root->watched ? p->root : 0;

	for (unsigned i = 0; i < DEEP_MOST && above->parent && !found; i++) {
		above = lives_find(l, above->parent);
		if (!above)
			break;
		found = above->watched ? above->id.pid : 0;
	}
	return found;
}

void lives_watch(struct lives *l, const struct task_id *id, size_t n)
{
	VEC(struct task_id) before = {0};

	l->sink = &l->found;
	for (size_t i = 0; i < l->life.n; i++) {
		if (l->life.item[i]->watched)
			VEC_PUSH(&before, l->life.item[i]->id);
		l->life.item[i]->watched = false;
	}
	for (size_t i = 0; i < n; i++) {
		bool was = false;

		for (size_t k = 0; k < before.n; k++)
			was |= task_id_equal(before.item[k], id[i]);
		if (was)
			lives_find(l, id[i].pid)->watched = true;
		else
			watch_one(l, id[i]);
	}
	for (size_t i = 0; i < l->life.n; i++)
		l->life.item[i]->root = root_of(l, l->life.item[i]);
	VEC_FREE(&before);
	l->changed = true;
}

/* ---- what happens -------------------------------------------------------- */

/* The thread that left last, with that status; negative: nobody knows. */
static void end_leaving(struct lives *l, struct life *p, int64_t status)
{
	uint64_t ns = p->leaving_ns;

	for (size_t i = p->thread.n; i-- > 0 && !p->told;)
		if (!p->thread.item[i].ended)
			lives_ended(l, p->id.pid, p->thread.item[i].tid, status, ns);
}

void lives_forked(struct lives *l, pid_t parent, pid_t child, bool gone, uint64_t ns)
{
	struct life *p = lives_find(l, parent), *c = lives_find(l, child);
	struct task_id id = {.pid = child};
	struct identity_stat stat;
	struct task_name name;
	pid_t root;

	/* Its number is free once its parent knows how it ended. */
	if (p && c && c != p && !c->told && c->leaving_ns && c->leaving_ns < ns)
		end_leaving(l, c, status_seen(l, c));
	/* One that was there when its parent was first looked at. */
	if (!p || c == p || (c && !c->told && c->parent == parent))
		return;
	if (!gone && !identity_stat_read(l->root, child, &stat))
		id.start_ticks = stat.start_ticks;
	tell(l, p,
		(struct event){
			.kind = EVENT_FORK, .pid = parent, .other = child, .monotonic_ns = ns},
		task_name_text(&p->name), text_of(NULL));
	name = p->name;
	root = p->watched ? parent : p->root;
	c = add_life(l, id, parent, ns > p->since_ns ? ns : p->since_ns);
	c->name = name;
	c->root = root;
	add_thread(c, child);
}

void lives_cloned(struct lives *l, pid_t pid, pid_t tid, uint64_t ns)
{
	const struct event e = {.kind = EVENT_THREAD, .pid = pid, .tid = tid, .monotonic_ns = ns};
	struct life *p = lives_find(l, pid);
	struct life_thread *t;

	if (!p || p->told || life_find_thread(p, tid))
		return;
	t = add_thread(p, tid);
	if (!p->watched && !l->kin_threads)
		return;
	if (p->thread.n <= NAMES_MOST)
		task_name_set(&t->name, lives_read_name(l, pid, tid));
	tell(l, p, e, task_name_text(&t->name), text_of(NULL));
}

/* All threads but the one that executes end, and that one becomes the main one. */
void lives_execed(struct lives *l, pid_t pid, struct text name, uint64_t ns)
{
	const struct event e = {.kind = EVENT_EXEC, .pid = pid, .monotonic_ns = ns};
	struct life *p = lives_find(l, pid);
	struct task_name before;

	if (!p || p->told)
		return;
	for (size_t i = 0; i < p->thread.n; i++) {
		struct life_thread *t = &p->thread.item[i];

		t->end_ns = t->ended ? t->end_ns : ns;
		if (t->tid != pid)
			tell_thread_end(l, p, t);
	}
	p->thread.n = p->living = 0;
	p->main_status = 0;
	add_thread(p, pid);
	before = p->name;
	task_name_set(&p->name, name.bytes ? name : lives_read_name(l, pid, pid));
	tell(l, p, e, task_name_text(&p->name), task_name_text(&before));
}

void lives_named(struct lives *l, pid_t pid, pid_t tid, struct text name, uint64_t ns)
{
	const struct event e = {.kind = EVENT_COMM, .pid = pid, .tid = tid, .monotonic_ns = ns};
	struct life *p = lives_find(l, pid);
	struct life_thread *t = p ? life_find_thread(p, tid) : NULL;
	struct task_name *is = tid == pid && p ? &p->name : t ? &t->name : NULL, before;

	if (!is || p->told || text_equal(task_name_text(is), name))
		return;
	before = *is;
	task_name_set(is, name);
	if (p->watched || tid == pid)
		tell(l, p, e, name, task_name_text(&before));
}

void lives_ended(struct lives *l, pid_t pid, pid_t tid, int64_t status, uint64_t ns)
{
	struct life *p = lives_find(l, pid);
	struct life_thread *t = p ? life_find_thread(p, tid) : NULL;

	if (!t || p->told || t->ended)
		return;
	t->ended = true;
	t->status = (int)status;
	t->end_ns = ns;
	if (tid == pid && status > 0)
		p->main_status = (int)status;
	/* A thread that was on its way out by itself may be the last to go: how all ended is what
	 * wait(2) says, the main thread's status. */
	if (--p->living == 0)
		life_end(l, p, status >= 0 && p->main_status ? p->main_status : status, ns);
}

void lives_left(struct lives *l, pid_t pid, pid_t tid, uint64_t ns)
{
	struct life *p = lives_find(l, pid);
	const struct life_thread *t = p ? life_find_thread(p, tid) : NULL;

	if (!t || p->told || t->ended || p->leaving_ns)
		return;
	if (p->living > 1)
		lives_ended(l, pid, tid, -1, ns);
	else
		p->leaving_ns = ns;
}

void lives_hold(struct lives *l, pid_t pid, int pidfd)
{
	struct life *p = lives_find(l, pid);

	if (!p || p->told || p->pidfd >= 0 || l->pidfds >= l->pidfds_most) {
		close(pidfd);
		return;
	}
	p->pidfd = pidfd;
	l->pidfds++;
}

static void look_leaving(struct lives *l, struct life *p)
{
	struct identity_stat stat;
	int64_t status = status_seen(l, p);

	if (status >= 0 || !p->id.start_ticks || !life_shows(l, p, &stat) ||
		clock_monotonic_ns() > p->leaving_ns + PATIENCE_NS) {
		end_leaving(l, p, status);
	} else if (!(stat.flags & TASK_EXITING)) {
		p->leaving_ns = 0;
		p->unheard = true;
	}
}

void lives_look(struct lives *l)
{
	for (size_t i = 0; i < l->life.n; i++)
		if (l->life.item[i]->leaving_ns)
			look_leaving(l, l->life.item[i]);
}

/* ---- rest ---------------------------------------------------------------- */

bool lives_wait(const struct lives *l)
{
	for (size_t i = 0; i < l->life.n; i++)
		if (l->life.item[i]->living < l->life.item[i]->thread.n ||
			l->life.item[i]->gone_ns || l->life.item[i]->leaving_ns)
			return true;
	return false;
}

static void settle(struct lives *l, struct life *p, uint64_t before_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->thread.n && p->living < p->thread.n && !p->leaving_ns; i++) {
		struct life_thread *t = &p->thread.item[i];

		if (t->ended && t->end_ns < before_ns)
			tell_thread_end(l, p, t);
		else
			p->thread.item[kept++] = *t;
	}
	if (p->living < p->thread.n && !p->leaving_ns)
		p->thread.n = kept;
}

static bool is_kept(const struct lives *l, const struct life *p)
{
	const struct life *root = p->root ? lives_find(l, p->root) : NULL;

	return p->watched || (root && root->watched && !p->told);
}

void lives_settle(struct lives *l, uint64_t before_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->life.n; i++) {
		settle(l, l->life.item[i], before_ns);
		l->life.item[i]->kept = is_kept(l, l->life.item[i]);
	}
	for (size_t i = 0; i < l->life.n; i++) {
		struct life *p = l->life.item[i];

		if (p->kept) {
			l->life.item[kept++] = p;
			continue;
		}
		l->changed = true;
		VEC_PUSH(&l->left, p->id.pid);
		life_free(l, p);
	}
	l->life.n = kept;
}
