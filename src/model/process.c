/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/records.h"

/* The first PID namespace's inode, the same on every machine: linux/nsfs.h, PID_NS_INIT_INO. */
#define FIRST_PID_NAMESPACE 0xeffffffcu

bool process_sees_outside(const struct process_info *p)
{
	return !p->kernel_thread &&
	       !(value_state_has_value(p->source[PROCESS_NAMESPACES]) &&
		       p->namespace_inode[NAMESPACE_PID] == FIRST_PID_NAMESPACE);
}
