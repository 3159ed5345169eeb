/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/records.h"

const struct fd_entry *fd_list_find(const struct fd_list *fds, int fd)
{
	size_t low = 0, high = fds ? fds->n : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fds->fd[middle].fd < fd)
			low = middle + 1;
		else
			high = middle;
	}
	return fds && low < fds->n && fds->fd[low].fd == fd ? &fds->fd[low] : NULL;
}
