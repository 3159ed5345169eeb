/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROC_FD_SOCKETS_INTERNAL_H
#define PROC_FD_SOCKETS_INTERNAL_H

#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/*
 * Fills in what sock_diag(7) knows of the sockets in list, which pid holds, or the state that says
 * why not: wanted false leaves VALUE_UNREAD, a network namespace that may not be entered
 * VALUE_DENIED, a socket with no address yet VALUE_NONE, one that no namespace lists
 * VALUE_UNSUPPORTED. Asked are pid's network namespace, ours, and that of other (0: nobody).
 */
void fd_sockets_resolve(const struct proc_root *root, const struct access *access, pid_t pid,
	pid_t other, bool wanted, struct fd_list *list);

#endif
