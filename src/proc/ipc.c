/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/model/same.h"
#include "twintop/proc/inside.h"
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

	VEC_MOVE(&ipc->part.arena, &v, &ipc->shm, &ipc->shm_n);
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

	VEC_MOVE(&ipc->part.arena, &v, &ipc->queue, &ipc->queues_n);
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

	VEC_MOVE(&ipc->part.arena, &v, &ipc->semaphores, &ipc->semaphores_n);
	return error;
}

/* ---- the tables of a namespace -------------------------------------------- */

static const struct table {
	const char *path;
	int (*parse)(struct scan text, struct ipc_state *ipc);
} table[] = {
	{"sysvipc/shm", ipc_parse_shm},
	{"sysvipc/msg", ipc_parse_queues},
	{"sysvipc/sem", ipc_parse_semaphores},
};
#define TABLES (sizeof table / sizeof *table)

/* Such a file tells of the namespace of who opened it. */
struct opening {
	const struct proc_root *root;
	int fd[TABLES]; /* or negative errno */
};

static void open_tables(void *context)
{
	struct opening *o = context;

	for (size_t i = 0; i < TABLES; i++)
		o->fd[i] = proc_open(o->root, O_RDONLY, "%s", table[i].path);
}

static enum value_state read_table(const struct table *row, int fd, struct ipc_state *ipc)
{
	struct textbuf text = {0};
	int error = fd < 0 ? fd : proc_read_fd(fd, &text);

	if (!error)
		error = row->parse(scan_of(text.bytes, text.len), ipc);
	textbuf_free(&text);
	if (fd >= 0)
		close(fd);
	/* A kernel without System V IPC has no such files. */
	return error == -ENOENT ? VALUE_UNSUPPORTED : value_state_of_error(error);
}

/* Of which sets to ask who operated on their semaphores last, and the answers. */
struct operators {
	size_t n;
	struct ipc_semaphores set[];
};

/* Reading a semaphore's last process changes nothing; without read permission it stays unknown. */
static void ask_last_operators(void *context)
{
	struct operators *o = context;

	for (size_t i = 0; i < o->n; i++) {
		struct ipc_semaphores *set = &o->set[i];

		for (int k = 0; k < IPC_SEMAPHORES_TOLD && (uint64_t)k < set->n; k++) {
			int pid = semctl((int)set->id, k, GETPID);

			set->last[k] = pid > 0 ? pid : 0;
		}
	}
}

/* Runs a job in the IPC namespace of pid; 0: in ours. */
static int run_in(const struct proc_root *root, pid_t pid, void (*job)(void *context),
	void *context, size_t size)
{
	if (pid)
		return inside_run(root, pid, NAMESPACE_IPC, job, context, size);
	job(context);
	return 0;
}

static void read_last_operators(const struct proc_root *root, pid_t pid, struct ipc_state *ipc)
{
	size_t bytes = ipc->semaphores_n * sizeof *ipc->semaphores;
	struct operators *o;

	/* It answers with a number of ours. */
	if (!bytes || !proc_root_is_ours(root))
		return;
	o = mem_alloc(sizeof *o + bytes);
	o->n = ipc->semaphores_n;
	memcpy(o->set, ipc->semaphores, bytes);
	if (!run_in(root, pid, ask_last_operators, o, sizeof *o + bytes))
		memcpy(ipc->semaphores, o->set, bytes);
	free(o);
}

int ipc_read(const struct proc_root *root, pid_t pid, const struct ipc_state **ret_ipc)
{
	uint64_t cpu_start_ns = clock_thread_cpu_ns(), ours = 0, theirs = 0;
	struct ipc_state *ipc = part_make(PART_IPC);
	struct opening opening = {.root = root};

	inside_inode(root, 0, NAMESPACE_IPC, &ours);
	if (!pid || inside_inode(root, pid, NAMESPACE_IPC, &theirs) || theirs == ours)
		pid = 0;
	if (run_in(root, pid, open_tables, &opening, sizeof opening)) {
		pid = 0;
		open_tables(&opening);
	}
	ipc->namespace_inode = pid ? theirs : ours;
	ipc->shm_state = read_table(&table[0], opening.fd[0], ipc);
	ipc->queues_state = read_table(&table[1], opening.fd[1], ipc);
	ipc->semaphores_state = read_table(&table[2], opening.fd[2], ipc);
	read_last_operators(root, pid, ipc);
	part_seal(&ipc->part, cpu_start_ns, 0);
	*ret_ipc = ipc;
	return 0;
}

/* ---- as a reader --------------------------------------------------------- */

/* A's namespace, in which B's objects are, too, where they can have any in common by their ids. */
static void read_ipc(void *reader, struct reader_job *job)
{
	const struct reader_context *c = reader;
	const struct ipc_state *had = job->host_had.ipc, *ipc = NULL;
	const struct reader_side *side = job->side[0].id.pid ? &job->side[0] : &job->side[1];

	ipc_read(c->root, reader_side_task(side), &ipc);
	job->host.ipc = same_kept(had, ipc, had && ipc && same_ipc(had, ipc));
}

const struct reader_ops ipc_reader_ops = {
	.id = "ipc",
	.part = PART_IPC,
	.scope = READS_PAIR,
	.need = NEED_IPC,
	.after = 1u << PART_PROCESS,
	.pace = PACE_ROWS,
	.open = reader_open_context,
	.read = read_ipc,
	.close = reader_close_context,
};
