/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks on files: who holds one is told by the descriptors, who waits for it only by /proc/locks.
 */
#include "twintop/proc/file_locks.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/model/same.h"
#include "twintop/proc/reader.h"

/* A word and the blanks behind it, as one of a table; its index, or -1. */
static int scan_word_of(struct scan *s, const char *const words[], int n)
{
	for (int i = 0; i < n; i++) {
		if (scan_literal(s, words[i])) {
			scan_blanks(s);
			return i;
		}
	}
	return -1;
}

/* "fe:00:10952852": major and minor in hexadecimal, inode in decimal; "<none>:0" on old kernels. */
static bool scan_file(struct scan *s, struct file_lock *l)
{
	uint64_t major, minor;

	if (scan_literal(s, "<none>:"))
		return scan_u64(s, &l->inode);
	if (!scan_hex(s, &major) || !scan_char(s, ':') || !scan_hex(s, &minor) ||
		!scan_char(s, ':'))
		return false;
	l->device = makedev((unsigned)major, (unsigned)minor);
	return scan_u64(s, &l->inode);
}

static bool scan_range(struct scan *s, struct file_lock *l)
{
	scan_blanks(s);
	if (!scan_u64(s, &l->start))
		return false;
	scan_blanks(s);
	if (scan_u64(s, &l->end))
		return true;
	l->end = UINT64_MAX;
	return scan_literal(s, "EOF");
}

/*
 * 1: POSIX  ADVISORY  WRITE 26259 fe:00:10952852 0 EOF
 * 1: -> FLOCK  ADVISORY  READ 26303 fe:00:10952852 0 EOF
 */
bool file_lock_parse(struct scan s, struct file_lock *l)
{
	static const char *const kinds[] = {"POSIX", "FLOCK", "OFDLCK", "LEASE", "DELEG", "ACCESS"};
	static const enum lock_kind kind_of[] = {
		LOCK_POSIX, LOCK_FLOCK, LOCK_OFD, LOCK_LEASE, LOCK_LEASE, LOCK_POSIX};
	static const char *const modes[] = {
		"ADVISORY", "MANDATORY", "MSNFS", "ACTIVE", "BREAKING", "BREAKER", "*NOINODE*"};
	static const char *const access[] = {"READ", "WRITE", "RW", "UNLCK", "NONE"};
	int kind, how;
	int64_t pid;

	scan_blanks(&s);
	if (!scan_u64(&s, &l->number) || !scan_char(&s, ':'))
		return false;
	scan_blanks(&s);
	l->waiting = scan_literal(&s, "->");
	scan_blanks(&s);
	kind = scan_word_of(&s, kinds, (int)(sizeof kinds / sizeof *kinds));
	if (kind < 0 || scan_word_of(&s, modes, (int)(sizeof modes / sizeof *modes)) < 0)
		return false;
	how = scan_word_of(&s, access, (int)(sizeof access / sizeof *access));
	if (how < 0 || !scan_i64(&s, &pid))
		return false;
	l->kind = kind_of[kind];
	l->write = how == 1 || how == 2;
	l->pid = (pid_t)pid;
	scan_blanks(&s);
	return scan_file(&s, l) && scan_range(&s, l);
}

int file_locks_parse(struct scan text, struct lock_table *table)
{
	VEC(struct file_lock) v = {0};
	struct file_lock lock;
	struct scan line;
	int error = 0;

	while (!error && scan_line(&text, &line)) {
		if (line.at == line.end)
			continue;
		lock = (struct file_lock){0};
		if (file_lock_parse(line, &lock))
			VEC_PUSH(&v, lock);
		else
			error = -EINVAL;
	}
	VEC_MOVE(&table->part.arena, &v, &table->lock, &table->n);
	return error;
}

/* ---- as a reader --------------------------------------------------------- */

/* Whether the descriptors show a lock, or do not show that there is none. */
static bool may_hold(const struct fd_list *fds)
{
	if (!fds || fds->part.error)
		return true;
	for (size_t i = 0; i < fds->n; i++)
		if (fds->fd[i].locks_n || fds->fd[i].source[FD_INFO] != VALUE_KNOWN)
			return true;
	return false;
}

/* Whether a thread waits in flock(2) or fcntl(2): behind a lock that somebody else may have. */
static bool may_wait(const struct thread_list *threads)
{
	for (size_t i = 0; threads && i < threads->n; i++) {
		const struct thread_call *c = thread_group_at(threads, THREAD_GROUP_CALL, i);

		if (!c->running && c->syscall_name && *c->syscall_name == 'f' &&
			(!strcmp(c->syscall_name, "flock") ||
				!strncmp(c->syscall_name, "fcntl", 5)))
			return true;
	}
	return false;
}

/* Whether the table can tell of locks that A and B have in common, or of one that is waited for. */
static bool is_wanted(const struct reader_job *job)
{
	/* The descriptors of two threads of one process are read once, as A's. */
	const bool once = task_id_equal(job->side[0].id, job->side[1].id) &&
			  job->side[0].tid != job->side[1].tid && !job->side[1].had.fds;

	if (may_wait(job->side[0].had.threads) || may_wait(job->side[1].had.threads))
		return true;
	return may_hold(job->side[0].had.fds) || (!once && may_hold(job->side[1].had.fds));
}

/* The whole table waits for an RCU grace period of the kernel, ten milliseconds and more. */
static void read_locks(void *reader, struct reader_job *job)
{
	const struct reader_context *c = reader;
	const struct lock_table *had = job->pair_had.locks;
	uint64_t start = clock_thread_cpu_ns();
	struct lock_table *table;
	struct textbuf text = {0};
	int error = 0;

	if (!job->side[0].id.pid || !job->side[1].id.pid)
		return;
	table = part_make(PART_LOCKS);
	if (is_wanted(job)) {
		error = proc_read(c->root, &text, "locks");
		if (!error)
			error = file_locks_parse(scan_of(text.bytes, text.len), table);
	}
	textbuf_free(&text);
	part_seal(&table->part, start, error);
	job->pair.locks = same_kept(had, table, had && same_locks(had, table));
}

const struct reader_ops locks_reader_ops = {
	.id = "locks",
	.part = PART_LOCKS,
	.scope = READS_PAIR,
	.by_task = true,
	.need = NEED_LOCKS,
	.after = 1u << PART_FDS | 1u << PART_THREADS,
	.pace = PACE_ROWS,
	.open = reader_open_context,
	.read = read_locks,
	.close = reader_close_context,
};
