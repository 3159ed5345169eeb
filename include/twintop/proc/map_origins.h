/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_MAP_ORIGINS_H
#define TWINTOP_PROC_MAP_ORIGINS_H

#include "twintop/base/num.h"
#include "twintop/base/vec.h"
#include "twintop/model/records.h"
#include "twintop/proc/root.h"

struct mount_device {
	uint32_t major, minor;
	enum mapping_origin origin;
};
VEC_STRUCT(mount_devices, struct mount_device);

/* The lines of /proc/PID/mountinfo, what is none left out; free with VEC_FREE. */
void mounts_parse(struct scan text, struct mount_devices *to);
/*
 * Sets the origin of each mapping that has a path: by the kernel's own mounts, of which files of
 * ours tell the device numbers; by mountinfo; and, with CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN,
 * by what map_files leads to. Never by a path. root must be the kernel's.
 */
void maps_find_origins(const struct proc_root *root, pid_t pid, struct memory_map *m);

#endif
