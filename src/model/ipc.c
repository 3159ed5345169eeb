/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/ipc.h"

const struct ipc_shm *ipc_find_shm(const struct ipc_state *ipc, int64_t id)
{
	for (size_t i = 0; i < ipc->shm_n; i++)
		if (ipc->shm[i].id == id)
			return &ipc->shm[i];
	return NULL;
}
