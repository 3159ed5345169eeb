/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/ipc.h"

#include <errno.h>
#include <sys/sem.h>
#include <sys/sysmacros.h>

#include "process_extra.h"
#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/model/same.h"
#include "twintop/proc/reader.h"

#define COLUMNS 16

/* One line of a /proc/sysvipc file: numbers with blanks before each. At least `want` of them. */
static bool scan_columns(struct scan line, int64_t column[COLUMNS], size_t want)
{
	size_t n = 0;

	for (; n < COLUMNS; n++) {
		scan_blanks(&line);
		if (!scan_i64(&line, &column[n]))
			break;
	}
	return n >= want;
}

/* Calls row() for each line below the heading. */
static int each_row(
	struct scan text, size_t want, void (*row)(const int64_t *column, void *rows), void *rows)
{
	int64_t column[COLUMNS];
	struct scan line;

	if (!scan_line(&text, &line))
		return 0;
	while (scan_line(&text, &line)) {
		if (line.at == line.end)
			continue;
		if (!scan_columns(line, column, want))
			return -EINVAL;
		row(column, rows);
	}
	return 0;
}

/* Moves a growing array into the arena; an array that holds nothing becomes NULL. */
#define KEEP(arena, vec, ret_item, ret_n)                                                          \
	do {                                                                                       \
		*(ret_item) = arena_array((arena), (vec)->n, sizeof *(vec)->item);                 \
		for (size_t keep = 0; keep < (vec)->n; keep++)                                     \
			(*(ret_item))[keep] = (vec)->item[keep];                                   \
		*(ret_n) = (vec)->n;                                                               \
		VEC_FREE(vec);                                                                     \
	} while (0)

VEC_STRUCT(shm_rows, struct ipc_shm);

/*        key      shmid perms  size  cpid  lpid nattch   uid …
 * 2138085040          0   644  4096 26346     0      0     0 … */
static void shm_row(const int64_t *c, void *rows)
{
	struct shm_rows *v = rows;

	VEC_PUSH(v, (struct ipc_shm){.key = (int32_t)c[0],
			    .id = c[1],
			    .size_bytes = (uint64_t)c[3],
			    .creator = (pid_t)c[4],
			    .last = (pid_t)c[5],
			    .attached = (uint64_t)c[6]});
}

int ipc_parse_shm(struct scan text, struct ipc_state *ipc)
{
	struct shm_rows v = {0};
	int error = each_row(text, 7, shm_row, &v);

	KEEP(&ipc->part.arena, &v, &ipc->shm, &ipc->shm_n);
	return error;
}

VEC_STRUCT(queue_rows, struct ipc_queue);

/*        key      msqid perms      cbytes       qnum lspid lrpid   uid … */
static void queue_row(const int64_t *c, void *rows)
{
	struct queue_rows *v = rows;

	VEC_PUSH(v, (struct ipc_queue){.key = (int32_t)c[0],
			    .id = c[1],
			    .bytes = (uint64_t)c[3],
			    .messages = (uint64_t)c[4],
			    .last_sender = (pid_t)c[5],
			    .last_receiver = (pid_t)c[6]});
}

int ipc_parse_queues(struct scan text, struct ipc_state *ipc)
{
	struct queue_rows v = {0};
	int error = each_row(text, 7, queue_row, &v);

	KEEP(&ipc->part.arena, &v, &ipc->queue, &ipc->queues_n);
	return error;
}

VEC_STRUCT(semaphore_rows, struct ipc_semaphores);

/*        key      semid perms      nsems   uid … */
static void semaphore_row(const int64_t *c, void *rows)
{
	struct semaphore_rows *v = rows;

	VEC_PUSH(v, (struct ipc_semaphores){.key = (int32_t)c[0], .id = c[1], .n = (uint64_t)c[3]});
}

int ipc_parse_semaphores(struct scan text, struct ipc_state *ipc)
{
	struct semaphore_rows v = {0};
	int error = each_row(text, 4, semaphore_row, &v);

	KEEP(&ipc->part.arena, &v, &ipc->semaphores, &ipc->semaphores_n);
	return error;
}

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
static bool scan_lock(struct scan s, struct file_lock *l)
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

int ipc_parse_locks(struct scan text, struct ipc_state *ipc)
{
	VEC(struct file_lock) v = {0};
	struct file_lock lock;
	struct scan line;
	int error = 0;

	while (!error && scan_line(&text, &line)) {
		lock = (struct file_lock){0};
		if (line.at == line.end)
			continue;
		if (scan_lock(line, &lock))
			VEC_PUSH(&v, lock);
		else
			error = -EINVAL;
	}
	KEEP(&ipc->part.arena, &v, &ipc->lock, &ipc->locks_n);
	return error;
}

/* Reading a semaphore's last process changes nothing; without read permission it stays unknown. */
static void ask_last_operators(struct ipc_state *ipc)
{
	for (size_t i = 0; i < ipc->semaphores_n; i++) {
		struct ipc_semaphores *set = &ipc->semaphores[i];

		for (int k = 0; k < IPC_SEMAPHORES_TOLD && (uint64_t)k < set->n; k++) {
			int pid = semctl((int)set->id, k, GETPID);

			set->last[k] = pid > 0 ? pid : 0;
		}
	}
}

static uint64_t own_namespace(const struct proc_root *root)
{
	struct textbuf link = {0};
	uint64_t inode = 0;

	if (!proc_readlink(root, &link, "self/ns/ipc"))
		inode = process_namespace_parse(link.bytes, link.len);
	textbuf_free(&link);
	return inode;
}

static enum value_state read_table(const struct proc_root *root, const char *path,
	int (*parse)(struct scan text, struct ipc_state *ipc), struct ipc_state *ipc)
{
	struct textbuf text = {0};
	int error = proc_read(root, &text, "%s", path);

	if (!error)
		error = parse(scan_of(text.bytes, text.len), ipc);
	textbuf_free(&text);
	/* A kernel without System V IPC has no such files. */
	return error == -ENOENT ? VALUE_UNSUPPORTED : value_state_of_error(error);
}

int ipc_read(const struct proc_root *root, const struct ipc_state **ret_ipc)
{
	uint64_t cpu_start_ns = clock_thread_cpu_ns();
	struct ipc_state *ipc = part_make(PART_IPC);

	ipc->namespace_inode = own_namespace(root);
	ipc->shm_state = read_table(root, "sysvipc/shm", ipc_parse_shm, ipc);
	ipc->queues_state = read_table(root, "sysvipc/msg", ipc_parse_queues, ipc);
	ipc->semaphores_state = read_table(root, "sysvipc/sem", ipc_parse_semaphores, ipc);
	if (proc_root_is_kernel(root))
		ask_last_operators(ipc);
	ipc->locks_state = read_table(root, "locks", ipc_parse_locks, ipc);
	part_seal(&ipc->part, cpu_start_ns, 0);
	*ret_ipc = ipc;
	return 0;
}

/* ---- as a reader --------------------------------------------------------- */

static void read_ipc(void *reader, struct reader_job *job)
{
	const struct reader_context *c = reader;
	const struct ipc_state *had = job->host_had.ipc, *ipc = NULL;

	ipc_read(c->root, &ipc);
	job->host.ipc = same_kept(had, ipc, had && ipc && same_ipc(had, ipc));
}

const struct reader_ops ipc_reader_ops = {
	.id = "ipc",
	.part = PART_IPC,
	.scope = READS_HOST,
	.need = NEED_IPC,
	.after = 1u << PART_PROCESS,
	.pace = PACE_ROWS,
	.open = reader_open_context,
	.read = read_ipc,
	.close = reader_close_context,
};
