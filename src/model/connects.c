/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/connects.h"

const struct connect_wait *connects_find(const struct connects *connects, int fd)
{
	size_t low = 0, high = connects ? connects->n : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (connects->connect[middle].fd < fd)
			low = middle + 1;
		else
			high = middle;
	}
	return connects && low < connects->n && connects->connect[low].fd == fd
		       ? &connects->connect[low]
		       : NULL;
}
