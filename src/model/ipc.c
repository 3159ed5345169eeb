/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/ipc.h"

#include "twintop/base/num.h"
#include "twintop/model/snapshot.h"

bool ipc_is_of(const struct ipc_state *ipc, const struct side *side)
{
	const struct process_info *task = side_task(side);

	return ipc && ipc->namespace_inode && task &&
	       value_state_has_value(task->source[PROCESS_NAMESPACES]) &&
	       task->namespace_inode[NAMESPACE_IPC] == ipc->namespace_inode;
}

/* "/SYSV000004d2": maps names a segment by its key. */
static bool has_key(const struct mapping *m, int32_t key)
{
	struct scan s = scan_of(m->path.bytes, m->path.len);
	uint64_t named;

	return scan_literal(&s, "/SYSV") && scan_hex(&s, &named) &&
	       (uint32_t)named == (uint32_t)key;
}

const struct ipc_shm *ipc_find_segment(
	const struct ipc_state *ipc, const struct side *side, const struct mapping *m)
{
	if (!ipc_is_of(ipc, side))
		return NULL;
	for (size_t i = 0; i < ipc->shm_n; i++)
		if (ipc->shm[i].id == (int64_t)m->inode && has_key(m, ipc->shm[i].key))
			return &ipc->shm[i];
	return NULL;
}
