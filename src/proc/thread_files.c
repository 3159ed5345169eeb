/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads from the files of /proc/PID/task/TID/, by descriptors that are kept open between reads as
 * far as their share goes: schedstat of each, which tells who ran; the others of those that run in
 * most rounds. A thread whose schedstat stood still keeps its other figures; a few are read anew in
 * each round all the same, in turn. Of many threads an iterator tells who moved, where we may have
 * one: then nothing is read of the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "task_iterator.h"
#include "task_told.h"
#include "threads_internal.h"
#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/base/table.h"
#include "twintop/proc/threads.h"

/* Every so many rounds a thread is read in full though its schedstat stood still … */
#define REFRESH_ROUNDS 10u
/* … or in more of them, where that would be more threads than this in one round. */
#define REFRESH_MOST 100u
/* … but of few threads each so often, however seldom the rounds are. */
#define REFRESH_FEW 32u
#define REFRESH_NS  900000000u

/*
 * To make an iterator is worth it for so many threads, if they are read for so many rounds; for
 * many, if they are read a second time.
 */
#define ITERATE_LEAST 256u
#define ITERATE_AFTER 3u
#define ITERATE_MANY  2048u

#define SCHEDSTAT_MOST 68 /* three numbers of 64 bits, blanks and a newline fit */
#define FILE_FIRST     8192

enum thread_file { FILE_SCHEDSTAT, FILE_STAT, FILE_STATUS, FILE_SYSCALL, FILE_WCHAN, FILES };
static const char *const file_names[] = {
	[FILE_SCHEDSTAT] = "schedstat",
	[FILE_STAT] = "stat",
	[FILE_STATUS] = "status",
	[FILE_SYSCALL] = "syscall",
	[FILE_WCHAN] = "wchan",
};
TABLE_ROWS(file_names, FILES);

/* What is kept with a thread. */
struct keep {
	struct keep *next, **link; /* among those with descriptors; link NULL: it has none */
	int fd1[FILES];		   /* descriptor + 1; 0: not kept */
	uint8_t moves;		   /* rounds that saw it run since its last read in full */
	bool known;		   /* its schedstat was read, or there is none */
	uint8_t schedstat_len;
	char schedstat[SCHEDSTAT_MOST];
	uint64_t full_ns;	/* CLOCK_MONOTONIC of its last read in full */
	unsigned have;		/* NEED_THREAD_* bits that are up to date */
	struct task_signs seen; /* at its last read; tid 0: it was not told by the iterator */
	struct task_times times;
};

struct files {
	struct thread_source_options options;
	size_t fd_share;
	size_t n; /* threads of the last list */
	size_t fds_open, schedstats_open;
	struct keep *holders; /* of descriptors, the newest first */
	unsigned round;
	bool schedstat_absent;
	struct task_iterator *iterator; /* NULL: none (yet) */
	bool iterator_tried;
	const struct task_record *record; /* of this round … */
	size_t records_n, record_at;
	uint64_t records_ns;	      /* … read then */
	bool doubts;		      /* in this round it is compared with what files said */
	struct task_teller *teller;   /* with the iterator */
	const struct task_record *at; /* of the thread that is read; NULL: it has none, … */
	bool at_known;		      /* … and it is the one that was told of before */
	char *text;
	size_t room;
};

/* Descriptors that the sources of all processes keep. */
static atomic_size_t fds_kept;

static int files_open(const struct thread_source_options *options, void **ret_source)
{
	struct files *f = mem_alloc(sizeof *f);

	*f = (struct files){.options = *options, .fd_share = options->fd_share};
	f->room = FILE_FIRST;
	f->text = mem_alloc(f->room);
	*ret_source = f;
	return 0;
}

static void files_close(void *source)
{
	struct files *f = source;

	task_iterator_close(f->iterator);
	task_teller_free(f->teller);
	free(f->text);
	free(f);
}

/* ---- descriptors --------------------------------------------------------- */

static void fd_keep(struct files *f, struct keep *k, enum thread_file file, int fd)
{
	k->fd1[file] = fd + 1;
	f->fds_open++;
	f->schedstats_open += file == FILE_SCHEDSTAT;
	atomic_fetch_add(&fds_kept, 1);
	if (k->link)
		return;
	k->next = f->holders;
	k->link = &f->holders;
	if (k->next)
		k->next->link = &k->next;
	f->holders = k;
}

/* Closes what is kept of the files from first on. */
static void keep_close(struct files *f, struct keep *k, enum thread_file first)
{
	for (unsigned i = first; i < FILES; i++) {
		if (!k->fd1[i])
			continue;
		close(k->fd1[i] - 1);
		k->fd1[i] = 0;
		f->fds_open--;
		f->schedstats_open -= i == FILE_SCHEDSTAT;
		atomic_fetch_sub(&fds_kept, 1);
	}
	if (first || !k->link)
		return;
	*k->link = k->next;
	if (k->next)
		k->next->link = k->link;
	k->link = NULL;
}

static void files_forget(void *source, void *keep)
{
	keep_close(source, keep, FILE_SCHEDSTAT);
	memset(keep, 0, sizeof(struct keep));
}

/* Gives back half of the kept descriptors, the newest first, and asks for no more than is left. */
static void files_shed(struct files *f)
{
	f->fd_share = f->fds_open / 2;
	while (f->holders && f->fds_open > f->fd_share)
		keep_close(f, f->holders, FILE_SCHEDSTAT);
}

/* Whether the next round asks the iterator, and no schedstat. */
static bool is_to_iterate(const struct files *f)
{
	return !f->iterator_tried && f->n >= ITERATE_MANY;
}

/*
 * Whether a descriptor is worth keeping: schedstat tells for all who ran, so it comes first, and
 * the others, of threads that run in most rounds, take what it does not want.
 */
static bool is_kept(const struct files *f, const struct keep *k, enum thread_file file)
{
	bool more = !f->iterator && f->n > f->schedstats_open;
	size_t wanted = more ? f->n - f->schedstats_open : 0;
	size_t kept = atomic_load(&fds_kept);

	if (file == FILE_SCHEDSTAT)
		return kept < f->fd_share && !is_to_iterate(f);
	return k->moves >= 2 && kept + wanted < f->fd_share;
}

static int open_file(struct files *f, pid_t tid, enum thread_file file)
{
	const char *name = file_names[file];
	int pid = (int)f->options.id.pid;
	int fd = proc_open(f->options.root, O_RDONLY, "%d/task/%d/%s", pid, (int)tid, name);

	if ((fd != -EMFILE && fd != -ENFILE) || !f->fds_open)
		return fd;
	files_shed(f);
	return proc_open(f->options.root, O_RDONLY, "%d/task/%d/%s", pid, (int)tid, name);
}

/* The whole of a file that the kernel makes at one go, into f->text. 0 or negative errno. */
static int read_text(struct files *f, int fd, struct scan *ret_text)
{
	for (;;) {
		ssize_t len = pread(fd, f->text, f->room, 0);

		if (len < 0 && errno != EINTR)
			return -errno;
		if (len >= 0 && (size_t)len < f->room) {
			*ret_text = scan_of(f->text, (size_t)len);
			return 0;
		}
		if (len >= 0) {
			f->room *= 2;
			f->text = mem_resize(f->text, f->room, 1);
		}
	}
}

/* One file of a thread, by the descriptor that is kept or by opening it. 0 or negative errno. */
static int read_file(
	struct files *f, struct keep *k, pid_t tid, enum thread_file file, struct scan *ret_text)
{
	int error, fd;

	if (k->fd1[file])
		return read_text(f, k->fd1[file] - 1, ret_text);
	fd = open_file(f, tid, file);
	if (fd < 0)
		return fd;
	error = read_text(f, fd, ret_text);
	if (!error && is_kept(f, k, file))
		fd_keep(f, k, file, fd);
	else
		close(fd);
	return error;
}

/* ---- the files ----------------------------------------------------------- */

static bool is_gone(int error)
{
	return error == -ESRCH || error == -ENOENT;
}

/* stat of a thread: 0, or negative errno and the thread is to be dropped. */
static int read_stat(struct files *f, struct keep *k, struct thread_record *t)
{
	struct thread_record v = *t;
	struct scan text = {0};
	int error = read_file(f, k, t->self.tid, FILE_STAT, &text);

	if (!error)
		error = thread_parse_stat(text, &v);
	if (error) {
		t->self.source[THREAD_STAT] = (uint8_t)value_state_of_error(error);
		return is_gone(error) ? error : 0;
	}
	if (t->self.start_ticks && t->self.start_ticks != v.self.start_ticks)
		return -ESTALE;
	v.self.tid = t->self.tid;
	v.self.source[THREAD_STAT] = VALUE_KNOWN;
	*t = v;
	return 0;
}

static void read_status(struct files *f, struct keep *k, struct thread_record *t)
{
	struct scan text = {0};
	int error = read_file(f, k, t->self.tid, FILE_STATUS, &text);

	if (!error)
		error = thread_parse_status(text, t);
	t->self.source[THREAD_STATUS] = (uint8_t)value_state_of_error(error);
}

static void read_syscall(struct files *f, struct keep *k, struct thread_record *t)
{
	enum value_state state = f->options.access->state[ACCESS_SYSCALL];
	struct scan text = {0};
	int error;

	if (state == VALUE_KNOWN) {
		error = read_file(f, k, t->self.tid, FILE_SYSCALL, &text);
		if (!error)
			error = thread_parse_syscall(text, t);
		state = value_state_of_error(error);
	}
	t->self.source[THREAD_SYSCALL] = (uint8_t)state;
	if (state != VALUE_KNOWN)
		t->call.registers_known = false;
}

/* "0" means none; but that is also what a sleeping thread shows to those who may not know. */
static void read_wchan(struct files *f, struct keep *k, struct thread_record *t)
{
	struct text name;
	struct scan text = {0};
	uint64_t ignored;
	int error = read_file(f, k, t->self.tid, FILE_WCHAN, &text);

	t->call.wait_channel = NULL;
	t->self.source[THREAD_WCHAN] = (uint8_t)value_state_of_error(error);
	if (error)
		return;
	name = (struct text){text.at, (size_t)(text.end - text.at)};
	if (name.len && name.bytes[name.len - 1] == '\n')
		name.len--;
	if (name.len && !text_equal(name, text_of("0")))
		t->call.wait_channel = words_keep(f->options.words, name);
	else if (strchr("SD", t->run.state) && proc_root_is_ours(f->options.root) &&
		 thread_robust_list(t->self.tid, &ignored) == -EPERM)
		t->self.source[THREAD_WCHAN] = VALUE_DENIED;
}

/* The reads of a thread beside stat, by their need bit. */
static const struct {
	unsigned need;
	enum thread_source source;
	enum task_file told;
	void (*read)(struct files *f, struct keep *k, struct thread_record *t);
} thread_reads[] = {
	{NEED_THREAD_STATUS, THREAD_STATUS, TASK_STATUS, read_status},
	{NEED_THREAD_SYSCALL, THREAD_SYSCALL, TASK_SYSCALL, read_syscall},
	{NEED_THREAD_WCHAN, THREAD_WCHAN, TASK_WCHAN, read_wchan},
};
#define THREAD_READS (NEED_THREAD_STATUS | NEED_THREAD_SYSCALL | NEED_THREAD_WCHAN)

/*
 * schedstat: 0 and whether it moved, or negative errno. A kernel without
 * CONFIG_SCHED_INFO has no such file or shows "0 0 0"; then every round counts as moved.
 */
static int read_schedstat(struct files *f, struct keep *k, struct thread_record *t, bool *ret_moved)
{
	struct scan text = {0};
	size_t len;
	int error;

	*ret_moved = true;
	if (f->schedstat_absent) {
		t->self.source[THREAD_SCHEDSTAT] = VALUE_UNSUPPORTED;
		return 0;
	}
	error = read_file(f, k, t->self.tid, FILE_SCHEDSTAT, &text);
	len = error ? 0 : (size_t)(text.end - text.at);
	if (len && len == k->schedstat_len && !memcmp(k->schedstat, text.at, len) &&
		t->run.run_ns) {
		*ret_moved = false;
		return 0;
	}
	if (!error)
		error = thread_parse_schedstat(text, t);
	t->self.source[THREAD_SCHEDSTAT] = (uint8_t)value_state_of_error(error);
	if (error)
		return error;
	t->run.read_ns = clock_monotonic_ns();
	k->schedstat_len = (uint8_t)(len < SCHEDSTAT_MOST ? len : 0);
	memcpy(k->schedstat, text.at, k->schedstat_len);
	return 0;
}

/* ---- what the iterator told ---------------------------------------------- */

/*
 * What the record of a thread says must be what its files said when they were read: it has not run
 * since.
 */
static void prove(struct files *f, const struct keep *k, const struct thread_record *t)
{
	const uint8_t *source = t->self.source;

	if (source[THREAD_STAT] != VALUE_KNOWN || source[THREAD_SCHEDSTAT] != VALUE_KNOWN ||
		t->run.run_ns != f->at->signs.run_ns || t->run.wait_ns != f->at->signs.wait_ns)
		return;
	task_teller_prove(f->teller, TASK_STAT, f->at, &k->times, t);
	for (size_t i = 0; i < sizeof thread_reads / sizeof *thread_reads; i++)
		if (k->have & thread_reads[i].need && source[thread_reads[i].source] == VALUE_KNOWN)
			task_teller_prove(f->teller, thread_reads[i].told, f->at, &k->times, t);
}

/*
 * Whether the iterator told what a file would say. Never in place of the first read, which shows
 * what we may know.
 */
static bool is_told(struct files *f, struct keep *k, enum thread_source source, enum task_file file,
	struct thread_record *t)
{
	return f->at_known && t->self.source[source] == VALUE_KNOWN &&
	       task_teller_tell(f->teller, file, f->at, &k->times, t);
}

/* The thread that has been told of is where it was when its wchan was read just now. */
static void learn_channel(struct files *f, struct keep *k, const struct thread_record *t)
{
	struct thread_record now = *t;
	struct scan text = {0};

	if (f->at_known && !task_teller_knows(f->teller, f->at) && t->call.wait_channel &&
		t->self.source[THREAD_WCHAN] == VALUE_KNOWN &&
		!read_file(f, k, t->self.tid, FILE_SCHEDSTAT, &text) &&
		!thread_parse_schedstat(text, &now) && now.run.run_ns == f->at->signs.run_ns &&
		now.run.wait_ns == f->at->signs.wait_ns)
		task_teller_learn(f->teller, f->at, t->call.wait_channel);
}

/* What the iterator told of a thread in this round. */
static void take_record(struct files *f, struct keep *k, struct thread_record *t)
{
	if (!k->seen.tid)
		keep_close(f, k, FILE_SCHEDSTAT);
	k->seen = f->at->signs;
	t->run.run_ns = f->at->signs.run_ns;
	t->run.wait_ns = f->at->signs.wait_ns;
	t->run.read_ns = f->records_ns;
	t->self.source[THREAD_SCHEDSTAT] = VALUE_KNOWN;
}

/*
 * The iterator tells for the first time of a thread that was read by its files. Where it stood
 * still since, they need not be read again.
 */
static void take_over(struct files *f, struct keep *k, const struct thread_record *t)
{
	f->at_known = task_teller_is_of(f->teller, f->at, t);
	if (!f->at_known || !task_teller_stood(f->at, t))
		return;
	keep_close(f, k, FILE_SCHEDSTAT);
	k->seen = f->at->signs;
}

/*
 * Whether the thread moved since its last read, as the iterator says or its schedstat. 0 or
 * negative errno; -ESTALE: it is another one.
 */
static int read_ran(struct files *f, struct keep *k, struct thread_record *t, bool *ret_moved)
{
	f->at = task_record_find(f->record, f->records_n, &f->record_at, t->self.tid);
	f->at_known = f->at && k->seen.tid;
	if (!f->at) {
		k->seen.tid = 0;
		return read_schedstat(f, k, t, ret_moved);
	}
	if (k->seen.tid && k->seen.born_ns != f->at->signs.born_ns)
		return -ESTALE;
	if (f->doubts)
		prove(f, k, t);
	if (!k->seen.tid)
		take_over(f, k, t);
	*ret_moved = memcmp(&k->seen, &f->at->signs, sizeof k->seen) != 0;
	if (*ret_moved)
		take_record(f, k, t);
	return 0;
}

/* A kernel without schedstat: told by a thread whose stat is there, or that ran and shows 0. */
static void check_schedstat(struct files *f, struct thread_record *t)
{
	bool ran = t->spent.user_ticks || t->spent.system_ticks;

	if (f->schedstat_absent || t->self.source[THREAD_STAT] != VALUE_KNOWN)
		return;
	if (t->self.source[THREAD_SCHEDSTAT] == VALUE_GONE || (ran && !t->run.run_ns)) {
		f->schedstat_absent = true;
		t->self.source[THREAD_SCHEDSTAT] = VALUE_UNSUPPORTED;
	}
}

/*
 * Whether this round reads the thread anew though it did not run: nice, pending
 * signals and processor can be changed from outside. What it is blocked in cannot.
 */
static bool is_due(struct files *f, struct keep *k, pid_t tid)
{
	unsigned rounds = (unsigned)(f->n / REFRESH_MOST);
	bool late = f->n <= REFRESH_FEW && f->records_ns - k->full_ns >= REFRESH_NS;

	if (!late &&
		((unsigned)tid + f->round) % (rounds > REFRESH_ROUNDS ? rounds : REFRESH_ROUNDS))
		return false;
	if (!k->moves)
		keep_close(f, k, FILE_STAT);
	k->moves = 0;
	k->full_ns = f->records_ns;
	return true;
}

/* What the iterator told of one that moved, wanted now or later. Returns the bits of it. */
static unsigned take_others(struct files *f, struct keep *k, struct thread_record *t)
{
	unsigned have = 0;

	for (size_t i = 0; i < sizeof thread_reads / sizeof *thread_reads; i++)
		if (is_told(f, k, thread_reads[i].source, thread_reads[i].told, t))
			have |= thread_reads[i].need;
	return have;
}

/* What need asks for beside stat and t does not hold yet. Returns whether anything. */
static bool read_others(struct files *f, struct keep *k, unsigned need, struct thread_record *t)
{
	unsigned unread = need & THREAD_READS & ~k->have;

	for (size_t i = 0; i < sizeof thread_reads / sizeof *thread_reads; i++) {
		if (!(unread & thread_reads[i].need))
			continue;
		thread_reads[i].read(f, k, t);
		if (thread_reads[i].told == TASK_WCHAN)
			learn_channel(f, k, t);
	}
	/* What this round does not need is kept for one that does, while the thread does not run.
	 */
	k->have |= need & THREAD_READS;
	return unread;
}

/* stat of one that moved or is due. 0 or negative errno. */
static int read_or_take_stat(struct files *f, struct keep *k, struct thread_record *t)
{
	if (t->self.tid != f->options.id.pid && is_told(f, k, THREAD_STAT, TASK_STAT, t))
		return 0;
	return read_stat(f, k, t);
}

static int files_read(
	void *source, void *keep, unsigned need, struct thread_record *t, bool *ret_moved)
{
	struct files *f = source;
	struct keep *k = keep;
	bool moved = true, due, other;
	int error = read_ran(f, k, t, &moved);

	if (error == -ESTALE || (is_gone(error) && k->known))
		return error;
	moved = moved || t->run.state == 'R';
	k->moves = (uint8_t)(k->moves + (moved && k->moves < UINT8_MAX));
	due = is_due(f, k, t->self.tid) && !f->at;
	if (moved)
		k->have = take_others(f, k, t);
	else if (due)
		k->have &= ~(unsigned)NEED_THREAD_STATUS;
	if (moved || due || t->self.source[THREAD_STAT] != VALUE_KNOWN ||
		t->self.tid == f->options.id.pid) {
		error = read_or_take_stat(f, k, t);
		moved = true;
		if (error)
			return error;
	}
	other = read_others(f, k, need, t);
	k->known = true;
	check_schedstat(f, t);
	*ret_moved = moved || other;
	return 0;
}

/* ---- who there is -------------------------------------------------------- */

/* The links of task/ are two more than there are threads. Elsewhere links may mean nothing. */
static bool are_as_many(const struct files *f, size_t known)
{
	int fd =
		proc_open(f->options.root, O_PATH | O_DIRECTORY, "%d/task", (int)f->options.id.pid);
	struct stat s;
	bool same;

	if (fd < 0)
		return false;
	same = !fstat(fd, &s) && (size_t)s.st_nlink == known + 2;
	close(fd);
	return same;
}

/* Whether it is time to make the iterator. */
static bool is_iterator_due(const struct files *f)
{
	if (f->iterator_tried || f->n < ITERATE_LEAST)
		return false;
	return f->round >= ITERATE_AFTER || is_to_iterate(f);
}

/* Whether the iterator told the threads of this round. */
static bool read_records(struct files *f)
{
	f->records_n = f->record_at = 0;
	if (is_iterator_due(f)) {
		f->iterator_tried = true;
		/* Without it the files tell the same. */
		if (task_iterator_open(f->options.root, f->options.id.pid, f->n, &f->iterator))
			f->iterator = NULL;
		else
			f->teller = task_teller_new(task_iterator_extent(f->iterator));
	}
	f->records_ns = clock_monotonic_ns();
	f->doubts = f->iterator && task_teller_doubts(f->teller);
	if (f->iterator && task_iterator_read(f->iterator, f->doubts, &f->record, &f->records_n))
		f->records_n = 0;
	return f->records_n;
}

static void list_records(struct files *f, int **ret_tid, size_t *ret_n)
{
	int *tid = mem_resize(NULL, f->records_n, sizeof *tid);

	for (size_t i = 0; i < f->records_n; i++)
		tid[i] = (int)f->record[i].signs.tid;
	*ret_tid = tid;
	*ret_n = f->n = f->records_n;
}

static int files_list(void *source, size_t known, int **ret_tid, size_t *ret_n)
{
	struct files *f = source;
	int error;

	*ret_tid = NULL;
	*ret_n = known;
	f->round += known || !f->n;
	if (read_records(f)) {
		list_records(f, ret_tid, ret_n);
		return 0;
	}
	if (known && are_as_many(f, known))
		return 0;
	error = proc_list_numbers(
		f->options.root, ret_tid, ret_n, "%d/task", (int)f->options.id.pid);
	if (!error)
		f->n = *ret_n;
	return error;
}

const struct thread_source_ops thread_files = {
	.name = "files",
	.keep_bytes = sizeof(struct keep),
	.open = files_open,
	.close = files_close,
	.list = files_list,
	.read = files_read,
	.forget = files_forget,
};
