/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "threads_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/model/part_table.h"
#include "twintop/proc/abi.h"
#include "twintop/proc/caps.h"
#include "twintop/proc/given_stack.h"
#include "twintop/proc/locks.h"
#include "twintop/proc/nspid.h"
#include "twintop/proc/tls.h"

#define ABOVE_TRIES 3 /* a thread's stack pointer is near its stack's top now and then */

/* What stands with each thread on the roll, before what the source keeps. */
struct kept_own {
	uint64_t block_beside; /* the robust list that its block was looked for at; 0: none yet */
	unsigned round;	       /* that read it last; 0: none yet */
	uint64_t ran;	       /* thread_ran() of that read */
	bool stack_known;      /* its robust list was read since it moved */
	bool block_wanted;     /* its TLS base and the stack that it was given are */
	uint8_t above_tries;   /* looks for the block above its stack pointer */
	alignas(max_align_t) unsigned char keep[];
};

#define KIN_KEPT_NS 1000000000u

/* The process that stands beside ours, which may hold locks in memory that both share. */
struct kin {
	struct task_id id;	  /* pid 0: none */
	bool counts_apart;	  /* it knows its threads by other numbers than /proc */
	struct nspid_set threads; /* then: they, by their own */
	uint64_t read_ns;	  /* … when: CLOCK_MONOTONIC; 0: not yet */
};

struct thread_reader {
	const struct thread_source_ops *ops;
	void *source;
	const struct proc_root *root; /* NULL: none */
	struct access access;
	struct task_id id;
	int calls_error; /* 0: system calls may be asked by its TIDs, too */
	/* Whose PID namespace is not /proc's has TIDs of its own in its memory. */
	bool counts_apart;
	struct nspid_set own; /* of the last look at locks */
	struct kin kin;
	struct words *words;
	struct thread_roll roll;
	unsigned round;
	uint64_t asked_ns[THREAD_SOURCES]; /* CLOCK_MONOTONIC of the last list that was to tell */
	/* What the stacks were looked for in last, and whether a control block moved since. */
	const struct memory_map *memory;
	const struct page_map *pages;
	unsigned changes;
	bool block_moved;
};

static struct kept_own *own_of(struct thread_kept *k)
{
	return (struct kept_own *)(void *)k->own;
}

static void forget(void *context, struct thread_kept *k)
{
	struct thread_reader *r = context;

	r->ops->forget(r->source, own_of(k)->keep);
}

int thread_reader_over(const struct thread_source_ops *ops, const struct proc_root *root,
	const struct access *access, struct task_id id, size_t fd_share,
	struct thread_reader **ret_reader)
{
	struct thread_reader *r = mem_alloc(sizeof *r);
	struct thread_source_options options = {
		.root = root, .access = &r->access, .id = id, .fd_share = fd_share};
	pid_t inner;
	int error;

	*r = (struct thread_reader){.ops = ops, .root = root, .access = *access, .id = id};
	caps_try_untried(&r->access);
	r->calls_error = root ? proc_root_calls(root) : -EOPNOTSUPP;
	r->counts_apart = root && nspid_read(root, id.pid, &inner) > 1;
	r->words = options.words = words_new();
	error = ops->open(&options, &r->source);
	if (error) {
		part_put(r->words);
		free(r);
		return error;
	}
	r->roll.first = id.pid;
	r->roll.own_bytes = sizeof(struct kept_own) + ops->keep_bytes;
	r->roll.forget = forget;
	r->roll.context = r;
	*ret_reader = r;
	return 0;
}

int thread_reader_new(const struct proc_root *root, const struct access *access, struct task_id id,
	size_t fd_share, struct thread_reader **ret_reader)
{
	int error = -EOPNOTSUPP;

	for (size_t i = 0; thread_sources[i] && error; i++)
		error = thread_reader_over(
			thread_sources[i], root, access, id, fd_share, ret_reader);
	return error;
}

void thread_reader_free(struct thread_reader *r)
{
	if (!r)
		return;
	thread_roll_clear(&r->roll);
	r->ops->close(r->source);
	part_put(r->memory);
	part_put(r->pages);
	part_put(r->words);
	nspid_set_free(&r->own);
	nspid_set_free(&r->kin.threads);
	free(r);
}

/* ---- whose numbers ------------------------------------------------------- */

void thread_reader_beside(struct thread_reader *r, struct task_id other)
{
	pid_t inner;

	if (task_id_equal(r->kin.id, other))
		return;
	nspid_set_free(&r->kin.threads);
	r->kin = (struct kin){.id = other};
	r->kin.counts_apart = other.pid && r->root && nspid_read(r->root, other.pid, &inner) > 1;
}

static bool knows_itself_by(const struct thread_reader *r, pid_t tid, pid_t number)
{
	pid_t inner = tid;

	return nspid_read(r->root, tid, &inner) >= 0 && inner == number;
}

static bool is_thread_of(const struct thread_reader *r, pid_t pid, pid_t tid)
{
	int fd = proc_open(r->root, O_PATH, "%d/task/%d", (int)pid, (int)tid);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* A thread of the process beside ours that knows itself by that number; 0: there is none. */
static pid_t find_kin(void *context, pid_t number)
{
	struct thread_reader *r = context;
	pid_t tid = nspid_set_find(&r->kin.threads, number);
	uint64_t now = clock_monotonic_ns();

	if (!r->kin.counts_apart)
		return is_thread_of(r, r->kin.id.pid, number) ? number : 0;
	if (tid && knows_itself_by(r, tid, number))
		return tid;
	if (r->kin.read_ns && now - r->kin.read_ns < KIN_KEPT_NS)
		return 0;
	r->kin.read_ns = now;
	return nspid_set_read(r->root, r->kin.id.pid, &r->kin.threads)
		       ? 0
		       : nspid_set_find(&r->kin.threads, number);
}

/* A thread keeps its numbers for life: each is asked once. */
static void read_inner_tids(struct thread_reader *r)
{
	for (size_t i = 0; r->counts_apart && i < r->roll.thread.n; i++) {
		struct thread_kept *k = r->roll.thread.item[i];
		struct thread_self *t = &k->now.self;

		if (t->inner_tid || nspid_read(r->root, t->tid, &t->inner_tid) <= 0)
			continue;
		k->touched |= 1u << THREAD_GROUP_SELF;
	}
}

/* ---- what only system calls tell ----------------------------------------- */

int thread_robust_list(pid_t tid, uint64_t *ret)
{
	void *head = NULL;
	size_t len = 0;

	if (syscall(SYS_get_robust_list, (int)tid, &head, &len) < 0)
		return -errno;
	*ret = (uint64_t)(uintptr_t)head;
	return 0;
}

static void forget_block(struct kept_own *own, struct thread_self *t)
{
	own->block_beside = t->robust_list = t->tls_base = 0;
	t->given_start = t->given_end = t->given_guard_bytes = t->entry = 0;
}

static void read_robust_list(struct thread_reader *r, struct thread_kept *k)
{
	struct thread_self *t = &k->now.self;
	struct kept_own *own = own_of(k);
	uint64_t before = t->robust_list;
	int error = r->calls_error ? r->calls_error : thread_robust_list(t->tid, &t->robust_list);

	own->stack_known = true;
	/* The block does not change while the thread lives: it is looked for once. */
	own->block_wanted = !error && (!t->robust_list || t->robust_list != own->block_beside);
	k->touched |= 1u << THREAD_GROUP_SELF;
	if (error) {
		forget_block(own, t);
		t->source[THREAD_TLS] = (uint8_t)value_state_of_error(error);
	}
	r->block_moved |= t->robust_list != before;
}

/* Where else the block of a thread without a robust list may be; it moves on. */
static uint64_t look_above(struct thread_kept *k)
{
	struct kept_own *own = own_of(k);

	if (k->now.self.robust_list || k->now.self.given_end || !k->now.call.registers_known ||
		own->above_tries >= ABOVE_TRIES)
		return 0;
	own->above_tries++;
	return k->now.call.stack_pointer;
}

/* Returns whether what it was given is another stack. */
static bool take_given(struct thread_self *t, const struct given_place *given)
{
	const struct thread_self before = *t;

	if (given->error && !given->robust_list)
		return false; /* what was found above the stack pointer once holds on */
	t->given_start = given->stack.start;
	t->given_end = given->stack.end;
	t->given_guard_bytes = given->stack.guard_bytes;
	t->entry = given->stack.entry;
#ifdef __x86_64__
	if (given->musl_block) {
		t->tls_base = given->musl_block;
		t->source[THREAD_TLS] = VALUE_KNOWN;
	}
#endif
	return t->given_start != before.given_start || t->given_end != before.given_end ||
	       t->given_guard_bytes != before.given_guard_bytes;
}

/* The same. */
static bool take_block(
	struct thread_kept *k, const struct tls_place *tls, const struct given_place *given)
{
	struct thread_self *t = &k->now.self;
	struct kept_own *own = own_of(k);
	int error = tls->error;
	bool moved;

	if (tls->robust_list || !t->given_end) {
		t->tls_base = tls->base;
		t->source[THREAD_TLS] = error == -ENODATA ? VALUE_UNSUPPORTED
							  : (uint8_t)value_state_of_error(error);
	}
	moved = take_given(t, given);
	own->block_beside = error && error != -ENODATA ? 0 : tls->robust_list;
	own->block_wanted = error == -ETIMEDOUT || given->error == -ETIMEDOUT;
	k->touched |= 1u << THREAD_GROUP_SELF;
	return moved;
}

/* Of all threads that it is wanted of at once. */
static void read_blocks(struct thread_reader *r)
{
	enum value_state may_read = r->access.state[ACCESS_ATTACH];
	VEC(struct tls_place) tls = {0};
	VEC(struct given_place) given = {0};
	VEC(struct thread_kept *) of = {0};

	for (size_t i = 0; i < r->roll.thread.n; i++) {
		struct thread_kept *k = r->roll.thread.item[i];
		const struct thread_self *t = &k->now.self;

		if (!own_of(k)->block_wanted)
			continue;
		VEC_PUSH(&tls, ((struct tls_place){.tid = t->tid, .robust_list = t->robust_list}));
		VEC_PUSH(&given, ((struct given_place){.tid = t->tid,
					 .robust_list = t->robust_list,
					 .stack_pointer = look_above(k)}));
		VEC_PUSH(&of, k);
	}
	if (of.n && value_state_has_value(may_read)) {
		tls_find(r->root, tls.item, of.n);
		given_stacks_find(r->root, given.item, of.n);
	}
	for (size_t i = 0; i < of.n; i++)
		if (value_state_has_value(may_read))
			r->block_moved |= take_block(of.item[i], &tls.item[i], &given.item[i]);
		else
			of.item[i]->now.self.source[THREAD_TLS] = (uint8_t)may_read;
	VEC_FREE(&tls);
	VEC_FREE(&given);
	VEC_FREE(&of);
}

/* ---- a round ------------------------------------------------------------- */

/* What the source does not tell of a thread is unread, whatever the source forgets. */
static int read_first(
	struct thread_reader *r, struct thread_kept *k, unsigned need, bool *ret_moved)
{
	memset(k->now.self.source, VALUE_UNREAD, sizeof k->now.self.source);
	return r->ops->read(r->source, own_of(k)->keep, need, &k->now, ret_moved);
}

/* Whether it has run since the last read: then its wait is another one. */
static void note_run(struct thread_reader *r, struct thread_kept *k)
{
	struct kept_own *own = own_of(k);
	uint64_t ran = thread_ran(&k->now, r->round);

	if (own->round && ran == own->ran)
		return;
	k->ran = true;
	k->now.call.wait_time_ns = 0;
	k->now.call.wait_set_read = false;
	k->now.call.wait_fds_n = 0;
	k->now.call.wait_fds_all = 0;
	memset(k->now.call.wait_fd, 0, sizeof k->now.call.wait_fd);
	k->now.run.first = !own->round && !r->roll.last;
	own->ran = ran;
}

/* The C library registers it as a thread begins; an exec leaves the main one alone. */
static bool keeps_robust_list(const struct thread_reader *r, const struct thread_kept *k)
{
	return k->now.self.robust_list && k->now.self.tid != r->id.pid;
}

/*
 * One thread: 0, or negative errno when it ended. A TID that was given to another thread since is
 * read anew.
 */
static int read_thread(struct thread_reader *r, struct thread_kept *k, unsigned need)
{
	struct kept_own *own = own_of(k);
	bool moved = true;
	int error = own->round ? r->ops->read(r->source, own->keep, need, &k->now, &moved)
			       : read_first(r, k, need, &moved);

	if (error && own->round) {
		r->ops->forget(r->source, own->keep);
		*own = (struct kept_own){0};
		k->now = (struct thread_record){.self.tid = k->now.self.tid};
		moved = true;
		error = read_first(r, k, need, &moved);
	}
	if (error)
		return error;
	if (moved)
		note_run(r, k);
	own->round = r->round;
	if (moved) {
		k->touched = THREAD_TOUCHED_ALL;
		own->stack_known &= keeps_robust_list(r, k);
	}
	if (need & NEED_STACKS && !own->stack_known)
		read_robust_list(r, k);
	return 0;
}

/* Whether the process is the one that we were made for: the main thread's birth is its own. */
static bool is_ours(const struct thread_reader *r, const struct thread_self *t)
{
	if (t->tid != r->id.pid || !r->id.start_ticks || t->source[THREAD_STAT] != VALUE_KNOWN)
		return true;
	return t->start_ticks == r->id.start_ticks;
}

/* Reads those that this round has not read yet. -ESRCH: it is another process. */
static int read_all(struct thread_reader *r, unsigned need, bool *ret_ended)
{
	struct thread_kept *const *k = r->roll.thread.item;

	*ret_ended = false;
	for (size_t c = 0; c < r->roll.cell.n; c++) {
		struct thread_window *window = &r->roll.cell.item[c].window;
		uint64_t begin_ns = clock_monotonic_ns();
		bool any = false;

		for (uint32_t n = r->roll.cell.item[c].n; n; n--, k++) {
			if (own_of(*k)->round == r->round)
				continue;
			any = true;
			(*k)->ended = read_thread(r, *k, need) != 0;
			*ret_ended |= (*k)->ended;
			if (!(*k)->ended && !is_ours(r, &(*k)->now.self))
				return -ESRCH;
		}
		if (any && !window->begin_ns)
			window->begin_ns = begin_ns;
		if (any)
			window->end_ns = clock_monotonic_ns();
	}
	return 0;
}

/* The threads now; `known`: they may be those of the last round, of whom then none has ended. */
static int seat(struct thread_reader *r, size_t known, bool *ret_told)
{
	size_t n = 0;
	int *tid = NULL, error = r->ops->list(r->source, known, &tid, &n);

	*ret_told = tid != NULL;
	if (!error && tid)
		thread_roll_seat(&r->roll, tid, n);
	free(tid);
	return error;
}

/* Brings the roll up to date. */
static int read_round(struct thread_reader *r, unsigned need)
{
	bool told, ended = false;
	int error;

	for (size_t c = 0; c < r->roll.cell.n; c++)
		r->roll.cell.item[c].window = (struct thread_window){0};
	if (++r->round == 0)
		r->round++;
	error = seat(r, r->roll.thread.n, &told);
	if (!error)
		error = read_all(r, need, &ended);
	if (!error && ended) {
		thread_roll_sweep(&r->roll);
		if (!told) {
			error = seat(r, 0, &told);
			if (!error)
				error = read_all(r, need, &ended);
			thread_roll_sweep(&r->roll);
		}
	}
	if (!error && !r->roll.thread.n)
		error = -ESRCH;
	return error;
}

/* ---- the list ------------------------------------------------------------ */

/*
 * Which sources nobody asked for: their states are none of the records'. What was asked for not
 * long ago is told from then: a moment is whole, whichever of its readers' wishes was due just
 * then.
 */
static void set_sources(struct thread_reader *r, struct thread_list *list, unsigned need)
{
	static const struct {
		enum thread_source source;
		unsigned need;
	} asked[] = {{THREAD_STATUS, NEED_THREAD_STATUS}, {THREAD_SYSCALL, NEED_THREAD_SYSCALL},
		{THREAD_WCHAN, NEED_THREAD_WCHAN}, {THREAD_STACK, NEED_STACKS},
		{THREAD_TLS, NEED_STACKS}};
	uint64_t now = clock_monotonic_ns();

	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		uint64_t *asked_ns = &r->asked_ns[asked[i].source];

		if (need & asked[i].need)
			*asked_ns = now;
		else
			list->source[asked[i].source] = *asked_ns && now - *asked_ns <= PART_OLD_NS
								? VALUE_STALE
								: VALUE_UNREAD;
	}
}

/* Where neither mappings nor threads are others, only those that moved are looked at. */
static void find_stacks(struct thread_reader *r, struct thread_list *list,
	const struct memory_map *memory, const struct page_map *pages)
{
	bool all = memory != r->memory || pages != r->pages || r->roll.changes != r->changes ||
		   r->block_moved;

	if (!memory || memory->part.error) {
		list->source[THREAD_STACK] =
			(uint8_t)(memory ? value_state_of_error(memory->part.error) : VALUE_UNREAD);
		return;
	}
	thread_stacks_find(&r->roll.thread, r->id.pid, memory, pages, all);
	part_put(r->memory);
	part_put(r->pages);
	r->memory = part_get(memory);
	r->pages = part_get(pages);
	r->changes = r->roll.changes;
	r->block_moved = false;
}

/* The thread whose number leads to the memory of all: the main one has let go of it if it ended. */
static pid_t memory_through(const struct thread_reader *r)
{
	for (size_t i = 0; i < r->roll.thread.n; i++) {
		const struct thread_record *t = &r->roll.thread.item[i]->now;

		if (t->run.state != 'Z' && t->run.state != 'X')
			return t->self.tid;
	}
	return r->id.pid;
}

static pid_t find_left(void *context, pid_t number)
{
	struct thread_reader *r = context;

	return thread_left_by_fork(r->root, r->id.pid, r->counts_apart, number);
}

/* What stands in memory of the calls of those who ran since they were looked at last. */
static void read_waits(struct thread_reader *r, pid_t pid)
{
	thread_times_read(&r->roll.thread, r->root, pid);
	thread_sets_read(&r->roll.thread, r->root, pid);
}

static void find_locks(struct thread_reader *r, struct thread_list *list)
{
	struct lock_world world = {.pid = memory_through(r),
		.root = r->root,
		.may_read =
			!r->calls_error && value_state_has_value(r->access.state[ACCESS_ATTACH]),
		.own = &r->own,
		.elsewhere = r->kin.id.pid && r->root ? find_kin : NULL,
		.left_by_fork = r->root ? find_left : NULL,
		.context = r};
	int error;

	read_inner_tids(r);
	if (world.may_read)
		read_waits(r, world.pid);
	error = locks_decode(&r->roll.thread, &world);
	if (world.may_read)
		list->source[THREAD_LOCKS] = (uint8_t)value_state_of_error(error);
}

static void make_list(struct thread_reader *r, struct thread_list *list, unsigned need,
	const struct memory_map *memory, const struct page_map *pages)
{
	const struct thread_list *last = part_get(r->roll.last);

	set_sources(r, list, need);
	if (need & NEED_STACKS && !r->calls_error)
		read_blocks(r);
	if (need & NEED_STACKS)
		find_stacks(r, list, memory, pages);
	list->source[THREAD_LOCKS] = (uint8_t)r->access.state[ACCESS_ATTACH];
	if (need & NEED_THREAD_SYSCALL) {
		abi_name_calls(r->root, &r->roll.thread, memory_through(r),
			r->calls_error ? value_state_of_error(r->calls_error)
				       : r->access.state[ACCESS_ATTACH]);
		find_locks(r, list);
	}
	list->texts = part_get(r->words);
	thread_roll_list(&r->roll, list);
	thread_list_count(list, last);
	part_put(last);
}

int thread_read(struct thread_reader *r, unsigned need, const struct memory_map *memory,
	const struct page_map *pages, const struct thread_list **ret_list)
{
	uint64_t cpu_start = clock_thread_cpu_ns();
	struct thread_list *list = part_make(PART_THREADS);
	int error;

	if (need & NEED_STACKS)
		need |= NEED_THREAD_SYSCALL;
	error = read_round(r, need);
	if (error) {
		thread_roll_clear(&r->roll);
		memset(r->asked_ns, 0, sizeof r->asked_ns);
		list->signals_state = VALUE_UNREAD;
	} else {
		make_list(r, list, need, memory, pages);
	}
	part_seal(&list->part, cpu_start, error);
	*ret_list = list;
	return 0;
}
