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
#include "twintop/proc/locks.h"
#include "twintop/proc/tls.h"

/* Every so many rounds a thread is read in full though its schedstat stood still. */
#define REFRESH_ROUNDS 10u

#define NAME_MOST  64 /* "kworker/u8:1-events_unbound" is the longest sort of name in stat */
#define WCHAN_MOST 128
#define FILE_FIRST 8192

enum thread_file { FILE_SCHEDSTAT, FILE_STAT, FILE_STATUS, FILE_SYSCALL, FILE_WCHAN, FILES };
static const char *const file_names[FILES] = {"schedstat", "stat", "status", "syscall", "wchan"};

/* What one thread's last reads brought, and the descriptors that are kept open for the next. */
struct kept_thread {
	struct thread now; /* its texts point at the arrays below */
	int fd[FILES];	   /* -1: not kept */
	unsigned moves;	   /* rounds that saw it run since its last read in full */
	char schedstat[72];
	size_t schedstat_len;
	unsigned have;	     /* NEED_THREAD_* bits that are up to date */
	uint64_t read_ns;    /* of schedstat; 0: never */
	size_t row;	     /* in the newest list */
	uint64_t tls_beside; /* the robust list that the TLS base was looked for at; 0: none yet */
	char name[NAME_MOST], wchan[WCHAN_MOST];
};

struct thread_reader {
	const struct proc_root *root;
	struct access access;
	struct task_id id;
	size_t fd_share, fds_open;
	unsigned round;
	bool schedstat_absent;
	VEC(struct kept_thread *) threads; /* by TID */
	char *text;
	size_t room;
};

int thread_reader_new(const struct proc_root *root, const struct access *access, struct task_id id,
	size_t fd_share, struct thread_reader **ret_reader)
{
	struct thread_reader *r = mem_alloc(sizeof *r);

	*r = (struct thread_reader){.root = root, .access = *access, .id = id};
	r->fd_share = fd_share;
	r->room = FILE_FIRST;
	r->text = mem_alloc(r->room);
	*ret_reader = r;
	return 0;
}

/* Closes what is kept of the files from first on. */
static void kept_close(struct thread_reader *r, struct kept_thread *k, enum thread_file first)
{
	for (unsigned i = first; i < FILES; i++) {
		if (k->fd[i] < 0)
			continue;
		close(k->fd[i]);
		k->fd[i] = -1;
		r->fds_open--;
	}
}

static void kept_free(struct thread_reader *r, struct kept_thread *k)
{
	kept_close(r, k, FILE_SCHEDSTAT);
	free(k);
}

void thread_reader_free(struct thread_reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->threads.n; i++)
		kept_free(r, r->threads.item[i]);
	VEC_FREE(&r->threads);
	free(r->text);
	free(r);
}

static void kept_init(struct kept_thread *k, pid_t tid)
{
	*k = (struct kept_thread){.now.tid = tid};
	for (unsigned i = 0; i < FILES; i++)
		k->fd[i] = -1;
}

static struct kept_thread *kept_new(pid_t tid)
{
	struct kept_thread *k = mem_alloc(sizeof *k);

	kept_init(k, tid);
	return k;
}

/* Forgets what was read of a TID that now names another thread. */
static void kept_reset(struct thread_reader *r, struct kept_thread *k)
{
	kept_close(r, k, FILE_SCHEDSTAT);
	kept_init(k, k->now.tid);
}

/* Makes the kept threads those of tid[], ascending; what is left over is closed. */
static void reader_merge(struct thread_reader *r, const int *tid, size_t n)
{
	struct kept_thread **old = r->threads.item,
			   **merged = mem_resize(NULL, n + 1, sizeof *merged);
	size_t i = 0, old_n = r->threads.n;

	for (size_t j = 0; j < n; j++) {
		while (i < old_n && old[i]->now.tid < tid[j])
			kept_free(r, old[i++]);
		if (i < old_n && old[i]->now.tid == tid[j])
			merged[j] = old[i++];
		else
			merged[j] = kept_new(tid[j]);
	}
	while (i < old_n)
		kept_free(r, old[i++]);
	free(old);
	r->threads.item = merged;
	r->threads.n = n;
	r->threads.room = n + 1;
}

/* Gives back half of the kept descriptors, the newest threads' first, and asks for no more. */
static void reader_shed(struct thread_reader *r)
{
	r->fd_share = r->fds_open / 2;
	for (size_t i = r->threads.n; i-- > 0 && r->fds_open > r->fd_share;)
		kept_close(r, r->threads.item[i], FILE_SCHEDSTAT);
}

static int open_file(struct thread_reader *r, pid_t tid, const char *name)
{
	int fd = proc_open(r->root, O_RDONLY, "%d/task/%d/%s", (int)r->id.pid, (int)tid, name);

	if ((fd != -EMFILE && fd != -ENFILE) || !r->fds_open)
		return fd;
	reader_shed(r);
	return proc_open(r->root, O_RDONLY, "%d/task/%d/%s", (int)r->id.pid, (int)tid, name);
}

/* The whole of a file that the kernel makes at one go, into r->text. 0 or negative errno. */
static int read_text(struct thread_reader *r, int fd, struct scan *ret_text)
{
	for (;;) {
		ssize_t len = pread(fd, r->text, r->room, 0);

		if (len < 0 && errno != EINTR)
			return -errno;
		if (len >= 0 && (size_t)len < r->room) {
			*ret_text = scan_of(r->text, (size_t)len);
			return 0;
		}
		if (len >= 0) {
			r->room *= 2;
			r->text = mem_resize(r->text, r->room, 1);
		}
	}
}

/*
 * Whether a descriptor is worth keeping: schedstat tells for all who ran, so it
 * comes first; stat next; the others of threads that run in most rounds.
 */
static bool is_kept(
	const struct thread_reader *r, const struct kept_thread *k, enum thread_file file)
{
	if (r->fds_open >= r->fd_share)
		return false;
	if (file == FILE_SCHEDSTAT)
		return true;
	return 2 * r->threads.n <= r->fd_share && (file == FILE_STAT || k->moves >= 2);
}

/* One file of a thread, by the descriptor that is kept or by opening it. 0 or negative errno. */
static int read_file(struct thread_reader *r, struct kept_thread *k, enum thread_file file,
	struct scan *ret_text)
{
	int error, fd;

	if (k->fd[file] >= 0)
		return read_text(r, k->fd[file], ret_text);
	fd = open_file(r, k->now.tid, file_names[file]);
	if (fd < 0)
		return fd;
	error = read_text(r, fd, ret_text);
	if (!error && is_kept(r, k, file)) {
		k->fd[file] = fd;
		r->fds_open++;
	} else {
		close(fd);
	}
	return error;
}

static bool is_gone(int error)
{
	return error == -ESRCH || error == -ENOENT;
}

static struct text keep_text(char *room, size_t most, struct text t)
{
	size_t len = t.len < most ? t.len : most;

	memcpy(room, t.bytes, len);
	return (struct text){room, len};
}

/* stat of a thread: 0, or negative errno and the thread is to be dropped. */
static int read_stat(struct thread_reader *r, struct kept_thread *k)
{
	struct thread v = k->now;
	struct scan text;
	int error = read_file(r, k, FILE_STAT, &text);

	if (!error)
		error = thread_parse_stat(text, &v, NULL);
	if (error) {
		k->now.source[THREAD_STAT] = (uint8_t)value_state_of_error(error);
		return is_gone(error) ? error : 0;
	}
	if (k->now.start_ticks && k->now.start_ticks != v.start_ticks)
		return -ESTALE;
	v.tid = k->now.tid;
	v.name = keep_text(k->name, sizeof k->name, v.name);
	v.source[THREAD_STAT] = VALUE_KNOWN;
	k->now = v;
	return 0;
}

static void read_status(struct thread_reader *r, struct kept_thread *k)
{
	struct scan text;
	int error = read_file(r, k, FILE_STATUS, &text);

	if (!error)
		error = thread_parse_status(text, &k->now);
	k->now.source[THREAD_STATUS] = (uint8_t)value_state_of_error(error);
}

static void read_syscall(struct thread_reader *r, struct kept_thread *k)
{
	enum value_state state = r->access.state[ACCESS_SYSCALL];
	struct scan text;
	int error;

	if (state == VALUE_KNOWN) {
		error = read_file(r, k, FILE_SYSCALL, &text);
		if (!error)
			error = thread_parse_syscall(text, &k->now);
		state = value_state_of_error(error);
	}
	k->now.source[THREAD_SYSCALL] = (uint8_t)state;
	if (state != VALUE_KNOWN)
		k->now.registers_known = false;
}

/*
 * The list of robust futexes that the C library registered when the thread began; it lies in the
 * thread's control block. Needs ptrace read access, stops nothing.
 */
static int robust_list_of(pid_t tid, uint64_t *ret)
{
	void *head = NULL;
	size_t len = 0;

	if (syscall(SYS_get_robust_list, (int)tid, &head, &len) < 0)
		return -errno;
	*ret = (uint64_t)(uintptr_t)head;
	return 0;
}

/* The TLS base does not change while the thread lives: it is looked for once. */
static void read_tls_base(struct kept_thread *k)
{
	struct thread *t = &k->now;
	int error;

	if (t->robust_list && t->robust_list == k->tls_beside)
		return;
	t->tls_base = 0;
	error = t->robust_list ? tls_read(t->tid, t->robust_list, &t->tls_base) : -ENODATA;
	k->tls_beside = error && error != -ENODATA ? 0 : t->robust_list;
	t->source[THREAD_TLS] =
		error == -ENODATA ? VALUE_UNSUPPORTED : (uint8_t)value_state_of_error(error);
}

static void read_robust_list(struct thread_reader *r, struct kept_thread *k)
{
	int error = proc_root_is_kernel(r->root) ? robust_list_of(k->now.tid, &k->now.robust_list)
						 : -EOPNOTSUPP;

	if (!error) {
		read_tls_base(k);
		return;
	}
	k->now.robust_list = k->now.tls_base = k->tls_beside = 0;
	k->now.source[THREAD_TLS] = (uint8_t)value_state_of_error(error);
}

/* "0" means none; but that is also what a sleeping thread shows to those who may not know. */
static void read_wchan(struct thread_reader *r, struct kept_thread *k)
{
	struct text name;
	struct scan text;
	uint64_t ignored;
	int error = read_file(r, k, FILE_WCHAN, &text);

	k->now.wait_channel = (struct text){0};
	k->now.source[THREAD_WCHAN] = (uint8_t)value_state_of_error(error);
	if (error)
		return;
	name = (struct text){text.at, (size_t)(text.end - text.at)};
	if (name.len && name.bytes[name.len - 1] == '\n')
		name.len--;
	if (!text_equal(name, text_of("0")))
		k->now.wait_channel = keep_text(k->wchan, sizeof k->wchan, name);
	else if (strchr("SD", k->now.state) && proc_root_is_kernel(r->root) &&
		 robust_list_of(k->now.tid, &ignored) == -EPERM)
		k->now.source[THREAD_WCHAN] = VALUE_DENIED;
}

/* The reads of a thread beside stat, by their need bit. */
static const struct {
	unsigned need;
	void (*read)(struct thread_reader *r, struct kept_thread *k);
} thread_reads[] = {
	{NEED_THREAD_STATUS, read_status},
	{NEED_THREAD_SYSCALL, read_syscall},
	{NEED_THREAD_WCHAN, read_wchan},
	{NEED_STACKS, read_robust_list},
};
#define THREAD_READS (NEED_THREAD_STATUS | NEED_THREAD_SYSCALL | NEED_THREAD_WCHAN | NEED_STACKS)

/*
 * schedstat: 0 and whether it moved, or negative errno. A kernel without
 * CONFIG_SCHED_INFO has no such file or shows "0 0 0"; then every round counts as moved.
 */
static int read_schedstat(struct thread_reader *r, struct kept_thread *k, bool *ret_moved)
{
	struct scan text;
	size_t len;
	int error;

	*ret_moved = true;
	if (r->schedstat_absent) {
		k->now.source[THREAD_SCHEDSTAT] = VALUE_UNSUPPORTED;
		return 0;
	}
	error = read_file(r, k, FILE_SCHEDSTAT, &text);
	if (!error)
		error = thread_parse_schedstat(text, &k->now);
	k->now.source[THREAD_SCHEDSTAT] = (uint8_t)value_state_of_error(error);
	if (error)
		return error;
	len = (size_t)(text.end - text.at);
	if (len > sizeof k->schedstat)
		len = sizeof k->schedstat;
	*ret_moved =
		len != k->schedstat_len || memcmp(k->schedstat, text.at, len) || !k->now.run_ns;
	memcpy(k->schedstat, text.at, len);
	k->schedstat_len = len;
	return 0;
}

/* What the counters were, for rates: the values that are about to be read over. */
static void remember_before(struct kept_thread *k, const struct thread *old, unsigned need)
{
	uint64_t now_ns = clock_monotonic_ns();
	struct thread *t = &k->now;

	t->run_ns_before = old->run_ns;
	t->wait_ns_before = old->wait_ns;
	t->voluntary_before = old->voluntary_switches;
	t->involuntary_before = old->involuntary_switches;
	t->interval_ns = k->read_ns ? now_ns - k->read_ns : 0;
	if ((need & ~k->have) & NEED_THREAD_STATUS)
		t->interval_ns = 0;
	k->read_ns = now_ns;
}

/*
 * Whether this round reads the thread anew though it did not run: nice, pending
 * signals and processor can be changed from outside. What it is blocked in cannot.
 */
static bool is_due(struct thread_reader *r, struct kept_thread *k)
{
	if (((unsigned)k->now.tid + r->round) % REFRESH_ROUNDS)
		return false;
	if (!k->moves)
		kept_close(r, k, FILE_STATUS);
	k->moves = 0;
	return true;
}

/* One round of one thread: 0, or negative errno when it ended. */
static int refresh_once(struct thread_reader *r, struct kept_thread *k, unsigned need)
{
	struct thread old = k->now;
	unsigned unread;
	bool moved, due;
	int error = read_schedstat(r, k, &moved);

	if (is_gone(error) && k->schedstat_len)
		return error;
	remember_before(k, &old, need);
	moved = moved || old.state == 'R';
	k->moves += moved;
	due = is_due(r, k);
	if (moved)
		k->have = 0;
	else if (due)
		k->have &= ~(unsigned)NEED_THREAD_STATUS;
	error = 0;
	if (moved || due || k->now.source[THREAD_STAT] != VALUE_KNOWN || k->now.tid == r->id.pid)
		error = read_stat(r, k);
	if (error)
		return error;
	unread = need & THREAD_READS & ~k->have;
	for (size_t i = 0; i < sizeof thread_reads / sizeof *thread_reads; i++)
		if (unread & thread_reads[i].need)
			thread_reads[i].read(r, k);
	k->have = need & THREAD_READS;
	return 0;
}

/* A kernel without schedstat: told by a thread whose stat is there, or that ran and shows 0. */
static void check_schedstat(struct thread_reader *r, struct kept_thread *k)
{
	bool ran = k->now.user_ticks || k->now.system_ticks;

	if (r->schedstat_absent || k->now.source[THREAD_STAT] != VALUE_KNOWN)
		return;
	if (k->now.source[THREAD_SCHEDSTAT] == VALUE_GONE || (ran && !k->now.run_ns)) {
		r->schedstat_absent = true;
		k->now.source[THREAD_SCHEDSTAT] = VALUE_UNSUPPORTED;
	}
}

/*
 * As refresh_once. A TID that was given to another thread since is read anew:
 * kept descriptors fail then, and files that were opened show another start time.
 */
static int refresh(struct thread_reader *r, struct kept_thread *k, unsigned need)
{
	bool known = k->read_ns;
	int error = refresh_once(r, k, need);

	if (error && known) {
		kept_reset(r, k);
		error = refresh_once(r, k, need);
	}
	if (!error)
		check_schedstat(r, k);
	return error;
}

/* Drops those that ended; the main thread's start time says whether this is still our process. */
static int refresh_all(struct thread_reader *r, unsigned need)
{
	bool too_many = r->threads.n * 2 > r->fd_share;
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < r->threads.n; i++) {
		struct kept_thread *k = r->threads.item[i];

		if (too_many)
			kept_close(r, k, FILE_STAT);
		if (error || refresh(r, k, need)) {
			kept_free(r, k);
			continue;
		}
		if (k->now.tid == r->id.pid && r->id.start_ticks &&
			k->now.start_ticks != r->id.start_ticks)
			error = -ESRCH;
		r->threads.item[kept++] = k;
	}
	r->threads.n = kept;
	return error;
}

/* Names repeat: a copy that the previous thread has serves this one too. */
static struct text share_text(struct arena *arena, struct text t, struct text *last)
{
	if (t.len && !text_equal(t, *last))
		*last = (struct text){arena_copy(arena, t.bytes, t.len), t.len};
	return t.len ? *last : (struct text){0};
}

static void hide_unneeded(struct thread *t, unsigned need)
{
	if (!(need & NEED_THREAD_STATUS))
		t->source[THREAD_STATUS] = VALUE_UNREAD;
	if (!(need & NEED_THREAD_SYSCALL))
		t->source[THREAD_SYSCALL] = VALUE_UNREAD;
	if (!(need & NEED_THREAD_WCHAN))
		t->source[THREAD_WCHAN] = VALUE_UNREAD;
	if (!(need & NEED_STACKS)) {
		t->source[THREAD_STACK] = t->source[THREAD_TLS] = VALUE_UNREAD;
		t->stack_start = t->stack_end = 0;
		t->stack_guard_known = false;
	}
}

/* Copies what is kept into the list, the main thread first. */
static void fill_list(struct thread_reader *r, struct thread_list *list, unsigned need)
{
	struct arena *arena = &list->part.arena;
	struct text name = {0}, wchan = {0};
	size_t at = 0;

	list->thread = arena_array(arena, r->threads.n, sizeof *list->thread);
	list->n = r->threads.n;
	for (size_t i = 0; i < r->threads.n; i++)
		if (r->threads.item[i]->now.tid == r->id.pid)
			at = 1;
	for (size_t i = 0; i < r->threads.n; i++) {
		struct kept_thread *k = r->threads.item[i];
		struct thread *t;

		k->row = k->now.tid == r->id.pid ? 0 : at++;
		t = &list->thread[k->row];
		*t = k->now;
		t->name = share_text(arena, t->name, &name);
		t->wait_channel = share_text(arena, t->wait_channel, &wchan);
		hide_unneeded(t, need);
	}
}

/* Keeps where the stacks are: guards that only pages show are known on until those are read again.
 */
static void find_stacks(struct thread_reader *r, struct thread_list *list,
	const struct memory_map *memory, const struct page_map *pages)
{
	thread_stacks_find(list, r->id.pid, memory, pages);
	for (size_t i = 0; i < r->threads.n; i++) {
		struct kept_thread *k = r->threads.item[i];
		const struct thread *t = &list->thread[k->row];

		k->now.stack_start = t->stack_start;
		k->now.stack_end = t->stack_end;
		k->now.stack_guard_bytes = t->stack_guard_bytes;
		k->now.stack_guard_known = t->stack_guard_known;
	}
}

int thread_read(struct thread_reader *r, unsigned need, const struct memory_map *memory,
	const struct page_map *pages, const struct thread_list **ret_list)
{
	uint64_t cpu_start = clock_thread_cpu_ns();
	struct thread_list *list = part_make(PART_THREADS);
	size_t n = 0;
	int *tid = NULL, error;

	if (need & NEED_STACKS)
		need |= NEED_THREAD_SYSCALL;
	r->round++;
	error = proc_list_numbers(r->root, &tid, &n, "%d/task", (int)r->id.pid);
	if (!error) {
		reader_merge(r, tid, n);
		error = refresh_all(r, need);
	}
	free(tid);
	if (!error && !r->threads.n)
		error = -ESRCH;
	if (!error)
		fill_list(r, list, need);
	if (!error && need & NEED_STACKS)
		find_stacks(r, list, memory, pages);
	if (!error && need & NEED_THREAD_SYSCALL && proc_root_is_kernel(r->root))
		locks_decode(list, r->id.pid);
	thread_list_count(list);
	part_seal(&list->part, cpu_start, error);
	*ret_list = list;
	return 0;
}
