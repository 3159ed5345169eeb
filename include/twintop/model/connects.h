/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_CONNECTS_H
#define TWINTOP_MODEL_CONNECTS_H

#include <stdbool.h>

#include "twintop/base/text.h"
#include "twintop/model/part.h"

/*
 * A thread that waits in connect(2) of a unix socket: until then the kernel tells no peer. It waits
 * for as long as more than backlog connections stand in the listener's queue (net/unix/af_unix.c:
 * unix_recvq_full).
 */
struct connect_wait {
	pid_t tid;
	int fd;
	struct text address; /* as it called: a path, or "@abstract"; raw bytes */
	/* Who listens there in the task's network namespace; 0: no socket was found that does, by
	 * that very name. */
	uint64_t listener_inode;
	uint32_t pending, backlog; /* of it: connections that nobody accepted, and what it set */
};

/* Of a side. */
struct connects {
	struct part part;
	size_t n;
	struct connect_wait *connect; /* by descriptor */
};
/* One that waits with that descriptor; NULL: none, or connects is NULL. */
const struct connect_wait *connects_find(const struct connects *connects, int fd);

#endif
