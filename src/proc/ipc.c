/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/ipc.h"

#include <errno.h>
#include <sys/sem.h>

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
