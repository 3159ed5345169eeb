/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_IPC_H
#define TWINTOP_MODEL_IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/model/part.h"

/* A System V shared memory segment: proc(5) /proc/sysvipc/shm, shmctl(2). */
struct ipc_shm {
	int32_t key;
	int64_t id;
	uint64_t size_bytes;
	pid_t creator, last; /* cpid, lpid: of the last shmat or shmdt */
	uint64_t attached;   /* nattch */
};

/* A message queue: /proc/sysvipc/msg. */
struct ipc_queue {
	int32_t key;
	int64_t id;
	uint64_t bytes, messages;	  /* waiting in it */
	pid_t last_sender, last_receiver; /* 0: none yet */
};

#define IPC_SEMAPHORES_TOLD 8

/* A semaphore set: /proc/sysvipc/sem. */
struct ipc_semaphores {
	int32_t key;
	int64_t id;
	uint64_t n;
	/* Who did the last operation on each of the first ones: semctl(2) GETPID; 0 nobody yet, or
	 * not permitted. */
	pid_t last[IPC_SEMAPHORES_TOLD];
};

/* What processes share by key, for a whole IPC namespace. */
struct ipc_state {
	struct part part;
	uint64_t namespace_inode; /* of the namespace that the tables tell of; 0 unknown */
	enum value_state shm_state, queues_state, semaphores_state;
	struct ipc_shm *shm;
	struct ipc_queue *queue;
	struct ipc_semaphores *semaphores;
	size_t shm_n, queues_n, semaphores_n;
};

struct side;
struct mapping;

/*
 * Whether the ids that the side uses are those of the tables: an id is of one IPC namespace, which
 * is known then.
 */
bool ipc_is_of(const struct ipc_state *ipc, const struct side *side);
/*
 * The segment that a mapping of the side's is of, or NULL. One that was attached before its process
 * left for another namespace is not taken for a segment of that one by its id alone.
 */
const struct ipc_shm *ipc_find_segment(
	const struct ipc_state *ipc, const struct side *side, const struct mapping *m);

#endif
