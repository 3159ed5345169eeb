/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/libproc.h"

#include <errno.h>
#include <libproc2/pids.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "process_extra.h"
#include "tty_name.h"
#include "twintop/base/clock.h"
#include "twintop/base/num.h"
#include "twintop/base/vec.h"
#include "twintop/proc/births.h"
#include "twintop/proc/commands.h"
#include "twintop/proc/host.h"
#include "twintop/proc/id_map.h"
#include "twintop/proc/identity.h"

#define PF_KTHREAD_BIT 0x00200000ul /* linux/sched.h PF_KTHREAD in field 9 of stat */

/*
 * When what costs is worth another look: a process's arguments are asked of a helper, and seldom
 * change; its children cost a file a thread.
 */
struct process_pace {
	struct task_id id;
	uint64_t command_ns;
	uint64_t due_ns;
	uint64_t idle_ns; /* though nobody was born: those whom another left come by themselves */
	uint64_t births;
	pid_t since; /* whose births were looked at last */
};
#define PACES	       8 /* processes that one reader reads in turn */
#define COMMAND_NS     1000000000u
#define CHILDREN_SHARE 100 /* a hundredth of the time at most */
#define CHILDREN_FEW   8   /* so many are looked at one by one */
#define IDLE_NS	       10000000000u
/* To ask one who was born costs as much as to read the children of so many threads. */
#define THREADS_A_BIRTH 4

struct process_reader {
	const struct proc_root *root;
	struct pids_info *one; /* while a process is read; NULL */
	struct pids_info *all; /* NULL until there is a list to read */
	struct process_pace pace[PACES];
	unsigned next_pace;
	struct births births;
	bool told; /* see process_reader_told() */
	struct id_map ids;
	struct textbuf ttys; /* of /proc/tty/drivers; empty where that is hidden */
};

/* The order of values in a result; the items that give them are in the same order below. */
enum one_item {
	ONE_PID,
	ONE_BEGAN,
	ONE_PPID,
	ONE_PGRP,
	ONE_SESSION,
	ONE_STATE,
	ONE_FLAGS,
	ONE_RUID,
	ONE_EUID,
	ONE_RGID,
	ONE_EGID,
	ONE_CMD,
	ONE_TTY,
	ONE_USER,
	ONE_SYSTEM,
	ONE_MINOR,
	ONE_MAJOR,
	ONE_THREADS,
	ONE_VM_SIZE,
	ONE_VM_RSS,
	ONE_VM_ANON,
	ONE_VM_FILE,
	ONE_VM_SHARED,
	ONE_VM_SWAP,
	ONE_VM_STACK,
	ONE_VM_DATA,
	ONE_VM_EXE,
	ONE_VM_LIB,
	ONE_SHARED_PENDING,
	ONE_IGNORED,
	ONE_CAUGHT,
	ONE_BLOCKED,
	ONE_ITEMS
};
static const enum pids_item one_items[ONE_ITEMS] = {
	[ONE_PID] = PIDS_ID_PID,
	[ONE_BEGAN] = PIDS_TICS_BEGAN,
	[ONE_PPID] = PIDS_ID_PPID,
	[ONE_PGRP] = PIDS_ID_PGRP,
	[ONE_SESSION] = PIDS_ID_SESSION,
	[ONE_STATE] = PIDS_STATE,
	[ONE_FLAGS] = PIDS_FLAGS,
	[ONE_RUID] = PIDS_ID_RUID,
	[ONE_EUID] = PIDS_ID_EUID,
	[ONE_RGID] = PIDS_ID_RGID,
	[ONE_EGID] = PIDS_ID_EGID,
	[ONE_CMD] = PIDS_CMD,
	[ONE_TTY] = PIDS_TTY,
	[ONE_USER] = PIDS_TICS_USER,
	[ONE_SYSTEM] = PIDS_TICS_SYSTEM,
	[ONE_MINOR] = PIDS_FLT_MIN,
	[ONE_MAJOR] = PIDS_FLT_MAJ,
	[ONE_THREADS] = PIDS_NLWP,
	[ONE_VM_SIZE] = PIDS_VM_SIZE,
	[ONE_VM_RSS] = PIDS_VM_RSS,
	[ONE_VM_ANON] = PIDS_VM_RSS_ANON,
	[ONE_VM_FILE] = PIDS_VM_RSS_FILE,
	[ONE_VM_SHARED] = PIDS_VM_RSS_SHARED,
	[ONE_VM_SWAP] = PIDS_VM_SWAP,
	[ONE_VM_STACK] = PIDS_VM_STACK,
	[ONE_VM_DATA] = PIDS_VM_DATA,
	[ONE_VM_EXE] = PIDS_VM_EXE,
	[ONE_VM_LIB] = PIDS_VM_LIB,
	[ONE_SHARED_PENDING] = PIDS_SIGNALS,
	[ONE_IGNORED] = PIDS_SIGIGNORE,
	[ONE_CAUGHT] = PIDS_SIGCATCH,
	[ONE_BLOCKED] = PIDS_SIGBLOCKED,
};

enum all_item {
	ALL_PID,
	ALL_BEGAN,
	ALL_PPID,
	ALL_EUID,
	ALL_STATE,
	ALL_FLAGS,
	ALL_CMD,
	ALL_RSS,
	ALL_TICKS,
	ALL_THREADS,
	ALL_ITEMS
};
static const enum pids_item all_items[ALL_ITEMS] = {
	[ALL_PID] = PIDS_ID_PID,
	[ALL_BEGAN] = PIDS_TICS_BEGAN,
	[ALL_PPID] = PIDS_ID_PPID,
	[ALL_EUID] = PIDS_ID_EUID,
	[ALL_STATE] = PIDS_STATE,
	[ALL_FLAGS] = PIDS_FLAGS,
	[ALL_CMD] = PIDS_CMD,
	[ALL_RSS] = PIDS_RSS,
	[ALL_TICKS] = PIDS_TICS_ALL,
	[ALL_THREADS] = PIDS_NLWP,
};

static int pids_of(const enum pids_item *items, int n, struct pids_info **ret_pids)
{
	enum pids_item copy[ONE_ITEMS];

	memcpy(copy, items, (size_t)n * sizeof *items);
	return procps_pids_new(ret_pids, copy, n);
}

/*
 * libproc2 makes room for 1,024 processes before it tells of the first one: what one reader does
 * not use serves the next. They go with the last reader.
 */
#define IDLE_MOST 2u
static struct {
	pthread_mutex_t lock;
	unsigned readers;
	struct pids_info *idle[IDLE_MOST];
	size_t n;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* 0 or negative errno. */
static int begin_one(struct process_reader *r)
{
	pthread_mutex_lock(&pool.lock);
	if (!r->one && pool.n)
		r->one = pool.idle[--pool.n];
	pthread_mutex_unlock(&pool.lock);
	return r->one ? 0 : pids_of(one_items, ONE_ITEMS, &r->one);
}

static void end_one(struct process_reader *r)
{
	pthread_mutex_lock(&pool.lock);
	if (r->one && pool.n < IDLE_MOST) {
		pool.idle[pool.n++] = r->one;
		r->one = NULL;
	}
	pthread_mutex_unlock(&pool.lock);
}

static void join_pool(void)
{
	pthread_mutex_lock(&pool.lock);
	pool.readers++;
	pthread_mutex_unlock(&pool.lock);
}

static void leave_pool(void)
{
	pthread_mutex_lock(&pool.lock);
	if (--pool.readers == 0)
		while (pool.n)
			procps_pids_unref(&pool.idle[--pool.n]);
	pthread_mutex_unlock(&pool.lock);
}

int process_reader_new(const struct proc_root *root, struct process_reader **ret_reader)
{
	struct process_reader *r;
	int error;

	/* libproc2 reads /proc and nothing else: beside another root it would tell of other
	 * processes. */
	if (!proc_root_is_kernel(root))
		return -EOPNOTSUPP;
	r = mem_alloc(sizeof *r);
	*r = (struct process_reader){.root = root};
	join_pool();
	births_open(&r->births, root);
	proc_read(root, &r->ttys, "tty/drivers");
	id_map_read(root, &r->ids);
	error = begin_one(r);
	if (error) {
		process_reader_free(r);
		return error;
	}
	end_one(r);
	*ret_reader = r;
	return 0;
}

void process_reader_free(struct process_reader *r)
{
	if (!r)
		return;
	if (r->one)
		procps_pids_unref(&r->one);
	if (r->all)
		procps_pids_unref(&r->all);
	leave_pool();
	births_close(&r->births);
	textbuf_free(&r->ttys);
	free(r);
}

void process_reader_told(struct process_reader *r, bool told)
{
	r->told = told;
}

static uint64_t kib(const struct pids_stack *s, enum one_item item)
{
	return (uint64_t)s->head[item].result.ul_int * 1024;
}

/* Sixteen hexadecimal digits, the lowest bit signal 1. */
static uint64_t signal_mask(const struct pids_stack *s, enum one_item item)
{
	struct text t = text_of(s->head[item].result.str);
	struct scan scan = scan_of(t.bytes, t.len);
	uint64_t mask;

	return scan_hex(&scan, &mask) ? mask : 0;
}

static struct text keep(struct arena *arena, const char *nul_ended)
{
	struct text t = text_of(nul_ended);

	return (struct text){arena_copy(arena, t.bytes, t.len), t.len};
}

static void take_identity(const struct pids_stack *s, struct process_info *info)
{
	unsigned long flags = s->head[ONE_FLAGS].result.ul_int;

	info->id.pid = s->head[ONE_PID].result.s_int;
	info->id.start_ticks = s->head[ONE_BEGAN].result.ull_int;
	info->ppid = s->head[ONE_PPID].result.s_int;
	info->pgrp = s->head[ONE_PGRP].result.s_int;
	info->session = s->head[ONE_SESSION].result.s_int;
	info->state = (char)s->head[ONE_STATE].result.s_ch;
	info->kernel_thread = flags & PF_KTHREAD_BIT;
	info->execed = !(flags & TASK_NO_EXEC);
	info->fixed_layout = !(flags & TASK_RANDOM);
	info->uid = s->head[ONE_RUID].result.u_int;
	info->euid = s->head[ONE_EUID].result.u_int;
	info->gid = s->head[ONE_RGID].result.u_int;
	info->egid = s->head[ONE_EGID].result.u_int;
	info->comm = keep(&info->part.arena, s->head[ONE_CMD].result.str);
	info->tty_number = s->head[ONE_TTY].result.s_int;
}

static void take_tty(const struct process_reader *r, struct process_info *info)
{
	const struct text drivers = {r->ttys.bytes, r->ttys.len};
	struct textbuf name = {0};

	if (!info->tty_number)
		return;
	tty_name(drivers, (unsigned)info->tty_number, &name);
	info->tty = (struct text){arena_copy(&info->part.arena, name.bytes, name.len), name.len};
	textbuf_free(&name);
}

static void take_counts(const struct pids_stack *s, struct process_info *info)
{
	info->user_ticks = s->head[ONE_USER].result.ull_int;
	info->system_ticks = s->head[ONE_SYSTEM].result.ull_int;
	info->minor_faults = s->head[ONE_MINOR].result.ul_int;
	info->major_faults = s->head[ONE_MAJOR].result.ul_int;
	info->threads = (uint64_t)s->head[ONE_THREADS].result.s_int;
	info->vm_bytes = kib(s, ONE_VM_SIZE);
	info->rss_bytes = kib(s, ONE_VM_RSS);
	info->rss_anon_bytes = kib(s, ONE_VM_ANON);
	info->rss_file_bytes = kib(s, ONE_VM_FILE);
	info->rss_shmem_bytes = kib(s, ONE_VM_SHARED);
	info->swap_bytes = kib(s, ONE_VM_SWAP);
	info->stack_bytes = kib(s, ONE_VM_STACK);
	info->data_bytes = kib(s, ONE_VM_DATA);
	info->text_bytes = kib(s, ONE_VM_EXE);
	info->library_bytes = kib(s, ONE_VM_LIB);
}

static void take_signals(const struct pids_stack *s, struct process_info *info)
{
	info->signals_pending = signal_mask(s, ONE_SHARED_PENDING);
	info->signals_ignored = signal_mask(s, ONE_IGNORED);
	info->signals_caught = signal_mask(s, ONE_CAUGHT);
	info->signals_blocked = signal_mask(s, ONE_BLOCKED);
}

static bool other_process(const struct process_info *before, const struct process_info *info)
{
	return before && before->part.state == VALUE_KNOWN &&
	       before->id.start_ticks != info->id.start_ticks;
}

static struct process_pace *pace_of(struct process_reader *r, struct task_id id)
{
	struct process_pace *pace;

	for (int i = 0; i < PACES; i++)
		if (task_id_equal(r->pace[i].id, id))
			return &r->pace[i];
	pace = &r->pace[r->next_pace++ % PACES];
	*pace = (struct process_pace){.id = id};
	return pace;
}

/* Whether the arguments are to be read again, if they are to be read at all. */
static bool command_due(struct process_reader *r, unsigned need, const struct process_info *info)
{
	struct process_pace *pace = pace_of(r, info->id);
	bool due = need & NEED_COMMAND && info->part.begin_ns >= pace->command_ns;

	if (due)
		pace->command_ns = info->part.begin_ns + COMMAND_NS;
	return due;
}

/* Whether the few children of before are still there and its. */
static bool has_children(const struct process_reader *r, const struct process_info *before)
{
	struct identity_stat stat;

	for (size_t i = 0; i < before->children_n && i <= CHILDREN_FEW; i++)
		if (i == CHILDREN_FEW || identity_stat_read(r->root, before->children[i], &stat) ||
			stat.ppid != before->id.pid)
			return false;
	return true;
}

static void take_children(
	struct process_reader *r, const struct process_info *before, struct process_info *info)
{
	struct process_pace *pace = pace_of(r, info->id);
	uint64_t now = info->part.begin_ns, births = births_look(&r->births, now);
	uint64_t cpu_start = clock_thread_cpu_ns();
	bool known = before && before->part.state == VALUE_KNOWN &&
		     value_state_has_value(before->source[PROCESS_CHILDREN]);
	/* It may be told late of a birth: then those since are yet to be looked through. */
	bool idle = births == pace->births || r->told;

	if (known && !idle &&
		!births_had_child(&r->births, r->root, pace->since, info->threads / THREADS_A_BIRTH,
			info->id.pid)) {
		idle = true;
		pace->births = births;
		pace->since = r->births.settled;
	}
	if (known && idle && now < pace->idle_ns && has_children(r, before)) {
		process_children_keep(before, info, before->source[PROCESS_CHILDREN]);
	} else if (known && now < pace->due_ns) {
		process_children_keep(before, info, VALUE_STALE);
	} else {
		process_children_read(r->root, info);
		pace->due_ns = now + (clock_thread_cpu_ns() - cpu_start) * CHILDREN_SHARE;
		pace->idle_ns = now + IDLE_NS;
		pace->births = births;
		pace->since = r->births.settled;
	}
}

/* Why libproc2 told nothing: it tells neither of a process that is gone nor of one that it could
 * not read. */
static int why_nothing(struct process_reader *r, pid_t pid)
{
	struct identity_stat stat;
	int error = identity_stat_read(r->root, pid, &stat);

	if (error)
		return error == -ENOENT ? -ESRCH : error;
	return -ENODATA;
}

/* The one result of a select; NULL where there is none, with the reason. */
static const struct pids_stack *select_one(struct process_reader *r, pid_t pid, int *ret_error)
{
	unsigned number = (unsigned)pid;
	struct pids_fetch *fetch;

	errno = 0;
	fetch = procps_pids_select(r->one, &number, 1, PIDS_SELECT_PID);
	if (fetch && fetch->counts->total == 1)
		return fetch->stacks[0];
	*ret_error = fetch || errno == ENOENT ? why_nothing(r, pid) : errno ? -errno : -EIO;
	return NULL;
}

/* Who it is, which its main thread tells even when it has ended. */
static int take_main(struct process_reader *r, pid_t pid, pid_t through, struct process_info *info)
{
	struct identity_stat stat;
	int error = 0;

	info->through = through;
	if (through != pid) {
		error = identity_stat_read(r->root, pid, &stat);
		info->id = (struct task_id){pid, error ? 0 : stat.start_ticks};
	}
	return error == -ENOENT ? -ESRCH : error;
}

static int take_one(struct process_reader *r, pid_t through, struct process_info *info)
{
	int error = begin_one(r);
	const struct pids_stack *s = error ? NULL : select_one(r, through, &error);

	if (s) {
		take_identity(s, info);
		take_counts(s, info);
		take_signals(s, info);
	}
	end_one(r);
	return s ? 0 : error;
}

static int read_into(struct process_reader *r, pid_t pid, pid_t through, unsigned need,
	const struct process_info *before, struct process_info *info)
{
	int error = pid > 0 ? take_one(r, through, info) : -ESRCH;

	if (error)
		return error;
	id_map_mark(&r->ids, info);
	error = take_main(r, pid, through, info);
	if (error)
		return error;
	if (other_process(before, info))
		return -ESRCH;
	take_tty(r, info);
	take_children(r, before, info);
	return process_extra_read(r->root, need, command_due(r, need, info), before, info);
}

static void set_unread(struct process_info *info, pid_t pid, int error)
{
	info->id.pid = info->through = pid;
	for (int i = 0; i < PROCESS_SOURCES; i++)
		info->source[i] = value_state_of_error(error);
}

int process_read(struct process_reader *r, pid_t pid, pid_t through, unsigned need,
	const struct process_info *before, const struct process_info **ret_info)
{
	uint64_t cpu_start = clock_thread_cpu_ns();
	struct process_info *info = part_make(PART_PROCESS);
	int error = read_into(r, pid, through, need, before, info);

	if (error)
		set_unread(info, pid, error);
	part_seal(&info->part, cpu_start, error);
	*ret_info = info;
	return 0;
}

const struct process_info *process_unread(pid_t pid, int error)
{
	struct process_info *info = part_make(PART_PROCESS);

	set_unread(info, pid, error);
	part_seal(&info->part, clock_thread_cpu_ns(), error);
	return info;
}

/* ---- the list ------------------------------------------------------------ */

/*
 * libproc2 puts '?' and '.' for bytes that it will not print: where one of these
 * stands, the kernel's own bytes are fetched.
 */
static struct text raw_comm(
	const struct proc_root *root, struct arena *arena, pid_t pid, const char *shown)
{
	struct textbuf b = {0};
	struct text comm;

	if (!shown || !strpbrk(shown, "?.") || process_comm_read(root, pid, &b)) {
		textbuf_free(&b);
		return keep(arena, shown);
	}
	comm = (struct text){arena_copy(arena, b.bytes, b.len), b.len};
	textbuf_free(&b);
	return comm;
}

/* One whose main thread has ended before the others: what that one tells no more. */
static void take_through(struct process_reader *r, struct process_entry *e)
{
	pid_t through = identity_through(r->root, e->id.pid, e->id.pid);
	const struct pids_stack *s;
	int error;

	if (through == e->id.pid || begin_one(r))
		return;
	s = select_one(r, through, &error);
	if (s) {
		e->state = (char)s->head[ONE_STATE].result.s_ch;
		e->rss_bytes = kib(s, ONE_VM_RSS);
	}
	end_one(r);
}

static void take_entry(struct process_reader *r, const struct pids_stack *s, struct arena *arena,
	struct process_entry *e)
{
	bool memoryless;

	e->id.pid = s->head[ALL_PID].result.s_int;
	e->id.start_ticks = s->head[ALL_BEGAN].result.ull_int;
	e->ppid = s->head[ALL_PPID].result.s_int;
	e->uid = s->head[ALL_EUID].result.u_int;
	e->state = (char)s->head[ALL_STATE].result.s_ch;
	e->comm = raw_comm(r->root, arena, e->id.pid, s->head[ALL_CMD].result.str);
	e->rss_bytes = (uint64_t)s->head[ALL_RSS].result.ul_int * host_page_bytes();
	e->ticks = s->head[ALL_TICKS].result.ull_int;
	e->threads = (uint64_t)s->head[ALL_THREADS].result.s_int;
	if (e->state == 'Z' && e->threads > 1)
		take_through(r, e);
	memoryless = (s->head[ALL_FLAGS].result.ul_int & PF_KTHREAD_BIT) || e->state == 'Z';
	e->command_state = memoryless ? VALUE_NONE : VALUE_UNREAD;
}

static int compare_entry(const void *a, const void *b)
{
	const struct process_entry *x = a, *y = b;

	return (x->id.pid > y->id.pid) - (x->id.pid < y->id.pid);
}

int process_list_read(
	struct process_reader *r, struct commands *commands, const struct process_list **ret_list)
{
	uint64_t cpu_start = clock_thread_cpu_ns();
	struct process_list *list;
	struct pids_fetch *fetch;
	int error = r->all ? 0 : pids_of(all_items, ALL_ITEMS, &r->all);

	if (error)
		return error;
	errno = 0;
	fetch = procps_pids_reap(r->all, PIDS_FETCH_TASKS_ONLY);
	if (!fetch)
		return errno ? -errno : -EIO;
	list = part_new(sizeof *list);
	list->n = (size_t)fetch->counts->total;
	list->entry = arena_array(&list->part.arena, list->n, sizeof *list->entry);
	for (size_t i = 0; i < list->n; i++)
		take_entry(r, fetch->stacks[i], &list->part.arena, &list->entry[i]);
	if (list->n)
		qsort(list->entry, list->n, sizeof *list->entry, compare_entry);
	if (commands)
		commands_fill(commands, list);
	part_seal(&list->part, cpu_start, 0);
	*ret_list = list;
	return 0;
}
