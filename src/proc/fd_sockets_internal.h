/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROC_FD_SOCKETS_INTERNAL_H
#define PROC_FD_SOCKETS_INTERNAL_H

#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/*
 * Fills in what sock_diag(7) knows of the sockets in list, or the state that says
 * why not: wanted false leaves VALUE_UNREAD, another network namespace
 * VALUE_UNSUPPORTED, a socket with no address yet VALUE_NONE.
 */
void fd_sockets_resolve(const struct proc_root *root, const struct access *access, pid_t pid,
	bool wanted, struct fd_list *list);

#endif
